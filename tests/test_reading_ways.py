"""Files that are read in another way than those that a model learned from."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import elman
from tables import written

Run = Callable[..., tuple[int, Any, str]]
NEW = "id;word;tag\n1;née;a\n1;où;b\n"


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ways")
    lines = "".join(f"{n},{word},{tag}\n" for n in range(20) for word, tag in (("née", "a"), ("où", "b")))
    model = elman.train("tag", written(folder, f"id,word,tag\n{lines}"), label="tag", hidden=4, epochs=3)
    model.save(folder / "tagger")
    return folder / "tagger"


@pytest.fixture
def latin(tmp_path: Path) -> str:
    (tmp_path / "latin.csv").write_bytes(NEW.encode("latin-1"))
    return str(tmp_path / "latin.csv")


def test_a_model_of_utf_8_reads_another_encoding(
    tagger: Path, latin: str, tmp_path: Path, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = written(tmp_path, NEW)
    for words in (("predict", str(tagger)), ("score", str(tagger))):
        code, _, said = command(*words, latin)
        assert (code, "--encoding latin-1" in said) == (2, True)
        wanted = command(*words, plain)
        assert command(*words, latin, "--encoding", "latin-1", "--delimiter", ";")[:2] == wanted[:2]
        assert (wanted[0], "training had not" in wanted[2]) == (0, False)
    code, wanted, _ = command("predict", str(tagger), plain)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NEW.encode("latin-1"))))
    assert command("predict", str(tagger), "-", "--encoding", "latin-1")[1] == wanted


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("ways")
    lines = "".join(f"{n},{n % 3},{'ab'[n % 2]}\n" for n in range(40))
    model = elman.train("classify", written(folder, f"id,x,label\n{lines}"), hidden=2, epochs=1)
    model.save(folder / "model")
    return str(folder / "model")


def test_sequences_without_a_label_are_left_out_of_a_score(classifier: str, tmp_path: Path, command: Run) -> None:
    path = written(tmp_path, "id,x,label\n1,2,a\n2,1,\n")
    code, _, said = command("score", classifier, path)
    assert (code, "--skip-empty" in said) == (2, True)
    code, found, _ = command("score", classifier, path, "--skip-empty", "--json")
    assert (code, found["sequences"]) == (0, 1)


def test_sequences_without_a_step_are_left_out_of_predictions(tmp_path: Path, command: Run) -> None:
    texts = "".join(f"{'ab'[n % 2] * (n % 3 + 1)},{'ab'[n % 2]}\n" for n in range(40))
    elman.train("classify", written(tmp_path, f"text,label\n{texts}"), hidden=2, epochs=1).save(tmp_path / "model")
    path = written(tmp_path, "text\nab\n\nb\n", "new.csv")
    code, _, said = command("predict", str(tmp_path / "model"), path)
    assert (code, "new.csv: line 3: expected at least one step; found none" in said, "--skip-empty" in said) == (
        2,
        True,
        True,
    )
    code, found, said = command("predict", str(tmp_path / "model"), path, "--skip-empty", "--json")
    assert (code, found["inputs"], "1 of 3 sequences left out: no step" in said) == (0, ["0", "2"], True)


def test_a_hint_names_nothing_that_the_verb_has_not(classifier: str, tmp_path: Path, command: Run) -> None:
    code, _, said = command("predict", classifier, written(tmp_path, "id,x\n1,2\n1,two\n"))
    assert (code, "--kinds" in said, "hint: an empty cell or NA is a missing value" in said) == (2, False, True)


def test_ways_and_reports_that_a_model_has_not_are_named_as_they_were_typed(
    tagger: Path, latin: str, tmp_path: Path, command: Run
) -> None:
    def refused(message: str, *words: str) -> None:
        code, out, said = command(*words)
        assert (code, out) == (2, "")
        assert message in said

    elman.train("add", steps=1).save(tmp_path / "add")
    add = str(tmp_path / "add")
    refused(
        "--field: expected a model of the task 'text'; found one of 'tag'", "score", str(tagger), latin, "--field", "x"
    )
    refused("--encoding: expected beside files", "score", str(tagger), "--encoding", "latin-1")
    refused("--encoding: expected a model of one of the tasks ", "score", add, "--encoding", "latin-1")
    refused("--encoding: expected a model of one of the tasks ", "predict", add, "--encoding", "latin-1", "1+1")
    refused("--baselines: expected a model of one of the tasks ", "score", add, "--baselines")
    refused("score: FILE: expected a model of one of the tasks ", "score", add, latin)
    refused("encoding: expected the name of a text encoding", "predict", str(tagger), latin, "--encoding", "none")
