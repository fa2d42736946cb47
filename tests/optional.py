"""Libraries that tests ask for where they are installed: those that elman is compared with, and those of its extras."""

from __future__ import annotations

import pytest

from elman.bench.race import Peer

DUCKDB = Peer("duckdb", ("duckdb",))
DATABASES = Peer("ADBC", ("duckdb", "adbc_driver_sqlite", "adbc_driver_postgresql"))
SERVE = Peer("starlette", ("starlette", "prometheus_client"))
IR_MEASURES = Peer("ir-measures", ("ir_measures",))


def needs(peer: Peer) -> pytest.MarkDecorator:
    """Marks what cannot be tested without a library; conftest.py counts the tests that did not run."""
    return pytest.mark.skipif(bool(peer.missing), reason=f"{peer.name} is not installed")
