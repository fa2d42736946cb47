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

    steps: int | None = setting(
        None, "stop after this update, counted from the first one [default: when the epochs are over]"
    )
    epochs: float | None = setting(
        None, "how often the text is read [default: 7 times for a megabyte, more often for a smaller text]"
    )
    tokens: str = setting("characters", "what is predicted: characters (of Unicode), or bytes, for files of any kind")
    encoding: str = setting("utf-8", "encoding of the files, as Python names it")
    documents: bool = setting(False, "each file holds many short texts (documents); the state starts anew at each")
    field: str | None = setting(
        None, "of documents: the field or column with the text, such as `lyrics` or `song.lyrics` [default: `text`]"
    )
    delimiter: str | None = setting(None, "of CSV: the character between columns [default: the one that is found]", "C")
    header: bool | None = setting(
        None, "of CSV: whether the first row has the names of the columns [default: as it looks]"
    )
    skip_empty: bool = setting(False, "leave out documents without this field, and say how many")
    cell: str = setting("lstm", "lstm, gru, rnn, or none: a feed-forward network, to compare")
    layers: int = setting(1, "layers")
    hidden: int = setting(512, "hidden units of each layer")
    embedding: int | None = setting(
        None, "numbers that stand for a character [default: a one-hot vector stands for it]"
    )
    batch: int = setting(32, "texts, or parts of a text, that are read side by side")
    length: int = setting(64, "how many characters gradients go back")
    dropout: float = setting(0.3, "dropout between layers")
    output_dropout: float = setting(0.3, "dropout of what the last layer gives")
    weight_dropout: float = setting(0.0, "dropout of the recurrent weights")
    averaging: float = setting(
        0.998, "the model is an average of the weights, of which an update keeps this share; 0: no average"
    )
    optimizer: str = setting("adam", ", ".join(OPTIMIZERS))
    rate: float = setting(0.01, "learning rate")
    schedule: str = setting("constant", ", ".join(SCHEDULES))
    warmup: int = setting(100, "updates at the beginning, in which the rate rises")
    clip: float = setting(1.0, "the greatest length of a gradient; longer ones are scaled down to it")
    decay: float = setting(0.0, "weight decay")
    validate: float = setting(0.1, "the share of the text that is held out: not learned from, but measured on; 0: none")
    every: int | None = setting(None, "updates between two validations [default: about an epoch]")
    patience: int = setting(0, "stop after this many validations without a better result; 0: never")
    recite: bool = setting(
        False, "learn one text by heart, until it is written from its first characters on without an error"
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
