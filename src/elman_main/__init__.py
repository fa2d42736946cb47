"""The program `elman` from its first moment on: what can happen while the package itself is still being imported.

A package of its own, since to import anything of `elman` is to import the engine: whoever is to tell of an engine that
cannot be had, or of Ctrl-C before there is a command line, must not be part of it.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Runs the command line; exit 2 where ELMAN_ISA asks for kernels that there are not, 130 on Ctrl-C."""
    try:
        from elman.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.exit(130)
    except ImportError as error:
        if "ELMAN_ISA" not in str(error):
            raise
        _complain(str(error), "unset it: the best one is chosen then")
        sys.exit(2)


def _complain(message: str, hint: str) -> None:
    sys.stderr.write(f"error: {message}\nhint: {hint}\n")
    if "--json" in sys.argv[1:]:
        sys.stdout.write(json.dumps({"error": message, "hint": hint}) + "\n")
