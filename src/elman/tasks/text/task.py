"""The task `text`: to predict the next character."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from elman._engine import threads
from elman.copies import cached_property
from elman.errors import ConfigError, DataError
from elman.files.names import whole
from elman.network import Network
from elman.spelling import counted
from elman.tasks.capabilities.budgeted import Budgeted
from elman.tasks.capabilities.can_be_hopeless import NOTHING, CanBeHopeless
from elman.tasks.capabilities.graded import Graded
from elman.tasks.capabilities.has_page import HasPage
from elman.tasks.capabilities.learns_from_data import LearnsFromData, not_at_hand, there_in_training
from elman.tasks.capabilities.reports import Report, Reports
from elman.tasks.capabilities.validates import Validates, waited
from elman.tasks.text.alphabet import Alphabet, some
from elman.tasks.text.answering import Answering
from elman.tasks.text.budget import choice, enough, flags
from elman.tasks.text.corpus.corpus import Corpus
from elman.tasks.text.corpus.sources import few, find
from elman.tasks.text.corpus.texts import texts
from elman.tasks.text.given import idle, read
from elman.tasks.text.order import Documents, Order, Recital, Streams
from elman.tasks.text.recipes import RECIPES
from elman.tasks.text.recitation import Tries, recited, shortfall, told, tries, verdict
from elman.tasks.text.scoring.surprise import Score, surprises
from elman.tasks.text.scoring.validation import validation
from elman.tasks.text.settings import OPTIMIZERS, SCHEDULES, TextSettings
from elman.tasks.text.shown import SCRIPT, shown
from elman.training import Plan, Trainer

SHAPE = ("tokens", "cell", "layers", "hidden", "embedding", "dtype")  # settings that a network cannot change
RARE = 30  # updates: validations come no more often, unless they are asked for
OFTEN = 2000
AS_LONG = 3  # times as long as it took to recite a text from its beginning, training goes on for other places


class Text(Answering, LearnsFromData, Budgeted, Validates, CanBeHopeless, Graded, Reports, HasPage):
    """To predict the next character of prose, code, lyrics, poems, jokes.

    A network reads END before the first character of a text and learns to foretell END behind its last one.
    """

    name = "text"
    summary = "to predict the next character of prose, code, lyrics, poems, jokes: files, folders, globs, or documents"
    settings_type = TextSettings
    settings: TextSettings
    recipes = RECIPES
    data = "FILE"
    verb = "sample"
    minutes = "Train for at most this many minutes; without --recipe, settings are chosen for them."
    speed = "characters"
    script = SCRIPT
    wants = ("each", "surprise", "adapt", "baselines", "train", "reading")
    ways = ("encoding", "field", "delimiter", "header", "skip_empty")

    def __init__(
        self,
        alphabet: Alphabet,
        settings: TextSettings | None = None,
        fingerprint: str = "",
    ) -> None:
        self.alphabet = alphabet
        self.settings = settings or TextSettings()
        self._fingerprint = fingerprint
        self.corpus: Corpus | None = None  # what it learns from
        self.held_out: Corpus | None = None  # and what it is validated with
        self.known = 0  # characters that its alphabet had before this text was read
        self.unseen = 0  # characters that were to be held out, but are none of those that are learned
        self.chosen: list[str] = []  # lines that say which settings suit a number of minutes

    # --- where it comes from ---

    @classmethod
    def on(cls, data: Sequence[Any], **given: Any) -> Self:
        """From files, folders and globs, or `-`, standard input."""
        settings = cls.settings_type.of(cls.recipes, given)
        return cls.learning(*read(data, settings, None), settings)

    def suit(self, minutes: float, given: Mapping[str, Any]) -> None:
        """Takes settings for this time and this text, but for those that are given; none where a recipe is named."""
        if "recipe" in given or self.settings.recite:
            return
        characters = self.order.corpus.characters
        chosen = choice(self.architecture(), characters, self.interval, minutes, threads(), given)
        self.settings = self.settings_type.of(self.recipes, {**chosen, **given})
        if chosen:
            self.chosen = [
                f"for --minutes {minutes:g} and this text (an option or --recipe goes above):",
                flags(chosen),
            ]

    @classmethod
    def learning(cls, corpus: Corpus, sources: Sequence[str], settings: TextSettings) -> Self:
        """From a corpus."""
        if settings.recite and len(corpus) != 1:
            raise DataError(f"recite: expected one text; found {len(corpus)}", "one file")
        learned, held_out = corpus.split(settings.validate) if settings.validate else (corpus, None)
        task = cls(learned.alphabet, settings, corpus.fingerprint)
        task.sources = [whole(name) for name in sources]
        task.corpus, task.known = learned, corpus.known
        if held_out is not None:
            task.unseen = held_out.unseen
            task.held_out = held_out if held_out.characters else None
        return task

    @classmethod
    def restored(cls, settings: Mapping[str, Any], codec: Mapping[str, Any], data: str) -> Self:
        """Without its text: that is read again only where it is needed."""
        if set(codec) != {"alphabet"}:
            raise ConfigError("codec: expected an alphabet")
        known = cls.settings_type.of(cls.recipes, settings)
        return cls(Alphabet.from_json(codec["alphabet"]), known, data)

    def again(self, data: Sequence[Any], **changed: Any) -> Self:
        """On the same text; a DataError where it is not there any more, or another one."""
        hint = self.named_anew("model.score(texts)")
        known = self.named(data, hint, "text")
        with there_in_training("text", data, hint):
            corpus, names = read(known, self.settings, self.alphabet)
        if corpus.fingerprint != self._fingerprint:
            raise self.another(data, names, "text")
        settings = self.settings_type.of(self.recipes, {**vars(self.settings), **changed})
        return type(self).learning(corpus, names, settings)

    def tuned(self, data: Sequence[Any], **given: Any) -> Self:
        """On another text, with an alphabet whose known characters keep their symbols."""
        settings = self.settings_type.of(self.recipes, {**vars(self.settings), **given})
        self.settings.refuse_changes(SHAPE, vars(settings))
        return type(self).learning(*read(data, settings, self.alphabet), settings)

    def adopt(self, network: Network, task: Self, known: Network) -> None:
        """The weights of known characters; new ones keep their first weights."""
        for name, values in known.parameters.items():
            # New symbols come behind the known ones, on whichever axis they are.
            network.parameters[name][tuple(map(slice, values.shape))] = values

    # --- network and trainer ---

    def trainer(self, network: Network) -> Trainer:
        """The trainer of the settings."""
        s = self.settings
        return Trainer(
            network,
            loss="symbols",
            optimizer=OPTIMIZERS[s.optimizer](s.rate, s.decay),
            schedule=SCHEDULES[s.schedule](self.horizon, min(s.warmup, self.horizon - 1)),
            clip_norm=s.clip,
            averaging=s.averaging,
            seed=s.seed,
        )

    def idle(self) -> dict[str, str]:
        """Beside the network's: what is about files where there are none, about epochs where steps count …"""
        s, found = self.settings, super().idle()
        found |= idle(s, self.corpus)
        both = self.corpus is not None and s.epochs is not None and s.steps is not None
        if both and s.schedule == "constant" and s.warmup < self.horizon:
            found["epochs"] = f"training ends after {counted(s.steps or 0, 'step')}"
        if s.every is not None and self.held_out is None and not s.recite:
            found["every"] = "nothing is held out to validate with"
        return found

    # --- updates ---

    @cached_property
    def order(self) -> Order:
        """In which the text is read; a ConfigError where there is none."""
        if self.corpus is None:
            raise not_at_hand(self, "text")
        s = self.settings
        if s.recite:
            return Recital(self.corpus, s.batch, s.length, s.seed)
        if self.corpus.documents:
            return Documents(self.corpus, s.batch, s.length, s.seed)
        return Streams(self.corpus, s.batch, s.length, s.seed)

    @cached_property
    def _tries(self) -> Tries:
        """Places from which a text that is learned by heart is to be gone on with."""
        assert self.corpus is not None
        return tries(self.corpus)

    @property
    def epochs(self) -> float:
        """As set; else a text is read the more often, the smaller it is: 20,000 characters 132 times, and any once."""
        if self.settings.epochs is not None:
            return self.settings.epochs
        return max(1.0, enough(self.order.corpus.characters))

    @cached_property
    def horizon(self) -> int:
        """Updates until the epochs are over."""
        return max(1, round(self.epochs * self.order.epoch))

    @property
    def goal(self) -> int:
        """As `steps` says, or until the epochs are over."""
        return self.horizon if self.settings.steps is None else self.settings.steps

    @property
    def counts(self) -> int:
        """Characters of an update, about."""
        return 1 if self.corpus is None else max(1, round(self.corpus.characters / self.order.epoch))

    def plans(self, done: int) -> Iterator[Plan]:
        """In the order of reading."""
        return self.order.plans(done, self.goal)

    @property
    def interval(self) -> int | None:
        """About an epoch."""
        if self.held_out is None and not self.settings.recite:
            return None
        return self.settings.every or min(OFTEN, max(RARE, round(self.order.epoch)))

    def cost(self, metrics: Mapping[str, Any]) -> float:
        """Nats per character of what is held out; or how far a text is from being recited."""
        if not metrics["characters"]:
            raise ConfigError("text: expected some that is held out to measure by; found none")
        if "recited" in metrics:
            return shortfall(metrics, everywhere=self.settings.batch > 1)
        return float(metrics["nats_per_character"])

    def cost_told(self, metrics: Mapping[str, Any]) -> str:
        """In nats, or in percent."""
        cost = self.cost(metrics)
        return told(cost) if "recited" in metrics else f"{cost:.4f} nats per character"

    @property
    def may_end_early(self) -> bool:
        """By `patience`, or when all is recited."""
        return self.settings.patience > 0 or self.settings.recite

    def over(self, values: Sequence[float]) -> bool:
        """As `patience` says; or when a text is recited without a slip, from its beginning and from other places.

        The second may be too much for a network: training goes on AS_LONG times as long as the first took, no longer.
        """
        if 0 < self.settings.patience <= waited(values):
            return True
        if not self.settings.recite:
            return False
        exact = next((i for i, value in enumerate(values) if value < 1), len(values))
        return min(values) == 0 or len(values) >= AS_LONG * (exact + 1)

    # --- what is said ---

    def files(self) -> Sequence[str]:
        """Of its texts."""
        return () if self.corpus is None else self.corpus.names

    def introduce(self) -> list[str]:
        """Sizes, and what the user may not expect."""
        if self.corpus is None:
            return []
        held = f"{self.held_out.characters:,}" if self.held_out else "none"
        lines = [*few(self.corpus.found), *few(self.corpus.skipped)]
        lines.append(
            f"text: {counted(self.corpus.characters, 'character')} to learn from, {held} held out, "
            f"{len(self.alphabet) - 1:,} different"
        )
        lines += self.chosen
        if self.unseen:
            lines.append(f"not held out, as what is learned does not have them: {counted(self.unseen, 'character')}")
        if 0 < self.known < len(self.alphabet) - 1:
            lines.append(f"new characters: {some(self.alphabet.characters[self.known :])}")
        return lines

    # --- how well it is learned ---

    def score(self, network: Network) -> dict[str, Any]:
        """Of what is held out; or how far it recites. A text that is not at hand is read again, or a DataError."""
        if self.corpus is None:
            return self.again([]).score(network)
        if self.settings.recite:
            return recited(network, self.corpus, self._tries).metrics()
        if self.held_out is None:
            return {"characters": 0, "unseen": 0}
        nats, characters = validation(network, self.held_out)
        return {
            "characters": characters,
            "nats_per_character": nats,
            "bits_per_character": nats / math.log(2),
            "unseen": self.unseen,
        }

    def score_on(self, network: Network, data: Sequence[Any]) -> dict[str, Any]:
        """Of the texts of files, read as its own."""
        reading = self.settings.reading
        sources = find([str(name) for name in data], reading)
        found, documents = texts(sources, reading), self.settings.documents
        return Score.of(surprises(network, self.alphabet, found, documents=documents, about=sources.size)).metrics()

    def report(self, network: Network, files: Sequence[str], **wanted: Any) -> Report:
        """Of texts, line by line and character by character; and of n-grams and compressors beside the network."""
        from elman.tasks.text.scoring.report import TextReport, Wanted

        return TextReport(
            network, self.alphabet, self.settings, self._fingerprint, Wanted(files=files, **wanted), self.texts
        )

    def texts(self) -> tuple[Corpus | None, Corpus | None]:
        """What was learned, and what was held out: read again where they are not at hand."""
        task = self if self.corpus is not None else self.again([])
        return task.corpus, task.held_out

    def seen(self, network: Network) -> dict[str, Any]:
        """A text for the network to read, and how to read and write symbols."""
        return shown(self.alphabet, self.documents, self.texts)

    @classmethod
    def figure(cls, metrics: Mapping[str, Any]) -> str | None:
        """Nats; a text that is to be recited is, or is not."""
        if "recited" in metrics:
            return None
        return "nats_per_character" if "nats_per_character" in metrics else ""

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        """Anything that is not hopeless, but for what is to be recited."""
        return bool(metrics.get("exact", True)) and not self.hopeless(metrics, None)

    def hopeless(self, metrics: Mapping[str, Any], loss: float | None) -> str:
        """Far more nats than where every symbol is as likely; by the last losses where nothing is held out."""
        nats, nothing = metrics.get("nats_per_character", loss), math.log(len(self.alphabet))
        if nats is None or "recited" in metrics or nats <= NOTHING * nothing:
            return ""
        return f"worse than knowing nothing: if every character is as likely, each costs {nothing:.4f} nats"

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        """Nats and bits per character; or how far it recites."""
        if not metrics.get("characters"):
            return "nothing was held out to measure it by"
        if "recited" in metrics:
            return verdict(metrics)
        return (
            f"{metrics['nats_per_character']:.4f} nats per character ({metrics['bits_per_character']:.4f} bits) "
            f"of {metrics['characters']:,} held out"
            f"{', ends of documents among them' if self.settings.documents else ''}"
        )

    def fingerprint(self) -> str:
        """A checksum of the text."""
        return self._fingerprint
