"""Rows of data files become sequences: CSV, Parquet, JSON lines, `.ts` and NPZ, in one way for all tasks.

with read("steps.csv", Columns(label="activity", id="person", time="seconds")) as table:
    encoding = Encoding.fit(table)
    for sequence in table:
        inputs = encoding.encode(table.features, sequence.values)
"""

from elman.tables.columns import Columns, Each, Kind
from elman.tables.encoding import Encoder, Encoding
from elman.tables.events import EventColumns, Events, read_events
from elman.tables.feature import Feature
from elman.tables.read import read
from elman.tables.scale import Scale
from elman.tables.table import Known, Place, Sequence, Table

__all__ = [
    "Columns",
    "Each",
    "Encoder",
    "Encoding",
    "EventColumns",
    "Events",
    "Feature",
    "Kind",
    "Known",
    "Place",
    "Scale",
    "Sequence",
    "Table",
    "read",
    "read_events",
]
