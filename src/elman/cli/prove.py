"""`elman prove MODEL`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, add_model, add_threads, path, use_threads
from elman.cli.output import emit, say, tell
from elman.cli.writing import add_force, add_out, check_free
from elman.errors import ConfigError

if TYPE_CHECKING:
    from elman.cli.parser import Parser
    from elman.models import Model
    from elman.proof import Extraction, Proof, Question


def declare(parser: Parser) -> None:
    """A model, and what is to be kept of its proof."""
    add_model(parser)
    add_out(parser, "FILE", "Where the certificate goes, if there is one.", required=False)
    parser.add_argument(
        "--picture", metavar="FILE", type=path, help="The automaton, drawn: .dot, or .svg, .png or .pdf."
    )
    add_force(parser)
    add_threads(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """Proves it, or finds a counterexample, or says why neither."""
    from elman.models import load
    from elman.network.file import write_whole
    from elman.proof import extract
    from elman.proof.picture import draw

    use_threads(options)
    model, out, picture = options.model, options.out, options.picture
    for option, file, others in (("--out", out, (model, picture)), ("--picture", picture, (model,))):
        if file is not None:
            check_free(option, file, *others, force=options.force)
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
    if options.as_json:
        emit(_as_json(loaded, proof, extraction, saved))
        return 0 if proof.verdict == "proven" else 1
    tell(f"{loaded.task.name}: {at_every_length(loaded, proof)}")
    if proof.certificate is not None:
        regions = len(proof.certificate["regions"])
        tell(f"{regions} regions; outputs stay {proof.margin:.3g} or more on the right side of their threshold")
    if question is not None and extraction is not None:
        tell(_automaton(extraction, question))
    if saved is not None:
        say(f"certificate saved to {saved}")
    return 0 if proof.verdict == "proven" else 1


def at_every_length(model: Model, proof: Proof) -> str:
    """The verdict in a few words."""
    if proof.verdict == "proven":
        return model.task.proved
    if proof.verdict == "refuted":
        shown = _counterexample(model, proof)
        return f"refuted: {shown['text']} is {shown['expected']}, and it answers {shown['output']}"
    return f"not proved: undecided ({proof.reason})"


def _counterexample(model: Model, proof: Proof) -> dict[str, Any]:
    assert proof.counterexample is not None
    return {"text": model.task.spelled(proof.counterexample["inputs"]), **proof.counterexample}


def _as_json(model: Model, proof: Proof, extraction: Extraction | None, saved: str | None) -> dict[str, Any]:
    return {
        "task": model.task.name,
        "verdict": proof.verdict,
        "reason": proof.reason,
        "margin": proof.margin,
        **model.task.origin,
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
