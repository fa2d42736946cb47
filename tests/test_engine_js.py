"""The engine in a browser: what engine.js says of networks, streams and training is what elman says in Python."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from benchmarks import browser
from numpy.typing import NDArray

import elman
from elman import Network, Trainer
from elman.network import CELLS, READOUTS

pytestmark = pytest.mark.skipif(bool(browser.missing()), reason=f"{browser.missing()} is not installed")

EVERY = [(name, choice) for name, cell in CELLS.items() for choice in cell.nonlinearities or (None,)]

# Results as JSON has them: flat arrays.
PLAIN = """
import {Grid} from "./look/running/memory.js";
const plain = value =>
  value instanceof Grid ? Array.from(value.data)
  : ArrayBuffer.isView(value) || Array.isArray(value) ? Array.from(value, plain)
  : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
  : value;
Object.assign(globalThis, {plain, bytes: text => Uint8Array.from(atob(text), c => c.charCodeAt(0))});
"""
Js = Callable[..., Any]
Array = NDArray[Any]


@pytest.fixture(scope="module")
def js() -> Iterator[Js]:
    """Runs JavaScript in a page under the policy of a page of elman; `engine` and `given` are there."""
    said: list[str] = []
    with browser.page(PLAIN) as page:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        compiled = b64encode(browser.COMPILED.read_bytes()).decode()
        page.evaluate("async text => { globalThis.engine = await Engine.load(bytes(text)); }", compiled)

        def run(body: str, **given: Any) -> Any:
            return page.evaluate(f"given => {{ {body} }}", {name: sent(value) for name, value in given.items()})

        yield run
    assert said == []


def sent(value: Any) -> Any:
    """What goes to the page: a network is its architecture and parameters, an array its numbers."""
    if isinstance(value, Network):
        return {"architecture": value.architecture.to_json(), "parameters": value.parameters.flat.tolist()}
    if isinstance(value, np.ndarray):
        return value.ravel().tolist()
    return {name: sent(one) for name, one in value.items()} if isinstance(value, dict) else value


def close(found: Any, expected: Array, atol: float = 1e-6) -> None:
    np.testing.assert_allclose(np.reshape(found, np.shape(expected)), expected, rtol=0, atol=atol)


def batch(network: Network, rng: np.random.Generator, steps: int = 5, rows: int = 2) -> tuple[Array, Array]:
    a = network.architecture
    targets = rng.integers(0, 2, (*a.answers(steps, rows), a.outputs)).astype(np.float32)
    if a.symbols:
        return rng.integers(0, a.inputs, (steps, rows)).astype(np.int32), targets
    return rng.standard_normal((steps, rows, a.inputs)).astype(np.float32), targets


NETWORK = "const network = engine.network(given.network.architecture, given.network.parameters);"


@pytest.mark.parametrize(("cell", "nonlinearity"), EVERY)
def test_every_cell_answers_and_learns_as_in_python(
    js: Js, cell: str, nonlinearity: str | None, rng: np.random.Generator
) -> None:
    network = Network(3, 2, cell=cell, nonlinearity=nonlinearity, hidden=6, layers=2, noise=0.1, seed=4)
    decay = {"weight_hh*": 0.01} if CELLS[cell].recurrent else 0.01
    x, targets = batch(network, rng)
    state = {name: rng.standard_normal((2, 2, 6)).astype(np.float32) for name in network.architecture.states}
    given = elman.State(**state)
    body = (
        NETWORK
        + """
      const sequences = {inputs: given.x, targets: given.targets, rows: 2, lengths: [5, 3], state: given.state};
      const found = {
        trace: network.trace(sequences),
        losses: network.losses(sequences, "bits"),
        step: network.lossAndGradient(sequences, "bits"),
        vjp: network.vjp(sequences, {y: given.targets, ...given.state}),
      };
      const trainer = network.trainer({
        optimizer: {name: "Adam", rate: 0.003, weight_decay: given.decay},
        schedule: u => 0.5 ** Math.floor(u / 100), clip_norm: 1, seed: 9,
      });
      const all = Array.from({length: 1000}, () => trainer.update({...sequences, state: undefined}));
      const result = plain({...found, all, parameters: network.parameters});
      trainer.release(), network.release();
      return result;"""
    )
    found = js(body, network=network, x=x, targets=targets, state=state, decay=decay)
    traced = network.trace(x, state=given, lengths=[5, 3])
    for name, values in {"y": found["trace"]["y"], **found["trace"]["gates"], **found["trace"]["states"]}.items():
        close(values, traced[name])
    close(found["losses"], network.losses(x, targets, lengths=[5, 3], state=given)[0])
    step = network.loss_and_gradient(x, targets, lengths=[5, 3], state=given)
    close(found["step"]["loss"], np.array(step.loss))
    close(found["step"]["gradient"], step.gradient.flat)
    back = network.vjp(x, targets, given, given, [5, 3])
    close(found["vjp"]["gradient"], back.parameters.flat, 1e-5)
    assert back.x is not None
    close(found["vjp"]["inputs"], back.x, 1e-5)
    for name, values in found["vjp"]["state"].items():
        close(values, back.state[name], 1e-5)
    trainer = Trainer(
        network,
        optimizer=elman.Adam(0.003, weight_decay=decay),
        schedule=elman.Steps(every=100),
        clip_norm=1,
        seed=9,
    )
    one = elman.Batch(inputs=x, targets=targets, lengths=np.array([5, 3]))
    close(found["all"], np.concatenate([p.losses for p in trainer.run(one for _ in range(1000))]), 1e-4)
    close(found["parameters"], network.parameters.flat, 1e-3)


@pytest.mark.parametrize(
    "optimizer",
    [
        elman.SGD(0.1),
        elman.SGD(0.1, momentum=0.9, nesterov=True),
        elman.RMSProp(momentum=0.5),
        elman.Adagrad(0.1),
        elman.Adam(0.01, betas=(0.8, 0.99), weight_decay=0.1),
        elman.AdamW(0.01),
        elman.LazyAdam(0.01),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_optimizers_and_losses_are_those_of_python(
    js: Js, optimizer: elman.Optimizer, rng: np.random.Generator
) -> None:
    network = Network(7, 4, cell="gru", hidden=5, symbols=True, embedding=3, noise=0.5, seed=2)
    x = rng.integers(0, 7, (6, 8)).astype(np.int32)
    targets = rng.integers(0, 4, (6, 8)).astype(np.int32)
    settings = {"name": type(optimizer).__name__, **vars(optimizer)}
    body = (
        NETWORK
        + """
      const loss = {name: "symbols", smoothing: 0.1, of_outputs: [1, 2, 1, 0.5]};
      const trainer = network.trainer({loss, optimizer: given.optimizer, reduction: "sum"});
      const losses = trainer.fit({inputs: given.x, targets: given.targets, rows: 8}, 2, 0.3);
      return plain([...losses, ...network.parameters]);"""
    )
    found = js(body, network=network, x=x, targets=targets, optimizer=settings)
    loss = elman.CrossEntropy(class_weights=[1, 2, 1, 0.5], smoothing=0.1)
    trainer = Trainer(network, loss=loss, optimizer=optimizer, reduction="sum")
    plan = elman.Plan(examples=elman.Batch(inputs=x, targets=targets), rows=np.arange(8).reshape(4, 2), noise=0.3)
    [progress] = trainer.run([plan])
    close(found, np.concatenate([progress.losses, network.parameters.flat]), 1e-5)


@pytest.mark.parametrize("loss", ["squared", "squared_sigmoid", "huber", "pinball"])
def test_losses_of_numbers_are_those_of_python(js: Js, loss: str, rng: np.random.Generator) -> None:
    network = Network(2, 3, hidden=4)
    x, targets = batch(network, rng)
    options = {"name": loss, "delta": 0.3, "of_outputs": [0.1, 0.5, 0.9]}
    of = {"huber": elman.Huber(delta=0.3), "pinball": elman.Pinball(levels=(0.1, 0.5, 0.9))}.get(loss, loss)
    body = NETWORK + "return plain(network.losses({inputs: given.x, targets: given.targets, rows: 2}, given.loss));"
    expected = network.losses(x, targets[..., :1] if loss == "pinball" else targets, loss=of)[0]
    close(
        js(
            body,
            network=network,
            x=x,
            targets=np.repeat(targets[..., :1], 3, -1) if loss == "pinball" else targets,
            loss=options,
        ),
        expected,
    )


@pytest.mark.parametrize(
    "shape", [{}, {"symbols": True, "inputs": 5}, *({"readout": r} for r in READOUTS if r != "steps")], ids=str
)
def test_a_stream_says_step_by_step_what_a_trace_says(js: Js, shape: dict[str, Any], rng: np.random.Generator) -> None:
    network = Network(**{"inputs": 3, "outputs": 2, "hidden": 4, "layers": 2, "initial": "learned", **shape})
    network.parameters.flat[:] += 0.1
    x, _ = batch(network, rng)
    body = (
        NETWORK
        + """
      const stream = network.stream({rows: 2});
      network.parameters.fill(0);
      const each = given.x.map(values => Array.from(stream.step(values)));
      const state = plain(stream.state);
      stream.reset();
      const again = Array.from(stream.step(given.x[0]));
      stream.state = state;
      const kept = plain(stream.state);
      stream.release();
      return {each, state, again, kept};"""
    )
    found = js(body, network=network, x=[one.ravel().tolist() for one in x])
    stream = network.stream(batch=2)
    expected = np.stack([stream.step(one) for one in x])
    close(found["each"], expected)
    close(found["again"], expected[0])
    for name, values in stream.state.items():
        close(found["state"][name], values)
        assert found["kept"][name] == found["state"][name]


def test_a_sample_is_that_of_python(js: Js, rng: np.random.Generator) -> None:
    network = Network(6, 6, symbols=True, hidden=5, seed=3)
    network.parameters.flat[:] *= 5
    uniform = rng.random((40, 2))
    body = NETWORK + "return plain(network.stream({rows: 2}).sample([1, 4], given.uniform, 0.7));"
    found = js(body, network=network, uniform=uniform)
    assert found == network.stream(batch=2).sample([1, 4], uniform, 0.7).ravel().tolist()


@pytest.mark.parametrize(
    "shape",
    [{"cell": c, "nonlinearity": n} for c, n in EVERY] + [{"readout": "attention", "initial": "learned"}],
    ids=str,
)
def test_the_same_seed_gives_the_same_weights(js: Js, shape: dict[str, Any]) -> None:
    for scale in (None, 0.3):
        network = Network(3, 2, hidden=5, **shape)
        network.initialise(np.random.default_rng((11, 0)), scale)
        body = """
          const network = engine.network(given.architecture);
          network.initialise(engine.random(11, 0), given.scale);
          return plain(network.parameters);"""
        assert js(body, architecture=network.architecture.to_json(), scale=scale) == network.parameters.flat.tolist()


@pytest.mark.parametrize(
    "shape", [{"cell": c} for c in CELLS] + [{"symbols": True}, {"symbols": True, "embedding": 4}], ids=str
)
def test_reach_is_the_gradient_by_each_earlier_state_and_input(
    js: Js, shape: dict[str, Any], rng: np.random.Generator
) -> None:
    network = Network(3, 2, hidden=4, layers=2, **shape)
    a = network.architecture
    x, targets = batch(network, rng, 6, 1)
    last = 4
    body = NETWORK + 'return plain(network.reach({inputs: given.x, targets: given.targets}, "bits", 4));'
    found = js(body, network=network, x=x, targets=targets)
    traced = network.trace(x)
    losses = network.losses(x, targets)[0]
    close(found["loss"], losses[last, 0])
    dy = np.zeros((last + 1, 1, 2), np.float32)
    dy[last] = 1 / (1 + np.exp(-traced["y"][last])) - targets[last]
    for t in range(last + 1):
        state = elman.State(**{name: traced[name][:, t] for name in a.states})
        back = network.vjp(x[t : last + 1], dy[t:], state=state)
        for name in a.states:
            close(np.reshape(found["states"][name], (last + 2, -1))[t], back.state[name].ravel())
    back = network.vjp(x[: last + 1], dy)
    reached = np.reshape(found["inputs"], (last + 1, -1))
    if not a.symbols:
        assert back.x is not None
        close(reached, back.x[:, 0])
        return
    total = np.zeros((3, reached.shape[1]))
    np.add.at(total, x[: last + 1, 0], reached)
    close(total, back.parameters["embedding.weight"] if a.embedding else back.parameters["weight_ih_l0"].T)


def test_terms_are_added_as_in_python(js: Js, rng: np.random.Generator) -> None:
    network = Network(3, 4, hidden=5, terms=1, seed=1)
    network.parameters.flat[:] += 0.1
    x, targets = batch(network, rng)
    given: dict[str, Any] = {
        "rows": rng.integers(-1, 3, (5, 2)),
        "indptr": [0, 2, 2, 3],
        "indices": [0, 3, 1],
        "data": [0.5, -1, 2],
    }
    body = (
        NETWORK
        + """
      const sequences = {inputs: given.x, targets: given.targets, rows: 2, terms: [given.term]};
      return plain({...network.trace(sequences), ...network.lossAndGradient(sequences, "bits")});"""
    )
    found = js(body, network=network, x=x, targets=targets, term=given)
    term = elman.Term(**given)
    close(found["y"], network.trace(x, terms=[term])["y"])
    step = network.loss_and_gradient(x, targets, terms=[term])
    close(found["loss"], np.array(step.loss))
    close(found["gradient"], step.gradient.flat)
    with pytest.raises(Exception, match=r"terms.indptr: expected a whole number from 2 to 2147483647; found 1"):
        js(body, network=network, x=x, targets=targets, term={**given, "indptr": [0, 2, 1, 3]})


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            'engine.network({inputs: 1, outputs: 1, cell: "<b>"})',
            "cell: expected one of rnn, lstm, gru, none; found <b>",
        ),
        (
            "engine.network({inputs: 1, outputs: 1e9})",
            "outputs: expected a whole number from 1 to 1048576; found 1000000000",
        ),
        ("engine.network({inputs: 1, outputs: 1}, [1])", "parameters: expected 1233 numbers; found 1"),
        ("some.trace({inputs: [1, 2, 3]})", "steps: expected a whole number from 1 to 2147483647; found 1.5"),
        ("some.trace({inputs: [1, NaN]})", "inputs: expected finite numbers"),
        ("some.trace({inputs: [1, 1], lengths: [2]})", "lengths: expected a whole number from 0 to 1; found 2"),
        ("some.losses({inputs: [1, 1]}, 'bits')", "targets: expected 2 numbers; found none"),
        (
            "some.losses({inputs: [1, 1], targets: [2]}, 'symbols')",
            "targets: expected a whole number from 0 to 1; found 2",
        ),
        ("some.stream({state: {h: [1]}})", "state.h: expected 3 numbers; found 1"),
        (
            "some.trainer({optimizer: {name: 'Atom'}})",
            "optimizer: expected one of SGD, RMSProp, Adagrad, Adam, AdamW, LazyAdam; found Atom",
        ),
        (
            "some.trainer({loss: 'squared', optimizer: {name: 'SGD', rate: 1}})"
            ".update({inputs: [1, 1], targets: [1e30, 0]})",
            "update 1: the loss is not finite; the network is as update 0 left it",
        ),
    ],
)
def test_errors_say_where_and_what_was_expected(js: Js, code: str, message: str) -> None:
    body = f"""
      const some = engine.network({{inputs: 2, outputs: 2, cell: "rnn", hidden: 3}});
      try {{ {code}; }} catch (error) {{ return [error.name, error.message]; }}"""
    assert js(body) == ["EngineError", message]


def test_memory_is_used_again(js: Js) -> None:
    body = """
      const size = () => engine.exports.memory.buffer.byteLength;
      const round = () => {
        const network = engine.network({inputs: 1, outputs: 1, hidden: 64});
        const trainer = network.trainer({optimizer: {name: "Adam", rate: 0.01}});
        trainer.update({inputs: Array(500).fill(0.5), targets: Array(500).fill(1)});
        network.trace({inputs: Array(500).fill(0.5)});
        const stream = network.stream();
        stream.step([1]);
        stream.release(), trainer.release(), network.release();
      };
      round(), round();
      const before = size();
      for (let i = 0; i < 50; ++i) round();
      return size() - before;"""
    assert js(body) == 0
