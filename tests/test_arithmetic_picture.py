"""The picture of an arithmetic model: what it shows is what the model does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba

import elman
from elman.tasks.arithmetic.picture import RIGHT, WRONG, Example, example, explained
from elman.tasks.arithmetic.task import Arithmetic
from test_cli import Command, command

assert command  # a fixture

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "add": ("add", {}),
    "tutorial": ("add", {"recipe": "tutorial"}),
    "subtract": ("subtract", {}),
    "larger first": ("subtract", {"recipe": "tutorial"}),
    "lstm of two layers": ("add", {"cell": "lstm", "layers": 2, "steps": 20}),
    "no memory": ("add", {"cell": "none", "steps": 50}),
    "relu": ("add", {"nonlinearity": "relu", "steps": 50, "rate": 0.01}),
    "digits above 9": ("transducer", {"function": "a + b", "base": 16, "steps": 20}),
    "three operands": ("transducer", {"function": "a + b + c", "base": 3, "steps": 20}),
    "a value, the most significant digit first": ("transducer", {"function": "a mod 7", "order": "most", "steps": 20}),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> elman.Model:
    task, options = MODELS[request.param]
    return elman.train(task, **options)


def shown_of(model: elman.Model) -> Example:
    task = model.task
    assert isinstance(task, Arithmetic)
    return example(task.definition, task.pairs, task.question().inputs, model.network)


def texts(axes: Any, row: int) -> list[str]:
    return [text.get_text() for text in axes.texts if text.get_position()[1] == row]


def test_picture_shows_an_example_and_what_the_model_makes_of_it(model: elman.Model) -> None:
    assert isinstance(model.task, Arithmetic)
    axes: list[Any] = model.picture().axes
    above, below, _ = axes
    d, shown = model.task.definition, shown_of(model)
    operands = [texts(above, row) for row in range(d.operands)]
    read = [int("".join(digits[:: -1 if d.order == "least" else 1]), d.base) for digits in operands]
    right, found = model.task.expected([read])[0], model.predict([tuple(read)])[0]
    title = above.get_title()
    assert title.startswith(f"{model.task.spelled(read)} is {right}")
    assert title.endswith(f"it answers {found}") == (found != right)
    values = [int(text, 16 if d.values is None else 10) for text in texts(above, d.operands + 1)]
    assert all(len(text) == 1 for row in operands for text in row)
    symbols = np.array(values if d.values is None else [d.values.index(value) for value in values])[:, None]
    assert list(d.numbers(symbols, np.array([len(symbols)]))) == [found]
    faces = {patch.get_facecolor() for patch in above.patches if patch.get_y() == d.operands + 0.5}
    assert (to_rgba(WRONG) in faces) == (found != right)
    assert to_rgba(RIGHT) in faces or found != right
    image = below.images[0].get_array()
    assert sorted(map(tuple, image.tolist())) == sorted(map(tuple, shown.units.T.tolist()))


def test_carry_and_borrow_are_named_step_by_step() -> None:
    for task, word in (("add", "carry"), ("subtract", "borrow")):
        model = elman.train(task)
        above = model.picture().axes[0]
        assert f"{word} after" in [label.get_text() for label in above.get_yticklabels()]
        assert set(texts(above, 2)) == {word, f"no {word}"}
        # Some unit does little else than to hold it.
        shown = shown_of(model)
        assert explained(shown.units, shown.states).max() > 0.9


def test_share_of_the_variance_that_states_explain() -> None:
    states = np.array([0, 0, 1, 1])
    units = np.array([[0.0, 1.0, 0.0, 5.0], [0.0, 0.0, 1.0, 5.0], [1.0, 1.0, 0.0, 5.0], [1.0, 0.0, 2.0, 5.0]])
    assert explained(units, states).tolist() == [1.0, 0.0, pytest.approx(1 - 0.625 / 0.6875), 0.0]


def test_plot_writes_the_same_picture_again(command: Command) -> None:
    command("train", "add", "--steps", 1, "--out", "m")
    assert command("plot", "m", "--out", "a.svg").out == "saved to a.svg\n"
    first = Path("a.svg").read_bytes()
    assert command("plot", "m", "--out", "a.svg", "--force", "--json").json["task"] == "add"
    assert Path("a.svg").read_bytes() == first
