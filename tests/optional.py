"""Libraries that elman is compared with where they are installed: no test asks for their gigabytes."""

from __future__ import annotations

import pytest

from elman.bench.race import Peer


def needs(peer: Peer) -> pytest.MarkDecorator:
    """Marks a comparison with a library; conftest.py counts those that did not run."""
    return pytest.mark.skipif(bool(peer.missing), reason=f"{peer.name} is not installed")
