"""The page of a coin model, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import browser
import elman
from browser import LOOKS, press, said
from elman.tasks.coin.picture import direction, hidden, quantities
from elman.tasks.coin.task import SHOWN, Coin

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PRIORS = ("uniform", "beta:2,5", "two-coins:0.9,0.4", "switching:0.8,0.3,0.1")


@pytest.fixture(scope="module")
def models() -> dict[str, elman.Model]:
    """By prior; they have learned little, and so are often wrong: the page says what they say."""
    return {prior: elman.train("coin", prior=prior, steps=100, tosses=16) for prior in PRIORS}


@pytest.fixture(scope="module")
def files(models: dict[str, elman.Model], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("coins")
    found = {prior: folder / f"{k}.html" for k, prior in enumerate(models)}
    for prior, file in found.items():
        models[prior].look(prior).save(file)
    return found


def answers(page: Page) -> list[float]:
    """Of the network and of the posterior."""
    return [float(text) for text in page.locator(".answers strong").all_inner_texts()[:2]]


@pytest.mark.parametrize("look", LOOKS)
def test_everybody_can_read_it(chromium: Browser, files: dict[str, Path], look: str) -> None:
    with browser.opened(chromium, files["uniform"], f"#tosses={'110' * 30}&t=50", **LOOKS[look]) as seen:
        assert browser.obstacles(seen) == []


@pytest.mark.parametrize("prior", PRIORS)
def test_answers_are_those_of_the_model(
    chromium: Browser, files: dict[str, Path], models: dict[str, elman.Model], prior: str
) -> None:
    strings = ["", "1", "0", "1101", "1" * 40, "10" * 20 + "0" * 60]
    with browser.opened(chromium, files[prior]) as seen:
        for string, found in zip(strings, models[prior].predict(strings), strict=True):
            seen.get_by_label("Tosses:").fill(string)
            assert answers(seen) == pytest.approx([found["probability"], found["exact"]], abs=6e-4)
            after = models[prior].predict([string + "1", string + "0"])
            cells = [float(text.split()[0]) for text in seen.locator("tbody td").all_inner_texts()]
            assert cells == pytest.approx([one[key] for one in after for key in ("probability", "exact")], abs=6e-4)


def test_tosses_by_mouse(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["uniform"]) as seen:
        press(seen, "take all back")
        assert said(seen).startswith("No toss yet.") and answers(seen)[1] == 0.5
        for side in ("heads", "heads", "tails"):
            seen.get_by_role("button", name=side, exact=True).click()
        assert said(seen).startswith("2 heads in 3 tosses.") and answers(seen)[1] == 0.6
        press(seen, "toss 1: heads")
        assert said(seen).startswith("1 heads in 1 toss.") and answers(seen)[1] == 0.667
        seen.wait_for_url("**#tosses=110&t=1")
        press(seen, "take back")
        assert said(seen).startswith("2 heads in 2 tosses.")
        press(seen, "90 heads in 100")
        assert said(seen).startswith("90 heads in 100 tosses.") and answers(seen)[1] == 0.892


def test_tosses_by_keyboard(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["uniform"], "#tosses=1") as seen:
        reached: list[str] = []
        for name in browser.by_tab(seen, 30):
            reached.append(name)
            if name in ("heads", "tails"):
                seen.keyboard.press("Enter")
            elif name == "tosses seen":
                assert said(seen).startswith("2 heads in 3 tosses.")
                seen.keyboard.press("Home")
                assert said(seen).startswith("No toss yet.")
                seen.keyboard.press("ArrowRight")
                assert said(seen).startswith("1 heads in 1 toss.")
        assert {"heads", "tails", "take back", "take all back", "toss 3: tails", "tosses seen", "play"} <= set(reached)
        assert browser.loses_focus(seen, "take back", "take all back") == []


def test_wrong_input_and_wrong_addresses_lose_nothing(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["uniform"], "#tosses=<b>&t=9999") as seen:
        assert said(seen).startswith("8 heads in 10 tosses.")
        seen.get_by_label("Tosses:").fill("11x")
        assert "1 or h, 0 or t; found “x”. The page still shows 10 tosses." in browser.wrong(seen)
        assert answers(seen)[1] == 0.75
        seen.get_by_label("Tosses:").fill("1" * 513)
        assert "expected at most 512" in browser.wrong(seen) and "found 513 tosses" in browser.wrong(seen)
        seen.get_by_label("Tosses:").fill("1" * 512)
        assert browser.wrong(seen) == "" and seen.get_by_role("button", name="heads", exact=True).is_disabled()
        seen.get_by_label("Tosses:").fill("hh t")
        assert said(seen).startswith("2 heads in 3 tosses.")
        seen.evaluate("location.hash = '#tosses=1111&t=2'")
        seen.get_by_text("2 heads in 2 tosses.").wait_for()


def test_a_direction_is_told_on_other_coins_than_it_was_found_with() -> None:
    """And where the chances never change, none is made up for them."""
    task = Coin(tosses=16)
    network = task.network()
    found = {one["name"]: one for one in task.seen(network)["directions"]}
    tosses = task._fresh(1, SHOWN)
    h = hidden(network, tosses)
    for name, quantity in zip(("odds", "seen"), quantities(task.prior.predictive(tosses)), strict=True):
        one = direction(h, quantity)
        assert found[name]["share"] == one.share < 1
        others = [quantity[:, SHOWN // 2 :].ravel(), one.along(h[:, SHOWN // 2 :]).ravel()]
        for x, y in found[name]["points"]:
            assert min(abs(others[0] - x) + abs(others[1] - y)) < 2e-4
    same = Coin(prior="two-coins:0.5,0.5", tosses=4)
    assert [one["name"] for one in same.seen(same.network())["directions"]] == ["seen"]
