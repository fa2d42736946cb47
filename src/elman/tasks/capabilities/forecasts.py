"""To say to predict what comes next in a time series, and how sure that is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from elman.network import Network
from elman.tasks.task import Task


class Forecasts(Task):
    """A task whose models forecast series."""

    @abstractmethod
    def forecast_files(
        self,
        network: Network,
        files: Sequence[str],
        horizon: int | None,
        levels: Sequence[float],
        note: Callable[[str], None],
        future: str | None = None,
        refit: bool = False,
    ) -> Iterator[dict[str, list[Any]]]:
        """Columns of forecasts, some series at a time: `unique_id`, `ds`, `mean`, `lo-95`, `hi-95` …

        Args:
            network: that forecasts.
            files: what is known of series, in place of what the model knows; none: those that it learned from.
            horizon: steps; default: as many as were learned.
            levels: of intervals, in percent.
            note: is told, in lines, what whoever reads the forecasts should know.
            future: a file of what is known in advance of the steps to come, where the model learned from such columns.
            refit: whether what is fitted to each series is fitted anew, to these files; the network stays as it is.

        Raises:
            DataError: there are no files to fit anything to.
        """
