"""Files of rows with separators: CSV and the like. Their values are text, whose meaning is found later."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from elman.errors import ConfigError, DataError
from elman.files.coding import Coding, no_text
from elman.files.rows import DELIMITERS, LARGEST, LOOKED_AT, best, names_of, no_row, separators, whole_rows
from elman.files.source import Source
from elman.spelling import spelled
from elman.tables.database import Database, array, literal
from elman.tables.links import Link, link_to_text
from elman.tables.scans import MISSING_WORDS, File, Scan, Value, aliases
from elman.tables.typed import JSON, begins_with_object

USUAL = {".csv": ",", ".tsv": "\t", ".txt": ","}
LINE_ENDS = {"\n": "LF", "\r\n": "CR LF", "\r": "CR"}
OF_CELLS = "a cell with separators or line ends in it stands in double quotes, and a quote in it is doubled"


@dataclass(frozen=True)
class Separated:
    """How one file is cut into rows and columns.

    Args:
        delimiter: between columns.
        skip: lines before the row of names.
        names: of the columns.
        coding: how the file is text.
        compression: as the database calls it.
    """

    delimiter: str
    skip: int
    names: tuple[str, ...]
    coding: Coding
    compression: str

    @property
    def unit(self) -> str:
        """Python reads no zstd, so the lines of such a file are not known."""
        return "record" if self.compression == "zstd" else "line"

    def line(self, source: Source, record: int) -> int:
        """Where a record begins. The file is read up to there."""
        if self.compression == "zstd":
            return record + 1
        lines = (line for line, row, _ in self._rows(source) if row)
        for number, line in enumerate(lines, -1):  # the first row has the names
            if number == record:
                return line
        raise DataError(f"{source.name}: changed while it was read", "read a copy of it")

    def fault(self, source: Source) -> DataError | None:
        """The first row that is not as it should be. The file is read up to there."""
        if self.compression == "zstd":
            return None
        try:
            usual = ""
            for line, row, end in self._rows(source):
                where = f"{source.name}: line {line:,}"
                usual = usual or end
                if end not in (usual, ""):
                    known, found = LINE_ENDS[usual], LINE_ENDS[end]
                    hint = "save the file with the same end of all lines, as `dos2unix` does"
                    return DataError(f"{where}: expected a line end {known}, as before; found {found}", hint)
                if row and len(row) != len(self.names):
                    expected = f"{len(self.names)} columns, as the row of names has"
                    return DataError(f"{where}: expected {expected}; found {len(row)}", OF_CELLS)
        except DataError as error:
            return error
        return None

    def _rows(self, source: Source) -> Iterator[tuple[int, list[str], str]]:
        """The line where each row begins, the row ([] of an empty line), and its end; the first one has the names."""
        csv.field_size_limit(LARGEST)
        with source.text(self.coding, line_ends=True) as file:
            for _ in range(self.skip):
                file.readline()
            line, lines = self.skip + 1, _Lines(file)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            try:
                for row in reader:
                    if not row and len(self.names) == 1:  # in a single column, an empty line is an empty cell
                        row = [""]
                    yield line, row, lines.end
                    line = self.skip + reader.line_num + 1
            except csv.Error as error:
                where = f"{source.name}: from line {line:,} on"
                raise DataError(f"{where}: expected CSV; found: {error}", OF_CELLS) from None


class _Lines(Iterator[str]):
    """The lines of a file, and what ends the last one that was read."""

    def __init__(self, file: Iterable[str]) -> None:
        self._lines, self._last = iter(file), ""

    def __next__(self) -> str:
        self._last = next(self._lines)
        return self._last

    @property
    def end(self) -> str:
        """Of these in LINE_ENDS; "" at the end of the file."""
        return self._last[len(self._last.rstrip("\r\n")) :]


def scans(
    database: Database,
    sources: Sequence[tuple[int, Source]],
    asked: Sequence[str],
    coding: Coding,
    delimiter: str | None,
) -> Iterator[Scan]:
    """Files of rows, those in sequence that are alike together.

    Raises:
        DataError: a file is empty, has no row of names, or has the same name twice.
    """
    alike: list[File] = []
    before: Separated | None = None
    for number, source in sources:
        link = link_to_text(source, database.folder.path, number, coding)
        found = _found(source, _beginning(database, source, link, coding), asked, coding, delimiter, link.compression)
        if before not in (None, found):
            yield _scan(alike)
            alike = []
        before = found
        alike.append(File(source, number, link.path, found))
    yield _scan(alike)


def _scan(files: Sequence[File]) -> Scan:
    form = files[0].format
    assert isinstance(form, Separated)

    def relation(files: Sequence[File], values: Mapping[int, Value]) -> str:
        types = [values.get(n, Value()).type or "VARCHAR" for n in range(len(form.names))]
        options = {
            "auto_detect": "false",
            "delim": literal(form.delimiter),
            "quote": literal('"'),
            "escape": literal('"'),
            "header": "true",
            "skip": str(form.skip),
            "compression": literal(form.compression),
            "filename": literal("file"),
            "columns": f"{{{', '.join(f'c{n}: {literal(kind)}' for n, kind in enumerate(types))}}}",
            "nullstr": literal(""),
        }
        given = ", ".join(f"{name} = {value}" for name, value in options.items())
        return f"read_csv({array([str(file.link) for file in files])}, {given}) AS {aliases(len(types))}"

    return Scan(tuple(files), form.names, None, relation)


def _beginning(database: Database, source: Source, link: Link, coding: Coding) -> str:
    """The first characters of a file, with line ends as they are."""
    if link.compression != "zstd":
        with source.text(coding, line_ends=True) as file:
            return file.read(LOOKED_AT)
    lines = database.run(
        f"SELECT line FROM read_csv({literal(str(link.path))}, auto_detect = false, delim = '\1', quote = '', "
        "escape = '', header = false, columns = {line: 'VARCHAR'}, strict_mode = false, compression = 'zstd') LIMIT 100"
    ).fetchall()
    return "\n".join(line or "" for (line,) in lines) + "\n"


def _found(
    source: Source, sample: str, asked: Sequence[str], coding: Coding, delimiter: str | None, compression: str
) -> Separated:
    """How a file is cut, by its beginning: the separator with which the columns that are asked for are there."""
    if not sample.strip():
        raise DataError(f"{source.name}: expected a row of names, and rows below it; found an empty file")
    if "\0" in sample:
        raise no_text(source.name)
    if begins_with_object(sample):
        hint = f"end the name of a file of JSON with {JSON[0]}"
        raise DataError(f"{source.name}: expected a row of names; found JSON: {sample.strip()[:40]}", hint)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '\n\r"\0'):
        raise ConfigError(f"delimiter: expected one character; found {delimiter!r}", spelled("delimiter", ";"))
    among = [delimiter] if delimiter else separators(USUAL.get(source.suffix, ","))
    rows = {one: whole_rows(sample, one) for one in among}
    named = {one: names_of(found[0]) if found else [] for one, found in rows.items()}
    with_all = [one for one in among if asked and set(asked) <= set(named[one])]
    chosen = with_all[0] if with_all else best(rows, among)
    if len(named[chosen]) < 2:  # rows of several lengths, perhaps: then by the names
        chosen = max(among, key=lambda one: len(named[one]))
    names = named[chosen]
    where = f"{source.name}: the row of names"
    if all(map(_number, filter(None, names))):
        raise DataError(
            f"{where}: expected names of columns; found {', '.join(map(repr, names[:5]))}", "put a row above"
        )
    for name in names:
        if name and names.count(name) > 1:
            places = " and ".join(str(place) for place, one in enumerate(names, 1) if one == name)
            raise DataError(f"{where}: expected each name once; found {name!r} as columns {places}")
    return Separated(chosen, _before(sample, chosen), tuple(names), coding, compression)


def _before(sample: str, delimiter: str) -> int:
    """Lines before the row of names."""
    reader = csv.reader(StringIO(sample, newline=""), delimiter=delimiter)
    before = 0
    for row in reader:
        if not no_row(row, reader.line_num):
            break
        before = reader.line_num
    return before


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text in MISSING_WORDS
    return True


def told(scan: Scan) -> Iterator[str]:
    """What is to be said of files of rows: a separator that is not the usual one."""
    for file in scan.files:
        form = file.format
        if isinstance(form, Separated) and form.delimiter != USUAL.get(file.source.suffix, ","):
            shown = DELIMITERS.get(form.delimiter, repr(form.delimiter))
            yield f"{file.name}: columns are separated by {shown}"
