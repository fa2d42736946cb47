"""The site of the documentation: `make docs` builds it with Sphinx, from the pages, the docstrings and the parser."""

from __future__ import annotations

import contextlib
import io
import os
import re
from importlib import import_module
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.inspect import TypeAliasForwardRef

import elman
from elman.cli import VERBS, run
from elman.tasks import TASKS

project = "elman"
version = release = elman.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"  # everything that its pages need is in the folder that is built
html_title = "elman"
html_show_copyright = html_show_sphinx = html_copy_source = False

nitpicky = True  # a name in a signature that leads nowhere is a warning
nitpick_ignore_regex = [
    ("py:.*", r"(?!elman\.).*"),  # those of other packages, whose pages are elsewhere
    ("py:class", r"elman\.tables\.(encoding\.Encoded|met\.Met|table\.Store)"),  # what public classes are made of
    ("py:class", r"elman\.models\.cost\.Cost"),  # what `Model.measured` tells the verbs
    ("py:class", r"elman\.training\.exchanging\.Share"),  # what of each update a process has
    # What is given to listen or to answer, and what models of tasks are made of, is told where it is given.
    ("py:class", r"elman\.tasks\.(capabilities\.(answers_steps\.Answering|listens\.Listening)|sessions\..*)"),
]
highlight_language = "text"
myst_heading_anchors = 3

default_role = "code"  # docstrings have `names` as Markdown has them
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_type_aliases = {name: name for name in ("Array", "ArrayLike", "NDArray")}  # as they are written
napoleon_numpy_docstring = False
napoleon_use_rtype = False

LEARNS = "learns.html"  # a page on which a visitor trains a network: `elman look` without a model
PLACE = "<!-- here the site has the page of `elman look` -->\n"
FRAME = f"""```{{raw}} html
<p>Or train one here, in your browser (<a href="{LEARNS}">the same, as a page of its own</a>):</p>
<iframe src="{LEARNS}" title="A network that learns to add" loading="lazy"
  style="width: 100%; height: 640px; border: 1px solid var(--color-background-border); border-radius: 8px"></iframe>
```
"""


def navigation(app: Sphinx, name: str, source: list[str]) -> None:
    """What the index links to is the navigation, in its order and under its headings; a page is there once."""
    if name != "index":
        return
    source[0] = source[0].replace(PLACE, FRAME)
    seen: set[str] = set()
    for heading, part in re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", source[0], re.MULTILINE):
        pages = [page for page in re.findall(r"\]\(([\w-]+)\.(?:md|rst)\)", part) if page not in seen]
        seen.update(pages)
        source[0] += "\n".join(["", "```{toctree}", ":hidden:", f":caption: {heading}", "", *pages, "```", ""])


def learning(app: Sphinx, error: Exception | None) -> None:
    """Writes the page that the index shows."""
    if error is not None or app.builder.format != "html":
        return
    with contextlib.redirect_stdout(io.StringIO()):
        code = run(["look", "--out", str(app.outdir / LEARNS), "--force", "--no-open"])
    if code:
        raise RuntimeError(f"{LEARNS}: `elman look` failed; it says why above")


def signature(
    app: Sphinx, kind: str, name: str, it: Any, options: Any, arguments: str | None, back: str | None
) -> tuple[str | None, str | None]:
    """Defaults that are made anew for each call look so that the rest of the signature can be read."""
    return (arguments or "").replace("<factory>", "...") or None, back


def docstring(app: Sphinx, kind: str, name: str, it: Any, options: Any, lines: list[str]) -> None:
    """A colon in the first line of a property or field stands behind no type, which Napoleon takes it for."""
    if kind in ("property", "attribute"):
        lines[:0] = ["..", ""]  # an empty comment: that line has no colon


class Commands(SphinxDirective):
    """A section for each command, with its help."""

    def run(self) -> list[nodes.Node]:
        """Of verbs, of the tasks of `train`, and of verbs of verbs."""
        found: list[nodes.Node] = []
        for verb in VERBS:
            inner = TASKS if verb == "train" else getattr(import_module(f"elman.cli.{verb}"), "VERBS", ())
            found += [_command(words) for words in ([verb], *([verb, one] for one in inner))]
        return found


def _command(words: list[str]) -> nodes.section:
    title = " ".join(["elman", *words])
    section = nodes.section(ids=[nodes.make_id(title)], names=[title])
    printed = io.StringIO()
    os.environ["COLUMNS"] = "100"
    with contextlib.redirect_stdout(printed):
        run([*words, "--help"])
    text = printed.getvalue().rstrip()
    section += [nodes.title(title, title), nodes.literal_block(text, text, language="text")]
    return section


def setup(app: Sphinx) -> None:
    """What Sphinx calls."""
    TypeAliasForwardRef.__repr__ = lambda alias: alias.name  # within a union, Sphinx shows an alias by its repr
    app.connect("source-read", navigation)
    app.connect("build-finished", learning)
    app.connect("autodoc-process-signature", signature)
    app.connect("autodoc-process-docstring", docstring, priority=400)  # before Napoleon
    app.add_directive("elman-commands", Commands)
