"""What a network of sessions is asked: the next items, by it, by counts, and by what the visitor did before."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from elman.network import Network
from elman.tasks.capabilities.recommends import Click, Recommendation, Recommends, Visiting, split
from elman.tasks.sessions.codec import Codec, listed, parsed
from elman.tasks.sessions.mixing import Mix
from elman.tasks.sessions.terms import Evidence
from elman.tasks.sessions.visitor import Reader, Visitor, read


class Answering(Recommends):
    """Items, clicks in, and items that may come next out."""

    known: Codec
    evidence: Evidence
    _reader: Reader | None = None  # of the network that recommends

    @property
    @abstractmethod
    def mix(self) -> Mix:
        """The weights."""

    def parse(self, words: Sequence[str]) -> list[list[Click]]:
        """Sessions, one in each word: items with spaces between them, or a list of JSON (["a", ["b", "buy"]])."""
        return [parsed(word) for word in words]

    def predict(self, network: Network, inputs: Sequence[Any]) -> list[dict[str, float]]:
        """Of each session, a list of items: the 20 most probable next items, with their probabilities."""
        return [{one.item: one.probability for one in self.recommend(network, session)} for session in inputs]

    def tell(self, answer: Any) -> str:
        """Items in a line, the most probable one first."""
        return "\t".join(answer)

    def visitor(self, network: Network, history: Sequence[str] = ()) -> Visitor:
        """One who has not clicked yet. The network has the parameters that it had when the first one came."""
        if self._reader is None or self._reader.network is not network:
            self._reader = Reader(network)
        return Visitor(self.known, self.evidence, self.mix, self._reader, history)

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
        """The most probable next items."""
        visitor = self.visitor(network, history)
        for one in listed("items", items):
            visitor.click(*split(one))
        return visitor.recommend(k=k, exclude=exclude, allow=allow, deny=deny, because=because)

    def read(self, visitors: Iterable[Visiting]) -> None:
        """The network reads their last clicks, together."""
        read(one for one in visitors if isinstance(one, Visitor))

    def unknown(self, items: Sequence[Click]) -> list[str]:
        """Items that the log did not have."""
        return [item for item, _ in map(split, items) if item not in self.known.numbers]
