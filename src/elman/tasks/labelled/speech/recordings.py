"""Recordings: in folders, in archives, and in tables, with the word of each, and who says it."""

from __future__ import annotations

import csv
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from gzip import BadGzipFile
from io import BytesIO
from pathlib import Path, PurePosixPath
from string import Formatter
from typing import BinaryIO, NamedTuple
from zipfile import BadZipFile, ZipFile

from elman.errors import ConfigError, DataError, choose
from elman.files.finding import Wanted, find
from elman.files.source import Source, readable
from elman.spelling import spelled

SUFFIXES = {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64"}
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
UNKNOWN, SILENCE = RESERVED = "_unknown_", "_silence_"  # labels of other words, and of no word
FIELDS = ("label", "speaker", "take")
COLUMNS = ("file", "label", "speaker")
EXAMPLE = "{label}_{speaker}_{take}"


class Recording(NamedTuple):
    """One take."""

    place: str  # as messages call it
    path: PurePosixPath  # from what was named on; of a table's row, the file's
    open: Callable[[], BinaryIO]
    label: str | None = None
    speaker: str | None = None


def recordings(names: Sequence[str]) -> tuple[list[Recording], list[str]]:
    """All recordings of files, folders, archives and tables, and what was skipped."""
    found: list[Recording] = []
    skipped: list[str] = []
    for name in names:
        files, others = find([name], WANTED)
        skipped += others
        inside = Path(name) if Path(name).is_dir() else None
        for file in files:
            found += _of_file(file, inside, skipped)
    return found, skipped


def _unfit(path: Path) -> str:
    fits = path.suffix.lower() in SUFFIXES or path.name.lower().endswith(ARCHIVES)
    return "" if fits else "no recording by its name"


WANTED = Wanted("recordings", _unfit, named="a folder, archive or CSV file of recordings, or a recording")


def _of_file(file: Source, inside: Path | None, skipped: list[str]) -> Iterator[Recording]:
    suffix = PurePosixPath(file.name.lower()).suffix
    if file.name.lower().endswith(ARCHIVES):
        yield from _archived(file, skipped)
    elif suffix in (".csv", ".tsv"):
        yield from _tabled(file, "\t" if suffix == ".tsv" else ",")
    else:
        whole = inside is not None and inside.name.startswith("_")  # a folder of a reserved label says what is in it
        path = (
            Path(file.name).relative_to(inside.parent if whole else inside)
            if inside is not None
            else Path(Path(file.name).name)
        )
        yield Recording(file.name, PurePosixPath(path.as_posix()), opener(file))


def opener(file: Source) -> Callable[[], BinaryIO]:
    """Opens a file; a DataError where it cannot be read."""

    def opened() -> BinaryIO:
        with file.raw() as raw:
            return BytesIO(raw.read())

    return opened


def _archived(file: Source, skipped: list[str]) -> Iterator[Recording]:
    """Those of an archive, which is read in place."""
    with readable(file.name):
        names, read = _zipped(file.name) if file.name.lower().endswith(".zip") else _tarred(file.name)
    count = 0
    for member in names:
        path = PurePosixPath(member)
        if any(part.startswith((".", "__MACOSX")) for part in path.parts):
            continue
        place = f"{file.name}/{member}"
        if path.suffix.lower() not in SUFFIXES:
            skipped.append(f"{place}: no recording by its name")
            continue
        count += 1
        yield Recording(place, path, partial(_member, read, member, place))
    if not count:
        raise DataError(f"{file.name}: expected recordings in this archive; found none")


def _zipped(name: str) -> tuple[list[str], Callable[[str], bytes]]:
    """The names of files in an archive, and what reads them."""
    try:
        archive = ZipFile(name)
    except BadZipFile as error:
        raise DataError(f"{name}: expected a zip archive; found another file, or a part of one: {error}") from None
    return sorted(one for one in archive.namelist() if not one.endswith("/")), archive.read


def _tarred(name: str) -> tuple[list[str], Callable[[str], bytes]]:
    """The same, in the order of the archive: what is compressed as a whole is read from its beginning on."""
    try:
        archive = tarfile.open(name)  # noqa: SIM115
        members = {one.name: one for one in archive.getmembers() if one.isfile()}
    except (tarfile.TarError, EOFError, zlib.error, BadGzipFile) as error:
        raise DataError(f"{name}: expected a tar archive; found another file, or a part of one: {error}") from None

    def read(member: str) -> bytes:
        opened = archive.extractfile(members[member])
        assert opened is not None  # it is a file
        return opened.read()

    return list(members), read


def _member(read: Callable[[str], bytes], member: str, place: str) -> BinaryIO:
    try:
        return BytesIO(read(member))
    except (BadZipFile, tarfile.TarError, OSError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{place}: cannot be read: {error}") from None


def _tabled(file: Source, delimiter: str) -> Iterator[Recording]:
    """Those that a table names, from its folder on."""
    folder = Path(file.name).parent
    with file.raw() as raw:
        try:
            lines = raw.read().decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise DataError(f"{file.name}: expected UTF-8; found other bytes ({error.reason})") from None
    rows = csv.DictReader(lines, delimiter=delimiter)
    header = rows.fieldnames or []
    for column in ("file", "label"):
        if column not in header:
            raise DataError(
                f"{file.name}: expected the columns {', '.join(COLUMNS)}; found {', '.join(header) or 'none'}"
            )
    for row in rows:
        where = f"{file.name}, line {rows.line_num}"
        name, label, speaker = ((row.get(column) or "").strip() for column in COLUMNS)
        if not name or not label:
            raise DataError(f"{where}: expected a file and a label; found {name or 'no file'}, {label or 'no label'}")
        path = folder / name
        if not path.is_file():
            raise DataError(f"{where}: expected a file; found none at {path}")
        yield Recording(str(path), PurePosixPath(name), opener(Source(str(path))), label, speaker or None)


# --- who says what ---


def pattern(name: str | None) -> re.Pattern[str] | None:
    """What reads the names of recordings: a field stands for what has no `/` in it, nor the letter that follows.

    `{}` stands for anything, or nothing. Where slashes are in it, as many folders are read, too.

    Raises:
        ConfigError: it has other fields, or none that says anything.
    """
    if name is None:
        return None
    try:
        parts = [(literal, field) for literal, field, _, _ in Formatter().parse(name)]
    except ValueError as error:
        raise ConfigError(
            f"name: expected a pattern such as {{label}}_{{speaker}}_{{take}}; found {name!r} ({error})"
        ) from None
    fields = [field for _, field in parts if field]
    for one in fields:
        choose("name", one, FIELDS)
    if len(set(fields)) < len(fields) or not {"label", "speaker"} & set(fields):
        raise ConfigError(f"name: expected {{label}} or {{speaker}} in it, and each field once; found {name!r}")
    found = ""
    for number, (literal, field) in enumerate(parts):
        found += re.escape(literal)
        if field is not None:
            after = parts[number + 1][0][:1] if number + 1 < len(parts) else ""
            found += f"(?P<{field}>[^/{re.escape(after)}]+)" if field else ".*?"
    return re.compile(found)


def told_apart(found: Sequence[Recording], name: str | None) -> list[Recording]:
    """Recordings with their words and speakers, as `named` has them.

    Raises:
        DataError: of some, that cannot be told; it names them.
    """
    told = named(found, name)
    if wrong := [one.place for one in told if one.label is None]:
        expected = f"names like {name}" if name else "recordings in folders that are named after words"
        hint = f"{spelled('name', EXAMPLE)} reads the names of files"
        raise DataError(f"{few(wrong)}: expected {expected}; found {'another' if name else 'none'}", hint)
    return told


def named(found: Sequence[Recording], name: str | None) -> list[Recording]:
    """Recordings with their words and speakers: as a table has them, or by their names, or by their folders.

    What is in a folder whose name begins with _, such as _unknown_ and _silence_, has its label, whatever its own name.
    Where nothing tells the word, there is none.
    """
    by_name = pattern(name)
    return [one if one.label is not None else _named(one, by_name, (name or "").count("/")) for one in found]


def suited(found: Sequence[Recording], name: str | None) -> str | None:
    """The pattern; None where it fits no recording, and all are in folders, which may be named after words."""
    fits = any(one.label is not None and not _reserved(one) for one in named(found, name))
    return name if fits or not all(one.path.parent.name for one in found) else None


def _reserved(one: Recording) -> bool:
    """Whether its folder has a name of its own for what is in it."""
    return one.path.parent.name.startswith("_")


def _named(one: Recording, by_name: re.Pattern[str] | None, folders: int) -> Recording:
    """By its own name, with so many of its folders, or with all; or by its folder."""
    folder, path = one.path.parent.name, one.path.with_suffix("")
    names = "/".join(path.parts[-1 - folders :]), str(path)
    fits = next(filter(None, map(by_name.fullmatch, names[: 1 + (folders > 0)])), None) if by_name else None
    fields: dict[str, str] = fits.groupdict() if fits else {}
    reserved = _reserved(one)
    if by_name and not fits and not reserved:
        return one
    label = folder if reserved else fields.get("label", folder)
    return one._replace(label=label or None, speaker=fields.get("speaker"))


def few(places: Sequence[str], most: int = 3) -> str:
    """The first of them, and how many more."""
    return ", ".join(places[:most]) + (f" and {len(places) - most:,} more" if len(places) > most else "")
