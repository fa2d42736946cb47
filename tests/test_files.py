"""Model files: what goes in comes out, a write happens whole or not at all, and damage never passes for a model."""

from __future__ import annotations

import errno
import json
import os
import pickle
import resource
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

import elman
from elman.errors import missing, similar

Body = dict[str, Any]
Tensors = dict[str, NDArray[Any]]
Edit = Callable[[Body, Tensors], object]

# All sizes are small, so that every byte of a file can be tried.
SMALL: dict[str, Any] = {"hidden": 2, "bits": 1, "batch": 3, "steps": 4}


@pytest.fixture(scope="module")
def model() -> elman.Model:
    return elman.train("add", **SMALL)


@pytest.fixture
def path(model: elman.Model, tmp_path: Path) -> Path:
    model.save(tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def everything(model: elman.Model) -> dict[str, Any]:
    """All that a model is, as values that can be compared."""
    arrays = {**model.network.parameters, **{f"training.{name}": a for name, a in model.resumable.items()}}
    return {
        "task": model.task.name,
        "settings": vars(model.task.settings),
        "architecture": model.network.architecture,
        "metrics": model.metrics,
        "updates": model.updates,
        "seconds": model.seconds,
        **{name: (array.dtype, array.shape, array.tobytes()) for name, array in arrays.items()},
    }


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def checksum(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def contents(path: Path) -> tuple[Body, Tensors]:
    """The `elman` entry of a file's metadata, and the tensors."""
    with safe_open(path, framework="numpy") as file:
        return json.loads(file.metadata()["elman"]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def forge(path: Path, source: Path, edit: Edit) -> None:
    """Writes a model file that differs from its source, but has all its checksums right."""
    body, tensors = contents(source)
    del body["checksum"]
    edit(body, tensors)
    if isinstance(body.get("tensors"), dict):
        body["tensors"] = {name: checksum(array.tobytes()) for name, array in tensors.items()}
    body["checksum"] = checksum(canonical(body))
    path.write_bytes(save(tensors, metadata={"elman": canonical(body).decode()}))


def refusal(path: Path) -> str:
    """The error with which `load` refuses a file."""
    with pytest.raises(elman.ModelFileError) as caught:
        elman.load(path)
    message = str(caught.value)
    assert str(path) in message
    return message


# --- what goes in comes out ---


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("add", {}),
        ("subtract", {"cell": "lstm", "layers": 2, "dtype": "float64"}),
        ("add", {"cell": "gru", "bias": False}),
        ("add", {"cell": "none", "steps": 0}),
        ("subtract", {"recipe": "tutorial", "steps": 10}),
    ],
)
def test_loaded_model_is_the_saved_one_bit_for_bit(task: str, settings: dict[str, Any], tmp_path: Path) -> None:
    saved = elman.train(task, **{"steps": 20, "bits": 3, **settings})
    saved.save(tmp_path / "first")
    loaded = elman.load(tmp_path / "first")
    assert everything(loaded) == everything(saved)
    assert loaded.version == elman.__version__
    loaded.save(tmp_path / "second")
    assert (tmp_path / "second").read_bytes() == (tmp_path / "first").read_bytes()


def test_header_says_all_that_is_to_be_known(model: elman.Model, path: Path) -> None:
    body, tensors = contents(path)
    header = body["header"]
    assert body["format"] == 2
    assert header == {
        "version": elman.__version__,
        "task": "add",
        "codec": {"kind": "bits", "order": "least significant first", "bits": 1, "ordered": False},
        "architecture": model.network.architecture.to_json(),
        "training": {"settings": vars(model.task.settings), "updates": 4, "seconds": model.seconds, "validations": []},
        "metrics": model.metrics,
        "data": "pairs below 2^1, any order, seed 0",
        "sources": [],
        "stored": "float32",
        "seed": 0,
    }
    assert set(body["tensors"]) == set(tensors) > set(model.network.parameters)


def test_model_of_another_task_is_refused_where_one_is_asked_for(path: Path) -> None:
    assert elman.load(path, task="add").task.name == "add"
    with pytest.raises(elman.ModelFileError, match="expected a model of the task 'subtract'; found one of 'add'"):
        elman.load(path, task="subtract")


# --- writing ---


@contextmanager
def full_disk(free: int = 100) -> Iterator[None]:
    """No file can grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def no_space(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def check_failed_write_leaves_all_as_it_was(model: elman.Model, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(elman.ModelFileError, match="not written"):
        model.save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_full_disk_leaves_the_old_file_alone(model: elman.Model, path: Path) -> None:
    with full_disk():
        check_failed_write_leaves_all_as_it_was(model, path)


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.chmod", "pathlib.Path.replace"])
def test_write_that_fails_at_any_step_leaves_the_old_file_alone(
    step: str, model: elman.Model, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, no_space)
    check_failed_write_leaves_all_as_it_was(model, path)


KILLED_AT_EACH_LINE = """
import itertools, os, signal, sys
import elman
from elman.errors import missing, similar
from elman.network import file

path = sys.argv[1]
old, new = elman.load(path), elman.load(path)
new.updates += 1

def kill_at(line):
    def trace(frame, event, _):
        nonlocal line
        if frame.f_code.co_filename != file.__file__:
            return None
        line -= event == "line"
        if line == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    return trace

for line in itertools.count(1):
    old.save(path)
    if os.fork() == 0:
        sys.settrace(kill_at(line))
        new.save(path)
        os._exit(0)
    status = os.wait()[1]
    print(elman.load(path).updates - old.updates)
    if status == 0:
        break
"""


def test_kill_at_any_line_of_a_write_leaves_the_old_file_or_the_new_one(path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", KILLED_AT_EACH_LINE, path], capture_output=True, text=True, check=True)
    found = list(map(int, run.stdout.split()))
    assert found == sorted(found)
    assert found.count(0) > 10
    assert found.count(1) > 1


def test_new_file_heeds_the_umask_and_an_old_one_keeps_its_mode(model: elman.Model, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        model.save(tmp_path / "new")
        (tmp_path / "old").touch()
        (tmp_path / "old").chmod(0o600)
        model.save(tmp_path / "old")
    finally:
        os.umask(before)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("new", "old")]
    assert modes == [0o640, 0o600]


@pytest.mark.parametrize("name", ["missing/model", ".", "file/model", "fifo", "x" * 300, "zero\0byte"])
def test_path_that_cannot_be_written_is_refused(name: str, model: elman.Model, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo")
    before = set(tmp_path.iterdir())
    with pytest.raises(elman.ModelFileError):
        model.save(tmp_path / name)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_network_that_could_not_be_loaded_again_is_not_written(number: float, tmp_path: Path) -> None:
    diverged = elman.train("add", **SMALL)
    diverged.network.parameters["head.bias"][0] = number
    with pytest.raises(elman.ModelFileError, match=r"tensor 'head\.bias'"):
        diverged.save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


# --- damage ---


def tensor_at(data: bytes, offset: int) -> str:
    """The name of the tensor to which this byte of a file belongs."""
    end = 8 + int.from_bytes(data[:8], "little")
    tensors = json.loads(data[8:end])
    del tensors["__metadata__"]
    [name] = [n for n, t in tensors.items() if t["data_offsets"][0] <= offset - end < t["data_offsets"][1]]
    return str(name)


def check_refused_or_equal(path: Path, model: elman.Model) -> None:
    try:
        loaded = elman.load(path)
    except elman.ModelFileError as error:
        message = str(error)
        assert any(word in message for word in ("field", "tensor", "metadata", "safetensors")), message
    else:
        assert everything(loaded) == everything(model)


# The last mask makes F an I, and so of floats integers.
@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80, 0x0F])
def test_every_flipped_byte_is_refused_or_changes_nothing(mask: int, model: elman.Model, path: Path) -> None:
    data = path.read_bytes()
    numbers = 8 + int.from_bytes(data[:8], "little")
    with path.open("r+b", buffering=0) as file:
        for offset, byte in enumerate(data):
            os.pwrite(file.fileno(), bytes([byte ^ mask]), offset)
            if offset >= numbers:
                assert f"tensor {tensor_at(data, offset)!r}" in refusal(path)
            else:
                check_refused_or_equal(path, model)
            os.pwrite(file.fileno(), bytes([byte]), offset)


def test_every_truncation_is_refused(path: Path) -> None:
    for length in reversed(range(path.stat().st_size)):
        os.truncate(path, length)
        refusal(path)


def test_bytes_after_the_end_are_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")
    refusal(path)


# --- what was never a model ---


def safetensors(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def with_metadata(text: str) -> bytes:
    return safetensors({"__metadata__": {"elman": text}})


def one_tensor(dtype: str, shape: list[int], data: bytes) -> bytes:
    tensor = {"dtype": dtype, "shape": shape, "data_offsets": [0, len(data)]}
    return safetensors({"__metadata__": {"elman": "{}"}, "t": tensor}, data)


STRANGERS = {
    "empty": (b"", "an empty file"),
    "text": (b"I am a model, trust me.\n", "a safetensors file"),
    "pickle": (pickle.dumps({"weight": [1.0]}), "a safetensors file"),
    "another safetensors file": (save({"w": np.zeros(3)}), "expected an elman model"),
    "huge announced header": (struct.pack("<Q", 1 << 62) + b"{}", "a safetensors file"),
    "header beyond the end": (struct.pack("<Q", 10_000) + b"{}", "a safetensors file"),
    "deeply nested header": (safetensors(b"[" * 100_000), "a safetensors file"),
    "deeply nested list": (with_metadata("[" * 100_000), "metadata 'elman'"),
    "deeply nested object": (with_metadata('{"format":' * 50_000 + "1" + "}" * 50_000), "metadata 'elman'"),
    "number of 10,000 digits": (with_metadata('{"format": ' + "1" * 10_000 + "}"), "metadata 'elman'"),
    "no object": (with_metadata("[]"), "field 'format'"),
    "no JSON": (with_metadata("{"), "metadata 'elman'"),
    "infinity": (with_metadata('{"format": 2, "header": {"seed": 1e999}, "tensors": {}}'), "field 'checksum'"),
    "lone surrogate": (with_metadata('{"format": 2, "header": {"task": "\\ud800"}}'), "field 'checksum'"),
    "bfloat16": (one_tensor("BF16", [1], b"\0\0"), "bfloat16"),
    "float8": (one_tensor("F8_E4M3", [1], b"\0"), "float8"),
    "shape beyond all memory": (one_tensor("F32", [0, 1 << 63], b""), "cannot be read"),
    "a hundred dimensions": (one_tensor("F32", [1] * 100, b"\0" * 4), "dimension"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_file_of_something_else_is_refused(name: str, tmp_path: Path) -> None:
    data, expected = STRANGERS[name]
    (tmp_path / "stranger").write_bytes(data)
    assert expected in refusal(tmp_path / "stranger")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert "no such file" in refusal(tmp_path / "missing")
    assert "a folder" in refusal(tmp_path)
    assert "no regular file" in refusal(tmp_path / "fifo")  # opening it would wait forever
    assert "no regular file" in refusal(Path("/dev/zero"))  # reading it would too
    assert "cannot be read" in refusal(tmp_path / "zero\0byte")


def test_file_larger_than_the_memory_is_refused_unread(tmp_path: Path) -> None:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", memory + 1)
    assert "fits into" in refusal(tmp_path / "sparse")


# --- whoever changes a file can make its checksums right, too ---


def field(*keys: str, value: object) -> Edit:
    def edit(body: Body, _: Tensors) -> None:
        place = body
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return edit


def tensor(name: str, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Edit:
    return lambda _, tensors: tensors.update({name: np.ascontiguousarray(change(tensors[name]))})


def added(name: str, array: NDArray[Any]) -> Edit:
    return lambda _, tensors: tensors.update({name: array})


def removed(name: str) -> Edit:
    return lambda _, tensors: tensors.pop(name)


def three_inputs(body: Body, tensors: Tensors) -> None:
    """A sound network, but none for pairs of bits."""
    body["header"]["architecture"]["inputs"] = 3
    tensors["weight_ih_l0"] = np.zeros((2, 3), np.float32)


FORGERIES: dict[str, tuple[Edit, str]] = {
    "future format": (field("format", value=3), "field 'format': expected 2; found 3"),
    "format that is no number": (field("format", value="1"), "field 'format'"),
    "unknown field": (field("header", "licence", value="none"), "licence"),
    "unknown task": (field("header", "task", value="multiply"), "field 'task'"),
    "seed that is no number": (field("header", "seed", value="0"), "field 'seed'"),
    "metrics that are no object": (field("header", "metrics", value=[]), "field 'metrics'"),
    "header that is no object": (field("header", value=[]), "header"),
    "sources that are no list": (field("header", "sources", value="/home"), "field 'sources'"),
    "sources that are no paths": (field("header", "sources", value=[1]), "sources"),
    "unknown form": (field("header", "stored", value="int4"), "field 'stored'"),
    "form of other tensors": (field("header", "stored", value="float16"), "expected float16"),
    "form of missing scales": (field("header", "stored", value="int8"), "scale"),
    "implied that is no object": (field("implied", value=[]), "field 'implied'"),
    "implied parameter": (field("implied", value={"head.bias": "zeros"}), "field 'implied'"),
    "implied unknown": (field("implied", value={"training.third": "zeros"}), "training.third"),
    "implied as something else": (field("implied", value={"training.first": ["ones"]}), "field 'implied'"),
    "implied and there": (field("implied", value={"training.first": "zeros"}), "training.first"),
    "no training": (field("header", "training", value={}), "settings"),
    "unknown setting": (field("header", "training", "settings", "colour", value=1), "colour"),
    "setting out of range": (field("header", "training", "settings", "bits", value=0), "bits"),
    "rate that is no number": (field("header", "training", "settings", "rate", value="fast"), "rate"),
    "hidden of no units": (field("header", "training", "settings", "hidden", value=0), "hidden"),
    "negative updates": (field("header", "training", "updates", value=-5), "updates"),
    "half an update": (field("header", "training", "updates", value=1.5), "updates"),
    "seconds that are no number": (field("header", "training", "seconds", value="nan"), "seconds"),
    "unknown cell": (field("header", "architecture", "cell", value="transformer"), "cell"),
    "cell that is no name": (field("header", "architecture", "cell", value=5), "cell"),
    "architecture beyond the file": (field("header", "architecture", "hidden", value=1 << 20), "parameters"),
    "unknown readout": (field("header", "architecture", "readout", value="sum"), "readout"),
    "readout of another task": (field("header", "architecture", "readout", value="mean"), "readout"),
    "weights of a readout that are missing": (
        field("header", "architecture", "readout", value="attention"),
        "parameters",
    ),
    "architecture with an unknown field": (field("header", "architecture", "heads", value=8), "heads"),
    "network of another task": (three_inputs, "inputs"),
    "wrong shape": (tensor("weight_ih_l0", lambda a: a.reshape(1, 4)), "tensor 'weight_ih_l0'"),
    "wrong type": (tensor("head.bias", lambda a: a.view(np.int32)), "tensor 'head.bias'"),
    "wrong precision": (tensor("head.bias", lambda a: a.astype(np.float64)), "tensor 'head.bias'"),
    "NaN": (tensor("weight_hh_l0", lambda a: a * np.nan), "tensor 'weight_hh_l0'"),
    "missing tensor": (removed("bias_hh_l0"), "parameters"),
    "unknown tensor": (added("weight_hh_l7", np.zeros(0, np.float32)), "weight_hh_l7"),
    "moments too short": (tensor("training.first", lambda a: a[:3]), "training.first"),
    "moments of integers": (tensor("training.first", lambda a: a.view(np.int32)), "training.first"),
    "moments of NaN": (tensor("training.second", lambda a: a * np.nan), "training.second"),
    "unknown training state": (added("training.third", np.zeros(3, np.float32)), "training.third"),
    "carried state of no shape": (added("training.carried.h", np.zeros(3, np.float32)), "carried"),
    "carried state of too few units": (added("training.carried.h", np.zeros((1, 3, 1), np.float32)), "carried"),
    "carried state of another cell": (added("training.carried.c", np.zeros((1, 3, 2), np.float32)), "carried"),
    "carried state of no name": (added("training.carried.self", np.zeros((1, 3, 2), np.float32)), "carried"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_file_is_refused_by_the_name_of_what_is_wrong(name: str, path: Path) -> None:
    edit, expected = FORGERIES[name]
    forge(path, path, edit)
    assert expected in refusal(path).removeprefix(str(path))


def test_file_of_before_there_were_readouts_is_read(model: elman.Model, path: Path) -> None:
    forge(path, path, lambda body, _: body["header"]["architecture"].pop("readout"))
    assert everything(elman.load(path)) == everything(model)


def test_forging_nothing_gives_the_same_file(model: elman.Model, path: Path) -> None:
    before = path.read_bytes()
    forge(path, path, lambda *_: None)
    assert path.read_bytes() == before
    assert everything(elman.load(path)) == everything(model)


def test_a_file_that_is_not_there_is_told_from_others_by_its_own_name_not_by_its_ending(tmp_path: Path) -> None:
    for name in ("coin.safetensors", "verses.txt", "verses.md"):
        (tmp_path / name).touch()
    hints = {"sample.safetensors": "", "coins.safetensors": "coin.safetensors", "coin.st": "coin.safetensors"}
    for given, near in {**hints, "verse.txt": "verses.txt", "verses.mdx": "verses.md"}.items():
        assert similar(str(tmp_path / given)) == (f"did you mean {str(tmp_path / near)!r}?" if near else "")
    assert similar(str(tmp_path / "none" / "verses.txt")) == ""
    assert missing(str(tmp_path / "x")) == f"it was looked for in {tmp_path}"
    assert (
        missing(str(tmp_path / "none" / "x")) == f"it was looked for in {tmp_path / 'none'}, which is not there either"
    )
