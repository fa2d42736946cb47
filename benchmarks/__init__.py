"""Benchmarks: elman and its peers, interleaved in one run."""
