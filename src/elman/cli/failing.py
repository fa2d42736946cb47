"""What is said where a command fails, as text and as JSON, and with which exit code: all of it is decided here."""

from __future__ import annotations

import os
import sys

from elman.cli.output import complain
from elman.errors import ElmanError, remedy
from elman.signals import exit_code

WRONG = 2  # the request is wrong, or what it needs is not there
FAULT = 70  # of elman itself; as sysexits.h has it, so that no script takes it for an answer


def failed(error: BaseException, as_json: bool) -> int | None:
    """Says what went wrong; the exit code. None, and nothing is said, where elman itself is to blame."""
    code = WRONG
    if isinstance(error, ElmanError):
        said = str(error), error.hint
    elif isinstance(error, KeyboardInterrupt):
        said, code = ("interrupted", ""), exit_code(error)
    elif isinstance(error, MemoryError):
        said = "out of memory", "smaller sizes need less"
    elif isinstance(error, OSError):
        said = _of_the_system(error)
    elif isinstance(error, ImportError | ValueError) and str(error).startswith("environment variable "):
        said = str(error), "unset it, or set it to what is expected"  # ELMAN_ISA, ELMAN_THREADS: the engine says which
    else:
        return None
    _complain(*said, as_json)
    return code


def fault(error: Exception, as_json: bool) -> int:
    """The same of a fault of elman: with all that is needed to find it."""
    import traceback

    traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}".removesuffix(": ")
    _complain(f"a fault of elman itself: {what}", "please report it, with all lines above", as_json)
    return FAULT


def give_up_stdout() -> None:
    """Sends what is still to be written nowhere, so that the interpreter does not stumble over it at its end."""
    if sys.__stdout__ is not None and sys.stdout is sys.__stdout__:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())


def _complain(message: str, hint: str, as_json: bool) -> None:
    """Where stdout itself cannot be written (a full disk, a reader that has gone), stderr alone has it."""
    try:
        complain(message, hint, as_json)
        sys.stdout.flush()
    except OSError:
        give_up_stdout()


def _of_the_system(error: OSError) -> tuple[str, str]:
    """What could not be done, and what may help, where no floor below has said it: what is written, or where."""
    try:
        os.getcwd()  # noqa: PTH109 (pathlib is not imported for that at each start)
    except FileNotFoundError:
        return "working folder: expected one that is there; found it deleted", "cd to another folder"
    where = "output" if error.filename is None else error.filename
    return f"{where}: {error.strerror or error}", remedy(error)
