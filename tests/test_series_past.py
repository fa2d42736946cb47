"""Columns that are known up to the present only: read before an origin, never after it, and not asked of the future."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.errors import ConfigError, DataError
from elman.tasks.series.origins import Origins

Run = Callable[..., tuple[int, Any, str]]
SMALL: dict[str, Any] = {"horizon": 1, "steps": 200, "hidden": 16, "season": "1"}
STEPS, LATE = 160, 150  # of a series; where nobody has seen more of it


def made(count: int = 4) -> dict[str, Any]:
    """Series that do today what the rain was yesterday."""
    rng = np.random.default_rng(0)
    rain = rng.normal(size=(count, STEPS))
    y = 100 + 0.5 * rng.normal(size=(count, STEPS))
    y[:, 1:] += 10 * rain[:, :-1]
    ids = np.repeat([f"s{k}" for k in range(count)], STEPS)
    return {"unique_id": ids, "ds": np.tile(np.arange(STEPS), count), "y": y.ravel(), "rain": rain.ravel()}


def until(frame: dict[str, Any], end: int) -> dict[str, Any]:
    return {name: values[frame["ds"] < end] for name, values in frame.items()}


@pytest.fixture(scope="module")
def model() -> Any:
    return elman.SeriesModel.fit(until(made(), LATE), past=["rain"], **SMALL)


def test_what_was_measured_makes_the_next_step_better(model: Any) -> None:
    frame = made()
    blind = elman.SeriesModel.fit(until(frame, LATE), target="y", **SMALL)
    came = frame["y"][frame["ds"] == LATE]
    with_it, without = (np.abs(one.predict()["elman"] - came).mean() for one in (model, blind))
    assert with_it < 2 < 5 < without
    found = model.predict(df=until(frame, LATE + 5))["elman"]
    assert np.abs(found - frame["y"][frame["ds"] == LATE + 5]).mean() < 2


def test_the_network_reads_what_was_known_at_the_origin_and_nothing_later(model: Any) -> None:
    codec = model.task.known
    assert codec.windows.inputs == 2 * codec.windows.piece + 2
    ends = codec.panel.lengths[[1]] - 10
    origins = Origins(np.array([1]), ends)
    expected = codec.seen(codec.panel, origins).inputs
    assert not expected[codec.windows.past :, 0, codec.windows.piece : 2 * codec.windows.piece].any()
    for step, read in ((-codec.windows.width - 1, False), (-1, True), (0, False), (1, False)):
        values = codec.panel.past.values.copy()
        values[codec.panel.past.offsets[1] + int(ends[0]) + step] += 1
        panel = replace(codec.panel, past=replace(codec.panel.past, values=values))
        assert (codec.seen(panel, origins).inputs != expected).any() == read
        # Beyond the horizon that was learned, too: forecasts go on from themselves, the columns as they were last.
        made = [codec.forecast(model.network, one, origins, 4).mean for one in (codec.panel, panel)]
        assert (made[0] != made[1]).any() == read


def test_gaps_are_said_and_the_last_value_stands_in_their_place() -> None:
    frame = until(made(2), LATE)
    holes, filled = {**frame, "rain": frame["rain"].copy()}, {**frame, "rain": frame["rain"].copy()}
    holes["rain"][[50, 51, LATE + 7]] = np.nan
    filled["rain"][[50, 51, LATE + 7]] = frame["rain"][[49, 49, LATE + 6]]
    given = {**SMALL, "steps": 5}
    model, other = (elman.SeriesModel.fit(one, past="rain", **given) for one in (holes, filled))
    assert "column 'rain': 3 values missing: read as the last one before, or the mean" in (model.task.introduce())
    origins = Origins(np.array([0, 0, 1]), np.array([51, 53, 9]))
    seen = []
    for codec in (model.task.known, other.task.known):
        plain = replace(codec.windows, centres=(0.0,), spreads=(1.0,))
        seen.append(replace(codec, windows=plain).seen(codec.panel, origins).inputs)
    np.testing.assert_array_equal(seen[0], seen[1])
    # Before the first that is known it is the mean, read as 0; never what the series before ended with.
    holes["rain"][LATE : LATE + 5] = np.nan
    model = elman.SeriesModel.fit(holes, past="rain", **given)
    inputs = model.task.known.seen(model.task.known.panel, Origins(np.array([1]), np.array([4]))).inputs
    assert not inputs[:, :, 1].any()


def test_what_is_observed_needs_none_of_it_and_a_file_keeps_it(model: Any, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    again: Any = elman.load(tmp_path / "model")
    np.testing.assert_allclose(again.predict(3)["elman"], model.predict(3)["elman"], rtol=1e-6)
    again.observe({"s0": [100.0] * 300})  # more than a model file keeps
    again.save(tmp_path / "model")
    last: Any = elman.load(tmp_path / "model")
    found = last.predict(3)
    np.testing.assert_allclose(found["elman"], again.predict(3)["elman"], rtol=1e-6)
    assert found["ds"][0] == LATE + 300


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.pop("rain"), r"df: expected the column 'rain' \(past\)"),
        (lambda f: f.update(rain=np.array(["wet"] * len(f["y"]))), "df: row 0: column 'rain': expected numbers"),
        (lambda f: f.update(rain=f["y"] * np.inf), "df: row 0: column 'rain': expected finite numbers"),
        (lambda f: f.update(rain=f["y"] * np.nan), "df: row 0: column 'rain': expected values; found none"),
    ],
)
def test_columns_that_are_none_are_refused(model: Any, change: Any, message: str) -> None:
    frame = until(made(), LATE)
    change(frame)
    with pytest.raises(DataError, match=message):
        elman.SeriesModel.fit(frame, past=["rain"], **SMALL)
    with pytest.raises(DataError, match=message):
        model.predict(df=frame)


def test_a_column_is_one_thing_and_values_alone_are_no_input(model: Any) -> None:
    for given in ({"past": "rain,rain"}, {"past": ["rain"], "known": ["rain"]}, {"past": "y", "target": "y"}):
        with pytest.raises(ConfigError, match=r"(past|known): expected a column of its own; found '(rain|y)', "):
            elman.SeriesModel.fit(made(), **given, **SMALL)
    with pytest.raises(DataError, match="expected files or frames, as the model reads columns beside the values"):
        elman.Model.predict(model, [[1.0, 2.0]])
    with pytest.raises(ConfigError, match="future: expected a model that learned from columns which are known"):
        model.predict(future={"rain": [1.0]})


def write(file: Path, frame: dict[str, Any]) -> str:
    rows = zip(*(values.tolist() for values in frame.values()), strict=True)
    lines = [",".join("" if one != one else str(one) for one in row) for row in rows]
    file.write_text("\n".join([",".join(frame), *lines, ""]))
    return str(file)


def test_the_command_line_does_the_same_beside_what_is_known_in_advance(tmp_path: Path, command: Run) -> None:
    frame = {**made(2), "promo": np.tile([0, 1], STEPS)}
    data, out = write(tmp_path / "data.csv", until(frame, LATE)), str(tmp_path / "model")
    given = {**SMALL, "steps": 20}
    model = elman.SeriesModel.fit(until(frame, LATE), past="rain", known="promo", **given)
    options = ["--past", "rain", "--known", "promo", *(f"--{name}={value}" for name, value in given.items())]
    code, _, err = command("train", "series", data, "--out", out, *options)
    assert code == 0, err
    future = {
        name: values[frame["ds"] >= LATE] for name, values in frame.items() if name in ("unique_id", "ds", "promo")
    }
    ahead = write(tmp_path / "future.csv", future)
    code, found, err = command("predict", out, "--future", ahead, "--horizon", "3", "--json")
    assert code == 0, err
    np.testing.assert_allclose(found["mean"], model.predict(3, future=future)["elman"], rtol=1e-6)
    frame["rain"][frame["ds"] == 5] = np.nan
    more = write(tmp_path / "more.csv", until(frame, LATE + 4))
    code, _, err = command("predict", out, more, "--future", ahead)
    assert code == 0 and "column 'rain': 2 values missing" in err
    code, _, err = command("score", out, more, "--anomalies")
    assert code == 0, err
    code, _, err = command("plot", out, "--out", str(tmp_path / "x.svg"))
    assert code == 0, err


def test_wide_form_has_the_same_columns_for_all(tmp_path: Path, command: Run) -> None:
    rain = made(1)["rain"]
    data = write(tmp_path / "wide.csv", {"a": np.arange(160.0), "b": rain**2, "rain": rain})
    out = str(tmp_path / "model")
    code, _, err = command("train", "series", data, "--past", "rain", "--out", out, "--steps", "5", "--horizon", "2")
    assert code == 0, err
    code, found, err = command("predict", out, "--json")
    assert code == 0 and found["unique_id"] == ["a", "a", "b", "b"], err
