"""The task `classify`: from files of rows to labels."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from elman.errors import ConfigError, DataError
from elman.tasks.capabilities.reports import Reports
from elman.tasks.labelled.baselines import SUMMARY, summaries
from elman.tasks.labelled.classify import Classify
from elman.tasks.labelled.codec import Codec
from elman.tasks.labelled.lines import class_lines, confusion_lines, group_lines
from elman.tasks.labelled.measures import auc, commonest, judged, measures, softmax
from optional import needs
from tables import written

LOGISTIC = f"logistic regression on {SUMMARY}"
SKLEARN = Peer("scikit-learn", ("sklearn",))

Run = Callable[..., tuple[int, Any, str]]


def waves(count: int = 60, seed: int = 0, names: tuple[str, ...] = ("rising", "falling", "flat")) -> str:
    """CSV of noisy lines of 3 to 9 steps, whose steps stand in any order; a person is behind every six of them."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(count):
        name = names[n % len(names)]
        slope = {"rising": 1.0, "falling": -1.0}.get(name, 0.0)
        for t in range(rng.integers(3, 10)):
            number = 5 + slope * t + rng.normal(0, 0.3)
            rows.append(f"s{n},{t},{number:.3f},{'ab'[n % 2]},{name},p{n // 6}")
    rng.shuffle(rows)
    return "\n".join(["id,time,height,kind,shape,person", *rows, ""])


def short(folder: Path, rows: str | None = None, **given: Any) -> elman.Model:
    """A small model of waves."""
    path = written(folder, waves() if rows is None else rows, "waves.csv")
    return elman.train(
        "classify", path, **{"label": "shape", "features": ["height", "kind"], "epochs": 30, "validate": 0.1, **given}
    )


# --- what is held out ---


@pytest.mark.parametrize(("share", "few"), [(0.1, True), (0.5, False)])
def test_a_figure_of_few_sequences_says_so(share: float, few: bool, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,x,label\n" + "".join(f"{n},{n % 2},{'ab'[n % 2]}\n" for n in range(40)))
    model = elman.train("classify", tmp_path / "a.csv", label="label", hidden=2, epochs=1, validate=share)
    assert model.task.verdict(model.metrics).endswith(f"that were held out{': so few measure little' * few}")


@pytest.mark.parametrize(
    ("count", "given", "held_out"),
    [(99, {}, 0), (100, {}, 10), (99, {"every": 5}, 10), (50, {"validate": 0.2}, 10), (100, {"validate": 0}, 0)],
)
def test_of_few_sequences_none_is_held_out_unless_it_is_asked_for(
    count: int, given: dict[str, Any], held_out: int, tmp_path: Path
) -> None:
    path = written(tmp_path, waves(count), "waves.csv")
    task = Classify.on([path], label="shape", features="height", **given)
    assert task.learning is not None
    assert len(task.learning.halves.held_out) == held_out
    assert ("--validate" in task.described[-1]) == ("validate" not in given)


# --- from end to end ---


def test_command_line_from_rows_to_labels(tmp_path: Path, command: Run) -> None:
    train, test = written(tmp_path, waves(), "train.csv"), written(tmp_path, waves(30, seed=1), "test.csv")
    model = str(tmp_path / "model")
    shape = ("--label", "shape", "--features", "height,kind", "--group", "person")
    learned = ("--epochs", "30", "--validate", "0.1", "--out", model, "--json")
    code, trained, said = command("train", "classify", train, *shape, *learned)
    assert (code, trained["task"]) == (0, "classify")
    assert trained["metrics"]["accuracy"] > 0.9
    assert "--hidden 64" in said  # what was chosen can be seen
    code, scored, _ = command("score", model, test, "--json")
    assert code == 0
    assert {"sequences", "accuracy", "balanced_accuracy", "macro_f1", "log_loss", "ece"} <= set(scored)
    assert scored["sequences"] == 30
    assert scored["accuracy"] > 0.9 > scored["baselines"]["the commonest class"]["accuracy"]
    assert "macro_f1" in command("score", model, test)[1]
    # Labels are not read in order to predict, so they need not be there.
    bare = [",".join(line.split(",")[:4]) for line in waves(30, seed=1).splitlines()]
    code, found, _ = command("predict", model, written(tmp_path, "\n".join(bare), "bare.csv"), "--proba", "--json")
    assert (code, len(found["inputs"])) == (0, 30)
    labels = {f"s{n}": ("rising", "falling", "flat")[n % 3] for n in range(30)}
    right = [labels[name] == label for name, label in zip(found["inputs"], found["outputs"], strict=True)]
    assert np.mean(right) == pytest.approx(scored["accuracy"])
    assert all(sum(row.values()) == pytest.approx(1) for row in found["probabilities"])
    lines = command("predict", model, test)[1].splitlines()  # JSON says the same, without --proba too
    found = command("predict", model, test, "--json")[1]
    assert set(found) == {"inputs", "outputs", "probability"}
    assert lines == [f"{name}\t{label}\t{share:.4f}" for name, label, share in zip(*found.values(), strict=True)]
    each = command("score", model, test, "--each")[1].splitlines()
    assert np.mean([row["label"] == row["output"] for row in map(json.loads, each)]) == pytest.approx(
        scored["accuracy"]
    )


def test_python_predicts_columns_by_their_names(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    lines = "".join(f"{n},{t * (-1) ** n},{'pq'[t % 2]},{'ab'[n % 2]}\n" for n in range(40) for t in range(3))
    path = written(tmp_path, f"id,x,kind,label\n{lines}")
    model = elman.train("classify", path, hidden=8, epochs=40, bidirectional=False)
    table = pandas.read_csv(path)
    frames = [one for _, one in table.groupby("id")]
    wanted = model.predict(path)
    assert set(wanted) == {"a", "b"}
    assert model.predict(frames) == wanted
    assert model.predict([one.to_dict("records") for one in frames]) == wanted
    assert model.predict([{"KIND": one["kind"], "x": one["x"]} for one in frames]) == wanted
    new = written(tmp_path, "id,x,kind\n1,,new\n1,2,\n", "new.csv")  # the same where values are missing or unknown
    assert model.predict([{"x": [np.nan, 2], "kind": ["new", None]}]) == model.predict(new)
    assert model.predict([{"x": [pandas.NA, 2], "kind": ["new", pandas.NaT]}]) == model.predict(new)
    steps, whole = model.answering(), model.answering()
    found = [steps.step({"kind": kind, "x": x})["probabilities"] for x, kind in [(0, "p"), (-1, "q")]]
    assert found == [whole.step([x, kind])["probabilities"] for x, kind in [(0, 0), (-1, 1)]]
    for given, message in (
        ([{"x": [1]}], r"inputs\[0\]: expected the column 'kind' \(feature\); found the columns 'x'"),
        ([{"x": [1, 2], "kind": ["p"]}], r"inputs\[0\]: column 'kind': expected 2 steps, as 'x' has; found 1"),
        (
            [[{"x": 1, "kind": "p"}, {"x": "up", "kind": "p"}]],
            r"inputs\[0\]\[1\]: column 'x': expected a finite number",
        ),
        ([{"x": [], "kind": []}], r"inputs\[0\]: expected at least one step; found none"),
        ([[[1, "p"]]], r"inputs\[0\]: expected an array of numbers; found \[\[1, 'p'\]\]"),
        ([{"x": 1, "kind": ["p"]}], r"inputs\[0\]: column 'x': expected a value for each step; found 1"),
        ([[[1, 0], [1, 3]]], r"inputs\[0\]\[1\]: 'kind': expected the number of a category, from 0 to 2; found 3"),
        ([[{"x": 10**400, "kind": "p"}]], r"inputs\[0\]: column 'x': expected a finite number; found 1000"),
        ([[[1, 0], [-np.inf, 0]]], r"inputs\[0\]\[1\]: expected finite numbers; found infinity"),
        ([[{0: 1, 1: "p"}]], r"inputs\[0\]: expected the column 'x' \(feature\); found the columns '0', '1'"),
        ([{0: [1], 1: ["p"]}], r"inputs\[0\]: expected the column 'x' \(feature\); found the columns '0', '1'"),
        ([frames[0][["x", "x", "kind"]]], r"inputs\[0\]: expected one column 'x' \(features\); found 2"),
        ([np.array("ab")], r"inputs\[0\]: expected an array of numbers"),
        (np.array(1.0), "inputs: expected a list of them; found array"),
        (frames[0], "inputs: expected a list of them; found DataFrame"),
        ({"x": [1], "kind": ["p"]}, "inputs: expected a list of them; found {'x'"),
    ):
        with pytest.raises(DataError, match=message) as caught:
            model.predict(given)
        assert "a frame for each sequence" in caught.value.hint or given is not frames[0]


def test_python_predicts_texts_by_the_name_of_their_column(tmp_path: Path) -> None:
    texts = [("ab" if n % 2 else "ba") * (n % 3 + 1) for n in range(40)]
    path = written(tmp_path, "review,label\n" + "".join(f"{one},{one[0]}\n" for one in texts))
    model = elman.train("classify", path, text="review", hidden=8, epochs=40)
    wanted = model.predict(path)
    assert set(wanted) == {"a", "b"}
    assert model.predict([{"review": one} for one in texts]) == model.predict(list(map(list, texts))) == wanted


def test_python_trains_saves_loads_and_predicts(tmp_path: Path) -> None:
    model = short(tmp_path)
    model.save(tmp_path / "model")
    loaded = elman.load(tmp_path / "model")
    assert loaded.task.codec() == model.task.codec()
    path = str(tmp_path / "waves.csv")
    chances = loaded.predict_proba(path)
    assert [max(one, key=lambda name: one[name]) for one in chances] == loaded.predict(path)
    assert all(sum(one.values()) == pytest.approx(1) for one in chances)
    assert loaded.predict(str(tmp_path / "waves.csv")) == model.predict(tmp_path.joinpath("waves.csv").__fspath__())
    rising = np.column_stack([5 + np.arange(6), np.zeros(6)])
    assert loaded.predict([rising, rising[::-1] * [1, 1] - [5, 0]]) == ["rising", "falling"]
    with pytest.raises(DataError, match=r"inputs\[0\]: expected numbers \(steps, 2\); found an array \(6, 3\)"):
        loaded.predict([np.zeros((6, 3))])


def test_groups_stay_together(tmp_path: Path) -> None:
    path = written(tmp_path, waves(), "waves.csv")
    task = Classify.on([path], label="shape", group="person", features="height", validate=0.1)
    assert task.learning is not None
    people = [int(name[1:]) // 6 for name in task.learning.examples.ids]
    held_out = {people[row] for row in task.learning.halves.held_out}
    assert held_out
    assert not held_out & {people[row] for row in task.learning.halves.learned}


def test_only_the_training_part_is_measured_for_the_encoding(tmp_path: Path) -> None:
    path = written(tmp_path, waves(), "waves.csv")
    whole, part = (Classify.on([path], label="shape", features="height", validate=share) for share in (0, 0.4))
    assert whole.known.encoding != part.known.encoding
    assert sum(part.known.to_json()["answers"]["counts"]) == 36


def test_text_is_read_as_symbols(tmp_path: Path) -> None:
    rows = "".join(f"{'ab' * n},even\n{'ab' * n}a,odd\n" for n in range(2, 30))
    model = short(tmp_path, "text,y\n" + rows, label="y", features=None, readout="last", epochs=20)
    assert model.network.architecture.symbols
    assert model.metrics["accuracy"] == 1


def test_a_score_names_files_where_nothing_was_held_out(tmp_path: Path) -> None:
    few = short(tmp_path, waves(), validate=None, steps=1)
    assert few.task.settings.validate == 0, "all of fewer than 100 sequences are learned"  # type: ignore[attr-defined]
    clicks = written(tmp_path, "session,item\n" + "".join(f"{n},x\n{n},y\n" for n in range(9)), "clicks.csv")
    for model in (few, elman.train("sessions", clicks, steps=1, validate=0.0)):
        with pytest.raises(
            ConfigError, match="expected files, as nothing was held out in training; found none"
        ) as caught:
            model.task.report(model.network, [])  # type: ignore[attr-defined]
        assert caught.value.hint == (
            "`elman score MODEL FILE` measures on others; validate=0.1, in training, holds out a tenth"
        )


def test_resumed_equals_never_interrupted(tmp_path: Path) -> None:
    whole = short(tmp_path, steps=20, hidden=8)
    short(tmp_path, steps=7, hidden=8).save(tmp_path / "part")
    resumed = elman.train(resume=tmp_path / "part", steps=20)
    assert resumed.network.parameters.flat.tobytes() == whole.network.parameters.flat.tobytes()
    (tmp_path / "waves.csv").write_text(waves(seed=2))
    with pytest.raises(DataError, match="expected the data that the model learns from; found another"):
        elman.train(resume=tmp_path / "part", steps=20)
    (tmp_path / "waves.csv").rename(tmp_path / "moved.csv")
    with pytest.raises(DataError, match=r"waves\.csv: expected a file; found none") as caught:
        elman.load(tmp_path / "part").score()
    assert caught.value.hint.startswith("the data was there in training; name it: elman.train(data=path, resume=model)")


@pytest.mark.parametrize(
    ("task", "hint"),
    [
        ("classify", "`elman.SequenceClassifier().fit([frame, …], labels)` takes a frame for each sequence, and "),
        ("tag", "`elman.SequenceTagger().fit([frame, …], labels)` takes a frame for each sequence; "),
        ("series", "`elman.SeriesModel.fit(frame)` takes data frames; "),
        ("sessions", ""),
    ],
)
def test_a_data_frame_in_place_of_a_file_is_told_where_it_goes(task: str, hint: str) -> None:
    frame = type("Frame", (dict,), {"columns": ["x"]})()
    for given, expected in ((frame, "a path, or several"), ([frame], "paths")):
        with pytest.raises(DataError, match=f"^data: expected {expected}; found Frame(\n|$)") as caught:
            elman.train(task, given)
        assert caught.value.hint.startswith(hint)
        assert caught.value.hint.endswith("`frame.to_csv(path, index=False)` makes a file")


def test_another_training_begins_with_what_a_model_knows(tmp_path: Path) -> None:
    short(tmp_path).save(tmp_path / "model")
    other = written(tmp_path, waves(30, seed=5), "other.csv")
    tuned = elman.train("classify", other, start=tmp_path / "model", epochs=1)
    assert tuned.metrics["sequences"] == 3
    assert elman.train("classify", other, start=tmp_path / "model", steps=1).metrics["accuracy"] == 1
    with pytest.raises(ConfigError, match="hidden: expected 64, as the model has it; found 8"):
        elman.train("classify", other, start=tmp_path / "model", hidden=8)


# --- measures ---


@needs(SKLEARN)
def test_logistic_regression_stands_beside(tmp_path: Path, command: Run) -> None:
    short(tmp_path, steps=3).save(tmp_path / "model")
    test = written(tmp_path, waves(30, seed=1), "test.csv")
    _, scored, _ = command("score", str(tmp_path / "model"), test, "--baselines", "--json")
    found = scored["baselines"][LOGISTIC]
    assert found["accuracy"] > 0.9  # by first and last values, lines are easily told apart
    assert found["log_loss"] < scored["log_loss"]
    assert LOGISTIC in command("score", str(tmp_path / "model"), "--baselines")[1]


def test_summaries_by_hand() -> None:
    [found] = summaries([np.array([[1.0], [3.0]], np.float32)], None)
    assert found.tolist() == [2, 1, 1, 3, 1, 3, 2]
    [found] = summaries([np.array([0, 2, 2, 1], np.int32)], 4)
    assert found.tolist() == [0.25, 0.25, 0.5, 0, 4]


@needs(SKLEARN)
def test_measures_are_what_scikit_learn_says() -> None:
    from sklearn import metrics

    rng = np.random.default_rng(0)
    chances = softmax(rng.normal(0, 2, (200, 4)))
    labels = rng.choice(4, 200, p=[0.6, 0.2, 0.2, 0])  # one class is answered only
    answers = chances.argmax(1)
    found = measures(judged(chances, labels), labels, list("abcd"), 4)
    with pytest.warns(UserWarning, match="not in y_true"):
        balanced = metrics.balanced_accuracy_score(labels, answers)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(labels, answers))
    assert found["balanced_accuracy"] == pytest.approx(balanced)
    assert found["macro_f1"] == pytest.approx(metrics.f1_score(labels, answers, average="macro"))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(labels, chances, labels=range(4)))
    assert found["confusion"] == metrics.confusion_matrix(labels, answers).tolist()
    by_class = [[one["precision"], one["recall"], one["f1"]] for one in found["classes"].values()]
    expected = metrics.precision_recall_fscore_support(labels, answers, zero_division=0)
    assert pytest.approx(np.array(expected[:3])) == np.array(by_class).T


def test_measures_by_hand() -> None:
    chances = np.array([[0.8, 0.2], [0.8, 0.2], [0.3, 0.7], [0.3, 0.7]])
    labels = np.array([0, 1, 1, 2])
    found = measures(judged(chances, labels), labels, ["a", "b", "new"], 2)
    assert found["accuracy"] == 0.5
    assert found["balanced_accuracy"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0.5 + 0) / 3)
    assert found["log_loss"] == pytest.approx(-np.log([0.8, 0.2, 0.7]).mean())  # that of the new class is not known
    assert found["ece"] == pytest.approx((2 * abs(0.8 - 0.5) + 2 * abs(0.7 - 0.5)) / 4)
    assert found["confusion"] == [[1, 0, 0], [1, 1, 0], [0, 1, 0]]
    assert commonest(np.array([3, 1]), np.array([0, 1, 2]))["accuracy"] == pytest.approx(1 / 3)
    assert found["auc"] == pytest.approx(0.75)  # of the pairs (first, second) and (first, third): a tie, and one right


@needs(SKLEARN)
def test_the_area_under_the_roc_curve_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    scores, positive = rng.integers(0, 8, 50) / 7, rng.random(50) < 0.3  # with ties
    assert auc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))
    assert auc(scores, np.ones(50, bool)) is None


def test_a_flood_of_classes_is_cut_with_a_count() -> None:
    names = [f"c{n}" for n in range(200)]
    labels = np.concatenate([np.arange(200), np.arange(150, 200)])
    found = measures(judged(np.full((250, 200), 1 / 200), labels), labels, names, 200)
    assert "confusion" not in found
    assert list(found["classes"]) == [*names[:50], *names[150:]]  # the commonest
    assert found["classes_left_out"] == 100
    shown = list(class_lines(found["classes"], "sequences", found["classes_left_out"]))
    assert (len(shown), shown[-1]) == (22, "… 180 more classes: --json has the 100 that are there most often")


def test_confusions_of_few_classes_are_a_matrix_and_of_many_the_commonest_errors() -> None:
    assert list(confusion_lines(["a", "b"], [[3, 1], [0, 12]]))[1:] == [
        "a                       3   1",
        "b                       0  12",
    ]
    matrix = np.diag(np.full(12, 9))
    matrix[3, 4], matrix[5, 0] = 2, 7
    assert list(confusion_lines([f"c{n}" for n in range(12)], matrix.tolist())) == [
        "'c5' taken for 'c0': 7",
        "'c3' taken for 'c4': 2",
    ]


def test_figures_of_groups(tmp_path: Path, command: Run) -> None:
    short(tmp_path, group="person", features="height", steps=2).save(tmp_path / "model")
    model, test = str(tmp_path / "model"), written(tmp_path, waves(30, seed=1), "test.csv")
    code, scored, _ = command("score", model, test, "--group", "kind", "--json")
    assert code == 0
    groups = scored["groups"]
    assert {name: one["sequences"] for name, one in groups.items()} == {"a": 15, "b": 15}
    assert np.mean([one["accuracy"] for one in groups.values()]) == pytest.approx(scored["accuracy"])
    said = command("score", model, "--group", "person")[1]  # of what was held out: by the groups of training
    assert "group  sequences  accuracy" in said
    code, _, said = command("score", model, "--group", "kind")
    assert (code, "group: expected 'person', as it was in training; found 'kind'" in said) == (2, True)
    assert command("score", model, test, "--group", "team")[0] == 2


def test_groups_of_steps_and_of_numbers(tmp_path: Path) -> None:
    rows = "".join(f"s{n},{t},{t},{t + n % 2},g{n % 3}\n" for n in range(30) for t in range(2 + n % 3))
    path = written(tmp_path, "id,time,x,y,g\n" + rows)
    model = elman.train("tag", path, target="y", features="x", steps=2)
    assert isinstance(model.task, Reports)
    groups = model.task.report(model.network, [path], group="g").result()["groups"]
    assert {name: one["steps"] for name, one in groups.items()} == {"g0": 20, "g1": 30, "g2": 40}
    assert all(set(one) == {"steps", "rmse", "mae", "r2"} for one in groups.values())


def test_the_group_of_those_without_one_is_named() -> None:
    lines = list(group_lines({"": {"steps": 3, "rmse": 1.0}, "g": {"steps": 2, "rmse": 2.0}}, "steps"))
    assert [line.split("  ")[0].rstrip() for line in lines] == ["group", "(no value)", "g"]


# --- what is wrong ---


@pytest.mark.parametrize(
    ("rows", "given", "message"),
    [
        ("id,x,y\na,1,u\na,2,u\n", {}, "expected two sequences or more; found 1"),
        ("id,x,y\na,1,u\nb,2,u\n", {}, "expected labels of two classes or more; found one: 'u'"),
        ("id,x,y\na,1,u\nb,2,v\n", {}, "expected several sequences of a class; found 2 classes of 2 sequences"),
        ("id,x,y\na,1,u\nb,2,\n", {}, "expected a label for each sequence; found none for 1 of 2 sequences"),
        ("id,x,y\na,1,u\nb,2,v\n", {"label": "z"}, r"expected the column 'z' \(label\)"),
        ("id,x,y\na,1,u\nb,inf,v\n", {}, "expected finite numbers"),
    ],
)
def test_data_that_cannot_be_learned_is_refused(rows: str, given: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message) as caught:
        short(tmp_path, rows, **{"label": "y", "features": None, **given})
    assert "waves.csv" in str(caught.value)


def test_settings_that_are_wrong_are_refused(tmp_path: Path) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"readout": "steps"}, "readout: expected one of"),
        ({"validate": 0, "every": 5}, "every: expected a part to validate with"),
        ({"text": "a", "features": "height"}, "text: expected text or features; found both"),
        ({"batch": 0}, "batch"),
    ]
    for given, message in wrong:
        with pytest.raises(ConfigError, match=message):
            short(tmp_path, **{"features": None, **given})
    with pytest.raises(ConfigError, match="classify: expected files to read; found none"):
        elman.train("classify", label="y")


def test_classes_that_are_not_known_count_as_wrong(tmp_path: Path, command: Run) -> None:
    short(tmp_path).save(tmp_path / "model")
    other = written(tmp_path, waves(30, seed=3, names=("rising", "steep")), "other.csv")
    code, scored, _ = command("score", str(tmp_path / "model"), other, "--json")
    assert code == 0
    assert scored["accuracy"] <= 0.5
    assert scored["classes"]["steep"]["recall"] == 0
    assert scored["warnings"][0].startswith("15 of 30 sequences are of classes that the model does not know")


def test_what_is_missing_or_unknown_when_predicting_is_said(tmp_path: Path, command: Run) -> None:
    short(tmp_path).save(tmp_path / "model")
    model = str(tmp_path / "model")
    code, _, said = command("predict", model, written(tmp_path, "kind,time,height,id\nz,0,1,q\na,1,,q\n", "b.csv"))
    assert code == 0, said
    assert "'kind': 1 values are unknown, as training had none of them: 'z'" in said
    assert "'height': 1 values are missing" in said
    with pytest.raises(DataError, match="expected the column 'height'"):
        elman.load(model).predict(written(tmp_path, "kind,time,id\na,0,q\n", "c.csv"))


def test_no_proba_of_other_tasks(tmp_path: Path, command: Run) -> None:
    elman.train("add", steps=1).save(tmp_path / "model")
    code, _, said = command("predict", str(tmp_path / "model"), "1+2", "--proba")
    assert code == 2
    said = " ".join(said.split())
    assert "--proba: expected a model of one of the tasks 'classify', 'tag'" in said
    assert "found one of 'add'" in said


def test_a_codec_that_is_damaged_is_refused(tmp_path: Path) -> None:
    known = short(tmp_path, steps=1, hidden=4).task.codec()
    assert Codec.from_json(json.loads(json.dumps(known))).to_json() == known
    for name, value in [
        ("answers", {"kind": "classes", "names": ["a"], "counts": [], "of_symbols": []}),
        ("encoding", [{}]),
        ("columns", {"x": 1}),
        ("kind", "text"),
    ]:
        with pytest.raises(ConfigError, match="codec: "):
            Codec.from_json({**known, name: value})


@pytest.mark.parametrize("wrong", [np.array("ab"), np.array(None), [[1], [2, 3]], [], None, 5, b"ab"])
def test_what_is_no_text_is_refused(wrong: Any, tmp_path: Path) -> None:
    path = written(tmp_path, "review,label\n" + "ab,a\nba,b\n" * 4)
    model = elman.train("classify", path, text="review", epochs=1, hidden=2)
    with pytest.raises(DataError, match=r"^inputs\[0\]: expected"):
        model.predict([wrong])


def test_a_text_in_place_of_a_file_is_told_where_it_goes(tmp_path: Path, command: Run, monkeypatch: Any) -> None:
    path = written(tmp_path, "review,label\n" + "ab,a\nba,b\n" * 4)
    model = elman.train("classify", path, text="review", epochs=1, hidden=2, bidirectional=False)
    model.save(tmp_path / "model")
    with pytest.raises(DataError, match="a nice text: expected a file; found none") as caught:
        model.predict("a nice text")
    assert "predict([{'review': 'a text'}]) answers a text itself" in caught.value.hint
    code, _, said = command("predict", str(tmp_path / "model"), "a nice text")
    assert code == 2 and """`printf 'review\\n"a text"\\n' | elman predict MODEL` answers a text itself""" in said
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'review\n"a text"\n')))
    assert command("predict", str(tmp_path / "model"))[1].split("\t")[1] in ("a", "b")
    code, _, said = command("predict", str(tmp_path / "model"), "--follow")
    assert code == 2 and "hint: each row is a whole text: without --follow it is answered" in said


def test_a_label_stays_on_its_line(tmp_path: Path, command: Run) -> None:
    """A tab in it, say: in tables and lines it is \\t, in JSON and Python what it is."""
    path = written(tmp_path, "id,x,label\n" + "".join(f'{2 * n},1,"a\tx"\n{2 * n + 1},2,"b\ny"\n' for n in range(4)))
    model = elman.train("classify", path, label="label", epochs=1, hidden=2)
    assert "2 classes: a\\tx 4, b\\ny 4" in model.task.introduce() and set(model.predict(path)) <= {"a\tx", "b\ny"}
    model.save(tmp_path / "model")
    lines = command("predict", str(tmp_path / "model"), path, "--proba")[1].splitlines()
    assert len(lines) == 8 and all(len(line.split("\t")) == 4 and "a\\tx=" in line for line in lines)
    assert set(command("predict", str(tmp_path / "model"), path, "--json")[1]["outputs"]) <= {"a\tx", "b\ny"}
    said = command("score", str(tmp_path / "model"), path)[1]
    assert "\t" not in said and "\na\\tx  " in said and "  b\\ny\n" in said
