"""From files to what a network learns: rows are read, checked, encoded, and parted; what was left open is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from elman.errors import DataError
from elman.spelling import counted, spelled
from elman.tables import Table
from elman.tables.hints import apart
from elman.tables.scale import refuse_larger
from elman.tasks.labelled.answers import Flat, flat, given
from elman.tasks.labelled.codec import Codec, Examples, opened
from elman.tasks.labelled.learner import Prepared
from elman.tasks.labelled.learning import Learning
from elman.tasks.labelled.numbers import target_at
from elman.tasks.labelled.settings import LabelledSettings, parted, suited, told
from elman.training.batching import batch_size
from elman.training.holding import Halves, hold_out


def prepared(files: Sequence[str], settings: LabelledSettings, codec: Codec | None) -> Prepared:
    """Files as data to learn from, as `Learner.prepared` has it."""
    columns = settings.columns if codec is None else codec.columns
    hints = {"label": f"{spelled('label', 'COLUMN')} names another"} if settings.unnamed else {}
    with opened(files, columns, settings, hints) as table:
        return of_table(table, settings, codec, files)


def of_table(
    table: Table, settings: LabelledSettings, codec: Codec | None = None, files: Sequence[str] = ()
) -> Prepared:
    """The same of a table, which is read now; with the files that it can be read from again."""
    new, asked = codec is None, settings
    guessed = [f"labels: the column {table.columns.label!r}"] * (new and settings.unnamed and bool(table.columns.label))
    settings = parted(settings, len(table))
    codec, examples, halves, described = _encoded(table, settings, codec, files)
    if unknown := examples.names[codec.answers.outputs :]:
        raise DataError(f"{table.files[0]}: expected labels that the model knows; found {unknown[0]!r}")
    halves, notes = _with_answers(codec, examples, halves)
    count = len(halves.learned)
    size = min(settings.batch or batch_size(count), count)
    learning = Learning(files, examples, halves, size, codec.hidden())
    codec = _by_symbol(codec, learning) if new else codec
    chosen = suited(settings, count, learning.epoch, codec.symbols)
    described += [*guessed, *notes, *examples.notes, *learning.told()]
    if line := told(asked, chosen):
        described += ["chosen for this data (an option goes above):", line]
    return Prepared(codec, chosen, learning, described)


def _encoded(
    table: Table, settings: LabelledSettings, codec: Codec | None, files: Sequence[str]
) -> tuple[Codec, Examples, Halves, list[str]]:
    """All sequences as a network reads them, which are held out, and what is to be said of the table."""
    _check(table, in_memory=not files)
    groups, labels = table.known.groups, table.known.labels
    classes = None if labels is None else labels.astype(np.int32)
    notes = [*_rare(table), *_groups(table, settings)]
    halves = hold_out(len(table), settings.validate or 0.0, groups=groups, classes=classes, seed=settings.seed)
    values = given(table)
    if files and table.columns.target:
        _check_targets(table, flat(values))
    codec = codec or Codec.fit(table, values, halves.learned)
    described = [*table.describe(), *notes, *codec.encoding.report(), *codec.answers.notes]
    return codec, codec.examples(table, values), halves, described


def _check(table: Table, in_memory: bool) -> None:
    """A DataError where there is nothing to learn. What a program has in memory has no columns to name."""
    where, classes = table.files[0], len(table.classes)
    if len(table) < 2:
        raise DataError(
            f"{where}: expected two sequences or more; found {len(table)}",
            "" if in_memory else apart(),
        )
    if table.columns.target:
        return
    if classes < 2:
        raise DataError(f"{where}: expected labels of two classes or more; found one: {table.classes[0]!r}")
    if int(table.counts.max()) < 2:
        count = counted(table.steps, "step") if table.columns.per == "step" else counted(len(table), "sequence")
        raise DataError(
            f"{where}: expected several {count.split()[1]} of a class; found {classes:,} classes of {count}",
            "" if in_memory else f"{spelled('label', 'COLUMN')} names the column of classes",
        )


def _check_targets(table: Table, values: Flat) -> None:
    """A DataError where all are the same, or one is too large, also among those that are held out."""
    refuse_larger(values[:, None], partial(target_at, table))
    known = values[~np.isnan(values)]
    if len(known) and known.min() == known.max():
        where = f"{table.files[0]}: column {table.columns.target[0]!r}"
        raise DataError(f"{where}: expected different numbers; found {known[0]:g} only")


def _rare(table: Table) -> list[str]:
    """What is to be said where most classes are there once, and are numbers."""
    once = [name for name, count in zip(table.classes, table.counts.tolist(), strict=True) if count == 1]
    if 2 * len(once) <= len(table.classes) or not all(map(_is_number, once)):
        return []
    column = table.columns.label or "COLUMN"
    return [f"{len(once):,} classes are numbers that are there once: {spelled('target', column)} predicts numbers"]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _groups(table: Table, settings: LabelledSettings) -> list[str]:
    """What is to be said of groups; a DataError where there is none to hold out."""
    groups, column = table.known.groups, table.columns.group
    if groups is None:
        return []
    if settings.validate and len(different := np.unique(groups)) < 2:
        found = repr(table.groups[different[0]]) if different[0] >= 0 else "no value"
        where = "groups" if column is None else f"{table.files[0]}: column {column!r}"
        raise DataError(
            f"{where}: expected two groups, one to learn from and one to hold out; found {found} only",
            f"{spelled('validate', 0)} holds out none",
        )
    unknown = int((groups < 0).sum())
    return [f"{counted(unknown, 'sequence')} without {column!r}: together they are one group"] * bool(unknown)


def _with_answers(codec: Codec, examples: Examples, halves: Halves) -> tuple[Halves, list[str]]:
    """The halves without the sequences of whose steps nothing is known, and what is to be said."""
    answers, values = codec.answers, examples.values
    there = np.array([not answers.missing(np.atleast_1d(one)).all() for one in values], bool)
    missing = int(answers.missing(flat(values)).sum())
    if not there[halves.learned].any():
        raise DataError("data: expected labels or numbers to learn from; found none")
    notes = []
    if missing:
        notes.append(f"{missing:,} steps have no label or number: they are read, but neither learned nor scored")
    return Halves(*(rows[there[rows]] for rows in (halves.learned, halves.held_out))), notes


def _by_symbol(codec: Codec, learning: Learning) -> Codec:
    """The codec with the best answer to each symbol by itself, where steps are symbols that have answers."""
    symbols, read = codec.encoding.symbols, learning.learned.symbols
    if symbols is None or read is None:
        return codec
    values = flat(learning.learned.values)
    there = ~codec.answers.missing(values)
    return replace(codec, answers=codec.answers.by_symbol(read[there], values[there], symbols, len(codec.endings)))
