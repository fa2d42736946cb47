"""Ctrl-C in Python: `elman.train` and `TextModel.fit` give the model back, as the last whole update left it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.models import begin

PROGRAM = """
import json, sys, elman

def seen(event):
    if event.update > 1:
        print("trains", flush=True)

model = {call}
model.save("m.safetensors")
print(json.dumps([model.interrupted, model.updates, len(model.metrics), type(model).__name__]))
"""
CALLS = {
    "train": "elman.train('add', steps=1 << 40, halve=0, on_progress=seen)",
    "fit": "elman.TextModel.fit('the cat sat on the mat ' * 40, hidden=8, steps=1 << 40, every=5, on_progress=seen)",
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_interrupt_gives_the_model_back(call: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM.replace("{call}", call)]
    pipe: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, **pipe) as process:
        assert process.stdout is not None and process.stdout.readline() == "trains\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    interrupted, updates, metrics, kind = json.loads(out.splitlines()[-1])
    assert interrupted and updates > 1
    assert f"UserWarning: stopped after {updates:,} of 1,099,511,627,776 updates: interrupted; this is the model" in err
    model = elman.load(tmp_path / "m.safetensors")
    assert (model.updates, type(model).__name__) == (updates, kind)
    if call == CALLS["fit"]:
        assert metrics and model.validations  # it is validated while it learns
        return
    assert not metrics
    again = begin("add", steps=updates, halve=0)
    list(again.run())
    assert model.network.parameters.flat.tobytes() == again.network.parameters.flat.tobytes()
    # And it can be gone on with.
    assert elman.train(resume=tmp_path / "m.safetensors", minutes=1e-4, steps=1 << 40).updates > updates


def stop_at(update: int) -> Any:
    def stop(event: elman.Progress) -> None:
        if event.update >= update:
            raise KeyboardInterrupt

    return stop


def test_interrupted_model_is_not_scored_anew() -> None:
    with pytest.warns(
        UserWarning, match="stopped after 1 of 2,000 updates: interrupted; this is the model as it was then"
    ):
        model = elman.train("add", on_progress=stop_at(1))
    assert (model.interrupted, model.updates, model.metrics) == (True, 1, {})
    assert not model.passed
    assert model.score()["pairs"] == 65_536
    assert not elman.train("add", steps=5).interrupted


def test_interrupt_while_it_is_scored_gives_what_was_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("elman.tasks.arithmetic.add.Add.score", interrupted)
    with pytest.warns(UserWarning, match="stopped after 5 updates: interrupted"):
        assert elman.train("add", steps=5).interrupted


def test_interrupt_before_the_first_update_is_an_interrupt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    elman.train("add", steps=5).save(tmp_path / "m")
    monkeypatch.setattr("elman.training.trainer.Trainer._fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        elman.train("add")
    with pytest.raises(KeyboardInterrupt):
        elman.train(resume=tmp_path / "m", steps=10)


def test_best_network_comes_back_where_training_is_validated() -> None:
    with pytest.warns(UserWarning, match="interrupted"):
        model = elman.TextModel.fit("ab" * 200, hidden=4, steps=40, every=4, on_progress=stop_at(20))
    values = [value for _, value in model.validations]
    assert len(values) >= 3 and model.metrics["nats_per_character"] == min(values)
    assert np.isfinite(model.network.parameters.flat).all()
