"""Networks leave as tensors and as ONNX, and come back; what others wrote comes in; nothing is executed."""

from __future__ import annotations

import http.server
import json
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

import elman
from elman.bench.peers import PYTORCH
from instances import INSTANCES, SCALE, TIED, Instance, random_inputs
from optional import needs

torch: Any = None if PYTORCH.missing else import_module("torch")
Numbers = NDArray[Any]

RECURRENT = [one for one in INSTANCES if elman.CELLS[one.cell].recurrent][::11]
IN_TORCH = [one for one in RECURRENT if one.nonlinearity != "sigmoid"]


def network_of(instance: Instance, rng: np.random.Generator, dtype: str = "float32") -> elman.Network:
    return instance.build(rng, dtype=dtype).network


def back(path: Path, **options: Any) -> elman.Network:
    found = elman.import_model(path, **options)
    assert isinstance(found, elman.Network)
    return found


def assert_same(found: elman.Network, wanted: elman.Network) -> None:
    """To the last bit."""
    assert found.architecture == wanted.architecture
    assert found.parameters.flat.tobytes() == wanted.parameters.flat.tobytes()


# --- what a file says ---

TEXTS = "text,label\n" + "".join(f"{'ab' * 4 if n % 2 else 'ba' * 5}{n % 7},{'xy'[n % 2]}\n" for n in range(60))
CLICKS = "session,time,item\n" + "".join(f"{n // 3},{n},{['tea', 'cup', 'pot', 'jam'][n % 4]}\n" for n in range(90))


@pytest.mark.filterwarnings("ignore:the file has the network alone")
@pytest.mark.parametrize("task", ["text", "classify", "sessions"])
def test_a_file_says_what_each_symbol_stands_for(task: str, tmp_path: Path) -> None:
    data, out = tmp_path / "data.csv", tmp_path / "out.safetensors"
    data.write_text(CLICKS if task == "sessions" else TEXTS)
    given: dict[str, Any] = {"label": "label"} if task == "classify" else {}
    model = elman.train(task, data, hidden=8, steps=30, validate=0.0, **given)
    elman.export(model, out, "safetensors")
    with safe_open(out, "numpy") as file:
        symbols = json.loads(file.metadata()["elman.about"])["symbols"]
    network = back(out)
    assert len(symbols) == network.architecture.inputs
    if task == "sessions":
        assert symbols == list(model.task.known.names)  # type: ignore[attr-defined]
        return
    assert symbols == [None, *sorted(set("".join(TEXTS if task == "text" else "ab0123456")))]
    begin = [0] * (task == "text")  # the beginning of a text is a symbol of its own
    x = np.array([*begin, *map(symbols.index, "abab")])[:, None]
    y = np.atleast_2d(network.forward(x)[0][-1 if task == "text" else 0])[0].astype(float)
    p = np.exp(y) / np.exp(y).sum()
    if task == "text":
        [answer] = model.predict(["abab"])
        assert answer == pytest.approx({symbols[n] or "": p[n] for n in np.argsort(-p)[:10]}, rel=1e-4)
    else:
        [answer] = model.predict_proba([{"text": "abab"}])
        assert list(answer.values()) == pytest.approx(p, rel=1e-4)


def test_a_file_of_numbers_has_no_symbols(tmp_path: Path) -> None:
    elman.export(elman.train("add", steps=1), tmp_path / "x", "safetensors")
    with safe_open(tmp_path / "x", "numpy") as file:
        assert "symbols" not in json.loads(file.metadata()["elman.about"])


# --- round trips ---


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_safetensors_come_back_to_the_last_bit(dtype: str, rng: np.random.Generator, tmp_path: Path) -> None:
    for instance in [*INSTANCES[::23], TIED[0]]:
        network = network_of(instance, rng, dtype)
        elman.export(network, tmp_path / "x", "safetensors")
        assert_same(back(tmp_path / "x"), network)


def test_onnx_comes_back_to_the_last_bit(rng: np.random.Generator, tmp_path: Path) -> None:
    assert {"gru", "lstm", "rnn"} == {one.cell for one in RECURRENT}
    for instance in RECURRENT:
        network = network_of(instance, rng)
        elman.export(network, tmp_path / "x.onnx", "onnx")
        assert_same(back(tmp_path / "x.onnx"), network)


@needs(PYTORCH)
@pytest.mark.parametrize("instance", IN_TORCH, ids=str)
def test_the_module_of_pytorch_answers_the_same(instance: Instance, rng: np.random.Generator) -> None:
    case = instance.build(rng)
    module = elman.to_torch(case.network).eval()
    state = None if case.state is None else {name: torch.from_numpy(v) for name, v in case.state.items()}
    lengths = None if case.lengths is None else torch.from_numpy(case.lengths)
    y, last = module(torch.from_numpy(case.x), state, lengths)
    wanted, states = case.network.forward(case.x, case.state, case.lengths)
    np.testing.assert_allclose(y.detach().numpy(), wanted, atol=1e-12)
    for name, values in states.items():
        np.testing.assert_allclose(last[name].detach().numpy(), values, atol=1e-12)


@needs(PYTORCH)
def test_a_state_dict_of_pytorch_comes_back(rng: np.random.Generator, tmp_path: Path) -> None:
    options: dict[str, Any] = {"hidden": 5, "layers": 2, "bidirectional": True}
    network = elman.Network(7, 3, cell="gru", symbols=True, embedding=4, readout="attention", **options, seed=3)
    elman.export(network, tmp_path / "x.pt", "torch")
    assert_same(back(tmp_path / "x.pt"), network)
    module = elman.to_torch(network)
    module.load_state_dict(torch.load(tmp_path / "x.pt", weights_only=True))
    # Trained there, and back here.
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    x = random_inputs(rng, network, 6, 2)
    module(torch.from_numpy(x))[0].square().sum().backward()
    optimizer.step()
    torch.save(module.state_dict(), tmp_path / "y.pt")
    found = back(tmp_path / "y.pt")
    np.testing.assert_allclose(module(torch.from_numpy(x))[0].detach().numpy(), found.forward(x)[0], atol=1e-5)
    assert np.abs(found.parameters.flat - network.parameters.flat).max() > 1e-3


# --- what others wrote ---


class Theirs:
    """A network as somebody has it in PyTorch, with names of their own."""

    def __init__(self, cell: str, *, bias: bool = True) -> None:
        torch.manual_seed(1)
        self.words = torch.nn.Embedding(9, 4)
        self.rnn = getattr(torch.nn, cell.upper())(4, 6, 2, bidirectional=True, bias=bias)
        self.fc = torch.nn.Linear(12, 3)

    def tensors(self) -> dict[str, Numbers]:
        parts = {"words": self.words, "encoder.rnn": self.rnn, "fc": self.fc}
        found = {f"{part}.{name}": v for part, module in parts.items() for name, v in module.state_dict().items()}
        return {name: values.numpy() for name, values in found.items()}

    def answers(self, x: Numbers) -> Numbers:
        found: Numbers = self.fc(self.rnn(self.words(torch.from_numpy(x)))[0]).detach().numpy()
        return found


@needs(PYTORCH)
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("bias", [True, False])
def test_parts_are_found_by_their_shapes(cell: str, bias: bool, rng: np.random.Generator, tmp_path: Path) -> None:
    theirs = Theirs(cell, bias=bias)
    save_file(theirs.tensors(), tmp_path / "theirs.safetensors")
    x = rng.integers(9, size=(5, 2))
    np.testing.assert_allclose(back(tmp_path / "theirs.safetensors").forward(x)[0], theirs.answers(x), atol=1e-6)


@needs(PYTORCH)
@pytest.mark.filterwarnings("ignore")  # of PyTorch's exporter, which says that there is a newer one
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_what_pytorch_exported_to_onnx(cell: str, rng: np.random.Generator, tmp_path: Path) -> None:
    theirs = Theirs(cell)

    class Module(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.words, self.rnn, self.fc = theirs.words, theirs.rnn, theirs.fc

        def forward(self, x: Any) -> Any:
            return self.fc(self.rnn(self.words(x))[0])

    x = rng.integers(9, size=(5, 2))
    torch.onnx.export(Module(), (torch.from_numpy(x),), tmp_path / "theirs.onnx", dynamo=False)
    np.testing.assert_allclose(back(tmp_path / "theirs.onnx").forward(x)[0], theirs.answers(x), atol=1e-6)


def plain(rng: np.random.Generator) -> dict[str, Numbers]:
    """The tensors of an LSTM with a head."""
    network = elman.Network(3, 2, hidden=4, seed=0)
    network.initialise(rng, SCALE)
    found = {f"rnn.{name}": values for name, values in network.state_dict().items()}
    return found | {f"out.{name}": values for name, values in network.state_dict("head").items()}


def test_what_is_not_one_network_is_refused(rng: np.random.Generator, tmp_path: Path) -> None:
    def refused(tensors: dict[str, Numbers], match: str, **options: Any) -> None:
        save_file({name: np.ascontiguousarray(values) for name, values in tensors.items()}, tmp_path / "x")
        with pytest.raises(elman.ElmanError, match=match):
            elman.import_model(tmp_path / "x", **options)

    whole = plain(rng)
    save_file(whole, tmp_path / "x")
    assert back(tmp_path / "x", readout="mean").architecture.readout == "mean"
    without = {name: values for name, values in whole.items() if not name.startswith("out")}
    refused(without, r"expected one head, with weight \(any, 4\); found none among rnn.bias_hh_l0")
    refused({"out.weight": whole["out.weight"]}, "expected one recurrent module, with weight_hh_l0; found none")
    refused(whole | {"norm.scale": np.ones(4, np.float32)}, r"found norm\.scale as well")
    refused(whole | {"other.weight": whole["out.weight"]}, "expected one head.*found other, out")
    refused(whole | {"rnn.weight_ih_l0": np.ones((16, 3, 1), np.float32)}, "expected")
    refused(whole, "readout: expected one of", readout="median")
    (tmp_path / "x").write_bytes(b"nothing of the kind")
    with pytest.raises(
        elman.ConfigError, match=r"expected a file of safetensors.*\(\.onnx\); found another, or a damaged one\n"
    ):
        elman.import_model(tmp_path / "x")
    with pytest.raises(elman.ModelFileError, match="no such file"):
        elman.import_model(tmp_path / "none")
    (tmp_path / "x.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(elman.ConfigError, match=r"expected an ONNX file; found another, or a damaged one$"):
        elman.import_model(tmp_path / "x.onnx")


def test_onnx_that_computes_something_else_is_refused(rng: np.random.Generator, tmp_path: Path) -> None:
    onnx = import_module("onnx")
    elman.export(elman.Network(3, 2, cell="gru", hidden=4), tmp_path / "x.onnx", "onnx")
    model = onnx.load(tmp_path / "x.onnx")
    [node] = [node for node in model.graph.node if node.op_type == "GRU"]
    [reset] = [one for one in node.attribute if one.name == "linear_before_reset"]
    reset.i = 0
    onnx.save(model, tmp_path / "x.onnx")
    with pytest.raises(elman.ConfigError, match="GRU: expected linear_before_reset 1; found 0"):
        elman.import_model(tmp_path / "x.onnx")


# --- from elsewhere ---


@needs(PYTORCH)
def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return partial(Path.touch, tmp_path / "executed"), ()

    (tmp_path / "x.pt").write_bytes(pickle.dumps({"weight_hh_l0": Evil()}))
    with pytest.raises(
        elman.ConfigError,
        match="found another file, a whole module, or a damaged one",
    ):
        elman.import_model(tmp_path / "x.pt")
    torch.save({"weight_hh_l0": Evil()}, tmp_path / "y.pt")
    with pytest.raises(elman.ConfigError, match="expected a state_dict of tensors"):
        elman.import_model(tmp_path / "y.pt")
    assert not (tmp_path / "executed").exists()


@needs(PYTORCH)
def test_tensors_of_pytorch_are_found_or_what_is_in_their_place_is_named(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    tensors = {name: torch.from_numpy(values) for name, values in plain(rng).items()}
    torch.save({name: values.bfloat16() for name, values in tensors.items()}, tmp_path / "half.pt")
    assert isinstance(elman.import_model(tmp_path / "half.pt"), elman.Network)
    torch.save({"model": tensors, "epoch": 3}, tmp_path / "more.pt")
    with pytest.raises(elman.ConfigError, match=r"more\.pt: .*; found what is no tensor: model, epoch"):
        elman.import_model(tmp_path / "more.pt")
    torch.save(tensors, tmp_path / "good.pt")
    with pytest.raises(elman.ConfigError, match=r"good\.pt: attention: expected weight; found nothing"):
        elman.import_model(tmp_path / "good.pt", readout="attention")


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """An address here, and the folder whose files are there."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()
        thread.join()


def test_from_an_address_with_its_checksum(
    served: tuple[str, Path], command: Callable[..., tuple[int, Any, str]], tmp_path: Path
) -> None:
    address, folder = served[0] + "/adder.safetensors", served[1]
    elman.train("add").save(folder / "adder.safetensors")
    data = (folder / "adder.safetensors").read_bytes()
    digest = sha256(data).hexdigest()
    model = elman.import_model(address, sha256=digest)
    assert isinstance(model, elman.Model)
    assert model.predict([(17, 25)]) == [42]
    for _ in range(2):  # what is another file does not stay in the cache
        with pytest.raises(elman.DataError, match="expected a file whose SHA-256 is 000"):
            elman.import_model(address, sha256="0" * 64)
    with pytest.raises(elman.ConfigError, match="sha256: expected 64 hexadecimal digits; found '3f29'"):
        elman.import_model(address, sha256="3f29")
    with pytest.raises(elman.ConfigError, match="expected the SHA-256 of the file beside its address; found none"):
        elman.import_model(address)
    # The command line keeps the bytes: a certificate is about them.
    code, out, _ = command("import", address, "--sha256", digest, "--out", str(tmp_path / "a"), "--json")
    assert (code, out["task"], (tmp_path / "a").read_bytes()) == (0, "add", data)
    with pytest.raises(elman.DataError, match="expected a file whose SHA-256 is 000"):
        elman.import_model(tmp_path / "a", sha256="0" * 64)
    with pytest.raises(elman.ConfigError, match="expected no readout: it is a file of elman"):
        elman.import_model(tmp_path / "a", readout="last")


def test_from_hugging_face(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Their library fetches; here stands what elman asks it for.
    elman.Network(2, 1, seed=0).save(tmp_path / "net.safetensors")
    asked: list[tuple[Any, ...]] = []

    def download(repository: str, file: str, *, revision: str | None) -> str:
        asked.append((repository, file, revision))
        if file == "none":
            raise OSError("404")
        return str(tmp_path / "net.safetensors")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    assert isinstance(elman.import_model("hf://someone/adders/small/net.safetensors"), elman.Network)
    elman.import_model("hf://someone/adders@v1/net.safetensors")
    assert asked == [("someone/adders", "small/net.safetensors", None), ("someone/adders", "net.safetensors", "v1")]
    with pytest.raises(elman.DataError, match="hf://someone/adders/none: cannot be fetched: 404"):
        elman.import_model("hf://someone/adders/none")
    with pytest.raises(elman.ConfigError, match="expected hf://owner/name/file"):
        elman.import_model("hf://adders")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(elman.ConfigError, match="expected the package huggingface_hub; found none") as caught:
        elman.import_model("hf://someone/adders/net.safetensors")
    assert caught.value.hint == "pip install 'elman[hub]'"


def test_the_library_of_hugging_face_takes_what_it_is_given() -> None:
    import inspect

    names = inspect.signature(import_module("huggingface_hub").hf_hub_download).parameters
    assert list(names)[:2] == ["repo_id", "filename"]
    assert "revision" in names


def test_the_command_line_imports(
    command: Callable[..., tuple[int, Any, str]], rng: np.random.Generator, tmp_path: Path
) -> None:
    save_file(plain(rng), tmp_path / "theirs")
    words = ["import", str(tmp_path / "theirs"), "--out", str(tmp_path / "net")]
    code, out, _ = command(*words, "--readout", "last", "--json")
    assert (code, out) == (
        0,
        {"task": None, "model": str(tmp_path / "net"), "cell": "lstm", "parameters": 154},
    )
    assert elman.Network.load(tmp_path / "net").architecture.readout == "last"
    code, _, told = command(*words)
    assert (code, "expected nothing there; found a file" in told) == (2, True)
    code, out, _ = command(*words, "--force")
    assert (code, out.splitlines()) == (
        0,
        [
            "a network without a task: lstm, 154 parameters",
            "the file does not tell all of it; so it has what is usual: --readout steps, without --symbols",
            f"saved to {tmp_path / 'net'}",
        ],
    )


@needs(PYTORCH)
def test_cells_that_pytorch_has_not_are_refused(tmp_path: Path) -> None:
    for options in ({"cell": "none"}, {"cell": "rnn", "nonlinearity": "sigmoid"}):
        with pytest.raises(elman.ConfigError, match="expected an lstm, a gru, or an rnn of tanh or relu; found"):
            elman.export(elman.Network(1, 1, **options), tmp_path / "x", "torch")  # type: ignore[arg-type]
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(("ending", "to"), [(".onnx", "onnx"), (".h", "c"), (".pt", "torch"), (".PTH", "torch")])
def test_a_model_of_elman_has_no_name_of_another_tools_file(
    ending: str, to: str, tmp_path: Path, command: Callable[..., tuple[int, str, str]]
) -> None:
    model, out = tmp_path / "add", tmp_path / f"z{ending}"
    elman.train("add", steps=1).save(model)
    other = "c" if to == "onnx" else "onnx"
    for words in (
        ("export", model),
        ("export", model, "--to", other),
        ("import", model),
        ("train", "add", "--steps", "1"),
    ):
        code, _, said = command(*map(str, words), "--out", str(out))
        assert (code, f"the name of a file of {to}" in said, f"--to {to}" in said) == (2, True, True), words
        assert not out.exists()
