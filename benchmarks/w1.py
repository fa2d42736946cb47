"""W1, tiny: a network 2→16→1 without biases learns to add, one pair of numbers per update, with plain SGD.

Eight time steps; the loss is ½Σ(σ(y)-t)² over a pair's steps, the rate 0.1. There is next to no arithmetic in it: what
is measured is everything around it. Pairs are drawn and laid out off the clock, except in the listing, whose way it is
to draw and look them up within the loop.

PyTorch. `nn.RNN` knows tanh and relu, but not the sigmoid of the tutorial's network. A sigmoid cell written with
PyTorch's operations computes the very function, and in its fastest form (`addmv` on vectors; parameters updated under
`no_grad`, where any form of `torch.optim.SGD`, plain, foreach or fused, costs more) it is faster than `nn.RNN`, too: it
is the peer. `nn.RNN` as its documentation has it, with `torch.optim.SGD`, runs as well, in a race of its own against
elman with tanh, so that there, too, both sides compute the same.

JAX. The whole loop is one `jit`: a scan over updates around a scan over steps, compiled ahead. It runs twice: with the
products as one writes them, and as sums of element-wise products, which XLA fuses: the fastest form found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import listing
from benchmarks.harness import Contestant, Run, Updates, race
from benchmarks.report import Report, race_data, race_rows
from elman import SGD, Batch, Network, Plan, Trainer

Array = NDArray[Any]

HIDDEN = 16
RATE = 0.1
SEED = 0


@dataclass(frozen=True)
class Problem:
    """The same start and the same pairs for all: U updates of T steps, H hidden units."""

    nonlinearity: str
    x: Array  # (U, T, 2), the bits of the operands, from the right
    targets: Array  # (U, T), those of the sums
    weights: tuple[Array, Array, Array]  # (H, 2), (H, H), (1, H)


def problem(nonlinearity: str, scale: float, updates: int) -> Problem:
    """Weights uniform in ±scale, operands below 128."""
    # Drawn in one go, the pairs are those that the listing draws one number at a time.
    pairs = np.random.default_rng(SEED).integers(listing.LARGEST // 2, size=(updates, 2))
    bits = np.arange(listing.BITS)
    x = (pairs[:, None, :] >> bits[:, None] & 1).astype(np.float32)
    targets = (pairs.sum(axis=1)[:, None] >> bits & 1).astype(np.float32)
    rng = np.random.default_rng(SEED + 1)
    w_in, w_hidden, w_out = (rng.uniform(-scale, scale, (rows, HIDDEN)).astype(np.float32) for rows in (2, HIDDEN, 1))
    return Problem(nonlinearity, x, targets, (w_in.T.copy(), w_hidden, w_out))


def flat(*weights: Array) -> Array:
    """One vector, to be compared."""
    return np.concatenate([w.ravel() for w in weights])


# --- contestants ---


def engine(p: Problem) -> Updates:
    """One call of the engine: a Trainer with one Plan."""
    batch = Batch(inputs=p.x.swapaxes(0, 1), targets=p.targets.T[:, :, None])

    def updates(count: int) -> Run:
        network = Network(2, 1, cell="rnn", nonlinearity=p.nonlinearity, hidden=HIDDEN, bias=False)
        network.parameters.flat[...] = flat(*p.weights)
        plan = Plan(examples=batch, rows=np.arange(count)[:, None])
        began = perf_counter()
        trainer = Trainer(network, loss="squared_sigmoid", optimizer=SGD(RATE), reduction="sum")
        [event] = trainer.run([plan])
        return Run(perf_counter() - began, network.parameters.flat, event.losses)

    return updates


def numpy_listing(p: Problem) -> Updates:
    """The tutorial's page, in NumPy's usual float64."""

    def updates(count: int) -> Run:
        w_in, w_hidden, w_out = (w.T.astype(np.float64) for w in p.weights)
        began = perf_counter()
        losses = listing.learn(w_in, w_hidden, w_out, RATE, count, np.random.default_rng(SEED))
        return Run(perf_counter() - began, flat(w_in.T, w_hidden.T, w_out.T), losses)

    return updates


def numpy_tightened(p: Problem) -> Updates:
    """The same updates with NumPy used as well as it can be."""

    def updates(count: int) -> Run:
        w_in, w_hidden, w_out = (w.copy() for w in p.weights)
        began = perf_counter()
        losses = listing.learn_tightened(w_in, w_hidden, w_out, RATE, p.x[:count], p.targets[:count])
        return Run(perf_counter() - began, flat(w_in, w_hidden, w_out), losses)

    return updates


def torch_cell(p: Problem) -> Updates:
    """A sigmoid cell of PyTorch's operations, eager, autograd, a plain update of the parameters."""
    torch: Any = import_module("torch")

    x, targets = torch.from_numpy(p.x).unbind(), torch.from_numpy(p.targets).unbind()

    def updates(count: int) -> Run:
        weights = [torch.from_numpy(w.squeeze().copy()).requires_grad_() for w in p.weights]
        w_in, w_hidden, w_out = weights
        start = torch.zeros(HIDDEN)
        losses = []
        began = perf_counter()
        for x_u, target in zip(x[:count], targets[:count], strict=True):
            h, states = start, []
            for driven in (x_u @ w_in.t()).unbind():
                h = torch.sigmoid(torch.addmv(driven, w_hidden, h))
                states.append(h)
            y = torch.sigmoid(torch.stack(states) @ w_out)
            loss = 0.5 * (y - target).square().sum()
            gradients = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for weight, gradient in zip(weights, gradients, strict=True):
                    weight.sub_(gradient, alpha=RATE)
            losses.append(loss.item())
        return Run(perf_counter() - began, flat(*(w.detach().numpy() for w in weights)), losses)

    return updates


def torch_rnn(p: Problem) -> Updates:
    """`nn.RNN` under `nn.Linear`, with `torch.optim.SGD`, as PyTorch's documentation has them."""
    torch: Any = import_module("torch")

    x, targets = torch.from_numpy(p.x[:, :, None]).unbind(), torch.from_numpy(p.targets[:, :, None, None]).unbind()

    def updates(count: int) -> Run:
        rnn = torch.nn.RNN(2, HIDDEN, nonlinearity=p.nonlinearity, bias=False)
        head = torch.nn.Linear(HIDDEN, 1, bias=False)
        weights = [*rnn.parameters(), *head.parameters()]
        with torch.no_grad():
            for weight, start in zip(weights, p.weights, strict=True):
                weight.copy_(torch.from_numpy(start))
        optimizer = torch.optim.SGD(weights, lr=RATE)
        losses = []
        began = perf_counter()
        for x_u, target in zip(x[:count], targets[:count], strict=True):
            states, _ = rnn(x_u)
            y = torch.sigmoid(head(states))
            loss = 0.5 * (y - target).square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return Run(perf_counter() - began, flat(*(w.detach().numpy() for w in weights)), losses)

    return updates


def jax_loop(p: Problem, product: Callable[[Any, Any], Any]) -> Updates:
    """The whole loop in one `jit`; `product` of a matrix and a vector."""
    jax: Any = import_module("jax")

    def loss(weights: Any, x: Any, targets: Any) -> Any:
        w_in, w_hidden, w_out = weights

        def step(h: Any, x_t: Any) -> Any:
            h = jax.nn.sigmoid(product(w_in, x_t) + product(w_hidden, h))
            return h, h

        _, states = jax.lax.scan(step, jax.numpy.zeros(HIDDEN), x, unroll=listing.BITS)
        return 0.5 * ((jax.nn.sigmoid(states @ w_out[0]) - targets) ** 2).sum()

    def update(weights: Any, example: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(weights, *example)
        return jax.tree.map(lambda w, g: w - RATE * g, weights, gradients), value

    examples = jax.numpy.asarray(p.x), jax.numpy.asarray(p.targets)
    weights = jax.tree.map(jax.numpy.asarray, p.weights)

    @cache
    def compiled(count: int) -> Any:
        loop = jax.jit(lambda weights, examples: jax.lax.scan(update, weights, examples))
        some = jax.tree.map(lambda a: a[:count], examples)
        return partial(loop.lower(weights, some).compile(), weights, some)

    def updates(count: int) -> Run:
        loop = compiled(count)
        began = perf_counter()
        result, losses = jax.block_until_ready(loop())
        return Run(perf_counter() - began, flat(*map(np.asarray, result)), np.asarray(losses))

    return updates


# --- the races ---


def run(quick: bool) -> Report:
    """10,000 updates each, seven rounds; quick: 2,000 and three."""
    updates, rounds = (2_000, 3) if quick else (10_000, 7)
    races = [race(contestants, updates, rounds) for contestants in (sigmoid(updates), tanh(updates))]
    return Report(
        title="W1: a tiny network",
        text=(
            f"RNN 2→16→1, sigmoid, no biases, squared error, SGD {RATE}, 8 time steps, one example per update: "
            f"{updates:,} updates, {rounds} rounds. Before the first, all agree on the losses of the first 10 updates "
            "and the weights after 100. `nn.RNN` has no sigmoid: it runs against elman with tanh."
        ),
        header=("contestant", "µs per update", "elman is faster by a factor of"),
        rows=[row for one in races for row in race_rows(one, scale=1e6)],
        data={"updates": updates, "races": [race_data(one) for one in races]},
    )


def sigmoid(updates: int) -> list[Contestant]:
    """W1 itself, from weights as large as the tutorial's."""
    p = problem("sigmoid", 1.0, updates)
    return [
        Contestant("elman", "elman", partial(engine, p)),
        Contestant("NumPy, the listing", "numpy", partial(numpy_listing, p)),
        Contestant("NumPy, tightened", "numpy", partial(numpy_tightened, p)),
        Contestant("PyTorch, a sigmoid cell", "torch", partial(torch_cell, p)),
        Contestant("JAX, `W @ h`", "jax", partial(jax_loop, p, lambda w, v: w @ v)),
        Contestant("JAX, `(W * h).sum(1)`", "jax", partial(jax_loop, p, lambda w, v: (w * v).sum(1))),
    ]


def tanh(updates: int) -> list[Contestant]:
    """The same with tanh, for `nn.RNN`, from weights as large as its own: from larger ones, rounding errors explode."""
    p = problem("tanh", 0.25, updates)
    return [
        Contestant("elman, tanh", "elman", partial(engine, p)),
        Contestant("PyTorch, `nn.RNN`, tanh", "torch", partial(torch_rnn, p)),
    ]
