"""Texts of any size, in pieces as they come, so that none is ever held as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from elman.tasks.text.alphabet import utf8
from elman.tasks.text.corpus.documents import check, documents
from elman.tasks.text.corpus.sources import PIECE, Reading, Source, Sources
from elman.telling import so_far


@dataclass(frozen=True)
class Piece:
    """Some characters of one file, in order.

    `starts` are the places in `text` at which texts begin: those of documents, or 0 where a file begins. What stands
    before the first of them continues the text of the piece before. `empty` texts were left out.
    """

    source: str
    text: str
    starts: list[int]
    empty: int = 0


def pieces(sources: Sources, reading: Reading) -> Iterator[Piece]:
    """Every text of the sources, in constant memory; a DataError says where one cannot be read."""
    total, done = sources.size, 0
    for source in sources.files:
        for piece in (_of_documents if reading.documents else _of_file)(source, reading):
            yield piece
            done += len(piece.text.encode("utf-8", "surrogatepass"))
            so_far("bytes read", min(done, total), total)


def texts(sources: Sources, reading: Reading) -> Iterator[Iterator[str]]:
    """Each text of the sources, in pieces."""
    for source in sources.files:
        found = pieces(Sources((source,)), reading)
        if reading.documents:
            yield from _each(found)
        else:
            yield (piece.text for piece in found)


def _each(found: Iterator[Piece]) -> Iterator[Iterator[str]]:
    for piece in found:
        for begin, end in pairwise([*piece.starts, len(piece.text)]):
            yield iter([piece.text[begin:end]])


def _of_file(source: Source, reading: Reading) -> Iterator[Piece]:
    """A file is one text."""
    done = 0
    with source.text(reading) as file:
        while text := file.read(PIECE):
            if not reading.raw:
                check(source.name, text, done)
            yield Piece(source.name, text, [] if done else [0])
            done += len(text)
    if done == 0:
        yield Piece(source.name, "", [], 1)


def _of_documents(source: Source, reading: Reading) -> Iterator[Piece]:
    """Documents by the batch: there may be millions of a few characters."""
    batch: list[str] = []
    starts: list[int] = []
    length = empty = 0
    for text in documents(source, reading):
        if not text or text.isspace():
            empty += 1
            continue
        if reading.tokens == "bytes":
            text = utf8(text)
        batch.append(text)
        starts.append(length)
        length += len(text)
        if length >= PIECE:
            yield Piece(source.name, "".join(batch), starts, empty)
            batch, starts, length, empty = [], [], 0, 0
    yield Piece(source.name, "".join(batch), starts, empty)
