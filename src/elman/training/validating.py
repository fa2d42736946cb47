"""What a network costs on sequences that it does not learn from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman.network.losses import Loss
from elman.network.network import Network
from elman.network.ragged import pieces
from elman.training.record import Validation
from elman.training.sequences import Sequences


def validate(network: Network, update: int, loss: Loss, data: Sequences, rows: NDArray[np.intp]) -> Validation:
    """The mean loss of some of the sequences, each to its end; NaN where their weights are all 0."""
    a = network.architecture
    total = mass = right = counted = 0.0
    for piece in pieces(a, data.lengths[rows]):
        batch = data.batch(rows[piece])
        lengths = np.asarray(batch.lengths)
        weights = np.ones(np.shape(batch.targets)[: 2 if a.per_step else 1]) if batch.weights is None else batch.weights
        counts = np.asarray(weights, np.float64)
        if a.per_step:
            counts = counts * (np.arange(len(counts))[:, None] < lengths)
        losses, _ = network.losses(batch.inputs, batch.targets, loss=loss, lengths=lengths)
        total += float((losses * counts).sum())
        mass += float((counts * loss.mass(np.asarray(batch.targets))).sum())
        if loss.symbols:
            y, _ = network.forward(batch.inputs, lengths=lengths)
            right += float(((y.argmax(-1) == batch.targets) * counts).sum())
            counted += float(counts.sum())
    with np.errstate(invalid="ignore"):
        mean, accuracy = np.divide(total, mass), np.divide(right, counted) if loss.symbols else None
    return Validation(update, float(mean), None if accuracy is None else float(accuracy))
