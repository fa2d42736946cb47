"""SessionsModel: what a model of sessions can do beyond what every model can."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

from elman.errors import ConfigError
from elman.models.model import Model
from elman.tasks.capabilities.recommends import Click, Recommendation
from elman.tasks.sessions import Sessions
from elman.tasks.sessions.codec import listed
from elman.tasks.sessions.visitor import Visitor

SHOWN = 5  # items that a warning names


class SessionsModel(Model):
    """A network, counts, and the weights of both, that say what a visitor will want next."""

    task: Sessions

    def recommend(
        self,
        items: Sequence[Click],
        k: int = 20,
        *,
        history: Sequence[str] = (),
        exclude: str = "none",
        allow: Iterable[str] | None = None,
        deny: Iterable[str] = (),
        because: bool = False,
    ) -> list[Recommendation]:
        """The k most probable next items of a session, the most probable one first.

        Args:
            items: of the session so far, the latest last; [] for its beginning. Unknown ones are skipped (`unknown`).
                Of a model that knows actions, ("a", "buy") says what was done with an item.
            k: how many; there are fewer where fewer are left.
            history: items of the same visitor's earlier sessions, the latest last.
            exclude: "none", "last": not the item that is looked at, or "seen": none of the session's, of
                which the last 1,000 different ones are remembered.
            allow: only these items; default: all.
            deny: none of these.
            because: whether to say of each item which click moved it most.

        Raises:
            ConfigError: an option is wrong.
            DataError: items are no list.

        A UserWarning says where none of the items is known: the answer is then that of a session's beginning.
        """
        items = listed("items", items)
        if items and len(unknown := self.unknown(items)) == len(items):
            said = f"items: none of them is known: {', '.join(unknown[:SHOWN])}; the answer is as without a click"
            warnings.warn(said, stacklevel=2)
        return self.task.recommend(
            self.network, items, k=k, history=history, exclude=exclude, allow=allow, deny=deny, because=because
        )

    def visitor(self, history: Sequence[str] = (), *, saved: bytes | None = None) -> Visitor:
        """A session that goes on click by click, each of which takes the same time.

        Args:
            history: items of the same visitor's earlier sessions, the latest last.
            saved: in its place, what `Visitor.save` gave.

        Raises:
            ConfigError: both are given.
            DataError: that is no visitor of this model.
        """
        if saved is not None and len(history):
            raise ConfigError("saved: expected saved or history; found both", "who was saved has a history")
        visitor = self.task.visitor(self.network, history)
        if saved is not None:
            visitor.go_on(saved)
        return visitor

    def unknown(self, items: Sequence[Click]) -> list[str]:
        """Those of these items that the model does not know, and skips."""
        return self.task.unknown(items)
