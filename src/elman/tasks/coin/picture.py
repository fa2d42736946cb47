"""The picture of a coin model: what it says along a sequence, and where in its hidden state it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.network import Network
from elman.tasks.coin.coins import Tosses, encode

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Numbers = NDArray[np.float64]

POINTS = 300  # that are shown
POSTERIOR, NETWORK, MARK = "#222222", "#d1495b", "#8a8a8a"


@dataclass(frozen=True)
class Direction:
    """A direction of the hidden state along which a quantity can be read."""

    vector: Numbers  # (H,), of length 1
    offset: float
    share: float  # of the quantity's variance that is read, on sequences it was not found with: R²

    def along(self, h: Numbers) -> Numbers:
        """Where hidden states (…, H) lie in this direction."""
        return h @ self.vector + self.offset


def direction(h: Numbers, quantity: Numbers) -> Direction:
    """By least squares: of hidden states (T, N, H), the direction in which a quantity (T, N) grows."""
    columns = h.shape[1]
    known, new = slice(0, columns // 2), slice(columns // 2, columns)
    features = np.concatenate([h, np.ones((*h.shape[:2], 1))], axis=-1)
    weights = np.linalg.lstsq(features[:, known].reshape(-1, features.shape[-1]), quantity[:, known].ravel())[0]
    missed = quantity[:, new] - features[:, new] @ weights
    length = float(np.linalg.norm(weights[:-1])) or 1.0
    share = 1 - float((missed**2).sum() / ((quantity[:, new] - quantity[:, new].mean()) ** 2).sum())
    return Direction(weights[:-1] / length, float(weights[-1]) / length, share)


def hidden(network: Network, tosses: Tosses) -> Numbers:
    """(T + 1, N, H): the hidden state before the first of the tosses (T, N), and after each of them."""
    return network.trace(encode(tosses))["h"][0, 1:].astype(np.float64)


def quantities(exact: Numbers) -> tuple[Numbers, Numbers]:
    """Of exact chances of heads (T + 1, N), what a state may hold: their log-odds, and log2(1 + tosses seen)."""
    seen = np.broadcast_to(np.log2(1 + np.arange(len(exact)))[:, None], exact.shape)
    return np.log(exact / (1 - exact)), seen


def draw(network: Network, tosses: Tosses, exact: Numbers, said: Numbers, *, prior: str, longest: int) -> Figure:
    """The figure for some tosses (T, N), the last column of which is shown whole.

    Args:
        network: that has learned to predict them.
        tosses: of coins of this `prior`.
        exact: the chances of heads next (T + 1, N), before the first toss and after each.
        said: what the network says they are, of the last column (T + 1,).
        prior: its name.
        longest: tosses of a sequence in training.
    """
    from matplotlib.figure import Figure

    h = hidden(network, tosses)
    odds, seen = quantities(exact)
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    panels: dict[str, Any] = figure.subplot_mosaic([["along", "along"], ["odds", "seen"]])

    along, steps = panels["along"], np.arange(len(exact))
    along.plot(steps, exact[:, -1], color=POSTERIOR, lw=2.5, label="exact posterior")
    along.plot(steps, said, color=NETWORK, lw=1.2, label="network")
    along.plot(steps[1:], 1.04 * tosses[:, -1] - 0.02, "|", color=MARK, ms=4, label="tosses")
    along.axvline(longest, color=MARK, lw=1, ls=":", label="longest sequence in training")
    along.set(title=f"One coin, prior {prior}", xlabel="tosses seen", ylabel="chance of heads next")
    figure.legend(loc="outside upper center", ncols=4, fontsize="small")

    rng = np.random.default_rng(0)
    shown = rng.integers(len(exact), size=POINTS), rng.integers(tosses.shape[1] // 2, tosses.shape[1], size=POINTS)
    for name, quantity, title, label in (
        ("odds", odds, "What it thinks", "log-odds of heads next, by the exact posterior"),
        ("seen", seen, "How much it has seen", "log₂(1 + tosses seen)"),
    ):
        found = direction(h, quantity)
        panels[name].plot(quantity[shown], found.along(h[shown]), ".", color=NETWORK, ms=4)
        panels[name].set(
            title=f"{title}: R² = {found.share:.3f}", xlabel=label, ylabel="hidden state in the best direction"
        )
    return figure
