"""ONNX Runtime, with models made by the onnx package; LSTMs only."""

from __future__ import annotations

from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from elman._engine import threads
from elman.bench.problems import Folded, Model, Scoring, Streaming
from elman.bench.race import Run, Runner
from elman.interop.graph import Graph, Tensors
from elman.network.checks import Array


def session_of(graph: Graph, inputs: Tensors, outputs: Tensors) -> Any:
    """An InferenceSession on as many threads as the process has."""
    runtime = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads(), 1
    model = graph.model("language", inputs, outputs).SerializeToString()
    return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def state_names(model: Model) -> list[str]:
    """Of the inputs; outputs have `_out` after them."""
    return [f"{state}{layer}" for layer in range(model.layers) for state in "hc"]


def lstm(graph: Graph, model: Model) -> str:
    """`LSTM` operators over the input `x` (T, B, V), one-hot, and a product: the name of the logits (T, B, V)."""

    def reordered(gates: Array) -> Array:
        i, f, g, o = np.split(gates, 4)
        return np.concatenate([i, o, f, g])[None]

    w, below = model.parameters(), "x"
    for k in range(model.layers):
        biases = np.concatenate([reordered(w[f"bias_{side}_l{k}"]) for side in ("ih", "hh")], axis=1)
        inputs = [
            below,
            graph.constant(f"w{k}", reordered(w[f"weight_ih_l{k}"])),
            graph.constant(f"r{k}", reordered(w[f"weight_hh_l{k}"])),
            graph.constant(f"b{k}", biases),
            "",
            f"h{k}",
            f"c{k}",
        ]
        y = graph.node("LSTM", inputs, f"y{k}", f"h{k}_out", f"c{k}_out", hidden_size=model.hidden)
        below = graph.node("Squeeze", [y, graph.constant(f"direction{k}", np.array([1]))], f"below{k}")
    product = graph.node("MatMul", [below, graph.constant("head", w["head.weight"].T)], "product")
    return graph.node("Add", [product, graph.constant("head_bias", w["head.bias"])], "logits")


def lstm_by_hand(graph: Graph, model: Model) -> str:
    """One step of one row in ONNX's plain operators, over the input `symbol` (1,): the name of the logits (1, V)."""
    folded = Folded.of(model)
    sizes, h = graph.constant("sizes", np.full(4, model.hidden)), ""
    row = graph.node("Gather", [graph.constant("table", folded.table), "symbol"], "row")
    for k, (product, bias) in enumerate(zip(folded.products, folded.biases, strict=True)):
        weights = graph.constant(f"w{k}", product.T)
        whole = f"h{k}" if bias is None else graph.node("Concat", [h, f"h{k}"], f"whole{k}", axis=1)
        added = row if bias is None else graph.constant(f"b{k}", bias)
        a = graph.node("Gemm", [whole, weights, added], f"a{k}")
        gates = {gate: f"{gate}{k}_before" for gate in "ifgo"}
        graph.node("Split", [a, sizes], *gates.values(), axis=1)
        i, f, o = (graph.node("Sigmoid", [gates[gate]], f"{gate}{k}") for gate in "ifo")
        g = graph.node("Tanh", [gates["g"]], f"g{k}")
        kept, new = graph.node("Mul", [f, f"c{k}"], f"kept{k}"), graph.node("Mul", [i, g], f"new{k}")
        c = graph.node("Add", [kept, new], f"c{k}_out")
        h = graph.node("Mul", [o, graph.node("Tanh", [c], f"tanh_c{k}")], f"h{k}_out")
    head, head_bias = graph.constant("head", folded.head.T), graph.constant("head_bias", folded.head_bias)
    return graph.node("Gemm", [h, head, head_bias], "logits")


def streamer(p: Streaming) -> Runner:
    """`LSTM` operators on one-hot inputs."""
    graph, model = Graph(), p.model
    symbols = graph.constant("symbols", np.array(model.symbols))
    ends = graph.constant("ends", np.array([0, 1], np.float32))
    row = graph.node("OneHot", ["symbol", symbols, ends], "row", axis=-1)
    graph.node("Unsqueeze", [row, graph.constant("time", np.array([0]))], "x")
    return drawing(p, graph, lstm(graph, model), [1, 1, model.hidden])


def streamer_by_hand(p: Streaming) -> Runner:
    """Plain operators, which look the symbol up."""
    graph, model = Graph(), p.model
    return drawing(p, graph, lstm_by_hand(graph, model), [1, model.hidden])


def drawing(p: Streaming, graph: Graph, logits: str, shape: list[int]) -> Runner:
    """Draws in the graph, step by step; the symbol and the states go to and fro between two sets of bound arrays."""
    row = graph.node("Reshape", [logits, graph.constant("all", np.array([-1]))], "flat_logits")
    softmax = graph.node("Softmax", [row], "softmax")
    sums = graph.node("CumSum", [softmax, graph.constant("axis", np.array(0))], "sums")
    before = graph.node("LessOrEqual", [sums, "uniform"], "before")
    below = graph.node("Cast", [before], "below", to=graph.kinds[np.int64])
    count = graph.node("ReduceSum", [below], "count", keepdims=0)
    last = graph.constant("last", np.array([p.model.symbols - 1]))
    graph.node("Min", [count, last], "symbol_out")  # the sums may end a little below 1

    moving = {"symbol": (np.int64, [1]), **dict.fromkeys(state_names(p.model), (np.float32, shape))}
    session = session_of(
        graph, {"uniform": (np.float32, [1]), **moving}, {f"{name}_out": kind for name, kind in moving.items()}
    )
    uniform = np.zeros(1, np.float32)
    sets = [{name: np.zeros(shape, kind) for name, (kind, shape) in moving.items()} for _ in range(2)]
    bindings = [bound(session, {"uniform": uniform, **sets[k]}, sets[1 - k]) for k in range(2)]

    def run(count: int) -> Run:
        for array in sets[0].values():
            array[...] = 0
        drawn = []
        began = perf_counter()
        for t in range(count):
            uniform[0] = p.uniform[t]
            session.run_with_iobinding(bindings[t % 2])
            drawn.append(int(sets[1 - t % 2]["symbol"][0]))
        return Run(perf_counter() - began, {"symbols": np.array(drawn)})

    return run


def bound(session: Any, inputs: dict[str, Array], outputs: dict[str, Array]) -> Any:
    """A session's inputs and outputs (by the names that they have as inputs) in these arrays."""
    binding = session.io_binding()
    for name, array in inputs.items():
        binding.bind_input(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
    for name, array in outputs.items():
        binding.bind_output(f"{name}_out", "cpu", 0, array.dtype, array.shape, array.ctypes.data)
    return binding


def scorer(p: Scoring) -> Runner:
    """`LSTM` operators window by window, the log-softmax in the graph; one-hot inputs made ready off the clock."""
    graph, model = Graph(), p.model
    names, shape = state_names(model), [1, p.batch, model.hidden]
    logarithms = graph.node("LogSoftmax", [lstm(graph, model)], "logarithms", axis=-1)
    chosen = graph.node("GatherElements", [logarithms, "targets"], "chosen", axis=2)
    graph.node("ReduceSum", [chosen, graph.constant("steps", np.array([0, 2]))], "sums", keepdims=0)
    session = session_of(
        graph,
        {
            "x": (np.float32, [p.window, p.batch, model.symbols]),
            "targets": (np.int64, [p.window, p.batch, 1]),
            **dict.fromkeys(names, (np.float32, shape)),
        },
        {"sums": (np.float32, [p.batch]), **{f"{name}_out": (np.float32, shape) for name in names}},
    )
    x, text = np.eye(model.symbols, dtype=np.float32)[p.text], p.text.astype(np.int64)[:, :, None]

    def run(symbols: int) -> Run:
        states = {name: np.zeros(shape, np.float32) for name in names}
        total = np.zeros(p.batch)
        began = perf_counter()
        for inputs, targets in p.windows(symbols):
            sums, *last = session.run(None, {"x": x[inputs], "targets": text[targets], **states})
            states = dict(zip(names, last, strict=True))
            total -= sums
        return Run(perf_counter() - began, {"losses": total})

    return run
