"""The task `sessions`: what a visitor will want next."""

from elman.tasks.sessions.task import Sessions

__all__ = ["Sessions"]
