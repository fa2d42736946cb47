"""The command line: one file per verb. The only floor that prints.

Data goes to stdout, progress and errors to stderr. Exit 0: done; 1: the honest answer is no; 2: the request is wrong.
"""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from elman.cli.group import command, group
from elman.cli.output import complain, say
from elman.errors import ConfigError, ElmanError
from elman.version import __version__

# The verbs, and where their functions are.
VERBS = {
    "train": "train",
    "predict": "predict",
    "sample": "sample",
    "score": "score",
    "compress": "compress",
    "decompress": "compress",
    "prove": "prove",
    "check": "prove",
    "plot": "plot",
    "data": "data",
    "info": "info",
    "bench": "bench",
}


def _verb(name: str) -> Any:
    try:
        _check_environment()
        verb = getattr(import_module(f"elman.cli.{VERBS[name]}"), name)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None  # quietly: nothing has begun
    if isinstance(verb, typer.Typer):
        return get_command(verb)
    # "-5" is an input, if a wrong one, and no option.
    return command(verb, context_settings={"ignore_unknown_options": name == "predict"})


def _check_environment() -> None:
    """A ConfigError where ELMAN_ISA or ELMAN_THREADS asks for what cannot be had."""
    try:
        from elman._engine import threads

        threads()
    except (ImportError, ValueError) as error:
        if not str(error).startswith("environment variable "):
            raise
        raise ConfigError(str(error), "unset it, or set it to what is expected") from None


app = typer.Typer(
    name="elman",
    cls=group(VERBS, _verb),
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    program = get_command(app)
    try:
        with program.make_context("elman", arguments) as context:
            result = program.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    return result if isinstance(result, int) else 0


def _give_up_stdout() -> None:
    """Sends what is still to be written nowhere, so that the interpreter does not stumble over it at its end."""
    if sys.__stdout__ is not None and sys.stdout is sys.__stdout__:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())
