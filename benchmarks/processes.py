"""Whole processes as contestants: from exec to exit."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

import numpy as np

from elman.bench.race import Contestant, Peer, Run, Runner


def process(peer: Peer, *arguments: str, form: str = "") -> Contestant:
    """A Python process with these arguments; all must agree that it ends well."""

    def run(count: int) -> Run:
        began = perf_counter()
        codes = [subprocess.run([sys.executable, *arguments], capture_output=True).returncode for _ in range(count)]
        return Run(perf_counter() - began, {"exit codes": np.array(codes)})

    def prepare() -> Runner:
        return run

    return Contestant(peer, prepare, form)
