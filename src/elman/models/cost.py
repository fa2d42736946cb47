"""What it costs to hold a model in shorter numbers, by the score of its task."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from elman.errors import ConfigError, DataError
from elman.network import Network
from elman.tasks import Task
from elman.tasks.capabilities.learns_from_data import LearnsFromData, refuse

WORSE = 0.005  # the share by which the score with int8 may be worse
MEASURED = {"int8"}  # forms that are not written unless it is known what they cost

Metrics = dict[str, Any]


class Cost(NamedTuple):
    """The metrics with the long and the short numbers; None where they could not be measured, for the reason."""

    before: Metrics | None = None
    after: Metrics | None = None
    reason: str | None = None


def cost(task: Task, long: Network, short: Network, form: str, data: Sequence[Any]) -> Cost:
    """Of numbers of this form.

    Args:
        task: what the networks have learned.
        long: with the numbers as they are.
        short: with those that the form holds.
        form: float16 or int8.
        data: what they are scored on; none: what was held out of the task's own.

    Raises:
        ConfigError: the form costs too much, or must be measured, and cannot be; or the task takes no data.
        DataError: the data that is given is not to be read.
    """
    if not isinstance(task, LearnsFromData):
        refuse(task, data)
    try:
        measured, before, after = _measured(task, long, short, data)
    except (ConfigError, DataError) as error:
        if data:
            raise
        if form in MEASURED:
            raise ConfigError(
                f"{form}: expected data that tells what it costs; found none: {error}",
                "name a file that it is measured on, or take float16",
            ) from None
        return Cost(reason=str(error))
    if form in MEASURED and measured.cost(after) > measured.cost(before) * (1 + WORSE):
        raise ConfigError(
            f"{form}: expected a score at most {WORSE:.1%} worse; found {measured.cost_told(after)}, where it was "
            f"{measured.cost_told(before)}",
            "float16 keeps more",
        )
    return Cost(before, after)


def _measured(task: Task, long: Network, short: Network, data: Sequence[Any]) -> tuple[Task, Metrics, Metrics]:
    """The metrics of both, and whose they are."""
    score = task.score
    if isinstance(task, LearnsFromData) and data:
        score = partial(task.score_on, data=data)
    elif isinstance(task, LearnsFromData):
        task = task.read_again()
        score = task.score
    before, after = score(long), score(short)
    task.cost(after)  # a ConfigError where nothing could be measured
    return task, before, after
