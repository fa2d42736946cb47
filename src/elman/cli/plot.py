"""`elman plot MODEL --out FILE`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json, add_model, add_threads, refuse_files, use_threads
from elman.cli.output import emit, note_folded, say
from elman.cli.writing import add_force, add_out, check_out, is_pipe, put
from elman.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from elman.cli.parser import Parser
    from elman.network import Network

# Formats, and what keeps the date out of them: same model, same picture.
SVG = ".svg"
FORMATS: dict[str, dict[str, None]] = {SVG: {"Date": None}, ".png": {}}


def declare(parser: Parser) -> None:
    """A model, inputs to show, and where the picture goes."""
    add_model(parser)
    about = "Inputs that the picture shows, for tasks that read files (default: of what the model learned from)."
    parser.add_argument("files", metavar="FILE", nargs="*", help=about)
    add_out(parser, "FILE", "The picture: .svg or .png; - is standard output, for SVG.", pipe=True)
    add_force(parser)
    add_threads(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """Draws it, and writes it whole."""
    import io
    import warnings

    from elman.models import Model
    from elman.models.restore import restore_any

    use_threads(options)
    out = options.out
    form = SVG if is_pipe(out) else out.suffix.lower()
    if form not in FORMATS:
        hint = f"`elman plot {options.model} --out {options.model.stem}{SVG}`"
        raise ConfigError(f"--out: expected a file that ends in {' or '.join(FORMATS)}; found {str(out)!r}", hint)
    check_out(out, options.model, force=options.force, as_json=options.as_json)
    found = restore_any(options.model)
    try:
        figure = found.picture(options.files) if isinstance(found, Model) else _of_network(found, options.files)
        from matplotlib import rc_context
    except ModuleNotFoundError as error:
        raise ConfigError(f"plot: expected the package {error.name}; found none", "pip install 'elman[plot]'") from None
    data = io.BytesIO()
    with rc_context({"svg.hashsalt": "elman", "svg.fonttype": "none"}), warnings.catch_warnings(record=True) as told:
        warnings.filterwarnings("always", "Glyph")
        figure.savefig(data, format=form[1:], metadata=FORMATS[form])
    put(out, data.getvalue())
    if form == ".png" and told:
        note_folded("warning: some characters are missing from the fonts of this machine; a file .svg shows them")
    if options.as_json:
        task = found.task.name if isinstance(found, Model) else None
        emit({"task": task, "model": str(options.model), "picture": str(out)})
    elif not is_pipe(out):
        say(f"saved to {out}")
    return 0


def _of_network(network: Network, files: list[str]) -> Figure:
    """Of one without a task."""
    from elman.network.picture import picture

    refuse_files(files)
    return picture(network)
