"""The picture of an arithmetic model: an example digit by digit, what has to be remembered, and the hidden units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.network import Network
from elman.tasks.arithmetic.bits import decode
from elman.tasks.arithmetic.digits import WRITTEN, Definition

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TRIED = 512  # examples of which the most telling one is shown
DIGIT, RIGHT, WRONG = "#e8edf4", "#d5ecd4", "#f3b8b3"
STATES = ("#f5f5f5", "#f2c14e", "#7fb7be", "#d3a4c8", "#a3c585", "#e39774", "#9db4e0", "#c9b79c")


@dataclass(frozen=True)
class Example:
    """One word, symbol by symbol: digits (operands, T), right and found answers (T,), states (T,), units (T, H)."""

    digits: NDArray[np.int64]
    expected: NDArray[np.int64]
    found: NDArray[np.int64]
    states: NDArray[np.int64]  # of the machine, after each step
    units: NDArray[np.float64]  # h of the last layer, after each step

    def operands(self, d: Definition) -> list[int]:
        """The numbers that the digits spell."""
        return decode((self.digits if d.order == "least" else self.digits[:, ::-1]).T, d.base)


def example(d: Definition, pairs: NDArray[np.int64], inputs: NDArray[np.float32], network: Network) -> Example:
    """Of some words, the one in which most happens: most changes of state, then most pairs of state and symbol.

    Args:
        d: the function.
        pairs: tuples of operands that are checked (N, k).
        inputs: what a network reads for each symbol (symbols, I).
        network: that has learned the function.
    """
    rng = np.random.default_rng(0)
    some = pairs[np.sort(rng.choice(len(pairs), min(TRIED, len(pairs)), replace=False))]
    words, steps = d.read(some)
    states = _states(np.array(d.machine.next), words)
    before = np.concatenate([np.zeros((1, words.shape[1]), np.int64), states[:-1]])
    changes, met = before * d.machine.states + states, before * d.machine.symbols + words
    most = [(len({*changes[:n, k].tolist()}), len({*met[:n, k].tolist()})) for k, n in enumerate(steps.tolist())]
    best = most.index(max(most))
    word = words[: steps[best], best : best + 1]
    trace = network.trace(inputs[word])
    logits = trace["y"][:, 0]
    found = logits[:, 0] > 0 if logits.shape[1] == 1 else logits.argmax(axis=1)
    return Example(
        digits=np.stack([word[:, 0] // d.base ** (d.operands - 1 - k) % d.base for k in range(d.operands)]),
        expected=d.machine.run(word)[:, 0],
        found=found.astype(np.int64),
        states=states[: len(word), best],
        units=trace["h"][-1, -len(word) :, 0].astype(np.float64),
    )


def _states(following: NDArray[np.int64], words: NDArray[np.int64]) -> NDArray[np.int64]:
    """The machine's state after each symbol (T, N) of words (T, N)."""
    states, state = np.empty_like(words), np.zeros(words.shape[1], np.int64)
    for t, symbols in enumerate(words):
        states[t] = state = following[state, symbols]
    return states


def explained(units: NDArray[np.float64], states: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each unit (T, H) how much of its variance the state (T,) explains, from 0 to 1 (H,)."""
    whole = units.var(axis=0)
    within = sum(units[states == q].var(axis=0) * np.mean(states == q) for q in set(states.tolist()))
    return np.where(whole > 1e-12, 1 - within / np.maximum(whole, 1e-12), 0.0)


def draw(
    shown: Example,
    d: Definition,
    title: str,
    *,
    remembers: str,
    answers: Sequence[str],
    states: Sequence[str],
    nonlinearity: str | None,
) -> Figure:
    """The figure: above, digits, what is carried and the answer; below, the units, those first that carry it.

    Args:
        shown: one word of the function `d`.
        d: the function.
        title: what stands above.
        remembers: what the states are called in general: carry.
        answers: what each symbol of the answer is called.
        states: what each of the states is called.
        nonlinearity: of the units.
    """
    from matplotlib.figure import Figure

    steps, hidden = shown.units.shape
    digits, units = 0.36 * (d.operands + 2), 0.5 + min(0.18 * hidden, 7)  # inches
    figure = Figure(figsize=(max(7.0, 3 + 0.45 * steps), digits + units + 1.3), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=[digits, units], sharex=True)

    colours = [STATES[q % len(STATES)] for q in shown.states]
    kept, digits_of = f"{remembers} after", [[WRITTEN[n] for n in some] for some in shown.digits.tolist()]
    rows: list[tuple[str, Sequence[str], Sequence[str]]] = [
        *((name, some, [DIGIT] * steps) for name, some in zip("abcdefgh", digits_of, strict=False)),
        (kept, [states[q] for q in shown.states], colours),
        (
            "answer",
            [answers[n] for n in shown.found],
            [RIGHT if ok else WRONG for ok in shown.found == shown.expected],
        ),
    ]
    for row, (name, texts, faces) in enumerate(rows):
        _cells(above, row, texts, faces, joined=name == kept)
    above.set(ylim=(len(rows) - 0.5, -0.5), yticks=range(len(rows)), yticklabels=[name for name, *_ in rows])
    above.set_title(title)
    above.tick_params(length=0, labelbottom=False)
    above.spines[:].set_visible(False)

    share = explained(shown.units, shown.states)
    order = np.argsort(-share, kind="stable")
    low = 0.0 if nonlinearity in ("sigmoid", "relu") else -1.0
    high = max(1.0, float(shown.units.max())) if nonlinearity == "relu" else 1.0
    image = below.imshow(
        shown.units[:, order].T, aspect="auto", cmap="viridis", interpolation="nearest", vmin=low, vmax=high
    )
    named = range(0, hidden, max(1, hidden // 24))
    below.set(xticks=range(steps), xticklabels=_places(d.base, d.order, steps), yticks=named)
    below.set_yticklabels([str(order[n]) for n in named], fontsize="small")
    below.set(xlabel=f"time step: {'the least' if d.order == 'least' else 'the most'} significant digit comes first")
    below.set_ylabel(f"hidden units, by how much they follow the {remembers}")
    figure.colorbar(image, ax=below, label="value of the unit", pad=0.01)
    return figure


def _cells(axes: Any, row: int, texts: Sequence[str], faces: Sequence[str], *, joined: bool) -> None:
    """A row of coloured cells with a text in each; `joined`: neighbours with the same text are one."""
    from matplotlib.patches import Rectangle

    first = 0
    for t in range(1, len(texts) + 1):
        if joined and t < len(texts) and texts[t] == texts[first]:
            continue
        axes.add_patch(Rectangle((first - 0.5, row - 0.5), t - first, 1, facecolor=faces[first], edgecolor="white"))
        axes.text((first + t - 1) / 2, row, texts[first], ha="center", va="center", fontsize="small")
        first = t


def _places(base: int, order: str, steps: int) -> list[str]:
    """What the digits of a step stand for."""
    powers = range(steps) if order == "least" else range(steps - 1, -1, -1)
    return [str(base**n) if base**n < 10_000 else f"${base}^{{{n}}}$" for n in powers]
