"""From recordings to what a network learns: read, checked, parted by speaker or by take."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.spelling import counted, spelled
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.codec import Examples
from elman.tasks.labelled.learner import Prepared
from elman.tasks.labelled.settings import told
from elman.tasks.labelled.speech.codec import SpeechCodec
from elman.tasks.labelled.speech.frames import Energies, Frames
from elman.tasks.labelled.speech.learning import Takes
from elman.tasks.labelled.speech.reading import Read, read
from elman.tasks.labelled.speech.recordings import EXAMPLE, RESERVED, SILENCE, UNKNOWN
from elman.tasks.labelled.speech.settings import MOST, SpeechSettings, suited
from elman.tasks.labelled.speech.silences import silences
from elman.tasks.labelled.speech.utterances import Margins, cut, margins, takes_of
from elman.training.batching import batch_size
from elman.training.holding import Halves, hold_out


def prepared(files: Sequence[str], settings: SpeechSettings, codec: SpeechCodec | None) -> Prepared:
    """Recordings as data to learn from, as `Learner.prepared` has it."""
    s = settings
    frames = Frames(s.sampling or MOST, s.bands, s.shift, s.cepstra) if codec is None else codec.encoding
    any_rate = codec is None and s.sampling is None
    known = codec is not None  # whose names may be those of other recordings
    found = read(files, s.name, frames, any_rate=any_rate, or_folders=known, other=s.other, noise=s.noise)
    _check(files[0], found)
    silent = s.silence > 0 and (codec is None or SILENCE in codec.answers.names)
    made = silent and SILENCE not in found.labels
    described = list(_described(found))
    if silent and found.noises:
        found = _with_noise(found, s)
    names = tuple(sorted({*found.labels, *[SILENCE] * made})) if codec is None else codec.answers.names
    if unknown := sorted(set(found.labels) - set(names)):
        raise DataError(f"{files[0]}: expected words that the model knows; found {unknown[0]!r}")
    numbers = {name: number for number, name in enumerate(names)}
    halves, parted = _parted(found, np.array([numbers[one] for one in found.labels], np.int64), s)
    described += [*found.notes, *parted]
    around = _margins(found, halves, s.shift) if codec is None else codec.margins
    found = _as_heard(found, around)
    if codec is None:
        codec = _codec(found, halves, names, around)
    if made:
        found, halves = _with_silence(found, halves, s)
        described.append(
            f"{found.places.count(SILENCE):,} takes of silence and noise are made, and learned as {SILENCE}"
        )
    inputs = [codec.encoding.encoded(one) for one in found.energies]
    classes = np.array([numbers[one] for one in found.labels], np.int64)
    examples = Examples(found.places, inputs, classes, list(names), found.notes, found.speakers)
    count = len(halves.learned)
    size = min(s.batch or batch_size(count), count)
    chosen = suited(s, codec.encoding.rate, -(-count // size))
    beside = [name for name in (s.other, s.noise) if name is not None]
    noises = _mixed(found, halves)
    learning = Takes([*files, *beside], examples, halves, size, found.energies, codec.encoding, chosen, noises)
    described += learning.told()
    if line := told(s, chosen):
        described += ["chosen for this data (an option goes above):", line]
    return Prepared(codec, chosen, learning, described, found.checksum)


def _margins(found: Read, halves: Halves, shift: float) -> Margins:
    """Of the words that are learned."""
    return margins([found.energies[row] for row in halves.learned if found.labels[row] not in RESERVED], shift)


def _as_heard(found: Read, around: Margins) -> Read:
    """With as little around other words as around the words.

    Else a network may tell them apart by what is around them, since they come from elsewhere. A stream cuts both alike.
    """
    each = zip(found.energies, found.labels, strict=True)
    return found._replace(energies=[cut(one, around) if label == UNKNOWN else one for one, label in each])


def _codec(found: Read, halves: Halves, names: tuple[str, ...], around: Margins) -> SpeechCodec:
    """Of the part that is learned, as it was recorded."""
    counts = Counter(found.labels[row] for row in halves.learned)
    frames = found.frames.fitted([found.energies[row] for row in halves.learned])
    speakers = tuple(sorted({found.speakers[row] for row in halves.learned if found.speakers[row]}))
    return SpeechCodec(Classes(names, tuple(counts[name] for name in names)), frames, around, speakers)


def _with_noise(found: Read, s: SpeechSettings) -> Read:
    """With pieces of noise to learn as silence: of all that there are, as many as `silence` says, by chance."""
    pieces = [(place, one) for place, noise in found.noises for one in takes_of(noise, SILENCE, s.shift)]
    rng = np.random.default_rng((s.seed, len(pieces)))
    some = [pieces[row] for row in np.sort(rng.permutation(len(pieces))[: _silent(found.labels, s)])]
    described = f"{counted(len(some), 'piece')} of noise of {len(pieces):,} are learned as {SILENCE}"
    return _followed(found, some)._replace(notes=[*found.notes, described])


def _with_silence(found: Read, halves: Halves, s: SpeechSettings) -> tuple[Read, Halves]:
    """With silence to learn from; what is held out is as it was recorded."""
    takes, count = [found.energies[row] for row in halves.learned], len(found.labels)
    made = silences(_silent([found.labels[row] for row in halves.learned], s), takes, s.seed)
    rows = np.arange(count, count + len(made))
    found = _followed(found, [(SILENCE, one) for one in made])
    return found, Halves(np.concatenate([halves.learned, rows]), halves.held_out)


def _silent(labels: Sequence[str], s: SpeechSettings) -> int:
    """How many takes of silence there are to be: so many times as many as takes of a word."""
    words = [one for one in labels if one not in RESERVED]
    return max(1, round(s.silence * len(words) / len(set(words))))


def _followed(found: Read, silent: Sequence[tuple[str, Energies]]) -> Read:
    """With takes of silence behind them: their places and energies."""
    return found._replace(
        places=[*found.places, *(place for place, _ in silent)],
        energies=[*found.energies, *(one for _, one in silent)],
        labels=[*found.labels, *[SILENCE] * len(silent)],
        speakers=[*found.speakers, *[""] * len(silent)],
    )


def _mixed(found: Read, halves: Halves) -> list[Energies]:
    """The noise that is mixed into takes: that of which no piece is held out."""
    held_out = {found.places[row] for row in halves.held_out}
    return [noise for place, noise in found.noises if place not in held_out]


def _check(where: str, found: Read) -> None:
    """A DataError where there is nothing to learn."""
    counts = Counter(found.labels)
    words = set(counts) - {*RESERVED}
    if len(counts) < 2 or not words:
        labels = ", ".join(map(repr, sorted(counts)))
        raise DataError(
            f"{where}: expected two words or more, or one and other words; found {labels}",
            f"folders are named after words, or {spelled('name', EXAMPLE)} says where they stand; "
            f"{spelled('other', 'FOLDER')} reads other words",
        )
    if max(counts.values()) < 2:
        raise DataError(f"{where}: expected several takes of a word; found {len(counts):,} words of one take each")


def _parted(found: Read, classes: NDArray[np.int64], s: SpeechSettings) -> tuple[Halves, list[str]]:
    """What is learned and what is held out: whole speakers, and takes of the others; and what is to be said of it.

    Speakers are those of the words. What else they say goes with them; other speakers are on one side, as is what is
    cut out of one recording.
    """
    count, kinds, speakers = len(classes), classes.astype(np.int32), found.speakers
    if not s.validate:
        return hold_out(count, 0), []
    rows, of_words = _candidates(found)
    unseen, told = set[str](), []
    if len({speakers[row] for row in rows}) < 2:
        reason = "speakers are not known"
        if of_words:
            reason = "there is one speaker" if len(of_words) == 1 else "speakers say different words"
        told.append(f"held out by take, as {reason}: how well others are understood, this does not tell")
    else:
        groups = [speakers[row] for row in rows]
        by_speaker = rows[hold_out(len(rows), s.validate, groups=groups, classes=kinds[rows], seed=s.seed).held_out]
        unseen = {speakers[row] for row in by_speaker}
    left = np.array([row for row in range(count) if speakers[row] not in unseen], np.intp)
    parts = [f"\0{found.places[row]}" if speakers[row] in of_words | {""} else speakers[row] for row in left]
    by_take = hold_out(len(left), s.validate, groups=parts, classes=kinds[left], seed=s.seed)
    held_out = np.setdiff1d(np.arange(count), left[by_take.learned])
    if unseen:
        many = f"{len(unseen):,} speakers" if len(unseen) > 3 else ", ".join(sorted(unseen))
        whole = counted(count - len(left), "take")
        told.append(f"held out: {many} ({whole}), and {counted(len(by_take.held_out), 'take')} of the others")
    return Halves(left[by_take.learned], held_out), told


def _candidates(found: Read) -> tuple[NDArray[np.intp], set[str]]:
    """Takes of words whose speakers may be held out, and all speakers of words.

    The only speaker of a word may not: the word could not be learned.
    """
    each = [row for row, word in enumerate(found.labels) if word not in RESERVED]
    of: defaultdict[str, set[str]] = defaultdict(set)
    for row in each:
        of[found.labels[row]].add(found.speakers[row])
    alone = {one for speakers in of.values() if len(speakers) == 1 for one in speakers} - {""}
    rows = [row for row in each if found.speakers[row] not in alone | {""}]
    return np.array(rows, np.intp), set().union(*of.values()) - {""}


def _described(found: Read) -> Iterator[str]:
    counts, speakers = Counter(found.labels), {one for one in found.speakers if one}
    seconds = sum(map(len, found.energies)) * found.frames.shift / 1000
    of = f" of {len(speakers):,} speakers" if speakers else ""
    yield f"{len(found.labels):,} takes of {len(counts):,} words{of}, {seconds:,.0f} s"
    if others := counts[UNKNOWN]:
        yield f"{others:,} of them are other words, learned as {UNKNOWN}"
    if found.noises:
        seconds = sum(len(noise) for _, noise in found.noises) * found.frames.shift / 1000
        yield f"{counted(len(found.noises), 'recording')} of noise, {seconds:,.0f} s"
    few = [name for name, n in counts.items() if n == 1]
    if few:
        yield f"of one take, which can be learned or held out, not both: {', '.join(sorted(few)[:5])}"
