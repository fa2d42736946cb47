"""Networks as C: compiled without a warning, they answer as elman does."""

from __future__ import annotations

import ctypes
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
from elman.network.packing import rounded
from instances import INSTANCES, OUTPUTS, READOUTS, TIED, Instance, random_inputs
from pages import ROOT

Numbers = NDArray[Any]

STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
STEPS = 200
TOLERANCE = 1e-6
FORWARDS = [*[one for one in INSTANCES if not one.bidirectional][::5], *[one for one in TIED if not one.bidirectional]]

# Runs a network over a sequence, and keeps all its answers.
RUN = """
void run_{name}(int steps, const {kind} *x, float *y, float *h) {{
  {name}_state s;
  {name}_begin(&s);
  for (int t = 0; t < steps; ++t) {name}_step(&s, x{at}, y + t * {big}_OUTPUTS);
  for (int j = 0; j < {big}_HIDDEN; ++j) h[j] = s.h[{big}_LAYERS - 1][j];
}}
"""


def compiled(folder: Path, networks: dict[str, elman.Network]) -> ctypes.CDLL:
    """One library of all the headers in a folder, which one file includes."""
    source = [f'#include "{name}.h"\n' for name in networks]
    for name, network in networks.items():
        kind, at = ("int", "[t]") if network.architecture.symbols else ("float", f" + t * {name.upper()}_INPUTS")
        source.append(RUN.format(name=name, big=name.upper(), kind=kind, at=at))
    (folder / "all.c").write_text("".join(source))
    command = ["cc", "-std=c99", *STRICT, "-shared", "-fPIC", "all.c", "-o", "all.so", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "all.so"))


def answers(library: ctypes.CDLL, name: str, network: elman.Network, x: Numbers) -> tuple[Numbers, Numbers]:
    """The answers to one sequence (T, O), and the last h of the top layer."""
    a = network.architecture
    x = np.ascontiguousarray(x, np.int32 if a.symbols else np.float32)
    y, h = np.full((len(x), a.outputs), np.nan, np.float32), np.full(a.hidden, np.nan, np.float32)
    getattr(library, f"run_{name}")(len(x), *(ctypes.c_void_p(array.ctypes.data) for array in (x, y, h)))
    return y, h


def test_network_with_terms_is_refused(tmp_path: Path) -> None:
    with pytest.raises(elman.ConfigError, match="c: expected a network without terms; found 2"):
        elman.export(elman.Network(3, 2, terms=2), tmp_path / "x.h", "c")


def network_of(instance: Instance, rng: np.random.Generator) -> elman.Network:
    """In float32, with weights that let no unit without a bound grow."""
    network = instance.build(rng, dtype="float32").network
    if instance.nonlinearity == "relu":
        for name, values in network.parameters.items():
            values *= 0.5 if name.startswith("weight_hh") else 1
    return network


def assert_near(found: Numbers, wanted: Numbers) -> None:
    np.testing.assert_allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("form", ["float32", "int8"])
def test_two_hundred_steps_of_every_cell(form: str, rng: np.random.Generator, tmp_path: Path) -> None:
    assert {one.readout for one in FORWARDS} == {"steps", *READOUTS}
    chosen = FORWARDS if form == "float32" else FORWARDS[::3]
    networks = {f"net_{n}": network_of(one, rng) for n, one in enumerate(chosen)}
    model = elman.train("add", steps=1)
    for name, network in networks.items():
        if form == "int8":
            network.parameters.flat = rounded(network.parameters, form).flat
        elman.export(replace(model, network=network, stored=form), tmp_path / f"{name}.h", "c")
    assert ("int8_t" in (tmp_path / "net_0.h").read_text()) == (form == "int8")
    library = compiled(tmp_path, networks)
    for name, network in networks.items():
        x = random_inputs(rng, network, STEPS, 1)
        y, h = answers(library, name, network, x)
        wanted, last = network.forward(x)
        assert_near(h, last["h"][-1, 0])
        if network.architecture.per_step:
            assert_near(y, wanted[:, 0])
        else:
            for steps in (1, 2, 50, STEPS):  # as of the steps so far
                assert_near(y[steps - 1 : steps], network.forward(x[:steps])[0])


def test_the_header_is_small_and_is_cpp_too(tmp_path: Path) -> None:
    # Of code there is less than two kilobytes, whatever the size of the network.
    for cell, hidden in (("rnn", 16), ("lstm", 32), ("gru", 32)):
        network = elman.Network(2, 1, cell=cell, hidden=hidden, seed=0)
        elman.export(network, tmp_path / "small.h", "c")
        source = '#include "small.h"\nvoid begin(small_state *s) { small_begin(s); }\n'
        source += "void step(small_state *s, const float *x, float *y) { small_step(s, x, y); }\n"
        (tmp_path / "small.c").write_text(source)
        compile_ = ["-c", "small.c", "-o", "small.o"]
        subprocess.run(["cc", "-std=c99", "-Os", *STRICT, *compile_], cwd=tmp_path, check=True)
        told = subprocess.run(["size", "small.o"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
        code = int(told.splitlines()[1].split()[0]) - network.parameters.flat.nbytes
        assert 0 < code < 2048
        shutil.copy(tmp_path / "small.c", tmp_path / "small.cc")
        subprocess.run(["c++", "-std=c++17", *STRICT, "-fsyntax-only", "small.cc"], cwd=tmp_path, check=True)


def added(folder: Path, a: int, b: int) -> int:
    """By the program of the examples, with the header of the folder."""
    command = ["cc", "-std=c99", "-O2", *STRICT, "-I.", str(ROOT / "examples" / "adding.c"), "-o", "adding", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    done = subprocess.run(["./adding", str(a), str(b)], cwd=folder, check=True, capture_output=True, text=True)
    return int(done.stdout)


@pytest.mark.parametrize("numbers", [[], ["--int8"]])
def test_a_proved_adder_adds_in_c(
    numbers: list[str], command: Callable[..., tuple[int, Any, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    elman.train("add").export("model", "int8" if numbers else None)
    assert command("prove", "model", "--out", "certificate")[0] == 0
    code, out, _ = command("export", "model", "--to", "c", "--certificate", "certificate", "--out", "adder.h", "--json")
    assert (code, out["to"], out["bytes"]) == (0, "c", Path("adder.h").stat().st_size)
    for a, b in ((17, 25), (0, 0), (2**63 - 1, 1), (123_456_789_123_456, 987_654_321)):
        assert added(tmp_path, a, b) == a + b
    said = json.loads(re.findall(r"^\{.*\}(?= \*/$)", Path("adder.h").read_text(), re.MULTILINE)[0])
    assert said["certificate"] == json.loads(Path("certificate").read_text())
    assert said["about"]["task"] == "add"
    # The same model file gives the same header: so it can be told that a header is of the model that was proved.
    before = Path("adder.h").read_bytes()
    Path("adder.h").unlink()
    command("export", "model", "--to", "c", "--certificate", "certificate", "--out", "adder.h")
    assert Path("adder.h").read_bytes() == before


def test_certificates_that_are_refused(tmp_path: Path) -> None:
    model, other = elman.train("add"), elman.train("add", seed=1)
    certificate = model.prove().certificate
    assert certificate is not None
    elman.export(model, tmp_path / "x", "c", certificate=certificate)
    with pytest.raises(elman.ConfigError, match="found one that is rejected: it is a certificate of another model"):
        elman.export(other, tmp_path / "y", "c", certificate=certificate)
    with pytest.raises(elman.ConfigError, match="expected a model that can be proved"):
        elman.export(model.network, tmp_path / "y", "c", certificate=certificate)
    with pytest.raises(elman.ConfigError, match="certificate: expected beside it to='c'; found to='onnx'"):
        elman.export(model, tmp_path / "y", "onnx", certificate=certificate)
    assert not (tmp_path / "y").exists()


def test_int8_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = elman.train("add")
    elman.export(model, tmp_path / "x.h", "c", dtype="int8")
    assert "static const int8_t x_weight_hh_l0[256]" in (tmp_path / "x.h").read_text()
    with pytest.raises(elman.ConfigError, match="expected a model of a task, whose score tells what int8 costs"):
        elman.export(model.network, tmp_path / "y", "c", dtype="int8")
    with pytest.raises(elman.ConfigError, match="expected 'int8', or none; found 'float16'"):
        elman.export(model, tmp_path / "y", "c", dtype="float16")
    monkeypatch.setattr("elman.network.packing.LEVELS", 1)
    with pytest.raises(elman.ConfigError, match=r"expected a score at most 0\.5% worse"):
        elman.export(model, tmp_path / "y", "c", dtype="int8")
    assert not (tmp_path / "y").exists()


def test_texts_and_names_that_c_has_other_uses_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("odd.txt").write_text("/* @ ^ ??/ \\ */ // é 春 */ " * 60)
    model = elman.train("text", "odd.txt", steps=2, hidden=5)
    elman.export(model, "2 odd-names.h", "c")
    text = Path("2 odd-names.h").read_text("ascii")
    name = "network_2_odd_names"
    assert f"{name}_begin({name}_state *s)" in text
    Path(f"{name}.h").write_text(text)
    library = compiled(tmp_path, {name: model.network})
    x = np.arange(40)[:, None] % model.network.architecture.inputs
    assert_near(answers(library, name, model.network, x)[0], model.network.forward(x)[0][:, 0])
    [said] = re.findall(r"^\{.*\}(?= \*/$)", text, re.MULTILINE)
    assert json.loads(said)["about"]["codec"] == json.loads(json.dumps(model.task.codec()))


def test_what_c_cannot_have(tmp_path: Path) -> None:
    with pytest.raises(elman.ConfigError, match="expected a network that reads forwards") as caught:
        elman.export(elman.Network(2, OUTPUTS, bidirectional=True), tmp_path / "x", "c")
    assert "ONNX" in caught.value.hint
    assert not (tmp_path / "x").exists()
