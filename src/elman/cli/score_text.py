"""What `elman score` does for a model of text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from elman.cli.output import emit, note, say
from elman.cli.texts import Texts, corpus_texts, file_texts
from elman.errors import ConfigError
from elman.models import Model
from elman.tasks.text.alphabet import some
from elman.tasks.text.corpus.corpus import Corpus
from elman.tasks.text.corpus.fingerprint import Fingerprint
from elman.tasks.text.scoring.adaptation import Adapting
from elman.tasks.text.scoring.baselines import Baseline, baselines, best_static
from elman.tasks.text.scoring.surprise import Score, Surprise, figures, surprises
from elman.tasks.text.task import Text
from elman.telling import so_far

DIGITS = 4  # of the nats of a single character
NATS = "nats per character"  # what the table is of
ADAPTED = 2000  # characters that are adapted to between two looks at the clock
MOST = 0.5  # of a text that was learned, above which its figures are not those of a new one


@dataclass(frozen=True)
class Wanted:
    """What was asked for."""

    files: list[str] = field(default_factory=list)
    each: bool = False
    surprise: bool = False
    adapt: bool = False
    baselines: bool = False
    train: list[str] = field(default_factory=list)
    reading: dict[str, Any] = field(default_factory=dict)  # what is not as the model's text was read

    @property
    def rows(self) -> bool:
        """Whether each line or document is a row of the answer."""
        return self.each or self.surprise


def score_text(model: Model, task: Text, wanted: Wanted, *, stream: bool) -> dict[str, Any]:
    """All figures. With `stream`, rows go to stdout as they come, and figures behind them; else all is returned."""
    if wanted.train and not wanted.baselines:
        raise ConfigError("--train: expected with --baselines, which learn from it; found without", "--baselines")
    texts, training, left_out = _texts(task, wanted)
    total, rows = Score(), []
    documents = task.settings.documents
    options: dict[str, Any] = {"documents": documents, "lines": wanted.rows, "about": texts.about}
    fingerprint = Fingerprint(task.settings.tokens)
    for found in surprises(model.network, task.alphabet, fingerprint.passing(texts()), **options):
        total.add(found)
        if wanted.rows and stream:
            emit(_row(found, task, wanted))
        elif wanted.rows:
            rows.append(_row(found, task, wanted))
    total.check()
    result = total.metrics()
    result["unseen"] += left_out
    table = [Baseline("model", static=total.nats_per_character)]
    if wanted.adapt:
        adapted = Adapting(model.network, task.alphabet).texts(_pieces_told(texts), documents=documents)
        result["adapted"] = figures(adapted.nats_per_character)
        table[0] = Baseline("model", total.nats_per_character, adapted.nats_per_character)
    own = fingerprint.of_passed() == task.fingerprint()
    learned = {"model": 1 - task.settings.validate if own else 0.0}  # who -> how much of the text
    if wanted.baselines:
        others, learned["baselines"] = baselines(task.alphabet, training(), texts(), documents=documents)
        if not wanted.train:  # they learn from what the model learned from
            learned["model"] = learned["baselines"]
        result["baselines"] = [asdict(baseline) for baseline in others]
        result["best_static_baseline"] = best_static(others).name
        table += others
    hopeless = task.hopeless(result, None)
    result["warnings"] = [*_not_new(task, wanted, learned), *([hopeless] if hopeless else [])]
    if stream:
        for line in _lines(result, table):
            (note if wanted.rows else say)(line)
    return {**result, "each": rows} if wanted.rows else result


def _texts(task: Text, wanted: Wanted) -> tuple[Texts, Texts, int]:
    """What is scored, what baselines learn from, and how many unseen characters were left out of the first before."""
    needs_own = not wanted.files or (wanted.baselines and not wanted.train)
    own = task.again([]) if needs_own else None
    left_out = 0
    if wanted.files:
        texts = file_texts(task, wanted.files, wanted.reading)
    else:
        held_out = _part(own.held_out if own else None, "nothing of the model's text was held out", "name a FILE")
        texts, left_out = corpus_texts(held_out), held_out.unseen
    if wanted.train or not wanted.baselines:
        training = file_texts(task, wanted.train, wanted.reading) if wanted.train else texts
    else:
        training = corpus_texts(_part(own.corpus if own else None, "the model's text is not at hand", "--train FILE"))
    return texts, training, left_out


def _part(corpus: Corpus | None, missing: str, hint: str) -> Corpus:
    if corpus is None:
        raise ConfigError(f"score: {missing}", hint)
    return corpus


def _not_new(task: Text, wanted: Wanted, learned: dict[str, float]) -> list[str]:
    """A warning where figures are of a text that most of was learned; of what was held out, nothing was."""
    who = [f"the {name}" for name, share in learned.items() if wanted.files and share > MOST]
    if not who:
        return []
    new = "`elman score MODEL` without FILE scores what was held out" if task.settings.validate else "score another one"
    return [f"{' and '.join(who)} learned from most of this text: the figures do not tell about a new one; {new}"]


def _pieces_told(texts: Texts) -> Iterator[Iterator[str]]:
    """Learning goes window by window, and is slow: piece by small piece, there is something to tell."""
    done = 0

    def told(pieces: Iterator[str]) -> Iterator[str]:
        nonlocal done
        for piece in pieces:
            for first in range(0, len(piece), ADAPTED):
                yield piece[first : first + ADAPTED]
                done += len(piece[first : first + ADAPTED])
                so_far("characters adapted to", done, max(done, texts.about))

    yield from map(told, texts())


def _row(found: Surprise, task: Text, wanted: Wanted) -> dict[str, Any]:
    """Of a line or document: its figures, and the nats of its symbols, null where the alphabet lacks one."""
    row: dict[str, Any] = {"text": task.alphabet.to_unicode(found.text)}
    if wanted.each:
        row |= Score.of([found]).metrics()
    if wanted.surprise:
        row["nats"] = [None if math.isnan(n) else round(n, DIGITS) for n in found.nats.tolist()]
    return row


def _lines(result: dict[str, Any], table: list[Baseline]) -> Iterator[str]:
    """The figures for people; static and adaptive ones in columns of their own."""
    yield f"characters: {result['characters']:,}"
    for name in ("nats_per_character", "bits_per_character", "perplexity"):
        if result[name] is not None:
            yield f"{name}: {result[name]:.6g}"
    unseen = f" ({some(result['unseen_characters'])})" if result["unseen_characters"] else ""
    yield f"unseen: {result['unseen']:,}{unseen}"
    if len(table) == 1 and table[0].adaptive is None:
        return
    width = max(len(name) for name in (NATS, *(row.name for row in table)))
    yield f"{NATS:{width}}  static  adaptive"
    for row in table:
        static, adaptive = ("" if n is None else f"{n:.4f}" for n in (row.static, row.adaptive))
        best = "  the best n-gram" if row.name == result.get("best_static_baseline") else ""
        yield f"{row.name:{width}}  {static:6}  {adaptive:8}{best}".rstrip()
