import signal

import numpy as np
import pytest

# Tests that run in the background of a shell may have Ctrl-C ignored; programs that they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers for each test, whichever tests run with it (the seed: gradcheck.py says why this one)."""
    return np.random.default_rng(6)
