"""What is said of a proof, by whoever looks for one or checks one."""

from __future__ import annotations

from typing import Any

from elman.proof import Proof
from elman.tasks import Task
from elman.tasks.capabilities.provable import Provable


def at_every_length(task: Task, proof: Proof) -> str:
    """The verdict in a few words."""
    if proof.verdict == "proven":
        return proof.claim
    if proof.counterexample is None:
        return f"not proved: undecided ({proof.reason})"
    assert isinstance(task, Provable)  # else nothing is refuted
    inputs, output, expected = (proof.counterexample[name] for name in ("inputs", "output", "expected"))
    return proof.refuted(task.spelled(inputs), str(output), str(expected))


def in_json(proof: Proof) -> dict[str, Any]:
    """The verdict, and what it rests on but for the certificate."""
    return {name: getattr(proof, name) for name in ("verdict", "reason", "margin", "counterexample")}


def origin(task: Task) -> dict[str, Any]:
    """What a proof of this task rests on beside the certificate."""
    return task.origin if isinstance(task, Provable) else {}
