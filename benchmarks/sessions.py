"""The task `sessions` on four logs, beside all ways to count, and without each of its sources.

    ELMAN_SESSIONS=folder python -m benchmarks.sessions [NAME …]

The folder has the files that LOGS names: UCI Online Retail and E-shop Clothing, the Entree Chicago log and the example
of bolcom/serenade, each as gzipped CSV with a row for each event. Nothing is chosen on the parts that are scored here:
every setting is the default. Visitors have the sessions before as their history, where the log names them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import duckdb

import elman
from benchmarks.report import say
from elman.errors import ConfigError
from elman.tables.database import literal
from elman.tasks.sessions import Sessions
from elman.tasks.sessions.mixing import SOURCES


class Log(NamedTuple):
    """A file, and what of it is scored: the rows of which this holds; the others are learned."""

    file: str
    scored: str


LOGS = {
    "online retail, October": Log("online-retail/sessions_train.csv.gz", "ts::BIGINT >= 1317427200"),
    "serenade": Log("clicks/serenade-toy.csv.gz", "split = 'test'"),
    "entree, April": Log("clicks/entree-chicago.csv.gz", "ts::BIGINT >= 922924800"),
    "e-shop, from 7 August": Log("clicks/eshop-clothing.csv.gz", "ts::BIGINT >= 1218067200"),
}


def split(log: Log, folder: Path) -> tuple[Path, Path]:
    """The rows that are learned and those that are scored, as two files."""
    given = os.environ.get("ELMAN_SESSIONS")
    if given is None or not (path := Path(given, log.file)).is_file():
        raise ConfigError(f"ELMAN_SESSIONS: expected a folder with {log.file}; found {given!r}")
    rows = f"read_csv({literal(str(path))}, all_varchar = true)"
    files = folder / "learned.csv", folder / "scored.csv"
    for file, condition in zip(files, (f"NOT ({log.scored})", log.scored), strict=True):
        duckdb.execute(f"COPY (SELECT * FROM {rows} WHERE {condition}) TO {literal(str(file))} (HEADER)")
    return files


def told(name: str, figures: dict[str, float]) -> None:
    """A row of a table."""
    say(f"| {name} | {figures['recall@20']:.4f} | {figures['mrr@20']:.4f} | {figures['ndcg@20']:.4f} |")


def compared(name: str, log: Log) -> None:
    """Trains on one part, and scores on the other."""
    with tempfile.TemporaryDirectory() as folder:
        learned, scored = split(log, Path(folder))
        began = perf_counter()
        model = elman.train("sessions", learned)
        task = model.task
        assert isinstance(task, Sessions)
        say(f"\n{name}: trained in {perf_counter() - began:.0f} s, {model.updates:,} updates\n")
        say("| | recall@20 | MRR@20 | NDCG@20 |\n|---|---|---|---|")
        history = [str(learned)] if task.known.columns.user is not None else []
        found = task.report(model.network, [str(scored)], history=history, baselines=True).result()
        told("**elman**", found)
        told("without a history", task.report(model.network, [str(scored)]).result())
        for source in SOURCES:
            task.settings = replace(task.settings, without=source)
            part = task.calibrated(model.network)
            told(f"without {source}", part.report(model.network, [str(scored)], history=history).result())
        for baseline, figures in found["baselines"].items():
            told(baseline, figures)


def main() -> None:
    """A table for each log."""
    for name, log in LOGS.items():
        if not sys.argv[1:] or any(name.startswith(word) for word in sys.argv[1:]):
            compared(name, log)


if __name__ == "__main__":
    main()
