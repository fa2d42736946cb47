"""What `classify` and `tag` share: sequences are the rows of tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from elman.network import Network
from elman.tasks.capabilities.answers_steps import Answering, AnswersSteps
from elman.tasks.labelled.answering import StepByStep, encoded
from elman.tasks.labelled.codec import Codec, Inputs
from elman.tasks.labelled.labelled import Labelled
from elman.tasks.labelled.learner import Prepared
from elman.tasks.labelled.preparing import prepared
from elman.tasks.labelled.settings import LabelledSettings


class Tabled(Labelled, AnswersSteps):
    """To say what belongs to a sequence of a table, or to each step of it."""

    settings_type: ClassVar[type[LabelledSettings]]
    settings: LabelledSettings
    codec_type = Codec
    known: Codec

    @classmethod
    def prepared(cls, files: Sequence[str], settings: LabelledSettings, codec: Codec | None) -> Prepared:
        """Rows, encoded."""
        return prepared(files, settings, codec)

    @property
    def step(self) -> dict[str, Any]:
        """Numbers, or a symbol."""
        encoding = self.known.encoding
        symbols = encoding.symbols is not None
        return {
            "inputs": encoding.symbols or encoding.inputs,
            "symbols": symbols,
            "embedding": self.settings.embedding,
        }

    def encoded(self, given: Sequence[Any]) -> list[Inputs]:
        """Arrays (T, F) with the columns in order; or, where steps are symbols, lists of these."""
        encode = self.known.encode()
        return [encoded(encode, f"inputs[{place}]", one) for place, one in enumerate(given)]

    def answering(self, network: Network) -> Answering:
        """With a tag for each step as it comes; or with the label of the steps so far."""
        return StepByStep(self.known, network)
