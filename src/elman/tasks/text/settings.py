"""What can be set for the task `text`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from elman.errors import ConfigError, choose, in_range, whole
from elman.network import CELLS
from elman.spelling import spelled
from elman.tasks.settings import Settings, setting
from elman.tasks.text.alphabet import Kind
from elman.tasks.text.corpus.reading import Reading
from elman.training import SGD, Adagrad, Adam, AdamW, Constant, Cosine, Linear, Optimizer, RMSProp, Schedule, Steps

OPTIMIZERS: dict[str, Callable[[float, float], Optimizer]] = {
    "adam": lambda rate, decay: Adam(rate, weight_decay=decay),
    "adamw": lambda rate, decay: AdamW(rate, weight_decay=decay),
    "rmsprop": lambda rate, decay: RMSProp(rate, weight_decay=decay),
    "adagrad": lambda rate, decay: Adagrad(rate, weight_decay=decay),
    "sgd": lambda rate, decay: SGD(rate, momentum=0.9, weight_decay=decay),
}
FINAL = 0.01  # of the rate, where a falling schedule ends: who goes on beyond it still learns
SCHEDULES: dict[str, Callable[[int, int], Schedule]] = {
    "cosine": lambda updates, warmup: Cosine(updates=updates, warmup=warmup, final=FINAL),
    "linear": lambda updates, warmup: Linear(updates=updates, warmup=warmup, final=FINAL),
    "steps": lambda updates, warmup: Steps(every=max(1, updates // 5), warmup=warmup),
    "constant": lambda updates, warmup: Constant(warmup=warmup),
}


@dataclass(frozen=True, kw_only=True)
class TextSettings(Settings):
    """The settings of `text`."""

    steps: int | None = setting(None, "stop at this update, counted from the very first; else, when epochs are over")
    epochs: float | None = setting(
        None, "how often the text is read; else 7 times a megabyte, and a smaller text more often"
    )
    tokens: str = setting("characters", "what is predicted: characters (of Unicode), or bytes, for files of any kind")
    encoding: str = setting("utf-8", "of the files, as Python names it")
    documents: bool = setting(False, "a file holds many short texts, at each of which the state starts anew")
    field: str | None = setting(
        None, "of documents: what of an object or row is the text, `lyrics` or `song.lyrics`; else `text`"
    )
    delimiter: str | None = setting(None, "of CSV: what stands between columns; else what is found")
    header: bool | None = setting(None, "of CSV: whether the first row names the columns; else what is found")
    skip_empty: bool = setting(False, "leave out, and count, documents whose field is null or not there")
    cell: str = setting("lstm", "lstm, gru, rnn, or none: the feed-forward contrast")
    layers: int = setting(1, "layers")
    hidden: int = setting(512, "hidden units of each layer")
    embedding: int | None = setting(None, "numbers that stand for a character; without it, a one-hot vector does")
    batch: int = setting(32, "texts, or places of a text, that are read side by side")
    length: int = setting(64, "characters of a window, through which gradients go back")
    dropout: float = setting(0.3, "between layers")
    output_dropout: float = setting(0.3, "of what the last layer gives")
    weight_dropout: float = setting(0.0, "of the recurrent weights")
    averaging: float = setting(0.998, "how much an update leaves of the average of the weights, which is kept; 0: none")
    optimizer: str = setting("adam", ", ".join(OPTIMIZERS))
    rate: float = setting(0.01, "learning rate")
    schedule: str = setting("constant", ", ".join(SCHEDULES))
    warmup: int = setting(100, "updates in which the rate rises")
    clip: float = setting(1.0, "the longest gradient that is taken as it is; longer ones are scaled down to it")
    decay: float = setting(0.0, "weight decay")
    validate: float = setting(0.1, "the share of the text that is held out to validate with; 0: none")
    every: int | None = setting(None, "updates between two validations; else about an epoch")
    patience: int = setting(0, "stop after so many validations without a better one; 0: never")
    recite: bool = setting(
        False, "learn one text by heart, until it is recited from its first characters without a slip"
    )
    dtype: str = setting("float32", "float32 or float64")

    @classmethod
    def of(cls, recipes: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> Self:
        """With `recite`, its recipe is what is left open."""
        return super().of(recipes, {"recipe": "recite", **given} if given.get("recite") is True else given)

    @property
    def reading(self) -> Reading:
        """How files are read; a ConfigError where that makes no sense."""
        return Reading(
            tokens=cast(Kind, self.tokens),  # checked there
            encoding=self.encoding,
            documents=self.documents,
            field=self.field,
            delimiter=self.delimiter,
            header=self.header,
            skip_empty=self.skip_empty,
        )

    def check(self) -> None:
        """A ConfigError where a value is wrong; the network and the trainer check the rest."""
        super().check()
        choose("cell", self.cell, CELLS)
        choose("optimizer", self.optimizer, OPTIMIZERS)
        choose("schedule", self.schedule, SCHEDULES)
        whole("batch", self.batch, 1, 1 << 16)
        whole("length", self.length, 1, 1 << 16)
        whole("warmup", self.warmup, 0, 1 << 40)
        whole("patience", self.patience, 0, 1 << 40)
        if self.every is not None:
            whole("every", self.every, 1, 1 << 40)
        if self.epochs is not None:
            in_range("epochs", self.epochs, 0, 1e9, low_in=False)
        in_range("clip", self.clip, 0, 1e6, low_in=False)
        in_range("validate", self.validate, 0, 1, high_in=False)
        if self.patience and not self.validate:
            raise ConfigError(
                "patience: expected a part to validate with; found none",
                f"{spelled('validate', 0.1)} holds a tenth out",
            )
        if self.recite and (self.validate or self.documents):
            raise ConfigError("recite: expected one text of which nothing is held out; found validate or documents")
        _ = self.reading
