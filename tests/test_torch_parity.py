"""The engine is PyTorch to the letter: names, outputs, gradients, optimizers, schedules and files.

Where PyTorch is not installed, these tests are collected all the same, so that the summary says how many did not run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
from elman.bench.peers import PYTORCH
from instances import (
    INPUTS,
    LENGTHS,
    LOSSES,
    ROWS,
    STEPS,
    Array,
    assert_close,
    random_answers,
    random_network,
    random_state,
    random_targets,
)
from optional import needs

pytestmark = needs(PYTORCH)
torch: Any = None if PYTORCH.missing else import_module("torch")
Tensor = Any
Parameters = list[Any]

EXACT = 1e-10
BITS = LOSSES["bits"]
KINDS: dict[str, dict[str, Any]] = {
    "rnn-tanh": {"cell": "rnn", "nonlinearity": "tanh"},
    "rnn-relu": {"cell": "rnn", "nonlinearity": "relu"},
    "lstm": {"cell": "lstm"},
    "gru": {"cell": "gru"},
}
STACKS = [*product((1, 2, 3), (False, True))]  # layers, and whether they read in both directions


class Twin:
    """PyTorch's form of a network, with the same parameters under the same names."""

    def __init__(self, network: elman.Network) -> None:
        a = network.architecture
        kind = getattr(torch.nn, a.cell.upper())
        more = {"nonlinearity": a.nonlinearity} if a.nonlinearity else {}
        both: dict[str, Any] = {"bias": a.bias, "dtype": torch.float64}
        self.body = kind(a.inputs, a.hidden, a.layers, bidirectional=a.bidirectional, **more, **both)
        self.readout = a.readout
        self.scores = torch.nn.Linear(a.directions * a.hidden, 1, bias=False, dtype=torch.float64)
        self.head = torch.nn.Linear(a.directions * a.hidden, a.outputs, **both)
        with torch.no_grad():
            named = self.named()
            assert {n: tuple(p.shape) for n, p in named.items()} == {n: v.shape for n, v in network.parameters.items()}
            for name, parameter in named.items():
                parameter.copy_(tensor(network.parameters[name]))

    def named(self) -> dict[str, Any]:
        """Parameters under elman's names: those of the body as PyTorch has them, those of the head after `head.`."""
        scores = self.scores.named_parameters(prefix="attention") if self.readout == "attention" else ()
        return {**dict(self.body.named_parameters()), **dict(scores), **dict(self.head.named_parameters(prefix="head"))}

    def values(self) -> dict[str, Array]:
        """Of the parameters."""
        return arrays(self.named())

    def gradients(self) -> dict[str, Array]:
        """By the parameters."""
        return arrays({name: parameter.grad for name, parameter in self.named().items()})

    def __call__(
        self, x: Tensor, state: dict[str, Tensor] | None = None, lengths: NDArray[np.int64] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Outputs, zero after a row's end, and final states; with a readout, one output for each row."""
        given = None if state is None else tuple(state.values()) if len(state) == 2 else state["h"]
        ends = torch.full(x.shape[1:2], len(x)) if lengths is None else torch.tensor(lengths)
        running = (torch.arange(len(x))[:, None] < ends)[..., None]
        if lengths is None:
            h, final = self.body(x, given)
        else:
            rnn = torch.nn.utils.rnn
            packed, final = self.body(rnn.pack_padded_sequence(x, ends, enforce_sorted=False), given)
            h, _ = rnn.pad_packed_sequence(packed, total_length=len(x))
        states = dict(zip("hc", final if isinstance(final, tuple) else (final,), strict=False))
        if self.readout == "steps":
            return self.head(h) * running, states
        return self.head(self.read(h, states["h"], running)), states

    def read(self, h: Tensor, last: Tensor, running: Tensor) -> Tensor:
        """The vector of each row (B, D H) that the head reads."""
        nothing = torch.tensor(-torch.inf)
        if self.readout == "last":
            return torch.cat(list(last[-2:] if self.body.bidirectional else last[-1:]), -1)
        if self.readout == "mean":
            return (h * running).sum(0) / running.sum(0)
        if self.readout == "max":
            return torch.where(running, h, nothing).max(0).values
        return (torch.where(running, self.scores(h), nothing).softmax(0) * h).sum(0)


def tensor(array: NDArray[Any], gradient: bool = False) -> Tensor:
    """A copy as a tensor."""
    return torch.tensor(array, requires_grad=gradient)


def arrays(tensors: Mapping[str, Tensor | None]) -> dict[str, Array]:
    """As arrays; every one of them must be there."""
    return {name: t.detach().numpy() for name, t in tensors.items() if t is not None}


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
@pytest.mark.parametrize("bias", [True, False], ids=["biases", "no-biases"])
@pytest.mark.parametrize(("layers", "bidirectional"), STACKS[:4])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("readout", elman.READOUTS)
def test_outputs_states_and_every_gradient_are_those_of_torch(
    readout: str,
    kind: str,
    layers: int,
    bidirectional: bool,
    bias: bool,
    lengths: NDArray[np.int64] | None,
    rng: np.random.Generator,
) -> None:
    more: dict[str, Any] = {"layers": layers, "bidirectional": bidirectional, "bias": bias, "readout": readout}
    network = random_network(rng, **KINDS[kind], **more)
    x, dy = rng.standard_normal((STEPS, ROWS, INPUTS)), random_answers(rng, network)
    state, dstate = random_state(rng, network, ROWS), random_state(rng, network, ROWS)
    twin, tx = Twin(network), tensor(x, gradient=True)
    tstate = {name: tensor(array, gradient=True) for name, array in state.items()}
    ty, tfinal = twin(tx, tstate, lengths)
    outputs, cotangents = [ty, *tfinal.values()], [tensor(dy), *map(tensor, dstate.values())]
    torch.autograd.backward(outputs, cotangents)

    y, final = network.forward(x, state, lengths)
    assert_close({"y": y, **final}, arrays({"y": ty, **tfinal}), EXACT)
    found = network.vjp(x, dy, dstate, state, lengths)
    assert found.x is not None
    assert_close(found.parameters, twin.gradients(), EXACT)
    assert_close({"x": found.x, **found.state}, arrays({"x": tx.grad, **{n: t.grad for n, t in tstate.items()}}), EXACT)


# --- losses ---


def torch_loss(loss: elman.Loss, y: Tensor, targets: Tensor) -> Tensor:
    """PyTorch's losses (N,) of answers y (N, O), summed over the outputs."""
    f = torch.nn.functional
    if isinstance(loss, elman.CrossEntropy):
        weights = None if loss.class_weights is None else tensor(np.array(loss.class_weights))
        return f.cross_entropy(y, targets, weights, reduction="none", label_smoothing=loss.smoothing)
    if isinstance(loss, elman.Pinball):  # which PyTorch has none of
        levels = tensor(np.array(loss.levels))
        return torch.maximum(levels * (targets - y), (levels - 1) * (targets - y)).sum(-1)
    losses = {
        "bits": lambda: f.binary_cross_entropy_with_logits(y, targets, reduction="none"),
        "squared": lambda: f.mse_loss(y, targets, reduction="none") / 2,
        "squared_sigmoid": lambda: f.mse_loss(y.sigmoid(), targets, reduction="none") / 2,
        "huber": lambda: f.huber_loss(y, targets, reduction="none", delta=vars(loss)["delta"]),
    }
    return losses[loss.name]().sum(-1)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", LOSSES)
def test_loss_and_its_gradient_are_those_of_torch(name: str, reduction: str, rng: np.random.Generator) -> None:
    network, loss = random_network(rng, cell="lstm"), LOSSES[name]
    x, targets = rng.standard_normal((STEPS, ROWS, INPUTS)), random_targets(rng, loss, (STEPS, ROWS))
    weights = rng.uniform(0, 2, (STEPS, ROWS))
    found = network.loss_and_gradient(x, targets, loss=loss, weights=weights, reduction=reduction)
    twin = Twin(network)
    losses = (
        torch_loss(loss, twin(tensor(x))[0].flatten(0, 1), tensor(targets).flatten(0, 1)) * tensor(weights).flatten()
    )
    mass = weights
    if isinstance(loss, elman.CrossEntropy) and loss.class_weights:
        mass = weights * np.array(loss.class_weights)[targets]
    total = losses.sum() / (mass.sum() if reduction == "mean" else 1)
    torch.autograd.backward(total)
    assert found.loss == pytest.approx(total.item(), rel=EXACT)
    assert_close(found.gradient, twin.gradients(), EXACT)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [False, True])
def test_mean_of_cross_entropies_is_that_of_torch(smoothing: float, weighted: bool, rng: np.random.Generator) -> None:
    """`torch.nn.CrossEntropyLoss(weight=…, label_smoothing=…)` itself, on one answer for each row."""
    network = random_network(rng, cell="gru", outputs=5, readout="mean")
    x, targets = rng.standard_normal((STEPS, 9, INPUTS)), rng.integers(5, size=9)
    weights = (0.0, 2.0, 0.5, 1.0, 3.0) if weighted else None
    loss = elman.CrossEntropy(class_weights=weights, smoothing=smoothing)
    theirs = torch.nn.CrossEntropyLoss(
        weight=None if weights is None else tensor(np.array(weights)), label_smoothing=smoothing
    )
    twin = Twin(network)
    wanted = theirs(twin(tensor(x))[0], tensor(targets))
    torch.autograd.backward(wanted)
    found = network.loss_and_gradient(x, targets, loss=loss)
    assert found.loss == pytest.approx(wanted.item(), rel=EXACT)
    assert_close(found.gradient, twin.gradients(), EXACT)


# --- training ---

Build = Callable[[Parameters], Any]
OPTIMIZERS: dict[str, tuple[elman.Optimizer, Build]] = {
    "SGD": (elman.SGD(0.3), lambda p: torch.optim.SGD(p, 0.3)),
    "SGD, decay": (elman.SGD(0.3, weight_decay=0.1), lambda p: torch.optim.SGD(p, 0.3, weight_decay=0.1)),
    "momentum": (
        elman.SGD(0.3, momentum=0.8, weight_decay=0.1),
        lambda p: torch.optim.SGD(p, 0.3, momentum=0.8, weight_decay=0.1),
    ),
    "Nesterov": (
        elman.SGD(0.3, momentum=0.8, nesterov=True, weight_decay=0.1),
        lambda p: torch.optim.SGD(p, 0.3, momentum=0.8, nesterov=True, weight_decay=0.1),
    ),
    "RMSprop": (elman.RMSProp(0.01), lambda p: torch.optim.RMSprop(p, 0.01)),
    "RMSprop, momentum": (
        elman.RMSProp(0.01, alpha=0.9, eps=1e-3, momentum=0.7, weight_decay=0.1),
        lambda p: torch.optim.RMSprop(p, 0.01, alpha=0.9, eps=1e-3, momentum=0.7, weight_decay=0.1),
    ),
    "Adagrad": (elman.Adagrad(0.1), lambda p: torch.optim.Adagrad(p, 0.1)),
    "Adagrad, decay": (
        elman.Adagrad(0.1, eps=1e-3, weight_decay=0.1),
        lambda p: torch.optim.Adagrad(p, 0.1, eps=1e-3, weight_decay=0.1),
    ),
    "Adam": (elman.Adam(0.01), lambda p: torch.optim.Adam(p, 0.01)),
    "Adam, decay": (
        elman.Adam(0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
        lambda p: torch.optim.Adam(p, 0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
    ),
    "AdamW": (elman.AdamW(0.01), lambda p: torch.optim.AdamW(p, 0.01)),
    "AdamW, decay": (elman.AdamW(0.01, weight_decay=0.3), lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.3)),
}
UPDATES = 10


def check_training(
    rng: np.random.Generator,
    ours: elman.Optimizer,
    theirs: Build,
    clip: Callable[[Parameters], object] = lambda parameters: None,
    **options: Any,
) -> None:
    """Ten updates, on ten batches, end in the same parameters, by way of the same losses."""
    network = random_network(rng, cell="gru", layers=2)
    twin = Twin(network)
    parameters = list(twin.named().values())
    optimizer = theirs(parameters)
    batches = [
        elman.Batch(inputs=rng.standard_normal((STEPS, ROWS, INPUTS)), targets=random_targets(rng, BITS, (STEPS, ROWS)))
        for _ in range(UPDATES)
    ]
    losses: list[float] = []
    for batch in batches:
        optimizer.zero_grad()
        y, _ = twin(tensor(np.asarray(batch.inputs)))
        loss = torch_loss(BITS, y, tensor(np.asarray(batch.targets))).mean()
        torch.autograd.backward(loss)
        clip(parameters)
        optimizer.step()
        losses.append(float(loss.detach()))
    events = list(elman.Trainer(network, loss="bits", optimizer=ours, **options).run(batches))
    assert [event.loss for event in events] == pytest.approx(losses, rel=EXACT)
    assert_close(network.parameters, twin.values(), EXACT)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_ten_updates_end_in_the_same_parameters(name: str, rng: np.random.Generator) -> None:
    check_training(rng, *OPTIMIZERS[name])


@pytest.mark.parametrize("norm", [0.1, 100.0], ids=["clipped", "not-clipped"])
def test_clip_norm_is_clip_grad_norm(norm: float, rng: np.random.Generator) -> None:
    clip = lambda parameters: torch.nn.utils.clip_grad_norm_(parameters, norm)  # noqa: E731
    check_training(rng, *OPTIMIZERS["momentum"], clip, clip_norm=norm)


def test_clip_value_is_clip_grad_value(rng: np.random.Generator) -> None:
    clip = lambda parameters: torch.nn.utils.clip_grad_value_(parameters, 0.01)  # noqa: E731
    check_training(rng, *OPTIMIZERS["momentum"], clip, clip_value=0.01)


WARMUP = 4


def after_warmup(optimizer: Any, then: Any) -> Any:
    """From 1/5 to 1 in four updates, then a schedule."""
    rising = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1 / (WARMUP + 1), total_iters=WARMUP)
    return torch.optim.lr_scheduler.SequentialLR(optimizer, [rising, then], milestones=[WARMUP])


Follow = Callable[[Any], Any]
SCHEDULES: dict[str, tuple[elman.Schedule, Follow]] = {
    "constant": (elman.Constant(), lambda o: torch.optim.lr_scheduler.ConstantLR(o, 1)),
    "steps": (elman.Steps(every=7, factor=0.3), lambda o: torch.optim.lr_scheduler.StepLR(o, 7, 0.3)),
    "linear": (
        elman.Linear(updates=20, final=0.1),
        lambda o: torch.optim.lr_scheduler.LinearLR(o, start_factor=1, end_factor=0.1, total_iters=20),
    ),
    "cosine": (
        elman.Cosine(updates=30, final=0.1),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 30, eta_min=0.01),
    ),
    "steps after warm-up": (
        elman.Steps(every=7, factor=0.3, warmup=WARMUP),
        lambda o: after_warmup(o, torch.optim.lr_scheduler.StepLR(o, 7, 0.3)),
    ),
    "cosine after warm-up": (
        elman.Cosine(updates=WARMUP + 30, warmup=WARMUP),
        lambda o: after_warmup(o, torch.optim.lr_scheduler.CosineAnnealingLR(o, 30)),
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule_is_that_of_torch(name: str) -> None:
    ours, follow = SCHEDULES[name]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.1)
    scheduler = follow(optimizer)
    rates: list[float] = []
    for _ in range(30):
        rates.append(float(scheduler.get_last_lr()[0]))
        optimizer.step()
        scheduler.step()
    assert 0.1 * ours.factors(np.arange(30)) == pytest.approx(rates, rel=EXACT)


# --- state_dict ---


@pytest.mark.parametrize("bias", [True, False], ids=["biases", "no-biases"])
@pytest.mark.parametrize(("layers", "bidirectional"), STACKS)
@pytest.mark.parametrize("kind", KINDS)
def test_state_dicts_load_into_the_modules_of_torch(
    kind: str, layers: int, bidirectional: bool, bias: bool, rng: np.random.Generator
) -> None:
    stack: dict[str, Any] = {"bidirectional": bidirectional, "bias": bias}
    network = random_network(
        rng, inputs=7, symbols=True, embedding=3, layers=layers, initial="learned", **KINDS[kind], **stack
    )
    a = network.architecture
    embedding, head = torch.nn.Embedding(7, 3), torch.nn.Linear(a.directions * a.hidden, a.outputs, bias)
    more = {"nonlinearity": a.nonlinearity} if a.nonlinearity else {}
    body = getattr(torch.nn, a.cell.upper())(3, a.hidden, layers, **stack, **more)
    for part, module in {"embedding": embedding, "recurrent": body, "head": head}.items():
        module.double().load_state_dict({n: torch.from_numpy(v) for n, v in network.state_dict(part).items()})
    x = rng.integers(7, size=(STEPS, ROWS))
    start = {name: np.repeat(network.parameters[f"initial_{name}"][:, None], ROWS, 1) for name in a.states}
    given = tuple(map(torch.from_numpy, start.values()))
    wanted = head(body(embedding(torch.from_numpy(x)), given if len(given) > 1 else given[0])[0])
    np.testing.assert_allclose(network.forward(x)[0], wanted.detach().numpy(), rtol=EXACT, atol=EXACT)


@pytest.mark.parametrize("bias", [True, False], ids=["biases", "no-biases"])
@pytest.mark.parametrize("embedded", [True, False], ids=["embedding", "dense"])
@pytest.mark.parametrize(("layers", "bidirectional"), STACKS)
@pytest.mark.parametrize("kind", KINDS)
def test_network_of_state_dicts_answers_as_the_modules_do(
    kind: str, layers: int, bidirectional: bool, embedded: bool, bias: bool, rng: np.random.Generator
) -> None:
    options = dict(KINDS[kind])
    name = options.pop("cell").upper()
    modules = {
        "recurrent": getattr(torch.nn, name)(3, 5, layers, bidirectional=bidirectional, bias=bias, **options),
        "head": torch.nn.Linear(5 * (1 + bidirectional), 4, bias),
        **({"embedding": torch.nn.Embedding(7, 3)} if embedded else {}),
    }
    states = {part: module.double().state_dict() for part, module in modules.items()}
    network = elman.Network.from_state_dict(**states, **options)
    a = network.architecture
    assert (a.cell, a.layers, a.bidirectional, a.bias) == (name.lower(), layers, bidirectional, bias)
    x = rng.integers(7, size=(STEPS, ROWS)) if embedded else rng.standard_normal((STEPS, ROWS, 3))
    inside = modules["embedding"](torch.from_numpy(x)) if embedded else torch.from_numpy(x)
    wanted = modules["head"](modules["recurrent"](inside)[0]).detach().numpy()
    np.testing.assert_allclose(network.forward(x)[0], wanted, rtol=EXACT, atol=EXACT)


def test_numbers_of_torch_in_single_precision_are_those_of_the_network() -> None:
    body, head = torch.nn.LSTM(3, 5), torch.nn.Linear(5, 2)
    network = elman.Network.from_state_dict(body.state_dict(), head.state_dict())
    assert network.architecture.dtype == "float32"
    for name, values in network.state_dict().items():
        np.testing.assert_array_equal(values, body.state_dict()[name].numpy())


@pytest.mark.parametrize("odd", ["bfloat16", "with gradients"])
def test_tensors_that_are_no_arrays_are_refused_with_what_makes_them_some(odd: str) -> None:
    body, head = torch.nn.LSTM(3, 5), torch.nn.Linear(5, 2)
    given = dict(body.named_parameters()) if odd == "with gradients" else body.bfloat16().state_dict()
    with pytest.raises(elman.ConfigError, match="recurrent: weight_hh_l0: expected an array of numbers") as caught:
        elman.Network.from_state_dict(given, head.state_dict())
    assert ".detach()" in caught.value.hint


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("layers", "bidirectional"), STACKS)
def test_network_goes_through_its_own_state_dicts(cell: str, bias: bool, layers: int, bidirectional: bool) -> None:
    stack: dict[str, Any] = {"layers": layers, "bidirectional": bidirectional, "bias": bias}
    network = elman.Network(6, 2, cell=cell, hidden=5, symbols=True, seed=3, **stack)
    again = elman.Network.from_state_dict(network.state_dict(), network.state_dict("head"), symbols=True)
    assert again.architecture == network.architecture
    assert again.parameters.flat.tobytes() == network.parameters.flat.tobytes()


@pytest.mark.parametrize("bias", [True, False], ids=["biases", "no-biases"])
def test_tied_head_goes_through_modules_that_share_their_weight(bias: bool, rng: np.random.Generator) -> None:
    network = random_network(rng, inputs=7, outputs=6, symbols=True, embedding=5, tied=True, cell="gru", bias=bias)
    parts = {part: network.state_dict(part) for part in ("recurrent", "embedding", "head")}
    embedding, body, head = torch.nn.Embedding(7, 5), torch.nn.GRU(5, 5, bias=bias), torch.nn.Linear(5, 6, bias)
    for module, part in ((embedding, "embedding"), (body, "recurrent"), (head, "head")):
        module.double().load_state_dict({n: torch.from_numpy(v) for n, v in parts[part].items()})
    x = rng.integers(7, size=(STEPS, ROWS))
    wanted = head(body(embedding(torch.from_numpy(x)))[0]).detach().numpy()
    np.testing.assert_allclose(network.forward(x)[0], wanted, rtol=EXACT, atol=EXACT)
    again = elman.Network.from_state_dict(**parts, tied=True)
    assert again.architecture == network.architecture
    assert again.parameters.flat.tobytes() == network.parameters.flat.tobytes()
    apart = {**parts, "head": {**parts["head"], "weight": parts["head"]["weight"] + 1}}
    with pytest.raises(elman.ConfigError, match="tied: expected a head whose weight is that of the embedding"):
        elman.Network.from_state_dict(**apart, tied=True)


def test_attention_goes_through_its_state_dict() -> None:
    network = elman.Network(3, 2, hidden=5, bidirectional=True, readout="attention")
    parts = {part: network.state_dict(part) for part in ("recurrent", "head", "attention")}
    assert {name: value.shape for name, value in parts["attention"].items()} == {"weight": (1, 10)}
    again = elman.Network.from_state_dict(**parts)
    assert again.architecture == network.architecture
    assert again.parameters.flat.tobytes() == network.parameters.flat.tobytes()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"recurrent": {}}, "recurrent: expected a state_dict with weight_hh_l0; found an empty one"),
        ({"head": None}, "head: expected a state_dict with weight; found None"),
        ({"recurrent": None}, "recurrent: expected a state_dict with weight_hh_l0; found None"),
        (
            {"recurrent": {"weight_hh_l0": np.zeros((10, 5))}},
            r"weight_hh_l0: expected 1 \(rnn\), 3 .* 5 rows; found 10",
        ),
        ({"recurrent": {"weight_hh_l0": np.zeros(10)}}, r"weight_hh_l0: expected shape \(any, any\); found \(10,\)"),
        ({"head": {"weight": np.zeros((2, 5))}}, "head: expected weight, bias; found weight"),
        ({"head": {"weight": np.zeros((2, 9)), "bias": np.zeros(2)}}, r"head: weight: expected shape \(2, 5\)"),
        ({"head": {"weight": np.zeros((2, 5)), "bias": np.full(2, np.nan)}}, "head: bias: expected finite numbers"),
        ({"embedding": {"weight": np.zeros((7, 3, 1))}}, "embedding: weight: expected shape"),
        ({"attention": {"weight": np.zeros((1, 4))}}, r"attention: weight: expected shape \(1, 5\); found \(1, 4\)"),
        ({"attention": {"weight": np.zeros((1, 5))}, "readout": "mean"}, "attention: expected ; found weight"),
        ({"readout": "attention"}, "attention: expected weight; found "),
        ({"nonlinearty": "relu"}, "Architecture: keyword: expected one of .*; found 'nonlinearty'"),
    ],
)
def test_state_dicts_that_make_no_network_are_refused(changed: dict[str, Any], message: str) -> None:
    network = elman.Network(3, 2, hidden=5)
    given: dict[str, Any] = {"recurrent": network.state_dict(), "head": network.state_dict("head"), **changed}
    with pytest.raises(elman.ElmanError, match=message):
        elman.Network.from_state_dict(**given)


def test_state_dict_alone_makes_no_network() -> None:
    with pytest.raises(elman.ConfigError, match="recurrent: expected a state_dict with weight_hh_l0; found an empty"):
        elman.Network.from_state_dict({})
    with pytest.raises(elman.ConfigError, match="head: expected a state_dict with weight; found None") as caught:
        elman.Network.from_state_dict(elman.Network(3, 2).state_dict())
    assert caught.value.hint == "a network ends in a head: the state_dict() of a torch.nn.Linear"


def test_part_that_a_network_does_not_have_has_no_state_dict() -> None:
    network = elman.Network(2, 1, cell="none")
    for part in ("recurrent", "embedding"):
        with pytest.raises(elman.ConfigError, match=f"part: expected one that the network has; found '{part}'"):
            network.state_dict(part)
    with pytest.raises(
        elman.ConfigError, match="part: expected one of recurrent, embedding, attention, terms, head; found 'body'"
    ):
        network.state_dict("body")


# --- files ---


@pytest.mark.parametrize("kind", KINDS)
def test_torch_loads_a_file_as_it_stands(kind: str, tmp_path: Path, rng: np.random.Generator) -> None:
    network = random_network(rng, **KINDS[kind], layers=2, bidirectional=True)
    path = tmp_path / "network.safetensors"
    network.save(path)

    saved = import_module("safetensors.torch").load_file(path)
    twin = Twin(random_network(rng, **KINDS[kind], layers=2, bidirectional=True))
    twin.body.load_state_dict({n: t for n, t in saved.items() if not n.startswith("head.")}, strict=True)
    twin.head.load_state_dict({n.removeprefix("head."): t for n, t in saved.items() if n.startswith("head.")})
    x = rng.standard_normal((STEPS, ROWS, INPUTS))
    wanted = twin(tensor(x))[0].detach().numpy()
    for form in network, elman.Network.load(path):
        np.testing.assert_allclose(form.forward(x)[0], wanted, rtol=EXACT, atol=EXACT)
