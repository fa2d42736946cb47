"""The harness of the benchmarks: a fair race, honest tables, peers that compute what elman computes."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from benchmarks import catalogue, corpora, recitation, report, samples, scaling, sweep, text, writing
from benchmarks.models import Learned, flags
from benchmarks.processes import process

from elman import TextModel, threads
from elman.bench import goals, machine, table, workloads
from elman.bench.peers import ELMAN, JAX, NUMPY, ONNX_RUNTIME, PYTORCH, engine, jax, numpy, onnx, torch
from elman.bench.problems import Adder, Adders, Model, Scoring, Streaming, Training
from elman.bench.race import Check, Contestant, DisagreementError, Peer, Race, Run, Runner, Spread, agree, race
from elman.bench.workloads import WORKLOADS, Heat, Result, Workload
from elman.cli import run as command
from elman.errors import DataError
from elman.tasks.text import Alphabet, Corpus, Text
from optional import needs

NOBODY = Peer("Nobody", ("no_such_package", "nor_this_one"))
NOTHING = Check(1, {})


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits and nothing is measured for longer than a test needs."""
    for name in ("TURN", "REST", "PEAK"):
        monkeypatch.setattr(f"elman.bench.race.{name}", 1e-4)


def contestant(name: str, seconds: float = 1.0, answer: object = 1.0, log: list[str] | None = None) -> Contestant:
    """One that claims to have taken so many seconds per unit."""

    def run(units: int) -> Run:
        if log is not None:
            log.append(name)
        return Run(units * seconds, {"answer": np.asarray(answer)})

    return Contestant(Peer(name, ()), lambda: run)


# --- the race ---


def test_contestants_take_turns_and_every_other_round_is_reversed() -> None:
    log: list[str] = []
    race([contestant(name, log=log) for name in "abc"], NOTHING, 1, 3)
    assert "".join(log) == "abc" + "abc" + "cba" + "abc"  # the check first


def test_figures_are_seconds_per_unit_and_ratios_are_taken_within_a_round() -> None:
    found = race([contestant("a", 2.0), contestant("b", 3.0)], NOTHING, 5, 2)
    assert found.seconds["a"].values == (2.0, 2.0)
    assert found.ratio("b").values == (1.5, 1.5)
    assert Spread((1.0, 4.0)).over(Spread((2.0, 1.0))).values == (0.5, 4.0)


def test_turns_of_fast_contestants_are_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elman.bench.race.TURN", 1.0)
    log: list[str] = []
    race([contestant("a", 0.3, log=log)], NOTHING, 1, 1)
    assert len(log) == 1 + 4


@pytest.mark.parametrize("answer", [1.1, [1.0, 1.0], np.nan, np.inf])
def test_whoever_computes_something_else_is_refused(answer: object) -> None:
    fair = Check(1, {"answer": 0.01})
    race([contestant("a"), contestant("b", answer=1.001)], fair, 1, 1)
    with pytest.raises(DisagreementError, match="b: expected the answer of a"):
        race([contestant("a"), contestant("b", answer=answer)], fair, 1, 1)


def test_whoever_is_not_installed_is_named_and_not_asked() -> None:
    absent = Contestant(NOBODY, pytest.fail, "its way")
    found = race([contestant("a"), absent], NOTHING, 1, 1)
    assert found.missing == {"Nobody, its way": NOBODY.packages}
    assert list(found.seconds) == ["a"]


def test_shares_are_of_the_peak_of_as_many_threads_as_run() -> None:
    found = race([contestant("a", 2.0)], NOTHING, 1, 2)
    assert set(found.peaks) == {1, threads()}
    peak = found.peaks[threads()].values
    assert found.share("a", 6e9).values == tuple(3e9 / p for p in peak)


# --- what is counted ---


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 3])
def test_every_weight_but_the_looked_up_ones_is_multiplied_once_a_step(cell: str, layers: int) -> None:
    model = Model(cell, 5, layers, 7)
    sizes = {name: values.size for name, values in model.parameters().items() if values.ndim == 2}
    del sizes["weight_ih_l0"]
    assert model.multiply_adds == sum(sizes.values())
    assert Training(model, 4, 3).flops == 3 * 2 * 12 * sum(sizes.values())  # backwards twice as many as forwards


def test_counts_are_those_that_the_goals_were_set_for() -> None:
    [w3], [w7] = WORKLOADS["w3"](False).heats, WORKLOADS["w7"](False).heats
    assert w3.flops == pytest.approx(3.07e9, rel=0.01)
    assert w7.flops == pytest.approx(0.41e6, rel=0.01)


# --- peers ---


def adders(nonlinearity: str) -> list[Contestant]:
    p = Adder(nonlinearity, 0.25, 20)
    if nonlinearity == "tanh":
        return [Contestant(ELMAN, partial(engine.adder, p)), Contestant(PYTORCH, partial(torch.adder_rnn, p))]
    return [
        Contestant(ELMAN, partial(engine.adder, p)),
        Contestant(NUMPY, partial(numpy.adder_listing, p), "the listing"),
        Contestant(NUMPY, partial(numpy.adder_tightened, p), "tightened"),
        Contestant(PYTORCH, partial(torch.adder_cell, p)),
        Contestant(JAX, partial(jax.adder, p, jax.product), "product"),
        Contestant(JAX, partial(jax.adder, p, jax.fused_product), "fused"),
    ]


def sessions(carry: bool) -> list[Contestant]:
    model = Model("gru", 4, 1, 9)
    p = Training(model, 3, 1 if carry else 5, "adagrad", rate=0.05, clip=None, windows=3, carry=carry)
    return [*workloads.trainers(p), Contestant(PYTORCH, partial(torch.session_trainer, p), "sessions")]


def streamers() -> list[Contestant]:
    p = Streaming(Model("lstm", 6, 2, 9), 30)
    return [
        Contestant(ELMAN, partial(engine.streamer, p)),
        Contestant(ELMAN, partial(engine.streamer_by_steps, p), "step by step"),
        Contestant(NUMPY, partial(numpy.streamer, p)),
        Contestant(PYTORCH, partial(torch.streamer, p), "nn.LSTM"),
        Contestant(PYTORCH, partial(torch.streamer_by_hand, p), "by hand"),
        Contestant(JAX, partial(jax.streamer, p)),
        Contestant(ONNX_RUNTIME, partial(onnx.streamer, p), "operator"),
        Contestant(ONNX_RUNTIME, partial(onnx.streamer_by_hand, p), "by hand"),
    ]


def writers(rows: int) -> list[Contestant]:
    return writing.writers(writing.Texts(Model("lstm", 6, 2, len(writing.ALPHABET)), 10, rows))


def scorers() -> list[Contestant]:
    p = Scoring(Model("lstm", 6, 2, 9), batch=3, steps=20, window=5)
    peers = ((ELMAN, engine), (NUMPY, numpy), (PYTORCH, torch), (JAX, jax), (ONNX_RUNTIME, onnx))
    return [Contestant(peer, partial(module.scorer, p)) for peer, module in peers]


TRAINED = {"losses": 1e-5, "changes": 1e-4}
CASES: dict[str, tuple[Callable[[], list[Contestant]], Check]] = {
    "adder": (partial(adders, "sigmoid"), Check(20, TRAINED)),
    "adder-tanh": (partial(adders, "tanh"), Check(20, TRAINED)),
    "adders": (partial(workloads.adders, Adders(19, 20)), Check(20, TRAINED)),
    # The clipping norm is below the gradient's, and the third update begins with the first window again.
    "lstm": (
        partial(workloads.trainers, Training(Model("lstm", 6, 2, 9), 3, 5, clip=0.01, windows=2)),
        Check(3, TRAINED),
    ),
    "rnn": (partial(workloads.trainers, Training(Model("rnn", 6, 2, 9), 3, 5)), Check(3, TRAINED)),
    "sessions-carried": (partial(sessions, True), Check(5, TRAINED)),
    "sessions": (partial(sessions, False), Check(5, TRAINED)),
    "streams": (streamers, Check(30, {"symbols": 0})),
    "a-text": (partial(writers, 1), Check(10, {"symbols": 0})),
    "texts": (partial(writers, 5), Check(50, {"symbols": 0})),
    "scores": (scorers, Check(60, {"losses": 1e-5})),
}


def comparisons() -> Iterator[Any]:
    """Every case with every peer that takes part in it, as parameters of a test."""
    for name, (contestants, check) in CASES.items():
        for peer in dict.fromkeys(c.peer for c in contestants() if c.peer is not ELMAN):
            yield pytest.param(contestants, check, peer, id=f"{name}-{peer.name}", marks=needs(peer))


@pytest.mark.parametrize(("contestants", "check", "peer"), [*comparisons()])
def test_peers_compute_what_elman_computes(
    contestants: Callable[[], list[Contestant]], check: Check, peer: Peer
) -> None:
    runners = {c.name: c.prepare() for c in contestants() if c.peer in (ELMAN, peer)}
    assert len(runners) > 1
    agree(runners, check)
    agree(runners, check)  # from the same start again


# --- tables ---


def result(seconds: Sequence[float], flops: float | None = None) -> Result:
    """Of a workload that has goals, on a machine of 1 GFLOP/s."""
    names = dict(zip(("elman", "PyTorch", "JAX"), (Spread((s,)) for s in seconds), strict=True))
    found = Race(2, names, {1: Spread((6e8,)), 2: Spread((1e9,))}, {"Nobody": NOBODY.packages})
    return Result("w3", "W3", "Text.", "ms per update", 1e3, [(found, flops)])


def test_tables_say_whether_goals_are_met_and_who_is_missing() -> None:
    rows = {row[0]: row for row in table.rows(result([0.01, 0.02, 0.03], flops=9e6))}
    assert rows["elman"] == ("elman", "10.0 (10.0–10.0)", "", "0.900", "90.0 % (90.0–90.0)", "≥ 80 %: met")
    assert rows["PyTorch"][2] == "2.00 (2.00–2.00)"
    assert rows["PyTorch"][-1] == "≥ 1.8: met"
    assert rows["JAX"][-1] == "≥ 3.5: missed"
    assert rows["Nobody"][1] == "no_such_package and nor_this_one not installed"
    assert {len(row) for row in rows.values()} == {len(table.header(result([1, 1, 1], flops=1)))}


def test_digits_are_three() -> None:
    assert [table.digits(x) for x in (0.5123, 1.026, 15.38, 1189.6)] == ["0.512", "1.03", "15.4", "1,190"]


def test_goals_name_contestants() -> None:
    for name, workload in WORKLOADS.items():
        contestants = [c for heat in workload(True).heats for c in heat.contestants]
        known = {c.name for c in contestants} | {c.peer.name for c in contestants}
        assert set(goals.FACTORS[name]) <= known


def test_reports_replace_the_one_before_and_leave_the_others(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    one = report.of(result([1, 2, 3]))
    picture = report.Report("Title", "Text.", ("a", "b"), [("c", "d")], {}, {"A picture": "<svg/>"})
    for name, made, line in (("second", picture, "a"), ("first", one, "a"), ("first", one, "another command")):
        report.write(name, made, line, ["first", "second"], page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(report.OPENING)
    assert text.index("## W3") < text.index("## Title")
    assert text.count("## W3") == text.count("## Title") == 1
    assert "`another command`" in text
    assert "![A picture](benchmarks/a-picture.svg)" in text
    assert (tmp_path / "page" / "a-picture.svg").read_text(encoding="utf-8") == "<svg/>"
    assert json.loads((tmp_path / "page" / "first.json").read_text(encoding="utf-8"))["command"] == "another command"


def test_the_sweep_says_where_a_peer_is_faster() -> None:
    points = []
    for hidden, jax_seconds in ((4, 3.0), (8, 0.5)):
        seconds = {"elman": Spread((1.0,)), "PyTorch": Spread((2.0,)), "JAX": Spread((jax_seconds,))}
        found = Race(1, seconds, {1: Spread((1e9,))}, {})
        points.append(sweep.Point(Training(Model("gru", hidden, 1, 7), 3, 5), found))
    made = sweep.report(points, 1)
    assert "A peer is faster at 1 of 2 points" in made.text
    assert "closest: 0.500 (gru, 8 hidden units, 3 rows, JAX)" in made.text
    best = [(row[0], row[1].partition(",")[0]) for row in made.rows]
    assert best == [("gru, 4", "2.00 PyTorch"), ("gru, 8", "0.500 JAX")]
    [picture] = made.pictures.values()
    assert picture.startswith("<?xml")
    assert "<svg" in picture


@pytest.mark.parametrize("peer", [ELMAN, pytest.param(PYTORCH, marks=needs(PYTORCH))], ids=["elman", "PyTorch"])
def test_scaling_gives_each_turn_its_threads_and_takes_them_back(peer: Peer) -> None:
    count: Callable[[], int] = import_module("torch").get_num_threads if peer is PYTORCH else threads
    before, seen = count(), []
    scaling.tell(peer, threads())

    def prepare() -> Runner:
        def run(units: int) -> Run:
            seen.append(count())
            return Run(1.0, {})

        return run

    try:
        race([scaling.on(number, Contestant(peer, prepare)) for number in (1, 3)], NOTHING, 1, 1)
        assert seen == [1, 3, 1, 3]
        assert count() == threads()
    finally:
        scaling.tell(peer, before)


# --- texts ---


def learned() -> Learned:
    """As if two commands had said so."""
    baselines = [
        {"name": "Kneser–Ney, order 2", "static": 0.8, "adaptive": None},
        {"name": "PPMd, order 6", "static": None, "adaptive": 0.7},
        {"name": "xz -9e", "static": None, "adaptive": 0.9},
    ]
    scored = {
        "characters": 1000,
        "nats_per_character": np.log(2),
        "adapted": {"nats_per_character": 0.5},
        "baselines": baselines,
        "best_static_baseline": "Kneser–Ney, order 2",
    }
    return Learned("some.safetensors", 61.2, {"parameters": 1234, "steps": 5678}, scored)


def test_curves_are_over_seconds() -> None:
    network = Model("rnn", 2, 1, 3).network()
    validations = [(100, 0.9), (300, 0.4)]
    model = TextModel(Text(Alphabet("ab")), network, updates=300, seconds=6.0, validations=validations)
    assert text.curve(model) == [(2.0, 0.9), (6.0, 0.4)]


def test_static_and_adaptive_figures_of_texts_keep_their_columns() -> None:
    made = text.report({"best": learned()}, {"best": [(2.0, 0.9), (6.0, 0.4)]})
    assert list(made.rows) == [
        ("recipe `best`", "1,234", "5,678", "61.2", "0.6931", "0.5000"),
        ("Kneser–Ney, order 2", "", "", "", "0.8000", ""),
        ("PPMd, order 6", "", "", "", "", "0.7000"),
        ("xz -9e", "", "", "", "", "0.9000"),
        (text.GPT, "10.6 million", "5,000", "about 180", "1.4697", ""),
    ]
    assert made.data["results"]["best"]["curve"] == [(2.0, 0.9), (6.0, 0.4)]
    [picture] = made.pictures.values()
    assert picture.startswith("<?xml")


def test_corpora_are_told_in_bits() -> None:
    found = corpora.row("tang", {"documents": True}, Corpus.of(["abc", "cd"], documents=True), learned())
    assert found == (
        *("poems: Tang, `--documents`", "5", "4", "1,234", "61.2"),
        *("1.0000", "1.1542 (order 2)", "0.7213", "1.0099", "1.2984"),
    )


def test_corpora_that_are_not_at_hand_are_named_and_others_must_be_the_right_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ELMAN_TEXTS", raising=False)
    assert corpora.found("lyrics") is None
    assert "Burns and Cowboy Songs; jokes" in corpora.left_out()
    monkeypatch.setenv("ELMAN_TEXTS", str(tmp_path))
    assert corpora.left_out() == ""
    (tmp_path / "devils_dictionary_bierce_1911.txt").write_text("another", encoding="utf-8")
    with pytest.raises(DataError, match="found another"):
        corpora.found("dictionary")


def test_settings_are_flags() -> None:
    given = {"recipe": "minute", "output_dropout": 0.5, "documents": True}
    assert flags(given) == ["--recipe", "minute", "--output-dropout", "0.5", "--documents"]


def test_texts_to_be_learned_by_heart_grow_until_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def fit(learned: str, **settings: object) -> SimpleNamespace:
        tried.append(learned)
        network = SimpleNamespace(parameters=SimpleNamespace(flat=np.zeros(8)))
        return SimpleNamespace(
            passed=len(learned) < 16, metrics={"characters": len(learned)}, network=network, seconds=len(learned)
        )

    def asked(model: SimpleNamespace, backwards: str) -> recitation.Known:
        assert backwards == "abababaa"
        return recitation.Known(model.seconds / 16, 2.0)

    monkeypatch.setattr(recitation, "TextModel", SimpleNamespace(fit=fit))
    monkeypatch.setattr(recitation, "asked", asked)
    monkeypatch.setattr(recitation, "SHORTEST", 4)
    found = recitation.measure("aabababa" + 8 * "c", cell="rnn", hidden=2)
    assert tried == ["aaba", "aabababa", "aabababa" + 8 * "c", "abababaa"]
    assert recitation.row(found) == (
        *("rnn, 2 hidden units", "8", "8", "1.00", "8.00"),
        *("50.0 %, 2.00 nats", "50.0 %, 2.00 nats", "50.0–62.5 %, 0.662 nats"),
    )


def test_what_is_known_of_a_text_is_asked_character_by_character() -> None:
    network = Model("rnn", 2, 1, 3).network()
    network.parameters.flat[...] = 0
    network.parameters["head.bias"][...] = np.log([0.2, 0.5, 0.3])
    known = recitation.asked(TextModel(Text(Alphabet("ab")), network), "aaab")
    assert known.right == 0.75
    assert known.nats == pytest.approx(-(3 * np.log(0.5) + np.log(0.3)) / 4)


def test_samples_are_of_the_models_that_benchmarks_keep() -> None:
    assert {one.model for one in samples.CHAPTERS} <= {*text.RECIPES.values(), *corpora.SETTINGS}
    for chapter in samples.CHAPTERS:
        for line in chapter.commands.values():
            assert shlex.split(line)[:3] == ["elman", "sample", chapter.path.name]
            assert re.search("--seed [12]$", line.strip())


def test_written_pages_begin_as_what_writes_them_says() -> None:
    for page, opening in (report.PAGE, report.OPENING), (samples.PAGE, samples.OPENING):
        assert page.read_text("utf-8").startswith(opening)


# --- processes and the verb ---


def test_a_process_that_fails_is_refused() -> None:
    well = process(Peer("well", ()), "-c", "pass")
    fails = process(Peer("fails", ()), "-c", "raise SystemExit(1)")
    fair = Check(1, {"exit codes": 0})
    assert race([well, well], fair, 1, 1).seconds["well"].median > 0
    with pytest.raises(DisagreementError, match="fails"):
        race([well, fails], fair, 1, 1)


def threads_of_this_process() -> int:
    """A function that another process finds by its name."""
    return threads()


def test_a_process_apart_keeps_to_its_threads() -> None:
    before = dict(os.environ)
    assert machine.apart(3, threads_of_this_process) == 3
    assert os.environ == before


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """One workload, of this process and soon done, with somebody who is not installed."""

    def workload(quick: bool) -> Workload:
        p = Training(Model("lstm", 4, 1, 5), 2, 3)
        return Workload(
            title="A workload",
            text="Text.",
            unit="ms per update",
            scale=1e3,
            heats=[
                Heat([Contestant(ELMAN, partial(engine.trainer, p)), contestant_of_nobody()], NOTHING, 1, p.flops),
            ],
        )

    def here(threads: int, function: Callable[..., Result], *args: object, **kwargs: object) -> Result:
        return function(*args, **kwargs)

    monkeypatch.setattr("elman.bench.workloads.WORKLOADS", {"w0": workload})
    monkeypatch.setattr("elman.bench.machine.apart", here)
    monkeypatch.setattr("elman.bench.peers.PEERS", (ELMAN, NOBODY))


def contestant_of_nobody() -> Contestant:
    def prepare() -> Runner:
        raise AssertionError("nobody is not installed")

    return Contestant(NOBODY, prepare)


@pytest.mark.usefixtures("small")
def test_bench_prints_a_table_and_names_who_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["bench"]) == 0
    out, err = capsys.readouterr()
    assert "A workload" in out
    assert "\n  elman " in out
    assert "Nobody did not take part: no_such_package and nor_this_one not installed" in err
    assert "hint: pip install 'elman[bench]'" in err


@pytest.mark.usefixtures("small")
def test_bench_as_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["bench", "w0", "--json", "--threads", str(threads())]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["threads"] == threads()
    assert {"machine", "python", "elman", "numpy", "torch", "jax", "onnxruntime"} <= set(found)
    [one] = found["workloads"]["w0"]["races"]
    elman = one["contestants"]["elman"]
    assert elman["seconds"] > 0
    assert len(elman["rounds"]) == workloads.QUICK_ROUNDS
    assert elman["factor"] == 1
    assert elman["share_of_peak"] > 0
    assert set(one["peak_flop_per_second"]) == {"1", str(threads())}
    assert found["workloads"]["w0"]["missing"] == {"Nobody": list(NOBODY.packages)}


@pytest.mark.usefixtures("small")
def test_bench_is_a_no_where_contestants_disagree(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def disagree(*_: object) -> None:
        raise DisagreementError("PyTorch: expected others")

    monkeypatch.setattr("elman.bench.race.agree", disagree)
    assert command(["bench", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "PyTorch: expected others"


def test_bench_refuses_names_that_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["bench", "w33"]) == 2
    err = capsys.readouterr().err
    assert "expected one of w1, w2, w3" in err
    assert "hint: did you mean 'w3'?" in err


def test_sessions_of_the_catalogues_are_of_all_lengths_and_items() -> None:
    x, lengths = catalogue.made(np.random.default_rng(0), 50)
    assert x.shape == (catalogue.LONGEST, catalogue.CHUNK)
    assert set(np.unique(x)) == set(range(50))
    assert lengths.min() == 1
    assert lengths.max() == catalogue.LONGEST - 1
