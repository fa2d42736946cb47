"""Where a training is kept while it runs and when it is done, and what it never replaces.

A model that took hours is easily replaced by one of seconds: by a name that is used twice, or by the first checkpoint
of a new run. So what stands at a path is looked at before training begins. It may be replaced by the same training
(task, settings, data) that has come at least as far; by anything else only where that is forced, and then only by a
training that is done: until then, and where it is interrupted, it is kept beside, in a file `….unfinished`.
"""

from __future__ import annotations

import math
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from elman.errors import ConfigError, ModelFileError
from elman.files import STDIN
from elman.models.load import load
from elman.models.model import Model
from elman.models.run import Training
from elman.network.file import check_writable, reserve
from elman.spelling import counted, plain, spelled
from elman.tasks.capabilities.learns_from_data import LearnsFromData

SUFFIX = ".safetensors"
UNFINISHED = ".unfinished"
Signature = tuple[int, int, int] | None


class Keeper:
    """Writes the models of one training.

    Args:
        path: where its model goes.
        least: updates from which on it may replace what is there: 0 where that is nothing, or what it goes on from.
        force: whether it may replace it whenever it is done.
        reserved: whether the path is an empty file that was made for it.
    """

    def __init__(self, path: Path, least: float = 0, *, force: bool = False, reserved: bool = False) -> None:
        self.path = path
        self._least, self._force = least, force
        self._beside: Path | None = None
        self._seen = {path: _signature(path)}
        self._reserved = {path} if reserved else set()  # names that are kept by empty files

    def keep(self, model: Model, *, done: bool = False) -> Path:
        """Writes it, and says where; a ModelFileError where that cannot be."""
        if model.updates >= self._least or (done and self._force):
            self.path = self._write(model, self.path)
            if self._beside is not None:
                self._beside.unlink(missing_ok=True)
                self._beside = None
            return self.path
        if self._beside is None:
            self._beside = self._reserve(self.path.with_name(f"{self.path.stem}{UNFINISHED}{self.path.suffix}"))
        self._beside = self._write(model, self._beside)
        return self._beside

    def keep_somewhere(self, model: Model, *, done: bool = False) -> Path:
        """The same for the last time: if need be in the temporary folder, which the error's hint then names."""
        try:
            return self.keep(model, done=done)
        except ModelFileError as error:
            import tempfile

            with suppress(ModelFileError):
                instead = self._reserve(Path(tempfile.gettempdir(), self.path.name))
                error.hint = f"the model is in {self._write(model, instead)} instead"
            raise

    def let_go(self) -> None:
        """Where nothing was written, removes the empty file that kept the name."""
        for path in self._reserved:
            if _signature(path) == self._seen[path]:
                path.unlink(missing_ok=True)
        self._reserved.clear()

    def _write(self, model: Model, path: Path) -> Path:
        """Not over what another program has put there meanwhile."""
        before = self._seen[path]
        new = before is None and not path.is_symlink()  # a link that leads nowhere yet is written through
        if new or _signature(path) != before:
            path = self._reserve(path)
        model.save(path)
        self._seen[path] = _signature(path)
        self._reserved.discard(path)
        return path

    def _reserve(self, path: Path) -> Path:
        path = reserved(path)
        self._seen[path] = _signature(path)
        self._reserved.add(path)
        return path


def keeper(
    training: Training, out: Path, *, resumed: Path | None = None, started: bool = False, force: bool = False
) -> Keeper:
    """The keeper of a training.

    Args:
        training: that is to begin.
        out: where its model goes.
        resumed: the model that it goes on from.
        started: whether it begins with the weights of another model.
        force: whether what is at `out` may be replaced, whatever it is.

    Raises:
        ConfigError: it must not be replaced.
        ModelFileError: nothing can be written there.
    """
    check_writable(out)
    if not out.exists() or out.stat().st_size == 0 or (resumed is not None and out.samefile(resumed)):
        return Keeper(out)
    try:
        found = load(out)
        reason = (
            "a model, where this training begins with the weights of another" if started else _differs(training, found)
        )
    except ModelFileError as error:
        found, reason = None, f"something else ({str(error).removeprefix(f'{out}: ')})"
    if found is not None and reason is None:
        return Keeper(out, found.updates, force=force)
    if not force:
        raise ConfigError(
            f"{out}: expected nothing there, or an earlier run of the same training; found {reason}",
            f"another name keeps both; {spelled('force', True)} replaces it",
        )
    return Keeper(out, math.inf, force=True)


def taken_up(training: Training, out: Path) -> Training:
    """This training as its checkpoint at `out` left it; itself, where there is none."""
    try:
        found = load(out) if out.exists() and out.stat().st_size else None
    except ModelFileError:
        return training  # the keeper says what is there
    return training if found is None or _differs(training, found) else Training(training.task, found)


def _differs(training: Training, found: Model) -> str | None:
    """What a model is that is no earlier run of this training; None where it is one."""
    task, other = training.task, found.task
    if task.name != other.name:
        return f"a model of the task {other.name!r}"
    known, wanted = vars(other.settings), vars(task.settings)
    different = [name for name in wanted if name not in ("steps", "recipe") and wanted[name] != known[name]]
    if different:
        shown = ", ".join(f"{name} {plain(known[name])}, not {plain(wanted[name])}" for name in different[:3])
        return f"a model of other settings ({shown})"
    if task.fingerprint() != other.fingerprint():
        return "a model that learned from other data"
    if found.stored is not None or (found.updates and not found.resumable):
        return "a model that was exported"
    if found.updates > task.goal:
        return f"a model with {counted(found.updates, 'update')}, more than the {task.goal:,} of this training"
    return None


def named(training: Training) -> Keeper:
    """A keeper for a training whose user names no file: in the working folder, under a name that nobody else gets."""
    return Keeper(reserved(name_of(training)), reserved=True)


def name_of(training: Training) -> Path:
    """A name in the working folder: that of the data, or of the task."""
    from glob import has_magic

    task = training.task
    sources = task.sources if isinstance(task, LearnsFromData) else ()
    source = Path(sources[0]) if sources and sources[0] != STDIN else Path()
    stem = source.name if source.is_dir() else source.stem
    return Path((task.name if not stem or has_magic(str(source)) else stem) + SUFFIX)


def reserved(path: Path) -> Path:
    """This path, or the next one with a number that nothing is at: from now on an empty file is.

    Raises:
        ModelFileError: nothing can be written there.
    """
    numbered = (path.with_name(f"{path.stem}-{n}{path.suffix}") for n in count(2))
    for name in chain([path], numbered):
        with suppress(FileExistsError):
            reserve(name)
            return name
    raise AssertionError("numbers do not end")


def _signature(path: Path) -> Signature:
    """Of a file as it is now; None where there is none."""
    try:
        about = path.stat()
    except FileNotFoundError:
        return None
    return about.st_ino, about.st_mtime_ns, about.st_size
