"""A task that elman lacks: `test_task_change.py` puts this folder among the tasks, and its line in the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import elman
from elman.tasks.capabilities.glances import Glances


class Echo(Glances):
    """Says each bit again, one step after it came: what takes one bit of memory, and no more."""

    name = "echo"
    summary = "says each bit again, one step later"
    settings_type = elman.Settings

    def architecture(self) -> elman.Architecture:
        return elman.Architecture(inputs=1, outputs=1, cell="rnn", hidden=4)

    def initialise(self, network: elman.Network) -> None:
        network.initialise(np.random.default_rng(self.settings.seed))

    def trainer(self, network: elman.Network) -> elman.Trainer:
        return elman.Trainer(network, loss="bits", optimizer=elman.Adam(0.1), seed=self.settings.seed)

    def plans(self, done: int) -> Iterator[elman.Plan]:
        for update in range(done, self.goal):
            rng = np.random.default_rng((self.settings.seed, update))
            yield elman.Plan(examples=self._batch(rng.integers(0, 2, (8, 16))), rows=np.arange(16)[None, :])

    def _batch(self, bits: Any) -> elman.Batch:
        return elman.Batch(
            inputs=bits[..., None], targets=np.roll(bits, 1, axis=0)[..., None] * (np.arange(8) > 0)[:, None, None]
        )

    def glance(self, network: elman.Network) -> str:
        return "listening"

    def score(self, network: elman.Network) -> dict[str, Any]:
        words = [f"{n:08b}" for n in range(256)]
        exact = sum(said == "0" + word[:-1] for word, said in zip(words, self.predict(network, words), strict=True))
        return {"words": 256, "exact": exact, "baselines": {"silence": 2}}

    def passed(self, metrics: Mapping[str, Any]) -> bool:
        return bool(metrics["exact"] == 256)

    def verdict(self, metrics: Mapping[str, Any]) -> str:
        return f"{metrics['exact']} of 256 words said again"

    def parse(self, words: Sequence[str]) -> list[str]:
        if set("".join(words)) <= {"0", "1"}:
            return list(words)
        raise elman.DataError("input: expected 0s and 1s", "`elman predict MODEL 0110`")

    def predict(self, network: elman.Network, inputs: Sequence[str]) -> list[str]:
        outputs = (network.forward([[[float(bit)]] for bit in word])[0] for word in inputs)
        return ["".join("01"[int(y[0, 0] > 0)] for y in output) for output in outputs]

    def codec(self) -> dict[str, Any]:
        return {"kind": "bits"}

    def fingerprint(self) -> str:
        return f"random bits, seed {self.settings.seed}"
