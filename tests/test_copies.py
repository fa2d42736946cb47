"""Copies: by `copy`, by `pickle` and in other processes everything goes on as what it is a copy of, to the bit."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from elman.models import begin
from optional import needs

STEPS, ROWS = 6, 5
TEXT = "the cat sat on the mat.\n" * 20

Copy = Callable[[Any], Any]


def pickled(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


def mapped(thing: Any) -> Any:
    """As joblib sends it: arrays come as memory that cannot be written to."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(thing, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(data, buffers=[bytes(buffer) for buffer in buffers])


COPIES = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": pickled, "read-only memory": mapped}
OWN = {name: made for name, made in COPIES.items() if name != "copy"}  # copies with numbers of their own


@pytest.fixture(params=list(COPIES.values()), ids=list(COPIES))
def copied(request: pytest.FixtureRequest) -> Copy:
    made: Copy = request.param
    return made


@pytest.fixture(params=list(OWN.values()), ids=list(OWN))
def own(request: pytest.FixtureRequest) -> Copy:
    made: Copy = request.param
    return made


def network(**options: Any) -> elman.Network:
    return elman.Network(2, 1, **{"cell": "lstm", "hidden": 3, "layers": 2, "noise": 0.1, "seed": 1, **options})


def batch(rng: np.random.Generator, **more: Any) -> elman.Batch:
    return elman.Batch(inputs=rng.standard_normal((STEPS, ROWS, 2)), targets=rng.random((STEPS, ROWS, 1)), **more)


def bits(*arrays: Any) -> list[bytes]:
    return [np.asarray(array).tobytes() for array in arrays]


def test_views_of_copied_parameters_are_views_of_their_own_vector(copied: Copy) -> None:
    parameters = network().parameters
    before = parameters.flat.copy()
    other = copied(parameters)
    assert list(other) == list(parameters) and bits(other.flat) == bits(before)
    other["head.bias"][...] = 9
    assert (other.flat == 9).sum() == 1
    other.flat = np.zeros_like(before)
    assert not any(view.any() for view in other.values())
    assert bits(parameters.flat) == bits(before)
    assert other.flat.ctypes.data % 64 == 0


def test_gradients_are_copied_as_parameters_are(copied: Copy, rng: np.random.Generator) -> None:
    net, some = network(), batch(rng)
    results: tuple[tuple[Any, int], ...] = (
        (net.loss_and_gradient(some.inputs, some.targets), 1),
        (net.vjp(some.inputs, np.ones((STEPS, ROWS, 1))), 0),
    )
    for result, place in results:
        other = copied(result)
        assert type(other) is type(result)
        gradient = other[place]
        assert bits(gradient.flat, *gradient.values()) == bits(result[place].flat, *result[place].values())
        gradient.flat[...] = 5
        assert all((view == 5).all() for view in gradient.values())


def test_what_is_one_thing_stays_one_where_several_are_copied_together(own: Copy) -> None:
    net = network()
    trainer = elman.Trainer(net)
    other, parameters, trained_with = own((net, net.parameters, trainer))
    assert other.parameters is parameters
    assert trained_with.network is other


def test_network_answers_and_learns_as_its_copy_does(own: Copy, rng: np.random.Generator) -> None:
    for net in (network(), network(dtype="float64", initial="learned"), network(cell="none", layers=1)):
        other, some = own(net), batch(rng)
        assert bits(other.forward(some.inputs)[0]) == bits(net.forward(some.inputs)[0])
        losses = [[e.loss for e in elman.Trainer(n, optimizer=elman.SGD(0.1)).run([some] * 3)] for n in (net, other)]
        assert losses[0] == losses[1]
        assert bits(other.parameters.flat) == bits(net.parameters.flat)
        assert not np.shares_memory(other.parameters.flat, net.parameters.flat)


def test_shallow_copy_of_a_network_shares_its_parameters() -> None:
    net = network()
    assert copy.copy(net).parameters is net.parameters
    assert copy.copy(net).engine is not net.engine


def test_what_a_subclass_adds_to_a_network_is_copied(own: Copy) -> None:
    other = own(Named.called("a"))
    assert isinstance(other, Named) and other.label == "a"


class Named(elman.Network):
    label: str

    @classmethod
    def called(cls, label: str) -> Named:
        made = cls(2, 1, hidden=2)
        made.label = label
        return made


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_training_goes_on_as_if_it_had_never_been_copied(own: Copy, averaging: float, rng: np.random.Generator) -> None:
    first, last = [batch(rng)] * 3, [batch(rng, carry=True)] * 3
    trainer = elman.Trainer(network(), averaging=averaging, seed=5, clip_norm=1.0)
    list(trainer.run(first))
    other = own(trainer)
    losses = [[event.loss for event in one.run(last)] for one in (trainer, other)]
    assert losses[0] == losses[1]
    for one in (trainer, other):
        assert one.updates == 6
    assert trainer.carried is not None and other.carried is not None
    arrays = [
        (t.network.parameters.flat, t.first, t.second, *carried.values(), *([t.average] if averaging else []))
        for t, carried in ((trainer, trainer.carried), (other, other.carried))
    ]
    assert bits(*arrays[0]) == bits(*arrays[1])
    assert not any(np.shares_memory(a, b) for a, b in zip(*arrays, strict=True))


def test_states_and_traces_keep_their_names(copied: Copy, rng: np.random.Generator) -> None:
    net, x = network(), rng.standard_normal((STEPS, ROWS, 2))
    trace, state = net.trace(x), net.forward(x)[1]
    for thing in (trace, state):
        other = copied(thing)
        assert type(other) is type(thing)
        assert {n: a.tobytes() for n, a in other.items()} == {n: a.tobytes() for n, a in thing.items()}
    assert bits(net.forward(x, copied(state))[0]) == bits(net.forward(x, state)[0])


@pytest.mark.parametrize("readout", elman.READOUTS)
def test_stream_goes_on_where_it_was(readout: str, own: Copy, rng: np.random.Generator) -> None:
    stream, x = network(readout=readout).stream(batch=2), rng.standard_normal((4, 2, 2))
    stream.step(x[0])
    other = own(stream)
    for step in x[1:]:
        assert bits(other.step(step)) == bits(stream.step(step))
    for one, two in ((stream.state, other.state), (stream.reading, other.reading)):
        assert bits(*one.values()) == bits(*two.values())
        assert not any(np.shares_memory(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    ("task", "settings", "inputs"),
    [
        ("add", {"steps": 60, "bits": 3}, [(3, 4), (2, 7)]),
        ("transducer", {"steps": 20, "function": "a mod 3"}, [(5,), (9,)]),
        ("coin", {"steps": 3, "tosses": 16}, ["101", ""]),
    ],
)
def test_models_of_every_task_can_be_copied(task: str, settings: Any, inputs: Any, copied: Copy) -> None:
    model = elman.train(task, **settings)
    other = copied(model)
    assert other.predict(inputs) == model.predict(inputs)
    assert other.score() == model.score()
    assert other.task.settings == model.task.settings


def test_model_of_text_is_copied_with_its_text(copied: Copy) -> None:
    model = elman.TextModel.fit(TEXT, hidden=8, steps=30)
    other = copied(model)
    assert isinstance(other, elman.TextModel)
    assert other.sample("the", seed=1, length=20) == model.sample("the", seed=1, length=20)
    assert other.score() == model.score() == model.metrics
    corpora = [(m.task.corpus, m.task.held_out) for m in (model, other)]
    for one, two in zip(*corpora, strict=True):
        assert one is not None and two is not None
        assert bits(one.tokens, one.bounds) == bits(two.tokens, two.bounds)
        assert (one.fingerprint, one.alphabet, one.unseen) == (two.fingerprint, two.alphabet, two.unseen)


def test_pickles_hold_nothing_that_can_be_computed_again() -> None:
    fresh, used = (begin("add", steps=1) for _ in range(2))
    used.task.score(used.network)
    assert len(pickle.dumps(used.task)) == len(pickle.dumps(fresh.task))
    alphabet = elman.TextModel.fit(TEXT, hidden=4, steps=1).task.alphabet
    assert len(pickle.dumps(alphabet)) < 1000


def test_run_of_training_is_taken_up_elsewhere(own: Copy) -> None:
    whole, half = (begin("add", steps=40, bits=3) for _ in range(2))
    next(half.run())
    other = own(half)
    list(whole.run())
    list(other.run())
    assert other.trainer.updates == 40
    assert bits(other.network.parameters.flat) == bits(whole.network.parameters.flat)


def test_errors_keep_message_and_hint(copied: Copy) -> None:
    for kind in (elman.ConfigError, elman.DataError, elman.ModelFileError, elman.NotFiniteError, elman.ShapeError):
        error = copied(kind("what happened", "what to do"))
        assert type(error) is kind
        assert (str(error), error.hint) == ("what happened", "what to do")


# --- other processes ---


def answers(model: elman.Model, inputs: list[tuple[int, int]]) -> tuple[int, list[Any], dict[str, Any]]:
    return os.getpid(), model.predict(inputs), model.score()


def trained(trainer: elman.Trainer, batches: list[elman.Batch]) -> elman.Trainer:
    list(trainer.run(batches))
    return trainer


def refuse(_: int) -> None:
    raise elman.ConfigError("no", "yes")


def answered(net: elman.Network, stream: elman.Stream, parameters: elman.Parameters, x: Any) -> tuple[Any, ...]:
    """What they give here, and they themselves; a view that is written to is seen in `flat`."""
    y, _ = net.forward(x)
    parameters["head.bias"][...] = 9
    return y, stream.step(x[0]), int((parameters.flat == 9).sum()), net, stream, parameters


def alone(function: Callable[..., Any], *args: Any) -> Any:
    """With one thread, for the same bits: joblib tells processes side by side to have fewer."""
    before = elman.threads()
    elman.set_threads(1)
    try:
        return function(*args)
    finally:
        elman.set_threads(before)


Apply = Callable[..., Any]  # a function and its arguments, elsewhere


def check_all_travel(apply: Apply, hidden: int, rng: np.random.Generator) -> None:
    """Everything goes to another process and comes back, and does the same there and here, to the bit."""
    net, x = network(hidden=hidden), rng.standard_normal((STEPS, ROWS, 2))
    stream = net.stream(batch=ROWS)
    stream.step(x[0])
    trainer, batches = elman.Trainer(net, averaging=0.9, clip_norm=1.0), [batch(rng), batch(rng, carry=True)]
    gradient = net.loss_and_gradient(batches[0].inputs, batches[0].targets).gradient
    y, step, written, *back = apply(answered, net, stream, gradient, x)
    assert bits(y, step) == bits(net.forward(x)[0], stream.step(x[0]))
    assert written == 1 and not (gradient.flat == 9).any()
    assert bits(back[0].forward(x)[0], back[1].step(x[1])) == bits(y, stream.step(x[1]))
    back[2]["head.bias"][...] = 7
    assert (back[2].flat == 7).sum() == 1

    other = trainer
    for updates in (2, 4):
        other = apply(trained, other, batches)  # the first time a copy of `trainer` itself
        list(trainer.run(batches))
        assert other.updates == trainer.updates == updates
        arrays = [(one.network.parameters.flat, *one.arrays().values()) for one in (other, trainer)]
        assert bits(*arrays[0]) == bits(*arrays[1])

    model = elman.train("add", steps=60, bits=3)
    process, found, metrics = apply(answers, model, [(3, 4)])
    assert process != os.getpid()
    assert (found, metrics) == (model.predict([(3, 4)]), model.metrics)
    with pytest.raises(elman.ConfigError, match="no") as error:
        apply(refuse, 0)
    assert error.value.hint == "yes"


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_everything_travels_to_other_processes_and_back(method: str, rng: np.random.Generator) -> None:
    with multiprocessing.get_context(method).Pool(1) as pool:
        alone(check_all_travel, lambda *call: pool.apply(alone, call), 3, rng)


@needs(Peer("joblib", ("joblib",)))
@pytest.mark.parametrize("hidden", [3, 180], ids=["pickled", "mapped"])  # from a megabyte on it sends maps of files
def test_everything_travels_to_processes_of_joblib_and_back(hidden: int, rng: np.random.Generator) -> None:
    from joblib import Parallel, delayed

    with Parallel(n_jobs=2, backend="loky") as parallel:
        alone(check_all_travel, lambda *call: parallel([delayed(alone)(*call)])[0], hidden, rng)


THREADS = """
import os
import numpy as np
import elman
elman.set_threads(3)
trainers = [elman.Trainer(elman.Network(2, 1, hidden=64, layers=2, noise=0.1, seed=1)) for _ in range(2)]
rng = np.random.default_rng(0)
examples = elman.Batch(inputs=rng.standard_normal((20, 64, 2)), targets=rng.random((20, 64, 1)))
list(trainers[0].run([examples] * 3))
reads, writes = os.pipe()
child = os.fork()
if child == 0:
    list(trainers[1].run([examples] * 3))
    os.write(writes, trainers[1].network.parameters.flat[:500].tobytes())
    os._exit(0)
os.close(writes)
with os.fdopen(reads, "rb") as pipe:
    found = pipe.read()
assert os.waitpid(child, 0)[1] == 0
assert found == trainers[0].network.parameters.flat[:500].tobytes()
"""


def test_child_of_fork_trains_with_threads_after_its_parent_did() -> None:
    subprocess.run([sys.executable, "-c", THREADS], check=True, timeout=100, cwd=Path(__file__).parent)


FORKS = """
import os, sys, threading
import elman
for name in sys.argv[1:]:
    ready = threading.Event()
    def touch():
        ready.set()
        getattr(elman, name) if name.isidentifier() else elman.TASKS[name[1:]]
    thread = threading.Thread(target=touch)
    thread.start()
    ready.wait()
    child = os.fork()
    if child == 0:
        touch()
        os._exit(0)
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.parametrize("names", [["Trainer", "Proof", "load"], ["TASKS", ":add", ":text"], ["TextModel", "Form"]])
def test_fork_waits_for_imports_of_other_threads(names: list[str]) -> None:
    """A child that waited for a module which only a thread of its parent was importing waited for ever."""
    subprocess.run([sys.executable, "-c", FORKS, *names], check=True, timeout=100, cwd=Path(__file__).parent)


IN_THE_MIDDLE = """
import os, signal, sys, threading
from importlib import import_module
import elman
from elman.copies import cached_property

reached = threading.Event()

def pause():
    reached.set()
    threading.Event().wait(0.3)  # the other threads go on

class Slow:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == sys.argv[1]:
            pause()

sys.meta_path.insert(0, Slow)

class Thing:
    @cached_property
    def computed(self):
        if not reached.is_set():
            pause()
        return 1

touch = (lambda: Thing().computed) if sys.argv[1] == "property" else lambda: import_module(sys.argv[1])
thread = threading.Thread(target=touch)
thread.start()
reached.wait()
child = os.fork()
if child == 0:
    signal.alarm(60)  # so that it does not wait for ever
    touch()
    os._exit(0)
thread.join()
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.parametrize("what", ["elman.training", "elman.network.arrays", "elman._engine", "property"])
def test_fork_in_the_middle_of_what_another_thread_does_leaves_a_child_that_can_do_it_too(what: str) -> None:
    """Also an import by its own name, which takes no lock of elman's; and a property that is computed once."""
    subprocess.run([sys.executable, "-c", IN_THE_MIDDLE, what], check=True, timeout=100, cwd=Path(__file__).parent)


IN_USE = """
import os, threading
import numpy as np
import elman
x, targets = np.ones((100, 64, 2)), np.ones((100, 64, 1))
net = elman.Network(2, 1, hidden=32)
trainer = elman.Trainer(net)
plan = elman.Plan(examples=elman.Batch(inputs=x, targets=targets), rows=np.tile(np.arange(64), (1 << 14, 1)))
before = net.parameters.flat.copy()
threading.Thread(target=lambda: list(trainer.run([plan])), daemon=True).start()
while (net.parameters.flat == before).all():
    pass
child = os.fork()
if child == 0:
    net.forward(x)
    list(elman.Trainer(net).run([elman.Batch(inputs=x, targets=targets)]))
    os._exit(0)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_child_of_fork_can_use_a_network_that_another_thread_was_using() -> None:
    subprocess.run([sys.executable, "-c", IN_USE], check=True, timeout=100, cwd=Path(__file__).parent)
