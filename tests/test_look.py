"""The page: what is in the file, and that none of it is markup."""

from __future__ import annotations

import errno
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.look import building, modules, page

Command = Callable[..., tuple[int, Any, str]]
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"&<!--{{script}}"


@pytest.fixture(scope="module")
def adder() -> elman.Model:
    return elman.train("add")


class Elements(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.scripts: dict[str, str] = {}
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.inside = str(dict(attrs).get("id", "code")) if tag == "script" else ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[self.inside] = self.scripts.get(self.inside, "") + data

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


# --- what is in it ---


def test_nothing_of_a_model_becomes_markup(adder: elman.Model) -> None:
    plain, hostile = Elements(adder.look("adder").html), Elements(adder.look(HOSTILE).html)
    assert hostile.names == plain.names
    assert hostile.scripts["code"] == plain.scripts["code"]
    assert json.loads(hostile.scripts["data"])["name"] == HOSTILE


def test_a_page_loads_nothing(adder: elman.Model) -> None:
    html = adder.look().html
    assert "default-src 'none'" in html
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?!data:)\w+:", html)
    assert not re.search(
        r"\b(fetch\(|XMLHttpRequest|eval\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write)", html
    )


def test_weights_are_those_of_the_network(adder: elman.Model) -> None:
    data = json.loads(Elements(adder.look().html).scripts["data"])
    flat = adder.network.parameters.flat
    np.testing.assert_array_equal(numbers(data["network"]), flat)
    assert [tuple(shape) for shape in data["network"]["tensors"].values()] == [
        view.shape for view in adder.network.parameters.values()
    ]


def numbers(packed: dict[str, Any]) -> Any:
    from base64 import b64decode

    return np.frombuffer(b64decode(packed["weights"]), np.dtype(packed["form"]).newbyteorder("<"))


def test_many_weights_are_halves_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    network = elman.Network(2, 1, hidden=8)
    monkeypatch.setattr(building, "SHORT", network.parameters.flat.size - 1)
    found = building.packed(network)
    assert found["form"] == "float16"
    np.testing.assert_allclose(numbers(found), network.parameters.flat, rtol=1e-3, atol=1e-7)
    network.parameters.flat[3] = 1e6
    with pytest.raises(elman.ConfigError, match="expected weights that float16 can hold"):
        page(network)
    monkeypatch.setattr(building, "MOST", network.parameters.flat.size - 1)
    with pytest.raises(elman.ConfigError, match=r"expected at most 3\d\d parameters.*; found 3\d\d"):
        page(network)


def test_what_is_proved_bounds_what_is_met(adder: elman.Model) -> None:
    """In each state of the machine, the hidden state of random sums lies in the bands that the page shows."""
    data = json.loads(Elements(adder.look().html).scripts["data"])
    assert data["proof"]["verdict"] == "proven"
    rng, machine = np.random.default_rng(1), data["seen"]["machine"]
    symbols = rng.integers(0, 4, (20, 30))
    inputs = np.array(data["seen"]["vectors"], np.float32)[symbols]
    h = adder.network.trace(inputs)["h"][0, 1:]
    for row in range(30):
        state = 0
        for t in range(20):
            state = machine["next"][state][symbols[t, row]]
            low, high = (np.array(data["proof"][name][state]) for name in ("low", "high"))
            assert (low - 1e-6 <= h[t, row]).all() and (h[t, row] <= high + 1e-6).all()


def test_a_refuted_network_is_shown_where_it_fails() -> None:
    model = elman.train("add", recipe="tutorial")
    data = json.loads(Elements(model.look().html).scripts["data"])
    assert data["proof"]["verdict"] == "refuted" and data["proof"]["low"] is None
    a, b = map(int, data["proof"]["fails"])
    assert model.predict([(a, b)]) != [a + b]
    assert data["seen"]["beside"]["name"] == "the usual network"


# --- scripts ---


def test_files_are_bundled_once_behind_what_they_import(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("export const one = 1;\nexport async function f() { return one; }\n")
    (tmp_path / "b.js").write_text(
        'import {one} from "./a.js";\nimport "./b.css";\nexport class B {}\nconst two = one;\n'
    )
    (tmp_path / "c.js").write_text('import {\n  B,\n} from "./b.js";\nimport {f} from "./a.js";\nnew B(f);\n')
    (tmp_path / "b.css").write_text("p { margin: 0 }\n")
    script, style = modules.bundled(tmp_path / "a.js", tmp_path / "c.js")
    assert style == "p { margin: 0 }\n"
    assert script.count("async function f()") == 1 and "export" not in script and "import" not in script
    assert script.index("return {one, f}") < script.index("return {B}") < script.index("new B(f)")


# --- the verb ---


def test_verb_writes_a_page_and_replaces_none(adder: elman.Model, command: Command, tmp_path: Path) -> None:
    model, out = tmp_path / "adder.safetensors", tmp_path / "page.html"
    adder.save(model)
    code, found, _ = command("look", str(model), "--out", str(out), "--no-open", "--json")
    assert (code, found) == (
        0,
        {"model": str(model), "page": str(out), "bytes": out.stat().st_size, "opened": False},
    )
    assert "<title>adder.safetensors" in out.read_text(encoding="utf-8")
    code, _, errors = command("look", str(model), "--out", str(out), "--no-open")
    assert code == 2 and "expected nothing there" in errors
    assert command("look", str(model), "--out", str(out), "--no-open", "--force")[0] == 0


def test_verb_opens_a_page_where_there_is_a_browser(
    adder: elman.Model, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, seen = tmp_path / "adder.safetensors", tmp_path / "seen"
    adder.save(model)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("webbrowser.open", lambda address: bool(seen.write_text(address)))
    monkeypatch.setenv("DISPLAY", ":0")
    _, found, _ = command("look", str(model), "--json")
    assert found["opened"] and seen.read_text() == Path(found["page"]).as_uri()
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    code, text, _ = command("look", str(model))
    assert code == 0 and "no browser was found here" in text


def test_verb_says_what_it_wrote_and_whether_it_is_seen(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "page.html"
    _, told, _ = command("look", "--out", str(out), "--no-open")
    assert told == f"saved to {out}: {out.stat().st_size:,} bytes\nno browser was opened\n"
    monkeypatch.setenv("BROWSER", "true")
    monkeypatch.setattr("webbrowser.open", lambda address: True)
    assert command("look", "--out", str(out), "--force")[1].endswith("a browser was told to open it\n")


def test_verb_writes_to_standard_output(adder: elman.Model, tmp_path: Path) -> None:
    adder.save(tmp_path / "adder.safetensors")
    line = [sys.executable, "-m", "elman", "look", "adder.safetensors", "-o", "-"]
    done = subprocess.run(line, cwd=tmp_path, check=True, capture_output=True)
    expected = elman.load(tmp_path / "adder.safetensors").look("adder.safetensors")
    assert done.stdout == expected.html.encode()
    assert done.stderr.decode() == f"{len(done.stdout):,} bytes to standard output\n"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(line, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2 and done.stderr == b"error: output: No space left on device\nhint: is the disk full?\n"


def test_verb_refuses_what_it_cannot_write(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, errors = command("look", "--out", "-", "--json")
    assert code == 2 and "standard output cannot hold both" in errors
    code, _, errors = command("look", "--out", str(tmp_path / "nowhere" / "page.html"))
    assert code == 2 and "expected a folder" in errors and "hint: make the folder first" in errors

    def full(**_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    code, _, errors = command("look")
    assert code == 2 and "temporary folder: cannot be written: No space" in errors and "--out FILE" in errors


WRONG: list[tuple[str, Callable[[elman.Model], Any], str]] = [
    ("name", lambda model: model.look(3), "name: expected a string; found 3"),  # type: ignore[arg-type]
    ("files", lambda model: model.look(files="a.csv"), "files: expected a list of names of files; found 'a.csv'"),
    ("files", lambda model: model.look(files=3), "files: expected a list of names of files; found 3"),  # type: ignore[arg-type]
    ("a file", lambda model: model.look(files=[3]), "path: expected the name of a file; found 3"),  # type: ignore[list-item]
    ("a model", lambda model: page(model), "network: expected an elman.Network; found Model"),  # type: ignore[arg-type]
    ("task", lambda model: page(model.network, task="add"), "task: expected a task; found 'add'"),  # type: ignore[arg-type]
    ("learned", lambda model: page(model.network, learned=3), "learned: expected names and values; found 3"),  # type: ignore[arg-type]
    ("proof", lambda model: page(model.network, proof="yes"), "proof: expected an elman.Proof; found 'yes'"),  # type: ignore[arg-type]
    ("examples", lambda model: page(model.network, examples=3), "examples: expected a list; found 3"),  # type: ignore[arg-type]
    ("NaN", lambda model: page(model.network, learned={"seconds": np.nan}), "look: expected finite numbers"),
    ("objects", lambda model: page(model.network, learned={"x": object()}), "look: expected what JSON can hold"),
]


@pytest.mark.parametrize(("call", "message"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG])
def test_wrong_arguments_are_named(adder: elman.Model, call: Callable[[elman.Model], Any], message: str) -> None:
    with pytest.raises(elman.ConfigError) as error:
        call(adder)
    assert str(error.value).startswith(message)


def test_verb_takes_a_network_without_a_task(command: Command, tmp_path: Path) -> None:
    elman.Network(2, 1, cell="gru", hidden=4).save(tmp_path / "own.safetensors")
    out = tmp_path / "own.html"
    assert command("look", str(tmp_path / "own.safetensors"), "--out", str(out), "--no-open")[0] == 0
    data = json.loads(Elements(out.read_text(encoding="utf-8")).scripts["data"])
    assert data["task"] is None and data["network"]["architecture"]["cell"] == "gru"


def test_notebooks_show_the_same_page_in_a_frame_of_its_own(adder: elman.Model) -> None:
    shown = adder.look("a<b")
    frame = shown._repr_html_()
    assert Elements(frame).names == ["iframe"]
    assert 'sandbox="allow-scripts"' in frame and "allow-same-origin" not in frame
