"""Regions of hidden states that a network never leaves, found by growing boxes from the initial state.

A network that reads one of finitely many symbols per step is a machine with a huge set of states. Here it is covered by
finitely many boxes: one for each thing that can have happened last (what the reference machine answered, the state it
is in, and the last few symbols). Each box is grown until it holds all successors of all boxes that lead to it. If that
ends, and the network's output is on the right side everywhere in every box, induction over the length of the input
says that the network answers as the reference does, for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from elman.network import CELLS, Network
from elman.proof.automaton import Mealy, TooManyStates, explore
from elman.proof.intervals import Box, Floats, Step
from elman.telling import so_far

HISTORIES = (0, 1, 2, 3, 4)  # how many of the last symbols tell regions apart, one attempt after the other
MOST_REGIONS, MOST_EDGES = 2_000, 60_000
ROUNDS, TIGHTER = 400, 8  # of growing; and, when boxes are closed, of drawing them together again
MOST_BOUNDS = 200_000_000  # that one attempt computes: some ten million a second
History = tuple[int, int, tuple[int, ...]]  # the last answer, the reference's state, the last symbols
GRID = 2.0**-20  # bounds are multiples of it, rounded outward: so growing ends
AHEAD, MOST_AHEAD = (
    2.0,
    2.0**-10,
)  # a bound that moved moves on by so many times as much, but not more: it is done sooner


WRONG = (
    "the boxes around its states grow until one holds a wrong answer: small differences in a state do not shrink enough"
)


class Question(NamedTuple):
    """What a network is asked to compute.

    Args:
        machine: what it should answer; its symbols number the inputs and the outputs.
        inputs: (symbols, I), what the network reads for each input symbol.
        counts: after which of their symbols (T, N) words are inputs, or begin some; None: after all. What is said
            after others is proved as well, but no counterexample.
        tries: gives words (T, N) that are likely to be answered wrongly; None: nobody knows any.

    A network with one output answers 1 where its logit is above 0, else 0; with several, the greatest one's number.
    """

    machine: Mealy
    inputs: NDArray[np.float32]
    counts: Callable[[NDArray[np.int64]], NDArray[np.bool_]] | None = None
    tries: Callable[[], NDArray[np.int64]] | None = None


class Regions(NamedTuple):
    """Boxes (N, n) of states, the symbol that is answered on the way into each (-1: none), and the way out by symbol.

    Region 0 holds the initial state; `next` is (N, symbols); `margin` bounds how far outputs stay from the wrong side.
    """

    low: Floats
    high: Floats
    output: NDArray[np.int64]
    next: NDArray[np.int64]
    margin: float


def unfit(network: Network) -> str | None:
    """Why networks of this architecture are not handled; None where they are."""
    a = network.architecture
    if a.bidirectional:
        return "a bidirectional network also reads from the end: it is no machine that reads symbol by symbol"
    if not a.per_step:
        return (
            f"with the readout {a.readout!r} a network answers a sequence once: it is no machine that answers each step"
        )
    if a.symbols or not CELLS[a.cell].recurrent or a.cell not in ("rnn", "lstm", "gru"):
        return f"regions are known for rnn, lstm and gru on numbers; this network is {a.cell!r}"
    return None


def find(network: Network, question: Question) -> tuple[Regions | None, str]:
    """Regions that close, or None and the reason why none were found."""
    reason = unfit(network)
    if reason is not None:
        return None, reason
    step = Step(network, question.inputs)
    reason = ""
    for history in HISTORIES:
        try:
            graph = _graph(question.machine, history)
        except TooManyStates:
            break
        edges = graph.states * graph.symbols
        rounds = min(ROUNDS, MOST_BOUNDS // (edges * len(step.initial())))
        if edges > MOST_EDGES or rounds <= TIGHTER:
            break
        regions, reason = _grow(step, graph, rounds)
        if regions is not None:
            return regions, ""
    return None, reason or "the network and the machine that it should be are too large to search for boxes"


def _graph(machine: Mealy, history: int) -> Mealy:
    """A machine that answers as `machine` does and whose states tell the last answer and the last symbols."""

    def step(state: History, x: int) -> tuple[int, History]:
        _, q, last = state
        answer = machine.output[q][x]
        return answer, (answer, machine.next[q][x], (*last, x)[-history:] if history else ())

    start: History = (-1, 0, ())
    return explore(start, machine.symbols, step, MOST_REGIONS)


def _grow(step: Step, graph: Mealy, rounds: int) -> tuple[Regions | None, str]:
    """Closed boxes for the states of a graph, or None and the reason."""
    nodes, symbols = graph.states, graph.symbols
    following = np.array(graph.next)
    output = np.full(nodes, -1)
    output[following] = np.array(graph.output)
    # Edges in order of their targets, so that each region's successors lie together.
    order = np.argsort(following.reshape(-1), kind="stable")
    source, symbol, target = order // symbols, order % symbols, following.reshape(-1)[order]
    reached, first = np.unique(target, return_index=True)

    initial = step.initial()
    low, high = np.full((nodes, len(initial)), np.inf), np.full((nodes, len(initial)), -np.inf)
    low[0] = high[0] = initial
    closed = 0
    for done in range(rounds):
        so_far("rounds of the search for a proof", done)
        alive = low[:, 0] < np.inf
        use = alive[source]
        boxes = Box(np.where(alive[:, None], low, 0.0), np.where(alive[:, None], high, 0.0))
        after = step(boxes, source, symbol)
        margin = float(_margins(step.logits(boxes), output)[alive & (output >= 0)].min(initial=np.inf))
        if not np.isfinite(after.size).all() or margin <= 0:
            return None, WRONG
        new_low = np.minimum.reduceat(np.where(use[:, None], after.low, np.inf), first)
        new_high = np.maximum.reduceat(np.where(use[:, None], after.high, -np.inf), first)
        inside = (new_low - GRID / 2 >= low[reached]).all() and (new_high + GRID / 2 <= high[reached]).all()
        if alive.all() and inside:
            closed += 1
            if closed > TIGHTER:
                return Regions(low, high, output, following, margin), ""
            # What comes out of closed boxes is closed as well, and mostly smaller.
            low[reached] = np.maximum(low[reached], np.floor(new_low / GRID - 1) * GRID)
            high[reached] = np.minimum(high[reached], np.ceil(new_high / GRID + 1) * GRID)
            continue
        low[reached] = _grown(low[reached], new_low)
        high[reached] = -_grown(-high[reached], -new_high)
    return None, f"boxes still grow after {rounds} rounds: some of the network's units hardly forget"


def _grown(low: Floats, new: Floats) -> Floats:
    """Lower bounds that hold the new ones, and go some way ahead."""
    least = np.minimum(low, np.floor(new / GRID - 1) * GRID)
    with np.errstate(invalid="ignore"):
        moved = np.nan_to_num(low - least, posinf=0.0)  # not: what is empty, or was
    lower: Floats = least - np.ceil(np.minimum(AHEAD * moved, MOST_AHEAD) / GRID) * GRID
    return lower


def _margins(logits: Box, wanted: NDArray[np.int64]) -> Floats:
    """How far each row's output stays on the right side; not above 0 where it need not."""
    if logits.low.shape[1] == 1:
        margins: Floats = np.where(wanted == 1, logits.low[:, 0], -logits.high[:, 0])
        return margins
    rows = np.arange(len(wanted))
    others: NDArray[Any] = logits.high.copy()
    others[rows, wanted] = -np.inf
    best: Floats = logits.low[rows, wanted] - others.max(axis=1)
    return best
