"""The task `classify`: one label for each sequence of one's own data."""

from elman.tasks.classify.task import Classify

__all__ = ["Classify"]
