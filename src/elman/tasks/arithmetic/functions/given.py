"""The machines of a function, in whatever way it is given."""

from __future__ import annotations

from typing import Any

from elman.errors import ConfigError, ElmanError
from elman.tasks.arithmetic.digits import OTHER, Definition
from elman.tasks.arithmetic.functions import define, observed
from elman.tasks.arithmetic.functions.examples import from_examples
from elman.tasks.arithmetic.probes import constants


def machines_of(function: Any, base: int, order: str | None) -> list[Definition]:
    """Of a function in this order, or in both, as far as there is one; or an error that says why there is none."""
    found: list[Definition] = []
    errors: list[ElmanError] = []
    for one in OTHER if order is None else (order,):
        try:
            found.append(_machine(function, base, one))
        except ElmanError as error:
            errors.append(error)
    if found:
        return found
    raise min(errors, key=lambda error: "order" in error.hint)  # the other order was tried


def _machine(function: Any, base: int, order: str) -> Definition:
    """Of an expression, of a Python function, or of examples."""
    if isinstance(function, str):
        return define(function, base, order)
    if callable(function):
        return observed(function, _arity(function), base, order, constants=constants(function))
    return from_examples(function, base, order)


def _arity(function: Any) -> int:
    code = getattr(function, "__code__", None)
    count = code.co_argcount if code is not None else 0
    if not 1 <= count <= 8:
        raise ConfigError(f"function: expected a Python function of 1 to 8 whole numbers; found {function!r:.60}")
    return int(count)
