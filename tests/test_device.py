"""Training by PyTorch's modules: the same task, settings, events and files as by the engine.

On `torch-cpu`, and on a GPU where there is one.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from optional import needs

pytestmark = needs(Peer("PyTorch", ("torch",)))

KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "lstm, adam": ({"layers": 2}, {"optimizer": elman.Adam(0.01, weight_decay={"*hh*": 0.1})}),
    "gru, adamw": ({"cell": "gru", "embedding": 4}, {"optimizer": elman.AdamW(0.01), "averaging": 0.9}),
    "rnn, sgd": (
        {"cell": "rnn", "initial": 0.5, "bias": False},
        {"optimizer": elman.SGD(0.05, momentum=0.9, nesterov=True), "clip_norm": 0.2, "reduction": "sum"},
    ),
    "relu, rmsprop": (
        {"cell": "rnn", "nonlinearity": "relu"},
        {"optimizer": elman.RMSProp(0.002, momentum=0.5), "clip_value": 0.01},
    ),
    "tied, adagrad": ({"embedding": 7, "tied": True}, {"optimizer": elman.Adagrad(0.05)}),
    "learned state": ({"initial": "learned"}, {"schedule": elman.Cosine(updates=50, warmup=5)}),
    "smoothed": ({}, {"loss": elman.CrossEntropy(class_weights=(1, 2, 0.5, 1, 0, 3), smoothing=0.2)}),
    "plain sgd": ({"cell": "gru"}, {"optimizer": elman.SGD(0.1)}),
}


@pytest.fixture(params=["torch-cpu", "cuda"])
def device(request: pytest.FixtureRequest) -> str:
    """Its name, for `to_device`."""
    import torch

    name: str = request.param
    if name == "cuda" and not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    torch.backends.cudnn.allow_tf32 = False  # products of fewer bits
    return name


def trainer(architecture: dict[str, Any], settings: dict[str, Any], dtype: str = "float64") -> elman.Trainer:
    network = elman.Network(6, 6, symbols=True, hidden=7, dtype=dtype, seed=3, **architecture)
    return elman.Trainer(network, **{"loss": "symbols", "seed": 1, **settings})


def plan(updates: int, seed: int = 0, *, ragged: bool = True) -> elman.Plan:
    """Windows of 4 steps, one after another, over rows of different lengths, or all of 12; some weights are 0."""
    rng = np.random.default_rng(seed)
    batch = elman.Batch(
        inputs=rng.integers(0, 6, (12, 10)),
        targets=rng.integers(0, 6, (12, 10)),
        lengths=rng.integers(1, 13, 10) if ragged else None,
        weights=rng.integers(0, 3, (12, 10)) / 2,
    )
    rows = np.repeat([rng.permutation(10)[:5] for _ in range(-(-updates // 3))], 3, axis=0)[:updates]
    starts = np.tile([0, 4, 8], updates)[:updates]
    return elman.Plan(examples=batch, rows=rows, starts=starts, steps=4, carry=starts > 0)


def close(one: elman.Trainer, other: elman.Trainer, tolerance: float) -> None:
    """Parameters, moments, averages and states are."""
    assert one.updates == other.updates
    np.testing.assert_allclose(
        one.network.parameters.flat, other.network.parameters.flat, rtol=0, atol=tolerance, strict=True
    )
    found, wanted = one.arrays(), other.arrays()
    assert set(found) == set(wanted)
    unused = {"first"} if isinstance(one.optimizer, elman.RMSProp) and not one.optimizer.momentum else set()
    for name in set(wanted) - unused:
        np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=tolerance)


@pytest.mark.parametrize("ragged", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_updates(kind: str, ragged: bool, device: str) -> None:
    """In float64 to rounding; there and back in the middle. (A GPU records what is not ragged.)"""
    engine, torch = trainer(*KINDS[kind]), elman.to_device(trainer(*KINDS[kind]), device)
    [wanted], [found] = engine.run([plan(51, ragged=ragged)]), torch.run([plan(51, ragged=ragged)])
    np.testing.assert_allclose(found.losses, wanted.losses, rtol=1e-9)
    assert (found.update, found.rate) == (wanted.update, wanted.rate)
    close(torch, engine, 1e-8)
    # The engine goes on where PyTorch was, and PyTorch where the engine was.
    back = trainer(*KINDS[kind])
    back.network.parameters.flat = torch.network.parameters.flat
    back.go_on(torch.updates, torch.arrays())
    there = elman.to_device(engine, device)
    [wanted], [found] = back.run([plan(20, 1, ragged=ragged)]), there.run([plan(20, 1, ragged=ragged)])
    np.testing.assert_allclose(found.losses, wanted.losses, rtol=1e-7)
    close(there, back, 1e-7)


def test_losses_in_float32(device: str) -> None:
    """To 1e-5 over 50 updates."""
    engine, torch = trainer({"layers": 2}, {}, "float32"), trainer({"layers": 2}, {}, "float32")
    [wanted], [found] = engine.run([plan(50)]), elman.to_device(torch, device).run([plan(50)])
    np.testing.assert_allclose(found.losses, wanted.losses, rtol=0, atol=1e-5)


LOSSES: list[Any] = ["bits", "squared", "squared_sigmoid", elman.Huber(delta=0.3), elman.Pinball(levels=(0.2, 0.7))]


@pytest.mark.parametrize("readout", ["last", "mean", "max", "attention", "steps"])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda one: one if isinstance(one, str) else type(one).__name__)
def test_numbers_and_readouts(loss: Any, readout: str, device: str) -> None:
    """In and out, in both directions; a target that is NaN is one that nobody knows."""
    rng = np.random.default_rng(2)
    answers = (6, 4) if readout == "steps" else (4,)
    targets = rng.random((*answers, 2))
    if isinstance(loss, elman.Pinball):
        targets[0, ...] = np.nan
    weights = rng.integers(0, 3, answers) / 2
    batch = elman.Batch(
        inputs=rng.standard_normal((6, 4, 3)), targets=targets, lengths=np.array([6, 1, 3, 5]), weights=weights
    )

    def made() -> elman.Trainer:
        network = elman.Network(3, 2, hidden=5, bidirectional=True, readout=readout, dtype="float64", seed=0)
        return elman.Trainer(network, loss=loss, optimizer=elman.Adam(0.01))

    engine, torch = made(), elman.to_device(made(), device)
    wanted, found = [[event.loss for event in one.run([batch] * 12)] for one in (engine, torch)]
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    close(torch, engine, 1e-9)


@pytest.mark.parametrize("ragged", [True, False])
def test_dropout_follows_from_seed_and_update(ragged: bool, device: str) -> None:
    """A training in two parts is the same training; and dropout is there."""
    kind: dict[str, Any] = {"layers": 2, "dropout": 0.3, "output_dropout": 0.4}
    whole, first = (elman.to_device(trainer(kind, {}), device) for _ in range(2))
    some = plan(21, ragged=ragged)
    [event] = whole.run([some])
    [begun] = first.run([some.part(0, 9)])
    second = elman.to_device(first, device)
    [ended] = second.run([some.part(9, 21)])
    np.testing.assert_array_equal(event.losses, [*begun.losses, *ended.losses])
    close(second, whole, 0)
    [plain] = elman.to_device(trainer({"layers": 2}, {}), device).run([some])
    assert not np.allclose(plain.losses[:3], event.losses[:3], rtol=1e-3)


def test_a_task_on_the_command_line(tmp_path: Path, command: Callable[..., Any], device: str) -> None:
    """The same model file, which either can go on with."""
    data, out = tmp_path / "verses.txt", str(tmp_path / "m.safetensors")
    data.write_text("the cat sat on the mat, and the dog on the log. " * 40)
    words = ["--hidden=12", "--batch=4", "--seed=2", "--output-dropout=0"]
    code, found, errors = command(
        "train", "text", str(data), *words, "--steps=30", "--out", out, f"--device={device}", "--json"
    )
    assert code == 0, errors
    alone = elman.train("text", str(data), hidden=12, batch=4, seed=2, output_dropout=0.0, steps=30)
    model = elman.load(out)
    assert [update for update, _ in model.validations] == [update for update, _ in alone.validations]
    assert found["metrics"]["nats_per_character"] == pytest.approx(alone.metrics["nats_per_character"], abs=1e-4)
    np.testing.assert_allclose(model.network.parameters.flat, alone.network.parameters.flat, rtol=0, atol=1e-3)
    assert elman.train(resume=out, steps=35).updates == 35
    code, found, errors = command("train", "--resume", out, "--steps", "40", "--device", device, "--json")
    assert (code, found["steps"]) == (0, 40), errors


def test_ctrl_c_comes_between_two_updates(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    """What is left is what so many updates leave."""
    from elman.interop import torch_device

    torch, update = elman.to_device(trainer({}, {}), device), torch_device.DeviceTrainer._update

    def interrupted(self: torch_device.DeviceTrainer, found: Any, count: int, *more: Any) -> tuple[float, str]:
        if count == 6:
            os.kill(os.getpid(), signal.SIGINT)
        return update(self, found, count, *more)

    monkeypatch.setattr(torch_device.DeviceTrainer, "_update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(torch.run([plan(100_000)]))
    monkeypatch.undo()
    assert 5 <= torch.updates < 100_000
    again = elman.to_device(trainer({}, {}), device)
    list(again.run([plan(100_000).part(0, torch.updates)]))
    close(again, torch, 0)


def test_what_is_not_finite_is_not_applied(device: str) -> None:
    """As by the engine."""
    network = elman.Network(1, 1, hidden=3, readout="last", seed=0)
    torch = elman.to_device(elman.Trainer(network, loss="squared", optimizer=elman.SGD(0.1)), device)
    x = np.zeros((2, 4, 1))
    calm, wild = (elman.Batch(inputs=x, targets=np.full((4, 1), value)) for value in (0.0, 3e38))
    with pytest.raises(elman.NotFiniteError, match="update 2: the loss is not finite"):
        list(torch.run([calm, wild]))
    assert torch.updates == 1


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "expected a network without noise; found noise 0.1": ({"noise": 0.1, "cell": "rnn"}, {}),
    "expected a network without weight_dropout": ({"weight_dropout": 0.1}, {}),
    "expected an lstm, a gru, or an rnn of tanh or relu; found none": ({"cell": "none"}, {}),
    "expected one of the optimizers SGD, .*; found LazyAdam": ({}, {"optimizer": elman.LazyAdam()}),
    "expected one of the losses .*; found SampledCrossEntropy": (
        {},
        {"loss": elman.SampledCrossEntropy(negatives=2, popularity=np.ones(6))},
    ),
    "expected a trainer without an exchange": ({}, {"exchange": print}),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_pytorch_has_not_is_refused(message: str) -> None:
    with pytest.raises(elman.ConfigError, match=message) as caught:
        elman.to_device(trainer(*REFUSED[message], dtype="float32"), "torch-cpu")
    assert caught.value.hint.endswith("without `to_device`, the CPU trains")


def test_from_which_size_on_it_pays(command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured side by side, on networks that are trained alike."""
    from elman.bench import devices

    monkeypatch.setattr(devices, "TURN", 1e-3)
    monkeypatch.setattr(devices.sizes, "__defaults__", ((4, 6),))
    code, found, _ = command("bench", "--device", "torch-cpu", "--threads", "1", "--json")
    assert (code, [size["hidden"] for size in found["sizes"]]) == (0, [4, 6])
    assert all(size["engine"] > 0 and size["device"] > 0 for size in found["sizes"])
    faster = [size["device"] < size["engine"] for size in found["sizes"]]
    assert found["pays"] == (4 if all(faster) else 6 if faster[1] else None)
    code, out, _ = command("bench", "--device", "torch-cpu", "--threads", "1")
    assert code == 0
    assert "torch-cpu pays" in out or "torch-cpu does not pay at these sizes" in out
    code, _, errors = command("bench", "w1", "--device", "torch-cpu")
    assert (code, "--device: expected no NAME beside it; found w1" in errors) == (2, True)


def test_a_gpu_that_is_not_there(command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before there is work to lose."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    code, _, errors = command("train", "add", "--device", "cuda")
    assert code == 2
    assert f"error: --device: expected a GPU for PyTorch {torch.__version__}; it finds none\nhint: without" in errors
    for name, hint in (
        ("gpu", "did you mean 'cuda'?"),
        ("x", "--device cuda is a GPU, by PyTorch; without --device, "),
    ):
        for words, known in ((("train", "add"), "cpu, cuda, torch-cpu"), (("bench",), "cuda, torch-cpu")):
            code, _, errors = command(*words, "--device", name)
            assert code == 2
            assert f"--device: expected one of {known}; found '{name}'\nhint: {hint}" in errors
    code, _, errors = command("train", "add", "--cell", "lstm", "--device", "torch-cpu")
    assert code == 2
    assert "--device: expected a network without noise; found noise 0.6\nhint: --noise 0 trains without it; " in errors
    code, _, errors = command("train", "add", "--device", "cuda", "--seeds", "0-3")
    assert "--device: expected without --seeds" in errors
