"""A network learns to add, in NumPy: the listing of a tutorial, and the same loop tightened.

The listing is written anew in the style of the tutorials that teach recurrence by it.

What a reader of such a tutorial recognises: a table of binary codes; in each update two random operands, and a loop
over the positions of their bits from the right end of the codes; a 1×2 array per position, `np.dot` for each product,
lists that grow by one entry per step, the hidden layer deep-copied for the next one; a second loop that reads those
lists from their ends; three arrays in which the changes of the weights are summed up, added, and set to zero again.
Print-outs, and the rounded answers that they show, are left out: it is a little faster than such listings are.

The tightened loop does for all steps at once what need not be done step by step, and keeps its arrays.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

BITS = 8
LARGEST = 2**BITS
CODES = np.unpackbits(np.arange(LARGEST, dtype=np.uint8)[:, None], axis=1)


def sigmoid(x: Array) -> Array:
    """The nonlinearity."""
    return 1 / (1 + np.exp(-x))


def slope(y: Array) -> Array:
    """The derivative of the sigmoid, from its output."""
    return y * (1 - y)


def learn(
    w_in: Array, w_hidden: Array, w_out: Array, rate: float, updates: int, rng: np.random.Generator
) -> list[float]:
    """Changes the weights (2, H), (H, H), (H, 1) in place; returns the loss of each update."""
    hidden_size = len(w_hidden)
    change_in = np.zeros_like(w_in)
    change_hidden = np.zeros_like(w_hidden)
    change_out = np.zeros_like(w_out)
    losses = []

    for _ in range(updates):
        a_number = rng.integers(LARGEST // 2)
        a = CODES[a_number]
        b_number = rng.integers(LARGEST // 2)
        b = CODES[b_number]
        c = CODES[a_number + b_number]

        loss = 0.0
        out_deltas: list[Array] = []
        hidden_layers: list[Array] = [np.zeros(hidden_size)]

        for position in range(BITS):
            x = np.array([[a[BITS - position - 1], b[BITS - position - 1]]])
            target = np.array([[c[BITS - position - 1]]])
            hidden = sigmoid(np.dot(x, w_in) + np.dot(hidden_layers[-1], w_hidden))
            out = sigmoid(np.dot(hidden, w_out))
            error = target - out
            out_deltas.append(error * slope(out))
            loss += 0.5 * error[0][0] ** 2
            hidden_layers.append(copy.deepcopy(hidden))

        later_delta = np.zeros(hidden_size)

        for position in range(BITS):
            x = np.array([[a[position], b[position]]])
            hidden = hidden_layers[-position - 1]
            earlier = hidden_layers[-position - 2]
            out_delta = out_deltas[-position - 1]
            delta = (np.dot(later_delta, w_hidden.T) + np.dot(out_delta, w_out.T)) * slope(hidden)
            change_out += np.dot(np.atleast_2d(hidden).T, out_delta)
            change_hidden += np.dot(np.atleast_2d(earlier).T, delta)
            change_in += np.dot(x.T, delta)
            later_delta = delta

        w_in += change_in * rate
        w_hidden += change_hidden * rate
        w_out += change_out * rate
        change_in *= 0
        change_hidden *= 0
        change_out *= 0
        losses.append(loss)

    return losses


def learn_tightened(w_in: Array, w_hidden: Array, w_out: Array, rate: float, x: Array, targets: Array) -> list[float]:
    """The same updates: weights (H, 2), (H, H), (1, H), changed in place; x (U, T, 2) and targets (U, T) ready-made."""
    steps, hidden_size = x.shape[1], len(w_hidden)
    h = np.zeros((steps + 1, hidden_size), x.dtype)  # h[t] enters step t, h[t + 1] leaves it
    deltas = np.zeros_like(h)  # deltas[t] of step t; nothing comes after the last step
    losses = []

    for x_u, target in zip(x, targets, strict=True):
        driven = x_u @ w_in.T
        for t in range(steps):
            h[t + 1] = sigmoid(driven[t] + w_hidden @ h[t])
        out = sigmoid(h[1:] @ w_out[0])
        error = out - target
        out_deltas = error * slope(out)

        slopes, from_out = slope(h[1:]), np.outer(out_deltas, w_out[0])
        for t in reversed(range(steps)):
            deltas[t] = (deltas[t + 1] @ w_hidden + from_out[t]) * slopes[t]

        w_in -= rate * (deltas[:-1].T @ x_u)
        w_hidden -= rate * (deltas[:-1].T @ h[:-1])
        w_out -= rate * (out_deltas @ h[1:])
        losses.append(0.5 * float(error @ error))

    return losses
