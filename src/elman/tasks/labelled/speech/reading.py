"""Reading: all recordings of a training or a score as energies, with their words and speakers.

One recording at a time is held as samples. Everything that is wrong is found here, before anything is learned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar
from zlib import crc32

from elman.errors import DataError
from elman.tasks.labelled.speech.audio import LONG, LONGEST, Heard, heard, rate_of, resampled
from elman.tasks.labelled.speech.frames import Energies, Frames
from elman.tasks.labelled.speech.recordings import SILENCE, UNKNOWN, Recording, few, recordings, told_apart
from elman.tasks.labelled.speech.utterances import takes_of
from elman.telling import told

T = TypeVar("T")

RESERVED = (UNKNOWN, SILENCE)
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


def read(names: Sequence[str], name: str | None, frames: Frames, *, any_rate: bool = False) -> Read:
    """Recordings with their words.

    Args:
        names: of files, folders, archives and tables.
        name: the pattern of their names, if that says the word.
        frames: that are made of them.
        any_rate: whether the rate is the lowest that there is, at most that of `frames`.

    Raises:
        DataError: some cannot be read, or nothing says which words they are; it names them.
    """
    listed, skipped = recordings(names)
    found, reserved = _without_reserved(told_apart(listed, name))
    if not found:
        raise DataError(f"{names[0]}: expected recordings; found none")
    wrong: dict[str, DataError] = {}
    rates = Counter(_each(found, lambda one: rate_of(one.place, one.open()), wrong))
    if any_rate:
        frames = replace(frames, rate=min([frames.rate, *rates]))
    clipped = []
    checksum = 0

    def energies(one: Recording) -> list[Energies]:
        nonlocal checksum
        with one.open() as file:
            checksum = crc32(f"{one.label}\0{one.speaker}\0".encode(), crc32(file.read(), checksum))
            file.seek(0)
            take: Heard = heard(one.place, file, LONG if one.label in RESERVED else LONGEST)
        if take.clipped:
            clipped.append(one.place)
        return _takes(one, take, frames)

    made = list(_each(found, energies, wrong))
    _refuse(wrong)
    notes = [*_rates(rates, frames.rate), *reserved]
    if (more := sum(map(len, made)) - len(made)) > 0:
        notes.append(f"{more:,} takes more are cut out of long recordings of {' and '.join(RESERVED)}")
        found = [one for one, parts in zip(found, made, strict=True) for _ in parts]
    if skipped:
        notes.append(f"skipped: {few(skipped)}")
    if clipped:
        notes.append(f"clipped, which costs accuracy: {few(clipped)}")
    labels, speakers = [one.label or "" for one in found], [one.speaker or "" for one in found]
    flat = [part for parts in made for part in parts]
    return Read([one.place for one in found], flat, labels, speakers, frames, checksum, notes)


def _takes(one: Recording, take: Heard, frames: Frames) -> list[Energies]:
    """Of a recording: one, or where it is a long one of a reserved label, what is cut out of it."""
    if one.label != SILENCE and len(take.samples) and not take.samples.any():
        raise DataError(f"{one.place}: expected a word; found nothing but zeros")
    energies = frames.energies(one.place, resampled(take.samples, take.rate, frames.rate))
    found = takes_of(energies, one.label or "", frames.shift)
    if not found:
        seconds = len(take.samples) / take.rate
        raise DataError(f"{one.place}: expected something that is said; found none in {seconds:.0f} s")
    return found


def _without_reserved(found: list[Recording]) -> tuple[list[Recording], list[str]]:
    """Without those whose label is reserved, such as _background_noise_."""
    kept = [one for one in found if not (one.label or "").startswith("_") or one.label in RESERVED]
    if len(kept) == len(found):
        return found, []
    names = sorted({one.label or "" for one in found} - {one.label or "" for one in kept})
    return kept, [f"skipped: {few(names)}: of the labels that begin with _, {UNKNOWN} and {SILENCE} are read"]


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
