"""What becomes of the model of a training: where it is kept, and what is said of that."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from elman.cli.output import note, tell
from elman.cli.writing import refuse_same
from elman.errors import ModelFileError
from elman.models import Model, Training
from elman.models.keep import Keeper, keeper, named
from elman.tasks.capabilities.learns_from_data import LearnsFromData

LONG = 10.0  # seconds of a training, after which it is kept also where nobody asked for that
LARGE = 1 << 20  # bytes of a file, from which on it is said how to make it smaller


class Kept:
    """The model's file, if there is to be one. Where a `with` ends and nothing was written, its name is free again.

    Args:
        training: that is to begin.
        out: where its model goes; None: nobody has said.
        resumed: the model that it goes on from.
        started: whether it begins with the weights of another.
        force: whether what is at `out` may be replaced, whatever it is.
        never: nothing is kept.
    """

    def __init__(
        self, training: Training, out: Path | None, *, resumed: Path | None, started: bool, force: bool, never: bool
    ) -> None:
        self._training, self._never = training, never
        self._keeper: Keeper | None = None
        if out is not None:
            refuse_same("--out", out, *map(Path, training.task.files()))
            self._keeper = keeper(training, out, resumed=resumed, started=started, force=force)
        elif isinstance(training.task, LearnsFromData) and not never:
            self._keeper = named(training)
            note(f"the model will be kept in {self._keeper.path}")
            note("hint: --out MODEL names another file; --no-out keeps nothing")
        self.path: Path | None = None  # where it is

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            self._keeper.let_go()

    def look(self, seconds: float) -> str | None:
        """Whether a training of so many seconds should be kept after all; says so where that begins."""
        if self._keeper is not None or self._never or seconds < LONG:
            return None
        self._keeper = named(self._training)
        return f"this takes longer than {LONG:.0f} s: the model will be kept in {self._keeper.path}"

    def checkpoint(self) -> str | None:
        """Keeps what was learned so far; a warning where that cannot be: there is time to make room until the end."""
        if self._keeper is not None:
            try:
                self.path = self._keeper.keep(self._training.model())
            except ModelFileError as error:
                return f"warning: no checkpoint: {error}"
        return None

    def diverged(self) -> None:
        """Keeps what the last good update left."""
        if self._keeper is not None and self._training.trainer.updates:
            with suppress(ModelFileError):  # what went wrong first is what is to be said
                self._keeper.keep(self._training.model())

    def finished(self, model: Model) -> None:
        """Keeps the model."""
        if self._keeper is not None:
            self.path = self._keeper.keep_somewhere(model, done=True)

    def interrupted(self, model: Model) -> None:
        """Keeps what there is of it."""
        if self._keeper is not None and model.updates:
            self.path = self._keeper.keep_somewhere(model)

    def tell_finished(self, model: Model) -> None:
        """Where it is, how large, and what to do with it."""
        from elman.tasks.capabilities.predicts_files import PredictsFiles

        verb, example = model.task.verb, f" {model.task.example}" * bool(model.task.example)
        files = " FILE" if isinstance(model.task, PredictsFiles) else example
        if self.path is None or self._keeper is None:
            if not self._never:
                note(f"hint: --out MODEL keeps the network, for `elman {verb} MODEL{files}`")
            return
        size, needed = self.path.stat().st_size, model.network.parameters.flat.nbytes
        tell(f"saved to {self.path}")
        if self.path != self._keeper.path:
            tell(f"{self._keeper.path} is as it was: that model has more updates of the same training")
        if size >= LARGE:
            tell(
                f"{_megabytes(size)}, of which {_megabytes(needed)} are the network: `elman export` leaves out the rest"
            )
        note(f"hint: `elman {verb} {self.path}{files}`")

    def tell_interrupted(self) -> None:
        """Where it is, and how it goes on."""
        if self.path is None or self._keeper is None:
            return
        if self.path == self._keeper.path:
            note(f"hint: saved; `elman train --resume {self.path}` goes on")
        else:
            out = self._keeper.path
            note(f"saved to {self.path}: {out} is as it was")
            note(f"hint: `elman train --resume {self.path} --out {out} --force` goes on and replaces it")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
