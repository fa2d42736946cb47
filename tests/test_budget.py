"""`--minutes` without a recipe: settings that suit a time and a text."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import elman
from elman.cli import run
from elman.models import begin
from elman.network import Architecture
from elman.tasks.text import InMemory, budget
from elman.tasks.text.settings import TextSettings

LINES = "".join(f"{n} times {n} is {n * n}, as everybody knows.\n" for n in range(1, 80))
MINUTES = (1e-6, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 600, math.inf)
SIZES = (2, 1_000, 20_000, 330_000, 1_000_000, 100_000_000)
LETTERS = Architecture(inputs=66, outputs=66, symbols=True, cell="lstm")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text(LINES, encoding="utf-8")
    return path


def settings(minutes: float, **given: Any) -> TextSettings:
    """Of a training of the lines."""
    found = begin("text", InMemory([LINES]), minutes=minutes, **given).task.settings
    assert isinstance(found, TextSettings)
    return found


@pytest.mark.parametrize("characters", SIZES)
@pytest.mark.parametrize("kind", [{}, {"cell": "gru", "layers": 2}, {"inputs": 5000, "outputs": 5000}])
def test_more_time_means_no_smaller_a_network(characters: int, kind: dict[str, Any]) -> None:
    architecture = Architecture(**{**vars(LETTERS), "nonlinearity": None, **kind})
    choices = [budget.choice(architecture, characters, 30, minutes, 2, {}) for minutes in MINUTES]
    for less, more in pairwise(choices):
        assert less["hidden"] <= more["hidden"]
        assert less["output_dropout"] <= more["output_dropout"]
        assert less["rate"] >= more["rate"]
        assert (less["epochs"], less["patience"]) == (more["epochs"], more["patience"])
    assert choices[0]["hidden"] == budget.STEP
    assert choices[-1]["hidden"] <= max(budget.STEP, min(budget.MOST, budget.LIMIT * math.sqrt(characters)))


def test_recipes_are_about_what_is_chosen_for_their_times() -> None:
    """Of tiny Shakespeare, on two threads: docs/benchmarks.md."""
    for recipe, minutes in (("minute", 1), ("best", 5), ("long", 17)):
        known = TextSettings.of(elman.TASKS["text"].recipes, {"recipe": recipe})
        found = budget.choice(LETTERS, 1_003_854, 490, minutes, 2, {})
        assert found["hidden"] == pytest.approx(known.hidden, rel=0.2)
        assert found["output_dropout"] == pytest.approx(known.output_dropout, abs=0.1)


def test_threads_count_up_to_a_few() -> None:
    found = [budget.choice(LETTERS, 10**6, None, 1, threads, {})["hidden"] for threads in (1, 2, 4, 64)]
    assert found[0] < found[1] < found[2] == found[3]
    assert budget.choice(LETTERS, 10**6, None, 2, 1, {})["hidden"] == found[1]


def test_cost_of_a_step_is_that_of_its_products() -> None:
    hidden, symbols = 20, 70
    lstm = Architecture(inputs=symbols, outputs=symbols, symbols=True, hidden=hidden)
    assert budget.multiply_adds(lstm) == (4 * hidden + symbols) * hidden + 2 * 4 * hidden + symbols
    embedded = Architecture(inputs=symbols, outputs=symbols, symbols=True, hidden=hidden, embedding=9)
    assert budget.multiply_adds(embedded) - budget.multiply_adds(lstm) == 4 * hidden * 9
    assert budget.multiply_adds(embedded) == embedded.size - symbols * 9


def test_small_text_gets_a_small_network_and_an_end() -> None:
    found = settings(600)
    assert found.hidden <= budget.LIMIT * math.sqrt(len(LINES)) < 100
    assert found.patience > 0
    assert found.output_dropout > 0.4
    nothing_held_out = settings(600, validate=0.0)
    assert (nothing_held_out.epochs, nothing_held_out.patience) == (None, 0)


def test_thousands_of_characters_get_an_embedding() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 2 * budget.MANY))) * 3
    chinese = begin("text", InMemory([text]), minutes=1).task.settings
    assert isinstance(chinese, TextSettings)
    assert chinese.embedding == budget.EMBEDDING
    assert chinese.rate < settings(1).rate
    assert settings(1).embedding is None


def test_what_is_given_goes_above() -> None:
    given: dict[str, Any] = {"hidden": 200, "epochs": 2.5, "rate": 0.001, "output_dropout": 0.25, "patience": 3}
    found = vars(settings(1, **given))
    assert {name: found[name] for name in given} == given
    for name, value in given.items():
        one = begin("text", InMemory([LINES]), minutes=1, **{name: value})
        assert getattr(one.task.settings, name) == value
        assert f"--{name.replace('_', '-')} " not in one.task.introduce()[-1]
    assert len(begin("text", InMemory([LINES]), minutes=1, **given).task.introduce()) == 1, "nothing is left to choose"
    larger = settings(1, hidden=400)
    assert larger.rate < settings(1, hidden=40).rate, "rate and dropout go with the size that is given"


@pytest.mark.parametrize("given", [{"recipe": "minute"}, {"recipe": "best"}, {"recite": True, "validate": 0.0}])
def test_recipe_goes_above(given: dict[str, Any]) -> None:
    training = begin("text", InMemory([LINES]), minutes=1, **given)
    assert training.task.settings == begin("text", InMemory([LINES]), **given).task.settings
    assert len(training.task.introduce()) == 1


def test_choice_is_kept_and_resumed(book: Path, tmp_path: Path) -> None:
    model = elman.train("text", book, minutes=0.5, steps=2)
    assert model.task.settings == begin("text", book, minutes=0.5, steps=2).task.settings
    model.save(tmp_path / "m")
    again = begin(resume=tmp_path / "m", steps=4, minutes=30.0)
    assert vars(again.task.settings) == {**vars(model.task.settings), "steps": 4}
    assert len(again.task.introduce()) == 1, "nothing is chosen any more"
    tuned = begin("text", book, start=tmp_path / "m", minutes=30.0)
    assert tuned.network.architecture == model.network.architecture


def test_fit_chooses_likewise(book: Path) -> None:
    model = elman.TextModel.fit(LINES, minutes=0.5, steps=1)
    chosen = begin("text", book, minutes=0.5, steps=1).task.settings
    assert model.task.settings == chosen != elman.TextModel.fit(LINES, hidden=8, steps=1).task.settings


def test_command_says_what_it_chose(book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "m"
    assert run(["train", "text", str(book), "--minutes", "0.5", "--steps", "2", "--out", str(out)]) == 0
    lines = capsys.readouterr().err.splitlines()
    said = lines[lines.index("for --minutes 0.5 and this text (an option or --recipe goes above):") + 1]
    words = said.split()
    kept = vars(elman.load(out).task.settings)
    names = [flag.removeprefix("--").replace("-", "_") for flag in words[::2]]
    told = dict(zip(names, map(float, words[1::2]), strict=True))
    assert told.keys() >= {"hidden", "rate", "output_dropout", "epochs", "patience"}
    assert told == {name: kept[name] for name in told}
    told_once = [line for line in lines if str(out) not in line and "characters/s" not in line]  # a speed has any width
    assert max(map(len, told_once)) <= 80
    assert run(["train", "text", str(book), "--steps", "2", *words]) == 0, "an option each"


def test_other_tasks_have_nothing_to_choose() -> None:
    assert begin("add", minutes=5).task.settings == begin("add").task.settings
    with pytest.raises(elman.ConfigError, match="minutes"):
        begin("add", minutes=0)
