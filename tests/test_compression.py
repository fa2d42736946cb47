"""Compression: any bytes come back, in as many bits as the model's surprise, or an error says why not."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from elman._engine import instruction_set, instruction_sets
from elman.errors import ConfigError, DataError
from elman.network import Network
from elman.tasks.text import Alphabet
from elman.tasks.text.scoring import beside, compression
from elman.tasks.text.scoring.compression import FRONT, HEADER, VERSION, compress, decompress, mark
from elman.tasks.text.scoring.surprise import Score, text_surprise

CHARACTERS = Alphabet.of("abcdefgh .\né漢")
BYTES = Alphabet.of_bytes()


def sharp(alphabet: Alphabet, cell: str = "gru", dtype: str = "float32") -> Network:
    """Random weights that make some characters a hundred times as probable as others."""
    network = Network(len(alphabet), len(alphabet), symbols=True, cell=cell, hidden=9, dtype=dtype)
    network.initialise(np.random.default_rng(1), 1.0)
    return network


@cache
def model(kind: str) -> tuple[Network, Alphabet]:
    alphabet = {"characters": CHARACTERS, "bytes": BYTES}[kind]
    return sharp(alphabet), alphabet


BOTH = pytest.mark.parametrize("kind", ["characters", "bytes"])


@BOTH
@settings(deadline=None)
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode())))
@example(data=b"")
@example(data=b"a")
@example(data=b"\0")
@example(data=b"\xff\xfe\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80 abc \xe6\xbc")  # much that is no UTF-8
def test_any_bytes_come_back(kind: str, data: bytes) -> None:
    network, alphabet = model(kind)
    assert decompress(network, alphabet, compress(network, alphabet, data)) == data


@settings(deadline=None)
@given(length=st.integers(0, 200), segment=st.integers(1, 60), most=st.integers(1, 9))
def test_segments_of_any_length_come_back(length: int, segment: int, most: int) -> None:
    network, alphabet = model("bytes")
    data = np.random.default_rng(length).integers(0, 256, length, np.uint8).tobytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compression, "SEGMENT", segment)
        patch.setattr(compression, "MOST_SEGMENTS", most)
        packed = compress(network, alphabet, data)
    assert decompress(network, alphabet, packed) == data  # the file says how many segments there are


def draw(network: Network, alphabet: Alphabet, length: int) -> str:
    """A text that the model is right about."""
    uniform = np.random.default_rng(5).random((length, 1))
    return alphabet.decode(network.stream().sample([0], uniform)[:, 0])


@BOTH
def test_size_is_the_surprise(kind: str) -> None:
    network, alphabet = model(kind)
    text = draw(network, alphabet, 50_000)
    data = text.encode("latin-1" if alphabet.kind == "bytes" else "utf-8")
    packed = compress(network, alphabet, data)
    bits = Score.of(text_surprise(network, alphabet, [text])).nats / math.log(2)
    assert bits < 0.9 * len(text) * math.log2(len(alphabet))  # the model knows something
    assert 8 * len(packed) == pytest.approx(bits, rel=0.005)
    assert decompress(network, alphabet, packed) == data


def test_unseen_characters_and_line_ends_travel_beside() -> None:
    """The coder sees what it would without them."""
    network, alphabet = model("characters")
    text = draw(network, alphabet, 2000)
    lines = text.count("\n")
    plain = compress(network, alphabet, text.encode())
    words = plain[plain.index(instruction_set().encode()) + len(instruction_set()) :]
    for end, cost in (("\r\n", 1), ("\r", 1), (None, lines / 3 + 40)):
        ends = iter(["\n", "\r\n", "\r\n"] * lines)
        other = "".join((end or next(ends)) if c == "\n" else c for c in f"X{text}\U0001f600")
        packed = compress(network, alphabet, other.encode())
        assert packed.endswith(words)
        assert HEADER.unpack_from(packed, FRONT.size + 1)[2] == len(text)
        assert len(packed) <= len(plain) + 40 + cost
        assert decompress(network, alphabet, packed) == other.encode()


def test_line_ends_that_the_model_knows_are_coded() -> None:
    alphabet = Alphabet.of("ab\r\n")
    network, data = sharp(alphabet), b"ab\r\nba\rab\n" * 99
    packed = compress(network, alphabet, data)
    assert HEADER.unpack_from(packed, FRONT.size + 1)[4] == 0
    assert decompress(network, alphabet, packed) == data


@BOTH
def test_what_would_grow_is_stored(kind: str) -> None:
    network, alphabet = model(kind)
    for data in (np.random.default_rng(7).bytes(20_000), b"", b"a", "день".encode() * 9):
        packed = compress(network, alphabet, data)
        assert len(packed) <= len(data) + 18
        assert decompress(network, alphabet, packed) == data


def test_every_dtype_comes_back() -> None:
    network = sharp(CHARACTERS, cell="lstm", dtype="float64")
    assert decompress(network, CHARACTERS, compress(network, CHARACTERS, b"abc" * 50)) == b"abc" * 50


def test_progress_is_told() -> None:
    network, alphabet = model("characters")
    told: list[tuple[int, int]] = []
    text = draw(network, alphabet, 300)
    packed = compress(network, alphabet, text.encode(), lambda done, steps: told.append((done, steps)))
    decompress(network, alphabet, packed, lambda done, steps: told.append((done, steps)))
    assert told == [(step + 1, len(text)) for step in range(len(text))] * 2


# --- what is refused ---

TEXT = draw(*model("characters"), 300).encode()
PACKED = compress(*model("characters"), TEXT)


BODIES = [
    PACKED[FRONT.size :],
    compress(*model("characters"), (TEXT + "Ünseen\r\n".encode()) * 3)[FRONT.size :],
    compress(*model("characters"), b"ab\nc\r\nd\r" * 99 + "\ufeff\U0001f600x".encode() * 9)[FRONT.size :],
]


@pytest.mark.parametrize("at", range(0, len(PACKED), 3))
def test_every_altered_byte_is_noticed(at: int) -> None:
    damaged = bytearray(PACKED)
    damaged[at] ^= 4
    with pytest.raises(DataError, match="compressed data"):
        decompress(*model("characters"), bytes(damaged))


@pytest.mark.parametrize("length", range(0, len(PACKED), 5))
def test_every_cut_is_noticed(length: int) -> None:
    with pytest.raises(DataError, match="compressed data"):
        decompress(*model("characters"), PACKED[:length])


def resigned(body: bytes) -> bytes:
    """With a checksum that fits."""
    return FRONT.pack(compression.MAGIC, VERSION, compression._checksum(body)) + body


def test_other_models_are_refused() -> None:
    network, alphabet = model("characters")
    other = Network.of(network.architecture)
    other.parameters.flat[...] = network.parameters.flat
    assert decompress(other, alphabet, PACKED) == TEXT
    other.parameters.flat[3] += np.float32(1e-6)
    for refused in ((other, alphabet), (network, Alphabet(alphabet.characters[::-1]))):
        with pytest.raises(DataError, match=f"mark {mark(*refused)}; found that of {mark(network, alphabet)}"):
            decompress(*refused, PACKED)
    with pytest.raises(ConfigError, match="predicts the next"):
        decompress(network, BYTES, PACKED)


def test_other_instruction_sets_are_refused() -> None:
    body = PACKED[FRONT.size :]
    isa = instruction_set().encode()
    assert isa in body
    with pytest.raises(DataError, match=f"of the instruction set {instruction_set()}; found 'z") as caught:
        decompress(*model("characters"), resigned(body.replace(isa, b"z" * len(isa))))
    assert "machine" in caught.value.hint


@pytest.mark.parametrize(
    ("field", "value"), [(2, 0), (2, 1 << 60), (3, 1 << 40), (4, 1 << 40), (5, 0), (5, 257), (5, 1 << 31), (6, 255)]
)
def test_sizes_that_do_not_fit_are_refused(field: int, value: int) -> None:
    fields = list(HEADER.unpack_from(PACKED, FRONT.size + 1))
    fields[field] = value
    rest = PACKED[FRONT.size + 1 + HEADER.size :]
    with pytest.raises(DataError, match="compressed data"):
        decompress(*model("characters"), resigned(b"\1" + HEADER.pack(*fields) + rest))


def test_wrong_numbers_are_noticed() -> None:
    """Another engine's probabilities decode to something: the checksum of the content says that it is wrong."""
    body = bytearray(PACKED[FRONT.size :])
    body[-5] ^= 1
    with pytest.raises(DataError, match="checksum of what was compressed"):
        decompress(*model("characters"), resigned(bytes(body)))


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_damage_that_is_signed_is_an_error_of_elman(data: st.DataObject) -> None:
    """Bits that are turned, and pieces that are cut out or put in, anywhere behind the checksum."""
    network, alphabet = model("characters")
    body = bytearray(data.draw(st.sampled_from(BODIES)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        new = data.draw(st.binary(max_size=9))
        body[at : at + data.draw(st.sampled_from([0, len(new), len(new), 4, 99, 1 << 20]))] = new
    try:
        found = decompress(network, alphabet, resigned(bytes(body)))
    except DataError as error:
        assert str(error).startswith("compressed data: expected")
    else:
        assert body[:1] == b"\0" or hashlib.blake2b(found, digest_size=8).digest() == bytes(body[9:17])


@pytest.mark.parametrize(
    "raw", [b"", b"x", bytes(11), bytes(8) + b"\0\0\x11\0", bytes(24), b"\xff" * 8 + bytes(4), b"\x7f" * 12]
)
def test_lists_that_are_none_are_refused(raw: bytes) -> None:
    for packed in (beside._pack(raw), b"\1\0", b"junk"):
        with pytest.raises(DataError, match="compressed data: expected"):
            beside.unpack_lacking(packed, np.zeros(5, np.uint32))
        if len(packed) > 1:  # one byte says how all lines end
            with pytest.raises(DataError, match="compressed data: expected"):
                beside.restore("a\nb\nc\n", packed)


SCRIPT = """
import sys
from test_compression import model
from elman.tasks.text.scoring.compression import compress, decompress
given = sys.stdin.buffer.read()
sys.stdout.buffer.write((compress if sys.argv[1] == "compress" else decompress)(*model("bytes"), given))
"""


def elsewhere(verb: str, data: bytes, **environment: str) -> bytes:
    """In a process of its own."""
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    command = [sys.executable, "-c", SCRIPT, verb]
    environment = {**os.environ, "PYTHONPATH": paths, **environment}
    return subprocess.run(command, input=data, env=environment, capture_output=True, check=True).stdout


@pytest.mark.parametrize("isa", instruction_sets())
def test_other_processes_and_thread_counts_decode_it(isa: str) -> None:
    data = draw(*model("bytes"), 20_000).encode("latin-1")
    packed = elsewhere("compress", data, ELMAN_ISA=isa, ELMAN_THREADS="1")
    assert elsewhere("decompress", packed, ELMAN_ISA=isa, ELMAN_THREADS="2") == data


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "constriction", None)
    with pytest.raises(ConfigError, match="constriction") as caught:
        compress(*model("bytes"), b"a")
    assert caught.value.hint == "pip install 'elman[text]'"
