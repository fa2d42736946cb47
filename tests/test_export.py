"""What a model file holds, and what is shipped: as few bytes as will do, and nothing of its maker's machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import elman
from elman.models.sizes import sizes
from elman.network.checks import Array
from elman.network.packing import NARROW, SCALE, pack, rounded, unpack
from elman.tasks.text.corpus.corpus import Corpus
from elman.tasks.text.settings import TextSettings
from elman.tasks.text.task import Text
from test_files import contents, everything, forge, refusal, tensor

SONG = "".join(f"{n} green bottles, hanging on the wall.\n" for n in range(60, 0, -1))
SMALL: dict[str, Any] = {"hidden": 48, "batch": 4, "length": 32, "rate": 0.02}


@pytest.fixture
def song(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> elman.Model:
    """A model of a text in the same folder, which is the working one."""
    monkeypatch.chdir(tmp_path)
    Path("song.txt").write_text(SONG)
    return elman.train("text", "song.txt", steps=150, every=50, **SMALL)


# --- shorter numbers ---


def network_of(values: Array, dtype: str = "float32") -> elman.Network:
    network = elman.Network(inputs=3, outputs=2, cell="gru", hidden=4, initial="learned", dtype=dtype, seed=0)
    network.parameters.flat[...] = np.resize(values, network.parameters.flat.shape)
    return network


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(st.floats(-60_000, 60_000, width=32), min_size=1, max_size=40),
    dtype=st.sampled_from(["float32", "float64"]),
    form=st.sampled_from(NARROW),
)
def test_shorter_numbers_are_near_and_stay_what_they_are(values: list[float], dtype: str, form: str) -> None:
    network = network_of(np.array(values), dtype)
    near = rounded(network.parameters, form)
    tensors = pack(near, form)
    for name, view in near.items():
        assert np.array_equal(unpack(tensors, near, form)[name], view)
        wanted = network.parameters[name]
        if form == "int8" and view.ndim == 2:
            # Half a step of the row's scale; a row of next to nothing is 0.
            step = np.abs(wanted).max(axis=1, keepdims=True) / 127
            assert (np.abs(view - wanted) <= step * 0.5001 + 1e-28).all()
            assert tensors[name].dtype == np.int8
        elif form == "float16":
            assert (np.abs(view - wanted) <= np.abs(wanted) * 2.0**-11 + 2.0**-25).all()
        else:
            assert np.array_equal(view, wanted.astype(np.float32))
    again = rounded(near, form)
    assert np.array_equal(again.flat, near.flat)


def test_numbers_that_a_form_cannot_hold_are_refused() -> None:
    with pytest.raises(elman.ConfigError, match="expected numbers that float16 can hold; found 7e"):
        rounded(network_of(np.array([7e4])).parameters, "float16")
    with pytest.raises(elman.ConfigError, match=r"did you mean|expected one of float32, float16, int8"):
        rounded(network_of(np.zeros(1)).parameters, "int4")


def test_weights_that_were_changed_after_the_export_are_not_written(tmp_path: Path) -> None:
    small = elman.train("add", steps=3).exported("int8")
    small.network.parameters["weight_hh_l0"][0, 0] += 1e-4
    with pytest.raises(elman.ConfigError, match=r"tensor 'weight_hh_l0'.*int8"):
        small.save(tmp_path / "small")
    assert not list(tmp_path.iterdir())


# --- files that are shipped ---


@pytest.mark.parametrize("dtype", [None, "float16", "int8"])
def test_what_is_shipped_is_small_and_works(dtype: str | None, tmp_path: Path) -> None:
    model = elman.train("add")
    whole, small = tmp_path / "whole", tmp_path / "small"
    model.save(whole)
    report = model.export(small, dtype)
    assert report["bytes"] == small.stat().st_size < 0.6 * whole.stat().st_size
    assert report["before"] == report["after"] == (None if dtype is None else model.metrics)
    loaded = elman.load(small)
    assert (loaded.resumable, loaded.metrics) == ({}, model.metrics)
    assert loaded.predict([(17, 25)]) == [42]
    assert loaded.prove(small.read_bytes()).verdict == "proven"
    # The same bytes again: nothing is rounded twice.
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == small.read_bytes()


def test_what_is_shipped_says_nothing_of_its_makers_machine(song: elman.Model, tmp_path: Path) -> None:
    song.export("shipped")
    data = Path("shipped").read_bytes()
    header = data[: 8 + int.from_bytes(data[:8], "little")]
    for word in (str(tmp_path), "song.txt", "/", str(Path.home()), platform.node()):
        assert not word or word.encode() not in header
    body, tensors = contents(Path("shipped"))
    assert body["header"]["sources"] == []
    assert set(tensors) == set(song.network.parameters)
    assert body["implied"] == {}


def test_text_is_written_and_scored_by_what_is_shipped(song: elman.TextModel) -> None:
    report = song.export("small", "int8")
    assert report["after"]["nats_per_character"] < report["before"]["nats_per_character"] * 1.005
    loaded = elman.load("small", "text")
    assert isinstance(loaded, elman.TextModel)
    assert loaded.metrics == report["after"]
    assert loaded.sample("9 green", length=20).count(" ") > 0
    assert loaded.score(SONG)["characters"] == len(SONG)
    # A byte a weight, and some.
    assert report["bytes"] < song.network.parameters.flat.size * 1.1 + 6000


def test_int8_that_costs_too_much_is_refused(song: elman.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elman.network.packing.LEVELS", 3)  # two bits, and a sign
    with pytest.raises(elman.ConfigError, match=r"^int8: expected a score at most 0.5% worse; found .* nats per char"):
        song.export("small", "int8")
    monkeypatch.setattr("elman.network.packing.LEVELS", 1)
    with pytest.raises(
        elman.ConfigError, match=r"^int8: expected a score .*% of the answers wrong, where it was 0.0000%"
    ):
        elman.train("add").export("small", "int8")
    assert not Path("small").exists()


def test_what_a_score_costs_is_told_in_what_the_task_counts() -> None:
    coin = elman.TASKS["coin"]()
    assert coin.cost_told({"kl": {"128": 0.001, "256": 0.003}}) == "0.002000 nats per toss from the exact posterior"
    assert elman.TASKS["add"]().cost_told({"pairs": 400, "exact": 399}) == "0.2500% of the answers wrong"
    poem = Text.learning(Corpus.of(["roses are red"]), [], TextSettings(recite=True, validate=0.0))
    said = {"characters": 13, "recited": 7, "exact": False, "places": 4, "begun": 1}
    assert poem.cost_told(said) == "50.0000% of the text not recited"
    assert poem.cost_told({**said, "recited": 13, "exact": True}) == "75.0000% of the places in it not gone on with"
    with pytest.raises(elman.ConfigError, match=r"^text: expected some that is held out to measure by; found none"):
        poem.cost({"characters": 0})


def test_int8_needs_something_to_be_measured_on(song: elman.Model, tmp_path: Path) -> None:
    song.save("m")
    Path("song.txt").rename("moved.txt")
    model = elman.load("m")
    with pytest.raises(
        elman.ConfigError, match=r"int8: expected data that tells what it costs; found none: .*song.txt"
    ):
        model.export("small", "int8")
    assert not Path("small").exists()
    report = model.export("small", "int8", Path("moved.txt"))
    assert report["after"]["characters"] == len(SONG)
    assert elman.load("small").metrics == {}  # those are of another text than what was held out
    assert "song.txt: expected a file; found none" in model.export("half", "float16")["reason"]
    with pytest.raises(elman.ConfigError, match=r"^data: expected with float16 or int8 only; found 'moved.txt'"):
        model.export("slim", data=["moved.txt"])
    with pytest.raises(elman.DataError, match=r"^nowhere.txt: expected a file; found none"):
        model.export("half", "int8", ["nowhere.txt"])
    for form in ("float16", "int8"):
        with pytest.raises(
            elman.ConfigError, match=r"^data: expected none, .* makes its own; found 'moved.txt'"
        ) as caught:
            elman.train("add", steps=3).export("adder", form, ["moved.txt"])
        assert "name a file" not in caught.value.hint


def test_training_does_not_go_on_from_what_is_shipped_and_says_what_does(song: elman.Model) -> None:
    song.export("shipped")
    with pytest.raises(elman.ConfigError, match="found one without: it was exported") as caught:
        elman.train(resume="shipped", steps=200)
    assert "elman.train('text', path, start=model)" in caught.value.hint
    task = elman.load("shipped").task
    assert isinstance(task, Text)
    with pytest.raises(elman.DataError, match="or the model was exported"):
        task.again([])
    assert elman.train("text", "song.txt", start="shipped", steps=2).updates == 2


@pytest.mark.parametrize(
    ("task", "rows", "options"),
    [
        ("classify", ["id,x,y", *(f"{n // 2},{n % 2},{'ab'[n // 2 % 2]}" for n in range(80))], ("--label", "y")),
        ("series", ["y", *map(str, range(60))], ("--horizon", "2")),
    ],
    ids=["classify", "series"],
)
def test_what_is_shipped_names_how_it_is_scored(
    task: str, rows: list[str], options: tuple[str, ...], tmp_path: Path, command: Callable[..., Any]
) -> None:
    log, model, shipped = (str(tmp_path / name) for name in ("log.csv", "model", "shipped"))
    Path(log).write_text("\n".join([*rows, ""]))
    command("train", task, log, *options, "--steps", "2", "--out", model)
    command("export", model, "--out", shipped)
    code, _, err = command("score", shipped)
    assert code == 2 and "or the model was exported" in err
    assert f"hint: name it: `elman score MODEL FILE`, `elman train {task} FILE --resume MODEL`\n" in err


def test_scales_are_checked_as_all_tensors_are(tmp_path: Path) -> None:
    path, name = tmp_path / "small", "weight_hh_l0" + SCALE
    elman.train("add", steps=3, hidden=2).exported("int8").save(path)
    whole = path.read_bytes()
    changes: list[Callable[[Array], Array]] = [
        lambda a: a[:1],
        lambda a: a.astype(np.float64),
        lambda a: a * np.nan,
        lambda a: a + 3e38,
    ]
    for change in changes:
        path.write_bytes(whole)
        forge(path, path, tensor(name, change))
        assert "weight_hh_l0" in refusal(path)


# --- what the file of a training holds ---


def test_file_holds_no_vector_twice_and_no_vector_of_zeros(tmp_path: Path) -> None:
    plain = elman.train("add", recipe="tutorial", steps=20)
    plain.save(tmp_path / "plain")
    body, tensors = contents(tmp_path / "plain")
    assert body["implied"] == {"training.first": "zeros", "training.second": "zeros"}
    assert set(tensors) == set(plain.network.parameters)
    assert everything(elman.load(tmp_path / "plain")) == everything(plain)


def test_best_network_of_a_text_is_the_average_and_stands_there_once(song: elman.Model) -> None:
    assert song.validations[-1][1] == min(value for _, value in song.validations)
    song.save("m")
    body, tensors = contents(Path("m"))
    assert body["implied"] == {"training.average": "parameters"}
    assert {name for name in tensors if name.startswith("training.")} == {
        "training.first",
        "training.second",
        "training.parameters",
        "training.carried.h",
        "training.carried.c",
    }
    assert everything(elman.load("m")) == everything(song)
    longer = elman.train(resume="m", steps=250)
    assert everything(longer)["updates"] == 250
    whole = elman.train("text", "song.txt", steps=250, every=50, **SMALL)
    assert longer.network.parameters.flat.tobytes() == whole.network.parameters.flat.tobytes()


def test_sizes_are_those_of_the_files(song: elman.Model) -> None:
    song.save("m")
    parts = sizes(elman.load("m"))
    assert sum(parts["holds"].values()) == Path("m").stat().st_size
    assert parts["holds"]["training"] > 2 * parts["holds"]["network"]
    for form, size in parts["exported"].items():
        elman.load("m").exported(form).save("small")
        # Metrics, which only a measured model has, are some bytes of its header.
        assert abs(size - Path("small").stat().st_size) < 100


# --- where the text was ---


def test_text_is_found_from_wherever_the_model_is_used(song: elman.Model, tmp_path: Path) -> None:
    Path("models").mkdir()
    song.save("models/m")
    assert contents(Path("models/m"))[0]["header"]["sources"] == ["../song.txt"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    os.chdir(elsewhere)
    assert elman.train(resume=tmp_path / "models" / "m", steps=151).updates == 151
    # Also after both have moved, and through a link to the folder.
    os.chdir("/")
    moved = tmp_path.rename(tmp_path.with_name(tmp_path.name + " moved"))
    (moved / "link").symlink_to(moved / "models")
    assert elman.train(resume=moved / "link" / "m", steps=151).updates == 151
    moved.rename(tmp_path)


def test_text_that_has_moved_is_named_with_where_it_was(song: elman.Model, tmp_path: Path) -> None:
    song.save("m")
    Path("song.txt").rename("moved.txt")
    with pytest.raises(elman.DataError) as caught:
        elman.train(resume="m", steps=151)
    assert str(caught.value) == f"{tmp_path / 'song.txt'}: expected a file; found none"
    assert "elman.train(data=path, resume=model)" in caught.value.hint
    assert elman.train("text", "moved.txt", resume="m", steps=151).updates == 151
