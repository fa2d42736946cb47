"""Files that hold whole sequences, `.ts` and NPZ: what is read, and what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from elman.errors import DataError
from elman.tables import Columns, Table, read
from tables import of, refusal, values, written

nan = float("nan")
HEAD = (
    "#made up\n@problemName p\n@timeStamps false\n@missing true\n@univariate false\n@dimensions 2\n@equalLength false\n"
)
CLASSES = HEAD + "@classLabel true a b\n@data\n"
LINES = "1,2,?:4,5,6:b\n7:-8e1:a\n"


def test_ts_has_dimensions_of_any_length_and_classes(tmp_path: Path) -> None:
    table = of(tmp_path, CLASSES + LINES + "#a remark\n\n:9:?\n"[:-5], "a.ts", label="kind")
    np.testing.assert_equal(values(table), [[[1, 4], [2, 5], [nan, 6]], [[7, -80]]])
    assert (table.classes, [sequence.label for sequence in table]) == (("a", "b"), [1, 0])
    assert [one.name for one in table.features] == ["x1", "x2"]
    assert [one.missing for one in table.features] == [1, 0]
    assert [str(sequence.place) for sequence in table] == [f"{tmp_path}/a.ts: line {n}" for n in (10, 11)]


def test_ts_may_have_targets_no_answer_one_dimension_and_empty_sequences(tmp_path: Path) -> None:
    head = "%# a remark\n@univariate true\n@targetlabel true\n@data\n"
    table = of(tmp_path, head + "1,2:0.5\n:-3\n", "a.ts", target="y")
    assert values(table) == [[[1], [2]], []]
    assert [sequence.target.tolist() for sequence in table if sequence.target is not None] == [[0.5], [-3]]
    assert values(of(tmp_path, head + "1,2:0.5\n", "a.ts")) == [[[1], [2]]]  # not asked for
    assert values(of(tmp_path, "@classLabel false\n@data\n1:2\n", "a.ts")) == [[[1, 2]]]
    packed = gzip.compress((CLASSES + LINES).encode())
    assert len(of(tmp_path, packed, "a.ts.gz", label="kind")) == 2


PARTS = "line 11: expected 2 dimensions and a label or target, separated by colons; found 2 parts"
SHORT = "line 10: expected 3 values, as @seriesLength says; found 2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CLASSES + "1,2:3,4:a\n1,2,3:4,", PARTS),
        (CLASSES + "1,2:3,4:a\n1,2:3,4:", None),  # a label that is missing
        (CLASSES + "1,2:3,4:c\n", "line 10: expected one of the 2 classes of @classLabel; found 'c'"),
        (CLASSES + "1,2:3,4.x:a\n", "line 10: dimension 2: value 2: expected a number or ?; found '4.x'"),
        (CLASSES + "1,inf:3,4:a\n", "line 10: dimension 1: value 2: expected a finite number; found inf"),
        (CLASSES + "1,2:3:a\n", "line 10: dimension 2: expected 2 values, as dimension 1 has; found 1"),
        (CLASSES, "expected sequences below @data; found none"),
        (HEAD, "line 7: expected @data, and sequences below it; found the end of the file"),
        ("", "line 0: expected @data, and sequences below it; found the end of the file"),
        ("1,2:a\n", "line 1: expected a line with @, up to @data; found '1,2:a'"),
        ("@\n", "line 1: expected a line with @, up to @data; found '@'"),
        (HEAD.replace("Stamps false", "Stamps true"), "line 3: expected no time stamps; found that there are some"),
        (HEAD.replace("dimensions 2", "dimensions two"), "line 6: expected a whole number; found two"),
        (HEAD + "@classLabel perhaps\n", "line 8: expected true or false; found perhaps"),
        (HEAD + "@data\n1:2\n", "expected @classLabel true, as a label is asked for; found none"),
        (CLASSES.replace("equalLength false", "seriesLength 3") + "1,2:3,4:a\n", SHORT),
    ],
)  # fmt: skip
def test_ts_that_is_cut_off_or_wrong(text: str, message: str | None, tmp_path: Path) -> None:
    if message is None:
        message = (
            "line 11: expected a label for each sequence; found none for 1 of 2 sequences, of which this is the first"
        )
    prefix = "a.ts: "
    assert refusal(tmp_path, text, "a.ts", label="kind")[0] == prefix + message


def test_ts_without_labels_may_be_left_out_and_several_files_are_one(tmp_path: Path) -> None:
    names = [written(tmp_path, CLASSES + "1:2:?\n3:4:a\n", "1.ts"), written(tmp_path, CLASSES + "5,6:7,8:b\n", "2.ts")]
    table = read(names, Columns(label="kind", skip_empty=True))
    assert values(table) == [[[3, 4]], [[5, 7], [6, 8]]]
    assert [sequence.rows.tolist() for sequence in table] == [[1], [2, 2]]
    assert [sequence.id for sequence in table] == ["1", "2"]  # numbers from 0 of all that were read, as those of rows
    assert str(table[1].place) == f"{names[1]}: line 10"
    assert "1 of 3 sequences left out: no label" in table.describe()
    with pytest.raises(DataError, match=r"2\.ts: expected 2 features, as .*1\.ts has; found 1"):
        read([names[0], written(tmp_path, "@data\n1\n", "2.ts")])


def test_sequences_of_arrays_without_a_step_may_be_left_out(tmp_path: Path) -> None:
    path = saved(tmp_path, values=[1, 2, 3], lengths=[1, 0, 2], kind=["a", "b", "a"])
    table = read(path, Columns(label="kind", skip_empty=True))
    assert (values(table), [one.id for one in table]) == ([[[1]], [[2], [3]]], ["0", "2"])
    assert "1 of 3 sequences left out: no step" in table.notes
    with pytest.raises(DataError, match="expected sequences with steps; found none"):
        read(saved(tmp_path, values=np.zeros((0, 1)), lengths=[0]), Columns(skip_empty=True))


def saved(folder: Path, **arrays: Any) -> str:
    path = folder / "a.npz"
    np.savez(path, **arrays)
    return str(path)


def npz(folder: Path, given: dict[str, Any], **columns: Any) -> Table:
    return read(saved(folder, **given), Columns(**columns))


X = np.arange(12.0).reshape(2, 3, 2)


def test_npz_has_sequences_of_one_length_or_padded_ones_or_all_steps_in_a_row(tmp_path: Path) -> None:
    assert values(npz(tmp_path, {"x": X})) == X.tolist()
    assert values(npz(tmp_path, {"x": X[:, :, 0]})) == X[:, :, :1].tolist()
    padded = npz(tmp_path, {"x": X, "lengths": [0, 2]})
    assert values(padded) == [[], X[1, :2].tolist()]
    ragged = npz(tmp_path, {"values": X[1, :2], "lengths": [0, 2], "names": ["a", "b"]}, features=["b", "a"])
    assert values(ragged) == [[], X[1, :2, ::-1].tolist()]
    assert [one.name for one in ragged.features] == ["b", "a"]


def test_npz_has_labels_targets_groups_and_ids(tmp_path: Path) -> None:
    given = {"x": X, "lengths": [3, 1], "y": [10, 9], "g": ["u", "v"], "ids": [7, 8], "t": [1.0, 2.0]}
    table = npz(tmp_path, given, label="y", group="g", id="ids")
    assert (table.classes, [one.label for one in table]) == (("9", "10"), [1, 0])
    assert (table.groups, [one.group for one in table], [one.id for one in table]) == (("u", "v"), [0, 1], ["7", "8"])
    assert str(table[1].place) == f"{tmp_path}/a.npz: sequence 2"
    targets = npz(tmp_path, given, target="t").known.targets
    assert targets is not None
    assert targets.tolist() == [[1], [2]]
    steps = npz(tmp_path, {**given, "y": [[1, 2, 1], [2, 0, 0]]}, label="y", per="step")
    assert [one.label.tolist() for one in steps if isinstance(one.label, np.ndarray)] == [[0, 1, 0], [1]]
    assert steps.counts.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("given", "columns", "message"),
    [
        ({"z": X}, {}, "a.npz: expected the array x, or values and lengths; found z"),
        ({"x": X, "y": [1, 2]}, {"label": "Z"}, "a.npz: expected the column 'Z' (label); found the columns 'x', 'y'"),
        ({"x": X, "y": [1, 2, 3]}, {"label": "y"}, "a.npz: y: expected one for each sequence, (2,); found (3,)"),
        ({"x": X, "y": ["p", "q"]}, {"target": "y"}, "a.npz: y: expected finite numbers; found <U1"),
        (
            {"x": X, "lengths": [1, 4]},
            {},
            "a.npz: lengths: sequence 2: expected at most 3 steps, as x has; found 4",
        ),
        ({"x": X, "lengths": [1]}, {}, "a.npz: lengths: expected one for each sequence, (2,); found (1,)"),
        ({"x": X, "lengths": [1.5, 1]}, {}, "a.npz: lengths: expected whole numbers (N,); found float64 (2,)"),
        ({"values": X[0], "lengths": [1, 1]}, {}, "a.npz: values: expected the shape (2, F), as lengths say;"),
        ({"x": X[0, 0]}, {}, "a.npz: x: expected the shape (N, T, F) or (N, T); found (2,)"),
        ({"x": [["a"]]}, {}, "a.npz: x: expected numbers; found <U1"),
        ({"x": X, "names": ["a"]}, {}, "a.npz: names: expected 2 names of features, (2,); found (1,)"),
        ({"x": X, "names": "ab"}, {}, "a.npz: names: expected 2 names of features, (2,); found ()"),
        ({"x": np.where(X == 9, np.inf, X)}, {}, "a.npz: x: sequence 2, step 2, feature 2: expected a finite number;"),
        ({"x": np.array([[1], [1, 2]], object)}, {}, "a.npz: expected an NPZ file of arrays; found: Object arrays"),
        ({"x": X}, {"time": "t"}, "a.npz: expected no time for a file of .npz; found 't'"),
    ],
)  # fmt: skip
def test_npz_that_is_wrong(given: dict[str, Any], columns: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        npz(tmp_path, given, **columns)
    assert str(caught.value).replace(f"{tmp_path}/", "").startswith(message)


@pytest.mark.parametrize("data", [b"no zip", b"PK\x03\x04 cut off", b""])
def test_npz_that_is_none(data: bytes, tmp_path: Path) -> None:
    message, _ = refusal(tmp_path, data, "a.npz")
    assert message.startswith("a.npz: expected an NPZ file of arrays; found: ")


def test_files_of_rows_and_of_sequences_are_read_apart(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected another file of"):
        read([written(tmp_path, CLASSES + LINES, "a.ts"), written(tmp_path, "x\n1\n")])
