"""A training, from its first update to its report: what `elman train` does."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from elman.cli.company import Company
from elman.cli.kept import Kept
from elman.cli.output import emit, note, note_folded, say, tell
from elman.cli.progress import Clock, Outlook, teller
from elman.cli.verdict import exit_code, looked_for, needed, proof_in_json, verdicts
from elman.cli.writing import refuse_ending
from elman.errors import ConfigError, NotFiniteError
from elman.interop.devices import ENGINE, check_device
from elman.interop.ranks import ranks
from elman.lazy import fetch
from elman.models import Model, Training
from elman.network import Network
from elman.network.file import check_writable
from elman.proof import Proof
from elman.proof.checking import can_check, import_ahead
from elman.signals import exit_code as code_of
from elman.spelling import counted
from elman.tasks.capabilities.advises import Advises
from elman.tasks.capabilities.learns_from_data import LearnsFromData
from elman.tasks.capabilities.provable import Provable
from elman.tasks.capabilities.shows import Shows

CHECKPOINT = 60.0  # seconds between two
SHOW = 10.0  # seconds between two samples, at least


def run(begun: Callable[[], Training], options: Namespace) -> int:
    """Trains, scores, saves, reports; returns the exit code."""
    resumed = options.resume
    show = getattr(options, "show", None)  # of some tasks only
    if options.device != ENGINE:
        check_device(options.device, (ENGINE,))
    if options.out is not None:
        refuse_ending("--out", options.out, "`elman export MODEL --out FILE --to {}` writes such a file, of a model")
    with Company(ranks()) as company:
        out = None if options.no_out else options.out or resumed
        if out is not None and company.leads:
            check_writable(out)
        begins = begun()
        training = company.join(begins, out)
        if training is not begins:
            resumed = out
        if options.device != ENGINE:
            training.trainer = fetch("elman.interop.torch_device", "to_device")(training.trainer, options.device)
        if show is not None and not isinstance(training.task, Shows):
            raise ConfigError(f"--show: the task {training.task.name!r} has nothing to show")
        if not company.leads:
            return company.follow(training, options.minutes)
        started = getattr(options, "start", None) is not None
        with Kept(training, out, resumed=resumed, started=started, force=options.force, never=options.no_out) as kept:
            company.code = _teach(training, company, kept, options.minutes, show, as_json=options.as_json)
        return company.code


def _teach(
    training: Training, company: Company, kept: Kept, minutes: float | None, show: int | None, *, as_json: bool
) -> int:
    """What `run` does, once it is clear where the model goes."""
    for line in training.task.introduce():
        note(line)
    if isinstance(training.task, LearnsFromData):
        note(described(training.network))
        each = counted(training.task.counts, training.task.speed.removesuffix("s"))
        note(f"{counted(training.task.goal, 'update')}, of about {each} each")
    for line in training.idle:
        note_folded(f"warning: {line}")
    if isinstance(training.task, Provable) and can_check():
        import_ahead()
    try:
        _watch(training, minutes, show, kept)
        company.trained()
        model = training.model()
        began = time.perf_counter()
        validated = bool(model.metrics)  # so there is nothing more to measure
        metrics = model.metrics if validated else model.score()
        checked = time.perf_counter() - began
        proof = looked_for(model)
        proved = time.perf_counter() - began - checked
        kept.finished(model)
    except KeyboardInterrupt as interrupt:
        _interrupted(training, kept, as_json)
        return code_of(interrupt)
    except NotFiniteError:
        kept.diverged()
        raise
    hopeless = training.hopeless(model)
    warnings = [*training.idle, *([hopeless] if hopeless else [])]
    code = 1 if hopeless else exit_code(model, proof)
    if as_json:
        summary = {**_summary(model, kept.path), "stopped": training.stopped or None}
        emit({**summary, "metrics": metrics, "proof": proof_in_json(model.task, proof), "warnings": warnings})
    else:
        _report(model, metrics, None if validated else checked, proof, proved, code)
        if isinstance(model.task, Advises):
            advice = model.task.advice(model.passed, None if proof is None else proof.verdict)
            if advice:
                note_folded(f"hint: {advice}")
        if missing := needed(model):
            note(f"hint: {missing}")
        kept.tell_finished(model)
    if hopeless:
        note_folded(f"warning: {hopeless}")
    if training.stopped:
        note_folded(_stopped(training, training.stopped))
    return code


def _report(
    model: Model, metrics: dict[str, Any], checked: float | None, proof: Proof | None, proved: float, code: int
) -> None:
    """What was learned, in how many seconds, and how well."""
    tell(f"{model.task.name}: {described(model.network)}")
    say(f"{counted(model.updates, 'update')} in {model.seconds:.3f} s")
    times = "" if checked is None else f" (checked in {checked:.3f} s)"
    for line in verdicts(model, metrics, proof, code, checked=times, proved=f" ({proved:.3f} s)"):
        tell(line)


def described(network: Network) -> str:
    """What kind of network it is, and its size."""
    architecture = network.architecture
    kind = "feed-forward network" if architecture.cell == "none" else architecture.cell
    size = f"{counted(architecture.hidden, 'hidden unit')}, {network.parameters.flat.size:,} parameters"
    return f"{architecture.nonlinearity or ''} {kind} of {size}".strip()


def _summary(model: Model, out: Path | None) -> dict[str, Any]:
    return {
        "task": model.task.name,
        "model": None if out is None else str(out),
        "parameters": int(model.network.parameters.flat.size),
        "steps": model.updates,
        "seconds": round(model.seconds, 6),
    }


def _interrupted(training: Training, kept: Kept, as_json: bool) -> None:
    model = training.model()
    kept.interrupted(model)
    if as_json:
        emit({**_summary(model, kept.path), "stopped": "interrupted", "metrics": model.metrics, "interrupted": True})
    note_folded(_stopped(training, "interrupted"))
    kept.tell_interrupted()


def _stopped(training: Training, why: str) -> str:
    """What is said at the end of a training that did not reach its goal, or was not scored."""
    return f"stopped after {training.done()}: {why}"


def _watch(training: Training, minutes: float | None, show: int | None, kept: Kept) -> None:
    """Runs the training; tells how it goes, shows what it makes, and keeps the model every minute."""
    task, events, outlook = training.task, training.run(minutes), Outlook(training, minutes)
    with teller(training, minutes) as tell_how:
        telling, showing, keeping = Clock(tell_how.pause), Clock(SHOW), Clock(CHECKPOINT, time.monotonic())
        for number, event in enumerate(events):
            # The first event is of a single update: its pace is no speed, and little is learned.
            if number > 0 and telling.strikes():
                tell_how(event)
            validated = event.validation is not None or training.interval is None
            if number > 0 and isinstance(task, Shows) and show is not None and validated and showing.strikes():
                sample = task.show(training.model().network, show, seed=event.update)
                tell_how.aside(f"after {counted(event.update, 'update')}:\n{_harmless(sample)}\n")
            checkpoint = kept.checkpoint() if keeping.strikes() else None
            lines = [kept.look(training.seconds), *outlook.look(event), checkpoint]
            for line in filter(None, lines):
                tell_how.aside(line)


def _harmless(sample: str) -> str:
    """Without what would give a terminal orders. (A regular expression for it takes 15 ms to compile.)"""
    return "".join(
        c if c in "\t\n\r" or " " <= c <= "~" or c >= "\xa0" else "\N{REPLACEMENT CHARACTER}" for c in sample
    )
