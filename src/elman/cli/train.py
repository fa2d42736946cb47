"""`elman train TASK` and `elman train --resume MODEL`."""

from __future__ import annotations

from argparse import SUPPRESS, BooleanOptionalAction, Namespace
from functools import partial
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, add_threads, between, number, path, use_threads, whole_number
from elman.cli.listing import misplaced
from elman.cli.many import declare_many, run_many
from elman.cli.parser import Parser, dispatch
from elman.cli.writing import add_force, add_out
from elman.errors import ConfigError, nearest
from elman.interop.devices import ENGINE
from elman.spelling import option

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field
    from pathlib import Path

    from elman.models import Training
    from elman.tasks import Task

# What a setting takes, by its type: how help names it, and how it is read.
KINDS: dict[type, dict[str, Any]] = {
    int: {"metavar": "N", "type": whole_number},
    float: {"metavar": "X", "type": number},
    str: {},
    bool: {"action": BooleanOptionalAction},
}
DEVICE = "cpu: this engine [default]; cuda: a GPU, by PyTorch; torch-cpu: PyTorch on the CPU."
MINUTES = "Train for at most this many minutes."
EACH = "`elman train --help` says what each of them is"
SETTINGS = "settings come after the task's name; a resumed training keeps its settings: only --steps can change"


def declare(parser: Parser) -> None:
    """A task, or a model to go on with."""
    from elman.tasks import TASKS

    _declare_resume(parser, "TASK DATA")
    parser.add_argument("--steps", metavar="N", type=whole_number, help="With --resume: go on to this update.")
    _declare_run(parser)
    parser.add_commands("task", TASKS, lambda name: TASKS[name].summary, SETTINGS)


def run(options: Namespace) -> int:
    """Teaches the task that is named, or goes on with a model."""
    from elman.models import begin
    from elman.tasks import TASKS

    if options.words:
        name, *words = options.words
        task = _task(name, options)
        return dispatch(f"elman train {name}", task.summary, _Teaching(task), words)
    if options.resume is None:
        raise ConfigError(f"elman train: expected a task, or --resume MODEL; tasks are {', '.join(TASKS)}", EACH)
    steps = {} if options.steps is None else {"steps": options.steps}
    return _train(partial(begin, resume=options.resume, **steps), options)


class _Teaching:
    """The command of a task; the fields of the task's settings are its options."""

    def __init__(self, task: type[Task]) -> None:
        self._task = task

    def declare(self, parser: Parser) -> None:
        """What every task has, then the settings of this one."""
        from dataclasses import fields
        from typing import get_type_hints

        from elman.tasks.capabilities.budgeted import Budgeted
        from elman.tasks.capabilities.learns_from_data import LearnsFromData
        from elman.tasks.capabilities.shows import Shows

        data = self._task.data if issubclass(self._task, LearnsFromData) else ""
        about = {"metavar": data, "help": "What it learns from."} if data else {"help": SUPPRESS}
        parser.add_argument("data", nargs="*", **about)
        _declare_resume(parser, data)
        parser.add_argument(
            "--from", metavar="MODEL", dest="start", type=path, help="Begin anew, with the weights of this model."
        )
        minutes = self._task.minutes if issubclass(self._task, Budgeted) else MINUTES
        _declare_run(parser, minutes, shows=issubclass(self._task, Shows))
        declare_many(parser)
        parser.owners = _owners
        kinds = get_type_hints(self._task.settings_type)
        for field in fields(self._task.settings_type):
            self._declare_setting(parser, field, kinds[field.name])

    def _declare_setting(self, parser: Parser, field: Field[Any], hint: Any) -> None:
        from typing import get_args

        [kind] = {hint, *get_args(hint)} & KINDS.keys()
        text = field.metadata["help"]
        if field.name == "recipe":
            text += f" ({', '.join(self._task.recipes)})"
        if field.default is not None:
            usual = option(field.name, bool(field.default)) if kind is bool else field.default
            text += f" [default: {usual}]"
        about = {"section": "settings", "dest": field.name, "help": text.replace("%", "%%")}
        named = {"metavar": field.metadata["value"]} if kind is str else {}
        parser.add_argument(option(field.name, True), **about, **KINDS[kind], **named)

    def run(self, options: Namespace) -> int:
        """Teaches it."""
        from elman.models import begin

        settings = {name: getattr(options, name) for name in vars(self._task.settings_type())}
        given = {name: value for name, value in settings.items() if value is not None}
        if options.seeds is not None:
            use_threads(options)
            return run_many(self._task.name, options.data, given, options)
        if options.models is not None:
            raise ConfigError("--models: expected --seeds beside it; found none", "--out names the file of one model")
        common = {name: getattr(options, name) for name in ("resume", "start", "minutes")}
        begun = partial(begin, self._task.name, options.data, **common, **given)
        return _train(begun, options)


def _owners(name: str) -> str:
    """Of a setting of other tasks, which these are."""
    from dataclasses import fields

    from elman.tasks import TASKS

    owners = [
        task
        for task, kind in TASKS.items()
        if name in (option(field.name, True) for field in fields(kind.settings_type))
    ]
    return f"it is an option of {', '.join(owners)}" if owners else ""


def _declare_resume(parser: Parser, data: str) -> None:
    moved = f"; if its data has moved: {data}… --resume MODEL" if data else ""
    parser.add_argument("--resume", metavar="MODEL", type=path, help=f"Go on with this model{moved}.")


def _declare_run(parser: Parser, minutes: str = MINUTES, *, shows: bool = True) -> None:
    """How the training runs, and what is kept of it."""
    about = "Where the model goes (default: a file named after your data; without data, nowhere)."
    add_out(parser, "MODEL", about, required=False)
    parser.add_argument("--no-out", action="store_true", help="Keep nothing.")
    add_force(parser, "Replace what is at MODEL, when the training is done.")
    parser.add_argument("--minutes", metavar="X", type=number, help=minutes)
    if shows:
        about = "Show a sample of this length now and then."
        parser.add_argument("--show", metavar="N", type=between(1, 1 << 20), help=about)
    parser.add_argument("--device", metavar="NAME", default=ENGINE, help=DEVICE)
    add_threads(parser)
    add_json(parser)


def _train(begun: Callable[[], Training], options: Namespace) -> int:
    from elman.cli.training import run

    use_threads(options)
    for one, other, wanted in (("out", "no_out", False), ("force", "out", True)):
        if getattr(options, one) and bool(getattr(options, other)) != wanted:
            where, found = one.replace("_", "-"), other.replace("_", "-")
            with_it = f"--{found} beside it; found none" if wanted else f"no --{found} beside it; found both"
            raise ConfigError(f"--{where}: expected {with_it}")
    return run(begun, options)


def _task(name: str, before: Namespace) -> type[Task]:
    """A ConfigError where there is no such task, or where options stand before its name."""
    from elman.tasks import TASKS

    if name not in TASKS:
        raise _no_task(name, before.resume)
    options = ("resume", "steps", "out", "minutes", "show", "threads")
    given = [f"--{option} {value}" for option in options if (value := getattr(before, option)) is not None]
    given += [word for word, is_given in _switches(before) if is_given]
    if given:
        raise misplaced("elman train", "task", name, " ".join(given))
    return TASKS[name]


def _switches(options: Namespace) -> list[tuple[str, bool]]:
    return [("--no-out", options.no_out), ("--force", options.force), ("--json", options.as_json)]


def _no_task(found: str, resume: Path | None) -> ConfigError:
    """With the whole command, where there is data in place of the task's name."""
    from pathlib import Path

    from elman.models import load
    from elman.tasks import TASKS
    from elman.tasks.asking import having
    from elman.tasks.capabilities.learns_from_data import LearnsFromData

    if resume is not None:
        task = load(resume).task
        hint = f"`elman train {task.name}{f' {found}' * isinstance(task, LearnsFromData)} --resume {resume}`"
    elif Path(found).exists() and (learners := having(LearnsFromData)):
        hint = " or ".join(f"`elman train {learner} {found}`" for learner in learners)
    else:
        near = nearest(found, TASKS)
        hint = f"did you mean {near!r}?" if near else EACH
    return ConfigError(f"task: expected one of {', '.join(TASKS)}; found {found!r}", hint)
