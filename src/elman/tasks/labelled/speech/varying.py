"""Varying: each epoch reads each take a little otherwise, as another speaker would say it, or in another room.

All of it happens to log-mel energies, which are cached: no audio is read again. What a take becomes follows from the
seed, the epoch and the take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.network.ragged import padded
from elman.tasks.labelled.speech.frames import DECIBELS, FLOOR, Energies
from elman.tasks.labelled.speech.settings import SpeechSettings
from elman.training import Batch
from elman.training.sequences import Sequences

FAINTEST, LOUDEST = 6.0, 1.0  # nats that noise is below the mean energy of a take
LEAST = 1e-3  # of noise in a band, whose mean is 1


@dataclass(frozen=True)
class Varied(Sequences):
    """Takes as one epoch reads them.

    Args:
        energies: (T_i, B) of each take.
        noises: (T_j, B) of recordings of noise that are mixed into them; none: white noise is.
        encoded: makes of energies what a network reads.
        settings: how much they are varied.
        seed: of the epoch.
    """

    energies: Sequence[Energies]
    noises: Sequence[Energies]
    encoded: Callable[[Energies], NDArray[np.float32]]
    settings: SpeechSettings
    seed: int

    def batch(self, rows: NDArray[np.integer[Any]]) -> Batch:
        """Some of them side by side."""
        takes = [self._varied(int(row)).astype(self.settings.dtype, copy=False) for row in rows]
        return Batch(
            inputs=padded(takes),
            targets=np.asarray(self.targets)[rows],
            lengths=np.array([len(take) for take in takes], np.int32),
        )

    def _varied(self, row: int) -> NDArray[np.float32]:
        s, rng = self.settings, np.random.default_rng((self.seed, row))
        found = self.energies[row]
        if s.warp:
            found = warped(found, float(np.exp(rng.uniform(-s.warp, s.warp))))
        if s.speed:
            found = spoken(found, float(np.exp(rng.uniform(-s.speed, s.speed))))
        if s.edges:
            found = moved(found, *rng.integers(-s.edges, s.edges + 1, 2).tolist())
        if rng.random() < (s.noise_share or 0.0):
            found = noisy(found, rng, self.noises)
        if s.tilt:
            found = tilted(found, rng.uniform(-s.tilt, s.tilt))
        if s.gain:
            found = fainter(found, rng.uniform(0, s.gain))
        encoded = self.encoded(found)
        return masked(encoded, s.mask, rng) if s.mask else encoded


def warped(energies: Energies, factor: float) -> Energies:
    """As of a vocal tract of another length (Jaitly and Hinton, 2013): bands are read at `factor` times their place."""
    count = energies.shape[1]
    places = np.clip((np.arange(count) + 1) * factor - 1, 0, count - 1)
    return _between(energies.T, places).T


def spoken(energies: Energies, speed: float) -> Energies:
    """Faster or slower: frames are read at other places."""
    return _between(energies, np.linspace(0, len(energies) - 1, max(2, round(len(energies) / speed))))


def _between(rows: Energies, places: NDArray[np.float64]) -> Energies:
    """Rows at places that are no whole numbers."""
    first = np.minimum(places.astype(np.intp), max(0, len(rows) - 2))
    share = (places - first).astype(np.float32)[:, None]
    found: Energies = rows[first] * (1 - share) + rows[np.minimum(first + 1, len(rows) - 1)] * share
    return found


def moved(energies: Energies, before: int, behind: int) -> Energies:
    """With so many frames more or less before and behind the word; those that come are as faint as its faintest."""
    faintest = energies.min(axis=0, keepdims=True)
    most = len(energies) // 4
    first, last = max(0, min(-before, most)), len(energies) - max(0, min(-behind, most))
    parts = [faintest.repeat(max(0, before), 0), energies[first:last], faintest.repeat(max(0, behind), 0)]
    return np.concatenate(parts)


def noisy(energies: Energies, rng: np.random.Generator, noises: Sequence[Energies] = ()) -> Energies:
    """With noise of any loudness, as its energies add up: with a piece of one of these, or white, if there are none."""
    noise = piece(noises, len(energies), rng) if noises else np.log(rng.exponential(size=energies.shape) + LEAST)
    fainter = rng.uniform(LOUDEST, FAINTEST)
    level = np.log(np.exp(energies).mean() / np.exp(noise).mean()) - fainter
    found: Energies = np.logaddexp(energies, (noise + level).astype(np.float32))
    return found


def tilted(energies: Energies, decibels: float) -> Energies:
    """As through another microphone: the highest band so much louder beside the lowest."""
    return energies + np.linspace(0, decibels / DECIBELS, energies.shape[1], dtype=np.float32)


def fainter(energies: Energies, decibels: float) -> Energies:
    """As from afar. Takes are relative to their loudest moments; but the filter bank cuts off what is very faint."""
    found: Energies = np.maximum(energies - np.float32(decibels / DECIBELS), np.float32(FLOOR))
    return found


def piece(noises: Sequence[Energies], steps: int, rng: np.random.Generator) -> Energies:
    """So many steps of one of these, each of which is as likely as it is long; a short one goes round."""
    ends = np.cumsum([len(one) for one in noises])
    begin = int(rng.integers(ends[-1]))
    which = int(np.searchsorted(ends, begin, side="right"))
    found = noises[which]
    return found.take(np.arange(begin, begin + steps) - int(ends[which] - len(found)), axis=0, mode="wrap")


def masked(frames: NDArray[np.float32], most: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """With some inputs, and some steps, as they are on average (SpecAugment: Park et al., 2019)."""
    found = frames.copy()
    steps, inputs = frames.shape
    width = int(rng.integers(0, min(most, inputs // 2) + 1))
    first = int(rng.integers(0, inputs - width + 1))
    found[:, first : first + width] = 0
    width = int(rng.integers(0, min(most, steps // 4) + 1))
    first = int(rng.integers(0, steps - width + 1))
    found[first : first + width] = 0
    return found
