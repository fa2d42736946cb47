"""The task `sessions`: the next item of a visitor, by a network, by counts, and by what the visitor did before."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np

from elman.copies import cached_property
from elman.errors import ConfigError, DataError
from elman.files import STDIN
from elman.files.names import whole
from elman.network import Network
from elman.network.checks import Array
from elman.spelling import called, counted, spelled
from elman.tables import read_events
from elman.tables.columns import NoColumnError
from elman.tables.events import ROLES
from elman.tasks.capabilities.calibrates import Calibrates
from elman.tasks.capabilities.can_be_hopeless import CanBeHopeless
from elman.tasks.capabilities.graded import Graded
from elman.tasks.capabilities.holds_arrays import HoldsArrays
from elman.tasks.capabilities.learns_from_data import paths, there_in_training
from elman.tasks.capabilities.reads_tables import ReadsTables, ways
from elman.tasks.capabilities.recommends import Click
from elman.tasks.capabilities.reports import Report, Reports
from elman.tasks.sessions.codec import Codec
from elman.tasks.sessions.counts import Counts
from elman.tasks.sessions.learning import Learning
from elman.tasks.sessions.log import Log, predictions
from elman.tasks.sessions.mixing import Mix
from elman.tasks.sessions.report import SessionsReport, measured
from elman.tasks.sessions.reranking import Reranker
from elman.tasks.sessions.settings import HELD_OUT, SessionsSettings
from elman.tasks.sessions.shown import Shown
from elman.tasks.sessions.terms import SOURCES, Evidence
from elman.tasks.sessions.updating import Updating

TENTH = 0.1
REMEMBERED_EVENTS = 1_000_000  # of a log that goes on, at least
SHAPE = ("cell", "layers", "hidden", "embedding", "tied", "dtype")  # which a network cannot change


class Sessions(Updating, HoldsArrays, Calibrates, CanBeHopeless, Graded, Reports, ReadsTables, Shown):
    """To say what a visitor will want next."""

    name = "sessions"
    summary = "to predict what a visitor will want next, from logs of sessions"
    settings_type = SessionsSettings
    settings: SessionsSettings
    data: ClassVar[str] = "FILE"
    speed = "sessions"
    wants = ("each", "baselines", "history")
    ways = (*ReadsTables.ways, *ROLES)

    def __init__(self, codec: Codec, settings: SessionsSettings, fingerprint: str = "") -> None:
        self.known, self.settings, self._fingerprint = codec, settings, fingerprint
        self.log: Log | None = None  # what counts are made of
        self.learning: Learning | None = None
        self.described: list[str] = []

    # --- where it comes from ---

    @classmethod
    def on(cls, data: Sequence[Any], **given: Any) -> Self:
        """From files, folders and patterns, or `-`, standard input."""
        return cls._on(data, cls.settings_type.of(cls.recipes, given))

    @classmethod
    def _on(cls, data: Sequence[Any], settings: SessionsSettings) -> Self:
        files = cls._names(data)
        s = settings
        events = read_events(files, s.columns, gap=s.gap, **ways(s))
        codec, rare = Codec.of(events, s.support)
        log, _ = codec.log(events)
        if not len(log.items):
            raise DataError(f"{files[0]}: expected an item with {counted(s.support, 'event')} or more; found none")
        task = cls(codec, settings, f"sessions {log.fingerprint():08x}")
        task._learn(log, files[0])
        task.sources = [whole(name) for name in files]
        task.described = [*events.notes, *rare, *task.described]
        return task

    def _learn(self, log: Log, where: str) -> None:
        held_out = self._held_out(log)
        s = replace(self.settings, validate=held_out / len(log))
        read: dict[str, Any] = {"batch": s.batch, "dropout": s.click_dropout}
        learning = Learning(log, len(self.known.names), held_out, s.seed, **read)
        few = held_out > 0 and not (learning.held_out(0) and learning.held_out(1))
        if few:  # of what may be known by then, they have no item behind another
            held_out, s = 0, replace(s, validate=0.0)
            learning = Learning(log, len(self.known.names), 0, s.seed, **read)
        if not len(learning.reading):
            raise DataError(f"{where}: expected sessions of two events or more to learn from; found none")
        self.log, self.learning = log, learning
        untrained = "network" in s.off  # it has no part in any answer
        steps = 0 if untrained else s.epochs * len(learning.reading) if s.steps is None else s.steps
        self.settings = replace(s, steps=steps, every=(s.every or len(learning.reading)) if held_out else None)
        if held_out:
            which = f"the last {held_out:,} sessions are"
            self.described = [f"{which} held out; weights of the mix are learned on half of them"]
        else:
            why = "too few sessions to hold some out" if few else "no session is held out"
            self.described = [f"{why}: all are learned from, and nothing measures what is learned"]
        if untrained:
            self.described.append("the network is switched off: it is not trained")
        if len(log) > 1 and log.times[-1] == log.times[0]:
            self.described.append("all sessions are of one time: the last ones are those that the files have last")

    def _held_out(self, log: Log) -> int:
        """How many sessions: of a long log fewer than a tenth tell enough, and the rest is the latest to learn from."""
        share = self.settings.validate
        most = round((TENTH if share is None else share) * len(log))
        if share is None:
            behind = np.cumsum(np.maximum(log.lengths[::-1] - 1, 0))
            most = min(most, 1 + int(np.searchsorted(behind, HELD_OUT)))
        return min(0 if share == 0 else max(1, most), len(log) - 1)

    @classmethod
    def restored(cls, settings: Mapping[str, Any], codec: Mapping[str, Any], data: str) -> Self:
        """Without what it learns from, which is read again only where it is needed."""
        return cls(Codec.from_json(codec), cls.settings_type.of(cls.recipes, settings), data)

    def again(self, data: Sequence[Any], **changed: Any) -> Self:
        """On the same data; a DataError where it is not there any more, or another one."""
        hint = self.named_anew()
        files = self._names(self.named(data, hint))
        settings = self.settings_type.of(self.recipes, {**vars(self.settings), **changed})
        with there_in_training("data", data, hint):
            task = self._on(files, settings)
        if task.fingerprint() != self._fingerprint:
            raise self.another(data, files)
        return task

    def tuned(self, data: Sequence[Any], **given: Any) -> Self:
        """On other data, with a network of the same shape."""
        known = {**vars(self.settings), "steps": None, "every": None}
        task = self._on(data, self.settings_type.of(self.recipes, {**known, **given}))
        self.settings.refuse_changes(SHAPE, vars(task.settings))
        return task

    # --- what is learned beside the network ---

    def _data_again(self) -> Learning:
        return self.again([])._data if self.learning is None else self.learning

    def calibrated(self, network: Network) -> Self:
        """With the weights of the mix, and with counts of the whole log; the log is read again if it is not at hand."""
        off = self.settings.off
        mix = self._data_again().mix(network, off) if self.settings.validate else Mix.usual(off)
        return self._with(mix)

    def read_again(self) -> Self:
        """With the weights of the mix, which `again` begins without."""
        return self.again([])._with(self.known.mix)

    def uncalibrated(self) -> Self:
        """Before the weights of the mix are learned."""
        return self._with(None)

    def _with(self, mix: Mix | None) -> Self:
        task = copy(self)
        task.known = replace(self.known, mix=mix)
        return task

    def lost(self) -> str:
        """That answers need more than the network."""
        others = [name for name in SOURCES if name not in ("network", *self.settings.off)]
        if "network" in self.settings.off:
            return "the file has the network alone, which is not trained: answers are made without it"
        return f"the file has the network alone; answers also need: {', '.join(others)}" if others else ""

    @cached_property
    def evidence(self) -> Evidence:
        """What counts of the whole log say."""
        if self.log is None:
            raise ConfigError(f"{self.name}: expected a log to count in; found none")
        return Evidence(Counts(self.log, len(self.known.names)))

    def learn(self, sessions: Sequence[Sequence[Click]], when: float) -> int:
        """Counts go on with these sessions, as many as have a known item.

        Of a long log, the first sessions go as new ones come: it grows no more.
        """
        pieces = [piece for one in sessions if len((piece := self.known.clicks(one))[0])]
        if not pieces:
            return 0
        items, acts = zip(*pieces, strict=True)
        known, timed = self.evidence.counts.log, self.known.columns.time is not None
        self.log = known.going_on(items, acts, when if timed else None, REMEMBERED_EVENTS)
        self.evidence.take(Counts(self.log, len(self.known.names)))
        return len(pieces)

    @property
    def mix(self) -> Mix:
        """The weights; the usual ones before they are learned."""
        return self.known.mix or Mix.usual(self.settings.off)

    def arrays(self) -> dict[str, Array]:
        """The log as numbers, without visitors."""
        reranker = self.mix.reranker
        return {} if self.log is None else {**self.log.arrays(), **(reranker.arrays() if reranker else {})}

    def take(self, arrays: Mapping[str, Array]) -> None:
        """The log that `arrays` gave."""
        self.log = Log.of(arrays, len(self.known.names), len(self.known.actions))
        if self.known.mix is not None:
            self.known = replace(self.known, mix=replace(self.known.mix, reranker=Reranker.of(arrays)))

    # --- how well it is learned ---

    def score(self, network: Network) -> dict[str, Any]:
        """Of what is held out: of the network alone, or, once it is calibrated, of all."""
        data = self._data_again()
        if not self.settings.validate:
            return {"predictions": 0}
        if self.known.mix is None:
            metrics = data.alone(network)
            return {**metrics.result(), "log_loss": round(metrics.nats / max(metrics.count, 1), 6)}
        return measured(data.evidence, self.mix, network, data.held_out(1), data.whole)

    def score_on(self, network: Network, data: Sequence[Any]) -> dict[str, Any]:
        """Of the sessions of files."""
        return self.report(network, self._names(data)).result()

    def report(self, network: Network, files: Sequence[str], **wanted: Any) -> Report:
        """Of files, or of what was held out."""
        earlier = wanted.pop("history", ())
        if earlier and not files:
            raise ConfigError(f"{called('history')}: expected beside files, whose visitors it is about; found none")
        if not files:
            data = self.again([])._data
            if not self.settings.validate:
                raise self.unmeasured()
            found = SessionsReport(data.evidence, self.mix, network, data.held_out(1), data.whole, **wanted)
            if len(found.asked) < (count := data.count(1)):
                found.notes = [f"{len(found.asked):,} of {counted(count, 'prediction')} held out, drawn by chance"]
            return found
        s = self.settings
        log, unknown, first, notes, users = Log.empty(), 0, 0, list[str](), dict[str, int]()
        for names in ([earlier] if earlier else []) + [files]:
            with _naming_columns():
                events = read_events(names, s.columns, earlier=self.known.columns, gap=s.gap, **ways(s))
            first, (read, unknown), notes = len(log), self.known.log(events, users), list(events.notes)
            log, other = log.followed(read), self.known.other_actions(events)
        warnings = list[str]()
        if unknown:
            notes.append(f"{counted(unknown, 'event')} of items that the model does not know: left out")
        if other:
            notes.append(f"{counted(other, 'event')} of actions that the model does not know: as where none is told")
        if self.log is not None and len(self.log) and log.times[first] <= self.log.times[-1]:
            warnings.append("some sessions are older than the last ones that the model has counted: it may know them")
        asked = list(predictions(log, range(first, len(log))))
        report = SessionsReport(self.evidence, self.mix, network, asked, log, **wanted)
        report.notes, report.warnings = notes, warnings
        return report

    def cost(self, metrics: Mapping[str, Any]) -> float:
        """Nats of a prediction."""
        if not metrics.get("predictions"):
            raise ConfigError(f"{self.name}: expected sessions that are held out to measure by; found none")
        return float(metrics["log_loss"])

    def cost_told(self, metrics: Mapping[str, Any]) -> str:
        """With its unit."""
        return f"{self.cost(metrics):.4f} nats per prediction"

    @classmethod
    def figure(cls, metrics: Mapping[str, Any]) -> str | None:
        """How often the next item is among twenty."""
        return "recall@20" if "recall@20" in metrics else ""

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Anything that is not hopeless."""
        return not self.hopeless(metrics, None)

    def hopeless(self, metrics: Mapping[str, Any], loss: float | None) -> str:
        """Worse than the same list for everyone."""
        popular = metrics.get("baselines", {}).get("popularity")
        if popular is None or metrics["recall@20"] >= popular["recall@20"]:
            return ""
        return f"worse than the most popular items for everyone, whose recall@20 is {popular['recall@20']:.4f}"

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """How good, and on how much."""
        if not metrics.get("predictions"):
            return "nothing was held out to measure it by"
        found = f"recall@20 {metrics['recall@20']:.4f}, MRR@20 {metrics['mrr@20']:.4f}"
        return f"{found}, on {metrics['predictions']:,} predictions that were held out"

    # --- what is said and kept ---

    def files(self) -> Sequence[str]:
        """Of its data."""
        return () if self.learning is None else [name for name in self.sources if name != STDIN]

    def introduce(self) -> list[str]:
        """What was read."""
        return self.described

    @property
    def example(self) -> str:
        """A session of one item, which the model knows."""
        return shlex.join(self.known.names[:1])

    def codec(self) -> dict[str, Any]:
        """Items, columns and weights."""
        return self.known.to_json()

    def symbols(self) -> list[str | None]:
        """Items."""
        return [*self.known.names]

    def fingerprint(self) -> str:
        """A checksum of the log."""
        return self._fingerprint

    @classmethod
    def _names(cls, data: Sequence[Any]) -> list[str]:
        """Of files; a ConfigError where there are none."""
        return paths(cls, data)


@contextmanager
def _naming_columns() -> Iterator[None]:
    """What an error of a column that is not there says, too, where it was named in training."""
    try:
        yield
    except NoColumnError as error:
        error.hint = "; ".join(filter(None, [error.hint, f"{spelled(error.role, 'COLUMN')} names that of these files"]))
        raise
