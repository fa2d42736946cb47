"""The pictures of models of labels, of speech and of sessions: what they show is what the models say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from elman.errors import ConfigError, DataError
from elman.tasks.labelled.picture import NAMED
from elman.tasks.sessions.picture import CLICKS, ITEMS
from optional import needs
from shop import rows, write
from tables import written
from test_classify import waves
from words import spoken, takes
from words import write as recorded

PICTURES = Peer("the extra plot", ("matplotlib",))
SPEECH = Peer("the extra speech", ("kaldi_native_fbank", "soundfile", "soxr"))
pytestmark = needs(PICTURES)

Run = Callable[..., tuple[int, Any, str]]
FEW: dict[str, Any] = {"epochs": 8, "hidden": 8, "validate": 0.1}
ODD = "$x^ \x01"  # no formula


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(written(tmp_path_factory.mktemp("rows"), waves(names=("rising", ODD, "flat")), "waves.csv"))


@pytest.fixture(scope="module")
def model(data: str) -> elman.Model:
    table: dict[str, Any] = {"label": "shape", "features": ["height", "kind"]}
    return elman.train("classify", data, **table, **FEW, readout="attention")


def texts(svg: Path) -> set[str]:
    return {str(one.text) for one in ET.parse(svg).getroot().iter("{http://www.w3.org/2000/svg}text")}


def blocks(figure: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each sequence, its title and its panels, by the names of their vertical axes."""
    panels: dict[str, Any] = {}
    for axes in figure.axes:
        panels[axes.get_ylabel()] = axes
        if axes.get_xlabel():  # the last one of a sequence
            [title] = filter(None, (one.get_title(loc="left") for one in panels.values()))
            yield title, panels
            panels = {}


def last(axes: Any) -> list[float]:
    """How high each band is in the end."""
    ends = [band.get_paths()[0].vertices for band in axes.collections]
    return [float(np.ptp(one[one[:, 0] == axes.get_xlim()[1], 1])) for one in ends]


# --- labels ---


def test_classes_firm_up_to_what_the_model_answers(model: Any, data: str) -> None:
    answers = {row["id"]: row["probabilities"] for row in model.task.predict_files(model.network, [data], print)}
    shown = list(blocks(model.picture([data])))
    assert 1 <= len(shown) <= 3
    for title, panels in shown:
        chances = list(answers[title.removeprefix("sequence ")].values())
        assert last(panels["probability"]) == pytest.approx([*chances, 0], abs=1e-5)  # and no other classes
        [looks] = panels["attention"].patches
        assert looks.get_data().values.sum() == pytest.approx(1, abs=1e-5)
    assert len({np.argmax(last(panels["probability"])) for _, panels in shown}) > 1  # different answers


def test_data_of_the_training_where_no_file_is_named(
    model: elman.Model, data: str, tmp_path: Path, command: Run
) -> None:
    model.save(tmp_path / "m")
    picture = tmp_path / "m.svg"
    assert command("plot", str(tmp_path / "m"), "--out", str(picture))[0] == 0
    assert {ODD.replace("\x01", "·"), "rising", "attention", "step", "height"} <= texts(picture)
    named = tmp_path / "named.svg"
    assert command("plot", str(tmp_path / "m"), data, "--out", str(named))[0] == 0
    assert texts(named) == texts(picture)
    Path(data).rename(tmp_path / "gone.csv")
    code, _, said = command("plot", str(tmp_path / "m"), "--out", str(picture), "--force")
    (tmp_path / "gone.csv").rename(data)
    assert code == 2 and "waves.csv: expected a file; found none" in said
    with pytest.raises(ConfigError, match="files: expected a list"):
        model.picture("waves.csv")


def test_labels_stand_over_their_words(tmp_path: Path) -> None:
    lines = ["id,word,tag", *(f"{n},{w},{t}" for n in range(40) for w, t in (("the", "ART"), ("cat", "N"), ("", "N")))]
    model: Any = elman.train("tag", written(tmp_path, "\n".join([*lines, ""]), "w.csv"), label="tag", **FEW)
    (_, panels), *_ = blocks(model.picture())
    axes = panels["probability"]
    assert [one.get_text() for one in axes.get_xticklabels()] == ["the", "cat", ""]
    [labels] = axes.child_axes
    assert [one.get_text() for one in labels.get_xticklabels()] == model.predict([["the", "cat", ""]])[0]


def test_numbers_and_long_texts(tmp_path: Path) -> None:
    long = "x" * (NAMED + 1)
    sizes = written(tmp_path, "\n".join(["said,size", *(f"{long} {n % 3},{n % 3}" for n in range(60)), ""]), "s.csv")
    model: Any = elman.train("classify", sizes, text="said", target="size", **FEW)
    for (_, panels), number in zip(blocks(model.picture()), range(3), strict=True):
        [curve] = panels["size"].patches
        assert curve.get_data().values[-1] == pytest.approx(model.predict([list(f"{long} {number}")])[0], abs=1e-5)
        assert panels["size"].get_xlabel() == "character"


# --- speech ---


@needs(SPEECH)
def test_spectrograms_and_the_words_that_are_heard(tmp_path: Path) -> None:
    folder = takes(tmp_path / "takes", 3)
    model: Any = elman.train("speech", str(folder), name="{label}_{speaker}_{take}", hidden=8, epochs=15)
    answers = {
        Path(row["id"]).name: row["probabilities"]
        for row in model.task.predict_files(model.network, [str(folder)], print)
    }
    shown = [one for one in blocks(model.picture()) if one[0]]
    assert len({title.split("_")[0] for title, _ in shown}) > 1  # words from all over the folder
    for title, panels in shown:
        assert last(panels["probability"]) == pytest.approx([*answers[title].values(), 0], abs=1e-5)
        [image] = panels["kHz (mel scale)"].images
        assert image.get_array().max() == 0 and panels["probability"].get_xlabel() == "seconds"
    alike = [tmp_path / word / "1.wav" for word in ("up", "down")]
    for word, path in zip(("up", "down"), alike, strict=True):
        recorded(path, np.tile(spoken(word), 30))
    titles = {one.title for one in model.task.blocks(model.network, list(map(str, alike)))}
    seconds = len(spoken("up")) * 30 / 8000
    assert f"up/1.wav: its first 4 of {seconds:.1f} s" in titles
    assert len(titles) == 2


# --- sessions ---


def test_next_items_after_each_click(tmp_path: Path, command: Run) -> None:
    log = write(tmp_path / "clicks.csv", rows(80))
    options: dict[str, Any] = {"hidden": 8, "embedding": 8, "epochs": 2, "batch": 16, "validate": 0.2}
    model: Any = elman.train("sessions", log, **options)
    model.save(tmp_path / "m")
    out = tmp_path / "m.svg"
    assert command("plot", str(tmp_path / "m"), "--out", str(out))[0] == 0  # the log is in the model file
    own = write(tmp_path / "own.csv", [(0, 0, t, item) for t, item in enumerate(("i3", "i22", "nothing", "i5"))])
    panels = model.picture([own]).axes
    clicks = ["i3", "i22", "i5"]
    assert len(panels) == len(clicks) - 1 <= CLICKS
    for t, axes in enumerate(panels):
        expected = model.recommend(clicks[: t + 1], k=ITEMS)
        assert [one.get_text() for one in axes.get_yticklabels()] == [one.item for one in expected]
        assert [bar.get_width() / 100 for bar in axes.patches] == pytest.approx([one.probability for one in expected])
        assert axes.get_title(loc="left").startswith(f"after {clicks[t]}\nthen came {clicks[t + 1]}")
    with pytest.raises(DataError, match="expected a session of two items that the model knows"):
        model.picture([write(tmp_path / "one.csv", [(0, 0, 0, "i3")])])
