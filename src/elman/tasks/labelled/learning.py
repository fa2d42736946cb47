"""What is learned and what is held out, and how it is laid out for updates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property
from elman.spelling import counted
from elman.tables.words import listed
from elman.tasks.labelled.answers import Flat, flat, some
from elman.tasks.labelled.codec import Examples
from elman.training.batching import Rows
from elman.training.holding import Halves
from elman.training.sequences import Sequences

SHOWN = 5  # classes that a line lists
HIDDEN = 0.5  # the share of rare symbols that are read as unknown


class Learning:
    """What is learned, and what is held out."""

    def __init__(
        self,
        files: Sequence[str],
        examples: Examples,
        halves: Halves,
        size: int,
        hidden: NDArray[np.int32] | None = None,
    ) -> None:
        self.files, self.examples, self.halves, self.size = files, examples, halves, size
        self._hidden = hidden  # (S,) as which symbol each is read where it stands for an unknown one

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
            groups=[examples.groups[row] for row in rows] if examples.groups else (),
        )

    @cached_property
    def rare(self) -> NDArray[np.bool_] | None:
        """(S,) the symbols that are there once in what is learned; None where steps are no symbols."""
        inputs = self.learned.inputs
        return None if inputs[0].ndim != 1 else np.bincount(np.concatenate(inputs)) == 1

    def varied(self, sequences: Sequences, rng: np.random.Generator) -> Sequences:
        """As an epoch reads them: every other rare symbol is unknown, by chance, so that unknown ones are learned."""
        if self.rare is None or self._hidden is None or not self.rare.any():
            return sequences
        symbols = np.concatenate(sequences.inputs)
        rare = np.isin(symbols, np.flatnonzero(self.rare)) & (rng.random(len(symbols)) < HIDDEN)
        hidden = np.where(rare, self._hidden[symbols], symbols).astype(symbols.dtype)
        return replace(sequences, inputs=np.split(hidden, np.cumsum(sequences.lengths)[:-1]))

    def told(self) -> Iterator[str]:
        """How the data is parted; and of classes that are on one side only."""
        learned, held_out = self.halves.learned, self.halves.held_out
        yield f"{counted(len(learned), 'sequence')} to learn from, {len(held_out):,} held out; batches of {self.size:,}"
        if self.rare is not None and (count := int(self.rare.sum())):
            yield f"{count:,} values are there once: every other time, they are learned as unknown"
        sides = self._classes(learned), self._classes(held_out)
        if missing := sides[1] - sides[0]:
            yield f"classes that are held out only, so that they cannot be learned: {self._names(missing)}"
        if self.examples.groups and len(held_out) and (missing := sides[0] - sides[1]):
            yield f"classes of which no group is held out, so that they are not in the scores: {self._names(missing)}"

    def _names(self, classes: Iterable[int]) -> str:
        return listed([self.examples.names[label] for label in sorted(classes)], SHOWN)

    def _classes(self, rows: Rows) -> set[int]:
        """Numbers of the classes that are there; none where answers are numbers."""
        values: Flat = flat(some(self.examples.values, rows)) if self.examples.names and len(rows) else np.zeros(0)
        return set(values[values >= 0].tolist())
