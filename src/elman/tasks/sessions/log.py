"""Log: the sessions of a shop or site as numbers, in the order in which they ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.errors import ConfigError

Items = NDArray[np.int32]
LONGEST = 50  # events of a session that are learned at once; longer ones are learned in pieces
REMEMBERED = 1000  # events of a user's earlier sessions
NONE = np.zeros(0, np.int32)


class Log:
    """Sessions.

    Args:
        items: (E,) numbers of items, of all sessions one behind another.
        starts: (S+1,) where each session begins.
        times: (S,) seconds of the last event of each; they do not fall.
        users: (S,) numbers of users, -1 where it is not known.
        ids: of the sessions, where they are known.
        acts: (E,) numbers of what was done with each item, -1 where it is not known; None: of none.
    """

    def __init__(
        self,
        items: Items,
        starts: NDArray[np.int64],
        times: NDArray[np.float64],
        users: NDArray[np.int64] | None = None,
        ids: Sequence[str] = (),
        acts: Items | None = None,
    ) -> None:
        self.items, self.starts, self.times, self.ids, self.acts = items, starts, times, ids, acts
        self.users = np.full(len(times), -1) if users is None else users

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, session: int) -> Items:
        return self.items[self.starts[session] : self.starts[session + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(S,) events of each."""
        return np.diff(self.starts)

    @property
    def predictions(self) -> int:
        """Events that can be predicted: all but the first of each session."""
        return int(np.maximum(self.lengths - 1, 0).sum())

    def part(self, first: int, last: int) -> Self:
        """Some sessions."""
        begin, end = self.starts[first], self.starts[last]
        starts = self.starts[first : last + 1] - begin
        acts = None if self.acts is None else self.acts[begin:end]
        return type(self)(
            self.items[begin:end], starts, self.times[first:last], self.users[first:last], self.ids[first:last], acts
        )

    def renumbered(self, numbers: Items) -> tuple[Self, int]:
        """With other numbers of items, without the events whose new number is -1, of which there are so many."""
        items = numbers[self.items]
        known = items >= 0
        starts = np.concatenate([[0], np.cumsum(known)])[self.starts]
        acts = None if self.acts is None else self.acts[known]
        return type(self)(items[known], starts, self.times, self.users, self.ids, acts), int((~known).sum())

    @classmethod
    def empty(cls) -> Self:
        """Without sessions."""
        return cls(np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0))

    def going_on(self, sessions: Sequence[Items], acts: Sequence[Items], when: float | None, most: int) -> Self:
        """With these sessions behind it. Where it has more than `most` events, it loses first ones, and does not grow.

        Args:
            sessions: of nobody that is known.
            acts: what was done in each.
            when: they ended, in seconds; None where sessions have their numbers in place of times.
            most: events that are kept, or as many as there are.
        """
        last = float(self.times[-1]) if len(self) else 0.0
        times = [last + 1 + place if when is None else max(last, when) for place in range(len(sessions))]
        starts = np.cumsum([0, *map(len, sessions)])
        done = None if self.acts is None else np.concatenate(acts)
        log = self.followed(type(self)(np.concatenate(sessions), starts, np.array(times, np.float64), acts=done))
        first = int(np.searchsorted(log.starts, len(log.items) - max(len(self.items), most)))
        return log.part(first, len(log))

    def followed(self, other: Self) -> Self:
        """These sessions and others behind them."""
        both = [np.full(len(one.items), -1, np.int32) if one.acts is None else one.acts for one in (self, other)]
        acts = None if self.acts is None and other.acts is None else np.concatenate(both)
        return type(self)(
            np.concatenate([self.items, other.items]),
            np.concatenate([self.starts, self.starts[-1] + other.starts[1:]]),
            np.concatenate([self.times, other.times]),
            np.concatenate([self.users, other.users]),
            [*self.ids, *other.ids],
            acts,
        )

    def pieces(self) -> list[Items]:
        """What a network learns: sessions of two events and more, long ones in pieces, every step in one of them."""
        found = []
        for session in np.flatnonzero(self.lengths > 1).tolist():
            items = self[session]
            found += [items[first : first + LONGEST + 1] for first in range(0, len(items) - 1, LONGEST)]
        return found

    @cached_property
    def _of_user(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.users, kind="stable")
        return order, self.users[order]

    def history(self, session: int) -> Items:
        """What the same user did in earlier sessions, the latest last."""
        user = self.users[session]
        if user < 0:
            return NONE
        order, users = self._of_user
        mine = order[np.searchsorted(users, user) : np.searchsorted(users, user, side="right")]
        earlier = [self[one] for one in mine[mine < session].tolist()]
        return np.concatenate([NONE, *earlier])[-REMEMBERED:]

    def fingerprint(self) -> int:
        """By which it is known again."""
        acts = b"" if self.acts is None else self.acts.tobytes()
        return crc32(self.times.tobytes(), crc32(self.starts.tobytes(), crc32(self.items.tobytes(), crc32(acts))))

    def arrays(self) -> dict[str, Any]:
        """What a model file keeps of it: no users and no names of sessions."""
        found = {"items": self.items, "starts": self.starts, "times": self.times}
        return found if self.acts is None else {**found, "acts": self.acts}

    @classmethod
    def of(cls, arrays: Mapping[str, Any], items: int, actions: int) -> Self:
        """What `arrays` gave; a ConfigError where it is no log of so many items and actions."""
        try:
            numbers, starts, times = (arrays[name] for name in ("items", "starts", "times"))
        except KeyError as error:
            raise ConfigError(f"expected the tensors items, starts, times of the task; {error} is missing") from None
        whole = numbers.ndim == starts.ndim == times.ndim == 1 and len(starts) == len(times) + 1 and starts[0] == 0
        fits = whole and starts[-1] == len(numbers) and (np.diff(starts) >= 0).all()
        if not fits or (len(numbers) and not 0 <= numbers.min() <= numbers.max() < items):
            raise ConfigError("expected a log of the items that the codec names; found another")
        acts = arrays.get("acts")
        if (acts is None) == bool(actions) or (acts is not None and not _fits(acts, len(numbers), actions)):
            raise ConfigError("expected a log of the actions that the codec names; found another")
        done = None if acts is None else acts.astype(np.int32)
        return cls(numbers.astype(np.int32), starts.astype(np.int64), times.astype(np.float64), acts=done)


def _fits(acts: NDArray[Any], events: int, actions: int) -> bool:
    """Whether these are numbers of so many actions, or -1, of so many events."""
    return acts.shape == (events,) and bool(((acts >= -1) & (acts < actions)).all())


class Prediction(NamedTuple):
    """What is asked of a recommender: what comes behind some clicks."""

    session: int
    clicks: Items  # so far
    history: Items  # of earlier sessions
    target: int
    act: int  # of the last click; -1: not known


def predictions(log: Log, sessions: Sequence[int] | range) -> Iterator[Prediction]:
    """Every event of these sessions but the first one."""
    for session in sessions:
        items, history, begin = log[session], log.history(session), log.starts[session]
        for place in range(1, len(items)):
            act = -1 if log.acts is None else int(log.acts[begin + place - 1])
            yield Prediction(session, items[:place], history, int(items[place]), act)
