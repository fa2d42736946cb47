"""Visitor: a session that is going on. A click takes the same time, however many there were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from elman.errors import choose, whole
from elman.network import Network, State
from elman.tasks.capabilities.recommends import Recommendation
from elman.tasks.sessions.codec import Codec
from elman.tasks.sessions.counts import LOOKED_AT
from elman.tasks.sessions.log import REMEMBERED, Items
from elman.tasks.sessions.mixing import Evidence, Mix

EXCLUDED = ("none", "last", "seen")


class Visitor:
    """What a model knows of one session: the last clicks, and the network's state after all of them.

    Args:
        codec: of the model.
        evidence: what its counts say.
        mix: its weights.
        network: that reads clicks.
        history: items of earlier sessions, the latest last; those that are not known are skipped.
    """

    def __init__(
        self, codec: Codec, evidence: Evidence, mix: Mix, network: Network, history: Sequence[str] = ()
    ) -> None:
        self._codec, self._evidence, self._mix, self._network = codec, evidence, mix, network
        self._history = codec.encode(list(history))[-REMEMBERED:]
        self._clicks: list[int] = []  # the last ones
        self._state: State = network.new_state(1)
        self._outputs = np.zeros(len(codec.names), network.dtype)

    def click(self, item: str) -> bool:
        """The visitor goes to an item; False where the model does not know it, and nothing changes."""
        number = self._codec.numbers.get(str(item))
        if number is None:
            return False
        self._clicks = [*self._clicks, number][-LOOKED_AT:]
        outputs, self._state = self._network.forward([[number]], self._state)
        self._outputs = outputs[0, 0]
        return True

    def recommend(
        self,
        k: int = 20,
        *,
        exclude: str = "none",
        allow: Iterable[str] | None = None,
        deny: Iterable[str] = (),
        because: bool = False,
    ) -> list[Recommendation]:
        """The k most probable next items, or as many as are left; before any click, what is popular of late.

        Args:
            k: how many.
            exclude: "none", "last": not the item that is looked at, or "seen": none of the last 30.
            allow: only these; default: all.
            deny: none of these.
            because: whether to say which of the last clicks moved each item most: the one without which it would be
                least probable.

        Raises:
            ConfigError: an option is wrong.
        """
        whole("k", k, 1, 1 << 30)
        choose("exclude", exclude, EXCLUDED)
        clicks = np.array(self._clicks, np.int32)
        chances = self._chances(clicks, self._outputs)
        left = np.ones(len(chances), bool)
        if allow is not None:
            left[:] = False
            left[self._codec.encode(list(allow))] = True
        left[self._codec.encode(list(deny))] = False
        left[clicks[-1:] if exclude == "last" else clicks if exclude == "seen" else clicks[:0]] = False
        places = np.flatnonzero(left)
        if k < len(places):
            places = places[np.argpartition(-chances[places], k)[:k]]
        places = places[np.lexsort((places, -chances[places]))]
        why = self._because(clicks, places) if because and len(clicks) else [None] * len(places)
        names = self._codec.names
        return [
            Recommendation(names[place], float(chances[place]), reason)
            for place, reason in zip(places.tolist(), why, strict=True)
        ]

    def _chances(self, clicks: Items, outputs: NDArray[np.floating]) -> NDArray[np.float64]:
        """(V,) probabilities of the next item."""
        sparse = self._evidence.sparse(clicks, self._history)
        if len(clicks):
            logits = self._mix.logits(outputs, self._evidence.dense, sparse)
        else:
            logits = self._mix.first(self._evidence.dense, sparse)
        chances: NDArray[np.float64] = np.exp(logits - logits.max())
        chances /= chances.sum()
        return chances

    def _because(self, clicks: Items, places: NDArray[np.int64]) -> list[str | None]:
        """For each item, the click without which it would be least probable."""
        without = []
        for left_out in range(len(clicks)):
            others = np.delete(clicks, left_out)
            outputs = self._network.forward(others[:, None])[0][-1, 0] if len(others) else self._outputs * 0
            without.append(self._chances(others, outputs)[places])
        names = self._codec.names
        return [names[clicks[click]] for click in np.argmin(without, axis=0).tolist()]
