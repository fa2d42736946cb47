"""Settings for a time: what `--minutes N` trains where no recipe is named.

How often a text has to be read depends on its size (`enough`), and hardly on the time that there is. So the time
settles the size of the network: the largest one that reads the text so often in it. Rate and dropout go with the size.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from elman.network import CELLS, Architecture
from elman.spelling import option

MEGABYTE = 1e6  # characters
ENOUGH = 7.0  # epochs for a text of that size
SHARE = 0.75  # of as many, in the time that is given: with the rates below, which are higher than the default's

# Multiply-adds forwards that a thread trains with in a second, forwards and back: the recipes of text on tiny
# Shakespeare, 12.4 to 14.0 by size (docs/benchmarks.md: parameters that a character meets × 2,048 characters × updates
# per second, on two threads). It is assumed, not measured: docs/decisions.md says why.
SPEED = 13.5e9
CORES = 4  # of more threads than that, a batch of some 32 rows makes too little use to count on it

STEP = 16  # hidden units: a vector of the widest instruction set
LIMIT = 1.3  # hidden units / √characters: a larger network learns a text by heart before it has learned from it
MOST = 2048  # hidden units: more were never tried
MANY = 1000  # different characters, from which on most of them are rare: they get …
EMBEDDING = 96  # … an embedding of so many numbers …
CAREFUL = 1 / 3  # … and so much of the learning rate
PATIENCE = 2000  # updates without a better validation
TIMES = 3.0  # as many epochs as are enough: where the training of a faster machine ends at the latest


def enough(characters: int) -> float:
    """How often a text of so many characters is read: 7 times a megabyte, and a smaller text more often."""
    return ENOUGH * math.pow(MEGABYTE / characters, 0.75)


def multiply_adds(architecture: Architecture) -> int:
    """Of a step: a parameter each, but for those that a symbol looks up."""
    a = architecture
    looked_up = a.embedding or len(CELLS[a.cell].gates) * a.hidden * a.directions
    return a.size - looked_up * a.inputs


def hidden(architecture: Architecture, characters: int, minutes: float, threads: int) -> int:
    """Units of the largest network of this kind that reads a text of so many characters often enough in that time."""
    work = SPEED * min(threads, CORES) * 60 * minutes / (SHARE * enough(characters) * characters)
    most = min(MOST, int(LIMIT * math.sqrt(characters)))
    sizes = range(STEP, max(STEP, most) + 1, STEP)
    fitting = bisect_right(sizes, work, key=lambda size: multiply_adds(replace(architecture, hidden=size)))
    return sizes[max(0, fitting - 1)]


def rate(units: int, symbols: int) -> float:
    """The learning rate for layers of so many hidden units: 0.016 up to 300, and for 512 about the default, 0.01."""
    usual = min(0.016, 0.018 * math.pow(256 / units, 0.75))
    return float(f"{usual * (CAREFUL if symbols > MANY else 1):.2g}")


def output_dropout(units: int, characters: int) -> float:
    """The more, the larger the network is for the text: 0 for 256 units and a megabyte, 0.5 for 1,024."""
    return round(min(0.6, max(0.0, 0.25 * math.log2(4 * units / math.sqrt(characters)))), 2)


def choice(
    architecture: Architecture,
    characters: int,
    interval: int | None,
    minutes: float,
    threads: int,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """The settings that suit a training of this time, without those that are given.

    Args:
        architecture: with everything that is given in it.
        characters: of the text that is learned.
        interval: updates between two validations; None where nothing is held out. Then nobody would notice that a
            network begins to learn by heart, and the number of epochs is the default's.
        minutes: of training.
        threads: that it has.
        given: settings that are not to be chosen.
    """
    chosen: dict[str, Any] = {}
    if architecture.inputs > MANY and "embedding" not in given:
        chosen["embedding"] = EMBEDDING
        architecture = replace(architecture, embedding=EMBEDDING)
    units = given.get("hidden") or hidden(architecture, characters, minutes, threads)
    chosen |= {
        "hidden": units,
        "output_dropout": output_dropout(units, characters),
        "rate": rate(units, architecture.inputs),
    }
    if interval is not None:
        chosen["epochs"] = float(f"{max(1.0, TIMES * enough(characters)):.2g}")
        chosen["patience"] = math.ceil(PATIENCE / interval)
    return {name: value for name, value in chosen.items() if name not in given}


def flags(chosen: Mapping[str, Any]) -> str:
    """Settings as the command line takes them."""
    return " ".join(option(name, value) for name, value in chosen.items())
