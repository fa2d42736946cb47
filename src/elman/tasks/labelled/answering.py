"""What a network of labels or numbers is asked: sequences in memory, whole ones or step by step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from elman.errors import ConfigError, DataError
from elman.network import Network
from elman.network.checks import Array
from elman.spelling import is_frame, spelled
from elman.tables import rows
from elman.tables.columns import pick
from elman.tables.words import is_list
from elman.tasks.capabilities.answers_steps import Answering
from elman.tasks.labelled.answers import Answers, Flat, Values, flat
from elman.tasks.labelled.codec import Codec, Encode, Examples, Inputs

PORTION = 1 << 22  # outputs that are there at a time, about


def encoded(encode: Encode, where: str, given: Any) -> Inputs:
    """A sequence that is given in memory.

    Args:
        encode: as the network reads it.
        where: messages place it.
        given: numbers (T, F) with the columns in order; strings (T,), where it is of symbols; or with the columns by
            their names: a data frame, a mapping of T values each, or a list of T mappings.

    Raises:
        DataError: it is something else.
    """
    width, names = encode.width, [name for name, _ in encode.kinds]
    if (steps := _named(where, given, names)) is not None:
        places = [f"{where}[{place}]" for place in range(len(steps))] if len(steps) > 1 else [where]
        read = [rows.read(place, step, encode.kinds) for place, step in zip(places, steps, strict=False)]
        if not read:
            raise DataError(f"{where}: expected at least one step; found none")
        if encode.of_symbols:
            return encode.names([str(value or "") for (value,) in read])
        return encode(np.array([encode.numbers(values) for values in read]))
    if encode.of_symbols and _strings(given):
        return encode.names(given)
    try:
        values = np.asarray(given, np.float64)
    except (TypeError, ValueError, OverflowError):
        example = ", ".join(f"{name!r}: …" for name in names[:2]) + ", …" * (len(names) > 2)
        raise DataError(
            f"{where}: expected an array of numbers; found {given!r:.60}",
            f"a data frame, or a list of {{{example}}} for each step, has columns by their names",
        ) from None
    values = values[:, None] if values.ndim == 1 and width == 1 else values
    if values.ndim != 2 or values.shape[1] != width or not len(values):
        raise DataError(f"{where}: expected numbers (steps, {width}); found an array {values.shape}")
    if (infinite := np.isinf(values).any(axis=1)).any():
        raise DataError(
            f"{where}[{infinite.argmax()}]: expected finite numbers; found infinity", "NaN is a missing value"
        )
    encode.check(where, values)
    return encode(values)


def _named(where: str, given: Any, names: Sequence[str]) -> list[dict[str, Any]] | None:
    """Steps of a sequence whose columns have names; None where they have none."""
    if isinstance(given, list | tuple) and given and all(isinstance(step, Mapping) for step in given):
        return list(given)
    if not isinstance(given, Mapping) and not is_frame(given):
        return None
    found = list(getattr(given, "columns", given))
    picked = {name: given[found[pick(where, "features", name, list(map(str, found)))[0]]] for name in names}
    for name, column in picked.items():
        if not isinstance(column, Collection):
            raise DataError(f"{where}: column {name!r}: expected a value for each step; found {column!r:.60}")
        if len(column) != len(picked[names[0]]):
            raise DataError(
                f"{where}: column {name!r}: expected {len(picked[names[0]]):,} steps, as {names[0]!r} has; "
                f"found {len(column):,}"
            )
    return [dict(zip(picked, step, strict=True)) for step in zip(*picked.values(), strict=True)]


def _strings(given: Any) -> bool:
    return is_list(given) and len(given) > 0 and all(isinstance(step, str) for step in given)


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
