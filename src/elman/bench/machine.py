"""Where and with what a benchmark ran, and processes that keep to a number of threads."""

from __future__ import annotations

import os
import platform
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

from elman._engine import instruction_set
from elman.errors import ElmanError

# elman; PyTorch and its MKL; NumPy; JAX, whose XLA takes this for the number of cores. ONNX Runtime has to be told.
VARIABLES = ("ELMAN_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC")

P = ParamSpec("P")
R = TypeVar("R")


def default_threads() -> int:
    """ELMAN_THREADS, or two: what the goals are for."""
    return int(os.environ.get("ELMAN_THREADS", min(2, os.cpu_count() or 1)))


@contextmanager
def environment(threads: int) -> Iterator[None]:
    """Processes that start meanwhile run on so many threads, whatever library they use."""
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def apart(threads: int, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The function's result from a process of its own, in which every library keeps to so many threads.

    Libraries settle their number of threads once, when they are loaded, and NumPy is loaded already. Ctrl-C goes to
    both processes: this one says it, the other just ends.
    """
    context, quietly = get_context("spawn"), (signal.SIGINT, signal.SIG_DFL)
    with environment(threads), ProcessPoolExecutor(1, context, signal.signal, quietly) as pool:
        try:
            return pool.submit(function, *args, **kwargs).result()
        except BrokenProcessPool:
            raise ElmanError("a benchmark's process ended before it was done", "was there memory enough?") from None


def facts(threads: int) -> dict[str, str]:
    """Name -> value, for tables and JSON."""
    packages = ("elman", "numpy", "torch", "jax", "onnxruntime")
    return {
        "machine": f"{processor()}, {os.cpu_count()} cores, {instruction_set()}",
        "threads": str(threads),
        "python": platform.python_version(),
        **{package: installed(package) for package in packages},
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
