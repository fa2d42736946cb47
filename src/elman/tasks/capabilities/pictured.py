"""To be drawn: a picture of what a network learned."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from elman.network import Network
from elman.tasks.task import Task

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Pictured(Task):
    """A task of whose networks something can be seen."""

    @abstractmethod
    def picture(self, network: Network) -> Figure:
        """What can be seen of what a network learned; a ConfigError where there is nothing to see."""


def plain(words: str) -> str:
    """Words in a picture: Matplotlib takes what stands between dollar signs for a formula, and SVG has few controls."""
    return "".join(c if c.isprintable() else "·" for c in words).replace("$", r"\$")
