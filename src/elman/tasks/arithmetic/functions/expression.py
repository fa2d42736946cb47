"""Arithmetic expressions over operands a, b, …: parsed, checked, and made a function of whole numbers."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from elman.copies import cached_property
from elman.errors import ConfigError, suggested
from elman.spelling import narrow

LONGEST = 200  # characters; with it, nesting is bounded
LARGEST = 10_000  # of numbers in expressions
MANY = 1 << 30
FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., int]]] = {  # how many arguments, at least and most; what it is
    "max": (2, MANY, max),
    "min": (2, MANY, min),
    "parity": (1, 1, lambda n: n.bit_count() % 2),
    "abs": (1, 1, abs),
}
BITWISE: Mapping[type[ast.AST], Callable[[int, int], int]] = {
    ast.BitXor: operator.xor,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
SIGNS: Mapping[type[ast.AST], str] = {ast.BitXor: "^", ast.BitAnd: "&", ast.BitOr: "|"}
BINARY: tuple[type[ast.AST], ...] = (ast.Add, ast.Sub, ast.Mult, *BITWISE)
DIVISIONS = (ast.Mod, ast.FloorDiv)
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
WORDS = (("XOR", "^"), ("AND", "&"), ("OR", "|"), ("mod", "%"), ("×", "*"), ("·", "*"), ("−", "-"),
         ("⊕", "^"), ("≤", "<="), ("≥", ">="), ("≠", "!="))  # fmt: skip
POWER = "a number is written out: 8; a power of an operand has no finite machine; ^ is XOR, of bits"
# What would be read as something else than is meant.
MISREAD: Mapping[str, str] = {
    r"#.*": "nothing but the expression may stand there",
    r"\d+(?:_\d+)+": "digits stand side by side: 1000",
    r"(?:%|//)\s*\d+(?:[^\W\d_]|\()": "a divisor is one number; a multiple of what was divided is (a % 2)*b",
}
# What may be the reason where nothing can be read.
UNREAD: Mapping[str, str] = {
    r"\|\|": "did you mean '|', of bits? Of comparisons, max(…, …) is 1 where one of them is",
    r"&&": "did you mean '&', of bits? Of comparisons, min(…, …) is 1 where both are",
    r"\bxor\b": "did you mean 'XOR'?",
    r"\bMOD\b": "did you mean 'mod'?",
    r"\bNOT\b": "of a number: a == 0; of a comparison: the opposite one",
    r"÷|\bdiv\b": "did you mean '//'?",
    r"[–—]": "did you mean '-'?",
    r"[⌊⌋]": "rounded down: a // 2",
    r"\|[^|]+\|": "an absolute value is written abs(a)",
    r"\b(?:abs|min|max|parity)\s+\w": "what a function is of stands in parentheses: abs(a)",
    r"=>|=<": "did you mean '>=', or '<='?",
    r"<>": "did you mean '!='?",
    r"(?<![=<>!:])=(?!=)": "did you mean '=='? A function is written without a name: a + b, not y = a + b",
    r"!(?!=)": "of a number: a == 0",
    r"[²³]": POWER,
    r"[\w)]\s+[\w(]": "a product is written a*b",
}


@dataclass(frozen=True)
class Expression:
    """A checked expression, and the names of its operands, in alphabetical order."""

    text: str
    tree: ast.expr
    names: tuple[str, ...]

    @cached_property
    def function(self) -> Callable[..., int]:
        """The expression as Python computes it. It is compiled from the checked tree, which holds nothing else."""
        value = ast.Call(ast.Name("int", ast.Load()), [self.tree], [])  # a comparison is a bool
        arguments = ast.arguments([], [ast.arg(name) for name in self.names], None, [], [], None, [])
        code = compile(ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, value))), "<function>", "eval")
        known: dict[str, Any] = {name: function for name, (_, _, function) in FUNCTIONS.items()}
        function: Callable[..., int] = eval(code, {"__builtins__": {"int": int}, **known})
        return function

    @property
    def constants(self) -> set[int]:
        """The numbers in it."""
        return {n.value for n in ast.walk(self.tree) if isinstance(n, ast.Constant) and isinstance(n.value, int)}

    @property
    def surprises(self) -> list[str]:
        """What may be meant otherwise: a power, and inputs in the order in which operands are written."""
        found = []
        powers = [node for node in ast.walk(self.tree) if _like_power(node)]
        if powers and "^" in narrow(self.text):
            found.append(f"^ is XOR, of bits, and no power: {ast.unparse(powers[0])}")
        written = sorted(
            (node.lineno, node.col_offset, node.id)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Name) and node.id in self.names
        )
        if tuple(dict.fromkeys(name for *_, name in written)) != self.names:
            found.append(f"an input has the operands in the order of their letters: {', '.join(self.names)}")
        return found


def _like_power(node: ast.AST) -> bool:
    """Whether a number stands beside a ^."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.BitXor):
        return False
    return isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)


def parse(text: str) -> Expression:
    """An expression from its text; a ConfigError says what is not allowed."""
    if len(text) > LONGEST:
        raise ConfigError(f"function: expected at most {LONGEST} characters; found {len(text)}")
    plain = narrow(text)
    for word, sign in WORDS:
        plain = plain.replace(word, sign)
    _refuse(text, plain, MISREAD)
    source = _products(plain.strip())
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        _refuse(text, plain, UNREAD)
        raise ConfigError(f"function: expected an expression such as 3*a + b; found {text!r}") from None
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - set(FUNCTIONS)
    _check_parentheses(source, tree)
    _check(tree)
    if long := [name for name in sorted(names) if len(name) > 1]:
        raise ConfigError(f"function: expected operands of one letter, as in 3*a + b; found {long[0]!r}")
    if not 1 <= len(names) <= 8:
        raise ConfigError(
            f"function: expected 1 to 8 operands of one letter, as in 3*a + b; found {len(names) or 'none'}"
        )
    return Expression(text, tree, tuple(sorted(names)))


def _refuse(text: str, plain: str, reasons: Mapping[str, str]) -> None:
    for pattern, hint in reasons.items():
        if found := re.search(pattern, plain):
            raise ConfigError(f"function: {found[0]!r} in {text!r} is not allowed", hint) from None


def _products(text: str) -> str:
    """3a is 3*a, and 3(a + b) is 3*(a + b)."""
    return re.sub(r"(\d)(?=[^\W\d_]|\()", r"\1*", text)


def _check_parentheses(source: str, tree: ast.expr) -> None:
    """A ConfigError where ^, & or | stand beside a comparison: which comes first, languages do not agree on."""
    written = source.encode()  # in which places are counted
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        for side in (node.left, *node.comparators):
            if not isinstance(side, ast.BinOp) or not isinstance(side.op, tuple(BITWISE)):
                continue
            before, after = written[: side.col_offset].rstrip(), written[side.end_col_offset :].lstrip()
            if not (before.endswith(b"(") and after.startswith(b")")):
                sign, part = SIGNS[type(side.op)], ast.unparse(side)
                raise ConfigError(
                    f"function: expected parentheses around {part!r} or the comparison beside it; found none",
                    f"(a > 3) {sign} (b > 3), or a > (3 {sign} b)",
                )


def _check(node: ast.expr) -> None:
    match node:
        case ast.Name() if node.id not in FUNCTIONS:
            return None
        case ast.Constant(value=int(value)) if not isinstance(value, bool) and value <= LARGEST:
            return None
        case ast.UnaryOp(op=ast.USub()):
            return _check(node.operand)
        case ast.BinOp(right=right) if isinstance(node.op, DIVISIONS):
            if isinstance(right, ast.Constant) and right.value == 0:
                raise ConfigError(f"function: {ast.unparse(node)!r} divides by zero")
            if not isinstance(right, ast.Constant):
                raise ConfigError(f"function: expected a number after {ast.unparse(node.left)!r} and its % or //")
            _check(node.left)
            return _check(right)
        case ast.BinOp() if isinstance(node.op, BINARY):
            _check(node.left)
            return _check(node.right)
        case ast.Compare(ops=[op], comparators=[right]) if isinstance(op, COMPARISONS):
            _check(node.left)
            return _check(right)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            for argument in node.args:
                _check(argument)
            fewest, most, _ = FUNCTIONS[name]
            if not fewest <= len(node.args) <= most:
                many = "few" if len(node.args) < fewest else "many"
                raise ConfigError(f"function: {name} has too {many} arguments: {ast.unparse(node)!r}")
            return None
    raise _stranger(node)


# What is said of some that are not allowed; of all others, what is.
INSTEAD: Mapping[str, str] = {
    "**": POWER,
    "pow": POWER,
    "xor": "did you mean 'a XOR b'?",
    "+": "a number without a sign is the same",
    "/": "did you mean '//'?",
    ">>": "half of a is a // 2",
    "<<": "twice a is 2*a",
    "not": "of a number: a == 0; of a comparison: the opposite one",
    "and": "of comparisons: min(…, …) is 1 where both are",
    "or": "of comparisons: max(…, …) is 1 where one of them is",
    "if … else": "a comparison is 1 or 0, and can be multiplied by a number: a + 3*(a > b)",
}
JOIN = (
    "operands are letters; + - * % // ^ & |, comparisons, max, min, abs, parity, and whole numbers up to "
    f"{LARGEST:,} may join them"
)


def _stranger(node: ast.expr) -> ConfigError:
    """For a part of an expression that is not allowed: names its sign or word, and where that stands."""
    part, hint, blank = "", "", ast.Name("")
    match node:
        case ast.BinOp(op=binary):
            part = ast.unparse(ast.BinOp(blank, binary, blank)).strip()
        case ast.UnaryOp(op=unary):
            part = ast.unparse(ast.UnaryOp(unary, blank)).strip()
        case ast.BoolOp(op=joint):
            part = ast.unparse(ast.BoolOp(joint, [blank, blank])).strip()
        case ast.Compare(left, ops, others):
            part = " … ".join(ast.unparse(ast.Compare(blank, [op], [blank])).strip() for op in ops)
            each = map(ast.Compare, [left, *others], ([op] for op in ops), ([other] for other in others))
            hint = f"did you mean 'min({', '.join(map(ast.unparse, each))})'?" * (len(ops) > 1)
        case ast.Attribute():
            hint = f"before the name of a file of examples stands an @: @{ast.unparse(node)}"
        case ast.IfExp():
            part = "if … else"
        case ast.Call(func=ast.Name(id=name), keywords=[keyword, *_]) if name in FUNCTIONS:
            part = ast.unparse(keyword)
        case ast.Call(func=function):
            part = ast.unparse(function)
            hint = suggested(part, FUNCTIONS) or INSTEAD.get(part, f"functions are {', '.join(FUNCTIONS)}")
    where = f"{part!r} in {ast.unparse(node)!r}" if part else repr(ast.unparse(node))
    return ConfigError(f"function: {where} is not allowed", hint or INSTEAD.get(part, JOIN))
