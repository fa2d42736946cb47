"""What `elman score` shows of a model of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from elman.errors import ConfigError
from elman.network import Network
from elman.tasks.capabilities.reports import Report
from elman.tasks.text.alphabet import Alphabet, some
from elman.tasks.text.corpus.corpus import Corpus
from elman.tasks.text.corpus.fingerprint import Fingerprint
from elman.tasks.text.scoring.adaptation import Adapting
from elman.tasks.text.scoring.baselines import Baseline, baselines, best_static
from elman.tasks.text.scoring.named import Texts, corpus_texts, file_texts
from elman.tasks.text.scoring.surprise import Score, figures, surprises
from elman.tasks.text.settings import TextSettings
from elman.telling import so_far

DIGITS = 4  # of the nats of a single character
NATS = "nats per character"  # what the table is of
ADAPTED = 2000  # characters that are adapted to between two looks at the clock
MOST = 0.5  # of a text that was learned, above which its figures are not those of a new one


@dataclass(frozen=True)
class Wanted:
    """What was asked for."""

    files: Sequence[str] = field(default_factory=list)
    each: bool = False
    surprise: bool = False
    adapt: bool = False
    baselines: bool = False
    train: Sequence[str] = field(default_factory=list)
    reading: dict[str, Any] = field(default_factory=dict)  # what is not as the model's text was read

    @property
    def rows(self) -> bool:
        """Whether each line or document is a row of the answer."""
        return self.each or self.surprise


class TextReport(Report):
    """The score of a network on texts.

    Args:
        network: that is scored.
        alphabet: in which it reads.
        settings: with which it has learned.
        fingerprint: of the text that it has learned.
        wanted: what is asked for.
        own: reads that text again: what was learned, and what was held out.

    Raises:
        ConfigError: what is asked for makes no sense, or there is nothing to score.
        DataError: files cannot be read.
    """

    def __init__(
        self,
        network: Network,
        alphabet: Alphabet,
        settings: TextSettings,
        fingerprint: str,
        wanted: Wanted,
        own: Callable[[], tuple[Corpus | None, Corpus | None]],
    ) -> None:
        if wanted.train and not wanted.baselines:
            raise ConfigError("--train: expected with --baselines, which learn from it; found without", "--baselines")
        self._network, self._alphabet, self._settings, self._wanted = network, alphabet, settings, wanted
        self._documents = settings.documents
        needs_own = not wanted.files or (wanted.baselines and not wanted.train)
        learned, held_out = own() if needs_own else (None, None)
        self._left_out = 0  # unseen characters that were left out of what was held out
        if wanted.files:
            self._texts = file_texts(settings.reading, wanted.files, wanted.reading)
        else:
            held_out = _part(held_out, "nothing of the model's text was held out", "name a FILE")
            self._texts, self._left_out = corpus_texts(held_out), held_out.unseen
        self._training = self._texts  # what baselines learn from
        if wanted.train:
            self._training = file_texts(settings.reading, wanted.train, wanted.reading)
        elif wanted.baselines:
            self._training = corpus_texts(_part(learned, "the model's text is not at hand", "--train FILE"))
        self.has_rows = wanted.rows
        self.notes = [*self._texts.notes, *(self._training.notes if wanted.train else ())]
        self._fingerprint, self._passing = fingerprint, Fingerprint(settings.tokens)
        self._total = Score()
        self._result: dict[str, Any] = {}
        self._table: list[Baseline] = []

    def rows(self) -> Iterator[dict[str, Any]]:
        """Of each line or document: its figures, and the nats of its symbols, null where the alphabet lacks one."""
        wanted = self._wanted
        passing = self._passing.passing(self._texts())
        options: dict[str, Any] = {"documents": self._documents, "lines": wanted.rows, "about": self._texts.about}
        for found in surprises(self._network, self._alphabet, passing, **options):
            self._total.add(found)
            if wanted.rows:
                row: dict[str, Any] = {"text": self._alphabet.to_unicode(found.text)}
                if wanted.each:
                    row |= Score.of([found]).metrics()
                if wanted.surprise:
                    row["nats"] = [None if math.isnan(n) else round(n, DIGITS) for n in found.nats.tolist()]
                yield row
        self._total.check()

    def result(self) -> dict[str, Any]:
        """Nats per character; adapted, and of baselines, where these are asked for."""
        wanted, total = self._wanted, self._total
        result = total.metrics()
        result["unseen"] += self._left_out
        table = [Baseline("model", static=total.nats_per_character)]
        if wanted.adapt:
            pieces = _pieces_told(self._texts)
            adapted = Adapting(self._network, self._alphabet).texts(pieces, documents=self._documents)
            result["adapted"] = figures(adapted.nats_per_character)
            table[0] = Baseline("model", total.nats_per_character, adapted.nats_per_character)
        own = self._passing.of_passed() == self._fingerprint
        learned = {"model": 1 - self._settings.validate if own else 0.0}  # who -> how much of the text
        if wanted.baselines:
            training, texts = self._training(), self._texts()
            others, learned["baselines"] = baselines(self._alphabet, training, texts, documents=self._documents)
            if not wanted.train:  # they learn from what the model learned from
                learned["model"] = learned["baselines"]
            result["baselines"] = [asdict(baseline) for baseline in others]
            result["best_static_baseline"] = best_static(others).name
            table += others
        result["warnings"] = [*self._not_new(learned), *filter(None, [total.warning()])]
        self._result, self._table = result, table
        return result

    def _not_new(self, learned: dict[str, float]) -> list[str]:
        """A warning where figures are of a text that most of was learned; of what was held out, nothing was."""
        who = [f"the {name}" for name, share in learned.items() if self._wanted.files and share > MOST]
        if not who:
            return []
        held_out = "`elman score MODEL` without FILE scores what was held out"
        new = held_out if self._settings.validate else "score another one"
        return [f"{' and '.join(who)} learned from most of this text: the figures do not tell about a new one; {new}"]

    def lines(self) -> Iterator[str]:
        """The figures; static and adaptive ones in columns of their own."""
        result, table = self._result, self._table
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


def _part(corpus: Corpus | None, missing: str, hint: str) -> Corpus:
    if corpus is None:
        raise ConfigError(f"score: {missing}", hint)
    return corpus


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
