"""How small networks are as C: `python -m benchmarks.headers` prints the table of docs/export.md. Needs cc, size."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import elman
from elman.interop.leaving import Leaving, contents
from elman.network.packing import rounded

NETWORKS = {
    "rnn, 16": {"cell": "rnn", "hidden": 16},
    "lstm, 16": {"cell": "lstm", "hidden": 16},
    "lstm, 32": {"cell": "lstm", "hidden": 32},
    "gru, 2 layers of 32": {"cell": "gru", "hidden": 32, "layers": 2},
}
PROGRAM = """#include "net.h"
void begin(net_state *s) { net_begin(s); }
void step(net_state *s, const float *x, float *y) { net_step(s, x, y); }
"""


def measured(network: elman.Network, form: str) -> tuple[int, int]:
    """Bytes of code and numbers, compiled for size; and of the state."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "net.h").write_bytes(contents("c", Leaving("net", network, form)))
        (folder / "net.c").write_text(PROGRAM)
        subprocess.run(["cc", "-std=c99", "-Os", "-c", "net.c"], cwd=folder, check=True)
        told = subprocess.run(["size", "net.o"], cwd=folder, check=True, capture_output=True, text=True).stdout
        a = network.architecture
        return int(told.splitlines()[1].split()[0]), 4 * a.layers * a.hidden * len(a.states)


def main() -> None:
    """Prints the table."""
    print("| network, 8 inputs, 2 outputs | float32, bytes | int8, bytes | state, bytes |\n|---|--:|--:|--:|")
    for name, options in NETWORKS.items():
        network = elman.Network(8, 2, seed=0, **options)  # type: ignore[arg-type]
        whole, state = measured(network, "float32")
        network.parameters.flat = rounded(network.parameters, "int8").flat
        print(f"| {name} | {whole:,} | {measured(network, 'int8')[0]:,} | {state} |")


if __name__ == "__main__":
    main()
