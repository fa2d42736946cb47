"""Small networks that learn side by side in one thread: one in each lane of the processor's registers.

A small network that learns from one sequence per update is a chain of latencies: each step waits for the one before.
As many as a register has lanes share one chain. Each learns the same bits as by itself.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from elman.errors import ConfigError
from elman.training.batches import Plan, Progress
from elman.training.updater import Planned, Updater

LONGEST = 1024  # steps: as in engine/network.h


def most_beside(trainer: Updater, plan: Plan) -> int:
    """How many trainers like this one can make such updates side by side; 1: none beside it.

    They can where the network has one layer, one direction, at most 4,096 parameters that fit a core's cache as often
    as there are lanes, and reads numbers; where an update reads one whole sequence and no state from before; where
    answers are numbers; and where gradients are not clipped.
    """
    b, steps = plan.examples, len(np.asarray(plan.examples.inputs))
    whole = b.lengths is None and b.weights is None and not b.terms and plan.carry is None
    one = plan.rows.shape[1] == 1 and steps <= LONGEST
    clips = trainer.clip_norm is not None or trainer.clip_value is not None
    if not whole or not one or clips or trainer.exchange is not None:
        return 1
    return max(1, int(trainer.network.engine.beside(trainer._criterion())))


def fit_beside(trainers: Sequence[Updater], plans: Sequence[Plan]) -> list[Progress] | None:
    """A plan of each, to the bit as `Updater.run` would do it; at most `most_beside` of them.

    None, and nothing is done, where a loss or a gradient of one ceases to be a finite number: `run` says which, and
    goes on with the others. An event's seconds are its share.

    Raises:
        ConfigError: they differ in more than weights, moments, data and seeds.
    """
    first, size = trainers[0], most_beside(trainers[0], plans[0])
    if len(trainers) > size:
        raise ConfigError(f"side by side: expected at most {size} of this kind; found {len(trainers)}")
    planned = [trainer._planned(plan) for trainer, plan in zip(trainers, plans, strict=True)]
    kinds = [_kind(*one) for one in zip(trainers, planned, strict=True)]
    if any(kind != kinds[0] for kind in kinds):
        raise ConfigError("side by side: expected trainers and plans that differ in weights, data and seeds alone")
    _, _, rows, steps, starts, _, rates = planned[0]
    losses = [np.full(len(rows), np.nan) for _ in trainers]
    began = time.perf_counter()
    done = first.network.engine.fit_beside(
        [trainer.network.parameters.flat for trainer in trainers],
        [one.given for one in planned],
        [one.rows for one in planned],
        steps,
        starts,
        rates,
        first._criterion(),
        [trainer._applied() for trainer in trainers],
        [trainer.seed for trainer in trainers],
        first._options(plans[0].noise),
        losses,
    )
    if not done:
        return None
    seconds = (time.perf_counter() - began) / len(trainers)
    for trainer in trainers:
        trainer.updates, trainer.carried = trainer.updates + len(rows), None
    return [Progress(first.updates, some, float(rates[-1]), seconds) for some in losses]


def _kind(trainer: Updater, planned: Planned) -> tuple[Any, ...]:
    """What neighbours have in common."""
    rule = trainer.loss, trainer.optimizer, trainer.schedule, trainer.reduction, trainer.averaging
    work = planned.rows.shape, planned.steps, planned.starts.tobytes(), planned.plan.noise
    return trainer.network.architecture, rule, trainer.updates, work
