"""Many trainings of tiny networks share threads, in crews: the same as one by one, interrupted, failing or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import elman
from elman.models.beside import most
from elman.models.many import GAIN, _crews
from elman.models.run import begin
from elman.network.tensors import checksum

TUTORIAL: dict[str, Any] = {"recipe": "tutorial", "steps": 300}
LANES = most(begin("add", **TUTORIAL))


@pytest.mark.usefixtures("one_thread")
def test_many_trainings_share_a_thread_and_are_those_of_one_by_one(tmp_path: Path) -> None:
    count, told, heard = LANES + 3, list[str](), list[int]()

    def interrupt(row: dict[str, Any]) -> None:
        heard.append(row["seed"])
        if len(heard) == 2:
            raise KeyboardInterrupt

    call: dict[str, Any] = {"seeds": range(count), "settings": [{"noise": 0.1}, {}], "out": tmp_path / "x.csv"}
    with pytest.raises(KeyboardInterrupt):
        elman.train_many("add", workers=1, on_begin=told.append, on_result=interrupt, **call, **TUTORIAL)
    rows = elman.train_many("add", workers=2, on_begin=told.append, **call, **TUTORIAL)
    assert [(row["seed"], row["updates"], row["error"]) for row in rows] == [
        (n % count, 300, None) for n in range(2 * count)
    ]
    half = -(-count // 2)
    assert told[0] == f"{2 * count} networks, up to {half} side by side in a thread"
    assert len(told) == 2
    # The crew of the two that were heard is kept.
    assert int(told[1].split()[0]) in (
        2 * count - half,
        2 * count - half + 1,
    )
    for row in (*rows[:: count - 1], rows[count]):
        model = elman.train("add", **TUTORIAL, seed=row["seed"], noise=row.get("noise", 0.0))
        assert checksum(model.network.parameters.flat.tobytes()) == row["weights"]
        assert model.score()["exact"] == row["metrics.exact"]
    assert len({row["weights"] for row in rows}) == 2 * count


def test_one_that_fails_leaves_the_crew() -> None:
    """A rate at which some diverge and some do not."""
    count = LANES
    options: dict[str, Any] = {**TUTORIAL, "nonlinearity": "relu", "loss": "bits", "rate": 10.0}
    rows = elman.train_many("add", seeds=range(count), workers=1, **options)
    failed = [row for row in rows if row["error"]]
    assert 0 < len(failed) < count
    for row in rows:
        if row["error"]:
            with pytest.raises(elman.NotFiniteError) as found:
                elman.train("add", seed=row["seed"], **options)
            assert row["error"] == f"NotFiniteError: {found.value}"
        else:
            weights = elman.train("add", seed=row["seed"], **options).network.parameters.flat.tobytes()
            assert row["weights"] == checksum(weights)


def test_the_command_line_says_so(command: Callable[..., tuple[int, Any, str]]) -> None:
    words = ("train", "add", "--recipe", "tutorial", "--steps", "5", "--threads", "1", "--seeds")
    count = LANES
    _, _, told = command(*words, f"1-{count}")
    assert told.splitlines()[0] == f"{count} networks, up to {count} side by side in a thread"
    _, _, told = command(*words, "1")
    assert "side by side" not in told


def test_crews_are_even_and_only_where_they_are_sooner() -> None:
    def sizes(count: int, most: int, workers: int) -> list[int]:
        crews = list(_crews(range(count), count, [most], workers))
        assert [number for crew in crews for number in crew] == list(range(count))
        return [len(crew) for crew in crews]

    assert sorted(set(sizes(1000, 16, 2))) == [15, 16]
    assert len(sizes(1000, 16, 2)) == 63
    assert sizes(20, 16, 1) == [10, 10]
    few = 16 // GAIN
    assert sizes(few, 16, 1) == [1] * few
    assert sizes(few + 1, 16, 1) == [few + 1]
    assert sizes(16, 16, 16) == [1] * 16  # as many threads as networks
    assert sizes(5, 1, 2) == [1] * 5
    kinds = list(_crews([0, 1, 2, 5, 6, 7, 8, 9], 5, [1, 8], 1))
    assert [list(crew) for crew in kinds] == [[0], [1], [2], [5, 6, 7, 8, 9]]
