"""Form: what a text is held to while it is written. Every text obeys, or the form is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from elman.errors import ConfigError, whole
from elman.keywords import keywords
from elman.spelling import either
from elman.tasks.text.alphabet import Alphabet, some
from elman.tasks.text.writing.automata import Demand, Product
from elman.tasks.text.writing.demands import Forbidden, Length, Lines, Required, punctuated
from elman.tasks.text.writing.rhyme import Rhyme, check_scheme

LONGEST = 100_000  # lines, and characters of a line
MOST = 1_000_000  # characters of all lines


@keywords
@dataclass(frozen=True)
class Form:
    """Hard constraints on what is written; the prompt is none of it.

    Args:
        lines: "4x5" is 4 lines of 5 characters (or bytes, if the model writes those), "4x20-40" 4 lines of 20 to 40.
            With an alphabet that has ， and 。 the lines are Chinese verses, which end with them in turn. In others no
            line begins or ends with a space; where spaces part words, lines end with whole words, as far as the model
            writes such lines.
        acrostic: the characters that the first lines begin with; needs `lines`.
        rhyme: a letter for each line, the same for lines that rhyme: "ABAB", "-A-A". Each of them ends with a word, or
            Chinese character, of its own. A "-", or a letter that comes but once, rhymes with none. Where there are
            more lines it begins anew, with other rhymes: 6 lines of "AAB" are AABCCD. It may end within itself, unless
            that parts lines that rhyme: not 5 lines of "AABB". Needs `lines`.
        forbid: strings that must not occur.
        require: strings that must occur.
    """

    lines: str | None = None
    acrostic: str = ""
    rhyme: str | None = None
    forbid: tuple[str, ...] = ()
    require: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("lines", "acrostic", "rhyme"):
            if not isinstance(getattr(self, name), str | None):
                raise ConfigError(f"{name}: expected a string; found {getattr(self, name)!r:.60}")
        for name in ("forbid", "require"):
            strings = getattr(self, name)
            if isinstance(strings, str) or not all(isinstance(string, str) for string in strings):
                raise ConfigError(f"{name}: expected a tuple of strings; found {strings!r:.60}")
        if self.lines is not None:
            count = self.sizes()[0]
            if len(self.acrostic) > count:
                raise ConfigError(
                    f"acrostic: expected at most {count} characters, one per line; found {self.acrostic!r:.60}"
                )
            if self.rhyme is not None:
                check_scheme(self.rhyme, count)
        elif self.acrostic or self.rhyme is not None:
            name = "acrostic" if self.acrostic else "rhyme"
            raise ConfigError(
                f"{name}: expected a form that says how many lines there are; found none",
                either('lines="4x5"', "--form 4x5"),
            )
        if "" in (*self.forbid, *self.require):
            name = "forbid" if "" in self.forbid else "require"
            raise ConfigError(f"{name}: expected a string; found an empty one")

    def sizes(self) -> tuple[int, int, int]:
        """How many lines, and the least and most characters of each; a ConfigError if `lines` does not say so."""
        match = re.fullmatch(r"(\d{1,6})x(\d{1,6})(?:-(\d{1,6}))?", self.lines or "", re.ASCII)
        if not match:
            raise ConfigError(
                f"form: expected lines x characters; found {self.lines!r}", "4x5: four lines of five; or 4x20-40"
            )
        count, least, most = int(match[1]), int(match[2]), int(match[3] or match[2])
        for what, number, low in (("lines", count, 1), ("characters", least, 1), ("most characters", most, least)):
            whole(f"form {self.lines}: {what}", number, low, LONGEST)
        whole(f"form {self.lines}: characters of all lines", count * most, 1, MOST)
        return count, least, most

    def __bool__(self) -> bool:
        return self.lines is not None or bool(self.forbid or self.require)

    def product(self, alphabet: Alphabet, length: int) -> Product | None:
        """Its demands on a text of at most `length` symbols (which `lines` overrules); None if there are none.

        A ConfigError names characters that cannot be written, and demands that no text can fulfil together.
        """
        for name, text in (("acrostic", self.acrostic), *(("require", string) for string in self.require)):
            if unseen := alphabet.unseen(alphabet.from_unicode(text)):
                raise ConfigError(
                    f"{name} {text!r:.60}: expected characters that the model has seen; found {some(unseen)}"
                )
        forbidden = [string for string in self.forbid if not alphabet.unseen(alphabet.from_unicode(string))]
        demands: list[Demand] = []
        if self.lines is not None:
            count, least, most = self.sizes()
            if count > 1 and "\n" not in alphabet.characters and not punctuated(alphabet):
                raise ConfigError(
                    f"form {self.lines}: expected a model that has seen new lines, which end its lines; found none",
                    "a form of one line; or train it on texts of several lines",
                )
            demands.append(Lines(alphabet, count, least, most, self.acrostic))
        elif self.require:
            demands.append(Length(alphabet, length))
        if forbidden:
            demands.append(Forbidden(alphabet, forbidden))
        demands += [Required(alphabet, string) for string in dict.fromkeys(self.require)]
        if self.lines is not None and self.rhyme is not None:
            demands.append(Rhyme(alphabet, self.rhyme, count, most, forbidden))
        if not demands:
            return None  # what is forbidden cannot be written anyway
        product = Product(demands)
        if not product.live(product.start):
            names = ", ".join(demand.name for demand in _conflict(demands))
            raise ConfigError(f"form: found no text of this alphabet that has {names}", "ask for less")
        return product


def _conflict(demands: list[Demand]) -> list[Demand]:
    """The fewest of these demands that cannot be fulfilled together, as far as leaving out one by one finds them."""
    for last in reversed(range(1, len(demands))):  # the first one counts
        rest = demands[:last] + demands[last + 1 :]
        product = Product(rest)
        if not product.live(product.start):
            return _conflict(rest)
    return demands
