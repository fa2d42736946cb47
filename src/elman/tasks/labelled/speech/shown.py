"""What the page of a model of speech shows: takes out of files, as they are heard."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from elman.network import Network
from elman.tasks.capabilities.shows_files import ShowsFiles
from elman.tasks.labelled.labelled import Labelled
from elman.tasks.labelled.speech.audio import resampled
from elman.tasks.labelled.speech.codec import SpeechCodec
from elman.tasks.labelled.speech.frames import LOW, Energies
from elman.tasks.labelled.speech.recordings import recordings

TAKES = 12  # that a page has, at most
FRAMES = 400  # of each
DEEP = 12.0  # nats below the loudest, which are drawn as nothing
DECIBELS = 10 / np.log(10)  # of a nat
DIGITS = 4  # after the point, of what a network reads


class Shown(Labelled, ShowsFiles):
    """Takes on a page: their energies, and the words as they firm up."""

    script: ClassVar[Path] = Path(__file__).with_name("look") / "page.js"
    known: SpeechCodec

    def seen(self, network: Network) -> dict[str, Any]:
        """The words, and how long a frame is."""
        frames = self.known.encoding
        return {
            "classes": list(self.known.answers.names),
            "scale": None,
            "per": self.settings.per,
            "shift": frames.shift,
            "bands": frames.bands,
            "hertz": [LOW, frames.rate / 2],  # of the lowest and the highest
            "deep": round(DEEP * DECIBELS),
            "frames": FRAMES,
        }

    def examples(self, network: Network, files: Sequence[str]) -> list[dict[str, Any]]:
        """The first takes. Frames are made here, by the filter bank that the model learned with."""
        found, _ = recordings(files)
        frames, takes = self.known.encoding, []
        for one in found[:TAKES]:
            samples, rate = self.known.samples(one)
            energies = frames.energies(one.place, resampled(samples, rate, frames.rate))
            inputs = frames.encoded(energies)[:FRAMES]
            takes.append({
                "id": Path(one.place).name,
                "length": len(energies),
                "energies": _drawn(energies[:FRAMES]),
                "inputs": np.round(inputs.astype(np.float64), DIGITS).ravel().tolist(),
            })  # fmt: skip
        return takes


def _drawn(energies: Energies) -> str:
    """(T, B) from 0 to 255, as bytes in base64."""
    shares = np.clip((energies - energies.max()) / DEEP + 1, 0, 1)
    return b64encode(np.round(255 * shares).astype(np.uint8).tobytes()).decode()
