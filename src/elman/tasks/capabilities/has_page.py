"""To be looked at on a page, in which the network runs."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from elman.network import Network
from elman.tasks.task import Task


class HasPage(Task):
    """A task that knows what there is to see of its networks. Its script shows it (`elman.look`)."""

    script: ClassVar[Path]  # an ES module, beside the task: `Path(__file__).with_name("look.js")`

    @abstractmethod
    def seen(self, network: Network) -> dict[str, Any]:
        """What the script needs beside the network, as JSON has it: the field `seen` of the page's data."""
