"""`elman predict MODEL INPUT…`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from elman.cli import recommending
from elman.cli.arguments import (
    add_coding,
    add_json,
    add_model,
    add_skipping,
    add_threads,
    between,
    levels,
    reading_of,
    use_threads,
)
from elman.cli.output import emit, note, say
from elman.errors import ConfigError, DataError
from elman.files import STDIN
from elman.spelling import on_one_line

if TYPE_CHECKING:
    from elman.cli.parser import Parser
    from elman.models import Model
    from elman.network import Network
    from elman.tasks import Task
    from elman.tasks.capabilities.forecasts import Forecasts
    from elman.tasks.capabilities.predicts_files import PredictsFiles


def declare(parser: Parser) -> None:
    """A model, and inputs."""
    add_model(parser)
    about = (
        "What to answer. Without INPUT, or with -: each line of stdin, as it comes; a blank line is no toss yet, no "
        "character, no item; of numbers it has a blank answer (with --json: all answers, at the end). Of classify, "
        "tag, series and speech: files, folders and globs; stdin is one file, of speech a recording. (`elman "
        "listen` reads samples.)"
    )
    parser.add_argument("inputs", metavar="INPUT", nargs="*", help=about)
    parser.add_argument(
        "--follow",
        action="store_true",
        help="Of classify and tag: each row of stdin, CSV or JSON lines, is a step, and answered as it comes; with "
        "--json, each answer is an object in a line of its own.",
    )
    parser.add_argument("--proba", action="store_true", help="Of a classifier: the probabilities of all classes, too.")
    recommending.declare(parser)
    about = "Of series: steps ahead (default: as many as were learned)."
    parser.add_argument("--horizon", metavar="H", type=between(1, 10_000), help=about)
    about = "Of series: intervals of these levels in percent, such as 80,95."
    parser.add_argument("--level", metavar="P,…", type=levels, help=about)
    about = "Of series: what is known in advance of the steps to come: a row for each series and each time."
    parser.add_argument("--future", metavar="FILE", help=about)
    about = "Of series: fit the simple forecasts to the file again; the network stays as it is."
    parser.add_argument("--refit", action="store_true", help=about)
    section = add_coding(parser)
    add_skipping(parser, section, "Leave out sequences without a step, such as empty texts, and say how many.")
    add_threads(parser)
    add_json(parser)


def run(options: Namespace) -> int:
    """An answer for each input."""
    from itertools import chain

    from elman.models import load
    from elman.tasks.asking import asked
    from elman.tasks.capabilities.forecasts import Forecasts
    from elman.tasks.capabilities.predicts_files import PredictsFiles
    from elman.tasks.capabilities.reads_tables import ReadsTables
    from elman.tasks.capabilities.recommends import Recommends

    use_threads(options)
    loaded = load(options.model)
    task = loaded.task
    if reading := reading_of(options):
        task = asked(task, ReadsTables, f"--{next(iter(reading))}").reading(reading)
    for name in ("horizon", "level", "future", "refit"):
        if getattr(options, name):
            asked(task, Forecasts, f"--{name}")
    for name in recommending.OPTIONS:
        if name in recommending.given(options):
            asked(task, Recommends, f"--{name}")
    if options.follow:
        _following(task, loaded.network, options)
        return 0
    if isinstance(task, Forecasts):
        _refuse_classes(task, options)
        _of_series(task, loaded.network, options)
        return 0
    if isinstance(task, PredictsFiles):
        _of_files(task, loaded.network, options)
        return 0
    if options.proba or not isinstance(task, Recommends):
        _refuse_classes(task, options)
    inputs = [] if options.inputs == [STDIN] else options.inputs
    if isinstance(task, Recommends):
        options.inputs = inputs
        sessions = iter([[inputs]]) if inputs else _arriving(task)
        recommending.answer(task, loaded.network, options, sessions)
        return 0
    batches = iter([task.parse(inputs)]) if inputs else _arriving(task)
    if options.as_json:
        parsed = list(chain.from_iterable(batches))
        emit({"inputs": parsed, "outputs": _answers(loaded, parsed)})
        return 0
    for batch in batches:
        for output in _answers(loaded, batch):
            say("" if output is None else task.tell(output))
        sys.stdout.flush()  # whoever wrote a line may be waiting for its answer
    return 0


def _refuse_classes(task: Task, options: Namespace) -> None:
    """A ConfigError where --proba or --top is given, which this task does not have."""
    from elman.tasks.asking import asked
    from elman.tasks.capabilities.predicts_files import PredictsFiles
    from elman.tasks.capabilities.recommends import Recommends

    if shown := _of_classes(options):
        asked(task, PredictsFiles, shown, *[Recommends] * (shown == "--top"))


def _following(task: Task, network: Network, options: Namespace) -> None:
    """A line for each row of standard input, before the next one is read."""
    from itertools import chain

    from elman.cli.reading import lines
    from elman.tasks.asking import asked
    from elman.tasks.capabilities.follows_rows import FollowsRows

    if options.inputs not in ([], [STDIN]):
        hint = f"`elman predict {options.model} --follow < {options.inputs[0]}`"
        raise ConfigError(f"--follow: expected rows of standard input; found {options.inputs[0]!r}", hint)
    rows = asked(task, FollowsRows, "--follow").follow(network, chain.from_iterable(lines(task)), note)
    if not options.as_json:
        _tell(rows, options)
        return
    for row in rows:
        _check(row, _of_classes(options))
        emit({"input": row["id"], "output": row["output"], **_chances(row, options)})
        sys.stdout.flush()


def _answers(model: Model, inputs: list[Any]) -> list[Any]:
    """One for each input; None where that is None."""
    answers = iter(model.predict([one for one in inputs if one is not None]))
    return [None if one is None else next(answers) for one in inputs]


def _of_series(task: Forecasts, network: Network, options: Namespace) -> None:
    """CSV: a line for each step; with --json, columns."""
    import csv
    import io

    columns: dict[str, list[Any]] = {}
    begun = False
    asked_for = (options.horizon, options.level or (), note, options.future, options.refit)
    for part in task.forecast_files(network, options.inputs, *asked_for):
        if options.as_json:
            for name, values in part.items():
                columns.setdefault(name, []).extend(values)
            continue
        written = io.StringIO()
        lines = csv.writer(written, lineterminator="\n")
        if not begun:
            lines.writerow(part)
            begun = True
        lines.writerows(zip(*part.values(), strict=True))
        sys.stdout.write(written.getvalue())
    if options.as_json:
        emit(columns)


def _of_files(task: PredictsFiles, network: Network, options: Namespace) -> None:
    """A line for each answer: the id of the sequence, the answer and its probability, or those of all."""
    _tell(task.predict_files(network, options.inputs or [STDIN], note), options)


def _tell(rows: Iterator[dict[str, Any]], options: Namespace) -> None:
    if options.as_json:
        columns: dict[str, list[Any]] = {"inputs": [], "outputs": []}
        for row in rows:
            _check(row, _of_classes(options))
            for name, value in {"inputs": row["id"], "outputs": row["output"], **_chances(row, options)}.items():
                columns.setdefault(name, []).append(value)
        emit(columns)
        return
    for row in rows:
        _check(row, _of_classes(options))
        output, chances = row["output"], row.get("probabilities")
        steps = output if isinstance(output, list) else [output]
        of_steps = chances if isinstance(chances, list) else [chances] * len(steps)
        for output, of_each in zip(steps, of_steps, strict=True):
            say("\t".join(map(on_one_line, [row["id"], *_shown(output, of_each, options)])))
        if options.follow:
            sys.stdout.flush()


def _of_classes(options: Namespace) -> str:
    """The option that only answers of classes have; "" where none is given."""
    return "--proba" if options.proba else "--top" if options.top else ""


def _shown(output: Any, chances: Any, options: Namespace) -> list[str]:
    """An answer: a number; or a class, and how likely it is, or the likeliest are, or all."""
    if chances is None:
        return [f"{output:.7g}"]
    if options.proba or options.top:
        some = chances if options.proba else _likeliest(chances, options.top)
        return [output, *(f"{name}={chance:.4f}" for name, chance in some.items())]
    return [output, f"{chances[output]:.4f}"]


def _chances(row: dict[str, Any], options: Namespace) -> dict[str, Any]:
    """How likely an answer is, for JSON, and what an option asks for; of each step, where each has one."""
    if (chances := row.get("probabilities")) is None:
        return {}
    if isinstance(chances, list):
        of_steps = [
            _chances({"output": output, "probabilities": one}, options)
            for output, one in zip(row["output"], chances, strict=True)
        ]
        return {name: [one[name] for one in of_steps] for name in of_steps[0]}
    more = {"probabilities": chances} if options.proba else {}
    top = {"top": _likeliest(chances, options.top)} if options.top else {}
    return {"probability": chances[row["output"]], **more, **top}


def _likeliest(chances: dict[str, float], count: int) -> dict[str, float]:
    return dict(sorted(chances.items(), key=lambda one: -one[1])[:count])


def _check(row: dict[str, Any], shown: str) -> None:
    """A ConfigError where an option asks for probabilities, and the answer has none."""
    if shown and "probabilities" not in row:
        raise ConfigError(f"{shown}: expected a model that predicts classes; found one that predicts numbers")


def _arriving(task: Task) -> Iterator[list[Any]]:
    """The inputs of standard input, those that are there already at a time; the error of a line comes behind them."""
    from elman.cli.reading import lines

    number = 0
    for batch in lines(task):
        parsed = []
        for line in batch:
            number += 1
            try:
                parsed.append(_parsed(task, number, line))
            except DataError:
                yield parsed
                raise
        yield parsed


def _parsed(task: Task, number: int, line: str) -> Any:
    """The one input of a line; None of a blank one that is no input: so the n-th answer is always that of line n."""
    try:
        [found] = task.parse([line])
    except DataError as error:
        if not line.strip():
            return None
        raise DataError(f"stdin, line {number}: {error}", error.hint) from None
    return found
