"""What must not change a result: padding, order of rows, windows, threads, precision, earlier runs.

And what must not become one: arguments that are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
from instances import (
    HIDDEN,
    INPUTS,
    INSTANCES,
    LENGTHS,
    LOSSES,
    NOISES,
    OUTPUTS,
    READOUTS,
    ROWS,
    STEPS,
    Array,
    Instance,
    assert_close,
    random_answers,
    random_inputs,
    random_network,
    random_state,
    random_targets,
)

EXACT = 1e-12
CELLS_AND_READOUTS = [*((cell, "steps") for cell in elman.CELLS), *(("gru", readout) for readout in READOUTS)]
Results = dict[str, Array]


def everything(
    network: elman.Network, x: NDArray[Any], dy: Array, *, noise_key: int | None = None, **more: Any
) -> Results:
    """All that a network computes from x, by name; with a noise key, all that it computes in training."""
    g = network.vjp(x, dy, noise_key=noise_key, **more)
    loss = network.loss_and_gradient(x, dy, loss="squared", noise_key=noise_key, **more)
    results = {f"trace.{name}": array for name, array in network.trace(x, noise_key=noise_key, **more).items()}
    results |= {f"gradient.{name}": array for name, array in g.parameters.items()}
    results |= {f"loss.{name}": array for name, array in loss.gradient.items()}
    results |= {f"loss.final.{name}": array for name, array in loss.state.items()}
    results |= {f"gradient.state.{name}": array for name, array in g.state.items()}
    results["loss"] = np.array(loss.loss)
    if g.x is not None:
        results["gradient.x"] = g.x
    if noise_key is None:
        y, final = network.forward(x, **more)
        results |= {"y": y} | {f"final.{name}": array for name, array in final.items()}
    return results


# --- rows ---


@pytest.mark.parametrize("instance", [i for i in INSTANCES if i.ragged and i.layers == 2], ids=str)
def test_padding_changes_nothing_whatever_it_holds(instance: Instance, rng: np.random.Generator) -> None:
    network, x, state, lengths = instance.build(rng)
    dy = random_answers(rng, network)
    before = everything(network, x, dy, state=state, lengths=lengths)
    padding = np.arange(STEPS)[:, None] >= LENGTHS
    x[padding] = -1 if network.architecture.symbols else np.nan
    if network.architecture.per_step:
        dy[padding] = np.nan
        np.testing.assert_array_equal(before["y"][padding], 0)
    assert_close(everything(network, x, dy, state=state, lengths=lengths), before, 0)
    if "gradient.x" in before:
        np.testing.assert_array_equal(before["gradient.x"][padding], 0)


@pytest.mark.parametrize("name", LOSSES)
def test_padding_of_targets_and_weights_changes_no_loss(name: str, rng: np.random.Generator) -> None:
    network = random_network(rng)
    x, padding = random_inputs(rng, network, STEPS, ROWS), np.arange(STEPS)[:, None] >= LENGTHS
    weights = rng.uniform(0, 1, (STEPS, ROWS))
    loss = LOSSES[name]
    targets = random_targets(rng, loss, (STEPS, ROWS))
    before = network.loss_and_gradient(x, targets, loss=loss, lengths=LENGTHS, weights=weights)
    weights[padding] = -1
    targets[padding] = -1 if loss.symbols else np.nan
    after = network.loss_and_gradient(x, targets, loss=loss, lengths=LENGTHS, weights=weights)
    assert after.loss == before.loss
    np.testing.assert_array_equal(after.gradient.flat, before.gradient.flat)


@pytest.mark.parametrize("instance", [i for i in INSTANCES if i.ragged and i.begins == "given"], ids=str)
def test_rows_in_another_order_give_results_in_that_order(instance: Instance, rng: np.random.Generator) -> None:
    network, x, state, lengths = instance.build(rng)
    assert state is not None and lengths is not None
    order = np.array([2, 0, 1])
    one = network.forward(x, state, lengths)
    two = network.forward(x[:, order], elman.State(**{n: a[:, order] for n, a in state.items()}), lengths[order])
    y = one[0][:, order] if network.architecture.per_step else one[0][order]
    assert_close({"y": two[0], **two[1]}, {"y": y, **{n: a[:, order] for n, a in one[1].items()}}, 0)


# --- time ---


@pytest.mark.parametrize("cell", elman.CELLS)
def test_one_pass_is_two_passes_that_hand_the_state_on(cell: str, rng: np.random.Generator) -> None:
    network = random_network(rng, cell=cell, layers=2)
    x, first = random_inputs(rng, network, 10, ROWS), random_state(rng, network, ROWS)
    whole, last = network.forward(x, first)
    begin, middle = network.forward(x[:4], first)
    rest, end = network.forward(x[4:], middle)
    assert_close({"y": np.concatenate([begin, rest]), **end}, {"y": whole, **last}, EXACT)


@pytest.mark.parametrize("instance", [i for i in INSTANCES if not i.ragged and not i.bidirectional], ids=str)
def test_stream_is_forward_step_by_step(instance: Instance, rng: np.random.Generator) -> None:
    network, x, state, _ = instance.build(rng)
    wanted, last = network.forward(x, state)
    if not network.architecture.per_step:  # each answer is that of the steps so far
        wanted = np.stack([network.forward(x[:end], state)[0] for end in range(1, STEPS + 1)])
    stream = network.stream(state, ROWS)
    y = np.stack([stream.step(x_t) for x_t in x])
    assert_close({"y": y, **stream.state}, {"y": wanted, **last}, EXACT)


@pytest.mark.parametrize("symbols", [False, True])
@pytest.mark.parametrize(("cell", "readout"), CELLS_AND_READOUTS)
def test_stream_reads_for_any_number_of_other_rows(
    cell: str, readout: str, symbols: bool, rng: np.random.Generator
) -> None:
    network = random_network(rng, cell=cell, readout=readout, symbols=symbols, layers=2)
    stream = network.stream(batch=2)
    mine = {name: values.copy() for name, values in stream.state.items()}
    for rows in (1, ROWS, 9):
        x, state = random_inputs(rng, network, 2, rows), random_state(rng, network, rows)
        wanted, last = network.forward(x[:1], state)
        y, after = stream.step_from(state, x[0])
        assert_close({"y": y, **after}, {"y": wanted.reshape(y.shape), **last}, EXACT)
    assert_close(stream.state, mine, 0)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("cell", "readout"), CELLS_AND_READOUTS)
def test_long_sequences_are_read_in_windows_without_a_seam(
    cell: str, readout: str, bidirectional: bool, rng: np.random.Generator
) -> None:
    """`forward` reads 73 steps at a time, `trace` all at once."""
    network = random_network(rng, cell=cell, layers=2, bidirectional=bidirectional, readout=readout)
    lengths = np.array([1, 255, 256, 257, 512, 513, 600])
    x, state = random_inputs(rng, network, 600, len(lengths)), random_state(rng, network, len(lengths))
    y, final = network.forward(x, state, lengths)
    trace, places = network.trace(x, state, lengths), len(final["h"])
    ends = [0 if bidirectional and place % 2 else -1 for place in range(places)]
    wanted = {name: np.stack([trace[name][k, ends[k]] for k in range(places)]) for name in final}
    assert_close({"y": y, **final}, {"y": trace["y"], **wanted}, EXACT)


# --- threads, precision, memory ---


@pytest.fixture
def threads() -> Iterator[None]:
    """Gives the thread count back."""
    before = elman.threads()
    yield
    elman.set_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("noise_key", [None, 5])
@pytest.mark.parametrize(("cell", "readout"), CELLS_AND_READOUTS)
def test_thread_count_makes_no_difference(
    cell: str, readout: str, noise_key: int | None, rng: np.random.Generator
) -> None:
    """Nor to noise and dropout. Each of three threads has more than a million multiplications to do."""
    network = random_network(rng, cell=cell, hidden=60, layers=2, bidirectional=True, readout=readout, **NOISES)
    network.parameters.flat /= 4
    x, dy = random_inputs(rng, network, 30, 11), random_answers(rng, network, 30, 11)
    assert x.shape[0] * x.shape[1] * network.parameters.flat.size > 3e6
    lengths = rng.integers(1, 31, 11)
    results: dict[int, Results] = {}
    for count in (1, 2, 3):
        elman.set_threads(count)
        results[count] = everything(network, x, dy, lengths=lengths, noise_key=noise_key)
        # With one thread count, the same bits.
        assert_close(everything(network, x, dy, lengths=lengths, noise_key=noise_key), results[count], 0)
    assert_close(results[2], results[1], EXACT)
    assert_close(results[3], results[1], EXACT)
    # The work was really shared: gradients were added in another order.
    names = [name for name in results[1] if name.startswith("gradient.weight")]
    assert any(not np.array_equal(results[2][name], results[1][name]) for name in names)
    assert any(not np.array_equal(results[3][name], results[2][name]) for name in names)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("count", [-1, 0, 10**6])
def test_thread_count_that_is_none_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"threads: expected a whole number from 1 .* found {count}"):
        elman.set_threads(count)


@pytest.mark.parametrize("instance", [i for i in INSTANCES if i.begins == "given"], ids=str)
def test_float32_is_near_float64(instance: Instance, rng: np.random.Generator) -> None:
    network, x, state, lengths = instance.build(rng)
    dy = random_answers(rng, network)
    single = elman.Network.of(elman.Architecture(**{**network.architecture.to_json(), "dtype": "float32"}))
    single.parameters.flat[:] = network.parameters.flat
    found = everything(single, x, dy, state=state, lengths=lengths)
    assert {array.dtype for name, array in found.items() if name != "loss"} == {np.dtype(np.float32)}
    assert_close(found, everything(network, x, dy, state=state, lengths=lengths), 1e-4)


@pytest.mark.parametrize("instance", [i for i in INSTANCES if i.ragged and i.layers == 2], ids=str)
def test_earlier_runs_leave_no_trace(instance: Instance, rng: np.random.Generator) -> None:
    """Working memory is kept from run to run; what a larger run full of NaN left there must not be read."""
    network, x, state, lengths = instance.build(rng)
    dy = random_answers(rng, network)
    fresh = everything(network, x, dy, state=state, lengths=lengths)
    kept = network.parameters.flat.copy()
    network.parameters.flat[:] = np.nan
    everything(network, random_inputs(rng, network, 7, 9), random_answers(rng, network, 7, 9))
    network.parameters.flat[:] = kept
    assert_close(everything(network, x, dy, state=state, lengths=lengths), fresh, 0)


@pytest.mark.parametrize("instance", [i for i in INSTANCES if i.ragged and i.begins == "given"], ids=str)
def test_arguments_may_be_read_only_and_in_any_layout(instance: Instance, rng: np.random.Generator) -> None:
    network, x, state, lengths = instance.build(rng)
    assert state is not None and lengths is not None
    dy = random_answers(rng, network)
    wanted = everything(network, x, dy, state=state, lengths=lengths)
    x, dy, lengths = np.asfortranarray(x), np.asfortranarray(dy), np.repeat(lengths, 2)[::2]
    state = elman.State(**{name: np.asfortranarray(array) for name, array in state.items()})
    for array in (x, dy, lengths, *state.values(), network.parameters.flat):
        array.flags.writeable = False
    assert_close(everything(network, x, dy, state=state, lengths=lengths), wanted, 0)


def test_results_are_the_callers_own(rng: np.random.Generator) -> None:
    network = random_network(rng)
    x, state = random_inputs(rng, network, STEPS, ROWS), random_state(rng, network, ROWS)
    y, final = network.forward(x, state)
    kept = y.copy()
    stream = network.stream(state, ROWS)
    stream.step(x[0])
    network.forward(x + 1, state)
    np.testing.assert_array_equal(y, kept)
    arrays = [x, *state.values(), *final.values(), *stream.state.values()]
    assert not any(np.shares_memory(a, b) for a in arrays for b in arrays if a is not b)


# --- arguments ---

X = np.zeros((STEPS, ROWS, INPUTS))
WRONG_ARGUMENTS: dict[str, tuple[Callable[[elman.Network], object], str]] = {
    "x without its axis of inputs": (
        lambda n: n.forward(X[..., 0]),
        r"x: expected shape \(any, any, 6\); found \(4, 3\)",
    ),
    "x of other inputs": (lambda n: n.forward(X[..., 1:]), r"x: expected shape \(any, any, 6\); found \(4, 3, 5\)"),
    "no step": (lambda n: n.forward(X[:0]), "x: expected at least one step and one row"),
    "no row": (lambda n: n.forward(X[:, :0]), "x: expected at least one step and one row"),
    "words": (lambda n: n.forward([[["one"] * INPUTS]]), "x: expected real numbers; found <U3"),
    "complex numbers": (lambda n: n.forward(X + 1j), "x: expected real numbers; found complex128"),
    "numbers beyond float32": (
        lambda _: elman.Network(INPUTS, OUTPUTS).forward(X + 1e300),
        "x: expected numbers that float32 can hold",
    ),
    "length of 0": (lambda n: n.forward(X, lengths=[0, 4, 1]), "lengths: expected whole numbers from 1 to 4; found 0"),
    "length beyond the end": (lambda n: n.forward(X, lengths=[2, 5, 1]), "lengths: expected .* found 1 to 5"),
    "lengths with a point": (lambda n: n.forward(X, lengths=[2.0, 4.0, 1.0]), "lengths: expected whole numbers"),
    "lengths of other rows": (lambda n: n.forward(X, lengths=[2, 4]), r"lengths: expected shape \(3\); found \(2,\)"),
    "state without c": (
        lambda n: n.forward(X, elman.State(h=np.zeros((1, ROWS, HIDDEN)))),
        "state: expected the states h, c; found h",
    ),
    "number for a state": (lambda n: n.forward(X, 7), "state: expected the states h, c; found 7"),  # type: ignore[arg-type]
    "state of other rows": (
        lambda n: n.forward(X, n.new_state(2)),
        r"state.h: expected shape \(1, 3, 5\); found \(1, 2, 5\)",
    ),
    "cotangent of other shape": (lambda n: n.vjp(X, X), r"dy: expected shape \(4, 3, 2\); found \(4, 3, 6\)"),
    "cotangent of a state of other shape": (
        lambda n: n.vjp(X, X[..., :OUTPUTS], n.new_state(1)),
        r"dstate.h: expected shape \(1, 3, 5\)",
    ),
    "weights of other shape": (
        lambda n: n.loss_and_gradient(X, X[..., :OUTPUTS], weights=X),
        r"weights: expected shape \(4, 3\); found \(4, 3, 6\)",
    ),
    "negative weights": (
        lambda n: n.loss_and_gradient(X, X[..., :OUTPUTS], weights=X[..., 0] - 1),
        "weights: expected none below 0; found -1.0",
    ),
    "state of other rows than a step is of": (
        lambda n: n.stream().step_from(n.new_state(2), X[0]),
        r"state.h: expected shape \(1, 3, 5\); found \(1, 2, 5\)",
    ),
    "x of a stream of other rows": (
        lambda n: n.stream(batch=2).step(X[0]),
        r"x: expected shape \(2, 6\); found \(3, 6\)",
    ),
}


@pytest.mark.parametrize(("call", "message"), WRONG_ARGUMENTS.values(), ids=WRONG_ARGUMENTS)
def test_wrong_argument_is_refused_by_name(
    call: Callable[[elman.Network], object], message: str, rng: np.random.Generator
) -> None:
    with pytest.raises(elman.ShapeError, match=message):
        call(random_network(rng))


@pytest.mark.parametrize("x", [[[0, INPUTS]], [[-1, 0]], [[1 << 32, 0]], [[0.0, 1.0]], [[True, False]]])
def test_what_is_no_symbol_is_refused(x: list[list[Any]], rng: np.random.Generator) -> None:
    with pytest.raises(elman.ShapeError, match="x: expected whole numbers"):
        random_network(rng, symbols=True).forward(x)


def test_bidirectional_network_has_no_stream(rng: np.random.Generator) -> None:
    with pytest.raises(elman.ShapeError, match="stream: a bidirectional network reads from both ends"):
        random_network(rng, bidirectional=True).stream()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": 0}, "inputs: expected a whole number from 1 .*; found 0"),
        ({"hidden": 2.0}, "hidden: expected a whole number from 1 .*; found 2.0"),
        ({"layers": True}, "layers: expected a whole number from 1 .*; found True"),
        ({"cell": "lstn"}, "cell: expected one of .*; found 'lstn'"),
        ({"cell": "lstm", "nonlinearity": "relu"}, "nonlinearity: a lstm has no choice of it; found 'relu'"),
        ({"cell": "rnn", "nonlinearity": "gelu"}, "nonlinearity: expected one of tanh, relu, sigmoid; found 'gelu'"),
        ({"embedding": 4}, "embedding: expected symbols=True, found dense inputs"),
        ({"symbols": True, "embedding": 4, "tied": True}, "tied: expected an embedding as wide as .* 16; found 4"),
        ({"tied": True}, "tied: expected an embedding as wide as what the head reads, 16; found None"),
        ({"tied": 1}, "tied: expected true or false; found 1"),
        (
            {"symbols": True, "embedding": 16, "tied": True, "outputs": INPUTS + 1},
            f"tied: expected no more outputs than inputs, {INPUTS}; found {INPUTS + 1}",
        ),
        ({"dropout": 1.0}, r"dropout: expected a number in \[0, 1\); found 1.0"),
        ({"noise": np.nan}, "noise: expected a number from .*; found nan"),
        ({"initial": "learnt"}, "initial: expected a number or 'learned'; found 'learnt'"),
        ({"readout": "average"}, "readout: expected one of steps, last, mean, max, attention; found 'average'"),
        ({"dtype": "float16"}, "dtype: expected one of float32, float64; found 'float16'"),
        ({"hidden": np.int64(0)}, "hidden: expected a whole number from 1 .*; found 0"),
    ],
)
def test_wrong_option_is_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(elman.ConfigError, match=message):
        elman.Network(**{"inputs": INPUTS, "outputs": OUTPUTS, **options})


@pytest.mark.parametrize("batch", [0, -1, 1.5])
def test_stream_of_no_rows_is_refused(batch: Any, rng: np.random.Generator) -> None:
    with pytest.raises(elman.ConfigError, match="batch: expected a whole number from 1"):
        random_network(rng).stream(batch=batch)


@pytest.mark.parametrize("key", [-1, 1 << 64, 0.5])
def test_noise_key_that_is_none_is_refused(key: Any, rng: np.random.Generator) -> None:
    network, y = random_network(rng), X[..., :OUTPUTS]
    calls: list[Callable[[], object]] = [
        lambda: network.trace(X, noise_key=key),
        lambda: network.vjp(X, y, noise_key=key),
        lambda: network.loss_and_gradient(X, y, noise_key=key),
    ]
    for call in calls:
        with pytest.raises(elman.ConfigError, match="noise_key: expected a whole number from 0"):
            call()


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    one: Any = np.int64(1)
    half: Any = np.float32(0.5)
    network = elman.Network(one, one, hidden=3 * one, layers=one, bias=one == 1, noise=half, seed=one)
    same = elman.Network(1, 1, hidden=3, noise=0.5, seed=1)
    assert network.architecture == same.architecture
    x = np.zeros((2, 1, 1))
    for net in (network, same):
        trainer = elman.Trainer(net, optimizer=elman.SGD(half), clip_norm=half, seed=one)
        plan = elman.Plan(examples=elman.Batch(inputs=x, targets=x), rows=np.zeros((1, 1), int), steps=2 * one)
        next(trainer.run([plan]))
        net.trace(x, noise_key=one)
        net.stream(batch=one).step(x[0])
    assert network.parameters.flat.tobytes() == same.parameters.flat.tobytes()
    model = elman.train("add", bits=np.int8(1), steps=one, rate=half, ordered=np.False_)
    model.save(tmp_path / "m")  # as JSON, which has no other numbers than Python's
    assert vars(elman.load(tmp_path / "m").task.settings)["rate"] == 0.5


# The engine trusts these: it would read and write beyond the end of what is too short, or write to a copy of what has
# another type, and nobody would hear of it.
TRUSTED: dict[str, Callable[[elman.Network], tuple[object, str, object]]] = {
    "parameters": lambda n: (n.parameters, "flat", np.zeros(3)),
    "state of a stream": lambda n: (n.stream(), "state", elman.State(h=np.zeros(3), c=np.zeros(3))),
    "reading of a stream": lambda n: (n.stream(), "reading", elman.Reading(steps=np.zeros(3))),
    "first moment": lambda n: (elman.Trainer(n), "first", np.zeros(3)),
    "second moment": lambda n: (elman.Trainer(n), "second", np.zeros(3)),
}


@pytest.mark.parametrize("find", TRUSTED.values(), ids=TRUSTED)
def test_array_that_the_engine_trusts_is_not_replaced_by_another_kind(
    find: Callable[[elman.Network], tuple[object, str, object]], rng: np.random.Generator
) -> None:
    owner, name, wrong = find(random_network(rng))
    with pytest.raises((AttributeError, elman.ShapeError)):
        setattr(owner, name, wrong)
