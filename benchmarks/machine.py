"""Where and with what a benchmark ran."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import THREADS
from elman._engine import instruction_set

PACKAGES = ("elman", "numpy", "torch", "jax")


def facts() -> dict[str, str]:
    """Name -> value, for the table and the JSON."""
    return {
        "machine": f"{processor()}, {os.cpu_count()} cores, {instruction_set()}",
        "threads": str(THREADS),
        "python": platform.python_version(),
        **{package: installed(package) for package in PACKAGES},
    }


def processor() -> str:
    """The name of the processor, as precisely as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def installed(package: str) -> str:
    """The version of a package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
