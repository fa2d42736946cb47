"""An epoch of `Trainer.fit` beside PyTorch's loop with packed sequences: the same batches, the same losses."""

from __future__ import annotations

from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

import elman
from benchmarks.report import Report, say
from benchmarks.scaling import on
from elman._engine import threads
from elman.bench.peers import ELMAN, PYTORCH
from elman.bench.race import Check, Contestant, Run, Runner, race
from elman.bench.table import race_data, spread
from elman.bench.workloads import QUICK_ROUNDS, ROUNDS
from elman.training.batching import batches

# Of the training part of JapaneseVowels (Kudo, Toyama and Shimbo, 1999): speed depends on sizes alone.
COUNT, LENGTHS, INPUTS, CLASSES = 270, (7, 26), 12, 9
SIZES, BATCHES, EPOCHS = (16, 64), (16, 32), 5


def run(quick: bool) -> Report:
    """One line per size of the network and of the batches."""
    count, rows, data = threads(), [], []
    for hidden in SIZES:
        for batch in BATCHES:
            problem = Problem(hidden, batch)
            contestants = [
                Contestant(ELMAN, problem.elman),
                *(on(number, Contestant(PYTORCH, problem.torch)) for number in sorted({1, count})),
            ]
            check = Check(1, {"losses": 1e-4})
            found = race(contestants, check, EPOCHS, QUICK_ROUNDS if quick else ROUNDS)
            peers = [
                spread(found.ratio(f"{PYTORCH.name}, {number}"))
                if f"{PYTORCH.name}, {number}" in found.seconds
                else "not installed"
                for number in (1, count)
            ]
            rows.append((f"{hidden}, {batch}", spread(found.seconds[found.first].times(1e3)), *peers))
            data.append({"hidden": hidden, "batch": batch, **race_data("sequences", found, None)})
            say(" | ".join(rows[-1]))
    return Report(
        title="Sequences of different lengths",
        text=(
            f"One epoch of `Trainer.fit`: {COUNT} sequences of {LENGTHS[0]} to {LENGTHS[1]} steps of {INPUTS} numbers, "
            f"as those of JapaneseVowels, {CLASSES} classes, an LSTM whose last step is read, Adam. PyTorch gets the "
            "same batches of like lengths, sorted off the clock; it packs them (`pack_sequence`), and its Adam is the "
            f"fused one. It runs on 1 thread and on {count}. How many times as long as elman, on {count}."
        ),
        header=("hidden units, batch", "elman, ms", "PyTorch, 1 thread", f"PyTorch, {count} threads"),
        rows=rows,
        data={"races": data},
    )


class Problem:
    """The work: the first epochs of a training, from the same parameters."""

    def __init__(self, hidden: int, batch: int) -> None:
        rng = np.random.default_rng(0)
        self.lengths = rng.integers(LENGTHS[0], LENGTHS[1] + 1, COUNT).astype(np.int32)
        self.x = [rng.standard_normal((length, INPUTS)).astype(np.float32) for length in self.lengths]
        self.labels = rng.integers(0, CLASSES, COUNT)
        self.hidden, self.batch = hidden, batch

    def network(self) -> elman.Network:
        """As it begins."""
        return elman.Network(INPUTS, CLASSES, hidden=self.hidden, readout="last", seed=1)

    def elman(self) -> Runner:
        """A call of `epochs` is `fit`, event by event."""

        def run(epochs: int) -> Run:
            trainer, losses = elman.Trainer(self.network(), loss="symbols"), []
            began = perf_counter()
            for event in trainer.epochs(self.x, self.labels, held_out=0, batch=self.batch, epochs=epochs):
                losses.append(event.losses)
            return Run(perf_counter() - began, {"losses": np.concatenate(losses)})

        return run

    def torch(self) -> Runner:
        """The usual loop, without a DataLoader, which would cost more."""
        torch: Any = import_module("torch")
        pack, cost = torch.nn.utils.rnn.pack_sequence, torch.nn.functional.cross_entropy
        x, labels = [torch.from_numpy(one) for one in self.x], torch.from_numpy(self.labels)
        begin = self.network()

        def run(epochs: int) -> Run:
            lstm, head = torch.nn.LSTM(INPUTS, self.hidden), torch.nn.Linear(self.hidden, CLASSES)
            lstm.load_state_dict({name: torch.from_numpy(a) for name, a in begin.state_dict().items()})
            head.load_state_dict({name: torch.from_numpy(a) for name, a in begin.state_dict("head").items()})
            adam = torch.optim.Adam([*lstm.parameters(), *head.parameters()], fused=True)
            orders = [batches(self.lengths, self.batch, np.random.default_rng((0, 1 + e))) for e in range(epochs)]
            chosen = [rows[np.argsort(-self.lengths[rows], kind="stable")] for order in orders for rows in order]
            losses = []
            began = perf_counter()
            for rows in chosen:
                _, (h, _) = lstm(pack([x[row] for row in rows]))
                loss = cost(head(h[-1]), labels[rows])
                adam.zero_grad()
                loss.backward()
                adam.step()
                losses.append(loss.detach())
            return Run(perf_counter() - began, {"losses": torch.stack(losses).numpy()})

        return run
