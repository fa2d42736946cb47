"""The program `elman`, and `python -m elman`."""

import gc
import os
import sys


def main() -> None:
    """Runs the command line; a signal before there is one ends quietly, with 128 and its number."""
    # What a short command makes is mostly modules, which stay: to look for garbage among them took an eighth of
    # `elman train add`. A long one still comes to be looked through, every so many objects.
    gc.set_threshold(100_000)
    # The engine has threads of its own (ELMAN_THREADS). Those of NumPy's OpenBLAS begin with a wait that keeps a core
    # busy, for products that elman does not need them for. `elman bench` gives NumPy as many as all others have.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        from elman.signals import listen

        listen()
        from elman.cli import main as command_line

        command_line()
    except KeyboardInterrupt as interrupt:
        sys.exit(128 + getattr(interrupt, "number", 2))
    finally:
        gc.freeze()  # all of it is given back at once, by the end of the process


if __name__ == "__main__":
    main()
