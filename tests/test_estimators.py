"""Estimators: what scikit-learn asks of them, every form of sequences, and that they are the tasks."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.bench.race import Peer
from elman.errors import DataError
from elman.tasks.labelled.classes import Classes
from elman.tasks.labelled.classify import Classify
from optional import needs
from tables import written

pytestmark = needs(Peer("scikit-learn", ("sklearn",)))

SMALL: dict[str, Any] = {"hidden": 8, "epochs": 12, "rate": 0.02}
LONGER: dict[str, Any] = {**SMALL, "epochs": 40}
CHECKED = {"SequenceClassifier": SMALL, "SequenceRegressor": LONGER, "SequenceTagger": SMALL}


def waves(count: int = 60, seed: int = 0, *, classes: tuple[Any, ...] = ("down", "up")) -> tuple[list[Any], list[Any]]:
    """Noisy lines (T_i, 2) that fall or rise, beside noise."""
    rng = np.random.default_rng(seed)
    X, y = [], []
    for n in range(count):
        steps = np.arange(rng.integers(3, 10))
        line = (2 * (n % 2) - 1) * steps + rng.normal(0, 0.2, len(steps))
        X.append(np.stack([line, rng.standard_normal(len(steps))], axis=1))
        y.append(classes[n % 2])
    return X, y


def sentences(count: int = 60, seed: int = 0) -> tuple[list[list[str]], list[list[str]]]:
    """Words, and of each whether it comes at once after "not"."""
    rng = np.random.default_rng(seed)
    X = [rng.choice(["not", "big", "old", "red"], rng.integers(2, 8)).tolist() for _ in range(count)]
    return X, [["no" if n and words[n - 1] == "not" else "yes" for n in range(len(words))] for words in X]


# --- what scikit-learn asks ---


@pytest.mark.filterwarnings("ignore:.*worse than knowing nothing")  # of data where nothing can be known
@pytest.mark.parametrize("kind", CHECKED)
def test_all_checks_of_scikit_learn_pass(kind: str) -> None:
    from sklearn.utils.estimator_checks import check_estimator

    found = check_estimator(getattr(elman, kind)(**CHECKED[kind]), on_skip=None)
    assert len(found) > 40
    # One check is for estimators that compute with arrays of other libraries; scikit-learn leaves it out by itself.
    assert {one["check_name"] for one in found if one["status"] != "passed"} <= {"check_array_api_input"}


def test_searches_folds_pipelines_and_clones() -> None:
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    X, y = waves()
    first = elman.SequenceClassifier(**SMALL)
    search = GridSearchCV(first, {"cell": ["gru", "none"], "hidden": [8]}, n_jobs=2, cv=2).fit(X, y)
    assert search.best_score_ > 0.9
    pipe = make_pipeline(FunctionTransformer(lambda X: [one[:, :1] for one in X]), clone(first))
    assert cross_val_score(pipe, X, y, cv=3).mean() > 0.9
    words, tags = sentences()
    assert cross_val_score(elman.SequenceTagger(**SMALL), words, tags, cv=3).mean() > 0.9
    numbers = [float(len(one)) for one in X]
    assert cross_val_score(elman.SequenceRegressor(**LONGER), X, numbers, cv=3).mean() > 0.5
    assert clone(search.best_estimator_).get_params() == search.best_estimator_.get_params()


def test_pickles_hold_no_data_and_say_the_same() -> None:
    X, y = waves(200)
    fitted = elman.SequenceClassifier(**SMALL).fit(X, y)
    stored = pickle.dumps(fitted)
    assert len(stored) < sum(one.nbytes for one in X)
    np.testing.assert_array_equal(pickle.loads(stored).predict_proba(X), fitted.predict_proba(X))


# --- forms of sequences ---


def test_arrays_lists_and_series_are_the_same() -> None:
    rng = np.random.default_rng(0)
    cube = rng.standard_normal((40, 6, 1))
    y = np.where(cube[:, 0, 0] > 0, "a", "b")
    forms: list[Any] = [cube, list(cube), cube[:, :, 0], list(cube[:, :, 0]), cube[:, :, 0].tolist()]
    chances = []
    for form in forms:
        fitted = elman.SequenceClassifier(**SMALL).fit(form, y)
        chances += [fitted.predict_proba(other) for other in forms]
    for one in chances:
        np.testing.assert_array_equal(one, chances[0])


def test_padding_is_never_seen() -> None:
    X, y = waves()
    fitted = elman.SequenceClassifier(**SMALL).fit(X, y)
    alone = np.concatenate([fitted.predict_proba([one]) for one in X])
    np.testing.assert_allclose(fitted.predict_proba(X), alone, atol=1e-12)


@pytest.mark.parametrize("classes", [("down", "up"), (7, 3), (True, False), (1.0, 0.0)])
def test_classes_stay_what_they_are(classes: tuple[Any, Any]) -> None:
    X, y = waves(classes=classes)
    fitted = elman.SequenceClassifier(**SMALL).fit(X, y)
    assert fitted.classes_.tolist() == sorted(classes)
    assert fitted.predict(X).dtype == np.asarray(y).dtype
    chances = fitted.predict_proba(X)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    np.testing.assert_array_equal(fitted.classes_[chances.argmax(axis=1)], fitted.predict(X))
    assert fitted.score(*waves(seed=1, classes=classes)) > 0.9


def test_tags_of_words_of_which_some_are_new() -> None:
    X, y = sentences()
    fitted = elman.SequenceTagger(**SMALL).fit(X, y)
    assert fitted.score(*sentences(seed=1)) > 0.95
    assert [one.tolist() for one in fitted.predict([["not", "new"], ["old"]])] == [["yes", "no"], ["yes"]]
    assert [one.shape for one in fitted.predict_proba(X)] == [(len(one), 2) for one in X]


def test_tags_come_in_the_form_of_the_sequences() -> None:
    rng = np.random.default_rng(0)
    cube = rng.standard_normal((30, 5, 2))
    y = (cube[:, :, 0] > 0).astype(int)
    fitted = elman.SequenceTagger(**SMALL).fit(cube, y)
    assert fitted.score(cube, y) > 0.9
    found = fitted.predict(cube)
    assert (found.shape, fitted.predict_proba(cube).shape) == ((30, 5), (30, 5, 2))
    np.testing.assert_array_equal(np.stack(fitted.predict(list(cube))), found)
    table = elman.SequenceTagger(**SMALL).fit(cube[:, 0], y[:, 0])  # each row is one step
    assert table.predict(cube[:, 1]).shape == (30,)


def test_texts_are_read_character_by_character() -> None:
    X = ["aab", "ab", "aaab", "ba", "bba", "bbba"] * 10
    y = [text[0] for text in X]
    assert elman.SequenceClassifier(**SMALL).fit(X, y).predict(["abbb", "baaaaa"]).tolist() == ["a", "b"]


def test_missing_values_and_frames_of_names() -> None:
    pandas = pytest.importorskip("pandas")
    X, y = waves()
    for one in X:
        one[0, 1] = np.nan
    frames = [pandas.DataFrame(one, columns=["height", "noise"]) for one in X]
    fitted = elman.SequenceClassifier(**SMALL).fit(frames, y)
    assert fitted.model_.network.architecture.inputs == 3  # one says that the noise is missing
    assert fitted.model_.task.codec()["columns"]["features"] == ("height", "noise")
    assert fitted.score(X, y) > 0.9


def test_columns_of_frames_are_found_by_their_names() -> None:
    pandas = pytest.importorskip("pandas")
    X, y = waves()
    frames = [pandas.DataFrame(one, columns=["height", "noise"]) for one in X]
    turned = [one[["noise", "height"]] for one in frames]
    fitted = elman.SequenceClassifier(**SMALL).fit(frames[:1] + turned[1:], y)
    said = fitted.predict_proba(X)
    for same in (frames, turned):
        np.testing.assert_array_equal(fitted.predict_proba(same), said)
    with pytest.raises(DataError, match=r"X\[1\]: expected the columns 'height', 'noise'; found 'noise', 'level'"):
        fitted.predict([turned[0], turned[1].rename(columns={"height": "level"})])
    with pytest.raises(DataError, match=r"X\[0\]: column 'noise': expected numbers; found 'loud'"):
        fitted.predict([frames[0].astype(object).assign(noise="loud")])
    unnamed = elman.SequenceClassifier(**SMALL).fit(X, y)  # of arrays: the order is all there is
    np.testing.assert_array_equal(unnamed.predict_proba(frames), unnamed.predict_proba(X))


def test_frames_may_mix_numbers_and_strings(tmp_path: Path) -> None:
    """As rows of a file do, to the bit; a category that training had not is unknown."""
    pandas = pytest.importorskip("pandas")
    X, y = waves()
    sides = [np.where(one[:, 1] > 0, "above", "below") for one in X]
    frames = [pandas.DataFrame({"height": one[:, 0], "side": side}) for one, side in zip(X, sides, strict=True)]
    frames[0]["side"] = frames[0]["side"].astype("category")
    frames[1].loc[0, "side"] = None
    frames[2].loc[0, "height"] = pandas.NA
    table = pandas.concat([one.assign(id=n, label=y[n]) for n, one in enumerate(frames)])
    table.to_csv(tmp_path / "rows.csv", index=False)
    of_file = elman.train("classify", tmp_path / "rows.csv", label="label", seed=3, epochs=3)
    fitted = elman.SequenceClassifier(epochs=3, random_state=3).fit(frames, y)
    assert fitted.model_.network.parameters.flat.tolist() == of_file.network.parameters.flat.tolist()
    assert fitted.predict([one[["side", "height"]] for one in frames]).tolist() == of_file.predict(frames)
    odd = frames[3].assign(side="beside")
    assert fitted.predict_proba([odd]) == pytest.approx(
        np.array([[*of_file.predict_proba([odd])[0].values()]]), abs=1e-6
    )
    tags = elman.SequenceTagger(epochs=1).fit([one[["side"]] for one in frames], [list(side) for side in sides])
    assert tags.predict([frames[1][["side"]]])[0].shape == sides[1].shape
    for wrong, message in (
        (X[0], r"X\[0\]: expected a data frame with the columns 'height', 'side', as in training; found"),
        (frames[0].assign(side=1.0), r"X\[0\]: column 'side': expected strings, as in other steps; found 1.0"),
    ):
        with pytest.raises(DataError, match=message):
            fitted.predict([wrong])
    with pytest.raises(DataError, match=r"X\[1\]: expected a data frame, as X\[0\] is; found"):
        fitted.predict([frames[0], X[0]])
    with pytest.raises(DataError, match="X: expected a data frame with the columns 'height', 'side', as in training"):
        fitted.predict(np.stack([X[0], X[0]]))
    with pytest.raises(
        DataError, match="X: expected a table of numbers, whose rows are series; found one with"
    ) as caught:
        elman.SequenceClassifier().fit(frames[0], list(sides[0]))
    assert "in a list of data frames" in caught.value.hint


def test_rows_of_a_table_of_numbers_and_strings_are_steps_of_a_tagger() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"x": np.tile([0.0, 1.0], 60), "kind": np.repeat(["a", "b", None], 40)})
    wanted = np.where(table["kind"] == "a", "first", np.where(table["x"] > 0, "up", "down"))
    fitted = elman.SequenceTagger(**LONGER).fit(table, wanted)
    assert list(fitted.feature_names_in_) == ["x", "kind"] and fitted.score(table, wanted) > 0.95
    new = table.assign(kind="c")[:2]
    assert fitted.predict(new).shape == (2,)
    with pytest.raises(
        DataError, match="X: expected a data frame with the columns 'x', 'kind', as in training; found num"
    ):
        fitted.predict(np.zeros((1, 2, 2)))
    words = elman.SequenceTagger(**SMALL).fit(table[["kind"]][:80], wanted[:80])
    assert words.predict(table[["kind"]][:3]).shape == (3,)


def test_a_column_of_texts_is_a_list_of_them() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"text": ["aab", "ab", "ba", "bba"] * 10, "first": ["a", "a", "b", "b"] * 10})[::-1]
    fitted = elman.SequenceClassifier(**SMALL).fit(table["text"], table["first"])
    np.testing.assert_array_equal(fitted.predict_proba(table["text"]), fitted.predict_proba(list(table["text"])))


# --- they are the tasks ---


def test_an_estimator_learns_what_the_task_learns_from_a_file(tmp_path: Path) -> None:
    X, y = waves()
    rows = [f"{n},{a!r},{b!r},{name}" for n, (one, name) in enumerate(zip(X, y, strict=True)) for a, b in one.tolist()]
    path = written(tmp_path, "\n".join(["id,x0,x1,label", *rows, ""]), "waves.csv")
    model = elman.train("classify", path, seed=3, epochs=3)
    fitted = elman.SequenceClassifier(epochs=3, random_state=3).fit(X, y)
    assert fitted.model_.network.parameters.flat.tolist() == model.network.parameters.flat.tolist()
    assert fitted.model_.metrics == model.metrics
    fitted.model_.save(tmp_path / "model")
    assert elman.load(tmp_path / "model").predict(X) == fitted.predict(X).tolist()


def test_groups_are_learned_or_held_out() -> None:
    X, y = waves()

    def learned(**given: Any) -> int:
        task = elman.SequenceClassifier(validate=0.1, **SMALL).fit(X, y, **given).model_.task
        assert isinstance(task, Classify)
        assert isinstance(task.known.answers, Classes)
        return sum(task.known.answers.counts)

    assert learned() == 54
    assert learned(groups=["one"] * 20 + ["other"] * 40) in (20, 40)
    with pytest.raises(
        DataError, match="groups: expected two groups, one to learn from and one to hold out; found '0'"
    ):
        learned(groups=["one"] * 60)


def test_seeds_are_numbers_or_drawn() -> None:
    X, y = waves(20)

    def learned(seed: Any) -> list[float]:
        fitted = elman.SequenceClassifier(hidden=4, epochs=1, random_state=seed).fit(X, y)
        weights: list[float] = fitted.model_.network.parameters.flat.tolist()
        return weights

    assert learned(1) == learned(1) != learned(2)
    assert learned(np.random.RandomState(1)) == learned(np.random.RandomState(1)) != learned(1)
    assert learned(None) != learned(None)


# --- what is refused ---


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([], "X: expected sequences; found none"),
        ([np.zeros((3, 2)), np.zeros((0, 2))], r"X\[1\]: expected at least one step; found none"),
        ([np.zeros((3, 2)), np.zeros((3, 1))], r"X\[1\]: expected an array \(steps, 2\), as X\[0\] is"),
        ([np.zeros((3, 2)), ["a"]], r"X\[1\]: expected an array \(steps, 2\)"),
        ([["a"], np.zeros((3, 2))], r"X\[1\]: expected strings, as in X\[0\]"),
        ([np.zeros((2, 1)), np.array([[1.0], [np.inf]])], r"X\[1\]: expected finite numbers; found infinity at step 1"),
        ([np.zeros((2, 1)), np.zeros((2, 1), complex)], r"X\[1\]: expected an array \(steps, 1\)"),
        ([np.zeros((2, 1)), np.array("a")], r"X\[1\]: expected an array \(steps, 1\)"),
        ([[[{}]], [[{}]]], r"X\[0\]: expected an array \(steps, features\) of numbers, or a list of strings"),
        (np.zeros((1, 2, 1)), r"X: Found array with 1 sample\(s\)"),
        ([[{}], [{}]], r"X: float\(\) argument must be a string or a real number, not 'dict'"),
    ],
)
def test_a_wrong_sequence_is_named(X: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        elman.SequenceClassifier().fit(X, ["a"] * len(X))


@pytest.mark.parametrize("kind", ["SequenceClassifier", "SequenceTagger", "SequenceRegressor"])
@pytest.mark.parametrize("wrong", [{}, 10**400, "a", None, b"a"])
def test_answers_and_groups_that_are_none_are_refused(kind: str, wrong: Any) -> None:
    X, small = [np.zeros((3, 1)), np.ones((3, 1))], getattr(elman, kind)(epochs=1)
    for y in (wrong, [wrong, {}]):
        with pytest.raises(DataError, match=r"^(y|SequenceT|SequenceC|SequenceR)"):
            small.fit(X, y)
    with pytest.raises(DataError, match=r"^groups: "):
        small.fit(X, [[0, 1, 0], [1, 0, 1]] if kind == "SequenceTagger" else [0, 1], groups=wrong or [0])


def test_other_sequences_than_in_training_are_refused() -> None:
    X, y = waves(20)
    fitted = elman.SequenceClassifier(hidden=4, epochs=1).fit(X, y)
    with pytest.raises(DataError, match="X: expected 2 features, as in training; found 3"):
        fitted.predict([np.zeros((4, 3))])
    with pytest.raises(DataError, match="X: expected sequences of numbers, as in training; found strings"):
        fitted.predict([["a", "b"]])
    words = elman.SequenceTagger(hidden=4, epochs=1).fit(*sentences(20))
    with pytest.raises(DataError, match="X: expected sequences of strings, as in training; found numbers"):
        words.predict(X)


def test_labels_of_another_length_are_refused() -> None:
    X, y = sentences(20)
    with pytest.raises(DataError, match=r"y\[2\]: expected \d labels, one for each step; found \['yes'\]"):
        elman.SequenceTagger().fit(X, [*y[:2], ["yes"], *y[3:]])


def test_missing_answers_are_refused() -> None:
    X, y = sentences(20)
    with pytest.raises(DataError, match=r"y\[2\]: expected an answer for each step; found None at step 1"):
        elman.SequenceTagger().fit(X, [*y[:2], [y[2][0], None, *y[2][2:]], *y[3:]])
    with pytest.raises(ValueError, match="Input y contains NaN"):
        elman.SequenceTagger().fit([[1.0, 2.0], [3.0]], [[0.0, np.nan], [1.0]])
    with pytest.raises(DataError, match="y: expected an answer for each sequence; found None at sequence 1"):
        elman.SequenceClassifier().fit([[1.0, 2.0], [3.0]], ["a", None])


def test_what_cannot_be_learned_from_has_no_hint_about_columns() -> None:
    with pytest.raises(DataError, match="expected two sequences or more; found 1") as caught:
        elman.SequenceClassifier().fit([np.zeros((3, 2))], ["a"])
    assert not caught.value.hint


def test_without_scikit_learn_the_extra_is_named() -> None:
    script = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import elman\n"
        "try: elman.SequenceTagger\n"
        "except elman.ConfigError as error: print(error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == "pip install 'elman[sklearn]'\n"
