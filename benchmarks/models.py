"""Models of text that benchmarks train by the command line, and keep: `benchmarks.samples` writes with them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from elman.tasks.text.scoring.baselines import PPM_ORDER

PPMD, XZ = f"PPMd, order {PPM_ORDER}", "xz -9e"  # baselines
KEPT = Path(__file__).parents[1] / "build" / "text"  # where commands run


@dataclass(frozen=True)
class Learned:
    """What two commands said: `elman train text`, and `elman score --adapt --baselines` of what was held out."""

    model: str  # the file's name
    seconds: float  # of the whole first command, from exec to exit
    trained: dict[str, Any]
    scored: dict[str, Any]

    @property
    def static(self) -> float:
        """Nats per character of the network as it was trained."""
        return float(self.scored["nats_per_character"])

    @property
    def adaptive(self) -> float:
        """The same of one that goes on learning from what it has read."""
        return float(self.scored["adapted"]["nats_per_character"])

    @property
    def ngrams(self) -> str:
        """The name of the best baseline that is done with learning."""
        return str(self.scored["best_static_baseline"])

    def baseline(self, name: str) -> float:
        """Nats per character: static or adaptive, as its kind is."""
        [found] = [one for one in self.scored["baselines"] if one["name"] == name]
        return float(found["adaptive"] if found["static"] is None else found["static"])


def learn(name: str, files: Sequence[Path], settings: Mapping[str, Any]) -> Learned:
    """Trains a model, keeps it, and scores it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    model = f"{name}.safetensors"
    texts = [str(file.absolute()) for file in files]
    began = perf_counter()
    trained = answer("train", "text", *texts, *flags(settings), "--out", model, "--force")
    seconds = perf_counter() - began
    return Learned(model, seconds, trained, answer("score", model, "--adapt", "--baselines"))


def flags(settings: Mapping[str, Any]) -> list[str]:
    """As the command line has them.

    >>> flags({"recipe": "minute", "output_dropout": 0.5, "documents": True})
    ['--recipe', 'minute', '--output-dropout', '0.5', '--documents']
    """
    words = []
    for name, value in settings.items():
        words.append(f"--{name.replace('_', '-')}")
        words += [] if value is True else [str(value)]
    return words


def answer(*arguments: str) -> dict[str, Any]:
    """The one JSON object of a command."""
    found: dict[str, Any] = json.loads(output(*arguments, "--json"))
    return found


def output(*arguments: str) -> str:
    """What `elman` with these arguments writes to stdout."""
    command = [sys.executable, "-m", "elman", *arguments]
    return subprocess.run(command, cwd=KEPT, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout
