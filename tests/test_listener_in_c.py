"""A listener in C: compiled without a warning, it hears what `listen` hears, with the same scores."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
from elman.errors import ConfigError
from elman.network import Architecture, Network
from elman.tasks.labelled.speech.alone import listener
from elman.tasks.labelled.speech.task import Speech
from optional import needs
from pages import ROOT
from test_listen import heard
from test_speech import NAME, SPEECH
from words import GLIDES, SPEAKERS, spoken, takes

pytestmark = [needs(SPEECH), pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")]

TOLERANCE = 1e-4
ROOM = 100  # utterances
PROGRAM = """
#include "ear.h"

int run(const float *samples, long count, double *out) {
  static ear_listener s;
  ear_heard heard;
  int found = 0;
  ear_begin(&s);
  for (long i = 0; i < count; ++i)
    if (ear_feed(&s, samples[i], &heard)) {
      const double row[4] = {heard.time, heard.word, heard.nearest, heard.score};
      for (int k = 0; k < 4; ++k) out[4 * found + k] = row[k];
      ++found;
    }
  while (ear_finish(&s, &heard)) {
    const double row[4] = {heard.time, heard.word, heard.nearest, heard.score};
    for (int k = 0; k < 4; ++k) out[4 * found + k] = row[k];
    ++found;
  }
  return found;
}

const char *word(int number) { return ear_words[number]; }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return takes(tmp_path_factory.mktemp("takes"), 6, ("ann", "bob"))


def stream(rate: int) -> NDArray[np.float32]:
    """Words in noise, in an order and at distances that are drawn; the last is said while the stream ends."""
    rng = np.random.default_rng(1)
    parts = []
    for take in range(12):
        noise = rng.normal(0, rng.uniform(0.0005, 0.004), rate // 2 + int(rng.integers(rate // 2)))
        word, speaker = rng.choice([*GLIDES]), rng.choice([*SPEAKERS])
        parts += [noise, 10 ** rng.uniform(-1, 0) * spoken(word, speaker, 40 + take, rate)]
    parts[9:9] = [np.zeros(3 * rate), 0.2 * rng.normal(size=3 * rate)]
    louder = [0.02 * rng.normal(size=len(part)) for part in parts[15:]]  # noise, while words are said
    parts[15:] = [part + noise for part, noise in zip(parts[15:], louder, strict=True)]
    return np.concatenate(parts).astype(np.float32)


def compiled(folder: Path) -> ctypes.CDLL:
    (folder / "ear.c").write_text(PROGRAM)
    strict = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
    command = ["cc", "-std=c99", "-O2", *strict, "-shared", "-fPIC", "ear.c", "-o", "ear.so", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    if shutil.which("c++"):
        command = ["c++", "-x", "c++", "-std=c++17", *strict, "-fsyntax-only", "ear.h"]
        subprocess.run(command, cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "ear.so"))


def program_of_the_page(folder: Path, samples: NDArray[np.float32]) -> list[str]:
    """What the program in docs/speech.md prints of samples, as it reads them."""
    [program] = re.findall(r"```c\n(.*?)```", (ROOT / "docs" / "speech.md").read_text(encoding="utf-8"), re.DOTALL)
    (folder / "page.c").write_text(program)
    subprocess.run(["cc", "-std=c99", "-O2", "page.c", "-o", "page", "-lm"], cwd=folder, check=True)
    raw = np.clip(np.round(samples * 32768), -32768, 32767).astype("<i2").tobytes()
    return subprocess.run(["./page"], cwd=folder, check=True, input=raw, capture_output=True).stdout.decode().split()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"readout": "mean", "layers": 2, "cell": "lstm", "sampling": 11025},
        {"readout": "max", "bidirectional": False, "sampling": 16000, "epochs": 20},
    ],
)
def test_listener_in_c_hears_what_listen_hears(given: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"name": NAME, "hidden": 8, "epochs": 12, "mask": 4, "validate": 0.0, **given}
    model = elman.train("speech", str(folder), **options)
    assert isinstance(model, elman.SpeechModel)
    assert elman.export(model, tmp_path / "ear.h", "c") == (tmp_path / "ear.h").stat().st_size
    library = compiled(tmp_path)
    library.word.restype = ctypes.c_char_p
    samples, out = stream(model.task.rate), np.zeros((ROOM, 4))
    said = program_of_the_page(tmp_path, samples)
    count = library.run(*(ctypes.c_void_p(samples.ctypes.data), len(samples), ctypes.c_void_p(out.ctypes.data)))
    expected = heard(model, samples, 1000)
    assert count == len(expected)
    assert len({one["nearest"] for one in expected}) > 2
    for (time, word, nearest, score), one in zip(out[:count], expected, strict=True):
        assert library.word(int(nearest)).decode() == one["nearest"]
        assert (None if word < 0 else one["nearest"]) == one["word"]
        assert time == pytest.approx(one["time"], abs=6e-4)  # rounded to milliseconds
        assert score == pytest.approx(one["score"], abs=TOLERANCE)
    assert said == [one["word"] for one in expected if one["word"] is not None]


def test_names_of_words_stand_in_octal_and_what_has_no_such_header_is_refused(folder: Path, tmp_path: Path) -> None:
    task = Speech.on([str(folder)], name=NAME, readout="attention", hidden=4)
    assert 'words[^_OUTPUTS] = {"\\137silence\\137", "down"' in listener(task.known, 0.5).code
    model = elman.SpeechModel(task, task.network())
    with pytest.raises(ConfigError, match=r"c: expected one of the readouts last, .*; found 'attention'") as error:
        elman.export(model, tmp_path / "ear.h", "c")
    assert error.value.hint == "readout='last' trains such a network; ONNX can have any"
    network = Network.of(Architecture(inputs=2, outputs=2, bidirectional=True))
    with pytest.raises(ConfigError, match="found one that reads from both ends"):
        elman.export(network, tmp_path / "ear.h", "c")
