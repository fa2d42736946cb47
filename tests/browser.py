"""Pages in a browser, for tests: Debian's Chromium, or another one, by Playwright; without network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
READY = 20_000  # milliseconds that a page has to be ready, on a machine that does other work
NARROW: dict[str, Any] = {"viewport": {"width": 390, "height": 800}}
LOOKS: dict[str, dict[str, Any]] = {"wide": {}, "dark": {"color_scheme": "dark"}, "narrow": NARROW}
# What people type or paste where something else is asked for.
BAD = (
    "",
    " ",
    "x" * 50_000,
    "😀",
    "<script>alert(1)</script>",
    "שלום עולם",
    "\n\n\n",
    "1e400",
    ",1 2",
    "NaN",
    "0x",
    "-1",
)
LEARNED = 90_000  # and to train two networks, which takes one or two thousand on a quiet machine


@contextmanager
def started() -> Iterator[Browser]:
    """A browser; the test is skipped where there is none."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("pages in a browser: there is no Chromium here")
    driver = pytest.importorskip("playwright.sync_api", reason="pages in a browser: playwright is not installed")
    with driver.sync_playwright() as playwright:
        # What is loaded into this process before all else, as `make sanitize` does, is not for Chromium.
        own = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        options = ["--headless=new", "--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=program, args=options, env=own)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, file: Path, address: str = "", *, scripts: Sequence[str] = (), **context: Any
) -> Iterator[Page]:
    """A page that is ready, offline. What it complains of, and what it asks the network for, fails the test.

    `scripts` run before those of the page.
    """
    complaints: list[str] = []
    asked: list[str] = []
    wide = {"viewport": {"width": 1280, "height": 900}}
    inside = browser.new_context(offline=True, **(wide | context))
    page = inside.new_page()
    for script in scripts:
        page.add_init_script(script)
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri() + address)
    page.wait_for_selector("html[data-ready], [role=alert]", timeout=READY)
    yield page
    assert complaints == []
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []
    inside.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds, by its rules for people who do not see, hear or point as others do."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed").Axe()
    found = axe.run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}" for one in found]


def said(page: Page) -> str:
    """The sentence of what is seen now."""
    return page.locator("#now").inner_text()


def wrong(page: Page) -> str:
    """What is said beside the field that is wrong; "" where none is."""
    return "".join(page.locator(".problem").all_inner_texts())


def press(page: Page, name: str) -> None:
    """A click at a button."""
    page.get_by_role("button", name=name).click()


def obstacles(page: Page) -> list[str]:
    """Why not everybody can read it: what axe-core finds, and whether it scrolls sideways."""
    return [*violations(page), *([] if fits(page) else ["it is wider than its window"])]


def fits(page: Page) -> bool:
    """Whether it does not scroll sideways."""
    found: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return found


def focused(page: Page) -> str:
    """The name of the control that has the focus."""
    name: str = page.evaluate(
        "document.activeElement.ariaLabel || document.activeElement.textContent.trim() || document.activeElement.type"
    )
    return name


def by_tab(page: Page, most: int) -> Iterator[str]:
    """Goes on by Tab, so often at most: the name of each control, until one comes again."""
    reached: set[str] = set()
    for _ in range(most):
        page.keyboard.press("Tab")
        if (name := focused(page)) in reached:
            return
        reached.add(name)
        yield name


def loses_focus(page: Page, *names: str) -> list[str]:
    """Of these buttons, those after which, pressed by keyboard, nothing has the focus."""
    lost = []
    for name in names:
        page.get_by_role("button", name=name, exact=True).first.press("Enter")
        if page.evaluate("document.activeElement === document.body"):
            lost.append(name)
    return lost
