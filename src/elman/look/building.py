"""A page: model, script and engine in one HTML file."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from elman.errors import ConfigError
from elman.look.engine import compiled
from elman.look.modules import bundled
from elman.look.proved import told
from elman.network import Network
from elman.network.file import check_writable, path_of, write_whole
from elman.proof import Proof
from elman.tasks import Task
from elman.tasks.capabilities.has_page import HasPage
from elman.tasks.capabilities.provable import Provable
from elman.version import __version__

HERE = Path(__file__).parent
ANY = HERE / "network.js"  # the page of a network of which no task knows more
SHORT = 1 << 22  # up to so many parameters stand in a page as float32; of more, as float16
MOST = 1 << 24  # parameters of a page: 34 MB as float16, 45 MB as text
HEIGHT = 900  # pixels of a page in a notebook


@dataclass(frozen=True)
class Page:
    """One HTML file. Notebooks show it where it is the value of a cell."""

    title: str
    html: str = field(repr=False)

    def save(self, path: str | PathLike[str]) -> None:
        """Writes it at once or not at all; a ModelFileError says why not."""
        file = path_of(path)
        check_writable(file)
        write_whole(file, self.html.encode())

    def _repr_html_(self) -> str:
        """In a frame of its own, which sees nothing of the notebook around it."""
        return (
            f'<iframe title="{escape(self.title)}" sandbox="allow-scripts" srcdoc="{escape(self.html)}" '
            f'style="width:100%;height:{HEIGHT}px;border:0"></iframe>'
        )


def page(
    network: Network,
    *,
    name: str = "network",
    task: Task | None = None,
    learned: Mapping[str, Any] | None = None,
    proof: Proof | None = None,
    examples: Sequence[Any] = (),
) -> Page:
    """The page of a network: it runs there, on what whoever looks at it types.

    Args:
        network: the network.
        name: what stands above it.
        task: the task that it learned; without one, the page shows gates and states over time.
        learned: what is known of its training: `updates`, `seconds`, `metrics`.
        proof: what is proved of it, where its task can be proved.
        examples: inputs out of files, as `ShowsFiles.examples` gives them.

    Raises:
        ConfigError: it is too large for a page, the engine for pages was not built, or an argument is not what it
            should be.
    """
    _expect("network", network, Network, "an elman.Network", "`model.look()` makes the page of a model")
    _expect("name", name, str, "a string")
    _expect("task", task, Task | None, "a task", "`model.task` is one")
    _expect("learned", learned, Mapping | None, "names and values")
    _expect("proof", proof, Proof | None, "an elman.Proof")
    _expect("examples", examples, Sequence, "a list")
    data = {
        "name": name,
        "version": __version__,
        "task": None if task is None else {"name": task.name, "summary": task.summary},
        "learned": dict(learned or {}),
        "proof": told(proof, task.question()) if proof and isinstance(task, Provable) else None,
        "network": network,
        "examples": list(examples),
        "seen": task.seen(network) if isinstance(task, HasPage) else None,
    }
    return Page(name, assembled(name, task.script if isinstance(task, HasPage) else ANY, data))


def _expect(where: str, value: object, kind: Any, expected: str, hint: str = "") -> None:
    """A ConfigError where an argument is of another kind."""
    if not isinstance(value, kind):
        raise ConfigError(f"{where}: expected {expected}; found {value!r:.60}", hint)


def packed(network: object) -> dict[str, Any]:
    """A network as JSON has it; its numbers are those of `parameters.flat`, little-endian, in base64."""
    _expect("look", network, Network, "what JSON can hold, or a network")
    assert isinstance(network, Network)
    a, flat = network.architecture, network.parameters.flat
    if flat.size > MOST:
        raise ConfigError(
            f"look: expected at most {MOST:,} parameters, which a browser reads in one file; found {flat.size:,}"
        )
    form = "float32" if flat.size <= SHORT else "float16"
    return {
        "architecture": a.to_json(),
        "tensors": {tensor: list(view.shape) for tensor, view in network.parameters.items()},
        "form": form,
        "weights": b64encode(_numbers(flat, form)).decode(),
    }


def _numbers(flat: Any, form: str) -> bytes:
    """Little-endian; a ConfigError where they are too large for float16."""
    with np.errstate(over="ignore"):
        numbers = flat.astype(np.dtype(form).newbyteorder("<"))
    if not np.isfinite(numbers).all():
        raise ConfigError(
            f"look: expected weights that {form} can hold, since there are {flat.size:,}; found larger ones"
        )
    return bytes(numbers.tobytes())


def assembled(title: str, script: Path, data: Mapping[str, Any]) -> str:
    """The file: a template with style, data, engine and script in their places.

    Whatever the data holds, none of it is markup or script: it stands in a block of JSON that no character can end, and
    scripts show it as text. The policy in the file allows this script, this style and WebAssembly; all else, and every
    address, is refused by the browser.
    """
    code, style = bundled(HERE / "frame.js", script)
    style = f"\n{style}\n"
    code = f"\n{code}\n"
    parts = {
        "title": escape(title),
        "policy": f"default-src 'none'; script-src '{_mark(code)}' 'wasm-unsafe-eval'; style-src '{_mark(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'",
        "style": style,
        "data": _as_json(data),
        "engine": b64encode(compiled()).decode(),
        "script": code,
    }
    template = (HERE / "template.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def _as_json(data: Mapping[str, Any]) -> str:
    """As a block of a page: no character of it ends the block."""
    try:
        return json.dumps(data, allow_nan=False, default=packed).replace("<", "\\u003c")
    except ConfigError:
        raise
    except ValueError as error:  # JSON has neither NaN nor infinity
        raise ConfigError(
            f"look: expected finite numbers in what is known of the network; found others: {error}"
        ) from None


def _mark(text: str) -> str:
    """By which the policy knows a script or a style."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
