"""The engine as WebAssembly, which the build puts beside the one that Python uses."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from elman.errors import ConfigError


def compiled() -> bytes:
    """The contents of `engine.wasm`; a ConfigError where it was not built."""
    engine = find_spec("elman._engine")
    assert engine is not None and engine.origin is not None
    file = Path(engine.origin).with_name("engine.wasm")
    if not file.exists():
        raise ConfigError(
            f"look: expected the engine for pages, {file}; found none",
            "elman was built with ELMAN_WASM=OFF; docs/install.md tells what the engine for pages needs",
        )
    return file.read_bytes()
