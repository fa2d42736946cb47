"""The pages of models of labels (`classify`, `tag`, `speech`), in a browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import browser
import elman
from browser import LOOKS, press, said
from elman.bench.race import Peer
from elman.cli import run
from elman.errors import ConfigError
from elman.tasks.labelled import shown
from elman.tasks.labelled.answering import answered
from optional import needs
from tables import written
from test_classify import waves
from test_look import HOSTILE
from test_tag import sentences
from words import spoken, takes, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SPEECH = Peer("the extra speech", ("kaldi_native_fbank", "soundfile", "soxr"))
FEW: dict[str, Any] = {"epochs": 8, "hidden": 8, "validate": 0.1}
STEPS = [[5.0, 0], [6.5, 0], [np.nan, 1], [8.2, 2]]  # height, and kind a, b or unknown
LINES = "5, a\n6.5, a\n, b\n8.2, zebra"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("labelled")
    rows = written(folder, waves(names=("rising", HOSTILE.replace(",", ";").replace('"', "'"), "flat")), "waves.csv")
    table = {"label": "shape", "features": ["height", "kind"], **FEW}
    lines = [f"{n},{word},{tag}" for n, one in enumerate(sentences(60, new=0.3)) for word, tag in one]
    words = written(folder, "\n".join(["id,word,tag", *lines, ""]), "words.csv")
    text = "\n".join(
        ["said,whose", *[f"{'ha' * (2 + n % 3)} {'oh' * (1 + n % 2)},{'ab'[n % 2]}" for n in range(60)], ""]
    )
    kinds = [f"{n},{'ab'[(n + t) % 2]},{1000 + 7 * n}" for n in range(60) for t in range(2 + n % 4)]
    sizes = written(folder, "\n".join(["id,kind,size", *kinds, ""]), "sizes.csv")
    return {
        "last": elman.train("classify", rows, **table),
        "attention": elman.train("classify", rows, **table, readout="attention", bidirectional=True),
        "number": elman.train("classify", sizes, target="size", features=["kind"], **FEW),
        "text": elman.train("classify", written(folder, text, "text.csv"), text="said", label="whose", **FEW),
        "tag": elman.train("tag", words, label="tag", **FEW),
        "waves.csv": rows,
    }


@pytest.fixture(scope="module")
def files(models: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {name: folder / f"{name}.html" for name in models if name != "waves.csv"}
    for name, file in found.items():
        models[name].look(name, [models["waves.csv"]] if name == "attention" else ()).save(file)
    return found


def ranks(seen: Page) -> dict[str, float]:
    """Classes with their probabilities, in percent."""
    rows = seen.locator("table.facts").first.locator("tr").all()
    cells = [(row.locator("th").inner_text(), row.locator("td").first.inner_text()) for row in rows]
    return {name: float(share.replace("<", "").replace("%", "")) for name, share in cells}


def probabilities(model: Any, steps: Any) -> dict[str, float]:
    """The same of the model."""
    [found] = answered(model.task.answers, model.network, model.task.encoded([steps]))
    return {name: 100 * share for name, share in found["probabilities"].items()}


def fill(seen: Page, text: str) -> None:
    seen.locator("textarea").fill(text)


@pytest.mark.parametrize(
    ("kind", "look"),
    [("attention", look) for look in LOOKS] + [(k, "narrow") for k in ("last", "number", "text", "tag")],
)
def test_everybody_can_read_it(chromium: Browser, files: dict[str, Path], kind: str, look: str) -> None:
    with browser.opened(chromium, files[kind], "#t=1", **LOOKS[look]) as seen:
        assert browser.obstacles(seen) == []
        assert seen.locator("img").count() == 0


@pytest.mark.parametrize("kind", ["last", "attention"])
def test_classes_after_each_step_are_those_of_the_model(
    chromium: Browser, files: dict[str, Path], models: dict[str, Any], kind: str
) -> None:
    """Of what is missing, too, and of a category that training did not have."""
    with browser.opened(chromium, files[kind]) as seen:
        fill(seen, LINES)
        assert "Training did not have “zebra”" in said(seen)
        for count in (4, 3, 1):
            seen.get_by_label("step", exact=True).fill(str(count - 1))
            assert ranks(seen) == pytest.approx(probabilities(models[kind], STEPS[:count]), abs=0.11)


def test_where_attention_looks(chromium: Browser, files: dict[str, Path], models: dict[str, Any]) -> None:
    model = models["attention"]
    [inputs] = model.task.encoded([STEPS])
    scores = model.network.trace(inputs[:, None])["attention"][:, 0]
    shares = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    with browser.opened(chromium, files["attention"]) as seen:
        fill(seen, LINES)
        card = seen.locator("section", has_text="Where it looks")
        rows = {
            row.locator("th").inner_text(): row.locator("td").first.inner_text() for row in card.locator("tr").all()
        }
        found = {int(re.findall(r"step (\d+)", name)[0]): float(share.strip("%< ")) for name, share in rows.items()}
        assert found == pytest.approx({n + 1: 100 * share for n, share in enumerate(shares)}, abs=0.11)


def test_sequences_of_files_stand_in_the_page(
    chromium: Browser, files: dict[str, Path], models: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = models["attention"]
    [first, second] = [
        one
        for _, one in zip(range(2), model.task.predict_files(model.network, [models["waves.csv"]], print), strict=False)
    ]
    with browser.opened(chromium, files["attention"], "#example=0") as seen:
        for row in (first, second):
            press(seen, row["id"])
            assert ranks(seen) == pytest.approx({k: 100 * v for k, v in row["probabilities"].items()}, abs=0.11)
            assert "From files that were named" in seen.inner_text("main")
        assert seen.locator(".tries button").count() == shown.EXAMPLES
    monkeypatch.setattr(shown, "STEPS", 2)
    model.look("cut", [models["waves.csv"]]).save(tmp_path / "cut.html")
    with browser.opened(chromium, tmp_path / "cut.html") as seen:
        assert "Its first 2 of" in seen.inner_text("main") and "Step 2 of 2" in said(seen)


def test_numbers_and_texts(chromium: Browser, files: dict[str, Path], models: dict[str, Any]) -> None:
    with browser.opened(chromium, files["number"]) as seen:
        fill(seen, "a\nb\nb")
        [expected] = models["number"].predict([["a", "b", "b"]])
        assert float(seen.locator("p.large").inner_text().replace(",", "")) == pytest.approx(expected, rel=5e-6)
    with browser.opened(chromium, files["text"]) as seen:
        fill(seen, "haé oh")
        assert ranks(seen) == pytest.approx(probabilities(models["text"], list("haé oh")), abs=0.11)


def test_tags_of_words_that_it_knows_and_of_others(
    chromium: Browser, files: dict[str, Path], models: dict[str, Any]
) -> None:
    """Others are read by how they end: as a letter, a number, a sign, or a name."""
    words = ["the", "thing77", "to", "show", "Ann", "Walking", "USA", "x", "thing", "…", "3", "Äther"]
    assert models["tag"].task.known.endings
    [expected] = models["tag"].predict([words])
    with browser.opened(chromium, files["tag"]) as seen:
        fill(seen, " ".join(words))
        rows = seen.locator("[aria-label='each word and its class'] tr").all()
        assert [row.locator("td").first.inner_text() for row in rows] == expected
        assert [row.locator("th").inner_text() for row in rows] == words


def test_time_typing_and_addresses(chromium: Browser, files: dict[str, Path]) -> None:
    with browser.opened(chromium, files["last"], "#of=1&example=77&t=-3") as seen:  # one value where there are two
        assert "expected 2 values; found 1" in browser.wrong(seen)
        fill(seen, LINES)
        assert "Step 4 of 4" in said(seen)
        seen.get_by_label("step", exact=True).press("Home")
        assert "Step 1 of 4, height 5, kind a" in said(seen)
        press(seen, "next ▶")
        assert "Step 2 of 4" in said(seen)
        seen.locator("svg.over-time").click(position={"x": 5, "y": 40})
        assert "Step 1 of 4" in said(seen)
        seen.wait_for_url("**t=0")
        address = seen.evaluate("location.hash")
        fill(seen, "5, a\nx, a")
        assert "line 2: height: expected a number; found x" in browser.wrong(seen)
        press(seen, "made up")
        assert "of 24" in said(seen)
    with browser.opened(chromium, files["last"], address) as seen:
        assert "Step 1 of 4, height 5, kind a" in said(seen)


def test_who_shows_no_files_says_so(models: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="files: expected a model of one of the tasks"):
        elman.train("coin", steps=1).look(files=["a.csv"])
    models["last"].network.save(tmp_path / "network.safetensors")
    assert run(["look", str(tmp_path / "network.safetensors"), "a.csv", "--no-open"]) == 2


# --- speech ---


@needs(SPEECH)
def test_takes_as_they_are_heard(chromium: Browser, tmp_path: Path) -> None:
    pattern = "{label}_{speaker}_{take}"
    model = elman.train("speech", str(takes(tmp_path / "takes", 3)), name=pattern, hidden=8, epochs=15)
    model.save(tmp_path / "words.safetensors")
    files = [write(tmp_path / f"{n}.wav", spoken(word, "ann", 9)) for n, word in enumerate(("up", "down"))]
    page = tmp_path / "words.html"
    assert run(["look", str(tmp_path / "words.safetensors"), *files, "--out", str(page), "--no-open"]) == 0
    with browser.opened(chromium, page, "#take=1") as seen:
        assert browser.violations(seen) == []
        for place, row in enumerate(model.task.predict_files(model.network, files, print)):  # type: ignore[attr-defined]
            seen.locator(".tries button").nth(place).click()
            assert ranks(seen) == pytest.approx({k: 100 * v for k, v in row["probabilities"].items()}, abs=0.11)
        assert seen.locator("svg image").get_attribute("href").startswith("data:image/png")  # type: ignore[union-attr]
        seen.get_by_label("frame", exact=True).press("Home")
        assert "After 0.01 s" in said(seen)
        seen.set_viewport_size({"width": 390, "height": 800})
        assert browser.fits(seen)
    model.look("words").save(page)
    with browser.opened(chromium, page) as seen:
        assert "No take is in this page" in said(seen)
        assert browser.violations(seen) == []


@pytest.mark.parametrize("kind", ["last", "number", "text", "tag"])
def test_any_input_is_read_or_named(chromium: Browser, files: dict[str, Path], kind: str) -> None:
    with browser.opened(chromium, files[kind], **browser.NARROW) as seen:
        for bad in browser.BAD:
            before = said(seen)
            fill(seen, bad)
            assert ("expected" in browser.wrong(seen) and said(seen) == before) or not browser.wrong(seen)
            assert browser.fits(seen) and seen.locator("img").count() == 0
        fill(seen, "")
        step = {"text": "characters", "tag": "words"}.get(kind, "steps")
        assert browser.wrong(seen) == f"expected 1 to 300 {step}; found 0"


def test_pages_speak_of_words_and_characters(chromium: Browser, files: dict[str, Path]) -> None:
    for kind, word in (("tag", "Word"), ("text", "Character"), ("last", "Step")):
        with browser.opened(chromium, files[kind], "#t=1") as seen:
            assert said(seen).startswith(f"{word} 2 of 24")
            slider = seen.get_by_label(word.lower(), exact=True)
            assert str(slider.get_attribute("aria-valuetext")).startswith("2 of 24: ")
