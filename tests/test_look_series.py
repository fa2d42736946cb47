"""The page of a model of series, in a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import browser
import elman
from browser import LOOKS, press, said
from elman.tasks.series import shown
from elman.tasks.series.origins import Origins
from elman.tasks.series.panel import Panel
from test_look import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("visitors", HOSTILE, "a name that is longer than a narrow page has room for, by far")
MONTHS = np.datetime64("2015-01") + np.arange(72)
HORIZON = 6


@pytest.fixture(scope="module")
def model() -> Any:
    rng, t = np.random.default_rng(0), np.arange(len(MONTHS))
    values = [50 + 9 * n + (8 + n) * np.sin(2 * np.pi * (t + n) / 12) + 2 * rng.normal(size=len(t)) for n in range(3)]
    values[2][40:43] = np.nan
    panel = Panel.of(
        list(NAMES), [MONTHS.astype("datetime64[D]").astype("datetime64[us]")] * 3, values, lambda n, s: f"{n}, {s}"
    )
    trained: Any = elman.train("series", [panel], horizon=HORIZON, season="12", steps=60, hidden=8)
    known = trained.task.known
    # So few values would leave nothing of what the network says; here it is to be seen.
    trained.task.known = replace(known, calibration=replace(known.calibration, share=0.5))
    return trained


@pytest.fixture(scope="module")
def file(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("series") / "page.html"
    model.look("series").save(path)
    return path


def numbers(text: str) -> list[float]:
    """All of a text, without dates."""
    return [float(one.replace(",", "")) for one in re.findall(r"(?<![-\d])-?\d[\d,]*\.?\d*(?![-\d])", text)]


def column(seen: Page, place: int) -> list[float]:
    """Of the forecast in numbers."""
    cells = seen.locator(f"[aria-label='the forecast in numbers'] tbody tr > :nth-child({place})")
    return [float(one) for one in cells.all_inner_texts()]


def forecast(model: Any, number: int, end: int, came: float | None = None) -> Any:
    known = model.task.known
    panel = known.panel if came is None else known.panel.grown({number: np.array([came])})
    return known.forecast(model.network, panel, Origins(np.array([number]), np.array([end])), HORIZON, (80.0,))


@pytest.mark.parametrize("look", LOOKS)
def test_everybody_can_read_it(chromium: Browser, file: Path, look: str) -> None:
    with browser.opened(chromium, file, "#series=2&origin=10&step=3", **LOOKS[look]) as seen:
        assert browser.obstacles(seen) == []


def test_forecasts_are_those_of_the_model(chromium: Browser, file: Path, model: Any) -> None:
    end = len(MONTHS)
    with browser.opened(chromium, file) as seen:
        for back in (0, 7):
            for _ in range(back):
                press(seen, "◀ back")
            found = forecast(model, 0, end - back)
            assert column(seen, 3) == pytest.approx(found.mean[0], rel=1e-3)
            assert column(seen, 6) == pytest.approx(found.simple[0], rel=1e-3)
            low, high = (edge[0, 0] for edge in found.intervals[80.0])
            assert f"{MONTHS[-1] + 1 - back}" in said(seen)
            assert numbers(said(seen).partition("With 80 %")[2])[:2] == pytest.approx([low, high], rel=1e-3)
        assert "inside" in said(seen) or "outside" in said(seen)


def test_a_value_that_comes_moves_the_forecast(chromium: Browser, file: Path, model: Any) -> None:
    with browser.opened(chromium, file, "#series=0&step=2") as seen:
        assert "It is not known yet" in said(seen)
        before = column(seen, 3)
        press(seen, "very high")
        assert seen.get_by_role("button", name="very high").get_attribute("aria-pressed") == "true"
        came = numbers(said(seen).partition("Supposed that")[2])[0]
        after = column(seen, 3)
        assert after == pytest.approx(forecast(model, 0, len(MONTHS) + 1, came).mean[0], rel=1e-3)
        assert came > before[0]
        seen.wait_for_url("**next=4")
        address = seen.evaluate("location.hash")
        press(seen, "not yet")
        assert column(seen, 3) == before
    with browser.opened(chromium, file, address) as seen:  # a link shows what was supposed
        assert column(seen, 3) == after


def test_what_the_network_says_is_computed_in_the_page(chromium: Browser, file: Path, model: Any) -> None:
    known = model.task.known
    inputs = known.seen(known.panel, Origins(np.array([1]), np.array([len(MONTHS)]))).inputs
    median = model.network.forward(inputs)[0].reshape(HORIZON, 3)[3, 1]
    with browser.opened(chromium, file, "#series=1&step=4") as seen:
        words = seen.locator("section", has_text="What the network says").inner_text()
        assert numbers(words.partition("At step 4:")[2])[0] == pytest.approx(median, abs=6e-4)
        assert "takes 50 % of its median" in words
        arriving = np.zeros((1, 3 * HORIZON), np.float32)
        arriving[0, 3 * 3 + 1] = 1
        gradient = np.asarray(model.network.vjp(inputs, arriving).x)[:, 0, : known.windows.piece]
        rows = seen.locator("[aria-label='what moves the network'] td:nth-child(2)").all_inner_texts()
        assert list(map(float, rows)) == pytest.approx(np.linalg.norm(gradient, axis=1), abs=6e-4)


def test_controls_by_mouse_and_by_keyboard(chromium: Browser, file: Path) -> None:
    with browser.opened(chromium, file) as seen:
        seen.get_by_label("series", exact=True).select_option(NAMES[1])
        assert said(seen).startswith(HOSTILE) and seen.locator("img").count() == 0
        assert "2021-01-01" in said(seen)
        seen.get_by_label("step ahead", exact=True).press("End")
        assert "2021-06-01" in said(seen)
        seen.locator("svg:has(.mean)").click(position={"x": 60, "y": 60})  # far left of the forecast: its first step
        assert "2021-01-01" in said(seen)
        seen.get_by_role("button", name="3", exact=True).press("Enter")
        assert "2021-03-01" in said(seen) and seen.evaluate("document.activeElement.textContent") == "3"
        slider = seen.get_by_label("origin: values that are known")
        slider.press("Home")
        assert "2019-03-01" in said(seen) and "It came as" in said(seen)
        press(seen, "play")
        seen.get_by_text("2019-05-01").first.wait_for()
        press(seen, "pause")
        seen.evaluate("location.hash = '#series=99&origin=x&step=-1&next=<b>'")
        seen.get_by_text("visitors, 2021-01-01").wait_for()


def test_of_many_series_the_page_has_some_and_says_so(
    chromium: Browser, model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "SERIES", 2)
    model.look().save(tmp_path / "page.html")
    with browser.opened(chromium, tmp_path / "page.html") as seen:
        assert "The first 2 of 3 are in this page." in seen.inner_text("main")
        assert seen.locator("select option").count() == 2
