"""`elman train add` in PyTorch, a whole process: the same sizes, data, optimizer and schedule, with `nn.RNN`'s tanh."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

torch: Any = import_module("torch")

BITS, HIDDEN, BATCH, UPDATES, RATE, HALVE = 8, 16, 32, 2000, 0.05, 500
STEPS = BITS + 1  # the last carry comes out at a step of its own


def digits(numbers: Any) -> Any:
    """Bits from the right (T, N)."""
    return (numbers >> torch.arange(STEPS)[:, None] & 1).float()


def main() -> int:
    """Exit code 0 where all sums of 8-bit numbers are right."""
    torch.set_num_threads(1)  # for so small a network, more are slower
    torch.manual_seed(0)
    rnn, head = torch.nn.RNN(2, HIDDEN), torch.nn.Linear(HIDDEN, 1)
    parameters = [*rnn.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=RATE)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, HALVE, 0.5)
    for _ in range(UPDATES):
        a, b = torch.randint(1 << BITS, (2, BATCH))
        y, _ = rnn(torch.stack([digits(a), digits(b)], dim=2))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(head(y)[:, :, 0], digits(a + b))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    pairs = torch.arange(1 << 2 * BITS)
    a, b = pairs >> BITS, pairs & (1 << BITS) - 1
    with torch.inference_mode():
        y, _ = rnn(torch.stack([digits(a), digits(b)], dim=2))
        exact = ((head(y)[:, :, 0] > 0) == (digits(a + b) > 0)).all()
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
