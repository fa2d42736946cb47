"""Benchmarks for docs/benchmarks.md: the workloads of `elman.bench` in full, and what a user need not run."""
