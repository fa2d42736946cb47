"""Sampling: what a network is to write, and how."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np

from elman.errors import ConfigError, DataError, choose, whole
from elman.network import Network, State
from elman.spelling import spelled
from elman.tasks.text.alphabet import END, Alphabet
from elman.tasks.text.writing.automata import Product
from elman.tasks.text.writing.choice import Choice
from elman.tasks.text.writing.form import Form
from elman.tasks.text.writing.states import read

UNKNOWN = ("error", "skip")

LENGTH = 500  # characters, where nothing else says how many
MOST = (1 << 31) - 1


@dataclass(frozen=True)
class Sampling:
    """What is to be written, and how; a ConfigError tells of what makes no sense.

    Prompt, stop string and form are as people write them; what is written is the alphabet's text (`Alphabet`).

    Args:
        prompt: what stands before it; "" for a text from its beginning.
        length: at most so many characters (default: `spare`, or what the form asks for).
        choice: how each symbol is drawn.
        stop: the text ends before this string.
        form: what the text is held to.
        documents: whether the model may end a text, as one of many short texts does; otherwise it goes on to `length`,
            or to where the form ends.
        seed: text i of any number of texts is a function of seed and i.
        unknown: characters of the prompt that the model has not seen are an "error", or it is to "skip" them.
        spare: at most so many characters, where neither length nor form says how many.
    """

    prompt: str = ""
    length: int | None = None
    choice: Choice = field(default_factory=Choice)
    stop: str | None = None
    form: Form = field(default_factory=Form)
    documents: bool = False
    seed: int = 0
    unknown: str = "error"
    spare: int = LENGTH

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str):
            raise DataError(f"prompt: expected a str; found {self.prompt!r:.60}")
        if not isinstance(self.stop, str | None):
            raise ConfigError(f"stop: expected a str; found {self.stop!r:.60}")
        if not isinstance(self.form, Form):
            raise ConfigError(f"form: expected an elman.Form; found {self.form!r:.60}", 'elman.Form("4x20-40")')
        if self.length is not None:
            whole("length", self.length, 1, MOST)
        whole("seed", self.seed, 0, (1 << 63) - 1)
        choose("unknown", self.unknown, UNKNOWN)
        if self.stop == "":
            raise ConfigError("stop: expected a string; found an empty one")
        if self.stop is not None and (self.form.lines is not None or self.form.require):
            raise ConfigError(
                f"stop: expected none beside lines or required strings; found {self.stop!r}",
                "leave it out: they say where a text may end",
            )
        if self.length is not None and self.form.lines is not None:
            raise ConfigError(
                f"length: expected none beside the form {self.form.lines}; found {self.length}",
                "leave it out: the form says how long a text is",
            )

    @classmethod
    def of(cls, prompt: str, **options: Any) -> Self:
        """With the options of its choice among its own."""
        names = [f.name for f in fields(Choice)]
        choice = Choice(**{name: options.pop(name) for name in names if name in options})
        return cls(prompt, choice=choice, **options)

    def product(self, alphabet: Alphabet) -> Product | None:
        """The form's demands on a text in this alphabet."""
        return self.form.product(alphabet, self.length or self.spare) if self.form else None

    def symbols(self, product: Product | None) -> int:
        """At most so many are written, and END after the last line of a form."""
        if product is None or self.form.lines is None:
            return self.length or self.spare
        return int(product.room(product.start)) + 1

    def start(self, network: Network, alphabet: Alphabet) -> tuple[State | None, int]:
        """The state after all symbols of the prompt but the last, None for the initial one, and the last."""
        prompt = alphabet.from_unicode(self.prompt)
        if self.unknown == "skip":
            known = alphabet.symbols(prompt)
            known = known[known >= 0]
        else:
            known = alphabet.encode(prompt, "prompt", f"leave them out; or {spelled('unknown', 'skip')} does")
        symbols = np.insert(known, 0, END)
        return read(network, symbols[:-1]), int(symbols[-1])

    def end(self, alphabet: Alphabet) -> str:
        """What a text ends before, in the alphabet; "" if nothing. A DataError where that is never written."""
        end = alphabet.from_unicode(self.stop or "")
        alphabet.encode(end, "stop", "a text never ends before them")
        return end
