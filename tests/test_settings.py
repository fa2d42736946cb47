"""Settings without effect are said; results that are worth nothing are; and nothing else is."""

from __future__ import annotations

import json
import warnings
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.cli import run
from elman.errors import ConfigError
from elman.models import begin
from words import GLIDES, spoken, write

Settings = dict[str, Any]

CELLS: Settings = {"cell": "lstm", "hidden": 5, "dtype": "float64", "rate": 0.03, "batch": 3, "seed": 1}
ARITHMETIC: Settings = {
    **CELLS,
    "bits": 3,
    "nonlinearity": "tanh",
    "layers": 2,
    "bias": False,
    "initial": 0.5,
    "scale": 0.2,
    "noise": 0.1,
    "decay": 0.1,
    "optimizer": "sgd",
    "halve": 2,
    "loss": "squared_sigmoid",
    "reduction": "sum",
    "steps": 4,
}
TEXT: Settings = {
    **CELLS,
    "cell": "gru",
    "epochs": 40.0,
    "tokens": "bytes",
    "encoding": "latin-1",
    "documents": True,
    "layers": 2,
    "embedding": 3,
    "length": 9,
    "dropout": 0.5,
    "output_dropout": 0.5,
    "weight_dropout": 0.5,
    "averaging": 0.1,
    "optimizer": "sgd",
    "schedule": "linear",
    "warmup": 1,
    "clip": 0.001,
    "decay": 0.1,
    "validate": 0.3,
    "every": 2,
    "steps": 4,
}
CLASSIFY: Settings = {
    **CELLS,
    "encoding": "latin-1",
    "epochs": 3,
    "layers": 2,
    "bidirectional": False,
    "readout": "max",
    "embedding": 3,
    "dropout": 0.5,
    "output_dropout": 0.1,
    "smoothing": 0.3,
    "loss": "huber",
    "clip": 0.001,
    "validate": 0.3,
    "every": 2,
    "steps": 4,
}
SESSIONS: Settings = {
    "seed": 1,
    "encoding": "latin-1",
    "epochs": 9,
    "cell": "lstm",
    "layers": 2,
    "hidden": 5,
    "embedding": 3,
    "dropout": 0.3,
    "click_dropout": 0.6,
    "output_dropout": 0.1,
    "batch": 3,
    "rate": 0.1,
    "tied": True,
    "loss": "top1_max",
    "regulariser": 0.5,
    "negatives": 2,
    "clip": 0.001,
    "validate": 0.3,
    "every": 2,
    "without": "network",
    "dtype": "float64",
    "steps": 4,
}
SERIES: Settings = {
    **CELLS,
    "encoding": "latin-1",
    "horizon": 3,
    "season": "4",
    "transform": "log1p",
    "layers": 2,
    "dropout": 0.5,
    "output_dropout": 0.0,
    "clip": 0.001,
    "every": 2,
    "steps": 4,
}
OTHERS: dict[str, Settings] = {
    "add": {**ARITHMETIC, "ordered": True},
    "subtract": {**ARITHMETIC, "ordered": True},
    "transducer": {**ARITHMETIC, "function": "2*a", "base": 3, "order": "most", "digits": 5, "change": 0.5, "rise": 0},
    "coin": {**CELLS, "prior": "beta:2,5", "tosses": 9, "halve": 2, "clip": 0.001, "steps": 4},
    "text": TEXT,
    "classify": CLASSIFY,
    "sessions": SESSIONS,
    "tag": {name: value for name, value in CLASSIFY.items() if name != "readout"},
    "speech": {
        **{name: value for name, value in CLASSIFY.items() if name not in ("encoding", "embedding", "loss")},
        "sampling": 4000,
        "bands": 20,
        "cepstra": 5,
        "shift": 20.0,
        "speed": 0.3,
        "warp": 0.3,
        "edges": 3,
        "noise_share": 1.0,
        "tilt": 6.0,
        "gain": 60.0,
        "mask": 0,
        "silence": 0.0,
    },
    "series": SERIES,
}
# What shows only in the long run, or changes what is read.
LATER = {"recipe", "patience", "recite", "field", "delimiter", "header", "skip_empty"}
LATER |= {"label", "target", "id", "time", "features", "text", "group", "session", "item", "user", "gap", "name"}
LATER |= {"action", "kinds", "known", "past", "static", "memory", "threshold", "support", "table"}
FOLDERS = {"other", "noise"}  # of speech
DATES = {"calendar", "holidays"}  # of series that have them
SMALL: Settings = {"steps": 6, "hidden": 4}
CONTEXTS: dict[str, list[Settings]] = {
    "add": [{"bits": 2}, {"bits": 2, "cell": "none"}, {"bits": 2, "cell": "gru"}, {"bits": 2, "layers": 3}],
    "subtract": [{"bits": 2}],
    "transducer": [{"bits": 2, "rise": 2}, {"bits": 2, "rise": 2, "cell": "none"}],
    "coin": [{"tosses": 8}, {"tosses": 8, "cell": "none"}],
    "text": [
        {},
        {"layers": 3},
        {"cell": "none"},
        {"tokens": "bytes"},
        {"validate": 0.0},
        {"schedule": "cosine"},
        {"steps": None, "epochs": 0.5},
        {"recite": True, "validate": 0.0, "every": 6},
    ],
    "classify": [{}, {"cell": "none"}, {"layers": 3}],
    "sessions": [  # names of items are all that the encoding changes
        {"encoding": "latin-1"},
        {"encoding": "latin-1", "layers": 2},
        {"encoding": "latin-1", "embedding": 4, "loss": "bpr_max"},
        {"encoding": "latin-1", "without": "network"},
    ],
    "tag": [{}, {"cell": "none"}, {"target": "y", "encoding": "latin-1"}],  # names of classes are all that it changes
    "speech": [{}, {"cell": "none"}],
    "series": [{"encoding": "latin-1"}, {"encoding": "latin-1", "cell": "none"}, {"encoding": "latin-1", "layers": 3}],
}


@pytest.fixture
def song(tmp_path: Path) -> Path:
    file = tmp_path / "song.txt"
    file.write_text("Où est le chat? Le chat dort là.\n\n" * 12, encoding="utf-8")
    return file


@pytest.fixture
def directions(tmp_path: Path) -> Path:
    file = tmp_path / "directions.ts"
    file.write_text("@classLabel true où là\n@data\n" + "1,2,3:où\n3,2,1,0:là\n" * 10, encoding="utf-8")
    return file


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    file = tmp_path / "steps.csv"
    rows = [f"{n},{(n + t) % 3},{t},{['où', 'là'][(n + t) % 2]}" for n in range(20) for t in range(3)]
    file.write_text("\n".join(["id,x,y,label", *rows, ""]), encoding="utf-8")
    return file


@pytest.fixture
def words(tmp_path: Path) -> Path:
    for word in GLIDES:
        for take in range(4):
            write(tmp_path / "words" / word / f"{take}.wav", spoken(word, take=take))
    return tmp_path / "words"


@pytest.fixture
def clicks(tmp_path: Path) -> Path:
    file = tmp_path / "clicks.csv"
    rows = [f"{n},{n % 5},{'abcdefgh'[(n + t * (1 + n % 2)) % 8]}" for n in range(40) for t in range(4)]
    file.write_text("\n".join(["session_id,user_id,item_id", *rows, ""]), encoding="utf-8")
    return file


@pytest.fixture
def waves(tmp_path: Path) -> Path:
    file = tmp_path / "waves.csv"
    values = 9 + np.sin(np.arange(60)) + np.random.default_rng(0).exponential(size=60)
    file.write_text("\n".join(["y", *map(str, values), ""]))
    return file


def outcome(task: str, data: Any, settings: Settings) -> tuple[Any, ...]:
    """All that comes of a training, and the settings that are said to have no effect."""
    training = begin(task, data, **settings)
    list(training.run())
    model = training.model()
    metrics = model.metrics or model.score()
    bits = model.network.parameters.flat.tobytes()
    return (bits, model.updates, model.validations, metrics), {line.split(":")[0] for line in training.idle}


@pytest.mark.parametrize(
    ("task", "context"), [(task, context) for task, contexts in CONTEXTS.items() for context in contexts], ids=str
)
def test_settings_without_effect_are_said_and_no_others(
    task: str, context: Settings, song: Path, directions: Path, steps: Path, clicks: Path, waves: Path, words: Path
) -> None:
    """Each setting is changed: where the same comes out to the last bit, it is said, and where not, not."""
    data = {
        "text": [song],
        "classify": [directions],
        "tag": [steps],
        "sessions": [clicks],
        "series": [waves],
        "speech": [words],
    }.get(task, [])
    own: dict[str, Settings] = {"text": {"length": 8, "warmup": 2}, "classify": {"validate": 0.1}}
    small = {**SMALL, "batch": 2, **own.get(task, {}), **context}
    before, said = outcome(task, data, small)
    assert said <= set(small)
    for name, value in OTHERS[task].items():
        if small.get(name) == value:
            continue
        try:
            after, said = outcome(task, data, {**small, name: value})
        except ConfigError:
            continue  # beside the others it makes no sense, and is refused
        assert (name in said) == (after == before), name


@pytest.mark.parametrize("task", elman.TASKS)
def test_every_setting_of_a_task_is_tried_above(task: str) -> None:
    later = {"speech": LATER | FOLDERS, "series": LATER | DATES}.get(task, LATER)
    assert {f.name for f in fields(elman.TASKS[task].settings_type)} - later == set(OTHERS[task])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dropout": 0.9}, "dropout: no effect: it falls between layers, and there is one"),
        ({"cell": "none", "weight_dropout": 0.5}, "weight_dropout: no effect: the cell 'none' has no recurrent"),
        ({"tokens": "bytes", "encoding": "utf-16"}, "encoding: no effect: bytes are read as they are"),
        ({"encoding": "utf-16"}, "encoding: no effect: there is no file to decode"),
        ({"validate": 0.0, "every": 3}, "every: no effect: nothing is held out to validate with"),
        ({"rate": 0.0}, "^rate: nothing is learned with a rate of 0$"),
    ],
)
def test_fit_warns_of_settings_without_effect(settings: Settings, message: str) -> None:
    with pytest.warns(UserWarning, match=message) as caught:
        elman.TextModel.fit("ab ab\n" * 40, hidden=4, steps=3, **settings)
    assert [warning.filename for warning in caught] == [__file__]


def test_network_warns_of_settings_without_effect() -> None:
    with pytest.warns(UserWarning, match="^dropout: no effect: it falls between layers, and there is one$") as caught:
        elman.Network(2, 1, dropout=0.3)
    assert [warning.filename for warning in caught] == [__file__]
    with pytest.warns(UserWarning, match="^weight_dropout: no effect: the cell 'none' has no recurrent weights$"):
        elman.Network(2, 1, cell="none", weight_dropout=0.3)
    elman.Network(2, 1, layers=2, dropout=0.3, weight_dropout=0.3)


@pytest.mark.parametrize("cut", [{"top_k": 2}, {"top_p": 0.5}, {"min_p": 0.5}])
def test_cuts_without_effect_are_said(cut: Settings) -> None:
    model = elman.TextModel.fit("ab ab\n" * 40, hidden=4, steps=3)
    plain = model.sample("a", temperature=0, length=20)
    [name] = cut
    for writing in (model.sample, lambda *a, **o: "".join(model.stream(*a, **o))):
        with pytest.warns(UserWarning, match=f"{name}: no effect: at temperature 0 the most probable symbol is taken"):
            assert writing("a", temperature=0, length=20, **cut) == plain


# --- results ---


@pytest.mark.parametrize("rate", [100.0, 1e30])
@pytest.mark.parametrize("validate", [0.1, 0.0])
def test_text_that_was_not_learned_at_all_is_said(rate: float, validate: float) -> None:
    with pytest.warns(UserWarning, match="text: worse than knowing nothing: if every character is as likely, each"):
        model = elman.TextModel.fit("a cat sat on a mat\n" * 40, hidden=4, steps=60, rate=rate, validate=validate)
    # Without a part to measure by, a model that is loaded again cannot know.
    assert model.passed == (validate == 0)


def test_coin_that_was_not_learned_at_all_is_said() -> None:
    with pytest.warns(UserWarning, match="coin: worse than knowing nothing: the prior's mean, for ever: 0"):
        elman.train("coin", steps=50, rate=100.0, tosses=16)


def test_network_that_has_hardly_begun_is_not_hopeless() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(5):
            elman.TextModel.fit("a cat sat on a mat\n" * 40, hidden=4, steps=1, seed=seed)
            elman.train("coin", steps=1, tosses=16, seed=seed)


def test_hopeless_is_half_as_much_again_as_equal_chances() -> None:
    task = elman.TextModel.fit("ab" * 100, hidden=4, steps=1).task
    nothing = np.log(3)
    for nats, hopeless in ((1.49 * nothing, False), (1.51 * nothing, True)):
        assert bool(task.hopeless({"nats_per_character": nats}, None)) == hopeless
        assert task.passed({"nats_per_character": nats, "characters": 9}) != hopeless
        assert bool(task.hopeless({"characters": 0}, nats)) == hopeless
    assert not task.hopeless({"characters": 0}, None)


# --- on the command line ---


def test_command_line_says_both(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["train", "text", str(song), "--hidden", "4", "--steps", "60", "--rate", "1e30", "--dropout", "0.5"])
    err = capsys.readouterr().err
    assert code == 1
    assert "warning: dropout: no effect: it falls between layers, and there is one\n" in err
    assert "warning: worse than knowing nothing: if every character is as likely," in err
    lost = [*("--validate", "0", "--rate", "1e30"), *("--out", str(song.with_name("lost")))]
    assert run(["train", "text", str(song), "--hidden", "4", "--steps", "60", *lost]) == 1
    assert run(["score", str(song.with_name("lost")), str(song)]) == 0  # it is what was asked for
    assert "warning: worse than knowing nothing" in capsys.readouterr().err
    capsys.readouterr()
    arguments = ["--steps", "9", "--tosses", "8", "--rate", "100", "--json"]
    assert run(["train", "coin", *arguments]) == 1
    [warning] = json.loads(capsys.readouterr().out)["warnings"]
    assert warning.startswith("worse than knowing nothing: the prior's mean, for ever: 0.")
    run(["train", "text", str(song), "--hidden", "4", "--steps", "6"])
    assert "warning" not in capsys.readouterr().err
