"""Visitor: a session that is going on. A click takes the same time, however many there were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from elman.errors import DataError, choose, whole
from elman.network import Network, State
from elman.network.checks import Array
from elman.tasks.capabilities.recommends import Recommendation, Visiting
from elman.tasks.sessions.codec import Codec, listed
from elman.tasks.sessions.counts import LOOKED_AT
from elman.tasks.sessions.log import REMEMBERED, Items
from elman.tasks.sessions.mixing import Evidence, Mix

KEPT = 50  # items of the history of a visitor that is saved
EXCLUDED = ("none", "last", "seen")


class Visitor(Visiting):
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
        self._history = codec.encode(listed("history", history))[-REMEMBERED:]
        self._clicks: list[int] = []  # the last ones
        self._state: State = network.new_state(1)
        self._before = self._state  # the last click
        self._outputs = np.zeros(len(codec.names), network.dtype)

    def click(self, item: str) -> bool:
        """The visitor goes to an item; False where the model does not know it, and nothing changes."""
        number = self._codec.numbers.get(str(item))
        if number is None:
            return False
        self._clicks = [*self._clicks, number][-LOOKED_AT:]
        self._before = self._state
        outputs, self._state = self._network.forward([[number]], self._state)
        self._outputs = outputs[0, 0]
        return True

    def save(self) -> bytes:
        """What is known of the visitor, in about 1 kB: the last 30 clicks, 50 of the history, and the state."""
        arrays: dict[str, Array] = {name: np.asarray(values, np.float32) for name, values in self._before.items()}
        arrays["clicks"], arrays["history"] = np.array(self._clicks, np.int32), self._history[-KEPT:]
        return save(arrays)

    def go_on(self, saved: bytes) -> None:
        """Takes the place of a visitor that was saved with the same model; a DataError where it is none."""
        try:
            arrays = load(saved)
            clicks, history = arrays.pop("clicks"), arrays.pop("history")
            states = {name: arrays[name].reshape(self._state[name].shape) for name in self._state}
            numbers = np.concatenate([clicks, history])
            if numbers.dtype != np.int32 or len(clicks) > LOOKED_AT or not (numbers < len(self._codec.names)).all():
                raise ValueError("numbers of items that there are not")
            if (numbers < 0).any() or not all(np.isfinite(one).all() for one in states.values()):
                raise ValueError("numbers that are none")
        except (SafetensorError, KeyError, ValueError) as error:
            raise DataError(f"visitor: expected one that `save` of this model gave; found: {error}") from None
        self._history, self._clicks = history, clicks[:-1].tolist()
        self._state = State(**{name: values.astype(self._network.dtype) for name, values in states.items()})
        self._outputs = np.zeros_like(self._outputs)
        for number in clicks[-1:].tolist():
            self.click(self._codec.names[number])

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
            left[self._codec.encode(listed("allow", allow))] = True
        left[self._codec.encode(listed("deny", deny))] = False
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
