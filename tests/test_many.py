"""Many trainings side by side are the same as one by one, can be interrupted, and fail each for itself."""

from __future__ import annotations

import csv
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

import elman
from elman.bench.race import Peer
from elman.models.apart import apart
from elman.network.tensors import checksum
from optional import needs

JOBLIB = Peer("joblib", ("joblib",))
FEW: dict[str, Any] = {"steps": 30}
DIVERGES: dict[str, Any] = {"cell": "rnn", "nonlinearity": "relu", "optimizer": "sgd", "rate": 1e30}


def weights(model: elman.Model) -> str:
    return checksum(model.network.parameters.flat.tobytes())


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("task", ["add", "coin"])
def test_the_same_bits_as_one_by_one(task: str) -> None:
    kinds: list[dict[str, Any]] = [{}, {"cell": "gru", "hidden": 7}]
    seeds = [3, 0, 5] if task == "add" else [3, 0]  # a coin takes seconds to score
    rows = elman.train_many(task, seeds=seeds, settings=kinds, workers=3, **FEW)
    assert [(row["seed"], row.get("cell")) for row in rows] == [
        (seed, kind.get("cell")) for kind in kinds for seed in seeds
    ]
    for row, (kind, seed) in zip(rows, ((kind, seed) for kind in kinds for seed in seeds), strict=True):
        model = elman.train(task, seed=seed, **kind, **FEW)
        assert row["weights"] == weights(model)
        assert (row["updates"], row["passed"], row["error"]) == (30, model.passed, None)
    assert len({row["weights"] for row in rows}) == 2 * len(seeds)
    assert elman.threads() == 1


def test_threads_are_as_they_were(one_thread: None) -> None:
    elman.set_threads(3)
    elman.train_many("add", seeds=range(2), **FEW)
    assert elman.threads() == 3


def test_one_that_fails_is_named_and_costs_no_other(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = elman.train_many("add", seeds=range(2), settings=[{}, DIVERGES], out=table, **FEW)
    assert [row["error"] is None for row in rows] == [True, True, False, False]
    assert rows[2]["error"].startswith("NotFiniteError: update ")
    assert [row["passed"] is True for row in rows] == [False] * 4
    assert (rows[2]["passed"], rows[2]["updates"], rows[2]["weights"]) == (None, None, None)
    with table.open(newline="") as file:
        read = list(csv.DictReader(file))
    assert [one["error"] for one in read] == [row["error"] or "" for row in rows]
    assert [one["seed"] for one in read] == ["0", "1", "0", "1"]
    assert [one["weights"] for one in read[:2]] == [row["weights"] for row in rows[:2]]
    # What failed can be tried again, without the others; what was not asked for this time is not forgotten.
    assert {path.name for path in tmp_path.iterdir()} == {"table.csv", "table.csv.part.jsonl"}
    heard: list[dict[str, Any]] = []
    call: dict[str, Any] = {"seeds": [0], "settings": [DIVERGES, {}], "out": table, "on_result": heard.append, **FEW}
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(elman.ConfigError, match=r"table.csv.part.jsonl: expected .* alone; found 2 results of another"):
        elman.train_many("add", **call)
    more = {**call, "seeds": range(3), "settings": [{}, DIVERGES]}  # which would lose nothing, but is not the same
    with pytest.raises(elman.ConfigError, match=r"table.csv: expected nothing there; found a file, and .*part.jsonl"):
        elman.train_many("add", **more)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    again = elman.train_many("add", **call, force=True)
    assert [row["error"] is None for row in again] == [False, True]
    assert [row["seed"] for row in heard] == [0]
    assert again[1] == rows[0]
    elman.train_many("add", seeds=range(2), out=table, on_result=heard.append, force=True, **FEW)
    assert len(heard) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"table.csv", "table.csv.part.jsonl"}


def test_an_interrupted_call_goes_on(tmp_path: Path) -> None:
    whole = elman.train_many("add", seeds=range(5), **FEW)
    heard: list[int] = []

    def interrupt(row: dict[str, Any]) -> None:
        heard.append(row["seed"])
        if len(heard) == 2:
            raise KeyboardInterrupt

    call: dict[str, Any] = {"seeds": range(5), "out": tmp_path / "table.csv", "workers": 1, **FEW}
    with pytest.raises(KeyboardInterrupt):
        elman.train_many("add", on_result=interrupt, **call)
    assert elman.threads() > 0
    journal = tmp_path / "table.csv.part.jsonl"
    assert len(journal.read_text().splitlines()) == 3
    assert not (tmp_path / "table.csv").exists()
    with journal.open("a") as file:
        file.write('{"given": {"seed": 4')  # as a line that the machine's end has cut off
    again: list[int] = []
    rows = elman.train_many("add", on_result=lambda row: again.append(row["seed"]), **call)
    assert sorted(heard + again) == list(range(5))
    assert [row["weights"] for row in rows] == [row["weights"] for row in whole]
    assert not journal.exists()
    assert (tmp_path / "table.csv").exists()


def test_what_failed_is_tried_again_and_more_seeds_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, heard = tmp_path / "table.jsonl", list[int]()
    call: dict[str, Any] = {"out": table, "models": tmp_path / "models", **FEW}

    def full(*_: Any) -> None:
        raise elman.ModelFileError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(elman.Model, "save", full)
        rows = elman.train_many("add", seeds=range(2), **call)
    assert {row["error"] for row in rows} == {"ModelFileError: the disk is full"}
    rows = elman.train_many("add", seeds=range(3), on_result=lambda row: heard.append(row["seed"]), **call)
    assert (sorted(heard), {row["error"] for row in rows}) == ([0, 1, 2], {None})
    (tmp_path / "models" / "add-1.safetensors").unlink()  # is made anew
    elman.train_many("add", seeds=range(3), on_result=lambda row: heard.append(row["seed"]), **call)
    assert heard[3:] == [1]
    for row in rows:
        assert weights(elman.load(row["model"])) == row["weights"]
    with pytest.raises(elman.ConfigError, match=r"expected results of the trainings .*; found those of others"):
        elman.train_many("coin", seeds=range(3), out=table)
    table.write_text("nothing of the kind\n")
    with pytest.raises(elman.DataError, match="expected JSON lines of trainings"):
        elman.train_many("add", seeds=range(3), out=table)


def test_parquet(tmp_path: Path) -> None:
    rows = elman.train_many("add", seeds=range(3), out=tmp_path / "table.parquet", **FEW)
    found = duckdb.execute(
        f"SELECT seed, passed, weights, \"metrics.exact\" FROM '{tmp_path / 'table.parquet'}'"
    ).fetchall()
    assert found == [(row["seed"], row["passed"], row["weights"], row["metrics.exact"]) for row in rows]
    assert [path.name for path in tmp_path.iterdir()] == ["table.parquet"]


@pytest.mark.parametrize("kept", [False, True])
def test_what_is_kept_is_said_once_there_is_something(
    kept: bool, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, out: Path, **__: Any) -> None:
        if kept:
            out.with_name(f"{out.name}.part.jsonl").write_text("{}\n")
        raise KeyboardInterrupt

    monkeypatch.setattr("elman.models.many.train_many", interrupted)
    code, _, told = command("train", "add", "--seeds", "0-3", "--out", str(tmp_path / "x.csv"))
    assert (code, "hint: what is done is kept" in told) == (130, kept)


def test_what_is_wrong_is_said_before_anything_is_trained(tmp_path: Path) -> None:
    def refused(match: str, task: str = "add", **call: Any) -> None:
        with pytest.raises(elman.ConfigError, match=match):
            elman.train_many(task, **{"seeds": range(2), "out": tmp_path / "x.csv", **call})

    refused("task: expected one of", task="ad")
    refused("setting: expected one of", hiden=3)
    refused("hidden: expected", settings=[{}, {"hidden": "many"}])
    refused("seeds: expected each of them once; found 1 again", seeds=[1, 0, 1])
    refused("seeds: expected at least one; found none", seeds=[])
    refused("seeds: expected several whole numbers; found 3", seeds=3)
    refused("seeds: expected at most 1,000,000; found more", seeds=range(10**11))
    refused(r"settings: expected a list of mappings; found \{'hidden': 4\}", settings={"hidden": 4})
    for no_list in (["hidden"], 4):
        refused("settings: expected a list of mappings; found", settings=no_list)
    (occupied := tmp_path.parent / f"{tmp_path.name}.file").write_text("no folder")
    for where in (occupied, occupied / "inside"):
        refused("models: expected a folder; found ", models=where)
    made: dict[str, Any] = {"models": tmp_path / "models"}
    refused("hidden: expected a whole number from 1 to", **made, hidden=0)
    refused("rate: expected a number in", **made, settings=[{}, {"rate": float("nan")}])
    refused("noise: expected a number from", **made, settings=[{}, {"noise": -1}])  # what only a network of it knows
    refused("data: expected none, as the task 'add' makes its own", **made, data="x.csv")
    refused("seeds: expected a whole number", seeds=[-1])
    refused("seed: expected among the seeds", settings=[{"seed": 1}])
    refused("settings: expected some", settings=[])
    refused("expected a name that ends in .csv", out=tmp_path / "x.txt")
    refused("workers: expected a whole number", workers=0)
    refused("expected files, which each training reads", task="text", data="-")
    assert not list(tmp_path.iterdir())
    (tmp_path / "x.csv").write_text("kept")
    refused("expected nothing there; found a file")
    assert (tmp_path / "x.csv").read_text() == "kept"


def test_the_command_line(
    command: Callable[..., tuple[int, Any, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = command("train", "add", "--seeds", "0-2,7", "--out", "x.csv", "--models", "made", "--json")
    assert code == 0
    assert out.pop("wall_seconds") > 0
    assert out == {"task": "add", "table": "x.csv", "seeds": 4, "passed": 4, "failed": 0}
    assert {path.name for path in Path("made").iterdir()} == {f"add-{seed}.safetensors" for seed in (0, 1, 2, 7)}
    code, out, _ = command("train", "add", "--seeds", "0,1", "--steps", "3")
    assert (code, out) == (1, "0 of 2 networks are what they should be; so the exit code is 1\n")
    diverges = [word for name, value in DIVERGES.items() for word in (f"--{name}", str(value))]
    code, _, told = command("train", "add", "--seeds", "4", "--steps", "30", *diverges)
    assert (code, "seed 4: NotFiniteError" in told) == (1, True)
    for words, match in (
        (["--seeds", "x"], "expected seeds as 0-999 or 1,5,7; found 'x'"),
        (["--seeds", "3-1"], "--seeds: expected the lower seed first, 1-3; found '3-1'"),
        (["--seeds", "0-2,1"], "seeds: expected each of them once; found 1 again"),
        (["--seeds", "0-10000000000"], "seeds: expected at most 1,000,000; found more"),
        (["--seeds", "0-2", "--hidden", "0"], "hidden: expected a whole number from 1 to"),
        (["--seeds", "0-2", "--seed", "1"], "--seed: expected without --seeds"),
        (["--seeds", "0-2", "--from", "m"], "--from: expected without --seeds"),
        (["--models", "m"], "--models: expected --seeds beside it"),
    ):
        code, _, told = command("train", "add", *words)
        assert (code, match in told) == (2, True), told
    assert json.loads(json.dumps(elman.train_many("add", seeds=[1], steps=3)))


def test_what_is_good_by_degrees_has_no_verdict(
    command: Callable[..., tuple[int, Any, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Path("chance.csv").open("w") as file:  # labels that nothing tells
        file.write("id,label,x\n")
        file.writelines(f"{one},{'ab'[one % 2]},{one * 7919 % 13}\n" for one in range(60) for _ in range(2))
    words = ["train", "classify", "chance.csv", "--seeds", "0-1", "--steps", "3", "--hidden", "2", "--validate", "0.3"]
    code, out, _ = command(*words, "--out", "table.csv")
    with Path("table.csv").open(newline="") as read:
        found = [float(row["metrics.accuracy"]) for row in csv.DictReader(read)]
    told = f"mean accuracy of 2 networks: {sum(found) / 2:.4f}, {min(found):.4f} to {max(found):.4f}"
    assert (code, out.splitlines()[0]) == (0, told)
    code, out, _ = command(*words, "--json")
    figure = {"name": "accuracy", "mean": pytest.approx(sum(found) / 2), "least": min(found), "most": max(found)}
    assert (code, out["figure"]) == (0, figure)
    code, out, _ = command(*words[:-1], "0")
    assert out.splitlines()[0] == "2 networks trained; nothing was held out to measure them by"
    code, _, told = command(*words, "--rate", "nan", "--models", "made")
    assert (code, "rate: expected a number in" in told, Path("made").exists()) == (2, True, False)


@pytest.mark.parametrize("task", elman.TASKS)
def test_no_setting_becomes_its_least_value_in_silence(task: str) -> None:
    kind = elman.TASKS[task]
    known = kind.settings_type.__dataclass_fields__
    for name, wrong in (("hidden", 0), ("layers", 0), ("embedding", 0), ("batch", 0), ("every", 0), ("epochs", 0)):
        if name in known:
            with pytest.raises(elman.ConfigError, match=rf"^{name}: expected a (whole )?number (from 1 to|in \(0)"):
                kind.settings_type.of(kind.recipes, {name: wrong})
    for rate in (-1.0, float("nan")):
        with pytest.raises(elman.ConfigError, match=r"^rate: expected a number in \[0"):
            kind.settings_type.of(kind.recipes, {"rate": rate})


# --- in processes of joblib ---


def killed(number: int, deadly: int) -> int:
    """Work that kills the process that does it."""
    if number == deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return number * number


@needs(JOBLIB)
@pytest.mark.usefixtures("one_thread")
def test_processes_train_the_same_bits(tmp_path: Path) -> None:
    """And what fails in one is said, as of threads."""
    call: dict[str, Any] = {"seeds": range(3), "settings": [{}, DIVERGES], **FEW}
    here = elman.train_many("add", **call)
    there = elman.train_many("add", **call, backend="loky", workers=2, models=tmp_path, out=tmp_path / "table.csv")
    assert [row["weights"] for row in there] == [row["weights"] for row in here]
    assert [row["error"] for row in there] == [row["error"] for row in here]
    assert weights(elman.load(tmp_path / "add-0-2.safetensors")) == here[2]["weights"]


@needs(JOBLIB)
def test_a_process_that_dies_of_its_work_costs_no_other() -> None:
    """loky itself would give up all results."""
    found = dict(apart(killed, {number: (number, 3) for number in range(8)}, "loky", 2))
    assert {number: result for number, result in found.items() if number != 3} == {
        number: number * number for number in range(8) if number != 3
    }
    assert type(found[3]).__name__ == "TerminatedWorkerError"


@pytest.mark.filterwarnings("ignore:os.fork.. was called. os.fork.. is incompatible with multithreaded code, and JAX")
@needs(JOBLIB)
def test_backends_that_give_all_at_once_do_too() -> None:
    """As Ray's does."""
    assert dict(apart(killed, {number: (number, -1) for number in range(4)}, "multiprocessing", 2)) == {
        number: number * number for number in range(4)
    }


@needs(JOBLIB)
def test_backends_that_others_bring() -> None:
    """Joblib imports what it knows of when it is asked for: Dask, say, which says what it lacks."""
    from joblib import parallel

    def brought() -> None:
        parallel.register_parallel_backend("brought", parallel.BACKENDS["threading"])

    parallel.EXTERNAL_BACKENDS["brought"] = brought
    try:
        assert dict(apart(killed, {number: (number, -1) for number in range(4)}, "brought", 2))[3] == 9
    finally:
        del parallel.EXTERNAL_BACKENDS["brought"], parallel.BACKENDS["brought"]


@needs(JOBLIB)
def test_a_backend_that_is_not_there() -> None:
    with pytest.raises(elman.ConfigError, match="backend: expected one of joblib's; found 'nosuch'"):
        elman.train_many("add", seeds=range(2), backend="nosuch", **FEW)
