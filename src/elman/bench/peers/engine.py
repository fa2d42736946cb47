"""elman itself: what the problems are called in its own words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import numpy as np

from elman._engine import threads
from elman.bench.peers.stepping import Step, stepping
from elman.bench.problems import Adder, Adders, Scoring, Streaming, Training
from elman.bench.race import Run, Runner
from elman.network import Network
from elman.network.checks import Array
from elman.training import SGD, Adagrad, Adam, Batch, Optimizer, Plan, Trainer
from elman.training.beside import fit_beside, most_beside

OPTIMIZERS: dict[str, type[Optimizer]] = {"adam": Adam, "adagrad": Adagrad}


def flat(*weights: Array) -> Array:
    """One vector, to be compared."""
    return np.concatenate([w.ravel() for w in weights])


def adder(p: Adder) -> Runner:
    """One call of the engine: a Trainer with one Plan."""
    batch = Batch(inputs=p.x.swapaxes(0, 1).copy(), targets=p.targets.T[:, :, None].copy())
    network = Network(2, 1, cell="rnn", nonlinearity=p.nonlinearity, hidden=p.hidden, bias=False)
    start = flat(*p.weights)

    def run(updates: int) -> Run:
        network.parameters.flat = start
        plan = Plan(examples=batch, rows=np.arange(updates)[:, None])
        began = perf_counter()
        trainer = Trainer(network, loss="squared_sigmoid", optimizer=SGD(p.rate), reduction="sum")
        [event] = trainer.run([plan])
        return Run(perf_counter() - began, {"losses": event.losses, "changes": network.parameters.flat - start})

    return run


def adders(p: Adders, beside: bool) -> Runner:
    """A Trainer with one Plan for each, on all threads: one by one, or as many side by side as there are lanes."""
    networks = [
        Network(2, 1, cell="rnn", nonlinearity=one.nonlinearity, hidden=one.hidden, bias=False) for one in p.each
    ]
    starts = [flat(*one.weights) for one in p.each]
    batches = [Batch(inputs=one.x.swapaxes(0, 1).copy(), targets=one.targets.T[:, :, None].copy()) for one in p.each]
    workers = threads()

    def run(updates: int) -> Run:
        for network, start in zip(networks, starts, strict=True):
            network.parameters.flat = start
        rows = np.arange(updates)[:, None]
        losses: list[Array] = [np.empty(0)] * p.count

        def train(crew: range) -> None:
            some = [
                Trainer(networks[n], loss="squared_sigmoid", optimizer=SGD(p.each[n].rate), reduction="sum")
                for n in crew
            ]
            plans = [Plan(examples=batches[n], rows=rows) for n in crew]
            if beside:
                events = fit_beside(some, plans)
            else:
                events = [next(one.run([plan])) for one, plan in zip(some, plans, strict=True)]
            for n, event in zip(crew, events or (), strict=True):
                losses[n] = event.losses

        began = perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(train, crews))
        seconds = perf_counter() - began
        moved = [network.parameters.flat - start for network, start in zip(networks, starts, strict=True)]
        return Run(seconds, {"losses": np.stack(losses), "changes": np.stack(moved)})

    first = Trainer(networks[0], loss="squared_sigmoid", optimizer=SGD(p.each[0].rate), reduction="sum")
    size = most_beside(first, Plan(examples=batches[0], rows=np.zeros((1, 1), int)))
    crews = [range(n, min(p.count, n + size)) for n in range(0, p.count, size)]
    return run


def trainer(p: Training) -> Runner:
    """The same for windows of a text."""
    batch = Batch(inputs=p.text[:-1], targets=p.text[1:])
    network = p.model.network()
    start = network.parameters.flat.copy()
    rule = Trainer(network, loss="symbols", optimizer=OPTIMIZERS[p.optimizer](p.rate), clip_norm=p.clip)

    def run(updates: int) -> Run:
        network.parameters.flat = start
        rule.first = rule.second = np.zeros_like(start)
        rule.updates = 0
        window = np.arange(updates) % p.windows
        rows = np.broadcast_to(np.arange(p.batch), (updates, p.batch))
        carry = window > 0 if p.carry else None
        plan = Plan(examples=batch, rows=rows, starts=window * p.steps, steps=p.steps, carry=carry)
        began = perf_counter()
        [event] = rule.run([plan])
        return Run(perf_counter() - began, {"losses": event.losses, "changes": network.parameters.flat - start})

    return run


def streamer(p: Streaming) -> Runner:
    """A `Stream` that draws for itself."""
    network = p.model.network()

    def run(count: int) -> Run:
        began = perf_counter()
        drawn = network.stream().sample([0], p.uniform[:count, None])
        return Run(perf_counter() - began, {"symbols": drawn[:, 0]})

    return run


def streamer_by_steps(p: Streaming) -> Runner:
    """A `Stream`, step by step."""
    network = p.model.network()

    def fresh() -> Step:
        stream, symbol = network.stream(), np.zeros(1, np.int32)

        def step(x: int) -> Array:
            symbol[0] = x
            logits: Array = stream.step(symbol)[0]
            return logits

        return step

    return stepping(p, fresh)


def scorer(p: Scoring) -> Runner:
    """`Network.losses` window by window."""
    network, text = p.model.network(), p.text

    def run(symbols: int) -> Run:
        total, state = np.zeros(p.batch), None
        began = perf_counter()
        for inputs, targets in p.windows(symbols):
            losses, state = network.losses(text[inputs], text[targets], loss="symbols", state=state)
            total += losses.sum(axis=0)
        return Run(perf_counter() - began, {"losses": total})

    return run
