"""False accepts in recordings of other sounds, and what it costs to have few: `elman score --background`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.tasks.labelled.speech.background import least, measured, warnings
from optional import needs
from test_listen import SAID, heard, stream
from test_speech import NAME, SPEECH
from words import takes, write

pytestmark = needs(SPEECH)

Run = Callable[..., tuple[int, Any, str]]


def test_thresholds_are_the_least_that_so_few_scores_reach() -> None:
    scores = np.array([0.2, 0.9, 0.5, 0.9, 1.0])
    assert [least(scores, allowed) for allowed in (1, 2, 3, 4, 5)] == [0.900001, 0.900001, 0.500001, 0.200001, 0.0]
    assert least(scores, 0) is None  # what has a score of 1 is told at any threshold
    assert least(np.array([]), 0) == 0
    for allowed in range(1, 6):
        threshold = least(scores, allowed)
        assert threshold is not None
        assert (scores >= threshold).sum() <= allowed
        assert threshold == 0 or (scores >= threshold - 2e-6).sum() > allowed


def test_misses_are_takes_below_the_threshold() -> None:
    accepts = np.linspace(0.1, 0.99, 20)
    found = measured(10.0, accepts, np.array([-1.0, 0.7, 0.8, 0.9, 0.99]))
    assert [(one["per_hour"], one["false_accepts"], one["miss_rate"]) for one in found["rates"]] == [
        (0.1, 1, 0.8),
        (0.5, 5, 0.4),
        (1.0, 10, 0.2),  # -1: taken for another word, whatever the threshold
    ]
    assert not list(warnings(found))
    [warning] = warnings(measured(1.5, accepts, np.array([0.5])))
    assert "expected 10 h or more, to measure 0.1 false accepts an hour, 2 h or more, to measure 0.5 fa" in warning
    assert "found 1.50 h: such a threshold" in warning
    [warning] = warnings(measured(0.5 / 3600, accepts, np.array([0.5])))
    assert "1 h or more, to measure 1 false accepts an hour; found 0.5 s: such a thr" in warning
    assert measured(10.0, accepts, np.array([]))["rates"][0]["miss_rate"] is None


def label(file: str) -> str:
    return Path(file).name.partition("_")[0]


def test_command_line_measures_and_the_threshold_is_kept(tmp_path: Path, command: Run) -> None:
    data, more = takes(tmp_path / "takes", speakers=("ann", "bob")), takes(tmp_path / "more", 3, first=20)
    path, out = str(tmp_path / "model"), str(tmp_path / "careful")
    options: dict[str, Any] = {"name": NAME, "hidden": 8, "epochs": 25, "mask": 4, "validate": 0.0}
    elman.train("speech", str(data), **options).save(path)
    zeros = np.zeros(8000, np.float32)
    for place, samples in (("one", stream()), ("two", zeros[:4000]), ("zwei", zeros[:4000])):
        write(tmp_path / "other" / f"{place}.wav", samples, subtype="FLOAT")
    words = ("score", path, str(more), "--background", str(tmp_path / "other"))
    code, found, _ = command(*words, "--json")
    found = found["background"]
    assert (code, found["heard"], found["takes"]) == (0, len(SAID), 27)
    assert found["hours"] == pytest.approx((len(stream()) / 8000 + 1) / 3600)
    assert [one["false_accepts"] for one in found["rates"]] == [0, 0, 0]
    threshold = found["rates"][0]["threshold"]
    files = [str(one) for one in sorted(more.iterdir())]
    _, answered, _ = command("predict", path, *files, "--proba", "--json")
    rows = zip(files, answered["outputs"], answered["probabilities"], strict=True)
    missed = [said != word or chances[said] < threshold for file, word, chances in rows for said in [label(file)]]
    assert found["rates"][0]["miss_rate"] == np.mean(missed)
    assert sum(missed) > 0
    code, printed, told = command(*words)
    assert f"  at most 0.1 false accepts an hour: threshold {threshold:.6f}, " in printed
    told = " ".join(told.split())
    assert "expected 10 h or more, to measure 0.1 false accepts an hour, 2 h or more" in told
    found = f"found 2 of 3 recordings without: {tmp_path}/other/two.wav (0.50 s), {tmp_path}/other/zwei.wav (0.50 s)"
    assert f"background: expected 1 s or more, to tell how often words are heard; {found}" in told

    code, printed, _ = command("export", path, "--threshold", str(threshold), "--out", out)
    assert code == 0
    before, after = elman.load(path), elman.load(out)
    assert isinstance(before, elman.SpeechModel)
    assert isinstance(after, elman.SpeechModel)
    assert [one["word"] for one in heard(before, stream(), 8000)] == [word for word, _ in SAID]
    silent = heard(after, stream(), 8000, refractory=0.0)
    assert [one["word"] for one in silent] == [None] * len(SAID)
    told_again = [one["word"] for one in heard(before, stream(), 8000, threshold=threshold - 2e-6)]
    assert sum(word is not None for word in told_again) == 1


def test_what_cannot_be_measured_is_refused(tmp_path: Path, command: Run) -> None:
    data, path, coin = takes(tmp_path / "takes", 3, ("bob",)), str(tmp_path / "model"), str(tmp_path / "coin")
    elman.train("speech", str(data), name=NAME, hidden=4, epochs=1, validate=0.0).save(path)
    elman.train("coin", steps=1).save(coin)
    empty, silent = write(tmp_path / "empty.wav", np.zeros(0)), write(tmp_path / "silent.wav", np.zeros(9000))
    code, _, told = command("score", path, str(data), "--background", silent)
    assert code == 0
    said = "background: expected sound, to tell how often words are heard; found 1 of 1 recordings without: "
    assert f"{said}{silent}" in " ".join(told.split())
    for words, message in (
        (("score", path, str(data), "--background", empty), "expected recordings with samples; found none"),
        (("score", path, str(data), "--background", str(tmp_path / "none")), "expected a file; found none"),
        (("score", coin, "--background", empty), "--background: expected a model of the task 'speech'"),
        (("export", path, "--threshold", "2", "--out", f"{path}2"), "threshold: expected a number from 0 to 1;"),
        (("export", coin, "--threshold", "0.5", "--out", f"{path}2"), "--threshold: expected a model of"),
        (("export", path, "--threshold", "0.5", "--to", "c", "--out", f"{path}2"), "--threshold: expected without"),
    ):
        code, _, told = command(*words)
        assert (code, message in " ".join(told.split())) == (2, True), told
    assert not Path(f"{path}2").exists()
