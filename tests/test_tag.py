"""The task `tag`: from rows of files to a label for each step."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from elman.errors import ConfigError, DataError
from elman.tables import Scale
from elman.tasks.labelled.baselines import STEP
from elman.tasks.labelled.classes import SYMBOL, Classes
from elman.tasks.labelled.endings import Endings
from elman.tasks.labelled.numbers import Numbers
from elman.tasks.labelled.tag import Tag
from optional import needs
from tables import written

SKLEARN = Peer("scikit-learn", ("sklearn",))

Run = Callable[..., tuple[int, Any, str]]
BOTH = ("walk", "talk", "run", "play", "call", "turn", "stop", "show")  # words that are nouns or verbs
NOUNS = (*BOTH, "dog", "cat", "tree", "house", "river")
VERBS = (*BOTH, "sees", "takes", "hears", "finds")


def sentences(count: int = 150, seed: int = 0, new: float = 0.0) -> list[list[tuple[str, str]]]:
    """Words and tags: a word that can be both is a noun behind an article, and a verb behind `to` or a name.

    New words, of which each is there once, stand for nouns.
    """
    rng = np.random.default_rng(seed)

    def noun() -> list[tuple[str, str]]:
        rare = rng.random() < new
        word = f"thing{rng.integers(1 << 30)}" if rare else str(rng.choice(NOUNS))
        return [(str(rng.choice(["the", "a"])), "article"), (word, "noun")]

    def verb() -> list[tuple[str, str]]:
        begun = [("to", "particle")] if rng.random() < 0.5 else [(str(rng.choice(["Ann", "Bob"])), "name")]
        return [*begun, (str(rng.choice(VERBS)), "verb")]

    return [
        [one for _ in range(rng.integers(1, 5)) for one in (noun() if rng.random() < 0.5 else verb())]
        for _ in range(count)
    ]


def rows(found: list[list[tuple[str, str]]]) -> str:
    """As CSV, a row for each word."""
    lines = [f"{n},{word},{tag}" for n, sentence in enumerate(found) for word, tag in sentence]
    return "\n".join(["sentence,word,tag", *lines, ""])


def short(folder: Path, text: str | None = None, **given: Any) -> elman.Model:
    """A small tagger."""
    path = written(folder, rows(sentences(new=0.1)) if text is None else text, "words.csv")
    settings = {"label": "tag", "id": "sentence", "features": "word", "hidden": 16, "epochs": 30, "embedding": 8}
    return elman.train("tag", path, **{**settings, **given})


# --- from end to end ---


def test_command_line_from_rows_to_tags(tmp_path: Path, command: Run) -> None:
    train = written(tmp_path, rows(sentences(new=0.1)), "train.csv")
    asked = sentences(40, seed=1)
    test = written(tmp_path, rows(asked), "test.csv")
    model = str(tmp_path / "model")
    words = ("--label", "tag", "--id", "sentence", "--epochs", "8")
    code, trained, said = command("train", "tag", train, *words, "--out", model, "--json")
    assert (code, trained["task"]) == (0, "tag")
    assert "--embedding " in said
    assert "are there once: every other time, they are learned as unknown" in said
    code, scored, _ = command("score", model, test, "--json")
    assert code == 0
    steps = sum(map(len, asked))
    assert (scored["sequences"], scored["steps"]) == (40, steps)
    assert sum(one["steps"] for one in scored["classes"].values()) == steps
    simple = scored["baselines"]
    assert scored["accuracy"] > 0.95 > simple[SYMBOL]["accuracy"] > simple["the commonest class"]["accuracy"]
    assert scored["macro_f1"] > simple[SYMBOL]["macro_f1"]
    # Tags are not read in order to predict, so they need not be there.
    bare = "\n".join(line.rpartition(",")[0] for line in rows(asked).splitlines())
    code, found, _ = command("predict", model, written(tmp_path, bare, "bare.csv"), "--proba", "--json")
    assert code == 0
    assert found["inputs"] == [str(n) for n in range(40)]
    right = [
        tag == answer
        for one, of in zip(asked, found["outputs"], strict=True)
        for (_, tag), answer in zip(one, of, strict=True)
    ]
    assert np.mean(right) == pytest.approx(scored["accuracy"])
    assert sum(found["probabilities"][0][0].values()) == pytest.approx(1)
    lines = [line.split("\t") for line in command("predict", model, test)[1].splitlines()]
    expected = [[name, tag] for name, of in zip(found["inputs"], found["outputs"], strict=True) for tag in of]
    assert [line[:2] for line in lines] == expected
    each = [json.loads(line) for line in command("score", model, test, "--each")[1].splitlines()]
    assert [one["label"] for one in each] == [[tag for _, tag in one] for one in asked]
    assert [one["output"] for one in each] == found["outputs"]
    assert SYMBOL in command("score", model, test)[1]


def test_python_tags_words(tmp_path: Path) -> None:
    model = short(tmp_path)
    model.save(tmp_path / "model")
    loaded = elman.load(tmp_path / "model")
    assert loaded.task.codec() == model.task.codec()
    asked = [["to", "walk", "the", "walk"], ["Ann", "turn", "a", "turn"]]
    assert loaded.predict(asked) == [["particle", "verb", "article", "noun"], ["name", "verb", "article", "noun"]]
    assert loaded.predict(asked) == model.predict(asked)
    chances = loaded.predict_proba(asked)
    assert [[max(step, key=lambda tag: step[tag]) for step in one] for one in chances] == loaded.predict(asked)
    with pytest.raises(DataError, match=r"inputs\[0\]: expected an array of numbers"):
        loaded.predict([["to", 3.5]])


def test_resumed_is_never_interrupted(tmp_path: Path) -> None:
    whole = short(tmp_path, steps=40)
    short(tmp_path, steps=15).save(tmp_path / "model")
    resumed = elman.train(resume=tmp_path / "model", steps=40)
    assert resumed.network.parameters.flat.tobytes() == whole.network.parameters.flat.tobytes()


def test_unknown_words_are_read_by_their_endings(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tags = {"ing": "verb", "er": "noun"}

    def drawn() -> tuple[str, str]:
        ending = str(rng.choice(list(tags)))
        return "".join(rng.choice(list("bcdfklm"), 5)) + ending, tags[ending]

    rows = [f"s{n},{word},{tag}" for n in range(60) for word, tag in [drawn() for _ in range(4)]]
    path = written(tmp_path, "\n".join(["id,word,tag", *rows, ""]))
    model = elman.train("tag", path, label="tag", epochs=10)
    assert isinstance(model.task, Tag)
    assert {"x:ing", "x:er", "x:"} <= set(model.task.known.endings)
    new = [["zzzzing", "zzzzer", "zzzzer"], ["aaing"]]
    assert model.predict(new) == [["verb", "noun", "noun"], ["verb"]]
    model.save(tmp_path / "model")
    loaded = elman.load(tmp_path / "model")
    assert loaded.predict(new) == model.predict(new)
    rows = [f"{n},{one}" for n, some in enumerate(new) for one in some]
    other = written(tmp_path, "\n".join(["id,word", *rows, ""]), "b.csv")
    assert loaded.predict([other]) == model.predict(new)


def test_endings_by_hand() -> None:
    found = Endings.fit(5, ["Walking", "Talking", "Thinking", "walked", "talked", "added", "17", "1st", "x9", "?"])
    assert found.names == ("0:", "Xx:", "Xx:g", "Xx:ing", "Xx:ng", "x:", "x:d", "x:ed")
    assert found.symbols == 13
    words = ["Running", "Ring", "Bag", "Boat", "used", "up", "2027", "R2", "??", ""]
    keys = ["Xx:ing", "Xx:ing", "Xx:g", "Xx:", "x:ed", "x:", "0:", "0:", None, None]
    assert [found.of(word) for word in words] == [0 if key is None else 5 + found.names.index(key) for key in keys]


def test_one_direction_answers_while_steps_arrive(tmp_path: Path) -> None:
    """A tag rests on what is before it alone: step by step, and all at once, it is the same."""
    model = short(tmp_path, bidirectional=False)
    words = ["to", "walk", "the", "walk"]
    stream = model.answering()
    found = [stream.step(word) for word in words]
    assert [one["output"] for one in found] == model.predict([words])[0] == ["particle", "verb", "article", "noun"]
    assert found[0]["probabilities"]["particle"] > 0.8
    assert [model.answering().step(word)["output"] for word in ("the", "to")] == [
        "article",
        "particle",
    ]  # each from anew
    with pytest.raises(DataError, match="step 4: expected an array of numbers"):
        stream.step(["two", "words"])
    with pytest.raises(ConfigError, match="answering: expected a network that reads in one direction"):
        short(tmp_path, steps=1).answering()
    with pytest.raises(ConfigError, match="answering: expected a model of one of the tasks 'classify', 'tag'"):
        elman.train("add", steps=1).answering()


def test_lists_of_words_have_lists_of_tags(tmp_path: Path, command: Run) -> None:
    """One row for each sentence; lists are lists in whatever is read later, too."""
    data = [{"words": [word for word, _ in one], "tags": [tag for _, tag in one]} for one in sentences(40)]
    path = written(tmp_path, "".join(json.dumps(one) + "\n" for one in data), "lists.jsonl")
    elman.train("tag", path, label="tags", epochs=5).save(tmp_path / "model")
    code, found, _ = command("predict", str(tmp_path / "model"), path, "--json")
    assert code == 0
    assert [len(one) for one in found["outputs"]] == [len(one["tags"]) for one in data]
    lines = [line.split("\t") for line in command("predict", str(tmp_path / "model"), path)[1].splitlines()]
    assert [line[2] for line in lines] == [f"{share:.4f}" for one in found["probability"] for share in one]


# --- unknown words, missing tags ---


def test_unknown_words_are_tagged_and_counted(tmp_path: Path, command: Run) -> None:
    """Words that are there once are learned as unknown ones, too, so a new word behind an article is a noun."""
    model = short(tmp_path)
    assert model.predict([["to", "play", "the", "zeppelin"]])[0][-1] == "noun"
    model.save(tmp_path / "model")
    new = written(tmp_path, "sentence,word\n1,the\n1,zeppelin\n1,to\n", "new.csv")
    code, _, said = command("predict", str(tmp_path / "model"), new)
    assert code == 0
    assert "'word': 1 values are unknown, as training had none of them: 'zeppelin'" in said


def test_steps_without_a_tag_are_read_but_not_learned(tmp_path: Path, command: Run) -> None:
    """Where the wrong tags are taken out, what is learned is right."""
    data = sentences(new=0.1)
    half = [[(word, tag if n % 2 else "") for n, (word, tag) in enumerate(one)] for one in data]
    path = written(tmp_path, rows(half), "words.csv")
    task = Tag.on([path], label="tag", id="sentence", features="word")
    missing = [tag for one in half for _, tag in one].count("")
    assert f"{missing:,} steps have no label or number: they are read, but neither learned nor scored" in task.described
    assert "" not in task.known.to_json()["answers"]["names"]
    assert task.learning is not None
    held_out = [tag for row in task.learning.halves.held_out for _, tag in half[row]]
    model = short(tmp_path, rows(half))
    assert model.metrics["steps"] == len(held_out) - held_out.count("")
    assert model.metrics["accuracy"] > 0.9
    model.save(tmp_path / "model")
    [row, *_] = [json.loads(line) for line in command("score", str(tmp_path / "model"), path, "--each")[1].splitlines()]
    assert row["label"][0] is row["probability"][0] is None


def test_numbers_of_each_step_are_features_too(tmp_path: Path, command: Run) -> None:
    """Which direction the last move had: numbers in, a tag for each out, and a linear baseline beside it."""
    rng = np.random.default_rng(0)
    lines = ["id,t,x,move"]
    for n in range(60):
        x = np.cumsum(rng.choice([-1, 1], 12))
        lines += [f"{n},{t},{x[t]},{'up' if t and x[t] > x[t - 1] else 'down'}" for t in range(12)]
    path = written(tmp_path, "\n".join([*lines, ""]), "moves.csv")
    model = elman.train("tag", path, label="move", hidden=16, epochs=40, bidirectional=False)
    model.save(tmp_path / "model")
    assert model.metrics["accuracy"] > 0.95
    assert SYMBOL not in model.metrics["baselines"]
    assert [len(one) for one in model.predict([np.zeros((5, 1)), np.ones((2, 1))])] == [5, 2]


@needs(SKLEARN)
def test_logistic_regression_of_each_step_stands_beside(tmp_path: Path, command: Run) -> None:
    short(tmp_path).save(tmp_path / "model")
    code, scored, _ = command("score", str(tmp_path / "model"), "--baselines", "--json")
    assert code == 0
    name = f"logistic regression on {STEP}"
    assert scored["baselines"][name]["accuracy"] == pytest.approx(scored["baselines"][SYMBOL]["accuracy"], abs=0.05)
    assert scored["accuracy"] > scored["baselines"][name]["accuracy"]


def test_the_best_answer_to_each_symbol_by_hand() -> None:
    symbols = np.array([1, 1, 1, 2, 3, 5])
    classes = Classes(("a", "b", "c"), (3, 2, 1)).by_symbol(symbols, np.array([0, 0, 1, 1, 1, 2]), 6)
    assert classes.of_symbols == (1, 0, 1, 1, 0, 2)  # unknown ones as 2, 3 and 5, which are there once; 4 as all
    numbers = Numbers(Scale((7.0,), (1.0,))).by_symbol(symbols, np.array([1.0, 2.0, 3.0, 4.0, 5.0, 9.0]), 6)
    assert numbers.of_symbols == (6, 2, 4, 5, 7, 9)


# --- what is wrong ---


@pytest.mark.parametrize(
    ("text", "given", "message"),
    [
        ("sentence,word,tag\n1,a,x\n1,b,y\n", {}, "expected two sequences or more; found 1"),
        ("sentence,word,tag\n1,a,x\n2,b,x\n", {}, "expected labels of two classes or more; found one: 'x'"),
        ("sentence,word,tag\n1,a,x\n2,b,y\n", {}, "expected several steps of a class; found 2 classes of 2 steps"),
        ("sentence,word,tag\n1,a,\n2,b,\n", {}, "column 'tag': expected labels; found none"),
        ("sentence,word\n1,a\n2,b\n", {}, r"expected the column 'tag' \(label\)"),
    ],
)
def test_data_that_cannot_be_learned_is_refused(text: str, given: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        short(tmp_path, text, **given)


def test_a_ts_file_has_no_labels_of_steps(tmp_path: Path) -> None:
    path = written(tmp_path, "@classLabel true up down\n@data\n1,2,3:up\n3,2,1:down\n", "a.ts")
    with pytest.raises(DataError, match="expected a label or target for each step; a "):
        elman.train("tag", path)


def test_settings_that_are_no_ones_are_refused(tmp_path: Path) -> None:
    for given, message in [({"readout": "last"}, "setting: "), ({"target": "tag"}, "label: expected label or target")]:
        with pytest.raises(ConfigError, match=message):
            short(tmp_path, **given)
