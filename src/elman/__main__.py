"""The program `elman`, and `python -m elman`."""

import sys


def main() -> None:
    """Runs the command line; a signal before there is one ends quietly, with 128 and its number."""
    try:
        from elman.signals import listen

        listen()
        from elman.cli import main as command_line

        command_line()
    except KeyboardInterrupt as interrupt:
        sys.exit(128 + getattr(interrupt, "number", 2))


if __name__ == "__main__":
    main()
