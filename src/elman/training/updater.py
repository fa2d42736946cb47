"""Updates: batches, or gradients, in; events out.

All randomness inside an update (noise, dropout) is a function of the seed and the number of the update, so a run that
was interrupted and resumed equals one that never was, bit for bit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from elman._engine import FitOptions, derive
from elman.errors import ConfigError, NotFiniteError, ShapeError, choose, in_range, whole
from elman.network.arrays import Parameters, State
from elman.network.checks import Array, array, indices, shaped
from elman.network.examples import examples, extent
from elman.network.losses import REDUCTIONS, Loss, loss_of
from elman.network.network import Network
from elman.network.results import Gradients, LossAndGradient
from elman.training.batches import Batch, Plan, Progress
from elman.training.exchanging import Exchange, Share
from elman.training.optimizers import Adam, Optimizer
from elman.training.schedules import Constant, Schedule
from elman.training.storing import AVERAGE, CARRIED, MOMENTS, check_arrays


class Planned(NamedTuple):
    """U updates, checked."""

    plan: Plan
    given: Any  #: its examples, as the engine takes them
    rows: NDArray[np.int32]  #: (U, B), of those examples
    steps: int  #: of a window
    starts: NDArray[np.int64]  #: (U,)
    carries: NDArray[np.bool_]  #: (U,)
    rates: NDArray[np.float64]  #: (U,)


@dataclass
class Updater:
    """Updates the parameters of a network: with batches, or with gradients of one's own.

    Its own state (`updates`, the moments `first` and `second`, the `carried` state, the seed) is all that a resumed
    run needs beside the network's parameters.
    """

    network: Network
    _: KW_ONLY
    loss: Loss | str = "bits"
    optimizer: Optimizer = field(default_factory=Adam)
    schedule: Schedule = field(default_factory=Constant)
    clip_norm: float | None = None
    clip_value: float | None = None
    reduction: str = "mean"
    averaging: float = 0.0
    seed: int = 0
    exchange: Exchange | None = None
    part: tuple[int, int] = (0, 1)

    def __post_init__(self) -> None:
        loss_of(self.loss)
        for name, kind in (("network", Network), ("optimizer", Optimizer), ("schedule", Schedule)):
            if not isinstance(getattr(self, name), kind):
                example = {"optimizer": "such as elman.Adam(0.01)", "schedule": "such as elman.Cosine(updates=1000)"}
                raise ConfigError(
                    f"{name}: expected one like elman.{kind.__name__}; found {getattr(self, name)!r}",
                    example.get(name, ""),
                )
        choose("reduction", self.reduction, REDUCTIONS)
        whole("seed", self.seed, 0, (1 << 63) - 1)
        for name in ("clip_norm", "clip_value"):
            if getattr(self, name) is not None:
                in_range(name, getattr(self, name), 0, math.inf, low_in=False, high_in=False)
        in_range("averaging", self.averaging, 0, 1, high_in=False)
        Share.of(self.exchange, self.part)
        self.updates = 0
        self.carried: State | None = None
        self._moments = {name: np.zeros_like(self.network.parameters.flat) for name in MOMENTS}
        if self.averaging:
            self._moments[AVERAGE] = self.network.parameters.flat.copy()
        self._rule: tuple[Optimizer, Any] | None = None
        self._cost: tuple[Loss | str, Any] | None = None
        self._own: State | None = None  # the carried state, where it is one that updates left

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_rule": None, "_cost": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        moments = {name: np.require(values, requirements="W") for name, values in state["_moments"].items()}
        vars(self).update({**state, "_moments": moments})

    def _applied(self) -> Any:
        """The optimizer over the moments, as the engine takes it."""
        if self._rule is None or self._rule[0] is not self.optimizer:
            self._rule = self.optimizer, self.optimizer.engine(self.network, self.first, self.second, self.average)
        return self._rule[1]

    def _criterion(self) -> Any:
        """The loss as the engine takes it."""
        if self._cost is None or self._cost[0] is not self.loss:
            self._cost = self.loss, loss_of(self.loss).engine(self.network.architecture)
        return self._cost[1]

    @property
    def first(self) -> Array:
        """The first moments (P,): momentum, or the mean of gradients."""
        return self._moments["first"]

    @first.setter
    def first(self, values: ArrayLike) -> None:
        self._set("first", values)

    @property
    def second(self) -> Array:
        """The second moments (P,): the mean, or sum, of squared gradients."""
        return self._moments["second"]

    @second.setter
    def second(self, values: ArrayLike) -> None:
        self._set("second", values)

    @property
    def average(self) -> Array | None:
        """The average of the parameters (P,) over the updates; None where `averaging` is 0.

        An update leaves as much of it as `averaging` says, and takes the rest from the parameters (Polyak and Juditsky,
        1992, with weights that fall exponentially); the first updates leave less: n / (n + 9) after n.
        """
        return self._moments.get(AVERAGE)

    @average.setter
    def average(self, values: ArrayLike) -> None:
        self._set(AVERAGE, values)

    def averaged(self, network: Network) -> Network:
        """Where an average is kept, a network like this one with it; else this one."""
        if self.average is None:
            return network
        found = Network.of(network.architecture)
        found.parameters.flat = self.average
        return found

    def _set(self, name: str, values: ArrayLike) -> None:
        moments = self._moments[name]
        moments[...] = array(f"{name} moments", values, moments.dtype, moments.shape)

    def run(self, batches: Iterable[Batch | Plan]) -> Iterator[Progress]:
        """Applies updates; one event for each batch or plan, whose arrays are read, and checked, when its turn comes.

        Stopped by Ctrl-C (within 0.1 s) or by NotFiniteError, the network is as the last whole update left it.
        """
        if isinstance(batches, Batch | Plan):
            raise ConfigError("run: expected batches, one after another; found one alone", "trainer.run([batch])")
        for item in batches:
            if not isinstance(item, Batch | Plan):
                raise ConfigError(
                    f"run: expected an elman.Batch or elman.Plan; found {type(item).__name__}",
                    "elman.Batch(inputs=…, targets=…); `fit` takes sequences as they are",
                )
            yield self._fit(item if isinstance(item, Plan) else self._whole(item))

    def _whole(self, batch: Batch) -> Plan:
        """One update over all of a batch."""
        rows = np.arange(extent(self.network.architecture, batch.inputs)[1])[None, :]
        may_carry = self.network.architecture.per_step or batch.carry  # which the update then refuses
        return Plan(examples=batch, rows=rows, carry=np.array([batch.carry]) if may_carry else None)

    def _fit(self, plan: Plan) -> Progress:
        planned, shared = self._planned(plan), self.exchange is not None
        count, batch = planned.rows.shape
        carried = self._carry(batch, None if plan.carry is None else planned.carries)
        states = self.share.own(carried) if shared else carried
        left = [] if shared else states  # of all rows, after the last update that is done
        losses = np.full(count, np.nan)
        began = time.perf_counter()
        try:
            trouble = self._learn(planned, states, losses)
            if shared:
                left = self.share.whole(states, batch)
        finally:
            done = int(np.count_nonzero(~np.isnan(losses)))
            self.updates += done
            if done:
                names = self.network.architecture.states
                self.carried = self._own = State(**dict(zip(names, left, strict=True))) if left else None
        self._check_finite(trouble)
        return Progress(self.updates, losses, float(planned.rates[-1]), time.perf_counter() - began)

    def _planned(self, plan: Plan) -> Planned:
        """A plan as the engine takes it, checked."""
        b = plan.examples
        architecture = self.network.architecture
        total, columns = extent(architecture, b.inputs)
        rows = indices("rows", plan.rows, (None, None), 0, columns - 1)
        if rows.size == 0:
            raise ShapeError(f"rows: expected at least one update of one row; found shape {rows.shape}")
        used = None
        if rows.size < columns:  # then to check what is read costs less than to check all
            used, rows = _numbered(rows)
        given = examples(
            architecture,
            b.inputs,
            lengths=b.lengths,
            targets=b.targets,
            loss=self.loss,
            weights=b.weights,
            columns=used,
            terms=b.terms,
        )
        count = len(rows)
        steps = total if plan.steps is None else plan.steps
        if isinstance(steps, bool) or not isinstance(steps, Integral) or not 1 <= int(steps) <= total:
            raise ShapeError(f"starts: expected windows of 1 to {total} steps; found {steps}")
        in_range("noise", plan.noise, 0, 1)
        last = total - steps
        starts = np.zeros(count, np.int32) if plan.starts is None else indices("starts", plan.starts, (count,), 0, last)
        carry = None if plan.carry is None else array("carry", plan.carry, np.bool_, (count,))
        if not architecture.per_step and carry is not None and carry.any():
            raise ConfigError(
                f"carry: expected none with readout {architecture.readout!r}, which reads windows apart; found some",
                "carry=False; whole sequences go into one update",
            )
        carries = np.zeros(count, np.bool_) if carry is None else carry
        return Planned(plan, given, rows, int(steps), starts.astype(np.int64), carries, self._rates(count))

    def _learn(self, planned: Planned, states: list[Array], losses: NDArray[np.float64]) -> str:
        """Makes updates; "", or what was not finite.

        As each is done, its loss goes to `losses` (U,), and the states after it to `states`: of this process's rows.
        """
        flat, exchange = self.network.parameters.flat, None
        if self.exchange is not None:
            exchange = self.share.engine(np.empty(len(flat) + 2, flat.dtype), planned.rows.shape[1])
        trouble: str = self.network.engine.fit(
            flat,
            planned.given,
            planned.rows,
            planned.steps,
            planned.starts,
            planned.carries,
            planned.rates,
            self._criterion(),
            self._applied(),
            self._options(planned.plan.noise),
            states,
            losses,
            exchange,
        )
        return trouble

    @property
    def share(self) -> Share:
        """What this process has in each update; all of it, unless there is an exchange."""
        return Share.of(self.exchange, self.part)

    def _rates(self, count: int) -> NDArray[np.float64]:
        """Of so many updates from now on."""
        return self.optimizer.rate * self.schedule.factors(np.arange(self.updates, self.updates + count))

    def _options(self, noise: float = 1.0) -> FitOptions:
        return FitOptions(
            mean=self.reduction == "mean",
            clip_norm=self.clip_norm or 0.0,
            clip_value=self.clip_value or 0.0,
            averaging=self.averaging,
            count=self.updates,
            seed=self.seed,
            noise=noise,
        )

    def _check_finite(self, trouble: str) -> None:
        """A NotFiniteError where the engine met something that is not."""
        if trouble:
            what = "the loss" if trouble == "loss" else f"the gradient of {trouble}"
            raise NotFiniteError(
                f"update {self.updates + 1}: {what} is not finite; the network is as update {self.updates} left it",
                "a smaller rate, or clipping of the gradient, usually helps",
            )

    # --- updates with gradients of one's own ---

    @property
    def noise_key(self) -> int:
        """What the noise and dropout of the next update follow from, as methods of `Network` take it."""
        return derive(self.seed, self.updates + 1)

    def apply(
        self,
        gradient: LossAndGradient | Gradients | Mapping[str, ArrayLike] | ArrayLike,
        loss: float | None = None,
    ) -> Progress:
        """One update with this gradient, to the bit as `run`: is it finite, clipping, optimizer, average.

        It leaves no state for a batch that carries on; who computed the gradient knows one, and may set `carried`.

        Args:
            gradient: what `Network.vjp` or `Network.loss_and_gradient` returns, its gradient by the parameters alone,
                a mapping of the names of all parameters to arrays of their shapes, or a flat array (P,). It is not
                changed.
            loss: what the event is to tell, if it is known; by default that of `loss_and_gradient`.

        Raises:
            NotFiniteError: the loss or the gradient is not finite; the network and the trainer are as before.
            ShapeError: it is no gradient of this network.
        """
        flat = self.network.parameters.flat
        if isinstance(gradient, LossAndGradient):
            loss, gradient = gradient.loss if loss is None else loss, gradient.gradient
        elif isinstance(gradient, Gradients):
            gradient = gradient.parameters
        if isinstance(gradient, Parameters):
            if gradient.tensors != self.network.parameters.tensors:
                raise ShapeError(f"gradient: expected that of {self.network.parameters!r}; found {gradient!r}")
            gradient = gradient.flat
        elif isinstance(gradient, Mapping):
            gradient = _joined(gradient, self.network.parameters)
        given = _real("gradient", gradient, flat.dtype, flat.shape)
        losses = np.zeros(0) if loss is None else _real("loss", loss, np.float64, ()).reshape(1)
        self._check_finite("" if np.isfinite(losses).all() else "loss")
        rate = float(self._rates(1)[0])
        began = time.perf_counter()
        self._check_finite(self.network.engine.apply(flat, given, rate, self._applied(), self._options()))
        self.updates += 1
        self.carried = None
        return Progress(self.updates, losses, rate, time.perf_counter() - began)

    # --- what goes on ---

    def arrays(self) -> dict[str, Array]:
        """What a run that goes on needs beside the parameters: moments, average, `carried.h` and so on, by name."""
        carried = {CARRIED + name: values for name, values in (self.carried or {}).items()}
        return {**self._moments, **carried}

    def go_on(self, updates: int, arrays: Mapping[str, Array]) -> None:
        """Takes the place of a trainer that has done so many updates, and kept these arrays.

        Raises:
            ConfigError: arrays are missing, or not those of such a trainer.
        """
        check_arrays(self.network.architecture, self.network.parameters.flat, arrays)
        moments = [name for name in arrays if not name.startswith(CARRIED)]
        if set(moments) != set(self._moments):
            found = ", ".join(moments) or "none"
            raise ConfigError(f"expected the tensors {', '.join(self._moments)}; found {found}")
        self.updates = updates
        for name in moments:
            self._set(name, arrays[name])
        states = [name for name in self.network.architecture.states if CARRIED + name in arrays]
        self.carried = State(**{name: arrays[CARRIED + name].copy() for name in states}) if states else None

    def _carry(self, batch: int, carry: Array | None) -> list[Array]:
        """The arrays in which states travel from update to update; none for a plan that never carries."""
        if carry is None:
            return []
        known = self.carried
        if known is None or len(known) == 0 or known[next(iter(known))].shape[1:2] != (batch,):
            if carry[0]:
                found = "none" if known is None else f"one of {known['h'].shape[1]} rows"
                raise ShapeError(f"carry: expected a state of {batch} rows from the update before; found {found}")
            known = self.network.new_state(batch)
        if known is self._own:  # as this trainer made it
            return list(known.values())
        return [np.require(a, requirements="W") for a in self.network.states("carried", known, batch)]


def _real(where: str, value: ArrayLike, dtype: DTypeLike, shape: tuple[int, ...]) -> Array:
    """Real numbers of this shape, finite or not, as a C-contiguous array of this type."""
    found = shaped(where, value, shape)
    if found.dtype.kind not in "biuf":
        raise ShapeError(f"{where}: expected real numbers; found {found.dtype}")
    with np.errstate(over="ignore"):  # what does not fit becomes infinite
        return np.ascontiguousarray(found, dtype)


def _joined(gradient: Mapping[str, ArrayLike], parameters: Parameters) -> Array:
    """A gradient by names as a flat array (P,)."""
    if set(gradient) != set(parameters):
        names = ", ".join(map(str, gradient)) or "none"
        raise ShapeError(f"gradient: expected an array for each of {', '.join(parameters)}; found {names}")
    found = parameters.like(np.empty_like(parameters.flat))
    for name, values in found.items():
        values[...] = _real(f"gradient: {name}", gradient[name], values.dtype, values.shape)
    return found.flat


def _numbered(rows: NDArray[np.int32]) -> tuple[Array, NDArray[np.int32]]:
    """The different rows of a plan, in order, and the plan's as numbers of those."""
    different, numbers = np.unique(rows, return_inverse=True)
    return different, numbers.reshape(rows.shape).astype(np.int32)
