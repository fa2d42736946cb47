"""Numbers in place of labels: `--target` of the tasks `classify` and `tag`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from elman.errors import ConfigError, DataError
from elman.tasks.labelled.baselines import STEP, SUMMARY
from elman.tasks.labelled.classify import Classify
from elman.tasks.labelled.numbers import Numbers, errors
from optional import needs
from tables import written

SKLEARN = Peer("scikit-learn", ("sklearn",))
Run = Callable[..., tuple[int, Any, str]]


def pulses(count: int = 120, seed: int = 0) -> str:
    """CSV of switches, 0 or 1: `runs`, 100 and 10 more for each change, and `since`, 10 times the steps from the last.

    Neither follows from how many of them there are.
    """
    rng = np.random.default_rng(seed)
    lines = ["id,t,x,runs,since"]
    for n in range(count):
        x = rng.integers(0, 2, 10)
        changes = np.flatnonzero(np.diff(x)) + 1
        for t in range(10):
            before = changes[changes <= t]
            since = t - (before[-1] if len(before) else 0)
            lines.append(f"{n},{t},{x[t]},{100 + 10 * len(changes)},{10 * since}")
    return "\n".join([*lines, ""])


def small(task: str, folder: Path, text: str | None = None, **given: Any) -> elman.Model:
    """A small model of pulses."""
    path = written(folder, pulses() if text is None else text, "pulses.csv")
    target = "runs" if task == "classify" else "since"
    settings = {"target": target, "features": "x", "hidden": 16, "epochs": 60, "output_dropout": 0.0, "rate": 0.01}
    return elman.train(task, path, **{**settings, **given})


def truth(text: str, column: int) -> list[list[float]]:
    """Of each sequence, the values of a column."""
    rows = [line.split(",") for line in text.splitlines()[1:]]
    return [[float(row[column]) for row in rows if row[0] == name] for name in dict.fromkeys(row[0] for row in rows)]


# --- from end to end ---


@pytest.mark.parametrize(("task", "column", "target"), [("classify", 3, "runs"), ("tag", 4, "since")])
def test_command_line_from_rows_to_numbers(task: str, column: int, target: str, tmp_path: Path, command: Run) -> None:
    train, text = written(tmp_path, pulses(), "train.csv"), pulses(30, seed=1)
    test, model = written(tmp_path, text, "test.csv"), str(tmp_path / "model")
    words = ("--target", target, "--features", "x", "--hidden", "16", "--epochs", "60", "--output-dropout", "0")
    code, trained, said = command("train", task, train, *words, "--rate", "0.01", "--out", model, "--json")
    assert (code, trained["task"]) == (0, task)
    assert "--smoothing" not in said
    code, scored, _ = command("score", model, test, "--json")
    assert code == 0
    assert scored["r2"] > 0.9
    assert scored["baselines"]["the mean"]["rmse"] > 3 * scored["rmse"]
    code, found, _ = command("predict", model, test, "--json")
    assert set(found) == {"inputs", "outputs"}
    # What is scored is what is predicted, in the unit of the target.
    known = truth(text, column)
    true = np.array([one[0] for one in known] if task == "classify" else known)
    wrong = np.array(found["outputs"]) - true
    assert scored["rmse"] == pytest.approx(np.sqrt((wrong**2).mean()))
    assert scored["mae"] == pytest.approx(np.abs(wrong).mean())
    assert scored["r2"] == pytest.approx(1 - (wrong**2).sum() / ((true - true.mean()) ** 2).sum())
    lines = [line.split("\t") for line in command("predict", model, test)[1].splitlines()]
    assert [float(line[1]) for line in lines] == pytest.approx(np.ravel(found["outputs"]).tolist(), rel=1e-5)
    each = [json.loads(line) for line in command("score", model, test, "--each")[1].splitlines()]
    assert np.ravel([one["target"] for one in each]).tolist() == true.ravel().tolist()
    assert [one["output"] for one in each] == found["outputs"]
    code, _, said = command("predict", model, test, "--proba")
    assert code == 2
    assert "--proba: expected a model that predicts classes; found one that predicts numbers" in said
    assert "rmse" in command("score", model, test)[1]
    with pytest.raises(ConfigError, match="predict_proba: expected a model that predicts classes; found one that pred"):
        elman.load(model).predict_proba([test])


@pytest.mark.parametrize("task", ["classify", "tag"])
def test_saved_loaded_and_resumed(task: str, tmp_path: Path) -> None:
    whole = small(task, tmp_path, steps=20, every=4)
    small(task, tmp_path, steps=8, every=4).save(tmp_path / "model")
    resumed = elman.train(resume=tmp_path / "model", steps=20)
    assert resumed.network.parameters.flat.tobytes() == whole.network.parameters.flat.tobytes()
    resumed.save(tmp_path / "again")
    asked = [np.array([0, 1, 1, 0]), np.array([1.0])]
    assert elman.load(tmp_path / "again").predict(asked) == whole.predict(asked)


def test_the_scale_is_of_the_training_part(tmp_path: Path) -> None:
    """Targets in another unit give the same answers in that unit."""
    one = small("classify", tmp_path, steps=30)
    text = pulses()
    lines = [line.split(",") for line in text.splitlines()[1:]]
    thousands = "\n".join(["id,t,x,runs", *(f"{i},{t},{x},{float(runs) * 1000}" for i, t, x, runs, _ in lines), ""])
    other = small("classify", tmp_path, thousands, steps=30)
    asked = [np.array([0, 1, 1, 0])]
    assert other.predict(asked)[0] == pytest.approx(1000 * one.predict(asked)[0], rel=1e-5)
    assert isinstance(one.task, Classify)
    assert one.task.learning is not None
    learned = np.asarray(one.task.learning.learned.values)
    assert isinstance(one.task.known.answers, Numbers)
    assert one.task.known.answers.scale.mean == pytest.approx((learned.mean(),))
    assert len(learned) == 108


def test_the_pinball_loss_is_for_the_median(tmp_path: Path) -> None:
    """Where the same is asked, and most numbers are 0 but some are large, the median is 0 and the mean is not."""
    lines = ["id,x,y", *(f"{n},{n % 2},{0 if n % 10 else 1000}" for n in range(200)), ""]
    common: dict[str, Any] = {
        "target": "y",
        "features": "x",
        "hidden": 4,
        "epochs": 40,
        "output_dropout": 0.0,
        "validate": 0,
    }
    path = written(tmp_path, "\n".join(lines), "skewed.csv")
    found = {
        loss: elman.train("classify", path, loss=loss, **common).predict([[0]])[0] for loss in ("squared", "pinball")
    }
    assert abs(found["pinball"]) < 30
    assert found["squared"] > 100  # a tenth of all are 1000, all of them where x is 0


def test_missing_numbers_of_steps_are_not_learned(tmp_path: Path, command: Run) -> None:
    lines = pulses().splitlines()
    gaps = [line if n % 3 else line.rpartition(",")[0] + "," for n, line in enumerate(lines)]
    gaps[0] = lines[0]
    model = small("tag", tmp_path, "\n".join([*gaps, ""]))
    model.save(tmp_path / "model")
    assert model.metrics["r2"] > 0.9
    assert model.metrics["steps"] < 120
    each = command("score", str(tmp_path / "model"), str(tmp_path / "pulses.csv"), "--each")[1].splitlines()
    assert None in json.loads(each[0])["target"]


def test_a_number_of_the_steps_so_far(tmp_path: Path) -> None:
    model = small("classify", tmp_path, steps=10, bidirectional=False)
    x, stream = [0.0, 1.0, 1.0, 0.0], model.answering()
    found = [stream.step([value])["output"] for value in x]
    assert found == pytest.approx([model.predict([x[: t + 1]])[0] for t in range(4)], rel=1e-5)


# --- beside it ---


@needs(SKLEARN)
@pytest.mark.parametrize(("task", "on"), [("classify", SUMMARY), ("tag", STEP)])
def test_ridge_stands_beside(task: str, on: str, tmp_path: Path, command: Run) -> None:
    small(task, tmp_path).save(tmp_path / "model")
    code, scored, _ = command("score", str(tmp_path / "model"), "--baselines", "--json")
    assert code == 0
    ridge = scored["baselines"][f"ridge regression on {on}"]
    assert set(ridge) == {"rmse", "mae", "r2"}
    assert scored["rmse"] < ridge["rmse"] < 1.2 * scored["baselines"]["the mean"]["rmse"]


@needs(SKLEARN)
def test_measures_are_what_scikit_learn_says() -> None:
    from sklearn import metrics

    rng = np.random.default_rng(0)
    true, answers = rng.normal(5, 3, (2, 50))
    found = errors(answers, true)
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(true, answers))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(true, answers))
    assert found["r2"] == pytest.approx(metrics.r2_score(true, answers))
    assert errors(np.ones(2), np.zeros(2))["r2"] is None  # there is nothing to explain


# --- what is wrong ---


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"label": "runs"}, ConfigError, "label: expected label or target; found both"),
        ({"loss": "cubic"}, ConfigError, "loss: expected one of"),
        ({"target": "z"}, DataError, r"expected the column 'z' \(target\)"),
        ({"target": "since"}, DataError, "column 'since': expected "),  # it is not one number for each sequence
    ]
    for given, kind, message in wrong:
        with pytest.raises(kind, match=message):
            small("classify", tmp_path, **given)


def test_words_are_no_numbers(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column 'runs'"):
        small("classify", tmp_path, "id,x,runs\n1,0,many\n2,1,few\n")
