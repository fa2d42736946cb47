"""Model files of earlier versions: they load, answer as they did, and their training goes on.

`earlier/` holds files of tiny networks, trained for a few updates, and the text and the table that some of them learned
from. A file stays here as it was made: when something is renamed or goes, the files that have it must still load.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import elman
from elman.tasks import TASKS

EARLIER = Path(__file__).with_name("earlier")
ANSWERS: dict[str, tuple[Any, Any]] = {  # what the version that made the file answered
    "add": ((17, 25), 63),
    "subtract": ((17, 25), -1),
    "transducer": ((17,), 1),
    "coin": ("110", {"probability": 0.486979, "exact": 0.6}),
    "classify": ([[1.0], [2.0]], "down"),
    "tag": ([[1.0], [2.0]], ["a", "a"]),
    "speech": (str(EARLIER / "up.flac"), "up"),
    "sessions": (["a", "b"], {"d": 0.959504, "c": 0.035903, "b": 0.004508, "a": 0.000085}),
    "series": ([1.0, 2.0, 3.0, 4.0], [4.0, 4.0]),
    "text": ("la ", {"\n": 0.248221, "l": 0.222686, "t": None}),
}


def test_each_task_has_a_file() -> None:
    assert sorted(path.stem for path in EARLIER.glob("*.model")) == sorted(ANSWERS) == sorted(TASKS)


@pytest.mark.parametrize("task", ANSWERS)
def test_file_loads_answers_and_goes_on(task: str, tmp_path: Path) -> None:
    shutil.copytree(EARLIER, tmp_path / "here")
    model = elman.load(tmp_path / "here" / f"{task}.model", task)
    question, answer = ANSWERS[task]
    [found] = model.task.predict(model.network, [question])
    if isinstance(answer, dict):
        found = {name: found.get(name) for name in answer}
        answer = {name: pytest.approx(p, abs=1e-4) if p is not None else None for name, p in answer.items()}
    if isinstance(answer, list) and isinstance(answer[0], float):
        answer = pytest.approx(answer, abs=1e-4)
    assert found == answer
    model.save(tmp_path / "here" / "saved")
    assert elman.train(resume=tmp_path / "here" / "saved", steps=model.updates + 1).updates == model.updates + 1
