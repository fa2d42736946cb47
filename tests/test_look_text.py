"""The page of a text model, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

import browser
import elman
from browser import LOOKS, NARROW, press, said
from elman.tasks.text import Text

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Symbols = NDArray[np.int64]
LINE = 'He said "<b>{} & {}</b>" (once).\n'
TEXT = "".join(LINE.format(n * n % 97, "ab" * (n % 5)) + "\n" * (n % 4 == 0) for n in range(400))
SHAPE: dict[str, Any] = {"hidden": 12, "layers": 2, "batch": 4, "steps": 40, "rate": 0.02}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> elman.Model:
    file = tmp_path_factory.mktemp("text") / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    return elman.train("text", [file], **SHAPE)


@pytest.fixture(scope="module")
def files(model: elman.Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """With its held-out text; and of bytes, whose text is not there any more."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "é.txt").write_text(TEXT + "é", encoding="utf-8")
    elman.train("text", [folder / "é.txt"], tokens="bytes", **SHAPE).save(folder / "bytes.safetensors")
    (folder / "é.txt").unlink()
    model.save(folder / "text.safetensors")
    model.look("text").save(folder / "text.html")
    elman.load(folder / "bytes.safetensors").look("bytes").save(folder / "bytes.html")
    return {name: folder / f"{name}.html" for name in ("text", "bytes")}


@pytest.fixture(scope="module")
def task(model: elman.Model) -> Text:
    assert isinstance(model.task, Text)
    return model.task


@pytest.fixture(scope="module")
def tokens(task: Text) -> Symbols:
    """What the page reads."""
    assert task.held_out is not None
    return np.asarray(task.held_out.tokens, np.int64)


def ready(page: Page) -> None:
    """All that comes later is there."""
    page.wait_for_selector("table.followed", timeout=browser.READY)
    page.wait_for_selector(".written:not([aria-busy]) span:last-child:not(:empty)")


@pytest.mark.parametrize(
    ("kind", "look", "by"),
    [("text", "wide", "surprise"), ("text", "dark", "c.1.3"), ("text", "narrow", "h.0.2"), ("bytes", "narrow", "")],
)
def test_everybody_can_read_it(chromium: Browser, files: dict[str, Path], kind: str, look: str, by: str) -> None:
    with browser.opened(chromium, files[kind], f"#t=40&by={by}", **LOOKS[look]) as seen:
        ready(seen)
        assert browser.obstacles(seen) == []
        assert seen.locator(".passage b").count() == 0  # the text's own "<b>" is text


def test_surprise_units_and_the_rest_are_those_of_the_network(
    chromium: Browser, files: dict[str, Path], model: elman.Model, task: Text, tokens: Symbols
) -> None:
    network = model.network
    losses, _ = network.losses(tokens[:-1, None], tokens[1:, None], loss="symbols")
    cells = network.trace(tokens[:-1, None])["c"]
    for t in (0, 35, 500):
        with browser.opened(chromium, files["text"], f"#t={t}&by=c.1.5&heat=0") as seen:
            ready(seen)
            shown = float(said(seen).split(" nats.")[0].split()[-1])
            assert shown == pytest.approx(losses[t, 0], abs=6e-3)
            assert float(said(seen).split(" is ")[-1].rstrip(".")) == pytest.approx(cells[1, t + 2, 0, 5], abs=6e-3)
            if t > 1:
                words, more = moved(network, tokens, t + 1)
                strongest = seen.get_by_text("Most of all").inner_text()
                assert words in strongest and float(strongest.split()[-2]) == pytest.approx(more, abs=6e-3)
            drawn = seen.locator(".written span").nth(1).text_content()
            assert str(drawn)[:40] == task.alphabet.decode(greedy(network, tokens[: t + 2]))[:40]


def moved(network: elman.Network, tokens: Symbols, at: int) -> tuple[str, float]:
    """What the page says of the one of 32 symbols without which the symbol at a place costs most more, or less."""

    def nats(read: Symbols) -> float:
        return float(network.losses(read[:-1, None], read[1:, None], loss="symbols")[0][-1, 0])

    back = range(1, min(32, at) + 1)
    more = [nats(np.delete(tokens[: at + 1], at - k)) - nats(tokens[: at + 1]) for k in back]
    k = int(np.argmax(np.abs(more)))
    return f"{k + 1} before: it {'helped' if more[k] >= 0 else 'hindered'} by", abs(more[k])


def greedy(network: elman.Network, read: Symbols) -> list[int]:
    stream = network.stream()
    for symbol in read:
        y = stream.step([symbol])
    found: list[int] = []
    for _ in range(60):
        found.append(int(np.argmax(y)))
        y = stream.step(found[-1:])
    return found


def test_units_are_found_on_one_half_and_told_on_the_other(
    chromium: Browser, files: dict[str, Path], model: elman.Model, task: Text, tokens: Symbols
) -> None:
    trace = model.network.trace(tokens[:, None])
    numbers = np.concatenate([trace[name][layer, 1:, 0] for name in ("h", "c") for layer in (0, 1)], axis=1)
    text = [task.alphabet.decode([symbol]) for symbol in tokens]
    column = np.zeros(len(text))
    for t in range(1, len(text)):
        column[t] = 0 if text[t] in ("", "\n") else column[t - 1] + 1
    features = {"how far into the line": column, "a digit": np.array([one.isdigit() for one in text], float)}
    half = (len(text) + 1) // 2
    with browser.opened(chromium, files["text"]) as seen:
        ready(seen)
        for name, feature in features.items():
            r = [np.corrcoef(feature[part], numbers[part].T)[0, 1:] for part in (slice(half), slice(half, None))]
            best = int(np.argmax(np.abs(r[0])))
            row = seen.get_by_role("row", name=name)
            cells = row.locator("td").all_inner_texts()
            assert cells[0] == f"{'hc'[best // 24]} {best % 12} of layer {best // 12 % 2}"
            assert [float(cell) for cell in cells[1:]] == pytest.approx([r[0][best], r[1][best]], abs=6e-3)
        assert "of 48 follow none of these" in seen.inner_text("main")
        seen.get_by_role("row", name="a digit").get_by_role("button").click()
        assert "After it, " in said(seen)
        seen.wait_for_url("**by=**")


def test_a_text_of_ones_own(chromium: Browser, files: dict[str, Path], model: elman.Model, task: Text) -> None:
    with browser.opened(chromium, files["text"]) as seen:
        seen.get_by_label("Up to").fill("He ~said")
        assert "no symbol for ~" in seen.inner_text("main") and said(seen).startswith("“d” came after “He sai”")
        typed = task.alphabet.encode("He said")
        read = np.concatenate([[0], typed])
        losses, _ = model.network.losses(read[:-1, None], read[1:, None], loss="symbols")
        found = seen.get_by_text("7 characters from place 1 of your text").inner_text()
        assert float(found.split("; ")[1].split()[0]) == pytest.approx(losses.mean(), abs=6e-4)
        seen.wait_for_url("**text=He+%7Esaid**")
        address = seen.evaluate("location.hash")
        seen.get_by_label("Up to").fill("")
        assert "held out" in seen.inner_text("main")
    with browser.opened(chromium, files["text"], address) as seen:
        assert seen.get_by_label("Up to").input_value() == "He ~said"
        seen.evaluate("location.hash = '#text=said&t=2&seed=4'")
        seen.get_by_text("came after “sa”").wait_for()
        assert said(seen).startswith("“i”")


def test_bytes_and_no_text_are_said_plainly(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["bytes"], **NARROW) as seen:
        ready(seen)
        assert "that the network wrote itself" in seen.inner_text("main") and "reads bytes" in seen.inner_text("main")
        seen.get_by_label("Up to").fill("né")
        assert seen.locator(".passage").inner_text() == "n\\xc3\\xa9"


def test_all_of_it_by_keyboard_and_wrong_addresses(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["text"], "#t=9e9&by=x.<b>.9&at=-4&heat=zz&seed=1e3") as seen:
        ready(seen)
        reached: list[str] = []
        for name in browser.by_tab(seen, 60):
            reached.append(name)
            before = said(seen)
            if name == "character":
                seen.keyboard.press("ArrowRight")
                assert said(seen) != before
            elif name == "a unit":
                seen.keyboard.press("Enter")
            elif name == "temperature":
                written = seen.inner_text(".written")
                seen.keyboard.press("Home")
                assert seen.inner_text(".written") != written and seen.inner_text("output") == "0"
        wanted = {
            "surprise",
            "a unit",
            "state",
            "layer",
            "unit",
            "character",
            "next passage ▶",
            "other dice",
            "textarea",
        }
        assert wanted <= set(reached)
        press(seen, "next passage ▶")
        assert "from place 601" in seen.inner_text("main")
        seen.locator('.passage span[data-t="7"]').click()
        seen.wait_for_url("**t=7&at=601**")


@pytest.mark.parametrize("form", ["3x8-20", "2x6"])
@pytest.mark.parametrize("kind", ["text", "bytes"])
def test_forms_are_those_of_sample(chromium: Browser, files: dict[str, Path], kind: str, form: str) -> None:
    """Greedily, as then no dice are thrown: after the same text, in the same form, the same lines."""
    model = elman.load(files[kind].with_suffix(".safetensors"))
    assert isinstance(model, elman.TextModel)
    with browser.opened(chromium, files[kind], f"#text=He+said+7%0A&t=9&heat=0&form={form}") as seen:
        ready(seen)
        [prompt, written] = seen.locator(".written span").all_text_contents()
        assert prompt == "He said 7\n"
        assert written == model.sample(prompt, form=elman.Form(form), temperature=0)


def test_a_form_begins_with_a_line_of_its_own_and_holds_at_any_heat(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["text"], "#t=40&heat=1.5") as seen:
        ready(seen)
        for name, count, least, most in (("four lines", 4, 20, 45), ("a couplet", 2, 20, 45)):
            press(seen, name)
            seen.wait_for_selector(".written:not([aria-busy])")
            [prompt, written] = seen.locator(".written span").all_text_contents()
            assert prompt.endswith("\n")
            lines = written.split("\n")
            assert len(lines) == count and all(least <= len(line) <= most and line == line.strip() for line in lines)
        seen.wait_for_url("**form=2x20-45**")
        for wrong in ("4", "2x9-5", "99x99", "<b>", "0x3", "٣x٤"):
            seen.get_by_label("form: lines").fill(wrong)
            assert "expected" in browser.wrong(seen)
            assert seen.get_by_label("form: lines").get_attribute("aria-invalid") == "true"
            assert seen.locator(".written span").nth(1).text_content() == written
        press(seen, "as it comes")
        assert browser.wrong(seen) == ""
        seen.wait_for_url(lambda url: "form=" not in url)


def test_what_is_not_read_yet_is_said(chromium: Browser, model: elman.Model, tmp_path: Path) -> None:
    """Time that stands still for the page: a slice ends after one piece."""
    model.look("slow").save(tmp_path / "slow.html")
    stopped = (
        "const later = window.setTimeout;"
        "window.setTimeout = (work, time) => document.querySelector('.passage') ? 0 : later(work, time);"
    )
    slow = "let now = 0; performance.now = () => now += 1000;"
    with browser.opened(chromium, tmp_path / "slow.html", "#t=500", scripts=[slow]) as seen:
        ready(seen)
        assert "“" in said(seen) and "nats per character" in seen.inner_text("main")
    with browser.opened(chromium, tmp_path / "slow.html", "#t=500", scripts=[slow, stopped]) as seen:
        assert "still to come" in said(seen) and "it is being read" in seen.inner_text("main")
        assert seen.locator(".passage span").count() == 600


@pytest.mark.parametrize("kind", ["text", "bytes"])
def test_any_text_is_read(chromium: Browser, files: dict[str, Path], kind: str) -> None:
    with browser.opened(chromium, files[kind], **NARROW) as seen:
        for bad in browser.BAD:
            seen.get_by_label("Up to").fill(bad)
            assert browser.fits(seen) and seen.locator("img").count() == 0
            assert said(seen).startswith("“") and "NaN nats" not in seen.inner_text("main")
        assert seen.get_by_label("layer", exact=True).is_hidden()
        press(seen, "a unit")
        for name in ("layer", "unit"):
            field = seen.get_by_label(name, exact=True)
            field.fill("99")
            assert f"{name}: expected a whole number from 0 to" in browser.wrong(seen)
            field.fill("1")
            assert browser.wrong(seen) == "" and " 1" in said(seen).split("After it, ")[1]
