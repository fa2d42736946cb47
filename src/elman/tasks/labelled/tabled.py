"""What `classify` and `tag` share: sequences are the rows of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from elman.errors import ConfigError
from elman.network import Network
from elman.tables import Table
from elman.tasks.capabilities.answers_steps import Answering, AnswersSteps
from elman.tasks.capabilities.follows_rows import FollowsRows
from elman.tasks.capabilities.reads_tables import ReadsTables
from elman.tasks.labelled.answering import StepByStep, encoded
from elman.tasks.labelled.codec import Codec, Examples, Inputs
from elman.tasks.labelled.following import followed
from elman.tasks.labelled.learner import Prepared
from elman.tasks.labelled.learning import Learning
from elman.tasks.labelled.preparing import of_table, prepared
from elman.tasks.labelled.settings import LabelledSettings
from elman.tasks.labelled.shown import Shown


class Tabled(Shown, AnswersSteps, FollowsRows, ReadsTables):
    """To say what belongs to a sequence of a table, or to each step of it."""

    settings_type: ClassVar[type[LabelledSettings]]
    settings: LabelledSettings
    codec_type = Codec
    frames = "[frame, …] has a frame for each sequence, and a row for each step"
    ways = (*ReadsTables.ways, "skip_empty")
    known: Codec

    @classmethod
    def prepared(cls, files: Sequence[str], settings: LabelledSettings, codec: Codec | None) -> Prepared:
        """Rows, encoded."""
        return prepared(files, settings, codec)

    @classmethod
    def on_table(cls, table: Table, settings: LabelledSettings) -> Self:
        """From a table in memory."""
        return cls._of(of_table(table, settings), ())

    def reading(self, given: Mapping[str, Any]) -> Self:
        """The task, for files that are read so."""
        made = super().reading(given)
        columns = replace(self.known.columns, skip_empty=made.settings.skip_empty)
        made.known = replace(self.known, columns=columns)
        return made

    @property
    def step(self) -> dict[str, Any]:
        """Numbers, or a symbol."""
        symbols = self.known.symbols
        return {
            "inputs": symbols or self.known.encoding.inputs,
            "symbols": symbols is not None,
            "embedding": self.settings.embedding,
        }

    def symbols(self) -> list[str | None]:
        """The unknown one, those of the one column, then endings, which stand for no word of their own."""
        if self.known.symbols is None:
            return []
        return [None, *self.known.encoding.features[0].categories, *[None] * len(self.known.endings)]

    def encoded(self, given: Sequence[Any]) -> list[Inputs]:
        """Each as `answering.encoded` has it."""
        encode = self.known.encode()
        return [encoded(encode, f"inputs[{place}]", one) for place, one in enumerate(given)]

    def scored(self, files: Sequence[str], own: Learning | None, group: str | None) -> Examples:
        """Groups are in a column; of its own, those of training."""
        if files or own is None:
            return self.known.read(files, self.settings, group)
        if group not in (None, self.known.columns.group):
            raise ConfigError(
                f"group: expected {self.known.columns.group!r}, as it was in training; found {group!r}",
                "files that are named can have any groups",
            )
        return super().scored(files, own, group)

    def answering(self, network: Network) -> Answering:
        """With a tag for each step as it comes; or with the label of the steps so far."""
        return StepByStep(self.known, network)

    def follow(self, network: Network, lines: Iterable[str], note: Callable[[str], None]) -> Iterator[dict[str, Any]]:
        """Tags; or the label of the steps so far."""
        return followed(self.known, network, lines, self.settings.delimiter, note)
