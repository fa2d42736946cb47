"""The mean of networks and of models is one of them: `elman average`, `elman.average`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
import shop
from elman.errors import ConfigError
from elman.network import Architecture, Network
from elman.network.averaging import averaged
from elman.tasks.labelled.classify import Classify
from optional import DUCKDB, needs

Run = Callable[..., tuple[int, Any, str]]
BASE: dict[str, Any] = {"inputs": 3, "outputs": 2, "hidden": 4, "dtype": "float64"}


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "none"])
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"layers": 3, "bidirectional": True, "readout": "last"},
        {"layers": 2, "bidirectional": True, "readout": "max", "initial": "learned"},
        {"readout": "mean", "bias": False},
        {"symbols": True, "layers": 2},
        {"symbols": True, "embedding": 5, "bidirectional": True, "initial": "learned"},
    ],
)
def test_outputs_are_the_mean_of_those_of_the_networks(cell: str, given: dict[str, Any]) -> None:
    if cell == "none" and "bidirectional" in given:
        given = {**given, "bidirectional": False}
    rng = np.random.default_rng(0)
    networks = [Network.of(Architecture(cell=cell, **BASE, **given)) for _ in range(3)]
    for network in networks:
        network.parameters.flat = rng.normal(size=network.parameters.flat.size)
    symbols = bool(given.get("symbols"))
    inputs = [rng.integers(0, 3, steps) if symbols else rng.normal(size=(steps, 3)) for steps in (1, 5, 2)]
    several = [list(network.outputs(inputs)) for network in networks]
    for number, found in enumerate(averaged(networks).outputs(inputs)):
        np.testing.assert_allclose(found, np.mean([one[number] for one in several], axis=0), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("given", "other", "message"),
    [
        ({}, {"hidden": 5}, r"networks\[1\]: expected the architecture .*hidden=4.* found .*hidden=5"),
        ({"readout": "attention"}, {}, "readout: expected a network whose mean with others is a network"),
        ({"symbols": True, "embedding": 4, "tied": True}, {}, "tied: expected"),
    ],
)
def test_networks_without_such_a_mean_are_refused(given: Any, other: Any, message: str) -> None:
    first, second = (Network.of(Architecture(**(BASE | given | one))) for one in ({}, dict(other)))
    with pytest.raises(ConfigError, match=message):
        averaged([first, second])
    with pytest.raises(ConfigError, match="networks: expected two or more; found 1"):
        averaged([first])


@pytest.fixture
def table(tmp_path: Path) -> str:
    steps = [f"{n},{t},{(n % 2) + t * 0.1},{'ab'[n % 2]}\n" for n in range(30) for t in range(4)]
    path = tmp_path / "steps.csv"
    path.write_text("".join(["id,time,x,y\n", *steps]))
    return str(path)


def test_command_line_averages_models_which_are_scored_and_answer(table: str, tmp_path: Path, command: Run) -> None:
    options: dict[str, Any] = {"label": "y", "id": "id", "time": "time", "hidden": 4, "epochs": 2, "validate": 0.0}
    paths = [str(tmp_path / f"{seed}") for seed in range(3)]
    models = [elman.train("classify", table, **options, seed=seed) for seed in range(3)]
    for model, path in zip(models, paths, strict=True):
        model.save(path)
    out = str(tmp_path / "all")
    code, found, _ = command("average", *paths, "--out", out, "--json")
    assert (code, found["task"], found["models"]) == (0, "classify", 3)
    together = elman.load(out)
    inputs = [np.array([[0.1], [0.9]]), np.array([[1.0]] * 5)]
    assert isinstance(together.task, Classify)
    encoded = together.task.encoded(inputs)
    logits = np.mean([model.network.outputs(encoded) for model in models], axis=0)
    np.testing.assert_allclose(together.network.outputs(encoded), logits, atol=1e-6)
    code, scored, _ = command("score", out, table, "--json")
    assert (code, scored["sequences"]) == (0, 30)
    code, _, told = command("average", paths[0], "--out", f"{out}2")
    assert (code, "models: expected two or more; found 1" in told) == (2, True)
    code, _, told = command("average", *paths, "--out", out)
    assert (code, "expected nothing there; found a file" in told) == (2, True)


@needs(DUCKDB)
@pytest.mark.parametrize("validate", [0.0, 0.2])
def test_models_of_sessions_weigh_their_sources_together(validate: float, tmp_path: Path, command: Run) -> None:
    """By what is held out, which is read again where models come from files."""
    data, paths = shop.write(tmp_path / "clicks.csv", shop.rows(200)), [str(tmp_path / f"{seed}") for seed in range(2)]
    given: dict[str, Any] = {"hidden": 8, "embedding": 6, "epochs": 1, "validate": validate}
    models: list[Any] = [elman.train("sessions", data, **given, seed=seed) for seed in range(2)]
    for model, path in zip(models, paths, strict=True):
        model.save(path)
    together: Any = elman.average(models)
    assert (together.task.known.mix.weights == models[0].task.known.mix.weights) == (validate == 0)
    assert command("average", *paths, "--out", str(tmp_path / "all"))[0] == 0
    found: Any = elman.load(tmp_path / "all")
    assert found.recommend(["i3"], 5) == together.recommend(["i3"], 5)
    session = [found.task.known.encode(["i3", "i9"])]
    logits = np.mean([model.network.outputs(session)[0] for model in models], axis=0)
    np.testing.assert_allclose(found.network.outputs(session)[0], logits, atol=1e-5)
    other = elman.train("sessions", data, **{**given, "validate": 0.4}, seed=2)
    with pytest.raises(ConfigError, match="learned from the same data as models\\[0\\], with the same part held out"):
        elman.average([models[0], other])


def test_models_of_texts_have_an_embedding_of_all(tmp_path: Path) -> None:
    texts = "".join(f"{word} {n},{label}\n" for n in range(20) for word, label in (("good", "a"), ("bad", "b")))
    (tmp_path / "texts.csv").write_text("text,label\n" + texts)
    given: dict[str, Any] = {"label": "label", "epochs": 1, "embedding": 4, "validate": 0.0}
    models = [elman.train("classify", tmp_path / "texts.csv", **given, seed=seed) for seed in range(2)]
    elman.average(models).save(tmp_path / "all")
    assert elman.load(tmp_path / "all").network.architecture.embedding == 8


def test_models_that_learned_from_others_are_refused(table: str) -> None:
    options: dict[str, Any] = {"label": "y", "id": "id", "time": "time", "hidden": 4, "epochs": 1}
    models = [elman.train("classify", table, **options, validate=0.3, seed=seed) for seed in range(2)]
    with pytest.raises(
        ConfigError, match=r"models\[1\]: expected a model that learned from the same data as models\[0\]"
    ):
        elman.average(models)
    with pytest.raises(ConfigError, match="average: expected a model of"):
        elman.average([elman.train("add", steps=1)] * 2)
    with pytest.raises(ConfigError, match=r"models\[1\]: expected a model of 'classify'; found one of 'add'"):
        elman.average([models[0], elman.train("add", steps=1)])


def test_the_file_that_does_not_fit_is_named(table: str, tmp_path: Path, command: Run) -> None:
    options: dict[str, Any] = {"label": "y", "id": "id", "time": "time", "epochs": 1, "validate": 0.0}
    paths = {name: str(tmp_path / name) for name in ("first", "second", "other", "mean")}
    for seed, (name, hidden) in enumerate((("first", 4), ("second", 4), ("other", 5))):
        elman.train("classify", table, **options, hidden=hidden, seed=seed).save(paths[name])
    assert command("average", paths["first"], paths["second"], "--out", paths["mean"])[0] == 0

    def refused(*names: str) -> str:
        code, _, told = command("average", *(paths[name] for name in names), "--out", str(tmp_path / "out"))
        assert code == 2
        return told.replace(f"{tmp_path}/", "")

    assert "other: expected a network as that of first, hidden 4; found hidden 5\n" in refused("first", "other")
    told = refused("mean", "second")
    assert "second: expected a network as that of mean, hidden 8; found hidden 4\nhint: if one of them is an av" in told
    told = refused("first", "second", "first")
    assert "first: expected another network than that of first; found the same\nhint: name each model once" in told


@pytest.fixture
def waves(tmp_path: Path) -> str:
    rng, steps = np.random.default_rng(0), np.arange(80)
    path = tmp_path / "waves.csv"
    columns = [np.sin(steps + k) + np.sin(steps * (2 + k)) ** 3 + 0.1 * rng.normal(size=80) for k in range(3)]
    path.write_text("\n".join(["a,b,c", *(",".join(map(str, row)) for row in np.stack(columns, 1).tolist()), ""]))
    return str(path)


def forecaster(table: str, seed: int, horizon: int = 2) -> Any:
    return elman.train("series", table, seed=seed, horizon=horizon, season="1", steps=60, hidden=4)


def test_models_of_series_are_calibrated_together(waves: str, tmp_path: Path, command: Run) -> None:
    """On what none of them learned, which is read again where models come from files."""
    models = [forecaster(waves, seed) for seed in range(3)]
    together: Any = elman.average(models)
    codec, data = together.task.known, together.task.learning
    inputs = data.calibrating.inputs
    answers = np.mean([model.task.known.answers(model.network, inputs) for model in models], axis=0)
    np.testing.assert_allclose(codec.answers(together.network, inputs), answers, atol=1e-5)
    again = type(codec.calibration).of(codec.answers(together.network, inputs), data.calibrating_errors, data.blocks)
    np.testing.assert_array_equal(codec.calibration.quantiles, again.quantiles)
    assert not np.array_equal(again.quantiles, models[0].task.known.calibration.quantiles)
    paths, out = [str(tmp_path / f"{seed}") for seed in range(3)], str(tmp_path / "all")
    for model, path in zip(models, paths, strict=True):
        model.save(path)
    code, _, err = command("average", *paths, "--out", out)
    assert code == 0, err
    other: Any = elman.load(out)
    np.testing.assert_array_equal(other.network.parameters.flat, together.network.parameters.flat)
    found, expected = other.predict(5, [90]), together.predict(5, [90])
    for name in ("elman", "elman-lo-90", "elman-hi-90"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-6)
    code, _, err = command("score", out, waves)
    assert code == 0, err
    Path(waves).unlink()
    code, _, err = command("average", *paths, "--out", out + "2")
    assert code == 2 and "waves.csv" in err


def test_models_of_series_in_memory_are_averaged_before_they_are_saved(tmp_path: Path, command: Run) -> None:
    wave, paths = np.sin(np.arange(80.0)), []
    models = [elman.SeriesModel.fit(wave, seed=seed, horizon=2, season="1", steps=9, hidden=4) for seed in range(2)]
    elman.average(models)
    for number, model in enumerate(models):
        model.save(path := tmp_path / f"{number}")
        paths.append(str(path))
    code, _, err = command("average", *paths, "--out", str(tmp_path / "out"))
    assert code == 2 and "--resume" not in err
    assert "data was in memory" in err and "hint: in Python, elman.average(models)" in err


def test_models_of_other_series_are_refused(waves: str, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text(Path(waves).read_text() + "0,0,0\n")
    for other in (forecaster(waves, 1, 3), forecaster(str(more), 1)):
        with pytest.raises(
            ConfigError, match=r"models\[1\]: expected a model that learned from the same data"
        ) as found:
            elman.average([forecaster(waves, 0), other])
        assert "validate" not in found.value.hint
