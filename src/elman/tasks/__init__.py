"""Tasks: what a network can be taught here. To add one: write its file, and give it its line in `TASKS`."""

from elman.tasks.settings import Settings
from elman.tasks.table import Table
from elman.tasks.task import Task

TASKS: Table[Task] = Table(
    {
        "add": "elman.tasks.arithmetic.add:Add",
        "subtract": "elman.tasks.arithmetic.subtract:Subtract",
        "transducer": "elman.tasks.arithmetic.transducer:Transducer",
        "coin": "elman.tasks.coin:Coin",
        "text": "elman.tasks.text:Text",
        "classify": "elman.tasks.labelled.classify:Classify",
        "tag": "elman.tasks.labelled.tag:Tag",
        "sessions": "elman.tasks.sessions:Sessions",
        "speech": "elman.tasks.labelled.speech.task:Speech",
        "series": "elman.tasks.series.task:Series",
    }
)

__all__ = ["TASKS", "Settings", "Task"]
