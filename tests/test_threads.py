"""How many threads a process has: what it was told, and otherwise what the machine lets it use."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

import elman
from elman._engine import allowance, threads_source

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
NAMES = ("ELMAN_THREADS", "OMP_NUM_THREADS")


def told(code: str = "", **variables: str) -> tuple[int, str]:
    """The count of a fresh process, and what it comes from."""
    script = f"import os; {code}\nfrom elman._engine import threads, threads_source\nprint(threads(), threads_source())"
    environment = {**{name: value for name, value in os.environ.items() if name not in NAMES}, **variables}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    count, source = run.stdout.split()
    return int(count), source


@pytest.mark.parametrize(
    ("variables", "count", "source"),
    [
        ({"ELMAN_THREADS": "3", "OMP_NUM_THREADS": "5"}, 3, "ELMAN_THREADS"),
        ({"OMP_NUM_THREADS": "5"}, 5, "OMP_NUM_THREADS"),
        ({"ELMAN_THREADS": "", "OMP_NUM_THREADS": " 4 , 2"}, 4, "OMP_NUM_THREADS"),
    ],
)
def test_variables_count_before_all_else(variables: dict[str, str], count: int, source: str) -> None:
    assert told(**variables) == (count, source)


@pytest.mark.parametrize("value", ["", "0", "-2", "all", "2x", "1.5", ",3", "99999999999", "4096"])
def test_number_of_openmp_that_is_none_is_ignored(value: str) -> None:
    """It is not elman's, and other programs pass over it, too. (A wrong ELMAN_THREADS is an error: test_cli.py.)"""
    assert told(OMP_NUM_THREADS=value) == told()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no affinity of processes")
def test_process_that_is_bound_to_a_core_has_one_thread() -> None:
    bind = "os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])"
    count, source = told(bind)
    assert count == 1
    assert source == ("affinity" if (os.cpu_count() or 1) > 1 else "cores")
    assert told(bind, ELMAN_THREADS="2") == (2, "ELMAN_THREADS")


def test_what_was_set_is_what_counts() -> None:
    before = elman.threads()
    elman.set_threads(3)
    try:
        assert (elman.threads(), threads_source()) == (3, "set_threads")
    finally:
        elman.set_threads(before)


# --- control groups ---

SECOND = "36 25 0:30 {group} /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw,nsdelegate"
FIRST = "33 31 0:29 {group} /sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct"
MEMORY = "34 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
CPU = "sys/fs/cgroup/cpu,cpuacct"

Files = dict[str, str]


def first(folder: str, quota: int, period: int = 100_000) -> Files:
    return {f"{folder}/cpu.cfs_quota_us": f"{quota}\n", f"{folder}/cpu.cfs_period_us": f"{period}\n"}


GROUPS: dict[str, tuple[str, str, Files, float]] = {
    "none": ("", "", {}, math.inf),
    "second version, of a container": (
        "0::/\n",
        SECOND.format(group="/"),
        {"sys/fs/cgroup/cpu.max": "50000 100000\n"},
        0.5,
    ),
    "second version, no limit": (
        "0::/\n",
        SECOND.format(group="/"),
        {"sys/fs/cgroup/cpu.max": "max 100000\n"},
        math.inf,
    ),
    "second version, a group above": (
        "0::/user.slice/run.scope\n",
        SECOND.format(group="/"),
        {
            "sys/fs/cgroup/user.slice/run.scope/cpu.max": "700000 100000\n",
            "sys/fs/cgroup/user.slice/cpu.max": "150000 100000\n",
        },
        1.5,
    ),
    "second version, mounted from a group": (
        "0::/docker/one/inner\n",
        SECOND.format(group="/docker/one"),
        {"sys/fs/cgroup/inner/cpu.max": "250000 100000\n", "sys/fs/cgroup/cpu.max": "max 100000\n"},
        2.5,
    ),
    "first version": (
        "5:memory:/a\n3:cpu,cpuacct:/a/b\n1:name=systemd:/\n",
        f"{MEMORY}\n{FIRST.format(group='/')}",
        {**first(f"{CPU}/a/b", -1), **first(f"{CPU}/a", 20_000, 10_000), **first(CPU, -1)},
        2.0,
    ),
    "first version, mounted from a group": (
        "3:cpu,cpuacct:/docker/one\n",
        FIRST.format(group="/docker/one"),
        first(CPU, 30_000),
        0.3,
    ),
    "another controller's folder": ("3:cpuset:/a\n", FIRST.format(group="/"), first(f"{CPU}/a", 1000), math.inf),
    "both": (
        "2:cpu:/\n0::/a\n",
        f"{FIRST.format(group='/').replace('cpu,cpuacct', 'cpu')}\n{SECOND.format(group='/')}",
        {**first("sys/fs/cgroup/cpu", 400_000), "sys/fs/cgroup/a/cpu.max": "300000 100000"},
        3.0,
    ),
    "damaged": (
        "0\n::\n0::/a\n",
        f"- -\n36 25\n{SECOND.format(group='/')}",
        {"sys/fs/cgroup/a/cpu.max": "-1 0\n", "sys/fs/cgroup/cpu.max": ""},
        math.inf,
    ),
}


@pytest.mark.parametrize("name", GROUPS)
def test_quota_is_the_least_of_the_groups_that_the_process_is_in(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups, mounts, files, quota = GROUPS[name]
    for path, text in {"proc/self/cgroup": groups, "proc/self/mountinfo": mounts + "\n", **files}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    for variable in NAMES:
        monkeypatch.delenv(variable, raising=False)
    count, source, found = allowance(str(tmp_path))
    assert found == quota
    assert count == min(CORES, math.ceil(quota) if quota < math.inf else CORES)  # a part of a core is worth a thread
    assert (source == "cgroup") == (math.ceil(quota) < CORES if quota < math.inf else False)


def test_info_says_how_many_and_why() -> None:
    command = [sys.executable, "-m", "elman", "info", "--json"]
    run = subprocess.run(command, env={**os.environ, "ELMAN_THREADS": "3"}, capture_output=True, text=True, check=True)
    facts = json.loads(run.stdout)
    assert (facts["threads"], facts["threads_source"]) == (3, "ELMAN_THREADS")
