"""Who takes part: one file per library, each with the best form of every problem that it can do."""

from elman.bench.race import Peer

ELMAN = Peer("elman", ("elman",))
NUMPY = Peer("NumPy", ("numpy",))
PYTORCH = Peer("PyTorch", ("torch",))
JAX = Peer("JAX", ("jax",))
ONNX_RUNTIME = Peer("ONNX Runtime", ("onnx", "onnxruntime"))
PEERS = (ELMAN, NUMPY, PYTORCH, JAX, ONNX_RUNTIME)
