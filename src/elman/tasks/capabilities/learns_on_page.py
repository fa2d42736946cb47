"""To be trained on a page, by whoever looks at it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from elman.tasks.capabilities.has_page import HasPage


class LearnsOnPage(HasPage):
    """A task whose page can train its networks: the same seed gives the same initial weights as in Python."""

    @abstractmethod
    def lessons(self) -> list[dict[str, Any]]:
        """Networks that a visitor can train, and how, as its script wants it."""
