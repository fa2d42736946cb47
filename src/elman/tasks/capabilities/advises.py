"""To say what may help where a training did not end well."""

from __future__ import annotations

from abc import abstractmethod

from elman.tasks.task import Task


class Advises(Task):
    """A task of which it is known what to try next."""

    @abstractmethod
    def advice(self, passed: bool, proof: str | None) -> str:
        """In a few words; "" where there is nothing to say.

        Args:
            passed: whether the honest answer was yes.
            proof: the verdict of the proof, where one was looked for.
        """
