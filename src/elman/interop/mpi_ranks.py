"""Processes that mpiexec, or a cluster's scheduler, started: MPI adds up (the extra `mpi`)."""

from __future__ import annotations

import atexit
import time
from typing import Any

from elman.errors import ConfigError, ExchangeError
from elman.interop.needed import needed
from elman.interop.ranks import Ranks
from elman.network.checks import Array

HEARD = 0.5  # seconds in which mpiexec passes on what was said: on an abort it drops what it has not read yet


class MPIRanks(Ranks):
    """All processes of the world communicator."""

    def __init__(self) -> None:
        try:
            self._mpi: Any = needed("mpi4py.MPI", "mpi")
        except RuntimeError as error:
            raise ConfigError(f"mpi: expected a library of MPI; found: {error.args[0].splitlines()[0]}") from None
        self._world = self._mpi.COMM_WORLD
        self.rank, self.size = self._world.rank, self._world.size

    def exchange(self, flat: Array) -> None:
        """Adds up, by whatever connects the processes."""
        try:
            self._world.Allreduce(self._mpi.IN_PLACE, flat)
        except self._mpi.Exception as error:
            raise ExchangeError(f"expected an answer of the other processes; found: {error}") from None

    def fail(self, code: int) -> None:
        """At its end this process ends all: MPI itself would wait for the others."""
        atexit.register(self._world.Abort, code)
        atexit.register(time.sleep, HEARD)  # which comes first
