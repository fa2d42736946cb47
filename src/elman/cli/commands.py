"""Commands that are a choice of commands, `elman VERB` and `elman data VERB`: what is said of them needs no parser."""

from __future__ import annotations

from importlib import import_module

from elman.cli.listing import HELP, SHOW_HELP, entry, listing, no_option
from elman.cli.output import folded, say
from elman.errors import ConfigError, nearest

TYPE_CHECKING = False  # not from typing, whose import costs as much as all else that help needs
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any


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
    if name not in verbs:
        raise _no_verb(path, name, verbs, options or {})
    module: Any = import_module(".".join(["elman.cli", *path.split()[1:], name]))
    path, about = f"{path} {name}", verbs[name]
    if hasattr(module, "VERBS"):
        return choose_verb(path, about, module.VERBS, rest)
    from elman.cli.output import note
    from elman.cli.parser import dispatch  # here: with argparse, it costs as much again as a list of verbs
    from elman.cli.waiting import Waiting
    from elman.telling import heard

    with heard(Waiting(), note):
        return dispatch(path, about, module, rest)


def _no_verb(path: str, found: str, verbs: Iterable[str], options: Iterable[str]) -> ConfigError:
    """What was meant may be an option, or a task, which stands behind `train`."""
    from elman.tasks import TASKS

    if f"--{found}" in options:
        hint = f"did you mean '--{found}'?"
    elif found in TASKS and "train" in verbs:
        hint = f"`{path} train {found}`"
    else:
        near = nearest(found, verbs)
        hint = f"did you mean {near!r}?" if near else f"`{path} --help` says what each of them does"
    return ConfigError(f"{path}: expected one of {', '.join(verbs)}; found {found!r}", hint)


def _help(path: str, about: str, verbs: Mapping[str, str], options: Mapping[str, str]) -> str:
    lines = [f"usage: {path} [options] VERB …", "", folded(about), "", "options:"]
    lines += [entry(option, summary) for option, summary in {", ".join(HELP): SHOW_HELP, **options}.items()]
    return "\n".join([*lines, "", listing(path, "verb", verbs, verbs.__getitem__)])
