"""`elman predict` of models that recommend: the items of one session are the inputs."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from os.path import isfile
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import between
from elman.cli.output import emit, note, say
from elman.errors import ConfigError, DataError
from elman.spelling import counted

if TYPE_CHECKING:
    from elman.cli.parser import Parser
    from elman.network import Network
    from elman.tasks.capabilities.recommends import Recommends

OPTIONS = ("action", "history", "allow", "deny", "exclude", "because")


def declare(parser: Parser) -> None:
    """What can be asked of a recommender."""
    section = "recommendations (INPUTs are the items of one session)"
    about = "How many items (default: 20). Of a classifier: how many of the most probable classes."
    parser.add_argument("--top", metavar="N", type=between(1, 1 << 30), section=section, help=about)
    about = "What was done with the last item, where the model knows actions (view, buy …)."
    parser.add_argument("--action", metavar="NAME", section=section, help=about)
    for option, about in (
        ("--history", "Items of earlier sessions, with spaces between them, or a list of JSON."),
        ("--allow", "Recommend only these items; written like --history."),
        ("--deny", "Recommend none of these items; written like --history."),
    ):
        parser.add_argument(option, metavar="ITEMS", section=section, help=about)
    about = "Which items of the session are not recommended: none, last, or seen (all of them)."
    parser.add_argument("--exclude", metavar="WHAT", section=section, help=about)
    parser.add_argument(
        "--because",
        action="store_true",
        section=section,
        help="Also say which item of the session had the most influence on each.",
    )


def given(options: Namespace) -> dict[str, Any]:
    """What is asked of a recommender; an empty list of items is asked for, too."""
    found = {name: getattr(options, name) for name in OPTIONS}
    return {name: value for name, value in found.items() if value is not None and value is not False}


def answer(task: Recommends, network: Network, options: Namespace, batches: Iterator[list[Any]]) -> None:
    """A line for each item: its name, its probability, and why. Of sessions in standard input, a line of items each.

    Args:
        task: that recommends.
        network: of the model.
        options: of the command line.
        batches: sessions as they come; None is a blank line.
    """
    wanted = given(options)
    action = wanted.pop("action", None)
    if options.because and not (options.inputs or options.as_json):
        hint = "`--json` has the reasons of each session; a line of standard input is answered by names alone"
        raise ConfigError("--because: expected beside INPUT, or --json; found standard input", hint)
    lists: dict[str, Any] = {
        name: _listed(task, name, wanted.pop(name)) for name in ("history", "allow", "deny") if name in wanted
    }
    for name, items in lists.items():
        _tell_unknown(f"--{name}: ", task.unknown(items))
    found = []
    for session in (one or [] for batch in batches for one in batch):  # a blank line: no click yet
        if action is not None and session:
            session = [*session[:-1], (session[-1], action)]
        unknown = task.unknown(session)
        _tell_unknown("", unknown)
        for file in filter(isfile, unknown if options.inputs else []):
            note(f"hint: each INPUT is an item; `elman score {options.model} {file}` reads the sessions of files")
        k = options.top or 20
        items = task.recommend(network, session, k=k, **lists, **wanted)
        if len(items) < k and (options.top or lists or wanted):
            note(f"{counted(len(items), 'item')} left, of {k:,} that were asked for")
        if options.as_json:
            skipped = [*unknown, *(one for some in lists.values() for one in task.unknown(some))]
            answers = [one._asdict() for one in items]
            found.append({"items": session, "next": answers, "unknown": list(dict.fromkeys(skipped))})
            continue
        if not options.inputs:
            say("\t".join(one.item for one in items))  # the n-th answer is that of line n
            sys.stdout.flush()
            continue
        for one in items:
            say("\t".join([one.item, f"{one.probability:.4f}", *[str(one.because)] * options.because]))
    if options.as_json:
        columns = (("inputs", "items"), ("outputs", "next"), ("unknown", "unknown"))
        emit({name: [one[of] for one in found] for name, of in columns})


def _listed(task: Recommends, name: str, word: str) -> list[Any]:
    """The items of an option."""
    try:
        [found] = task.parse([word])
    except DataError as error:
        raise DataError(f"--{name}: {error}", error.hint) from None
    return [*found]


def _tell_unknown(where: str, items: list[str]) -> None:
    if items:
        note(f"{where}not known, and skipped: {', '.join(items)}")
