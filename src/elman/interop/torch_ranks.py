"""Processes that torchrun started: gloo of `torch.distributed` adds up (the extra `torch`)."""

from __future__ import annotations

import atexit
import os
from datetime import timedelta
from typing import Any

import numpy as np

from elman.errors import ExchangeError
from elman.interop.needed import needed
from elman.interop.ranks import Ranks, restarts
from elman.network.checks import Array

MEETING = timedelta(minutes=5)  # in which all processes have to be there
PATIENCE = timedelta(days=1)  # others wait while rank 0 validates, or measures a model at the end


class TorchRanks(Ranks):
    """Where the program has a process group of `torch.distributed`, its processes; else those of torchrun."""

    def __init__(self) -> None:
        self._torch: Any = needed("torch", "torch")
        self._group: Any = None
        self.rank, self.size, self.restarts = -1, 0, restarts()
        try:
            self._join(self._torch.distributed)
        except (RuntimeError, ValueError) as error:
            raise _lost(self.rank, error) from None

    def _join(self, distributed: Any) -> None:
        if not distributed.is_initialized():
            store, rank, size = next(distributed.rendezvous("env://"))
            if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True":
                # This store outlives the processes: it still has the addresses of those that have ended.
                store = distributed.PrefixStore(f"after {self.restarts} restarts", store)
            distributed.init_process_group("gloo", store=store, rank=rank, world_size=size, timeout=MEETING)
            atexit.register(distributed.destroy_process_group)  # its threads do not bear the end of the process
        self._group = distributed.new_group(backend="gloo", timeout=PATIENCE)
        self.rank, self.size = distributed.get_rank(), distributed.get_world_size()
        restarts = np.array([float(self.restarts)])  # which torchrun counts on the machine of the failure
        self.exchange(restarts)
        self.restarts = int(restarts[0])

    def exchange(self, flat: Array) -> None:
        """Adds up, over TCP."""
        try:
            self._torch.distributed.all_reduce(self._torch.from_numpy(flat), group=self._group)
        except RuntimeError as error:
            raise _lost(self.rank, error) from None

    def fail(self, code: int) -> None:
        """Its sockets close at its end, and the others hear of that."""


def _lost(rank: int, error: Exception) -> ExchangeError:
    # Between the place in gloo's source, and advice.
    found = str(error).partition("] ")[2].partition(". This is")[0] or str(error)
    return ExchangeError(f"expected an answer of the other processes; found: {found}", "the one that failed says why")
