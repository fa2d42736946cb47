"""The program `elman`, and `python -m elman`."""

import sys


def main() -> None:
    """Runs the command line; on Ctrl-C before there is one, ends quietly with exit code 130."""
    try:
        from elman.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
