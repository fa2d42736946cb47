"""The task `text`: the next character of prose, code, lyrics, poems, jokes.

Three rooms beside the task itself: `corpus` (texts in), `writing` (texts out), `scoring` (what a text costs).
"""

from elman.tasks.text.alphabet import END, Alphabet
from elman.tasks.text.corpus.corpus import Corpus
from elman.tasks.text.given import InMemory
from elman.tasks.text.task import Text

__all__ = ["END", "Alphabet", "Corpus", "InMemory", "Text"]
