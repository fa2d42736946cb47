"""Alphabet: characters, or bytes, to symbols and back. It is saved with the model: a symbol keeps its number."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from elman.copies import cached_property, essentials
from elman.errors import ConfigError, DataError, choose

Symbols = NDArray[np.int32]  # (T,)
Kind = Literal["characters", "bytes"]

END = 0  # the symbol before the first character of a text and after its last one
UNICODE = 0x110000
SHOWN = 20  # characters that a message names


@dataclass(frozen=True)
class Alphabet:
    """What a text is written in: END, then each of `characters` (or each byte, 0 to 255) in order.

    Texts are `str`; a text of bytes is the `str` of the characters U+0000 to U+00FF (the encoding latin-1). What people
    write and read is UTF-8: `from_unicode` and `to_unicode` stand between them and a text of bytes.
    """

    characters: str
    kind: Kind = "characters"

    def __post_init__(self) -> None:
        choose("tokens", self.kind, get_args(Kind))
        if len(set(self.characters)) != len(self.characters):
            raise ConfigError("alphabet: expected each character once")
        if self.kind == "bytes" and self.characters != "".join(map(chr, range(256))):
            raise ConfigError("alphabet: expected the bytes 0 to 255 in order")

    @classmethod
    def of_bytes(cls) -> Self:
        """Of everything that a file can hold."""
        return cls("".join(map(chr, range(256))), "bytes")

    @classmethod
    def of(cls, characters: Iterable[str]) -> Self:
        """Of these characters, in the order of their code points."""
        return cls("".join(sorted(set(characters))))

    def with_also(self, characters: Iterable[str]) -> Alphabet:
        """With new characters behind the known ones, which keep their symbols."""
        return Alphabet(self.characters + "".join(sorted(set(characters) - set(self.characters))), self.kind)

    def __getstate__(self) -> dict[str, Any]:
        return essentials(self)

    def __len__(self) -> int:
        """The number of symbols, END among them."""
        return 1 + len(self.characters)

    @cached_property
    def _symbol_of(self) -> NDArray[np.int32]:
        """By code point; -1 for what is not in it."""
        table = np.full(UNICODE, -1, np.int32)
        table[code_points(self.characters)] = np.arange(1, len(self), dtype=np.int32)
        return table

    def symbols(self, text: str) -> Symbols:
        """(T,) symbols of a text; -1 where a character is not in the alphabet."""
        return self._symbol_of[code_points(text)]

    def encode(self, text: str, what: str = "text", hint: str = "leave them out") -> Symbols:
        """(T,) symbols; a DataError names the characters that the alphabet does not have."""
        symbols = self.symbols(text)
        if (symbols < 0).any():
            found = some(self.unseen(text))
            raise DataError(f"{what}: expected characters that the model has seen; found {found}", hint)
        return symbols

    def unseen(self, text: str) -> str:
        """The characters of a text that it does not have, each once, in order."""
        return "".join(sorted(set(text) - set(self.characters)))

    def decode(self, symbols: Iterable[int] | Symbols) -> str:
        """The text of symbols, without END."""
        return "".join(self.characters[s - 1] for s in symbols if s != END)

    def from_unicode(self, text: str) -> str:
        """The text of the alphabet that people mean: of bytes, those of its UTF-8 (`utf8`)."""
        return utf8(text) if self.kind == "bytes" else text

    def to_unicode(self, text: str) -> str:
        """What people read of a text of the alphabet: bytes that are no UTF-8 are replaced by U+FFFD."""
        return "".join(self.unicode_pieces([text]))

    def unicode_pieces(self, pieces: Iterable[str]) -> Iterator[str]:
        """The same of a text that comes in pieces, whose characters may begin in one and end in the next."""
        if self.kind == "bytes":
            return codecs.iterdecode((piece.encode("latin-1") for piece in pieces), "utf-8", "replace")
        return iter(pieces)

    def shown(self, symbol: int) -> str:
        r"""A symbol alone, as people read it: "" is END, and "\xe6" a byte that is no character by itself."""
        text = self.decode([symbol])
        return text.encode("latin-1").decode("utf-8", "backslashreplace") if self.kind == "bytes" else text

    def to_json(self) -> dict[str, Any]:
        """What the model file keeps."""
        return {"kind": self.kind, "characters": self.characters}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """From `to_json`; a ConfigError where it is something else."""
        if set(data) != {"kind", "characters"} or not isinstance(data["characters"], str):
            raise ConfigError("codec: expected the kind and characters of an alphabet")
        return cls(data["characters"], data["kind"])


def some(characters: str) -> str:
    """Characters as messages name them, one by one, for they are no word: the first, and how many there are more."""
    more = f" and {len(characters) - SHOWN:,} more" if len(characters) > SHOWN else ""
    return ", ".join(map(repr, characters[:SHOWN])) + more


def utf8(text: str) -> str:
    """The text of the bytes that a text has in UTF-8; a byte that Python could not decode is itself (surrogateescape).

    A DataError tells of what has no UTF-8: other lone surrogates.
    """
    try:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError as error:
        found = text[error.start]
        raise DataError(f"text: character {error.start:,}: expected text; found the lone surrogate {found!r}") from None


def code_points(text: str) -> NDArray[np.uint32]:
    """(T,) of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
