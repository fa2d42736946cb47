"""Benchmarks: elman and its peers, interleaved in one run, on the same number of threads.

Libraries read how many threads they may use when they are first imported, so it is settled here, before any of them:
ELMAN_THREADS if it is set, else two.
"""

import os

THREADS = int(os.environ.get("ELMAN_THREADS", min(2, os.cpu_count() or 1)))

# elman; PyTorch; its MKL; NumPy; JAX, whose XLA takes this for the number of cores.
for _variable in ("ELMAN_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"):
    os.environ[_variable] = str(THREADS)
