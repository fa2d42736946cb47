"""`elman look [MODEL [FILE …]]`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json, path, refuse_files
from elman.cli.output import emit, say
from elman.cli.writing import add_force, add_out, check_out, is_pipe, put, tell_put
from elman.errors import ModelFileError

if TYPE_CHECKING:
    from elman.cli.parser import Parser
    from elman.look.building import Page

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")  # who sets one of these has a browser that can show the page


def declare(parser: Parser) -> None:
    """A model or none, and where the page is kept."""
    about = "A model file, or that of a network (default: a page on which a network learns to add)."
    parser.add_argument("model", metavar="MODEL", nargs="?", type=path, help=about)
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="Inputs that the page shows; the page holds a copy of them."
    )
    about = "The page: one HTML file (default: in the system's temporary folder); - is standard output."
    add_out(parser, "FILE", about, required=False, pipe=True)
    add_force(parser)
    parser.add_argument("--no-open", action="store_true", help="Write the page, and open no browser.")
    add_json(parser)


def run(options: Namespace) -> int:
    """Writes it whole, and opens it."""
    out = options.out
    if out is not None:
        check_out(out, options.model, force=options.force, as_json=options.as_json)
    written = _beginning() if options.model is None else _page(options.model, options.files)
    data = written.html.encode()
    if out is None:
        out = _temporary(options.model)
    put(out, data)
    opened = not options.no_open and not is_pipe(out) and _open(out)
    if options.as_json:
        model = None if options.model is None else str(options.model)
        emit({"model": model, "page": str(out), "bytes": len(data), "opened": opened})
    else:
        tell_put(out, len(data))
        if not is_pipe(out):
            say(_shown(opened, options.no_open))
    return 0


def _shown(opened: bool, unwanted: bool) -> str:
    """Whether a browser shows it."""
    if opened:
        return "a browser was told to open it"
    return "no browser was opened" if unwanted else "no browser was found here: open the file in one"


def _page(model: Path, files: list[str]) -> Page:
    """Of a model, or of a network without a task."""
    from elman.look import page
    from elman.models.model import Model
    from elman.models.restore import restore_any

    found = restore_any(model)
    if isinstance(found, Model):
        return found.look(model.name, files)
    refuse_files(files)
    return page(found, name=model.name)


def _beginning() -> Page:
    """Of a network that has learned nothing yet, and does so on the page."""
    from elman.look import page
    from elman.tasks.asking import kind_having
    from elman.tasks.capabilities.learns_on_page import LearnsOnPage

    task = kind_having(LearnsOnPage, "look")()
    return page(task.network(), name=f"A network that learns to {task.name}", task=task)


def _temporary(model: Path | None) -> Path:
    """A file that nobody else can have made, named as the model is."""
    import tempfile

    try:
        folder = tempfile.mkdtemp(prefix="elman-")
    except OSError as error:
        raise ModelFileError(
            f"the system's temporary folder: cannot be written: {error.strerror}", "--out FILE writes elsewhere"
        ) from None
    return Path(folder) / f"{model.stem if model else 'elman'}.html"


def _open(page: Path) -> bool:
    """Shows it in the browser; False where there is none that shows pages with script: those of a terminal do not."""
    import webbrowser

    windows = sys.platform in ("win32", "darwin")
    if not windows and not any(os.environ.get(name) for name in SCREENS):
        return False
    return webbrowser.open(page.resolve().as_uri())
