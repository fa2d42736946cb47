"""What is learned and what is held out, and how it is laid out for updates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from elman.copies import cached_property
from elman.tasks.labelled.answers import Flat, flat, some
from elman.tasks.labelled.codec import Examples
from elman.training.batching import Rows
from elman.training.holding import Halves

TOGETHER = 16  # updates whose sequences are laid out at once


class Learning:
    """What is learned, and what is held out."""

    def __init__(self, files: Sequence[str], examples: Examples, halves: Halves, size: int) -> None:
        self.files, self.examples, self.halves, self.size = files, examples, halves, size

    @property
    def epoch(self) -> int:
        """Updates in which every sequence is read."""
        return -(-len(self.halves.learned) // self.size)

    @cached_property
    def learned(self) -> Examples:
        """Those that updates are made with."""
        return self._part(self.halves.learned)

    @cached_property
    def held_out(self) -> Examples:
        """Those that are validated with."""
        return self._part(self.halves.held_out)

    def _part(self, rows: Rows) -> Examples:
        examples = self.examples
        return examples._replace(
            ids=[examples.ids[row] for row in rows],
            inputs=[examples.inputs[row] for row in rows],
            values=some(examples.values, rows),
        )

    def told(self) -> Iterator[str]:
        """How the data is parted; and of classes that are on one side only."""
        learned, held_out = self.halves.learned, self.halves.held_out
        yield f"{len(learned):,} sequences to learn from, {len(held_out):,} held out; batches of {self.size:,}"
        missing = sorted(self._classes(held_out) - self._classes(learned))
        for label in missing[:3]:
            yield f"the class {self.examples.names[label]!r} is held out only: it cannot be learned"

    def _classes(self, rows: Rows) -> set[int]:
        """Numbers of the classes that are there; none where answers are numbers."""
        values: Flat = flat(some(self.examples.values, rows)) if self.examples.names and len(rows) else np.zeros(0)
        return set(values[values >= 0].tolist())


def together(drawn: Sequence[Rows]) -> Iterator[Rows]:
    """Batches of one size that follow each other, some at a time (U, B)."""
    some: list[Rows] = []
    for batch in drawn:
        if some and (len(batch) != len(some[0]) or len(some) == TOGETHER):
            yield np.stack(some)
            some = []
        some.append(batch)
    if some:
        yield np.stack(some)
