"""Reading: how files become texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from elman.errors import ConfigError, choose
from elman.files.coding import Coding, another_encoding, check_encoding
from elman.spelling import spelled
from elman.tasks.text.alphabet import Kind


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How files become texts.

    Args:
        tokens: "characters", or "bytes" for files of any kind (of documents: the bytes of their UTF-8).
        encoding: of the files, as Python names it. A byte order mark is no part of the text, and a file that has that
            of UTF-16 or UTF-32 is read so where UTF-8 is expected. Line ends are read as `\\n`. Bytes are read as they
            are.
        documents: whether a file holds many short texts. By the end of its name: `.jsonl` and `.ndjson` one object or
            string a line, `.json` a list of them, `.csv` and `.tsv` a row each below a header. Any other holds one
            text between blank lines; or an object a line, where a field is asked for.
        field: what of an object or row is the text: a string, or a list of strings (or of such lists), which are lines;
            default "text". `song.lyrics` is the field lyrics of the field song; of rows without a header, the column's
            number.
        delimiter: what stands between the columns of CSV, a character or `\\t`; by default what the file seems to have.
        header: whether the first row of CSV names the columns; by default whether it seems to.
        skip_empty: whether documents without the field, or with null in it, are left out and counted.
    """

    tokens: Kind = "characters"
    encoding: str = "utf-8"
    documents: bool = False
    field: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    skip_empty: bool = False

    def __post_init__(self) -> None:
        choose("tokens", self.tokens, get_args(Kind))
        check_encoding(self.encoding)
        for name in ("field", "delimiter", "header", "skip_empty"):
            if getattr(self, name) not in (None, False if name == "skip_empty" else None) and not self.documents:
                raise ConfigError(f"{name}: expected with documents only; found none", spelled("documents", True))
        wrong = self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '\n\r"\0')
        if wrong and self.delimiter != r"\t":
            raise ConfigError(f"delimiter: expected one character; found {self.delimiter!r}", spelled("delimiter", ";"))

    @property
    def raw(self) -> bool:
        """Whether a file's bytes are taken as they are."""
        return self.tokens == "bytes" and not self.documents

    @property
    def coding(self) -> Coding:
        """How a file's bytes become text."""
        hint = another_encoding()
        if not self.documents:
            hint += f"; {spelled('tokens', 'bytes')} takes anything"
        return Coding(self.encoding, self.raw, hint)


def anything() -> str:
    """A hint where something is no text."""
    return f"{spelled('tokens', 'bytes')} takes anything; {spelled('encoding', 'utf-16')}, if that is what it is"
