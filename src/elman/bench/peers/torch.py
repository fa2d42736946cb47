"""PyTorch, eager, as its documentation has it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from elman._engine import threads
from elman.bench.peers.engine import flat
from elman.bench.peers.stepping import Step, stepping
from elman.bench.problems import Adder, Adders, Folded, Model, Scoring, Streaming, Training
from elman.bench.race import Run, Runner
from elman.network.checks import Array


def library() -> Any:
    """The module, told how many threads it has."""
    torch: Any = import_module("torch")
    torch.set_num_threads(threads())
    return torch


# --- W1 ---


def adder_cell(p: Adder) -> Runner:
    """A sigmoid cell of PyTorch's operations, autograd, a plain update of the parameters.

    `nn.RNN` knows tanh and relu, but no sigmoid. `addmv` on vectors is the fastest form of such a cell, and any form
    of `torch.optim.SGD`, plain, foreach or fused, costs more than this update.
    """
    torch = library()
    x, targets = torch.from_numpy(p.x).unbind(), torch.from_numpy(p.targets).unbind()

    def run(updates: int) -> Run:
        weights = [torch.from_numpy(w.squeeze().copy()).requires_grad_() for w in p.weights]
        w_in, w_hidden, w_out = weights
        start = torch.zeros(p.hidden)
        losses = []
        began = perf_counter()
        for x_u, target in zip(x[:updates], targets[:updates], strict=True):
            h, states = start, []
            for driven in (x_u @ w_in.t()).unbind():
                h = torch.sigmoid(torch.addmv(driven, w_hidden, h))
                states.append(h)
            y = torch.sigmoid(torch.stack(states) @ w_out)
            loss = 0.5 * (y - target).square().sum()
            gradients = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for weight, gradient in zip(weights, gradients, strict=True):
                    weight.sub_(gradient, alpha=p.rate)
            losses.append(loss.item())
        seconds = perf_counter() - began
        return Run(seconds, {"losses": np.array(losses), "changes": changes(weights, p)})

    return run


def adder_rnn(p: Adder) -> Runner:
    """`nn.RNN` under `nn.Linear`, with `torch.optim.SGD`, as PyTorch's documentation has them."""
    torch = library()
    x, targets = torch.from_numpy(p.x[:, :, None]).unbind(), torch.from_numpy(p.targets[:, :, None, None]).unbind()

    def run(updates: int) -> Run:
        rnn = torch.nn.RNN(2, p.hidden, nonlinearity=p.nonlinearity, bias=False)
        head = torch.nn.Linear(p.hidden, 1, bias=False)
        weights = [*rnn.parameters(), *head.parameters()]
        with torch.no_grad():
            for weight, start in zip(weights, p.weights, strict=True):
                weight.copy_(torch.from_numpy(start))
        optimizer = torch.optim.SGD(weights, lr=p.rate)
        losses = []
        began = perf_counter()
        for x_u, target in zip(x[:updates], targets[:updates], strict=True):
            states, _ = rnn(x_u)
            y = torch.sigmoid(head(states))
            loss = 0.5 * (y - target).square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        seconds = perf_counter() - began
        return Run(seconds, {"losses": np.array(losses), "changes": changes(weights, p)})

    return run


def adders(p: Adders) -> Runner:
    """`vmap` of `grad_and_value`, as PyTorch's documentation has ensembles; networks are the first axis."""
    torch = library()
    x, targets = (torch.from_numpy(a.swapaxes(0, 1).copy()).unbind() for a in (p.x, p.targets))

    def loss(weights: Any, x: Any, target: Any) -> Any:
        w_in, w_hidden, w_out = weights
        h, states = torch.zeros(p.each[0].hidden), []
        for driven in (x @ w_in.t()).unbind():
            h = torch.sigmoid(driven + w_hidden @ h)
            states.append(h)
        return 0.5 * (torch.sigmoid(torch.stack(states) @ w_out[0]) - target).square().sum()

    every = torch.func.vmap(torch.func.grad_and_value(loss))

    def run(updates: int) -> Run:
        weights = [torch.from_numpy(w.copy()) for w in p.weights]
        losses = []
        began = perf_counter()
        for x_u, target in zip(x[:updates], targets[:updates], strict=True):
            gradients, value = every(weights, x_u, target)
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.sub_(gradient, alpha=p.each[0].rate)
            losses.append(value)
        seconds = perf_counter() - began
        moved = [w.numpy() - start for w, start in zip(weights, p.weights, strict=True)]
        changed = np.concatenate([one.reshape(p.count, -1) for one in moved], axis=1)
        return Run(seconds, {"losses": torch.stack(losses, 1).numpy(), "changes": changed})

    return run


def changes(weights: list[Any], p: Adder) -> Array:
    """What became of the start."""
    return flat(*(w.detach().numpy() for w in weights)) - flat(*p.weights)


# --- language models ---


def module(model: Model) -> Any:
    """`nn.LSTM` and the like under `nn.Linear`; its `named` are the parameters by elman's names."""
    torch = library()

    class Language(torch.nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            kind = getattr(torch.nn, model.cell.upper())
            self.body = kind(model.symbols, model.hidden, model.layers)
            self.head = torch.nn.Linear(model.hidden, model.symbols)
            self.named = {name.removeprefix("body."): p for name, p in self.named_parameters()}

        def forward(self, x: Any, state: Any = None) -> Any:
            h, state = self.body(x, state)
            return self.head(h), state

    result = Language()
    load(torch, result.named, model.parameters())
    return result


def load(torch: Any, named: Mapping[str, Any], parameters: Mapping[str, Array]) -> None:
    """Copies the parameters in."""
    with torch.no_grad():
        for name, values in parameters.items():
            named[name].copy_(torch.from_numpy(values))


def one_hot(torch: Any, text: Array, symbols: int) -> Any:
    """What `nn.LSTM` wants of symbols."""
    return torch.nn.functional.one_hot(torch.from_numpy(text).long(), symbols).float()


def detached(state: Any) -> Any:
    """A state that gradients do not go through."""
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def trainer(p: Training) -> Runner:
    """One-hot inputs made ready off the clock, `cross_entropy`, `clip_grad_norm_`, fused optimizer."""
    torch = library()
    parameters = p.model.parameters()
    network = module(p.model)
    weights = list(network.parameters())
    kind = {"adam": torch.optim.Adam, "adagrad": torch.optim.Adagrad}[p.optimizer]
    optimizer = kind(weights, lr=p.rate, fused=True)
    x = [one_hot(torch, p.text[inputs], p.model.symbols) for inputs, _ in p.window]
    targets = [torch.from_numpy(p.text[after]).long().flatten() for _, after in p.window]

    def run(updates: int) -> Run:
        load(torch, network.named, parameters)
        for kept in optimizer.state.values():
            for value in kept.values():
                value.zero_()
        losses, state = [], None
        began = perf_counter()
        for u in range(updates):
            window = u % p.windows
            logits, state = network(x[window], detached(state) if p.carry and window else None)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets[window])
            optimizer.zero_grad()
            loss.backward()
            if p.clip is not None:
                torch.nn.utils.clip_grad_norm_(weights, p.clip)
            optimizer.step()
            losses.append(loss.item())
        seconds = perf_counter() - began
        named = {name: w.detach().numpy() for name, w in network.named.items()}
        moved = flat(*(named[name] - start for name, start in parameters.items()))
        return Run(seconds, {"losses": np.array(losses), "changes": moved})

    return run


def session_trainer(p: Training) -> Runner:
    """GRU4Rec: a GRU cell in PyTorch's operations, over one event of every session per update, or over several.

    The input weights are an embedding whose gradient is sparse, so that its optimizer touches the rows looked up alone.
    """
    torch = library()
    torch.sparse.check_sparse_tensor_invariants.disable()  # the default, which warns unless it is asked for
    parameters = p.model.parameters()
    order = {**parameters, "weight_ih_l0": parameters["weight_ih_l0"].T}
    named = {name: torch.from_numpy(values.copy()).requires_grad_() for name, values in order.items()}
    table, recurrent, bias_ih, bias_hh, head, head_bias = named.values()
    dense = [recurrent, bias_ih, bias_hh, head, head_bias]
    optimizers = [torch.optim.Adagrad([table], lr=p.rate), torch.optim.Adagrad(dense, lr=p.rate, fused=True)]
    text = torch.from_numpy(p.text).long()

    def step(driven: Any, h: Any) -> Any:
        r_x, z_x, n_x = driven.chunk(3, 1)
        r_h, z_h, n_h = torch.addmm(bias_hh, h, recurrent.t()).chunk(3, 1)
        n = torch.tanh(torch.addcmul(n_x, torch.sigmoid(r_x + r_h), n_h))
        return torch.lerp(n, h, torch.sigmoid(z_x + z_h))

    def run(updates: int) -> Run:
        load(torch, named, order)
        for optimizer in optimizers:
            for kept in optimizer.state.values():
                for value in kept.values():
                    value.zero_()
        losses, fresh = [], torch.zeros(p.batch, p.model.hidden)
        h: Any = fresh
        began = perf_counter()
        for u in range(updates):
            inputs, targets = p.window[u % p.windows]
            h = h.detach() if p.carry and u % p.windows else fresh
            states = []
            for driven in (torch.nn.functional.embedding(text[inputs], table, sparse=True) + bias_ih).unbind():
                h = step(driven, h)
                states.append(h)
            logits = torch.addmm(head_bias, torch.cat(states), head.t())
            loss = torch.nn.functional.cross_entropy(logits, text[targets].flatten())
            for optimizer in optimizers:
                optimizer.zero_grad()
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
            losses.append(loss.item())
        seconds = perf_counter() - began
        after = {name: w.detach().numpy() for name, w in named.items()}
        after["weight_ih_l0"] = after["weight_ih_l0"].T
        moved = flat(*(after[name] - start for name, start in parameters.items()))
        return Run(seconds, {"losses": np.array(losses), "changes": moved})

    return run


def streamer(p: Streaming) -> Runner:
    """`nn.LSTM`, a step at a time, under `inference_mode`."""
    torch = library()
    network = module(p.model)
    rows = torch.eye(p.model.symbols).split(1)

    def fresh() -> Step:
        state = None

        def step(x: int) -> Any:
            nonlocal state
            y, state = network(rows[x], state)
            return y[0].numpy()

        return step

    run: Runner = torch.inference_mode()(stepping(p, fresh))
    return run


def streamer_by_hand(p: Streaming) -> Runner:
    """An LSTM's step in operations on vectors, one product per layer: what `nn.LSTM` costs is mostly calls."""
    torch = library()
    folded, size = Folded.of(p.model), p.model.hidden
    rows = torch.from_numpy(folded.table).unbind()
    products = [torch.from_numpy(product) for product in folded.products]
    biases = [None if bias is None else torch.from_numpy(bias) for bias in folded.biases]
    head, head_bias = torch.from_numpy(folded.head), torch.from_numpy(folded.head_bias)

    def step(hs: list[Any], cs: list[Any], x: int) -> Any:
        h = None
        for layer, (product, bias) in enumerate(zip(products, biases, strict=True)):
            whole = hs[0] if h is None else torch.cat((h, hs[layer]))
            a = torch.addmv(rows[x] if bias is None else bias, product, whole)
            i, f, _, o = torch.sigmoid(a).chunk(4)
            g = torch.tanh(a[2 * size : 3 * size])
            cs[layer] = torch.addcmul(f * cs[layer], i, g)
            h = hs[layer] = o * torch.tanh(cs[layer])
        return torch.addmv(head_bias, head, h).numpy()

    def fresh() -> Step:
        hs, cs = ([torch.zeros(size)] * p.model.layers for _ in range(2))
        return partial(step, hs, cs)

    run: Runner = torch.inference_mode()(stepping(p, fresh))
    return run


def scorer(p: Scoring) -> Runner:
    """`nn.LSTM` window by window and `cross_entropy`, under `inference_mode`; inputs are one-hot off the clock."""
    torch = library()
    network = module(p.model)
    x, targets = one_hot(torch, p.text, p.model.symbols), torch.from_numpy(p.text).long()

    def run(symbols: int) -> Run:
        total, state = torch.zeros(p.batch), None
        began = perf_counter()
        with torch.inference_mode():
            for inputs, after in p.windows(symbols):
                logits, state = network(x[inputs], state)
                losses = torch.nn.functional.cross_entropy(
                    logits.flatten(0, 1), targets[after].flatten(), reduction="none"
                )
                total += losses.view(-1, p.batch).sum(0)
        return Run(perf_counter() - began, {"losses": total.numpy()})

    return run
