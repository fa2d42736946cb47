"""How hints name settings: as Python has them, or, where the command line asked, as options of it.

Errors come from floors that do not know who asked. So the command line says once that it does, and whoever writes a
hint has each setting spelled. Nothing is translated afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

Value = bool | float | str | Mapping[str, str]

MOST = 60  # characters of a value in a message
SCHEME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+-.")  # characters of how an address begins
OPTIONS = {"start": "--from"}  # options that have not the name of their setting

_on_command_line: ContextVar[bool] = ContextVar("on_command_line", default=False)


@contextmanager
def as_options() -> Iterator[None]:
    """Within, this thread works for the command line."""
    token = _on_command_line.set(True)
    try:
        yield
    finally:
        _on_command_line.reset(token)


def either(python: str, command: str) -> str:
    """What is to be typed: a call of Python, or what the command line takes."""
    return command if _on_command_line.get() else python


def spelled(name: str, value: Value) -> str:
    """A setting with a value: `skip_empty=True`, `order='least'`; or `--skip-empty`, `--order least`."""
    return either(f"{name}={value!r}", option(name, value))


def plain(value: object) -> str:
    """A value in a message: as Python writes it, or, for the command line, in words: nothing, true, 'a name'."""
    return in_words(value) if _on_command_line.get() else repr(value)[:MOST]


def narrow(text: str) -> str:
    """With the usual signs and digits in place of full-width ones, which Chinese keyboards write: of ３＋ａ, 3+a."""
    return text.translate({0x3000: " ", **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}})


def in_words(value: object) -> str:
    """A value as those know it who know no Python; of long ones the beginning."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"a list: {', '.join(map(in_words, value))}"[:MOST] if value else "an empty list"
    if isinstance(value, Mapping):
        return f"names and values: {', '.join(f'{name} {in_words(one)}' for name, one in value.items())}"[:MOST]
    return repr(value)[:MOST]


def is_frame(value: object) -> bool:
    """Whether it is a data frame, of whatever library: columns with names, which it gives by these."""
    return hasattr(value, "columns") and hasattr(value, "__getitem__")


def in_brief(value: object) -> str:
    """A value in a message, as Python writes it; of a data frame, which it writes as a table, the type."""
    return type(value).__name__ if is_frame(value) else repr(value)[:MOST]


def on_one_line(name: str) -> str:
    """A name out of data, in a line with others: a tab is \\t, and the same for all that is not printed."""
    if name.isprintable():
        return name
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in name)


def counted(count: int, what: str) -> str:
    """So many of something: 1 update, 2,000 updates."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def address(name: str) -> str:
    """How a name begins that is an address, "https://" say; "" where it is none."""
    scheme, mark, _ = name.partition("://")
    return scheme + mark if mark and scheme[:1].isalpha() and not set(scheme.lower()) - SCHEME else ""


def called(name: str) -> str:
    """A setting without a value: `start`, or `--from`."""
    return either(name, OPTIONS.get(name, "--" + name.replace("_", "-")))


def option(name: str, value: Value) -> str:
    """A setting as the command line takes it."""
    dashed = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{dashed}" if value else f"--no-{dashed}"
    from shlex import join  # not at each start of the command line

    if isinstance(value, float):
        return f"--{dashed} {value:g}"
    words = [f"{key}={one}" for key, one in value.items()] if isinstance(value, Mapping) else [str(value)]
    return f"--{dashed} {join(words)}"
