"""How fast are recommendations, and how many at once? A made catalogue, `elman serve`, and wrk, which loads it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np

import elman
from benchmarks import catalogue
from benchmarks.report import Report, say
from elman import SessionsModel
from elman.errors import ConfigError
from elman.network import Network
from elman.tables.database import literal
from elman.tasks.sessions import Sessions
from elman.tasks.sessions.reranking import INPUTS, Reranker, architecture

CATALOGUES = {10_000: 100_000, 100_000: 1_000_000}  # sessions of the log of so many items
QUICK = {10_000: 20_000}
SECONDS, QUICK_SECONDS = 60, 5
UPDATES = 50  # what the network has learned makes no difference here
CLICKS = 5_000  # of which the model's own time is taken
CONNECTIONS = {10_000: 4, 100_000: 8}  # of each wrk
VISITORS = 2_000
HEADER = ("items", "model, ms", "p99", "processes", "server, ms", "requests/s", "request, ms", "p99", "errors", "MB")
# A thousand visitors at any time; each goes after a click with the chance 0.2, and another one comes.
SCRIPT = """
math.randomseed(%d)
local here, last = {}, 0
function request()
  local place = math.random(1000)
  if here[place] == nil or math.random() < 0.2 then last = last + 1; here[place] = last end
  local item = math.floor(%d ^ math.random()) - 1
  return wrk.format("GET", "/v1/recommend?session_id=" .. here[place] .. "&item_id=" .. item)
end
"""


class Load(NamedTuple):
    """What wrk found, or those found that load a process each: together, and times of the slowest one."""

    rate: float  # requests per second
    median: float  # seconds of a request
    p99: float
    requests: int
    errors: int

    @classmethod
    def together(cls, loads: Sequence[Load]) -> Load:
        """Of all processes."""
        rate, median, p99, requests, errors = zip(*loads, strict=True)
        return cls(sum(rate), max(median), max(p99), sum(requests), sum(errors))


def run(quick: bool) -> Report:
    """A row for each catalogue."""
    if shutil.which("wrk") is None:
        raise ConfigError("wrk: the load generator is not installed", "apt-get install wrk")
    seconds = QUICK_SECONDS if quick else SECONDS
    found = {items: measured(items, sessions, seconds) for items, sessions in (QUICK if quick else CATALOGUES).items()}
    return Report(
        title="Recommendations under load",
        text=(
            "`elman serve` with a model of sessions from a generator, 10 sessions for each item, and `wrk` beside "
            f"it: one process, then one for each of the {elman.threads()} cores, each on a port and with a `wrk` "
            "of its own, as behind a proxy that sends each visitor always to the same process. Each `wrk` has "
            f"4 connections, or 8 from 100,000 items, for {seconds} s: clicks of a thousand visitors at a time, five "
            f"of each, and `--visitors {VISITORS:,}`, so that visitors are forgotten all the time. *Model*: "
            "`visitor.click` and `visitor.recommend` without a server, one by one, and *server*: all that it does for "
            "a request, in time of the processor. *Requests/s* are those of all processes together; the same cores run "
            "`wrk`. *Request*: as `wrk` sees it, from the first byte to the last, of the slowest process; what "
            "else runs on the machine counts there. The best items are weighed anew, as those of a shop are. Memory is "
            "that of all processes, when they begin and at the end."
        ),
        header=HEADER,
        rows=[
            row(items, one["click"], count, of) for items, one in found.items() for count, of in one["served"].items()
        ],
        data={"items": {str(items): in_json(one) for items, one in found.items()}},
    )


def row(items: int, click: tuple[float, float], processes: int, one: dict[str, Any]) -> tuple[str, ...]:
    """A line of the table."""
    load = one["load"]
    return (
        f"{items:,}",
        *(f"{1e3 * seconds:.2f}" for seconds in click),
        f"{processes}",
        f"{1e3 * one['processor']:.2f}",
        f"{load.rate:,.0f}",
        *(f"{1e3 * seconds:.2f}" for seconds in (load.median, load.p99)),
        f"{load.errors} of {load.requests:,}",
        " → ".join(f"{one_of / 1e6:,.0f}" for one_of in one["bytes"]),
    )


def in_json(one: dict[str, Any]) -> dict[str, Any]:
    """The same, with names for the parts of a load."""
    served = {str(count): {**of, "load": of["load"]._asdict()} for count, of in one["served"].items()}
    return {**one, "served": served}


def measured(items: int, sessions: int, seconds: int) -> dict[str, Any]:
    """The model alone, then its servers."""
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder) / "log.parquet", items, sessions)
        began = time.perf_counter()
        model = elman.train("sessions", file, steps=UPDATES)
        assert isinstance(model, SessionsModel)
        say(f"{items:,} items: trained in {time.perf_counter() - began:.0f} s")
        rerank(model)
        click = clicks(model)
        model.save(Path(folder) / "model")
        del model
        found = {
            count: under_load(Path(folder), items, seconds, count) for count in dict.fromkeys([1, elman.threads()])
        }
        return {"sessions": sessions, "click": click, "served": found}


def rerank(model: SessionsModel) -> None:
    """The best items are weighed anew, as those of a shop are: in a made log that gains nothing, and is left out.

    The network that does it has learned nothing and adds nothing, which takes as long.
    """
    task, network = model.task, Network.of(architecture())
    assert isinstance(task, Sessions)
    idle = Reranker(network, np.zeros(INPUTS, np.float32), np.ones(INPUTS, np.float32))
    task.known = replace(task.known, mix=replace(task.mix, reranker=idle))


def under_load(folder: Path, items: int, seconds: int, processes: int) -> dict[str, Any]:
    """So many servers of the model in this folder."""
    with ExitStack() as stack:
        servers = [stack.enter_context(served(folder / "model")) for _ in range(processes)]
        urls, numbers = zip(*servers, strict=True)
        loaded(urls, items, 2, folder)
        before, began = sum(map(resident, numbers)), sum(map(worked, numbers))
        load = loaded(urls, items, seconds, folder)
        each = (sum(map(worked, numbers)) - began) / max(load.requests, 1)
        return {"processor": each, "load": load, "bytes": (before, sum(map(resident, numbers)))}


def write(file: Path, items: int, sessions: int) -> Path:
    """A log of so many sessions."""
    rng = np.random.default_rng(0)
    parts = []
    for first in range(0, sessions, catalogue.CHUNK):
        made, lengths = catalogue.made(rng, items)
        steps, places = np.nonzero(np.arange(len(made))[:, None] <= lengths)
        parts.append(np.stack([first + places, 60 * (first + places) + steps, made[steps, places]]))
    session_id, ts, item_id = np.concatenate(parts, axis=1)
    log = {"session_id": session_id, "ts": ts, "item_id": item_id}  # noqa: F841 (which the query names)
    duckdb.sql(f"COPY (SELECT * FROM log) TO {literal(str(file))}")
    return file


def clicks(model: SessionsModel) -> tuple[float, float]:
    """Seconds of the processor of a click and the answer to it: the median, and what 99 in 100 stay below."""
    rng, names = np.random.default_rng(1), model.task.known.names
    popular = np.argsort(-model.task.evidence.counts.popularity)
    visitor, seconds = model.visitor(), []
    for _ in range(CLICKS):
        if rng.random() < 0.2:
            visitor = model.visitor()
        item = names[popular[int(len(names) ** rng.random()) - 1]]
        began = time.thread_time()
        visitor.click(item)
        visitor.recommend(20)
        seconds.append(time.thread_time() - began)
    return float(np.median(seconds)), float(np.quantile(seconds, 0.99))


@contextmanager
def served(model: Path) -> Iterator[tuple[str, int]]:
    """Its address, and the number of its process."""
    command = [sys.executable, "-m", "elman", "serve", str(model), "--port", "0", "--visitors", str(VISITORS)]
    with subprocess.Popen([*command, "--threads", "1"], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            address = re.match(r"http://[^ ]+(?=: )", line)
            if address is None:
                raise RuntimeError(line + process.stderr.read())
            yield address[0], process.pid
        finally:
            process.terminate()


def resident(process: int) -> int:
    """Bytes of memory that it has now."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return 1024 * int(found[1])


def worked(process: int) -> float:
    """Seconds of the processor that it has had so far."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def loaded(urls: Sequence[str], items: int, seconds: int, folder: Path) -> Load:
    """What a wrk for each of these servers finds in so many seconds."""
    running = []
    for seed, url in enumerate(urls):
        script = folder / f"clicks_{seed}.lua"
        script.write_text(SCRIPT % (seed, items))
        command = ["wrk", "-t1", f"-c{CONNECTIONS[items]}", f"-d{seconds}s", "--latency", "-s", str(script), url]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    told = [one.communicate()[0] for one in running]
    if any(one.returncode for one in running):
        raise RuntimeError("\n".join(told))
    return Load.together([parsed(one) for one in told])


def parsed(told: str) -> Load:
    """What wrk prints."""

    def time_of(share: str) -> float:
        found = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)\n", told)
        assert found is not None, told
        return float(found[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[found[2]]

    rate, requests = re.search(r"Requests/sec:\s+([\d.]+)", told), re.search(r"(\d+) requests in", told)
    assert rate is not None and requests is not None, told
    wrong = re.findall(r"Non-2xx or 3xx responses: (\d+)", told)
    wrong += [number for line in re.findall(r"Socket errors: (.*)", told) for number in re.findall(r"\d+", line)]
    return Load(float(rate[1]), time_of("50"), time_of("99"), int(requests[1]), sum(map(int, wrong)))
