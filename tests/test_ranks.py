"""Processes that train one network together: as one process does, whatever happens to one of them."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from elman.models import begin
from optional import needs
from test_exchange import together

TORCH = Peer("PyTorch", ("torch",))
MPIEXEC = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
with_torch = needs(TORCH)
with_mpi = pytest.mark.skipif(
    not MPIEXEC or importlib.util.find_spec("mpi4py") is None, reason="mpi4py and MPI are not installed"
)
PROGRAM = str(Path(__file__).with_name("ranked.py"))
SETTINGS: dict[str, Any] = {"hidden": 12, "batch": 6, "steps": 60, "output_dropout": 0.3, "seed": 4}
WORDS = ("text", "verses.txt", *(f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()))
DIVERGES = ("--cell=rnn", "--nonlinearity=relu", "--optimizer=sgd", "--rate=1e30")
LIMIT = 600  # seconds, on a busy machine: nothing here waits for ever


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a text."""
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdef"), 4)) for _ in range(30)]
    (tmp_path / "verses.txt").write_text("\n".join(" ".join(rng.choice(words, 6)) for _ in range(300)))
    return tmp_path


def environment() -> dict[str, str]:
    return {**os.environ, "ELMAN_THREADS": "1", "OMP_NUM_THREADS": "1"}


def mpiexec(folder: Path, *words: str, what: str = "nothing", rank: int = 0) -> subprocess.Popen[str]:
    """`elman train` with these words, in two processes."""
    command = [str(MPIEXEC), "-n", "2", sys.executable, PROGRAM, what, str(rank), "train", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment(), stdout=pipe, stderr=pipe, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, and what was said."""
    try:
        out, errors = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    return process.returncode, out, errors


def shared_model(data: Path) -> elman.Model:
    """As two processes train it: these are threads."""

    def one(exchange: Any, part: tuple[int, int]) -> elman.Model:
        training = begin("text", str(data), **SETTINGS)
        training.share(exchange, part)
        for _ in training.run():
            pass
        return training.model()

    found: elman.Model = together(2, one)[0]
    return found


def same(one: elman.Model, other: elman.Model) -> bool:
    """Bit for bit."""
    return bool((one.network.parameters.flat == other.network.parameters.flat).all())


def test_two_share_a_training_as_one_does_it(folder: Path) -> None:
    """Validations and dropout included."""
    data = folder / "verses.txt"
    alone, two = elman.train("text", str(data), **SETTINGS), shared_model(data)
    np.testing.assert_allclose(two.network.parameters.flat, alone.network.parameters.flat, rtol=0, atol=1e-5)
    assert [update for update, _ in two.validations] == [update for update, _ in alone.validations]
    np.testing.assert_allclose([v for _, v in two.validations], [v for _, v in alone.validations], rtol=1e-5)


def test_they_begin_with_the_same(folder: Path) -> None:
    """Or all are told."""
    data = str(folder / "verses.txt")

    def one(exchange: Any, part: tuple[int, int]) -> str:
        with pytest.raises(
            elman.ConfigError, match="expected that all 2 processes begin with what rank 0 does"
        ) as info:
            begin("text", data, **SETTINGS | {"seed": part[0]}).share(exchange, part)
        return str(info.value)

    first, second = together(2, one)
    assert first == second
    assert first.endswith("found 1 that do not")


@with_mpi
def test_mpiexec_trains_as_one_process_does(folder: Path) -> None:
    """One object on stdout, one report on stderr, one file, with the bits that two processes make."""
    code, out, errors = ended(mpiexec(folder, *WORDS, "--out", "m.safetensors", "--json"))
    assert code == 0, errors
    found = json.loads(out)
    assert found["steps"] == 60
    assert errors.count("updates, of about") == 1
    assert {path.name for path in folder.iterdir()} == {"m.safetensors", "verses.txt"}
    model = elman.load(folder / "m.safetensors")
    assert same(model, shared_model(folder / "verses.txt"))
    assert found["metrics"] == json.loads(json.dumps(model.metrics))


@with_mpi
def test_rank_0_decides_what_goes_by_the_clock(folder: Path) -> None:
    """A slow process, and the end of the time; one process goes on with what two have begun."""
    words = [word for word in WORDS if not word.startswith("--steps")]
    process = mpiexec(folder, *words, "--steps=100000", "--minutes=0.01", "--out=m.safetensors", what="slow", rank=1)
    code, _, errors = ended(process)
    assert code == 0, errors
    model = elman.load(folder / "m.safetensors")
    assert 1 < model.updates < 100_000
    more = elman.train(resume=folder / "m.safetensors", steps=model.updates + 5)
    assert more.updates == model.updates + 5


@with_mpi
def test_ctrl_c_ends_all_after_the_same_update(folder: Path) -> None:
    """The model is kept, and the training goes on from there."""
    words = [word for word in WORDS if not word.startswith("--steps")]
    process = mpiexec(folder, *words, "--steps=1000000", "--out=m.safetensors")
    while process.poll() is None and not (folder / "m.safetensors").exists():  # the first checkpoint
        time.sleep(0.05)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    code, _, errors = ended(process)
    assert code == 128 + signal.SIGINT, errors
    assert errors.count(": interrupted\n") == 1
    assert "elman train --resume m.safetensors" in errors
    done = elman.load(folder / "m.safetensors").updates
    assert done > 1
    assert f"stopped after {done:,} of " in errors


@with_mpi
def test_one_that_fails_ends_all_with_its_error(folder: Path) -> None:
    """And what was kept before stays."""
    code, _, errors = ended(mpiexec(folder, *WORDS, "--out=m.safetensors", what="failing", rank=1))
    assert code != 0
    assert "error: rank 1: something of its own\nhint: a hint\n" in errors
    assert 0 < elman.load(folder / "m.safetensors").updates < 30


@with_mpi
def test_full_disk(folder: Path) -> None:
    """Each checkpoint is a warning, the end is an error, and nobody waits."""
    code, _, errors = ended(mpiexec(folder, *WORDS, "--out=m.safetensors", what="full"))
    assert code == 2
    assert "warning: no checkpoint: m.safetensors: not written" in errors
    assert "error: m.safetensors: not written" in errors
    assert 0 < elman.load(folder / "m.safetensors").updates < 31


@with_mpi
def test_what_is_not_finite_ends_all(folder: Path) -> None:
    """Rank 0 says so, and keeps the last good update."""
    code, _, errors = ended(mpiexec(folder, "add", "--steps=60", *DIVERGES, "--out=m.safetensors"))
    assert code == 2
    assert errors.count("is not finite") == 1
    assert "rank 1" not in errors


@with_torch
def test_killed_process_of_torchrun_goes_on_from_the_last_checkpoint(folder: Path) -> None:
    """To the same bits as if nothing had happened."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "--max-restarts=1"]
    command = [*torchrun, "--monitor-interval=0.1", PROGRAM, "killed", "1", "train", *WORDS]
    done = subprocess.run(
        [*command, "--out=m.safetensors"], cwd=folder, env=environment(), capture_output=True, text=True, timeout=LIMIT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("60 updates in") == 1
    model = elman.load(folder / "m.safetensors")
    assert model.updates == 60
    assert same(model, shared_model(folder / "verses.txt"))


def test_many_trainings_are_no_shared_one(monkeypatch: pytest.MonkeyPatch, command: Any) -> None:
    """Each process would train all."""

    class Two:
        size = 2

    monkeypatch.setattr("elman.interop.ranks.ranks", Two)
    code, _, errors = command("train", "add", "--seeds", "0-3")
    assert code == 2
    assert "--seeds: expected one process; found 2" in errors


def test_alone() -> None:
    """Where nobody started several, an exchange is one with oneself."""
    found = elman.ranks()
    assert (found.part, found.restarts) == ((0, 1), 0)
    flat = np.arange(3.0)
    found.exchange(flat)
    np.testing.assert_array_equal(flat, np.arange(3.0))
