"""The checker of certificates, and whether it can be used: it computes with python-flint."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from elman.errors import ConfigError
from elman.lazy import importing

HINT = "pip install python-flint"


def can_check() -> bool:
    """Whether what the checker computes with is installed."""
    try:
        return find_spec("flint") is not None
    except ValueError:  # it is None among the modules: it shall not be imported
        return False


def checker() -> Any:
    """The module `elman.proof.checker`; a ConfigError where python-flint is not installed."""
    try:
        with importing:
            return import_module("elman.proof.checker")
    except ModuleNotFoundError as error:
        if error.name != "flint":
            raise
        raise ConfigError("proof: expected the package python-flint; found none", HINT) from None


def import_ahead() -> None:
    """Begins to import the checker in a thread, beside what holds no lock of Python; `checker()` waits for it."""
    from threading import Thread

    Thread(target=_import, name="import of the checker").start()


def _import() -> None:
    # Python forgets a module whose import failed: `checker` tries it anew, where its error has a reader.
    with suppress(Exception):
        checker()
