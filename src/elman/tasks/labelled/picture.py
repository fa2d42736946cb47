"""The picture of a network of labels or numbers: sequences, and what it says after each step, or of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman.network import Network
from elman.tasks.capabilities.pictured import plain
from elman.tasks.labelled.answers import Answers
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.codec import Inputs
from elman.tasks.labelled.measures import softmax
from elman.tasks.labelled.numbers import Numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Values = NDArray[np.float64]

MOST = 3  # sequences
NAMED = 40  # steps up to which each has its name below it
LETTERS = 18  # of a name
# Colours that colour-blind people tell apart (Okabe and Ito, 2008); other classes are grey together.
COLOURS = ("#0072b2", "#d55e00", "#56b4e9", "#e69f00", "#009e73", "#cc79a7")
OTHERS, LOOKS = "#dddddd", "#7a4fa3"
INCHES = {"above": 1.3, "attention": 0.45, "below": 1.5}  # how high each panel is
WIDTH, LETTER = 8.0, 0.07  # inches of an axis of time, and of a letter of a name


@dataclass(frozen=True, eq=False)
class Block:
    """A sequence of T steps.

    Args:
        title: what stands above it.
        edges: (T+1,) where steps begin and end on the axis below, which is `axis`.
        said: (T, C) probabilities of the classes after each step, or of it; or (T, 1) numbers.
        attention: (T,) the share of each step in the answer to all; None where no shares are learned.
        names: of the steps, where these are symbols; else none.
        answer: what a number that is said is.
        above: draws what is read on axes; None where `names` say it.
    """

    title: str
    edges: Values
    axis: str
    said: Values
    attention: Values | None = None
    names: Sequence[str] = ()
    answer: str = "answer"
    above: Callable[[Any], None] | None = None


def said(answers: Answers, network: Network, inputs: Inputs) -> Values:
    """(T, C) probabilities, or (T, 1) numbers: of each step, or, with a readout, of the sequence up to there."""
    if network.architecture.readout == "steps":
        [y] = network.outputs([inputs])
    else:
        y = np.asarray(network.outputs([inputs[: t + 1] for t in range(len(inputs))]))
    if isinstance(answers, Numbers):
        return np.array([[one["output"]] for one in answers.told(y)], np.float64)
    return softmax(y)


def attention(network: Network, inputs: Inputs) -> Values | None:
    """(T,) the share of each step in the answer to the whole sequence; None where no shares are learned."""
    if network.architecture.readout != "attention":
        return None
    shares: Values = softmax(network.trace(inputs[:, None])["attention"].T)[0]
    return shares


def draw(shown: Sequence[Block], answers: Answers, per: str) -> Figure:
    """A block of panels for each sequence: what is read, where attention looks, and what is said."""
    from matplotlib.figure import Figure

    panels = [
        (one, kind)
        for one in shown
        for kind in INCHES
        if kind == "below" or (one.above if kind == "above" else one.attention is not None)
    ]
    heights = [INCHES[kind] for _, kind in panels]
    labels = [
        [short(answers.names[label]) for label in one.said.argmax(axis=1).tolist()]
        if per == "step" and isinstance(answers, Classes) and len(one.said) <= NAMED
        else []
        for one in shown
    ]
    around = sum(0.75 + _room(one.names) + _room(above) for one, above in zip(shown, labels, strict=True))
    figure = Figure(figsize=(9, sum(heights) + around + 0.6), layout="constrained")
    axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    likeliest = _likeliest(shown) if isinstance(answers, Classes) else []
    for place, ((one, kind), panel) in enumerate(zip(panels, axes, strict=True)):
        if place == 0 or panels[place - 1][0] is not one:
            panel.set_title(plain(one.title), fontsize="medium", loc="left")
        if kind == "above" and one.above is not None:
            one.above(panel)
        elif kind == "attention" and one.attention is not None:
            panel.stairs(one.attention, one.edges, fill=True, color=LOOKS)
            panel.set_ylabel("attention", fontsize="small")
            panel.set_ylim(bottom=0)
        elif isinstance(answers, Classes):
            _bands(panel, one, likeliest)
            _name(panel.secondary_xaxis("top"), one, labels[shown.index(one)])
        else:
            panel.stairs(one.said[:, 0], one.edges, baseline=None, color=COLOURS[0], linewidth=2)
            panel.set_ylabel(plain(one.answer), fontsize="small")
        _steps(panel, one, last=kind == "below")
    if isinstance(answers, Classes):
        _legend(figure, answers.names, likeliest)
    return figure


def _likeliest(shown: Sequence[Block]) -> list[int]:
    """As many classes as there are colours, those with the largest probabilities in all, in their order."""
    sums = np.sum([one.said.sum(axis=0) for one in shown], axis=0)
    return sorted(np.argsort(-sums, kind="stable")[: len(COLOURS)].tolist())


def _bands(axes: Any, one: Block, likeliest: Sequence[int]) -> None:
    """Probabilities on top of each other; those of all other classes stand above."""
    shares = [*one.said[:, list(likeliest)].T, np.ones(len(one.said)) - one.said[:, list(likeliest)].sum(axis=1)]
    ends = [np.append(share, share[-1:]) for share in shares]  # the last step has a width, too
    axes.stackplot(one.edges, ends, colors=[*COLOURS[: len(likeliest)], OTHERS], step="post", linewidth=0)
    axes.set_ylim(0, 1)
    axes.set_ylabel("probability", fontsize="small")


def _name(axes: Any, one: Block, names: Sequence[str]) -> None:
    """A name at the middle of each step, upright where there is no room."""
    middles = ((one.edges[:-1] + one.edges[1:]) / 2).tolist() if names else []
    turned = 90 if _room(names) else 0
    axes.set_xticks(middles, list(map(plain, names)), rotation=turned, fontsize="x-small")
    axes.tick_params(length=0)


def _room(names: Sequence[str]) -> float:
    """Inches that names of steps need beside the axis, where they do not fit side by side."""
    longest = max(map(len, names), default=0)
    return LETTER * longest if LETTER * longest * len(names) > WIDTH else 0.0


def _steps(axes: Any, one: Block, *, last: bool) -> None:
    """The axis of time: steps by their names where there is room for them."""
    axes.set_xlim(one.edges[0], one.edges[-1])
    axes.tick_params(labelsize="small", labelbottom=last)
    axes.spines[["top", "right"]].set_visible(False)
    if not last:
        return
    if one.names:
        _name(axes, one, one.names)
    axes.set_xlabel(one.axis, fontsize="small")


def short(name: str) -> str:
    """A name for which there is room; of a space, a sign."""
    signs = {" ": "␣", "\n": "⏎", "\t": "⇥"}
    return signs.get(name, name if len(name) <= LETTERS else name[: LETTERS - 1] + "…")


def _legend(figure: Figure, names: Sequence[str], likeliest: Sequence[int]) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(color=COLOURS[k], label=plain(short(names[c]))) for k, c in enumerate(likeliest)]
    if len(names) > len(likeliest):
        patches.append(Patch(color=OTHERS, label="all others"))
    figure.legend(handles=patches, loc="outside upper center", ncols=len(patches), fontsize="small")
