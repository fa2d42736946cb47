"""elman: recurrent networks on an ordinary CPU.

import elman
model = elman.train("add")
model.predict([(17, 25)])        # [42]
"""

from elman.lazy import names_of

TYPE_CHECKING = False  # as type checkers have it; not from typing, whose import costs more than all of this
if TYPE_CHECKING:
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
    from elman.models.sessions import SessionsModel
    from elman.models.text import TextModel
    from elman.network import (
        CELLS,
        READOUTS,
        Architecture,
        BinaryCrossEntropy,
        Cell,
        CrossEntropy,
        Gradients,
        Huber,
        Loss,
        LossAndGradient,
        Network,
        Parameters,
        Pinball,
        Reading,
        SquaredError,
        SquaredErrorOfSigmoid,
        State,
        Stream,
        Trace,
        pad,
    )
    from elman.proof import Mealy, Proof
    from elman.tasks import TASKS, Settings, Task
    from elman.tasks.capabilities.recommends import Recommendation
    from elman.tasks.sessions.visitor import Visitor
    from elman.tasks.text.writing.form import Form
    from elman.training import (
        SGD,
        Adagrad,
        Adam,
        AdamW,
        Batch,
        Constant,
        Cosine,
        Fitted,
        Linear,
        Optimizer,
        Plan,
        Progress,
        RMSProp,
        Schedule,
        Steps,
        Trainer,
        Validation,
    )
    from elman.version import __version__

__all__ = [
    "CELLS",
    "READOUTS",
    "SGD",
    "TASKS",
    "Adagrad",
    "Adam",
    "AdamW",
    "Architecture",
    "Batch",
    "BinaryCrossEntropy",
    "Cell",
    "ConfigError",
    "Constant",
    "Cosine",
    "CrossEntropy",
    "DataError",
    "ElmanError",
    "Fitted",
    "Form",
    "Gradients",
    "Huber",
    "Linear",
    "Loss",
    "LossAndGradient",
    "Mealy",
    "Model",
    "ModelFileError",
    "Network",
    "NotFiniteError",
    "Optimizer",
    "Parameters",
    "Pinball",
    "Plan",
    "Progress",
    "Proof",
    "RMSProp",
    "Reading",
    "Recommendation",
    "Schedule",
    "SessionsModel",
    "Settings",
    "ShapeError",
    "SquaredError",
    "SquaredErrorOfSigmoid",
    "State",
    "Steps",
    "Stream",
    "Task",
    "TextModel",
    "Trace",
    "Trainer",
    "Training",
    "Validation",
    "Visitor",
    "__version__",
    "load",
    "pad",
    "set_threads",
    "threads",
    "train",
]

# What is asked for is imported when it is asked for (PEP 562); type checkers read the imports above.
_NAMES = {
    "elman._engine": ("set_threads", "threads"),
    "elman.errors": ("ConfigError", "DataError", "ElmanError", "ModelFileError", "NotFiniteError", "ShapeError"),
    "elman.models": ("Model", "Training", "load", "train"),
    "elman.models.sessions": ("SessionsModel",),
    "elman.models.text": ("TextModel",),
    "elman.network": (
        "CELLS",
        "READOUTS",
        "Architecture",
        "Cell",
        "Gradients",
        "BinaryCrossEntropy",
        "CrossEntropy",
        "Huber",
        "Loss",
        "Pinball",
        "SquaredError",
        "SquaredErrorOfSigmoid",
        "LossAndGradient",
        "Network",
        "Parameters",
        "Reading",
        "State",
        "Stream",
        "Trace",
        "pad",
    ),
    "elman.proof": ("Mealy", "Proof"),
    "elman.tasks": ("TASKS", "Settings", "Task"),
    "elman.tasks.capabilities.recommends": ("Recommendation",),
    "elman.tasks.sessions.visitor": ("Visitor",),
    "elman.tasks.text.writing.form": ("Form",),
    "elman.training": (
        "SGD",
        "Adagrad",
        "Adam",
        "AdamW",
        "Batch",
        "Constant",
        "Cosine",
        "Fitted",
        "Linear",
        "Optimizer",
        "Plan",
        "Progress",
        "RMSProp",
        "Schedule",
        "Steps",
        "Trainer",
        "Validation",
    ),
    "elman.version": ("__version__",),
}


if not TYPE_CHECKING:  # with it, any name would be right for a type checker
    __getattr__ = names_of(__name__, _NAMES)

    def __dir__():
        return sorted({*globals(), *__all__})
