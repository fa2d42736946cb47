"""The oracle: the networks of this package, written slowly and plainly from their published equations.

Every function below is meant to be checked by eye against an equation, so it loops over rows, time and units with
Python floats (double precision) where the package has a compiled engine. It imports nothing of the package.

- Elman, J. L. (1990). Finding structure in time. Cognitive Science 14: the simple recurrent network, `rnn`.
- Hochreiter, S. & Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9; with the forget gate of
  Gers, F. A., Schmidhuber, J. & Cummins, F. (2000). Learning to forget. Neural Computation 12: `lstm`.
- Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder. EMNLP: `gru`, in PyTorch's form,
  where the reset gate multiplies the recurrent product and not the state that enters it.

Shapes: T steps, B rows, I inputs, H hidden units, G gates, O outputs, L layers, D directions, U updates.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.integer[Any]]
Vector = list[float]
Units = dict[str, Vector]  # a name ("h", "c", "forget", ...) -> one value per hidden unit
Step = Callable[[Vector, Units, Mapping[str, Array], str], tuple[Units, Units]]


class Result(NamedTuple):
    """What `forward` computes.

    y: (T, B, O), the linear outputs of the head, 0 after a row's end; with a readout, (B, O).
    state: name -> (L*D, B, H), the last state of each row in each layer and direction.
    trace: "y"; gate name -> (L*D, T, B, H), 0 after a row's end; state name -> (L*D, T+1, B, H), where a forward
        direction holds its initial state in slot 0 and the state after step t in slot t+1, and a reverse direction its
        initial state in slot T and the state after step t in slot t. With a readout, "readout" (B, D*H), what the head
        reads; and, with that of attention, "attention" (T, B), the weight of each step, 0 after a row's end.
    """

    y: Array
    state: dict[str, Array]
    trace: dict[str, Array]


class Sweep(NamedTuple):
    """One row's passage through one layer in one direction; states (T+1) and gates (T) in the order of time.

    The initial state is the first of the states, and in the reverse direction the last; `last` is the other end.
    """

    states: list[Units]
    gates: list[Units]
    last: Units


# Cells ----------------------------------------------------------------------------------------------------------------


def sigmoid(a: float) -> float:
    """1 / (1 + exp(-a)), in the form whose exponential cannot overflow."""
    return 1.0 / (1.0 + math.exp(-a)) if a >= 0.0 else math.exp(a) / (1.0 + math.exp(a))


def relu(a: float) -> float:
    """max(a, 0)."""
    return max(a, 0.0)


NONLINEARITIES: dict[str, Callable[[float], float]] = {"tanh": math.tanh, "relu": relu, "sigmoid": sigmoid}


def affine(weight: Array, v: Vector, bias: Array) -> Vector:
    """W v + b: weight (M, N), v of N, bias (M,) -> M values."""
    return [
        sum(w * v_j for w, v_j in zip(row, v, strict=True)) + b
        for row, b in zip(weight.tolist(), bias.tolist(), strict=True)
    ]


def gate_sums(weights: Mapping[str, Array], source: str, v: Vector, gates: int) -> list[Vector]:
    """W v + b, cut into the H sums of each gate: source "ih" and v the input, or "hh" and v the state before."""
    sums = affine(weights[f"weight_{source}"], v, weights[f"bias_{source}"])
    size = len(sums) // gates
    return [sums[g * size : (g + 1) * size] for g in range(gates)]


def none(x: Vector, previous: Units, weights: Mapping[str, Array], nonlinearity: str) -> tuple[Units, Units]:
    """The feed-forward contrast, whose state is written and never read: h' = f(W_ih x + b_ih)."""
    f = NONLINEARITIES[nonlinearity]
    [a] = gate_sums(weights, "ih", x, 1)
    h = [f(a_j) for a_j in a]
    return {"h": h}, {"hidden": h}


def rnn(x: Vector, previous: Units, weights: Mapping[str, Array], nonlinearity: str) -> tuple[Units, Units]:
    """The simple recurrent network: h' = f(W_ih x + b_ih + W_hh h + b_hh)."""
    f = NONLINEARITIES[nonlinearity]
    [a] = gate_sums(weights, "ih", x, 1)
    [u] = gate_sums(weights, "hh", previous["h"], 1)
    h = [f(a_j + u_j) for a_j, u_j in zip(a, u, strict=True)]
    return {"h": h}, {"hidden": h}


def lstm(x: Vector, previous: Units, weights: Mapping[str, Array], nonlinearity: str) -> tuple[Units, Units]:
    """Long short-term memory: c' = f*c + i*g and h' = o*tanh(c'), the weights in the order i, f, g, o."""
    a_i, a_f, a_g, a_o = gate_sums(weights, "ih", x, 4)
    u_i, u_f, u_g, u_o = gate_sums(weights, "hh", previous["h"], 4)
    units = range(len(a_i))
    i = [sigmoid(a_i[j] + u_i[j]) for j in units]
    f = [sigmoid(a_f[j] + u_f[j]) for j in units]
    g = [math.tanh(a_g[j] + u_g[j]) for j in units]
    o = [sigmoid(a_o[j] + u_o[j]) for j in units]
    c = [f[j] * previous["c"][j] + i[j] * g[j] for j in units]
    h = [o[j] * math.tanh(c[j]) for j in units]
    return {"h": h, "c": c}, {"input": i, "forget": f, "cell": g, "output": o}


def gru(x: Vector, previous: Units, weights: Mapping[str, Array], nonlinearity: str) -> tuple[Units, Units]:
    """The gated recurrent unit: n = tanh(a_n + r*u_n) and h' = (1-z)*n + z*h, the weights in the order r, z, n."""
    a_r, a_z, a_n = gate_sums(weights, "ih", x, 3)
    u_r, u_z, u_n = gate_sums(weights, "hh", previous["h"], 3)
    units = range(len(a_r))
    r = [sigmoid(a_r[j] + u_r[j]) for j in units]
    z = [sigmoid(a_z[j] + u_z[j]) for j in units]
    n = [math.tanh(a_n[j] + r[j] * u_n[j]) for j in units]
    h = [(1.0 - z[j]) * n[j] + z[j] * previous["h"][j] for j in units]
    return {"h": h}, {"reset": r, "update": z, "new": n}


# (x_t, states before, weights of the layer and direction, nonlinearity) -> (states after, gates), for one row.
CELLS: dict[str, Step] = {"none": none, "rnn": rnn, "lstm": lstm, "gru": gru}


# Readouts: one vector of a row's T outputs of the top layer, each of D*H numbers, forward units first -----------------


def read_last(outputs: list[Vector], hidden: int) -> Vector:
    """Where each direction ends: the forward one at the last step, the reverse one at the first."""
    return outputs[-1][:hidden] + outputs[0][hidden:]


def read_mean(outputs: list[Vector]) -> Vector:
    """The mean over the steps, unit by unit."""
    return [sum(unit) / len(outputs) for unit in zip(*outputs, strict=True)]


def read_max(outputs: list[Vector]) -> Vector:
    """The greatest over the steps, unit by unit."""
    return [max(unit) for unit in zip(*outputs, strict=True)]


def attention(outputs: list[Vector], v: Vector) -> Vector:
    """The weights a_t = exp(v . h_t) / sum_u exp(v . h_u) of Zhou et al. (2016), without their tanh of h_t."""
    scores = [sum(v_j * h_j for v_j, h_j in zip(v, h, strict=True)) for h in outputs]
    parts = [math.exp(score - max(scores)) for score in scores]
    return [part / sum(parts) for part in parts]


def read_attention(outputs: list[Vector], weights: Vector) -> Vector:
    """sum_t a_t h_t."""
    return [sum(a * h for a, h in zip(weights, unit, strict=True)) for unit in zip(*outputs, strict=True)]


def readout(architecture: Mapping[str, Any], values: Mapping[str, Array], outputs: list[Vector]) -> dict[str, Vector]:
    """What the head reads of a row, by the names that the trace has for it."""
    if architecture["readout"] == "last":
        return {"readout": read_last(outputs, architecture["hidden"])}
    if architecture["readout"] == "attention":
        weights = attention(outputs, values["attention.weight"][0].tolist())
        return {"attention": weights, "readout": read_attention(outputs, weights)}
    return {"readout": {"mean": read_mean, "max": read_max}[architecture["readout"]](outputs)}


# Network --------------------------------------------------------------------------------------------------------------


def forward(
    architecture: Mapping[str, Any],
    parameters: Mapping[str, ArrayLike],
    x: NDArray[Any],
    lengths: ArrayLike | None = None,
    state: Mapping[str, ArrayLike] | None = None,
    terms: Sequence[Array] = (),
) -> Result:
    """Read x, (T, B, I) or with symbols (T, B) integers, row by row, layer by layer, direction by direction.

    architecture: inputs, outputs, cell, nonlinearity, hidden, layers, bidirectional, bias, symbols, embedding, initial,
        readout.
    lengths: (B,), the steps of each row, 1..T; all T by default. What x holds after a row's end is never looked at.
    state: name -> (L*D, B, H), in place of the initial state of the architecture.
    terms: the values of each term for every answer and output, shaped as y.
    """
    values = with_biases(architecture, parameters)
    steps, rows = x.shape[:2]
    hidden = architecture["hidden"]
    directions = 2 if architecture["bidirectional"] else 1
    depth, per_step = architecture["layers"] * directions, architecture["readout"] == "steps"

    y = np.zeros((steps, rows, architecture["outputs"]) if per_step else (rows, architecture["outputs"]))
    read = defaultdict[str, Array](lambda: np.zeros((rows, directions * hidden)))
    last = defaultdict[str, Array](lambda: np.zeros((depth, rows, hidden)))
    states = defaultdict[str, Array](lambda: np.zeros((depth, steps + 1, rows, hidden)))
    gates = defaultdict[str, Array](lambda: np.zeros((depth, steps, rows, hidden)))
    for row, end in enumerate(row_ends(lengths, steps, rows)):
        first = [initial(architecture, values, state, k, row) for k in range(depth)]
        outputs, sweeps = read_row(architecture, values, x[:end, row], first)
        if per_step:
            extra = [[term[t, row] for term in terms] for t in range(end)]
            y[:end, row] = [head(values, h, more) for h, more in zip(outputs, extra, strict=True)]
        else:
            found = readout(architecture, values, outputs)
            y[row] = head(values, found["readout"], [term[row] for term in terms])
            read["readout"][row] = found["readout"]
            if "attention" in found:
                read.setdefault("attention", np.zeros((steps, rows)))[:end, row] = found["attention"]
        for k, sweep in enumerate(sweeps):
            # After the end, a forward direction carries its last state, and a reverse one has yet to begin.
            slots = sweep.states + [sweep.states[-1]] * (steps - end)
            for name in sweep.last:
                last[name][k, row] = sweep.last[name]
                states[name][k, :, row] = [slot[name] for slot in slots]
            for name in sweep.gates[0]:
                gates[name][k, :end, row] = [gate[name] for gate in sweep.gates]
    return Result(y, dict(last), {**gates, **states, **read, "y": y})


def read_row(
    architecture: Mapping[str, Any], values: Mapping[str, Array], x: NDArray[Any], first: list[Units]
) -> tuple[list[Vector], list[Sweep]]:
    """Read one row of T steps from its L*D initial states: the T outputs of the top layer, and the L*D sweeps."""
    step = CELLS[architecture["cell"]]
    signal = [encode(architecture, values, x_t) for x_t in x]
    sweeps: list[Sweep] = []
    for layer in range(architecture["layers"]):
        outputs: list[Vector] = [[] for _ in signal]
        for reverse in [False, True] if architecture["bidirectional"] else [False]:
            weights = layer_weights(values, layer, reverse)
            sweep = run(step, signal, first[len(sweeps)], weights, architecture["nonlinearity"], reverse)
            after = sweep.states[:-1] if reverse else sweep.states[1:]
            outputs = [o + s["h"] for o, s in zip(outputs, after, strict=True)]
            sweeps.append(sweep)
        signal = outputs
    return signal, sweeps


def head(values: Mapping[str, Array], h: Vector, terms: Sequence[Array] = ()) -> Vector:
    """The linear outputs, and the terms (O,) times their weights, which are linear in h too.

    A head without weights of its own has the first rows of the embedding.
    """
    bias = values["head.bias"]
    weight = values["head.weight"] if "head.weight" in values else values["embedding.weight"][: len(bias)]
    y = affine(weight, h, bias)
    if terms:
        weights = affine(values["terms.weight"], h, values["terms.bias"])
        y = [a + sum(m * float(v[j]) for m, v in zip(weights, terms, strict=True)) for j, a in enumerate(y)]
    return y


def run(
    step: Step, signal: list[Vector], first: Units, weights: Mapping[str, Array], nonlinearity: str, reverse: bool
) -> Sweep:
    """Read one row's T inputs through one layer in one direction, the reverse one from the row's own end."""
    states, gates = [first], []
    for x_t in reversed(signal) if reverse else signal:
        after, gate = step(x_t, states[-1], weights, nonlinearity)
        states.append(after)
        gates.append(gate)
    last = states[-1]
    return Sweep(states[::-1], gates[::-1], last) if reverse else Sweep(states, gates, last)


def encode(architecture: Mapping[str, Any], values: Mapping[str, Array], x_t: Any) -> Vector:
    """What the first layer receives for x_t: the inputs themselves, a symbol's embedding, or its one-hot code."""
    if not architecture["symbols"]:
        return [float(value) for value in x_t]
    if architecture["embedding"] is not None:
        return [float(value) for value in values["embedding.weight"][x_t]]
    return [1.0 if symbol == x_t else 0.0 for symbol in range(architecture["inputs"])]


def initial(
    architecture: Mapping[str, Any],
    values: Mapping[str, Array],
    state: Mapping[str, ArrayLike] | None,
    k: int,
    row: int,
) -> Units:
    """The states before the first step of a row, in layer and direction k: given, or learned, or a constant."""
    if state is not None:
        return {name: np.asarray(state[name], np.float64)[k, row].tolist() for name in state}
    if architecture["initial"] == "learned":
        learned = [name for name in values if name.startswith("initial_")]
        return {name.removeprefix("initial_"): values[name][k].tolist() for name in learned}
    return {name: [float(architecture["initial"])] * architecture["hidden"] for name in ("h", "c")}


def with_biases(architecture: Mapping[str, Any], parameters: Mapping[str, ArrayLike]) -> dict[str, Array]:
    """The parameters in float64; where the network has no biases, zeros, so that each equation is written once."""
    values = {name: np.asarray(parameters[name], np.float64) for name in parameters}
    if not architecture["bias"]:
        weights = [name for name in values if name.startswith(("weight_", "head."))]
        values |= {name.replace("weight", "bias"): np.zeros(len(values[name])) for name in weights}
        values["head.bias"] = np.zeros(architecture["outputs"])
    return values


def layer_weights(values: Mapping[str, Array], layer: int, reverse: bool) -> dict[str, Array]:
    """The parameters of one layer and direction, as the cells name them: weight_ih for weight_ih_l0_reverse."""
    ending = f"_l{layer}_reverse" if reverse else f"_l{layer}"
    return {name.removesuffix(ending): value for name, value in values.items() if name.endswith(ending)}


def row_ends(lengths: ArrayLike | None, steps: int, rows: int) -> list[int]:
    """The number of steps of each row."""
    return [steps] * rows if lengths is None else [int(length) for length in np.asarray(lengths)]


# Losses ---------------------------------------------------------------------------------------------------------------


def sigmoid_cross_entropy(y: Vector, target: Iterable[float]) -> float:
    """-t log s(y) - (1-t) log(1-s(y)) = max(y, 0) - t y + log(1 + exp(-|y|))."""
    return sum(max(a, 0.0) - t * a + math.log1p(math.exp(-abs(a))) for a, t in zip(y, target, strict=True))


def softmax_cross_entropy(
    y: Vector, target: int, class_weights: Sequence[float] | None = None, smoothing: float = 0.0
) -> float:
    """-sum_j q_j log softmax(y)_j, q_j = w_j ((1-s) [j = target] + s/K), and log softmax(y)_j = y_j - log(sum exp(y)).

    From the largest y, so that no exponential overflows.
    """
    top = max(y)
    log_sum = top + math.log(sum(math.exp(a - top) for a in y))
    total = 0.0
    for j, a in enumerate(y):
        q = (1.0 - smoothing) * (j == target) + smoothing / len(y)
        total += (1.0 if class_weights is None else class_weights[j]) * q * (log_sum - a)
    return total


def squared_error(y: Vector, target: Iterable[float]) -> float:
    """(y - t)^2 / 2."""
    return sum(0.5 * (a - t) ** 2 for a, t in zip(y, target, strict=True))


def squared_error_of_sigmoid(y: Vector, target: Iterable[float]) -> float:
    """(s(y) - t)^2 / 2."""
    return squared_error([sigmoid(a) for a in y], target)


def huber(y: Vector, target: Iterable[float], delta: float) -> float:
    """(y - t)^2 / 2 up to a distance of delta, and delta (|y - t| - delta / 2) beyond."""
    distances = [abs(a - t) for a, t in zip(y, target, strict=True)]
    return sum(d * d / 2 if d <= delta else delta * (d - delta / 2) for d in distances)


def pinball(y: Vector, target: Iterable[float], levels: Sequence[float]) -> float:
    """p (t - y) where the quantile y of level p is below t, and (1 - p) (y - t) above; the levels by turns."""
    turns = list(levels) * (len(y) // len(levels))
    return sum(p * (t - a) if a < t else (1 - p) * (a - t) for a, t, p in zip(y, target, turns, strict=True))


# Losses of one right answer beside negatives that are drawn; with `negatives` None, beside each other output once.


def mix(z: int) -> int:
    """The finalizer of SplitMix64."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def derive(key: int, index: int) -> int:
    """The key of that number under a key."""
    return mix((key + 0x9E3779B97F4A7C15 * (index + 1)) % 2**64)


def random_bits(key: int, counter: int) -> int:
    """32 bits: the finalizer of MurmurHash3, twice, and between them the upper half of the key."""
    z = (counter * 0x9E3779B9 + key) % 2**32
    for half in (key >> 32, 0):
        z = (z ^ (z >> 16)) * 0x85EBCA6B % 2**32
        z = (z ^ (z >> 13)) * 0xC2B2AE35 % 2**32 ^ half
    return z ^ (z >> 16)


def chances(outputs: int, popularity: Sequence[float] | None, alpha: float, uniform: float) -> Vector:
    """Of each output to be drawn."""
    popular = [1.0 if popularity is None else float(popularity[j]) for j in range(outputs)]
    powers = [p**alpha if p > 0 else 0.0 for p in popular]
    return [(1 - uniform) * p / sum(powers) + uniform / outputs for p in powers]


def draw(negatives: int, q: Vector, key: int) -> dict[int, int]:
    """How often each output is drawn: draw k is where the chances, added up, pass (k + u) / K, u random in [0, 1)."""
    found = defaultdict[int, int](int)
    for k in range(negatives):
        u = (k + random_bits(derive(key, 1 << 20), k) / 2**32) / negatives * sum(q)
        item, below = 0, q[0]
        while below <= u and item < len(q) - 1:
            item += 1
            below += q[item]
        found[item] += 1
    return dict(found)


def beside(y: Vector, target: int, negatives: int | None, key: int, q: Vector) -> dict[int, float]:
    """How often each negative counts."""
    counts = dict.fromkeys(range(len(y)), 1) if negatives is None else draw(negatives, q, key)
    return {j: float(count) for j, count in counts.items() if j != target}


def sampled_softmax(
    y: Vector,
    target: int,
    correction: str,
    negatives: int | None,
    popularity: Sequence[float] | None,
    alpha: float,
    uniform: float,
    key: int = 0,
) -> float:
    """log(exp(p) + sum_j c_j exp(y_j) / (K q_j)) - p; without a correction not over K q_j, with logq p - log K q_t."""
    q = chances(len(y), popularity, alpha, uniform)
    counts = beside(y, target, negatives, key, q)
    own = y[target]
    if negatives is not None and correction != "none":
        counts = {j: count / (negatives * q[j]) for j, count in counts.items()}
        own -= math.log(negatives * q[target]) if correction == "logq" else 0.0
    return math.log(math.exp(own) + sum(count * math.exp(y[j]) for j, count in counts.items())) - own


def shares(y: Vector, counts: Mapping[int, float]) -> dict[int, float]:
    """The softmax of the negatives, each as often as it counts."""
    total = sum(count * math.exp(y[j]) for j, count in counts.items())
    return {j: count * math.exp(y[j]) / total for j, count in counts.items()}


def bpr_max(y: Vector, target: int, regulariser: float, negatives: int | None, key: int = 0, **more: Any) -> float:
    """-log sum_j s_j sigmoid(p - y_j) + regulariser sum_j s_j y_j^2."""
    s = shares(y, beside(y, target, negatives, key, chances(len(y), **more)))
    if not s:
        return 0.0
    better = sum(share * sigmoid(y[target] - y[j]) for j, share in s.items())
    return -math.log(better) + regulariser * sum(share * y[j] ** 2 for j, share in s.items())


def top1_max(y: Vector, target: int, negatives: int | None, key: int = 0, **more: Any) -> float:
    """sum_j s_j (sigmoid(y_j - p) + sigmoid(y_j^2))."""
    s = shares(y, beside(y, target, negatives, key, chances(len(y), **more)))
    return sum(share * (sigmoid(y[j] - y[target]) + sigmoid(y[j] ** 2)) for j, share in s.items())


# (outputs of one row at one step, its target, options) -> loss, summed over the outputs.
LOSSES: dict[str, Callable[..., float]] = {
    "bits": sigmoid_cross_entropy,
    "symbols": softmax_cross_entropy,
    "squared": squared_error,
    "squared_sigmoid": squared_error_of_sigmoid,
    "huber": huber,
    "pinball": pinball,
    "sampled_symbols": sampled_softmax,
    "bpr_max": bpr_max,
    "top1_max": top1_max,
}


def loss(
    kind: str,
    y: NDArray[Any],
    targets: NDArray[Any],
    lengths: ArrayLike | None = None,
    weights: NDArray[Any] | None = None,
    reduction: str = "mean",
    **options: Any,
) -> float:
    """The weighted loss of y (T, B, O) up to each row's end: its sum, or its mean, divided by the weights in use.

    targets: (T, B, O), or for "symbols" (T, B) integers. weights: (T, B), 1 by default. options: of the loss; with
    class_weights, the weight in use is that of the step times that of its target.

    Answers to whole rows, y (B, O), their targets and their weights have no axis of steps.
    """
    if y.ndim == 2:
        return loss(
            kind, y[None], targets[None], None, None if weights is None else weights[None], reduction, **options
        )
    total = mass = 0.0
    for row, end in enumerate(row_ends(lengths, *y.shape[:2])):
        for t in range(end):
            weight = 1.0 if weights is None else float(weights[t, row])
            total += weight * LOSSES[kind](y[t, row].tolist(), targets[t, row].tolist(), **options)
            mass += (
                weight if options.get("class_weights") is None else weight * options["class_weights"][targets[t, row]]
            )
    return total / {"sum": 1.0, "mean": mass}[reduction]


# The tutorials: binary arithmetic with a sigmoid network 2 -> H -> 1 without biases -----------------------------------

Recurrence = Callable[[Array, Array], Array]


@np.errstate(over="ignore")  # far below 0 the exponential overflows to infinity, and the quotient is 0, as it should be
def logistic(a: Array) -> Array:
    """The sigmoid of each element."""
    return 1.0 / (1.0 + np.exp(-a))


def product_inside(driven: Array, recurrent: Array) -> Array:
    """h_t = s(x_t W_0 + h_{t-1} W_h), the simple recurrent network."""
    return logistic(driven + recurrent)


def product_outside(driven: Array, recurrent: Array) -> Array:
    """h_t = s(x_t W_0) + h_{t-1} W_h, as one of the listings is printed, with the backward pass of the other reading.

    That pass is not this one's gradient: h*(1-h) is large and negative once h, which nothing bounds here, is above 1.
    """
    return logistic(driven) + recurrent


def binary(numbers: Integers, bits: int) -> Array:
    """The bits of each number, (...) -> (..., bits), least significant first."""
    return (numbers[..., np.newaxis] >> np.arange(bits) & 1).astype(np.float64)


def tutorial(
    weight_ih: Array,
    weight_hh: Array,
    weight_out: Array,
    pairs: Integers,
    answers: Integers,
    rate: float,
    first_state: float,
    bits: int,
    recurrence: Recurrence = product_inside,
) -> tuple[Array, Array, Array]:
    """The weights (H, 2), (H, H), (1, H) after one step of gradient descent for each pair of operands.

    h_t = s(x_t W_0 + h_{t-1} W_h) and y_t = s(h_t W_1), with W_0, W_h, W_1 the transposes of the weights, x_t the two
    operands' bits t, least significant first, and every unit of the initial state at first_state, which is not learned.
    An update descends the error sum_t (y_t - target_t)^2 / 2 of its pair, the gradient summed over the pair's steps.

    pairs: (U, 2) and answers: (U,), in 0..2**bits-1. rate: per update, of that sum.
    """
    weight_ih, weight_hh, weight_out = weight_ih.copy(), weight_hh.copy(), weight_out.copy()
    hidden = len(weight_hh)
    h = np.empty((bits + 1, hidden))  # h[t] enters step t, h[t + 1] leaves it
    h[0] = first_state
    hidden_delta = np.zeros((bits + 1, hidden))  # dE/d(sum inside the sigmoid) of step t; nothing follows the last step
    for x, target in zip(binary(pairs, bits).swapaxes(1, 2), binary(answers, bits), strict=True):
        driven = x @ weight_ih.T
        for t in range(bits):
            h[t + 1] = recurrence(driven[t], weight_hh @ h[t])
        y = logistic(h[1:] @ weight_out[0])
        out_delta = (y - target) * y * (1.0 - y)

        for t in reversed(range(bits)):
            upstream = hidden_delta[t + 1] @ weight_hh + out_delta[t] * weight_out[0]
            hidden_delta[t] = upstream * h[t + 1] * (1.0 - h[t + 1])
        weight_ih -= rate * hidden_delta[:-1].T @ x
        weight_hh -= rate * hidden_delta[:-1].T @ h[:-1]
        weight_out -= rate * out_delta @ h[1:]
    return weight_ih, weight_hh, weight_out


def tutorial_answers(
    weight_ih: Array,
    weight_hh: Array,
    weight_out: Array,
    pairs: Integers,
    first_state: float,
    bits: int,
    recurrence: Recurrence = product_inside,
) -> Integers:
    """The network's answer (N,) to each of the pairs (N, 2): its outputs, rounded to bits, read as a number."""
    h = np.full((len(pairs), len(weight_hh)), first_state)
    answers = np.zeros(len(pairs), np.int64)
    for t, x in enumerate(np.moveaxis(binary(pairs, bits), -1, 0)):
        h = recurrence(x @ weight_ih.T, h @ weight_hh.T)
        answers += (logistic(h @ weight_out[0]) > 0.5).astype(np.int64) << t
    return answers


# The same two under the other reading, which runs away and does not learn.
recurrent_product_outside = partial(tutorial, recurrence=product_outside)
recurrent_product_outside_answers = partial(tutorial_answers, recurrence=product_outside)
