"""Training: optimizers, schedules, and the loop that turns batches into events."""

from elman.training.batches import Batch, Plan, Progress
from elman.training.optimizers import SGD, Adagrad, Adam, AdamW, LazyAdam, Optimizer, RMSProp
from elman.training.record import Fitted, Validation
from elman.training.schedules import Constant, Cosine, Falling, Linear, Schedule, Steps
from elman.training.storing import check_arrays
from elman.training.trainer import Trainer

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Batch",
    "Constant",
    "Cosine",
    "Falling",
    "Fitted",
    "LazyAdam",
    "Linear",
    "Optimizer",
    "Plan",
    "Progress",
    "RMSProp",
    "Schedule",
    "Steps",
    "Trainer",
    "Validation",
    "check_arrays",
]
