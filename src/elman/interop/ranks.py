"""The processes that train one network together, as whoever started them says: torchrun, or mpiexec."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod

from elman.lazy import fetch
from elman.network.checks import Array


class Ranks(ABC):
    """This process among those that run the same program: `elman.Trainer(…, exchange=r.exchange, part=r.part)`."""

    rank: int  #: the number of this process, from 0
    size: int  #: how many there are
    restarts: int = 0  #: how often all of them were begun anew, because one had failed

    @property
    def part(self) -> tuple[int, int]:
        """Which part of each batch is this process's, as a `Trainer` takes it."""
        return self.rank, self.size

    @abstractmethod
    def exchange(self, flat: Array) -> None:
        """Puts the sum of the arrays (n,) of all processes in this one's place.

        Raises:
            ExchangeError: another process has ended.
        """

    @abstractmethod
    def fail(self, code: int) -> None:
        """This process will end with an error: no other is to wait for it."""


class Alone(Ranks):
    """The only process."""

    rank, size = 0, 1

    def exchange(self, flat: Array) -> None:
        """The sum is there already."""

    def fail(self, code: int) -> None:
        """Nobody waits."""


# What started the processes -> the variable that says how many they are, and where their `Ranks` are.
TORCH = ("elman.interop.torch_ranks", "TorchRanks")
MPI = ("elman.interop.mpi_ranks", "MPIRanks")
STARTERS = {
    "WORLD_SIZE": TORCH,  # torchrun
    "OMPI_COMM_WORLD_SIZE": MPI,  # Open MPI
    "PMI_SIZE": MPI,  # MPICH and its relatives; Slurm
}


def ranks() -> Ranks:
    """The processes that run this program together: as `torchrun` or `mpiexec` started them, or this one alone.

    Raises:
        ConfigError: there are several, and what they need is not installed.
        ExchangeError: they do not find each other.
    """
    for variable, (module, name) in STARTERS.items():
        if os.environ.get(variable, "1") != "1":
            found: Ranks = fetch(module, name)()
            return found
    alone = Alone()
    alone.restarts = restarts()
    return alone


def restarts() -> int:
    """How often torchrun has begun this program anew."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
