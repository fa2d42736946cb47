"""Many trainings of a task side by side: `train_many`.

Each is a training of its own on one thread, and as many run at once as there are threads: the engine computes without
Python's lock. Very small networks share a thread: a crew of them, one in each lane of the processor's registers. Each
gives the same bits as if it ran alone on one thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager, suppress
from itertools import groupby, islice
from os import PathLike
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from threading import Event
from typing import Any, NamedTuple

from elman._engine import set_threads, threads
from elman.errors import ConfigError, choose, whole
from elman.files import STDIN
from elman.models.apart import apart
from elman.models.beside import most, run_alone, run_beside
from elman.models.journal import Journal, Row, key
from elman.models.run import Data, Training, begin, check_names
from elman.network.tensors import checksum
from elman.spelling import called, counted
from elman.tasks import TASKS, Task
from elman.tasks.capabilities.learns_from_data import LearnsFromData
from elman.telling import so_far

MOST = 1_000_000  # seeds of a call: a row is kept of each
GAIN = 2  # a crew takes as long as half of its lanes would one after another, or less (docs/many.md)


class _Job(NamedTuple):
    """One training."""

    given: Row  # its seed and settings, which tell it from the others
    model: Path | None  # where its model goes


_Asked = tuple[str, Data, Sequence[_Job]]  # a task, its data and a crew


class _Stopped(Exception):  # noqa: N818 (nobody's error)
    """The trainings that still run are to end."""


def train_many(
    task: str,
    data: Data = (),
    *,
    seeds: Iterable[int],
    settings: Sequence[Mapping[str, Any]] = ({},),
    out: str | PathLike[str] | None = None,
    models: str | PathLike[str] | None = None,
    workers: int | None = None,
    backend: str | None = None,
    force: bool = False,
    on_begin: Callable[[str], None] | None = None,
    on_result: Callable[[Row], None] | None = None,
    **common: Any,
) -> list[Row]:
    """Trains a network for every seed and all of the settings, on all threads, and says how each did.

    A training that fails is a row with its `error`, and costs no other. With `out`, results are kept while they come:
    the same call goes on where an earlier one was interrupted, and trains again what failed. Each network is trained on
    one thread: after `elman.set_threads(1)`, `train` gives the same bits.

    Args:
        task: its name.
        data: what each learns from, where the task does not make that itself: a path, or several.
        seeds: of the trainings: `range(1000)`.
        settings: of the task, beside those that all have in common; a mapping for each kind of training.
        out: where the results go: `.csv`; `.parquet` (the extra `tables`); or `.jsonl`, to which later calls with more
            seeds may add. While trainings run, a file `….part.jsonl` beside it holds what is done.
        models: a folder that the models go to; None: they are not kept.
        workers: how many trainings run at once; default: `elman.threads()`.
        backend: of joblib, whose processes train ("loky"; "dask" and "ray" on many machines); None: threads of this
            process. All must find the data, the folder of models and the table at the same paths. A process that dies
            of its work is a row with an error.
        force: whether a table that is there may be replaced.
        on_begin: called when training begins with a line that says how many networks share a thread, where some do.
        on_result: called with each row as it comes.
        common: settings that all have.

    Returns:
        A row for each training, in the order of the settings, then of the seeds: `seed` and its settings; `updates`,
        `seconds`, `passed` and `metrics.…` as `train` has them; `weights`, a checksum of the parameters; `model`, its
        file; `warning`; and `error`, None or what went wrong. Where something did, the others are None.

    Raises:
        ConfigError: a setting is wrong, or `out`, or the `….part.jsonl` beside it, is of other trainings.
        DataError: `out` cannot be written, or the data cannot be learned from.
    """
    kind = TASKS[choose("task", task, TASKS)]
    variants = _variants(kind, settings, common)
    workers = threads() if workers is None else workers
    whole("workers", workers, 1, 1024)
    folder = None if models is None else Path(models)
    jobs = _jobs(task, _seeds(seeds), variants, folder)
    about = {"task": task, "data": str(data) if isinstance(data, str | PathLike) else repr(list(data))}
    if STDIN in ([data] if isinstance(data, str | PathLike) else data):
        raise ConfigError("data: expected files, which each training reads; found standard input")
    journal = None if out is None else Journal(Path(out), about, (job.given for job in jobs), force=force)
    beside = _try(kind, data, variants, jobs[0].given["seed"])
    if folder is not None:
        _make(folder)
    try:
        with _one_thread_each():
            known = {} if journal is None else dict(_known(jobs, journal))
            left = [number for number in range(len(jobs)) if number not in known]
            crews = list(_crews(left, len(jobs) // len(variants), beside, workers))
            if on_begin is not None and len(crews) < len(left):
                on_begin(f"{counted(len(left), 'network')}, up to {max(map(len, crews))} side by side in a thread")
            asked = {number: (task, data, [jobs[one] for one in crew]) for number, crew in enumerate(crews)}
            found = _by_threads(asked, workers) if backend is None else _by_processes(asked, workers, backend)
            results = known | dict(_results(jobs, crews, found, journal, on_result))
    except BaseException:
        if journal is not None:
            journal.close()
        raise
    rows = [{**job.given, **results[number]} for number, job in enumerate(jobs)]
    if journal is not None:
        journal.finish(rows)
    return rows


def _variants(kind: type[Task], settings: Sequence[Mapping[str, Any]], common: Row) -> list[Row]:
    """The settings of each kind of training; a ConfigError where one is wrong, before there is work to lose."""
    several = isinstance(settings, Iterable) and not isinstance(settings, Mapping)
    if not several or not all(isinstance(one, Mapping) for one in settings):
        hint = f"settings=[{dict(settings)!r}]" if isinstance(settings, Mapping) else ""
        raise ConfigError(f"settings: expected a list of mappings; found {settings!r:.200}", hint)
    variants = [{**common, **one} for one in settings]
    if not variants:
        raise ConfigError("settings: expected some, an empty mapping for the defaults; found none")
    for one in variants:
        if "seed" in one:
            raise ConfigError("seed: expected among the seeds; found it among the settings")
        check_names(kind, one, beside=())
        kind.settings_type.of(kind.recipes, one)
    return variants


def _seeds(given: Iterable[int]) -> list[int]:
    """Each of them; a ConfigError where they cannot be the seeds of trainings."""
    if not isinstance(given, Iterable):
        raise ConfigError(f"seeds: expected several whole numbers; found {given!r}", f"seeds=range({given!r})")
    seeds = list(islice(given, MOST + 1))
    if not seeds:
        raise ConfigError("seeds: expected at least one; found none")
    if len(seeds) > MOST:
        raise ConfigError(f"seeds: expected at most {MOST:,}; found more", "several commands, each with its part")
    for seed in seeds:
        whole("seeds", seed, 0, (1 << 63) - 1)
    seed, times = Counter(seeds).most_common(1)[0]
    if times > 1:
        raise ConfigError(f"seeds: expected each of them once; found {seed} again")
    return seeds


def _try(kind: type[Task], data: Data, variants: Sequence[Row], seed: int) -> list[int]:
    """How many of each kind may share a thread; the error of a training that cannot begin.

    Of tasks whose data takes time to read only the first is tried: they go one by one.
    """
    if issubclass(kind, LearnsFromData):
        begin(kind.name, data, seed=seed, **variants[0])
        return [1] * len(variants)
    return [most(begin(kind.name, data, seed=seed, **one)) for one in variants]


def _crews(left: Iterable[int], each: int, beside: Sequence[int], workers: int) -> Iterator[Sequence[int]]:
    """The numbers of jobs that are left, of which `each` are of a kind, by threads: in crews where that is sooner."""
    for variant, group in groupby(left, lambda number: number // each):
        numbers, most = list(group), beside[variant]
        count = -(-len(numbers) // most)
        if -(-count // workers) * most / GAIN >= -(-len(numbers) // workers):
            count = len(numbers)
        size = len(numbers) / count
        yield from (numbers[round(n * size) : round((n + 1) * size)] for n in range(count))


def _make(folder: Path) -> None:
    """A folder for models, if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:  # one that is a file, too
        found = f"the file {folder}" if folder.is_file() else f"{folder}, which cannot be made: {error.strerror}"
        raise ConfigError(f"{called('models')}: expected a folder; found {found}", "name another one") from None


def _jobs(task: str, seeds: Sequence[int], variants: Sequence[Row], folder: Path | None) -> list[_Job]:
    several = len(variants) > 1
    return [
        _Job(
            {"seed": int(seed), **one},
            None if folder is None else folder / f"{task}{f'-{number}' * several}-{seed}.safetensors",
        )
        for number, one in enumerate(variants)
        for seed in seeds
    ]


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Within, a training has one thread."""
    before = threads()
    set_threads(1)
    try:
        yield
    finally:
        set_threads(before)


def _known(jobs: Sequence[_Job], journal: Journal) -> Iterator[tuple[int, Row]]:
    """Results of an earlier call, by the number of their job."""
    for number, job in enumerate(jobs):
        result = journal.results.get(key(job.given))
        if result is not None and not result["error"] and (job.model is None or job.model.exists()):
            yield number, result


def _results(
    jobs: Sequence[_Job],
    crews: Sequence[Sequence[int]],
    found: Generator[tuple[int, list[Row]]],
    journal: Journal | None,
    heard: Callable[[Row], None] | None,
) -> Iterator[tuple[int, Row]]:
    """The number of each job of the crews and its result, as they are found."""
    done = len(jobs) - sum(map(len, crews))
    with closing(found):
        for crew, several in found:
            results = dict(zip(crews[crew], several, strict=True))
            if journal is not None:
                for number, result in results.items():
                    journal.add(jobs[number].given, result)
            for number, result in results.items():
                if heard is not None:
                    heard({**jobs[number].given, **result})
                done += 1
                so_far("networks trained", done, len(jobs))
                yield number, result


def _by_threads(asked: Mapping[int, _Asked], workers: int) -> Generator[tuple[int, list[Row]]]:
    stop = Event()
    with ThreadPoolExecutor(workers) as pool:
        begun = {pool.submit(_train, *given, stop.is_set): number for number, given in asked.items()}
        try:
            for future in as_completed(begun):
                yield begun[future], future.result()
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def _by_processes(asked: Mapping[int, _Asked], workers: int, backend: str) -> Generator[tuple[int, list[Row]]]:
    for number, found in apart(_train_there, asked, backend, workers):
        yield number, [_failed(found)] * len(asked[number][2]) if isinstance(found, Exception) else found


def _train_there(task: str, data: Data, crew: Sequence[_Job]) -> list[Row]:
    """In a process of its own."""
    with suppress(ValueError):  # in a thread of Dask, which hears no signals
        signal(SIGINT, SIG_IGN)  # whoever asked for it ends it
    with _one_thread_each():
        return _train(task, data, crew, bool)


def _train(task: str, data: Data, crew: Sequence[_Job], is_over: Callable[[], bool]) -> list[Row]:
    """Trainings of a crew, from their first update to their score; what fails is said of each."""
    results: dict[int, Row] = {}
    trainings: dict[int, Training] = {}
    for place, job in enumerate(crew):
        try:
            trainings[place] = begin(task, data, **job.given)
        except Exception as error:  # of one training; the others go on
            results[place] = _failed(error)
    places = list(trainings)
    run = run_alone if len(places) == 1 else run_beside
    try:
        for one, wrong in run(list(trainings.values()), is_over):
            place = places[one]
            results[place] = _row(trainings[place], crew[place]) if wrong is None else _failed(wrong)
    except Exception as error:
        results |= {place: _failed(error) for place in places if place not in results}
    if is_over():
        raise _Stopped
    return [results[place] for place in range(len(crew))]


def _row(training: Training, job: _Job) -> Row:
    """What came of a training, scored, and kept where that is asked for."""
    try:
        model = training.model()
        metrics = model.metrics or model.score()
        if job.model is not None:
            model.save(job.model)
    except Exception as error:
        return _failed(error)
    return {
        "updates": model.updates,
        "seconds": model.seconds,
        "passed": model.passed,
        **_flat("metrics", {name: value for name, value in metrics.items() if name != "baselines"}),
        "weights": checksum(model.network.parameters.flat.tobytes()),
        "model": None if job.model is None else str(job.model),
        "warning": "; ".join([*training.idle, *filter(None, [training.hopeless(model)])]),
        "error": None,
    }


def _failed(error: Exception) -> Row:
    nothing = dict.fromkeys(("updates", "seconds", "passed", "weights", "model", "warning"))
    what = str(error).partition("\n")[0]  # joblib has a page to say of a process that ended
    return {**nothing, "error": f"{type(error).__name__}: {what}"}


def _flat(name: str, value: Any) -> Row:
    """A mapping's values, and those of mappings in it, by names with dots; lists are left out."""
    if isinstance(value, Mapping):
        return {place: inner for part, each in value.items() for place, inner in _flat(f"{name}.{part}", each).items()}
    return {} if isinstance(value, list | tuple) else {name: value}
