"""What `elman train speech` and `elman listen` cost as programs, and a listener in C: seconds, and memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

import elman
from elman.tasks.labelled.speech.audio import heard

# Runs a program, and says how much memory it took at most.
MEMORY = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(json.dumps(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
"""
# Hears samples of 16 bits on standard input, and says how many bytes it remembers.
EAR = """
#include <stdio.h>
#include "ear.h"
int main(void) {
  static ear_listener s;
  static short samples[65536];
  ear_heard heard;
  size_t count;
  ear_begin(&s);
  while ((count = fread(samples, sizeof *samples, 65536, stdin)) > 0)
    for (size_t i = 0; i < count; ++i) ear_feed(&s, samples[i] / 32768.0f, &heard);
  printf("%zu\\n", sizeof s);
  return 0;
}
"""
ELMAN = [sys.executable, "-m", "elman"]


def costs(table: str, stream: NDArray[np.float32], files: Sequence[str]) -> dict[str, Any]:
    """Of a table of takes to learn from, a stream to hear, and recordings to make frames of."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model, said = str(folder / "model"), str(folder / "said.wav")
        before, began = _worked(), time.perf_counter()
        train = [*ELMAN, "train", "speech", table, "--validate", "0", "--out", model]
        subprocess.run(train, check=True, stderr=subprocess.DEVNULL)
        seconds, worked = time.perf_counter() - began, _worked() - before
        loaded = elman.load(model)
        assert isinstance(loaded, elman.SpeechModel)
        soundfile.write(said, stream, loaded.task.rate)
        memory = subprocess.run(
            [sys.executable, "-c", MEMORY, *ELMAN, "listen", model, said], check=True, capture_output=True
        )
        return {
            "seconds": seconds,
            "worked": worked,
            "megabytes": json.loads(memory.stdout) / 1024,
            "times_real": _frames(loaded, files),
            **_in_c(loaded, stream, folder),
        }


def _worked() -> float:
    """Seconds of processors that programs took which were run from here."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def _frames(model: elman.SpeechModel, files: Sequence[str]) -> float:
    """Seconds of recordings whose frames are made in a second."""
    recordings = []
    for file in files:
        with Path(file).open("rb") as opened:
            recordings.append(heard(file, opened))
    began = time.process_time()
    for one in recordings:
        model.task.known.encoded("", one.samples, one.rate)
    return sum(len(one.samples) / one.rate for one in recordings) / (time.process_time() - began)


def _in_c(model: elman.SpeechModel, stream: NDArray[np.float32], folder: Path) -> dict[str, float]:
    """Bytes of the listener's numbers and of what it remembers, and microseconds of a frame."""
    elman.export(model, folder / "ear.h", "c")
    (folder / "ear.c").write_text(EAR)
    subprocess.run(["cc", "-std=c99", "-O2", "ear.c", "-o", "ear", "-lm"], cwd=folder, check=True)
    raw = np.clip(np.round(stream * 32768), -32768, 32767).astype("<i2").tobytes()
    before = _worked()
    found = subprocess.run([str(folder / "ear")], input=raw, capture_output=True, check=True)
    seconds = _worked() - before
    frames = len(stream) / model.task.rate * 1000 / model.task.settings.shift
    return {
        "numbers": 4 * model.network.parameters.flat.size,
        "remembered": int(found.stdout),
        "c_microseconds": seconds / frames * 1e6,
    }
