"""What can be set for the task `sessions`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman.errors import ConfigError, choose, in_range, whole
from elman.network import CELLS, BPRMax, Ranking, SampledCrossEntropy, TOP1Max
from elman.tables import EventColumns
from elman.tasks.sessions.terms import SOURCES
from elman.tasks.settings import Settings, setting

HELD_OUT = 10_000  # predictions: enough to learn weights from, and to measure
MANY, DRAWN = 20_000, 2_048  # items of a large catalogue; negatives of an update then

RANKING: dict[str, type[Ranking]] = {"bpr_max": BPRMax, "top1_max": TOP1Max}
LOSSES: dict[str, type[Ranking]] = {"cross_entropy": SampledCrossEntropy, **RANKING}  # where negatives are drawn


@dataclass(frozen=True, kw_only=True)
class SessionsSettings(Settings):
    """Every default is the best known."""

    session: str | None = setting(
        None, "the column that says which session a row is of [default: session_id or a similar name]"
    )
    item: str | None = setting(None, "the column of items [default: item_id or a similar name]")
    time: str | None = setting(
        None, "the column of times [default: timestamp or a similar name; or the order of the rows]"
    )
    user: str | None = setting(None, "the column of visitors, whose earlier sessions count [default: user_id]")
    action: str | None = setting(None, "the column of what was done with an item: view, buy [default: none]")
    gap: str | None = setting(
        None, "in place of --session: a session ends when a visitor does nothing for this long: 30m, 2h", "PAUSE"
    )
    encoding: str = setting("utf-8", "of CSV and JSON: the encoding, as Python names it")
    delimiter: str | None = setting(None, "of CSV: the character between columns [default: the one that is found]", "C")
    table: str | None = setting(None, "of a database: the table, or a SELECT [default: the only table]")
    support: int = setting(1, "items with fewer events are left out")
    steps: int | None = setting(
        None, "stop after this update, counted from the first one [default: when the epochs are over]"
    )
    epochs: int = setting(8, "how often the log is read")
    cell: str = setting("gru", "gru, lstm, rnn, or none: the last click alone")
    layers: int = setting(1, "layers")
    hidden: int = setting(100, "hidden units of each layer")
    embedding: int = setting(64, "numbers that stand for an item")
    tied: bool = setting(False, "the same numbers stand for an item that was clicked and for one that may come next")
    dropout: float = setting(0.0, "dropout between layers")
    click_dropout: float = setting(
        0.2, "the share of a session's clicks that are left out when it is read, others each time"
    )
    output_dropout: float = setting(0.3, "dropout of the states from which the next item is predicted")
    batch: int = setting(64, "sessions per update")
    rate: float = setting(0.004, "learning rate of Adam; it falls along a cosine")
    loss: str = setting(
        "cross_entropy", "cross_entropy; or bpr_max, top1_max: ranking losses, which compare with some wrong items"
    )
    regulariser: float = setting(1.0, "of bpr_max: how much the scores of wrong items are drawn to 0")
    negatives: int | None = setting(
        None,
        f"wrong items per update, beside the right ones; 0: all [default: {DRAWN:,} of more than {MANY:,} or with a "
        "ranking loss, else all]",
    )
    clip: float = setting(1.0, "the greatest length of a gradient; longer ones are scaled down to it")
    validate: float | None = setting(
        None,
        "the share of the sessions, the last ones, that are held out: to weigh the sources and to measure on "
        f"[default: a tenth, or less: as many as have {HELD_OUT:,} predictions]",
    )
    every: int | None = setting(None, "updates between two validations [default: an epoch]")
    patience: int = setting(2, "stop after this many validations without a better result; 0: never")
    without: str | None = setting(
        None, f"sources that are switched off, separated by commas: {', '.join(SOURCES)}", "SOURCES"
    )
    dtype: str = setting("float32", "float32 or float64")

    @property
    def columns(self) -> EventColumns:
        """Which column is what."""
        return EventColumns(session=self.session, item=self.item, time=self.time, user=self.user, action=self.action)

    @property
    def off(self) -> tuple[str, ...]:
        """The sources that are switched off."""
        return tuple(name.strip() for name in self.without.split(",")) if self.without else ()

    def drawn(self, items: int) -> int:
        """Negatives of an update, with so many items; 0: all of them."""
        some = items > MANY or self.loss in RANKING
        return (DRAWN if some else 0) if self.negatives is None else self.negatives

    def compared(self, popularity: NDArray[np.float64]) -> str | Ranking:
        """The loss, for items that occur so often."""
        negatives = self.drawn(len(popularity))
        if not negatives:
            return "symbols"
        drawn: dict[str, Any] = {"negatives": negatives, "popularity": popularity + 1}
        if self.loss == "bpr_max":
            drawn["regulariser"] = self.regulariser
        return LOSSES[self.loss](**drawn)

    def check(self) -> None:
        """A ConfigError where a value is wrong; the network and the trainer check the rest."""
        super().check()
        choose("cell", self.cell, CELLS)
        for name in ("batch", "every", "epochs"):
            if getattr(self, name) is not None:
                whole(name, getattr(self, name), 1, 1 << 40)
        whole("support", self.support, 1, 1 << 40)
        if self.negatives is not None:
            whole("negatives", self.negatives, 0, 1 << 20)
        choose("loss", self.loss, LOSSES)
        if self.loss in RANKING and self.negatives == 0:
            raise ConfigError(f"negatives: expected 1 or more with the loss {self.loss}; found 0")
        BPRMax(regulariser=self.regulariser)
        whole("patience", self.patience, 0, 1 << 40)
        in_range("click_dropout", self.click_dropout, 0, 1, high_in=False)
        in_range("clip", self.clip, 0, 1e6, low_in=False)
        if self.validate is not None:
            in_range("validate", self.validate, 0, 1, high_in=False)
        for name in self.off:
            choose("without", name, SOURCES)
        if set(self.off) == set(SOURCES):
            raise ConfigError("without: expected a source that is left; found none", f"they are {', '.join(SOURCES)}")
        if self.gap is not None and self.session is not None:
            raise ConfigError("gap: expected gap or session; found both", "a gap makes sessions of what a user did")
