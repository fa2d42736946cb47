"""The task `text`: the next character of prose, code, lyrics, poems, jokes."""

from elman.tasks.text.alphabet import END, Alphabet

__all__ = ["END", "Alphabet"]
