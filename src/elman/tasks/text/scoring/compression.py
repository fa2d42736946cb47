"""Lossless compression with a model's probabilities: -log2 p bits for each character, by arithmetic coding.

The size proves that the probabilities are right: nobody decodes a text from fewer bits than its surprise. For
speed the text is cut into segments, which are coded side by side; each begins with END and the initial state, and so
costs a few characters' surprise more than in `score`.

Encoder and decoder must see the same probabilities to the last bit, so both take the same steps: `Stream.step` over the
same number of rows, `exp` of the engine, and the range coder of the package constriction, which rounds them to 24 bits.
What they are to the last bit depends on the model and on the instruction set that computes it: the file names both.

A text of a model over characters is UTF-8. A byte that is none becomes one of the characters U+DC80 to U+DCFF, as
Python does it ("surrogateescape"), so that any bytes come back. Characters that the alphabet lacks, and line ends that
are no `\\n`, travel beside the others (`beside`): the coder sees what `score` sees. What would grow is stored as it is.

    bytes   a compressed file, numbers little-endian
    8       MAGIC
    1       VERSION
    8       checksum of all that follows (BLAKE2b)
    1       STORED: the content follows; or CODED:
    8       checksum of the model: architecture, alphabet, parameters
    8       checksum of the content
    8       characters that are coded
    8       size of the list of characters that the alphabet lacks
    8       size of the list of line ends
    4       segments
    1       size of the name of the instruction set
            that name; the two lists; the coder's 32-bit words
"""

from __future__ import annotations

import json
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
from elman.tasks.text.scoring.beside import damaged, pack_lacking, restore, unify, unpack_lacking
from elman.tasks.text.scoring.surprise import check

MAGIC = b"\x89elmanz\n"
VERSION = 2
FRONT = struct.Struct("<8sB8s")
STORED, CODED = b"\0", b"\1"
HEADER = struct.Struct("<8s8sQQQIB")
SEGMENT = 8192  # characters, about
MOST_SEGMENTS = 256
ROUNDED = 2.0**-23  # the coder's probabilities are rounded by less than that
SPARE = 64  # bits

OnProgress = Callable[[int, int], None]  # steps done, of how many


def compress(network: Network, alphabet: Alphabet, data: bytes, on_progress: OnProgress | None = None) -> bytes:
    """Any bytes, in as many bits as they surprise the model; memory is some 20 bytes per character."""
    check(network, alphabet)
    text = data.decode("latin-1") if alphabet.kind == "bytes" else data.decode("utf-8", "surrogateescape")
    text, ends = unify(text, alphabet)
    symbols = alphabet.symbols(text)
    seen = symbols >= 0
    lacking = pack_lacking(code_points(text), ~seen)
    segments = _Segments.of(int(seen.sum()))
    words = _encode(network, segments, symbols[seen], on_progress)
    isa = instruction_set().encode()
    header = HEADER.pack(
        _model_checksum(network, alphabet),
        _checksum(data),
        segments.characters,
        len(lacking),
        len(ends),
        segments.rows,
        len(isa),
    )
    coded = CODED + header + isa + lacking + ends + words.astype("<u4").tobytes()
    body = min(coded, STORED + data, key=len)
    return FRONT.pack(MAGIC, VERSION, _checksum(body)) + body


def decompress(network: Network, alphabet: Alphabet, data: bytes, on_progress: OnProgress | None = None) -> bytes:
    """The bytes that `compress` was given, with the same model; a DataError where they cannot be had."""
    check(network, alphabet)
    body = _checked_body(data)
    if body.startswith(STORED):
        return body[1:]
    content, characters, rows, lacking, ends, words = _parts(network, alphabet, body[1:])
    try:
        symbols = _decode(network, _Segments(characters, rows), words, on_progress)
        text = restore(unpack_lacking(lacking, code_points(alphabet.characters)[symbols - 1]), ends)
        found = text.encode("latin-1") if alphabet.kind == "bytes" else text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise damaged("characters of a text") from None
    except MemoryError:
        raise damaged("lists that fit into memory") from None
    if _checksum(found) != content:
        raise DataError(
            "compressed data: expected the checksum of what was compressed; found another: the engine differs",
            "decompress with the version of elman, and on the machine, that compressed it",
        )
    return found


def _parts(network: Network, alphabet: Alphabet, body: bytes) -> tuple[bytes, int, int, bytes, bytes, NDArray[Any]]:
    """Checksum of the content, characters, segments, both lists and the words, of a header that can be believed."""
    if len(body) < HEADER.size:
        raise DataError("compressed data: expected a header; found the end of the file: it was cut off")
    model, content, characters, of_lacking, of_ends, rows, letters = HEADER.unpack_from(body)
    isa, rest = body[HEADER.size :][:letters].decode("latin-1"), body[HEADER.size + letters :]
    before = of_lacking + of_ends
    if not 1 <= rows <= min(max(1, characters), MOST_SEGMENTS) or before > len(rest) or (len(rest) - before) % 4:
        raise damaged("a header with sizes that fit the file")
    if model != _model_checksum(network, alphabet):
        raise DataError(
            f"compressed data: expected that of the model with the mark {mark(network, alphabet)}; found that of "
            f"{model.hex()}",
            "`elman info MODEL` shows the mark of a model",
        )
    if isa != instruction_set():
        raise DataError(
            f"compressed data: expected that of the instruction set {instruction_set()}; found {isa!r}",
            f"set ELMAN_ISA={isa}" if isa in instruction_sets() else "it needs a machine that has it",
        )
    words = np.frombuffer(rest[before:], "<u4").astype(np.uint32)
    return content, characters, rows, rest[:of_lacking], rest[of_lacking:before], words


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
    """A decoder goes on for ever: where the symbols say more than all words can, the number of them is wrong."""
    stream = _constriction()
    decoder, categorical = stream.queue.RangeDecoder(words), stream.model.Categorical(perfect=False)
    lockstep = _Lockstep(network, segments.rows)
    coded, bits = [], 0.0
    for step in range(segments.steps):
        rows = segments.active(step)
        p = lockstep.step()[:rows]
        try:
            some = decoder.decode(categorical, p)
        except AssertionError:
            raise damaged("words that stand for characters") from None
        lockstep.read[:rows] = some
        coded.append(some)
        bits -= float(np.log2(p[np.arange(rows), some] / p.sum(axis=1) + ROUNDED).sum())
        if bits > 32 * len(words) + SPARE:
            raise damaged(f"words for {segments.characters:,} characters")
        if on_progress is not None:
            on_progress(step + 1, segments.steps)
    symbols = np.empty(segments.characters, np.int32)
    symbols[segments.places()] = np.concatenate([*coded, np.zeros(0, np.int32)])
    return symbols


def _constriction() -> Any:
    try:
        from constriction import stream
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"compress: expected the package {error.name}; found none", "pip install 'elman[text]'"
        ) from None
    return stream


# --- what the file vouches for ---


def _checked_body(data: bytes) -> bytes:
    if not data.startswith(MAGIC):
        hint = "`elman compress MODEL FILE --out FILE` makes one"
        raise DataError("compressed data: expected a file of `elman compress`; found other data", hint)
    if len(data) <= FRONT.size:
        raise DataError("compressed data: expected a header; found the end of the file: it was cut off")
    _, version, checksum = FRONT.unpack_from(data)
    if version != VERSION:
        raise DataError(f"compressed data: expected version {VERSION}; found {version}", "another elman wrote it")
    if checksum != _checksum(data[FRONT.size :]):
        raise DataError(
            "compressed data: expected contents that fit their checksum; found others: it is damaged or cut off"
        )
    body = data[FRONT.size :]
    if body[:1] not in (STORED, CODED):
        raise damaged("stored or coded data")
    return body


def _checksum(data: bytes) -> bytes:
    return blake2b(data, digest_size=8).digest()


def mark(network: Network, alphabet: Alphabet) -> str:
    """The model as compressed data names it."""
    return _model_checksum(network, alphabet).hex()


def _model_checksum(network: Network, alphabet: Alphabet) -> bytes:
    facts = json.dumps([network.architecture.to_json(), alphabet.to_json()], sort_keys=True)
    return _checksum(facts.encode() + network.parameters.flat.tobytes())
