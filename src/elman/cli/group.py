"""Groups of commands of which each is made when it is asked for, so that the program imports what one verb needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


def group(
    names: Iterable[str], make: Callable[[str], Any], unknown: Callable[[Any, str], None] = lambda context, name: None
) -> type[TyperGroup]:
    """For `typer.Typer(cls=…)`: a group of commands of these names, which `make` makes of them.

    `unknown` may raise an error of its own for any other name, given the context with the group's options.
    """

    class Group(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            known: dict[str, Any] = dict.fromkeys(names)  # suggestions go by it, so it must hold all names
            self.commands = known

        def list_commands(self, ctx: Any) -> list[str]:
            return list(self.commands)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            if cmd_name in self.commands:
                return make(cmd_name)
            unknown(ctx, cmd_name)
            return None

    return Group


def command(function: Callable[..., Any], **attributes: Any) -> Any:
    """A command of a function, whose arguments are its options; attributes as `typer.Typer.command` takes them."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(**attributes)(function)
    return get_command(app)
