"""Rows that are answered while they arrive, of several sequences at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from elman.errors import ConfigError
from elman.network import Network
from elman.network.checks import Array
from elman.tables.rows import Row, rows
from elman.tasks.labelled.answering import StepByStep
from elman.tasks.labelled.codec import Codec, Encode

KINDS = ("number", "boolean", "category")
NO_ID = "-"


def followed(
    known: Codec, network: Network, lines: Iterable[str], delimiter: str | None, note: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """As `FollowsRows.follow` has it. Each sequence is remembered, and no row."""
    encode = known.encode()
    features = encode.kinds
    for name, kind in features:
        if kind not in KINDS:
            hint = "each row is a whole text: without --follow it is answered" * (kind == "text")
            raise ConfigError(
                f"--follow: expected features of the kinds {', '.join(KINDS)}; found {name!r}, a {kind}", hint
            )
    step = StepByStep(known, network)
    begun = [one.copy() for one in step.memory]
    memories: dict[str, list[Array]] = {}
    current: str | None = None
    values = _Values(known, encode, note)
    for row in rows("stdin", lines, known.columns, features, delimiter):
        if row.id != current:
            if current is not None:
                memories[current] = [one.copy() for one in step.memory]
            for now, then in zip(step.memory, memories.get(row.id, begun), strict=True):
                now[...] = then
            current = row.id
        yield {"id": row.id or NO_ID, **step.step(values(row))}


class _Values:
    """Rows as `StepByStep` takes them; what training had not is said once."""

    def __init__(self, known: Codec, encode: Encode, note: Callable[[str], None]) -> None:
        self._features, self._encode = known.encoding.features, encode
        self._known = [frozenset(one.categories) for one in self._features]
        self._note, self._said = note, set[tuple[str, Any]]()

    def __call__(self, row: Row) -> str | list[float]:
        for one, known, value in zip(self._features, self._known, row.values, strict=True):
            if (value is None and not one.missing) or (isinstance(value, str) and value not in known):
                self._tell(row.place, one.name, value)
        return str(row.values[0] or "") if self._encode.of_symbols else self._encode.numbers(row.values)

    def _tell(self, place: str, name: str, value: Any) -> None:
        if (name, value) not in self._said:
            self._said.add((name, value))
            what = "no value" if value is None else f"the value {value!r}"
            self._note(f"{place}: {name!r} has {what}, which training had not (it is said once)")
