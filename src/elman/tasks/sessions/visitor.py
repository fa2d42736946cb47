"""Visitor: a session that is going on. A click takes the same time, however many there were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from elman._engine import highest, log_sum_exp
from elman.errors import DataError, choose, whole
from elman.network import Network, State
from elman.network.checks import Array
from elman.spelling import in_words
from elman.tasks.capabilities.recommends import Click, Recommendation, Visiting
from elman.tasks.sessions.codec import Codec, listed
from elman.tasks.sessions.counts import LOOKED_AT
from elman.tasks.sessions.log import REMEMBERED, Items
from elman.tasks.sessions.mixing import Mix
from elman.tasks.sessions.terms import Evidence

KEPT = 50  # items of the history of a visitor that is saved
SEEN = 1000  # different items of a session that are remembered, so that a visitor's memory is bounded
EXCLUDED = ("none", "last", "seen")


class Reader:
    """A network that reads the clicks of many visitors, with the parameters that it has now.

    They are packed once; and a visitor needs no memory for as many numbers as there are items.
    """

    def __init__(self, network: Network) -> None:
        self.network, self._stream = network, network.stream()
        self.checksum = crc32(network.parameters.flat.tobytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return Reader, (self.network,)

    def read(self, items: Sequence[int], states: Sequence[State]) -> list[tuple[NDArray[np.floating], State]]:
        """Of each of some visitors, (V,) outputs after this click and the state then.

        The weights of a large catalogue, which no cache holds, are read from memory once for all of them.
        """
        together = State(**{name: np.concatenate([one[name] for one in states], axis=1) for name in states[0]})
        outputs, after = self._stream.step_from(together, np.array(items, np.int32))
        own = ({name: values[:, row : row + 1].copy() for name, values in after.items()} for row in range(len(items)))
        return list(zip(outputs, (State(**one) for one in own), strict=True))


class Visitor(Visiting):
    """What a model knows of one session: the last clicks, what was seen, and the network's state before the last click.

    Args:
        codec: of the model.
        evidence: what its counts say.
        mix: its weights.
        reader: of clicks.
        history: items of earlier sessions, the latest last; those that are not known are skipped.
    """

    def __init__(self, codec: Codec, evidence: Evidence, mix: Mix, reader: Reader, history: Sequence[str] = ()) -> None:
        self._codec, self._evidence, self._mix, self._reader = codec, evidence, mix, reader
        self._history = codec.encode(listed("history", history))[-REMEMBERED:]
        self._clicks: list[int] = []  # the last ones
        self._seen: dict[int, None] = {}  # each item of the session once, the latest last
        self._acts: list[int] = []  # what was done at each of them; -1: not known
        self._before: State = reader.network.new_state(1)  # the last click
        self._after: State | None = None  # where that is read
        self._outputs: NDArray[np.floating] | None = None  # what the network says then, until it is answered

    @property
    def clicks(self) -> list[Click]:
        """The last ones, 30 at most, with what was done where that is known."""
        names, actions = self._codec.names, self._codec.actions
        each = zip(self._clicks, self._acts, strict=True)
        return [names[number] if act < 0 else (names[number], actions[act]) for number, act in each]

    def click(self, item: str, action: str | None = None) -> bool:
        """The visitor goes to an item; False where the model does not know it, and nothing changes.

        Args:
            item: its name.
            action: what is done with it, where the model knows actions.

        Raises:
            ConfigError: there is no such action.
        """
        act, number = self._codec.action(action), self._codec.numbers.get(str(item))
        if number is None:
            return False
        if self._clicks:
            if self._after is None:
                read([self])
            assert self._after is not None
            self._before = self._after
        self._clicks, self._acts = [*self._clicks, number][-LOOKED_AT:], [*self._acts, act][-LOOKED_AT:]
        self._after = self._outputs = None
        self._see(number)
        return True

    def _see(self, number: int) -> None:
        self._seen.pop(number, None)
        self._seen[number] = None
        if len(self._seen) > SEEN:
            del self._seen[next(iter(self._seen))]

    def _said(self) -> NDArray[np.floating]:
        """(V,) what the network says after the last click."""
        if self._outputs is None:
            read([self])
        outputs, self._outputs = self._outputs, None
        assert outputs is not None
        return outputs

    def save(self) -> bytes:
        """What is known of the visitor: the last 30 clicks, 50 items of the history, and the network's state.

        It takes about 1 kB, and 4 bytes more for each item that was seen before the last 30 clicks.
        """
        arrays: dict[str, Array] = {name: np.asarray(values, np.float32) for name, values in self._before.items()}
        arrays["clicks"], arrays["history"] = np.array(self._clicks, np.int32), self._history[-KEPT:]
        latest = set(self._clicks)
        if earlier := [number for number in self._seen if number not in latest]:
            arrays["seen"] = np.array(earlier, np.int32)
        if self._codec.actions:
            arrays["acts"] = np.array(self._acts, np.int32)
        arrays["checksums"] = np.array([*self._checksums, _checksum(arrays)], np.uint32)
        return save(arrays)

    @property
    def _checksums(self) -> list[int]:
        """Of what gives numbers of items a meaning, and of what gives states one."""
        return [self._codec.checksum, self._reader.checksum]

    def go_on(self, saved: bytes) -> None:
        """Takes the place of a visitor that was saved with the same model; a DataError where it is none."""
        expected = "visitor: expected one that `save` of this model gave"
        if not isinstance(saved, bytes):
            raise DataError(f"{expected}, in bytes; found {in_words(saved)}")
        try:
            arrays = load(saved)
            *model, own = arrays.pop("checksums").tolist()
            if own != _checksum(arrays):
                raise ValueError("a damaged one")
            clicks, history = arrays.pop("clicks"), arrays.pop("history")
            seen = arrays.pop("seen", np.zeros(0, np.int32))
            acts = arrays.pop("acts", np.full(len(clicks), -1, np.int32))
            states = {name: arrays[name].reshape(self._before[name].shape) for name in self._before}
            numbers = np.concatenate([clicks, history, seen])
            long = len(clicks) > LOOKED_AT or len(seen) > SEEN
            if numbers.dtype != np.int32 or long or not (numbers < len(self._codec.names)).all():
                raise ValueError("numbers of items that there are not")
            if (numbers < 0).any() or not all(np.isfinite(one).all() for one in states.values()):
                raise ValueError("numbers that are none")
            if acts.shape != clicks.shape or not ((acts >= -1) & (acts < max(1, len(self._codec.actions)))).all():
                raise ValueError("numbers of actions that there are not")
        except (SafetensorError, KeyError, ValueError) as error:
            raise DataError(f"{expected}; found: {error}") from None
        if model != self._checksums:
            raise DataError(f"{expected}; found one of another model", "a visitor begins anew with each new model")
        self._history, self._clicks, self._acts, self._after = history, clicks.tolist(), acts.tolist(), None
        self._outputs = None
        self._seen = {}
        for number in [*seen.tolist(), *self._clicks]:
            self._see(number)
        dtype = self._reader.network.dtype
        self._before = State(**{name: values.astype(dtype) for name, values in states.items()})

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
            exclude: "none", "last": not the item that is looked at, or "seen": none of the session's, of which the
                last 1,000 different ones are remembered.
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
        outputs = self._said() if self._clicks else self._silent
        logits = self._logits(clicks, self._acts, outputs)
        total = log_sum_exp(logits)
        if allow is not None:
            allowed = self._codec.encode(listed("allow", allow))
            kept = logits[allowed]
            logits.fill(-np.inf)
            logits[allowed] = kept
        logits[self._codec.encode(listed("deny", deny))] = -np.inf
        logits[{"none": [], "last": self._clicks[-1:], "seen": list(self._seen)}[exclude]] = -np.inf
        places = highest(logits, k)
        chances = np.exp(logits[places] - np.float64(total))
        why = self._because(clicks, places) if because and len(clicks) else [None] * len(places)
        names = self._codec.names
        return [
            Recommendation(names[place], chance, reason)
            for place, chance, reason in zip(places.tolist(), chances.tolist(), why, strict=True)
        ]

    @property
    def _silent(self) -> NDArray[np.floating]:
        """(V,) what the network says before any click: nothing."""
        return np.zeros(len(self._codec.names), self._reader.network.dtype)

    def _logits(self, clicks: Items, acts: list[int], outputs: NDArray[np.floating]) -> NDArray[np.floating]:
        """(V,) of the next item."""
        sparse = self._evidence.sparse(clicks, self._history, acts[-1] if acts else -1)
        if len(clicks):
            return self._mix.logits(outputs, self._evidence.dense, sparse)
        return self._mix.first(self._evidence.dense, sparse)

    def _because(self, clicks: Items, places: NDArray[np.int64]) -> list[str | None]:
        """For each item, the click without which it would be least probable."""
        without = []
        for left_out in range(len(clicks)):
            others, acts = np.delete(clicks, left_out), [*self._acts]
            del acts[left_out]
            outputs = self._reader.network.forward(others[:, None])[0][-1, 0] if len(others) else self._silent
            logits = self._logits(others, acts, outputs)
            without.append(logits[places] - log_sum_exp(logits))
        names = self._codec.names
        return [names[clicks[click]] for click in np.argmin(without, axis=0).tolist()]


def _checksum(arrays: Mapping[str, Array]) -> int:
    """Of these arrays: by which one is known that is damaged."""
    found = 0
    for name in sorted(arrays):
        found = crc32(arrays[name].tobytes(), crc32(name.encode(), found))
    return found


def read(visitors: Iterable[Visitor]) -> None:
    """Their last clicks, together, where they have clicked: the next `recommend` of each has no need to."""
    waiting = [one for one in visitors if one._clicks]
    for reader in dict.fromkeys(one._reader for one in waiting):
        those = [one for one in waiting if one._reader is reader]
        found = reader.read([one._clicks[-1] for one in those], [one._before for one in those])
        for one, answer in zip(those, found, strict=True):
            one._outputs, one._after = answer
