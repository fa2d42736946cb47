"""What pictures of models of labels share: which sequences they show."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from elman.errors import DataError
from elman.network import Network
from elman.spelling import either
from elman.tasks.capabilities.pictures_files import PicturesFiles
from elman.tasks.labelled.labelled import Labelled
from elman.tasks.labelled.picture import MOST, Block, draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Drawn(Labelled, PicturesFiles):
    """Some sequences, and what a network says of them, as a picture."""

    @abstractmethod
    def blocks(self, network: Network, files: Sequence[str]) -> Iterator[Block]:
        """The first sequences of files, each as a block of panels."""

    def picture_of(self, network: Network, files: Sequence[str]) -> Figure:
        """Of the first sequences, those that end in different answers."""
        blocks = list(self.blocks(network, files))
        if not blocks:
            raise DataError(f"{', '.join(files)}: expected sequences; found none")
        ends = [int(one.said[-1].argmax()) for one in blocks]
        places = sorted(range(len(blocks)), key=lambda place: (ends[:place].count(ends[place]), place))[:MOST]
        return draw([blocks[place] for place in sorted(places)], self.answers, self.settings.per)

    def picture(self, network: Network) -> Figure:
        """Of the data that it learned from."""
        hint = f"name one: {either('`model.picture([FILE])`', '`elman plot MODEL FILE --out PICTURE`')}"
        return self.picture_of(network, self.named((), hint))
