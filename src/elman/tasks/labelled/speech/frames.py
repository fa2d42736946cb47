"""Frames: what a network reads of samples, 100 times a second or so, normalised as the training part has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.errors import ConfigError, DataError, in_range, whole
from elman.tasks.labelled.speech.audio import Samples

Energies = NDArray[np.float32]  # (T, B)

DECIBELS = 10 / np.log(10)  # of a nat
LENGTH = 25.0  # milliseconds of a window
LOW = 20.0  # hertz, where the lowest band begins
LOUD = 95.0  # percentile of a take's frames, by their strongest band, that its energies are relative to
FLOOR = float(np.log(np.finfo(np.float32).eps))  # the library takes the energy of a band for no less
LEAST = 1e-2  # a standard deviation is taken for no less


def library() -> Any:
    """kaldi-native-fbank; a ConfigError where it is not installed."""
    try:
        import kaldi_native_fbank
    except ImportError:
        raise ConfigError(
            "speech: expected kaldi-native-fbank; it is not installed", "pip install 'elman[speech]'"
        ) from None
    return kaldi_native_fbank


@dataclass(frozen=True)
class Frames:
    """Cepstra and how they change, of the energies in bands of the mel scale (Davis and Mermelstein, 1980).

    Energies are logarithms, and those of a take are relative to its loudest moments: how near a microphone was says
    nothing about a word. (Means and deviations are those of the training part, not of the take.)

    Args:
        rate: samples per second, in hertz.
        bands: B, how many.
        shift: milliseconds from one frame to the next.
        cepstra: C, how many of them are kept.
        mean: (2C,) of the training part.
        deviation: (2C,) likewise, the standard deviation.
    """

    rate: int
    bands: int
    shift: float
    cepstra: int
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    symbols = None  # frames are numbers

    @property
    def inputs(self) -> int:
        """2C."""
        return 2 * self.cepstra

    def options(self) -> Any:
        """Those of the filter bank."""
        kaldi = library()
        options = kaldi.FbankOptions()
        window, mel = options.frame_opts, options.mel_opts
        window.samp_freq, window.frame_length_ms, window.frame_shift_ms = self.rate, LENGTH, self.shift
        window.dither, window.snip_edges = 0.0, False
        mel.num_bins, mel.low_freq, mel.high_freq = self.bands, LOW, 0.0
        return options

    def bank(self) -> Any:
        """A new filter bank, which has read nothing."""
        return library().OnlineFbank(self.options())

    def energies(self, place: str, samples: Samples) -> Energies:
        """(T, B) log-mel energies of a whole recording at this rate.

        Raises:
            DataError: it is shorter than a window.
        """
        needed = int(self.rate * LENGTH / 1000)
        if len(samples) < needed:
            raise DataError(f"{place}: expected {needed} samples or more, {LENGTH:.0f} ms; found {len(samples)}")
        bank = self.bank()
        bank.accept_waveform(self.rate, samples)
        bank.input_finished()
        return np.array([bank.get_frame(number) for number in range(bank.num_frames_ready)], np.float32)

    def fitted(self, energies: Sequence[Energies]) -> Self:
        """With the mean and deviation of these."""
        count = sum(map(len, energies))
        mean = np.sum([self._read(one).sum(axis=0, dtype=np.float64) for one in energies], axis=0) / count
        squares = np.sum([((self._read(one) - mean) ** 2).sum(axis=0) for one in energies], axis=0) / count
        deviation = np.maximum(np.sqrt(squares), LEAST)
        return replace(self, mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))

    def encoded(self, energies: Energies) -> Energies:
        """(T, 2C) as a network reads them."""
        found: Energies = (self._read(energies) - self._mean) / self._deviation
        return found

    def _read(self, energies: Energies) -> Energies:
        """(T, 2C) before they are normalised."""
        loudest = np.float32(np.percentile(energies.max(axis=1), LOUD))
        cepstra = np.asarray((energies - loudest) @ self.cosines, np.float32)
        return np.hstack([cepstra, slopes(cepstra)])

    @cached_property
    def cosines(self) -> Energies:
        """(B, C) of the discrete cosine transform."""
        angles = np.pi / self.bands * np.outer(np.arange(self.bands) + 0.5, np.arange(self.cepstra))
        return np.asarray(np.cos(angles) * np.sqrt(2 / self.bands), np.float32)

    @cached_property
    def _mean(self) -> Energies:
        return np.array(self.mean, np.float32)

    @cached_property
    def _deviation(self) -> Energies:
        return np.array(self.deviation, np.float32)

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """From that; a ConfigError, ValueError, TypeError or KeyError where it is not."""
        whole("rate", found["rate"], 1, 1 << 20)
        whole("bands", found["bands"], 1, 1 << 10)
        whole("cepstra", found["cepstra"], 1, found["bands"])
        in_range("shift", found["shift"], 1, 1000)
        mean, deviation = (tuple(map(float, found[name])) for name in ("mean", "deviation"))
        made = cls(found["rate"], found["bands"], float(found["shift"]), found["cepstra"], mean, deviation)
        if {len(mean), len(deviation)} != {made.inputs} or not all(one > 0 for one in deviation):
            raise ValueError("mean and deviation of other frames")
        return made


def slopes(rows: Energies) -> Energies:
    """(T, C) how rows (T, C) change at each step: the slope of a line through five of them."""
    around = np.pad(rows, ((2, 2), (0, 0)), "edge")
    return np.asarray((2 * (around[4:] - around[:-4]) + (around[3:-1] - around[1:-3])) / 10, np.float32)
