"""Whole processes as contestants: from exec to exit.

They may keep the bytecode of what they import, as an installed package does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from time import perf_counter

import numpy as np

from elman.bench.race import Contestant, Peer, Run, Runner


def process(peer: Peer, *arguments: str, form: str = "") -> Contestant:
    """A Python process with these arguments; all must agree that it ends well."""

    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def run(count: int) -> Run:
        began = perf_counter()
        command = [sys.executable, *arguments]
        codes = [subprocess.run(command, capture_output=True, env=environment).returncode for _ in range(count)]
        return Run(perf_counter() - began, {"exit codes": np.array(codes)})

    def prepare() -> Runner:
        return run

    return Contestant(peer, prepare, form)
