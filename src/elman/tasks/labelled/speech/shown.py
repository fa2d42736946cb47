"""What the page and the picture of a model of speech show: takes out of files, as they are heard."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any, ClassVar

import numpy as np

from elman.network import Network
from elman.tasks.capabilities.shows_files import ShowsFiles
from elman.tasks.labelled.codec import Inputs
from elman.tasks.labelled.drawn import Drawn
from elman.tasks.labelled.picture import Block, attention, said
from elman.tasks.labelled.speech.audio import resampled
from elman.tasks.labelled.speech.codec import SpeechCodec
from elman.tasks.labelled.speech.frames import DECIBELS, LOW, Energies
from elman.tasks.labelled.speech.picture import DEEP, spectrogram
from elman.tasks.labelled.speech.recordings import recordings

TAKES = 12  # that a page has, at most
FRAMES = 400  # of each
DIGITS = 4  # after the point, of what a network reads


class Shown(Drawn, ShowsFiles):
    """Takes on a page and in a picture: their energies, and the words as they firm up."""

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
            "deep": DEEP,
            "frames": FRAMES,
        }

    def examples(self, network: Network, files: Sequence[str]) -> list[dict[str, Any]]:
        """Some takes. Frames are made here, by the filter bank that the model learned with."""
        return [
            {
                "id": name,
                "length": len(energies),
                "energies": _drawn(energies[:FRAMES]),
                "inputs": np.round(inputs.astype(np.float64), DIGITS).ravel().tolist(),
            }
            for name, energies, inputs in self._some(files)
        ]

    def _some(self, files: Sequence[str]) -> Iterator[tuple[str, Energies, Inputs]]:
        """Takes from all over the files: what each is called, its energies (T, B), and what a network reads of it."""
        found, _ = recordings(files)
        frames, some = self.known.encoding, found[:: -(-len(found) // TAKES) or 1]
        for one, name in zip(some, _told_apart([one.place for one in some]), strict=True):
            samples, rate = self.known.samples(one)
            energies = frames.energies(one.place, resampled(samples, rate, frames.rate))
            yield name, energies, frames.encoded(energies)[:FRAMES]

    def blocks(self, network: Network, files: Sequence[str]) -> Iterator[Block]:
        """Spectrograms over seconds."""
        frames = self.known.encoding
        for name, energies, inputs in self._some(files):
            shown, seconds = (count * frames.shift / 1000 for count in (len(inputs), len(energies)))
            yield Block(
                title=name + (f": its first {shown:g} of {seconds:.1f} s" if shown < seconds else ""),
                edges=np.arange(len(inputs) + 1) * frames.shift / 1000,
                axis="seconds",
                said=said(self.answers, network, inputs),
                attention=attention(network, inputs),
                above=partial(spectrogram, energies=energies[:FRAMES], frames=frames),
            )


def _told_apart(places: Sequence[str]) -> list[str]:
    """The names of files, with as many folders before them as tell them apart."""
    parts = [PurePath(place).parts for place in places]
    for count in range(1, max(map(len, parts), default=0) + 1):
        names = [str(PurePath(*one[-count:])) for one in parts]
        if len(set(names)) == len(set(places)):
            return names
    return list(places)


def _drawn(energies: Energies) -> str:
    """(T, B) from 0 to 255, as bytes in base64."""
    shares = np.clip(DECIBELS * (energies - energies.max()) / DEEP + 1, 0, 1)
    return b64encode(np.round(255 * shares).astype(np.uint8).tobytes()).decode()
