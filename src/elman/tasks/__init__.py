"""Tasks: what a network can be taught here. To add one: write its file, and give it its line in `TASKS`."""

from elman.tasks.table import Table
from elman.tasks.task import Settings, Task

TASKS: Table[Task] = Table(
    {
        "add": "elman.tasks.add:Add",
        "subtract": "elman.tasks.subtract:Subtract",
        "transducer": "elman.tasks.transducer:Transducer",
        "coin": "elman.tasks.coin:Coin",
        "text": "elman.tasks.text:Text",
    }
)

__all__ = ["TASKS", "Settings", "Task"]
