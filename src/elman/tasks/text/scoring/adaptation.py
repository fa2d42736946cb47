"""Dynamic evaluation (Krause et al., 2018): a model that goes on learning from what it has just read.

The text is read in windows. The loss of a window is recorded first, under what was learned from all windows before it;
then one update is made with its gradient. So nothing is counted that the model had seen, and the figure is an adaptive
one, as PPMd's is: it stands beside a static figure, never in its place.

The update is a gradient over a running root mean square of gradients (Adam without momentum), so that weights which
rarely matter move as far as others. The paper takes that mean from the training text and pulls weights back to what
they were; a mean of the text that is read needs no other text, and pulling back did not pay here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from elman.errors import in_range, whole
from elman.network import Network
from elman.tasks.text.alphabet import END, Alphabet, Symbols
from elman.tasks.text.scoring.surprise import Score, check
from elman.training import Adam, Batch, Plan, Trainer

AT_ONCE = 4096  # windows that are handed to the engine by one call


@dataclass(frozen=True, kw_only=True)
class Adaptation:
    """How fast a model learns from what it reads. Large networks want smaller rates: from 7e-4 down to 2e-4."""

    window: int = 20  # characters from update to update
    rate: float = 3e-4
    memory: float = 0.999  # of the running mean of squared gradients

    def __post_init__(self) -> None:
        whole("window", self.window, 1, 1 << 20)
        in_range("rate", self.rate, 0, 1)
        in_range("memory", self.memory, 0, 1, high_in=False)


class Adapting:
    """A copy of a model that learns from each text it reads; the model itself stays as it is."""

    def __init__(self, network: Network, alphabet: Alphabet, adaptation: Adaptation | None = None) -> None:
        check(network, alphabet)
        self._alphabet = alphabet
        self._adaptation = adaptation or Adaptation()
        # Nothing is dropped: what is recorded is the loss of the whole network, as in a static figure.
        still = replace(network.architecture, noise=0.0, dropout=0.0, output_dropout=0.0, weight_dropout=0.0)
        copy = Network.of(still)
        copy.parameters.flat[...] = network.parameters.flat
        a = self._adaptation
        self._trainer = Trainer(copy, loss="symbols", optimizer=Adam(a.rate, betas=(0.0, a.memory)))

    def texts(self, texts: Iterable[Iterable[str]], *, documents: bool = False) -> Score:
        """Many, each of which comes in pieces; what is learned from one is known in the next."""
        total = Score()
        for pieces in texts:
            total += self.text(pieces, ends=documents)
        return total

    def text(self, pieces: Iterable[str], *, ends: bool = False) -> Score:
        """One text, which comes in pieces of any size: END and the initial state, then all of its characters.

        With `ends`, END behind it is to be predicted, too.
        """
        score = Score()
        most, read, carry = AT_ONCE * self._adaptation.window, np.array([END], np.int32), False
        for symbols in chain((self._seen(piece, score) for piece in pieces), [np.array([END], np.int32)] * ends):
            read = np.append(read, symbols)
            while len(read) > most:
                self._learn(read[: most + 1], carry, score)
                read, carry = read[most:], True
        self._learn(read, carry, score)
        return score

    def _seen(self, text: str, score: Score) -> Symbols:
        symbols = self._alphabet.symbols(text)
        score.unseen.update(text[i] for i in np.flatnonzero(symbols < 0))
        return symbols[symbols >= 0]

    def _learn(self, read: Symbols, carry: bool, score: Score) -> None:
        """Window by window: the loss, then an update. The last window may be shorter."""
        window, steps = self._adaptation.window, len(read) - 1
        if steps == 0:
            return
        updates = -(-steps // window)
        padded = np.append(read, np.zeros(updates * window - steps, np.int32))
        carries = np.ones(updates, np.bool_)
        carries[0] = carry
        plan = Plan(
            examples=Batch(inputs=padded[:-1, None], targets=padded[1:, None], lengths=[steps]),
            rows=np.zeros((updates, 1), np.int32),
            starts=np.arange(updates) * window,
            steps=window,
            carry=carries,
        )
        [event] = self._trainer.run([plan])
        lengths = np.minimum(window, steps - np.arange(updates) * window)
        score.characters += steps
        score.nats += float(event.losses @ lengths)
