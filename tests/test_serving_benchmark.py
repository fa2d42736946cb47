"""The benchmark of a server of recommendations: what it makes, and what it reads of wrk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pytest
from benchmarks import catalogue, serving

import elman
from elman import SessionsModel
from elman.tasks.sessions import Sessions
from optional import DUCKDB, needs

pytestmark = needs(DUCKDB)

TOLD = """Running 2s test @ http://127.0.0.1:8000
  1 threads and 4 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.90ms    2.00ms  30.00ms   95.00%
    Req/Sec     2.10k     99.00     2.20k    60.00%
  Latency Distribution
     50%  950.00us
     75%    1.31ms
     90%    2.00ms
     99%    1.02s
  2468 requests in 2.00s, 1.00MB read
  Socket errors: connect 0, read 3, write 1, timeout 2
  Non-2xx or 3xx responses: 5
Requests/sec:   1234.50
Transfer/sec:      0.50MB
"""


def test_what_wrk_tells_is_read() -> None:
    assert serving.parsed(TOLD) == serving.Load(1234.5, 950 * 1e-6, 1.02, 2468, 11)
    both = serving.Load.together([serving.Load(1000.0, 1e-3, 3e-3, 900, 1), serving.Load(200.0, 2e-3, 2e-3, 100, 0)])
    assert both == serving.Load(1200.0, 2e-3, 3e-3, 1000, 1)
    assert serving.parsed("\n".join(line for line in TOLD.splitlines() if "rrors" not in line) + "\n").errors == 5


def test_a_log_is_made_of_which_a_model_learns_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "CHUNK", 200)
    file = serving.write(tmp_path / "log.parquet", 50, 400)
    rows = duckdb.execute(f"SELECT session_id, ts, item_id FROM '{file}'").fetchall()
    lengths = Counter(session for session, *_ in rows)
    assert len(lengths) == 400 and min(lengths.values()) >= 2
    assert all(0 <= item < 50 and ts >= 60 * session for session, ts, item in rows)
    model = elman.train("sessions", file, steps=1, hidden=4, embedding=4)
    assert isinstance(model, SessionsModel)
    before = model.recommend(["1"], 3)
    serving.rerank(model)
    assert isinstance(model.task, Sessions) and model.task.mix.reranker is not None
    assert model.recommend(["1"], 3) == before  # it has learned nothing, and adds nothing
    monkeypatch.setattr(serving, "CLICKS", 20)
    median, p99 = serving.clicks(model)
    assert 0 < median <= p99
