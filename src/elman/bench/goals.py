"""What is hoped for: how many times as fast as its peers elman is to be, and how near to the machine's peak."""

from __future__ import annotations

# Workload -> contestant, or a peer with all its forms -> how many times as long as elman it is to take.
FACTORS: dict[str, dict[str, float]] = {
    "w1": {"NumPy, the listing": 700, "PyTorch, nn.RNN with tanh": 1000, "JAX": 6},
    "w2": {"PyTorch": 8},
    "w3": {"PyTorch": 1.8, "JAX": 3.5},
    "w4": {"PyTorch": 1.3, "JAX": 2},
    "w5": {"PyTorch": 3},
    "w6": {"PyTorch": 8, "ONNX Runtime": 2},
    "w7": {"PyTorch": 1.7, "ONNX Runtime": 1.7},
    "w8": {"NumPy, the listing": 8},
    "w9": {"elman, one by one": 4, "JAX": 5, "PyTorch": 100},
    "memory": {"PyTorch": 4},
}

# Workload -> the share of the machine's peak that elman is to reach.
SHARES: dict[str, float] = {"w3": 0.80, "w4": 0.85}

IMPORT_SECONDS = 0.15  # that `import elman` may take beyond an empty process
HELP = 3.0  # how many times as long as an empty process `elman --help` may take
LOAD = 1.0  # how many times as long as importing NumPy `from elman import load` may take, beyond an empty process


def factor(workload: str, contestant: str) -> float | None:
    """The goal for a contestant, if there is one."""
    goals = FACTORS.get(workload, {})
    return goals.get(contestant, goals.get(contestant.partition(",")[0]))


def verdict(goal: float | None, found: float, unit: str = "") -> str:
    """The goal, and whether it is met; nothing where there is none."""
    if goal is None:
        return ""
    return f"≥ {goal:,g}{unit}: {'met' if found >= goal else 'missed'}"


def bound(goal: float, found: float, unit: str = "") -> str:
    """A goal that is not to be exceeded, and whether it is met."""
    return f"≤ {goal:g}{unit}: {'met' if found <= goal else 'missed'}"
