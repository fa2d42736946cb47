"""To answer for what files hold: each sequence in them is a question."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from elman.network import Network
from elman.tasks.task import Task


class PredictsFiles(Task):
    """A task whose inputs are the names of files."""

    @abstractmethod
    def predict_files(
        self, network: Network, files: Sequence[str], note: Callable[[str], None]
    ) -> Iterator[dict[str, Any]]:
        """For each sequence, in order: its `id`, the `output`, and `probabilities` of all classes, if it is one.

        Where each step has an answer, `output` is a list of them, and `probabilities` likewise.

        Args:
            network: that answers.
            files: their names; "-" is standard input.
            note: is told, in lines, what whoever reads the answers should know.
        """
