"""What needs no network: naive forecasts; of statsmodels (the extra `series`), ETS, Theta and AR.

And, of statsforecast where it is installed, AutoETS and AutoTheta. AutoARIMA is not among them: where seasons are long,
it takes minutes for an origin.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np

from elman.errors import ConfigError
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel, Values

Method = Callable[[Values, int, int], Values]  # values, season, horizon -> forecasts
LONGEST = 2000  # of the last values, what statsmodels and statsforecast see
CHOSEN = ("AutoETS", "AutoTheta")  # of statsforecast


def naive(y: Values, season: int, horizon: int) -> Values:
    """The last value."""
    return np.repeat(y[-1], horizon)


def seasonal(y: Values, season: int, horizon: int) -> Values:
    """The value a season before."""
    if len(y) < season:
        return naive(y, season, horizon)
    found: Values = y[len(y) - season + np.arange(horizon) % season]
    return found


def drifting(y: Values, season: int, horizon: int) -> Values:
    """The value a season before, and the mean growth in a season; where values are above 0, the mean factor."""
    if len(y) <= season:
        return seasonal(y, season, horizon)
    log = bool((y > 0).all())
    z = np.log(y) if log else y
    found = seasonal(z, season, horizon) + (z[season:] - z[:-season]).mean() * (np.arange(horizon) // season + 1)
    made: Values = np.exp(found) if log else found
    return made


def naive2(y: Values, season: int, horizon: int) -> Values:
    """The last value without its season, and the season again, where there is one (as in M4)."""
    if season == 1 or len(y) < 3 * season or not _is_seasonal(y, season):
        return naive(y, season, horizon)
    indices = seasonal_indices(y, season)
    if indices is None:
        return naive(y, season, horizon)
    found: Values = y[-1] / indices[(len(y) - 1) % season] * indices[(len(y) + np.arange(horizon)) % season]
    return found


def _is_seasonal(y: Values, season: int) -> bool:
    """The test of M4: whether the autocorrelation at the season is larger than chance has it, at 90 %."""
    x = y - y.mean()
    total = float((x * x).sum())
    if total == 0:
        return False
    each = np.array([float((x[lag:] * x[:-lag]).sum()) / total for lag in range(1, season + 1)])
    limit = 1.645 * np.sqrt((1 + 2 * float((each[:-1] ** 2).sum())) / len(y))
    return bool(abs(each[-1]) > limit)


def seasonal_indices(y: Values, season: int) -> Values | None:
    """Of the classical multiplicative decomposition; None where values are not above 0."""
    if (y <= 0).any():
        return None
    kernel = np.ones(season) / season if season % 2 else np.array([0.5, *np.ones(season - 1), 0.5]) / season
    trend = np.convolve(y, kernel, "valid")
    first = (len(y) - len(trend)) // 2
    ratio = y[first : first + len(trend)] / trend
    phase = (first + np.arange(len(trend))) % season
    found = np.bincount(phase, ratio, season) / np.maximum(np.bincount(phase, minlength=season), 1)
    made: Values = found / found.mean()
    return made


SIMPLE: dict[str, Method] = {
    "naive": naive,
    "seasonal naive": seasonal,
    "seasonal naive with drift": drifting,
    "Naive2": naive2,
}


def fitted() -> dict[str, Method]:
    """Those of statsmodels, and of statsforecast where it is installed; a ConfigError where statsmodels is not."""
    try:
        import statsmodels  # noqa: F401
    except ImportError:
        raise ConfigError(
            "baselines: expected statsmodels for Theta, ETS and AR; it is not installed", "pip install 'elman[series]'"
        ) from None
    chosen = {name: partial(_chosen, name) for name in CHOSEN if find_spec("statsforecast")}
    return {"Theta": _theta, "ETS": _ets, "AR": _ar, **chosen}


def _theta(y: Values, season: int, horizon: int) -> Values:
    from statsmodels.tsa.forecasting.theta import ThetaModel

    model = ThetaModel(y, period=max(season, 1), deseasonalize=season > 1 and len(y) >= 2 * season)
    return np.asarray(model.fit().forecast(horizon), float)


def _ets(y: Values, season: int, horizon: int) -> Values:
    """Additive and damped, of logarithms where values are above 0; with a season where there are two of it."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    log = bool((y > 0).all())
    with_season = season > 1 and len(y) >= 2 * season
    model = ExponentialSmoothing(
        np.log(y) if log else y,
        trend="add" if len(y) > 4 else None,
        damped_trend=len(y) > 4,
        seasonal="add" if with_season else None,
        seasonal_periods=season if with_season else None,
    )
    found = np.asarray(model.fit().forecast(horizon), float)
    return np.exp(found) if log else found


def _ar(y: Values, season: int, horizon: int) -> Values:
    """An autoregression of the order that AIC likes best, up to a season and one, or 12."""
    from statsmodels.tsa.ar_model import AutoReg, ar_select_order

    most = min(max(season + 1, 12), len(y) // 3)
    if most < 1:
        return naive(y, season, horizon)
    order = ar_select_order(y, most).ar_lags or [1]
    found = AutoReg(y, order).fit().forecast(horizon)
    return np.asarray(found, float)


def _chosen(name: str, y: Values, season: int, horizon: int) -> Values:
    """The best model of a family, as statsforecast chooses it; with a season where there are two of it."""
    from statsforecast import models

    known = season if len(y) >= 2 * season else 1
    return np.asarray(getattr(models, name)(season_length=known).forecast(y=y, h=horizon)["mean"], float)


def made(panel: Panel, origins: Origins, season: int, horizon: int, methods: dict[str, Method]) -> dict[str, Values]:
    """(B, H) of each method; NaN where it has no answer."""
    found = {name: np.empty((len(origins), horizon)) for name in methods}
    for place, (row, end) in enumerate(zip(origins.rows, origins.ends, strict=True)):
        start = panel.offsets[row]
        y = panel.filled[start : start + end]
        for name, method in methods.items():
            found[name][place] = _tried(method, y[-LONGEST:] if name not in SIMPLE else y, season, horizon)
    return found


def _tried(method: Method, y: Values, season: int, horizon: int) -> Values:
    """NaN where the method has no answer, for a series that is too short or does not move."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return method(y, season, horizon)
        except (ValueError, np.linalg.LinAlgError, IndexError, ZeroDivisionError, NotImplementedError):
            return np.full(horizon, np.nan)


__all__ = ["SIMPLE", "fitted", "made"]
