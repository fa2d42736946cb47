"""Functions given by examples: the machine that answers as all of them do, or which of them are in its way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import index
from pathlib import Path

from elman.errors import ConfigError, DataError, missing
from elman.spelling import counted, spelled
from elman.tasks.arithmetic.bits import length
from elman.tasks.arithmetic.digits import Definition, UnsettledError
from elman.tasks.arithmetic.functions import observed

MOST_OPERANDS = 8
FEW = 0.1  # of all examples may be wrong for a machine to be believed rather than them

Operands = tuple[int, ...]


@dataclass(frozen=True)
class Example:
    """An answer, and where it stands."""

    where: str
    operands: Operands
    answer: int

    def __str__(self) -> str:
        return ", ".join(map(str, self.operands))


def read(path: Path) -> tuple[list[Example], list[str]]:
    """Lines of whole numbers, the last one being the answer; and, if the first line has none, what was found there.

    Between numbers are commas and spaces; or, as spreadsheets write them, semicolons, tabs or bars.
    """
    if path.is_dir():
        raise DataError(f"function: {path}: expected a file; found a folder")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise DataError(f"function: {path}: expected a file; found none", missing(str(path))) from None
    except OSError as error:
        raise DataError(f"function: {path}: cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise DataError(f"function: {path}: expected lines of text in UTF-8; found other bytes") from None
    examples: list[Example] = []
    header: list[str] = []
    for number, line in enumerate(lines, 1):
        words = _words(line)
        if not words or line.startswith("sep="):  # what separates columns: some spreadsheets say so in a first line
            continue
        where = f"{path}, line {number}"
        whole = [bool(re.fullmatch(r"-?\d+", word, re.ASCII)) for word in words]
        if not any(whole) and not examples and not header:
            header = [f"{where}: taken as names of columns: {line.strip():.60}"]
            continue
        if len(words) < 2 or not all(whole):
            raise DataError(f"{where}: expected whole numbers, the last one the answer; found {line!r:.60}")
        *operands, answer = map(int, words)
        examples.append(Example(where, tuple(operands), answer))
    if not examples:
        raise DataError(f"function: {path}: expected lines of whole numbers, the last one the answer; found none")
    return examples, header


def _words(line: str) -> list[str]:
    """What stands in the columns of a line, without quotes; empty columns at its end are none."""
    words = re.split(r"[;\t|]" if re.search(r"[;\t|]", line) else r"[,\s]+", line.strip().rstrip(",;|"))
    return [word.strip().strip('"') for word in words] if any(words) else []


def listed(examples: Iterable[tuple[Sequence[int], int]]) -> list[Example]:
    """The same from Python."""
    try:
        return [
            Example(f"example {n}", tuple(map(index, operands)), index(answer))
            for n, (operands, answer) in enumerate(examples, 1)
        ]
    except (TypeError, ValueError):
        raise DataError(
            f"function: expected whole numbers, ((a, b, …), answer) for each example; found {examples!r:.60}"
        ) from None


def from_examples(examples: Sequence[Example], base: int, order: str) -> Definition:
    """The machine of a table: all tuples of operands up to some length, each with the answer, and any others.

    A DataError names examples that contradict each other, or the machine of (nearly) all others.
    """
    table = _table(examples)
    operands, function = len(examples[0].operands), partial(_answer, table)
    longest = _longest(table, operands, base)
    reason: ConfigError | DataError | None = None
    for digits in range(longest, 0, -1):  # a machine of shorter operands shows what is wrong with longer ones
        try:
            definition = observed(function, operands, base, order, digits)
            answers = definition.answered(list(table), definition.machine.run)
        except (ConfigError, DataError) as error:
            reason = reason or error
            continue
        right = [e for e, answer in zip(table.values(), answers, strict=True) if e.answer == answer]
        if len(right) == len(table):
            return replace(definition, compared=len(table))
        if reason is None or len(right) >= (1 - FEW) * len(table):
            wrong, answer = next((e, a) for e, a in zip(table.values(), answers, strict=True) if e.answer != a)
            if not definition.end:
                _check_digits([*right, wrong], base, order)
            raise DataError(
                f"{wrong.where}: expected {answer} for {wrong}, as the machine of all operands of {digits} digits has "
                f"it, and {len(right):,} of {len(table):,} examples with it; found {wrong.answer}",
                "correct it; or give the answers for all operands of more digits",
            )
    if isinstance(reason, UnsettledError):
        _check_digits(examples, base, order)
    assert reason is not None  # there was at least one digit
    raise reason


def _table(examples: Sequence[Example]) -> dict[Operands, Example]:
    """By operands; a DataError where examples are none of one function."""
    if not examples:
        raise DataError("function: expected examples; found none")
    table: dict[Operands, Example] = {}
    count = len(examples[0].operands)
    if not 1 <= count <= MOST_OPERANDS:
        raise DataError(f"{examples[0].where}: expected 1 to {MOST_OPERANDS} operands; found {count}")
    for example in examples:
        if len(example.operands) != count:
            raise DataError(
                f"{example.where}: expected as many operands as {examples[0].where} has, {count}; "
                f"found {len(example.operands)}"
            )
        if any(n < 0 for n in example.operands):
            raise DataError(f"{example.where}: expected operands from 0 up; found {example}")
        other = table.setdefault(example.operands, example)
        if other.answer != example.answer:
            raise DataError(
                f"{example.where}: expected the answer {other.answer} for {example}, as {other.where} has it; "
                f"found {example.answer}",
                "a function has one answer: correct one of them",
            )
    return table


def _answer(table: Mapping[Operands, Example], *operands: int) -> int:
    if operands not in table:
        raise DataError(
            f"function: the examples do not say what is the answer for {', '.join(map(str, operands))}",
            "all operands of one digit more; if none are ever enough, it is no digit-by-digit function",
        )
    return table[operands].answer


def _longest(table: Iterable[Operands], operands: int, base: int) -> int:
    """All tuples of operands of so many digits are there; a DataError where that is not even one."""
    lengths = [max(length(n, base) for n in some) for some in table]
    longest = 0
    while sum(n <= longest + 1 for n in lengths) == base ** (operands * (longest + 1)):
        longest += 1
    if not longest:
        raise DataError(
            f"function: expected examples for all operands of one digit at least, {base**operands} in base {base}; "
            f"found {sum(n <= 1 for n in lengths)}"
        )
    return longest


def _check_digits(examples: Sequence[Example], base: int, order: str) -> None:
    """A DataError where two have digits of operands in common, but not those of the answer that come out with them."""
    all_digits = 1 + max(length(abs(n), base) for e in examples for n in (*e.operands, e.answer))
    known: dict[Operands, tuple[Example, int, int]] = {}
    for example in examples:
        for operands, answer, digits in _implied(example, base, order, all_digits):
            other, before, precision = known.get(operands, (example, answer, digits))
            if (answer - before) % base ** min(digits, precision):
                last = min(digits, precision)
                end = f"end alike, in {counted(last, 'digit')}"
                how, opposite = (end, "most") if order == "least" else ("begin alike", "least")
                raise DataError(
                    f"{example.where}: {example} and {other} ({other.where}) {how} in base {base}: expected answers "
                    f"that do so too; found {example.answer} and {other.answer}",
                    f"correct one of them; or the other order may do: {spelled('order', opposite)}",
                )
            if digits >= precision:
                known[operands] = (example, answer, digits)


def _implied(example: Example, base: int, order: str, all_digits: int) -> Iterator[tuple[Operands, int, int]]:
    """What an example says of the answers for shorter operands: each answer's last so many digits."""
    for digits in range(1 + max(length(n, base) for n in example.operands)):
        power = base**digits
        if order == "least":
            yield tuple(n % power for n in example.operands), example.answer, digits
        else:
            yield tuple(n // power for n in example.operands), example.answer // power, all_digits
    if order == "least":
        yield example.operands, example.answer, all_digits
