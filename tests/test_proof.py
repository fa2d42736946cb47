"""Automata, regions, counterexamples, and the verbs `prove` and `check`."""

from __future__ import annotations

import copy
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import elman
from elman.network import file
from elman.proof import Mealy, Question, TooManyStates, explore, extract, regions
from elman.proof.regions import find
from elman.proof.search import all_words, answers, counterexample, long_words
from elman.tasks.arithmetic.add import Add
from elman.tasks.arithmetic.subtract import Subtract
from elman.tasks.capabilities.provable import Provable
from test_cli import Command, Outcome, check_refused, command

assert command  # a fixture

ADDER = explore(0, 4, lambda carry, x: ((carry + x // 2 + x % 2) % 2, (carry + x // 2 + x % 2) // 2))
BITS = ["00", "01", "10", "11"]


def question(model: elman.Model) -> Question:
    assert isinstance(model.task, Provable)
    return model.task.question()


def random_machine(seed: int, states: int, symbols: int, outputs: int) -> Mealy:
    rng = random.Random(seed)
    table = [[(rng.randrange(outputs), rng.randrange(states)) for _ in range(symbols)] for _ in range(states)]
    return explore(0, symbols, lambda q, x: table[q][x])


machines = st.builds(random_machine, st.integers(0, 1 << 30), st.integers(1, 8), st.integers(1, 3), st.integers(1, 3))


# --- automata ---


def test_full_adder_has_two_states() -> None:
    assert Mealy(next=((0, 0, 0, 1), (0, 1, 1, 1)), output=((0, 1, 1, 0), (1, 0, 0, 1))) == ADDER


@given(machine=machines, seed=st.integers(0, 1000))
def test_least_machine_answers_alike_and_no_two_of_its_states_do(machine: Mealy, seed: int) -> None:
    least = machine.minimised()
    words = np.random.default_rng(seed).integers(0, machine.symbols, (20, 50))
    assert np.array_equal(least.run(words), machine.run(words))
    assert least.states <= machine.states
    assert least.minimised() == least
    assert least.difference(machine) is None
    for q in range(1, least.states):
        began_there = explore(q, least.symbols, lambda p, x: (least.output[p][x], least.next[p][x]))
        assert began_there.difference(least) is not None


@given(a=machines, seed=st.integers(0, 1 << 30))
def test_difference_is_a_shortest_word_that_is_answered_differently(a: Mealy, seed: int) -> None:
    b = random_machine(seed, 5, a.symbols, 3)
    word = a.difference(b)
    words = all_words(a.symbols)[:6, :4096]
    differ = (a.run(words) != b.run(words)).any(axis=1)
    if word is None:
        assert not differ.any()
    else:
        column = np.array([word]).T
        assert (a.run(column) != b.run(column))[:, 0].tolist() == [False] * (len(word) - 1) + [True]
        assert not differ[: len(word) - 1].any()


def test_machine_without_end_is_told_with_its_growth() -> None:
    with pytest.raises(TooManyStates) as found:
        explore(0, 2, lambda n, x: (n % 2, 2 * n + x + 1), limit=100)
    assert found.value.growth[:5] == [1, 3, 7, 15, 31]


def test_machine_is_written_in_the_language_of_graphviz() -> None:
    assert ADDER.dot(BITS, "01").splitlines() == [
        "digraph {",
        "  rankdir=LR;",
        "  node [shape=circle];",
        '  start [shape=point, label=""];',
        '  q0 [label="0"];',
        '  q1 [label="1"];',
        "  start -> q0;",
        r'  q0 -> q0 [label="00→0\n01→1\n10→1"];',
        '  q0 -> q1 [label="11→0"];',
        '  q1 -> q0 [label="00→1"];',
        r'  q1 -> q1 [label="01→0\n10→0\n11→1"];',
        "}",
    ]


def test_long_lists_of_symbols_are_shortened() -> None:
    machine = explore(0, 10, lambda _, x: (0, 0))
    assert r"5→0\n6→0\n… 3 more" in machine.dot("0123456789", "0")


# --- proofs ---


@pytest.mark.parametrize("kind", [Add, Subtract])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_default_network_is_proved(kind: type[Add | Subtract], seed: int) -> None:
    proof = elman.train(kind.name, seed=seed).prove()
    assert (proof.verdict, proof.reason, proof.word) == ("proven", "", None)
    assert proof.margin is not None
    assert proof.margin > 0.5


@pytest.mark.parametrize("kind", [Add, Subtract])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_most_networks_with_gates_are_proved(kind: type[Add | Subtract], cell: str) -> None:
    verdicts = [elman.train(kind.name, cell=cell, seed=seed).prove().verdict for seed in range(4)]
    assert verdicts.count("proven") >= 3


def test_proof_is_about_the_file_that_save_writes(tmp_path: Path) -> None:
    model = elman.train("subtract")
    model.save(tmp_path / "m")
    loaded = elman.load(tmp_path / "m")
    assert model.prove() == loaded.prove() == loaded.prove((tmp_path / "m").read_bytes())


def test_network_that_is_exact_on_all_short_numbers_is_refuted_by_long_ones() -> None:
    model = elman.train("add", recipe="tutorial")
    assert model.metrics["exact"] == model.metrics["pairs"]
    assert not model.passed
    proof = model.prove()
    assert (proof.verdict, proof.margin, proof.certificate) == ("refuted", None, None)
    assert proof.counterexample is not None
    a, b = proof.counterexample["inputs"]
    assert max(a, b) >= 1 << 7
    assert proof.counterexample["expected"] == a + b != proof.counterexample["output"]
    assert model.predict([(a, b)]) == [proof.counterexample["output"]]


@pytest.mark.parametrize(("steps", "cell"), [(0, "rnn"), (10, "lstm"), (300, "none"), (10, "gru")])
@pytest.mark.parametrize("kind", [Add, Subtract])
def test_counterexample_is_one_and_no_symbol_can_be_left_out(kind: type[Add | Subtract], steps: int, cell: str) -> None:
    model = elman.train(kind.name, steps=steps, cell=cell)
    word = counterexample(model.network, question(model))
    assert word is not None

    def right(symbols: list[int]) -> bool:
        words = np.array([symbols], np.int64).reshape(1, -1).T
        found = answers(model.network, question(model), words) == question(model).machine.run(words)
        return bool(found.all())

    assert not right(word)
    assert all(right(word[:n] + word[n + 1 :]) for n in range(len(word)) if len(word) > 1)


def test_right_network_has_no_counterexample() -> None:
    model = elman.train("add")
    assert counterexample(model.network, question(model)) is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"cell": "none"}, "'none'"), ({"nonlinearity": "relu", "noise": 0.0}, "the boxes around its states grow")],
)
def test_what_cannot_be_proved_has_a_reason(options: dict[str, Any], expected: str) -> None:
    model = elman.train("add", steps=50, **options)
    found, reason = find(model.network, question(model))
    assert found is None
    assert expected in reason


def test_search_for_boxes_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    model = elman.train("add")
    for most, expected in ((16 * 36 * 9, "boxes still grow after 9 rounds"), (100, "too large to search")):
        monkeypatch.setattr(regions, "MOST_BOUNDS", most)
        found, reason = find(model.network, question(model))
        assert found is None
        assert expected in reason


def test_bidirectional_network_is_no_machine() -> None:
    network = elman.Network(2, 1, cell="rnn", bidirectional=True)
    found, reason = find(network, question(elman.Model(Add(), network)))
    assert found is None
    assert "bidirectional" in reason


def test_network_that_answers_once_is_no_machine() -> None:
    network = elman.Network(2, 1, cell="rnn", readout="mean")
    found, reason = find(network, question(elman.Model(Add(), network)))
    assert found is None
    assert "readout 'mean'" in reason


# --- extraction ---


@settings(deadline=None)
@given(machine=machines)
def test_questions_alone_find_the_machine(machine: Mealy) -> None:
    from elman.proof.extract import learned

    found, agreement = learned(machine.run, machine.symbols)
    assert found.minimised() == machine.minimised()
    assert agreement == 1


def test_network_that_does_not_prove_is_asked_for_its_automaton() -> None:
    model = elman.train("subtract", recipe="tutorial")
    assert model.prove().verdict == "undecided"
    extraction = extract(model.network, question(model), model.prove())
    assert extraction is not None
    assert (extraction.automaton, extraction.difference) == (question(model).machine, None)
    assert extraction.agreement == 1


def test_network_without_memory_has_one_state() -> None:
    model = elman.train("add", cell="none")
    extraction = extract(model.network, question(model), model.prove())
    assert extraction is not None
    assert extraction.automaton.states == 1
    assert extraction.difference is not None
    assert len(extraction.difference) == 2  # a carry, and where it is missed


def test_long_words_repeat_their_symbols_more_or_less() -> None:
    words = long_words(4, np.random.default_rng(0))
    repeats = (words[1:] == words[:-1]).mean(axis=0)
    assert repeats.max() > 0.95
    assert repeats.min() < 0.3


# --- the verbs ---


@pytest.fixture
def adder(command: Command) -> Outcome:
    return command("train", "add", "--out", "m")


def test_training_ends_with_the_proof(adder: Outcome) -> None:
    assert "exact on 65,536 of 65,536 pairs of 8-bit numbers (" in adder.out
    assert "\nproved for every length (" in adder.out


def test_prove_answers_json_and_writes_a_certificate_that_check_accepts(adder: Outcome, command: Command) -> None:
    assert adder.code == 0
    proved = command("prove", "m", "--out", "c.json", "--json")
    assert proved.code == 0
    assert proved.json == {
        "task": "add",
        "verdict": "proven",
        "reason": "",
        "margin": proved.json["margin"],
        "origin": "derived",
        "compared": None,
        "certificate": "c.json",
        "regions": len(json.loads(Path("c.json").read_text())["regions"]),
        "counterexample": None,
        "states": 2,
        "agreement": None,
        "picture": None,
    }
    accepted = command("check", "m", "c.json", "--json")
    assert (accepted.code, accepted.json["verdict"]) == (0, "accepted")
    assert accepted.json["margin"] == proved.json["margin"] > 1
    assert "accepted: proved for every length, with a margin of" in command("check", "m", "c.json").out
    plain = command("prove", "m")
    assert plain.code == 0
    assert plain.out.startswith("add: proved for every length\n")
    assert "automaton: 2 states, those of the reference" in plain.out


def test_check_rejects_a_certificate_of_another_model(adder: Outcome, command: Command) -> None:
    assert adder.code == 0
    command("prove", "m", "--out", "c")
    command("train", "add", "--seed", 1, "--out", "other")
    rejected = command("check", "other", "c", "--json")
    assert rejected.code == 1
    assert rejected.json == {
        "verdict": "rejected",
        "reason": "it is a certificate of another model file",
        "margin": None,
    }
    assert command("check", "other", "c").out == "rejected: c: it is a certificate of another model file\n"


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (b"a song\n", "expected JSON; found something else at character 1"),
        (b"", "expected JSON; found its end at character 1"),
        (b'{"format": 1,', "expected JSON; found its end at character 14"),
        (b"PNG\xff", "expected JSON; found something else at character 4"),
        (b"[1]", "it has no checksum"),
        (b"{}", "it has no checksum"),
    ],
)
def test_check_says_that_a_file_is_no_certificate(contents: bytes, expected: str, command: Command) -> None:
    command("train", "add", "--steps", 1, "--out", "m")
    Path("notes").write_bytes(contents)
    rejected = command("check", "m", "notes")
    assert rejected.code == 1
    assert " ".join(rejected.out.split()) == f"rejected: notes: it is no certificate: {expected}"


def test_check_refuses_a_model_whose_machine_is_not_its_functions(command: Command) -> None:
    """The checker, which knows no expressions, would accept: the network is the machine that the file holds."""
    assert command("train", "transducer", "--function", "a + 1", "--out", "m").code == 0
    contents = file.load(Path("m"))
    assert isinstance(contents.header, file.ModelHeader)
    training = copy.deepcopy(contents.header.training)
    training["settings"]["function"] = "a + 2"
    header = replace(contents.header, training=training)
    Path("forged").write_bytes(file.encode("model", header, contents.parameters, contents.training))
    check_refused(command("check", "forged", "m"), "field 'training': ")


def test_prove_refutes_with_two_numbers_and_both_answers(command: Command) -> None:
    trained = command("train", "add", "--recipe", "tutorial", "--out", "m")
    assert "exact on 16,384 of 16,384 pairs" in trained.out
    assert trained.code == 1  # and yet the honest answer is no
    refuted = command("prove", "m", "--out", "c", "--json")
    assert refuted.code == 1
    assert (refuted.json["verdict"], refuted.json["certificate"]) == ("refuted", None)
    assert not Path("c").exists()
    (a, b), found = refuted.json["counterexample"]["inputs"], refuted.json["counterexample"]
    assert command("predict", "m", f"{a}+{b}").out == f"{found['output']}\n"
    line = f"for {a}+{b} the network answers {found['output']}; expected {a + b}; so the exit code is 1"
    assert f"refuted: {line} (" in " ".join(trained.out.split())
    assert "hint: it was trained without noise" in trained.err
    assert "hint: `elman predict m 25+22`" in trained.err
    said = " ".join(command("prove", "m").out.split())
    assert said.startswith(f"add: refuted: {line} the automaton that the network seems to be")
    assert "has at least 40 states, where the reference has 2" in said
    scored = command("score", "m")  # which tries longer numbers, too
    assert scored.code == 1
    exact = "exact on 16,384 of 16,384 pairs of 7-bit numbers; of longer ones, on 198 of 199"
    assert f"{exact} refuted: {line} " in " ".join(scored.out.split())


def test_prove_says_why_it_is_undecided(command: Command) -> None:
    trained = command("train", "subtract", "--recipe", "tutorial", "--out", "m")
    undecided = command("prove", "m")
    assert undecided.code == 1
    assert trained.code == 0
    for outcome in (undecided, trained):
        told = " ".join(outcome.out.split())
        assert "not proved: undecided (the boxes around its states grow until one holds a wrong answer: " in told
    assert "; all that was checked is exact, so the exit code is 0 (" in " ".join(trained.out.split())
    said = " ".join(undecided.out.split())
    assert "; so the exit code is 1 the automaton that the network seems to be, by questions alone, has " in said
    assert "on 100.0% of long random inputs that automaton answers as the network does" in said
    assert command("prove", "m", "--json").json["verdict"] == "undecided"


@pytest.mark.parametrize("name", ["p.svg", "p.png", "p.dot"])
def test_picture_shows_the_automaton(name: str, adder: Outcome, command: Command) -> None:
    assert adder.code == 0
    proved = command("prove", "m", "--picture", name)
    assert (proved.code, proved.out.splitlines()[-1]) == (0, f"picture saved to {name}")
    data = Path(name).read_bytes()
    if name.endswith("dot"):
        assert data.decode() == ADDER.dot(BITS, "01")
    else:
        assert data.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml")


def drawn(command: Command, model: str) -> set[str]:
    """The texts in a model's picture of its automaton."""
    assert command("prove", model, "--picture", "p.svg").code in (0, 1)
    return set(re.findall(r"<!-- (.*?) -->", Path("p.svg").read_text(encoding="utf-8")))


def test_picture_names_the_states(adder: Outcome, command: Command) -> None:
    assert adder.code == 0
    texts = drawn(command, "m")
    assert {"the automaton: input→output; it starts in no carry", "no", "carry", "no carry"} <= texts


def test_picture_of_too_many_states_shows_the_reference(command: Command) -> None:
    # Matplotlib warns where a picture has no room, and warnings are errors.
    command("train", "add", "--recipe", "tutorial", "--out", "t")
    states = command("prove", "t", "--json").json["states"]
    assert states > 12
    texts = drawn(command, "t")
    assert {
        f"{states} states were found, too many to draw;",
        "the reference: input→output; it starts in no carry",
    } <= texts
    assert {"00→1", "11→0"} <= texts


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("prove", "missing"), "missing: no such file"),
        (("prove", "m", "--out", "missing/c"), "expected a folder missing"),
        (("prove", "m", "--picture", "p.txt"), "expected a file that ends in .dot"),
        (
            ("check", "m", "missing"),
            "missing: expected a file; found none\nhint: certificates are written by `elman prove",
        ),
        (("check", "missing", "m"), "missing: no such file"),
    ],
)
def test_wrong_request_is_refused(arguments: tuple[str, ...], expected: str, adder: Outcome, command: Command) -> None:
    assert adder.code == 0
    check_refused(command(*arguments), expected)
