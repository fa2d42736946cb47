"""What the page of an arithmetic model shows: the scripts in `look`, and what they need beside the network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from elman.network import Network
from elman.tasks.arithmetic.answering import Answering
from elman.tasks.arithmetic.picture import example
from elman.tasks.arithmetic.tries import tries
from elman.tasks.capabilities.learns_on_page import LearnsOnPage

TUTORIAL, USUAL = "tutorial", "best"  # recipes


class Shown(Answering, LearnsOnPage):
    """A function that is computed digit by digit, on a page."""

    script: ClassVar[Path] = Path(__file__).with_name("look") / "page.js"
    remembers: ClassVar[str] = "state"  # what is kept from digit to digit
    begins_with_most: ClassVar[bool] = False  # whether the page begins with an input on which most happens

    @property
    def tries(self) -> Sequence[tuple[str, Sequence[int]]]:
        """What there is to see, and operands that show it: those that follow from the machine."""
        return list(tries(self.definition, self.length))

    @property
    def formula(self) -> str:
        """What is computed, where the sign between the operands does not say it and it was given in words."""
        return ""

    @property
    def names(self) -> Sequence[str]:
        """What the operands are called."""
        return "ABCDEFGH"[: self.definition.operands]

    @property
    @abstractmethod
    def length(self) -> int:
        """Of the operands in training, in digits."""

    @property
    @abstractmethod
    def pairs(self) -> NDArray[np.int64]:
        """The tuples of operands (N, k) that are checked."""

    def seen(self, network: Network) -> dict[str, Any]:
        """The function, what is named in it, inputs to try, and another network to stand beside this one.

        `tries` are pairs: what is to be seen, and operands that show it, as words, since numbers may be of any size.
        """
        d, vectors = self.definition, self.question().inputs
        digits, answers, states = self.alphabets()
        most = ("most of what can happen", example(d, self.pairs, vectors, network).operands(d))
        found = [most, *self.tries] if self.begins_with_most else [*self.tries, most]
        return {
            **d.to_json(),
            "flush": d.flush,
            "signed": d.signed,
            "digits": digits,
            "answers": answers,
            "states": states,
            "vectors": vectors.tolist(),
            "length": self.length,
            "sign": self.sign,
            "formula": self.formula,
            "names": list(self.names),
            "remembers": self.remembers,
            "tries": [[words, list(map(str, operands))] for words, operands in found],
            "beside": self._beside(),
            "lessons": self.lessons(),
        }

    def _beside(self) -> dict[str, Any] | None:
        """The network of the other recipe, which is trained for it; None where there is one recipe only."""
        if TUTORIAL not in self.recipes:
            return None
        usual = self.settings.recipe != USUAL
        other = type(self)(recipe=USUAL if usual else TUTORIAL)
        network = other.network()
        trainer = other.trainer(network)
        for _ in trainer.run(other.plans(0)):
            pass
        name = "the usual network" if usual else "the tutorial's network"
        return {"name": name, "network": trainer.averaged(network)}
