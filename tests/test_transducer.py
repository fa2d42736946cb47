"""Digit-by-digit functions: the machines of expressions, Python functions and examples, and what is none."""

from __future__ import annotations

import ast
import json
import random
import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import elman
from elman.proof.checker import Rejected, check
from elman.tasks.arithmetic.bits import decode, encode, length
from elman.tasks.arithmetic.digits import Definition
from elman.tasks.arithmetic.functions import define
from elman.tasks.arithmetic.functions.expression import parse
from elman.tasks.arithmetic.transducer import Transducer
from test_checker import contents, signed
from test_cli import Command, check_refused, command

assert command  # a fixture

# Function, base, order, states of the least machine, whether the answer comes at the end.
FUNCTIONS: list[tuple[str, int, str, int, bool]] = [
    ("a + b", 10, "least", 2, False),
    ("a - b", 2, "least", 2, False),
    ("3a + b", 2, "least", 4, False),
    ("3(a + b)", 2, "least", 6, False),
    ("a + b + c", 2, "least", 3, False),
    ("a XOR b", 2, "least", 1, False),
    ("a & b | 5", 8, "least", 2, False),
    ("max(a, b)", 2, "most", 3, False),
    ("min(a, b)", 10, "most", 3, False),
    ("a mod 7", 2, "most", 7, True),
    ("a mod 7", 2, "least", 21, True),
    ("a + 1", 16, "least", 2, False),
    ("5 - a", 10, "least", 3, False),
    ("2*(a - b) + 3", 4, "least", 6, False),
    ("a > b", 2, "least", 2, True),
    ("a >= 2*b", 2, "least", 3, True),
    ("a < b", 3, "most", 3, True),
    ("a == b", 2, "least", 2, True),
    ("a != b", 2, "least", 2, True),
    ("a <= b", 2, "least", 2, True),
    ("parity(a + b)", 2, "least", 4, True),
    ("parity(a ^ b)", 2, "least", 2, True),
    ("(a > b) + a % 3", 2, "least", 12, True),
    ("max(a > b, b % 2)", 2, "least", 4, True),
    ("a*b % 3", 2, "least", 9, True),
    ("a // 2", 2, "most", 2, False),
]


def right(function: str, base: int) -> Callable[[tuple[int, ...]], int]:
    """By Python's own arithmetic."""
    computed = parse(function).function
    return lambda operands: computed(*operands)


@pytest.mark.parametrize(("function", "base", "order", "states", "end"), FUNCTIONS)
def test_machine_answers_as_the_expression_does_at_any_length(
    function: str, base: int, order: str, states: int, end: bool
) -> None:
    task = Transducer(function=function, base=base, order=order)
    definition = task.definition
    assert (definition.end, definition.base, definition.order) == (end, base, order)
    assert definition.machine.states <= states
    assert definition.machine.minimised() == definition.machine
    rng = random.Random(0)
    count = definition.operands
    few = [tuple(t) for t in product(range(9), repeat=count)][:700]
    many = [tuple(rng.getrandbits(bits) for _ in range(count)) for bits in (20, 70, 300) for _ in range(20)]
    equal = [(n,) * count for n in (rng.getrandbits(100), base**40 - 1, 0)]
    wanted = right(function, base)
    for inputs in (few, many, equal):
        assert task.expected(inputs) == [wanted(operands) for operands in inputs]


@pytest.mark.parametrize(("function", "base", "order", "states", "end"), FUNCTIONS)
def test_table_names_the_least_number_of_states(function: str, base: int, order: str, states: int, end: bool) -> None:
    assert define(function, base, order).machine.states == states


ENDLESS = [
    ("a*b", 2, "least", r"no finite transducer: .* after 0, 1, 2, … digits there are at least 1, 5, 21, 85"),
    ("a*a", 10, "least", r"no finite transducer"),
    ("max(a, b)", 2, "least", r"1, 0 and 1, 2 end alike in base 2, in 1 digit, but their answers 1 and 2 do not$"),
    ("a + b", 2, "most", r"a digit that had come out already would have to change"),
    ("a // 2", 2, "least", r"0 and 2 end alike in base 2, in 1 digit, but their answers 0 and 1 do not$"),
    ("abs(a - b)", 10, "least", r"0, 1 and 10, 1 end alike in base 10, in 1 digit, but their answers 1 and 9 do not$"),
    ("abs(a - b)", 10, "most", r"for 1, 0 it is 1; one digit more, 10, 1, makes it 9 in base 10"),
    ("abs(a - b)", 2, "least", r"1, 0 and 1, 4 end alike in base 2, in 2 digits, but their answers 1 and 3 do not$"),
]


@pytest.mark.parametrize(("function", "base", "order", "expected"), ENDLESS)
def test_what_is_no_finite_transducer_is_said_with_the_evidence(
    function: str, base: int, order: str, expected: str
) -> None:
    with pytest.raises(elman.ConfigError, match=f"(?m){expected}") as found:
        Transducer(function=function, base=base, order=order)
    assert found.value.hint


# What is refused: the part that is not allowed, and what its hint says.
WRONG: dict[str, tuple[str, str]] = {
    "a +": ("expected an expression", ""),
    "7": ("expected 1 to 8 operands of one letter, as in .*; found none", ""),
    "a + b + c + d + e + f + g + h + i": ("expected 1 to 8 operands of one letter, .*; found 9", ""),
    "alpha + b": ("expected operands of one letter, as in .*; found 'alpha'", ""),
    "3*a + b/2": ("'/' in 'b / 2' is not allowed", r"^did you mean '//'\?$"),
    "a ** b": (r"'\*\*' in 'a \*\* b' is not allowed", r"no finite machine; \^ is XOR, of bits$"),
    "pow(a, 2)": (r"'pow' in 'pow\(a, 2\)' is not allowed", r"\^ is XOR, of bits$"),
    "xor(a, b)": (r"'xor' in 'xor\(a, b\)' is not allowed", "^did you mean 'a XOR b'"),
    "+a": (r"'\+' in '\+a' is not allowed", "without a sign"),
    "|a - b|": (r"'\|a - b\|' in '\|a - b\|' is not allowed", r"^an absolute value is written abs\(a\)$"),
    "3 + ｜a｜": (r"'\|a\|' in '3 \+ ｜a｜' is not allowed", "abs"),
    "a – b": ("'–' in 'a – b' is not allowed", "^did you mean '-'"),
    "⌊a/2⌋": ("'⌊' in '⌊a/2⌋' is not allowed", "^rounded down: a // 2$"),
    "b + (a << 2)": ("'<<' in 'a << 2' is not allowed", r"^twice a is 2\*a$"),
    "a.b": ("'a.b' is not allowed", "stands an @: @a.b$"),
    "a[0]": (r"'a\[0\]' is not allowed", ""),
    "b + foo(a)": (r"'foo' in 'foo\(a\)' is not allowed", "functions are max, min, parity, abs"),
    "mx(a, b) + 1": (r"'mx' in 'mx\(a, b\)' is not allowed", r"^did you mean 'max'\?$"),
    "(lambda: a)()": ("'lambda: a' in .* is not allowed", ""),
    "__import__('os').system('true')": ("system. in .* is not allowed", ""),
    "1 + (a if b else c)": ("'if … else' in 'a if b else c' is not allowed", "comparison"),
    "a and b": ("'and' in 'a and b' is not allowed", "min"),
    "a + (b or c)": ("'or' in 'b or c' is not allowed", "max"),
    "a < b < c": ("'< … <' in 'a < b < c' is not allowed", r"^did you mean 'min\(a < b, b < c\)'\?$"),
    "a in b": ("'in' in 'a in b' is not allowed", ""),
    "a is not b": ("'is not' in 'a is not b' is not allowed", ""),
    "b + ~a": ("'~' in '~a' is not allowed", ""),
    "not a": ("'not' in 'not a' is not allowed", "a == 0"),
    "a + 1.5": ("'1.5' is not allowed", "whole numbers up to 10,000"),
    "a + True": ("'True' is not allowed", ""),
    "a + 99999999999": ("'99999999999' is not allowed", ""),
    "a % b": ("expected a number after", ""),
    "a // 0": ("'a // 0' divides by zero", ""),
    "max(a)": ("too few arguments", ""),
    "1 + max(a, key=b)": (r"'key=b' in 'max\(a, key=b\)' is not allowed", ""),
    "max(*a)": (r"'\*a' is not allowed", ""),
    "max + a": ("'max' is not allowed", ""),
    "a + " * 100 + "a": ("at most 200 characters", ""),
    '{"base": 2}': ("a damaged one", ""),
    "a mod 2b": ("'% 2b' in 'a mod 2b' is not allowed", r"a divisor is one number; .* is \(a % 2\)\*b$"),
    "a//2(b + 1)": (r"'//2\(' in .* is not allowed", "a divisor is one number"),
    "a + b # c": ("'# c' in 'a \\+ b # c' is not allowed", "nothing but the expression"),
    "1_0 + a": (r"'1_0' in '1_0 \+ a' is not allowed", "side by side"),
    "a || b": (r"'\|\|' in 'a \|\| b' is not allowed", r"^did you mean '\|'"),
    "a && b": ("'&&' in 'a && b' is not allowed", "^did you mean '&'"),
    "a xor b": ("'xor' in 'a xor b' is not allowed", r"^did you mean 'XOR'\?$"),
    "a ÷ 2": ("'÷' in 'a ÷ 2' is not allowed", r"^did you mean '//'\?$"),
    "a = b": ("'=' in 'a = b' is not allowed", r"^did you mean '=='\? A function is written without a name"),
    "a => b": ("'=>' in 'a => b' is not allowed", "^did you mean '>='"),
    "a <> b": ("'<>' in 'a <> b' is not allowed", r"^did you mean '!='\?$"),
    "!a": ("'!' in '!a' is not allowed", "a == 0"),
    "a² + b": ("'²' in .* is not allowed", r"no finite machine; \^ is XOR, of bits$"),
    "a b": ("'a b' in 'a b' is not allowed", r"^a product is written a\*b$"),
    "a mod 2 b": ("'2 b' in 'a mod 2 b' is not allowed", r"^a product is written a\*b$"),
    "{": ("a damaged one", ""),
}


@pytest.mark.parametrize("function", WRONG)
def test_expression_with_anything_else_in_it_is_refused_and_the_part_is_named(function: str) -> None:
    found, hint = WRONG[function]
    with pytest.raises(elman.ConfigError, match=found) as refused:
        Transducer(function=function)
    assert re.search(hint, refused.value.hint)


def test_full_width_signs_mean_the_usual_ones() -> None:
    assert parse("max（３*ａ，ｂ）－１").function(5, 7) == parse("max(3*a, b) - 1").function(5, 7)
    assert parse("a ⊕ b").function(5, 3) == 6
    with pytest.raises(elman.DataError) as refused:
        Transducer(function="a + b").parse(["１７，25"])
    assert refused.value.hint == "did you mean '17,25'?"


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("a^2", ["^ is XOR, of bits, and no power: a ^ 2"]),
        ("a XOR 2", []),
        ("a ^ b", []),
        ("2^a", ["^ is XOR, of bits, and no power: 2 ^ a"]),
        ("a - b", []),
        ("3*b - a", ["an input has the operands in the order of their letters: a, b"]),
        (
            "y + x^2",
            [
                "^ is XOR, of bits, and no power: y + x ^ 2",
                "an input has the operands in the order of their letters: x, y",
            ],
        ),
    ],
)
def test_what_a_function_may_surprise_with_is_said_before_the_training(function: str, said: list[str]) -> None:
    task = Transducer(function=function)
    assert task.introduce()[:-1] == said


def test_operands_of_an_input_are_in_the_order_of_their_letters() -> None:
    task = Transducer(function="3*y - x")
    assert task.operands == ("x", "y")
    assert task.expected([(1, 5)]) == [14]


def test_hint_in_place_of_two_comparisons_is_true() -> None:
    both = parse("min(a < b, b < c)").function
    assert all(both(*some) == (some[0] < some[1] < some[2]) for some in product(range(3), repeat=3))
    assert define("min(a < b, b < c)", 2, "least").end


@pytest.mark.parametrize(
    ("written", "same"), [("a·b ≠ 3", "a*b != 3"), ("5a + 2b", "5*a + 2*b"), ("2a // 3", "2*a // 3")]
)
def test_signs_of_mathematics_are_read(written: str, same: str) -> None:
    assert ast.dump(parse(written).tree) == ast.dump(parse(same).tree)


def test_parentheses_are_harmless() -> None:
    assert define("(" * 99 + "a" + ")" * 99, 2, "least").machine.states == 1


@pytest.mark.parametrize(
    "settings",
    [{"base": 1}, {"base": 17}, {"order": "middle"}, {"bits": 0}, {"bits": 61}, {"change": 2}],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(elman.ConfigError):
        Transducer(function="a + b", **settings)


def test_digitwise_signs_need_a_base_that_is_a_power_of_two() -> None:
    with pytest.raises(elman.ConfigError, match="base 10 has none"):
        Transducer(function="a ^ b", base=10)


@given(
    numbers=st.lists(st.integers(0, 1 << 200), min_size=1, max_size=4),
    base=st.integers(2, 16),
    more=st.integers(0, 5),
)
def test_digits_are_the_number_again(numbers: list[int], base: int, more: int) -> None:
    steps = max(length(n, base) for n in numbers) + more
    digits = encode(numbers, steps, base)
    assert decode(digits.astype(np.int64), base) == numbers
    assert all(base ** (length(n, base) - 1) <= n < base ** length(n, base) for n in numbers if n)


linear = st.tuples(st.integers(-4, 4), st.integers(-4, 4), st.integers(-9, 9))


@settings(max_examples=30, deadline=None)
@given(terms=linear, base=st.integers(2, 12), pairs=st.lists(st.tuples(*[st.integers(0, 1 << 80)] * 2), min_size=1))
def test_every_linear_function_is_a_transducer(
    terms: tuple[int, int, int], base: int, pairs: list[tuple[int, int]]
) -> None:
    p, q, r = terms
    task = Transducer(function=f"{p}*a + {q}*b + {r}".replace("+ -", "- ").replace("- -", "+ "), base=base)
    assert task.expected(pairs) == [p * a + q * b + r for a, b in pairs]


# --- Python functions and examples ---


def test_python_function_is_kept_as_its_machine(tmp_path: Path) -> None:
    task = Transducer(function=lambda a, b: 3 * a + b)
    assert task.definition == define("3*a + b", 2, "least")
    assert Transducer(**vars(task.settings)).definition == task.definition


def test_python_function_of_few_values_answers_at_the_end() -> None:
    task = Transducer(function=lambda a: a % 5, order="most")
    assert task.definition == define("a % 5", 2, "most")
    assert task.definition.end


def test_python_function_that_needs_many_states_is_refused_with_their_numbers() -> None:
    with pytest.raises(
        elman.ConfigError, match=r"more than 40 states.*: for .* it has 62 digits in base 2 behind those"
    ):
        Transducer(function=lambda a, b: a * b)
    with pytest.raises(elman.ConfigError, match=r"(?m)more than 40 states, the most that are found by questions$"):
        Transducer(function=lambda a: 301 * a)


@pytest.mark.parametrize("function", [lambda: 1, lambda a: a / 2, lambda a: "x", 7, max, []])
def test_what_is_no_function_of_whole_numbers_is_refused(function: Any) -> None:
    with pytest.raises((elman.ConfigError, elman.DataError, TypeError)):
        Transducer(function=function)


def test_table_of_all_short_examples_gives_the_machine(tmp_path: Path) -> None:
    table = [((a, b), a + b) for a, b in product(range(1 << 7), repeat=2)]
    task = Transducer(function=table)
    assert task.definition == define("a + b", 2, "least")
    path = tmp_path / "examples.csv"
    path.write_text("\n".join(f"{a},{b} {c}" for (a, b), c in table) + "\n\n")
    assert Transducer(function=f"@{path}").definition == task.definition


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "found none"),
        ("1 2\n3", "line 2"),
        ("1 2 x", "line 1"),
        ("1 2 3 4 5 6 7 8 9 10", "line 1: expected 1 to 8 operands; found 9"),
        ("1 2\n-1 2", "line 2: expected operands from 0 up; found -1"),
        ("1 2\n\n1 2 3", "line 3: expected as many operands as .*line 1 has, 1; found 2"),
        ("0 1 1\n1 0 1", "all operands of one digit at least, 4 in base 2; found 2"),
        ("0 0 0\n0 1 1\n1 0 1\n7 7 2", "all operands of one digit at least, 4 in base 2; found 3"),
        ("0 0 0\n0 1 1\n1 0 1\n1 1 2\n7 7 14", "do not say what is the answer for 0, 2"),
    ],
)
def test_table_that_leaves_questions_open_is_refused(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "t").write_text(text)
    with pytest.raises(elman.DataError, match=expected):
        Transducer(function=f"@{tmp_path / 't'}")


def test_table_that_cannot_be_read_is_refused_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(elman.DataError, match=r"^function: missing: expected a file; found none\n"):
        Transducer(function="@missing")
    with pytest.raises(elman.DataError, match=r": expected a file; found a folder$"):
        Transducer(function=f"@{tmp_path}")
    (tmp_path / "t").write_text("a b c\n")
    with pytest.raises(
        elman.DataError, match=r"t: expected lines of whole numbers, the last one the answer; found none$"
    ):
        Transducer(function=f"@{tmp_path / 't'}")
    (tmp_path / "t").write_bytes(b"\xff\xfe1\x00")
    with pytest.raises(elman.DataError, match=r"expected lines of text in UTF-8; found other bytes$"):
        Transducer(function=f"@{tmp_path / 't'}")


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("", "{};{};{}", []),
        ("", "{}\t{}\t{}", []),
        ("", "{} | {} | {}", []),
        ("a,b,sum", "{},{},{}", ["line 1: taken as names of columns: a,b,sum"]),
        ("\ufeffsep=;\nfirst number;second;sum", '"{}";"{}";"{}";', ["line 2: .* columns: first number;second;sum"]),
    ],
)
def test_table_is_read_as_spreadsheets_write_it(header: str, row: str, said: list[str], tmp_path: Path) -> None:
    rows = [row.format(a, b, a + b) for a, b in product(range(8), repeat=2)]
    (tmp_path / "t").write_text("\n".join([header, *rows, ";;"]), encoding="utf-8")
    task = Transducer(function=f"@{tmp_path / 't'}")
    assert task.definition == define("a + b", 2, "least")
    *lines, _ = task.introduce()
    assert len(lines) == len(said)
    for line, expected in zip(lines, said, strict=True):
        assert re.search(expected, line)


@pytest.mark.parametrize("text", ["a,b\nx,y\n1,2", "1;2;3,5", "1,2,3\na,b,sum", "1;;2"])
def test_line_that_is_none_of_whole_numbers_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "t").write_text(text)
    with pytest.raises(elman.DataError, match=r"line [12]: expected whole numbers"):
        Transducer(function=f"@{tmp_path / 't'}")


def test_network_is_measured_by_the_examples_and_by_no_others(tmp_path: Path) -> None:
    table = [((a, b), a ^ b) for a, b in product(range(8), repeat=2)] + [((1 << 70, 1), (1 << 70) + 1)]
    model = elman.train("transducer", function=table, hidden=16, steps=600)
    assert [model.metrics[name] for name in ("pairs", "exact", "against")] == [65, 65, "examples"]
    assert model.task.verdict(model.metrics) == "exact on 65 of 65 examples (1 state, found by questions)"
    assert model.metrics["machine"]["pairs"] == 1 << 16
    assert isinstance(model.task, Transducer)
    assert model.task.glance(model.network) == "65 of 65 exact"
    nobody = model.task.score(model.task.network())
    assert nobody["exact"] < nobody["pairs"] == 65
    # A file keeps the machine alone: then it is said that nothing else is known.
    model.save(tmp_path / "m")
    again = elman.load(tmp_path / "m")
    metrics = again.score()
    assert (metrics["pairs"], metrics["against"]) == (1 << 16, "machine")
    assert again.task.verdict(metrics).endswith("(1 state, found by questions, compared with that machine)")


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        # Another answer for the same operands, short or long.
        (["3 4 8"], "line 1025: expected the answer 7 for 3, 4, as .*line 101 has it; found 8"),
        (["999 1 1000", "", "999 1 1001"], "line 1027: expected the answer 1000 for 999, 1, as .*line 1025 has it; fo"),
        # Digits that had come out already, of long operands or within the table.
        (["1000 1 1003"], r"(?m)line 1025: 1000, 1 and 0, 1 \(.*line 2\) end alike, in 2 .*; found 1003 and 1$"),
        (["1024 2 1028"], r"(?m)line 1025: 1024, 2 and 0, 2 \(.*line 3\) end alike, in 2 .*; found 1028 and 2$"),
        # Digits that nothing before speaks against, but the machine.
        (["1000 24 2048"], "line 1025: expected 1024 for 1000, 24, as the machine .* and 1,024 of 1,025 .* found 2048"),
    ],
)
def test_wrong_lines_of_a_table_are_named(wrong: list[str], expected: str, tmp_path: Path) -> None:
    lines = [f"{a} {b} {a + b}" for a, b in product(range(32), repeat=2)]
    (tmp_path / "t").write_text("\n".join([*lines, *wrong]))
    with pytest.raises(elman.DataError, match=expected) as refused:
        Transducer(function=f"@{tmp_path / 't'}")
    assert "correct" in refused.value.hint


@pytest.mark.parametrize(("function", "order"), [("a + b", "least"), ("max(a, b)", "most"), ("a > b", "least")])
def test_one_wrong_example_among_many_is_found(function: str, order: str) -> None:
    answer, rng = right(function, 2), random.Random(0)
    table = {operands: answer(operands) for operands in product(range(32), repeat=2)}
    far = tuple(rng.getrandbits(40) for _ in range(2))
    definition = define(function, 2, order)
    assert Transducer(function=[*table.items(), (far, answer(far))], order=order).definition == definition
    for operands in [far, *rng.sample([o for o in table if max(o) > 3], 10)]:
        wrong = {**table, far: answer(far), operands: answer(operands) ^ 1}
        number = 1 + list(wrong).index(operands)
        with pytest.raises(elman.DataError, match=rf"example {number}\b"):
            Transducer(function=wrong.items(), order=order)
    # Where the order is elman's to pick, it is the wrong example that is told, and not that the other order is none.
    with pytest.raises(elman.DataError, match=rf"example {number}\b"):
        Transducer(function=wrong.items())


def test_table_in_the_wrong_order_is_told_so() -> None:
    table = [((a, b), max(a, b)) for a, b in product(range(8), repeat=2)]
    with pytest.raises(elman.DataError, match=r"^example 11: 1, 2 and 1, 0 \(example 9\) end alike") as refused:
        Transducer(function=table, order="least")
    assert "order='most'" in refused.value.hint
    assert Transducer(function=table).settings.order == "most"
    with pytest.raises(elman.DataError, match=r"^example 10: 1, 1 and 1, 0 \(example 9\) begin alike") as refused:
        Transducer(function=[((a, b), a + b) for a, b in product(range(8), repeat=2)], order="most")
    assert "order='least'" in refused.value.hint


def test_table_is_read_in_the_base_that_is_asked_for() -> None:
    table = [((a,), a + 1) for a in [*range(1000), 10**50]]
    assert Transducer(function=table, base=10).definition == define("a + 1", 10, "least")
    with pytest.raises(elman.ConfigError, match="base: expected"):
        Transducer(function=table, base=1)


def test_model_file_that_names_a_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("0 0\n1 1\n")
    with pytest.raises(elman.ConfigError, match="expected an expression or a machine; found '@"):
        Transducer.restored({"function": f"@{tmp_path / 't'}"}, {}, "")


# --- networks ---


@pytest.fixture(scope="module")
def model() -> elman.Model:
    return elman.train("transducer", function="a - 1", base=3, hidden=24, steps=1500, change=0.3)


def test_network_learns_and_is_proved(model: elman.Model) -> None:
    assert model.passed
    assert model.predict([0, 1, 27, (81,), 3**50]) == [-1, 0, 26, 80, 3**50 - 1]
    proof = model.prove()
    assert proof.verdict == "proven", proof.reason
    assert proof.certificate is not None
    assert check(contents(model), signed(proof.certificate, contents(model))) == proof.margin


def test_certificate_with_another_answer_is_rejected(model: elman.Model) -> None:
    claim = model.prove().certificate
    assert claim is not None
    claim["regions"][1]["output"] = (claim["regions"][1]["output"] + 1) % 3
    with pytest.raises(Rejected, match="wrongly"):
        check(contents(model), signed(claim, contents(model)))


def test_model_file_holds_the_function(model: elman.Model, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    again = elman.load(tmp_path / "m")
    assert isinstance(again.task, Transducer)
    assert again.task.definition == define("a - 1", 3, "least")
    assert again.predict([5]) == [4]
    assert again.score() == model.metrics


def test_verbs_know_transducers(command: Command) -> None:
    options = ("--function", "a XOR b", "--hidden", 16, "--steps", 800, "--out", "m")
    trained = command("train", "transducer", *options)
    assert trained.code == 0
    assert "exact on 65,536 of 65,536 inputs of 8 digits in base 2 (1 state)" in trained.out
    assert "\nproved for every length (" in trained.out
    assert command("predict", "m", "12,10", "7", "7").out == "6\n0\n"
    assert command("prove", "m", "--json", "--picture", "p.dot").json["states"] == 1
    assert "q0 -> q0" in Path("p.dot").read_text()
    assert command("score", "m", "--json").json["metrics"]["exact"] == 65_536
    check_refused(command("train", "transducer", "--function", "a*b"), "no finite transducer")


INPUTS: dict[str, list[tuple[list[str], list[tuple[int, ...]]]]] = {
    "a mod 3": [(["3"], [(3,)]), (["3", " 4 "], [(3,), (4,)])],
    "a + b": [(["3,4"], [(3, 4)]), (["3", "4", "5 , 6", "7 8"], [(3, 4), (5, 6), (7, 8)])],
    "a + b + c": [(["1", "2", "3", "4,5, 6"], [(1, 2, 3), (4, 5, 6)])],
}


@pytest.mark.parametrize("function", INPUTS)
def test_inputs_are_a_word_each_or_a_word_for_each_number(function: str) -> None:
    task = Transducer(function=function)
    for words, expected in INPUTS[function]:
        assert task.parse(words) == expected
        assert task.parse(list(map(task.spelled, expected))) == expected


@pytest.mark.parametrize(
    ("function", "words", "said"),
    [
        ("a mod 3", ["3,4"], "input '3,4': expected 1 whole number from 0 up, as in 3; found 2"),
        ("a mod 3", ["x"], "input 'x': expected 1 whole number from 0 up, as in 3; the model's task is 'transducer'"),
        ("a + b", ["3+4"], "input '3+4': expected 2 whole numbers from 0 up (a, b), as in 3,4; the model's task is"),
        ("a + b", ["1;2"], "input '1;2': expected 2"),
        ("a + b", ["1,,2"], "input '1,,2': expected 2"),
        ("a + b", ["1,2,3,4"], "input '1,2,3,4': expected 2 whole numbers from 0 up (a, b), as in 3,4; found 4"),
        ("a + b", ["1,2", "3"], "input '3': expected 2 whole numbers from 0 up (a, b), as in 3,4; found 1"),
        ("a + b", ["1", "2,3"], "input '1': expected 2"),
        ("a + b + c", ["1,2", "3"], "input '1,2': expected 3 whole numbers from 0 up (a, b, c), as in 3,4,5; found 2"),
    ],
)
def test_what_is_no_input_is_refused_with_an_example(function: str, words: list[str], said: str) -> None:
    task = Transducer(function=function)
    with pytest.raises(elman.DataError, match=f"^{re.escape(said)}") as refused:
        task.parse(words)
    example = refused.value.hint.removeprefix("for two answers: `elman predict MODEL ").removesuffix("`")
    assert len(task.parse(example.split())) == 2


def test_table_is_not_written_over(command: Command) -> None:
    text = "\n".join(f"{n},{n}" for n in range(16))
    Path("t").write_text(text)
    options = ("--function", "@t", "--steps", 1, "--out", "t", "--force")
    check_refused(command("train", "transducer", *options), "--out")
    assert Path("t").read_text() == text


def test_wrong_answer_is_shown_with_its_operands(command: Command) -> None:
    command("train", "transducer", "--function", "max(a, b)", "--order", "most", "--steps", 20, "--out", "m")
    refuted = command("prove", "m", "--json")
    assert refuted.code == 1
    found = refuted.json["counterexample"]
    assert found["expected"] == max(found["inputs"]) != found["output"]
    spelled = ",".join(map(str, found["inputs"]))
    assert command("predict", "m", spelled).out == f"{found['output']}\n"


def test_definition_is_written_and_read() -> None:
    definition = define("3a + b", 2, "least")
    assert define(definition.text(), 2, "least") == definition
    for name, value in (("operands", 3), ("machine", {"next": [[0]], "output": [[0]]}), ("answers", 5)):
        with pytest.raises(elman.ConfigError, match="damaged"):
            define(json.dumps({**definition.to_json(), name: value}), 2, "least")
    with pytest.raises(elman.ConfigError, match="damaged"):
        define(definition.text(), 3, "least")


def test_digits_that_never_end_are_no_number() -> None:
    from elman.proof import Mealy

    third = Definition(2, "least", 1, Mealy(next=((1, 1), (0, 0)), output=((1, 1), (0, 0))))
    with pytest.raises(elman.ConfigError, match="never end"):
        _ = third.flush


# --- what is picked ---


@pytest.mark.parametrize(
    ("function", "order", "states"),
    [
        ("a mod 7", "most", 7),  # the least significant digit first it has 21
        ("max(a, b)", "most", 3),  # and this has none
        ("a + b", "least", 2),  # nor has this the most significant digit first
        ("a > b", "least", 2),
        (lambda a, b: max(a, b), "most", 3),
        (lambda a: a % 3, "most", 3),
        ([((a, b), min(a, b)) for a, b in product(range(8), repeat=2)], "most", 3),
    ],
)
def test_order_is_picked_in_which_there_is_less_to_remember(function: Any, order: str, states: int) -> None:
    task = Transducer(function=function)
    assert (task.settings.order, task.definition.machine.states) == (order, states)
    assert f"--order {order}" in task.introduce()[0]


def test_order_that_is_given_is_kept_and_the_better_one_is_advised() -> None:
    task = Transducer(function="a mod 7", order="least")
    assert (task.settings.order, task.definition.machine.states) == ("least", 21)
    assert "--order most has 7 states in place of 21" in task.advice(False, None)
    assert "--order" not in Transducer(function="a mod 7").advice(False, None)


def test_function_without_a_machine_is_refused_with_what_helps_in_either_order() -> None:
    for function, base, hint in (("a ^ b", 10, "base=2"), ("a * b", 2, "products")):
        with pytest.raises(elman.ConfigError) as refused:
            Transducer(function=function, base=base)
        assert hint in refused.value.hint or hint in str(refused.value)
        assert "order=" not in refused.value.hint


def test_settings_suit_the_machine_and_options_go_above_them() -> None:
    few, more = Transducer(function="a + b").settings, Transducer(function="a mod 11").settings
    assert few.noise is not None
    assert more.noise is not None
    assert few.noise > more.noise > 0
    assert Transducer(function="5a + 2b + c").settings.cell == "gru"
    assert Transducer(function="5a + 2b + c", nonlinearity="tanh").settings.cell == "rnn"
    assert few.batch < Transducer(function="a + b", base=10).settings.batch
    tanh = Transducer(function="a + b", nonlinearity="tanh").settings.noise
    assert tanh == pytest.approx(1.5 * few.noise)
    given: dict[str, Any] = {"noise": 0.1, "cell": "lstm", "batch": 5, "order": "least", "change": 1.0}
    task = Transducer(function="5a + 2b + c", base=10, **given)
    assert {name: getattr(task.settings, name) for name in given} == given
    assert task.introduce() == [
        "5a + 2b + c: 8 states, the least significant digit first; that is much to learn, and not every seed ends exact"
    ]


def test_the_function_is_named_and_said_to_be_the_default_where_none_is_given() -> None:
    for function, begin in (
        ({}, "3*a + b, as no function is given: 4 states, "),
        ({"function": "3*a + b"}, "3*a + b: 4 states, "),
        ({"function": lambda a: a % 3}, "3 states, "),  # it has no name that a reader could look up
    ):
        assert Transducer(**function).introduce()[-1].startswith(begin)
    kept = Transducer()
    assert Transducer.remade(vars(kept.settings), kept.codec()).introduce()[-1].startswith("3*a + b: ")


def test_model_file_keeps_what_was_picked(tmp_path: Path) -> None:
    model = elman.train("transducer", function="a mod 3", steps=1)
    model.save(tmp_path / "m")
    again = elman.load(tmp_path / "m")
    assert vars(again.task.settings) == vars(model.task.settings)
    assert vars(again.task.settings)["order"] == "most"


# --- what is said of a proof ---


def test_proof_says_of_what_it_is_one() -> None:
    def nearly(a: int) -> int:  # but for one number, which no question is about
        return 0 if str(a) == "123456789012345" else a

    model = elman.train("transducer", function=nearly, hidden=16, steps=800)
    proof = model.prove()
    assert (proof.verdict, proof.origin) == ("proven", "found")
    assert proof.compared == model.metrics["compared"]
    assert str(proof) == proof.claim
    assert re.fullmatch(
        r"proved to be the machine of 1 state that was found; .* compared on [\d,]+ inputs", proof.claim
    )
    assert repr(proof.claim) in repr(proof)
    assert len(repr(proof)) < 400
    refuted = elman.train("transducer", function=nearly, hidden=16, steps=1).prove()
    assert refuted.verdict == "refuted"
    found = {name: str(value) for name, value in (refuted.counterexample or {}).items()}
    assert str(refuted) == (
        f"refuted: for {found['inputs']} the network answers {found['output']}; "
        f"expected {found['expected']} by the machine that was found"
    )


def test_proof_of_an_expression_is_about_the_function(model: elman.Model) -> None:
    proof = model.prove()
    assert (str(proof), proof.origin, proof.compared) == ("proved for every length", "derived", None)


def test_model_is_shown_in_a_line(model: elman.Model) -> None:
    shown = repr(model)
    assert "\n" not in shown
    assert len(shown) < 400
    assert shown.startswith("Model(task='transducer', network='rnn 3-24-3', parameters=")
    assert "'exact': 59049" in shown
