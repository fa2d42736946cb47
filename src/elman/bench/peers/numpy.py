"""NumPy: the tutorial's listing, and loops over time with everything else in whole arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np

from elman.bench import listing
from elman.bench.peers.engine import flat
from elman.bench.peers.stepping import Step, stepping
from elman.bench.problems import Adder, Folded, Scoring, Streaming, Training
from elman.bench.race import Run, Runner
from elman.network.checks import Array

# --- W1 ---


def adder_listing(p: Adder) -> Runner:
    """The tutorial's page, in NumPy's usual float64."""

    def run(updates: int) -> Run:
        w_in, w_hidden, w_out = (w.T.astype(np.float64) for w in p.weights)
        began = perf_counter()
        losses = listing.learn(w_in, w_hidden, w_out, p.rate, updates, np.random.default_rng(p.seed))
        seconds = perf_counter() - began
        moved = flat(w_in.T, w_hidden.T, w_out.T) - flat(*p.weights)
        return Run(seconds, {"losses": np.array(losses), "changes": moved})

    return run


def adder_tightened(p: Adder) -> Runner:
    """The same updates with NumPy used as well as it can be."""

    def run(updates: int) -> Run:
        w_in, w_hidden, w_out = (w.copy() for w in p.weights)
        began = perf_counter()
        losses = listing.learn_tightened(w_in, w_hidden, w_out, p.rate, p.x[:updates], p.targets[:updates])
        seconds = perf_counter() - began
        moved = flat(w_in, w_hidden, w_out) - flat(*p.weights)
        return Run(seconds, {"losses": np.array(losses), "changes": moved})

    return run


# --- LSTMs ---


def sigmoid(x: Array) -> Array:
    """In place."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.reciprocal(x, out=x)


@dataclass(frozen=True)
class Layer:
    """What a layer did: slot t of h and c enters step t, slot t + 1 leaves it."""

    h: Array  # (T + 1, B, H)
    c: Array
    tanh_c: Array  # (T, B, H)
    gates: Array  # (T, B, 4H): i, f, g, o


def forward(driven: Array, weights: Array, h: Array, c: Array) -> Layer:
    """A layer: `driven` (T, B, 4H) is what its inputs give, and becomes the gates; weights (4H, H)."""
    steps, rows, size = len(driven), *h.shape
    hs, cs = (np.empty((steps + 1, rows, size), np.float32) for _ in range(2))
    hs[0], cs[0] = h, c
    tanh_c, transposed = np.empty((steps, rows, size), np.float32), np.ascontiguousarray(weights.T)
    for t, gates in enumerate(driven):
        gates += hs[t] @ transposed
        cell = gates[:, 2 * size : 3 * size]
        np.tanh(cell, out=cell)
        sigmoid(gates[:, : 2 * size])
        sigmoid(gates[:, 3 * size :])
        i, f, g, o = np.split(gates, 4, axis=1)
        np.multiply(f, cs[t], out=cs[t + 1])
        cs[t + 1] += i * g
        np.tanh(cs[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=hs[t + 1])
    return Layer(hs, cs, tanh_c, driven)


def backward(layer: Layer, weights: Array, dh: Array) -> Array:
    """The gradient of what drives a layer (T, B, 4H), from that of its outputs (T, B, H)."""
    result = np.empty_like(layer.gates)
    dh_later = dc = np.zeros_like(layer.h[0])
    for t in reversed(range(len(dh))):
        i, f, g, o = np.split(layer.gates[t], 4, axis=1)
        tanh_c, total = layer.tanh_c[t], dh[t] + dh_later
        dc = dc + total * o * (1 - tanh_c * tanh_c)
        di, df, dg, do = np.split(result[t], 4, axis=1)
        di[...] = dc * g * i * (1 - i)
        df[...] = dc * layer.c[t] * f * (1 - f)
        dg[...] = dc * i * (1 - g * g)
        do[...] = total * tanh_c * o * (1 - o)
        dc = dc * f
        dh_later = result[t] @ weights
    return result


def drive(w: Mapping[str, Array], layer: int, below: Array) -> Array:
    """What a layer's inputs give (T, B, 4H); symbols are looked up."""
    weights = w[f"weight_ih_l{layer}"].T
    driven: Array = below @ weights if layer else weights[below]
    driven += w[f"bias_ih_l{layer}"] + w[f"bias_hh_l{layer}"]
    return driven


def loss_and_gradient(w: Mapping[str, Array], layers: int, x: Array, targets: Array) -> tuple[float, dict[str, Array]]:
    """The mean cross-entropy of symbols (T, B) and its gradient by each parameter; states start at zero."""
    steps, rows = x.shape
    symbols, size = w["head.weight"].shape
    nothing = np.zeros((rows, size), np.float32)
    passed: list[Layer] = []
    for layer in range(layers):
        driven = drive(w, layer, passed[-1].h[1:] if passed else x)
        passed.append(forward(driven, w[f"weight_hh_l{layer}"], nothing, nothing))

    top = passed[-1].h[1:].reshape(-1, size)
    logits = top @ w["head.weight"].T + w["head.bias"]
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits)
    sums = p.sum(axis=1, keepdims=True)
    places = np.arange(steps * rows), targets.ravel()
    loss = float(np.log(sums).mean() - logits[places].mean())
    p /= sums
    p[places] -= 1
    p /= steps * rows

    gradient = {"head.weight": p.T @ top, "head.bias": p.sum(axis=0)}
    dh = (p @ w["head.weight"]).reshape(steps, rows, size)
    one_hot = np.eye(symbols, dtype=np.float32)[x]
    for layer in reversed(range(layers)):
        da = backward(passed[layer], w[f"weight_hh_l{layer}"], dh)
        flat_da = da.reshape(-1, 4 * size)
        below = passed[layer - 1].h[1:] if layer else one_hot
        gradient[f"weight_ih_l{layer}"] = flat_da.T @ below.reshape(steps * rows, -1)
        gradient[f"weight_hh_l{layer}"] = flat_da.T @ passed[layer].h[:-1].reshape(-1, size)
        gradient[f"bias_ih_l{layer}"] = gradient[f"bias_hh_l{layer}"] = flat_da.sum(axis=0)
        if layer:
            dh = da @ w[f"weight_ih_l{layer}"]
    return loss, gradient


def trainer(p: Training) -> Runner:
    """Adam on one flat vector, of which the parameters are views."""
    network = p.model.network()
    parameters, start = network.parameters, network.parameters.flat.copy()

    def run(updates: int) -> Run:
        parameters.flat = start
        first, second = np.zeros_like(start), np.zeros_like(start)
        losses = []
        began = perf_counter()
        for u in range(updates):
            inputs, targets = p.window[u % p.windows]
            loss, named = loss_and_gradient(parameters, p.model.layers, p.text[inputs], p.text[targets])
            gradient = np.concatenate([named[name].ravel() for name in parameters])
            if p.clip is not None:
                gradient *= min(1, p.clip / (float(np.linalg.norm(gradient)) + 1e-6))
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient * gradient - second)
            root = np.sqrt(second / (1 - 0.999 ** (u + 1))) + 1e-8
            parameters.flat = parameters.flat - p.rate / (1 - 0.9 ** (u + 1)) * first / root
            losses.append(loss)
        return Run(perf_counter() - began, {"losses": np.array(losses), "changes": parameters.flat - start})

    return run


def streamer(p: Streaming) -> Runner:
    """A step of vectors, one product per layer."""
    folded, size = Folded.of(p.model), p.model.hidden

    def step(hs: list[Array], cs: list[Array], x: int) -> Array:
        for layer, (product, bias) in enumerate(zip(folded.products, folded.biases, strict=True)):
            if bias is None:
                a = folded.table[x] + product @ hs[0]
            else:
                a = bias + product @ np.concatenate(hs[layer - 1 : layer + 1])
            g = np.tanh(a[2 * size : 3 * size])
            i, f, _, o = sigmoid(a).reshape(4, size)
            cs[layer] = f * cs[layer] + i * g
            hs[layer] = o * np.tanh(cs[layer])
        return folded.head @ hs[-1] + folded.head_bias

    def fresh() -> Step:
        hs, cs = ([np.zeros(size, np.float32)] * p.model.layers for _ in range(2))
        return partial(step, hs, cs)

    return stepping(p, fresh)


def scorer(p: Scoring) -> Runner:
    """Layer by layer, window by window."""
    w, nothing = p.model.parameters(), np.zeros((p.batch, p.model.hidden), np.float32)

    def run(symbols: int) -> Run:
        states = [(nothing, nothing)] * p.model.layers
        total = np.zeros(p.batch)
        began = perf_counter()
        for inputs, targets in p.windows(symbols):
            below = p.text[inputs]
            for k in range(p.model.layers):
                layer = forward(drive(w, k, below), w[f"weight_hh_l{k}"], *states[k])
                below, states[k] = layer.h[1:], (layer.h[-1], layer.c[-1])
            total += negative_log_likelihood(below @ w["head.weight"].T + w["head.bias"], p.text[targets])
        return Run(perf_counter() - began, {"losses": total})

    return run


def negative_log_likelihood(logits: Array, targets: Array) -> Array:
    """Of each row (B,), summed over the steps; logits (T, B, V), which are lost, targets (T, B)."""
    chosen = np.take_along_axis(logits, targets[:, :, None], axis=2)[:, :, 0]
    most = logits.max(axis=2)
    logits -= most[:, :, None]
    np.exp(logits, out=logits)
    sums: Array = (np.log(logits.sum(axis=2)) + most - chosen).sum(axis=0, dtype=np.float64)
    return sums
