"""What can be set for the tasks `classify` and `tag`; what is left open is chosen from the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from elman.errors import ConfigError, choose, in_range, whole
from elman.network import CELLS
from elman.network.losses import Huber, Loss, Pinball, SquaredError
from elman.spelling import option, spelled
from elman.tables import Columns, Each
from elman.tasks.settings import Settings, setting

COLUMNS = ("id", "time", "group", "skip_empty")  # settings that `Columns` has, too
S = TypeVar("S", bound="LabelledSettings")

LABEL = "label"
OF_NUMBERS: dict[str, Loss] = {"squared": SquaredError(), "huber": Huber(), "pinball": Pinball(levels=(0.5,))}


@dataclass(frozen=True, kw_only=True)
class LearningSettings(Settings):
    """How a network learns from sequences that are given, whatever these are."""

    steps: int | None = setting(
        None, "stop after this update, counted from the first one [default: when the epochs are over]"
    )
    epochs: int | None = setting(None, "how often the data is read [default: more often for less data]")
    cell: str = setting("gru", "gru, lstm, rnn, or none: a feed-forward network, to compare")
    layers: int = setting(1, "layers")
    hidden: int | None = setting(None, "hidden units of each layer and direction [default: more for more data]")
    bidirectional: bool = setting(
        True, "read each sequence from both ends; without this, a model can answer while a sequence arrives"
    )
    dropout: float = setting(0.0, "dropout between layers")
    output_dropout: float | None = setting(None, "dropout of what the readout gives [default: more for less data]")
    smoothing: float | None = setting(
        None,
        "label smoothing: the share of a target for all classes alike [default: 0.1 for few sequences, 0 for steps]",
    )
    batch: int | None = setting(None, "sequences per update [default: more where there are more]")
    rate: float = setting(0.005, "learning rate of Adam; it falls along a cosine")
    clip: float = setting(1.0, "the greatest length of a gradient; longer ones are scaled down to it")
    validate: float = setting(
        0.1, "the share of the sequences that is held out: not learned from, but measured on; 0: none"
    )
    every: int | None = setting(None, "updates between two validations [default: about an epoch]")
    patience: int = setting(20, "stop after this many validations without a better result; 0: never")
    dtype: str = setting("float32", "float32 or float64")

    @property
    def per(self) -> Each:
        """What has a label or number: a sequence or a step."""
        return "sequence"

    def check(self) -> None:
        """A ConfigError where a value is wrong; the network and the trainer check the rest."""
        super().check()
        choose("cell", self.cell, CELLS)
        for name in ("batch", "every", "epochs"):
            if getattr(self, name) is not None:
                whole(name, getattr(self, name), 1, 1 << 40)
        whole("patience", self.patience, 0, 1 << 40)
        in_range("clip", self.clip, 0, 1e6, low_in=False)
        if self.validate is not None:  # tables may leave it open
            in_range("validate", self.validate, 0, 1, high_in=False)
        if self.every is not None and self.validate == 0:
            raise ConfigError("every: expected a part to validate with; found none", spelled("validate", 0.1))


@dataclass(frozen=True, kw_only=True)
class TableSettings(Settings):
    """Which columns of one's tables are what."""

    label: str | None = setting(None, "the column of classes to predict [default: label; a .ts file has its own]")
    target: str | None = setting(None, "the column of numbers to predict, in place of classes")
    id: str | None = setting(
        None, "the column that says which sequence a row is of [default: id; or each file is a sequence]"
    )
    time: str | None = setting(None, "the column by which steps are ordered [default: time; or the order of the rows]")
    features: str | None = setting(None, "the columns that are read, separated by commas [default: all others]")
    group: str | None = setting(None, "a column, such as person: rows with the same value are held out together")
    kinds: str | None = setting(None, "the kind of a column's values, where they look like another kind: zip=category")
    encoding: str = setting("utf-8", "of CSV and JSON: the encoding, as Python names it")
    delimiter: str | None = setting(None, "of CSV: the character between columns [default: the one that is found]", "C")
    table: str | None = setting(None, "of a database: the table, or a SELECT [default: the only table]")
    skip_empty: bool = setting(False, "leave out sequences without a step, label or number, and say how many")
    memory: int = setting(400, "megabytes of memory for sorting rows")


@dataclass(frozen=True, kw_only=True)
class LabelledSettings(LearningSettings, TableSettings):
    """The settings that both have."""

    embedding: int | None = setting(
        None, "numbers that stand for a symbol [default: more where there are more symbols]"
    )
    loss: str = setting("squared", "for numbers: squared, huber (outliers count less), or pinball (for the median)")
    validate: float | None = setting(  # type: ignore[assignment]  # a number once the data is known: `parted`
        None,
        "share that is held out: not learned from, but measured on; 0: none [default: 0.1, or 0 for fewer than 100]",
    )

    @classmethod
    def of(cls, recipes: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> Self:
        """Features may be a list of names, too, and kinds a mapping."""
        names, kinds = given.get("features"), given.get("kinds")
        if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
            given = {**given, "features": ",".join(names)}
        if isinstance(kinds, Mapping):
            given = {**given, "kinds": ",".join(f"{name}={kind}" for name, kind in kinds.items())}
        return super().of(recipes, given)

    @property
    def unnamed(self) -> bool:
        """Whether it is not said which column has the labels or targets."""
        return self.label is None and self.target is None

    @property
    def columns(self) -> Columns:
        """Which column is what; a ConfigError where that makes no sense."""
        features = None if self.features is None else [name.strip() for name in self.features.split(",")]
        return Columns(
            label=LABEL if self.unnamed else self.label,
            target=() if self.target is None else self.target,
            per=self.per,
            features=features,
            kinds=_kinds(self.kinds),
            **{name: getattr(self, name) for name in COLUMNS},
        )

    def check(self) -> None:
        """A ConfigError where a value is wrong; the network and the trainer check the rest."""
        super().check()
        choose("loss", self.loss, OF_NUMBERS)
        whole("memory", self.memory, 1, 1 << 40)
        _ = self.columns


def _kinds(given: str | None) -> dict[str, Any]:
    """Column -> kind, of `column=kind` between commas."""
    found = {}
    for one in given.split(",") if given else ():
        name, equals, kind = one.rpartition("=")
        if not equals:
            example = spelled("kinds", {"zip": "category"})
            raise ConfigError(f"kinds: expected a column and its kind with = between them; found {one!r}", example)
        found[name.strip()] = kind.strip()
    return found


def parted(settings: S, sequences: int) -> S:
    """The settings with the share of so many sequences that is held out, if that was left open."""
    if settings.validate is not None:
        return settings
    s = settings
    few = s.target is None and s.per == "sequence" and sequences < JUDGED
    return replace(s, validate=0.0 if few and s.every is None else 0.1)


def suited(settings: S, sequences: int, epoch: int, symbols: int | None) -> S:
    """The settings with what was left open.

    Args:
        settings: as they were given.
        sequences: to learn from.
        epoch: updates in which all of them are read.
        symbols: of the inputs; None where these are numbers.
    """
    s = settings
    few = sequences < FEW
    enough = max(LEAST_EPOCHS, min(EPOCHS, -(-UPDATES // epoch)), -(-LEAST_UPDATES // epoch))
    epochs = enough if s.epochs is None else s.epochs
    chosen: dict[str, Any] = {
        "hidden": 64 if few else 128,
        "output_dropout": 0.5 if few else 0.2,
        "epochs": epochs,
        "steps": epochs * epoch,
    }
    if s.target is None:
        chosen["smoothing"] = 0.1 if few and s.per == "sequence" else 0.0
    if s.validate:
        chosen["every"] = epoch * -(-RARE // epoch)
    if symbols is not None:
        chosen["embedding"] = min(64, max(4, 2 * round(symbols**0.5)))
    return replace(s, **{name: value for name, value in chosen.items() if getattr(s, name) is None})


JUDGED = 100  # labels of sequences: a tenth of fewer says so little that to learn from it is worth more
FEW = 2000  # sequences: with fewer, smaller networks that forget more do better
EPOCHS, LEAST_EPOCHS, UPDATES = 60, 10, 10000  # so often at most, and at least; between, about so many updates
LEAST_UPDATES = 900  # of very few sequences, which are read more often for it
RARE = 15  # updates: validations come no more often, unless they are asked for


def told(given: LearningSettings, chosen: LearningSettings) -> str:
    """What was chosen, as the command line takes it."""
    names = [name for name in vars(given) if getattr(given, name) is None and getattr(chosen, name) is not None]
    return " ".join(option(name, getattr(chosen, name)) for name in names)
