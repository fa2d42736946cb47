"""Texts of any size, in pieces as they come, so that none is ever held as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

from elman.files.source import Source
from elman.tasks.text.alphabet import utf8
from elman.tasks.text.corpus.documents import check, documents
from elman.tasks.text.corpus.reading import Reading
from elman.tasks.text.corpus.sources import PIECE, Sources
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
    """Each text of the sources, in pieces; as with `groupby`, one is over when the next is asked for."""
    return by_text(pieces(sources, reading))


def _of_file(source: Source, reading: Reading) -> Iterator[Piece]:
    """A file is one text."""
    done = 0
    with source.text(reading.coding) as file:
        while text := file.read(PIECE):
            if not reading.raw:
                check(source.name, text, done)
            yield Piece(source.name, text, [] if done else [0])
            done += len(text)
    if done == 0:
        yield Piece(source.name, "", [], 1)


def _of_documents(source: Source, reading: Reading) -> Iterator[Piece]:
    """Documents by the batch: there may be millions of a few characters. One that is longer than a piece is cut."""
    batch: list[str] = []
    starts: list[int] = []
    length = empty = 0
    for text in documents(source, reading):
        if not text or text.isspace():
            empty += 1
            continue
        if reading.tokens == "bytes":
            text = utf8(text)
        if length + len(text) > PIECE and batch:
            yield Piece(source.name, "".join(batch), starts, empty)
            batch, starts, length, empty = [], [], 0, 0
        for first in range(PIECE, len(text), PIECE):
            yield Piece(source.name, text[first - PIECE : first], [0] if first == PIECE else [])
        if len(text) <= PIECE:
            starts.append(length)
        batch.append(text[(len(text) - 1) // PIECE * PIECE :])
        length += len(batch[-1])
    yield Piece(source.name, "".join(batch), starts, empty)


def by_text(found: Iterator[Piece]) -> Iterator[Iterator[str]]:
    """The texts, each in pieces of its own, as `texts` has them."""

    def numbered() -> Iterator[tuple[int, str]]:
        number = 0
        for piece in found:
            for begin, end in pairwise([0, *piece.starts, len(piece.text)]):
                if begin < end:
                    yield number, piece.text[begin:end]
                number += 1
            number -= 1  # what comes next may belong to the last one

    for _, parts in groupby(numbered(), itemgetter(0)):
        yield map(itemgetter(1), parts)
