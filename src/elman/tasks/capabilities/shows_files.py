"""To be looked at on a page, with examples out of files."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from elman.network import Network
from elman.tasks.capabilities.has_page import HasPage


class ShowsFiles(HasPage):
    """A task whose page can hold inputs of one's own files: they are named when it is made."""

    @abstractmethod
    def examples(self, network: Network, files: Sequence[str]) -> list[dict[str, Any]]:
        """The first inputs of files, as JSON has them: the field `examples` of the page's data.

        Raises:
            DataError: a file is not what the task reads.
        """
