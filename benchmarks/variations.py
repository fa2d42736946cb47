"""What each variation of takes brings: digits of speakers whom the model never heard, with it and without it.

No take of `speech.py`'s figures is used to judge by: the models learn from takes 10 to 44 of the four speakers. They
are judged by 240 digits of 118 other speakers, which are in the training part there, and by takes 5 to 9.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import elman
from benchmarks.report import Report, say
from benchmarks.speech import RATE, Bench, Take, middle

SEEDS = 3
LEARNED, JUDGED = range(10, 45), range(5, 10)
FAINT = 40.0  # decibels that the same digits are fainter
NONE: dict[str, Any] = {"speed": 0.0, "warp": 0.0, "edges": 0, "mask": 0}
WAYS: list[tuple[str, dict[str, Any]]] = [
    ("the defaults", {}),
    *((f"without `--{name}`", {name: value}) for name, value in NONE.items()),
    ("without any", NONE),
    ("with `--noise-share 0.3`, white", {"noise_share": 0.3}),
    ("with `--tilt 6`", {"tilt": 6.0}),
    ("with `--tilt 12`", {"tilt": 12.0}),
    ("with `--gain 20`", {"gain": 20.0}),
    ("with `--gain 40`", {"gain": 40.0}),
]


def run(quick: bool) -> Report:
    """Each way with each seed; quick: with one."""
    seeds, rows, data = 1 if quick else SEEDS, [], {}
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch))
        learned = [one for one in bench.digits if one.number in LEARNED]
        takes = [one for one in bench.digits if one.number in JUDGED]
        for name, settings in WAYS:
            models = [bench.trained(learned, seed, **settings) for seed in range(seeds)]
            found = [
                [_right(bench, model, some, decibels) for model in models]
                for some, decibels in ((bench.others, 0.0), (bench.others, FAINT), (takes, 0.0))
            ]
            say(f"{name}: {found}")
            rows.append([name, *map(middle, found)])
            data[name] = found
    return Report(
        title="Variations of takes",
        text=TEXT,
        header=("learned", "other speakers", f"the same, {FAINT:g} dB fainter", "other takes of the speakers"),
        rows=rows,
        data=data,
    )


def _right(bench: Bench, model: elman.SpeechModel, takes: list[Take], decibels: float) -> float:
    """The accuracy on takes, so much fainter."""
    factor = np.float32(10 ** (-decibels / 20))
    answers = model.predict([factor * bench.samples(one, RATE) for one in takes])
    return float(np.mean([answer == one.label for answer, one in zip(answers, takes, strict=True)]))


TEXT = (
    "Digits. `elman train speech` learns from takes 10 to 44 of four speakers of the Free Spoken Digit Dataset, with "
    "its defaults, without one variation, or with another. *Other speakers*: 240 takes of 118 speakers of Speech "
    "Commands, which were recorded by other microphones. *Other takes*: takes 5 to 9 of the four speakers. Accuracies: "
    f"median (least to most) of {SEEDS} seeds."
)
