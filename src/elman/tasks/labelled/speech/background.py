"""Background: how often words are told where nobody says one, and what it costs to be told of fewer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import DataError
from elman.files.finding import Wanted, find
from elman.network import Network
from elman.tasks.labelled.answers import Flat, flat
from elman.tasks.labelled.report import LabelledReport
from elman.tasks.labelled.speech.audio import pieces
from elman.tasks.labelled.speech.codec import SpeechCodec
from elman.tasks.labelled.speech.listening import Stream
from elman.tasks.labelled.speech.recordings import SILENCE, SUFFIXES, UNKNOWN, few
from elman.telling import told

Scores = NDArray[np.float64]

RATES = (0.1, 0.5, 1.0)  # false accepts an hour, as keyword spotting is measured
PIECE = 1.0  # seconds that are read at once
LEAST = 1.0  # seconds of a recording that tells something: fewer are hardly a word
FINE = 1_000_000  # thresholds are so many parts of 1
NONE = -1.0  # the score of a take that is taken for another word


def add(report: LabelledReport, known: SpeechCodec, network: Network, names: Sequence[str]) -> None:
    """To a report of takes: what is missed of them where little is told in recordings of other sounds."""
    hours, accepts, odd = false_accepts(known, network, names)
    found = measured(hours, accepts, scores_of_takes(known, flat(report.examples.values), report.judged))
    report.add("background", found, lines(found), [*odd, *warnings(found)])


def false_accepts(known: SpeechCodec, network: Network, names: Sequence[str]) -> tuple[float, Scores, list[str]]:
    """Of recordings in which nobody says a word: hours, the scores of the words that are heard there, what is odd.

    Recordings may have any length. Refractory times are left out, so none hides another.

    Raises:
        DataError: a name means no recording; or one cannot be read.
    """
    files, _ = find(names, Wanted("recordings", lambda path: "" if _fits(path) else "no recording by its name"))
    seconds, scores = 0.0, []
    short, silent = list[str](), list[str]()
    for file in told("recordings heard", files):
        rate, samples = pieces(file.name, PIECE)
        stream = Stream(known, network, rate, 0.0, 0.0)
        here, loud = 0.0, False
        for piece in samples:
            here, loud = here + len(piece) / rate, loud or bool(np.any(piece))
            scores += [one["score"] for one in stream.feed(piece) if one["word"] is not None]
        scores += [one["score"] for one in stream.finish() if one["word"] is not None]
        seconds += here
        if here < LEAST:
            short.append(f"{file.name} ({here:.2f} s)")
        elif not loud:
            silent.append(file.name)
    if not seconds:
        raise DataError(f"{names[0]}: expected recordings with samples; found none")
    odd = [
        f"background: expected {expected}, to tell how often words are heard; found {len(found):,} of {len(files):,} "
        f"recordings without: {few(found)}"
        for expected, found in ((f"{LEAST:g} s or more", short), ("sound", silent))
        if found
    ]
    return seconds / 3600, np.array(scores, np.float64), odd


def _fits(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def scores_of_takes(known: SpeechCodec, labels: Flat, judged: Flat) -> Scores:
    """(M,) of the takes of words that the model knows: how probable their word is, or NONE if another is more so."""
    words = [number for number, name in enumerate(known.answers.names) if name not in (UNKNOWN, SILENCE)]
    rows = np.isin(labels, words)
    right = judged["answer"][rows] == labels[rows]
    return np.where(right, judged["chance"][rows], NONE)


def measured(hours: float, accepts: Scores, takes: Scores) -> dict[str, Any]:
    """For each of RATES the least threshold with so few false accepts, and the share of takes that it misses.

    Args:
        hours: of background.
        accepts: (N,) scores there.
        takes: (M,) scores of takes, as `scores_of_takes` has them.
    """
    found = []
    for rate in RATES:
        threshold = least(accepts, int(rate * hours))
        missed = float((takes < threshold).mean()) if len(takes) and threshold is not None else None
        count = None if threshold is None else int((accepts >= threshold).sum())
        found.append({"per_hour": rate, "threshold": threshold, "false_accepts": count, "miss_rate": missed})
    return {"hours": hours, "heard": len(accepts), "takes": len(takes), "rates": found}


def least(accepts: Scores, allowed: int) -> float | None:
    """The least threshold, in parts of FINE, that at most so many scores reach; None where more reach even 1."""
    if len(accepts) <= allowed:
        return 0.0
    above = math.floor(float(np.sort(accepts)[-1 - allowed]) * FINE) + 1
    return above / FINE if above <= FINE else None


def lines(found: dict[str, Any]) -> Iterator[str]:
    """For people."""
    yield f"background: {_long(found['hours'])}, in which {found['heard']:,} words are heard without a threshold"
    for one in found["rates"]:
        begin = f"  at most {one['per_hour']:g} false accepts an hour:"
        if one["threshold"] is None:
            yield f"{begin} no threshold"
        else:
            missed = "" if one["miss_rate"] is None else f", {one['miss_rate']:.2%} of {found['takes']:,} takes missed"
            yield f"{begin} threshold {one['threshold']:.6f}{missed}"


def warnings(found: dict[str, Any]) -> Iterator[str]:
    """What such hours cannot tell."""
    short = [one["per_hour"] for one in found["rates"] if one["per_hour"] * found["hours"] < 1]
    if short:
        rates = ", ".join(f"{1 / rate:g} h or more, to measure {rate:g} false accepts an hour" for rate in short)
        yield (
            f"background: expected {rates}; found {_long(found['hours'])}: such a threshold says no more than that "
            "none is accepted there"
        )


def _long(hours: float) -> str:
    """Of recordings: hours, or seconds where these are few."""
    return f"{hours:.2f} h" if hours >= 0.1 else f"{3600 * hours:.1f} s"
