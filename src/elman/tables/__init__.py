"""Rows of data files become sequences: CSV, Parquet, JSON lines, `.ts` and NPZ, in one way for all tasks."""
