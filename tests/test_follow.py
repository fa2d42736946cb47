"""`elman predict MODEL --follow`: rows are answered while they arrive, as they are when all are there."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.errors import ConfigError, DataError
from elman.tables import Columns
from elman.tables.rows import rows
from tables import written

Run = Callable[..., tuple[int, Any, str]]
SETTINGS: dict[str, Any] = {"hidden": 4, "epochs": 2, "bidirectional": False}


def signals(count: int = 40, seed: int = 0) -> list[list[Any]]:
    """Rows: a sequence, a number that may be missing, a switch, a kind, and what is to be said of the step."""
    rng = np.random.default_rng(seed)
    found = []
    for n in range(count):
        for _ in range(rng.integers(2, 6)):
            x = rng.normal()
            missing = rng.random() < 0.1
            kind = str(rng.choice(["a", "b", "c"]))
            found.append(
                [f"s{n}", "" if missing else round(x, 4), ["no", "yes"][int(x > 1)], kind, "hi" if x > 0 else "lo"]
            )
    return found


def text(found: list[list[Any]], delimiter: str = ",") -> str:
    return "\n".join([delimiter.join(map(str, row)) for row in [["id", "x", "on", "kind", "tag"], *found]]) + "\n"


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tagger")
    model = elman.train("tag", written(folder, text(signals())), label="tag", id="id", **SETTINGS)
    model.save(folder / "tagger")
    return folder / "tagger"


def fed(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))


# --- what is answered ---


def test_rows_of_many_sequences_at_once_are_answered_as_those_of_a_file(
    tagger: Path, tmp_path: Path, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = signals(8, seed=1)
    _, whole, _ = command("predict", str(tagger), written(tmp_path, text(found)), "--proba", "--json")
    expected = {
        name: list(zip(outputs, chances, strict=True))
        for name, outputs, chances in zip(whole["inputs"], whole["outputs"], whole["probabilities"], strict=True)
    }
    begins = [[one[0] for one in found].index(row[0]) for row in found]
    mixed = sorted(range(len(found)), key=lambda row: row - begins[row])  # all first steps, then all second ones …
    for form in (text([found[row] for row in mixed]), text([found[row] for row in mixed], ";"), as_json(found, mixed)):
        fed(monkeypatch, form)
        code, answers, _ = command("predict", str(tagger), "--follow", "--proba", "--json")
        assert code == 0
        got: dict[str, list[Any]] = {name: [] for name in expected}
        for one in answers:
            got[one["input"]].append((one["output"], one["probabilities"]))
        assert [one["input"] for one in answers] == [found[row][0] for row in mixed]
        for name, steps in expected.items():
            assert [one for one, _ in got[name]] == [one for one, _ in steps]
            for (_, one), (_, other) in zip(got[name], steps, strict=True):
                assert one == pytest.approx(other, abs=1e-6)


def as_json(found: list[list[Any]], order: list[int]) -> str:
    lines = []
    for row in order:
        name, x, on, kind, _ = found[row]
        lines.append(json.dumps({"kind": kind, "id": name, "on": on == "yes", "x": None if x == "" else x}))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_an_answer_comes_before_the_next_row(option: list[str], tagger: Path) -> None:
    words = [sys.executable, "-m", "elman", "predict", str(tagger), "-", "--follow", *option]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("x,id,kind,on\n")
        for number in range(3):
            process.stdin.write(f"{number},s1,a,no\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert (json.loads(answer)["input"] if option else answer.split("\t")[0]) == "s1"
        process.stdin.close()
        assert process.wait() == 0


def test_a_wrong_row_takes_no_answer_with_it(tagger: Path, command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    fed(monkeypatch, "id,x,on,kind\n1,2,yes,a\n2,1,no,b\n1,two,yes,a\n")
    code, answers, said = command("predict", str(tagger), "--follow", "--top", "1", "--json")
    assert (code, [one["input"] for one in answers[:-1]]) == (2, ["1", "2"])
    assert all(list(one["top"]) == [one["output"]] for one in answers[:-1])
    assert "stdin, line 4: column 'x'" in answers[-1]["error"]
    assert "stdin, line 4: column 'x'" in said


def test_words_that_are_new_are_said_once(tmp_path: Path, command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(f"{n},{word},{word.upper()}\n" for n in range(20) for word in ("a", "b"))
    model = elman.train("tag", written(tmp_path, f"id,word,tag\n{lines}"), label="tag", **SETTINGS)
    model.save(tmp_path / "words")
    fed(monkeypatch, "id,word\n1,new\n1,a\n1,new\n")
    code, out, said = command("predict", str(tmp_path / "words"), "--follow")
    assert (code, len(out.splitlines()), said.count("stdin, line 2: 'word' has the value 'new'")) == (0, 3, 1)
    assert said.count("'new'") == 1
    assert [line.split("\t")[1] for line in out.splitlines()] == model.predict([["new", "a", "new"]])[0]


def test_a_classifier_answers_for_the_steps_so_far(
    tmp_path: Path, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"{n},{t * (n % 2)},{'up' if n % 2 else 'flat'}\n" for n in range(30) for t in range(4))
    path = written(tmp_path, f"id,x,label\n{lines}")
    model = elman.train("classify", path, readout="attention", **{**SETTINGS, "epochs": 20})
    model.save(tmp_path / "model")
    fed(monkeypatch, "id,x\n7,0\n7,1\n7,2\n7,3\n")
    code, answers, _ = command("predict", str(tmp_path / "model"), "--follow", "--json")
    assert code == 0
    asked = [np.arange(n)[:, None] for n in range(1, 5)]
    assert [one["output"] for one in answers] == model.predict(asked)
    chances = [one[said["output"]] for one, said in zip(model.predict_proba(asked), answers, strict=True)]
    assert [one["probability"] for one in answers] == pytest.approx(chances)


# --- what is refused ---


def test_what_cannot_be_followed_is_refused(
    tagger: Path, tmp_path: Path, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, said = command("predict", str(tagger), "file.csv", "--follow")
    assert (code, "expected rows of standard input; found 'file.csv'" in said) == (2, True)
    elman.train("add", steps=1).save(tmp_path / "add")
    code, _, said = command("predict", str(tmp_path / "add"), "--follow")
    assert (code, "--follow: expected a model of one of the tasks 'classify', 'tag'" in said) == (2, True)
    both = elman.train("tag", written(tmp_path, text(signals())), label="tag", hidden=4, epochs=1)
    both.save(tmp_path / "both")
    fed(monkeypatch, text(signals(2)))
    code, _, said = command("predict", str(tmp_path / "both"), "--follow")
    assert (code, "found one that reads from both ends" in said) == (2, True)


FEATURES = [("x", "number"), ("on", "boolean"), ("kind", "category")]


def read(*lines: str) -> Iterator[Any]:
    return rows("stdin", iter(lines), Columns(id="id"), FEATURES)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "stdin: expected rows; found none"),
        (["id,x,on,kind"], ""),
        (["id,x,on"], "stdin, line 1: expected the column 'kind'"),
        (["", "x,on,kind", "1,2,yes"], "stdin, line 2: expected the column 'id'"),
        (["id,x,x,on,kind"], r"stdin, line 1: expected one column 'x' \(features\); found 2"),
        (["id,x,on,kind", "1,2,yes"], "stdin, line 2: expected 4 fields, as the first line has; found 3"),
        (["id,x,on,kind", "1,2,yes,a", "", ",2,yes,a"], "stdin, line 4: column 'id': expected an id in each row"),
        (["id,x,on,kind", "1,two,yes,a"], "line 2: column 'x': expected a finite number; found 'two'"),
        (["id,x,on,kind", "1,inf,yes,a"], "line 2: column 'x': expected a finite number; found 'inf'"),
        (["id,x,on,kind", "1,2,maybe,a"], "line 2: column 'on': expected true or false; found 'maybe'"),
        (["id,x,on,kind", '1,2,yes,"a'], "line 2: expected CSV, a row in each line"),
        (['{"id": 1, "x": 2, "on": true, "kind": "a"}', "1,2"], "line 2: expected a JSON object"),
    ],
)
def test_a_wrong_row_is_named(lines: list[str], message: str) -> None:
    if not message:
        assert list(read(*lines)) == []
        return
    with pytest.raises(DataError, match=message):
        list(read(*lines))


def test_missing_values_are_those_of_files() -> None:
    found = [row.values for row in read("ID,x,on,kind", "1,NA,?,NA", "1,,,", "1,1e3,No,")]
    assert found == [(None, None, "NA"), (None, None, None), (1000.0, 0.0, None)]


def test_dates_are_refused(tmp_path: Path) -> None:
    lines = "".join(f"{n},2020-01-{t + 1:02},{'ab'[t % 2]}\n" for n in range(10) for t in range(4))
    path = written(tmp_path, f"id,day,tag\n{lines}")
    model = elman.train("tag", path, label="tag", features="day", **SETTINGS)
    with pytest.raises(ConfigError, match="found 'day', a date"):
        list(model.task.follow(model.network, iter(["id,day"]), print))  # type: ignore[attr-defined]
