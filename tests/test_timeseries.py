"""Models of aeon beside a network, where it is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from elman.tasks.labelled import timeseries
from elman.tasks.labelled.tabled import Tabled
from optional import needs
from tables import written

AEON = Peer("aeon", ("aeon",))
pytestmark = needs(Peer("scikit-learn", ("sklearn",)))  # whose linear models come first
NAMES = [timeseries.MINIROCKET, timeseries.DTW]


class Remembers:
    """Stands for a model of aeon: it answers with what it was taught, in the same order."""

    fitted: list[tuple[Any, Any]] = []  # noqa: RUF012

    def __init__(self, **given: Any) -> None:
        self.given = given

    def fit(self, known: Any, targets: Any) -> None:
        self.targets = targets
        self.fitted.append((known, targets))

    def predict(self, asked: Any) -> Any:
        return np.resize(self.targets, len(asked))


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`aeon` is there, and its models are those above."""
    Remembers.fitted = []
    for kind, role in (("classification", "Classifier"), ("regression", "Regressor")):
        for module, name in (("convolution_based", "MiniRocket"), ("distance_based", "KNeighborsTimeSeries")):
            found = ModuleType(module)
            setattr(found, f"{name}{role}", Remembers)
            monkeypatch.setitem(sys.modules, "aeon", ModuleType("aeon"))
            monkeypatch.setitem(sys.modules, f"aeon.{kind}", ModuleType(kind))
            monkeypatch.setitem(sys.modules, f"aeon.{kind}.{module}", found)


def scored(folder: Path, **given: Any) -> dict[str, Any]:
    """The score of a network that has hardly learned, beside baselines; of sequences of 2 to 5 steps."""
    rows = [f"s{n},{t},{t * (-1) ** n},{n},{'ab'[n % 2]}" for n in range(20) for t in range(2 + n % 4)]
    path = written(folder, "\n".join(["id,time,x,z,y", *rows, ""]))
    model = elman.train("classify", path, **{"features": "x,z", "steps": 1, "hidden": 4, "validate": 0.2, **given})
    assert isinstance(model.task, Tabled)
    return model.task.report(model.network, [], baselines=True).result()


def test_without_aeon_there_is_the_linear_model_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aeon", None)
    found = scored(tmp_path, label="y")
    assert not set(NAMES) & set(found["baselines"])
    assert len(found["baselines"]) == 2


@pytest.mark.usefixtures("standing")
def test_aeon_gets_sequences_in_its_layout(tmp_path: Path) -> None:
    found = scored(tmp_path, label="y")
    (padded, labels), (lists, same) = Remembers.fitted
    assert padded.shape == (16, 2, 9)  # two columns; no sequence is as long as a kernel
    assert [one.shape for one in lists] == [(2, int(np.flatnonzero(row[1]).max()) + 1) for row in padded]
    assert np.array_equal(padded[3, :, : lists[3].shape[1]], lists[3])
    assert set(labels.tolist()) == {0, 1}
    assert np.array_equal(labels, same)
    for name in NAMES:
        assert set(found["baselines"][name]) == {"accuracy", "balanced_accuracy", "macro_f1"}  # no probabilities
        assert 0 < found["baselines"][name]["accuracy"] <= 1


@pytest.mark.usefixtures("standing")
def test_numbers_come_back_in_their_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Remembers, "predict", lambda self, asked: np.zeros(len(asked)))  # the mean
    found = scored(tmp_path, target="z", features="x")["baselines"]
    for name in NAMES:
        assert found[name]["rmse"] == pytest.approx(found["the mean"]["rmse"])


@pytest.mark.usefixtures("standing")
def test_what_would_take_too_long_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeseries, "MOST", 10)
    monkeypatch.setattr(timeseries, "CELLS", 100)
    found = scored(tmp_path, label="y")
    assert not set(NAMES) & set(found["baselines"])
    assert [line.split(":")[0] for line in found["warnings"]] == [
        f"the baseline {name!r} is left out" for name in NAMES
    ]


@needs(AEON)
def test_aeon_itself_tells_lines_apart(tmp_path: Path) -> None:
    found = scored(tmp_path, label="y", features="x")["baselines"]
    assert all(found[name]["accuracy"] == 1 for name in NAMES)
