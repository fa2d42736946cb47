"""How simple forecasts of series are fitted and weighed, and how far intervals reach where little is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

import elman
from elman.tasks.series import autoregression, simple
from elman.tasks.series.beginning import Beginning
from elman.tasks.series.calibration import GRID, Calibration
from elman.tasks.series.fitting import _stages, fit
from elman.tasks.series.origins import last_half
from elman.tasks.series.panel import Panel
from elman.tasks.series.weighing import sharpness, weighed


def panel(*series: np.ndarray) -> Panel:
    ids = [str(number) for number in range(len(series))]
    return Panel.of(ids, None, list(series), lambda number, step: f"{number}, {step}")


@pytest.mark.parametrize("differences", [False, True])
@pytest.mark.parametrize("back", [(1, 2, 3), (1, 5, 6, 11), tuple(range(1, 25))])
def test_an_autoregression_is_the_ridge_regression_on_its_lags(back: tuple[int, ...], differences: bool) -> None:
    """Beside one of rows that are written out, for a long series and a shorter one beside it."""
    rng = np.random.default_rng(0)
    z = 50 + np.cumsum(rng.normal(size=(2, 400)), axis=1)
    z[1, :150] = z[1, 150]
    lags = autoregression.Lags("", back, differences)
    found = autoregression.fit(z, np.array([400, 250]), lags)
    for row, own in enumerate((400, 250)):
        x = np.diff(z[row, -own:]) if differences else z[row, -own:]
        u = (x - x.mean()) / x.std()
        past = np.stack([u[max(back) - k : len(u) - k] for k in back], axis=1)
        centre, level = past.mean(axis=0), u[max(back) :].mean()
        gram = (past - centre).T @ (past - centre) + autoregression.RIDGE * len(past) * np.eye(len(back))
        slopes = np.linalg.solve(gram, (past - centre).T @ (u[max(back) :] - level))
        constant = (level - centre @ slopes) * x.std() + x.mean() * (1 - slopes.sum())
        np.testing.assert_allclose(found[row], [constant, *slopes], rtol=1e-8)


def test_long_autoregressions_are_for_long_series() -> None:
    """Twice the season, as far as that is not too far; ten values for each lag."""
    assert [one.name for one in autoregression.lags((24, 168))][-2:] == ["AR(336)", "AR(336) of differences"]
    assert max(len(one.back) for one in autoregression.lags((7, 365))) == 365
    assert not [one for one in autoregression.lags((1440,)) if len(one.back) > 15]
    long = autoregression.lags((12,))[-2]
    z = np.random.default_rng(0).normal(size=(2, 274))
    found = autoregression.fit(z, np.array([274, 273]), long)
    assert long.name == "AR(24)" and np.isfinite(found[0]).all() and np.isnan(found[1]).all()


def test_stages_see_nothing_of_what_they_are_tried_on() -> None:
    """Each is fitted to what was known before its first origin; together they are all origins."""
    data = panel(*np.random.default_rng(0).normal(size=(3, 120)))
    tried = last_half(data, data.lengths, 6)
    stages = _stages(tried, 3)
    assert sorted(zip(tried.rows, tried.ends, strict=True)) == sorted(
        pair for one in stages for pair in zip(one.rows, one.ends, strict=True)
    )
    ends = [one.ends[one.rows == 1] for one in stages]
    assert min(ends[0]) >= 60 and max(ends[-1]) == 114
    assert all(max(before) < min(after) for before, after in pairwise(ends))
    assert max(map(len, ends)) - min(map(len, ends)) <= 1
    # What comes behind the place up to which it is fitted changes nothing.
    early = Beginning.of(data, np.full(3, 80), (), "none")
    changed = panel(*(np.concatenate([one[:80], one[80:] + 100]) for one in data))
    for one, other in zip(early.coefficients[0], Beginning.of(changed, np.full(3, 80), (), "none").coefficients[0],
                          strict=True):  # fmt: skip
        np.testing.assert_array_equal(one, other)


def test_the_forecast_that_suits_has_the_weight() -> None:
    """What comes again after 16 steps, less and less: no season, but an autoregression of so many lags has it."""
    rng = np.random.default_rng(0)
    x = np.zeros(700)
    for t in range(20, 700):
        x[t] = 0.9 * x[t - 16] + rng.normal()
    beginning, scale = fit(panel(x), np.array([700]), 6, (10,), "none")
    long = sum(
        weight
        for name, weight in zip(beginning.names(), beginning.weights[0], strict=True)
        if name.startswith("AR(20)")
    )
    assert long > 0.9
    assert 0.5 < scale[0] < 1.2  # the mean absolute value of the noise is 0.8


def test_weights_that_are_next_to_nothing_are_nothing() -> None:
    errors = np.array([[1.0, 1.1, 3.0, np.nan]])
    found = weighed(errors, np.ones((1, 4), bool), np.ones(1), 8)
    assert found[0, 0] > found[0, 1] > 0 == found[0, 2] == found[0, 3]
    assert found.sum() == pytest.approx(1)


def answers(origins: int, steps: int) -> np.ndarray:
    """A network that says -1, 0 and 1."""
    return np.tile([-1.0, 0.0, 1.0], (origins, steps, 1))


def test_few_errors_make_wide_intervals() -> None:
    """Errors of all origins that have steps in common are as one: how far the next is, they hardly say."""
    errors = np.random.default_rng(0).normal(size=(40, 1))
    apart = Calibration.of(answers(40, 1), errors, np.arange(40))
    common = Calibration.of(answers(40, 1), errors, np.arange(40) // 20)
    widths = [one.interval(answers(1, 1), 95)[1] - one.interval(answers(1, 1), 95)[0] for one in (apart, common)]
    assert 3 < widths[0][0, 0] < 6 and widths[1][0, 0] > 1.5 * widths[0][0, 0]


def test_the_sign_of_few_errors_is_not_believed() -> None:
    """All of two blocks were above: the next may be below."""
    errors = np.abs(np.random.default_rng(0).normal(size=(30, 2)))
    low, high = Calibration.of(answers(30, 2), errors, np.arange(30) // 15).interval(answers(1, 2), 80)
    np.testing.assert_allclose(low, -high, rtol=0.2)
    low, high = Calibration.of(answers(30, 2), errors, np.arange(30)).interval(answers(1, 2), 80)
    assert (low == 0).all() and (high > 0).all()


def test_many_errors_are_taken_as_they_are() -> None:
    errors = np.random.default_rng(0).exponential(size=(4000, 1)) - np.log(2)
    found = Calibration.of(answers(4000, 1), errors, np.arange(4000)).quantiles[0]
    inside = (GRID > 0.01) & (GRID < 0.99)
    np.testing.assert_allclose(found[inside], np.quantile(errors, GRID[inside]), rtol=0.01, atol=0.01)


def test_what_errors_do_not_show_goes_on_as_the_normal_distribution() -> None:
    rng = np.random.default_rng(0)
    errors = rng.normal(size=(60, 1))
    found = Calibration.of(answers(60, 1), errors, np.arange(60)).quantiles[0]
    seen = np.interp(0.95, GRID, found)
    assert found[-1] / seen == pytest.approx(NormalDist().inv_cdf(0.999) / NormalDist().inv_cdf(0.95), rel=0.15)


def test_akaikes_criterion_chooses_how_many_lags() -> None:
    """Of a process of two lags, of noise without any, and of series that are too short to choose."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(3, 4000))
    x = noise.copy()
    for t in range(2, 4000):
        x[0, t] += 1.2 * x[0, t - 1] - 0.7 * x[0, t - 2]
    lags = autoregression.lags(())[0]
    assert lags.chosen and lags.back == tuple(range(1, 13))
    found = autoregression.fit(x, np.array([4000, 4000, 30]), lags)
    assert (found[0, 1:3] != 0).all() and np.abs(found[0, 3:]).max() < 0.06
    np.testing.assert_allclose(found[0, 1:3], [1.2, -0.7], atol=0.05)
    assert (found[2, 4:] == 0).all() and (found[2, 1:4] != 0).all()
    # n log(error) + 2 p is least at the order that was found.
    y = x[0] - x[0].mean()
    past = np.stack([y[12 - k : -k] for k in range(1, 13)], axis=1)
    costs = []
    for order in range(1, 13):
        used, target = past[:, :order] - past[:, :order].mean(axis=0), y[12:] - y[12:].mean()
        left = target - used @ np.linalg.lstsq(used, target, rcond=None)[0]
        costs.append(len(target) * np.log((left**2).mean()) + 2 * order)
    assert np.count_nonzero(found[0, 1:]) == 1 + int(np.argmin(costs))


def test_growth_of_a_smoothed_level_goes_on_where_it_was() -> None:
    """A straight line is one, whatever the weights: a level lags behind it by (1 - α) / α steps, and that is added."""
    z = 3 + 0.5 * np.arange(400.0)[None]
    slopes = {1: np.array([[0.5]]), 4: np.array([[2.0]])}
    made = dict(zip(simple.names((4,)), simple.forecasts(z, np.array([400]), 6, (4,), slopes), strict=True))
    for name, found in made.items():
        if name.split()[0] == "growth" and "0.1" not in name:  # whose memory is longer than the window
            np.testing.assert_allclose(found[0], 3 + 0.5 * (400 + np.arange(6)), rtol=1e-6, err_msg=name)


def test_few_trials_make_no_sharp_weights() -> None:
    """One forecast is best at both origins, by chance or not; at sixty, it is."""
    rng = np.random.default_rng(0)
    made = np.array([0.0, 0.1, 0.2])[None, :, None] * np.ones((60, 1, 3))
    actual = 0.1 * rng.normal(size=(60, 3))
    there, size = np.ones((1, 3), bool), np.ones(1)

    def found(apart: int) -> int:
        return sharpness(made, actual, np.zeros(60, int), np.arange(60) >= 30, there, size, apart)

    assert found(2) <= 6 < found(60)


def doubled(steps: int = 120) -> np.ndarray:
    """A season whose growth is another one from the middle on."""
    t = np.arange(steps)
    rise = np.where(t < 60, 0.0, t - 60.0)
    found: np.ndarray = 50 + rise + 5 * np.sin(2 * np.pi * t / 12) + np.random.default_rng(0).normal(size=steps)
    return found


def test_refit_is_as_fitted_to_all_and_keeps_the_network() -> None:
    y = doubled()
    model: Any = elman.SeriesModel.fit(y[:70], horizon=6, season="12", steps=10)
    before = {name: values.copy() for name, values in model.network.state_dict().items()}
    stale = np.abs(model.predict(df=y[:108])["elman"] - y[108:114]).mean()
    model.refit(y[:108])
    codec = model.task.known
    beginning, scale = fit(replace(panel(y[:108]), season=12), np.array([108]), 6, (12,), "auto")
    np.testing.assert_array_equal(codec.beginning.weights, beginning.weights)
    np.testing.assert_array_equal(codec.scale, scale)
    assert np.abs(model.predict()["elman"] - y[108:114]).mean() < stale
    for name, values in model.network.state_dict().items():
        np.testing.assert_array_equal(values, before[name])


def test_predict_refits_on_the_command_line(tmp_path: Path, command: Callable[..., tuple[int, Any, str]]) -> None:
    y = doubled()
    known, now, out = tmp_path / "known.csv", tmp_path / "now.csv", str(tmp_path / "model")
    for file, stop in ((known, 70), (now, 108)):
        file.write_text("y\n" + "".join(f"{value}\n" for value in y[:stop]))
    given = ("--horizon", "6", "--season", "12", "--steps", "10", "--out", out)
    assert command("train", "series", str(known), *given)[0] == 0
    model: Any = elman.load(out)
    _, plain, _ = command("predict", out, str(now), "--json")
    _, refitted, _ = command("predict", out, str(now), "--refit", "--json")
    model.refit(y[:108])
    np.testing.assert_allclose(refitted["mean"], model.predict()["elman"], rtol=1e-9)
    assert plain["mean"] != refitted["mean"]
    code, _, told = command("predict", out, "--refit")
    assert code == 2 and "expected a file with the whole history" in told and "hint: elman predict MODEL FILE" in told


@pytest.mark.parametrize("count", [2, 3, 10, 200])
def test_a_line_goes_on_however_few_its_values(count: int) -> None:
    z = np.maximum(np.arange(64.0) - max(64 - count, 0), 0)[None]
    made = simple.forecasts(z, np.array([count]), 3, (), {1: np.array([[1.0]])})
    growing = [found for name, found in zip(simple.names(()), made, strict=True) if name.startswith("growth")]
    np.testing.assert_allclose(np.concatenate(growing), np.repeat(z[:, -1:] + [[1, 2, 3]], 4, axis=0))
