"""How large a model's file is, and what is in it."""

from __future__ import annotations

import json
from typing import Any

from elman.models.model import Model
from elman.network.packing import forms
from elman.network.tensors import TRAINING

METADATA = "__metadata__"  # what safetensors calls it


def held(contents: bytes) -> dict[str, int]:
    """The bytes of the parts of a file."""
    front = 8 + int.from_bytes(contents[:8], "little")
    holds = {"network": 0, "training": 0, "header": front}
    for name, tensor in json.loads(contents[8:front]).items():
        if name != METADATA:
            begin, end = tensor["data_offsets"]
            holds["training" if name.startswith(TRAINING) else "network"] += end - begin
    return holds


def sizes(model: Model) -> dict[str, Any]:
    """Bytes of what its file `holds`, and of what `export` would make of it."""
    exported = {form: len(model.exported(form).encoded()) for form in forms(model.network.architecture.dtype)}
    return {"holds": held(model.encoded()), "exported": exported}
