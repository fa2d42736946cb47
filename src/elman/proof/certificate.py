"""Certificates as files: JSON, format 1; docs/proof.md describes every field."""

from __future__ import annotations

import json
import math
from hashlib import sha256
from typing import Any

from elman.proof.checking import checker
from elman.proof.regions import Regions


def certificate(task: str, model: bytes, regions: Regions) -> dict[str, Any]:
    """What a certificate of this model file says, as JSON has it."""
    outputs = [None if output < 0 else int(output) for output in regions.output]
    claim: dict[str, Any] = {
        "format": 1,
        "task": task,
        "model": sha256(model).hexdigest(),
        "margin": math.floor(regions.margin * 100) / 100,
        "regions": [
            {"output": output, "low": low, "high": high}
            for output, low, high in zip(outputs, regions.low.tolist(), regions.high.tolist(), strict=True)
        ],
        "transitions": regions.next.tolist(),
    }
    return {**claim, "checksum": checker().digest(claim)}


def encoded(values: dict[str, Any]) -> bytes:
    """The contents of the file."""
    return json.dumps(values, allow_nan=False).encode()
