"""Packages of other tools, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from elman.errors import ConfigError


def needed(package: str, extra: str, where: str = "") -> Any:
    """The package; a ConfigError that names the extra which brings it, where it is not installed.

    Messages begin with `where`, or with the extra.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package.partition(".")[0]:
            raise  # it is there, and lacks something of its own
        hint = f"pip install 'elman[{extra}]'"
        raise ConfigError(f"{where or extra}: expected the package {package}; found none", hint) from None
