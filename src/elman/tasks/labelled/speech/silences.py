"""Silence that is made: frames in which nobody says anything, so that a network learns that these are no word.

Recordings of words hold little of it, and a network that knows only words answers with one of them. What is made is
steady noise of any colour, as rooms, fans and microphones have it; and the pauses of the recordings themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman.tasks.labelled.speech.frames import Energies

PAUSES, ZEROS = 0.3, 0.05  # shares of what is made: like the pauses of takes, and nothing at all
FAINT = 10.0  # percentile of a take's frames, in each band, that its pauses are taken to be
TILT, WAVES, CURVED = 4.0, 4, 1.5  # nats from the lowest to the highest band; how many waves, of what deviation
FREE = 1.0, 12.0  # degrees of freedom, halved, of the energy in a band: of one frequency, and of some that are summed
SLOW = 0.7  # nats: how far the level of all bands wanders


def silences(count: int, takes: Sequence[Energies], seed: int) -> list[Energies]:
    """So many takes of silence (T_i, B), as long as takes of words.

    Args:
        count: how many.
        takes: (T_i, B) log-mel energies of words.
        seed: of what is drawn.
    """
    return [_silence(takes, np.random.default_rng((seed, number))) for number in range(count)]


def _silence(takes: Sequence[Energies], rng: np.random.Generator) -> Energies:
    steps, bands = takes[int(rng.integers(len(takes)))].shape
    kind = rng.random()
    if kind < ZEROS:
        return np.zeros((steps, bands), np.float32)
    if kind < ZEROS + PAUSES:
        colour = np.percentile(takes[int(rng.integers(len(takes)))].astype(np.float64), FAINT, axis=0)
    else:
        colour = _coloured(bands, rng)
    shape = np.exp(rng.uniform(*np.log(FREE)))
    energies = colour + np.log(rng.gamma(shape, 1 / shape, (steps, bands)))
    return np.asarray(energies + _wandering(steps, rng)[:, None], np.float32)


def _coloured(bands: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(B,) of a noise: a slope, and waves on it."""
    places = (np.arange(bands) + 0.5) / bands
    waves = rng.normal(0, CURVED, WAVES) @ np.cos(np.pi * np.outer(1 + np.arange(WAVES), places))
    return np.asarray(rng.uniform(-TILT, TILT) * places + waves / 2)


def _wandering(steps: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(T,) how its level changes: slowly."""
    knots = rng.normal(0, rng.uniform(0, SLOW), 2 + steps // 20)
    return np.interp(np.linspace(0, len(knots) - 1, steps), np.arange(len(knots)), knots)
