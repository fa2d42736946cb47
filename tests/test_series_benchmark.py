"""The benchmark of series: what it reads, and what it shows."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks import inside, series

from elman.bench.race import Peer
from elman.tasks.series.origins import Origins
from optional import needs


@needs(Peer("statsmodels", ("statsmodels",)))
def test_what_is_not_at_hand_is_left_out_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(series.FOLDER, raising=False)
    case, again = series.cases(quick=True)
    assert again.refit and not case.refit
    assert case.name == "sunspots" and len(case.origins) == 88 and case.known == [221]
    assert case.panel.values[220] == 37.6  # of 1920
    assert series.text().endswith("ELMAN_SERIES names the folder of the others.")


def test_files_of_the_competition_are_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part, steps in (("train", 60), ("test", 2)):
        with gzip.open(tmp_path / f"m4-weekly-{part}.csv.gz", "wt") as file:
            for name in ("W1", "W2"):
                file.write(",".join([name, *(f"{value:.3f}" for value in 9 + rng.random(steps))]) + "\n")
    case = series.m4(tmp_path, "Weekly", 1, "1")
    assert case.panel.ids == ("W1", "W2") and case.panel.lengths.tolist() == [62, 62]
    assert case.settings == {"horizon": 2, "season": "1"}
    shown = series.row(case, series.measured(case))
    assert shown[0] == "M4 Weekly, OWA" and shown[3].startswith(("1.00 (Naive2", "0.", "1.00 (naive"))


def test_models_of_each_origin_know_what_was_before_it() -> None:
    y = np.sin(np.arange(60) * np.pi / 3)
    case = series.Case(
        "waves", series.panel_of(["a"], [y]), Origins(np.array([0, 0]), np.array([50, 40])), np.array([50]),
        {"horizon": 4, "season": "6"}, 6, "", "MAE", each=True,
    )  # fmt: skip
    found = series.measured(case)
    assert found["points"]["elman"]["MAE"] < 1e-6


def test_the_linear_model_beside_is_one_of_least_squares() -> None:
    y = np.sin(np.arange(400) / 5)
    ends = np.arange(300, 390)
    assert series.linear(y, 300, ends, 4, back=20, ridge=1e-9) < 1e-6
    assert series.last_value(y, ends, 1) == pytest.approx(np.mean((y[300:390] - y[299:389]) ** 2))


def test_learning_on_fits_the_simple_forecast_to_what_is_known_at_each_origin() -> None:
    """Of a growth that ends: forecasts that were fitted before it go on rising, others do not."""
    y = np.concatenate([np.arange(60.0), np.full(40, 60.0)]) + np.random.default_rng(0).normal(size=100)
    origins = Origins(np.zeros(2, int), np.array([90, 98]))
    case = series.Case(
        "", series.panel_of(["a"], [y]), origins, np.array([60]), {"horizon": 1, "steps": 2}, 1, "", "MAE"
    )
    stale = series.forecasts(case, origins, case.known)
    fresh = series.forecasts(replace(case, refit=True), origins, case.known)
    assert [len(one.mean) for one in stale] == [2] and [len(one.mean) for one in fresh] == [1, 1]
    assert np.abs(stale[0].mean - 60).max() > np.abs(np.concatenate([one.mean for one in fresh]) - 60).max()


def test_nothing_of_a_test_is_seen_inside_of_what_may_be_learned() -> None:
    y = np.sin(np.arange(80) * np.pi / 3) + np.random.default_rng(0).normal(size=80)
    case = series.Case(
        "waves", series.panel_of(["a"], [y]), Origins(np.array([0]), np.array([70])), np.array([70]),
        {"horizon": 4, "season": "6", "steps": 5}, 6, "", "MAE",
    )  # fmt: skip
    part = inside.part("waves", case, [np.array([50]), np.array([60])], 10, 2)
    assert part.panel.lengths.tolist() == [70]
    found = inside.measured(part)
    assert found["origins"] == 8
    assert found["80"] <= found["90"] <= found["95"] <= 1
