"""The benchmark of sessions: what it reads, and what it shows."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from benchmarks import sessions

import shop
from elman.errors import ConfigError
from elman.tasks.sessions.baselines import BASELINES
from optional import DUCKDB, needs


@needs(DUCKDB)
def test_ways_are_rows_and_logs_are_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shop.write(tmp_path / "log.csv", shop.rows()).read_text(encoding="utf-8")
    for name, header in (("known", "user_id"), ("anonymous", "nobody")):
        with gzip.open(tmp_path / f"{name}.csv.gz", "wt") as file:
            file.write(text.replace("user_id", header, 1))
    logs = {name: sessions.Log(f"{name}.csv.gz", "ts::BIGINT >= 400000") for name in ("anonymous", "known", "missing")}
    monkeypatch.setattr(sessions, "LOGS", logs)
    monkeypatch.setenv(sessions.FOLDER, str(tmp_path))
    report = sessions.run(quick=False)
    assert report.header == ("recall@20 / MRR@20", "anonymous", "known")
    assert report.text.endswith("Not at hand: missing.")
    ways = {way: cells for way, *cells in report.rows}
    assert list(ways)[-len(BASELINES) :] == list(BASELINES)
    assert ways["without a history"][0] == ways["without history"][0] == ""
    anonymous, known = (report.data["logs"][name] for name in ("anonymous", "known"))
    later = [row for row in shop.rows() if row[2] >= 400000]
    assert known["**elman**"]["predictions"] == len(later) - len({row[0] for row in later})
    assert anonymous["popularity"] == known["popularity"]
    assert anonymous["**elman**"]["recall@5"] < known["**elman**"]["recall@5"]
    assert known["without a history"]["recall@5"] < known["**elman**"]["recall@5"]
    cells = ways["popularity"][0].split(" / ")
    assert cells == [f"{anonymous['popularity'][figure]:.4f}" for figure in ("recall@20", "mrr@20")]


def test_without_a_log_there_is_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(sessions.FOLDER, raising=False)
    with pytest.raises(ConfigError, match=f"{sessions.FOLDER}: expected a folder with one of online-retail"):
        sessions.run(quick=True)
