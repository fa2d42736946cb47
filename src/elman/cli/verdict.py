"""What is said of a model that may be proved, by whoever measures it, looks for a proof or checks one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elman.cli.output import ending
from elman.models import Model
from elman.proof import Proof
from elman.proof.checking import HINT, can_check
from elman.tasks import Task
from elman.tasks.capabilities.provable import Provable


def looked_for(model: Model) -> Proof | None:
    """A proof, or a counterexample; None where what was measured is not exact, or no proof could be checked here."""
    return model.prove() if _promising(model) and can_check() else None


def needed(model: Model) -> str:
    """What is to be installed for a proof of this model; "" where nothing is."""
    return f"{HINT} brings what a proof for every length needs" if _promising(model) and not can_check() else ""


def _promising(model: Model) -> bool:
    return isinstance(model.task, Provable) and model.task.promising(model.metrics)


def exit_code(model: Model, proof: Proof | None) -> int:
    """1 where what was measured is not as it should be, or is so but not at every length."""
    return 0 if model.passed and not (proof is not None and proof.verdict == "refuted") else 1


def verdicts(
    model: Model, metrics: Mapping[str, Any], proof: Proof | None, code: int, *, checked: str = "", proved: str = ""
) -> list[str]:
    """What was measured, and what holds at every length, with the exit code; behind each, how long it took."""
    measured = model.task.verdict(metrics)
    if proof is None:
        return [f"{measured}{ending(code)}{checked}"]
    open_still = "; all that was checked is exact, so the exit code is 0" * (proof.verdict == "undecided")
    return [f"{measured}{checked}", f"{at_every_length(model.task, proof)}{ending(code) or open_still}{proved}"]


def at_every_length(task: Task, proof: Proof) -> str:
    """The verdict in a few words."""
    if proof.verdict == "proven":
        return proof.claim
    if proof.counterexample is None:
        return f"not proved: undecided ({proof.reason})"
    assert isinstance(task, Provable)  # else nothing is refuted
    inputs, output, expected = (proof.counterexample[name] for name in ("inputs", "output", "expected"))
    return proof.refuted(task.spelled(inputs), str(output), str(expected))


def proof_in_json(task: Task, proof: Proof | None) -> dict[str, Any] | None:
    """All that is known of it; None where none was looked for."""
    return None if proof is None else {**in_json(proof), **origin(task)}


def in_json(proof: Proof) -> dict[str, Any]:
    """The verdict, and what it rests on but for the certificate."""
    return {name: getattr(proof, name) for name in ("verdict", "reason", "margin", "counterexample")}


def origin(task: Task) -> dict[str, Any]:
    """What a proof of this task rests on beside the certificate."""
    return task.origin if isinstance(task, Provable) else {}
