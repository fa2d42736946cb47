"""Codec: from the rows of files to the arrays and answers of a network, as the training part had them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError
from elman.files.source import NoFileError
from elman.spelling import either
from elman.tables import Columns, Encoding, Feature, Table, hints, read
from elman.tables.columns import NoColumnError
from elman.tables.encoding import UNKNOWN
from elman.tables.rows import Values as StepValues
from elman.tables.table import Sequence as Steps
from elman.tasks.capabilities.reads_tables import ways
from elman.tasks.labelled.answers import Answers, Flat, Values, flat, given, some
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.endings import Endings
from elman.tasks.labelled.numbers import Numbers
from elman.tasks.labelled.settings import LabelledSettings

Inputs = NDArray[Any]  # (T, I) float32, or (T,) symbols
FIELDS = ("kind", "columns", "answers", "encoding", "endings")
ANSWERS: dict[str, type[Answers]] = {one.kind: one for one in (Classes, Numbers)}
KIND = "sequences"
LEARNED = {  # roles of columns that a file lacks, and what is to be said
    **dict.fromkeys(("features", "id", "time"), "the data that the model learned from had this column"),
    **dict.fromkeys(("label", "target"), "a score needs it; to predict, it need not be there"),
}


class Examples(NamedTuple):
    """Sequences as a network reads them, and what is known of them."""

    ids: list[str]
    inputs: list[Inputs]
    values: Values  # classes from `codec.answers.outputs` on are those that it does not know
    names: list[str]  # of all classes: those of the codec, then the others; none where values are numbers
    notes: list[str]  # what is to be said
    groups: Sequence[str] = ()  # of what each is, a person say, where that is told apart

    @property
    def per_step(self) -> bool:
        """Whether there is a value for each step, not for each sequence."""
        return not isinstance(self.values, np.ndarray)

    @property
    def unit(self) -> str:
        """What has a value."""
        return "steps" if self.per_step else "sequences"

    @property
    def symbols(self) -> Flat | None:
        """(M,) of all steps, where there is a value for each, and steps are symbols."""
        return flat(self.inputs) if self.per_step and self.inputs and self.inputs[0].ndim == 1 else None


@dataclass(frozen=True)
class Codec:
    """How data become inputs, and outputs answers.

    Args:
        columns: which column is what.
        answers: what is said.
        encoding: of the inputs.
        endings: of words that it does not know.
    """

    columns: Columns
    answers: Answers
    encoding: Encoding
    endings: tuple[str, ...] = ()

    @classmethod
    def fit(cls, table: Table, values: Values, learned: NDArray[np.intp]) -> Self:
        """By the sequences to learn from; values are those `given` with the table."""
        kind: type[Answers] = Numbers if table.columns.target else Classes
        of_learned = flat(some(values, learned))
        answers, encoding = kind.fit(table, of_learned[~kind.missing(of_learned)]), Encoding.fit(table, learned)
        made = cls(table.columns, answers, encoding)
        if encoding.symbols is None or encoding.features[0].kind != "category":
            return made
        once = made._once(table, set(learned.tolist()), encoding.symbols)
        return replace(made, endings=Endings.fit(encoding.symbols, once).names)

    def _once(self, table: Table, learned: set[int], symbols: int) -> list[str]:
        """The words that come once in what is learned."""
        encode, often = Encode(self, table.features), np.zeros(symbols, np.int64)
        for chunk in table.chunks():
            if read := [one.values for one in chunk if one.number in learned]:
                often += np.bincount(encode(np.concatenate(read)), minlength=symbols)
        return [self.encoding.features[0].categories[word - 1] for word in np.flatnonzero(often[1:] == 1) + 1]

    @property
    def symbols(self) -> int | None:
        """How many there are, with those of endings; None where steps are numbers."""
        return None if self.encoding.symbols is None else self.encoding.symbols + len(self.endings)

    def hidden(self) -> NDArray[np.int32]:
        """(S,) as which symbol each is read where it stands for an unknown one."""
        found = np.zeros(self.symbols or 0, np.int32)  # UNKNOWN
        if self.endings:
            ending = Endings(self.encoding.symbols or 0, self.endings).of
            names = self.encoding.features[0].categories
            found[1 : len(names) + 1] = [ending(name) for name in names]
        return found

    def examples(self, table: Table, values: Values) -> Examples:
        """The sequences of a table, with what is known of them; values are those `given` with it."""
        encode = Encode(self, table.features)
        ids: list[str] = []
        inputs: list[Inputs] = []
        names: list[str] = []
        for chunk in table.chunks():
            ids += [one.id for one in chunk]
            inputs += encode.of(chunk)
        if isinstance(self.answers, Classes):
            numbers = {name: number for number, name in enumerate(self.answers.names)}
            for name in table.classes:
                numbers.setdefault(name, len(numbers))
            names = list(numbers)
            of_table = np.array([*(numbers[name] for name in table.classes), -1], np.int64)  # -1 stays -1
            values = of_table[values] if isinstance(values, np.ndarray) else [of_table[one] for one in values]
        of = table.known.groups
        groups = [] if of is None else [table.groups[group] if group >= 0 else "" for group in of.tolist()]
        return Examples(ids, inputs, values, names, encode.told(), groups)

    def _again(self, group: str | None = None) -> Columns:
        """For other files than those of the training: with the kinds that its values had, and groups of their own."""
        kinds = {one.name: one.kind for one in self.encoding.features if one.kind != "text"}
        return replace(self.columns, kinds=kinds, group=group)

    def read(self, files: Sequence[str], settings: LabelledSettings, group: str | None = None) -> Examples:
        """Sequences of files, with what is known of them; with their groups, if it is said which column has these."""
        with opened(files, self._again(group), settings) as table:
            examples = self.examples(table, given(table))
            return examples._replace(notes=[*table.notes, *examples.notes])

    def unlabelled(
        self, files: Sequence[str], settings: LabelledSettings
    ) -> Iterator[tuple[list[str], list[Inputs], list[str]]]:
        """Ids and inputs of the sequences of files, some at a time; with the last of them, what is to be said."""
        with self.opened(files, settings) as table:
            encode = Encode(self, table.features)
            for chunk in table.chunks():
                yield [one.id for one in chunk], encode.of(chunk), []
            yield [], [], [*table.notes, *encode.told()]

    def opened(self, files: Sequence[str], settings: LabelledSettings) -> Table:
        """The sequences of files, whose answers need not be there."""
        try:
            return opened(files, self._again().without_answers(), settings)
        except NoFileError as error:
            if (text := self.columns.text) is not None:
                call = either(
                    f"predict([{{{text!r}: 'a text'}}])", f"`printf '{text}\\n\"a text\"\\n' | elman predict MODEL`"
                )
                error.hint = "; ".join(filter(None, [error.hint, f"{call} answers a text itself"]))
            raise

    @property
    def features(self) -> tuple[Feature, ...]:
        """Of sequences in memory: categories are numbers from 0 on, as encoded; one more is unknown."""
        return tuple(Feature(one.name, one.kind, (*one.categories, "")) for one in self.encoding.features)

    def encode(self) -> Encode:
        """For sequences in memory."""
        return Encode(self, self.features)

    def to_json(self) -> dict[str, Any]:
        """What a model file keeps."""
        answers, encoding = self.answers.to_json(), self.encoding.to_json()
        columns, endings = asdict(self.columns), list(self.endings)
        return {"kind": KIND, "columns": columns, "answers": answers, "encoding": encoding, "endings": endings}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """From that; a ConfigError where it is not. Models of earlier versions have no endings."""
        found = {"endings": [], **found}
        if set(found) != set(FIELDS) or found["kind"] != KIND:
            raise ConfigError(f"codec: expected the fields {', '.join(FIELDS)}; found {', '.join(found)}")
        try:
            columns, encoding = Columns(**found["columns"]), Encoding.from_json(found["encoding"])
            answers = ANSWERS[found["answers"]["kind"]].from_json(found["answers"])
            return cls(columns, answers, encoding, tuple(map(str, found["endings"])))
        except (TypeError, ValueError, KeyError) as error:
            raise ConfigError(f"codec: expected columns, answers and an encoding; found others: {error}") from None


class Encode:
    """Encodes sequences with these features as a network reads them."""

    def __init__(self, codec: Codec, features: Sequence[Feature]) -> None:
        encoding = codec.encoding
        self._encoder = encoding.over(features)
        self.width = len(features)
        self.of_symbols = encoding.symbols is not None
        self._endings = Endings(encoding.symbols or 0, codec.endings)

    def __call__(self, values: NDArray[np.float64]) -> Inputs:
        """(T, F) values of the features."""
        if not self.of_symbols:
            return self._encoder.encode(values)
        found = self._encoder.symbols(values)
        if self._endings.names:
            categories = self._encoder.features[0].categories
            for place in np.flatnonzero((found == UNKNOWN) & ~np.isnan(values[:, 0])).tolist():
                found[place] = self._endings.of(categories[int(values[place, 0])])
        return found

    def names(self, names: Sequence[str]) -> Inputs:
        """Categories by their names, T of them, where steps are symbols."""
        numbers = self._encoder.numbers[0]
        return np.array([numbers[name] if name in numbers else self._endings.of(name) for name in names], np.int32)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Name and kind of each feature."""
        return [(one.name, one.kind) for one in self._encoder.features]

    def check(self, where: str, values: NDArray[np.float64]) -> None:
        """A DataError where a number stands for a category, and is none of theirs."""
        for place, one in enumerate(self._encoder.features):
            if one.kind in ("category", "text"):
                count = sys.maxunicode + 1 if one.kind == "text" else len(one.categories)
                codes = values[:, place]
                wrong = ~np.isnan(codes) & ((codes < 0) | (codes >= count) | (codes % 1 != 0))
                if wrong.any():
                    step = int(wrong.argmax())
                    raise DataError(
                        f"{where}[{step}]: {one.name!r}: expected the number of a category, from 0 to {count - 1:,}; "
                        f"found {codes[step]:g}"
                    )

    def numbers(self, values: StepValues) -> list[float]:
        """(F,) what is read of a step, as `encode` has numbers of categories: one more is unknown."""
        known = zip(values, self._encoder.numbers, strict=True)
        return [
            np.nan if value is None else numbers.get(value, len(numbers) + 1) - 1 if isinstance(value, str) else value
            for value, numbers in known
        ]

    def of(self, sequences: Sequence[Steps]) -> list[Inputs]:
        """Of a table, some at a time: for short ones, a call for each would cost more than what it does."""
        for one in sequences:
            if not len(one):
                raise DataError(f"{one.place}: expected at least one step; found none", hints.stepless())
        made = self(np.concatenate([one.values for one in sequences]))
        ends = np.cumsum([len(one) for one in sequences]).tolist()
        return [made[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def told(self) -> list[str]:
        """What it met that training had not."""
        return self._encoder.met.told()


def opened(
    files: Sequence[str], columns: Columns, settings: LabelledSettings, helpful: Mapping[str, str] = LEARNED
) -> Table:
    """The table of these files; `helpful` says what helps where the column of a role is not there."""
    try:
        return read(files, columns, **ways(settings), memory=settings.memory)
    except NoColumnError as error:
        error.hint = error.hint or helpful.get(error.role, "")
        raise
