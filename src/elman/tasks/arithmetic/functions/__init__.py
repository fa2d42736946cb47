"""Functions of whole numbers as machines that work digit by digit: derived from expressions, found for others.

`define` is for expressions; `observed` for functions that can only be asked for values.
"""

from __future__ import annotations

import json
from functools import cache

from elman.errors import ConfigError
from elman.spelling import spelled
from elman.tasks.arithmetic.digits import OTHER, Definition, UnsettledError
from elman.tasks.arithmetic.functions.derive import ObscureError, derive
from elman.tasks.arithmetic.functions.expression import Expression, parse
from elman.tasks.arithmetic.functions.observed import check_symbols, observed

__all__ = ["define", "observed"]


@cache
def define(function: str, base: int, order: str) -> Definition:
    """The machine of an expression, or what `Definition.text` wrote; a ConfigError where there is none."""
    if function.startswith("{"):
        return _written(function, base, order)
    expression = parse(function)
    check_symbols(base, len(expression.names))
    try:
        return derive(expression, base, order)
    except UnsettledError as unsettled:
        unsettled.hint = _other(expression, base, order)
        raise


def _written(text: str, base: int, order: str) -> Definition:
    try:
        definition = Definition.of(json.loads(text))
    except (ValueError, RecursionError):
        definition = Definition.of(None)
    if (definition.base, definition.order) != (base, order):
        raise ConfigError(
            f"function: expected a machine for base {base}, {order} significant digit first; found a damaged one, for "
            f"base {definition.base}, {definition.order}"
        )
    return definition


def _other(expression: Expression, base: int, order: str) -> str:
    """What the other order would do."""
    try:
        derive(expression, base, OTHER[order])
    except ObscureError:
        return f"nor was one found with {spelled('order', OTHER[order])}"
    except UnsettledError:
        return "in the other order it is none either"
    except ConfigError as error:
        return f"nor was one found with {spelled('order', OTHER[order])}: {str(error).removeprefix('function: ')}"
    return spelled("order", OTHER[order])
