"""One training on many processes: rank 0 speaks, writes and decides; the others compute their part, in silence."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from elman.errors import ExchangeError, NotFiniteError
from elman.interop.ranks import Ranks
from elman.models import Training
from elman.models.keep import taken_up
from elman.signals import hold, listen


class Company:
    """The processes that run this command together; where there is but one, nothing is different.

    What ends a training (its goal, the time, Ctrl-C, a number that is not finite) ends it everywhere after the same
    update. Then the others wait until rank 0 has measured and written the model, and end with its exit code. Any other
    error ends the process that met it, and with it all: nobody waits for who has gone.
    """

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks
        self._training: Training | None = None
        self.code = 2  # with which all end; unless something is found, that of an error
        self._stderr = sys.stderr

    def __enter__(self) -> Self:
        if not self.leads:
            sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")
        return self

    @property
    def leads(self) -> bool:
        """Whether this process is the one that speaks, writes and decides."""
        return self._ranks.rank == 0

    def join(self, training: Training, out: Path | None) -> Training:
        """A training that all share; where all were begun anew, from the last checkpoint at `out` on."""
        if self._ranks.restarts and out is not None:
            training = taken_up(training, out)
        if self._ranks.size > 1:
            training.share(self._ranks.exchange, self._ranks.part, hold())
            self._training = training
        return training

    def follow(self, training: Training, minutes: float | None) -> int:
        """What another process than rank 0 does: its part, then it waits for the exit code."""
        with suppress(KeyboardInterrupt, NotFiniteError):  # which all meet; rank 0 says so
            for _ in training.run(minutes):
                pass
        [code] = training.trainer.share.decided(0)
        return int(code)

    def trained(self) -> None:
        """Rank 0 goes on alone: it can be interrupted by itself again."""
        if self._training is not None:
            listen()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._training is not None and self._training.ended and self.leads:
            with suppress(ExchangeError):  # what went wrong before is what is to be said
                self._training.trainer.share.decided(self.code)
        elif error is not None and self._ranks.size > 1:
            self._ranks.fail(self.code)
            atexit.register(sys.stdout.flush)  # before that is called
        if not self.leads:
            sys.stderr = self._stderr
            if error is not None:
                error.args = (f"rank {self._ranks.rank}: {error}", *error.args[1:])
