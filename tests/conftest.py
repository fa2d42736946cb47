import signal

import numpy as np
import pytest

# Who runs tests in the background of a shell may have Ctrl-C ignored, and programs that are started here would inherit it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers for each test, whichever tests run with it (the seed: gradcheck.py says why this one)."""
    return np.random.default_rng(6)
