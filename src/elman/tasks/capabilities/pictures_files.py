"""To be drawn at work on inputs of one's own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from elman.network import Network
from elman.tasks.capabilities.pictured import Pictured

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class PicturesFiles(Pictured):
    """A task whose picture can show inputs of files."""

    @abstractmethod
    def picture_of(self, network: Network, files: Sequence[str]) -> Figure:
        """The first inputs of files, and what a network says of them.

        Raises:
            DataError: a file is not what the task reads.
        """
