"""The automaton in a network's hidden states, as a picture or in Graphviz's language."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from elman.errors import ConfigError
from elman.network import Network
from elman.proof.automaton import Mealy, shortened
from elman.proof.prove import Extraction
from elman.proof.regions import Question
from elman.proof.search import long_words
from elman.spelling import called

PICTURES = ("svg", "png", "pdf")
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22")
SHOWN_STEPS, SHOWN_WORDS = 100, 20
MOST_DRAWN = 12  # states; a picture of more cannot be read


def draw(
    path: Path,
    network: Network,
    question: Question,
    extraction: Extraction,
    inputs: Sequence[str],
    outputs: Sequence[str],
    states: Sequence[str],
) -> bytes:
    """The contents of a file of the kind that the path's ending names.

    A picture has the automaton on the left, and on the right the hidden states of the last layer on random inputs,
    projected to the plane in which they spread the most, in the colours of the automaton's states. Where these are too
    many to be seen, it shows those of the reference. `states` are what the reference's are called.
    """
    kind = path.suffix.removeprefix(".").lower()
    if kind in ("dot", "gv"):
        return extraction.automaton.dot(inputs, outputs).encode()
    if kind not in PICTURES:
        raise ConfigError(
            f"{called('picture')}: expected a file that ends in .dot, .svg, .png or .pdf; found {path.name!r}"
        )
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError("picture: expected matplotlib; it is not installed", "pip install 'elman[plot]'") from None

    machine, title = extraction.automaton, "the automaton"
    if machine.states > MOST_DRAWN:
        found, machine = machine.states, question.machine.minimised()
        title = f"{found} states were found, too many to draw;\nthe reference"
    names = states if machine == question.machine else [str(q) for q in range(machine.states)]
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    _diagram(left, machine, inputs, outputs, names)
    left.set_title(f"{title}: input→output; it starts in {names[0]}")
    _cloud(right, network, question, machine, names)
    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "elman"}):  # same model, same picture
        figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return buffer.getvalue()


def _diagram(axes: Any, machine: Mealy, inputs: Sequence[str], outputs: Sequence[str], names: Sequence[str]) -> None:
    """States on a circle, arrows with their symbols; a state's loop stands outside of it."""
    n = machine.states
    angles = [math.pi - 2 * math.pi * q / n for q in range(n)]
    places = [(math.cos(angle), math.sin(angle)) for angle in angles]
    size = min(0.22, 1.2 / n)
    for (q, to), labels in machine.edges(inputs, outputs).items():
        text = shortened(labels, most=6).replace("\\n", "\n")
        (x, y), (u, v) = places[q], places[to]
        if q == to:
            out = 1 + 2.2 * size
            axes.add_patch(_circle((x * (1 + 1.2 * size), y * (1 + 1.2 * size)), size * 0.8, "none", "#444444"))
            axes.text(x * (out + 0.12), y * (out + 0.12), text, ha="center", va="center", fontsize=8)
            continue
        arrow = {"arrowstyle": "-|>", "connectionstyle": "arc3,rad=0.3", "color": "#444444"}
        axes.annotate("", (u, v), (x, y), arrowprops={**arrow, "shrinkA": 90 * size, "shrinkB": 90 * size})
        axes.text((x + u) / 2 + 0.3 * (v - y), (y + v) / 2 - 0.3 * (u - x), text, ha="center", va="center", fontsize=8)
    for q, place in enumerate(places):
        axes.add_patch(_circle(place, size, COLOURS[q % len(COLOURS)], "black"))
        text, fontsize = names[q].replace(" ", "\n"), 12 if len(names[q]) < 3 else 8
        axes.text(*place, text, ha="center", va="center", color="white", fontsize=fontsize, zorder=4)
    axes.set(xlim=(-2, 2), ylim=(-1.7, 1.7))
    axes.set_aspect("equal")
    axes.axis("off")


def _circle(place: tuple[float, float], radius: float, face: str, edge: str) -> Any:
    from matplotlib.patches import Circle

    return Circle(place, radius, facecolor=face, edgecolor=edge, zorder=3 if face != "none" else 1)


def _cloud(axes: Any, network: Network, question: Question, machine: Mealy, names: Sequence[str]) -> None:
    words = long_words(machine.symbols, np.random.default_rng(3))[:SHOWN_STEPS, -SHOWN_WORDS:]
    h = network.trace(question.inputs[words])["h"][-1, 1:]
    points = h.reshape(-1, h.shape[2]).astype(np.float64)
    points -= points.mean(axis=0)
    plane = points @ np.linalg.svd(points, full_matrices=False)[2][:2].T
    states = _states(machine, words)
    for q in range(machine.states):
        x, y = plane[states == q, 0], plane[states == q, 1] if plane.shape[1] > 1 else np.zeros((states == q).sum())
        axes.scatter(x, y, s=12, color=COLOURS[q % len(COLOURS)], label=names[q])
    axes.set(title="hidden states on random inputs", xlabel="first principal axis", ylabel="second")
    axes.legend(title="state")


def _states(machine: Mealy, words: Any) -> Any:
    """The state after each symbol of words (T, N), one after the other (T * N,)."""
    following = np.array(machine.next)
    state, states = np.zeros(words.shape[1], np.int64), []
    for symbols in words:
        state = following[state, symbols]
        states.append(state)
    return np.concatenate(states)
