"""Words in streams: `elman listen`, `model.listen()`, and what is cut out of a stream."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
from elman.cli import run
from elman.errors import ConfigError, DataError
from elman.tasks.labelled.speech.utterances import Margins, Utterances, edges, loudness, margins
from optional import needs
from test_speech import NAME, SPEECH
from words import GLIDES, spoken, takes, write

pytestmark = needs(SPEECH)

SAID = [(word, speaker) for word in ("up", "high", "down", "down", "up") for speaker in ("bob", "ann")]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("listen")
    data = takes(folder / "takes", speakers=("ann", "bob"))
    options: dict[str, Any] = {"name": NAME, "hidden": 8, "epochs": 25, "mask": 4, "validate": 0.0}
    elman.train("speech", str(data), **options).save(folder / "model")
    return str(folder / "model")


@pytest.fixture(scope="module")
def model(path: str) -> elman.SpeechModel:
    found = elman.load(path)
    assert isinstance(found, elman.SpeechModel)
    return found


def stream(rate: int = 8000) -> NDArray[np.float32]:
    """Words that the model has not learned from, with half a second of a quiet room between them."""
    rng = np.random.default_rng(0)
    parts = []
    for take, (word, speaker) in enumerate(SAID):
        room = np.interp(np.arange(rate // 2), np.arange(4000) * rate / 8000, rng.normal(0, 0.003, 4000))
        parts += [room.astype(np.float32), spoken(word, speaker, 40 + take, rate)]
    return np.concatenate([*parts, np.zeros(rate, np.float32)])


def heard(model: elman.SpeechModel, samples: NDArray[Any], size: int, **options: Any) -> list[dict[str, Any]]:
    listening = model.listen(**options)
    found = [one for first in range(0, len(samples), size) for one in listening.feed(samples[first : first + size])]
    return [*found, *listening.finish()]


def test_stream_is_heard_as_it_is_in_pieces_of_any_size_and_at_other_rates(model: elman.SpeechModel) -> None:
    whole = heard(model, stream(), len(stream()))
    assert [one["word"] for one in whole] == [word for word, _ in SAID]
    for size in (37, 160, 16_000):
        assert heard(model, stream(), size) == whole
    assert heard(model, stream()[:9000], 1) == heard(model, stream()[:9000], 9000)
    fine = heard(model, stream(16_000), 16_000, rate=16_000)
    assert [one["word"] for one in fine] == [word for word, _ in SAID]
    assert heard(model, stream(16_000), 333, rate=16_000) == fine
    assert [one["time"] for one in fine] == pytest.approx([one["time"] for one in whole], abs=0.03)


def test_a_word_is_heard_as_its_take_is(model: elman.SpeechModel) -> None:
    """The score of an utterance is that of the frames that were cut out, asked as a take."""
    [one] = heard(model, np.concatenate([np.zeros(4000, np.float32), spoken("up", take=70), np.zeros(4000)]), 80)
    [answer] = model.predict([spoken("up", take=70)])
    assert (one["word"], answer) == ("up", "up")
    seconds = 0.5 + len(spoken("up", take=70)) / 8000
    assert one["time"] == pytest.approx(seconds, abs=0.05)


def test_silence_and_steady_noise_are_no_words(model: elman.SpeechModel) -> None:
    rng = np.random.default_rng(0)
    quiet = [np.zeros(8000 * 60), rng.normal(0, 0.003, 8000 * 10), rng.normal(0, 0.1, 8000 * 10)]
    for samples in quiet:
        assert heard(model, samples.astype(np.float32), 8000) == []
    assert [one["word"] for one in heard(model, np.concatenate([quiet[1].astype(np.float32), stream()]), 4000)] == [
        word for word, _ in SAID
    ]


def test_threshold_refractory_time_and_reserved_labels(model: elman.SpeechModel, tmp_path: Path) -> None:
    assert all(one["word"] is None for one in heard(model, stream(), 8000, threshold=1.0))
    often = [one["time"] for one in heard(model, stream(), 8000) if one["word"]]
    seldom = [one["time"] for one in heard(model, stream(), 8000, refractory=2.0) if one["word"]]
    assert len(seldom) < len(often)
    assert np.diff(seldom).min() >= 2
    data = takes(tmp_path / "takes", 8, ("bob",))
    for take in range(8):
        write(tmp_path / "_unknown_" / f"{take}.wav", spoken("high", "ann", take)[::-1])
    for file in data.glob("high_*"):
        file.unlink()
    options: dict[str, Any] = {"name": NAME, "hidden": 8, "epochs": 25, "mask": 4, "validate": 0.0}
    other = elman.train("speech", [str(data), str(tmp_path / "_unknown_")], **options)
    assert isinstance(other, elman.SpeechModel)
    told = {one["nearest"]: one["word"] for one in heard(other, stream(), 8000)}
    assert told == {"up": "up", "down": "down", "_unknown_": None}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rate": 100}, "rate: expected a whole number from 4000"),
        ({"threshold": 1.5}, "threshold: expected a number from 0 to 1"),
        ({"refractory": -1.0}, "refractory: expected a number from 0 to 3600"),
    ],
)
def test_wrong_settings_of_a_stream_are_refused(model: elman.SpeechModel, given: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        model.listen(**given)


@pytest.mark.parametrize(
    ("samples", "found"),
    [
        (np.zeros((2, 2)), r"float64 of shape \(2, 2\)"),
        ([0, 1], r"int64 of shape \(2,\)"),
        (np.zeros(9, np.uint8), r"uint8 of shape \(9,\)"),
        (["0.1"], r"<U3 of shape \(1,\)"),
        (np.zeros(9, complex), r"complex128 of shape \(9,\)"),
        ([0.5, np.nan], "NaN or infinity"),
        ([1e30], r"1e\+30"),
        ((np.zeros(9), 8000), "a tuple of 2"),
    ],
)
def test_what_is_no_samples_is_refused_and_the_stream_goes_on(
    model: elman.SpeechModel, samples: Any, found: str
) -> None:
    expected = rf"samples \(N,\).*, floats from -1 to 1, int16 or int32; found {found}"
    with pytest.raises(DataError, match=rf"inputs\[1\]: expected the names of files, or {expected}"):
        model.predict([stream(), samples])
    listening = model.listen()
    with pytest.raises(DataError, match=f"samples: expected {expected}"):
        listening.feed(samples)
    assert listening.finish() == []
    for more in (listening.finish, lambda: listening.feed(stream())):
        with pytest.raises(ConfigError, match="stream: expected nothing after `finish`"):
            more()


def test_whole_numbers_are_heard_as_floats_are(model: elman.SpeechModel) -> None:
    exact = np.round(stream() * 32768).astype(np.int16)
    asked = [exact, exact.astype(np.int32) << 16, exact / np.float32(32768)]
    assert heard(model, asked[0], 800) == heard(model, asked[1], 800) == heard(model, asked[2], 800) != []


# --- the command line ---


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert run(["listen", *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_command_line_hears_files_standard_input_and_microphones(
    model: elman.SpeechModel, path: str, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "said.wav", stream())
    whole = lines(capsys, path, file)
    assert [one["word"] for one in whole] == [word for word, _ in SAID]
    raw = np.round(stream() * 32768).astype("<i2")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw.tobytes())))
    for one, other in zip(lines(capsys, path, "-"), whole, strict=True):
        assert one == {**other, "score": pytest.approx(other["score"], abs=1e-3)}  # samples are rounded otherwise
    assert lines(capsys, path, file, "--threshold", "1") == []
    assert len(lines(capsys, path, file, "--threshold", "1", "--all")) == len(SAID)

    class Microphone:
        """Hears the stream, and is then pulled out."""

        def __init__(self, **how: Any) -> None:
            assert how == {"samplerate": 8000, "channels": 1, "dtype": "float32"}
            self.left = raw.astype(np.float32)[:, None] / np.float32(32768)

        def __enter__(self) -> Microphone:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def read(self, count: int) -> tuple[NDArray[np.float32], bool]:
            if not len(self.left):
                raise OSError("unplugged")
            samples, self.left = self.left[:count], self.left[count:]
            return samples, False

    found = SimpleNamespace(InputStream=Microphone, PortAudioError=OSError)
    monkeypatch.setitem(sys.modules, "sounddevice", found)
    assert run(["listen", path]) == 2
    out, err = capsys.readouterr()
    assert [json.loads(line)["time"] for line in out.splitlines()] == [one["time"] for one in whole]
    assert "microphone: expected one that records 8,000 samples per second; unplugged" in err


def test_what_a_microphone_needs_is_said_in_a_line(path: str, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert run(["listen", path, "microphone"]) == 2
    assert "pip install 'elman[microphone]'" in capsys.readouterr().err

    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice")
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    assert run(["listen", path, "microphone"]) == 2
    assert "apt install libportaudio2" in capsys.readouterr().err


def test_what_cannot_be_listened_to_is_refused(path: str, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "text.wav").write_text("no recording")
    for words, message in (
        ([path, str(tmp_path / "text.wav")], "expected a recording"),
        ([path, str(tmp_path / "none.wav")], "expected a file; found none"),
        ([path, str(tmp_path / "text.wav"), "--rate", "8000"], "--rate: expected with - only"),
        ([path, write(tmp_path / "nothing.wav", np.zeros(0, np.float32))], "nothing.wav: expected samples; found none"),
    ):
        assert run(["listen", *words]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (b"", 2, "error: standard input: expected samples; found none"),
        (bytes(8001), 0, "warning: standard input: expected samples of 16 bits; found an odd number of bytes"),
        (
            b"RIFF" + bytes(9000),
            2,
            "error: standard input: expected samples of 16 bits; found the header of a recording",
        ),
        (b"fLaC", 2, "hint: name the file instead of -"),
    ],
)
def test_standard_input_that_is_no_samples_is_told(
    given: bytes, code: int, message: str, path: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert run(["listen", path, "-"]) == code
    out, err = capsys.readouterr()
    assert (out, message in err) == ("", True)


# --- what is cut out ---


def rows(*loud: tuple[int, float]) -> NDArray[np.float32]:
    """Frames of two bands, so many of each loudness."""
    return np.concatenate([np.full((count, 2), level, np.float32) for count, level in loud])


def cut(frames: NDArray[np.float32], at_once: int = 7) -> Iterator[tuple[int, int, int]]:
    found = Utterances(Margins(2, 3), 10.0)
    for first in range(0, len(frames), at_once):
        for one in found.push(frames[first : first + at_once]):
            yield one.first, one.last, len(one.energies)
    for one in found.finish():
        yield one.first, one.last, len(one.energies)


def test_utterances_are_where_it_is_loud_with_the_margins_of_takes() -> None:
    said = rows((100, -12), (40, -3), (60, -12), (10, -2), (15, -12), (10, -3), (100, -12), (20, -3))
    for at_once in (1, 7, 1000):
        found = list(cut(said, at_once=at_once))
        # A gap of 150 ms is within a word; the last one is ended by the end of the stream.
        assert found == [(100, 139, 45), (200, 234, 40), (335, 354, 22)]
    assert list(cut(rows((100, -12), (2, -3), (100, -12)))) == []  # a click
    assert list(cut(rows((100, -12), (300, -3), (40, 0), (50, -3)))) == [(400, 439, 45)]  # noise became louder


def test_a_word_after_a_louder_one_is_heard_in_a_room_that_sounds_on(model: elman.SpeechModel) -> None:
    """Half a second after the end of a loud word; the room keeps a thousandth of its energy for as long."""
    rng = np.random.default_rng(0)
    room = rng.normal(0, 1, 4000) * 10 ** (-3 * np.arange(4000) / 4000)
    room = np.concatenate([[1.0], room / np.linalg.norm(room) / 2])
    quiet = np.zeros(4000)
    for factor in (0.3, 0.1, 0.03):
        said = np.concatenate([quiet, spoken("up", take=70), quiet, factor * spoken("down", take=70), quiet, quiet])
        samples = np.convolve(said, room)[: len(said)] + rng.normal(0, 3e-4, len(said))
        assert [one["word"] for one in heard(model, samples.astype(np.float32), 800)] == ["up", "down"]


def test_words_are_heard_apart_when_the_noise_has_become_louder(model: elman.SpeechModel) -> None:
    """By 8 dB, which alone is no utterance, and by 20 dB, which is one until it has lasted."""
    rng = np.random.default_rng(0)
    said = [part for word in ("up", "down", "up") for part in (np.zeros(3600), spoken(word, take=70))]
    words, ends = np.concatenate([*said, np.zeros(4000)]), np.cumsum([len(part) for part in said])[1::2]
    for before, pause in ((0.008, 0), (0.002, 12000)):
        quiet = rng.normal(0, before, 8000)
        samples = np.concatenate([quiet, np.zeros(pause), words])
        samples[8000:] += rng.normal(0, 0.02, len(samples) - 8000)
        found = heard(model, samples.astype(np.float32), 800, threshold=0.0)
        assert [one["word"] for one in found] == ["up", "down", "up"]
        assert [one["time"] for one in found] == pytest.approx(((8000 + pause + ends) / 8000).tolist(), abs=0.03)


def test_margins_are_those_of_takes() -> None:
    loud = rows((10, -12), (30, -3), (20, -12))
    assert loudness(loud)[20] == pytest.approx(-3)
    assert edges(loudness(loud)) == (10, 39)
    assert margins([loud, loud[5:], loud[:45]], 10.0) == Margins(10, 20)
    assert margins([rows((90, -12), (30, -3))], 10.0) == Margins(50, 0)  # at most half a second
    assert set(GLIDES) == {"up", "down", "high"}
