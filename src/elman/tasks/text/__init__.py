"""The task `text`: the next character of prose, code, lyrics, poems, jokes."""

from elman.tasks.text.alphabet import END, Alphabet
from elman.tasks.text.corpus import Corpus
from elman.tasks.text.sources import Reading, Source, Sources, find
from elman.tasks.text.task import InMemory, Text
from elman.tasks.text.texts import Piece, pieces

__all__ = ["END", "Alphabet", "Corpus", "InMemory", "Piece", "Reading", "Source", "Sources", "Text", "find", "pieces"]
