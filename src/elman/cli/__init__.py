"""The command line: one file per verb. The only floor that prints.

Data goes to stdout, progress and errors to stderr. Exit 0: done; 1: the honest answer is no; 2: the request is wrong.
"""

from __future__ import annotations

import os
import sys

import typer

from elman.cli.info import info
from elman.cli.output import complain
from elman.cli.predict import predict
from elman.cli.score import score
from elman.cli.train import train
from elman.errors import ElmanError

app = typer.Typer(
    name="elman",
    help="Recurrent networks on an ordinary CPU.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(train, name="train")
app.command()(predict)
app.command()(score)
app.command()(info)


def main() -> None:
    """The program `elman`."""
    sys.set_int_max_str_digits(0)  # numbers of any length are what `add` is about
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command; returns its exit code."""
    as_json = "--json" in arguments
    try:
        result = app(arguments, standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except typer.TyperException as error:
        message, _, hint = error.format_message().partition(" Did you mean ")
        complain(message, f"did you mean {hint}" if hint else "elman --help", as_json)
        return 2
    except ElmanError as error:
        complain(str(error), error.hint, as_json)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted", "", as_json)
        return 130
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing is left to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        complain("out of memory", "smaller sizes need less", as_json)
        return 2
