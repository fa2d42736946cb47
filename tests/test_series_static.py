"""Columns with one value for each series: numbers and categories, which a network reads beside its values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.errors import DataError

Run = Callable[..., tuple[int, Any, str]]
SMALL: dict[str, Any] = {"horizon": 1, "steps": 300, "hidden": 16, "season": "1", "past": "rain"}
STEPS, COUNT = 150, 10


def made() -> dict[str, Any]:
    """Levels of wells: after rain they rise in chalk, and fall in sand."""
    rng = np.random.default_rng(0)
    sign = np.where(np.arange(COUNT) % 2, 1, -1)
    rain = rng.normal(size=(COUNT, STEPS))
    y = 100 + 0.5 * rng.normal(size=(COUNT, STEPS))
    y[:, 1:] += 10 * sign[:, None] * rain[:, :-1]
    return {
        "unique_id": np.repeat([f"s{k}" for k in range(COUNT)], STEPS),
        "ds": np.tile(np.arange(STEPS), COUNT),
        "y": y.ravel(),
        "rain": rain.ravel(),
        "rock": np.repeat(np.where(sign > 0, "chalk", "sand"), STEPS),
        "depth": np.repeat(np.arange(COUNT), STEPS),
    }


def one(frame: dict[str, Any], number: int, **changed: Any) -> dict[str, Any]:
    """A series, with other columns, each of one value."""
    which = frame["unique_id"] == f"s{number}"
    return {name: values[which] for name, values in frame.items()} | {
        name: np.repeat(value, STEPS) for name, value in changed.items()
    }


@pytest.fixture(scope="module")
def model() -> Any:
    return elman.SeriesModel.fit(made(), static=["rock", "depth"], **SMALL)


def test_the_network_goes_by_what_a_series_is(model: Any) -> None:
    """The same values and the same rain; only the rock is another."""
    frame = made()
    frame["rain"][frame["ds"] == STEPS - 1] = 1.0  # on the last day
    chalk, sand = (model.predict(df=one(frame, 1, rock=rock))["elman"][0] for rock in ("chalk", "sand"))
    assert chalk > 104 and chalk - sand > 4


def test_numbers_are_in_standard_deviations_and_categories_are_inputs_of_their_own(model: Any) -> None:
    codec = model.task.known
    assert codec.windows.inputs == 2 * codec.windows.piece + 3 + 2
    inputs = codec.seen(codec.panel, origins(codec, [0, 3])).inputs
    depth = (np.array([0, 3]) - 4.5) / np.arange(10).std()
    for step in inputs:
        np.testing.assert_allclose(step[:, -5:-2], [[0, 1, depth[0]], [1, 0, depth[1]]], rtol=1e-6)


def origins(codec: Any, rows: list[int]) -> Any:
    from elman.tasks.series.origins import Origins

    return Origins(np.array(rows), codec.panel.lengths[rows])


def test_a_file_keeps_them_and_recursion_goes_by_them(model: Any, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    again: Any = elman.load(tmp_path / "model")
    np.testing.assert_allclose(again.predict(5)["elman"], model.predict(5)["elman"], rtol=1e-6)
    backwards = {name: values[::-1].reshape(COUNT, STEPS)[:, ::-1].ravel() for name, values in made().items()}
    found = again.predict(5, df=backwards)["elman"].reshape(COUNT, 5)[::-1].ravel()
    np.testing.assert_allclose(found, model.predict(5)["elman"], rtol=1e-5)


def test_a_category_that_was_not_learned_is_said_and_read_as_none(model: Any) -> None:
    frame = one(made(), 1, rock="clay")
    message = "column 'rock': unknown to the model: 'clay'; read as none of 'chalk', 'sand'"
    with pytest.warns(UserWarning, match=message):
        found = model.predict(df=frame)
    assert np.isfinite(found["elman"]).all()
    codec = model.task.known
    from elman.tasks.series.frames import from_frame

    panel = from_frame(frame, codec.layout, codec.panel.frequency)
    assert not codec.on(panel, panel.lengths, "auto").seen(panel, origins(codec, [0])).inputs[:, :, -5:-3].any()


def changed(name: str, row: int, value: Any) -> dict[str, Any]:
    frame = made()
    column = frame[name].astype(object if isinstance(value, str) or value is None else float)
    column[row] = value
    return {**frame, name: column}


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (changed("rock", 3, "chalk"), "row 3: 's0': column 'rock': expected 'sand', as in other rows; found 'chalk'"),
        (changed("rock", STEPS + 2, None), "row 152: 's1': column 'rock': expected 'chalk', .* found none"),
        (changed("rock", STEPS, None), "row 150: 's1': column 'rock': expected a value; found none"),
        (changed("depth", 7, 1.5), "row 7: 's0': column 'depth': expected 0, as in other rows; found 1.5"),
        (changed("depth", 0, np.nan), "row 0: 's0': column 'depth': expected a value; found none"),
        (changed("depth", 1, "deep"), "row 0: column 'depth': expected words, as in other rows; found 0"),
        ({name: values for name, values in made().items() if name != "rock"}, r"expected the column 'rock' \(static\)"),
    ],
)
def test_what_is_not_one_value_for_each_series_is_refused(model: Any, frame: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=f"df: {message}"):
        elman.SeriesModel.fit(frame, static="rock,depth", **SMALL)
    with pytest.raises(DataError, match=f"df: {message}"):
        model.predict(df=frame)


def test_other_kinds_and_too_many_categories_are_refused(model: Any) -> None:
    with pytest.raises(DataError, match=r"column 'rock': expected words such as 'chalk', as .* learned it; found 1.0"):
        model.predict(df=one(made(), 1, rock=1))
    with pytest.raises(DataError, match="column 'depth': expected numbers, as the model learned it; found 'deep'"):
        model.refit(one(made(), 1, depth="deep"))
    many = {
        "id": np.repeat(np.arange(300), 12),
        "y": np.arange(3600.0),
        "of": np.repeat(np.arange(300), 12).astype(str),
    }
    with pytest.raises(DataError, match="column 'of': expected at most 256 categories; found 300"):
        elman.SeriesModel.fit(many, static="of", horizon=2)


def write(file: Path, frame: dict[str, Any]) -> str:
    rows = zip(*(values.tolist() for values in frame.values()), strict=True)
    file.write_text("\n".join([",".join(frame), *(",".join(map(str, row)) for row in rows), ""]))
    return str(file)


def test_the_command_line_does_the_same(model: Any, tmp_path: Path, command: Run) -> None:
    data, out = write(tmp_path / "data.csv", made()), str(tmp_path / "model")
    options = ["--static", "rock,depth", *(f"--{name}={value}" for name, value in SMALL.items())]
    code, _, err = command("train", "series", data, "--out", out, *options)
    assert code == 0, err
    code, found, err = command("predict", out, "--json")
    np.testing.assert_allclose(found["mean"], model.predict()["elman"], rtol=1e-5)
    new = write(tmp_path / "new.csv", one(made(), 1, unique_id="new", rock="clay"))
    for verb in ("predict", "score"):
        code, _, err = command(verb, out, new)
        assert code == 0 and "unknown to the model: 'clay'" in err
    other = write(tmp_path / "other.csv", changed("rock", 3, "chalk"))
    code, _, err = command("predict", out, other)
    assert code == 2 and "line 5: 's0': column 'rock': expected 'sand', as in other rows; found 'chalk'" in err
    numbers = write(tmp_path / "numbers.csv", one(made(), 1, rock=1))
    code, _, err = command("predict", out, numbers)
    assert code == 2 and "column 'rock': expected words such as 'chalk'" in err
    wide = write(tmp_path / "wide.csv", {"a": np.arange(50.0), "b": np.arange(50.0), "rock": np.repeat("sand", 50)})
    code, _, err = command("train", "series", wide, "--static", "rock", "--out", out + "2")
    assert code == 2 and "found a column for each series: 'a', 'b'" in err
    code, _, err = command("plot", out, "--out", str(tmp_path / "x.svg"))
    assert code == 0, err
