"""How much can be learned by heart? Characters held per parameter, and what of them is known backwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np

from benchmarks.report import Report, say
from elman import TextModel
from elman.bench.table import digits
from elman.data import fetch
from elman.tasks.text import END

CELLS = ("rnn", "lstm", "gru")
HIDDEN, QUICK_HIDDEN = (16, 32, 64), (16,)
SHORTEST = 250  # characters
MINUTES, QUICK_MINUTES = 0.5, 0.1  # of training, for one text
EVERY = 300  # updates between two recitations


@dataclass(frozen=True)
class Known:
    """What a network knows of a text whose characters it is asked for, each after those before it."""

    right: float  # the share of characters that it finds likelier than all others
    nats: float  # per character

    def __str__(self) -> str:
        return f"{100 * self.right:.1f} %, {digits(self.nats)} nats"


@dataclass(frozen=True)
class Held:
    """The longest text that a network of this kind learned by heart, and that text asked backwards."""

    cell: str
    hidden: int
    characters: int
    parameters: int
    seconds: float  # of training alone
    backwards: Known
    reversed: Known  # the same of a network that learned the reversed text
    even: float  # the share that an even guess gets right …
    commonest: float  # … and who always says the commonest character
    entropy: float  # nats per character of who knows nothing but how frequent each one is


def run(quick: bool) -> Report:
    """Every cell in three sizes; quick: in the smallest, for a short while."""
    text = fetch("shakespeare").read_text(encoding="utf-8")
    minutes = QUICK_MINUTES if quick else MINUTES
    found, settings = [], {"minutes": minutes, "every": EVERY}
    for cell, hidden in product(CELLS, QUICK_HIDDEN if quick else HIDDEN):
        found.append(measure(text, cell=cell, hidden=hidden, **settings))
        say(" | ".join(row(found[-1])))
    return Report(
        title="Learning by heart",
        text=(
            f"`elman train text FILE --recite --batch 1 --every {EVERY} --minutes {minutes:g}` on beginnings of tiny "
            f"Shakespeare, the first of {SHORTEST} characters, each twice as long as the one before, until one is not "
            "recited without a slip. *Held*: the longest that is. *Seconds*: of its training alone. *Backwards*: that "
            "network reads the text from its end to its beginning; the share of characters that it finds likelier than "
            "all others, and its nats per character. *Learned backwards*: the same of a network that was trained on "
            "the reversed text. *Chance*: what an even guess gets right, and who always says the commonest character; "
            "the nats of who knows nothing but how frequent each character is."
        ),
        header=(
            "network",
            "parameters",
            "characters held",
            "per parameter",
            "seconds",
            "backwards",
            "learned backwards",
            "chance",
        ),
        rows=[row(one) for one in found],
        data={"results": [asdict(one) for one in found]},
    )


def measure(text: str, cell: str, hidden: int, **settings: Any) -> Held:
    """Longer and longer texts, and the longest one asked backwards."""

    def learn(learned: str) -> TextModel:
        return TextModel.fit(learned, recite=True, batch=1, cell=cell, hidden=hidden, **settings)

    size = SHORTEST
    longer = model = learn(text[:size])
    while longer.passed:
        model, size = longer, 2 * size
        longer = learn(text[:size])
    held = text[: model.metrics["characters"]]
    backwards = held[::-1]
    frequencies = np.array(list(Counter(held).values())) / len(held)
    return Held(
        cell=cell,
        hidden=hidden,
        characters=len(held) if model.passed else 0,
        parameters=model.network.parameters.flat.size,
        seconds=model.seconds,
        backwards=asked(model, backwards),
        reversed=asked(learn(backwards), backwards),
        even=1 / len(frequencies),
        commonest=float(frequencies.max()),
        entropy=float(-frequencies @ np.log(frequencies)),
    )


def asked(model: TextModel, text: str) -> Known:
    """What it knows of a text."""
    symbols = model.task.alphabet.encode(text)
    logits, _ = model.network.forward(np.insert(symbols[:-1], 0, END)[:, None])
    return Known(float((logits[:, 0].argmax(1) == symbols).mean()), float(model.surprise(text).mean()))


def row(one: Held) -> tuple[str, ...]:
    """One line of the table."""
    return (
        f"{one.cell}, {one.hidden} hidden units",
        f"{one.parameters:,}",
        f"{one.characters:,}",
        digits(one.characters / one.parameters),
        digits(one.seconds),
        str(one.backwards),
        str(one.reversed),
        f"{100 * one.even:.1f}–{100 * one.commonest:.1f} %, {digits(one.entropy)} nats",
    )
