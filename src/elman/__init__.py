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
        ExchangeError,
        ModelFileError,
        NotFiniteError,
        ShapeError,
    )
    from elman.estimators.classifier import SequenceClassifier
    from elman.estimators.regressor import SequenceRegressor
    from elman.estimators.tagger import SequenceTagger
    from elman.interop.arriving import import_model
    from elman.interop.leaving import export
    from elman.interop.ranks import Ranks, ranks
    from elman.interop.torch import to_torch
    from elman.interop.torch_device import to_device
    from elman.models import Model, Training, train
    from elman.models.averaging import average
    from elman.models.load import load
    from elman.models.many import train_many
    from elman.models.series import SeriesModel
    from elman.models.sessions import SessionsModel
    from elman.models.speech import SpeechModel
    from elman.models.text import TextModel
    from elman.network import (
        CELLS,
        READOUTS,
        Architecture,
        BinaryCrossEntropy,
        BPRMax,
        Cell,
        CrossEntropy,
        Gradients,
        Huber,
        Loss,
        LossAndGradient,
        Network,
        Parameters,
        Pinball,
        Ranking,
        Reading,
        SampledCrossEntropy,
        SquaredError,
        SquaredErrorOfSigmoid,
        State,
        Stream,
        Term,
        TOP1Max,
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
        LazyAdam,
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
    "BPRMax",
    "Batch",
    "BinaryCrossEntropy",
    "Cell",
    "ConfigError",
    "Constant",
    "Cosine",
    "CrossEntropy",
    "DataError",
    "ElmanError",
    "ExchangeError",
    "Fitted",
    "Form",
    "Gradients",
    "Huber",
    "LazyAdam",
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
    "Ranking",
    "Ranks",
    "Reading",
    "Recommendation",
    "SampledCrossEntropy",
    "Schedule",
    "SequenceClassifier",
    "SequenceRegressor",
    "SequenceTagger",
    "SeriesModel",
    "SessionsModel",
    "Settings",
    "ShapeError",
    "SpeechModel",
    "SquaredError",
    "SquaredErrorOfSigmoid",
    "State",
    "Steps",
    "Stream",
    "TOP1Max",
    "Task",
    "Term",
    "TextModel",
    "Trace",
    "Trainer",
    "Training",
    "Validation",
    "Visitor",
    "__version__",
    "average",
    "export",
    "import_model",
    "load",
    "pad",
    "ranks",
    "set_threads",
    "threads",
    "to_device",
    "to_torch",
    "train",
    "train_many",
]

# What is asked for is imported when it is asked for (PEP 562); type checkers read the imports above.
_NAMES = {
    "elman._engine": ("set_threads", "threads"),
    "elman.errors": (
        "ConfigError",
        "DataError",
        "ElmanError",
        "ExchangeError",
        "ModelFileError",
        "NotFiniteError",
        "ShapeError",
    ),
    "elman.estimators.classifier": ("SequenceClassifier",),
    "elman.estimators.regressor": ("SequenceRegressor",),
    "elman.estimators.tagger": ("SequenceTagger",),
    "elman.interop.arriving": ("import_model",),
    "elman.interop.leaving": ("export",),
    "elman.interop.ranks": ("Ranks", "ranks"),
    "elman.interop.torch": ("to_torch",),
    "elman.interop.torch_device": ("to_device",),
    "elman.models": ("Model", "Training", "train"),
    "elman.models.averaging": ("average",),
    "elman.models.load": ("load",),
    "elman.models.many": ("train_many",),
    "elman.models.series": ("SeriesModel",),
    "elman.models.sessions": ("SessionsModel",),
    "elman.models.speech": ("SpeechModel",),
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
        "Ranking",
        "SampledCrossEntropy",
        "BPRMax",
        "TOP1Max",
        "SquaredError",
        "SquaredErrorOfSigmoid",
        "LossAndGradient",
        "Network",
        "Parameters",
        "Reading",
        "State",
        "Stream",
        "Term",
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
    ),
    "elman.version": ("__version__",),
}


if not TYPE_CHECKING:  # with it, any name would be right for a type checker
    __getattr__ = names_of(__name__, _NAMES)

    def __dir__():
        return sorted({*globals(), *__all__})
