"""What a transducer learns from on its page: words as lessons.py draws them, but for the random numbers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from benchmarks import browser
from numpy.typing import NDArray

from elman.proof.search import repeated
from elman.tasks.arithmetic.transducer import Transducer

pytestmark = pytest.mark.skipif(bool(browser.missing()), reason=f"{browser.missing()} is not installed")

SCRIPT = """
import {Words} from "./tasks/arithmetic/look/words.js";
globalThis.drawn = async ({compiled, machine, words, updates, count}) => {
  const engine = await Engine.load(Uint8Array.from(atob(compiled), c => c.charCodeAt(0)));
  const source = new Words({words}, {machine}, engine.random(3, 0));
  const {symbols} = source;
  return updates.map((update, k) => ({...source.draw(engine.random(3, 1 + k), update, count), symbols}));
};
"""
Draw = Callable[[Transducer, list[int], int], list[Any]]


@pytest.fixture(scope="module")
def draw() -> Iterator[Draw]:
    """What the page draws for the updates from some on."""
    with browser.page(SCRIPT) as page:
        compiled = b64encode(browser.COMPILED.read_bytes()).decode()

        def drawn(task: Transducer, updates: list[int], count: int) -> list[Any]:
            given = {"machine": task.definition.to_json()["machine"], "words": task.lessons()[0]["words"]}
            found: list[Any] = page.evaluate(
                "given => drawn(given)", {**given, "compiled": compiled, "updates": updates, "count": count}
            )
            return found

        yield drawn


def told(task: Transducer, words: NDArray[np.int64]) -> list[float]:
    """Of words (T, N): how often symbols come again; the share of each state; of words that keep one to the end."""
    machine = task.definition.machine
    state, kept, states = np.zeros(words.shape[1], np.int64), np.ones(words.shape[1], bool), np.zeros(machine.states)
    for t, symbols in enumerate(words):
        before, state = state, np.array(machine.next)[state, symbols]
        kept &= (state == before) | (t == 0)
        states += np.bincount(state, minlength=machine.states) / words.size
    return [float((words[1:] == words[:-1]).mean()), *states, float(kept.mean())]


@pytest.mark.parametrize(
    ("function", "base", "order"), [("a + b", 10, "least"), ("max(a, b)", 4, "most"), ("a mod 5", 2, "most")]
)
def test_words_are_drawn_in_the_same_way(draw: Draw, function: str, base: int, order: str) -> None:
    task = Transducer(function=function, base=base, order=order, rise=100, change=0.4)
    updates = list(range(100, 124))
    found = [told(task, np.array(one["words"]).T) for one in draw(task, updates, 500)]
    expected = []
    for update in updates:
        rng = np.random.default_rng(update)
        words = task._lessons.words(rng, update, 500)
        expected.append(told(task, repeated(rng, words, rng.uniform(0.4, 1, 500))))
    assert np.mean(found, axis=0) == pytest.approx(np.mean(expected, axis=0), abs=0.03)


def test_symbols_digits_and_noise_grow_as_in_python(draw: Draw) -> None:
    task = Transducer(function="a + b", base=10, rise=100)
    updates = [0, 20, 50, 99, 100, 150, 200, 300, 400, 9000]
    lessons = task._lessons
    for update, found in zip(updates, draw(task, updates, 300), strict=True):
        words = lessons.words(np.random.default_rng(0), update, 300)
        assert found["noise"] == pytest.approx(lessons.noise(update))
        assert {len(word) for word in found["words"]} == {len(words)}
        known = min(100, int(4 + 96 * min(1.0, update / 100)))
        assert {x for word in found["words"] for x in word} <= set(found["symbols"][:known])
        assert sorted(found["symbols"]) == list(range(100))
        carries = [1 + (sum(divmod(x, 10)) > 9) - (sum(divmod(x, 10)) < 9) for x in found["symbols"][:3]]
        assert sorted(carries) == [0, 1, 2]  # of each class one: no carry, one that goes on, a new one
