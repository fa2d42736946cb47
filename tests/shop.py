"""Logs of a shop, made by chance: items lead to items, and visitors come back to what they like."""

from __future__ import annotations

from pathlib import Path

import numpy as np

Row = tuple[int, int, int, str]  # session, user, time, item


def rows(sessions: int = 500, items: int = 40, seed: int = 0) -> list[Row]:
    """Sessions of 2 to 8 clicks: after item i mostly comes 7i + 1 or 7i + 2, else what the visitor likes."""
    rng = np.random.default_rng(seed)
    liked = np.random.default_rng(99).integers(0, items, 30)  # the same in every log
    found: list[Row] = []
    for session in range(sessions):
        user, item = int(rng.integers(30)), int(rng.integers(items))
        for step in range(int(rng.integers(2, 9))):
            found.append((session, user, 1000 * session + step, f"i{item}"))
            item = int(liked[user]) if rng.random() < 0.2 else (7 * item + int(rng.integers(1, 3))) % items
    return found


def write(path: Path, found: list[Row]) -> Path:
    """As CSV."""
    lines = ["session_id,user_id,ts,item_id", *(",".join(map(str, row)) for row in found), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
