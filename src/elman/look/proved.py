"""What a proof says of the hidden units, as a page shows it."""

from __future__ import annotations

from typing import Any

import numpy as np

from elman.proof import Proof, Question


def told(proof: Proof, question: Question) -> dict[str, Any]:
    """The verdict, in words too, inputs that refute it, and where there is a certificate, how it bounds the states.

    `low` and `high` (Q, n) bound the states of all layers, as a certificate has them, after each input that leads the
    reference to its state q; None where none does.
    """
    wrong = proof.counterexample and list(map(str, proof.counterexample["inputs"]))  # JSON's numbers end at 2^53
    found = {"verdict": proof.verdict, "says": str(proof), "margin": proof.margin, "fails": wrong}
    if proof.certificate is None:
        return {**found, "low": None, "high": None}
    regions, following = proof.certificate["regions"], proof.certificate["transitions"]
    state = {0: 0}  # of the reference, in each region: a region knows it
    reached: dict[int, list[int]] = {}  # by state, the regions that an input leads to
    todo = [0]
    while todo:
        region = todo.pop()
        for symbol, target in enumerate(following[region]):
            after = question.machine.next[state[region]][symbol]
            if target not in state:
                state[target] = after
                todo.append(target)
            if target not in reached.setdefault(after, []):
                reached[after].append(target)
    states = range(question.machine.states)

    def bounds(name: str, outermost: Any) -> list[list[float] | None]:
        return [
            outermost([regions[n][name] for n in reached[q]], axis=0).tolist() if q in reached else None for q in states
        ]

    return {**found, "low": bounds("low", np.min), "high": bounds("high", np.max)}
