"""`elman` as a program, with what goes wrong in one of several processes: `python ranked.py WHAT RANK WORDS…`.

WHAT is "nothing"; "slow"; "killed", by SIGKILL, unless the program was begun anew; "failing"; "full", of a disk.
Checkpoints are written after each event.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import elman.cli.training
import elman.models.run
from elman.cli import main
from elman.errors import DataError
from elman.models import Training
from elman.network.checks import Array
from elman.signals import listen

what, rank, sys.argv = sys.argv[1], int(sys.argv[2]), ["elman", *sys.argv[3:]]
elman.cli.training.CHECKPOINT, elman.models.run.PIECE = 0.0, 0.005
share = Training.share


def shared(self: Training, exchange: Callable[[Array], None], part: tuple[int, int], *more: Any) -> None:
    """In the place of `Training.share`: something happens before the 30th update of this process."""
    updates = 0

    def odd(flat: Array) -> None:
        nonlocal updates
        updates += len(flat) == self.network.parameters.flat.size + 2
        if what == "slow":
            time.sleep(0.003)
        if updates == 30 and what == "killed" and os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0":
            os.kill(os.getpid(), signal.SIGKILL)
        if updates == 30 and what == "failing":
            raise DataError("something of its own", "a hint")
        if updates == 30 and what == "full":
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        exchange(flat)

    share(self, odd if part[0] == rank else exchange, part, *more)


Training.share = shared  # type: ignore[method-assign, assignment]
listen()
main()
