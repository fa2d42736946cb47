"""The settings of arithmetic, with the defaults of `add` and `subtract`, and those of the tutorials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from elman.errors import ConfigError, choose, in_range, whole
from elman.network import CELLS
from elman.tasks.settings import Settings, setting

# The noise with which most networks end proved. tanh reaches twice as far as sigmoid. A gru blends its old state into
# the new one, and must learn to let go. By nonlinearity or cell; else:
USUAL_NOISE = 0.4
NOISE: Mapping[str, float] = {"tanh": 0.6, "gru": 0.8, "lstm": 0.6}
# Shares of the decay, by names of parameters. Nothing but decay of all its weights holds an lstm's cell states: without
# it some forget gates stay open, and their cells count steps for ever. By cell; else:
USUAL_DECAY: Mapping[str, float] = {"weight_hh*": 1.0}
DECAY: Mapping[str, Mapping[str, float]] = {"lstm": {"weight_hh*": 1.0, "*_l*": 0.25}, "none": {}}

# What the tutorials' two networks have in common: a sigmoid rnn 2 -> 16 -> 1 without biases, squared error on the
# sigmoid output, plain SGD, one pair per update. Their gradients are summed over the steps.
TUTORIAL: Mapping[str, Any] = {
    "bias": False,
    "noise": 0.0,
    "decay": 0.0,
    "optimizer": "sgd",
    "halve": 0,
    "batch": 1,
    "steps": 10_000,
    "loss": "squared_sigmoid",
    "reduction": "sum",
}


@dataclass(frozen=True, kw_only=True)
class ArithmeticSettings(Settings):
    """What `add`, `subtract` and `transducer` share."""

    steps: int = setting(2000, "updates of the weights, counted from the first one")
    bits: int | None = setting(8, "binary digits of the operands in training")
    cell: str = setting("rnn", "rnn, lstm, gru, or none: a feed-forward network, which cannot carry, to compare")
    nonlinearity: str | None = setting(None, "of the cells rnn and none: sigmoid (the default here), tanh or relu")
    hidden: int = setting(16, "hidden units per layer")
    layers: int = setting(1, "recurrent layers")
    bias: bool = setting(True, "whether there are biases")
    initial: float = setting(0.0, "value of every hidden unit before the first step")
    scale: float | None = setting(None, "initial weights are drawn evenly from -X to X [default: 1/√hidden]")
    noise: float | None = setting(
        None,
        "noise from -X to X on the hidden state: it keeps states apart [default: 0.4; tanh, lstm: 0.6; gru: 0.8]",
    )
    decay: float = setting(
        0.002, "weight decay of the recurrent weights; in an lstm all others decay too, a quarter as much"
    )
    optimizer: str = setting("adam", "adam or sgd")
    rate: float = setting(0.05, "learning rate")
    halve: int = setting(500, "the rate is halved each time after this many updates; 0: never")
    batch: int = setting(32, "pairs of operands per update")
    loss: str = setting("bits", "bits (cross-entropy) or squared_sigmoid")
    reduction: str = setting("mean", "how the losses of all steps of a batch are joined: mean or sum")
    dtype: str = setting("float32", "float32 or float64")

    def check(self) -> None:
        """A ConfigError where a value is wrong; the network and the trainer check the rest."""
        super().check()
        whole("bits", 1 if self.bits is None else self.bits, 1, 60)
        whole("batch", self.batch, 1, 1 << 20)
        choose("cell", self.cell, CELLS)
        choose("loss", self.loss, ("bits", "squared_sigmoid"))
        choose("optimizer", self.optimizer, ("adam", "sgd"))
        whole("halve", self.halve, 0, 1 << 40)
        if self.nonlinearity is not None and not CELLS[self.cell].nonlinearities:
            raise ConfigError(f"nonlinearity: a {self.cell} has no choice of it; found {self.nonlinearity!r}")
        if self.scale is not None:
            in_range("scale", self.scale, 0, 100)


@dataclass(frozen=True, kw_only=True)
class PairSettings(ArithmeticSettings):
    """The settings of `add` and `subtract`."""

    ordered: bool = setting(False, "the larger operand always comes first, and there is no step after the last bits")
