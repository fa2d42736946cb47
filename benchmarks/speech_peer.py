"""The same words learned by PyTorch, as its users would: a GRU in both directions, Adam, a rate that falls."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from elman.tasks.labelled.codec import Examples

BATCH, RATE, DROPOUT, SMOOTHING = 32, 5e-3, 0.3, 0.1


class Words(nn.Module):
    """A GRU, and what its last states say."""

    def __init__(self, inputs: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.gru = nn.GRU(inputs, hidden, bidirectional=True, batch_first=True)
        self.dropout, self.head = nn.Dropout(DROPOUT), nn.Linear(2 * hidden, classes)

    def forward(self, takes: list[torch.Tensor]) -> torch.Tensor:
        """(N, K) of N takes (T_i, I)."""
        packed = nn.utils.rnn.pack_sequence(takes, enforce_sorted=False)
        _, last = self.gru(packed)
        found: torch.Tensor = self.head(self.dropout(torch.cat([last[0], last[1]], dim=1)))
        return found


def pytorch(learned: Examples, held_out: Examples, hidden: int, epochs: int, seed: int) -> float:
    """Accuracy on what is held out."""
    torch.manual_seed(seed)
    inputs = [torch.from_numpy(np.ascontiguousarray(one)) for one in learned.inputs]
    classes = torch.from_numpy(np.asarray(learned.values, np.int64))
    model = Words(inputs[0].shape[1], hidden, len(learned.names))
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    count = -(-len(inputs) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * count)
    loss: Any = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    for _ in range(epochs):
        for rows in torch.split(torch.randperm(len(inputs)), BATCH):
            optimizer.zero_grad()
            loss(model([inputs[row] for row in rows]), classes[rows]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        answers = model([torch.from_numpy(np.ascontiguousarray(one)) for one in held_out.inputs]).argmax(dim=1).numpy()
    return float((answers == np.asarray(held_out.values)).mean())
