"""The page of a model of sessions, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import browser
import elman
import shop
from browser import LOOKS, press, said
from optional import DUCKDB, needs
from test_look import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = needs(DUCKDB)
STRANGE = HOSTILE.replace(",", ";").replace('"', "'")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    rows = [(s, u, t, STRANGE if item == "i7" else item) for s, u, t, item in shop.rows(200)]
    data = shop.write(tmp_path_factory.mktemp("shop") / "clicks.csv", rows)
    return elman.train("sessions", data, hidden=12, embedding=8, epochs=3, batch=16, rate=0.02, validate=0.3)


@pytest.fixture(scope="module")
def file(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sessions") / "page.html"
    model.look("shop").save(path)
    return path


def logs(model: Any, session: list[str]) -> Any:
    """Log probabilities of the network alone."""
    y = model.network.forward(model.task.known.encode(session)[:, None])[0][-1, 0].astype(np.float64)
    return y - np.log(np.exp(y - y.max()).sum()) - y.max()


def rows(seen: Page) -> list[list[str]]:
    """Of what comes next: item, probability, because of."""
    found = seen.locator("[aria-label='what comes next'] tbody tr").all()
    return [[row.locator("th").inner_text(), *row.locator("td").all_inner_texts()] for row in found]


@pytest.mark.parametrize("look", LOOKS)
def test_everybody_can_read_it(chromium: Browser, file: Path, look: str) -> None:
    with browser.opened(chromium, file, "#clicks=0,1,2,3", **LOOKS[look]) as seen:
        assert browser.obstacles(seen) == []


def test_what_comes_next_and_because_of_what(chromium: Browser, file: Path, model: Any) -> None:
    session = ["i3", "i22", STRANGE]
    with browser.opened(chromium, file, "#clicks=") as seen:
        assert "Before any click" in said(seen)
        for item in session:
            seen.get_by_label("search items").fill(item)
            seen.get_by_label("search items").press("Enter")
        assert seen.locator(".clicks li").all_inner_texts() == session
        expected = logs(model, session)
        without = [logs(model, session[:n] + session[n + 1 :]) for n in range(3)]
        names, order = model.task.known.names, np.argsort(-expected)
        found = rows(seen)
        assert [row[0] for row in found] == [names[item] for item in order[: len(found)]]
        for row, item in zip(found, order, strict=False):
            assert float(row[1].strip("%< ")) == pytest.approx(100 * np.exp(expected[item]), abs=0.11)
            assert row[3] == session[int(np.argmin([one[item] for one in without]))]
        assert seen.locator("img").count() == 0


def test_counts_are_those_of_the_log(chromium: Browser, file: Path, model: Any) -> None:
    log, names = model.task.log, model.task.known.names
    item = names.index("i3")
    near: dict[str, float] = {}
    for start, stop in zip(log.starts[:-1], log.starts[1:], strict=True):
        one = log.items[start:stop].tolist()
        for p, clicked in enumerate(one):
            for q, other in enumerate(one):
                if clicked == item and other != item:
                    near[names[other]] = near.get(names[other], 0) + 1 / abs(p - q)
    with browser.opened(chromium, file, f"#clicks={item}") as seen:
        card = seen.locator("section:has(h2:text('What counts say'))")
        found = {
            r.locator("th").inner_text(): float(r.locator("td").first.inner_text()) for r in card.locator("tr").all()
        }
        assert len(found) == 8
        assert found == pytest.approx({name: near[name] for name in found}, abs=0.02)
        assert min(found.values()) >= sorted(near.values())[-8] - 0.02


def test_controls_by_mouse_and_by_keyboard(chromium: Browser, file: Path) -> None:
    with browser.opened(chromium, file, "#clicks=1,x,9999,2") as seen:
        assert seen.locator(".clicks li").count() == 2
        seen.get_by_label("search items").fill("i1")
        assert "found" in seen.inner_text("main")
        seen.get_by_role("group", name="items to click").get_by_role("button").first.press("Enter")
        assert seen.evaluate("document.activeElement.type") == "text"  # which is where one goes on
        assert seen.locator(".clicks li").count() == 3
        seen.locator("[aria-label='what comes next'] tbody button").first.click()
        assert seen.locator(".clicks li").count() == 4
        press(seen, "take the last click back")
        assert seen.locator(".clicks li").count() == 3
        seen.wait_for_url("**clicks=1%2C2%2C*")
        press(seen, "begin again")
        assert "Before any click" in said(seen)
        seen.get_by_label("search items").fill("nothing is called so")
        assert "0 items found" in seen.inner_text("main")
    with browser.opened(chromium, file, "#clicks=1") as seen:
        assert browser.loses_focus(seen, "take the last click back", "begin again") == []


def test_any_search_finds_or_says_that_it_does_not(chromium: Browser, file: Path) -> None:
    with browser.opened(chromium, file, "#clicks=1", **browser.NARROW) as seen:
        for bad in browser.BAD:
            seen.get_by_label("search items").fill(bad)
            found = seen.locator("[role=status].small").inner_text()
            assert "found" in found if bad.strip() else found == "The items that are clicked most:"
            assert browser.fits(seen)
