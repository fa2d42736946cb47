"""`elman decompress MODEL FILE --out FILE`."""

from __future__ import annotations

from argparse import Namespace

from elman.cli.compress import declare, report, work

__all__ = ["declare", "run"]


def run(options: Namespace) -> int:
    """The file that was compressed."""
    from elman.tasks.text.scoring.compression import decompress

    given, made = work(options, "decompress", decompress)
    report(options, {"compressed": given, "bytes": made}, f"{made:,} bytes from {given:,}")
    return 0
