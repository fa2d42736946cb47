"""A part that is held out: what training does not see, and is judged by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elman.errors import ConfigError, ShapeError, in_range
from elman.network.checks import as_array
from elman.network.ragged import listed

Rows = NDArray[np.intp]
Apart = Sequence[Iterable[ArrayLike]]  # sequences, targets, and weights if any, that are there to be held out
HeldOut = float | Iterable[int] | Apart


@dataclass(frozen=True)
class Halves:
    """What is learned, and what is held out: numbers of sequences, in order."""

    learned: Rows
    held_out: Rows


def apart(held_out: HeldOut, groups: Iterable[Any] | None = None) -> Apart | None:
    """Sequences that are held out beside those to learn from; None, where a part of those is to be held out.

    Raises:
        ConfigError: they are not sequences and targets; or there are groups, which part what is learned.
    """
    if not isinstance(held_out, tuple | list) or not any(isinstance(one, Iterable) for one in held_out):
        return None
    if len(held_out) not in (2, 3):
        raise ConfigError(
            f"held_out: expected sequences and targets, and weights if any; found {len(held_out)} of these",
            "held_out=(sequences, targets)",
        )
    if groups is not None:
        raise ConfigError(
            "groups: expected none where held_out has sequences of its own; found some",
            "groups part what is learned: a share, such as held_out=0.1, holds out whole ones",
        )
    return held_out


def hold_out(
    count: int,
    held_out: HeldOut,
    *,
    groups: Iterable[Any] | None = None,
    classes: NDArray[np.int32] | None = None,
    seed: int = 0,
) -> Halves:
    """Holds out a part of so many sequences.

    A share is drawn by the seed, so that each class has its share in it, as far as that goes. A class of which there is
    one sequence is learned. With groups, whole ones are drawn, so that the classes are as near to their shares as that
    allows.

    Args:
        count: N, how many sequences there are.
        held_out: a share from 0 to below 1, or the numbers of the sequences.
        groups: (N,), of what each sequence is, a person say: no group is on both sides.
        classes: (N,) the class of each; default: all are of one.
        seed: of what is drawn.

    Raises:
        ConfigError: it is no share, or there would be nothing to learn from, or nothing held out.
        ShapeError: they are no numbers of sequences, or the groups are not as many.
    """
    names = None if groups is None else _groups(groups, count)
    if isinstance(held_out, Iterable):
        chosen = _given(count, held_out, names)
    else:
        in_range("held_out", held_out, 0, 1, high_in=False)
        chosen = np.zeros(count, bool)
        if held_out > 0:
            rng = np.random.default_rng((seed, 0))
            chosen[_drawn(held_out, np.arange(count) if names is None else names, classes, count, rng)] = True
    if chosen.all():
        raise ConfigError(f"held_out: expected some of {count:,} sequences to learn from; found none")
    return Halves(np.flatnonzero(~chosen), np.flatnonzero(chosen))


def _groups(groups: Iterable[Any], count: int) -> Rows:
    """A number for each sequence's group."""
    given = listed("groups", groups)
    if len(given) != count:
        raise ShapeError(f"groups: expected {count:,}, one for each sequence; found {len(given):,}")
    numbers: dict[Any, int] = {}
    try:
        return np.array([numbers.setdefault(one, len(numbers)) for one in given], np.intp)
    except TypeError:
        raise ShapeError("groups: expected names or numbers; found what cannot be compared") from None


def _given(count: int, held_out: Iterable[Any], names: Rows | None) -> NDArray[np.bool_]:
    found = as_array("held_out", list(held_out))
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        what = "a share, numbers of sequences, or sequences of their own"
        hint = "held_out=(sequences, targets)"
        if found.dtype == bool:
            hint = "`numpy.flatnonzero(mask)` are the numbers of a mask"
        raise ShapeError(f"held_out: expected {what}; found {found.dtype} of shape {found.shape}", hint)
    wrong = (found < 0) | (found >= count)
    if wrong.any():
        raise ShapeError(f"held_out: expected numbers from 0 to {count - 1}; found {found[wrong.argmax()]}")
    chosen = np.zeros(count, bool)
    chosen[found.astype(np.intp)] = True
    if names is not None:
        both = np.intersect1d(names[chosen], names[~chosen])
        if both.size:
            one, other = (int(np.flatnonzero((names == both[0]) & side)[0]) for side in (chosen, ~chosen))
            raise ConfigError(
                f"held_out: expected no group on both sides; found sequence {one} held out, and {other}, of the same "
                "group, learned",
                "a share draws whole groups",
            )
    return chosen


def _drawn(
    share: float, names: Rows, classes: NDArray[np.int32] | None, count: int, rng: np.random.Generator
) -> list[int]:
    """Groups, in an order by chance, each taken if that brings the classes nearer to their quotas.

    Where these are less than half of the share, as all others are too large, the one group nearest to the share is.
    """
    kinds = np.zeros(count, np.intp) if classes is None else np.unique(classes, return_inverse=True)[1]
    missing = _quotas(share, np.bincount(kinds)).tolist()
    members: dict[int, list[int]] = {}
    for row, name in enumerate(names.tolist()):
        members.setdefault(name, []).append(row)
    if len(members) < 2:
        raise ConfigError(
            f"held_out: expected two sequences or groups, one to learn from and one to hold out; found {len(members)}",
            "held_out=0 holds out none",
        )
    groups, class_of = list(members.values()), kinds.tolist()
    order = [groups[i] for i in rng.permutation(len(groups))]
    taken: list[int] = []
    for rows in order:
        counts = Counter(class_of[row] for row in rows)
        if sum(n * (n - 2 * missing[kind]) for kind, n in counts.items()) < 0:  # Σ (missing - n)² < Σ missing²
            for kind, n in counts.items():
                missing[kind] -= n
            taken += rows
    if 2 * len(taken) >= share * count:
        return taken
    return min([taken, *order] if taken else order, key=lambda rows: abs(np.log(len(rows) / (share * count))))


def _quotas(share: float, sizes: Rows) -> Rows:
    """How many of each class: its share, rounded so that the sum is right, and never all of it."""
    shares = share * sizes
    quotas: Rows = np.floor(shares).astype(np.intp)
    missing = max(1, round(share * int(sizes.sum()))) - int(quotas.sum())
    for place in np.argsort(quotas - shares, kind="stable"):
        if missing > 0 and quotas[place] + 1 < sizes[place]:
            quotas[place] += 1
            missing -= 1
    return quotas
