"""Words that NumPy says: a glide of two tones for each, higher or lower with the speaker, with a little noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GLIDES = {"up": (400, 1600), "down": (1600, 400), "high": (2500, 2500)}  # hertz, from and to
SPEAKERS = {"ann": 1.15, "bob": 1.0, "cid": 0.9}
NOISE = 8000  # random numbers per second


def spoken(word: str, speaker: str = "bob", take: int = 0, rate: int = 8000) -> NDArray[np.float32]:
    """A take, from -1 to 1; whatever the rate, the same one."""
    rng = np.random.default_rng((len(word), len(speaker), take))
    seconds = rng.uniform(0.2, 0.4)
    low, high = np.multiply(GLIDES[word], SPEAKERS[speaker] * rng.uniform(0.95, 1.05))
    time = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * (low * time + (high - low) * time**2 / (2 * seconds))
    loud = rng.uniform(0.1, 0.6) * np.sin(np.pi * time / seconds) ** 0.5
    room = np.interp(time, np.arange(0, 1, 1 / NOISE), rng.normal(0, 0.003, NOISE))
    return np.asarray(loud * np.sin(phase) + room, np.float32)


def write(path: Path, samples: NDArray[Any], rate: int = 8000, **how: Any) -> str:
    """One recording; the folder is made."""
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, **how)
    return str(path)


def takes(folder: Path, count: int = 8, speakers: tuple[str, ...] = ("ann", "bob", "cid"), first: int = 0) -> Path:
    """So many of each word and speaker: word_speaker_take.wav."""
    for word in GLIDES:
        for speaker in speakers:
            for take in range(first, first + count):
                write(folder / f"{word}_{speaker}_{take}.wav", spoken(word, speaker, take))
    return folder
