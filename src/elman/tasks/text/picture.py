"""The picture of a network of text: what it writes, each character coloured by how much it surprised the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.network import Network
from elman.tasks.text.alphabet import Alphabet
from elman.tasks.text.scoring.surprise import surprises
from elman.tasks.text.writing.sampling import Sampling
from elman.tasks.text.writing.written import sample

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES, COLUMNS = 10, 60
CELL = 0.14, 0.24  # inches
GLYPH: dict[str, Any] = {"ha": "center", "va": "center", "family": "monospace", "fontsize": 9}
MOST = 6.0  # nats, a character in 400; what costs more looks alike

Line = tuple[str, NDArray[np.float64]]  # characters, and the nats of each


def picture(network: Network, alphabet: Alphabet, documents: bool) -> Figure:
    """What it writes with seed 0, as it comes; where its texts have an end, as many as there is room for."""
    sampling = Sampling(length=LINES * COLUMNS, documents=documents)
    found: list[Line] = []
    for text in sample(network, alphabet, sampling, LINES if documents else 1):
        nats = [one.nats for one in surprises(network, alphabet, [[text]])]
        found += lines(text, np.concatenate([np.empty(0), *nats]))
    return draw(found[:LINES])


def lines(text: str, nats: NDArray[np.float64]) -> list[Line]:
    """The first LINES lines of a text, each of at most COLUMNS characters; the end of a line is a character, too."""
    found: list[Line] = []
    begun = 0
    for line in text.splitlines(keepends=True):
        shown = "".join("⏎" if c == "\n" else c if c.isprintable() else "·" for c in line)
        cuts = range(0, len(line), COLUMNS)
        found += [(shown[at : at + COLUMNS], nats[begun : begun + len(line)][at : at + COLUMNS]) for at in cuts]
        begun += len(line)
    return found[:LINES]


def draw(shown: list[Line]) -> Figure:
    """Lines of characters on the colours of their nats."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(COLUMNS * CELL[0] + 1.2, LINES * CELL[1] + 0.5), layout="constrained")
    axes = figure.subplots()
    costs = np.full((LINES, COLUMNS), np.nan)
    for row, (characters, nats) in enumerate(shown):
        costs[row, : len(nats)] = nats
        for column, character in enumerate(characters):
            if character != " ":
                axes.text(column, row, character, parse_math=False, **GLYPH)
    image = axes.imshow(costs, cmap="YlOrRd", vmin=0, vmax=MOST, aspect="auto", alpha=0.75)
    axes.set_title("what the network writes, as it comes", fontsize="medium")
    axes.set_axis_off()
    figure.colorbar(image, ax=axes, label="surprise in nats, −ln p", extend="max", pad=0.01)
    return figure
