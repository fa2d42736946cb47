"""Baselines: what others know of a text after the same training text, in nats per character.

Two kinds of figures, never in one column. A *static* model is done with learning when it is scored: Kneser–Ney
n-grams, and a network. An *adaptive* one goes on learning from what it has just read: PPMd, xz, and a network under
dynamic evaluation. The compressors are measured by what a text adds to the compressed training text.
"""

from __future__ import annotations

import lzma
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from elman.errors import ConfigError, DataError
from elman.tasks.text.alphabet import END, Alphabet, Symbols
from elman.tasks.text.scoring.ngrams import ORDERS, NGrams, Sequences
from elman.telling import so_far

PPM_ORDER = 6
LEAST, MOST = 1 << 24, 1 << 30  # bytes of memory of a PPMd model; about 30 per byte of text are enough


@dataclass(frozen=True)
class Baseline:
    """One model's nats per character: static, or adaptive."""

    name: str
    static: float | None = None
    adaptive: float | None = None


class Comparison(NamedTuple):
    """All baselines, and how much of the text that they were scored on they had learned: 0 to 1."""

    rows: list[Baseline]
    learned: float


def baselines(
    alphabet: Alphabet, training: Iterable[Iterable[str]], texts: Iterable[Iterable[str]], *, documents: bool = False
) -> Comparison:
    """Of all: n-grams of each order, PPMd and xz.

    All are scored on the same symbols as a network: without the characters that the alphabet lacks, and over as many
    characters, the ends of documents among them. The texts are held in memory, and more than that: about 150 bytes per
    character.

    Args:
        alphabet: of the model that they stand beside.
        training: what they learn from: texts, each in pieces.
        texts: what they are scored on.
        documents: whether the end of each text is to be predicted, and nothing before it is known.
    """
    known, new = (_Corpus.of(alphabet, some, documents) for some in (training, texts))
    if not known.characters:
        raise DataError("training text: expected at least one character of the model's alphabet; found none")
    if not new.characters:
        raise DataError("text: expected at least one character of the model's alphabet; found none")
    found: list[Baseline] = []
    for order, nats in enumerate(NGrams(known.sequences, len(alphabet)).nats(new.sequences), start=1):
        found.append(Baseline(f"Kneser–Ney, order {order}", static=nats / new.characters))
        so_far("baselines measured", order, ORDERS + 3)
    before, after = known.data, new.data
    for name, size in ((f"PPMd, order {PPM_ORDER}", _ppmd(len(before) + len(after))), ("xz -9e", _xz)):
        found.append(Baseline(name, adaptive=_nats(size(before + after) - size(before), new.characters)))
        so_far("baselines measured", len(found), ORDERS + 3)
    found.append(Baseline("xz -9e, without training", adaptive=_nats(_xz(after), new.characters)))
    return Comparison(found, _share(known, new))


def best_static(found: Iterable[Baseline]) -> Baseline:
    """The best of those that are done with learning: the n-gram of the best order."""
    return min((b for b in found if b.static is not None), key=lambda b: b.static or 0.0)


@dataclass(frozen=True)
class _Corpus:
    """The same symbols for n-grams, and, as bytes, for compressors."""

    texts: list[str]
    sequences: Sequences
    data: bytes
    characters: int

    @classmethod
    def of(cls, alphabet: Alphabet, texts: Iterable[Iterable[str]], documents: bool) -> _Corpus:
        parts = [_seen(alphabet, "".join(pieces)) for pieces in texts]
        sequences = Sequences.of(parts, ends=documents)
        end = "\0" if documents else ""
        ended = [alphabet.decode(part) + end for part in parts]
        data = "".join(ended).encode("latin-1" if alphabet.kind == "bytes" else "utf-8", "surrogatepass")
        return cls(ended, sequences, data, int(sequences.predicted.sum()))


def _share(known: _Corpus, new: _Corpus) -> float:
    """How much of what is new is known: all of it as a part, the known as a part of it, or text by text."""
    if new.data in known.data:
        return 1.0
    around = len(known.data) / len(new.data) if known.data in new.data else 0.0
    learned = set(known.texts)
    return max(around, sum(len(text) for text in new.texts if text in learned) / new.characters)


def _seen(alphabet: Alphabet, text: str) -> Symbols:
    symbols = alphabet.symbols(text)
    return symbols[symbols > END]


def _nats(size: int, characters: int) -> float:
    return 8 * size * math.log(2) / characters


def _xz(data: bytes) -> int:
    return len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))


def _ppmd(total: int) -> Callable[[bytes], int]:
    """The size that PPMd (Shkarin, 2002; variant H, as in 7-Zip) gives, with memory for so many bytes."""
    try:
        import pyppmd
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"baselines: expected the package {error.name}; found none", "pip install 'elman[text]'"
        ) from None
    memory = min(max(LEAST, 32 * total), MOST)

    def size(data: bytes) -> int:
        encoder: Any = pyppmd.Ppmd7Encoder(PPM_ORDER, memory)
        return len(encoder.encode(data)) + len(encoder.flush())

    return size
