"""Recordings that are named beside those of the words: of other words, and of noise."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from elman.errors import DataError
from elman.spelling import called, counted
from elman.tasks.labelled.speech.recordings import RESERVED, UNKNOWN, Recording, few, named, recordings


class Beside(NamedTuple):
    """All recordings of a training."""

    words: list[Recording]
    others: list[Recording]
    noises: list[Recording]
    notes: list[str]  # what is to be said
    skipped: list[str]


def beside(words: list[Recording], other: str | None, noise: str | None) -> Beside:
    """Recordings of words, and beside them those of other words and of noise, if these are named.

    What is named twice is no word: a folder of other words may be inside of that of the words.

    Args:
        words: recordings that are to be learned.
        other: a folder, file or pattern of recordings of other words; None: there are none.
        noise: likewise, of noise.

    Raises:
        DataError: one names no recordings, or those of the words; or both name the same.
    """
    others, skipped = ([], []) if other is None else recordings([other])
    noises, more = ([], []) if noise is None else recordings([noise])
    if both := sorted(_files(others) & _files(noises)):
        raise DataError(f"{called('noise')}: expected other recordings than {called('other')}; found {few(both)}")
    notes = []
    for setting, name, found in (("other", other, others), ("noise", noise, noises)):
        taken = _files(found)
        left = [one for one in words if os.path.realpath(one.place) not in taken]
        if not left:
            raise DataError(f"{called(setting)} {name}: expected other recordings than those of the words; found these")
        if inside := len(words) - len(left):
            notes.append(f"{counted(inside, 'recording')} of {called(setting)} {name} among those of words: no words")
        words = left
    return Beside(words, others, noises, notes, [*skipped, *more])


def _files(found: Sequence[Recording]) -> set[str]:
    return {os.path.realpath(one.place) for one in found}


def other_words(found: Sequence[Recording], name: str | None, words: set[str]) -> tuple[list[Recording], list[str]]:
    """Recordings labelled as other words, and what is to be said of those that are left out.

    These are, by their names or folders, words; or in folders whose names begin with _, such as _background_noise_.

    Args:
        found: in a folder of other words.
        name: the pattern of names, if there is one; it need not fit.
        words: that are to be learned.

    Raises:
        DataError: all of them are left out.
    """
    left_out: Counter[str] = Counter()

    def each() -> Iterator[Recording]:
        for one in named(found, name):
            label = one.label or one.path.parent.name
            if label in words - {*RESERVED} or (label.startswith("_") and label != UNKNOWN):
                left_out[label] += 1
            else:
                yield one._replace(label=UNKNOWN)

    others = list(each())
    told = ", ".join(f"{counted(count, 'recording')} of {label}" for label, count in sorted(left_out.items()))
    if found and not others:
        raise DataError(f"{called('other')}: expected recordings of other words; found {told}")
    return others, [f"left out of the other words: {told}"] if told else []
