"""Takes that are cut out of a recording: `elman record`."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
from elman.tasks.labelled.speech.audio import heard
from elman.tasks.labelled.speech.task import Speech
from optional import needs
from test_speech import SPEECH
from words import spoken, write

pytestmark = needs(SPEECH)

COUNT, GAP = 5, 4000  # takes, and samples of a quiet room between them, at 8 kHz
Run = Callable[..., tuple[int, Any, str]]


def said(word: str = "up", rate: int = 8000, loud: float = 1.0) -> tuple[NDArray[np.float32], list[tuple[int, int]]]:
    """A word again and again, and where it is, in samples."""
    rng, parts, places, where = np.random.default_rng(0), [], [], 0
    for take in range(COUNT):
        room = rng.normal(0, 0.003, GAP * rate // 8000).astype(np.float32)
        one = np.clip(spoken(word, "bob", take, rate) * loud, -1, 1)
        parts += [room, one]
        places.append((where + len(room), where + len(room) + len(one)))
        where = places[-1][1]
    return np.concatenate([*parts, room]).astype(np.float32), places


def samples(path: str | Path) -> tuple[NDArray[np.float32], int]:
    with Path(path).open("rb") as file:
        found = heard(str(path), file)
    return found.samples, found.rate


@pytest.mark.parametrize("rate", [8000, 44_100])
def test_takes_are_what_was_said_with_quiet_around_it(tmp_path: Path, command: Run, rate: int) -> None:
    whole, places = said(rate=rate)
    file = write(tmp_path / "said.wav", whole, rate, subtype="PCM_16")
    words = ("record", "up", "--takes", str(COUNT), "--speaker", "bob", "--from", file, "--out", str(tmp_path / "own"))
    code, found, told = command(*words, "--json")
    assert code == 0
    assert found["takes"] == [str(tmp_path / "own" / "up" / f"bob_{number}.wav") for number in range(1, COUNT + 1)]
    assert f"take {COUNT} of {COUNT}, at " in told
    recorded, _ = samples(file)
    for name, (first, last) in zip(found["takes"], places, strict=True):
        take, its = samples(name)
        assert its == rate
        [start] = [at for at in range(len(recorded)) if recorded[at] == take[0] and same(recorded, at, take)]
        assert 0.04 * rate <= first - start <= 0.15 * rate  # the tone begins and ends softly
        assert 0.04 * rate <= start + len(take) - last <= 0.15 * rate


def same(recorded: NDArray[np.float32], at: int, take: NDArray[np.float32]) -> bool:
    return np.array_equal(recorded[at : at + len(take)], take)


def test_cuts_are_the_same_in_pieces_of_any_size() -> None:
    whole, _ = said(rate=16_000)
    found = []
    for size in (whole.size, 37, 1600):
        cutting = Speech.cutting(16_000)
        takes = [one for first in range(0, len(whole), size) for one in cutting.feed(whole[first : first + size])]
        found.append([*takes, *cutting.finish()])
    assert len(found[0]) == COUNT
    for takes in found[1:]:
        for one, other in zip(takes, found[0], strict=True):
            assert one.time == other.time
            np.testing.assert_array_equal(one.samples, other.samples)


def test_what_is_there_stays_and_fewer_takes_are_said(tmp_path: Path, command: Run, monkeypatch: Any) -> None:
    own, raw = tmp_path / "own", np.round(said()[0] * 32768).astype("<i2").tobytes()
    for number in (1, 3):
        write(own / "up" / f"{number}.wav", spoken("up"))
    before = (own / "up" / "3.wav").read_bytes()
    words = ("record", "up", "--out", str(own), "--from", "-", "--rate", "8000", "--takes")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    code, found, _ = command(*words, "2", "--json")
    assert (code, [Path(one).name for one in found["takes"]]) == (0, ["2.wav", "4.wav"])
    assert (own / "up" / "3.wav").read_bytes() == before
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    code, found, told = command(*words, "7", "--json")
    assert (code, len(found["takes"])) == (1, COUNT)
    assert f"expected 7 takes; found {COUNT} before the end" in told


def test_recorded_words_are_learned_from(tmp_path: Path, command: Run) -> None:
    for word in ("up", "down"):
        file = write(tmp_path / f"{word}.wav", said(word)[0])
        assert command("record", word, "--speaker", "bob", "--takes", "5", "--from", file, "--out", f"{tmp_path}/own")
    options: dict[str, Any] = {"name": "{label}/{speaker}_{take}", "hidden": 8, "epochs": 25, "validate": 0.0}
    model = elman.train("speech", str(tmp_path / "own"), **options)
    assert model.predict([spoken("up", take=60), spoken("down", take=60)]) == ["up", "down"]


def test_silence_has_no_takes_and_clipping_is_said(tmp_path: Path, command: Run) -> None:
    quiet = write(tmp_path / "quiet.wav", np.zeros(16_000))
    code, found, told = command("record", "up", "--from", quiet, "--out", str(tmp_path / "own"), "--json")
    assert (code, found) == (1, {"word": "up", "speaker": None, "takes": []})
    assert "expected 20 takes; found none before the end\nhint: a word is heard where it is 10 dB louder" in told
    assert not (tmp_path / "own").exists()
    for out in (quiet, f"{quiet}/deeper"):
        code, _, told = command("record", "up", "--from", quiet, "--out", out)
        assert (code, f"--out: expected a folder; found the file {quiet}\nhint: takes go" in told) == (2, True)
    loud = write(tmp_path / "loud.wav", said(loud=20)[0], subtype="FLOAT")
    _, found, told = command("record", "up", "--takes", "1", "--from", loud, "--out", str(tmp_path / "own"), "--json")
    assert len(found["takes"]) == 1
    assert "it is too loud" in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a/b"], "word: expected a name that a folder can have"),
        (["_up"], "word: expected a name that a folder can have"),
        (["up", "--speaker", "ann_b"], "speaker: expected a name without"),
        (["up", "--rate", "8000"], "--rate: expected with - only"),
        (["up", "--from", "none.wav"], "expected a file; found none"),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    tmp_path: Path, command: Run, words: list[str], message: str, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, told = command("record", *words, "--out", "own")
    assert code == 2
    assert message in told
    assert not list(tmp_path.iterdir())
