"""What a visitor does next, on four logs, beside all ways to count, and without each of the model's sources.

The folder that the environment variable ELMAN_SESSIONS names may hold the files that LOGS names: UCI Online Retail and
E-shop Clothing, the Entree Chicago log and the example of bolcom/serenade, each as gzipped CSV, an event a row. What
is not there is left out, and that is said. Nothing is chosen on the parts that are scored here.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import duckdb

import elman
from benchmarks.report import Report, say
from elman.errors import ConfigError
from elman.tables.database import literal
from elman.tasks.sessions import Sessions
from elman.tasks.sessions.terms import SOURCES

FOLDER = "ELMAN_SESSIONS"
WHOLE = "**elman**"
Found = dict[str, Any]  # the figures of each way to recommend


class Log(NamedTuple):
    """A file, and what of it is scored: the rows of which this holds; the others are learned."""

    file: str
    scored: str
    action: str | None = None  #: the column of what visitors did


LOGS = {
    "Online Retail": Log("online-retail/sessions_train.csv.gz", "ts::BIGINT >= 1317427200"),
    "Serenade": Log("clicks/serenade-toy.csv.gz", "split = 'test'"),
    "Entree": Log("clicks/entree-chicago.csv.gz", "ts::BIGINT >= 922924800", "action"),
    "E-shop": Log("clicks/eshop-clothing.csv.gz", "ts::BIGINT >= 1218067200"),
}
QUICK = "Entree"


def run(quick: bool) -> Report:
    """A column for each log."""
    folder = Path(os.environ.get(FOLDER, ""))
    there = {name: log for name, log in LOGS.items() if (folder / log.file).is_file() and (not quick or name == QUICK)}
    if FOLDER not in os.environ or not there:
        files = ", ".join(log.file for log in LOGS.values())
        raise ConfigError(f"{FOLDER}: expected a folder with one of {files}; found {os.environ.get(FOLDER)!r}")
    found = {name: compared(name, folder / log.file, log.scored, log.action) for name, log in there.items()}
    return Report(
        title="What a visitor does next",
        text=text([name for name in LOGS if name not in there]),
        header=("recall@20 / MRR@20", *found),
        rows=rows(list(found.values())),
        data={"logs": found},
    )


def text(missing: list[str]) -> str:
    """What was measured, and what could not be."""
    said = (
        '`elman.train("sessions", file)` with the defaults, a training for each log, then the rank of every event but '
        "the first of the sessions that came later. Online Retail (UCI): October 2011; Serenade: the test part of the "
        "example of bolcom/serenade; Entree (UCI): April 1999; E-shop Clothing (UCI): from 7 August 2008. "
        "Visitors have the sessions before as their history, where the log names them. *With actions*: `--action` "
        "names the column of what visitors did, where the log has one. *Every 4th session*: of these alone, "
        "which is less to compute. *Without a history*: the same model, and of a visitor only what comes in the part "
        "that is scored is known. *Without network*, *counts*, *repeats*, *history*: the same "
        "network, and the weights are learned anew without that source. Below stands what counting alone recommends."
    )
    return f"{said} Not at hand: {', '.join(missing)}." if missing else said


def compared(name: str, file: Path, scored_where: str, action: str | None) -> Found:
    """Trains on one part, and scores on the other."""
    with tempfile.TemporaryDirectory() as folder:
        learned, scored = split(file, scored_where, Path(folder))
        began = perf_counter()
        model = elman.train("sessions", learned)
        task, network = model.task, model.network
        assert isinstance(task, Sessions)
        say(f"{name}: trained in {perf_counter() - began:.0f} s, {model.updates:,} updates")
        history = [str(learned)] if task.known.columns.user is not None else []
        whole = task.report(network, [str(scored)], history=history, baselines=True).result()
        found: Found = {WHOLE: whole}
        if action is not None:
            acting = elman.train("sessions", learned, action=action)
            assert isinstance(acting.task, Sessions)
            found["with actions"] = acting.task.report(acting.network, [str(scored)], history=history).result()
        found["every 4th session"] = fourth(task.report(network, [str(scored)], history=history))
        if history:
            found["without a history"] = task.report(network, [str(scored)]).result()
            found["without a history, every 4th"] = fourth(task.report(network, [str(scored)]))
        for source in SOURCES:
            if source != "history" or history:
                task.settings = replace(task.settings, without=source)
                part = task.calibrated(network)
                found[f"without {source}"] = part.report(network, [str(scored)], history=history).result()
        found |= whole.pop("baselines")
    for one in found.values():
        for needless in ("baselines", "warnings"):
            one.pop(needless, None)
    say(f"{name}: {perf_counter() - began:.0f} s")
    return found


def fourth(report: Any) -> Found:
    """Of every fourth session, with which others have measured counts."""
    first = min(one.session for one in report.asked)
    report.asked = [one for one in report.asked if (one.session - first) % 4 == 0]
    found: Found = report.result()
    return found


def split(file: Path, scored: str, folder: Path) -> tuple[Path, Path]:
    """The rows that are learned and those that are scored, as two files."""
    rows = f"read_csv({literal(str(file))}, all_varchar = true)"
    files = folder / "learned.csv", folder / "scored.csv"
    for part, condition in zip(files, (f"NOT ({scored})", scored), strict=True):
        duckdb.execute(f"COPY (SELECT * FROM {rows} WHERE {condition}) TO {literal(str(part))} (HEADER)")
    return files


def rows(found: list[Found]) -> list[tuple[str, ...]]:
    """A row for each way to recommend; empty where a log has no visitors."""
    ways: list[str] = max((list(one) for one in found), key=len)
    return [(way, *(shown(one[way]) if way in one else "" for one in found)) for way in ways]


def shown(figures: dict[str, float]) -> str:
    """Recall and MRR."""
    return f"{figures['recall@20']:.4f} / {figures['mrr@20']:.4f}"
