"""Named sets of settings of the task `text`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RECIPES: Mapping[str, Mapping[str, Any]] = {
    "best": {},
    # A megabyte of text within a minute.
    "minute": {"hidden": 256, "epochs": 5.0, "output_dropout": 0.0, "rate": 0.012},
    # A megabyte of text within half an hour.
    "long": {"hidden": 1024, "epochs": 6.0, "output_dropout": 0.5, "rate": 0.006},
    # Short documents with thousands of different characters, most of which are met only a few times.
    "poems": {
        "documents": True,
        "hidden": 384,
        "embedding": 96,
        "batch": 16,
        "epochs": 14.0,
        "output_dropout": 0.6,
        "rate": 0.003,
        "schedule": "cosine",
    },
    # From its beginning in one row, from other places in the others; nothing is held out, nothing dropped.
    "recite": {
        "recite": True,
        "validate": 0.0,
        "batch": 8,
        "every": 60,
        "epochs": 5000.0,
        "hidden": 128,
        "output_dropout": 0.0,
        "averaging": 0.0,
        "rate": 0.003,
        "schedule": "cosine",
        "length": 128,
    },
}
