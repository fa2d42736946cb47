"""elman: recurrent networks on an ordinary CPU.

import elman
model = elman.train("add")
model.predict([(17, 25)])        # [42]
"""

from elman._engine import set_threads, threads
from elman.errors import (
    ConfigError,
    DataError,
    ElmanError,
    ModelFileError,
    NotFiniteError,
    ShapeError,
)
from elman.models import Model, Training, load, train
from elman.network import (
    CELLS,
    Architecture,
    Cell,
    Gradients,
    LossAndGradient,
    Network,
    Parameters,
    State,
    Stream,
    Trace,
)
from elman.proof import Mealy, Proof
from elman.tasks import TASKS, Settings, Task
from elman.training import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Batch,
    Constant,
    Cosine,
    Linear,
    Optimizer,
    Plan,
    Progress,
    RMSProp,
    Schedule,
    Steps,
    Trainer,
)
from elman.version import __version__

__all__ = [
    "CELLS",
    "SGD",
    "TASKS",
    "Adagrad",
    "Adam",
    "AdamW",
    "Architecture",
    "Batch",
    "Cell",
    "ConfigError",
    "Constant",
    "Cosine",
    "DataError",
    "ElmanError",
    "Gradients",
    "Linear",
    "LossAndGradient",
    "Mealy",
    "Model",
    "ModelFileError",
    "Network",
    "NotFiniteError",
    "Optimizer",
    "Parameters",
    "Plan",
    "Progress",
    "Proof",
    "RMSProp",
    "Schedule",
    "Settings",
    "ShapeError",
    "State",
    "Steps",
    "Stream",
    "Task",
    "Trace",
    "Trainer",
    "Training",
    "__version__",
    "load",
    "set_threads",
    "threads",
    "train",
]
