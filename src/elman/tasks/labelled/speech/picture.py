"""How a take looks in a picture: its energies in bands of the mel scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.tasks.labelled.speech.frames import DECIBELS, LOW, Energies, Frames

DEEP = 52.0  # decibels below the loudest, which are drawn as nothing
NAMED = (20, 250, 500, 1000, 2000, 4000, 8000, 16000)  # hertz


def spectrogram(axes: Any, energies: Energies, frames: Frames) -> None:
    """Energies (T, B), relative to the loudest; frequencies lie as far apart as in the mel scale."""
    seconds, top = len(energies) * frames.shift / 1000, frames.rate / 2
    image = axes.imshow(
        DECIBELS * (energies - energies.max()).T,
        origin="lower", aspect="auto", extent=(0, seconds, 0, frames.bands), cmap="magma", vmin=-DEEP, vmax=0,
    )  # fmt: skip
    named = [hertz for hertz in NAMED if hertz <= top]
    share = (_mel(np.array(named)) - _mel(LOW)) / (_mel(top) - _mel(LOW))
    axes.set_yticks(frames.bands * share, [f"{hertz / 1000:g}" for hertz in named])
    axes.set_ylabel("kHz (mel scale)", fontsize="small")
    axes.figure.colorbar(image, ax=axes, pad=0.01).set_label("dB below\nthe loudest", fontsize="small")


def _mel(hertz: float | NDArray[Any]) -> Any:
    """As the filter bank of Kaldi has it."""
    return 1127 * np.log1p(np.asarray(hertz) / 700)
