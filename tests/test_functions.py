"""Functions as machines: what is accepted answers as the function does; what is refused has a true reason."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np
import pytest

import elman
from elman.proof import Mealy
from elman.tasks.arithmetic.digits import Definition
from elman.tasks.arithmetic.functions import define, observed
from elman.tasks.arithmetic.functions.derive import derive
from elman.tasks.arithmetic.functions.expression import parse
from elman.tasks.arithmetic.functions.tables import MOST_STATES, MOST_WORK, Budget
from elman.tasks.arithmetic.probes import constants, probes, samples
from elman.tasks.arithmetic.transducer import Transducer
from test_cli import Command, check_refused, command

assert command  # a fixture


def python(text: str) -> Callable[..., int]:
    """An expression in Python's own words, by Python's own evaluation."""
    for word, sign in (("XOR", "^"), ("AND", "&"), ("OR", "|"), ("mod", "%")):
        text = text.replace(word, sign)
    names = sorted(set(re.findall(r"\b[a-h]\b", text)))
    ones = {"parity": lambda n: bin(abs(n)).count("1") % 2}
    function: Callable[..., int] = eval(f"lambda {', '.join(names)}: int({text})", ones)
    return function


def wrong(definition: Definition, function: Callable[..., int], operands: list[tuple[int, ...]]) -> list[Any]:
    """Operands that a machine answers in another way than a function, with both answers."""
    found = definition.answered(operands, definition.machine.run)
    return [(o, n, function(*o)) for o, n in zip(operands, found, strict=True) if n != function(*o)]


# Function, base, order: each was once answered wrongly, and said to be exact and proved.
ONCE_WRONG = [
    *[(f, 2, "most") for f in ("-a-1", "-1-max(a,b)", "a-a-1", "-(a//3)-1")],
    *[(f, 2, "least") for f in ("parity(a ^ 2*a)", "parity(a|2*a)", "parity((a+b)^a)", "parity(5^a)", "parity(3*a^a)")],
    *[(f, 2, "least") for f in ("parity(6|a)", "a|2*a", "(a+b)^a", "(-a) ^ b", "(a - b) & 6", "parity(a - b)")],
    *[(f, 16, "most") for f in ("(a*b) mod 2", "parity(a & b)", "min(a,b) mod 2", "(a>0) & (b>0)")],
    ("a == 123", 10, "most"),
    ("a == 1000", 10, "most"),
    ("a > 9000", 2, "most"),
    ("a >= 2*b", 2, "least"),
    ("(a mod 3) - (b mod 3)", 2, "least"),
    ("(a<b) - (b<a)", 3, "most"),
    ("a-a == 0", 2, "least"),
    ("a-a == 0", 2, "most"),
    ("a*b - b*a", 2, "least"),
    ("(a - b) // 3 mod 5", 10, "most"),
    ("(a mod 7)*(b mod 11)", 2, "most"),
    ("min(a mod 3, b mod 3)", 16, "least"),
    ("a + (a mod 2)", 2, "least"),
    ("min(a, 5)", 2, "most"),
]


@pytest.mark.parametrize(("function", "base", "order"), ONCE_WRONG)
def test_what_was_once_answered_wrongly_is_right(function: str, base: int, order: str) -> None:
    definition, expression = define(function, base, order), parse(function)
    assert definition.origin == "derived"
    operands = samples(expression.constants, definition.operands, base)
    assert wrong(definition, python(function), operands) == []


# Function, base, order, what is said.
REFUSED = [
    *[(f"a {word} b", base, "least", f"base {base} has none") for word in ("XOR", "AND", "OR", "^", "&", "|")
      for base in (3, 10)],
    ("parity(a)", 10, "most", "base 10 has none"),
    ("a mod 0", 2, "least", "'a % 0' divides by zero"),
    ("2000*a", 2, "least", "its least machine has 2,000 states; the most that are taught are 1,000"),
    ("(a mod 7)*(b mod 11)", 2, "least", "its least machine has 2,310 states"),
    ("a mod 100", 2, "least", "and it has 100 values, where 64 are the most"),
    ("a*b > 5", 2, "least", "a product of operands is not understood"),
    ("(a & 0) * b", 2, "least", "a product of operands is not understood"),  # it is 0
    ("a*b - b*a + a*a", 2, "least", "is no finite transducer: it multiplies operands"),
    ("a+b+c+d", 10, "least", "10,000 different tuples of digits"),
    ("min(a, 5000)", 2, "least", "end alike in base 2, in 1 digit, but their answers 1 and 5000 do not"),
    ("max(a, 10000)", 2, "least", "end alike in base 2"),
    ("abs(a - 10000)", 2, "most", "one digit more, 2, makes it 9998 in base 2"),
    ("a + (a > 5000)", 2, "least", "end alike in base 2, in 1 digit"),
    ("a*10000*10000*10000", 2, "least", "multiply up to more than"),
    ("a*10000*1000", 10, "least", "no machine was found within the bounds of this search; it had met"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "base", "order", "expected"), REFUSED)
def test_what_is_refused_is_refused_for_a_reason(function: str, base: int, order: str, expected: str) -> None:
    with pytest.raises(elman.ConfigError, match=re.escape(expected)):
        define(function, base, order)


@pytest.mark.parametrize(
    ("function", "base"),
    [("min(a,5000)", 2), ("max(a,10000)", 2), ("abs(a-10000)", 2), ("a + (a > 5000)", 2), ("min(a%3,b%3)", 16)],
)
def test_what_once_ran_for_ever_takes_a_small_part_of_the_work_that_is_allowed(
    function: str, base: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: list[int] = []
    monkeypatch.setattr(Budget, "spend", lambda _, work, states=0: spent.append(work))
    for order in ("least", "most"):
        with suppress(elman.ConfigError):
            define.__wrapped__(function, base, order)
    assert 0 < sum(spent) < MOST_WORK / 8


def test_work_is_bounded() -> None:
    """Where nothing was found when it was spent, the refusal says no more than that."""
    for function, order in (("max(a,b,c) mod 9 == d", "most"), ("(a + b mod 50) ^ c", "least"), ("8191*a", "least")):
        with pytest.raises(elman.ConfigError, match=r"(?m)within the bounds of this search; it had met [\d,]+ states$"):
            derive(parse(function), 4, order, 100_000)


@pytest.mark.parametrize(
    ("function", "base", "order", "hint"),
    [
        ("abs(a-b)", 2, "least", "in the other order it is none either"),
        ("abs(a-b)", 2, "most", "in the other order it is none either"),
        ("max(a, b)", 2, "least", "order='most'"),
        ("a + b", 2, "most", "order='least'"),
    ],
)
def test_hint_to_the_other_order_is_given_where_it_helps(function: str, base: int, order: str, hint: str) -> None:
    with pytest.raises(elman.ConfigError) as refused:
        define(function, base, order)
    assert refused.value.hint == hint
    with pytest.raises(elman.ConfigError) as refused:
        observed(python(function), 2, base, order)
    assert hint in refused.value.hint


# --- Python functions ---

FAR: dict[str, Callable[..., int]] = {
    "a + 2**40": lambda a: a + 2**40,
    "a - 2**40": lambda a: a - 2**40,
    "10**100": lambda a: 10**100,
    "a << 64": lambda a: a << 64,
    "a below 2**16": lambda a: a if a < 2**16 else 0,
    "a + 10**30": lambda a: a + 10**30,
    "5": lambda a: 5 if a else 5,  # noqa: RUF034
    "a == 1000": lambda a: int(a == 1000),
    "-a-1": lambda a: -a - 1,
    "(a>b)-(b>a)": lambda a, b: (a > b) - (b > a),
    "fails": lambda a: 1 // a,
}


@pytest.mark.parametrize("order", ["least", "most"])
@pytest.mark.parametrize("base", [2, 10])
@pytest.mark.parametrize("name", FAR)
def test_python_function_is_understood_or_refused(name: str, base: int, order: str) -> None:
    function = FAR[name]
    code = function.__code__
    try:
        definition = observed(function, code.co_argcount, base, order, constants=constants(function))
    except elman.ConfigError as refused:
        assert name in {"a + 2**40", "a - 2**40", "10**100", "a << 64", "a below 2**16", "a + 10**30", "fails"}
        assert re.search(r"more than 40 states|do not: a digit that|for 0 it fails: ZeroDivision", str(refused))
        assert base != 10 or order != "least" or name not in {"a + 2**40", "a - 2**40", "a + 10**30"}
        return
    assert definition.origin == "found"
    assert definition.compared is not None and definition.compared > 10_000
    assert wrong(definition, function, probes(constants(function) | {77, 3**30}, code.co_argcount, base)) == []


def test_what_is_found_is_never_said_to_be_proved_for_every_length() -> None:
    found = Transducer(function=lambda a, b: a + b)
    derived = Transducer(function="a + b")
    assert found.definition == derived.definition
    assert derived.proved == "proved for every length"
    assert re.fullmatch(
        r"proved to be the machine of 2 states that was found; the function was compared on 6\d,\d{3} inputs",
        found.proved,
    )
    assert found.codec()["origin"] == "found" and derived.codec()["origin"] == "derived"
    again = Transducer(**vars(found.settings))  # as a model file keeps it
    assert again.proved == found.proved


# --- model files ---


def saved(function: Any, **settings: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    task = Transducer(function=function, **settings)
    return dict(vars(task.settings)), task.codec(), task.fingerprint()


def test_file_from_when_transducers_had_the_setting_ordered_is_loaded() -> None:
    settings, codec, data = saved("a + b")
    assert vars(Transducer.restored({**settings, "ordered": False}, codec, data).settings) == settings
    with pytest.raises(elman.ConfigError, match="found 'ordered'"):
        Transducer.restored({**settings, "ordered": True}, codec, data)


def test_loading_compares_the_machine_and_does_not_derive_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = saved("(a mod 7)*(b mod 11)", order="most")
    for user in ("transducer", "functions.given"):
        monkeypatch.setattr(f"elman.tasks.arithmetic.{user}.define", lambda *_: pytest.fail("derived"))
    assert Transducer.restored(*kept).definition.machine.states == 77


@pytest.mark.parametrize("function", ["a + b", "max(a, b)", "a mod 7", "a == 1000"])
def test_forged_machine_is_refused_on_loading(function: str) -> None:
    order = "most" if function != "a + b" else "least"
    settings, codec, data = saved(function, order=order)
    other = saved({"a + b": "a - b", "max(a, b)": "min(a, b)", "a mod 7": "6 - a mod 7"}.get(function, "a == 1001"),
                  order=order)[1]  # fmt: skip
    with pytest.raises(elman.ConfigError, match="machine: expected that of"):
        Transducer.restored(settings, {**codec, **other}, data)


def test_forged_machine_that_samples_do_not_find_proves_nothing() -> None:
    """It differs from a + b behind the 500th digit alone."""
    settings, codec, data = saved("a + b", bits=8)
    states = 2 * 500
    following = [[2 * min(q // 2 + 1, 499) + (x.bit_count() + q % 2 > 1) for x in range(4)] for q in range(states)]
    output = [[(x.bit_count() + q % 2) % 2 ^ (q // 2 == 499) for x in range(4)] for q in range(states)]
    machine = Mealy(tuple(map(tuple, following)), tuple(map(tuple, output)))
    assert machine.states == MOST_STATES
    forged = {"machine": {"next": following, "output": [list(map(int, row)) for row in output]}}
    try:
        task = Transducer.restored(settings, {**codec, **forged}, data)
    except elman.ConfigError:
        return
    with pytest.raises(elman.ConfigError, match="proves nothing"):
        task.confirm()


# --- one call, many inputs ---


@pytest.mark.parametrize(
    ("name", "settings", "inputs", "others"),
    [
        ("transducer", {"function": "a >= 2*b", "bits": 5}, [(0, 1), (0, 0), (5, 2)], [(4096, 0), (3**40, 5)]),
        ("transducer", {"function": "a mod 7", "order": "most", "bits": 8}, [(0,), (3,), (77,)], [(10**30,)]),
        ("transducer", {"function": "a - b", "base": 10, "bits": 2}, [(0, 1), (77, 3)], [(10**30, 10**20)]),
        ("add", {"noise": 0.0, "cell": "none"}, [(0, 0), (3, 1)], [(2**70, 1)]),
        ("subtract", {"cell": "gru"}, [(0, 1), (3, 1)], [(2**70, 1)]),
    ],
)
def test_answer_does_not_depend_on_what_else_is_asked(
    name: str, settings: dict[str, Any], inputs: list[Any], others: list[Any]
) -> None:
    for seed in range(4):  # of networks that have learned next to nothing, too
        model = elman.train(name, seed=seed, steps=2, batch=4, **settings)
        alone = [model.predict([one])[0] for one in inputs]
        assert model.predict([*inputs, *others]) == alone + [model.predict([one])[0] for one in others]


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "none"])
@pytest.mark.parametrize("hidden", [5, 48])
def test_networks_that_are_unsure_answer_alike_alone_and_beside_others(cell: str, hidden: int) -> None:
    """Logits that are 0 but for rounding."""
    from elman.proof import Question
    from elman.proof.search import answers

    for dtype in ("float32", "float64"):
        network = elman.Network(inputs=4, outputs=1, cell=cell, hidden=hidden, seed=1, dtype=dtype, bias=True)
        words = np.random.default_rng(0).integers(0, 4, (3, 64))
        question = Question(Mealy(((0,) * 4,), ((0,) * 4,)), np.eye(4, dtype=np.float32))
        y, _ = network.forward(question.inputs[words])
        for n in range(64):
            network.parameters["head.bias"][...] -= y[-1, n, 0]
            beside = answers(network, question, words)[:, n]
            assert np.array_equal(answers(network, question, words[:, n : n + 1])[:, 0], beside)
            y, _ = network.forward(question.inputs[words])


def test_all_short_words_that_are_wrong_are_inputs() -> None:
    """What the search for counterexamples finds, `predict` answers wrongly: there is nothing left to be undecided."""
    for function, order in product(("a >= 2*b", "a mod 7", "max(a, b)", "a + b"), ("least", "most")):
        try:
            model = elman.train("transducer", function=function, order=order, steps=2, bits=3)
        except elman.ConfigError:
            continue
        proof = model.prove()
        assert proof.verdict == "refuted"
        shown = proof.counterexample
        assert shown is not None
        assert model.predict([shown["inputs"]]) == [shown["output"]] != [shown["expected"]]
        assert shown["expected"] == python(function)(*shown["inputs"])


# --- any expression ---


def expression(rng: random.Random, depth: int, names: list[str]) -> str:
    """One of the whole grammar."""
    if depth == 0 or rng.random() < 0.12:
        return rng.choice(names) if rng.random() < 0.8 else str(rng.choice([0, 1, 2, 3, 5, 8, rng.randrange(300)]))
    some, other = (expression(rng, depth - 1, names) for _ in range(2))
    forms = [
        f"({some} {rng.choice('+-^&|')} {other})",
        f"({some} {rng.choice('+-')} {other})",
        f"({rng.randrange(12)} * {some})",
        f"({some} * {other})" if rng.random() < 0.2 else f"(-{some})",
        f"({some} {rng.choice(['%', '//'])} {rng.randrange(1, 11)})",
        f"({some} {rng.choice(['<', '<=', '>', '>=', '==', '!='])} {other})",
        f"{rng.choice(['max', 'min'])}({some}, {other})",
        f"{rng.choice(['abs', 'parity'])}({some})",
    ]
    return rng.choice(forms)


def some(rng: random.Random) -> tuple[str, int, str]:
    """An expression, a base, an order."""
    names = ["a", "b", "c"][: rng.choice([1, 1, 2, 2, 2, 3])]
    base = rng.randrange(2, 17) if len(names) < 3 else rng.randrange(2, 5)
    return expression(rng, rng.randrange(1, 4), names), base, rng.choice(["least", "most"])


def contradiction(message: str, function: Callable[..., int], base: int) -> bool | None:
    """Whether the operands that a refusal names show what it says; None where it names none."""
    number = r"(-?\d+(?:, -?\d+)*)"
    found = re.search(rf"{number} and {number} end alike in base \d+, in (\d+) digits?, but their answers", message)
    if found:
        one, other = (tuple(map(int, found[n].split(", "))) for n in (1, 2))
        power = base ** int(found[3])
        same = all(m % power == n % power for m, n in zip(one, other, strict=True))
        return same and (function(*one) - function(*other)) % power != 0
    found = re.search(rf"for {number} it is -?\d+; one digit more, {number}, makes it -?\d+ in base", message)
    if found:
        early, late = (tuple(map(int, found[n].split(", "))) for n in (1, 2))
        same = all(m == n // base for m, n in zip(early, late, strict=True))
        return same and not 0 <= function(*late) - base * function(*early) < base
    return None


SEEDS = range(6)
MANY = 400


@pytest.mark.parametrize("seed", SEEDS)
def test_any_expression_is_right_or_refused_for_a_true_reason(seed: int) -> None:
    rng = random.Random(seed)
    accepted = refused = 0
    for _ in range(MANY):
        text, base, order = some(rng)
        if not re.search(r"\b[abc]\b", text):
            continue
        function = python(text)
        try:
            definition = define(text, base, order)
        except elman.ConfigError as error:
            shown = contradiction(str(error), function, base)
            assert shown is not False, (text, base, order, str(error))
            assert shown or re.search(
                r"base \d+ has none|product of operands|no machine was found within|its least machine has [\d,]+"
                r"|not understood|multiply up|tuples of digits|it multiplies operands",
                str(error),
            ), str(error)
            refused += 1
            continue
        accepted += 1
        count = definition.operands
        operands = rng.sample(samples(parse(text).constants, count, base), 60)
        operands += [tuple(rng.randrange(base ** rng.randrange(1, 9)) for _ in range(count)) for _ in range(20)]
        assert wrong(definition, function, operands) == [], (text, base, order)
    assert accepted > MANY / 3 and refused > MANY / 20


# --- what is said ---


def test_metric_is_measured_against_the_function_whatever_the_machine_is() -> None:
    model = elman.train("transducer", function="a XOR b", hidden=16, steps=800, bits=4)
    assert model.passed
    assert model.metrics["longer"] == model.metrics["longer_exact"] > 100
    misled = Transducer(function="a & b", bits=4, definition=define("a XOR b", 2, "least"))
    metrics = misled.score(model.network)
    assert (metrics["pairs"], metrics["exact"]) == (256, 1)  # 0 XOR 0 is 0 & 0
    assert 0 <= metrics["longer_exact"] < 10


def test_networks_that_are_exact_on_what_was_checked_may_be_wrong_on_longer_operands() -> None:
    metrics = elman.train("add", recipe="tutorial").metrics
    assert metrics["exact"] == metrics["pairs"]
    assert metrics["longer_exact"] < metrics["longer"]


def test_special_operands_are_checked_where_not_all_are() -> None:
    task = Transducer(function="a == 9999", order="most", bits=24)
    assert len(task.pairs) == 1 << 20
    assert {9998, 9999, 10_000, 2 * 9999 + 1} <= set(task.pairs[:, 0].tolist())


@pytest.mark.parametrize("function", ["min(a,5000)", "max(a,10000)", "abs(a-10000)", "a XOR b"])
def test_command_line_refuses_with_the_reason(command: Command, function: str) -> None:
    base = 10 if "XOR" in function else 2
    check_refused(command("train", "transducer", "--function", function, "--base", base), "function:")


def test_every_verb_says_that_a_machine_was_found(command: Command) -> None:
    model = elman.train("transducer", function=lambda a, b: a ^ b, hidden=16, steps=800)
    compared = model.metrics["compared"]
    assert model.metrics["origin"] == "found" and compared > 65_536
    model.save("m")
    known = f"proved to be the machine of 1 state that was found; the function was compared on {compared:,} inputs"
    said = " ".join(command("prove", "m", "--out", "c").out.split())
    assert known in said and "every length" not in said
    assert known in " ".join(command("check", "m", "c").out.split())
    for verb in (("prove", "m"), ("check", "m", "c")):
        answer = command(*verb, "--json").json
        assert (answer["origin"], answer["compared"]) == ("found", compared)
    metrics = command("score", "m", "--json").json["metrics"]
    assert (metrics["origin"], metrics["compared"]) == ("found", compared)
    assert "found by questions" in " ".join(command("score", "m").out.split())
    assert command("info", "m", "--json").json["codec"]["origin"] == "found"


def test_what_was_wrong_on_special_operands_is_refuted() -> None:
    """The network answers 0 to 13 and 2^29 in place of 1; long random operands do not show it."""
    model = elman.train("transducer", function="(a == 13) - (b == 9)")
    assert model.metrics["exact"] == model.metrics["pairs"]
    assert model.metrics["longer_exact"] < model.metrics["longer"]
    assert not model.passed
    proof = model.prove()
    assert proof.verdict == "refuted"
    assert proof.counterexample is not None
    a, b = proof.counterexample["inputs"]
    assert proof.counterexample["expected"] == (a == 13) - (b == 9)


@pytest.mark.parametrize("text", ["a > 3 AND b", "a > 3 AND b > 3", "a == 1 XOR b == 1", "a & b == 2", "2 < a | b"])
def test_bits_beside_a_comparison_need_parentheses(text: str) -> None:
    with pytest.raises(elman.ConfigError, match=r"expected parentheses around '. . .' or the comparison beside it"):
        define(text, 2, "least")


def test_bits_in_parentheses_stand_beside_comparisons() -> None:
    for text in ("(a > 3) AND (b > 3)", "(a & b) == 2", "max(a & b, 1) > 2", "((a) & (b)) < 3"):
        assert define(text, 2, "least").machine.states > 0


def test_the_other_order_is_tried_as_hard_as_the_one_that_was_asked_for() -> None:
    with pytest.raises(elman.ConfigError) as refused:
        define("max(a,b,c,d)", 2, "least")
    assert refused.value.hint == "order='most'"
    with pytest.raises(elman.ConfigError, match="and it has more than 64 values, which are the most"):
        define("min(a, 64)", 2, "most")


@pytest.mark.parametrize(
    ("text", "hint"),
    [("a MOD 7", "'mod'"), ("a div 2", "'//'"), ("NOT a", "a == 0"), ("abs a", "abs(a)"), ("a + max b", "abs(a)")],
)
def test_words_of_other_languages_have_a_hint(text: str, hint: str) -> None:
    with pytest.raises(elman.ConfigError) as refused:
        define(text, 2, "least")
    assert hint in refused.value.hint
