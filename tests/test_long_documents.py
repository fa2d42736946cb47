"""A long document among short ones: read in parts, in as little memory as running text."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from elman.tasks.text import END, Corpus
from elman.tasks.text import order as orders
from elman.tasks.text.corpus.reading import Reading
from elman.tasks.text.corpus.sources import find
from elman.tasks.text.corpus.texts import by_text, pieces
from elman.tasks.text.order import Documents

SHORT, LONG = "a short one " * 5, "one long one " * 100_000
RESIDENT = """
import resource, sys
import elman
from elman.models import begin
from elman.tasks.text.corpus.reading import Reading
from elman.tasks.text.corpus.sources import find
from elman.tasks.text.corpus.texts import by_text, pieces
from elman.tasks.text.scoring.surprise import Score, surprises

name, documents = sys.argv[1], sys.argv[2] == "documents"
training = begin("text", name, documents=documents, hidden=8, validate=0.0, steps=30)
assert [event.update for event in training.run()][-1] == 30
reading = Reading(documents=documents)
texts = by_text(pieces(find(name), reading))
score = Score.of(surprises(training.network, training.task.alphabet, texts, documents=documents))
print(score.characters, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def written(path: Path) -> Path:
    texts = [*[SHORT] * 127, LONG]
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    else:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([["text"], *([text] for text in texts)])
    return path


def megabytes(path: Path, kind: str) -> tuple[int, int]:
    run = [sys.executable, "-c", RESIDENT, str(path), kind]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    characters, found = map(int, done.stdout.split())
    return characters, found


def test_memory_is_that_of_running_text(tmp_path: Path) -> None:
    """A batch of rows as long as the longest took 600 MB more; some 10 MB are left, a few copies of the text."""
    running = tmp_path / "running"
    running.write_text(LONG)
    _, usual = megabytes(running, "files")
    for name in ("a.jsonl", "a.csv"):
        characters, found = megabytes(written(tmp_path / name), "documents")
        assert characters == len(LONG) + 127 * len(SHORT) + 128
        assert found < usual + 30, name


def rows_of(order: Documents, corpus: Corpus) -> list[str]:
    """What each row read, from where its state was the initial one."""
    read: list[str] = []
    rows: list[str] = []
    for plan in order.plans(0, int(order.epoch)):
        inputs, lengths = np.asarray(plan.examples.inputs), np.asarray(plan.examples.lengths)
        assert plan.starts is not None and plan.carry is not None and plan.steps is not None
        for columns, start, carry in zip(plan.rows, plan.starts, plan.carry, strict=True):
            if not carry:
                read, rows = read + rows, [""] * len(columns)
            for i, c in enumerate(columns):
                shown = inputs[start : min(lengths[c], start + plan.steps), c]
                rows[i] += "".join("|" if s == END else corpus.alphabet.decode([s]) for s in shown)
    return read + rows


def test_a_long_document_is_read_in_parts_each_from_the_initial_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "LONG", 3)
    made = ["".join(chr(97 + (i + n) % 26) for n in range(length)) for i, length in enumerate([5, 29, 30, 31, 95, 7])]
    corpus = Corpus.of(made, documents=True)
    wanted = []
    for text in made:
        symbols = "|" + text  # 30 at a time: 3 windows of 10
        wanted += [symbols[first : first + 30] for first in range(0, len(symbols), 30)]
    assert sorted(rows_of(Documents(corpus, 4, 10, 1), corpus)) == sorted(wanted)


def test_targets_of_a_part_go_on_where_its_inputs_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "LONG", 2)
    corpus = Corpus.of(["abcdefghij"], documents=True)
    [plan] = Documents(corpus, 4, 4, 0).plans(0, 2)
    targets, lengths = np.asarray(plan.examples.targets), np.asarray(plan.examples.lengths)
    found = {
        corpus.alphabet.decode(targets[:n, c]) + "|" * int(targets[n - 1, c] == END) for c, n in enumerate(lengths)
    }
    assert found == {"abcdefgh", "ij|"}


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_documents_longer_than_a_piece_come_back(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ["x", "longer one", "ab", "abcd" * 20, "y"]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, made)))
    monkeypatch.setattr("elman.tasks.text.corpus.texts.PIECE", size)
    found = list(pieces(find(path), Reading(documents=True)))
    assert max(len(piece.text) for piece in found) <= size
    assert ["".join(parts) for parts in by_text(iter(found))] == made
    corpus = Corpus.read(path, Reading(documents=True))
    assert [corpus.text(i) for i in range(len(corpus))] == made
