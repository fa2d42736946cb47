"""The task `series`: forecasts with intervals, of one series or of many."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from elman.errors import ConfigError, DataError
from elman.models import begin
from elman.tasks.series import autoregression, baselines, simple
from elman.tasks.series.answering import forecasts
from elman.tasks.series.frequency import Frequency
from elman.tasks.series.measures import Actual, overall
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel
from elman.tasks.series.reading import Layout, Read, from_files
from elman.tasks.series.repeats import repeats
from elman.tasks.series.report import SeriesReport
from elman.tasks.series.task import Series
from elman.telling import heard
from optional import needs

STATSMODELS = Peer("statsmodels", ("statsmodels",))
Run = Callable[..., tuple[int, Any, str]]
SMALL: dict[str, Any] = {"horizon": 4, "season": "6", "steps": 30, "hidden": 4}


def panel(*series: Any) -> Panel:
    """Series without times, called a, b …"""
    ids = [chr(ord("a") + number) for number in range(len(series))]
    return Panel.of(ids, None, [np.array(one, float) for one in series], lambda number, step: f"{number}, {step}")


def waves(count: int = 5, steps: int = 60, noise: float = 0.3) -> list[Any]:
    rng = np.random.default_rng(0)
    t = np.arange(steps)
    return [10 + n + 3 * np.sin(2 * np.pi * (t + n) / 6) + noise * rng.normal(size=steps) for n in range(count)]


def fitted(series: Panel, **given: Any) -> Any:
    return elman.train("series", [series], **{**SMALL, **given})


def ahead(model: Any, horizon: int | None = None, levels: Any = (80, 95)) -> dict[str, list[Any]]:
    """All columns."""
    found: dict[str, list[Any]] = {}
    for part in forecasts(model.task.known, model.network, horizon, levels):
        for name, values in part.items():
            found.setdefault(name, []).extend(values)
    return found


@pytest.fixture(scope="module")
def model() -> Any:
    return fitted(panel(*waves()))


# --- forecasts ---


def test_counting_goes_on() -> None:
    """1, 2, … 100 goes on to 112."""
    model = elman.train("series", [panel(np.arange(1, 101))], horizon=12, steps=60)
    assert np.abs(np.array(ahead(model)["mean"]) - np.arange(101, 113)).max() < 1


def test_a_network_learns_what_the_simple_forecast_cannot() -> None:
    """The logistic map, x -> 3.8 x (1 - x): no linear forecast has it."""
    rng = np.random.default_rng(1)
    series = []
    for _ in range(40):
        y = [rng.uniform(0.1, 0.9)]
        for _ in range(80):
            y.append(3.8 * y[-1] * (1 - y[-1]))
        series.append(np.array(y))
    model: Any = elman.train("series", [panel(*series)], horizon=1, season="1")
    assert model.metrics["error"] < 0.5 * model.metrics["baselines"]["simple forecast"]["error"]
    assert model.task.known.calibration.share == 1


def test_the_verdict_is_of_the_model_as_it_is_kept() -> None:
    """Noise about a mean: the network adds nothing that is true, so nothing of it is kept."""
    noise = panel(*np.random.default_rng(0).normal(size=(6, 80)))
    model = fitted(noise, season="1", rate=0.05, steps=200)
    assert model.task.known.calibration.share == 0 == model.metrics["share"]
    assert model.metrics["error"] == model.metrics["baselines"]["simple forecast"]["error"]
    assert model.task.verdict(model.metrics) == "the network did not help: the model is its simple forecast"


@pytest.mark.parametrize(
    ("error", "words"),
    [(1.0, "as large as"), (0.9999, "as large as"), (0.9, "10.0% smaller than"), (2.0, "100.0% larger than")],
)
def test_what_the_network_adds_is_told_in_words(error: float, words: str, model: Any) -> None:
    found = {"error": error, "origins": 9, "share": 0.5, "baselines": {"simple forecast": {"error": 1.0}}}
    assert f"errors are {words} those of the simple forecast" in model.task.verdict(found)


def test_untrained_it_is_the_simple_forecast() -> None:
    training = begin("series", [panel(*waves())], **SMALL)
    task: Any = training.model().task
    codec = task.known
    found = codec.forecast(training.network, codec.panel, Origins.last(codec.panel), 4)
    np.testing.assert_allclose(found.mean, found.simple, rtol=1e-12)


def test_intervals_are_nested_and_hold_the_median(model: Any) -> None:
    found = {name: np.array(values) for name, values in ahead(model, 9, (50, 80, 95)).items() if name != "unique_id"}
    edges = [found[name] for name in ("lo-95", "lo-80", "lo-50", "mean", "hi-50", "hi-80", "hi-95")]
    assert (np.diff(edges, axis=0) >= 0).all()
    assert len(found["mean"]) == 5 * 9


def test_intervals_cover_as_many_as_they_say() -> None:
    rng = np.random.default_rng(2)
    noise = [100 + rng.normal(size=200) for _ in range(30)]
    model = fitted(panel(*[one[:-4] for one in noise]), season="1")
    found = ahead(model, levels=(80,))
    low, high = (np.array(found[name]).reshape(30, 4) for name in ("lo-80", "hi-80"))
    later = np.array([one[-4:] for one in noise])
    assert 0.7 < ((low <= later) & (later <= high)).mean() < 0.9


def test_company_and_order_change_nothing(model: Any) -> None:
    """A series alone is forecast as among others, in any order."""
    task, series = model.task, waves()
    together = task.predict(model.network, series)
    np.testing.assert_allclose(task.predict(model.network, series[::-1])[::-1], together, rtol=1e-5)
    found = codec_on(model, panel(*series), [3])
    np.testing.assert_allclose(found, np.array(ahead(model)["mean"]).reshape(5, 4)[3], rtol=1e-5)


def codec_on(model: Any, series: Panel, numbers: list[int]) -> Any:
    some = series.some(numbers)
    codec = model.task.known.on(some, some.lengths, "auto")
    return codec.forecast(model.network, some, Origins.last(some), 4).mean[0]


def test_what_it_is_fed_matters(model: Any) -> None:
    series = waves()
    later = panel(*[np.append(one, 99.0) for one in series])
    moved = codec_on(model, later, [0])
    assert np.abs(moved - np.array(ahead(model)["mean"])[:4]).min() > 0.5


def test_a_file_forecasts_as_the_model_does(model: Any, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded = elman.load(tmp_path / "model")
    before, after = ahead(model, 6), ahead(loaded, 6)
    assert before["unique_id"] == after["unique_id"]
    for name in ("mean", "lo-80", "hi-80", "lo-95", "hi-95"):
        np.testing.assert_allclose(after[name], before[name], rtol=1e-5)


def test_one_seed_gives_the_same_twice_and_a_resumed_training_the_same(tmp_path: Path) -> None:
    file = tmp_path / "waves.csv"
    file.write_text("a,b\n" + "\n".join(f"{x},{y}" for x, y in zip(*waves(2), strict=True)))
    one, two = (elman.train("series", file, **{**SMALL, "patience": 0, "every": 10}) for _ in range(2))
    training = begin("series", file, **{**SMALL, "patience": 0, "every": 10})
    for event in training.run():
        if event.update >= 10:
            break
    training.model().save(tmp_path / "part")
    resumed = elman.train(resume=tmp_path / "part")
    for other in (two, resumed):
        assert other.network.parameters.flat.tobytes() == one.network.parameters.flat.tobytes()
        assert ahead(other) == ahead(one)
    file.rename(tmp_path / "moved.csv")
    with pytest.raises(DataError, match=r"waves\.csv: expected a file; found none") as caught:
        elman.train(resume=tmp_path / "part")
    assert caught.value.hint.startswith("the data was there in training; name it: elman.train(data=path")


@pytest.mark.parametrize("values", [[5.0] * 40, [0.0] * 40])
def test_constants_and_zeros_go_on(values: list[float]) -> None:
    model = fitted(panel(values, *waves(2)))
    found = ahead(model)
    for name in ("mean", "lo-95", "hi-95"):
        np.testing.assert_allclose(found[name][:4], values[:4], atol=0.01)
    alone = ahead(fitted(panel(values)))
    np.testing.assert_allclose(alone["mean"], values[:4], atol=0.01)


def test_a_short_series_among_others_is_forecast_and_alone_refused() -> None:
    found = ahead(fitted(panel([1, 2, 3], *waves(2))))
    assert np.isfinite(found["mean"]).all() and np.isfinite(found["hi-95"]).all()
    with pytest.raises(
        DataError, match="'a': expected 7 steps or more, to learn 4 ahead; found 3 in the longest series"
    ):
        fitted(panel([1, 2, 3]), season="1")


@pytest.mark.parametrize("values", [[60.0], [80.0, 80.0, 80.0], [0.3]])
def test_a_new_series_too_short_to_tell_is_as_uncertain_as_others_move(model: Any, values: list[float]) -> None:
    """Relative to its level; whether it was there in training or came later. Waves of 10 to 14 move by 3."""
    later = model.predict(level=[95], df={"unique_id": ["new"] * len(values), "y": values})
    trained = ahead(fitted(panel(values, *waves(3))))
    for low, high in ((later["elman-lo-95"], later["elman-hi-95"]), (trained["lo-95"][:4], trained["hi-95"][:4])):
        assert (np.array(low) < 0.8 * values[-1]).all() and (np.array(high) > 1.2 * values[-1]).all()
        assert (np.subtract(high, low) < 3 * values[-1]).all()


@pytest.mark.parametrize("season", [0.0, 0.3])
def test_many_new_series_of_one_value_are_as_often_inside_as_levels_say(season: float) -> None:
    rng, steps = np.random.default_rng(0), np.arange(72)
    levels = 50 * (1 + np.arange(40)) * rng.gamma(100, 0.01, (72, 40))
    sales = (levels * (1 + season * np.sin(2 * np.pi * (steps[:, None] + np.arange(40)) / 12))).T
    known: Any = fitted(panel(*sales[:20]), season="12", horizon=6)
    inside: dict[int, list[Any]] = {80: [], 95: []}
    for start in range(0, 60, 11):
        new = panel(*(one[start : start + 1] for one in sales[20:]))
        came = sales[20:, start + 1 : start + 4].ravel()
        new = replace(new, ids=tuple(f"new {name}" for name in new.ids))
        codec = known.task.known.on(new, new.lengths, "auto")
        found = codec.forecast(known.network, codec.panel, Origins.last(codec.panel), 3, [80, 95])
        for level, (low, high) in found.intervals.items():
            inside[int(level)] += [(low.ravel() <= came) & (came <= high.ravel())]
    for level, share in ((80, np.mean(inside[80])), (95, np.mean(inside[95]))):
        assert abs(share - level / 100) < 0.1, (level, share)


def test_what_is_missing_is_neither_learned_nor_scored() -> None:
    series = waves()
    holes = [np.where(np.random.default_rng(n).random(60) < 0.2, np.nan, one) for n, one in enumerate(series)]
    model = fitted(panel(*holes))
    assert model.task.known.windows.masked
    found = np.array(ahead(model)["mean"]).reshape(5, 4)
    t = np.arange(60, 64)
    truth = [10 + n + 3 * np.sin(2 * np.pi * (t + n) / 6) for n in range(5)]
    assert np.abs(found - truth).mean() < 0.5


def test_beyond_the_horizon_forecasts_go_on_from_themselves(model: Any) -> None:
    long = np.array(ahead(model, 10)["mean"]).reshape(5, 10)
    np.testing.assert_allclose(long[:, :4], np.array(ahead(model)["mean"]).reshape(5, 4), rtol=1e-12)
    t = np.arange(60, 70)
    truth = [10 + n + 3 * np.sin(2 * np.pi * (t + n) / 6) for n in range(5)]
    assert np.abs(long - truth).mean() < 0.5


def test_logarithms_are_never_below_0() -> None:
    rng = np.random.default_rng(3)
    series = np.exp(rng.normal(size=120) * 2)
    found = ahead(fitted(panel(series), transform="log1p"), 12, (99,))
    assert min(found["lo-99"]) >= 0


def test_values_below_0_under_a_logarithm_are_refused_by_id_and_time() -> None:
    with pytest.raises(DataError, match="'b', 3: expected no value below 0 for the transform 'log1p'; found -2"):
        fitted(panel(waves(1)[0], [1, 1, -2, *waves(1)[0]]), transform="log1p")


def test_a_series_that_falls_below_0_is_fitted_anew() -> None:
    model = fitted(panel(*waves()))
    assert model.task.known.positive.all()
    low = [one - 15 for one in waves()]
    made = codec_on(model, panel(*low), [0])
    t = np.arange(60, 64)
    assert np.abs(made - (10 + 3 * np.sin(2 * np.pi * t / 6) - 15)).max() < 2


# --- simple forecasts ---


def test_seasonal_naive_with_drift_and_autoregressions_are_those_of_their_equations() -> None:
    y = np.array([1.0, 4, 2, 3, 6, 4, 5, 8, 6])
    z, length = y[None], np.array([9])
    slopes = {1: np.array([[(y[-1] - y[0]) / 8]]), 3: np.array([[np.mean(y[3:] - y[:-3])]])}
    found = dict(zip(simple.names((3,)), simple.forecasts(z, length, 4, (3,), slopes), strict=True))
    np.testing.assert_allclose(found["naive"][0], [6] * 4)
    np.testing.assert_allclose(found["drift"][0], 6 + 5 / 8 * np.arange(1, 5))
    np.testing.assert_allclose(found["seasonal 3"][0], [5, 8, 6, 5])
    np.testing.assert_allclose(found["seasonal+ 3"][0], [7, 10, 8, 9])
    level = y[0]
    for value in y[1:]:
        level += 0.3 * (value - level)
    np.testing.assert_allclose(found["level 0.3"][0], [level] * 4)
    lags = autoregression.Lags("", (1, 2), False)
    rng = np.random.default_rng(0)
    x = [0.0, 1.0]
    for _ in range(500):
        x.append(1 + 0.5 * x[-1] - 0.3 * x[-2] + 0.1 * rng.normal())
    coefficients = autoregression.fit(np.array([x]), np.array([502]), lags)
    np.testing.assert_allclose(coefficients, [[1, 0.5, -0.3]], atol=0.1)
    made = autoregression.forecast(np.array([x]), 2, lags, coefficients)[0]
    first = coefficients[0] @ [1, x[-1], x[-2]]
    np.testing.assert_allclose(made, [first, coefficients[0] @ [1, first, x[-1]]])


# --- figures ---


def test_figures_are_those_of_their_definitions() -> None:
    series = panel([1, 2, 4, 3, 5, 7])
    origins = Origins(np.array([0]), np.array([4]))
    actual = Actual.of(series, origins, 2, 1)
    made = np.array([[4.0, 6.0]])
    found = actual.points(made)
    d = (1 + 2 + 1) / 3
    assert found["RMSE"] == 1 and found["MAE"] == 1
    assert found["MASE"] == pytest.approx(1 / d)
    assert found["sMAPE"] == pytest.approx((200 / 9 + 200 / 13) / 2)
    assert overall(found, {"sMAPE": found["sMAPE"] * 2, "MASE": found["MASE"] * 4}) == 0.375
    wide = actual.interval(made - 0.5, made + 0.5)
    assert wide["MSIS"] == pytest.approx((1 + 40 * 0.5) / d)
    assert actual.covered(made - 1, made + 1) == 1
    assert actual.ranked(made[:, :, None], np.array([0.5]))["CRPS"] == pytest.approx(1)


@needs(STATSMODELS)
def test_score_is_a_table_beside_baselines(tmp_path: Path, command: Run) -> None:
    file, out = tmp_path / "waves.csv", str(tmp_path / "model")
    written = "unique_id,ds,y\n" + "".join(
        f"{n},{day},{value}\n"
        for n, one in enumerate(waves(2))
        for day, value in zip(
            np.arange("2020-01", "2025-01", dtype="datetime64[M]").astype("datetime64[D]"), one, strict=True
        )
    )
    file.write_text(written)
    code, found, err = command("train", "series", str(file), "--horizon", "3", "--steps", "20", "--out", out, "--json")
    assert code == 0 and found["metrics"]["origins"] > 10
    assert "2 series of 60 steps, each month" in err and "seasons: 12 steps" in err
    code, found, err = command("score", out, str(file), "--origins", "2", "--step", "3", "--baselines", "--json")
    assert code == 0 and "some of these steps were known in training" in err
    assert found["origins"] == 4 and len(found["horizons"]) == 3
    assert set(found["baselines"]) - set(baselines.CHOSEN) == {
        "simple forecast", "naive", "seasonal naive", "seasonal naive with drift", "Naive2", "Theta", "ETS", "AR",
    }  # fmt: skip
    assert found["baselines"]["Naive2"]["OWA"] == 1
    assert found["OWA"] > 0 and 0 <= found["coverage"]["80 %"] <= 1
    code, out_, _ = command("score", out, str(file), "--origins", "1")
    assert code == 0 and out_.splitlines()[1].startswith("model ")
    code, found, _ = command("predict", out, "--level", "80,95", "--horizon", "2")
    rows = list(csv.DictReader(io.StringIO(found)))
    assert [row["ds"] for row in rows] == ["2025-01-01", "2025-02-01"] * 2
    assert list(rows[0]) == ["unique_id", "ds", "mean", "lo-80", "hi-80", "lo-95", "hi-95"]
    code, columns, _ = command("predict", out, str(file), "--json")
    assert code == 0 and [float(row["mean"]) for row in rows[:2]] == pytest.approx(columns["mean"][:2], rel=1e-4)
    assert command("predict", out, "--level", "101")[0] == 2
    assert command("predict", out, "--proba")[0] == 2


def test_a_baseline_that_is_better_is_a_warning(tmp_path: Path, command: Run, model: Any) -> None:
    """The last value, of a walk: the model knows waves."""
    model.save(tmp_path / "model")
    walk, wave = tmp_path / "walk.csv", tmp_path / "wave.csv"
    walk.write_text("y\n" + "\n".join(["1", "9"] * 30 + ["5"] * 30))
    code, found, err = command("score", str(tmp_path / "model"), str(walk), "--json")
    assert code == 0 and found["MAE"] > min(one["MAE"] for one in found["baselines"].values())
    [warning] = found["warnings"]
    assert " is better than the model here: its MAE is " in warning and f"warning: {warning}" in err
    wave.write_text("y\n" + "\n".join(map(str, waves(1)[0])))
    assert command("score", str(tmp_path / "model"), str(wave), "--json")[1]["warnings"] == []


def test_info_has_figures_first_and_cuts_what_is_long(tmp_path: Path, command: Run, model: Any) -> None:
    model.save(tmp_path / "model")
    code, found, _ = command("info", str(tmp_path / "model"))
    lines = found.splitlines()
    assert code == 0 and lines.index("metrics:") < 8 and max(map(len, lines)) < 1100
    assert "characters; --json shows all)" in found


def test_baselines_of_the_field() -> None:
    y = np.array([2.0, 4, 3, 6, 12, 9, 18, 36, 27])
    np.testing.assert_allclose(baselines.drifting(y, 3, 4), [54, 108, 81, 162])
    np.testing.assert_allclose(baselines.seasonal(y, 3, 4), [18, 36, 27, 18])
    flat = np.tile([2.0, 4, 3], 12)
    np.testing.assert_allclose(baselines.naive2(flat, 3, 4), [2, 4, 3, 2], rtol=1e-6)


# --- dates, and what is refused ---


def read(tmp_path: Path, text: str, **layout: Any) -> Read:
    file = tmp_path / "x.csv"
    file.write_text(text)
    return from_files([str(file)], Layout(**layout), {})


def dated(days: list[str]) -> str:
    return "ds,y\n" + "".join(f"{day},{n}\n" for n, day in enumerate(days))


@pytest.mark.parametrize(
    ("days", "frequency", "season", "following"),
    [
        (["2020-01-31", "2020-02-29", "2020-03-31"], "each month, at its end", (12,), ["2020-04-30", "2020-05-31"]),
        (["2020-01-01", "2020-02-01", "2020-04-01"], "each month", (12,), ["2020-05-01", "2020-06-01"]),
        (["2020-01", "2020-02", "2020-04"], "each month", (12,), ["2020-05-01", "2020-06-01"]),
        (["2019-02-28", "2019-03-30", "2019-04-30"], "each month", (12,), ["2019-05-30", "2019-06-30"]),
        (["2020-01-31", "2020-04-30", "2020-07-31"], "each quarter, at its end", (4,), ["2020-10-31", "2021-01-31"]),
        (["2020-02-29", "2021-02-28", "2022-02-28"], "each year, at its end", (), ["2023-02-28", "2024-02-29"]),
        (["2020-01-02", "2020-01-03", "2020-01-06"], "each business day", (5,), ["2020-01-07", "2020-01-08"]),
        (["2020-01-02", "2020-01-09", "2020-01-16"], "each week", (52,), ["2020-01-23", "2020-01-30"]),
        (["2020-01-02", "2020-01-03", "2020-01-05"], "each day", (7,), ["2020-01-06", "2020-01-07"]),
        (
            ["2020-03-29 00:00:00+01:00", "2020-03-29 01:00:00+01:00", "2020-03-29 03:00:00+02:00"],
            "each hour",
            (24, 168),
            ["2020-03-29 02:00:00", "2020-03-29 03:00:00"],
        ),
        (
            ["2020-10-25 02:00:00+02:00", "2020-10-25 02:00:00+01:00", "2020-10-25 03:00:00+01:00"],
            "each hour",
            (24, 168),
            ["2020-10-25 03:00:00", "2020-10-25 04:00:00"],
        ),
        (["1", "2", "5"], "a step of 1", (), [6, 7]),
        (["0.5", "1.0", "1.5"], "a step of 0.5", (), [2.0, 2.5]),
    ],
)
def test_dates_go_on_as_they_were(
    tmp_path: Path, days: list[str], frequency: str, season: tuple[int, ...], following: list[Any]
) -> None:
    from elman.tasks.series.frequency import shown

    found = read(tmp_path, dated(days)).panel
    last = int(found.lengths[0])
    assert (str(found.frequency), found.frequency.seasons) == (frequency, season)
    assert shown(found.times(0, last, last + 2)) == following
    if frequency == "each day":
        np.testing.assert_array_equal(found.values, [0, 1, np.nan, 2])


LONG = "unique_id,ds,y\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            LONG + "a,2020-01-01,1\na,2020-01-02,2\na,2020-01-02,3\n",
            "line 4: 'a': expected another time; found 2020-01-02",
        ),
        (
            LONG
            + "".join(f"a,2020-01-0{n},1\n" for n in range(1, 6))
            + "".join(f"b,2020-01-01 0{n}:00,1\n" for n in range(5)),
            "line 7: 'b': expected steps as of 'a', each day; found each hour",
        ),
        (LONG + "a,1,1\na,2,2\na,3,3\na,3.5,3\n", "line 5: 'a': expected a step of 1; found 3.5 after 3.0"),
        (LONG + "a,2020-01-01,1\na,2020-01-02,x\n", "column 'y': expected numbers; found category values: '1', 'x'"),
        (
            LONG + "a,2020-01-01,1\n,2020-01-02,2\n",
            "line 3: column 'unique_id': expected an id in each row; found none",
        ),
        (LONG + "a,2020-01-01,1\na,,2\n", "line 3: 'a': column 'ds': expected a time in each row; found none"),
        (LONG + "a,2020-01-01,1\na,2020-01-02,inf\n", "line 3: 'a': column 'y': expected finite numbers; found inf"),
        (LONG + "a,1,1\na,2,2\nb,1,\nb,2,\n", "line 4: 'b': expected values; found none"),
        (
            LONG + "a,19580329,1\na,19580330,2\na,19580331,2\na,19580401,2\n",
            "line 5: 'a': expected a step of 1; found 19580401.0 after 19580331.0\n"
            "hint: 19580329 looks like a date: written 1958-03-29 it is read as one",
        ),
        (
            "year,quarter,y\n1995,1,1\n1995,2,2\n",
            "expected one column of times; found 'year', 'quarter'\n"
            "hint: write them as one date, as 2026-04-01 for the second quarter",
        ),
        (LONG.replace("y", "u,v") + "a,1,1,2\na,2,2,2\n", "expected one column of values; found 'u', 'v'"),
        (
            "ds,y\n" + "".join(f"2026-01-0{n},\n" for n in range(1, 9)),
            "x.csv: expected a column of numbers; found none: 'ds', 'y'\nhint: target='COLUMN' names",
        ),
        (
            "store,day,sold\ns1,2026-01-01,1\ns2,2026-01-02,2\n",
            "column 'store': expected numbers; found category values: 's1', 's2'\n"
            "hint: target='COLUMN' names the column of values, id='COLUMN' the one that tells series apart",
        ),
        (
            "ds,y\n1,1\n2,2\n3,3\n4,many\n",
            "line 5: column 'y': expected numbers; found 'many' (3 numbers among 4 values)\n"
            "hint: an empty cell or NA is a missing value",
        ),
        (
            "ds,y\n" + "".join(f"2021-03-{d}T00:00:00+0{1 + (d > 28)}:00,{d % 5}\n" for d in range(20, 31)),
            "line 11: 'y': expected each day; found 2021-03-28 22:00:00 after 2021-03-27 23:00:00\n"
            "hint: a clock was changed there: for days, write dates without a time of day",
        ),
        (
            "begun,ended,y\n2026-01-01,2026-01-02,1\n2026-01-02,2026-01-03,1\n",
            "expected one column of dates; found 'begun', 'ended'\nhint: time='COLUMN' names the times",
        ),
    ],
)
def test_what_is_no_series_is_refused_by_row_and_id(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as found:
        read(tmp_path, text)
    assert message in f"{found.value}\nhint: {found.value.hint}"


@pytest.mark.parametrize("name", ["Date", "date", "time", "Timestamp", "month", "Month"])
def test_times_are_known_by_their_names(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, f"{name},sales\n1995-01-01,1\n1995-02-01,2\n1995-03-01,4\n")
    assert found.layout == Layout("sales", time=name)
    assert str(found.panel.frequency) == "each month"


def test_years_are_times_where_nothing_else_is(tmp_path: Path) -> None:
    found = read(tmp_path, "year,y\n1995,1\n1996,2\n1997,4\n")
    assert found.layout.time == "year" and found.panel.times(0, 2, 3) == [1997]


@pytest.mark.parametrize("layout", [Layout(), Layout("y")])
def test_the_only_column_of_dates_is_the_time_whatever_its_name(tmp_path: Path, layout: Layout) -> None:
    (tmp_path / "x.csv").write_text("Tag,y\n2020-01-03T00:00Z,3\n2020-01-01T00:00Z,1\n2020-01-02T00:00Z,2\n")
    found = from_files([str(tmp_path / "x.csv")], layout, {})
    assert found.layout == Layout("y", time="Tag") and "steps are ordered by 'Tag', in UTC" in found.notes
    assert str(found.panel.frequency) == "each day" and found.panel.values.tolist() == [1, 2, 3]


def test_columns_that_are_not_used_are_named(tmp_path: Path) -> None:
    assert "columns that are not used: 'seen'" in read(tmp_path, "y,seen\n1,2\n2,2\n").notes


def test_standard_input_is_read_once(tmp_path: Path, command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def piped(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    rows = "".join(f"2026-01-{day:02},{day % 3},{day % 2}\n" for day in range(1, 29))
    piped("ds,y,z\n" + rows)
    code, *_ = command("train", "series", "-", "--horizon", "2", "--steps", "2", "--out", str(tmp_path / "model"))
    assert code == 0
    for header, more, missing, hint in (
        ("ds,u,v\n", ("--known", "v"), "values", "--target u"),
        ("Tag,u,v\n", (), "times", "--time Tag"),
    ):
        piped(header + rows)
        code, _, err = command("train", "series", "-", "--horizon", "2", "--no-out", *more)
        expected = f"standard input: expected to be told which column has the {missing}; found none named\nhint: {hint}"
        assert code == 2 and expected in err


def test_a_column_that_is_not_there_is_named_with_its_role(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("ds,y\n1,1\n2,2\n")
    for role, target in itertools.product(("known", "past", "static"), (None, "y")):
        layout = Layout(target, **{role: ("q",)})  # type: ignore[arg-type]
        with pytest.raises(DataError, match=rf"expected the column 'q' \({role}\); found the columns 'ds', 'y'"):
            from_files([str(tmp_path / "x.csv")], layout, {})


def test_series_of_several_files_have_the_same_names_from_any_folder(
    tmp_path: Path, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("y\n" + "\n".join(str(n % 5) for n in range(40)))
    out = str(tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    small = ("--horizon", "2", "--batch", "4")
    assert command("train", "series", "a.csv", "b.csv", "--steps", "2", *small, "--out", out)[0] == 0
    monkeypatch.chdir(tmp_path.parent)
    assert command("train", "series", "--resume", out, "--steps", "4")[0] == 0
    code, found, err = command("predict", out, str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--json")
    assert code == 0 and "new to the model" not in err and found["unique_id"] == ["a.csv/y"] * 2 + ["b.csv/y"] * 2


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ([f"2026-0{m}-01" for m in range(1, 6)], "expected each day, as the model has it; found most values 31 such"),
        (["2026-01-01T00:00", "2026-01-01T23:00", "2026-01-03T00:00"], "expected each day; found 2026-01-01 23:00:00"),
    ],
)
def test_other_steps_than_those_of_the_model_are_refused(tmp_path: Path, days: list[str], message: str) -> None:
    (tmp_path / "x.csv").write_text("ds,y\n" + "".join(f"{day},1\n" for day in days))
    with pytest.raises(DataError, match=message):
        from_files([str(tmp_path / "x.csv")], Layout("y", time="ds"), {}, Frequency("time", 86_400_000_000))


def test_a_weekend_is_no_business_day_even_as_the_first(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("ds,y\n2026-01-03,1\n2026-01-05,2\n")
    with pytest.raises(DataError, match=r"line 2: 'y': expected each business day; found 2026-01-03"):
        from_files([str(tmp_path / "x.csv")], Layout("y", time="ds"), {}, Frequency("business day", 1))


def test_numbers_of_times_have_no_digits_of_rounding(tmp_path: Path) -> None:
    found = read(tmp_path, "t,y\n" + "".join(f"{n / 10},{n}\n" for n in range(50))).panel
    assert str(found.frequency) == "a step of 0.1" and found.times(0, 50, 53).tolist() == [5.0, 5.1, 5.2]


def test_what_is_constant_stays_so_in_a_model_file(tmp_path: Path) -> None:
    fitted(panel(np.full(40, 7.0), np.full(40, 3.0))).save(tmp_path / "model")
    found = ahead(elman.load(tmp_path / "model"))
    for name in ("mean", "lo-80", "hi-95"):
        np.testing.assert_allclose(found[name], [7.0] * 4 + [3.0] * 4, rtol=1e-14)


def test_a_season_that_no_calendar_tells_is_said_and_not_taken() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(240)
    daily = panel(10 * np.sin(2 * np.pi * t / 24) + rng.normal(size=240))
    task = begin("series", [daily], horizon=4, steps=10).task
    assert isinstance(task, Series) and task.settings.seasons == ()
    assert "no season" in task.introduce()
    assert "values are much alike after 24 steps: season='24' makes them a season" in task.introduce()
    waving = np.sin(2 * np.pi * np.arange(400) / 25) + 0.1 * np.random.default_rng(0).normal(size=400)
    assert repeats(panel(waving)) == 25
    assert {repeats(panel(waving[:length])) for length in range(81, 400, 7)} == {24, 25}  # 81: three times each lag
    for other in (rng.normal(size=240), np.cumsum(rng.normal(size=240)), t, np.ones(240)):
        assert repeats(panel(other)) is None


def test_long_preparations_are_heard_of() -> None:
    told: list[tuple[str, float, float | None]] = []
    with heard(lambda *one: told.append(one)):
        begin("series", [panel(*waves())], **SMALL)
    assert {work for work, *_ in told} == {
        "steps to fit simple forecasts", "origins from which a simple forecast is made",
    }  # fmt: skip
    assert all(total is not None and 0 <= done <= total for _, done, total in told)


def test_rows_out_of_order_are_sorted_and_that_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, LONG + "a,2020-01-03,3\nb,2020-01-01,9\na,2020-01-01,1\na,2020-01-02,2\nb,2020-01-02,8\n")
    np.testing.assert_array_equal(found.panel.values, [1, 2, 3, 9, 8])
    assert "rows of 'a' were not in the order of their times: they were sorted" in found.notes


def test_wide_form_and_one_column(tmp_path: Path) -> None:
    found = read(tmp_path, "ds,u,v\n2020-01-01,1,\n2020-01-02,2,5\n2020-01-03,3,6\n").panel
    assert found.ids == ("u", "v") and found.lengths.tolist() == [3, 2]
    assert found.times(1, 0, 1)[0] == np.datetime64("2020-01-02")
    assert read(tmp_path, "value\n1\n2\n").panel.lengths.tolist() == [2]


def test_a_score_of_what_it_learned_from_is_of_just_that(tmp_path: Path, command: Run) -> None:
    file, out = tmp_path / "waves.csv", str(tmp_path / "waves.model")
    text = "y\n" + "\n".join(map(str, waves(1)[0]))
    file.write_text(text)
    elman.train("series", file, **SMALL).save(out)
    assert command("score", out)[0] == 0
    file.write_text(text + "\n9")
    code, _, err = command("score", out)
    assert code == 2 and "waves.csv: expected the data that the model learns from; found another" in err
    assert "hint: `elman score MODEL FILE` measures on it; " in err and command("score", out, str(file))[0] == 0
    file.unlink()
    code, _, err = command("score", out)
    assert code == 2 and "hint: the data was there in training; name it: `elman score MODEL FILE`" in err
    assert "did you mean" not in err


def test_new_values_without_their_history_are_said(tmp_path: Path, command: Run) -> None:
    days = np.arange("2020-01-01", "2020-03-01", dtype="datetime64[D]")
    rows = [f"{name},{day},{value}\n" for name, one in zip("abc", waves(3), strict=True)
            for day, value in zip(days, one, strict=True)]  # fmt: skip
    (tmp_path / "all.csv").write_text("unique_id,ds,y\n" + "".join(rows))
    elman.train("series", tmp_path / "all.csv", **SMALL).save(out := tmp_path / "model")
    told = "values begin behind those that the model has: "
    for text, said in (
        (
            "a,2020-03-01,9\nb,2020-03-01,9\nc,2020-02-29,9\nd,2020-03-01,9\n",
            f"{told}'a', and 1 more series; only they are read",
        ),
        ("a,2020-02-29,9\na,2020-03-01,9\n", ""),
        ("".join(row for row in rows if row[0] == "a") + "a,2020-03-01,9\n", ""),
    ):
        (tmp_path / "new.csv").write_text("unique_id,ds,y\n" + text)
        code, _, err = command("predict", str(out), str(tmp_path / "new.csv"))
        assert code == 0 and (said in err if said else told not in err), err
    new = {"unique_id": ["a"], "ds": ["2020-03-01"], "y": [9.0]}
    found: Any = elman.load(out)
    with pytest.warns(UserWarning, match=told):
        found.predict(df=new)


def test_other_series_at_predict_time(model: Any, tmp_path: Path, command: Run) -> None:
    model.save(tmp_path / "model")
    file, out = tmp_path / "x.csv", str(tmp_path / "model")
    file.write_text("y\n" + "\n".join(map(str, waves(1)[0])))
    code, found, err = command("predict", out, str(file), "--json")
    assert code == 0 and len(found["mean"]) == 4 and "1 series are new to the model" in err
    file.write_text("ds,y\n2020-01-01,1\n2020-01-02,2\n")
    code, _, err = command("predict", out, str(file))
    assert code == 2 and "expected times row by row, as the model has them; found 2020-01-01" in err


def test_a_network_that_did_not_help_leaves_with_a_warning(model: Any, tmp_path: Path, command: Run) -> None:
    task = copy(model.task)
    task.known = replace(task.known, calibration=replace(task.known.calibration, share=0.0))
    idle, out = replace(model, task=task), tmp_path / "model.h"
    with pytest.warns(UserWarning, match="the network did not help: forecasts are simple forecasts, without it"):
        elman.export(idle, out, to="c")
    idle.save(tmp_path / "model")
    code, found, err = command("export", str(tmp_path / "model"), "--to", "c", "--out", str(out), "--force", "--json")
    assert code == 0 and found["warnings"][0] in err and "the network did not help" in err
    read = Read(panel(*waves()), Layout(), [])
    notes = SeriesReport.of(task.known, idle.network, read, "auto", origins=2).notes
    assert "the network did not help: forecasts are simple forecasts, without it" in notes
    with pytest.raises(
        DataError, match=r"^'b': expected more than 4 steps, the horizon of the model; found 3 in the longest"
    ):
        SeriesReport.of(task.known, idle.network, Read(panel([1, 2], [1, 2, 3]), Layout(), []), "auto")
    task.known = replace(task.known, calibration=replace(task.known.calibration, share=0.25))
    assert task.lost() == "forecasts take 25% of what the network adds"
    task.known = replace(task.known, calibration=replace(task.known.calibration, share=1.0))
    assert not task.lost()


def test_values_below_0_where_there_were_none_are_told(tmp_path: Path, command: Run) -> None:
    grown = [str(1.1**n) for n in range(60)]
    file, out = tmp_path / "x.csv", str(tmp_path / "model")
    file.write_text("y\n" + "\n".join(grown))
    assert command("train", "series", str(file), "--horizon", "2", "--steps", "2", "--out", out)[0] == 0
    assert "below 0" not in command("predict", out, str(file))[2]
    file.write_text("y\n" + "\n".join([*grown[:-1], "-4"]))
    code, _, err = command("predict", out, str(file))
    expected = "below 0, as nothing in training: 'y', 60: -4; simple forecasts are fitted anew there"
    assert code == 0 and expected in err


def test_no_season_is_longer_than_all_series(tmp_path: Path) -> None:
    """One that was asked for is refused; one that dates have is left out, and that is said."""
    series = panel([1, 2, 3, 4], *waves(1, 40))
    for season, longer, rest in (("40", 40, "1"), ("6,2000", "2,000", "6")):
        with pytest.raises(
            DataError, match=f"^'b': expected more than {longer} steps, to show a season; found 40"
        ) as found:
            fitted(series, season=season)
        assert found.value.hint == f"season='{rest}' trains without it"
    fitted(series, season="39", steps=1)
    weeks = np.arange("2020-01-01", "2020-10-07", 7, dtype="datetime64[D]")
    file = tmp_path / "x.csv"
    file.write_text(
        "ds,y\n" + "".join(f"{day},{value:.2f}\n" for day, value in zip(weeks, waves(1, 40)[0], strict=True))
    )
    model: Any = elman.train("series", file, steps=1)
    assert "no season of 52 steps: the longest series, 'y', has 40" in model.task.introduce()
    assert model.task.known.beginning.seasons == () and model.task.settings.season == "1"


def test_settings_that_make_no_sense_are_refused() -> None:
    for wrong in (
        *({"season": "4,5,6"}, {"season": "x"}, {"horizon": 0}, {"transform": "sine"}, {"batch": 0}),
        *({"known": [3]}, {"past": [None]}, {"rate": 10**400}, {"start": "\ud800"}),
    ):
        with pytest.raises(ConfigError):
            fitted(panel(*waves(2)), **wrong)
    for horizon, least in ((41, 61), (100, 149)):
        with pytest.raises(
            DataError, match=f"expected {least} steps or more, to learn {horizon} ahead; found 60 in the longest"
        ) as found:
            fitted(panel(*waves(2)), horizon=horizon)
        assert found.value.hint == "horizon=40"
    fitted(panel(*waves(2)), horizon=40, steps=1)
    fitted(panel(*waves(2, steps=61)), horizon=41, steps=1)
    with pytest.raises(DataError) as found:
        fitted(panel([1, 2, 3]), horizon=1, season="1")
    assert found.value.hint == "more values are needed"


@needs(STATSMODELS)
@needs(Peer("statsforecast", ("statsforecast",)))
def test_models_that_statsforecast_chooses_are_beside_the_others_where_it_is_installed() -> None:
    season = 10 + np.tile([0.0, 5, 1, 7, 3, 2], 12)
    series = panel(season + 0.1 * np.random.default_rng(0).normal(size=72), [1.0, 2, 4])
    found = baselines.made(series, Origins(np.array([0, 1]), np.array([66, 3])), 6, 6, baselines.fitted())
    assert list(found) == ["Theta", "ETS", "AR", "AutoETS", "AutoTheta"]
    for name in ("AutoETS", "AutoTheta"):
        np.testing.assert_allclose(found[name][0], season[66:], atol=0.5)
        assert found[name].shape == (2, 6)


# --- pictures, and what is unexpected ---


def test_what_is_unexpected_is_found_by_its_date(tmp_path: Path, command: Run) -> None:
    days = np.arange("2020-01-01", "2020-07-19", dtype="datetime64[D]")
    y = 20 + 5 * np.sin(2 * np.pi * np.arange(200) / 7) + np.random.default_rng(0).normal(size=200)
    file, out = tmp_path / "days.csv", str(tmp_path / "model")
    file.write_text("ds,y\n" + "".join(f"{day},{value}\n" for day, value in zip(days, y, strict=True)))
    assert command("train", "series", str(file), "--horizon", "2", "--steps", "20", "--out", out)[0] == 0
    y[150] += 30
    file.write_text("ds,y\n" + "".join(f"{day},{value}\n" for day, value in zip(days, y, strict=True)))
    code, found, _ = command("score", out, str(file), "--anomalies", "--origins", "1", "--json")
    [there] = [one for one in found["each"] if one["ds"] == str(days[150])]
    assert code == 0 and there["y"] == y[150] > there["hi-99"] > there["elman"] > there["lo-99"]
    assert len(found["each"]) < 15


@needs(Peer("Matplotlib", ("matplotlib",)))
def test_the_picture_has_history_forecast_and_errors(model: Any) -> None:
    figure = model.picture()
    assert len(figure.axes) == 2 * 5
    left, right = figure.axes[:2]
    values, made = left.lines
    np.testing.assert_allclose(values.get_ydata()[-1], waves()[0][-1])
    np.testing.assert_allclose(made.get_ydata(), ahead(model)["mean"][:4])
    assert len(left.collections) == 2 and len(right.lines) == 2
