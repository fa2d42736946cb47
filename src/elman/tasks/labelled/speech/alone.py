"""A listener on its own, in C: what stands around the network in a header of `elman export --to c`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.tasks.capabilities.stands_alone import Alone
from elman.tasks.labelled.speech import utterances as cut
from elman.tasks.labelled.speech.codec import SpeechCodec
from elman.tasks.labelled.speech.frames import LENGTH, LOUD, Frames, library
from elman.tasks.labelled.speech.listener_code import CODE
from elman.tasks.labelled.speech.recordings import SILENCE, UNKNOWN

FLAT = 0.85  # the exponent of a window of Povey


def listener(known: SpeechCodec, threshold: float) -> Alone:
    """What hears the words of a model in samples at its rate."""
    frames, around, names = known.encoding, known.margins, known.answers.names
    size = {name: round(one / frames.shift) for name, one in (("longest", cut.LONGEST), ("end", cut.END))}
    begin = max(1, round(cut.BEGIN / frames.shift))
    quietly = around.before + begin + cut.SMOOTH
    window = int(frames.rate * 0.001 * LENGTH)
    whole = {
        "RATE": frames.rate,
        "WINDOW": window,
        "SHIFT": int(frames.rate * 0.001 * frames.shift),
        "FFT": 1 << (window - 1).bit_length(),
        "BANDS": frames.bands,
        "CEPSTRA": frames.cepstra,
        "BEFORE": around.before,
        "BEHIND": around.behind,
        "LOUDLY": begin,
        "END": max(size["end"], around.behind + 1),
        "LONGEST": size["longest"],
        "SMOOTH": cut.SMOOTH,
        "HELD": round(cut.HELD / frames.shift),
        "QUIETLY": quietly,
        "KEPT": quietly + size["longest"] + 2,
    }
    real = {
        "ON": cut.ON,
        "OFF": cut.OFF,
        "FALL": cut.FALL,
        "RANGE": cut.RANGE,
        "FAINTEST": cut.FAINTEST,
        "ROOM": cut.ROOM,
        "STEADY": cut.STEADY,
        "RISE": cut.RISE * frames.shift / 1000,
        "SECONDS": frames.shift / 1000,
        "THRESHOLD": threshold,
    }
    single = {"LOUD": LOUD / 100, "EPSILON": float(np.finfo(np.float32).eps)}
    lines = ["enum { " + ", ".join(f"^_{name} = {value}" for name, value in whole.items()) + " };"]
    lines += [f"#define ^_{name} {value!r}" for name, value in real.items()]
    lines += [f"#define ^_{name} {value!r}f" for name, value in single.items()]
    lines.append("static const char *const @_words[^_OUTPUTS] = {" + ", ".join(map(_quoted, names)) + "};\n")
    tables = _tables(frames, whole["FFT"], window)
    tables["said"] = np.array([name not in (UNKNOWN, SILENCE) for name in names], np.int32)
    steps = size["longest"] + around.before + around.behind + 1
    return Alone(steps, _usage(frames.rate), tables, "\n".join(lines) + CODE)


def _usage(rate: int) -> list[str]:
    return [
        "  static @_listener s;",
        "  @_heard heard;",
        "  @_begin(&s);                          before a stream",
        f"  if (@_feed(&s, sample, &heard)) ...   for each sample from -1 to 1, {rate:,} of them per second",
        "  while (@_finish(&s, &heard)) ...      at its end, if it has one",
        "",
        "heard.word is a number of @_words, or -1. It hears what `elman listen` hears, which docs/speech.md tells.",
    ]


def _tables(frames: Frames, points: int, window: int) -> dict[str, NDArray[Any]]:
    """Of the window, the Fourier transform, the filter bank, the cosines, and the normalisation."""
    angles = 2 * np.pi * np.arange(points // 2) / points
    povey = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / (window - 1))) ** FLAT
    bank = _bank(frames)
    there = [np.flatnonzero(row) for row in bank]
    bins = [(one[0], one[-1] + 1) if len(one) else (0, 0) for one in there]
    weights = np.concatenate([row[first:last] for row, (first, last) in zip(bank, bins, strict=True)])
    found: Mapping[str, Any] = {
        "cosine": np.cos(angles),
        "sine": np.sin(angles),
        "window": povey,
        "bank": weights,
        "transform": frames.cosines,
        "mean": frames.mean,
        "deviation": frames.deviation,
    }
    tables: dict[str, NDArray[Any]] = {name: np.ravel(one).astype(np.float32) for name, one in found.items()}
    tables["bins"] = np.array(bins, np.int32).ravel()
    return tables


def _bank(frames: Frames) -> NDArray[np.float32]:
    """(B, N/2) weights of the energies of frequencies in each band."""
    options = frames.options()
    found: NDArray[np.float32] = np.asarray(library().MelBanks(options.mel_opts, options.frame_opts, 1.0).get_matrix())
    return found


def _quoted(name: str) -> str:
    """A string of C; what is no letter or digit stands as its bytes, in octal."""
    letters = (chr(one) if one < 128 and chr(one).isalnum() else f"\\{one:03o}" for one in name.encode())
    return f'"{"".join(letters)}"'
