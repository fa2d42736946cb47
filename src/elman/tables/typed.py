"""Files whose values have types: Parquet and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from elman.errors import DataError
from elman.files.coding import Coding
from elman.files.source import Source
from elman.tables.database import Database, array, literal
from elman.tables.links import Link, link, link_to_text
from elman.tables.scans import Counted, File, Scan, Value, aliases

PARQUET = (".parquet", ".pq")
JSON = (".jsonl", ".ndjson", ".json")
LINES = (".jsonl", ".ndjson")  # which have no list of objects
MAGIC = "PAR1"  # how a file of Parquet begins


@dataclass(frozen=True)
class Json:
    """A file of objects: one on each line, or all of them in one list.

    Args:
        coding: how the file is text.
        compression: as the database calls it.
        lines: whether there is an object on each line.
    """

    coding: Coding
    compression: str
    lines: bool

    @property
    def unit(self) -> str:
        """Of a list, and of what Python does not unpack, objects are counted."""
        return "line" if self._readable else "item"

    @property
    def _readable(self) -> bool:
        return self.lines and self.compression != "zstd"

    def line(self, source: Source, record: int) -> int:
        """Where an object stands. The file is read up to there."""
        if not self._readable:
            return record + 1
        for number, (line, _) in enumerate(self._objects(source)):
            if number == record:
                return line
        raise DataError(f"{source.name}: changed while it was read", "read a copy of it")

    def fault(self, source: Source) -> DataError | None:
        """The first line that is no object. The file is read up to there."""
        if not self._readable:
            return None
        try:
            for line, text in self._objects(source):
                where = f"{source.name}: line {line:,}"
                try:
                    found = json.loads(text.rstrip(), object_pairs_hook=list)
                except json.JSONDecodeError as error:
                    return DataError(f"{where}: expected a JSON object; found, at column {error.colno}: {error.msg}")
                except (ValueError, RecursionError) as error:
                    return DataError(f"{where}: expected a JSON object; found: {error}")
                if not text.lstrip().startswith("{"):
                    return DataError(f"{where}: expected a JSON object; found {text.strip()[:40]}")
                keys = [key for key, _ in found]
                if twice := [key for key in keys if keys.count(key) > 1]:
                    return DataError(f"{where}: expected each name once; found {twice[0]!r} twice")
        except DataError as error:
            return error
        return None

    def _objects(self, source: Source) -> Iterator[tuple[int, str]]:
        with source.text(self.coding) as file:
            yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())


def is_typed(source: Source) -> bool:
    """Whether it is read here: by the end of its name, or, of what came through a pipe, by how it begins."""
    if source.spooled is None:
        return source.suffix in (*PARQUET, *JSON)
    return _is_parquet(source) or source.suffix in JSON or begins_with_object(_beginning(source))


def begins_with_object(text: str) -> bool:
    """Whether a file that begins so is of JSON: no row of names begins in this way."""
    return re.match(r'\s*(\[\s*)?\{\s*["}]', text) is not None


def _is_parquet(source: Source) -> bool:
    return source.suffix in PARQUET or (source.spooled is not None and _beginning(source).startswith(MAGIC))


def _beginning(source: Source) -> str:
    """The first characters, if they are of ASCII; marks of an encoding are left out."""
    with source.binary() as file:
        return file.read(1 << 12).decode("ascii", "ignore").replace("\0", "")


def scans(database: Database, sources: Sequence[tuple[int, Source]], coding: Coding) -> Iterator[Scan]:
    """Files whose values have types, those in sequence that are alike together.

    Raises:
        DataError: a file is none of its kind, or has the same name twice.
    """
    alike: list[Scan] = []
    for number, source in sources:
        scan = (_parquet if _is_parquet(source) else _json)(database, source, number, coding)
        if alike and not _alike(alike[-1], scan):
            yield _joined(alike)
            alike = []
        alike.append(scan)
    yield _joined(alike)


def _alike(one: Scan, other: Scan) -> bool:
    return (one.names, one.types, one.files[0].format) == (other.names, other.types, other.files[0].format)


def _joined(scans: Sequence[Scan]) -> Scan:
    [first, *_] = scans
    return Scan(tuple(file for scan in scans for file in scan.files), first.names, first.types, first.relation)


def _parquet(database: Database, source: Source, number: int, coding: Coding) -> Scan:
    file = File(source, number, link(source, database.folder.path, number).path, Counted())

    def relation(files: Sequence[File], values: Mapping[int, Value]) -> str:
        links = array([str(file.link) for file in files])
        scan = f"read_parquet({links}, hive_partitioning = false, filename = 'file') AS {aliases(len(names))}"
        asked = [n for n, one in values.items() if one.type is not None and "JSON" in types[n]]
        written = ", ".join(f"{_written(f'c{n}', types[n])} AS c{n}" for n in asked)
        return f"(SELECT * REPLACE ({written}) FROM {scan})" if asked else scan

    with database.explained([file]):
        found = database.run(
            f"DESCRIBE SELECT * FROM read_parquet({literal(str(file.link))}, hive_partitioning = false)"
        )
    names, types = zip(*[(name, kind) for name, kind, *_ in found.fetchall()], strict=True)
    check_names(source, names)
    return Scan((file,), names, types, relation)


def _json(database: Database, source: Source, number: int, coding: Coding) -> Scan:
    found = link_to_text(source, database.folder.path, number, coding)
    form = Json(coding, found.compression, lines=not _begins_with_list(database, source, found, coding))
    file = File(source, number, found.path, form)
    options = {
        "format": literal("newline_delimited" if form.lines else "array"),
        "compression": literal(form.compression),
        "records": "true",
        "hive_partitioning": "false",
    }
    given = ", ".join(f"{name} = {value}" for name, value in options.items())
    with database.explained([file]):
        rows = database.run(f"DESCRIBE SELECT * FROM read_json({literal(str(file.link))}, sample_size = -1, {given})")
        described = [(name, kind) for name, kind, *_ in rows.fetchall()]
    if described == [("json", "JSON")] or not described:
        raise form.fault(source) or DataError(f"{source.name}: expected JSON objects; found none")
    names, types = zip(*described, strict=True)
    check_names(source, names)

    def relation(files: Sequence[File], values: Mapping[int, Value]) -> str:
        links = array([str(file.link) for file in files])
        asked = [values.get(n, Value()).type or kind for n, kind in enumerate(types)]
        columns = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in zip(names, asked, strict=True))
        return f"read_json({links}, columns = {{{columns}}}, {given}, filename = 'file') AS {aliases(len(names))}"

    return Scan((file,), names, types, relation)


def _written(value: str, kind: str) -> str:
    """An expression for JSON, or lists of it, as it is written: a string without its quotes."""
    if not kind.endswith("[]"):
        return f"{value} ->> '$'"
    return f"list_transform({value}, lambda x: {_written('x', kind.removesuffix('[]'))})"


def check_names(source: Source, names: Sequence[str]) -> None:
    """A DataError where names differ in capital letters only: the database calls the second one `X_1`."""
    small = {name.casefold(): name for name in names}
    for name in names:
        base, _, number = name.rpartition("_")
        if number.isdigit() and base not in names and base.casefold() in small:
            raise DataError(
                f"{source.name}: expected names that differ in more than capital letters; "
                f"found {small[base.casefold()]!r} and {base!r}"
            )


def _begins_with_list(database: Database, source: Source, found: Link, coding: Coding) -> bool:
    if found.compression == "zstd":
        return source.suffix not in LINES
    with source.text(coding) as file:
        while piece := file.read(1 << 12):
            if stripped := piece.lstrip():
                return stripped.startswith("[") and source.suffix not in LINES
    raise DataError(f"{source.name}: expected JSON objects; found an empty file")
