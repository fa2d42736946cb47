"""The task `coin`: what experience does."""

from elman.tasks.coin.task import Coin

__all__ = ["Coin"]
