"""`python -m benchmarks [NAME …] [--quick]`: runs benchmarks, prints their tables, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from benchmarks import coin, seeds, w1
from benchmarks.report import Report, say, write

BENCHMARKS: dict[str, Callable[[bool], Report]] = {
    "w1": w1.run,
    "seeds": seeds.run,
    "coin": coin.run,
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="a rough look, in a fraction of the time")
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"{name}: expected one of {', '.join(BENCHMARKS)}")
    for name in options.names or BENCHMARKS:
        command = f"python -m benchmarks {name}{' --quick' * options.quick}"
        say(f"{command} …")
        report = BENCHMARKS[name](options.quick)
        print(report.markdown(command), end="\n\n", flush=True)
        write(name, report, command)


if __name__ == "__main__":
    main()
