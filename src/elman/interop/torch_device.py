"""Training on a device of PyTorch, a GPU say (the extra `torch`): its modules, its losses, its optimizers.

What is learned, kept and told is the same: batches, schedule, clipping, averaging and events are those of a `Trainer`,
and what an update leaves goes back into its arrays. So the same model file comes out, and either goes on with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from threading import Event
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from elman._engine import derive
from elman.errors import ConfigError
from elman.interop.cuda_graph import Recorded
from elman.interop.devices import check_device, without
from elman.interop.torch import KNOWN, foreign, to_torch
from elman.network.checks import Array
from elman.network.losses import CrossEntropy, Huber, Loss, loss_of
from elman.spelling import called, plain, spelled
from elman.training import SGD, Adagrad, Adam, AdamW, LazyAdam, Optimizer, RMSProp, Trainer
from elman.training.updater import Planned

Tensor = Any

# What PyTorch calls the two moments of an optimizer.
MOMENTS = {
    "SGD": ("momentum_buffer", None),
    "RMSProp": ("momentum_buffer", "square_avg"),
    "Adagrad": (None, "sum"),
    "Adam": ("exp_avg", "exp_avg_sq"),
    "AdamW": ("exp_avg", "exp_avg_sq"),
}


def to_device(trainer: Trainer, device: str) -> Trainer:
    """A trainer of the same network that goes on where this one is, on a device of PyTorch: "cuda", or "torch-cpu".

    It takes what a `Trainer` takes, and gives what it gives. Between two events everything is in the arrays of elman:
    what it saves can be gone on with anywhere. Results are those of the CPU up to rounding, but for dropout, whose
    masks are PyTorch's. Validations are made on the CPU.

    Raises:
        ConfigError: PyTorch, or the device, is not there; or it has no such network, loss or optimizer.
    """
    torch = check_device(device)
    _check(trainer)
    settings = {one.name: getattr(trainer, one.name) for one in fields(Trainer) if one.name not in ("exchange", "part")}
    found = DeviceTrainer(**settings)
    found.begin(torch, torch.device("cpu" if device == "torch-cpu" else device))
    found.go_on(trainer.updates, trainer.arrays())
    return found


def _check(trainer: Trainer) -> None:
    """A ConfigError where PyTorch's modules, or this file, have no such thing."""
    if trainer.exchange is not None:
        raise _refusal("a trainer without an exchange", "one")
    a = trainer.network.architecture
    if kind := foreign(a):
        raise _refusal(KNOWN, kind)
    for name in ("noise", "weight_dropout", "terms"):
        if getattr(a, name):
            off = "" if name == "terms" else f"{spelled(name, 0)} trains without it"
            raise _refusal(f"a network without {name}", f"{name} {plain(getattr(a, name))}", off)
    if a.tied and a.outputs != a.inputs:
        raise _refusal(f"a tied head with {a.inputs} outputs", str(a.outputs))
    kind = type(loss_of(trainer.loss)).__name__
    if kind not in LOSSES:
        raise _refusal(f"one of the losses {', '.join(LOSSES)}", kind)
    optimizer = type(trainer.optimizer).__name__
    if isinstance(trainer.optimizer, LazyAdam) or optimizer not in MOMENTS:
        raise _refusal(f"one of the optimizers {', '.join(MOMENTS)}", optimizer)


def _refusal(expected: str, found: str, off: str = "") -> ConfigError:
    return ConfigError(
        f"{called('device')}: expected {expected}; found {found}", "; ".join(filter(None, [off, without()]))
    )


# --- losses: of each answer (…, O), before weights; constants lie beside `like`, on its device ---

Cost = Callable[[Tensor, Tensor], Tensor]  # of outputs and targets


def _bits(torch: Any, _: Loss, like: Tensor) -> Cost:
    cost = torch.nn.functional.binary_cross_entropy_with_logits
    return lambda y, t: cost(y, t, reduction="none").sum(-1)


def _symbols(torch: Any, loss: Loss, like: Tensor) -> Cost:
    given, cost = cast(CrossEntropy, loss), torch.nn.functional.cross_entropy
    weight = None if given.class_weights is None else like.new_tensor(given.class_weights)
    more = {"weight": weight, "reduction": "none", "label_smoothing": given.smoothing}
    return lambda y, t: cost(y.flatten(0, -2), t.flatten(), **more).view(t.shape)


def _squared(torch: Any, _: Loss, like: Tensor) -> Cost:
    return lambda y, t: 0.5 * torch.square(y - t).sum(-1)


def _squared_sigmoid(torch: Any, _: Loss, like: Tensor) -> Cost:
    return lambda y, t: 0.5 * torch.square(torch.sigmoid(y) - t).sum(-1)


def _huber(torch: Any, loss: Loss, like: Tensor) -> Cost:
    cost, delta = torch.nn.functional.huber_loss, cast(Huber, loss).delta
    return lambda y, t: cost(y, t, reduction="none", delta=delta).sum(-1)


def _pinball(torch: Any, loss: Loss, like: Tensor) -> Cost:
    levels = like.new_tensor(loss.options(len(like))["of_outputs"])

    def cost(y: Tensor, t: Tensor) -> Tensor:
        wrong = torch.where(torch.isnan(t), 0, y - torch.nan_to_num(t))
        return torch.maximum(-levels * wrong, (1 - levels) * wrong).sum(-1)

    return cost


LOSSES: dict[str, Callable[[Any, Loss, Tensor], Cost]] = {
    "BinaryCrossEntropy": _bits,
    "CrossEntropy": _symbols,
    "SquaredError": _squared,
    "SquaredErrorOfSigmoid": _squared_sigmoid,
    "Huber": _huber,
    "Pinball": _pinball,
}


# --- updates ---


def _optimizer(torch: Any, rule: Optimizer, named: dict[str, Tensor], *, gpu: bool) -> Any:
    """PyTorch's, over parameters by elman's names; those of the same weight decay are stepped together."""
    decays: dict[float, list[Tensor]] = defaultdict(list)
    for name, tensor in named.items():
        decays[rule.decay_of(name)].append(tensor)
    groups = [{"params": tensors, "weight_decay": decay} for decay, tensors in decays.items()]
    if isinstance(rule, SGD):
        return torch.optim.SGD(groups, lr=rule.rate, momentum=rule.momentum, nesterov=rule.nesterov, fused=gpu)
    if isinstance(rule, RMSProp):
        return torch.optim.RMSprop(groups, lr=rule.rate, alpha=rule.alpha, eps=rule.eps, momentum=rule.momentum)
    if isinstance(rule, Adagrad):
        return torch.optim.Adagrad(groups, lr=rule.rate, eps=rule.eps)
    adam = cast(Adam, rule)
    kind = torch.optim.AdamW if isinstance(rule, AdamW) else torch.optim.Adam
    return kind(groups, lr=adam.rate, betas=adam.betas, eps=adam.eps, fused=gpu)


@dataclass(frozen=True)
class _Window:
    """What an update reads, on the device; T steps, B rows."""

    x: Tensor
    targets: Tensor
    weights: Tensor  # of the answers: the loss is the sum of what each costs, times its weight
    ends: Array | None  # (B,), where rows end; None: all after T
    alive: Tensor | None  # (1, B, 1): rows that have any step; None: all


class _Found(NamedTuple):
    """What an update changes the parameters by, on the device."""

    told: Tensor  # the loss, and whether it and each gradient are finite (1 or 0)
    gradients: list[Tensor]  # of all parameters
    last: list[Tensor]  # states


class DeviceTrainer(Trainer):
    """As `to_device` makes it."""

    def begin(self, torch: Any, device: Any) -> None:
        """Puts the network on a device."""
        a, loss = self.network.architecture, loss_of(self.loss)
        self._torch, self._device = torch, device
        self._module = to_torch(self.network).to(device).train()
        if a.tied:
            self._module.head.weight = self._module.embedding.weight
        named = dict(self._module.named_parameters())
        self._named: dict[str, Tensor] = {name.removeprefix("recurrent."): tensor for name, tensor in named.items()}
        self._per_answer = LOSSES[type(loss).__name__](torch, loss, self._module.head.weight[:, 0].detach())
        gpu = device.type == "cuda"
        self._compute = Recorded(torch, self._gradient) if gpu else self._gradient
        self._steps = _optimizer(torch, self.optimizer, self._named, gpu=gpu)
        self._averages = {name: torch.zeros_like(tensor) for name, tensor in self._named.items()}

    def _learn(self, planned: Planned, states: list[Array], losses: NDArray[np.float64]) -> str:
        """In a thread of its own: Ctrl-C, which Python's main thread hears, comes between two updates."""
        stop = Event()
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(self._updates, planned, states, losses, stop)
            try:
                return future.result()
            finally:
                stop.set()

    def _updates(self, planned: Planned, states: list[Array], losses: NDArray[np.float64], stop: Event) -> str:
        torch = self._torch
        carried = [torch.from_numpy(one).to(self._device) for one in states]
        self._move(to_device=True)
        trouble = ""
        windows = (self._window(planned, u) for u in range(len(planned.rates)))
        window = next(windows)
        with torch.random.fork_rng(range(torch.cuda.device_count())):
            for u, rate in enumerate(planned.rates):
                if stop.is_set() or trouble:
                    break
                torch.manual_seed(derive(self.seed, self.updates + u + 1) >> 1)
                found = self._begun(window, carried if planned.carries[u] else [])
                window = next(windows, window)  # is read while the device computes
                loss, trouble = self._update(found, self.updates + u + 1, float(rate), carried)
                losses[u] = np.nan if trouble else loss
        self._move(to_device=False)
        for to, one in zip(states, carried, strict=True):
            to[...] = one.cpu().numpy()
        return trouble

    def _begun(self, window: _Window, first: list[Tensor]) -> _Found:
        given = (window.x, window.targets, window.weights, *first)
        if window.ends is None:
            return cast(_Found, self._compute(*given))
        return self._gradient(*given, ends=window.ends, alive=window.alive)

    def _update(self, found: _Found, count: int, rate: float, carried: list[Tensor]) -> tuple[float, str]:
        """The loss; and what was not finite, and then nothing has changed."""
        loss, *finite = found.told.tolist()
        if not all(finite):
            return loss, ["loss", *self._named][finite.index(False)]
        self._apply(found.gradients, rate, count)
        for state, end in zip(carried, found.last, strict=False):  # of both directions, none is carried
            state.copy_(end)
        return loss, ""

    def _gradient(
        self,
        x: Tensor,
        targets: Tensor,
        weights: Tensor,
        *carried: Tensor,
        ends: Array | None = None,
        alive: Tensor | None = None,
    ) -> _Found:
        torch, a, parameters = self._torch, self.network.architecture, list(self._named.values())
        first = dict(zip(a.states, carried, strict=True)) if carried else None
        y, last = self._module(x, first, ends, a.output_dropout)
        loss = (self._per_answer(y, targets) * weights).sum()
        found = torch.autograd.grad(loss, parameters, allow_unused=True)  # unused: an initial state, where one is given
        gradients = [torch.zeros_like(p) if one is None else one for p, one in zip(parameters, found, strict=True)]
        finite = [torch.isfinite(one).all() for one in (loss, *gradients)]
        told = torch.stack([loss.detach().double(), *(one.double() for one in finite)])
        if alive is not None:
            begun = self._module.first_state(first, x.shape[1])
            last = {name: torch.where(alive, end, begun[name]) for name, end in last.items()}
        return _Found(told, gradients, [last[name].detach() for name in a.states])

    def _apply(self, gradients: list[Tensor], rate: float, count: int) -> None:
        """Clipping, the optimizer, the average."""
        torch, parameters = self._torch, list(self._named.values())
        for tensor, gradient in zip(parameters, gradients, strict=True):
            tensor.grad = gradient
        if self.clip_value:
            torch.nn.utils.clip_grad_value_(parameters, self.clip_value)
        if self.clip_norm:
            torch.nn.utils.clip_grad_norm_(parameters, self.clip_norm)
        for group in self._steps.param_groups:
            group["lr"] = rate
        self._steps.step()
        if self.averaging:
            kept = min(self.averaging, count / (count + 9))
            torch.optim.swa_utils.get_ema_multi_avg_fn(kept)(list(self._averages.values()), parameters, count)

    def _window(self, planned: Planned, u: int) -> _Window:
        """The examples of an update. Where a weight is 0, the target is one that costs a finite number."""
        a, loss, b = self.network.architecture, loss_of(self.loss), planned.plan.examples
        dtype, rows = np.dtype(a.dtype), np.asarray(planned.plan.rows)[u]
        start, steps = int(planned.starts[u]), planned.steps
        answered = (slice(start, start + steps), rows) if a.per_step else (rows,)
        x = np.asarray(b.inputs)[start : start + steps, rows]
        lengths = None if b.lengths is None else np.clip(np.asarray(b.lengths)[rows] - start, 0, steps)
        targets = np.asarray(b.targets)[answered]
        shape = a.answers(steps, len(rows))
        weights = np.ones(shape, dtype) if b.weights is None else np.asarray(b.weights, dtype)[answered]
        if lengths is not None:
            weights = weights * (np.arange(steps)[:, None] < lengths if a.per_step else lengths > 0)
        counts = weights > 0
        if loss.symbols:
            targets = np.where(counts, targets, 0).astype(np.int64)
        else:
            targets = np.where(counts[..., None], targets, 0).astype(dtype)
            targets = targets.repeat(a.outputs // targets.shape[-1], -1)
        if self.reduction == "mean" and counts.any():
            mass = (weights * loss.mass(targets)).sum() if loss.symbols else weights.sum()
            weights = weights / mass if mass > 0 else np.zeros_like(weights)
        on = self._on_device
        alive = None if lengths is None or lengths.all() else on((lengths > 0)[None, :, None])
        ends = None if lengths is None else np.maximum(lengths, 1)
        x = on(x.astype(np.int64 if a.symbols else dtype))
        return _Window(x, on(targets), on(weights.astype(dtype)), ends, alive)

    def _on_device(self, values: Array) -> Tensor:
        return self._torch.from_numpy(np.ascontiguousarray(values)).to(self._device, non_blocking=True)

    def _move(self, *, to_device: bool) -> None:
        """Parameters, moments and the average to the device, or back."""
        kind = type(self.optimizer).__name__
        for name, shape, offset in self.network.parameters.tensors:
            tensor, part = self._named[name], slice(offset, offset + int(np.prod(shape)))
            state = self._steps.state[tensor]
            pairs = [(tensor.detach(), self.network.parameters.flat)]
            for key, moments in zip(MOMENTS[kind], (self.first, self.second), strict=True):
                if key is not None:
                    pairs.append((state.setdefault(key, self._torch.zeros_like(tensor)), moments))
            if self.average is not None:
                pairs.append((self._averages[name], self.average))
            for there, here in pairs:
                values = here[part].reshape(tensor.shape)
                if to_device:
                    there.copy_(self._torch.from_numpy(values))
                else:
                    values[...] = there.cpu().numpy()
            on = tensor.device if self._steps.defaults.get("fused") else None
            state["step"] = self._torch.tensor(float(self.updates), device=on)
