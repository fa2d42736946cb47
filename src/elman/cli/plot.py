"""`elman plot MODEL --out FILE`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import typer

from elman._engine import set_threads
from elman.cli.output import AsJson, ModelPath, Threads, emit, say
from elman.errors import ConfigError, choose
from elman.models import load
from elman.network.file import check_writable, write_whole

# Formats, and what keeps the date out of them: same model, same picture.
FORMATS: dict[str, dict[str, None]] = {".svg": {"Date": None}, ".png": {}}


def plot(
    model: ModelPath,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The picture: .svg or .png.", show_default=False)],
    threads: Threads = None,
    as_json: AsJson = False,
) -> int:
    """A picture of what a model learned: `elman plot coin.safetensors --out coin.svg`."""
    if threads is not None:
        set_threads(threads)
    form = choose("--out", out.suffix.lower(), FORMATS)
    check_writable(out)
    loaded = load(model)
    try:
        figure = loaded.picture()
        from matplotlib import rc_context
    except ModuleNotFoundError as error:
        raise ConfigError(f"plot: expected the package {error.name}; found none", "pip install 'elman[plot]'") from None
    data = io.BytesIO()
    with rc_context({"svg.hashsalt": "elman", "svg.fonttype": "none"}):
        figure.savefig(data, format=form[1:], metadata=FORMATS[form])
    write_whole(out, data.getvalue())
    if as_json:
        emit({"task": loaded.task.name, "model": str(model), "picture": str(out)})
    else:
        say(f"saved to {out}")
    return 0
