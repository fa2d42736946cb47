"""Tables of sequences that a program has in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from elman.tables.columns import Columns
from elman.tables.feature import Feature
from elman.tables.held import Held, Part
from elman.tables.table import Known, Table

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]


def in_memory(
    where: str,
    features: Sequence[Feature],
    values: Numbers,
    lengths: Codes,
    columns: Columns,
    *,
    labels: Codes | None = None,
    classes: Sequence[str] = (),
    targets: Numbers | None = None,
    groups: Codes | None = None,
) -> Table:
    """The table of N sequences, R steps in all, with F features.

    Args:
        where: what messages call the data.
        features: of each step.
        values: (R, F), all steps of all sequences, in order; NaN where one is missing.
        lengths: (N,) steps of each sequence.
        columns: of these only `label`, `target` and `per` are looked at.
        labels: (N,), or (R,) where each step has one: numbers of classes.
        classes: their names.
        targets: (N, K), or (R, K).
        groups: (N,) numbers of groups.
    """
    names = tuple(one.name for one in features)
    count, each = len(lengths), columns.per == "step"
    part = Part(where, names, values, lengths, np.arange(count), "sequence")
    steps = np.repeat(np.arange(count), lengths)
    kinds = {one.name: one.kind for one in features if one.kind != "number"}
    return Table(
        columns=replace(columns, features=names, kinds=kinds),
        features=tuple(
            replace(one, missing=int(np.isnan(values[:, place]).sum())) for place, one in enumerate(features)
        ),
        known=Known(
            lengths=lengths,
            first=np.arange(count),
            labels=None if each else labels,
            targets=None if each else targets,
            groups=groups,
        ),
        classes=tuple(classes),
        counts=np.zeros(0, np.int64) if labels is None else np.bincount(labels, minlength=len(classes)),
        groups=() if groups is None else tuple(map(str, np.unique(groups).tolist())),
        files=(where,),
        notes=(),
        store=Held(
            (part,),
            list(map(str, range(count))),
            values,
            steps,
            labels if each else None,
            targets if each else None,
        ),
    )
