"""The picture of a network of text: its characters are what it writes, its colours what they cost."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import elman
from elman.cli import run
from elman.tasks.text.picture import COLUMNS, LINES, lines

LONG = "x" * (COLUMNS + 5)


def test_lines_hold_every_character_with_its_own_figure() -> None:
    text = f"one\n\n{LONG}\ntab\there"
    nats = np.arange(len(text), dtype=float)
    found = lines(text, nats)
    assert [shown for shown, _ in found] == ["one⏎", "⏎", LONG[:COLUMNS], "xxxxx⏎", "tab·here"]
    assert np.concatenate([costs for _, costs in found]).tolist() == nats.tolist()
    assert all(len(shown) == len(costs) for shown, costs in found)


def test_no_more_lines_than_there_is_room_for() -> None:
    assert len(lines("\n" * 99, np.zeros(99))) == LINES
    assert lines("", np.empty(0)) == []


@pytest.mark.parametrize("text", ["to be, or not to be & <b>$x$ ", "床前明月光\n疑是地上霜\n"])
def test_picture_shows_what_is_written_in_the_colours_of_its_surprise(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    model = elman.TextModel.fit(text * 20, hidden=8, steps=40, validate=0.0)
    written = str(model.sample(length=LINES * COLUMNS))
    model.save("m")
    assert run(["plot", "m", "--out", "m.svg"]) == 0
    assert capsys.readouterr().err == ""
    texts = ET.parse("m.svg").getroot().iter("{http://www.w3.org/2000/svg}text")
    found = [one.text for one in texts if one.text and len(one.text) == 1 and not one.text.isdigit()]
    wanted = "".join(shown for shown, _ in lines(written, np.zeros(len(written))))
    assert "".join(found) == wanted.replace(" ", "")
    assert len(found) > 50

    [image] = model.picture().axes[0].images
    nats = lines(written, model.surprise(written))[0][1]
    np.testing.assert_allclose(np.asarray(image.get_array())[0, : len(nats)], nats, rtol=1e-6)

    assert run(["plot", "m", "--out", "m.png"]) == 0
    assert ("some characters are missing from the fonts" in capsys.readouterr().err) is not text.isascii()
