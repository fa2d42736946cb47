"""`python -m benchmarks.look`: takes the pictures of docs/look.md, in a browser without a screen.

It needs Chromium, Playwright and Pillow (which Matplotlib brings); 128 colours keep the files small.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import elman
from elman.cli import run
from elman.data import fetch
from elman.look.building import Page

FOLDER = Path(__file__).parents[1] / "docs" / "look"
NARROW: dict[str, Any] = {"viewport": {"width": 390, "height": 900}}
DARK: dict[str, Any] = {"color_scheme": "dark"}
# Name of the picture -> page, address, context, how high it is, what is done before.
PICTURES: dict[str, tuple[str, str, dict[str, Any], int, tuple[str, ...]]] = {
    "adder": ("adder", "#of=87,45&t=4", {}, 1020, ()),
    "cut": ("adder", "#of=255,1&t=8&cut=4", NARROW, 1282, ()),
    "series": ("series", "#origin=14&step=3", {}, 700, ()),
    "classes": ("classes", "#example=2&t=14", {}, 664, ()),
    "learning": ("begin", "", DARK, 548, ("one update", "as fast as it goes", "train")),
    "coin": ("coin", "", {}, 970, ("thirty heads, then thirty tails",)),
    "text": ("text", "#t=181&form=4x20-45", {}, 1740, ()),
}
TEXT: dict[str, Any] = {"hidden": 128, "epochs": 3, "output_dropout": 0}  # some 20 seconds
LEARNED = 1500  # milliseconds before the picture is taken: it finds out what units follow
ENDED = 120_000  # and as many, at most, until what trains or plays has ended


def main() -> None:
    """Takes all of them."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        pages = Path(name)
        elman.train("add").look("adder.safetensors").save(pages / "adder.html")
        elman.train("text", fetch("shakespeare"), **TEXT).look("shakespeare.safetensors").save(pages / "text.html")
        elman.train("coin").look("coin.safetensors").save(pages / "coin.html")
        _of_sunspots().look("sun.safetensors").save(pages / "series.html")
        _of_drawings(pages).save(pages / "classes.html")
        run(["look", "--out", str(pages / "begin.html"), "--no-open"])
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless=new", "--no-sandbox"]
        )
        for picture, (page, address, context, height, presses) in PICTURES.items():
            seen = browser.new_page(**({"viewport": {"width": 1280, "height": 900}} | context))
            seen.goto((pages / f"{page}.html").as_uri() + address)
            seen.wait_for_selector("html[data-ready]")
            for button in presses:
                seen.get_by_role("button", name=button, exact=True).click()
            seen.wait_for_timeout(LEARNED)
            seen.get_by_role("button", name="pause", exact=True).wait_for(state="hidden", timeout=ENDED)
            width = (seen.viewport_size or {"width": 1280})["width"]
            clip: Any = {"x": 0, "y": 0, "width": width, "height": height}
            _save(seen.screenshot(full_page=True, clip=clip), FOLDER / f"{picture}.png")
        browser.close()


def _of_sunspots() -> elman.Model:
    """A model of the sunspots of each year, which statsmodels brings."""
    from statsmodels.datasets import sunspots

    years = sunspots.load_pandas().data
    frame = {"unique_id": ["sunspots"] * len(years), "ds": years.YEAR.astype(int), "y": years.SUNACTIVITY}
    return elman.SeriesModel.fit(frame, horizon=12)


def _of_drawings(folder: Path) -> Page:
    """The page of what docs/own-data.md learns, with drawings that it has not seen."""
    program = re.findall(
        r"```python\n(.*?)```", (FOLDER.parent / "own-data.md").read_text(encoding="utf-8"), re.DOTALL
    )[0]
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True)
    model = elman.train("classify", folder / "drawings.csv", label="drawn", group="person", readout="attention")
    return model.look("drawings.safetensors", [folder / "new.csv"])


def _save(data: bytes, path: Path) -> None:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
