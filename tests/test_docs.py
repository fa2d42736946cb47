"""What README and docs tell people to type works, and prints what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from xml.dom import minidom
from xml.etree import ElementTree as ET

import pytest
from benchmarks import cells

import pages
import words
from elman.bench.peers import PYTORCH
from elman.bench.race import Peer
from elman.cli import VERBS
from elman.cli import run as command
from elman.tasks import TASKS
from optional import needs
from pages import ELSEWHERE, KINDS, ROOT, SHORTER, Command

# The others are written by `python -m benchmarks` and `python -m benchmarks.samples`, which run what they show.
WRITTEN_BY_PROGRAMS = {"docs/benchmarks.md", "docs/samples.md"}
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")]
    if str(path.relative_to(ROOT)) not in WRITTEN_BY_PROGRAMS
)
CHINESE = "README.zh.md"
SPHINX = Peer("Sphinx", ("sphinx", "furo", "myst_parser"))
RUN = [page for page in PAGES if page != CHINESE and any(pages.here(one) for one in pages.commands(page))]


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[list[str]]]]:
    """Page -> what went wrong with its commands. Those that are asked for run side by side."""
    tests = [item.name for item in request.session.items if item.path == request.path]
    asked = [page for page in RUN if any(f"[{page}]" in name for name in tests)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {page: pool.submit(run, page, tmp_path_factory.mktemp("page")) for page in asked}


def run(page: str, folder: Path) -> list[str]:
    """All commands of a page, in one folder that looks like a clone with a text and a table of the reader's."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / "docs").mkdir()  # pictures go there
    shutil.copy(ROOT / "README.md", folder / "verses.txt")
    poems = (ROOT / "examples" / "poems.txt").read_text(encoding="utf-8").split("\n\n")
    tang = [{"paragraphs": poem.split()} for poem in poems]
    (folder / "tang.json").write_text(json.dumps(tang), encoding="utf-8")
    steps = [f"{n},{t},{1 + n % 2 + t % 3},{['walk', 'run'][n % 2]}\n" for n in range(120) for t in range(5 + n % 4)]
    (folder / "recordings.csv").write_text("".join(["id,time,speed,activity\n", *steps]), encoding="utf-8")
    read = ["tea", "cup", "pot", "cake", "book"]
    clicks = [f"{n},{1000 * n + t},{read[(n + t) % 5]}\n" for n in range(60) for t in range(2 + n % 3)]
    (folder / "clicks.csv").write_text("".join(["session_id,timestamp,item_id\n", *clicks]), encoding="utf-8")
    sales = [f"tea,{2000 + n // 12}-{1 + n % 12:02}-01,{100 + n + 9 * (n % 12)}\n" for n in range(96)]
    (folder / "sales.csv").write_text("".join(["unique_id,ds,y\n", *sales]), encoding="utf-8")
    for word, glide in {"yes": "up", "no": "down"}.items():
        for take in range(10):
            words.write(folder / "takes" / word / f"{take}.wav", words.spoken(glide, take=take))
    wrong = [found for one in pages.commands(page) if pages.here(one) and (found := pages.run(one, folder))]
    return wrong + [found for one in pages.pictures(page) if (found := unlike(one, folder / one))]


def unlike(picture: str, drawn: Path) -> str:
    """How a picture of a page differs from the one that its commands draw, in its size and its words; or empty.

    Lines and numbers differ between instruction sets, and with them the order of hidden units.
    """
    if not drawn.exists():
        return f"{picture}: no command of the page draws it"
    shown, found = (Outline.of(path) for path in (ROOT / picture, drawn))
    return "" if shown == found else f"{picture}: expected {found}; found {shown}"


class Outline(NamedTuple):
    """What a picture has on every machine."""

    size: tuple[str, str]
    words: set[str]

    @classmethod
    def of(cls, path: Path) -> Outline:
        svg = ET.parse(path).getroot()
        texts = {text.text or "" for text in svg.iter("{http://www.w3.org/2000/svg}text")}
        words = {re.sub("[0-9]+", "0", text) for text in texts if re.search("[a-z]{3}", text)}
        return cls((svg.attrib["width"], svg.attrib["height"]), words)


@pytest.mark.parametrize("page", RUN)
def test_what_a_page_tells_to_type_works_and_prints_what_it_says(page: str, runs: dict[str, Future[list[str]]]) -> None:
    assert not runs[page].result(), "\n\n".join(runs[page].result())


def test_pictures_that_are_links_lead_to_the_page_that_draws_them() -> None:
    found = [one for page in PAGES for one in pages.previews(page)]
    assert len(found) > 5
    assert all(picture in pages.pictures(page) for picture, page in found)


@needs(PYTORCH)
def test_programs_with_pytorch_run(tmp_path: Path) -> None:
    programs = [one for page in PAGES if page != CHINESE for one in pages.commands(page) if pages.with_torch(one)]
    assert programs
    assert not any(pages.run(one, tmp_path) for one in programs)


def everything() -> list[Command]:
    return [one for page in PAGES for one in pages.commands(page)]


def test_pages_hold_commands_with_and_without_output_and_programs() -> None:
    found = [one for one in everything() if pages.here(one)]
    assert len([one for one in found if one.expected]) > 5
    assert len([one for one in found if one.code]) > 1
    assert len([one for one in found if one.python]) > 3
    assert len(found) > 50


def test_every_block_says_what_it_is_and_none_hides_a_command() -> None:
    for page in PAGES:
        for block in pages.blocks(page):
            where = f"{page}:{block.line}"
            assert block.kind in KINDS, where
            if block.kind in ("", "json"):
                assert not re.search(r"^(\$ )?(elman|python|pip|make) ", block.text, re.MULTILINE), where


def test_every_exception_is_used() -> None:
    texts = [one.text for one in everything() if not one.python]
    for beginning in ELSEWHERE:
        assert any(text.startswith(beginning) for text in texts), beginning
    for pattern in SHORTER:
        assert any(re.search(pattern, text) for text in texts), pattern


def test_targets_of_make_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {one.text.split()[1] for one in everything() if one.text.startswith("make ")}
    assert {"run", "test"} <= named
    for target in named:
        assert re.search(f"^{target}:", makefile, re.MULTILINE)


def test_the_chinese_readme_has_the_same_commands_and_programs() -> None:
    english, chinese = (list(pages.commands(page)) for page in ("README.md", CHINESE))
    assert [replace(one, where="") for one in chinese] == [replace(one, where="") for one in english]


def test_options_that_are_named_in_the_text_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [*([verb] for verb in VERBS), *(["train", task] for task in TASKS), ["data", "get"]]
    assert not any(command([*words, "--help"]) for words in commands)
    known = set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out)) | {"--version"}
    for page in [*PAGES, *WRITTEN_BY_PROGRAMS]:
        for code in re.findall(r"`([^`\n]+)`", (ROOT / page).read_text(encoding="utf-8")):
            if code.startswith(("elman ", "--")):
                named = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", code))
                assert named <= known, f"{page}: {code}"


def test_links_lead_somewhere() -> None:
    for page in [*PAGES, *WRITTEN_BY_PROGRAMS]:
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in target:
                assert (ROOT / page).parent.joinpath(target).exists(), f"{page}: {target}"


@needs(SPHINX)
def test_the_site_is_made_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "docs", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")}
    assert {f"{Path(page).stem}.html" for page in PAGES if page.startswith("docs/")} <= set(found)
    assert 'src="learns.html"' in found["index.html"] and "A network that learns to add" in found["learns.html"]
    assert all(f'id="{name}"' in found["api.html"] for name in ("elman.Network.trace", "elman.tables.Columns"))
    assert not re.search(r"TypeAliasForwardRef|&lt;factory&gt;|<dt[^>]*>Type<", found["api.html"])
    assert all(f'id="{name}"' in found["commands.html"] for name in ("elman-train-classify", "elman-data-get"))
    for name, text in found.items():
        assert not re.search(r'<(script|link|img|iframe)\b[^>]*\b(src|href)="(https?:)?//', text), name


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("42\n7", "42\n7\n", True),
        ("42", "43", False),
        ("42", "42\n43", False),
        ("done in 0.05 s, 3 of 3", "done in 12.345 s, 3 of 3", True),
        ("done in 0.05 s, 3 of 3", "done in 0.05 s, 2 of 3", False),
        ("a … b", "a\nany thing\nb", False),
        ("a\n…\nb", "a\nany thing\nb", True),
    ],
)
def test_what_is_printed_is_compared(expected: str, found: str, same: bool) -> None:
    assert pages.matches(expected, found) is same


@pytest.mark.parametrize("name", cells.PICTURES)
def test_pictures_of_the_cells_are_those_that_the_program_draws(name: str) -> None:
    drawn = str(cells.PICTURES[name]())
    assert (cells.FOLDER / f"{name}.svg").read_text(encoding="utf-8") == drawn
    minidom.parseString(drawn)
