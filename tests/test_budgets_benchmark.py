"""The benchmark of what `--minutes` chooses: what it trains, what it keeps, and what it compares."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks import budgets
from benchmarks.report import write

LINES = "".join(f"{n} times {n} is {n * n}, as everybody knows.\n" for n in range(1, 80))


def test_benchmark_trains_the_choices_around_what_is_wanted() -> None:
    assert budgets.neighbours([1.0]) == [(0.5, [1.0]), (1.0, [1.0]), (2.0, [1.0])]
    assert budgets.neighbours([20.0, 30.0]) == [(10.0, [20.0]), (20.0, [20.0, 30.0]), (30.0, [20.0, 30.0])]
    assert budgets.neighbours([0.1, 0.5]) == [(0.1, [0.1, 0.5]), (0.5, [0.1, 0.5]), (1.0, [0.5])]
    every = dict(budgets.neighbours(budgets.BUDGETS))
    assert all(budget in stops for budget, stops in every.items())
    assert every[0.5] == [0.5, 1.0]


def test_benchmark_keeps_what_it_does_not_repeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = tmp_path / "book.txt"
    book.write_text(LINES, encoding="utf-8")
    monkeypatch.setattr(budgets, "fetch", lambda name: book)
    monkeypatch.setattr(budgets, "BUDGETS", (0.0005, 0.001, 0.01))
    monkeypatch.setattr(budgets, "RECIPES", ("minute",))
    page = tmp_path / "page.md"
    first = budgets.run(False, [0.001, 0.0005], page)
    assert [row[0] for row in first.rows] == ["0.0005", "0.001"]
    least, most = first.data["found"].values()
    assert least.keys() == {"chosen", "larger", "minute"}
    assert most.keys() == {"chosen", "smaller", "larger", "minute"}
    assert most["minute"][0] == 256
    assert most["smaller"][1] <= least["chosen"][1], "the same training, gone on with"
    write("budgets", first, "command", ["budgets"], page)
    second = budgets.run(False, [0.002], page)
    assert [row[0] for row in second.rows] == ["0.0005", "0.001", "0.002"]
    assert second.rows[:2] == first.rows


def test_benchmark_compares_with_the_best() -> None:
    columns = {"chosen": [224, 1.529], "smaller": [160, 1.55], "larger": [320, 1.5], "minute": [256, 1.6]}
    assert budgets.behind(columns) == pytest.approx(0.029 / 1.5)
    assert budgets.row(1.0, columns)[1:5] == ("1.5290 (224)", "1.5500 (160)", "1.5000 (320)", "1.6000 (256)")
    assert budgets.row(1.0, columns)[-2:] == ("1.9%", "≤ 2%: met")
    assert budgets.row(1.0, {**columns, "best": [512, 1.4]})[-2:] == ("9.2%", "≤ 2%: missed")
