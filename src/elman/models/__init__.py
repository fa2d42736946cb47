"""Models: a task and a network that learned it, from training to file and back."""

from elman.lazy import names_of
from elman.models.load import load

TYPE_CHECKING = False  # as in `elman`
if TYPE_CHECKING:
    from elman.models.model import Model
    from elman.models.run import Training, begin, train

__all__ = ["Model", "Training", "begin", "load", "train"]

if not TYPE_CHECKING:
    __getattr__ = names_of(
        __name__, {"elman.models.model": ("Model",), "elman.models.run": ("Training", "begin", "train")}
    )
