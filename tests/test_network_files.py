"""Files of networks and trainers: what goes in comes out, training goes on to the bit, and nothing wrong is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import isabstract
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.cli import run
from elman.training.trainer import KINDS
from instances import LOSSES, NOISES, READS
from test_files import added, contents, field, forge, full_disk, removed, tensor
from test_optimizers import OPTIMIZERS, ROWS, assert_same_bits, examples, noisy_network, windows

ARCHITECTURES = [
    elman.Architecture(inputs=3, outputs=2, cell=cell, hidden=4, **options)
    for cell in elman.CELLS
    for options in (
        {"layers": 2, "bidirectional": True, "initial": "learned", **NOISES},
        {"dtype": "float64", "bias": False, "initial": 0.5, "readout": "attention", **READS["embedding"]},
        {"symbols": True, "embedding": 4, "tied": True},
    )
]


def network(**options: Any) -> elman.Network:
    return elman.Network(2, 1, **{"cell": "lstm", "hidden": 2, "seed": 1, **options})


def trained(**options: Any) -> elman.Trainer:
    """A trainer after two updates, of a network so small that every byte of its file can be tried."""
    trainer = elman.Trainer(network(), **options)
    rng = np.random.default_rng(0)
    list(trainer.run([elman.Batch(inputs=rng.standard_normal((3, 2, 2)), targets=rng.random((3, 2, 1)))] * 2))
    return trainer


def everything(trainer: elman.Trainer) -> dict[str, Any]:
    """All that a trainer is, as values that can be compared."""
    arrays = {"parameters": trainer.network.parameters.flat, **trainer.arrays()}
    return {
        "settings": {name: value for name, value in vars(trainer).items() if name[0] != "_" and name not in BESIDE},
        "architecture": trainer.network.architecture,
        **{name: (array.dtype, array.shape, array.tobytes()) for name, array in arrays.items()},
    }


BESIDE = ("network", "carried")  # which are compared by their numbers


# --- networks ---


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda a: f"{a.cell}-{a.dtype}")
def test_loaded_network_is_the_saved_one_bit_for_bit(architecture: elman.Architecture, tmp_path: Path) -> None:
    saved = elman.Network.of(architecture)
    saved.initialise(np.random.default_rng(0))
    saved.save(tmp_path / "first")
    loaded = elman.Network.load(str(tmp_path / "first"))
    assert loaded.architecture == architecture
    assert loaded.parameters.flat.tobytes() == saved.parameters.flat.tobytes()
    loaded.save(tmp_path / "second")
    assert (tmp_path / "second").read_bytes() == (tmp_path / "first").read_bytes()


def test_subclass_of_network_loads_as_itself(tmp_path: Path) -> None:
    class Mine(elman.Network):
        pass

    network().save(tmp_path / "network")
    assert type(Mine.load(tmp_path / "network")) is Mine


@pytest.mark.parametrize("dtype", [None, "float16", "int8"])
def test_network_of_a_model_file_is_that_of_the_model(dtype: str | None, tmp_path: Path) -> None:
    model = elman.train("add", hidden=4, bits=2, steps=20).exported(dtype)
    model.save(tmp_path / "model")
    loaded = elman.Network.load(tmp_path / "model")
    assert loaded.architecture == model.network.architecture
    assert loaded.parameters.flat.tobytes() == model.network.parameters.flat.tobytes()


# --- trainers ---


@pytest.mark.parametrize("options", [{"averaging": 0.7}, {"clip_norm": 0.3, "clip_value": 0.2}], ids=str)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_training_that_was_saved_and_loaded_goes_on_as_if_it_had_not_been(
    optimizer: elman.Optimizer, options: dict[str, Any], tmp_path: Path, rng: np.random.Generator
) -> None:
    batch, schedule = examples(rng), elman.Steps(every=2, warmup=1)
    options = {"optimizer": optimizer, "schedule": schedule, "seed": 9, **options}
    whole, half = (elman.Trainer(noisy_network(), **options) for _ in range(2))
    losses = [event.losses for event in whole.run([windows(batch)])]
    begun = [event.losses for event in half.run([windows(batch, slice(2))])]
    half.save(tmp_path / "half")
    loaded = elman.Trainer.load(tmp_path / "half")
    assert everything(loaded) == everything(half)
    ended = [event.losses for event in loaded.run([windows(batch, slice(2, None))])]  # it begins with a carried state
    assert loaded.updates == len(ROWS)
    np.testing.assert_array_equal(np.concatenate(begun + ended), np.concatenate(losses))
    assert_same_bits(loaded, whole)
    assert everything(loaded) == everything(whole)


float32: Any = np.float32  # whose numbers are numbers, if not for type checkers
SETTINGS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "patterns, whose order counts": {"optimizer": elman.AdamW(weight_decay={"weight_hh*": 0.5, "weight*": 0, "*": 1})},
    "numbers of numpy": {"optimizer": elman.SGD(float32(0.1)), "clip_norm": np.float64(2), "seed": np.int64(3)},
    "nesterov": {"optimizer": elman.SGD(0.3, momentum=0.5, nesterov=True), "loss": "squared", "reduction": "sum"},
    "betas": {"optimizer": elman.Adam(1e-3, betas=(0.8, 0.95), eps=1e-5), "schedule": elman.Constant(warmup=3)},
    "linear": {"schedule": elman.Linear(updates=30, final=1 / 3), "optimizer": elman.RMSProp(alpha=1 / 7)},
    "cosine": {"schedule": elman.Cosine(updates=30, warmup=2), "optimizer": elman.Adagrad(1e-2, eps=1e-7)},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_a_trainer_are_those_that_were_saved(name: str, tmp_path: Path) -> None:
    for saved in (trained(**SETTINGS[name]), elman.Trainer(network(), **SETTINGS[name])):
        saved.save(tmp_path / "trainer")
        loaded = elman.Trainer.load(tmp_path / "trainer")
        assert everything(loaded) == everything(saved)
        decay = saved.optimizer.weight_decay
        assert not isinstance(decay, dict) or list(loaded.optimizer.weight_decay) == list(decay)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", LOSSES)
def test_loss_of_a_trainer_is_the_one_that_was_saved(name: str, tmp_path: Path) -> None:
    saved = elman.Trainer(elman.Network(2, 2, readout="attention"), loss=LOSSES[name])
    saved.save(tmp_path / "trainer")
    loaded = elman.Trainer.load(tmp_path / "trainer")
    assert loaded.loss == LOSSES[name]
    assert everything(loaded) == everything(saved)


def test_every_optimizer_schedule_and_loss_of_elman_can_be_saved() -> None:
    public = [getattr(elman, name) for name in elman.__all__ if isinstance(getattr(elman, name), type)]
    concrete = {
        one for one in public if issubclass(one, elman.Optimizer | elman.Schedule | elman.Loss) and not isabstract(one)
    }
    assert set(KINDS.values()) == concrete


@dataclass(frozen=True, kw_only=True)
class Halving(elman.Schedule):
    def shape(self, u: Any) -> Any:
        return 0.5**u


def test_schedule_of_ones_own_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(elman.ConfigError, match=r"schedule: expected one of SGD, .*Cosine.*; found Halving") as caught:
        trained(schedule=Halving()).save(tmp_path / "trainer")
    assert "pickle" in caught.value.hint
    assert not list(tmp_path.iterdir())


# --- what is not what was asked for ---


def test_each_file_says_what_it_is_where_another_is_expected(tmp_path: Path) -> None:
    network().save(tmp_path / "network")
    trained().save(tmp_path / "trainer")
    elman.train("add", steps=2).save(tmp_path / "model")
    none = "expected a model of a task; found a network without a task"
    cases: list[tuple[Callable[[Path], object], str, str, str]] = [
        (elman.load, "network", none, "`elman.Network.load` reads it"),
        (elman.load, "trainer", none, "`elman.Trainer.load` goes on training it"),
        (elman.Trainer.load, "network", "expected the state of a trainer; found a network without", "elman.Trainer("),
        (
            elman.Trainer.load,
            "model",
            "expected the state of a trainer; found a model of a task",
            "elman.train(resume=",
        ),
    ]
    for read, name, message, hint in cases:
        with pytest.raises(elman.ModelFileError, match=message) as caught:
            read(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        assert hint in caught.value.hint
    np.testing.assert_array_equal(
        elman.Network.load(tmp_path / "trainer").parameters.flat, trained().network.parameters.flat
    )


@pytest.mark.parametrize("call", [elman.Network.load, elman.Trainer.load, network().save, trained().save])
def test_path_that_is_none_is_refused(call: Callable[..., object], tmp_path: Path) -> None:
    with pytest.raises(elman.ConfigError, match="path: expected the name of a file; found 5"):
        call(5)
    with pytest.raises(elman.ModelFileError, match="a folder"):
        call(tmp_path)


FORGERIES: dict[str, tuple[Any, str]] = {
    "no rate": (field("header", "trainer", "optimizer", value={"kind": "Steps"}), "every"),
    "optimizer of no kind": (field("header", "trainer", "optimizer", value={}), "optimizer: kind: expected one of SGD"),
    "kind of no name": (field("header", "trainer", "optimizer", "kind", value=["Adam"]), "optimizer: kind"),
    "optimizer that is a schedule": (
        field("header", "trainer", "optimizer", value={"kind": "Constant", "warmup": 0}),
        "optimizer: expected one like elman.Optimizer",
    ),
    "rate that is no number": (
        field("header", "trainer", "optimizer", "rate", value="fast"),
        "rate: expected a number",
    ),
    "unknown field": (field("header", "trainer", "optimizer", "speed", value=1), "found 'speed'"),
    "one beta": (field("header", "trainer", "optimizer", "betas", value=[0.9]), "betas: expected two numbers"),
    "decay that is no pairs": (
        field("header", "trainer", "optimizer", "weight_decay", value={"pairs": [1]}),
        "optimizer: expected pairs",
    ),
    "decay of no names": (
        field("header", "trainer", "optimizer", "weight_decay", value={"pairs": [[[], 1]]}),
        "optimizer: expected names",
    ),
    "loss that is none": (field("header", "trainer", "loss", value="bit"), "loss: expected one of bits"),
    "negative seed": (field("header", "trainer", "seed", value=-1), "seed: expected"),
    "half an update": (field("header", "trainer", "updates", value=0.5), "updates: expected a whole number"),
    "unknown setting": (field("header", "trainer", "colour", value=1), "colour: missing, or unknown"),
    "missing setting": (lambda body, _: body["header"]["trainer"].pop("loss"), "loss: missing, or unknown"),
    "trainer that is no object": (field("header", "trainer", value=[1]), "field 'trainer': expected dict; found list"),
    "unknown field of a header": (field("header", "licence", value="none"), "licence"),
    "average of none": (
        added("training.average", np.zeros(51, np.float32)),
        "expected the tensors first, second; found",
    ),
    "no moments": (removed("training.first"), "expected the tensors first, second; found"),
    "moments of another network": (tensor("training.first", lambda a: a[:-1]), "tensor 'training.first': expected"),
    "moments of another type": (tensor("training.second", lambda a: a.astype(np.float64)), "'training.second'"),
    "moment that is not finite": (
        tensor("training.second", lambda a: a * np.inf),
        "'training.second': expected finite",
    ),
    "half a state": (removed("training.carried.c"), "some are missing"),
    "state of another network": (tensor("training.carried.h", lambda a: a[:, :, :1]), "training.carried.h"),
    "other architecture": (field("header", "architecture", "hidden", value=3), "field 'architecture'"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_trainer_is_refused_even_if_its_checksums_are_right(name: str, tmp_path: Path) -> None:
    edit, message = FORGERIES[name]
    trained().save(tmp_path / "trainer")
    forge(tmp_path / "forged", tmp_path / "trainer", edit)
    with pytest.raises(elman.ModelFileError) as caught, np.errstate(invalid="ignore"):
        elman.Trainer.load(tmp_path / "forged")
    assert message in str(caught.value)
    assert str(tmp_path / "forged") in str(caught.value)


@pytest.mark.parametrize("mask", [0x01, 0x20])
def test_every_flipped_byte_is_refused_or_changes_nothing(mask: int, tmp_path: Path) -> None:
    path, saved = tmp_path / "trainer", trained()
    saved.save(path)
    data, refused, wanted = path.read_bytes(), 0, everything(saved)
    for offset, byte in enumerate(data):
        path.write_bytes(data[:offset] + bytes([byte ^ mask]) + data[offset + 1 :])
        try:
            loaded = elman.Trainer.load(path)
        except elman.ModelFileError:
            refused += 1
        else:
            assert everything(loaded) == wanted
    assert refused > 0.9 * len(data)


# --- writing ---


@pytest.mark.parametrize("make", [network, trained])
def test_file_is_written_whole_or_not_at_all(make: Callable[[], Any], tmp_path: Path) -> None:
    path = tmp_path / "file"
    elman.train("add", steps=2).save(path)
    before = path.read_bytes()
    with pytest.raises(elman.ModelFileError, match="not written"), full_disk():
        make().save(path)
    assert path.read_bytes() == before
    make().save(path)  # over whatever it is, as `Model.save` does
    assert path.read_bytes() != before
    assert list(tmp_path.iterdir()) == [path]


def test_what_could_not_be_loaded_again_is_not_written(tmp_path: Path) -> None:
    diverged, overflown = network(), trained()
    diverged.parameters["head.bias"][0] = np.nan
    with pytest.raises(elman.ModelFileError, match=r"tensor 'head\.bias': expected finite numbers"):
        diverged.save(tmp_path / "network")
    overflown.second[3] = np.inf
    with pytest.raises(elman.ConfigError, match=r"tensor 'training\.second': expected finite numbers"):
        overflown.save(tmp_path / "trainer")
    assert not list(tmp_path.iterdir())


def test_trainer_that_was_changed_to_what_is_none_is_not_written(tmp_path: Path) -> None:
    for name, value, message in (
        ("averaging", 0.5, "expected the tensors first, second, average; found first, second"),
        ("loss", "bit", "loss: expected one of"),
        ("carried", elman.State(h=np.zeros((1, 2, 2), np.float32)), "some are missing"),
        (
            "carried",
            elman.State(h=np.zeros((1, 2, 3)), c=np.zeros((1, 2, 3))),
            r"training\.carried\.h': expected float32",
        ),
    ):
        trainer = trained()
        setattr(trainer, name, value)
        with pytest.raises(elman.ConfigError, match=message):
            trainer.save(tmp_path / "trainer")
    assert not list(tmp_path.iterdir())


# --- what the command line says of them ---


def test_info_tells_of_networks_and_trainers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network().save(tmp_path / "network")
    trained(optimizer=elman.Adam(0.25)).save(tmp_path / "trainer")
    assert run(["info", str(tmp_path / "network")]) == 0
    assert "task: not set" in (out := capsys.readouterr().out) and "trainer: not set" in out
    assert run(["info", str(tmp_path / "trainer")]) == 0
    out = capsys.readouterr().out
    assert "rate: 0.25" in out and "updates: 2" in out and "weight_hh_l0: 8 × 2" in out
    for verb in (["predict"], ["score"], ["export", "--out", str(tmp_path / "small")]):
        assert run([verb[0], str(tmp_path / "network"), *verb[1:]]) == 2
        assert "found a network without a task" in capsys.readouterr().err
    assert run(["train", "add", "--out", str(tmp_path / "network")]) == 2
    assert "found something else" in capsys.readouterr().err


def test_file_of_a_network_says_only_what_it_is(tmp_path: Path) -> None:
    network().save(tmp_path / "network")
    body, tensors = contents(tmp_path / "network")
    assert body["header"] == {
        "version": elman.__version__,
        "architecture": network().architecture.to_json(),
        "stored": "float32",
        "trainer": {},
    }
    assert set(tensors) == set(network().parameters)


@pytest.mark.parametrize("shape", [{"cell": "lstm"}, {"cell": "none"}, {"symbols": True, "bidirectional": True}])
def test_a_picture_has_the_gates_and_states_of_an_impulse(shape: dict[str, Any], tmp_path: Path, command: Any) -> None:
    pytest.importorskip("matplotlib")
    from elman.network.picture import IMPULSE, STEPS, picture

    made = elman.Network(3, 2, hidden=5, layers=2, **{"cell": "gru", **shape})
    x = np.zeros(
        (STEPS, 1) if made.architecture.symbols else (STEPS, 1, 3), np.int32 if made.architecture.symbols else "f4"
    )
    x[(IMPULSE, 0) if made.architecture.symbols else (IMPULSE, 0, 0)] = 1
    trace, layer = made.trace(x), -made.architecture.directions
    assert picture(made).get_suptitle().endswith("; layer 1" + ", forwards" * made.architecture.bidirectional)
    panels = {axes.get_title(): axes for axes in picture(made).axes if axes.images}
    shown = {"hidden state": "h", "forget gate": "forget", "update gate": "update", "cell state": "c"}
    found = {name: shown[name] for name in panels if name in shown}
    assert "hidden state" in found
    for name, own in found.items():
        expected = trace[own][layer, -STEPS:, 0].T
        np.testing.assert_array_equal(np.asarray(panels[name].images[0].get_array()), expected)
    made.save(tmp_path / "network")
    out = tmp_path / "network.svg"
    assert command("plot", str(tmp_path / "network"), "--out", str(out), "--json")[1]["task"] is None
    code, _, said = command("plot", str(tmp_path / "network"), "a.csv", "--out", str(out), "--force")
    assert code == 2 and "a.csv: expected a model of a task" in said
