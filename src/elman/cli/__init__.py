"""The command line: one file per verb. The only floor that prints.

Data goes to stdout, progress and errors to stderr. Exit 0: done; 1: the honest answer is no; 2: the request is wrong.
`failing` has the other codes, and turns what was raised into text and JSON.

A verb's file says what can be given to the verb (`declare`), and does it (`run`). It is imported when its verb is asked
for, and imports at its top only what `declare` needs: help, and wrong requests, are answered at once.
"""

from __future__ import annotations

import io
import os
import sys

from elman.cli.commands import choose_verb
from elman.cli.failing import failed, fault, give_up_stdout
from elman.cli.output import say
from elman.spelling import as_options
from elman.version import __version__

# The verbs; each has a file of its name.
VERBS = {
    "train": "Teach a network a task.",
    "predict": "One answer per input: `elman predict adder.safetensors 17+25`.",
    "sample": 'Let a model of text write: `elman sample verses.safetensors --prompt "Shall I"`.',
    "record": "Record a word several times, to learn from: with a microphone, or out of a recording.",
    "listen": "Find words in a recording, at a microphone or in standard input: a line of JSON for each, at once.",
    "average": "Make one model of several that learned the same with different seeds: it answers with their mean.",
    "score": "Measure a model again, beside simple methods (baselines); exit 1 if it does not do what it was taught.",
    "serve": "Recommendations over HTTP, of a model of sessions.",
    "compress": "Make any file smaller, without loss, with a model of text: what the model expects takes few bits.",
    "decompress": "The file that `elman compress` was given, byte for byte; with the same model, on the same kind of "
    "machine.",
    "prove": "Prove that a model is exact at every length, or find a counterexample; exit 1 if it is not proved.",
    "check": "Check a certificate, with a program that is independent of `elman prove`; exit 1 if it is rejected.",
    "export": "Make a small file of a model, to give away: without the state of its training and without paths.",
    "import": "A network of another tool, or a model from elsewhere: PyTorch, ONNX, Hugging Face.",
    "look": "A page in which a model runs, to look inside: one file for any browser, without a server.",
    "plot": "A picture of what a model learned: `elman plot coin.safetensors --out coin.svg`.",
    "data": "Public texts and data (corpora), kept in the folder that ELMAN_CACHE names, or in the system's cache.",
    "info": "What a model file holds; without one, what engine this machine runs.",
    "bench": "Measure the speed beside NumPy, PyTorch, JAX and ONNX Runtime, as far as they are installed.",
}
VERSION = {"--version": "Show the version, and nothing else."}


def main() -> None:
    """The program `elman`."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a path may hold bytes that are no text
    words = sys.argv[1:]
    try:
        code = run(words)
    except Exception as error:
        code = fault(error, _wants_json(words))
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Runs one command; returns its exit code. What it raises is a fault of elman itself."""
    digits = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)  # numbers of any length are what `add` is about
    try:
        with as_options():
            code = _run(arguments or ["--help"])
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        give_up_stdout()  # the reader has gone (`| head`): nothing is left to say, and nobody to say it to
        return 0
    except (Exception, KeyboardInterrupt) as error:
        if (wrong := failed(error, _wants_json(arguments))) is None:
            raise
        return wrong
    finally:
        sys.set_int_max_str_digits(digits)


def _run(words: list[str]) -> int:
    if words[0] in VERSION:
        say(f"elman {__version__}")
        return 0
    if words[0] == "help":
        words = [*words[1:], "--help"]
    return choose_verb("elman", "Recurrent networks on an ordinary CPU.", VERBS, words, VERSION)


def _wants_json(words: list[str]) -> bool:
    """Whether --json was given, also where the rest of the command cannot be understood; behind -- all is data."""
    return "--json" in (words[: words.index("--")] if "--" in words else words)
