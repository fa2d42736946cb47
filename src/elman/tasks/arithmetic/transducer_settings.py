"""The settings of `transducer`. `add` starts faster without them."""

from __future__ import annotations

from dataclasses import dataclass

from elman.errors import ConfigError, choose, in_range, whole
from elman.tasks.arithmetic.digits import OTHER
from elman.tasks.arithmetic.settings import ArithmeticSettings
from elman.tasks.settings import setting


@dataclass(frozen=True, kw_only=True)
class TransducerSettings(ArithmeticSettings):
    """The settings of `transducer`: those of arithmetic, and the function."""

    function: str = setting(
        "3*a + b",
        "an expression over a, b, …: inputs have them in the order of their letters; ^ is XOR, no power; or @FILE: "
        "lines of operands and the answer",
    )
    base: int = setting(2, "base of the digits, from 2 to 16")
    order: str | None = setting(
        None, "which digit comes first: the least significant one, or the most [default: where there are fewer states]"
    )
    bits: int | None = setting(None, "digits of the operands that are checked [default: as many as can all be checked]")
    digits: int = setting(16, "length of the longest operands in training")
    change: float = setting(
        1.0, "the least probability that a digit in training is drawn anew, not repeated; 0.3 where batch is 64"
    )
    rise: int = setting(
        2000, "updates in which operands grow to their full length; in as many more, the noise grows; 0: at once"
    )
    cell: str = setting(
        "rnn",
        "rnn, lstm, gru, or none: a feed-forward network, which cannot carry, to compare; gru, with --rate 0.01, where "
        "there are many states and digits",
    )
    noise: float | None = setting(
        None, "noise from -X to X on the hidden state: it keeps states apart [default: less for more states and digits]"
    )
    hidden: int = setting(48, "hidden units per layer")
    decay: float = setting(
        0.0005, "weight decay of the recurrent weights; in an lstm all others decay too, a quarter as much"
    )
    steps: int = setting(8000, "updates of the weights, counted from the first one")
    batch: int = setting(32, "tuples of operands per update; 64 where there are more than 16 tuples of digits")
    halve: int = setting(2000, "the rate is halved each time after this many updates; 0: never")

    def check(self) -> None:
        """A ConfigError where a value is wrong; the function is checked when it is defined."""
        super().check()
        whole("base", self.base, 2, 16)
        if self.order is not None:
            choose("order", self.order, OTHER)
        whole("digits", self.digits, 1, 10_000)
        whole("rise", self.rise, 0, 1 << 40)
        in_range("change", self.change, 0, 1)
        if self.loss != "bits" and self.base > 2:
            raise ConfigError(f"loss: expected bits (cross-entropy) for base {self.base}; found {self.loss!r}")
