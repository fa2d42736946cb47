"""`elman train TASK` and `elman train --resume MODEL`."""

from __future__ import annotations

import inspect
import os
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import Field, fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from elman._engine import set_threads
from elman.cli.group import command, group
from elman.cli.output import AsJson, Threads, emit, note, refuse_same, say
from elman.cli.progress import Clock, teller
from elman.cli.prove import at_every_length
from elman.errors import ConfigError, ModelFileError, NotFiniteError, choose
from elman.models import Model, Training, begin, load
from elman.network.file import check_writable
from elman.tasks import TASKS, Task

CHECKPOINT = 60.0  # seconds between two
SHOW = 10.0  # seconds between two samples, at least
UNFIT = re.compile(r"[^\t\n\r -~\xa0-\U0010ffff]")  # for a terminal: what would give it orders

Out = Annotated[
    Path | None,
    typer.Option(metavar="MODEL", help="Where the model goes; without it, nothing is kept.", show_default=False),
]
Resume = Annotated[
    Path | None,
    typer.Option(
        "--resume",
        metavar="MODEL",
        help="Go on with this model; if its data has moved: TASK DATA… --resume MODEL.",
        show_default=False,
    ),
]
Start = Annotated[
    Path | None,
    typer.Option("--from", metavar="MODEL", help="Begin anew, with the weights of this model.", show_default=False),
]
Minutes = Annotated[float | None, typer.Option(help="An upper bound on the training.", show_default=False)]
Show = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, max=1 << 20, help="Now and then, a sample of this length.", show_default=False),
]


def _no_task(context: typer.Context, found: str) -> None:
    """A ConfigError with the whole command, where there is data in place of the task's name."""
    resume = context.params["resume"]
    if resume is not None:
        task = load(resume).task
        hint = f"`elman train {task.name}{f' {found}' if task.data else ''} --resume {resume}`"
    elif Path(found).exists():
        hint = f"`elman train {next(name for name, task in TASKS.items() if task.data)} {found}`"
    else:
        choose("task", found, TASKS)
    raise ConfigError(f"task: expected one of {', '.join(TASKS)}; found {found!r}", hint)


train = typer.Typer(
    cls=group(TASKS, lambda name: command(_command(TASKS[name])), _no_task),
    add_completion=False,
    help="Teach a network a task.",
    invoke_without_command=True,
    subcommand_metavar="TASK [OPTIONS]",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@train.callback()
def resumed(
    context: typer.Context,
    resume: Resume = None,
    steps: Annotated[int | None, typer.Option(help="With --resume: go on to this update.", show_default=False)] = None,
    minutes: Minutes = None,
    show: Show = None,
    threads: Threads = None,
    out: Out = None,
    as_json: AsJson = False,
) -> int | None:
    """Teach a network a task: `elman train add`."""
    if context.invoked_subcommand is not None:
        values = {"resume": resume, "steps": steps, "minutes": minutes, "show": show, "threads": threads, "out": out}
        given = [f"--{name} {value}" for name, value in values.items() if value is not None] + ["--json"] * as_json
        if given:
            raise ConfigError(
                f"{given[0]}: expected after the task's name; found before it",
                f"`elman train {context.invoked_subcommand} … {' '.join(given)}`",
            )
        return None
    if resume is None:
        raise typer.BadParameter(f"expected a task, or --resume MODEL; tasks are {', '.join(TASKS)}")
    begun = partial(begin, resume=resume) if steps is None else partial(begin, resume=resume, steps=steps)
    return run(begun, out=out or resume, minutes=minutes, show=show, threads=threads, as_json=as_json)


def run(
    begun: Callable[[], Training],
    *,
    out: Path | None,
    minutes: float | None,
    show: int | None,
    threads: int | None,
    as_json: bool,
) -> int:
    """Trains, scores, saves, reports; returns the exit code."""
    if threads is not None:
        set_threads(threads)
    if out is not None:
        check_writable(out)
    training = begun()
    if show is not None and not training.task.shows:
        raise ConfigError(f"--show: the task {training.task.name!r} has nothing to show")
    if out is not None:
        refuse_same("--out", out, *map(Path, training.task.files()))
    for line in training.task.introduce():
        note(line)
    try:
        _watch(training, minutes, show, out)
        model = training.model()
        if model.updates < training.task.goal:
            note(f"stopped after {model.updates:,} of {training.task.goal:,} updates")
        began = time.perf_counter()
        validated = bool(model.metrics)  # so there is nothing more to measure
        metrics = model.metrics if validated else model.score()
        checked = time.perf_counter() - began
        proof = model.prove() if model.passed and model.task.question() is not None else None
        proved = time.perf_counter() - began - checked
    except KeyboardInterrupt:
        return _interrupted(training, out, as_json)
    except NotFiniteError:
        if out is not None:
            with suppress(ModelFileError):  # what went wrong first is what is to be said
                training.model().save(out)  # as the last good update left it
        raise
    code = 0 if model.passed and (proof is None or proof.verdict != "refuted") else 1
    if out is not None:
        _keep(model, out)
    if as_json:
        verdict = None if proof is None else {"verdict": proof.verdict, "margin": proof.margin}
        emit({**_summary(model, out), "metrics": metrics, "proof": verdict})
    else:
        a = training.network.architecture
        kind = f"{a.nonlinearity} {a.cell}" if a.nonlinearity else a.cell
        say(
            f"{model.task.name}: {kind} of {a.hidden} hidden units, {training.network.parameters.flat.size:,} "
            f"parameters, {model.updates:,} updates in {model.seconds:.3f} s"
        )
        ending = "; so the exit code is 1" * (code == 1)
        if proof is None:
            say(model.task.verdict(metrics) + ending + f" (checked in {checked:.3f} s)" * (not validated))
        else:
            times = f"checked in {checked:.3f} s and {proved:.3f} s"
            say(f"{model.task.verdict(metrics)}; {at_every_length(model, proof)}{ending} ({times})")
        advice = model.task.advice(model.passed, None if proof is None else proof.verdict)
        if advice:
            note(f"hint: {advice}")
        if out is None:
            note("hint: --out MODEL keeps the network, for `elman predict MODEL`")
        else:
            say(f"saved to {out}")
    return code


def _summary(model: Model, out: Path | None) -> dict[str, Any]:
    return {
        "task": model.task.name,
        "model": None if out is None else str(out),
        "parameters": int(model.network.parameters.flat.size),
        "steps": model.updates,
        "seconds": round(model.seconds, 6),
    }


def _interrupted(training: Training, out: Path | None, as_json: bool) -> int:
    model = training.model()
    if out is not None:
        _keep(model, out)
    if as_json:
        emit({**_summary(model, out), "metrics": model.metrics, "interrupted": True})
    note(f"interrupted after {model.updates:,} updates")
    if out is not None:
        note(f"hint: saved; `elman train --resume {out}` goes on")
    return 130


def _keep(model: Model, out: Path) -> None:
    """Saves it; where that cannot be, in the temporary folder, since what was learned in hours is not to be lost."""
    try:
        model.save(out)
    except ModelFileError as error:
        instead = Path(tempfile.gettempdir(), f"{os.getpid()}-{out.name}")
        with suppress(ModelFileError):
            model.save(instead)
            error.hint = f"the model is in {instead} instead"
        raise


def _watch(training: Training, minutes: float | None, show: int | None, out: Path | None) -> None:
    """Runs the training; tells how it goes, shows what it makes, and keeps the model every minute."""
    events = training.run(minutes)
    with teller(training, minutes) as tell:
        telling, showing, keeping = Clock(tell.pause), Clock(SHOW), Clock(CHECKPOINT, time.monotonic())
        for number, event in enumerate(events):
            # The first event is of a single update: its pace is no speed, and little is learned.
            if number > 0 and telling.strikes():
                tell(event)
            validated = event.validation is not None or training.task.interval is None
            if number > 0 and show is not None and validated and showing.strikes():
                sample = training.task.show(training.model().network, show, seed=event.update)
                note(f"after {event.update:,} updates:\n{UNFIT.sub('�', sample)}\n")
            if out is not None and keeping.strikes():
                try:
                    training.model().save(out)
                except ModelFileError as error:  # there is time until the end to make room
                    note(f"warning: no checkpoint: {error}")


def _command(task: type[Task]) -> Callable[..., int]:
    """The command of a task; its options are the fields of the task's settings."""
    hints = get_type_hints(task.settings_type)
    settings = fields(task.settings_type)

    def command(**options: Any) -> int:
        given = {f.name: options[f.name] for f in settings if options[f.name] is not None}
        begun = partial(
            begin, task.name, options["data"] or (), resume=options["resume"], start=options["start"], **given
        )
        out = options["resume"] if options["out"] is None else options["out"]
        others = {name: options[name] for name in ("minutes", "threads", "as_json")}
        return run(begun, out=out, show=options.get("show"), **others)

    common = {"data": _data(task), "resume": Resume, "start": Start, "out": Out, "minutes": Minutes, "threads": Threads}
    if task.shows:
        common["show"] = Show
    parameters = [_parameter(name, annotation, None) for name, annotation in common.items()]
    parameters.append(_parameter("as_json", AsJson, False))
    parameters += [_parameter(f.name, _option(f, hints[f.name], task), None) for f in settings]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = task.summary
    return command


def _data(task: type[Task]) -> Any:
    metavar = f"{task.data}…" if task.data else "DATA…"
    text = "What it learns from." if task.data else "It makes its own."
    return Annotated[
        list[str] | None, typer.Argument(metavar=metavar, help=text, show_default=False, hidden=not task.data)
    ]


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _option(f: Field[Any], kind: Any, task: type[Task]) -> Any:
    text = f.metadata["help"]
    if f.name == "recipe":
        text += f" ({', '.join(task.recipes)})"
    shown = "" if f.default is None else f" [default: {f.default}]"
    option = typer.Option(help=f"{text}{shown}", show_default=False)
    return Annotated[kind | None, option]
