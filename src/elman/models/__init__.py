"""Models: a task and a network that learned it, from training to file and back."""

from elman.models.load import load
from elman.models.model import Model
from elman.models.run import Training, begin, train

__all__ = ["Model", "Training", "begin", "load", "train"]
