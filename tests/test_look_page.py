"""Pages in a browser: every control by mouse and by keyboard, what they say, and who can read them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import browser
import elman
from browser import LOOKS, NARROW, press, said
from elman.cli import run
from elman.look import Page as Look
from elman.look import page
from test_look import HOSTILE, Elements

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


PAPER = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def adder() -> elman.Model:
    return elman.train("add")


@pytest.fixture(scope="module")
def double() -> elman.Model:
    return elman.train("transducer", function="2a + b", steps=4000)


def untrained(function: str, base: int, **settings: Any) -> Look:
    task = elman.TASKS["transducer"](function=function, base=base, **settings)
    return page(task.network(), task=task, name=function)


@pytest.fixture(scope="module")
def files(adder: elman.Model, double: elman.Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    remainder = elman.train("transducer", function="a mod 5", steps=300)
    remainder.save(folder / "remainder.safetensors")
    pages = {
        "add": adder.look("adder.safetensors"),
        "lstm": elman.train("subtract", cell="lstm", steps=200).look("lstm"),
        "minus": elman.train("subtract").look("minus"),
        "remainder": remainder.look("remainder"),
        "double": double.look("double"),
        "base 16": untrained("a + b", 16),
        "begin double": untrained("2a + b", 2, steps=1500, rise=300, halve=400),
        "states": untrained("a mod 37", 2),
        "own": page(elman.Network(3, 2, cell="gru", hidden=5, layers=2, bidirectional=True), name="own"),
        "symbols": page(elman.Network(4, 3, hidden=5, symbols=True, readout="attention"), name=HOSTILE),
    }
    for name, one in pages.items():
        one.save(folder / f"{name}.html")
    assert run(["look", "--out", str(folder / "begin.html"), "--no-open"]) == 0
    return {name: folder / f"{name}.html" for name in (*pages, "begin")}


def answer(page: Page) -> str:
    return page.locator("output").inner_text()


# --- who can read it ---


@pytest.mark.parametrize(
    ("kind", "look"),
    [(kind, look) for kind in ("add", "begin", "own") for look in LOOKS]
    + [(kind, "narrow") for kind in ("lstm", "remainder", "symbols")],
)
def test_everybody_can_read_it(chromium: Browser, files: dict[str, Path], kind: str, look: str) -> None:
    with browser.opened(chromium, files[kind], **LOOKS[look]) as seen:
        assert browser.obstacles(seen) == []


def test_hostile_names_are_text(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["symbols"]) as seen:
        assert seen.locator("h1").inner_text() == HOSTILE
        assert seen.title().startswith(HOSTILE)
        assert seen.locator("img").count() == 0


# --- arithmetic ---


def test_answers_are_those_of_the_model(chromium: Browser, files: dict[str, Path], adder: elman.Model) -> None:
    pairs = [(0, 0), (87, 45), (2**40 - 1, 1), (123456789012345678901234567890, 1)]
    with browser.opened(chromium, files["add"]) as seen:
        for a, b in pairs:
            seen.get_by_label("number A").fill(str(a))
            seen.get_by_label("number B").fill(str(b))
            assert answer(seen) == f"= {adder.predict([(a, b)])[0]}"


def test_answers_of_other_functions_are_those_of_the_model(chromium: Browser, files: dict[str, Path]) -> None:
    """Of a network that is often wrong: the page says what it says, not what is right."""
    model = elman.load(files["remainder"].with_suffix(".safetensors"))
    numbers = [0, 1, 7, 13, 1000, 123456]
    found = model.predict([(n,) for n in numbers])
    with browser.opened(chromium, files["remainder"]) as seen:
        for n, expected in zip(numbers, found, strict=True):
            seen.get_by_label("number A").fill(str(n))
            wrong = "" if expected == n % 5 else f" not {n % 5}"
            assert answer(seen) == f"= {expected}{wrong}"


def test_units_are_those_of_the_trace(chromium: Browser, files: dict[str, Path], adder: elman.Model) -> None:
    bits = np.array([[a >> t & 1, b >> t & 1] for a, b in [(87, 45)] for t in range(9)], np.float32)
    h = adder.network.trace(bits[:, None])["h"][0, 1:, 0]
    with browser.opened(chromium, files["add"], "#of=87,45&t=8") as seen:
        for unit in (0, 7, 15):
            for t in (0, 5, 8):
                shown = seen.locator(f'td[data-t="{t}"][data-unit="{unit}"]').get_attribute("title")
                assert float(str(shown)) == pytest.approx(h[t, unit], abs=6e-4)


def test_units_that_tell_nothing_are_folded(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["remainder"], "#unit=40") as seen:
        units = seen.locator("tr.units")
        assert seen.get_by_role("button", name="unit 40", exact=True).get_attribute("aria-pressed") == "true"
        few = units.count()
        button = seen.get_by_role("button", name=re.compile("that tell nothing alone"))
        button.focus()
        seen.keyboard.press("Enter")
        assert few < units.count() == 48
        seen.wait_for_url("**units=all**")
        assert browser.focused(seen).startswith("fewer of the ")
        seen.keyboard.press("Enter")
        assert units.count() == few


def test_units_are_said_to_tell_apart_what_is_proved_apart(
    chromium: Browser, files: dict[str, Path], double: elman.Model
) -> None:
    """Of a machine of three states: bands that a tenth of the range lies between."""
    data = json.loads(Elements(double.look().html).scripts["data"])["proof"]
    assert data["verdict"] == "proven"
    low, high = np.array(data["low"]), np.array(data["high"])
    kinds = set()
    with browser.opened(chromium, files["double"], "#units=all") as seen:
        for unit in range(double.network.architecture.hidden):
            order = np.argsort(low[:, unit])
            parts = [[order[0]]]
            for q in order[1:]:
                if low[q, unit] - high[np.concatenate(parts), unit].max() > 0.1:
                    parts.append([])
                parts[-1].append(q)
            seen.get_by_role("button", name=f"unit {unit}", exact=True).click()
            told = seen.locator(".card", has=seen.get_by_role("heading", name=f"Unit {unit}: ")).inner_text()
            names = "; ".join("state " + " or ".join(map(str, sorted(part))) for part in parts)
            expected = [
                "this unit alone does not split the states into groups.",
                f"tells these apart: {names}.",
                "in which state the machine is.",
            ]
            assert expected[len(parts) - 1] in told
            kinds.add(len(parts))
    assert {1, 2} <= kinds


def test_every_transition_can_be_read(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["double"]) as seen:
        assert seen.locator(".machine .label").count() == 12
        seen.get_by_text("All 12 transitions, of 3 states").click()
        listed = seen.get_by_role("region", name="transitions").locator("td:last-child")
        listed.first.wait_for()  # a browser tells a page later that something was opened
        read = listed.all_inner_texts()
        assert sum(len(labels.split(", ")) for labels in read) == 12
    with browser.opened(chromium, files["base 16"]) as seen:
        assert "+ 117 more" in seen.locator(".machine").inner_html()
        seen.get_by_text("All 512 transitions, of 2 states").click()
        seen.get_by_role("region", name="transitions").get_by_text("0F\u00a0→\u00a0F").first.wait_for()


def test_all_states_have_a_band_or_it_is_said_how_many(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["states"]) as seen:
        assert seen.locator("rect.band").count() == 32
        assert "32 of 37 bands are drawn" in seen.inner_text("main")
        seen.get_by_text("All 74 transitions, of 37 states").click()
        seen.get_by_label("from state").select_option("36")
        assert seen.get_by_role("region", name="transitions").locator("tbody tr").count() == 2


def test_bases_and_signs_are_said(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["base 16"], "#of=255,10&t=0") as seen:
        assert "in base 10, as elman predict takes them; the columns show them in base 16" in seen.inner_text("main")
        assert said(seen).startswith("Column 1 from the right. It reads F, A ")
        for name in ("small numbers", "one state, kept for many columns", "longer numbers"):
            press(seen, name)
    with browser.opened(chromium, files["minus"], "#of=3,4") as seen:
        assert answer(seen) == "= -1"
        assert "spell 511. The leftmost one is 1, which says: below 0. So 29 is taken off" in seen.inner_text("main")


def test_time_by_mouse(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["add"]) as seen:
        press(seen, "255 + 1: one long carry")
        assert answer(seen) == "= 256" and "Column 9" in said(seen)
        press(seen, "back ▶")
        assert "Column 8" in said(seen)
        press(seen, "◀ next")
        assert "Column 9" in said(seen)
        press(seen, "play")
        seen.get_by_text("Column 2 from the right").wait_for()
        press(seen, "pause")
        seen.locator('td[data-t="5"][data-unit="4"]').click()
        assert "Column 6" in said(seen) and seen.get_by_role("heading", name="Unit 4: where it can be").count() == 1
        press(seen, "unit 7")
        assert seen.get_by_role("heading", name="Unit 7: where it can be").count() == 1
        before = seen.evaluate(PAPER)
        press(seen, "light / dark")
        after = seen.evaluate(PAPER)
        assert after != before
        seen.wait_for_url("**theme=dark**")
        seen.reload()
        assert seen.evaluate(PAPER) == after
        assert seen.get_by_label("column", exact=True).get_attribute("aria-valuetext") == "6 of 9"


def test_all_of_it_by_keyboard(chromium: Browser, files: dict[str, Path]) -> None:
    """Every control is reached by Tab alone, in the order of the page, and does what the mouse does."""
    with browser.opened(chromium, files["add"]) as seen:
        reached: list[str] = []
        for _ in range(100):
            seen.keyboard.press("Tab")
            name = browser.focused(seen)
            if reached and name == reached[0]:
                break
            reached.append(name)
            if name == "number A":
                seen.keyboard.press("Control+a")
                seen.keyboard.type("3")
            elif name == "number B":
                seen.keyboard.press("Control+a")
                seen.keyboard.type("1")
                assert answer(seen) == "= 4"
            elif name == "unit 7":
                seen.keyboard.press("Enter")
                assert seen.get_by_role("heading", name="Unit 7: where it can be").count() == 1
            elif name == "column":
                seen.keyboard.press("Home")
                assert "Column 1 " in said(seen)
                seen.keyboard.press("ArrowLeft")
                seen.keyboard.press("ArrowLeft")
                assert "Column 3 " in said(seen)
            elif name == "checkbox":
                seen.keyboard.press("Space")
                assert "unit 7 held at 0" in seen.locator(".broken").inner_text()
            elif name.startswith("cut the wire"):
                seen.keyboard.press("Enter")
                assert answer(seen) != "= 4"
            elif name == "mend all":
                seen.keyboard.press("Enter")
                assert answer(seen) == "= 4"
        controls = seen.locator("button:not(:disabled):visible, input:not(:disabled)").evaluate_all(
            "all => all.map(one => one.ariaLabel || one.textContent.trim() || one.type)"
        )
        assert set(controls) <= {*reached, "mend the wire into column 3"}


def test_who_works_by_keyboard_does_not_lose_the_place(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["add"], "#unit=2&hold=2:0.5,3:0.5&cut=4") as seen:
        there, back = "look inside the tutorial's network", "back to adder.safetensors"
        assert browser.loses_focus(seen, "let go of unit 3, held at 0.5", "mend all", there, back) == []


def test_a_held_unit_stays_until_it_is_let_go(chromium: Browser, files: dict[str, Path]) -> None:
    """Whatever unit is chosen; and what is proved is said of the untouched network."""
    with browser.opened(chromium, files["add"], "#of=255,1&t=3&unit=2") as seen:
        assert "(proved)" in seen.inner_text("table.sum-board")
        slider = seen.get_by_label("value at which it is held")
        slider.fill("0.25")
        press(seen, "unit 13")
        assert not seen.get_by_role("checkbox").is_checked()
        seen.get_by_role("checkbox").check()
        broken = seen.locator(".broken").inner_text()
        assert "unit 2 held at 0.25 and unit 13 held at 0.25" in broken
        assert slider.get_attribute("aria-valuetext") == "unit 13 at 0.25"
        assert "(proved of the untouched network)" in seen.inner_text("table.sum-board")
        assert "untouched: proved" in seen.inner_text("header") and "as is proved" not in said(seen)
        assert seen.get_by_role("heading", name="The machine that the untouched network is").count() == 1
        assert "With what is held or cut, it may." in seen.inner_text("main")
        seen.wait_for_url("**hold=2%3A0.25%2C13%3A0.25**")
        address = seen.evaluate("location.hash")
        assert browser.violations(seen) == []
    with browser.opened(chromium, files["add"], address) as seen:
        assert seen.locator(".broken").inner_text() == broken
        press(seen, "let go of unit 2, held at 0.25")
        assert "With unit 13 held at 0.25" in seen.locator(".broken").inner_text()
        seen.get_by_role("checkbox").uncheck()
        assert "untouched" not in seen.inner_text("body") and "as is proved" in said(seen)


def test_what_is_broken_shows_what_it_was_needed_for(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["add"], "#of=255,1&t=3") as seen:
        press(seen, "cut the wire into column 4")
        assert answer(seen) == "= 248 not 256"  # the carry is lost: columns 4 to 8 write 1, and column 9 writes 0
        seen.wait_for_url("**cut=3**")
        address = seen.evaluate("location.hash")
        press(seen, "mend all")
        assert answer(seen) == "= 256"
    with browser.opened(chromium, files["add"], address) as seen:  # a link shows what was broken
        assert answer(seen) == "= 248 not 256" and "Column 4" in said(seen)
        seen.evaluate("location.hash = '#of=1,2&t=0'")
        assert answer(seen) == "= 3" and "Column 1" in said(seen)


def test_wrong_addresses_lose_nothing(chromium: Browser, files: dict[str, Path]) -> None:
    wrong = "#of=x,-1&t=9e9&unit=77&cut=<b>&hold=zz,99:1,3:7&in=third&seed=5&first=2&second=99&done=-1&theme=red"
    with browser.opened(chromium, files["add"], wrong) as seen:
        assert answer(seen) == "= 132"
        assert "Nothing is broken" in seen.locator(".broken").inner_text()
        assert seen.locator("h1").inner_text() == "adder.safetensors"
        assert seen.get_by_label("seed").input_value() == "5"
        assert seen.get_by_label("the first network").input_value() == "2"
        assert seen.get_by_label("the second network").input_value() == "1"


def test_a_wrong_number_is_marked_and_has_no_answer(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["add"]) as seen:
        field = seen.get_by_label("number A")
        for wrong, found in (
            ("12a", "“12a”"),
            ("-5", "“-5”"),
            ("", "nothing"),
            ("1" * 61, "61 digits"),
            ("1+2+3", "“1+2+3”"),
        ):
            field.fill(wrong)
            assert field.get_attribute("aria-invalid") == "true"
            told = seen.locator(f"#{field.get_attribute('aria-describedby')}").inner_text()
            assert f"found {found}. The columns below still show 87 + 45." in told
            assert answer(seen) == "= ?"
        press(seen, "next")
        assert answer(seen) == "= ?"
        field.fill("12")
        assert answer(seen) == "= 57" and field.get_attribute("aria-invalid") == "false"


def test_one_field_takes_all_numbers(chromium: Browser, files: dict[str, Path]) -> None:
    """Those of the command line, too."""
    with browser.opened(chromium, files["add"]) as seen:
        first, second = seen.get_by_label("number A"), seen.get_by_label("number B")
        for text in ("3+4", "3, 4", "3 4"):
            first.fill("0")
            first.fill(text)
            assert answer(seen) == "= 7" and second.input_value() == "4"
        first.press("Enter")
        assert first.input_value() == "3" and answer(seen) == "= 7"


def test_a_wrong_seed_changes_nothing(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["begin"]) as seen:
        press(seen, "one update")
        losses = seen.locator(".facts").all_inner_texts()
        field = seen.get_by_label("seed")
        for wrong in ("", "-1", "1.5", "1000000"):
            field.fill(wrong)
            field.press("Enter")
            assert field.get_attribute("aria-invalid") == "true"
            told = seen.locator(f"#{field.get_attribute('aria-describedby')}").inner_text()
            assert f"found {wrong or 'nothing'}. It is still 0." in told
            assert seen.locator(".facts").all_inner_texts() == losses
        seen.get_by_label("the second network").select_option("gru")  # with the seed that counts
        press(seen, "one update")
        assert seen.locator(".facts").first.inner_text() == losses[0]
        field.fill("7")
        field.press("Enter")
        assert field.get_attribute("aria-invalid") == "false"
        assert seen.locator(".facts").first.inner_text().startswith("0 updates")


def test_the_column_of_now_is_in_sight(chromium: Browser, files: dict[str, Path]) -> None:
    """Of a sum of many columns, of which a narrow page shows a few."""
    with browser.opened(chromium, files["add"], f"#of={10**59},1&t=0&hold=2:0.5", **NARROW) as seen:
        for key in ("Home", "End"):
            seen.get_by_label("column", exact=True).press(key)
            now = seen.locator("tr.answer td.now").bounding_box()
            board = seen.locator(".scroll:has(.sum-board)").bounding_box()
            assert now and board
            assert browser.fits(seen)
            assert board["x"] <= now["x"] and now["x"] + now["width"] <= board["x"] + board["width"]


def test_a_page_runs_in_a_notebook(chromium: Browser, adder: elman.Model, tmp_path: Path) -> None:
    """In a frame that has no address and no rights."""
    (tmp_path / "notebook.html").write_text(adder.look()._repr_html_(), encoding="utf-8")
    inside = chromium.new_context(offline=True)
    page = inside.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((tmp_path / "notebook.html").as_uri())
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="255 + 1").click(timeout=browser.READY)
    assert frame.locator("output").inner_text() == "= 256"
    assert complaints == []
    inside.close()


# --- training ---


def losses_in_python(task: Any, updates: int) -> list[float]:
    trainer = task.trainer(task.network())
    plans = task.changed(steps=updates).plans(0)
    return [float(loss) for event in trainer.run(plans) for loss in event.losses]


@pytest.mark.parametrize("seed", [0, 7])
def test_a_visitor_trains_what_python_trains(chromium: Browser, files: dict[str, Path], seed: int) -> None:
    """The same weights, pairs and noise: so the losses of the first updates are the same."""
    kind = elman.TASKS["add"]
    expected = [
        losses_in_python(kind(seed=seed, cell="lstm"), 3),
        losses_in_python(kind(seed=seed, recipe="tutorial"), 3),
    ]
    with browser.opened(chromium, files["begin"]) as seen:
        seen.get_by_label("seed").fill(str(seed))
        seen.get_by_label("the first network").select_option("lstm")
        seen.get_by_label("the second network").select_option("the tutorial's rnn")
        for update in range(3):
            press(seen, "one update")
            for side, losses in enumerate(expected):
                facts = seen.locator(".facts").nth(side).inner_text()
                assert float(facts.split("loss ")[1].split(",")[0]) == pytest.approx(losses[update], abs=6e-5)
        seen.wait_for_url(f"**seed={seed}&first=1&second=3**")  # a link trains the same networks
        press(seen, "start again")
        assert seen.locator(".facts").first.inner_text().startswith("0 updates")


def test_a_network_learns_on_the_page_and_the_board_follows(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["begin"]) as seen:
        assert "In the board: rnn after 0 updates" in seen.inner_text("main")
        assert answer(seen) != "= 132"
        press(seen, "as fast as it goes")
        seen.get_by_role("button", name="train", exact=True).click()
        seen.get_by_text("rnn: 2,000 updates; lstm: 2,000 updates.").wait_for(timeout=browser.LEARNED)
        for facts in seen.locator(".facts").all_inner_texts():
            assert facts.startswith("2,000 updates") and facts.endswith("65,536 of 65,536 pairs of 8 digits exact")
        assert answer(seen) == "= 132"
        seen.get_by_role("button", name="look inside", exact=True).nth(1).click()
        assert "In the board: lstm after 2,000 updates" in seen.inner_text("main") and answer(seen) == "= 132"
        assert seen.get_by_role("heading", name="The gates of unit").count() == 1
        assert browser.violations(seen) == []


def test_a_transducer_learns_on_the_page(chromium: Browser, files: dict[str, Path]) -> None:
    """To every answer right, by its own count; and the page says what is as in Python."""
    with browser.opened(chromium, files["begin double"], "#first=0&second=0&unit=3") as seen:
        assert "Initial weights and noise follow from the seed, and are those of Python." in seen.inner_text("main")
        assert "with the same seed, elman train transducer ends with other weights" in seen.inner_text("main")
        press(seen, "as fast as it goes")
        seen.get_by_role("button", name="train", exact=True).click()
        seen.get_by_text("rnn like this model: 1,500 updates").wait_for(timeout=browser.LEARNED)
        first, second = seen.locator(".facts").all_inner_texts()
        assert first == second and first.endswith("65,536 of 65,536 pairs of 8 digits exact")
        for a, b in (5, 3), (2**40 - 1, 1):
            seen.get_by_label("number A").fill(str(a))
            seen.get_by_label("number B").fill(str(b))
            assert answer(seen) == f"= {2 * a + b}"


@pytest.mark.parametrize(("kind", "seed"), [("begin", 3), ("begin double", 3), ("base 16", 0)])
def test_gradients_of_untrained_networks_are_those_of_python(
    chromium: Browser, files: dict[str, Path], kind: str, seed: int
) -> None:
    """Of the output for the last right answer, by what is kept before each column: so initial weights are, too."""
    function, base = {"begin": ("a + b", 2), "begin double": ("2a + b", 2), "base 16": ("a + b", 16)}[kind]
    task: Any = elman.TASKS["add"](seed=seed)
    if kind != "begin":
        task = elman.TASKS["transducer"](function=function, base=base, seed=seed, noise=0.0)
    with browser.opened(chromium, files[kind], f"#seed={seed}") as seen:
        label = str(seen.locator(".pair svg[aria-label^=gradient]").first.get_attribute("aria-label"))
    shown = [float(one) for one in label.rpartition(":")[2].split(",")][::-1]
    network, d = task.network(), task.definition
    q0, again, last = next(
        (x, y, z)
        for x, q in enumerate(d.machine.next[0])
        for y in range(d.machine.symbols)
        for z in range(d.machine.symbols)
        if q
        and d.machine.next[q][y] == q
        and d.machine.next[0][y] == 0
        and d.machine.output[q][z] != d.machine.output[0][z]
    )
    word = np.array([q0, *[again] * (len(shown) - 2), last])[:, None]
    x, right = task.question().inputs[word], d.machine.run(word)[-1, 0]
    states = network.trace(x)["h"]
    dy = np.zeros((len(word), 1, network.architecture.outputs), np.float32)
    dy[-1, 0, right if dy.shape[-1] > 1 else 0] = 1
    for t, found in enumerate(shown):
        back = network.vjp(x[t:], dy[t:], state=elman.State(h=states[:, t]))
        assert found == pytest.approx(np.linalg.norm(back.state["h"]), rel=0.06)


def test_the_header_names_the_network_that_is_shown(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["add"]) as seen:
        header, board = seen.locator("header"), seen.locator("table.sum-board")
        press(seen, "look inside the tutorial's network")
        assert header.locator("h1").inner_text() == "the tutorial's network"
        assert "exact" not in header.inner_text() and "(proved)" not in board.inner_text()
        seen.wait_for_url("**in=beside**")
        press(seen, "back to adder.safetensors")
        assert "proved for every length" in header.inner_text() and "(proved)" in board.inner_text()
        seen.get_by_role("button", name="look inside", exact=True).last.click()
        assert answer(seen) != "= 132" and "(proved)" not in board.inner_text()
        assert header.locator("h1").inner_text() == "lstm after 0 updates"
        press(seen, "one update")
        assert header.locator("h1").inner_text() == "lstm after 1 update"
        assert "LSTM" in header.inner_text() and "of 1,024 pairs of 8 digits exact" in header.inner_text()


def test_the_address_shows_the_same_network_again(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["add"], "#seed=3&in=second&done=60&of=255,1&cut=3&theme=dark") as seen:
        seen.get_by_text("rnn: 60 updates; lstm: 60 updates.").wait_for(timeout=browser.LEARNED)
        assert seen.locator("h1").inner_text() == "lstm after 60 updates"
        facts, broken = seen.locator(".facts").all_inner_texts(), seen.locator(".broken").inner_text()
        assert "no carry coming into column 4" in broken
        seen.wait_for_url("**in=second**done=60**")
        address = seen.evaluate("location.hash")
        press(seen, "start again")
        press(seen, "back to adder.safetensors")
        press(seen, "mend all")
        seen.wait_for_url(lambda url: "done=60" not in url)  # a link to the address that a page has changes nothing
        seen.evaluate(f"location.hash = {address!r}")  # as who follows a link inside the page
        seen.get_by_text("rnn: 60 updates; lstm: 60 updates.").wait_for(timeout=browser.LEARNED)
        assert seen.locator("h1").inner_text() == "lstm after 60 updates"
        assert seen.locator(".facts").all_inner_texts() == facts
        assert seen.locator(".broken").inner_text() == broken


# --- any network ---


def test_gates_and_states_of_any_network(chromium: Browser, files: dict[str, Path]) -> None:
    network = elman.Network(3, 2, cell="gru", hidden=5, layers=2, bidirectional=True)
    inputs = np.random.default_rng(3).normal(size=(7, 1, 3)).round(2).astype(np.float32)
    trace = network.trace(inputs)
    with browser.opened(chromium, files["own"]) as seen:
        seen.get_by_label("A line for each step").fill("\n".join(" ".join(map(str, row)) for row in inputs[:, 0]))
        for layer in range(4):
            seen.get_by_label("layer").select_option(str(layer))
            for name, words, shift in (("update", "update gate", 0), ("h", "hidden state", 1 - layer % 2)):
                press(seen, words)
                seen.locator('rect[data-unit="3"][data-step="4"]').click()
                shown = float(said(seen).rpartition(words)[2].strip(" ."))
                assert shown == pytest.approx(trace[name][layer, 4 + shift, 0, 3], abs=6e-4)
        seen.get_by_label("A line for each step").fill("1 2\n")
        assert "line 1: expected 3 numbers; found 1 2" in browser.wrong(seen)
        assert "Unit 3 of layer 1, backwards: hidden state" in said(seen)


def test_an_address_shows_the_same_view_of_any_network(chromium: Browser, files: dict[str, Path]) -> None:
    def view(seen: Page) -> list[Any]:
        pressed = seen.locator("[aria-pressed=true]").all_inner_texts()
        return [said(seen), seen.locator("textarea").input_value(), pressed, seen.locator("main").inner_text()]

    with browser.opened(chromium, files["own"]) as seen:
        seen.get_by_label("A line for each step").fill("1 2 3\n-1, 0.5; 4\n0 0 0")
        seen.get_by_label("layer").select_option("0, backwards")
        seen.get_by_label("unit", exact=True).fill("4")
        press(seen, "candidate")
        seen.get_by_label("time step").press("End")
        seen.wait_for_url("**t=2**")
        address, expected = seen.evaluate("location.hash"), view(seen)
        press(seen, "always")
        seen.wait_for_url("**begin=always**")
        assert "of=" not in seen.evaluate("location.hash")
        always = seen.evaluate("location.hash"), view(seen)
    with browser.opened(chromium, files["own"], address) as seen:
        assert view(seen) == expected and "The candidate: the new value" in seen.inner_text("main")
        seen.evaluate("hash => { location.hash = hash; }", always[0])
        seen.get_by_text("Step 1 of 12").wait_for()
        assert view(seen) == always[1]
        seen.get_by_label("A line for each step").fill(f"{'0' * 900} 0 0\n" * 3)
        assert "too long for the address" in seen.inner_text("main")


@pytest.mark.parametrize("kind", ["own", "symbols"])
def test_bad_input_is_named_and_loses_nothing(chromium: Browser, files: dict[str, Path], kind: str) -> None:
    with browser.opened(chromium, files[kind], **NARROW) as seen:
        before = said(seen)
        numbers = ("", "99", "-1", "1.5", "1e9")  # all that browsers let people type into a field for numbers
        for name, some in (("A line for each step", browser.BAD), ("unit", numbers)):
            field = seen.get_by_label(name, exact=name == "unit")
            good = field.input_value()
            for bad in some:
                field.fill(bad)
                assert "expected" in browser.wrong(seen), bad
                assert said(seen) == before and field.get_attribute("aria-invalid") == "true"
            assert browser.fits(seen)
            field.fill(good)
            assert browser.wrong(seen) == ""
