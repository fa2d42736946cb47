"""Networks as ONNX: ONNX Runtime answers as elman does, from one file at any number of steps and rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import elman
from instances import BEGINS, INSTANCES, KINDS, READOUTS, READS, TIED, Array, Instance, random_inputs, random_state

onnxruntime.set_default_logger_severity(3)  # it warns of each input that has a default

SIZES = [(5, 1), (17, 6)]
TOLERANCE = 1e-5
CHOSEN = [*INSTANCES[::7], *TIED]
OTHER = {"noise": 0.3, "output_dropout": 0.3}  # what is of training only


def session_of(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def test_what_is_chosen_meets_every_option_in_every_cell() -> None:
    options = [(1, 2), (False, True), (False, True), READS, BEGINS, ["steps", *READOUTS]]
    names = ["layers", "bidirectional", "bias", "reads", "begins", "readout"]
    pairs = [(name, value) for name, values in zip(names, options, strict=True) for value in values]
    wanted = {(kind, *pair) for kind, pair in product(KINDS, pairs)}
    met = {((one.cell, one.nonlinearity), name, getattr(one, name)) for one in CHOSEN for name in names}
    assert met >= wanted


def inputs_of(rng: np.random.Generator, network: elman.Network, steps: int, rows: int) -> Array:
    x = random_inputs(rng, network, steps, rows)
    return x if network.architecture.symbols else x.astype(np.float32)


def assert_alike(found: list[Array], wanted: list[Array]) -> None:
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("instance", [*CHOSEN, *TIED], ids=str)
def test_answers_of_onnx_runtime(instance: Instance, rng: np.random.Generator, tmp_path: Path) -> None:
    network = instance.build(rng, dtype="float32", **OTHER).network
    elman.export(network, tmp_path / "x.onnx", "onnx")
    session = session_of(tmp_path / "x.onnx")
    for steps, rows in SIZES:
        x = inputs_of(rng, network, steps, rows)
        y, last = network.forward(x)
        assert_alike(session.run(None, {"x": x}), [y, *last.values()])
        # Lengths and states that are given; what stands behind a row's end is another number, and changes nothing.
        lengths = rng.integers(1, steps + 1, rows)
        state = elman.State(**{n: v.astype(np.float32) for n, v in random_state(rng, network, rows).items()})
        y, last = network.forward(x, state, lengths)
        feed: dict[str, Any] = {"x": x, "lengths": lengths}
        if elman.CELLS[instance.cell].recurrent:
            feed |= {f"{name}_0": values for name, values in state.items()}
        assert_alike(session.run(None, feed), [y, *last.values()])


def test_network_with_terms_is_refused(tmp_path: Path) -> None:
    with pytest.raises(elman.ConfigError, match="onnx: expected a network without terms; found 2"):
        elman.export(elman.Network(3, 2, terms=2), tmp_path / "x.onnx", "onnx")


@pytest.mark.parametrize("readout", ["steps", "last"])
@pytest.mark.parametrize(("cell", "nonlinearity"), [kind for kind in KINDS if kind[0] != "none"])
def test_a_hundred_single_steps_are_one_sequence(
    cell: str, nonlinearity: str | None, readout: str, rng: np.random.Generator, tmp_path: Path
) -> None:
    network = elman.Network(
        4, 2, cell=cell, nonlinearity=nonlinearity, hidden=6, layers=2, readout=readout, initial="learned", seed=1
    )
    network.initialise(rng, 0.5)
    elman.export(network, tmp_path / "x.onnx", "onnx")
    session = session_of(tmp_path / "x.onnx")
    x = rng.standard_normal((100, 3, 4)).astype(np.float32)
    whole, *last = session.run(None, {"x": x})
    state: dict[str, Array] = {}
    for t in range(100):
        y, *after = session.run(None, {"x": x[t : t + 1], **state})
        state = {f"{name}_0": values for name, values in zip(network.architecture.states, after, strict=True)}
        if readout == "steps":
            assert_alike([y[0]], [whole[t]])
    assert_alike([y[-1] if readout == "steps" else y, *after], [whole[-1] if readout == "steps" else whole, *last])
    assert np.abs(after[0] - network.parameters["initial_h"][:, None]).max() > 1e-3


def test_what_the_file_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("secret.txt").write_text("to be or not to be, " * 40)
    model = elman.train("text", "secret.txt", steps=3, hidden=8)
    size = elman.export(model, "song.onnx", "onnx")
    assert size == Path("song.onnx").stat().st_size
    data = Path("song.onnx").read_bytes()
    assert b"secret" not in data
    assert str(tmp_path).encode() not in data
    found = onnx.load("song.onnx")
    assert [(one.domain, one.version) for one in found.opset_import] == [("", 17)]
    about = json.loads({one.key: one.value for one in found.metadata_props}["elman.about"])
    assert about["task"] == "text"
    assert about["codec"] == json.loads(json.dumps(model.task.codec()))
    assert elman.Architecture.from_json(about["architecture"]) == model.network.architecture
    assert "LSTM" in {node.op_type for node in found.graph.node}


def test_the_command_line(command: Callable[..., tuple[int, Any, str]], tmp_path: Path) -> None:
    elman.train("add", steps=3).save(tmp_path / "add")
    elman.Network(2, 3, seed=0).save(tmp_path / "bare")
    code, out, _ = command("export", str(tmp_path / "add"), "--to", "onnx", "--out", str(tmp_path / "a.onnx"), "--json")
    assert code == 0
    size = (tmp_path / "a.onnx").stat().st_size
    assert out == {"task": "add", "model": str(tmp_path / "a.onnx"), "to": "onnx", "bytes": size, "warnings": []}
    code, out, _ = command("export", str(tmp_path / "bare"), "--to", "onnx", "--out", str(tmp_path / "b.onnx"))
    assert (code, out.splitlines()[-1][:40]) == (0, f"saved to {tmp_path / 'b.onnx'}: "[:40])
    for wrong, name in [("onx", "c.onnx"), ("onx", "c"), ("onx", "-"), ("C", "c.h")]:  # before any name of a file
        code, _, told = command("export", str(tmp_path / "add"), "--to", wrong, "--out", str(tmp_path / name))
        assert code == 2
        hint = f"hint: did you mean {'c' if wrong == 'C' else 'onnx'!r}?"
        assert told == f"error: to: expected one of c, onnx, safetensors, torch; found {wrong!r}\n{hint}\n"
        assert not (tmp_path / name).exists()
    word = [str(tmp_path / "add"), "--to", "onnx", "--int8", "--out", str(tmp_path / "c")]
    code, _, told = command("export", *word)
    assert (code, "--int8: expected beside it --to c; found --to onnx" in told) == (2, True)


def test_what_cannot_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(elman.ConfigError, match="expected a Model or a Network; found 3"):
        elman.export(3, tmp_path / "x", "onnx")  # type: ignore[arg-type]
    with pytest.raises(elman.ModelFileError, match="expected a folder"):
        elman.export(elman.Network(1, 1), tmp_path / "no" / "x", "onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(elman.ConfigError, match="expected the package onnx; found none") as caught:
        elman.export(elman.Network(1, 1), tmp_path / "x", "onnx")
    assert caught.value.hint == "pip install 'elman[onnx]'"
    assert not list(tmp_path.iterdir())
