"""To learn from data that is given: files, folders, patterns, or what is in memory."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from typing import Any, ClassVar, Self

from elman.errors import ConfigError, DataError
from elman.files import STDIN
from elman.network import Network
from elman.spelling import either, in_brief, is_frame, spelled
from elman.tasks.task import Task


class LearnsFromData(Task):
    """A task that makes no data itself."""

    data: ClassVar[str]  # what it has to be given, as the command line names it
    learns_frames: ClassVar[str] = ""  # a hint: what learns the same from data frames
    sources: Sequence[str] = ()  # whole paths of what it was given to learn from: files, folders, patterns, or "-"

    @classmethod
    @abstractmethod
    def on(cls, data: Sequence[Any], **given: Any) -> Self:
        """A task that learns from this data."""

    @abstractmethod
    def again(self, data: Sequence[Any], **changed: Any) -> Self:
        """The same task with other settings, to go on from; `data` where its data has moved."""

    def read_again(self) -> Self:
        """The same task with its data, which are read again, and with all that was learned beside the network."""
        return self.again([])

    @abstractmethod
    def tuned(self, data: Sequence[Any], **given: Any) -> Self:
        """A task for a network that begins with what one of this task knows; a ConfigError where there is no sense."""

    @abstractmethod
    def score_on(self, network: Network, data: Sequence[Any]) -> dict[str, Any]:
        """The metrics on other data than its own."""

    def named(self, data: Sequence[Any], hint: str, what: str = "data") -> Sequence[Any]:
        """`data`, or else what it learned from; a DataError with this hint where the model file does not say that."""
        if len(data):
            return data
        if not self.sources or STDIN in self.sources:
            why = "it came from standard input or from memory, or the model was exported"
            raise DataError(f"{self.name}: the model file does not say where its {what} is: {why}", hint)
        return self.sources

    def named_anew(self, score: str = "") -> str:
        """A hint: how data is named that is at another place now. `score` is how Python scores on it, where it can."""
        python = ", ".join(filter(None, ["elman.train(data=path, resume=model)", score]))
        return f"name it: {either(python, f'`elman score MODEL FILE`, `elman train {self.name} FILE --resume MODEL`')}"

    def unmeasured(self) -> ConfigError:
        """A score is asked for, without data to measure it on."""
        return ConfigError(
            f"{self.name}: expected files, as nothing was held out in training; found none",
            f"`elman score MODEL {self.data}` measures on others; {spelled('validate', 0.1)}, in training, holds out a "
            "tenth",
        )

    def another(self, data: Sequence[Any], names: Sequence[Any], what: str = "data") -> DataError:
        """Of data that is there, but not what was learned: a file of the same name can have changed.

        Args:
            data: what was named; nothing where the model itself names it.
            names: of what was read.
            what: it is called.
        """
        python = f'elman.train("{self.name}", path, start=model)'
        anew = either(python, f"`elman train {self.name} FILE --from MODEL`")
        scored = f"`elman score MODEL {self.data}` measures on it; " * (not len(data))
        return DataError(
            f"{', '.join(map(str, names)) or what}: expected the {what} that the model learns from; found another: it "
            "has changed since, or is not the one",
            f"{scored}{anew} begins a new training with what the model knows",
        )


def paths(task: type[LearnsFromData], data: Sequence[Any], options: str = "", **given: str) -> list[str]:
    """What `data` names: files, folders, patterns.

    Args:
        task: that they are for.
        data: paths.
        options: of the command that a hint names.
        given: the same for Python.

    Raises:
        ConfigError: there is none.
        DataError: one is no path.
    """
    if not len(data):
        more = "".join(f', {name}="{value}"' for name, value in given.items())
        hint = either(f'elman.train("{task.name}", path{more})', f"`elman train {task.name} {task.data}{options}`")
        raise ConfigError(f"{task.name}: expected files to read; found none", hint)
    for name in data:
        if not isinstance(name, str | PathLike):
            hint = hint_of_frames(task) if is_frame(name) else ""
            raise DataError(f"data: expected paths; found {in_brief(name)}", hint)
    return [os.fspath(name) for name in data]


def hint_of_frames(task: type[Task] | None) -> str:
    """What helps where a data frame stands in the place of a path; None: of what task is not known."""
    known = task.learns_frames if task is not None and issubclass(task, LearnsFromData) else ""
    return "; ".join(filter(None, [known, "`frame.to_csv(path, index=False)` makes a file"]))


@contextmanager
def there_in_training(what: str, data: Sequence[Any], anew: str) -> Iterator[None]:
    """Data is read again. Where only the model names it, an error says that it was there, and how to name it anew."""
    try:
        yield
    except DataError as error:
        from elman.files.source import NoFileError  # what reads files comes only to those who do

        if not len(data):
            other = "" if isinstance(error, NoFileError) else error.hint  # that of names of files is for those who type
            error.hint = "; ".join(filter(None, [f"the {what} was there in training; {anew}", other]))
        raise


def not_at_hand(task: Task, what: str = "data") -> ConfigError:
    """What a model says whose training cannot go on, as it was loaded without what it learns from."""
    return ConfigError(
        f"{task.name}: the model's {what} is not at hand",
        f"{either('elman.train(resume=model)', '`elman train --resume MODEL`')} reads it again",
    )


def refuse(task: Task | type[Task], data: Sequence[Any]) -> None:
    """A ConfigError where there is data for a task that makes its own."""
    if len(data):
        hint = either(task.summary, f"{task.summary}; `elman train {task.name} --help` lists its options")
        raise ConfigError(f"data: expected none, as the task {task.name!r} makes its own; found {data[0]!r}", hint)
