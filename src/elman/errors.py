"""The error tree.

    ElmanError                  everything that elman raises on purpose; `hint` says what to do
    ├── ConfigError             a setting is wrong                                (also a ValueError)
    ├── ShapeError              an array has the wrong shape, type or range       (also a ValueError)
    ├── DataError               an input cannot be what the task takes            (also a ValueError)
    ├── ModelFileError          a file is no model, or a damaged one
    ├── NotFiniteError          training met a loss or gradient that is no finite number
    └── ExchangeError           processes that train together have lost each other

A message says where, what was expected, and what was found.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from numbers import Integral, Real

from elman.spelling import plain

# Names that others have for settings and devices, where these are not spelled alike: what elman calls them.
ELSEWHERE = {
    "lr": "rate",
    "learning_rate": "rate",
    "weight_decay": "decay",
    "units": "hidden",
    "random_state": "seed",
    "gpu": "cuda",
}

MOST_NAMES = 1000  # of files of a folder, that a name is compared with


class ElmanError(Exception):
    """Base of all errors that elman raises on purpose. Tracebacks show the hint below the message, as a note."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def hint(self) -> str:
        """What to do."""
        return self._hint

    @hint.setter
    def hint(self, hint: str) -> None:
        before = f"hint: {getattr(self, '_hint', '')}"
        self.__notes__ = [note for note in getattr(self, "__notes__", []) if note != before]
        self._hint = hint
        if hint:
            self.add_note(f"hint: {hint}")


class ConfigError(ElmanError, ValueError):
    """A setting is wrong."""


class ShapeError(ElmanError, ValueError):
    """An array has the wrong shape, type or range."""


class DataError(ElmanError, ValueError):
    """An input cannot be what the task takes."""


class ModelFileError(ElmanError):
    """A file is no model, or a damaged one."""


class NotFiniteError(ElmanError):
    """Training met a loss or gradient that is no finite number; the update was not applied."""


class ExchangeError(ElmanError):
    """Processes that train a network together have lost each other; the update was not applied."""


def remedy(error: OSError) -> str:
    """The hint where a file could not be written: what it may be for."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "is the disk full?"
    return "its folder is not there any more: cd to another" if error.errno == errno.ENOENT and _nowhere() else ""


def _nowhere() -> bool:
    """Whether the working folder was deleted."""
    import os

    try:
        os.getcwd()  # noqa: PTH109 (which does not bring pathlib)
    except OSError:
        return True
    return False


def similar(name: str) -> str:
    """The hint where a file is not there, but one of nearly this name; else ""."""
    from itertools import islice
    from pathlib import Path

    found = Path(name)
    try:
        there = list(islice(found.parent.iterdir(), MOST_NAMES))
    except OSError:
        return ""
    stem = nearest(found.stem, (one.stem for one in there))  # for endings alone make names alike
    near = nearest(found.name, (one.name for one in there if one.stem == stem))
    return f"did you mean {str(found.parent / near)!r}?" if near else ""


def missing(name: str) -> str:
    """The hint where a file is not there: one of nearly this name, or in which folder it was looked for."""
    from pathlib import Path

    folder = Path(name).parent.absolute()
    return similar(name) or f"it was looked for in {folder}{', which is not there either' * (not folder.is_dir())}"


def choose(where: str, found: str, choices: Iterable[str]) -> str:
    """`found`, if it is one of the choices; else a ConfigError that suggests the nearest one."""
    known = list(choices)
    if isinstance(found, str) and found in known:
        return found
    raise ConfigError(
        f"{where}: expected one of {', '.join(known)}; found {plain(found)}", suggested(str(found), known)
    )


def suggested(found: str, choices: Iterable[str]) -> str:
    """The hint that names the nearest choice; "" where none is near."""
    near = nearest(found, choices)
    return f"did you mean {near!r}?" if near else ""


def nearest(found: str, choices: Iterable[str]) -> str:
    """The choice that other libraries call so, or that is most like what was found; "" where none is."""
    from difflib import get_close_matches

    known = list(choices)
    if (meant := ELSEWHERE.get(found.replace("-", "_"))) in known:
        return str(meant)
    alike = {name.lower(): name for name in known}
    if found.lower() in alike:
        return alike[found.lower()]
    return next(iter(get_close_matches(found, known, n=1)), "")


def in_range(where: str, value: float, low: float, high: float, *, low_in: bool = True, high_in: bool = True) -> None:
    """A ConfigError where the value is no number, NumPy's or Python's, between low and high (NaN never is)."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ConfigError(f"{where}: expected a number; found {plain(value)}")
    above = value >= low if low_in else value > low
    below = value <= high if high_in else value < high
    if above and below and _is_float(value):
        return
    left, right = "[" if low_in else "(", "]" if high_in else ")"
    closed = low_in and high_in and high < float("inf")
    expected = f"from {low:g} to {high:g}" if closed else f"in {left}{low:g}, {high:g}{right}"
    raise ConfigError(f"{where}: expected a number {expected}; found {plain(value)}")


def _is_float(value: Real) -> bool:
    """Whether a float is that large."""
    try:
        float(value)
    except OverflowError:
        return False
    return True


def whole(where: str, value: object, low: int, high: int) -> None:
    """A ConfigError where the value is no whole number, NumPy's or Python's, from low to high."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= int(value) <= high:
        raise ConfigError(f"{where}: expected a whole number from {low} to {high}; found {plain(value)}")
