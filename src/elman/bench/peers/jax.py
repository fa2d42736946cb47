"""JAX: whole loops in one `jit`, compiled ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from elman.bench import listing
from elman.bench.peers.engine import flat
from elman.bench.problems import Adder, Adders, Model, Scoring, Streaming, Training
from elman.bench.race import Run, Runner

LONGEST = 1000  # updates in one go


# --- W1 ---


def product(matrix: Any, vector: Any) -> Any:
    """As one writes it."""
    return matrix @ vector


def fused_product(matrix: Any, vector: Any) -> Any:
    """A sum of element-wise products, which XLA fuses with what is around it."""
    return (matrix * vector).sum(1)


def adder(p: Adder, product: Callable[[Any, Any], Any]) -> Runner:
    """A scan over updates around a scan over steps; `product` of a matrix and a vector."""
    jax: Any = import_module("jax")

    def loss(weights: Any, x: Any, targets: Any) -> Any:
        w_in, w_hidden, w_out = weights

        def step(h: Any, x_t: Any) -> Any:
            h = jax.nn.sigmoid(product(w_in, x_t) + product(w_hidden, h))
            return h, h

        _, states = jax.lax.scan(step, jax.numpy.zeros(p.hidden), x, unroll=listing.BITS)
        return 0.5 * ((jax.nn.sigmoid(states @ w_out[0]) - targets) ** 2).sum()

    def update(weights: Any, example: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(weights, *example)
        return jax.tree.map(lambda w, g: w - p.rate * g, weights, gradients), value

    examples = jax.numpy.asarray(p.x), jax.numpy.asarray(p.targets)
    weights = jax.tree.map(jax.numpy.asarray, p.weights)

    train = scanned(update, weights, examples)

    def run(updates: int) -> Run:
        seconds, result, losses = train(updates)
        return Run(
            seconds, {"losses": np.asarray(losses), "changes": flat(*map(np.asarray, result)) - flat(*p.weights)}
        )

    return run


def scanned(update: Callable[[Any, Any], Any], weights: Any, examples: Any) -> Callable[[int], tuple[float, Any, Any]]:
    """Updates as one scan in one `jit`, which is compiled before the clock starts.

    Args:
        update: the next weights and a loss, of weights and an example.
        weights: that each call begins with.
        examples: one for each update, along their first axis.

    Returns:
        What makes so many updates: seconds, the last weights, the losses.
    """
    jax: Any = import_module("jax")

    @cache
    def compiled(updates: int) -> Any:
        loop = jax.jit(lambda weights, examples: jax.lax.scan(update, weights, examples))
        some = jax.tree.map(lambda a: a[:updates], examples)
        return partial(loop.lower(weights, some).compile(), weights, some)

    def train(updates: int) -> tuple[float, Any, Any]:
        loop = compiled(updates)
        began = perf_counter()
        result, losses = jax.block_until_ready(loop())
        return perf_counter() - began, result, losses

    return train


# --- W9 ---


def adders(p: Adders, last: bool) -> Runner:
    """`vmap` over networks inside a scan over updates, in one `jit`; networks are the first axis or the last.

    Products as sums, which XLA fuses; matrix products of so many small matrices took several times as long.
    """
    jax: Any = import_module("jax")
    axis = -1 if last else 0

    def loss(weights: Any, x: Any, targets: Any) -> Any:
        w_in, w_hidden, w_out = weights

        def step(h: Any, x_t: Any) -> Any:
            h = jax.nn.sigmoid(fused_product(w_in, x_t) + fused_product(w_hidden, h))
            return h, h

        _, states = jax.lax.scan(step, jax.numpy.zeros(p.each[0].hidden), x, unroll=listing.BITS)
        return 0.5 * ((jax.nn.sigmoid((states * w_out[0]).sum(1)) - targets) ** 2).sum()

    def one(weights: Any, x: Any, targets: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(weights, x, targets)
        return jax.tree.map(lambda w, g: w - p.each[0].rate * g, weights, gradients), value

    every = jax.vmap(one, in_axes=axis, out_axes=(axis, 0))
    weights = tuple(jax.numpy.asarray(np.moveaxis(w, 0, axis)) for w in p.weights)
    # Updates first, so that a scan goes over them.
    examples = tuple(jax.numpy.asarray(np.moveaxis(a.swapaxes(0, 1), 1, axis or 1)) for a in (p.x, p.targets))

    train = scanned(lambda w, some: every(w, *some), weights, examples)

    def run(updates: int) -> Run:
        seconds, result, losses = train(updates)
        moved = [np.moveaxis(np.asarray(w), axis, 0) - start for w, start in zip(result, p.weights, strict=True)]
        changes = np.concatenate([one.reshape(p.count, -1) for one in moved], axis=1)
        return Run(seconds, {"losses": np.asarray(losses).T, "changes": changes})

    return run


# --- language models ---

Weights = Mapping[str, Any]  # by PyTorch's names and in its shapes
Cell = Callable[[Any, Any, Any], Any]


def cell(name: str) -> Cell:
    """(what the input gives, what h gives, states) -> states, of which the first is h."""
    jax: Any = import_module("jax")
    sigmoid, tanh, split = jax.nn.sigmoid, jax.numpy.tanh, jax.numpy.split

    def rnn(driven: Any, recurrent: Any, states: Any) -> Any:
        return (tanh(driven + recurrent),)

    def lstm(driven: Any, recurrent: Any, states: Any) -> Any:
        i, f, g, o = split(driven + recurrent, 4, -1)
        c = sigmoid(f) * states[1] + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c

    def gru(driven: Any, recurrent: Any, states: Any) -> Any:
        (r_x, z_x, n_x), (r_h, z_h, n_h) = split(driven, 3, -1), split(recurrent, 3, -1)
        z = sigmoid(z_x + z_h)
        n = tanh(n_x + sigmoid(r_x + r_h) * n_h)
        return ((1 - z) * n + z * states[0],)

    return {"rnn": rnn, "lstm": lstm, "gru": gru}[name]


def zeros(model: Model, *shape: int) -> Any:
    """States of all layers."""
    jax: Any = import_module("jax")
    h = jax.numpy.zeros((*shape, model.hidden))
    return [(h, h) if model.cell == "lstm" else (h,)] * model.layers


def driven(w: Weights, layer: int, below: Any) -> Any:
    """What a layer's input gives; symbols are looked up."""
    weights, bias = w[f"weight_ih_l{layer}"], w[f"bias_ih_l{layer}"]
    return (weights.T[below] if layer == 0 else below @ weights.T) + bias


def forward(model: Model, w: Weights, x: Any, states: Any) -> tuple[Any, Any]:
    """Logits (T, B, V) of symbols (T, B), and the states after them: a scan per layer, input products before it."""
    jax: Any = import_module("jax")
    advance, below, final = cell(model.cell), x, []
    for layer in range(model.layers):
        weights, bias = w[f"weight_hh_l{layer}"].T, w[f"bias_hh_l{layer}"]

        def step(states: Any, driven: Any, weights: Any = weights, bias: Any = bias) -> Any:
            states = advance(driven, states[0] @ weights + bias, states)
            return states, states[0]

        last, below = jax.lax.scan(step, states[layer], driven(w, layer, below))
        final.append(last)
    return below @ w["head.weight"].T + w["head.bias"], final


def likelihoods(logits: Any, targets: Any) -> Any:
    """The logarithms of the targets' probabilities."""
    jax: Any = import_module("jax")
    return jax.numpy.take_along_axis(jax.nn.log_softmax(logits), targets[..., None], -1)[..., 0]


def trainer(p: Training) -> Runner:
    """A loop over updates around scans over steps; inputs are looked up, weights transposed outside the scans.

    A loop over one-hot inputs, unrolled scans, and a Python loop around one compiled update were slower.
    """
    jax: Any = import_module("jax")
    jnp = jax.numpy

    def loss(w: Weights, states: Any, x: Any, targets: Any) -> Any:
        logits, states = forward(p.model, w, x, states)
        return -likelihoods(logits, targets).mean(), states

    def adam(count: Any, w: Any, gradient: Any, first: Any, second: Any) -> Any:
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        root = jnp.sqrt(second / (1 - 0.999**count))
        return w - p.rate / (1 - 0.9**count) * first / (root + 1e-8), first, second

    def adagrad(count: Any, w: Any, gradient: Any, first: Any, second: Any) -> Any:
        second = second + gradient**2
        return w - p.rate * gradient / (jnp.sqrt(second) + 1e-10), first, second

    rule = {"adam": adam, "adagrad": adagrad}[p.optimizer]
    texts = [jnp.stack([jnp.asarray(p.text[window[side]]) for window in p.window]) for side in (0, 1)]
    fresh = zeros(p.model, p.batch)

    def update(u: Any, everything: Any) -> Any:
        w, first, second, states, losses = everything
        window = u % p.windows
        start = jax.tree.map(lambda s: jnp.where(window > 0, s, 0), states) if p.carry else fresh
        (value, states), gradient = jax.value_and_grad(loss, has_aux=True)(w, start, *(text[window] for text in texts))
        if p.clip is not None:
            norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in gradient.values()))
            gradient = {name: g * jnp.minimum(1.0, p.clip / (norm + 1e-6)) for name, g in gradient.items()}
        new = {name: rule(u + 1.0, w[name], gradient[name], first[name], second[name]) for name in w}
        parts = ({name: part[k] for name, part in new.items()} for k in range(3))
        return *parts, states, losses.at[u].set(value)

    weights = {name: jnp.asarray(values) for name, values in p.model.parameters().items()}
    nothing = {name: jnp.zeros_like(values) for name, values in weights.items()}
    start = (weights, nothing, nothing, fresh, jnp.zeros(LONGEST))
    loop = jax.jit(lambda updates, start: jax.lax.fori_loop(0, updates, update, start)).lower(0, start).compile()

    def run(updates: int) -> Run:
        began = perf_counter()
        after, *_, losses = jax.block_until_ready(loop(updates, start))
        seconds = perf_counter() - began
        moved = flat(*(np.asarray(after[name] - values) for name, values in weights.items()))
        return Run(seconds, {"losses": np.asarray(losses)[:updates], "changes": moved})

    return run


def streamer(p: Streaming) -> Runner:
    """All symbols in one `jit`: nobody can look at one before the last is drawn."""
    jax: Any = import_module("jax")
    jnp = jax.numpy
    w = {name: jnp.asarray(values) for name, values in p.model.parameters().items()}
    uniform = jnp.asarray(p.uniform)

    def step(carried: Any, uniform_t: Any) -> Any:
        x, states = carried
        logits, states = forward(p.model, w, x[None, None], states)
        sums = jnp.exp(logits[0, 0] - logits.max()).cumsum()
        x = jnp.searchsorted(sums, uniform_t * sums[-1], side="right")
        return (x, states), x

    start = jnp.asarray(0), zeros(p.model, 1)

    @cache
    def compiled(count: int) -> Any:
        loop = jax.jit(lambda start, uniform: jax.lax.scan(step, start, uniform))
        return partial(loop.lower(start, uniform[:count]).compile(), start, uniform[:count])

    def run(count: int) -> Run:
        loop = compiled(count)
        began = perf_counter()
        _, drawn = jax.block_until_ready(loop())
        seconds = perf_counter() - began
        return Run(seconds, {"symbols": np.asarray(drawn)})

    return run


def scorer(p: Scoring) -> Runner:
    """A scan over windows in one `jit`."""
    jax: Any = import_module("jax")
    w = {name: jax.numpy.asarray(values) for name, values in p.model.parameters().items()}

    def window(states: Any, texts: Any) -> Any:
        x, targets = texts
        logits, states = forward(p.model, w, x, states)
        return states, -likelihoods(logits, targets).sum(0)

    def loop(x: Any, targets: Any) -> Any:
        return jax.lax.scan(window, zeros(p.model, p.batch), (x, targets))[1].sum(0)

    @cache
    def compiled(symbols: int) -> Any:
        windows = p.windows(symbols)
        texts = [jax.numpy.stack([jax.numpy.asarray(p.text[one[side]]) for one in windows]) for side in (0, 1)]
        return partial(jax.jit(loop).lower(*texts).compile(), *texts)

    def run(symbols: int) -> Run:
        score = compiled(symbols)
        began = perf_counter()
        losses = jax.block_until_ready(score())
        return Run(perf_counter() - began, {"losses": np.asarray(losses)})

    return run
