"""Encoding: values of a table become what a network reads, by what the training part had.

A number becomes its distance from the mean, in standard deviations. A boolean stays 0 or 1. Where one is missing, the
mean stands for it; and if any was missing in the training part, one more input says so. A category becomes one input
for each value that the training part had, of which one is 1; for a value that it had not, none is.

Where one category, or the characters of a text, is all that there is, values are symbols as well, for a network that
looks them up: 0 is unknown or missing, n is the n-th category, from 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.tables import hints
from elman.tables.columns import Kind
from elman.tables.feature import Feature
from elman.tables.met import FAR, Met
from elman.tables.outliers import Outliers
from elman.tables.scale import Scale
from elman.tables.table import Table
from elman.tables.words import listed

COMMON = 200  # values of a category that have an input of their own, at most: the most common ones
UNKNOWN = 0  # the symbol of what the training part did not have


@dataclass(frozen=True)
class Encoded:
    """How one feature is encoded.

    Args:
        name: of the feature.
        kind: of its values.
        mean: of a number, or of a boolean.
        deviation: of a number; 1 for a boolean.
        missing: whether the training part had missing values, so that there is an input for that.
        categories: of which each has an input; of text, characters.
        rare: how many other values the training part had.
    """

    name: str
    kind: Kind
    mean: float = 0.0
    deviation: float = 1.0
    missing: bool = False
    categories: tuple[str, ...] = ()
    rare: int = 0

    @property
    def width(self) -> int:
        """How many inputs it makes."""
        return (len(self.categories) if self.symbolic else 1) + self.missing

    @property
    def symbolic(self) -> bool:
        """Whether its values are one of several things, not numbers."""
        return self.kind in ("category", "text")

    def told(self) -> str:
        """What becomes of it."""
        if self.kind == "text":
            return f"{self.name!r}: {len(self.categories):,} different characters"
        parts = []
        if self.symbolic:
            parts.append(f"{len(self.categories):,} categories")
        elif self.kind != "boolean":
            parts.append(f"(x − {self.mean:.4g}) / {self.deviation:.4g}")
        if self.rare:
            parts.append(f"{self.rare:,} rarer ones are unknown")
        if self.missing:
            parts.append(
                "an input says where it is missing" + f", the mean {self.mean:.4g} stands there" * (not self.symbolic)
            )
        return f"{self.name!r}: {'; '.join(parts) or '0 or 1'}"


@dataclass(frozen=True)
class Encoding:
    """How all features are encoded; `over` the features of a table it encodes its values."""

    features: tuple[Encoded, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)  # what is to be said of the training part

    @classmethod
    def fit(
        cls, table: Table, training: Sequence[int] | NDArray[np.integer[Any]] | None = None, least: int = 1
    ) -> Self:
        """By the training part of a table, which is read once.

        Args:
            table: of all sequences.
            training: the numbers of the sequences to learn from; by default all.
            least: values of a category that are there less often than this are unknown.

        Raises:
            DataError: a number is too large for its square.
        """
        counts: list[Counter[int]] = [Counter() for _ in table.features]
        missing = np.zeros(len(table.features), np.int64)
        outliers = Outliers(table.steps)

        def numbers() -> Iterator[NDArray[np.float64]]:
            for values in _training(table, training):
                missing[:] += np.isnan(values).sum(0)
                outliers.add(values)
                for place, feature in enumerate(table.features):
                    if feature.kind in ("category", "text"):
                        column = values[:, place]
                        found, often = np.unique(column[~np.isnan(column)].astype(np.int64), return_counts=True)
                        counts[place].update(dict(zip(found.tolist(), often.tolist(), strict=True)))
                yield values

        def where(place: int, value: float) -> str:
            name = table.features[place].name
            return f"{table.holding(value, lambda one: one.values[:, place])}: column {name!r}"

        scale = Scale.fit(numbers(), where)
        alone = len(table.features) == 1
        made: list[Encoded] = []
        notes: list[str] = []
        for place, feature in enumerate(table.features):
            absent = bool(missing[place])
            if feature.kind in ("category", "text"):
                kept = _kept(counts[place], least, None if alone else COMMON)
                names = tuple(_name(feature, code) for code in kept)
                rare = len(counts[place]) - len(kept)
                made.append(Encoded(feature.name, feature.kind, missing=absent, categories=names, rare=rare))
            else:
                deviation = 1.0 if feature.kind == "boolean" else scale.deviation[place]
                notes += [f"{one}; {hints.MISSING}" for one in outliers.told(place, scale, where)]
                made.append(Encoded(feature.name, feature.kind, scale.mean[place], deviation, absent))
        return cls(tuple(made), tuple(notes))

    @property
    def inputs(self) -> int:
        """How many numbers a step becomes."""
        return sum(feature.width for feature in self.features)

    @property
    def symbols(self) -> int | None:
        """How many symbols there are, with that of the unknown; None where values are no symbols."""
        [first, *others] = self.features
        return None if others or not first.symbolic else len(first.categories) + 1

    def over(self, features: Sequence[Feature]) -> Encoder:
        """For the values of a table with these features.

        Raises:
            DataError: they are not those of the encoding, in its order.
        """
        names, expected = [one.name for one in features], [one.name for one in self.features]
        if [one.casefold() for one in names] != [one.casefold() for one in expected]:  # as columns are found
            raise DataError(f"features: expected {listed(expected)}; found {listed(names)}")
        for one, known in zip(features, self.features, strict=True):
            if one.kind != known.kind:
                raise DataError(f"feature {one.name!r}: expected the kind {known.kind}; found {one.kind}")
        numbers = tuple({name: n for n, name in enumerate(one.categories, 1)} for one in self.features)
        return Encoder(
            self, tuple(features), numbers, Met(rare=frozenset(one.name for one in self.features if one.rare))
        )

    def report(self) -> list[str]:
        """What becomes of each feature, in lines; and what is to be said of the training part."""
        return [*(feature.told() for feature in self.features), *self.notes]

    def to_json(self) -> list[dict[str, Any]]:
        """What a model file keeps of it."""
        return [asdict(feature) for feature in self.features]

    @classmethod
    def from_json(cls, found: Sequence[Mapping[str, Any]]) -> Self:
        """From that."""
        return cls(tuple(Encoded(**{**one, "categories": tuple(one["categories"])}) for one in found))


@dataclass(frozen=True)
class Encoder:
    """An encoding for the features of one table; `met` tells what it met that training had not."""

    encoding: Encoding
    features: tuple[Feature, ...]
    numbers: tuple[dict[str, int], ...]  # of each feature: category -> symbol
    met: Met

    def encode(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """(T, F) values of the table as (T, inputs) of the network."""
        made = np.zeros((len(values), self.encoding.inputs), np.float32)
        place = 0
        for n, one in enumerate(self.encoding.features):
            part = made[:, place : place + one.width]
            column, place = values[:, n], place + one.width
            absent = np.isnan(column)
            if one.missing:
                part[:, -1] = absent
            if one.symbolic:
                symbols = self._symbols(n, column)
                known = symbols != UNKNOWN
                part[known, symbols[known] - 1] = 1
            else:
                part[:, 0] = self._number(one, column, absent)
        return made

    def symbols(self, values: NDArray[np.float64]) -> NDArray[np.int32]:
        """(T, 1) values of the table as (T,) symbols."""
        return self._symbols(0, values[:, 0])

    def _number(self, one: Encoded, column: NDArray[np.float64], absent: NDArray[np.bool_]) -> NDArray[np.float64]:
        scaled = (np.where(absent, one.mean, column) - (0.0 if one.kind == "boolean" else one.mean)) / one.deviation
        if absent.any() and not one.missing:
            self.met.missing[one.name] += int(absent.sum())
        far = np.abs(scaled) > FAR
        if far.any():
            self.met.far[one.name] += int(far.sum())
            scaled = np.clip(scaled, -FAR, FAR)
        return scaled

    def _symbols(self, n: int, column: NDArray[np.float64]) -> NDArray[np.int32]:
        one, feature = self.encoding.features[n], self.features[n]
        absent = np.isnan(column)
        codes, places = np.unique(np.where(absent, -1, column).astype(np.int64), return_inverse=True)
        names = [None if code < 0 else _name(feature, code) for code in codes.tolist()]
        found = np.array([UNKNOWN if name is None else self.numbers[n].get(name, UNKNOWN) for name in names], np.int32)
        often = np.bincount(places, minlength=len(codes))
        for name, symbol, count in zip(names, found.tolist(), often.tolist(), strict=True):
            if name is None and not one.missing:
                self.met.missing[one.name] += count
            elif name is not None and symbol == UNKNOWN:
                self.met.unknown[one.name, name] += count
        return found[places]


def _training(table: Table, training: Any) -> Iterator[NDArray[np.float64]]:
    """The values of the sequences to learn from, many at a time."""
    wanted = np.ones(len(table), bool)
    if training is not None:
        wanted[:] = False
        wanted[np.asarray(training, np.int64)] = True
    for chunk in table.chunks():
        if parts := [sequence.values for sequence in chunk if wanted[sequence.number]]:
            yield np.concatenate(parts)


def _kept(counts: Counter[int], least: int, most: int | None) -> list[int]:
    """The codes that are there often enough; of too many the most common ones; in the order of the table."""
    often = [(code, count) for code, count in counts.items() if count >= least]
    often.sort(key=lambda one: (-one[1], one[0]))
    return sorted(code for code, _ in often[:most])


def _name(feature: Feature, code: int) -> str:
    """What a code of a feature stands for."""
    return chr(code) if feature.kind == "text" else feature.categories[code]
