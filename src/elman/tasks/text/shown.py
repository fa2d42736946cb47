"""What the page of a network of text shows: a text for it to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from elman.errors import DataError
from elman.tasks.text.alphabet import Alphabet
from elman.tasks.text.corpus.corpus import Corpus

SCRIPT = Path(__file__).with_name("look") / "page.js"
MOST = 10_000  # symbols of the text that a page holds


def shown(
    alphabet: Alphabet, documents: bool, texts: Callable[[], tuple[Corpus | None, Corpus | None]]
) -> dict[str, Any]:
    """The alphabet, and the first symbols of what was held out, or where nothing was, of what was learned.

    `texts` gives what was learned and what was held out, or a DataError. `of` says which of them it is. Both
    are None where the text is not at hand any more; the page says so.
    """
    try:
        learned, held_out = texts()
    except DataError:
        learned = held_out = None
    text = held_out or learned
    return {
        "kind": alphabet.kind,
        "symbols": list(alphabet.characters),
        "documents": documents,
        "tokens": None if text is None else text.tokens[:MOST].tolist(),
        "of": None if text is None else "held out" if held_out else "learned",
    }
