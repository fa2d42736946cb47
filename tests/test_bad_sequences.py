"""Bad input of `classify` and `tag`: each is handled, and said, or refused by an error that says where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.tasks.labelled.tabled import Tabled
from tables import refused, written

Run = Callable[..., tuple[int, Any, str]]
Rows = list[list[str]]
TASKS = ("classify", "tag")
HEAD = ["id", "time", "x", "y"]
TS = "@dimensions 2\n@classLabel true up down\n@data\n" + "1,2,3:4,5,6:up\n3,2,1:6,5,4:down\n" * 6


def steps(count: int = 12, length: int = 3) -> Rows:
    """Rows of sequences in turn of the class a, whose numbers rise, and b, whose numbers fall."""
    return [
        [f"s{n}", str(t), str((t - 1) * (-1) ** n + n / 9), "ab"[n % 2]] for n in range(count) for t in range(length)
    ]


def changed(*places: tuple[int, int, str]) -> Rows:
    """The same with other cells, by row and column."""
    rows = steps()
    for row, column, value in places:
        rows[row][column] = value
    return rows


def csv(rows: Rows, head: list[str] = HEAD) -> str:
    return "\n".join([",".join(row) for row in [head, *rows]]) + "\n"


def trained(task: str, path: str, **given: Any) -> elman.Model:
    return elman.train(task, path, **{"label": "y", "steps": 1, "hidden": 4, "validate": 0, **given})


def said(model: elman.Model) -> list[str]:
    assert isinstance(model.task, Tabled)
    return model.task.described


# --- what is handled ---


@pytest.mark.parametrize("task", TASKS)
def test_times_that_are_not_in_order_are_sorted(task: str, tmp_path: Path) -> None:
    rows = steps()
    mixed = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))]
    mixed.sort(key=lambda row: row[0] != "s0")  # the order of sequences is that of their first rows
    found = trained(task, written(tmp_path, csv(mixed)))
    assert "rows were not in the order of their times: they were sorted" in said(found)
    x = {"s0": [-1.0, 0.0, 1.0]}
    learning = found.task.learning  # type: ignore[attr-defined]
    order = {name: inputs[:, 0] for name, inputs in zip(learning.examples.ids, learning.examples.inputs, strict=True)}
    assert np.diff(order["s0"]) == pytest.approx(np.diff(x["s0"]) / np.std([float(row[2]) for row in rows]), rel=1e-5)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (
            changed((1, 1, "0")),
            "1 step has the time of the step before: in the order of their rows (the first: a.csv: line 3)",
        ),
        (changed((4, 2, "")), "'x': 1 step has no value"),
        (steps(length=1), "'a.csv': 12 sequences of 1 step"),
        ([*steps(4), ["last", "0", "0.5", "b"]], "'a.csv': 5 sequences of 1 to 3 steps, 13 in all"),
        ([[one, t, x, "yes" if y == "a" else "1"] for one, t, x, y in steps()], "2 classes: 1 {}, yes {}"),
    ],
    ids=["times twice", "a value is missing", "one step each", "one of one step", "labels of mixed kinds"],
)
def test_what_is_unusual_is_learned_and_said(task: str, rows: Rows, line: str, tmp_path: Path) -> None:
    found = trained(task, written(tmp_path, csv(rows)))
    expected = line.format(*[18 if task == "tag" else 6] * 2)
    assert expected in [one.replace(f"{tmp_path}/", "") for one in said(found)]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("column", ["x", "y"])
def test_a_value_that_leaves_nothing_of_the_others_is_said(task: str, column: str, tmp_path: Path) -> None:
    rows = [[*row[:3], str(n // 3)] for n, row in enumerate(steps())]
    for row in rows[15:18]:
        row[HEAD.index(column)] = "99999"
    found = trained(task, written(tmp_path, csv(rows)), target="y", label=None)
    [line] = [line.replace(f"{tmp_path}/", "") for line in said(found) if "half of the values" in line]
    assert line.startswith(f"a.csv: line 17: 's5': column '{column}': half of the values lie between ")
    assert "but one is 99999: " in line


def test_a_class_that_is_held_out_only_is_said(tmp_path: Path, command: Run) -> None:
    rows = [[f"s{n}", str(t), str(t), f"c{n}" if t else "a"] for n in range(20) for t in range(2)]
    found = trained("tag", written(tmp_path, csv(rows)), validate=0.4)
    [line] = [line for line in said(found) if "held out only" in line]
    assert line.startswith("classes that are held out only, so that they cannot be learned: 'c")
    assert line.endswith(" and 3 more")
    assert found.metrics["classes"]["a"]["steps"] == 8


@pytest.mark.parametrize("task", TASKS)
def test_a_target_that_never_changes_is_refused(task: str, tmp_path: Path) -> None:
    path = written(tmp_path, csv([[*row[:3], "5"] for row in steps()]))
    error = refused(lambda: trained(task, path, label=None, target="y"))
    assert str(error) == f"{path}: column 'y': expected different numbers; found 5 only"


def test_labels_that_are_numbers_lead_to_a_target(tmp_path: Path) -> None:
    def lines(values: list[str]) -> list[str]:
        rows = [[f"s{n}", "0", str(n), value] for n, value in enumerate(values)]
        return [line for line in said(trained("classify", written(tmp_path, csv(rows)))) if "there once" in line]

    numbers = ["1.5", "2", *map(str, range(10, 20))]
    assert lines(["3", "3", *numbers]) == ["12 classes are numbers that are there once: target='y' predicts numbers"]
    assert lines(["a", "a", *numbers]) != []
    assert lines(["3", "3", "b", *numbers]) == lines(2 * numbers) == []


def test_what_groups_leave_out_of_the_scores_is_said(tmp_path: Path) -> None:
    rows = [[*row, {"a": "p", "b": "q"}[row[3]] if row[0] < "s5" else ""] for row in steps(10)]  # a group is a class
    path = written(tmp_path, csv(rows, [*HEAD, "who"]))
    lines = said(trained("classify", path, group="who", validate=0.2))
    assert "5 sequences without 'who': together they are one group" in lines
    [line] = [line for line in lines if "no group is held out" in line]
    assert line in [
        f"classes of which no group is held out, so that they are not in the scores: {name!r}" for name in "ab"
    ]
    alone = written(tmp_path, csv([[*row, "p"] for row in steps()], [*HEAD, "who"]), "b.csv")
    error = refused(lambda: trained("classify", alone, group="who", validate=0.2))
    assert str(error).endswith(
        "b.csv: column 'who': expected two groups, one to learn from and one to hold out; found 'p' only"
    )
    assert error.hint == "validate=0 holds out none"


@pytest.mark.parametrize("task", TASKS)
def test_a_class_that_only_the_scored_part_has_counts_as_wrong(task: str, tmp_path: Path, command: Run) -> None:
    trained(task, written(tmp_path, csv(steps()))).save(tmp_path / "model")
    other = written(tmp_path, csv([[one, t, x, "new"] for one, t, x, _ in steps(3)]), "b.csv")
    code, scored, warned = command("score", str(tmp_path / "model"), other, "--json")
    assert (code, scored["accuracy"], scored["log_loss"], scored["auc"]) == (0, 0, None, None)
    assert "of classes that the model does not know, such as 'new'" in " ".join(warned.split())


def test_steps_without_a_label_are_read_but_not_learned(tmp_path: Path) -> None:
    half = [[one, t, x, y if t == "0" else ""] for one, t, x, y in steps()]
    assert "24 steps have no label or number: they are read, but neither learned nor scored" in said(
        trained("tag", written(tmp_path, csv(half)))
    )
    found = trained("classify", written(tmp_path, csv([*steps(), ["last", "0", "1", ""]])), skip_empty=True)
    assert "1 of 13 sequences left out: no label" in said(found)


def test_a_flood_of_classes_is_learned_and_told_with_a_count(tmp_path: Path, command: Run) -> None:
    count = 10_000
    rows = "".join(f"s{n % 40},{n // 40},{n % 7},c{n % count}\n" for n in range(2 * count))
    path = written(tmp_path, "id,time,x,y\n" + rows)
    model = trained("tag", path, batch=1, bidirectional=False)
    [line] = [line for line in said(model) if line.startswith("10,000 classes: ")]
    assert line.endswith(" and 9,990 more")
    assert len(line) < 200
    model.save(tmp_path / "model")
    few = written(tmp_path, "id,time,x,y\n" + "".join(f"s,{n},1,c{n}\n" for n in range(150)), "few.csv")
    code, scored, _ = command("score", str(tmp_path / "model"), few, "--json")
    assert (code, scored["steps"], len(scored["classes"]), scored["classes_left_out"]) == (0, 150, 100, 9_900)


@pytest.mark.parametrize("task", TASKS)
def test_features_in_another_order_are_found_by_their_names(task: str, tmp_path: Path, command: Run) -> None:
    rows = [[*row[:3], str(n % 5), row[3]] for n, row in enumerate(steps())]
    first = written(tmp_path, csv(rows, ["id", "time", "x", "z", "y"]))
    other = written(
        tmp_path, csv([[row[3], row[2], "7", *row[1::-1]] for row in rows], ["z", "x", "w", "time", "id"]), "b.csv"
    )
    model = trained(task, first)
    assert model.predict([first]) == model.predict([other])
    model.save(tmp_path / "model")
    assert "columns that are not used: 'w'" in command("predict", str(tmp_path / "model"), other)[2]
    assert "columns that are not used: 'w'" not in command("predict", str(tmp_path / "model"), first)[2]
    bare = written(tmp_path, csv([[*row[:2], row[3]] for row in rows], ["id", "time", "z"]), "c.csv")
    code, _, said = command("predict", str(tmp_path / "model"), bare)
    assert code == 2
    assert "c.csv: expected the column 'x' (feature); found the columns 'id', 'time', 'z'" in said
    assert "hint: the data that the model learned from had this column" in said


# --- what is refused ---

BOTH: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "one sequence": ("a.csv", csv(steps(1)), {}, "a.csv: expected two sequences or more; found 1"),
    "one class": (
        "a.csv",
        csv([[*row[:3], "a"] for row in steps()]),
        {},
        "a.csv: expected labels of two classes or more; found one: 'a'",
    ),
    "no column of labels": (
        "a.csv",
        csv(steps()),
        {"label": "z"},
        "a.csv: expected the column 'z' (label); found the columns 'id', 'time', 'x', 'y'",
    ),
    "mixed types": (
        "a.csv",
        csv(changed((4, 2, "high"))),
        {},
        "a.csv: line 6: 's1': column 'x': expected numbers; found 'high' (35 numbers among 36 values)",
    ),
    "an infinite value": (
        "a.csv",
        csv(changed((4, 2, "-inf"))),
        {},
        "a.csv: line 6: 's1': column 'x': expected finite numbers; found -inf",
    ),
    "numbers without squares": (
        "a.csv",
        csv([[*row[:2], "-1e308" if n % 2 else "1e200", row[3]] for n, row in enumerate(steps())]),
        {},
        "a.csv: line 2: 's0': column 'x': expected numbers up to 1e+100; found 1e+200",
    ),
    "a target without a square, held out or not": (
        "a.csv",
        csv([[*row[:3], "1e155" if row[0] == "s5" else row[0][1:]] for row in steps()]),
        {"target": "y", "label": None, "validate": 0.9},
        "a.csv: line 17: 's5': column 'y': expected numbers up to 1e+100; found 1e+155",
    ),
    "a time that is missing": (
        "a.csv",
        csv(changed((4, 1, ""))),
        {},
        "a.csv: line 6: 's1': column 'time': expected a time in each row; found none",
    ),
    "an infinite value in a list": (
        "a.jsonl",
        '{"x": [1, 2], "y": ["a", "b"]}\n{"x": [1, 1e999], "y": ["b", "a"]}\n',
        {},
        "a.jsonl: line 2: column 'x': expected finite numbers; found an infinite one",
    ),
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("what", BOTH)
def test_both_refuse(what: str, task: str, tmp_path: Path) -> None:
    name, text, given, message = BOTH[what]
    if task == "classify":
        text = text.replace('["a", "b"]', '"a"').replace('["b", "a"]', '"b"')
    error = refused(lambda: trained(task, written(tmp_path, text, name), **given))
    assert str(error).replace(f"{tmp_path}/", "") == message


EACH: dict[str, tuple[str, str, str, str]] = {
    "labels half empty": (
        "classify",
        "a.csv",
        csv(changed(*((n, 3, "") for n in range(18)))),
        "a.csv: line 2: column 'y': expected a label for each sequence; found none for 6 of 12 sequences, of which "
        "this is the first row",
    ),
    "a label that changes": (
        "classify",
        "a.csv",
        csv(changed((4, 3, "a"))),
        "a.csv: line 6: column 'y': expected 'b', as in the rows of the sequence 's1' before; found 'a'",
    ),
    "no label at all": ("tag", "a.csv", csv([[*row[:3], ""] for row in steps()]), "a.csv: column 'y': expected labels"),
    "a .ts file cut off in a sequence": (
        "classify",
        "a.ts",
        TS[:-11],
        "a.ts: line 15: expected 2 dimensions and a label or target, separated by colons; found 2 parts",
    ),
    "a .ts file cut off in a label": (
        "classify",
        "a.ts",
        TS[:-3],
        "a.ts: line 15: expected one of the 2 classes of @classLabel; found 'do'",
    ),
    "a .ts file cut off in its header": (
        "classify",
        "a.ts",
        TS[:20],
        "a.ts: line 2: expected @data, and sequences below it; found the end of the file",
    ),
    "a .ts file of labels of sequences": (
        "tag",
        "a.ts",
        TS,
        "a.ts: expected a label or target for each step; a .ts file has one for each sequence",
    ),
    "a sequence without steps": (
        "classify",
        "a.jsonl",
        '{"x": [1], "y": "a"}\n{"x": [], "y": "b"}\n{"x": [1], "y": "b"}\n',
        "a.jsonl: line 2: expected at least one step; found none",
    ),
    "steps and labels of none": (
        "tag",
        "a.jsonl",
        '{"x": [1, 2], "y": ["a", "a"]}\n{"x": [], "y": []}\n{"x": [1], "y": ["b"]}\n',
        "a.jsonl: line 2: expected at least one step; found none",
    ),
    "one label for all steps": (
        "tag",
        "a.jsonl",
        '{"x": [1], "y": "a"}\n{"x": [2], "y": "b"}\n',
        "a.jsonl: column 'y': expected a list with one for each step; found strings",
    ),
}


@pytest.mark.parametrize("what", EACH)
def test_one_refuses(what: str, tmp_path: Path) -> None:
    task, name, text, message = EACH[what]
    error = refused(lambda: trained(task, written(tmp_path, text, name)))
    assert str(error).replace(f"{tmp_path}/", "").startswith(message)


@pytest.mark.parametrize("task", TASKS)
def test_hints_name_what_there_is(task: str, tmp_path: Path, command: Run) -> None:
    path = written(tmp_path, csv([[*row[:2], "00" + str(n % 3), row[3]] for n, row in enumerate(steps())]))
    words = ("train", task, path, "--steps", "1", "--hidden", "4", "--out", str(tmp_path / "model"))
    code, _, said = command(*words)
    assert (code, "hint: --label COLUMN names another" in said) == (2, True)
    code, _, said = command(*words, "--label", "y", "--kinds", "x=category")
    assert (code, "features: 'x' (3 categories)" in said) == (0, True)
    assert f"hint: `elman predict {tmp_path / 'model'} FILE`" in said
    code, _, said = command(*words, "--label", "y", "--kinds", "category")
    assert (code, "kinds: expected a column and its kind with = between them; found 'category'" in said) == (2, True)
    assert trained(task, path, kinds={"x": "category"}).network.architecture.inputs == 5 - 1


def test_a_label_that_changes_leads_to_the_task_of_tags(tmp_path: Path, command: Run) -> None:
    path = written(tmp_path, csv(changed((4, 3, "a"))))
    said = command("train", "classify", path, "--label", "y", "--no-out")[2]
    assert "hint: `elman train tag` takes one for each step" in said


def test_labels_in_a_list_lead_to_the_task_of_tags(tmp_path: Path) -> None:
    rows = [{"x": [n, 1], "y": ["a", "b"]} for n in range(4)]
    path = written(tmp_path, "\n".join(map(json.dumps, rows)), "a.jsonl")
    error = refused(lambda: trained("classify", path))
    assert error.hint == "per='step', as the task 'tag' has it, takes one for each step"
