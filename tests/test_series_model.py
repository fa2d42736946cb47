"""SeriesModel: forecasts in Python, from frames of any library, in Nixtla's columns."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from elman.errors import ConfigError, DataError
from optional import needs

FRAMES = [Peer(name, (name,)) for name in ("pandas", "polars", "pyarrow")]
SMALL: dict[str, Any] = {"horizon": 3, "steps": 20, "hidden": 4}
MONTHS = np.arange("2015-01", "2020-01", dtype="datetime64[M]").astype("datetime64[D]")


def columns(count: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    t = np.arange(len(MONTHS))
    y = [20 + k + 5 * np.sin(2 * np.pi * (t + k) / 12) + rng.normal(size=len(t)) for k in range(count)]
    ids = np.repeat([f"s{k}" for k in range(count)], len(t))
    return {"unique_id": ids, "ds": np.tile(MONTHS, count), "y": np.concatenate(y)}


@pytest.fixture(scope="module")
def model() -> Any:
    return elman.SeriesModel.fit(columns(), **SMALL)


def test_columns_are_those_of_the_field(model: Any) -> None:
    found = model.predict(5, level=[80, 95])
    assert list(found) == ["unique_id", "ds", "elman", "elman-lo-80", "elman-hi-80", "elman-lo-95", "elman-hi-95"]
    assert found["ds"].dtype == "datetime64[us]"
    assert found["ds"][:5].astype("datetime64[D]").tolist() == np.arange("2020-01", "2020-06", dtype="M8[M]").astype(
        "M8[D]"
    ).tolist()  # fmt: skip
    assert found["unique_id"].tolist() == [name for name in ("s0", "s1", "s2") for _ in range(5)]


@pytest.mark.parametrize("library", [*(pytest.param(one.name, marks=needs(one)) for one in FRAMES), "rows"])
def test_frames_of_any_library_give_the_same(model: Any, library: str) -> None:
    given: Any = columns()
    expected = model.predict()
    if library == "rows":  # in any order
        order = np.random.default_rng(1).permutation(len(given["y"]))
        order = order[np.argsort(given["unique_id"][order], kind="stable")]
        frame = {name: values[order] for name, values in given.items()}
    else:
        module = __import__(library)
        given["ds"] = given["ds"].astype("datetime64[us]")
        frame = module.table(given) if library == "pyarrow" else module.DataFrame(given)
    found = model.predict(df=frame)
    assert found["ds"].tolist() == expected["ds"].tolist()
    np.testing.assert_allclose(found["elman"], expected["elman"], rtol=1e-12)
    if library in ("pandas", "pyarrow"):
        again = elman.SeriesModel.fit(frame, **SMALL)
        np.testing.assert_array_equal(again.predict()["elman"], expected["elman"])


def test_a_frame_teaches_as_a_file_does(model: Any, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    given = columns()
    rows = [f"{i},{d},{y!r}" for i, d, y in zip(given["unique_id"], given["ds"], given["y"].tolist(), strict=True)]
    file.write_text("\n".join(["unique_id,ds,y", *rows, ""]))
    other: Any = elman.train("series", file, **SMALL)
    np.testing.assert_array_equal(other.predict()["elman"], model.predict()["elman"])
    other.save(tmp_path / "model")
    loaded: Any = elman.load(tmp_path / "model")
    assert isinstance(loaded, elman.SeriesModel)
    np.testing.assert_allclose(loaded.predict(4, [90])["elman-lo-90"], model.predict(4, [90])["elman-lo-90"], rtol=1e-5)


@needs(Peer("pandas", ("pandas",)))
def test_time_zones_are_utc(model: Any) -> None:
    pd: Any = __import__("pandas")
    frame = pd.DataFrame(columns())
    frame["ds"] = pd.to_datetime(frame["ds"]).dt.tz_localize("UTC")
    np.testing.assert_array_equal(model.predict(df=frame)["elman"], model.predict()["elman"])


def test_cross_validation_stands_at_its_cutoffs(model: Any) -> None:
    found = model.cross_validation(h=2, n_windows=3, step_size=2, level=[90])
    assert list(found) == ["unique_id", "ds", "cutoff", "y", "elman", "elman-lo-90", "elman-hi-90"]
    assert len(found["y"]) == 3 * 3 * 2
    given = columns()
    actual = {(i, d.astype("M8[us]").item()): y for i, d, y in zip(given["unique_id"], given["ds"], given["y"])}  # noqa: B905
    assert all(actual[i, d.item()] == y for i, d, y in zip(found["unique_id"], found["ds"], found["y"], strict=True))
    assert (found["cutoff"] < found["ds"]).all()
    assert found["cutoff"][0].astype("M8[D]") == np.datetime64("2019-06-01")
    # The future changes nothing: with other values behind the last cutoff, the forecasts are the same.
    moved = {**given, "y": given["y"].copy()}
    for last in (60, 120, 180):
        moved["y"][last - 6 : last] += 100
    first = found["cutoff"] == found["cutoff"][0]
    other = model.cross_validation(h=2, n_windows=3, step_size=2, df=moved)
    np.testing.assert_allclose(other["elman"][first], found["elman"][first], rtol=1e-12)


def test_what_is_observed_is_what_it_would_have_been_told() -> None:
    y = columns(1)["y"]
    model = elman.SeriesModel.fit(y[:50], season="12", **SMALL)
    expected = model.predict(df=y)
    for value in y[50:55]:
        model.observe(value)
    model.observe(y[55:].tolist())
    found = model.predict()
    assert found["ds"].tolist() == expected["ds"].tolist() == [61, 62, 63]
    np.testing.assert_allclose(found["elman"], expected["elman"], rtol=1e-9)


def test_some_of_many_series_are_observed(model: Any) -> None:
    import copy

    other = copy.copy(model)
    other.observe({"s1": [20.0, 21.0], "s2": float("nan")})
    before, after = model.predict(), other.predict()
    assert before["elman"][:3].tolist() == after["elman"][:3].tolist()
    assert after["ds"][3] == np.datetime64("2020-03-01") and after["ds"][6] == np.datetime64("2020-02-01")
    for wrong in (5.0, {"x": 5.0}, {"s1": float("inf")}, {"s1": "word"}, {"s1": [[1], [1, 2]]}, {"s1": 10**400}):
        with pytest.raises(DataError):
            other.observe(wrong)


def test_an_index_of_pandas_says_what_rows_are(model: Any) -> None:
    pd = pytest.importorskip("pandas")

    expected = model.predict(2)
    frame = pd.DataFrame(columns())
    for index in (["unique_id", "ds"], ["ds"], ["unique_id"]):
        np.testing.assert_array_equal(model.predict(2, df=frame.set_index(index))["elman"], expected["elman"])
    assert model.predict(2, df=frame.set_index("ds", drop=False))["ds"].tolist() == expected["ds"].tolist()
    one = pd.Series(frame.y[:60].to_numpy(), pd.DatetimeIndex(MONTHS))
    for given, name in ((one, "y"), (one.rename("sold"), "sold"), (one.to_frame("sold"), "sold")):
        found = elman.SeriesModel.fit(given, **SMALL).predict(1, level=80)
        assert found["unique_id"] == [name] and found["ds"] == np.datetime64("2020-01-01")
        assert "elman-lo-80" in found
    with pytest.raises(DataError, match="df: expected an index of dates, or one with a name; found 'a'"):
        model.predict(df=frame.set_index(np.repeat(["a"], len(frame))))
    with pytest.raises(DataError, match="df: expected a name for each level of the index; found"):
        model.predict(df=frame.set_index([frame.unique_id.rename(None), frame.ds]))


def test_times_with_an_offset_are_read_in_utc() -> None:
    hours = np.datetime64("2020-01-01") + np.arange(30).astype("timedelta64[h]")
    written = [f"{hour}+02:00" for hour in hours.astype("datetime64[m]")]
    aware = [datetime.fromisoformat(one) for one in written]
    for given in (written, aware):
        found = elman.SeriesModel.fit({"ds": given, "y": np.arange(30.0) % 5}, horizon=2, steps=2).predict(1)
        assert found["ds"] == np.datetime64("2020-01-02T04:00")


def test_windows_that_series_are_too_short_for_are_told(model: Any) -> None:
    with pytest.warns(UserWarning, match="3 of 3 series are too short for 100 windows: they have fewer"):
        found = model.cross_validation(h=3, n_windows=100)
    assert len(found["y"]) < 3 * 3 * 100


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": ["1", "x"]}, "df: row 0: column 'y': expected numbers; found '1'"),
        ({"y": [1.0, np.inf]}, "df: row 1: column 'y': expected finite numbers; found infinity"),
        ({"unique_id": ["a", None]}, "df: row 1: column 'unique_id': expected an id in each row; found none"),
        ({"unique_id": [1.0, np.nan]}, "df: row 1: column 'unique_id': expected an id in each row; found none"),
        ({"ds": ["2020-01-01", "never"]}, "df: row 1: column 'ds': expected dates or numbers; found 'never'"),
        ({"ds": ["2020-01-01", "2020-01-01"]}, "df: row 1: 'a': expected another time; found 2020-01-01 twice"),
        (
            {"ds": ["2020-01-01T00:00", "2020-01-01T01:00Z"]},
            "df: row 1: column 'ds': expected an offset such as +02:00 in all dates, or in none; found "
            "2020-01-01T01:00Z behind 2020-01-01T00:00",
        ),
        (
            {"ds": ["2020-01-01T00:00Z", "2020-13-01T01:00Z"]},
            "df: row 1: column 'ds': expected dates or numbers; found '2020-13-01T01:00Z'",
        ),
        ({"y": [1.0, 10**400]}, "df: row 1: column 'y': expected numbers; found 1000"),
        ({"y": 1.0}, "df: column 'y': expected a value for each row; found 1.0"),
        ({"y": [[1.0], [1.0, 2.0]]}, "df: column 'y': expected a value for each row; found [[1.0], [1.0, 2.0]]"),
        ({"y": [1.0, 1e200]}, "df: row 1: 'a': expected values up to 1e+100; found 1e+200"),
    ],
)
def test_frames_that_are_no_series_are_refused_by_row(change: dict[str, Any], message: str) -> None:
    frame = {"unique_id": ["a", "a"], "ds": ["2020-01-01", "2020-01-02"], "y": [1.0, 2.0], **change}
    with pytest.raises(DataError) as found:
        elman.SeriesModel.fit(frame, horizon=1)
    assert str(found.value).startswith(message)
    with pytest.raises(DataError, match="df: expected the column 'y'"):
        elman.SeriesModel.fit({"ds": [1, 2]})
    with pytest.raises(DataError, match="found rows of different lengths"):
        elman.SeriesModel.fit([[1.0, 2.0], [3.0]])


@pytest.mark.parametrize("level", [None, "80", 10**400, [None], {80: 1}, [[80]], 0, 100])
def test_levels_that_are_none_are_refused(model: Any, level: Any) -> None:
    with pytest.raises(ConfigError, match=r"^level: expected"):
        model.predict(1, level=level)
