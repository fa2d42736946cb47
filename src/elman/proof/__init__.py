"""Proofs: that a network's answers are right for inputs of every length, and what automaton it is.

`elman.proof.checker` is imported where it is used, and by nothing here: it is a program of its own, too.
"""

from elman.proof.automaton import Mealy, TooManyStates, explore
from elman.proof.prove import Extraction, Proof, extract, prove
from elman.proof.regions import Question

__all__ = [
    "Extraction",
    "Mealy",
    "Proof",
    "Question",
    "TooManyStates",
    "explore",
    "extract",
    "prove",
]
