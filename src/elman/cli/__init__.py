"""The command line: one file per verb. The only floor that prints.

Data goes to stdout, progress and errors to stderr. Exit 0: done; 1: the honest answer is no; 2: the request is wrong.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from elman._engine import threads
from elman.cli.bench import bench
from elman.cli.data import data
from elman.cli.info import info
from elman.cli.output import complain, say
from elman.cli.plot import plot
from elman.cli.predict import predict
from elman.cli.prove import check, prove
from elman.cli.score import score
from elman.cli.train import train
from elman.errors import ConfigError, ElmanError
from elman.version import __version__

app = typer.Typer(
    name="elman",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(train, name="train")
app.add_typer(data, name="data")
# "-5" is an input, if a wrong one, and no option.
app.command(context_settings={"ignore_unknown_options": True})(predict)
app.command()(score)
app.command()(prove)
app.command()(check)
app.command()(plot)
app.command()(info)
app.command()(bench)


def _show_version(wanted: bool) -> None:
    if wanted:
        say(f"elman {__version__}")
        raise typer.Exit


@app.callback()
def _elman(
    version: Annotated[
        bool, typer.Option("--version", help="The version, and nothing else.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Recurrent networks on an ordinary CPU."""


def main() -> None:
    """The program `elman`."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 (for the life of the process)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a path may hold bytes that are no text
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command; returns its exit code."""
    as_json = "--json" in arguments
    digits = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)  # numbers of any length are what `add` is about
    try:
        code = _invoke(arguments or ["--help"])
        sys.stdout.flush()
        return code
    except typer.TyperException as error:
        message, _, hint = error.format_message().partition(" Did you mean ")
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "elman"
        hint = f"did you mean {hint}" if hint else f"{where} --help"
        complain(message.removeprefix("Invalid value: "), hint, as_json)
        return 2
    except ElmanError as error:
        complain(str(error), error.hint, as_json)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted", "", as_json)
        return 130
    except BrokenPipeError:
        _give_up_stdout()  # the reader has gone (`| head`): nothing is left to say, and nobody to say it to
        return 0
    except OSError as error:
        _give_up_stdout()
        complain(f"output: {error.strerror}", "is the disk full?", False)
        return 2
    except MemoryError:
        complain("out of memory", "smaller sizes need less", as_json)
        return 2
    finally:
        sys.set_int_max_str_digits(digits)


def _invoke(arguments: list[str]) -> int:
    """The command's exit code. Not by way of `app()`: that would take errors of pipes, and Ctrl-C, for its own."""
    try:
        threads()
    except ValueError as error:
        raise ConfigError(str(error), "unset it, or set it to such a number") from None
    command = get_command(app)
    try:
        with command.make_context("elman", arguments) as context:
            result = command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    return result if isinstance(result, int) else 0


def _give_up_stdout() -> None:
    """Sends what is still to be written nowhere, so that the interpreter does not stumble over it at its end."""
    if sys.__stdout__ is not None and sys.stdout is sys.__stdout__:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())
