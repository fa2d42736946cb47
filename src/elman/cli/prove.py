"""`elman prove MODEL` and `elman check MODEL CERTIFICATE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from elman._engine import set_threads
from elman.cli.output import AsJson, ModelPath, Threads, emit, refuse_same, say
from elman.errors import ConfigError, ModelFileError
from elman.models import Model, load
from elman.network.file import check_writable, write_whole
from elman.proof import Extraction, Proof, Question, extract
from elman.proof.picture import draw

Certificate = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where the certificate goes, if there is one.", show_default=False),
]
Picture = Annotated[
    Path | None,
    typer.Option(
        "--picture", metavar="FILE", help="The automaton, drawn: .dot, or .svg, .png or .pdf.", show_default=False
    ),
]


def prove(
    model: ModelPath,
    out: Certificate = None,
    picture: Picture = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> int:
    """Prove that a model is exact at every length, or find a counterexample; exit 1 if it is not proved."""
    if threads is not None:
        set_threads(threads)
    for path in (out, picture):
        if path is not None:
            check_writable(path)
    if out is not None:
        refuse_same("--out", out, model, picture)
    if picture is not None:
        refuse_same("--picture", picture, model)
    loaded = load(model)
    proof = loaded.prove(model.read_bytes())
    question = loaded.task.question()
    extraction = None if question is None else extract(loaded.network, question, proof)
    if out is not None and proof.certificate is not None:
        write_whole(out, proof.save())
    if picture is not None:
        if question is None or extraction is None:
            raise ConfigError(f"--picture: there is no automaton to draw: {proof.reason}")
        write_whole(picture, draw(picture, loaded.network, question, extraction, *loaded.task.alphabets()))
    saved = str(out) if out is not None and proof.certificate is not None else None
    if as_json:
        emit(_as_json(loaded, proof, extraction, saved))
        return 0 if proof.verdict == "proven" else 1
    say(f"{loaded.task.name}: {at_every_length(loaded, proof)}")
    if proof.certificate is not None:
        regions = len(proof.certificate["regions"])
        say(f"{regions} regions; outputs stay {proof.margin:.3g} or more on the right side of their threshold")
    if question is not None and extraction is not None:
        say(_automaton(extraction, question))
    if saved is not None:
        say(f"certificate saved to {saved}")
    return 0 if proof.verdict == "proven" else 1


def check(
    model: ModelPath,
    certificate: Annotated[Path, typer.Argument(metavar="CERTIFICATE", help="A certificate.", show_default=False)],
    as_json: AsJson = False,
) -> int:
    """Check a certificate, independently of what found it; exit 1 if it is rejected."""
    from elman.proof import checker

    contents = [_contents(path) for path in (model, certificate)]
    load(model)  # refuses a file whose task is not what its settings say: of these the checker knows nothing
    try:
        margin = checker.check(*contents)
    except checker.Rejected as rejected:
        if as_json:
            emit({"verdict": "rejected", "reason": str(rejected), "margin": None})
        else:
            say(f"rejected: {rejected}")
        return 1
    if as_json:
        emit({"verdict": "accepted", "reason": "", "margin": margin})
    else:
        say(f"accepted: exact at every length, with a margin of {margin:.3g}")
    return 0


def at_every_length(model: Model, proof: Proof) -> str:
    """The verdict in a few words."""
    if proof.verdict == "proven":
        return model.task.proved
    if proof.verdict == "refuted":
        shown = _counterexample(model, proof)
        return f"refuted: {shown['text']} is {shown['expected']}, and it answers {shown['output']}"
    return f"not proved for every length: {proof.reason}"


def _counterexample(model: Model, proof: Proof) -> dict[str, Any]:
    assert proof.counterexample is not None
    return {"text": model.task.spelled(proof.counterexample["inputs"]), **proof.counterexample}


def _as_json(model: Model, proof: Proof, extraction: Extraction | None, saved: str | None) -> dict[str, Any]:
    return {
        "task": model.task.name,
        "verdict": proof.verdict,
        "reason": proof.reason,
        "margin": proof.margin,
        "certificate": saved,
        "regions": None if proof.certificate is None else len(proof.certificate["regions"]),
        "counterexample": proof.counterexample,
        "states": None if extraction is None else extraction.automaton.states,
        "agreement": None if extraction is None else extraction.agreement,
    }


def _automaton(extraction: Extraction, question: Question) -> str:
    states = extraction.automaton.states
    if extraction.difference is None:
        line = f"automaton: {states} states, those of the reference"
    else:
        wanted = question.machine.minimised().states
        line = f"automaton: {states} states, where the reference has {wanted}"
    if extraction.agreement is not None:
        line += f"; by questions alone: it agrees with the network on {extraction.agreement:.1%} of long random inputs"
    return line


def _contents(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror}") from None
