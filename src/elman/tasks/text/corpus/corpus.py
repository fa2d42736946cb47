"""Corpus: texts as symbols, on disk and mapped into memory, so that their size does not matter."""

from __future__ import annotations

import mmap
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from hashlib import blake2b
from itertools import compress
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, DataError, in_range
from elman.files.finding import Names
from elman.files.temporary import let_go, room, temporary_file
from elman.spelling import counted, spelled
from elman.tasks.text.alphabet import END, UNICODE, Alphabet, Kind, code_points
from elman.tasks.text.corpus.documents import check
from elman.tasks.text.corpus.fingerprint import CHECKSUM, Fingerprint
from elman.tasks.text.corpus.reading import Reading
from elman.tasks.text.corpus.sources import Sources, find
from elman.tasks.text.corpus.texts import Piece, pieces

AT_ONCE = 1 << 20  # symbols that are looked at at a time
UNSEEN = -1  # in place of the symbol of a character that an alphabet does not have


@dataclass(frozen=True, eq=False)
class Corpus:
    """Texts as symbols, each between two END; what stands between two texts is one END.

    Attributes:
        alphabet: of the symbols.
        tokens: (N,) symbols of the narrowest type, mapped from a temporary file, to be read only.
        bounds: (texts + 1,) the places of END in `tokens`, int64: text i is `tokens[bounds[i] + 1 : bounds[i + 1]]`.
        documents: whether the texts are documents, or else files.
        fingerprint: a checksum of the texts, whatever their symbols are.
        names: of the files.
        skipped: what was left out, and why, a line each.
        found: what the files are that is not usual, a line each.
        unseen: how many characters of a held-out part the alphabet does not have; they are left out.
        known: how many characters of the alphabet were there before these texts were read.
    """

    alphabet: Alphabet
    tokens: NDArray[Any]
    bounds: NDArray[np.int64]
    documents: bool
    fingerprint: str
    names: tuple[str, ...]
    _mapped: mmap.mmap = field(repr=False)  # where tokens are
    skipped: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    unseen: int = 0
    known: int = 0

    @classmethod
    def read(cls, names: Names, reading: Reading | None = None, alphabet: Alphabet | None = None) -> Self:
        """What files, folders, globs and standard input hold (`find`), in two passes of constant memory.

        Args:
            names: of the sources.
            reading: how they are read.
            alphabet: one whose symbols are kept, as a network that has learned them needs it; characters that it does
                not have come behind them.

        Raises:
            DataError: a source cannot be read, or holds nothing; the temporary folder is full.
        """
        reading = reading or Reading()
        sources = find(names, reading)
        return cls._of(lambda: pieces(sources, reading), sources, reading, alphabet)

    @classmethod
    def of(
        cls,
        texts: Iterable[str],
        *,
        documents: bool = False,
        tokens: Kind = "characters",
        alphabet: Alphabet | None = None,
    ) -> Self:
        """The same of texts that are there already; of bytes, a text is the `str` of their values (latin-1)."""
        held, reading = list(texts), Reading(tokens=tokens, documents=documents)
        for text in held:
            if tokens == "bytes":
                Alphabet.of_bytes().encode(text)
            else:
                check("text", text)
        return cls._of(lambda: (Piece("text", text, [0]) for text in held if text), Sources(()), reading, alphabet)

    @classmethod
    def _of(
        cls, again: Callable[[], Iterator[Piece]], sources: Sources, reading: Reading, known: Alphabet | None
    ) -> Self:
        if known is not None and known.kind != reading.tokens:
            raise ConfigError(f"tokens: expected {known.kind}, as the alphabet has; found {reading.tokens}")
        if reading.tokens == "bytes":
            known = alphabet = Alphabet.of_bytes()
        else:
            alphabet = (known or Alphabet("")).with_also(_characters(again()))
        fingerprint = Fingerprint(reading.tokens)
        empty: Counter[str] = Counter()
        with _Writer(len(alphabet)) as writer:
            for piece in again():
                empty[piece.source] += piece.empty
                fingerprint.update(piece.text)
                symbols = alphabet.symbols(piece.text)
                if (symbols == UNSEEN).any():
                    raise DataError(f"{piece.source}: changed while it was read", "read a copy of it")
                writer.write(np.insert(symbols, piece.starts, END) if piece.starts else symbols)
            mapped, tokens, bounds = writer.finish()
        corpus = cls(
            alphabet=alphabet,
            _mapped=mapped,
            tokens=tokens,
            bounds=bounds,
            documents=reading.documents,
            fingerprint=fingerprint.finish(bounds),
            names=tuple(source.name for source in sources.files),
            skipped=(*sources.skipped, *_left_out(empty, reading.documents)),
            found=sources.found,
            known=0 if known is None else len(known) - 1,
        )
        if corpus.characters < 2:
            where = ", ".join(corpus.names[:3]) or "text"
            hint = (
                f"in {counted(empty.total(), 'document')} the field was empty or not there"
                if reading.skip_empty
                else ""
            )
            raise DataError(f"{where}: expected at least 2 characters of text; found {corpus.characters}", hint)
        return corpus

    def __reduce__(self) -> tuple[Any, ...]:
        facts = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("tokens", "bounds", "_mapped")}
        return _stored, (type(self), self.tokens, facts)

    def __deepcopy__(self, _: Any) -> Self:
        return self  # nothing of it ever changes

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.bounds) - 1

    @property
    def characters(self) -> int:
        """How many there are in all texts."""
        return len(self.tokens) - len(self.bounds)

    def text(self, index: int) -> str:
        """One of them."""
        index = range(len(self))[index]
        return self.alphabet.decode(self.tokens[self.bounds[index] : self.bounds[index + 1]])

    def release(self) -> None:
        """Takes what was read of `tokens` out of the process's resident memory; it is read anew when needed.

        The pages of a mapped file count as resident once they are touched. To be called now and then by whoever walks
        through a large corpus and is to stay small.
        """
        if hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED)

    def pieces(self, size: int = AT_ONCE) -> Iterator[NDArray[Any]]:
        """The tokens from first to last, so many at a time, in constant memory."""
        for start in range(0, len(self.tokens), size):
            yield self.tokens[start : start + size]
            self.release()

    def split(self, share: float) -> tuple[Self, Self]:
        """The part to train on, and the part held out to measure by.

        Of files, the last share of all characters is held out: what is to be foretold comes after what was read. Of
        documents, every so-many-th (with 0.1 the tenth, the twentieth …), since collections are sorted by author, year
        or letter, and their end is like nothing before it. Nothing is drawn by chance: same texts, same parts.

        The alphabet is that of the part to train on; what else occurs in the other part is left out there and counted
        (`unseen`), since a network cannot foretell a character that it has no symbol for. Needs as much room in the
        temporary folder as the corpus has already.

        Raises:
            ConfigError: the share is no number between 0 and 1.
            DataError: there is too little for two parts.
        """
        in_range("validate", share, 0, 1, low_in=False, high_in=False)
        held_out = self._some_documents(share) if self.documents else self._last_characters(share)
        present = np.zeros(len(self.alphabet), bool)
        present[: 1 + self.known] = True
        for tokens, held in self._halves(held_out):
            present[tokens[~held]] = True
        characters = "".join(compress(self.alphabet.characters, present[1:]))
        alphabet = Alphabet(characters, self.alphabet.kind)
        symbols = np.where(present, np.cumsum(present) - 1, UNSEEN).astype(np.int32)
        parts = []
        for wanted in (False, True):
            with _Writer(len(alphabet)) as writer:
                for tokens, held in self._halves(held_out):
                    writer.write(symbols[tokens[held == wanted]])
                mapped, stored, bounds = writer.finish()
            mark = f"{self.fingerprint} {share!r} {wanted}".encode()
            parts.append(
                replace(
                    self,
                    alphabet=alphabet,
                    _mapped=mapped,
                    tokens=stored,
                    bounds=bounds,
                    fingerprint=blake2b(mark, digest_size=CHECKSUM).hexdigest(),
                    unseen=writer.unseen,
                    known=len(alphabet) - 1,
                )
            )
        return parts[0], parts[1]

    def _halves(self, held_out: HeldOut) -> Iterator[tuple[NDArray[Any], NDArray[np.bool_]]]:
        """All tokens but the last END, in pieces, and whether each is held out."""
        start = 0
        for tokens in self.pieces():
            tokens = tokens[: len(self.tokens) - 1 - start]
            yield tokens, held_out(start, tokens)
            start += len(tokens)

    def _too_little(self, share: float, found: str) -> DataError:
        return DataError(
            f"text: expected enough to hold {share:g} of it out; found {found}",
            f"{spelled('validate', 0)} holds nothing out",
        )

    def _last_characters(self, share: float) -> HeldOut:
        cut = int(self.characters * (1 - share))
        if not 0 < cut < self.characters:
            raise self._too_little(share, counted(self.characters, "character"))
        # Before that character stand as many END as texts have begun; the one of a text that begins there goes with it.
        first = cut + int(np.searchsorted(self.bounds - np.arange(len(self.bounds)), cut, "left"))
        return lambda start, tokens: np.arange(start, start + len(tokens)) >= first

    def _some_documents(self, share: float) -> HeldOut:
        held: NDArray[np.bool_] = np.diff(np.floor(np.arange(len(self) + 1) * share)) > 0
        if not 0 < held.sum() < len(self):
            raise self._too_little(share, counted(len(self), "document"))

        def held_out(start: int, tokens: NDArray[Any]) -> NDArray[np.bool_]:
            begun = int(np.searchsorted(self.bounds, start, "left"))  # texts before this piece
            return np.take(held, begun - 1 + np.cumsum(tokens == END))

        return held_out


HeldOut = Callable[[int, NDArray[Any]], NDArray[np.bool_]]  # of the place of some tokens, and the tokens: which are


class _Writer:
    """Symbols to a temporary file, to be mapped into memory: END before each text, and after the last."""

    def __init__(self, symbols: int) -> None:
        narrow = np.uint8 if symbols <= 1 << 8 else np.uint16 if symbols <= 1 << 16 else np.int32
        self.dtype: np.dtype[Any] = np.dtype(narrow)
        self.file = temporary_file()
        self.bounds = array("q")
        self.length = self.unseen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        let_go(self.file)

    def write(self, symbols: NDArray[Any]) -> None:
        """Further symbols. What is unseen is left out, and counted."""
        seen = symbols != UNSEEN
        if not seen.all():
            self.unseen += len(seen) - int(seen.sum())
            symbols = symbols[seen]
        if self.length == 0 and len(symbols) and symbols[0] != END:
            symbols = np.insert(symbols, 0, END)  # a text that was cut begins here
        self.bounds.frombytes((np.flatnonzero(symbols == END) + self.length).astype(np.int64).tobytes())
        with room():
            self.file.write(symbols.astype(self.dtype).tobytes())
        self.length += len(symbols)

    def finish(self) -> tuple[mmap.mmap, NDArray[Any], NDArray[np.int64]]:
        """Where they are, all of them, and the places of END."""
        self.write(np.array([END], np.int32))
        with room():
            self.file.flush()
            mapped = mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ)
        return mapped, np.frombuffer(mapped, self.dtype), np.frombuffer(self.bounds, np.int64)


def _stored(kind: type[Corpus], tokens: NDArray[Any], facts: dict[str, Any]) -> Corpus:
    """A corpus that was pickled, in a temporary file of this process."""
    with _Writer(len(facts["alphabet"])) as writer:
        writer.write(tokens[:-1])
        mapped, tokens, bounds = writer.finish()
    return kind(**facts, _mapped=mapped, tokens=tokens, bounds=bounds)


def _characters(texts: Iterable[Piece]) -> str:
    """Those that occur, in the order of their code points."""
    seen = np.zeros(UNICODE, bool)
    for piece in texts:
        seen[code_points(piece.text)] = True
    return "".join(map(chr, np.flatnonzero(seen)))


def _left_out(empty: Counter[str], documents: bool) -> Iterator[str]:
    for name, count in empty.items():
        if count:
            yield f"{name}: {count:,} empty document{'s' * (count > 1)}" if documents else f"{name}: empty"
