"""`load`, which costs nothing until it is called."""

from __future__ import annotations

from elman.lazy import fetch

TYPE_CHECKING = False  # as in `elman`
if TYPE_CHECKING:
    from os import PathLike

    from elman.models.model import Model


def load(path: str | PathLike[str], task: str | None = None) -> Model:
    """Reads a model file; with `task`, one of that task. A ModelFileError says what is wrong with it."""
    model: Model = fetch("elman.models.restore", "restore")(path, task)
    return model
