"""Lossless compression with a model's probabilities: -log2 p bits for each character, by arithmetic coding.

The size proves that the probabilities are right: nobody decodes a text from fewer bits than its surprise. For
speed the text is cut into segments, which are coded side by side; each begins with END and the initial state, and so
costs a few characters' surprise more than in `score`.

Encoder and decoder must see the same probabilities to the last bit, so both take the same steps: `Stream.step` over the
same number of rows, `exp` of the engine, and the range coder of the package constriction, which rounds them to 24 bits.
What they are to the last bit depends on the model and on the instruction set that computes it: the file names both.

A text of a model over characters is UTF-8. A byte that is none becomes one of the characters U+DC80 to U+DCFF, as
Python does it ("surrogateescape"), so that any bytes come back. Characters that the alphabet lacks travel beside the
others, as a list of gaps and characters that is compressed by LZMA: the coder sees what `score` sees.

    bytes   a compressed file, numbers little-endian
    8       MAGIC
    1       VERSION
    8       checksum of all that follows (BLAKE2b)
    8       checksum of the model: architecture, alphabet, parameters
    8       checksum of the content
    8       characters that are coded
    8       size of the list of characters that the alphabet lacks
    4       segments
    1       size of the name of the instruction set
            that name; that list; the coder's 32-bit words
"""

from __future__ import annotations

import json
import lzma
import struct
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman._engine import exp, instruction_set, instruction_sets
from elman.errors import ConfigError, DataError
from elman.network import Network
from elman.network.checks import Array
from elman.tasks.text.alphabet import END, Alphabet, Symbols, code_points
from elman.tasks.text.scoring.surprise import check

MAGIC = b"\x89elmanz\n"
VERSION = 1
FRONT = struct.Struct("<8sB8s")
HEADER = struct.Struct("<8s8sQQIB")
SEGMENT = 8192  # characters, about
MOST_SEGMENTS = 256

OnProgress = Callable[[int, int], None]  # steps done, of how many


def compress(network: Network, alphabet: Alphabet, data: bytes, on_progress: OnProgress | None = None) -> bytes:
    """Any bytes, in as many bits as they surprise the model; memory is some 20 bytes per character."""
    check(network, alphabet)
    text = data.decode("latin-1") if alphabet.kind == "bytes" else data.decode("utf-8", "surrogateescape")
    symbols = alphabet.symbols(text)
    seen = symbols >= 0
    lacking = _pack_lacking(code_points(text), ~seen)
    segments = _Segments.of(int(seen.sum()))
    words = _encode(network, segments, symbols[seen], on_progress)
    isa = instruction_set().encode()
    header = HEADER.pack(
        _model_checksum(network, alphabet),
        _checksum(data),
        segments.characters,
        len(lacking),
        segments.rows,
        len(isa),
    )
    body = header + isa + lacking + words.astype("<u4").tobytes()
    return FRONT.pack(MAGIC, VERSION, _checksum(body)) + body


def decompress(network: Network, alphabet: Alphabet, data: bytes, on_progress: OnProgress | None = None) -> bytes:
    """The bytes that `compress` was given, with the same model; a DataError where they cannot be had."""
    check(network, alphabet)
    body = _checked_body(data)
    model, content, characters, size, rows, letters = HEADER.unpack_from(body)
    isa, rest = body[HEADER.size :][:letters].decode("latin-1"), body[HEADER.size + letters :]
    if not 1 <= rows <= max(1, characters) or size > len(rest) or (len(rest) - size) % 4:
        raise DataError("compressed data: expected a header with sizes that fit the file; found others")
    if model != _model_checksum(network, alphabet):
        raise DataError(
            "compressed data: expected that of this model; found that of another", "pass the model it names"
        )
    if isa != instruction_set():
        raise DataError(
            f"compressed data: expected that of the instruction set {instruction_set()}; found {isa}",
            f"set ELMAN_ISA={isa}" if isa in instruction_sets() else "it needs a machine that has it",
        )
    words = np.frombuffer(rest[size:], "<u4").astype(np.uint32)
    symbols = _decode(network, _Segments(characters, rows), words, on_progress)
    text = _unpack_lacking(rest[:size], code_points(alphabet.characters)[symbols - 1])
    found = text.encode("latin-1") if alphabet.kind == "bytes" else text.encode("utf-8", "surrogateescape")
    if _checksum(found) != content:
        raise DataError(
            "compressed data: expected the checksum of what was compressed; found another: the engine differs",
            "decompress with the version of elman, and on the machine, that compressed it",
        )
    return found


# --- segments in lockstep ---


@dataclass(frozen=True)
class _Segments:
    """Rows of (nearly) equal length: the first `longer` have one character more, in a last step of their own."""

    characters: int
    rows: int

    @classmethod
    def of(cls, characters: int) -> _Segments:
        return cls(characters, min(max(1, characters // SEGMENT), MOST_SEGMENTS))

    @property
    def steps(self) -> int:
        return -(-self.characters // self.rows)

    def active(self, step: int) -> int:
        """How many rows have a character at this step."""
        return min(self.rows, self.characters - step * self.rows)

    def places(self) -> NDArray[np.int64]:
        """(characters,) where each character, in the order of coding, stands in the text."""
        short, longer = divmod(self.characters, self.rows)
        begins = np.arange(self.rows) * short + np.minimum(np.arange(self.rows), longer)
        grid = begins + np.arange(self.steps)[:, None]
        return grid.ravel()[: self.characters]


class _Lockstep:
    """The next symbol's probabilities in all rows, up to a factor: the one way to them."""

    def __init__(self, network: Network, rows: int) -> None:
        self._stream = network.stream(batch=rows)
        self.read = np.full(rows, END, np.int32)

    def step(self) -> Array:
        y = self._stream.step(self.read)
        y -= y.max(axis=1, keepdims=True)
        p = np.empty_like(y)
        exp(y, p)
        return p.astype(np.float64)


def _encode(network: Network, segments: _Segments, symbols: Symbols, on_progress: OnProgress | None) -> NDArray[Any]:
    stream = _constriction()
    encoder, categorical = stream.queue.RangeEncoder(), stream.model.Categorical(perfect=False)
    lockstep = _Lockstep(network, segments.rows)
    coded = symbols[segments.places()]
    for step in range(segments.steps):
        rows = segments.active(step)
        some = coded[step * segments.rows :][:rows]
        encoder.encode(some, categorical, lockstep.step()[:rows])
        lockstep.read[:rows] = some
        if on_progress is not None:
            on_progress(step + 1, segments.steps)
    words: NDArray[Any] = encoder.get_compressed()
    return words


def _decode(network: Network, segments: _Segments, words: NDArray[Any], on_progress: OnProgress | None) -> Symbols:
    stream = _constriction()
    decoder, categorical = stream.queue.RangeDecoder(words), stream.model.Categorical(perfect=False)
    lockstep = _Lockstep(network, segments.rows)
    coded = np.empty(segments.characters, np.int32)
    for step in range(segments.steps):
        rows = segments.active(step)
        some = decoder.decode(categorical, lockstep.step()[:rows])
        coded[step * segments.rows :][:rows] = lockstep.read[:rows] = some
        if on_progress is not None:
            on_progress(step + 1, segments.steps)
    symbols = np.empty_like(coded)
    symbols[segments.places()] = coded
    return symbols


def _constriction() -> Any:
    try:
        from constriction import stream
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"compress: expected the package {error.name}; found none", "pip install 'elman[text]'"
        ) from None
    return stream


# --- what the alphabet lacks ---


def _pack_lacking(points: NDArray[np.uint32], lacking: NDArray[np.bool_]) -> bytes:
    """The gaps between the places, and the characters; nothing where nothing lacks."""
    if not lacking.any():
        return b""
    gaps = np.diff(np.flatnonzero(lacking), prepend=0)
    return lzma.compress(gaps.astype("<i8").tobytes() + points[lacking].astype("<u4").tobytes(), lzma.FORMAT_ALONE)


def _unpack_lacking(packed: bytes, seen: NDArray[np.uint32]) -> str:
    """The text of the characters that were seen, and those of the list in their places."""
    if not packed:
        return _text(seen)
    raw = lzma.decompress(packed, lzma.FORMAT_ALONE)
    count = len(raw) // 12
    places = np.cumsum(np.frombuffer(raw, "<i8", count))
    points = np.empty(len(seen) + count, np.uint32)
    lacking = np.zeros(len(points), np.bool_)
    lacking[places] = True
    points[lacking], points[~lacking] = np.frombuffer(raw, "<u4", count, 8 * count), seen
    return _text(points)


def _text(points: NDArray[np.uint32]) -> str:
    return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


# --- what the file vouches for ---


def _checked_body(data: bytes) -> bytes:
    if not data.startswith(MAGIC):
        raise DataError(f"compressed data: expected a file of `elman compress`; found {data[:8]!r}")
    if len(data) < FRONT.size + HEADER.size:
        raise DataError("compressed data: expected a header; found the end of the file: it was cut off")
    _, version, checksum = FRONT.unpack_from(data)
    if version != VERSION:
        raise DataError(f"compressed data: expected version {VERSION}; found {version}", "another elman wrote it")
    if checksum != _checksum(data[FRONT.size :]):
        raise DataError("compressed data: expected the checksum that it has; found another: it is damaged")
    return data[FRONT.size :]


def _checksum(data: bytes) -> bytes:
    return blake2b(data, digest_size=8).digest()


def _model_checksum(network: Network, alphabet: Alphabet) -> bytes:
    facts = json.dumps([network.architecture.to_json(), alphabet.to_json()], sort_keys=True)
    return _checksum(facts.encode() + network.parameters.flat.tobytes())
