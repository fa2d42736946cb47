"""The score of a recommender, beside what counting alone recommends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from elman.network import Network
from elman.tasks.capabilities.reports import Report
from elman.tasks.sessions.baselines import BASELINES, QUICK
from elman.tasks.sessions.learning import logits_of
from elman.tasks.sessions.log import Log, Prediction
from elman.tasks.sessions.metrics import AT, Metrics
from elman.tasks.sessions.mixing import Mix
from elman.tasks.sessions.terms import Evidence

FIGURES = tuple(f"{name}@{k}" for name in ("recall", "mrr", "ndcg") for k in AT)
CLEARLY = 0.05  # of the figure of the model, from which a larger one of a baseline is worth a warning
NARROW = ("coverage@20", "distinct@20", "popularity@20")


class SessionsReport(Report):
    """Figures of predictions, which are made one by one; with `each`, a row for each of them.

    Args:
        evidence: what the counts say that the model has then.
        mix: its weights.
        network: of the model.
        asked: the predictions, those of a session together.
        log: whose sessions these are.
        each: whether there are rows.
        baselines: whether all of them stand beside; else only a few that cost little.
    """

    def __init__(
        self,
        evidence: Evidence,
        mix: Mix,
        network: Network,
        asked: Sequence[Prediction],
        log: Log,
        *,
        each: bool = False,
        baselines: bool = False,
    ) -> None:
        self.has_rows, self.warnings = each, list[str]()
        self._evidence, self._mix, self._network, self.asked, self._log = evidence, mix, network, asked, log
        counts = evidence.counts
        self._metrics = Metrics(counts.popularity)
        self._beside = {name: Metrics(counts.popularity) for name in (BASELINES if baselines else QUICK)}
        self._done = False

    def rows(self) -> Iterator[dict[str, Any]]:
        """Of each prediction: the session, how many clicks were known, and the rank of the next one."""
        evidence, names = self._evidence, self._log.ids
        for one, logits in zip(self.asked, logits_of(self._network, self.asked), strict=True):
            sparse = evidence.sparse(one.clicks, one.history, one.act)
            rank = self._metrics.add_chances(self._mix.logits(logits, evidence.dense, sparse), one.target)
            when = float(self._log.times[one.session])
            for name, metrics in self._beside.items():
                metrics.add(BASELINES[name](evidence.counts, one.clicks, when), one.target)
            if self.has_rows:
                session = names[one.session] if len(names) else one.session
                yield {"session": session, "clicks": len(one.clicks), "rank": rank}
        self._done = True

    def result(self) -> dict[str, Any]:
        """All figures, those of the baselines, and the weights of the mix."""
        if not self._done:
            for _ in self.rows():
                pass
        found = self._metrics.result()
        if not found["predictions"]:
            return {**found, "warnings": [*self.warnings, "no session has a second event that the model knows"]}
        beside = {name: metrics.result() for name, metrics in self._beside.items()}
        return {
            **found,
            "log_loss": round(self._metrics.nats / found["predictions"], 6),
            "baselines": {name: {key: one[key] for key in (*FIGURES, *NARROW)} for name, one in beside.items()},
            "weights": self._mix.named(),
            "warnings": [*self.warnings, *_beaten(found, beside)],
        }

    def lines(self) -> Iterator[str]:
        """A table: the model, and the baselines below it."""
        found = self.result()
        yield f"{found['predictions']:,} predictions"
        if not found["predictions"]:
            return
        shown = ("recall@1", "recall@5", "recall@10", "recall@20", "mrr@20", "ndcg@20", "coverage@20")
        yield f"{'':22}" + "".join(f"{name:>12}" for name in shown)
        for name, one in (("the model", found), *found["baselines"].items()):
            yield f"{name:22}" + "".join(f"{one[figure]:12.4f}" for figure in shown)


def _beaten(found: Mapping[str, Any], beside: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """That what only counts is better, if it is so by more than chance easily has it."""
    for figure, name in (("recall@20", "recall@20"), ("mrr@20", "MRR@20")):
        best = max(beside, key=lambda one: float(beside[one][figure]))
        if beside[best][figure] > (1 + CLEARLY) * found[figure]:
            yield f"{best} is better than the model here: its {name} is {beside[best][figure]:.4f}"


def measured(evidence: Evidence, mix: Mix, network: Network, asked: Sequence[Prediction], log: Log) -> dict[str, Any]:
    """The figures of predictions, and quick baselines beside them."""
    found = SessionsReport(evidence, mix, network, asked, log).result()
    return {name: value for name, value in found.items() if name != "warnings"}
