"""What can be set for the task `sessions`."""

from __future__ import annotations

from dataclasses import dataclass

from elman.errors import ConfigError, choose, in_range, whole
from elman.network import CELLS
from elman.tables import EventColumns
from elman.tasks.sessions.mixing import SOURCES
from elman.tasks.settings import Settings, setting

MANY, DRAWN = 20_000, 2_048  # items of a large catalogue; negatives of an update then


@dataclass(frozen=True, kw_only=True)
class SessionsSettings(Settings):
    """Every default is the best known."""

    session: str | None = setting(None, "the column that tells sessions apart; else one called session_id or so")
    item: str | None = setting(None, "the column of items; else one called item_id or so")
    time: str | None = setting(None, "the column of times; else one called timestamp or so, or the order of the rows")
    user: str | None = setting(None, "the column of visitors, whose earlier sessions count; else one called user_id")
    action: str | None = setting(None, "the column of what was done with an item: view, buy; else it does not count")
    gap: str | None = setting(None, "a session ends where a visitor does nothing for so long: 30m, 2h; no --session")
    encoding: str = setting("utf-8", "of CSV and JSON, as Python names it")
    delimiter: str | None = setting(None, "of CSV: what stands between columns; else what is found")
    table: str | None = setting(None, "of a database: the table, or a SELECT; else the only table")
    support: int = setting(1, "items with fewer events are left out")
    steps: int | None = setting(None, "stop at this update, counted from the very first; else, when epochs are over")
    epochs: int = setting(8, "how often the log is read")
    cell: str = setting("gru", "gru, lstm, rnn, or none: the last click alone")
    layers: int = setting(1, "layers")
    hidden: int = setting(100, "hidden units of each layer")
    embedding: int = setting(64, "numbers that stand for an item")
    dropout: float = setting(0.0, "between layers")
    output_dropout: float = setting(0.3, "of the states that the next item is told from")
    batch: int = setting(64, "sessions of an update")
    rate: float = setting(0.004, "learning rate of Adam; it falls as a cosine")
    negatives: int | None = setting(
        None, f"items that an update sets beside the right ones; 0: all; else all, or {DRAWN:,} of more than {MANY:,}"
    )
    clip: float = setting(1.0, "the longest gradient that is taken as it is; longer ones are scaled down to it")
    validate: float = setting(
        0.1, "the share of the sessions, the last ones, that weights are learned and validated on"
    )
    every: int | None = setting(None, "updates between two validations; else an epoch")
    patience: int = setting(2, "stop after so many validations without a better one; 0: never")
    without: str | None = setting(None, f"sources that are switched off, between commas: {', '.join(SOURCES)}")
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
        return (DRAWN if items > MANY else 0) if self.negatives is None else self.negatives

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
        whole("patience", self.patience, 0, 1 << 40)
        in_range("clip", self.clip, 0, 1e6, low_in=False)
        in_range("validate", self.validate, 0, 1, high_in=False)
        for name in self.off:
            choose("without", name, SOURCES)
        if self.gap is not None and self.session is not None:
            raise ConfigError("gap: expected gap or session; found both", "a gap makes sessions of what a user did")
