"""The results of many trainings: a journal of JSON lines that grows while they run, and the table that is made of it.

A line is written when its training is done, so whatever ends the program costs only what was running. A last line that
was not written whole is not counted.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from elman.errors import ConfigError, DataError
from elman.network.file import check_writable, write_whole
from elman.spelling import counted, spelled
from elman.tables.database import duckdb, literal

Row = dict[str, Any]
KINDS = (".csv", ".parquet", ".jsonl")
UNFINISHED = ".part.jsonl"


def key(given: Mapping[str, Any]) -> str:
    """What tells a training from the others, as text."""
    return json.dumps(given, sort_keys=True)


def beside(table: Path) -> Path:
    """The journal of a table, which is there from the first result on."""
    return table if table.suffix == ".jsonl" else table.with_name(table.name + UNFINISHED)


class Journal:
    """The results of trainings, by their keys.

    Args:
        table: where they go in the end: `.csv` or `.parquet`; or `.jsonl`, which is the journal itself.
        about: what all trainings have in common; a journal of others is refused.
        asked: what tells each of the trainings from the others.
        force: whether a table that is there may be replaced.

    Nothing is written before the first result.
    """

    def __init__(self, table: Path, about: Mapping[str, Any], asked: Iterable[Row], *, force: bool) -> None:
        if table.suffix not in KINDS:
            raise ConfigError(f"{table}: expected a name that ends in {', '.join(KINDS)}; found {table.suffix!r}")
        check_writable(table)
        self.table, self._about = table, json.loads(json.dumps(about))
        self.path = beside(table)
        if table.suffix == ".parquet":
            duckdb()  # before there is work to lose
        self.results = self._known()
        if self.path != table and not force:
            self._check_own({key(given) for given in asked})
        self._file: TextIO | None = None

    def _check_own(self, asked: set[str]) -> None:
        """A ConfigError where the journal, or the table, is not of the trainings that are asked for."""
        there = self.table.exists() and self.table.stat().st_size > 0
        force = f"{spelled('force', True)} {'replaces the table' if there else 'adds to it'}"
        if others := [one for one in self.results if one not in asked]:
            raise ConfigError(
                f"{self.path}: expected results of these trainings alone; "
                f"found {counted(len(others), 'result')} of another command, the first of {others[0]:.200}",
                f"another name keeps both; {force}",
            )
        if there and self.results.keys() != asked:  # else it is what the table was made of
            beside = f", and {self.path}, which is of another command" * self.path.exists()
            raise ConfigError(
                f"{self.table}: expected nothing there; found a file{beside}", f"another name keeps it; {force}"
            )

    def _known(self) -> dict[str, Row]:
        """What is there; cuts off what was not written whole."""
        if not self.path.exists():
            return {}
        data = self.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        try:
            first, *lines = [json.loads(line) for line in whole.splitlines()] or [self._about]
            results = {key(line["given"]): line["result"] for line in lines}
        except (ValueError, RecursionError, TypeError, KeyError):
            raise DataError(f"{self.path}: expected JSON lines of trainings; found something else") from None
        if first != self._about:
            raise ConfigError(
                f"{self.path}: expected results of the trainings {self._about}; found those of others: {first!s:.200}",
                "another name keeps both",
            )
        with self.path.open("r+b") as file:
            file.truncate(len(whole))
        return results

    def add(self, given: Mapping[str, Any], result: Row) -> None:
        """A training is done."""
        self.results[key(given)] = result
        self._write({"given": given, "result": result})

    def _write(self, value: Mapping[str, Any]) -> None:
        try:
            if self._file is None:
                self._file = self.path.open("a", encoding="ascii", newline="\n")
                if self._file.tell() == 0:
                    self._write(self._about)
            self._file.write(json.dumps(value) + "\n")
            self._file.flush()
        except OSError as error:
            raise DataError(f"{self.path}: cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """What is there stays, to be gone on with."""
        if self._file is not None:
            self._file.close()

    def finish(self, rows: Sequence[Row]) -> None:
        """Makes the table of these rows; a journal of no others, and of nothing that failed, is not needed any more."""
        self.close()
        if self.path != self.table:
            write_whole(self.table, (_parquet if self.table.suffix == ".parquet" else _csv)(rows, self.path))
            if len(self.results) == len(rows) and not any(row["error"] for row in rows):
                self.path.unlink()


def columns(rows: Iterable[Row]) -> list[str]:
    """The names of all that rows have, in the order of their first appearance."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _csv(rows: Sequence[Row], beside: Path) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _parquet(rows: Sequence[Row], beside: Path) -> bytes:
    """By duckdb (the extra `tables`), by way of files beside the journal."""
    lines, made = beside.with_name(beside.name + ".rows"), beside.with_name(beside.name + ".parquet")
    names = columns(rows)
    try:
        lines.write_text("".join(json.dumps({name: row.get(name) for name in names}) + "\n" for row in rows), "ascii")
        source = f"read_json({literal(str(lines))}, format = 'newline_delimited', sample_size = -1)"
        with duckdb().connect() as database:
            database.execute(f"COPY (SELECT * FROM {source}) TO {literal(str(made))} (FORMAT parquet)")
        return made.read_bytes()
    finally:
        lines.unlink(missing_ok=True)
        made.unlink(missing_ok=True)
