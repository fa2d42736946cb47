"""Spoken words: digits of unseen takes and speakers, command words beside PyTorch, and streams.

The recordings are in the folder that the environment variable ELMAN_RECORDINGS names: `spoken-digits/four_speakers.zip`
(of the Free Spoken Digit Dataset, names like 7_jackson_32.wav), `speech-commands/commands.zip` (of Speech Commands,
a folder for each word, names like c22d3f18_nohash_4.flac) and `speech-commands/digits.zip` (names like
seven_c22d3f18_4.flac). Without it, all of it is read from the working folder.
"""

from __future__ import annotations

import csv
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

import elman
from benchmarks.report import Report, say
from benchmarks.speech_program import costs
from elman.tasks.labelled.measures import softmax
from elman.tasks.labelled.speech.audio import heard, resampled
from elman.tasks.labelled.speech.recordings import SILENCE, UNKNOWN

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEST_TAKES = range(5)  # of each digit and speaker: the test part of the data set
SEEDS, SPLITS = 5, 5
TOGETHER = 3  # networks whose answers are averaged
COMMAND = {"hidden": 96, "epochs": 30}  # 12 classes: 73,740 parameters
RATE = 8000  # hertz, of the digits
OTHERS = 0.05  # of other words may be told
RATIO = 3.0  # decibels that digits are above noise
GAP = 0.5  # seconds of silence between the takes of a stream


BESIDE = [  # rows: without, with
    ["other words that are told in a stream; the same with `--other`", "other", "other words"],
    ["digits with noise of 3 dB that are right; the same with `--noise`", "noise", "noisy"],
    ["digits without noise that are right; the same with `--noise`", "noise", "takes"],
]


class Take(NamedTuple):
    """A recording."""

    file: str
    label: str
    speaker: str
    number: int = 0


def folder() -> Path:
    """Where the archives are."""
    return Path(os.environ.get("ELMAN_RECORDINGS", "."))


def unpacked(archive: str, into: Path) -> list[Path]:
    """The recordings of an archive."""
    with ZipFile(folder() / archive) as opened:
        names = [name for name in opened.namelist() if name.endswith((".wav", ".flac"))]
        opened.extractall(into, names)
    return [into / name for name in names]


def table(path: Path, takes: Iterable[Take]) -> str:
    """As `elman train speech` reads it."""
    with path.open("w", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        rows.writerow(["file", "label", "speaker"])
        rows.writerows(one[:3] for one in takes)
    return str(path)


class Bench:
    """Recordings in a temporary folder, and what is measured of them."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.digits = []
        for file in unpacked("spoken-digits/four_speakers.zip", scratch / "four"):
            digit, speaker, take = file.stem.split("_")
            self.digits.append(Take(str(file), digit, speaker, int(take)))
        self.others = []
        for file in unpacked("speech-commands/digits.zip", scratch / "digits"):
            word, speaker, _ = file.stem.split("_")
            self.others.append(Take(str(file), str(WORDS.index(word)), speaker))
        self.commands = []
        for file in unpacked("speech-commands/commands.zip", scratch / "commands"):
            word, speaker = file.parent.name, file.stem.split("_nohash_")[0].rpartition("_")[2]
            self.commands.append(Take(str(file), word, "" if word == SILENCE else speaker))

    def trained(self, takes: list[Take], seed: int, **settings: Any) -> elman.SpeechModel:
        """On all of them."""
        path = table(self.scratch / "train.csv", takes)
        model = elman.train("speech", path, **{"validate": 0.0, "seed": seed, **settings})
        assert isinstance(model, elman.SpeechModel)
        return model

    def answers(self, model: elman.SpeechModel, takes: list[Take]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """(N, K) probabilities, and which of the classes the labels are."""
        found = model.task.known.read([table(self.scratch / "test.csv", takes)], model.task.settings)
        return softmax(np.asarray(model.network.outputs(found.inputs))), np.asarray(found.values)

    # --- digits ---

    def unseen_takes(self, seeds: int) -> list[float]:
        """Accuracy of each seed on takes that are held out, of speakers that are not."""
        learned = [one for one in self.digits if one.number not in TEST_TAKES]
        held_out = [one for one in self.digits if one.number in TEST_TAKES]
        return [accuracy(*self.answers(self.trained(learned, seed), held_out)) for seed in range(seeds)]

    def unseen_speakers(self, seeds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
        """Of each speaker, the accuracy of each seed where the others are learned; and that of the mean answer."""
        alone: dict[str, list[float]] = {}
        mean: dict[str, float] = {}
        for speaker in sorted({one.speaker for one in self.digits}):
            learned = [one for one in self.digits if one.speaker != speaker] + self.others
            held_out = [one for one in self.digits if one.speaker == speaker]
            found = [self.answers(self.trained(learned, seed), held_out) for seed in range(seeds)]
            alone[speaker] = [accuracy(*one) for one in found]
            some = found[:TOGETHER]
            mean[speaker] = accuracy(np.mean([chances for chances, _ in some], axis=0), some[0][1])
            say(f"{speaker}: {alone[speaker]}, {len(some)} together {mean[speaker]:.4f}")
        return alone, mean

    # --- commands ---

    def split(self, number: int) -> tuple[list[Take], list[Take]]:
        """A fifth of the speakers is held out, by a hash; silence by its name."""

        def fifth(one: Take) -> bool:
            return int(sha256((one.speaker or Path(one.file).stem).encode()).hexdigest(), 16) % SPLITS == number

        return [one for one in self.commands if not fifth(one)], [one for one in self.commands if fifth(one)]

    def command_words(self, splits: int, peer: Callable[..., float] | None) -> list[dict[str, float]]:
        """Accuracy on each split, and that of PyTorch on the same frames."""
        found = []
        for number in range(splits):
            learned, held_out = self.split(number)
            began = time.monotonic()
            model = self.trained(learned, number, **COMMAND)
            seconds = time.monotonic() - began
            one = {"accuracy": accuracy(*self.answers(model, held_out)), "seconds": seconds}
            one["parameters"] = model.network.parameters.flat.size
            if peer is not None:
                read = [
                    model.task.known.read([table(self.scratch / "peer.csv", takes)], model.task.settings)
                    for takes in (learned, held_out)
                ]
                one["pytorch"] = peer(*read, COMMAND["hidden"], COMMAND["epochs"], number)
            say(str(one))
            found.append(one)
        return found

    # --- streams ---

    def streamed(
        self, model: elman.SpeechModel, takes: list[Take], size: int, threshold: float = 0.0
    ) -> list[dict[str, Any]]:
        """What is heard of takes that are laid end to end, in pieces of so many samples."""
        stream = model.listen(threshold=threshold)
        samples = self.laid(takes, model.task.rate)
        found = [one for first in range(0, len(samples), size) for one in stream.feed(samples[first : first + size])]
        return [*found, *stream.finish()]

    def laid(self, takes: list[Take], rate: int) -> NDArray[np.float32]:
        """End to end, with silence between."""
        quiet = np.zeros(round(GAP * rate), np.float32)
        parts = [quiet]
        for one in takes:
            parts += [self.samples(one, rate), quiet]
        return np.concatenate(parts)

    def samples(self, one: Take, rate: int) -> NDArray[np.float32]:
        """Of a take."""
        with Path(one.file).open("rb") as file:
            found = heard(one.file, file)
        return resampled(found.samples, found.rate, rate)

    def stream(self, seed: int) -> dict[str, Any]:
        """Of unseen takes: accuracy as takes and in a stream, whether pieces matter, and microseconds per frame."""
        learned = [one for one in self.digits if one.number not in TEST_TAKES]
        held_out = [one for one in self.digits if one.number in TEST_TAKES]
        model = self.trained(learned, seed)
        whole = self.streamed(model, held_out, 1 << 30)
        began = time.process_time()
        again = self.streamed(model, held_out, 160)
        seconds = time.process_time() - began
        frames = len(self.laid(held_out, model.task.rate)) / model.task.rate * 1000 / model.task.settings.shift
        said = matched(whole, held_out)
        right = sum(one.label == found["word"] for one, found in zip(held_out, said, strict=True))
        some = held_out[:20]
        same = again == whole and self.streamed(model, some, 1) == self.streamed(model, some, 1 << 30)
        return {
            "takes": accuracy(*self.answers(model, held_out)),
            "stream": right / len(held_out),
            "same": same,
            "microseconds": seconds / frames * 1e6,
        }

    def costs(self) -> dict[str, Any]:
        """Of the programs."""
        learned = [one for one in self.digits if one.number not in TEST_TAKES]
        held_out = [one for one in self.digits if one.number in TEST_TAKES]
        files = [one.file for one in held_out]
        return costs(table(self.scratch / "costs.csv", learned), self.laid(held_out, RATE), files)

    def none(self, seed: int) -> dict[str, float]:
        """Of a model of digits that met some command words as other words: how often words that it never met are none.

        Of the command words, every other one is met: three are learned, and by two the threshold is chosen, so that
        at most OTHERS of them are told.
        """
        said = sorted({one.label for one in self.commands} - {UNKNOWN, SILENCE})
        learned, chosen, rest = (
            [one for one in self.commands if one.label in some] for some in (said[:6:2], said[6::2], said[1::2])
        )
        digits = [one for one in self.digits if one.number not in TEST_TAKES]
        model = self.trained([*digits, *self.others, *(one._replace(label=UNKNOWN) for one in learned)], seed)
        heard_of = self._told(model, chosen)
        threshold = next(one for one in np.arange(0.5, 1.01, 0.05) if (heard_of >= one).mean() <= OTHERS)
        right, classes = self.answers(model, [one for one in self.digits if one.number in TEST_TAKES])
        found = (right.max(axis=1) >= threshold) & (right.argmax(axis=1) == classes)
        none = (self._told(model, rest) < threshold).mean()
        return {"none": float(none), "digits": float(found.mean()), "threshold": float(threshold)}

    def beside(self, seed: int) -> dict[str, float]:
        """What `--other` and `--noise` bring a model of digits: without them, and with them.

        Of other words that it never met, the share that is told as digits in a stream; of unseen takes with noise of
        RATIO decibels, the accuracy. Words are parted as in `none`; of the recordings of noise, every other one is met,
        but all may be cut out of the same few.
        """
        said = sorted({one.label for one in self.commands} - {UNKNOWN, SILENCE})
        words = [[one for one in self.commands if one.label in some] for some in (said[:6:2], said[1::2])]
        silent = sorted((one for one in self.commands if one.label == SILENCE), key=lambda one: one.file)
        learned = [one for one in self.digits if one.number not in TEST_TAKES]
        takes = [one for one in self.digits if one.number in TEST_TAKES]
        other, noise = table(self.scratch / "other.csv", words[0]), table(self.scratch / "noise.csv", silent[1::2])
        found = {}
        for name, given in (("plain", {}), ("other", {"other": other}), ("noise", {"noise": noise})):
            model = self.trained(learned, seed, **given)
            heard = self.streamed(model, words[1], 1 << 30, 0.5)
            found[f"{name}, other words"] = sum(one["word"] is not None for one in heard) / len(words[1])
            found[f"{name}, takes"] = accuracy(*self.answers(model, takes))
            found[f"{name}, noisy"] = self._noisy(model, takes, self.laid(silent[::2], model.task.rate))
        return found

    def _noisy(self, model: elman.SpeechModel, takes: list[Take], noise: NDArray[np.float32]) -> float:
        """The accuracy on takes with pieces of noise."""
        rng, mixed = np.random.default_rng(0), []
        for one in takes:
            samples = self.samples(one, model.task.rate)
            piece = np.zeros(0, np.float32)
            while not piece.any():
                first = int(rng.integers(len(noise) - len(samples)))
                piece = noise[first : first + len(samples)]
            scale = np.sqrt(np.mean(samples**2) / np.mean(piece**2) / 10 ** (RATIO / 10))
            mixed.append((samples + scale * piece).astype(np.float32))
        answers = model.predict(mixed)
        return float(np.mean([answer == one.label for answer, one in zip(answers, takes, strict=True)]))

    def _told(self, model: elman.SpeechModel, takes: list[Take]) -> NDArray[np.float64]:
        """(N,) how probable the likeliest label of each is, if it is a word; else 0."""
        known = model.task.known
        inputs = known.read([table(self.scratch / "others.csv", takes)], model.task.settings).inputs
        chances = softmax(np.asarray(model.network.outputs(inputs)))
        words = np.array([name not in (UNKNOWN, SILENCE) for name in known.answers.names])
        return np.where(words[chances.argmax(axis=1)], chances.max(axis=1), 0.0)


def accuracy(chances: NDArray[np.float64], classes: NDArray[Any]) -> float:
    """The share of right answers."""
    return float((chances.argmax(axis=1) == classes).mean())


def matched(said: list[dict[str, Any]], takes: list[Take]) -> list[dict[str, Any]]:
    """What was heard of each take, by its time; of more than one, the last."""
    ends, end = [], GAP
    for one in takes:
        with Path(one.file).open("rb") as file:
            sound = heard(one.file, file)
        end += len(sound.samples) / sound.rate
        ends.append(end)
        end += GAP
    found: list[dict[str, Any]] = [{"word": None}] * len(takes)
    for word in said:
        found[min(int(np.searchsorted(ends, word["time"] - GAP / 2)), len(takes) - 1)] = word
    return found


def run(quick: bool) -> Report:
    """Everything; quick: with one seed, and one split, and without PyTorch."""
    seeds, splits = (1, 1) if quick else (SEEDS, SPLITS)
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch))
        takes = bench.unseen_takes(seeds)
        stream, none, beside = bench.stream(0), bench.none(0), bench.beside(0)
        program = bench.costs()
        say(f"unseen takes {takes}; {program}; stream {stream}; none {none}; beside {beside}")
        alone, together = bench.unseen_speakers(seeds)
        peer = None
        if not quick:
            from benchmarks.speech_peer import pytorch

            peer = pytorch
        commands = bench.command_words(splits, peer)
    rows = [["digits, unseen takes", middle(takes)]]
    rows += [[f"digits, unseen speaker {name}", middle(of)] for name, of in alone.items()]
    means = [float(np.mean(of)) for of in zip(*alone.values(), strict=True)]
    rows += [
        ["digits, unseen speakers, mean of four", middle(means)],
        [f"the same, {min(seeds, TOGETHER)} networks averaged", f"{np.mean(list(together.values())):.4f}"],
        ["command words, unseen speakers", middle([one["accuracy"] for one in commands])],
    ]
    if not quick:
        rows.append(["the same, PyTorch", middle([one["pytorch"] for one in commands])])
    rows += [
        ["digits in a stream, unseen takes", f"{stream['stream']:.4f} (as takes: {stream['takes']:.4f})"],
        ["other words that are none, of words never met", f"{none['none']:.4f} (digits told: {none['digits']:.4f})"],
        *([what, f"{beside[f'plain, {of}']:.4f}, {beside[f'{name}, {of}']:.4f}"] for what, name, of in BESIDE),
        ["seconds from `elman train` to a saved model, digits", f"{program['seconds']:.1f}"],
        ["seconds of processors that it takes", f"{program['worked']:.1f}"],
        ["seconds of recordings whose frames are made in a second", f"{program['times_real']:.0f}"],
        ["megabytes of `elman listen`", f"{program['megabytes']:.0f}"],
        ["microseconds of listening, a frame of 10 ms", f"{stream['microseconds']:.0f}"],
        ["the same of a listener in C", f"{program['c_microseconds']:.1f}"],
        ["kilobytes of its numbers", f"{program['numbers'] / 1e3:.0f}"],
        ["kilobytes that it remembers", f"{program['remembered'] / 1e3:.0f}"],
    ]
    return Report(
        title="Spoken words",
        text=TEXT,
        header=("what", "accuracy, median (least to most)"),
        rows=rows,
        data={
            "takes": takes,
            "speakers": alone,
            "together": together,
            "commands": commands,
            "stream": stream,
            "none": none,
            "beside": beside,
            "program": program,
        },
    )


def middle(values: list[float]) -> str:
    """The median, and the range."""
    median = f"{np.median(values):.4f}"
    return f"{median} ({min(values):.4f} to {max(values):.4f})" if len(values) > 1 else median


TEXT = (
    "`elman train speech` with its defaults on the digits of four speakers of the Free Spoken Digit Dataset. *Unseen "
    "takes*: takes 0 to 4 of each digit and speaker are held out, as the data set has it. *Unseen speaker*: the other "
    "three are learned, and 240 digits of 118 speakers of Speech Commands. *Command words*: 12 classes of Speech "
    f"Commands, 1,770 takes, {SPLITS} splits of the speakers by a hash; never to be compared with published figures, "
    "which learn from sixty times as many. *PyTorch*: a GRU of the same size in both directions on the same frames, "
    "with Adam, dropout and a rate that falls, without variations. *In a stream*: the takes are laid end to end, with "
    "half a second of silence between. No setting was chosen on takes 0 to 4 or on command words that are held out; "
    f"those on the four speakers were, as docs/decisions.md tells. {SEEDS} seeds."
)
