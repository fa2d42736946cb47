"""The task text: what is read in which order, training that is left and taken up again, and texts that are none."""

from __future__ import annotations

import json
import math
import os
import pty
import re
import signal
import subprocess
import sys
import time
import unicodedata
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.cli import run
from elman.models import begin
from elman.tasks.text import END, Alphabet, Corpus, Text
from elman.tasks.text import order as orders
from elman.tasks.text.order import Documents, Recital, Streams
from elman.tasks.text.recitation import Recited, shortfall, tries, verdict
from elman.tasks.text.scoring import side_by_side
from elman.tasks.text.scoring import validation as validations
from elman.tasks.text.scoring.validation import validation
from elman.tasks.text.writing.choice import Choice
from elman.tasks.text.writing.sampling import Sampling
from elman.tasks.text.writing.written import sample as written
from instances import random_network

LINES = "".join(f"{n} times {n} is {n * n}, as everybody knows.\n" for n in range(1, 80))
PLAIN: dict[str, Any] = {"output_dropout": 0.0, "averaging": 0.0, "rate": 0.003}
SMALL: dict[str, Any] = {"hidden": 8, "layers": 1, "batch": 4, "length": 10, "warmup": 2, **PLAIN}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where models go that have no name: every training of a text is kept."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text(LINES, encoding="utf-8")
    return path


@pytest.fixture
def poems(tmp_path: Path) -> Path:
    path = tmp_path / "poems.txt"
    path.write_text("\n\n".join(f"poem {n}\n" + "la " * (n % 7) for n in range(40)), encoding="utf-8")
    return path


def texts(plans: Any, alphabet: Alphabet) -> list[list[str]]:
    """What the rows of each update read."""
    found = []
    for plan in plans:
        inputs, lengths = np.asarray(plan.examples.inputs), plan.examples.lengths
        for columns, start in zip(plan.rows, plan.starts, strict=True):
            ends = np.full(len(columns), len(inputs)) if lengths is None else np.asarray(lengths)[columns]
            found.append(
                [
                    "".join(
                        "|" if s == END else alphabet.decode([s])
                        for s in inputs[start : min(end, start + plan.steps), c]
                    )
                    for c, end in zip(columns, ends, strict=True)
                ]
            )
    return found


def carries(plan: elman.Plan) -> list[bool]:
    assert plan.carry is not None
    return [bool(carry) for carry in plan.carry]


# --- the order of reading ---


def test_streams_move_on_from_places_that_lie_evenly_and_go_round() -> None:
    corpus = Corpus.of(["abcdefghijk"])
    order = Streams(corpus, batch=3, length=5, seed=0)
    read = texts(order.plans(0, 4), corpus.alphabet)
    assert read[0] == ["|abcd", "defgh", "hijk|"]
    for b, first in enumerate((0, 4, 8)):
        ring = "|abcdefghijk" * 4
        assert "".join(window[b] for window in read) == ring[first : first + 20]
    assert order.epoch == pytest.approx(12 / 15)


@pytest.mark.parametrize("documents", [False, True])
@pytest.mark.parametrize("at_once", [1, 100, 1 << 18])
def test_updates_are_the_same_wherever_one_begins(
    documents: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "AT_ONCE", at_once)
    corpus = Corpus.of([LINES[i : i + 10 + i % 37] for i in range(0, 900, 30)], documents=documents)
    order = (Documents if documents else Streams)(corpus, batch=4, length=10, seed=3)
    whole = texts(order.plans(0, 50), corpus.alphabet)
    assert len(whole) == 50
    for done in (0, 1, 7, 23, 49, 50):
        assert texts(order.plans(done, 50), corpus.alphabet) == whole[done:]
    carried, later = ([carry for plan in order.plans(done, 50) for carry in carries(plan)] for done in (0, 7))
    assert carried[7:] == later


def test_a_stream_begins_anew_now_and_then_whatever_update_one_begins_with() -> None:
    order = Streams(Corpus.of(["abcdefghijk"]), batch=1, length=1, seed=5)
    carried = [carry for plan in order.plans(0, 50_000) for carry in carries(plan)]
    assert not carried[0]
    assert carried.count(False) == pytest.approx(50_000 / orders.FRESH, rel=0.15)
    for done in (3 * orders.DRAWN + i for i in (-1, 0, 1)):
        later = [carry for plan in order.plans(done, done + 200) for carry in carries(plan)]
        assert later == carried[done : done + 200]
    others = Streams(order.corpus, batch=1, length=1, seed=6)
    assert [carry for plan in others.plans(0, 50_000) for carry in carries(plan)] != carried


def test_each_document_is_read_once_an_epoch_from_its_beginning() -> None:
    documents = [chr(97 + i % 26) * (1 + i * 7 % 31) + str(i) for i in range(230)]
    corpus = Corpus.of(documents, documents=True)
    order = Documents(corpus, batch=4, length=10, seed=1)
    read: list[str] = []
    rows = [""] * 4
    for plan in order.plans(0, int(order.epoch)):
        for carry, window in zip(carries(plan), texts([plan], corpus.alphabet), strict=True):
            if not carry:
                read += rows
                rows = [""] * len(window)
            rows = [a + b for a, b in zip(rows, window, strict=True)]
    read += rows
    assert sorted(filter(None, read)) == sorted("|" + text for text in documents)


# --- validation ---


def test_validation_of_documents_is_the_mean_over_their_symbols(rng: np.random.Generator) -> None:
    corpus = Corpus.of(["ab", "c" * 300, "", "bca" * 20] * 30, documents=True)
    network = random_network(rng, len(corpus.alphabet), len(corpus.alphabet), symbols=True)
    total = count = 0.0
    for i in range(len(corpus)):
        tokens = np.asarray(corpus.tokens[corpus.bounds[i] : corpus.bounds[i + 1] + 1], np.int32)[:, None]
        losses, _ = network.losses(tokens[:-1], tokens[1:], loss="symbols")
        total, count = total + losses.sum(), count + losses.size
    found = validation(network, corpus)
    assert list(found) == [pytest.approx(total / count, rel=1e-12), count]


@pytest.mark.parametrize("documents", [False, True])
def test_validation_of_a_long_corpus_is_that_of_its_beginning(
    documents: bool, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validations, "MOST", 500)
    monkeypatch.setattr(side_by_side, "CELLS", 128)  # several windows
    parts = ["ab" * 90, "c" * 300, "bca" * 200] if documents else ["abacbc" * 100]
    corpus = Corpus.of(parts, documents=documents)
    network = random_network(rng, len(corpus.alphabet), len(corpus.alphabet), symbols=True)
    tokens = np.asarray(corpus.tokens[:501], np.int32)
    starts = [*np.flatnonzero(tokens[:-1] == END), 500] if documents else [0, 500]
    total = 0.0
    for first, last in pairwise(starts):
        losses, _ = network.losses(tokens[first:last, None], tokens[first + 1 : last + 1, None], loss="symbols")
        total += losses.sum()
    assert list(validation(network, corpus)) == [pytest.approx(total / 500, rel=1e-9), 500]


def test_validation_side_by_side_is_that_of_one_reader(rng: np.random.Generator) -> None:
    """As far as the network forgets what lies further back than the parts read again."""
    corpus = Corpus.of([LINES * 8])
    network = random_network(rng, len(corpus.alphabet), len(corpus.alphabet), symbols=True)
    tokens = np.asarray(corpus.tokens, np.int32)[:, None]
    losses, _ = network.losses(tokens[:-1], tokens[1:], loss="symbols")
    assert list(validation(network, corpus)) == [pytest.approx(losses[:-1].mean(), rel=1e-9), len(LINES * 8)]


# --- training ---


def everything(training: elman.Training) -> dict[str, np.ndarray[Any, Any]]:
    model = training.model()
    return {"best": model.network.parameters.flat.copy(), **{k: v.copy() for k, v in model.resumable.items()}}


@pytest.mark.parametrize("documents", [False, True])
def test_training_left_and_taken_up_is_the_training_never_left(
    documents: bool, book: Path, poems: Path, tmp_path: Path
) -> None:
    settings = {**SMALL, "documents": documents, "dropout": 0.2, "layers": 2, "averaging": 0.9, "every": 4}
    settings |= {"output_dropout": 0.1, "weight_dropout": 0.1, "steps": 24, "epochs": 3.0}
    source = poems if documents else book
    whole = begin("text", source, **settings)
    list(whole.run())
    part = begin("text", source, **{**settings, "steps": 8})
    list(part.run())
    part.model().save(tmp_path / "m")
    rest = begin(resume=tmp_path / "m", steps=16)
    list(rest.run())
    rest.model().save(tmp_path / "m")
    rest = begin(resume=tmp_path / "m", steps=24)
    list(rest.run())
    assert rest.validations == whole.validations
    assert len(whole.validations) == 6
    wanted, found = everything(whole), everything(rest)
    assert {"best", "first", "second", "average", "parameters", "carried.h", "carried.c"} == set(wanted) == set(found)
    for name in wanted:
        np.testing.assert_array_equal(found[name], wanted[name], err_msg=name)


def test_best_network_is_the_one_that_is_kept(tmp_path: Path, rng: np.random.Generator) -> None:
    noise = tmp_path / "noise.txt"
    noise.write_text("".join(rng.choice(list("abcd"), 1000)), encoding="utf-8")
    heavy = {"hidden": 32, "steps": 300, "every": 30, "rate": 0.03, "schedule": "constant"}
    training = begin("text", noise, **{**SMALL, **heavy})
    list(training.run())
    values = [value for _, value in training.validations]
    assert min(values) < values[-1] - 0.03, "what is learned by heart is no knowledge"
    assert training.task.score(training.model().network)["nats_per_character"] == min(values)


def test_patience_ends_training(book: Path) -> None:
    training = begin("text", book, **{**SMALL, "rate": 0.0}, steps=400, every=2, patience=3)
    assert [event.update for event in training.run()][-1] == 8


def test_text_is_learned_and_the_model_needs_it_no_more(book: Path, tmp_path: Path) -> None:
    model = elman.train("text", book, **{**SMALL, "hidden": 32, "rate": 0.02, "epochs": 20.0})
    assert model.metrics["nats_per_character"] < 0.9
    model.save(tmp_path / "m")
    book.unlink()
    loaded = elman.load(tmp_path / "m")
    [answer] = loaded.predict(["7 times 7 i"])
    assert next(iter(answer)) == "s"
    assert answer["s"] > 0.9
    with pytest.raises(elman.DataError, match=r"book\.txt"):
        begin(resume=tmp_path / "m", steps=10_000)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_text_is_learned_by_heart_and_recited(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "song.txt"
    path.write_text(LINES[:300], encoding="utf-8")
    model = elman.train("text", path, recite=True, cell=cell, hidden=32, batch=1)
    assert model.metrics == {**model.metrics, "characters": 300, "recited": 300, "exact": True}
    assert model.passed
    assert model.updates < 15_000, "training ends as soon as it is recited"
    text = LINES[:8]
    while len(text) < 400:
        [answer] = model.predict([text])
        if not (character := next(iter(answer))):
            break
        text += character
    assert text == LINES[:300]


def test_text_that_was_learned_by_heart_is_gone_on_with_from_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "song.txt"
    path.write_text(LINES[:200], encoding="utf-8")
    model = elman.train("text", path, recite=True, hidden=32, rate=0.006)
    assert model.passed
    assert model.metrics["begun"] == model.metrics["places"] > 150
    assert model.updates < 5000, "training ends as soon as it is recited"
    # From any beginning that occurs once, of as many characters as it says: all of them were tried.
    network, alphabet = model.network, model.task.alphabet  # type: ignore[attr-defined]
    suffices = model.metrics["suffices"]
    assert 0 < suffices <= 16
    assert f"from any beginning of {suffices} characters that occurs once" in model.task.verdict(model.metrics)
    for at in range(0, 200 - max(16, suffices), 3):
        given = next(LINES[at : at + n] for n in range(suffices, 200) if LINES[:200].count(LINES[at : at + n]) == 1)
        sampling = Sampling(given, length=300, choice=Choice(0), documents=True)
        assert given + written(network, alphabet, sampling)[0] == LINES[at:200]


@pytest.mark.parametrize(
    ("needed", "found"),
    [
        ([0, 5, 9], {"begun": 3, "suffices": 0}),
        ([0, 7, 9], {"begun": 3, "suffices": 7}),
        ([0, 16, 17], {"begun": 2, "suffices": 17}),
        ([99, 7, 20], {"begun": 1, "suffices": 99}),
    ],
)
def test_what_suffices_is_told(needed: list[int], found: dict[str, int]) -> None:
    metrics = Recited(101, 100, np.array(needed), np.array([3, 6, 9])).metrics()
    assert {name: metrics[name] for name in found} == found
    line = verdict(metrics)
    if found["suffices"] == 0:
        assert line.endswith("and where it ends; and from any beginning that occurs once (3 tried)")
    elif found["suffices"] < 64:
        assert line.endswith(f"and from any beginning of {found['suffices']} characters that occurs once (3 tried)")
    else:
        assert line.endswith("and from 1 of 3 other places, with 16 given")
    assert shortfall(metrics, everywhere=True) == pytest.approx(1 - found["begun"] / 3)
    assert shortfall(metrics, everywhere=False) == 0
    assert 1 < shortfall({**metrics, "exact": False, "recited": 50}, everywhere=True) < 2


def test_places_that_are_tried_are_those_whose_beginning_occurs_once() -> None:
    corpus = Corpus.of(["abcabcabcabcabcabcabcabcabd" * 2])
    places, unique = tries(corpus)
    text = corpus.text(0)
    for place, size in zip(places.tolist(), unique.tolist(), strict=True):
        assert text.count(text[place - 1 : place - 1 + size]) == 1
        assert text.count(text[place - 1 : place - 2 + size]) != 1
    assert len(tries(Corpus.of(["a" * 100]))[0]) < 4  # 16 of 100 occur everywhere, 100 once


def test_a_reading_begins_at_the_beginning_and_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = Corpus.of(["abcdefghijklmnopqrstuvwxyz"])
    order = Recital(corpus, batch=4, length=10, seed=2)
    assert order.epoch == 3
    for at_once in (1, 1 << 18):
        monkeypatch.setattr(orders, "AT_ONCE", at_once)
        inputs, targets, counts = (
            np.concatenate([np.asarray(getattr(plan.examples, name)) for plan in order.plans(0, 3)])
            for name in ("inputs", "targets", "weights")
        )
        for row in range(4):
            seen, wanted = (corpus.alphabet.decode(symbols[:, row]) for symbols in (inputs, targets))
            assert wanted.endswith(seen) and "abcdefghijklmnopqrstuvwxyz".endswith(wanted)
            assert inputs[0, row] == END
            total = len(wanted) + 1  # and END behind it
            assert np.flatnonzero(counts[:, row]).tolist() == list(range(8 if row else 0, total))
        assert corpus.alphabet.decode(targets[:, 0]) == "abcdefghijklmnopqrstuvwxyz"


def test_text_that_is_too_much_for_a_network_is_recited_up_to_its_first_slip(book: Path) -> None:
    model = elman.train("text", book, recite=True, hidden=4, steps=100)
    assert not model.passed
    assert 8 <= model.metrics["recited"] < model.metrics["characters"]
    with pytest.raises(elman.ConfigError, match="recite"):
        elman.train("text", book, recite=True, validate=0.1)


def test_another_text_is_not_resumed(book: Path, tmp_path: Path) -> None:
    elman.train("text", book, **SMALL, steps=2).save(tmp_path / "m")
    moved = book.rename(tmp_path / "moved.txt")
    assert list(begin(None, moved, resume=tmp_path / "m", steps=3).run())[-1].update == 3
    moved.write_text(LINES + "?", encoding="utf-8")
    with pytest.raises(elman.DataError, match="found another: it has changed since, or is not") as caught:
        begin(None, moved, resume=tmp_path / "m", steps=3)
    assert caught.value.hint == (
        'elman.train("text", path, start=model) begins a new training with what the model knows'
    ), "to name it again, as it was named just now, would lead to the same error"


def test_resuming_with_data_names_the_whole_command(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "m"
    elman.train("text", book, **SMALL, steps=2).save(model)
    moved = book.rename(tmp_path / "moved.txt")
    assert run(["train", "--resume", str(model), str(moved), "--steps", "3"]) == 2
    hint = f"elman train text {moved} --resume {model}"
    assert f"found '{moved}'\nhint: `{hint}`\n" in capsys.readouterr().err
    assert run([*hint.split()[1:], "--steps", "3"]) == 0


def test_fine_tuning_keeps_the_symbols_of_known_characters(book: Path, tmp_path: Path) -> None:
    known = elman.train("text", book, **SMALL, steps=20)
    known.save(tmp_path / "m")
    other = tmp_path / "other.txt"
    other.write_text("Ähnlich, but for é and Ä.\n" * 40, encoding="utf-8")
    training = begin("text", other, start=tmp_path / "m", steps=5)
    old, new = known.task, training.task
    assert isinstance(old, Text) and isinstance(new, Text)
    assert new.alphabet.characters.startswith(old.alphabet.characters)
    assert "new characters: 'c', 'f', 'h', 'l', 'u', 'Ä', 'é'" in new.introduce()
    for name, values in known.network.parameters.items():
        part = training.network.parameters[name][tuple(map(slice, values.shape))]
        np.testing.assert_array_equal(part, values)
    list(training.run())
    for wrong in ({"hidden": 9}, {"cell": "gru"}, {"tokens": "bytes"}):
        with pytest.raises(elman.ConfigError, match=next(iter(wrong))):
            begin("text", other, start=tmp_path / "m", **wrong)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("ab", {"validate": 0.0}),
        ("ab", {"validate": 0.5}),
        ("x" * 3000, {}),
        ("ab\0c" * 50, {"tokens": "bytes"}),
        ("short", {"batch": 64, "length": 500}),
        ("abcdefgh" * 10 + "z", {"validate": 0.01}),
    ],
)
def test_texts_that_are_odd_are_learned(text: str, settings: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_text(text, encoding="utf-8")
    model = elman.train("text", path, **{**SMALL, "steps": 3, **settings})
    assert model.updates == 3
    assert all(math.isfinite(value) for value in model.metrics.values())


def test_killed_training_leaves_its_last_checkpoint(book: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from elman.cli import run; import elman.cli.training as t; t.CHECKPOINT = 0.0; "
        f"run(['train', 'text', {str(book)!r}, '--out', {str(tmp_path / 'm')!r}, '--hidden', '64', '--epochs', '1e6'])"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (tmp_path / "m").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert elman.load(tmp_path / "m").updates > 0
    assert list(begin(resume=tmp_path / "m").run(minutes=1e-9))


def test_nothing_is_written_over_what_is_read(book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "link").symlink_to(book)
    for data, out in ((book, book), (tmp_path, book), (book, tmp_path / "link")):
        assert run(["train", "text", str(data), "--out", str(out), "--hidden", "8", "--steps", "1"]) == 2
        assert "is in use" in capsys.readouterr().err
    assert book.read_text(encoding="utf-8") == LINES
    model = tmp_path / "m"
    assert run(["train", "add", "--out", str(model), "--steps", "1", "--bits", "1"]) in (0, 1)
    before = model.read_bytes()
    assert run(["prove", str(model), "--out", str(model)]) == 2
    assert run(["prove", str(model), "--picture", str(model)]) == 2
    assert run(["prove", str(model), "--out", "a.svg", "--picture", "a.svg"]) == 2
    assert model.read_bytes() == before


def test_what_was_recited_is_not_learned_on(tmp_path: Path) -> None:
    path = tmp_path / "song.txt"
    path.write_text(LINES[:100], encoding="utf-8")
    elman.train("text", path, recite=True, hidden=32).save(tmp_path / "m")
    assert list(begin(resume=tmp_path / "m").run()) == []
    (tmp_path / "other.txt").write_text(LINES[:50], encoding="utf-8")
    with pytest.raises(elman.DataError, match="expected one text; found 2"):
        begin("text", [path, tmp_path / "other.txt"], recite=True)


def test_too_few_documents_to_hold_one_out_are_learned_without(poems: Path) -> None:
    with pytest.raises(elman.DataError, match=r"hold 0\.01 of it out; found 40 documents") as error:
        begin("text", poems, documents=True, validate=0.01)
    assert "validate=0 " in error.value.hint


def test_encoding_that_misses_its_mark_is_an_error(book: Path) -> None:
    with pytest.raises(elman.DataError, match="expected utf-16"):
        begin("text", book, encoding="utf-16")


def test_text_of_which_nothing_is_held_out_is_learned(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "text", str(book), "--hidden", "8", "--steps", "1", "--validate", "0"]) == 0
    assert "nothing was held out" in capsys.readouterr().out


def test_one_character_is_no_plural_and_what_is_said_of_it_agrees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "two.txt").write_text("ab")
    assert run(["train", "text", str(tmp_path / "two.txt"), "--steps", "1", "--hidden", "4", "--no-out"]) == 0
    out, err = capsys.readouterr()
    told = [line for line in err.splitlines() if "character" in line][:2]
    assert told == [
        "text: 1 character to learn from, none held out, 1 different",
        "not held out, as what is learned does not have them: 1 character",
    ]
    assert "\n1 update in " in out


def test_what_validations_have_measured_is_not_read_again(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[elman.Network] = []

    def counted(task: Text, network: elman.Network) -> dict[str, Any]:
        read.append(network)
        return score(task, network)

    score = Text.score
    monkeypatch.setattr(Text, "score", counted)
    model = elman.train("text", book, **SMALL, steps=40, every=10)
    assert len(read) == 4
    assert model.metrics == score(model.task, model.network)  # type: ignore[arg-type]
    assert elman.train("text", book, **SMALL, steps=0).metrics["characters"]


# --- what is shown while training ---

OPTIONS = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `elman train` with these arguments: the samples that it shows by their updates, and its one object."""
    monkeypatch.setattr("elman.cli.training.SHOW", 0.0)
    monkeypatch.setattr("elman.models.run.PIECE", 0.0)  # an event after each update
    notes: list[str] = []
    monkeypatch.setattr("elman.cli.progress.note", notes.append)

    def run_it(*arguments: object) -> tuple[dict[int, str], Any]:
        notes.clear()
        assert run(["train", *map(str, arguments), "--json"]) == 0
        out = capsys.readouterr().out
        assert out.count("\n") == 1
        found = (re.fullmatch(r"after (\d+) updates:\n(.*)\n", note, re.DOTALL) for note in notes)
        return {int(one[1]): one[2] for one in found if one}, json.loads(out)

    return run_it


def test_samples_are_shown_and_change_nothing(shown: Any, book: Path, tmp_path: Path) -> None:
    more = [*OPTIONS, "--averaging=0.9", "--output-dropout=0.2", "--every=10"]
    samples, done = shown("text", book, *more, "--steps=25", "--show=30", "--out", tmp_path / "a")
    rest, _ = shown("--resume", tmp_path / "a", "--steps=40", "--show=30")
    assert (list(samples), list(rest), done["steps"]) == ([10, 20, 25], [30, 40], 25)
    none, _ = shown("text", book, *more, "--steps=25", "--out", tmp_path / "b")
    nothing, _ = shown("--resume", tmp_path / "b", "--steps=40")
    assert not none and not nothing
    a, b = elman.load(tmp_path / "a"), elman.load(tmp_path / "b")
    assert isinstance(a, elman.TextModel)
    assert a.validations == b.validations
    assert a.validations[-1][1] == min(value for _, value in a.validations), "the last network is the one that is kept"
    assert rest[40] == a.sample(length=30, seed=40)
    np.testing.assert_array_equal(a.network.parameters.flat, b.network.parameters.flat)
    for name, values in a.resumable.items():
        np.testing.assert_array_equal(values, b.resumable[name], err_msg=name)


def test_samples_of_bytes_are_text_and_leave_the_terminal_alone(shown: Any, tmp_path: Path) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(bytes(range(256)) * 8)
    samples, _ = shown("text", path, *OPTIONS, "--tokens=bytes", "--validate=0", "--steps=3", "--show=400")
    assert list(samples) == [2, 3], "where nothing is held out, by time alone"
    for sample in samples.values():
        assert "\N{REPLACEMENT CHARACTER}" in sample
        assert {c for c in sample if unicodedata.category(c) == "Cc"} <= set("\t\n\r")


def test_task_that_has_nothing_to_show_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elman.train("add", steps=1).save(tmp_path / "m")
    assert run(["train", "--resume", str(tmp_path / "m"), "--show", "9"]) == 2
    assert "error: --show: the task 'add' has nothing to show" in capsys.readouterr().err
    assert run(["train", "add", "--show", "9"]) == 2
    assert "--show" in capsys.readouterr().err


def test_time_left_is_no_more_than_was_given(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--epochs", "1e6", "--minutes", "0.01")
    assert run(["train", "text", str(book), *OPTIONS, *options]) == 0
    assert re.search(r"  at most [01] s left  [\d,]+ characters/s\n", capsys.readouterr().err)


def test_terminal_shows_one_line_that_changes_and_samples_above_it(book: Path) -> None:
    ours, theirs = pty.openpty()
    arguments = ["text", str(book), *OPTIONS, "--epochs=1e6", "--minutes=0.02", "--show=20", "--json"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    command = [sys.executable, "-m", "elman", "train", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        told = b""
        with suppress(OSError):  # the end of a terminal
            while piece := os.read(ours, 1 << 16):
                told += piece
        assert process.stdout is not None
        done = json.loads(process.stdout.read())
    os.close(ours)
    lines = re.sub(r"\x1b\[[\d;?]*\w", "", told.decode()).replace("\r", "\n").split("\n")
    changing = [
        line
        for line in lines
        if re.search(r"^[\d,]+/[\d,]+ .* loss [\d.]+  validation [\d.]+  at most [01] s left ", line)
    ]
    assert changing
    assert max(map(len, lines)) <= 80
    assert any(re.fullmatch(r"after [\d,]+ updates:", line) for line in lines)
    assert process.returncode == 0 and done["steps"] > 0
