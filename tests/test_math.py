"""exp, tanh and sigmoid of the kernels, against long double (or double, where that is no longer), and the softmax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from elman import _engine

Floats = NDArray[Any]
DTYPES = [np.float32, np.float64]

# Errors in units in the last place. The worst that were met among every third float32 and some 30 million float64, with
# fused multiply-add and without:
#             exp    tanh   sigmoid
#   float32   1.05   2.42   2.48
#   float64   1.00   2.58   2.45
BOUNDS = {"exp": 1.1, "tanh": 2.7, "sigmoid": 2.6}


def engine(name: str, x: Floats) -> Floats:
    result = np.empty_like(x)
    getattr(_engine, name)(x, result)
    return result


def sigmoid(x: Floats) -> Floats:
    y: Floats = 1 / (1 + np.exp(-x))
    return y


EXACT: dict[str, Callable[[Floats], Floats]] = {"exp": np.exp, "tanh": np.tanh, "sigmoid": sigmoid}


def inputs(name: str, dtype: Any) -> Floats:
    """Numbers of every size, down to the smallest, as far as the result neither overflows nor is 0 by underflow."""
    limits = np.finfo(dtype)
    low, high = float(np.log(limits.smallest_subnormal)), float(np.log(limits.max))
    if name == "sigmoid":
        low = float(np.log(limits.tiny))
    rng = np.random.default_rng(0)
    parts = [
        rng.uniform(low, high, 200_000),
        rng.uniform(-40, 40, 200_000),
        rng.uniform(-1, 1, 200_000),
        *(sign * np.geomspace(limits.tiny, 1, 20_000) for sign in (-1, 1)),
        *(sign * np.arange(100) * float(limits.smallest_subnormal) for sign in (-1, 1)),
    ]
    x: Floats = np.concatenate(parts).astype(dtype)
    return x[(x >= low) & (x <= high)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BOUNDS)
def test_error_is_within_its_bound(name: str, dtype: Any) -> None:
    x = inputs(name, dtype)
    wanted = EXACT[name](x.astype(np.longdouble))
    units = np.spacing(abs(wanted).astype(dtype)).astype(np.longdouble)
    errors = abs(engine(name, x).astype(np.longdouble) - wanted) / units
    worst = np.argmax(errors)
    assert errors[worst] <= BOUNDS[name], f"{name}({x[worst]!r}) is {float(errors[worst])} units off"


@pytest.mark.parametrize("dtype", DTYPES)
def test_infinities_zeros_and_nan_are_those_of_the_standard_functions(dtype: Any) -> None:
    x = np.array([-np.inf, -0.0, 0.0, np.inf, np.nan], dtype)
    np.testing.assert_array_equal(engine("exp", x), [0, 1, 1, np.inf, np.nan])
    np.testing.assert_array_equal(engine("tanh", x), [-1, 0, 0, 1, np.nan])
    np.testing.assert_array_equal(engine("sigmoid", x), [0, 0.5, 0.5, 1, np.nan])


@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_reaches_the_smallest_and_the_largest_numbers_and_ends_there(dtype: Any) -> None:
    limits = np.finfo(dtype)
    low, high = np.log(limits.smallest_subnormal), np.log(limits.max)
    x = np.array([-limits.max, low - 1, low, high - 1e-4, high + 1e-4, limits.max], dtype)
    y = engine("exp", x)
    np.testing.assert_array_equal(y[[0, 1, 2, 4, 5]], [0, 0, limits.smallest_subnormal, np.inf, np.inf])
    assert limits.max / 1.001 < y[3] < limits.max


@pytest.mark.parametrize("dtype", DTYPES)
def test_tanh_and_sigmoid_never_leave_their_range(dtype: Any) -> None:
    largest = np.finfo(dtype).max
    x = np.array([-largest, -1e4, 1e4, largest], dtype)
    np.testing.assert_array_equal(engine("tanh", x), [-1, -1, 1, 1])
    # What would be below the smallest normal number is 0.
    np.testing.assert_array_equal(engine("sigmoid", x), [0, 0, 1, 1])
    assert abs(engine("tanh", inputs("tanh", dtype))).max() == 1
    y = engine("sigmoid", inputs("sigmoid", dtype))
    assert y.min() >= 0
    assert y.max() == 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_tanh_is_odd(dtype: Any) -> None:
    x = inputs("tanh", dtype)
    np.testing.assert_array_equal(engine("tanh", -x), -engine("tanh", x))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BOUNDS)
def test_place_in_a_vector_makes_no_difference(name: str, dtype: Any) -> None:
    x = np.linspace(-9, 9, 67, dtype=dtype)
    whole = engine(name, x)
    for end in range(len(x)):
        np.testing.assert_array_equal(engine(name, x[:end]), whole[:end])
        np.testing.assert_array_equal(engine(name, x[end:].copy()), whole[end:])


# --- answers out of very many outputs ---


def terms_of(rng: np.random.Generator, size: int, dtype: Any) -> dict[str, Any]:
    """Terms of all items, (1 + 2, V), and of some: (C,), (4, C) and (2, F)."""
    some, first = (size + 1) // 2, size // 3
    items = rng.permutation(size)[:some].astype(np.int32)
    dense, counts, given = (rng.normal(size=shape).astype(dtype) for shape in ((3, size), (4, some), (2, first)))
    return {"first": dense[0], "others": dense[1:], "items": items, "counts": counts, "given": given}


def in_full(first: Any, others: Any, items: Any, counts: Any, given: Any) -> Any:
    """All of these terms (9, V)."""
    found = np.zeros((9, len(first)))
    found[:3] = [first, *others]
    found[3:7, items], found[7:, items[: given.shape[1]]] = counts, given
    return found


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1, 7, 64, 300, 70_001])
def test_sums_of_terms_and_of_probabilities_are_exact_to_rounding(
    rng: np.random.Generator, size: int, dtype: Any
) -> None:
    weights, terms = rng.normal(size=9).astype(dtype), terms_of(rng, size, dtype)
    sums = np.empty(size, dtype)
    _engine.mixed(weights, **terms, to=sums)
    np.testing.assert_allclose(sums, weights.astype(float) @ in_full(**terms), atol=16 * np.finfo(dtype).eps)
    for values in (sums, sums - dtype(1e3), np.append(sums, dtype(80)), np.append(sums, dtype(-np.inf))):
        exact = np.logaddexp.reduce(np.sort(values.astype(np.longdouble)))
        assert abs(_engine.log_sum_exp(values) - exact) < 2 * np.finfo(dtype).eps * max(1, abs(exact))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1, 7, 300])
def test_shortlist_has_all_that_is_known_of_the_best(rng: np.random.Generator, size: int, dtype: Any) -> None:
    terms, context = terms_of(rng, size, dtype), np.arange(2, dtype=np.float32)
    logits: Any = rng.normal(size=size).astype(dtype)
    for _ in range(2):  # nothing is left over from the first time
        items, known = _engine.shortlist(logits, 20, **terms, context=context)
        assert items.tolist() == np.argsort(-logits)[:20].tolist()
        assert known.dtype == np.float32
        np.testing.assert_array_equal(known[:, :9], in_full(**terms).T[items].astype(np.float32))
        np.testing.assert_array_equal(known[:, 9:], [context] * len(items))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1, 63, 64, 700])
@pytest.mark.parametrize("k", [1, 5, 20, 1000])
def test_highest_values_are_found_as_by_sorting(rng: np.random.Generator, size: int, k: int, dtype: Any) -> None:
    values = rng.integers(0, 30, size).astype(dtype)  # many are equal
    values[rng.random(size) < 0.3] = -np.inf
    expected = sorted((place for place in range(size) if values[place] > -np.inf), key=lambda place: -values[place])
    assert _engine.highest(values, k).tolist() == expected[:k]


def test_arrays_that_do_not_fit_are_refused() -> None:
    one, two, rows = np.ones(1), np.ones(2), np.ones((1, 2))
    items, column, context = np.zeros(1, np.int32), np.ones((1, 1)), np.zeros(1, np.float32)
    four = np.ones(4)
    _engine.mixed(four, two, rows, items, column, column, two)
    for call in (
        lambda: _engine.mixed(two, two, rows, items, column, column, two),
        lambda: _engine.mixed(four, one, rows, items, column, column, two),
        lambda: _engine.mixed(four, two, rows, items - 1, column, column, two),
        lambda: _engine.mixed(four, two, rows, items + 2, column, column, two),
        lambda: _engine.mixed(four, two, rows, items, rows, column, two),
        lambda: _engine.mixed(four, two, rows, items, column, rows, two),
        lambda: _engine.mixed(four, two, rows, items, column, column, one),
        lambda: _engine.shortlist(one, 1, two, rows, items, column, column, context),
        lambda: _engine.shortlist(two, 0, two, rows, items, column, column, context),
        lambda: _engine.shortlist(two, 1, two, rows, items + 2, column, column, context),
        lambda: _engine.log_sum_exp(one[:0]),
        lambda: _engine.highest(one, 0),
    ):
        with pytest.raises(ValueError, match="expected"):
            call()
