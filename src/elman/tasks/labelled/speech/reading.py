"""Reading: all recordings of a training or a score as energies, with their words and speakers.

One recording at a time is held as samples. Everything that is wrong is found here, before anything is learned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple, TypeVar
from zlib import crc32

import numpy as np

from elman.errors import DataError
from elman.spelling import spelled
from elman.tasks.labelled.speech.audio import LONG, LONGEST, Heard, heard, rate_of, resampled
from elman.tasks.labelled.speech.beside import beside, other_words
from elman.tasks.labelled.speech.frames import Energies, Frames
from elman.tasks.labelled.speech.recordings import (
    RESERVED,
    SILENCE,
    UNKNOWN,
    Recording,
    few,
    recordings,
    suited,
    told_apart,
)
from elman.tasks.labelled.speech.utterances import LONGEST as LONGEST_HEARD
from elman.tasks.labelled.speech.utterances import takes_of
from elman.telling import told

T = TypeVar("T")

WRONG = 3  # recordings that a message names


class Read(NamedTuple):
    """Recordings."""

    places: list[str]
    energies: list[Energies]
    labels: list[str]
    speakers: list[str]  # of each; "" where that is not known
    frames: Frames  # that the energies are of
    checksum: int  # of the files and their labels: energies may differ in their last bits from machine to machine
    notes: list[str]
    noises: Sequence[tuple[str, Energies]] = ()  # recordings of noise that are named beside: places and energies


def read(
    names: Sequence[str],
    name: str | None,
    frames: Frames,
    *,
    any_rate: bool = False,
    or_folders: bool = False,
    other: str | None = None,
    noise: str | None = None,
) -> Read:
    """Recordings with their words.

    Args:
        names: of files, folders, archives and tables.
        name: the pattern of their names, if that says the word.
        frames: that are made of them.
        any_rate: whether the rate is the lowest that there is, at most that of `frames`.
        or_folders: whether recordings may be in folders of their words, where the pattern fits none.
        other: names recordings of other words.
        noise: names recordings of noise.

    Raises:
        DataError: some cannot be read, or nothing says which words they are; it names them.
    """
    listed, skipped = recordings(names)
    apart = beside(listed, other, noise)
    named = name
    if or_folders and (name := suited(apart.words, name)) != named:
        apart.notes.append(f"no recording is named like {named}: words are the names of folders")
    words, reserved = _without_reserved(told_apart(apart.words, name))
    if not words:
        raise DataError(f"{names[0]}: expected recordings; found none")
    others, left_out = other_words(apart.others, name, {one.label or "" for one in words})
    found, noises = [*words, *others], [one._replace(label=SILENCE, speaker=None) for one in apart.noises]
    skipped = list(dict.fromkeys([*skipped, *apart.skipped]))
    wrong: dict[str, DataError] = {}
    rates = Counter(_each([*found, *noises], lambda one: rate_of(one.place, one.open()), wrong))
    if any_rate:
        frames = replace(frames, rate=min([frames.rate, *rates]))
    clipped, copies = [], []
    checksum = 0
    first_of: dict[bytes, Recording] = {}  # by a digest of its samples

    def energies(one: Recording) -> list[Energies]:
        """Of a recording; none of a copy: what is learned would be held out, too."""
        nonlocal checksum
        with one.open() as file:
            checksum = crc32(f"{one.label}\0{one.speaker}\0".encode(), crc32(file.read(), checksum))
            file.seek(0)
            take: Heard = heard(one.place, file, LONG if one.label in RESERVED else LONGEST)
        measured = frames.energies(one.place, resampled(take.samples, take.rate, frames.rate))
        if one.label != SILENCE and not np.ptp(take.samples):
            what = f"samples of {take.samples[0]:.3g}" if take.samples[0] else "zeros"
            raise DataError(f"{one.place}: expected a word; found nothing but {what}")
        first = first_of.setdefault(blake2b(take.samples.data, salt=take.rate.to_bytes(4)).digest(), one)
        if first.label != one.label:
            what = f"the same samples as {first.place}, which is of {first.label!r}"
            raise DataError(f"{one.place}: expected a recording of {one.label!r}; found {what}")
        if first is not one:
            copies.append(one.place)
            return []
        if take.clipped:
            clipped.append(one.place)
        return [measured]

    made = list(_each(found, lambda one: _takes(one, energies(one), frames.shift), wrong))
    steady = [each for some in _each(noises, lambda one: _noise(one, energies(one)), wrong) for each in some]
    _refuse(wrong)
    notes = [*_rates(rates, frames.rate), *reserved, *apart.notes, *left_out, *_long(found, made, frames.shift)]
    if more := sum(len(parts) - 1 for parts in made if parts):
        notes.append(f"{more:,} takes more are cut out of long recordings of {' and '.join(RESERVED)}")
    found = [one for one, parts in zip(found, made, strict=True) for _ in parts]
    if copies:
        notes.append(f"left out, as their samples are those of other recordings: {few(copies)}")
    if skipped:
        notes.append(f"skipped: {few(skipped)}")
    if clipped:
        notes.append(f"clipped, which costs accuracy: {few(clipped)}")
    labels, speakers = [one.label or "" for one in found], [one.speaker or "" for one in found]
    flat = [part for parts in made for part in parts]
    return Read([one.place for one in found], flat, labels, speakers, frames, checksum, notes, steady)


def _takes(one: Recording, energies: list[Energies], shift: float) -> list[Energies]:
    """Of a recording: one, or where it is a long one of a reserved label, what is cut out of it."""
    found = [take for whole in energies for take in takes_of(whole, one.label or "", shift)]
    if energies and not found:
        seconds = sum(map(len, energies)) * shift / 1000
        raise DataError(f"{one.place}: expected something that is said; found none in {seconds:.0f} s")
    return found


def _long(found: Sequence[Recording], made: Sequence[list[Energies]], shift: float) -> Iterator[str]:
    """Of takes that are longer than what is heard in a stream."""
    each = zip(found, made, strict=True)
    if long := [
        one.place for one, parts in each if one.label not in RESERVED and sum(map(len, parts)) * shift > LONGEST_HEARD
    ]:
        yield f"longer than {LONGEST_HEARD / 1000:g} s, which no word is in a stream: {few(long)}"


def _noise(one: Recording, energies: list[Energies]) -> list[tuple[str, Energies]]:
    """Place and energies of noise; a DataError where there is none: all frames are alike."""
    if energies and not np.ptp(energies):
        raise DataError(f"{one.place}: expected noise; found nothing but zeros")
    return [(one.place, whole) for whole in energies]


def _without_reserved(found: list[Recording]) -> tuple[list[Recording], list[str]]:
    """Without those whose label is reserved, such as _background_noise_."""
    kept = [one for one in found if not (one.label or "").startswith("_") or one.label in RESERVED]
    if len(kept) == len(found):
        return found, []
    names = sorted({one.label or "" for one in found} - {one.label or "" for one in kept})
    which = f"of the labels that begin with _, {UNKNOWN} and {SILENCE} are read"
    return kept, [f"skipped: {few(names)}: {which}; {spelled('noise', 'FOLDER')} reads noise"]


def _each(found: Sequence[Recording], of: Callable[[Recording], T], wrong: dict[str, DataError]) -> Iterator[T]:
    """Of each that nothing is wrong with so far; what is wrong is kept."""
    for one in told("recordings read", found):
        if one.place not in wrong:
            try:
                yield of(one)
            except DataError as error:
                wrong[one.place] = error


def _refuse(wrong: dict[str, DataError]) -> None:
    """A DataError that names those that something is wrong with."""
    if wrong:
        errors = [wrong[place] for place in sorted(wrong)]
        more = f"; and {len(wrong) - WRONG:,} more" if len(wrong) > WRONG else ""
        raise DataError("; ".join(map(str, errors[:WRONG])) + more, errors[0].hint)


def _rates(rates: Counter[int], rate: int) -> Iterator[str]:
    if set(rates) != {rate}:
        told = ", ".join(f"{count:,} of {one:,} Hz" for one, count in sorted(rates.items()))
        yield f"recordings: {told}; all are read at {rate:,} Hz"
