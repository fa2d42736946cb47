"""To recommend: items that may come next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from elman.errors import DataError
from elman.network import Network
from elman.spelling import in_words
from elman.tasks.task import Task

Click = str | tuple[str, str]  #: an item, or an item and what was done with it


def split(click: Click) -> tuple[str, str | None]:
    """The item of a click, and what was done with it; a DataError where it is neither an item nor both."""
    if not isinstance(click, tuple | list):
        return str(click), None
    if len(click) != 2 or not all(isinstance(one, str) for one in click):
        raise DataError(f"items: expected an item, or an item and an action; found {in_words(click)}", '["a", "buy"]')
    return click[0], click[1]


class Recommendation(NamedTuple):
    """An item that may come next."""

    item: str
    probability: float  #: of all items that there are, whatever was left out
    because: str | None = None  #: the click without which it would be least probable, if that was asked for


class Visiting(ABC):
    """A session that goes on, click by click."""

    @property
    @abstractmethod
    def clicks(self) -> list[Click]:
        """The last ones, the latest last."""

    @abstractmethod
    def click(self, item: str, action: str | None = None) -> bool:
        """The visitor goes to an item, and does this with it; False where it is not known, and nothing changes."""

    @abstractmethod
    def recommend(
        self,
        k: int = 20,
        *,
        exclude: str = "none",
        allow: Iterable[str] | None = None,
        deny: Iterable[str] = (),
        because: bool = False,
    ) -> list[Recommendation]:
        """As `Recommends.recommend` has it."""


class Recommends(Task):
    """A task whose networks say what a visitor will want next."""

    @abstractmethod
    def recommend(
        self,
        network: Network,
        items: Sequence[Click],
        *,
        k: int = 20,
        history: Sequence[str] = (),
        exclude: str = "none",
        allow: Iterable[str] | None = None,
        deny: Iterable[str] = (),
        because: bool = False,
    ) -> list[Recommendation]:
        """The k most probable next items, or as many as are left.

        Args:
            network: that knows.
            items: of the session so far, the latest last; those that are not known are skipped. Of a model that knows
                actions, a pair of an item and an action may stand in place of an item.
            k: how many.
            history: items of the same visitor's earlier sessions, the latest last.
            exclude: "none", "last": not the item that is looked at, or "seen": none of the session's, of
                which the last 1,000 different ones are remembered.
            allow: only these; default: all.
            deny: none of these.
            because: whether to say which click moved each item most.

        Raises:
            ConfigError: an option is wrong.
        """

    @abstractmethod
    def visitor(self, network: Network, history: Sequence[str] = ()) -> Visiting:
        """One who has not clicked yet; `history` are items of earlier sessions."""

    @abstractmethod
    def read(self, visitors: Iterable[Visiting]) -> None:
        """The network reads the last clicks of these visitors, together: that takes less than one by one.

        The next `recommend` of each answers sooner, and the same but for rounding.
        """

    @abstractmethod
    def unknown(self, items: Sequence[Click]) -> list[str]:
        """Those of these items that are skipped."""

    @abstractmethod
    def learn(self, sessions: Sequence[Sequence[Click]], when: float) -> int:
        """Takes over what visitors did in sessions that ended, at this time in seconds; the network stays as it is.

        Returns:
            How many of these sessions have an item that is known: those that were learned.
        """
