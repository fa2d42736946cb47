"""Files that verbs write: `--out`, and what is not written over."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from elman.cli.arguments import own_path, path
from elman.cli.output import note, say
from elman.errors import ConfigError
from elman.files import STDIN
from elman.spelling import counted

if TYPE_CHECKING:
    from pathlib import Path

    from elman.cli.parser import Parser

# Endings of names -> the format of `elman export --to` that they stand for. That of elman is safetensors.
ENDINGS = {".onnx": "onnx", ".pt": "torch", ".pth": "torch", ".h": "c", ".c": "c"}
MODEL = ".safetensors"


def add_out(parser: Parser, metavar: str, about: str, *, required: bool = True, pipe: bool = False) -> None:
    """-o, --out: where the verb's main work goes; with `pipe`, - is standard output, and elsewhere refused."""
    kind = path if pipe else own_path
    parser.add_argument("-o", "--out", metavar=metavar, type=kind, required=required, help=about)


def add_force(parser: Parser, about: str = "Replace a file that is there.") -> None:
    """--force, which `check_free` heeds."""
    parser.add_argument("--force", action="store_true", help=about)


def is_pipe(file: Path) -> bool:
    """Whether that names standard input, or standard output."""
    return str(file) == STDIN


def put(out: Path, data: bytes) -> None:
    """Writes a file at once or not at all; or to standard output."""
    from elman.network.file import write_whole

    if is_pipe(out):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_whole(out, data)


def tell_put(out: Path, size: int, of: str = "") -> None:
    """Where so many bytes went; standard output, if they are there, has nothing else."""
    what = f"{counted(size, 'byte')}{of}"
    if is_pipe(out):
        note(f"{what} to standard output")
    else:
        say(f"saved to {out}: {what}")


def check_out(out: Path, *inputs: Path | None, force: bool, as_json: bool) -> None:
    """`check_free` of an --out that may be standard output; a ConfigError where that is to hold JSON too."""
    if not is_pipe(out):
        check_free("--out", out, *inputs, force=force)
    elif as_json:
        raise ConfigError("--json: expected --out FILE beside it; found -, and standard output cannot hold both")


def check_free(option: str, out: Path, *inputs: Path | None, force: bool) -> None:
    """Before there is work to lose: an error where `out` cannot be written, or is there already and not forced.

    Raises:
        ConfigError: a file is there, which is neither empty nor to be replaced; or it is one of the inputs.
        ModelFileError: nothing can be written there.
    """
    from elman.network.file import check_writable

    refuse_same(option, out, *inputs)
    check_writable(out)
    if not force and out.exists() and out.stat().st_size > 0:
        raise ConfigError(f"{out}: expected nothing there; found a file", "another name keeps it; --force replaces it")


def refuse_ending(option: str, out: Path, hint: str, form: str | None = None) -> None:
    """A ConfigError where a file would have a name that says that it is of another tool.

    Args:
        option: that names the file.
        out: the file.
        hint: what makes a file of that other tool, with `{}` for the format.
        form: the format of what is written; None: a model of elman.
    """
    ending = out.suffix.lower()
    named = ENDINGS.get(ending, "safetensors" if form and ending == MODEL else form)
    if named != form:
        right = next((one for one, of in ENDINGS.items() if of == form), MODEL)
        raise ConfigError(
            f"{option}: expected a name for a {f'file of {form}' if form else 'model of elman'}, such as "
            f"{out.with_suffix(right).name}; found {out.name}, the name of a file of {named}",
            hint.format(named),
        )


def refuse_same(option: str, out: Path, *inputs: Path | None) -> None:
    """A ConfigError where a file would be written over one that is read, or that is written too."""
    for file in inputs:
        if file is not None and (out == file or (out.exists() and file.exists() and out.samefile(file))):
            raise ConfigError(f"{option}: expected another file than {file}, which is in use", "name another one")
