"""`elman prove MODEL`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from elman.cli.arguments import add_json, add_model, add_threads, own_path, use_threads
from elman.cli.output import emit, ending, say, tell
from elman.cli.writing import add_force, add_out, check_free
from elman.errors import ConfigError
from elman.spelling import counted

if TYPE_CHECKING:
    from elman.cli.parser import Parser
    from elman.models import Model
    from elman.proof import Extraction, Proof, Question


def declare(parser: Parser) -> None:
    """A model, and what is to be kept of its proof."""
    add_model(parser)
    add_out(parser, "FILE", "Where the certificate goes, if there is one.", required=False)
    parser.add_argument(
        "--picture", metavar="FILE", type=own_path, help="The automaton, drawn: .dot, or .svg, .png or .pdf."
    )
    add_force(parser)
    add_threads(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """Proves it, or finds a counterexample, or says why neither."""
    from elman.cli.verdict import at_every_length, origin
    from elman.models import load
    from elman.network.file import write_whole
    from elman.proof import extract
    from elman.proof.picture import draw
    from elman.tasks.capabilities.provable import Provable

    use_threads(options)
    model, out, picture = options.model, options.out, options.picture
    for option, file, others in (("--out", out, (model, picture)), ("--picture", picture, (model,))):
        if file is not None:
            check_free(option, file, *others, force=options.force)
    loaded = load(model)
    proof = loaded.prove(model.read_bytes())
    task = loaded.task
    extraction = extract(loaded.network, task.question(), proof) if isinstance(task, Provable) else None
    if out is not None and proof.certificate is not None:
        write_whole(out, proof.save())
    if picture is not None:
        if not isinstance(task, Provable) or extraction is None:
            raise ConfigError(f"--picture: there is no automaton to draw: {proof.reason}")
        write_whole(picture, draw(picture, loaded.network, task.question(), extraction, *task.alphabets()))
    saved = str(out) if out is not None and proof.certificate is not None else None
    code = 0 if proof.verdict == "proven" else 1
    if options.as_json:
        drawn = None if picture is None else str(picture)
        emit({**_as_json(loaded, proof, extraction, saved), "picture": drawn, **origin(task)})
        return code
    tell(f"{task.name}: {at_every_length(task, proof)}{ending(code)}")
    if proof.certificate is not None:
        regions = counted(len(proof.certificate["regions"]), "region")
        tell(f"{regions}; outputs stay {proof.margin:.3g} or more on the right side of their threshold")
    if isinstance(task, Provable) and extraction is not None:
        tell(_automaton(extraction, task.question()))
    if saved is not None:
        say(f"certificate saved to {saved}")
    if picture is not None:
        say(f"picture saved to {picture}")
    return code


def _as_json(model: Model, proof: Proof, extraction: Extraction | None, saved: str | None) -> dict[str, Any]:
    from elman.cli.verdict import in_json

    return {
        "task": model.task.name,
        **in_json(proof),
        "certificate": saved,
        "regions": None if proof.certificate is None else len(proof.certificate["regions"]),
        "states": None if extraction is None else extraction.automaton.states,
        "agreement": None if extraction is None else extraction.agreement,
    }


def _share(share: float) -> str:
    """In percent; 100 % is all of them."""
    return f"{share if share == 1 else min(share, 0.999):.1%}"


def _automaton(extraction: Extraction, question: Question) -> str:
    """Of an automaton that was found by questions it is said that it is one, and how well it describes the network."""
    from elman.proof.extract import MOST_STATES

    states = counted(extraction.automaton.states, "state")
    if extraction.agreement is not None and extraction.automaton.states >= MOST_STATES:
        states = f"at least {states}"  # no more are looked for
    if extraction.difference is None:
        line = f"{states}, those of the reference"
    else:
        line = f"{states}, where the reference has {question.machine.minimised().states}"
    if extraction.agreement is None:
        return f"automaton: {line}"
    return (
        f"the automaton that the network seems to be, by questions alone, has {line}; "
        f"on {_share(extraction.agreement)} of long random inputs that automaton answers as the network does"
    )
