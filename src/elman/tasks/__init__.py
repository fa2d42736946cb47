"""Tasks: what a network can be taught here. To add one: write its file, and give it its line in `TASKS`."""

from elman.tasks.add import Add
from elman.tasks.coin import Coin
from elman.tasks.subtract import Subtract
from elman.tasks.task import Settings, Task
from elman.tasks.text import Text
from elman.tasks.transducer import Transducer

TASKS: dict[str, type[Task]] = {
    "add": Add,
    "subtract": Subtract,
    "transducer": Transducer,
    "coin": Coin,
    "text": Text,
}

__all__ = ["TASKS", "Settings", "Task"]
