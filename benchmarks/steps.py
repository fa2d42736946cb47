"""One prediction of a stream: `Stream.step` beside PyTorch's cells, on the same numbers."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

import elman
from benchmarks.report import Report, say
from benchmarks.scaling import on
from elman.bench.peers import ELMAN, PYTORCH
from elman.bench.race import Check, Contestant, Run, Runner, race
from elman.bench.table import race_data, spread
from elman.bench.workloads import QUICK_ROUNDS, ROUNDS

INPUTS, CLASSES = 12, 9  # those of JapaneseVowels (Kudo, Toyama and Shimbo, 1999)
CELLS, SIZES, STEPS = ("lstm", "gru"), (16, 64, 128), 2000


def run(quick: bool) -> Report:
    """One line per cell and size."""
    rows, data = [], []
    for cell in CELLS:
        for hidden in SIZES:
            contestants = [
                Contestant(ELMAN, partial(ours, cell, hidden)),
                on(1, Contestant(PYTORCH, partial(theirs, cell, hidden))),
            ]
            check = Check(100, {"outputs": 1e-5})
            found = race(contestants, check, STEPS, QUICK_ROUNDS if quick else ROUNDS)
            [peer] = [one.name for one in contestants[1:]]
            ratio = spread(found.ratio(peer)) if peer in found.seconds else "not installed"
            rows.append((f"{cell}, {hidden}", spread(found.seconds[found.first].times(1e6)), ratio))
            data.append({"cell": cell, "hidden": hidden, **race_data("steps", found, None)})
            say(" | ".join(rows[-1]))
    return Report(
        title="One prediction of a stream",
        text=(
            f"Numbers ({INPUTS}) arrive one step at a time, and each is answered ({CLASSES} outputs): `Stream.step`, "
            "beside `nn.LSTMCell` or `nn.GRUCell` and `nn.Linear` under `inference_mode`, on one thread. Both get a "
            "NumPy array and give one. How many times as long as elman."
        ),
        header=("cell, hidden units", "elman, µs", "PyTorch"),
        rows=rows,
        data={"races": data},
    )


def network(cell: str, hidden: int) -> elman.Network:
    """As it begins."""
    return elman.Network(INPUTS, CLASSES, cell=cell, hidden=hidden, seed=1)


def numbers(count: int) -> list[Any]:
    """Steps (1, I), each an array of its own, as they arrive."""
    return list(np.random.default_rng(0).standard_normal((count, 1, INPUTS), np.float32))


def ours(cell: str, hidden: int) -> Runner:
    """A `Stream`."""
    begun = network(cell, hidden)

    def run(count: int) -> Run:
        stream, given = begun.stream(), numbers(count)
        began = perf_counter()
        found = [stream.step(x) for x in given]
        return Run(perf_counter() - began, {"outputs": np.concatenate(found)})

    return run


def theirs(cell: str, hidden: int) -> Runner:
    """A cell, and the head on its state."""
    torch: Any = import_module("torch")
    begun = network(cell, hidden)
    step = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}[cell](INPUTS, hidden)
    head = torch.nn.Linear(hidden, CLASSES)
    step.load_state_dict({name.removesuffix("_l0"): torch.from_numpy(a) for name, a in begun.state_dict().items()})
    head.load_state_dict({name: torch.from_numpy(a) for name, a in begun.state_dict("head").items()})

    def run(count: int) -> Run:
        state, found, given = None, [], numbers(count)
        began = perf_counter()
        for x in given:
            state = step(torch.from_numpy(x), state)
            found.append(head(state[0] if cell == "lstm" else state).numpy())
        return Run(perf_counter() - began, {"outputs": np.concatenate(found)})

    quiet: Runner = torch.inference_mode()(run)
    return quiet
