"""Rows of data files that become sequences: how fast, and in how much memory. Each file in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.report import Report, say
from elman.bench.race import Spread
from elman.bench.table import spread
from elman.tables import Columns, read
from elman.tables.database import duckdb

ROWS, QUICK_ROWS = 10_000_000, 1_000_000
STEPS = 100  # of a sequence
ROUNDS, QUICK_ROUNDS = 3, 1
LIMIT = 1000  # MB: what was aimed at
# Rows in the order of their sequences and times; or all first steps, then all second steps, and so on.
ORDERS = {"in order": f"i // {STEPS} AS id, i % {STEPS} AS time", "mixed": "i % {n} AS id, i // {n} AS time"}
FORMATS = {"csv": "FORMAT csv", "parquet": "FORMAT parquet", "jsonl": "FORMAT json"}
NAMES = {"csv": "CSV", "parquet": "Parquet", "jsonl": "JSON lines"}


def run(quick: bool) -> Report:
    """Every format and order."""
    rows = QUICK_ROWS if quick else ROWS
    lines, data = [], {}
    for order in ORDERS:
        for suffix in FORMATS:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, f"rows.{suffix}")
                write(path, rows, order)
                size = path.stat().st_size
                found = [measured(path) for _ in range(QUICK_ROUNDS if quick else ROUNDS)]
            read_at, again_at, peak = (Spread(tuple(one[key] for one in found)) for key in ("read", "again", "peak"))
            verdict = "met" if max(peak.values) < LIMIT * 1e6 else "missed"
            lines.append(
                (
                    f"{NAMES[suffix]}, {order}",
                    f"{size / 1e6:,.0f}",
                    spread(Spread(tuple(rows / one / 1e6 for one in read_at.values))),
                    spread(Spread(tuple(rows / one / 1e6 for one in again_at.values))),
                    spread(Spread(tuple(one / 1e6 for one in peak.values))),
                    f"{LIMIT:,} MB: {verdict}",
                )
            )
            data[f"{suffix}, {order}"] = {"bytes": size, "rounds": found}
            say(" | ".join(lines[-1]))
    return Report(
        title="Tables",
        text=(
            f"`elman.tables.read` of {rows:,} rows in long form, {rows // STEPS:,} sequences of {STEPS} steps: an id, "
            "a time, four numbers, a category with three values, and a label of the sequence. *Mixed*: all first "
            "steps, then all second steps, and so on. *Read*: until the sequences are known and sorted. *Again*: all "
            "their values from there, as in every epoch. *Peak*: the resident set of the whole process."
        ),
        header=("file", "MB", "read, million rows/s", "again, million rows/s", "peak, MB", "goal"),
        rows=lines,
        data={"rows": rows, "files": data},
    )


def write(path: Path, rows: int, order: str) -> None:
    """A file of random rows."""
    columns = (
        f"{ORDERS[order].format(n=rows // STEPS)}, round(random(), 6) AS a, round(random() * 10, 4) AS b, "
        "round(random() - 0.5, 6) AS c, round(random() * 1000, 2) AS d, ['red', 'green', 'blue'][1 + i % 3] AS colour"
    )
    query = f"SELECT *, 'k' || (id % 7) AS label FROM (SELECT {columns} FROM range({rows}) t(i))"
    connection = duckdb().connect(config={"memory_limit": "1GB", "temp_directory": str(path.parent)})
    connection.execute(f"COPY ({query}) TO '{path}' ({FORMATS[path.suffix[1:]]})")
    connection.close()


def measured(path: Path) -> dict[str, float]:
    """Seconds and bytes, from a process of its own."""
    code = f"from benchmarks.tables import measure; measure({str(path)!r})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure(path: str) -> None:
    """In that process: reads it, and reads all values again."""
    began = perf_counter()
    with read(path, Columns(label="label")) as table:
        known = perf_counter()
        steps = sum(len(sequence) for chunk in table.chunks() for sequence in chunk)
        ended = perf_counter()
        assert steps == table.steps
    # Not `resource.getrusage`, which counts what the process was forked from, too.
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    print(json.dumps({"read": known - began, "again": ended - known, "peak": 1024 * int(line.split()[1])}))
