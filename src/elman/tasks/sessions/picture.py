"""The picture of a model of sessions: after each click, the most probable next items, and which one came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from elman.tasks.capabilities.pictured import plain
from elman.tasks.capabilities.recommends import Recommendation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ITEMS = 8  # after each click
CLICKS = 5  # of a session, at most
LETTERS = 22  # of an item's name
OTHERS, CAME = "#8fb8d8", "#b84a08"


class Step(NamedTuple):
    """What is said after a click."""

    clicked: str
    next: Sequence[Recommendation]  # the most probable first
    came: str | None  # None: the session ended, or is not shown further


def draw(steps: Sequence[Step], title: str) -> Figure:
    """A panel of bars for each click, all on one scale."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(max(6.0, 2.9 * len(steps)), 3.4), layout="constrained")
    figure.suptitle(plain(title), fontsize="medium")
    most = max(one.probability for step in steps for one in step.next)
    for axes, step in zip(figure.subplots(1, len(steps), squeeze=False)[0], steps, strict=True):
        _bars(axes, step, most)
    return figure


def _bars(axes: Any, step: Step, most: float) -> None:
    names = [one.item for one in step.next]
    colours = [CAME if name == step.came else OTHERS for name in names]
    axes.barh(range(len(names)), [100 * one.probability for one in step.next], color=colours)
    axes.set_yticks(range(len(names)), [plain(_short(name)) for name in names], fontsize="small")
    axes.invert_yaxis()
    axes.set_xlim(0, 100 * most * 1.05)
    axes.set_xlabel("probability in %", fontsize="small")
    axes.tick_params(labelsize="small")
    axes.spines[["top", "right"]].set_visible(False)
    among = "" if step.came is None or step.came in names else " (not among these)"
    lines = [f"after {_short(step.clicked)}", "" if step.came is None else f"then came {_short(step.came)}{among}"]
    axes.set_title("\n".join(map(plain, lines)), fontsize="small", loc="left")


def _short(name: str) -> str:
    return name if len(name) <= LETTERS else name[: LETTERS - 1] + "…"
