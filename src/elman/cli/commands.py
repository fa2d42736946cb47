"""Commands that are a choice of commands, `elman VERB` and `elman data VERB`: what is said of them needs no parser."""

from __future__ import annotations

from importlib import import_module

from elman.cli.output import folded, say
from elman.errors import ConfigError, choose, nearest

TYPE_CHECKING = False  # not from typing, whose import costs as much as all else that help needs
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, Protocol

    from elman.cli.parser import Parser

    class Command(Protocol):
        """What a verb's file has: what can be given to it, and what it then does."""

        def declare(self, parser: Parser) -> None:
            """Adds the command's arguments to a parser."""

        def run(self, options: Namespace) -> int:
            """Does it; returns the exit code."""


NAMES = 10  # columns for the names of commands in a list of them
HELP = ("-h", "--help")
SHOW_HELP = "Show this help, and nothing else."


def choose_verb(
    path: str, about: str, verbs: Mapping[str, str], words: Sequence[str], options: Mapping[str, str] | None = None
) -> int:
    """Runs the verb that the first word names, or tells of all of them.

    Args:
        path: how it is called: "elman data".
        about: what it is, in a sentence.
        verbs: names and summaries. Each verb has a file of its name in the package of the path, `elman.cli.data`: a
            Command, or a package with a table of verbs of its own.
        words: what stands behind the path.
        options: what may stand in a verb's place beside --help, with summaries; the caller heeds them.
    """
    if not words:
        raise ConfigError(f"{path}: expected a verb: {', '.join(verbs)}; found none", f"`{path} --help`")
    name, *rest = words
    if name in HELP:
        say(_help(path, about, verbs, options or {}))
        return 0
    if name.startswith("-"):
        raise no_option(path, name, (*HELP, *(options or {})), "verb", verbs, rest)
    choose(path, name, verbs)
    module: Any = import_module(".".join(["elman.cli", *path.split()[1:], name]))
    path, about = f"{path} {name}", verbs[name]
    if hasattr(module, "VERBS"):
        return choose_verb(path, about, module.VERBS, rest)
    from elman.cli.parser import dispatch  # here: with argparse, it costs as much again as a list of verbs
    from elman.cli.waiting import Waiting
    from elman.telling import heard

    with heard(Waiting()):
        return dispatch(path, about, module, rest)


def _help(path: str, about: str, verbs: Mapping[str, str], options: Mapping[str, str]) -> str:
    lines = [f"usage: {path} [options] VERB …", "", folded(about), "", "options:"]
    lines += [_entry(option, summary) for option, summary in {", ".join(HELP): SHOW_HELP, **options}.items()]
    return "\n".join([*lines, "", listing(path, "verb", verbs, verbs.__getitem__)])


def _entry(name: str, summary: str) -> str:
    return folded(f"  {name:{NAMES}}  {summary}", " " * (NAMES + 4))


def listing(path: str, kind: str, names: Iterable[str], about: Callable[[str], str]) -> str:
    """Names and summaries of commands, in columns."""
    kind, entries = kind.upper(), [_entry(name, about(name)) for name in names]
    return "\n".join([f"{kind} is one of:", *entries, "", f"`{path} {kind} --help` tells of each."])


def no_option(
    path: str,
    found: str,
    options: Iterable[str],
    kind: str,
    commands: Iterable[str],
    following: Iterable[str],
    elsewhere: str = "",
) -> ConfigError:
    """For what is no option here; perhaps it is one of a command that comes behind it. `elsewhere` joins the hint."""
    for word in following:
        if word in commands:
            return misplaced(path, kind, word, found)
    spelled = {option.strip("-"): option for option in options}
    near = spelled.get(nearest(found.strip("-"), spelled))
    hints = [f"did you mean {near!r}?" if near else "", elsewhere]
    hint = " ".join(filter(None, hints)) or f"`{path} --help`"
    return ConfigError(f"{path}: expected one of its options; found {found!r}", hint)


def misplaced(path: str, kind: str, command: str, given: str) -> ConfigError:
    """For options of a command that stand before its name."""
    return ConfigError(f"{given}: expected after the {kind}'s name; found before it", f"`{path} {command} … {given}`")
