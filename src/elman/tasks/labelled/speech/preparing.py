"""From recordings to what a network learns: read, checked, parted by speaker or by take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.spelling import spelled
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.codec import Examples
from elman.tasks.labelled.learner import Prepared
from elman.tasks.labelled.settings import told
from elman.tasks.labelled.speech.codec import SpeechCodec
from elman.tasks.labelled.speech.frames import Frames
from elman.tasks.labelled.speech.learning import Takes
from elman.tasks.labelled.speech.reading import Read, read
from elman.tasks.labelled.speech.recordings import SILENCE
from elman.tasks.labelled.speech.settings import MOST, SpeechSettings, suited
from elman.tasks.labelled.speech.silences import silences
from elman.tasks.labelled.speech.utterances import margins
from elman.training.batching import batch_size
from elman.training.holding import Halves, hold_out


def prepared(files: Sequence[str], settings: SpeechSettings, codec: SpeechCodec | None) -> Prepared:
    """Recordings as data to learn from, as `Learner.prepared` has it."""
    s = settings
    frames = Frames(s.sampling or MOST, s.bands, s.shift, s.cepstra) if codec is None else codec.encoding
    found = read(files, s.name, frames, any_rate=codec is None and s.sampling is None)
    _check(files[0], found)
    made = s.silence > 0 and SILENCE not in found.labels
    names = tuple(sorted({*found.labels, *[SILENCE] * made})) if codec is None else codec.answers.names
    if unknown := sorted(set(found.labels) - set(names)):
        raise DataError(f"{files[0]}: expected words that the model knows; found {unknown[0]!r}")
    numbers = {name: number for number, name in enumerate(names)}
    halves, parted = _parted(found, np.array([numbers[one] for one in found.labels], np.int64), s)
    described = [*_described(found), *found.notes, *parted]
    if codec is None:
        codec = _codec(found, halves, names, s.shift)
    if made and SILENCE in numbers:
        found, halves = _with_silence(found, halves, s)
        described.append(
            f"{found.labels.count(SILENCE):,} takes of silence and noise are made, and learned as {SILENCE}"
        )
    inputs = [codec.encoding.encoded(one) for one in found.energies]
    classes = np.array([numbers[one] for one in found.labels], np.int64)
    examples = Examples(found.places, inputs, classes, list(names), found.notes, found.speakers)
    count = len(halves.learned)
    size = min(s.batch or batch_size(count), count)
    learning = Takes(files, examples, halves, size, found.energies, codec.encoding, s)
    chosen = suited(s, codec.encoding.rate, learning.epoch)
    described += learning.told()
    if line := told(s, chosen):
        described += ["chosen for this data (an option goes above):", line]
    return Prepared(codec, chosen, learning, described, found.checksum)


def _codec(found: Read, halves: Halves, names: tuple[str, ...], shift: float) -> SpeechCodec:
    """Of the part that is learned, as it was recorded."""
    counts = Counter(found.labels[row] for row in halves.learned)
    frames = found.frames.fitted([found.energies[row] for row in halves.learned])
    around = margins([found.energies[row] for row in halves.learned if found.labels[row] != SILENCE], shift)
    speakers = tuple(sorted({found.speakers[row] for row in halves.learned if found.speakers[row]}))
    return SpeechCodec(Classes(names, tuple(counts[name] for name in names)), frames, around, speakers)


def _with_silence(found: Read, halves: Halves, s: SpeechSettings) -> tuple[Read, Halves]:
    """With silence to learn from; what is held out is as it was recorded."""
    takes, count = [found.energies[row] for row in halves.learned], len(found.labels)
    made = silences(max(1, round(s.silence * len(takes) / len(set(found.labels)))), takes, s.seed)
    more = len(made)
    found = found._replace(
        places=[*found.places, *[SILENCE] * more],
        energies=[*found.energies, *made],
        labels=[*found.labels, *[SILENCE] * more],
        speakers=[*found.speakers, *[""] * more],
    )
    return found, Halves(np.concatenate([halves.learned, np.arange(count, count + more)]), halves.held_out)


def _check(where: str, found: Read) -> None:
    """A DataError where there is nothing to learn."""
    counts = Counter(found.labels)
    if len(counts) < 2:
        raise DataError(
            f"{where}: expected two words or more; found one: {found.labels[0]!r}",
            f"folders are named after words, or {spelled('name', '{label}_{speaker}_{take}')} says where they stand",
        )
    if max(counts.values()) < 2:
        raise DataError(f"{where}: expected several takes of a word; found {len(counts):,} words of one take each")


def _parted(found: Read, classes: NDArray[np.int64], s: SpeechSettings) -> tuple[Halves, list[str]]:
    """What is learned and what is held out: whole speakers, and takes of the others; and what is to be said of it.

    A take without a speaker, such as one of silence, goes by itself; those of one recording go together.
    """
    count, kinds, speakers = len(classes), classes.astype(np.int32), found.speakers
    whole = None if len(set(found.places)) == count else found.places
    if not s.validate:
        return hold_out(count, 0), []
    if len({one for one in speakers if one}) < 2:
        halves = hold_out(count, s.validate, groups=whole, classes=kinds, seed=s.seed)
        reason = "there is one speaker" if any(speakers) else "speakers are not known"
        return halves, [f"held out by take, as {reason}: how well others are understood, this does not tell"]
    groups = [one or f"\0{place}" for one, place in zip(speakers, found.places, strict=True)]
    by_speaker = hold_out(count, s.validate, groups=groups, classes=kinds, seed=s.seed)
    left = by_speaker.learned
    parts = whole and [whole[row] for row in left]
    by_take = hold_out(len(left), s.validate, groups=parts, classes=kinds[left], seed=s.seed)
    held_out = np.sort(np.concatenate([by_speaker.held_out, left[by_take.held_out]]))
    unseen = sorted({speakers[row] for row in by_speaker.held_out if speakers[row]})
    told = f"{len(unseen):,} speakers" if len(unseen) > 3 else ", ".join(unseen)
    return Halves(left[by_take.learned], held_out), [f"held out: {told}, and takes of the others"]


def _described(found: Read) -> Iterator[str]:
    counts, speakers = Counter(found.labels), {one for one in found.speakers if one}
    seconds = sum(map(len, found.energies)) * found.frames.shift / 1000
    of = f" of {len(speakers):,} speakers" if speakers else ""
    yield f"{len(found.labels):,} takes of {len(counts):,} words{of}, {seconds:,.0f} s"
    few = [name for name, n in counts.items() if n == 1]
    if few:
        yield f"of one take, which can be learned or held out, not both: {', '.join(sorted(few)[:5])}"
