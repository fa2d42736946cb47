"""Names of commands and options: lists of them, and what is said of one that is none."""

from __future__ import annotations

from elman.cli.output import folded
from elman.errors import ConfigError, nearest

TYPE_CHECKING = False  # as in `commands`
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAMES = 10  # columns for the names of commands in a list of them
HELP = ("-h", "--help")
SHOW_HELP = "Show this help, and nothing else."


def entry(name: str, summary: str) -> str:
    """A line of a list: a name, and what it is."""
    return folded(f"  {name:{NAMES}}  {summary}", " " * (NAMES + 4))


def listing(path: str, kind: str, names: Iterable[str], about: Callable[[str], str]) -> str:
    """Names and summaries of commands, in columns."""
    kind, entries = kind.upper(), [entry(name, about(name)) for name in names]
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
