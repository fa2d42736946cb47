"""Many series at once: how long it takes to learn and to forecast them, and how much memory."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.report import Report

COUNTS = (1_000, 10_000)
LARGE = """
import json, resource, sys, tempfile, time
import numpy as np, elman
rng, t = np.random.default_rng(0), np.arange(500)
y = 50 + 10 * np.sin(2 * np.pi * (t[:, None] + np.arange(COUNT)) / 24) + rng.normal(size=(500, COUNT)).cumsum(0) / 4
began = time.perf_counter()
model = elman.SeriesModel.fit(y, horizon=24, season="24")
fit = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
times = []
for level in ((), (80, 95)):
    began = time.perf_counter()
    model.predict(24, level)
    times.append(time.perf_counter() - began)
with tempfile.NamedTemporaryFile() as file:
    model.save(file.name)
    size = len(open(file.name, "rb").read()) / 1e6
print(json.dumps([fit, peak, *times, size]))
"""


def run(quick: bool) -> Report:
    """A line for each count."""
    rows, data = [], []
    for count in COUNTS[:1] if quick else COUNTS:
        script = LARGE.replace("COUNT", str(count))
        done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
        fit, peak, plain, intervals, size = json.loads(done.stdout)
        rows.append((f"{count:,}", f"{fit:.1f}", f"{peak:,.0f}", f"{plain:.2f}", f"{intervals:.2f}", f"{size:.1f}"))
        data.append({"series": count, "fit": fit, "peak": peak, "predict": plain, "intervals": intervals, "file": size})
    return Report(
        title="Many series",
        text=(
            "`elman.SeriesModel.fit` of series of 500 steps, waves of 24 steps on random walks, with the defaults; "
            "then `predict` of 24 steps for all of them. *Peak*: the resident set of the whole process, in MB."
        ),
        header=("series", "fit, s", "peak, MB", "predict, s", "with two levels, s", "file, MB"),
        rows=rows,
        data={"counts": data},
    )
