"""`elman train TASK` and `elman train --resume MODEL`."""

from __future__ import annotations

import inspect
import math
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import Field, fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Self, get_type_hints

import typer

from elman._engine import set_threads
from elman.cli.group import command, group
from elman.cli.output import AsJson, Threads, emit, note, refuse_same, say
from elman.cli.prove import at_every_length
from elman.errors import ModelFileError, NotFiniteError
from elman.models import Model, Training, begin
from elman.network.file import check_writable
from elman.tasks import TASKS, Task
from elman.training import Progress

CHECKPOINT = 60.0  # seconds between two

Out = Annotated[
    Path | None,
    typer.Option(metavar="MODEL", help="Where the model goes; without it, nothing is kept.", show_default=False),
]
Resume = Annotated[
    Path | None, typer.Option("--resume", metavar="MODEL", help="Go on with this model.", show_default=False)
]
Start = Annotated[
    Path | None,
    typer.Option("--from", metavar="MODEL", help="Begin anew, with the weights of this model.", show_default=False),
]
Minutes = Annotated[float | None, typer.Option(help="An upper bound on the training.", show_default=False)]

train = typer.Typer(
    cls=group(TASKS, lambda name: command(_command(TASKS[name]))),
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
    threads: Threads = None,
    out: Out = None,
    as_json: AsJson = False,
) -> int | None:
    """Teach a network a task: `elman train add`."""
    if context.invoked_subcommand is not None:
        if (resume, steps, minutes, threads, out) != (None,) * 5 or as_json:
            raise typer.BadParameter("options come after the task's name, as in `elman train add --steps 100`")
        return None
    if resume is None:
        raise typer.BadParameter(f"expected a task, or --resume MODEL; tasks are {', '.join(TASKS)}")
    begun = partial(begin, resume=resume) if steps is None else partial(begin, resume=resume, steps=steps)
    return run(begun, out=out or resume, minutes=minutes, threads=threads, as_json=as_json)


def run(
    begun: Callable[[], Training],
    *,
    out: Path | None,
    minutes: float | None,
    threads: int | None,
    as_json: bool,
) -> int:
    """Trains, scores, saves, reports; returns the exit code."""
    if threads is not None:
        set_threads(threads)
    if out is not None:
        check_writable(out)
    training = begun()
    if out is not None:
        refuse_same("--out", out, *map(Path, training.task.files()))
    for line in training.task.introduce():
        note(line)
    try:
        _show(training, minutes, out)
        model = training.model()
        if model.updates < training.task.goal:
            note(f"stopped after {model.updates:,} of {training.task.goal:,} updates")
        began = time.perf_counter()
        metrics = model.score()
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
    if out is not None:
        model.save(out)
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
        if proof is None:
            say(f"{model.task.verdict(metrics)} (checked in {checked:.3f} s)")
        else:
            times = f"checked in {checked:.3f} s and {proved:.3f} s"
            say(f"{model.task.verdict(metrics)}; {at_every_length(model, proof)} ({times})")
        if out is None:
            note("hint: --out MODEL keeps the network, for `elman predict MODEL`")
        else:
            say(f"saved to {out}")
    refuted = proof is not None and proof.verdict == "refuted"
    return 0 if model.passed and not refuted else 1


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
        model.save(out)
    if as_json:
        emit({**_summary(model, out), "metrics": {}, "interrupted": True})
    note(f"interrupted after {model.updates:,} updates")
    if out is not None:
        note(f"hint: saved; `elman train --resume {out}` goes on")
    return 130


def _show(training: Training, minutes: float | None, out: Path | None) -> None:
    """Runs the training; tells how it goes, and keeps the model every minute."""
    events = training.run(minutes)
    with _teller(training) as tell:
        told, kept = -math.inf, time.monotonic()
        for number, event in enumerate(events):
            now = time.monotonic()
            # The first event is of a single update: its pace is no speed.
            if number > 0 and now - told >= tell.pause:
                told = now
                tell(event)
            if out is not None and now - kept >= CHECKPOINT:
                kept = now
                try:
                    training.model().save(out)
                except ModelFileError as error:  # there is time until the end to make room
                    note(f"warning: no checkpoint: {error}")


class _Lines:
    """A line of progress now and then: for logs, and for whoever pipes stderr."""

    pause = 10.0  # seconds

    def __init__(self, training: Training) -> None:
        self._training = training
        self._goal = training.task.goal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def facts(self, event: Progress) -> tuple[str, float, float]:
        """How far the task is; its speed; seconds left."""
        task, speed = self._training.task, len(event.losses) / max(event.seconds, 1e-9)
        glance = task.glance(self._training.network)
        if self._training.validations:
            glance = f"validation {self._training.validations[-1][1]:.4f}"
        return glance, speed * task.counts, (self._goal - event.update) / speed

    def __call__(self, event: Progress) -> None:
        glance, speed, left = self.facts(event)
        note(
            f"{event.update:,}/{self._goal:,} updates  loss {event.loss:.4f}  {glance}  "
            f"{speed:,.0f} {self._training.task.speed}/s  {left:,.0f} s left"
        )


class _Bar(_Lines):
    """One line that changes: for a terminal."""

    pause = 0.2

    def __enter__(self) -> Self:
        # Imported here: the only part of the program that needs it, and a tenth of its start.
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Display

        text = "loss {task.fields[loss]:.4f}  {task.fields[glance]}  {task.fields[speed]:,.0f} "
        unit = f"{self._training.task.speed}/s"
        self._display = Display(
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} updates"),
            BarColumn(bar_width=10),
            TextColumn(text + unit + "  {task.fields[left]:,.0f} s left"),
            console=Console(stderr=True),
            transient=True,
        )
        self._shown = self._display.add_task("", total=self._goal)
        return self

    def __exit__(self, *error: object) -> None:
        self._display.stop()

    def __call__(self, event: Progress) -> None:
        glance, speed, left = self.facts(event)
        self._display.update(
            self._shown, completed=event.update, loss=event.loss, glance=glance, speed=speed, left=left
        )
        self._display.start()  # now that there is something to tell; later on it changes nothing


def _teller(training: Training) -> _Lines:
    return (_Bar if sys.stderr.isatty() else _Lines)(training)


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
        return run(begun, out=out, **{name: options[name] for name in ("minutes", "threads", "as_json")})

    common = {"data": _data(task), "resume": Resume, "start": Start, "out": Out, "minutes": Minutes, "threads": Threads}
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
