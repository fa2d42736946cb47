"""Work in processes of their own, by a backend of joblib (the extra `joblib`): loky, or Dask and Ray on many machines.

A process may be killed: by a lack of memory, by the end of its machine. Backends differ in what is left then; loky
gives up everything that was asked of it. So what has no result is asked for again, and what was under way when a
process died one by one: whoever dies of its own work is found, and costs no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

from elman.errors import ConfigError

R = TypeVar("R")


def apart(
    work: Callable[..., R], asked: Mapping[int, tuple[Any, ...]], backend: str, workers: int
) -> Iterator[tuple[int, R | Exception]]:
    """The numbers of what is asked, each with what the work gives of its arguments, as they come.

    Args:
        work: a function that a process can import. An error that it raises ends all.
        asked: its arguments.
        backend: of joblib.
        workers: how many are at work at once.

    Returns:
        A result, or the error of a process that died of this work, twice.

    Raises:
        ConfigError: there is no such backend, or no joblib.
    """
    left = dict(asked)
    while left:
        under_way: list[int] = []
        try:
            for number, result in _side_by_side(work, left, under_way, backend, workers):
                del left[number]
                yield number, result
        except ConfigError:
            raise
        except Exception:
            lost = [number for number in under_way if number in left]
            if not lost:
                raise
            for number in lost:
                yield number, _alone(work, left.pop(number), backend)


def _side_by_side(
    work: Callable[..., R], asked: Mapping[int, tuple[Any, ...]], under_way: list[int], backend: str, workers: int
) -> Iterator[tuple[int, R]]:
    """Results as they come; `under_way` gets the number of each when it begins."""

    def begun() -> Iterator[Any]:
        for number, given in list(asked.items()):
            under_way.append(number)
            yield joblib.delayed(_numbered)(work, number, given)

    joblib = _joblib()
    yield from _parallel(backend, workers)(begun())


def _numbered(work: Callable[..., R], number: int, given: tuple[Any, ...]) -> tuple[int, R]:
    return number, work(*given)


def _alone(work: Callable[..., R], given: tuple[Any, ...], backend: str) -> R | Exception:
    """The result of a process that does nothing else; or why it died."""
    joblib = _joblib()
    try:
        [result] = _parallel(backend, 1, as_list=True)([joblib.delayed(work)(*given)])
    except Exception as error:
        return error
    found: R = result
    return found


def _parallel(backend: str, workers: int, *, as_list: bool = False) -> Any:
    """The workers, each with one thing at a time."""
    joblib = _joblib()
    # Of two at least: one would be this process, but it is the second that has nothing to do.
    how: dict[str, Any] = {"n_jobs": max(2, workers), "batch_size": 1, "pre_dispatch": workers}
    try:
        with joblib.parallel_config(backend):
            return joblib.Parallel(**how, return_as="list" if as_list else "generator_unordered")
    except ValueError as error:
        if not as_list:  # some give all results at once only
            return _parallel(backend, workers, as_list=True)
        raise ConfigError(f"backend: expected one of joblib's; found {backend!r}: {error}") from None


def _joblib() -> Any:
    try:
        return import_module("joblib")
    except ModuleNotFoundError:
        raise ConfigError("backend: expected the package joblib; found none", "pip install 'elman[joblib]'") from None
