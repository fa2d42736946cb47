"""The workloads W1 to W7 and W9: which problem, who takes part, how much of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from elman.bench.peers import ELMAN, JAX, NUMPY, ONNX_RUNTIME, PYTORCH, engine, jax, numpy, onnx, torch
from elman.bench.problems import Adder, Adders, Model, Scoring, Streaming, Training
from elman.bench.race import Check, Contestant, Race, race

ROUNDS, QUICK_ROUNDS = 7, 3
# Losses differ by rounding. Changes may differ where a gradient is all but zero: Adam and Adagrad go by its sign.
TRAINED = {"losses": 1e-5, "changes": 1e-2}
SYMBOLS = 65  # different characters in char-rnn's texts


@dataclass(frozen=True)
class Heat:
    """One race of a workload: who, how much of it in one go, and what it takes."""

    contestants: Sequence[Contestant]
    check: Check
    units: int
    flops: float | None = None  # per unit; None where the products are the smallest part of it


@dataclass(frozen=True)
class Workload:
    """What is measured."""

    title: str
    text: str
    unit: str  # the table's
    scale: float  # from seconds per unit of work to it
    heats: Sequence[Heat]
    rounds: int = ROUNDS  # fewer where one takes minutes


@dataclass(frozen=True)
class Result:
    """A workload and what came of its races."""

    name: str
    workload: str  # its title
    text: str
    unit: str
    scale: float
    races: Sequence[tuple[Race, float | None]]  # with the FLOP per unit of work


def run(name: str, quick: bool) -> Result:
    """Runs a workload's races."""
    w = WORKLOADS[name](quick)
    rounds = QUICK_ROUNDS if quick else w.rounds
    races = [(race(heat.contestants, heat.check, heat.units, rounds), heat.flops) for heat in w.heats]
    return Result(name, w.title, f"{w.text} {rounds} rounds.", w.unit, w.scale, races)


def trainers(p: Training) -> list[Contestant]:
    """Everybody who trains."""
    by_numpy = [Contestant(NUMPY, partial(numpy.trainer, p))] if p.model.cell == "lstm" else []
    return [
        Contestant(ELMAN, partial(engine.trainer, p)),
        *by_numpy,
        Contestant(PYTORCH, partial(torch.trainer, p)),
        Contestant(JAX, partial(jax.trainer, p)),
    ]


def w1(quick: bool) -> Workload:
    """A tiny network."""
    updates = 2_000 if quick else 10_000
    # tanh, for `nn.RNN`, from weights as large as its own: from larger ones, rounding errors explode.
    sigmoid, tanh = Adder("sigmoid", 1.0, updates), Adder("tanh", 0.25, updates)
    check = Check(100, {"losses": 1e-4, "changes": 1e-4})
    return Workload(
        title="W1: a tiny network",
        text=(
            "RNN 2→16→1, sigmoid, no biases, squared error, SGD 0.1, 8 time steps, one example per update: "
            f"{updates:,} updates. There is next to no arithmetic in it: what is measured is everything around it. "
            "PyTorch's nn.RNN has no sigmoid: it runs against elman with tanh. All agree on the losses of the first "
            "100 updates and on the weights after them."
        ),
        unit="µs per update",
        scale=1e6,
        heats=[
            Heat(
                [
                    Contestant(ELMAN, partial(engine.adder, sigmoid)),
                    Contestant(NUMPY, partial(numpy.adder_listing, sigmoid), "the listing"),
                    Contestant(NUMPY, partial(numpy.adder_tightened, sigmoid), "tightened"),
                    Contestant(PYTORCH, partial(torch.adder_cell, sigmoid), "a sigmoid cell"),
                    Contestant(JAX, partial(jax.adder, sigmoid, jax.product), "W @ h"),
                    Contestant(JAX, partial(jax.adder, sigmoid, jax.fused_product), "(W * h).sum(1)"),
                ],
                check,
                updates,
            ),
            Heat(
                [
                    Contestant(ELMAN, partial(engine.adder, tanh), "tanh"),
                    Contestant(PYTORCH, partial(torch.adder_rnn, tanh), "nn.RNN with tanh"),
                ],
                check,
                updates,
            ),
        ],
    )


def language(title: str, what: str, hidden: int, layers: int, batch: int, units: int) -> Workload:
    """W2 to W4: char-rnn in three sizes."""
    p = Training(Model("lstm", hidden, layers, SYMBOLS), batch, steps=50)
    return Workload(
        title=title,
        text=(
            f"{what}: LSTM {layers}×{hidden}, {SYMBOLS} symbols, {batch} rows of {p.steps} steps, softmax "
            f"cross-entropy, Adam, the gradient's norm clipped to {p.clip:g}. PyTorch is nn.LSTM on one-hot inputs, "
            "made ready off the clock, and its fused Adam; JAX is one jit around all updates, which looks symbols up. "
            "All agree on the losses of the first 3 updates and on the parameters after them."
        ),
        unit="ms per update",
        scale=1e3,
        heats=[Heat(trainers(p), Check(3, TRAINED), units, p.flops)],
    )


def w2(quick: bool) -> Workload:
    """Small."""
    return language("W2: a small language model", "A model for a small text", 32, 1, 32, 20)


def w3(quick: bool) -> Workload:
    """char-rnn's defaults."""
    return language("W3: char-rnn", "char-rnn's defaults", 128, 2, 50, 4)


def w4(quick: bool) -> Workload:
    """Large."""
    return language("W4: a large language model", "char-rnn with more units", 512, 2, 50, 1 if quick else 2)


def w5(quick: bool) -> Workload:
    """GRU4Rec's way, one event of every session per update; and windows of 20 events."""
    model = Model("gru", 100, 1, 3_500)
    event = Training(model, 80, steps=1, optimizer="adagrad", rate=0.05, clip=None, windows=20, carry=True)
    window = Training(model, 80, steps=20, optimizer="adagrad", rate=0.05, clip=None, windows=4)
    return Workload(
        title="W5: items of sessions",
        text=(
            "GRU 1×100, 3,500 items, softmax over all of them, 80 sessions side by side, Adagrad. *Event by event*: as "
            "Hidasi et al. (2016) train it, an update is one event of every session; the state is carried to the next "
            "one, the gradient is not, and after 20 events other sessions begin. *Windows*: an update is 20 events of "
            "every session, and the gradient goes through all of them. PyTorch is GRU4Rec's form, written from the "
            "paper: input weights looked up as an embedding, whose gradient is sparse, and a GRU cell by hand; nn.GRU "
            "on one-hot inputs takes longer. All agree on the losses of the first 3 updates and on the parameters "
            "after them."
        ),
        unit="ms per update",
        scale=1e3,
        heats=[
            Heat(
                [
                    Contestant(ELMAN, partial(engine.trainer, p), form),
                    Contestant(PYTORCH, partial(torch.session_trainer, p), form),
                    Contestant(JAX, partial(jax.trainer, p), form),
                ],
                Check(3, TRAINED),
                updates,
                p.flops,
            )
            for form, p, updates in (("event by event", event, 20), ("windows", window, 2))
        ],
    )


def w6(quick: bool) -> Workload:
    """One character at a time."""
    p = Streaming(Model("lstm", 128, 2, SYMBOLS), most=500)
    return Workload(
        title="W6: a stream",
        text=(
            f"LSTM 2×128, {SYMBOLS} symbols, one symbol at a time, each drawn by the softmax of the logits before it: "
            f"{p.most} symbols in one go. All draw by inversion with the same numbers, and the same first 100 symbols. "
            "*By hand* is an LSTM's step in the library's plain operations, the first layer's product looked up. ONNX "
            "Runtime draws in its graph, with inputs and outputs bound to memory once; the others draw in NumPy. elman "
            "and JAX draw all symbols in one call (elman also *step by step*, in NumPy)."
        ),
        unit="µs per symbol",
        scale=1e6,
        heats=[
            Heat(
                [
                    Contestant(ELMAN, partial(engine.streamer, p)),
                    Contestant(ELMAN, partial(engine.streamer_by_steps, p), "step by step"),
                    Contestant(NUMPY, partial(numpy.streamer, p), "by hand"),
                    Contestant(PYTORCH, partial(torch.streamer, p), "nn.LSTM"),
                    Contestant(PYTORCH, partial(torch.streamer_by_hand, p), "by hand"),
                    Contestant(JAX, partial(jax.streamer, p), "one jit"),
                    Contestant(ONNX_RUNTIME, partial(onnx.streamer, p), "LSTM operator"),
                    Contestant(ONNX_RUNTIME, partial(onnx.streamer_by_hand, p), "by hand"),
                ],
                Check(100, {"symbols": 0}),
                p.most,
            )
        ],
    )


def w7(quick: bool) -> Workload:
    """How well a text is foreseen."""
    p = Scoring(Model("lstm", 128, 2, SYMBOLS), batch=50, steps=400 if quick else 2_000)
    symbols = p.batch * p.steps
    return Workload(
        title="W7: a score",
        text=(
            f"LSTM 2×128, {SYMBOLS} symbols: the mean negative log-likelihood of {symbols:,} symbols as {p.batch} "
            f"streams, in windows of {p.window} steps between which the state is carried. PyTorch is nn.LSTM, ONNX "
            "Runtime its LSTM operator, both on one-hot inputs made ready off the clock. All agree on the first "
            f"{p.batch * p.window:,} symbols."
        ),
        unit="µs per symbol",
        scale=1e6,
        heats=[
            Heat(
                [
                    Contestant(ELMAN, partial(engine.scorer, p)),
                    Contestant(NUMPY, partial(numpy.scorer, p)),
                    Contestant(PYTORCH, partial(torch.scorer, p)),
                    Contestant(JAX, partial(jax.scorer, p)),
                    Contestant(ONNX_RUNTIME, partial(onnx.scorer, p)),
                ],
                Check(p.batch * p.window, {"losses": 1e-5}),
                symbols,
                p.flops,
            )
        ],
    )


def adders(p: Adders) -> list[Contestant]:
    """Everybody who trains many tiny networks."""
    return [
        Contestant(ELMAN, partial(engine.adders, p, True)),
        Contestant(ELMAN, partial(engine.adders, p, False), "one by one"),
        Contestant(JAX, partial(jax.adders, p, False), "networks first"),
        Contestant(JAX, partial(jax.adders, p, True), "networks last"),
        Contestant(PYTORCH, partial(torch.adders, p)),
    ]


def w9(quick: bool) -> Workload:
    """Many tiny networks."""
    p = Adders(200, 200) if quick else Adders(1_000, 10_000)
    return Workload(
        title="W9: many tiny networks",
        text=(
            f"{p.count:,} networks of W1, each with weights and pairs of its own, {p.updates:,} updates of each. elman "
            "trains them side by side, one in each lane of the vector registers, in as many threads as there are; *one "
            "by one*, a call for each in as many threads, to the same bits. JAX is `vmap` over networks in one `jit` "
            "around all updates, PyTorch `vmap` of the gradient. All agree on the losses of the first 20 updates and "
            "on the weights after them."
        ),
        unit="µs per update of a network",
        scale=1e6 / p.count,
        heats=[Heat(adders(p), Check(20, {"losses": 1e-4, "changes": 1e-4}), p.updates)],
        rounds=3,
    )


WORKLOADS: dict[str, Callable[[bool], Workload]] = {one.__name__: one for one in (w1, w2, w3, w4, w5, w6, w7, w9)}
