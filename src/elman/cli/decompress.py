"""`elman decompress MODEL FILE --out FILE`."""

from __future__ import annotations

from argparse import Namespace

from elman.cli.compress import declare, given, report
from elman.cli.writing import put
from elman.errors import DataError

__all__ = ["declare", "run"]


def run(options: Namespace) -> int:
    """The file that was compressed."""
    task, network, data = given(options, "decompress")
    try:
        made = task.decompress(network, data)
    except DataError as error:
        raise DataError(f"{options.file}: {error}", error.hint) from None
    put(options.out, made)
    report(options, {"compressed": len(data), "bytes": len(made)}, f"{len(made):,} bytes from {len(data):,}")
    return 0
