"""Columns that are known in advance: read in the past and in the steps to come, refused where they are missing."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.errors import ConfigError, DataError
from elman.tasks.series.exogenous import effects

Run = Callable[..., tuple[int, Any, str]]
SMALL: dict[str, Any] = {"horizon": 4, "steps": 20, "hidden": 4}
DAYS = np.arange("2020-01-01", "2020-04-10", dtype="datetime64[D]")
HELD = 8  # days that nobody has seen


def made(effect: float = 10.0, count: int = 2) -> dict[str, Any]:
    """Sales, with promotions that nobody could guess from the past."""
    rng = np.random.default_rng(0)
    promo = rng.integers(0, 2, (count, len(DAYS)))
    y = 100 + 5 * np.sin(2 * np.pi * np.arange(len(DAYS)) / 7) + effect * promo + rng.normal(size=promo.shape)
    ids = np.repeat([f"s{k}" for k in range(count)], len(DAYS))
    return {"unique_id": ids, "ds": np.tile(DAYS, count), "y": y.ravel(), "promo": promo.ravel()}


def part(frame: dict[str, Any], late: bool) -> dict[str, Any]:
    which = (frame["ds"] >= DAYS[-HELD]) == late
    return {name: values[which] for name, values in frame.items()}


@pytest.fixture(scope="module")
def model() -> Any:
    return elman.SeriesModel.fit(part(made(), False), known=["promo"], **SMALL)


def test_what_moves_a_series_makes_its_forecast_better(model: Any) -> None:
    past, future = part(made(), False), part(made(), True)
    blind = elman.SeriesModel.fit(past, target="y", **SMALL)
    without, with_it = (np.abs(found["elman"] - future["y"]).mean() for found in
                        (blind.predict(HELD), model.predict(HELD, future=future)))  # fmt: skip
    assert with_it < 2 < 3.5 < without


def test_the_network_reads_the_past_and_the_steps_to_come(model: Any) -> None:
    codec = model.task.known
    assert codec.windows.inputs == codec.windows.piece * 2 + 2
    expected = codec.seen(codec.panel, _origins(codec, 0)).inputs
    for step in (-1, 2):  # the last of the past; the third to come
        values = codec.panel.exogenous.values.copy()
        values[codec.panel.exogenous.offsets[1] - 10 + step] += 1
        panel = _replace(codec.panel, exogenous=_replace(codec.panel.exogenous, values=values))
        changed = codec.seen(panel, _origins(codec, 0)).inputs != expected
        place = codec.windows.width + step
        known = changed[:, 0, codec.windows.piece : 2 * codec.windows.piece]
        assert known[place // codec.windows.piece, place % codec.windows.piece]


def _replace(one: Any, **given: Any) -> Any:
    from dataclasses import replace

    return replace(one, **given)


def _origins(codec: Any, row: int) -> Any:
    from elman.tasks.series.origins import Origins

    return Origins(np.array([row]), codec.panel.lengths[[row]] - 10)


def test_effects_are_those_of_least_squares_and_0_where_there_are_none() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    y = np.cumsum(rng.normal(size=200)) * 0.1 + x @ [3.0, -2.0]
    noise = rng.normal(size=200)
    found = effects([y, noise, y[:4]], [x, x, x[:4]], 7)
    dx, dy = np.diff(x, axis=0), np.diff(y)
    np.testing.assert_allclose(found[0], np.linalg.lstsq(dx, dy, rcond=None)[0], rtol=1e-4)
    assert not found[1:].any()  # noise; too short


def test_constant_columns_move_nothing(model: Any) -> None:
    frame = part(made(), False)
    frame["promo"] = np.ones(len(frame["y"]))
    found = elman.SeriesModel.fit(frame, known="promo", **SMALL)
    effects = found.task.known.beginning.effects
    assert effects is not None and not effects.any()


def test_what_is_missing_is_listed_by_id_and_date(model: Any) -> None:
    future = part(made(), True)
    kept = np.ones(len(future["ds"]), bool)
    kept[[1, HELD + 2]] = False
    less = {name: values[kept] for name, values in future.items()}
    with pytest.raises(DataError, match=r"found none for 's0', 2020-04-03; 's1', 2020-04-04\n?"):
        model.predict(4, future=less)
    with pytest.raises(DataError, match=r"'promo' for each series and each time; found none for 's0', 2020-04-02; .*"):
        model.predict(4)
    with pytest.raises(DataError, match="and 6 more"):
        model.predict(8)
    assert len(model.predict(1, future=less)["elman"]) == 2  # where it is not asked for, nothing is missing


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.pop("promo"), r"expected the column 'promo' \(known\)"),
        (lambda f: f.pop("ds"), "expected a time in each row"),
        (lambda f: f.update(promo=np.array(["yes"] * len(f["y"]))), "column 'promo': expected numbers; found 'yes'"),
        (lambda f: f.update(unique_id=np.array(["new"] * len(f["y"]))), "row 0: expected ids of series .* 'new'"),
        (lambda f: f.update(ds=f["ds"][[0, 0, *range(2, len(f["ds"]))]]), "found 2020-04-02 twice"),
        (lambda f: f.update(ds=f["ds"] + np.timedelta64(1, "h")), "'s0': expected each day; found 2020-04-02 01:00"),
    ],
)
def test_a_future_that_is_none_is_refused(model: Any, change: Any, message: str) -> None:
    future = part(made(), True)
    change(future)
    with pytest.raises(DataError, match=message):
        model.predict(4, future=future)


def test_gaps_of_the_past_and_models_without_such_columns_are_refused(model: Any) -> None:
    frame = part(made(), False)
    frame["promo"] = frame["promo"].astype(float)
    frame["promo"][3] = np.nan
    with pytest.raises(DataError, match="found none for 's0', 2020-01-04"):
        elman.SeriesModel.fit(frame, known=["promo"], **SMALL)
    with pytest.raises(DataError, match="expected files or frames"):
        elman.Model.predict(model, [[1.0, 2.0]])
    plain = elman.SeriesModel.fit(np.arange(40.0), **SMALL)
    with pytest.raises(ConfigError, match="future: expected a model that learned from columns"):
        plain.predict(future={"promo": [1, 2, 3, 4]})


def test_what_came_is_observed_with_what_was_known_of_it(model: Any, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    again: Any = elman.load(tmp_path / "model")
    future = part(made(), True)
    expected = model.predict(4, [80], future=future)
    found = again.predict(4, [80], future=future)
    assert (found["ds"] == expected["ds"]).all() and list(found) == list(expected)
    for name in ("elman", "elman-lo-80", "elman-hi-80"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-6)
    again.observe({"s0": 101.0})
    found = again.predict(4, future=future)
    assert found["ds"][0].astype("M8[D]") == DAYS[-HELD + 1] and np.isfinite(found["elman"]).all()


def write(file: Path, frame: dict[str, Any], names: list[str]) -> str:
    with file.open("w", newline="") as opened:
        out = csv.writer(opened)
        out.writerow(names)
        out.writerows(zip(*(frame[name].tolist() for name in names), strict=True))
    return str(file)


def test_the_command_line_does_the_same(model: Any, tmp_path: Path, command: Run) -> None:
    past, future = part(made(), False), part(made(), True)
    data = write(tmp_path / "past.csv", past, ["unique_id", "ds", "y", "promo"])
    ahead = write(tmp_path / "future.csv", future, ["promo", "ds", "unique_id"])
    out = str(tmp_path / "model")
    arguments = [f"--{name}={value}" for name, value in SMALL.items()]
    code, _, err = command("train", "series", data, "--known", "promo", "--out", out, *arguments)
    assert code == 0, err
    code, found, err = command("predict", out, "--future", ahead, "--horizon", "6", "--json")
    assert code == 0, err
    np.testing.assert_allclose(found["mean"], model.predict(6, future=future)["elman"], rtol=1e-6)
    code, _, err = command("predict", out, data, "--future", ahead)
    assert code == 0, err
    code, _, err = command("score", out, data, "--anomalies")
    assert code == 0, err
    code, _, err = command("predict", out)
    assert code == 2 and "found none for 's0', 2020-04-02" in err and "--future" in err
    words = {**past, "promo": np.array(["high", "low"] * (len(past["y"]) // 2))}
    data = write(tmp_path / "words.csv", words, ["unique_id", "ds", "y", "promo"])
    code, _, err = command("train", "series", data, "--known", "promo", "--out", out + "2", *arguments)
    assert code == 2 and "column 'promo': expected numbers" in err
    code, _, err = command("train", "series", data, "--known", "price", "--out", out + "2", *arguments)
    assert code == 2 and "'price'" in err
    missing = write(tmp_path / "missing.csv", past, ["unique_id", "ds", "y"])
    code, _, err = command("predict", out, missing, "--future", ahead)
    assert code == 2 and "'promo'" in err


def test_wide_form_and_rows_without_times_have_the_same_columns_for_all(tmp_path: Path, command: Run) -> None:
    frame = made()
    y, promo = frame["y"].reshape(2, -1), frame["promo"].reshape(2, -1)[0]
    names = ["a", "b", "promo"]
    data = write(tmp_path / "wide.csv", dict(zip(names, [*y, promo], strict=True)), names)
    ahead = write(tmp_path / "future.csv", {"promo": np.ones(4)}, ["promo"])
    out = str(tmp_path / "model")
    arguments = [f"--{name}={value}" for name, value in SMALL.items()]
    code, _, err = command("train", "series", data, "--known", "promo", "--out", out, *arguments)
    assert code == 0, err
    code, found, err = command("predict", out, "--future", ahead, "--json")
    assert code == 0 and found["unique_id"] == ["a"] * 4 + ["b"] * 4, err
    code, _, err = command("plot", out, "--out", str(tmp_path / "x.svg"))
    assert code == 0, err


@pytest.mark.parametrize(
    ("header", "options", "message"),
    [
        ("day,y,promo", ["--known", "y"], "expected to be told which column has the values; found 'y' among those"),
        (
            "day,sales,promo",
            ["--known", "sales,promo"],
            "expected a column of values beside 'sales', 'promo'; found none\nhint: --target C",
        ),
        (
            "day,y,promo",
            ["--target", "y", "--known", "y"],
            "known: expected a column of its own; found 'y', named as t",
        ),
        ("day,y,promo", ["--known", "promo,promo"], "known: expected a column of its own; found 'promo', named twice"),
        ("day,y,promo", ["--known", "promo,"], "known: expected the name of a column; found ''"),
        ("day,y,promo", ["--known", "prom"], "expected the column 'prom' (known); found the columns 'day', 'y', 'pro"),
        ("day,y,promo", ["--target", "x"], "expected the column 'x' (target); found the columns"),
    ],
)
def test_a_column_is_one_thing(header: str, options: list[str], message: str, tmp_path: Path, command: Run) -> None:
    rows = "".join(f"{day},{number % 7},{number % 2}\n" for number, day in enumerate(DAYS))
    (tmp_path / "x.csv").write_text(f"{header}\n{rows}")
    code, _, err = command("train", "series", str(tmp_path / "x.csv"), "--horizon", "4", "--no-out", *options)
    assert code == 2 and message in err


def test_frames_have_no_column_that_is_two_things() -> None:
    with pytest.raises(ConfigError, match="known: expected a column of its own; found 'y', named as target, too"):
        elman.SeriesModel.fit(part(made(), False), known=["y"], **SMALL)


def test_columns_that_nobody_named_are_said(tmp_path: Path, command: Run) -> None:
    rows = "".join(f"{day},{number % 7},{number % 2}\n" for number, day in enumerate(DAYS))
    (tmp_path / "x.csv").write_text(f"day,sales,promo\n{rows}")
    options = ["train", "series", str(tmp_path / "x.csv"), "--horizon", "4", "--steps", "0", "--no-out"]
    assert "values to forecast: the column 'promo'\n" in command(*options, "--known", "sales")[2]
    assert "values to forecast: each column is a series: 'sales', 'promo'\n" in command(*options)[2]
    assert "values to forecast" not in command(*options, "--target", "sales")[2]


def test_a_gap_in_the_past_is_no_matter_of_the_future(tmp_path: Path, command: Run) -> None:
    rows = [f"2026-01-{day:02},{day},{'' if day == 5 else day % 2}" for day in range(1, 29)]
    (tmp_path / "x.csv").write_text("\n".join(["ds,y,open", *rows]))
    code, _, err = command("train", "series", str(tmp_path / "x.csv"), "--known", "open", "--no-out")
    expected = "expected 'open' for each series and each time; found none for 'y', 2026-01-05"
    assert code == 2 and f"{expected}\nhint: --past takes columns in which values are missing" in err
