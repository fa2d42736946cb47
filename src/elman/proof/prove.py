"""A verdict on a network: proven, refuted, or undecided, with what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from reprlib import Repr
from typing import Any, NamedTuple

from elman.network import Network
from elman.proof.automaton import Mealy
from elman.proof.certificate import certificate, encoded
from elman.proof.checking import checker
from elman.proof.extract import learned
from elman.proof.regions import Question, find, unfit
from elman.proof.search import answers, counterexample
from elman.telling import so_far


@dataclass(frozen=True, repr=False)
class Proof:
    """What is known of a network; `str` says it in a line.

    `verdict` is "proven": a certificate was found and the independent checker accepted it; "refuted": `word` is a
    sequence of symbols that ends in a wrong answer, and from which none can be left out; or "undecided", for the
    `reason`.

    All of this is about a machine. It is the function's own where `origin` is "derived". Where it is "found", nobody
    knows: the function was compared with it on `compared` inputs, and `claim` says so.
    """

    verdict: str
    reason: str = ""
    margin: float | None = None  # of the logits, from the wrong side, at every step of every input
    certificate: dict[str, Any] | None = None
    word: list[int] | None = None
    counterexample: dict[str, Any] | None = None  # what the word spells: inputs, output, expected
    claim: str = ""  # what is proved
    origin: str | None = None  # of the machine
    compared: int | None = None

    def __str__(self) -> str:
        if self.verdict == "proven":
            return self.claim or self.verdict
        if self.counterexample is None:
            return f"{self.verdict}: {self.reason}"
        return self.refuted(*(_short(self.counterexample[name]) for name in ("inputs", "output", "expected")))

    def __repr__(self) -> str:
        own = {name: value for name, value in vars(self).items() if value not in (None, "") and name != "word"}
        if self.certificate is not None:
            own["certificate"] = f"{len(self.certificate['regions'])} regions"
        return f"Proof({', '.join(f'{name}={_short(value)}' for name, value in own.items())})"

    def refuted(self, inputs: str, output: str, expected: str) -> str:
        """The counterexample in a sentence, its parts being spelled as they are given."""
        by = " by the machine that was found" * (self.origin == "found")  # nobody knows whether the function says so
        return f"refuted: for {inputs} the network answers {output}; expected {expected}{by}"

    def save(self) -> bytes:
        """The certificate as the contents of a file."""
        assert self.certificate is not None
        return encoded(self.certificate)


def _short(value: Any) -> str:
    """As `repr` has it; of what is long, beginning and end."""
    limits = Repr()
    limits.maxstring, limits.maxlong, limits.maxother = 200, 100, 100
    return limits.repr(value)


def prove(network: Network, question: Question, task: str, model: bytes) -> Proof:
    """Looks for a proof, then for a counterexample.

    Args:
        network: the network.
        question: what it should answer.
        task: the task's name.
        model: the contents of its model file, which the certificate is about and the checker reads.

    Raises:
        ConfigError: a proof was found, and what checks it is not installed.
    """
    regions, reason = find(network, question)
    if regions is None:
        word = counterexample(network, question)
        return Proof("undecided", reason) if word is None else Proof("refuted", "a wrong answer was found", word=word)
    program, claim = checker(), certificate(task, model, regions)
    try:
        margin = program.check(model, encoded(claim), on_box=partial(so_far, "boxes checked"))
    except program.Rejected as rejected:
        return Proof("undecided", f"the checker rejects what was found: {rejected}")
    return Proof("proven", margin=margin, certificate=claim)


class Extraction(NamedTuple):
    """The least automaton that a network is or seems to be, and where it differs from what it should be.

    `agreement` is the share of long random words of which every answer agrees; None where it is proved.
    """

    automaton: Mealy
    agreement: float | None
    difference: list[int] | None  # a shortest word that the two answer differently


def extract(network: Network, question: Question, proof: Proof) -> Extraction | None:
    """From the regions of a proof, else by questions (L*); None for networks that are no machines."""
    if proof.certificate is not None:
        following = proof.certificate["transitions"]
        outputs = [region["output"] for region in proof.certificate["regions"]]
        machine = Mealy(tuple(map(tuple, following)), tuple(tuple(outputs[j] for j in row) for row in following))
        agreement = None
    elif unfit(network) is None or network.architecture.cell == "none":
        machine, agreement = learned(partial(answers, network, question), question.machine.symbols)
    else:
        return None
    least = machine.minimised()
    return Extraction(least, agreement, least.difference(question.machine))
