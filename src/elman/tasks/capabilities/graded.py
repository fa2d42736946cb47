"""To be better or worse, where no answer is simply right."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from elman.tasks.task import Task


class Graded(Task):
    """A task whose networks are good by degrees. `passed` says no more of them than that they learned something."""

    @classmethod
    @abstractmethod
    def figure(cls, metrics: Mapping[str, Any]) -> str | None:
        """The name of the metric that tells how good a network is.

        It is "" where nothing was held out to measure it by, and None where these say whether it is right after all.
        """
