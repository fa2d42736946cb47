"""`python -m benchmarks [NAME …] [--quick]`: runs benchmarks, prints their tables, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial

from benchmarks import (
    browser,
    budgets,
    catalogue,
    classify,
    coin,
    corpora,
    functions,
    growth,
    imports,
    inside,
    many,
    memory,
    proofs,
    recitation,
    scaling,
    seeds,
    sequences,
    series,
    serving,
    sessions,
    speech,
    steps,
    sweep,
    tables,
    text,
    variations,
    w8,
    writing,
)
from benchmarks.report import Report, say, workload, write
from elman.bench.machine import apart, default_threads
from elman.bench.workloads import WORKLOADS
from elman.errors import ElmanError

BENCHMARKS: dict[str, Callable[..., Report]] = {
    **{name: partial(workload, name) for name in WORKLOADS},
    "w8": w8.run,
    "browser": browser.run,
    "import": imports.run,
    "memory": memory.run,
    "tables": tables.run,
    "scaling": scaling.run,
    "growth": growth.run,
    "catalogue": catalogue.run,
    "sequences": sequences.run,
    "classify": classify.run,
    "steps": steps.run,
    "speech": speech.run,
    "variations": variations.run,
    "sweep": sweep.run,
    "seeds": seeds.run,
    "proofs": proofs.run,
    "functions": functions.run,
    "coin": coin.run,
    "text": text.run,
    budgets.NAME: budgets.run,
    "corpora": corpora.run,
    "writing": writing.run,
    "recitation": recitation.run,
    "series": series.run,
    "inside": inside.run,
    "many": many.run,
    "sessions": sessions.run,
    "serving": serving.run,
}


def main() -> None:
    """The command line. Each benchmark has a process of its own, on ELMAN_THREADS threads, or two."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="a rough look, in a fraction of the time")
    parser.add_argument("--minutes", nargs="+", type=float, metavar="N", help=f"of {budgets.NAME}: only these")
    options = parser.parse_args()
    if options.minutes and options.names != [budgets.NAME]:
        parser.error(f"--minutes: expected after {budgets.NAME} alone")
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"{name}: expected one of {', '.join(BENCHMARKS)}")
    subset = [options.minutes] * bool(options.minutes)
    some = "".join(f" --minutes {' '.join(f'{n:g}' for n in minutes)}" for minutes in subset)
    refused = False
    for name in options.names or BENCHMARKS:
        command = f"python -m benchmarks {name}{' --quick' * options.quick}{some}"
        say(f"{command} …")
        began = time.monotonic()
        try:
            report = apart(default_threads(), BENCHMARKS[name], options.quick, *subset)
        except ElmanError as error:  # what it needs is missing: the others may have theirs
            say(f"{name}: {error}; hint: {error.hint}")
            refused = True
            continue
        print(report.markdown(command), end="\n\n", flush=True)
        write(name, report, command, list(BENCHMARKS))
        say(f"{name}: {time.monotonic() - began:.0f} s")
    sys.exit(refused)


if __name__ == "__main__":
    main()
