"""Codec: from the rows of files to the arrays and labels of a network, as the training part had them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError
from elman.tables import Columns, Encoding, Feature, Table, read
from elman.tables.table import Sequence as Steps
from elman.tasks.classify.measures import Labels
from elman.tasks.classify.settings import ClassifySettings

Inputs = NDArray[Any]  # (T, I) float32, or (T,) symbols
FIELDS = ("kind", "columns", "classes", "counts", "encoding")
KIND = "sequences"


class Examples(NamedTuple):
    """Sequences as a network reads them; labels from `len(codec.classes)` on are of classes that it does not know."""

    ids: list[str]
    inputs: list[Inputs]
    labels: Labels
    names: list[str]  # of all classes: those of the codec, then the others
    notes: list[str]  # what is to be said


@dataclass(frozen=True)
class Codec:
    """How data become inputs, and answers labels.

    Args:
        columns: which column is what.
        classes: the names of the labels, in the order of the outputs.
        counts: how often each was there in the training part.
        encoding: of the inputs.
    """

    columns: Columns
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    encoding: Encoding

    @classmethod
    def fit(cls, table: Table, learned: NDArray[np.intp]) -> Self:
        """By the sequences to learn from."""
        labels = labels_of(table)[learned]
        counts = np.bincount(labels, minlength=len(table.classes))
        return cls(table.columns, table.classes, tuple(counts.tolist()), Encoding.fit(table, learned))

    def examples(self, table: Table) -> Examples:
        """The sequences of a table with labels."""
        encode = _Encode(self, table.features)
        ids, inputs = [], []
        for sequence in table:
            ids.append(sequence.id)
            inputs.append(encode(sequence))
        unknown = [name for name in table.classes if name not in self.classes]
        names = [*self.classes, *unknown]
        numbers = {name: number for number, name in enumerate(names)}
        of_table = np.array([numbers[name] for name in table.classes], np.int64)
        return Examples(ids, inputs, of_table[labels_of(table)], names, encode.told())

    @property
    def _again(self) -> Columns:
        """For other files than those of the training: with the kinds that its values had, and whatever the groups."""
        kinds = {one.name: one.kind for one in self.encoding.features if one.kind != "text"}
        return replace(self.columns, kinds=kinds, group=None)

    def read(self, files: Sequence[str], settings: ClassifySettings) -> Examples:
        """Sequences of files, with labels."""
        with opened(files, self._again, settings) as table:
            examples = self.examples(table)
            return examples._replace(notes=[*table.notes, *examples.notes])

    def unlabelled(
        self, files: Sequence[str], settings: ClassifySettings
    ) -> Iterator[tuple[list[str], list[Inputs], list[str]]]:
        """Ids and inputs of the sequences of files, some at a time; with the last of them, what is to be said."""
        with opened(files, self._again.without_answers(), settings) as table:
            encode = _Encode(self, table.features)
            for chunk in table.chunks():
                yield [one.id for one in chunk], [encode(one) for one in chunk], []
            yield [], [], [*table.notes, *encode.told()]

    def inputs(self, values: NDArray[np.float64]) -> Inputs:
        """A sequence (T, F) of numbers; categories are numbers from 0 on, in the order of the encoding."""
        features = tuple(Feature(one.name, one.kind, one.categories) for one in self.encoding.features)
        encoder = self.encoding.over(features)
        return encoder.encode(values) if self.encoding.symbols is None else encoder.symbols(values)

    def to_json(self) -> dict[str, Any]:
        """What a model file keeps."""
        return {"kind": KIND, **asdict(self), "encoding": self.encoding.to_json()}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """From that; a ConfigError where it is not."""
        if set(found) != set(FIELDS) or found["kind"] != KIND:
            raise ConfigError(f"codec: expected the fields {', '.join(FIELDS)}; found {', '.join(found)}")
        try:
            columns, encoding = Columns(**found["columns"]), Encoding.from_json(found["encoding"])
            classes, counts = tuple(map(str, found["classes"])), tuple(map(int, found["counts"]))
        except (TypeError, ValueError, KeyError) as error:
            raise ConfigError(
                f"codec: expected columns, classes, counts and an encoding; found others: {error}"
            ) from None
        if len(classes) != len(counts) or len(set(classes)) != len(classes):
            raise ConfigError(f"codec: expected a count for each class; found {len(classes)} and {len(counts)}")
        return cls(columns, classes, counts, encoding)


class _Encode:
    """Encodes the sequences of one table."""

    def __init__(self, codec: Codec, features: Sequence[Feature]) -> None:
        self._encoder = codec.encoding.over(features)
        self._symbols = codec.encoding.symbols is not None

    def __call__(self, sequence: Steps) -> Inputs:
        if not len(sequence):
            raise DataError(f"{sequence.place}: expected at least one step; found none", "leave it out")
        encode = self._encoder.symbols if self._symbols else self._encoder.encode
        return encode(sequence.values)

    def told(self) -> list[str]:
        return self._encoder.met.told()


def opened(files: Sequence[str], columns: Columns, settings: ClassifySettings) -> Table:
    """The table of these files."""
    return read(files, columns, encoding=settings.encoding, delimiter=settings.delimiter)


def labels_of(table: Table) -> Labels:
    """(N,) of a table that has them."""
    assert table.known.labels is not None
    return table.known.labels
