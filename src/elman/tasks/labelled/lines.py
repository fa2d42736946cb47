"""Tables of a score for people: of groups, of classes, and which classes were taken for which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from elman.spelling import on_one_line

SHOWN = 20  # groups or classes that people are shown
MATRIX = 10  # classes up to which they are shown the whole matrix
ALL = "--json has all"
UNKNOWN = "(no value)"  # the group of those of which it is not known


def group_lines(groups: Mapping[str, Mapping[str, Any]], unit: str) -> Iterator[str]:
    """A line of figures for each group, of which many may be there."""
    if not groups:
        return
    names = [name for name in next(iter(groups.values())) if name != unit]
    names = [name for name in names if any(one[name] is not None for one in groups.values())]
    shown = [(on_one_line(group) or UNKNOWN, one) for group, one in list(groups.items())[:SHOWN]]
    width = max(5, *(len(group) for group, _ in shown))
    yield "  ".join([f"{'group':{width}}", f"{unit:>9}", *(f"{name:>8}" for name in names)])
    for group, one in shown:
        figures = [f"{'' if one[name] is None else format(one[name], '.4f'):>{max(8, len(name))}}" for name in names]
        yield "  ".join([f"{group:{width}}", f"{one[unit]:9,}", *figures])
    yield from _more(len(groups) - SHOWN, "groups", ALL)


def met(
    classes: Mapping[str, Mapping[str, Any]], confusion: Sequence[Sequence[int]]
) -> tuple[dict[str, Mapping[str, Any]], list[list[int]]]:
    """Classes and their matrix, where there is one, without those that are neither there nor an answer."""
    if not confusion:
        return dict(classes), []
    counts = np.array(confusion)
    there = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    names = list(classes)
    return {names[one]: classes[names[one]] for one in there}, counts[np.ix_(there, there)].tolist()


def class_lines(classes: Mapping[str, Mapping[str, Any]], unit: str, left_out: int) -> Iterator[str]:
    """A line for each class, of which `left_out` more may be there."""
    if not classes:
        return
    shown = [(on_one_line(name), one) for name, one in list(classes.items())[:SHOWN]]
    width = max(5, *(len(name) for name, _ in shown))
    yield f"{'class':{width}}  {unit:>9}  precision  recall      F1"
    for name, one in shown:
        yield f"{name:{width}}  {one[unit]:9,}  {one['precision']:9.4f}  {one['recall']:6.4f}  {one['f1']:6.4f}"
    has = ALL if not left_out else f"--json has the {len(classes)} that are there most often"
    yield from _more(len(classes) - SHOWN + left_out, "classes", has)


def confusion_lines(names: Sequence[str], confusion: Sequence[Sequence[int]]) -> Iterator[str]:
    """The matrix, a row for each true class and a column for each answer; of many classes, the commonest errors."""
    if not confusion:
        return
    counts, names = np.array(confusion), [on_one_line(name) for name in names]
    if len(names) <= MATRIX:
        corner = "true, and answered as"
        width = max(len(corner), *map(len, names))
        columns = [max(len(name), len(f"{int(counts.max()):,}")) for name in names]
        yield "  ".join([f"{corner:{width}}", *(f"{n:>{w}}" for n, w in zip(names, columns, strict=True))])
        for name, row in zip(names, confusion, strict=True):
            yield "  ".join([f"{name:{width}}", *(f"{n:{w},}" for n, w in zip(row, columns, strict=True))])
        return
    np.fill_diagonal(counts, 0)
    worst = np.argsort(-counts, axis=None, kind="stable")[:MATRIX]
    for place in worst[counts.ravel()[worst] > 0].tolist():
        true, answered = divmod(place, len(names))
        yield f"{names[true]!r} taken for {names[answered]!r}: {counts[true, answered]:,}"


def _more(count: int, what: str, has: str) -> Iterator[str]:
    if count > 0:
        yield f"… {count:,} more {what}: {has}"
