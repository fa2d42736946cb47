"""What is learned and what is held out of recordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from elman.tasks.labelled.codec import Examples
from elman.tasks.labelled.learning import Learning
from elman.tasks.labelled.speech.frames import Energies, Frames
from elman.tasks.labelled.speech.settings import VARIED, SpeechSettings
from elman.tasks.labelled.speech.varying import Varied
from elman.training.holding import Halves
from elman.training.sequences import Sequences


class Takes(Learning):
    """Recordings, which each epoch reads a little otherwise."""

    def __init__(
        self,
        files: Sequence[str],
        examples: Examples,
        halves: Halves,
        size: int,
        energies: Sequence[Energies],
        frames: Frames,
        settings: SpeechSettings,
        noises: Sequence[Energies] = (),
    ) -> None:
        super().__init__(files, examples, halves, size)
        self._energies, self._frames, self._settings, self.noises = energies, frames, settings, noises

    def varied(self, sequences: Sequences, rng: np.random.Generator) -> Sequences:
        """As `varying.py` has it."""
        s = self._settings
        if not any(getattr(s, name) for name in VARIED):
            return sequences
        return Varied(
            **vars(sequences),
            energies=self._energies,
            noises=self.noises,
            encoded=self._frames.encoded,
            settings=s,
            seed=int(rng.integers(1 << 62)),
        )
