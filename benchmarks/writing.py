"""How fast does it write? `sample` beside PyTorch, one text and 64 at once; and what cuts and forms cost."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import product
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Report, say
from elman import Form, Network, TextModel
from elman.bench.peers import ELMAN, PYTORCH, torch
from elman.bench.problems import SEED, Folded, Model, Streaming
from elman.bench.race import Check, Contestant, Race, Run, Runner, Spread, race
from elman.bench.table import Row, race_data, spread
from elman.bench.workloads import QUICK_ROUNDS, ROUNDS
from elman.tasks.text import END, Alphabet, Text

ALPHABET = Alphabet.of(string.ascii_letters + "\n !$&',-.3:;?")  # tiny Shakespeare's
ROWS = (1, 64)
LENGTH, CHECKED = 500, 20  # characters of each text
CUT, FORM = 0.95, "4x30-45"
MODELS = {
    "LSTM 2×128": Model("lstm", 128, 2, len(ALPHABET)),
    "LSTM 1×512": Model("lstm", 512, 1, len(ALPHABET)),
}


class Endless(Model):
    """The same, but it never says END: what `sample` makes of a network that has learned running text."""

    def network(self) -> Network:
        """With END out of the question."""
        network = super().network()
        network.parameters["head.bias"][END] = -np.inf
        return network


@dataclass(frozen=True)
class Texts(Streaming):
    """Streams side by side, each of which is drawn by the numbers that `sample` draws it by."""

    rows: int

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """(most, rows), even in [0, 1)."""
        return np.stack([np.random.default_rng([SEED, i]).random(self.most) for i in range(self.rows)], 1)

    @cached_property
    def uniform(self) -> NDArray[np.float64]:
        """(most,) of the first text."""
        return self.numbers[:, 0]


def run(quick: bool) -> Report:
    """Both networks, one text and many."""
    rounds, rows, data = QUICK_ROUNDS if quick else ROUNDS, [], []
    for (name, model), count in product(MODELS.items(), ROWS):
        p = Texts(model, LENGTH, count)
        where = f"{name}, {count} text{'s' * (count > 1)}"
        checked, units = CHECKED * count, LENGTH * count
        plain = race(writers(p), Check(checked, {"symbols": 0}), units, rounds)
        others = race(choosers(p), Check(checked, {}), units, rounds)
        data += [{"network": name, "texts": count, **race_data("writing", one, None)} for one in (plain, others)]
        rows += [*lines(where, plain), *lines(where, others)[1:]]
        say("\n".join(" | ".join(line) for line in lines(where, plain) + lines(where, others)))
    return Report(
        title="Writing",
        text=(
            f"`TextModel.sample`: texts of {LENGTH} characters, one or many at once, by networks with their initial "
            f"weights over the {len(ALPHABET.characters)} characters of tiny Shakespeare. All who draw from the plain "
            f"softmax do so by inversion with the same numbers, and write the same first {CHECKED} characters of each "
            "text. PyTorch is nn.LSTM, or an LSTM's step in plain operations, the first layer's product looked up; "
            "both go step by step under `inference_mode`, and give symbols, not texts. *Top-p* cuts what is drawn from "
            f"to the likeliest {CUT:.0%}; *form* is `--form {FORM}`, by its own number of characters. {rounds} rounds."
        ),
        header=("", "characters per second", "elman's plain drawing is faster by a factor of"),
        rows=rows,
        data={"races": data},
    )


def writers(p: Texts) -> list[Contestant]:
    """Who draw from the softmax as it is."""
    alone, endless = p.rows == 1, replace(p, model=Endless(**vars(p.model)))
    return [
        Contestant(ELMAN, partial(sampler, p)),
        Contestant(PYTORCH, partial(torch.streamer if alone else streamer, endless), "nn.LSTM"),
        Contestant(PYTORCH, partial(torch.streamer_by_hand if alone else streamer_by_hand, endless), "by hand"),
    ]


def choosers(p: Texts) -> list[Contestant]:
    """What else elman does, beside the same."""
    forms = [Contestant(ELMAN, partial(sampler, p, form=Form(FORM)), f"form {FORM}")] if p.rows > 1 else []
    return [
        Contestant(ELMAN, partial(sampler, p)),
        Contestant(ELMAN, partial(sampler, p, top_p=CUT), f"top-p {CUT}"),
        *forms,
    ]


def lines(where: str, found: Race) -> list[Row]:
    """Of the table: one per contestant, those that could not take part at the end."""
    rows: list[Row] = []
    for name, seconds in found.seconds.items():
        speed = Spread(tuple(1 / one for one in seconds.values))
        rows.append((f"{where}: {name}", spread(speed), "" if name == found.first else spread(found.ratio(name))))
    for name, packages in found.missing.items():
        rows.append((f"{where}: {name}", f"{' and '.join(packages)} not installed", ""))
    return rows


# --- contestants ---


def sampler(p: Texts, form: Form | None = None, **options: Any) -> Runner:
    """`TextModel.sample`; a form's characters are as many as it says."""
    model = TextModel(Text(ALPHABET), p.model.network())

    def run(count: int) -> Run:
        began = perf_counter()
        asked = {"length": count // p.rows} if form is None else {"form": form}
        texts = "".join(model.sample(count=p.rows, seed=SEED, **asked, **options))
        seconds = perf_counter() - began
        return Run(seconds * count / len(texts), {"symbols": ALPHABET.encode(texts)})

    return run


# The symbols (B,) of all texts -> the logits (B, V) of the next ones; it keeps the states.
Step = Callable[[Any], Any]


def together(p: Texts, fresh: Callable[[], Step]) -> Runner:
    """Goes step by step in PyTorch; `fresh` gives a step that begins with states of zero, off the clock."""
    library = torch.library()
    numbers = library.from_numpy(p.numbers)[:, :, None]

    def run(count: int) -> Run:
        step, x, drawn = fresh(), library.full((p.rows,), END), []
        began = perf_counter()
        for uniform in numbers[: count // p.rows]:
            sums = library.softmax(step(x), 1).cumsum(1, dtype=library.float64)
            x = library.searchsorted(sums, uniform * sums[:, -1:], right=True)[:, 0]
            drawn.append(x)
        return Run(perf_counter() - began, {"symbols": library.stack(drawn, 1).flatten().numpy()})

    runner: Runner = library.inference_mode()(run)
    return runner


def streamer(p: Texts) -> Runner:
    """`nn.LSTM`, a step at a time."""
    network, one_hot = torch.module(p.model), torch.library().eye(p.model.symbols)

    def fresh() -> Step:
        state = None

        def step(x: Any) -> Any:
            nonlocal state
            y, state = network(one_hot[x][None], state)
            return y[0]

        return step

    return together(p, fresh)


def streamer_by_hand(p: Texts) -> Runner:
    """An LSTM's step in operations on all texts, one product per layer."""
    library, folded, size = torch.library(), Folded.of(p.model), p.model.hidden
    table, head, head_bias = map(library.from_numpy, (folded.table, folded.head.T, folded.head_bias))
    weights = [library.from_numpy(weight.T) for weight in folded.products]
    biases = [None if bias is None else library.from_numpy(bias) for bias in folded.biases]
    zero = library.zeros(p.rows, size)

    def fresh() -> Step:
        states = [(zero, zero)] * p.model.layers

        def step(x: Any) -> Any:
            below = None
            for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
                h, c = states[layer]
                read = h if below is None else library.cat((below, h), 1)
                a = library.addmm(table[x] if bias is None else bias, read, weight)
                i, f, _, o = library.sigmoid(a).chunk(4, 1)
                c = library.addcmul(f * c, i, library.tanh(a[:, 2 * size : 3 * size]))
                below = o * library.tanh(c)
                states[layer] = below, c
            return library.addmm(head_bias, below, head)

        return step

    return together(p, fresh)
