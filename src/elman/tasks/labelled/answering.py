"""What a network of labels or numbers is asked: sequences in memory, whole ones or step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from elman.errors import ConfigError, DataError
from elman.network import Network
from elman.network.checks import Array
from elman.spelling import spelled
from elman.tasks.capabilities.answers_steps import Answering
from elman.tasks.labelled.answers import Answers, Flat, Values, flat
from elman.tasks.labelled.codec import Codec, Encode, Examples, Inputs

PORTION = 1 << 22  # outputs that are there at a time, about


def encoded(encode: Encode, where: str, given: Any) -> Inputs:
    """A sequence that is given in memory: numbers (T, F) with the columns in order; or strings, where it is of symbols.

    Raises:
        DataError: it is something else.
    """
    width = encode.width
    if encode.of_symbols and _strings(given):
        return encode.names(given)
    try:
        values = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{where}: expected an array of numbers; found {given!r:.60}") from None
    values = values[:, None] if values.ndim == 1 and width == 1 else values
    if values.ndim != 2 or values.shape[1] != width or not len(values) or np.isinf(values).any():
        raise DataError(f"{where}: expected finite numbers (steps, {width}); found an array {values.shape}")
    return encode(values)


def _strings(given: Any) -> bool:
    if not isinstance(given, list | tuple | np.ndarray) or not len(given):
        return False
    return all(isinstance(step, str) for step in given)


def outputs(answers: Answers, network: Network, inputs: Sequence[Inputs]) -> Iterator[tuple[slice, Values]]:
    """The outputs y of a network for sequences, so many at a time as have about PORTION numbers."""
    lengths = [len(one) if network.architecture.readout == "steps" else 1 for one in inputs]
    portions = np.cumsum(lengths) * answers.outputs // PORTION
    edges = [0, *(np.flatnonzero(np.diff(portions)) + 1).tolist(), len(inputs)] if inputs else []
    for first, last in pairwise(edges):
        yield slice(first, last), network.outputs(inputs[first:last])


def answered(answers: Answers, network: Network, inputs: Sequence[Inputs]) -> Iterator[dict[str, Any]]:
    """What `Answers.told` says of each sequence; where that is of its steps, in lists."""
    told = answers.told
    for _, y in outputs(answers, network, inputs):
        if isinstance(y, np.ndarray):
            yield from told(y)
            continue
        for one in y:
            steps = told(one)
            yield {name: [step[name] for step in steps] for name in steps[0]}


def judged(answers: Answers, network: Network, examples: Examples) -> Flat:
    """(M,) what is measured of a network's answers to all sequences, or to all their steps."""
    values, portions = examples.values, outputs(answers, network, examples.inputs)
    return np.concatenate([answers.judged(flat(y), flat(values[portion])) for portion, y in portions])


class StepByStep(Answering):
    """Answers while a sequence arrives."""

    def __init__(self, known: Codec, network: Network) -> None:
        if network.architecture.bidirectional:
            raise ConfigError(
                "answering: expected a network that reads in one direction; found one that reads from both ends",
                f"{spelled('bidirectional', False)} trains one",
            )
        self._answers, self._encode, self._stream, self._number = known.answers, known.encode(), network.stream(), 0

    @property
    def memory(self) -> list[Array]:
        """What it remembers of its sequence; to be copied, or written to."""
        return [*self._stream.state.values(), *self._stream.reading.values()]

    def step(self, values: Any) -> dict[str, Any]:
        """After one more."""
        x = encoded(self._encode, f"step {self._number}", [values])
        y = self._stream.step(x)
        self._number += 1
        [found] = self._answers.told(np.asarray(y).reshape(1, -1))
        return found
