"""Training that ends by the clock."""

from __future__ import annotations

import math
import time

from elman.errors import in_range


def check_minutes(minutes: float | None) -> None:
    """A ConfigError where training cannot take so many; None: as many as it needs."""
    if minutes is not None:
        in_range("minutes", minutes, 0, math.inf, low_in=False)


def deadline(minutes: float | None) -> float:
    """So many minutes from now, as `left` reads it; a ConfigError where they are none."""
    check_minutes(minutes)
    return math.inf if minutes is None else time.monotonic() + 60 * minutes


def left(until: float) -> float:
    """Seconds up to a deadline; below 0 when it is over."""
    return until - time.monotonic()
