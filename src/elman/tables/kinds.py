"""Kinds: what the values of a column are, and how the database reads such a column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Literal, Self

from elman.errors import DataError
from elman.tables.columns import Kind
from elman.tables.database import Database
from elman.tables.scans import MISSING_WORDS, Scan, Value
from elman.tables.separated import Separated

SAMPLE = 10_000  # rows that tell what a column of text means; all rows are held to it
EXACT = 1 << 53  # whole numbers up to here are whole numbers in float64
TRUE, FALSE = ("true", "yes"), ("false", "no")
NUMBERS = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))")
DATES = re.compile(r"(DATE|TIMESTAMP.*)")
STRINGS = re.compile(r"(VARCHAR|UUID|ENUM\(.*\))")
OFFSET = "regexp_matches({}, ':.*[A-Za-z+-]')"  # whether the text of a time ends with Z, UTC, +02:00 …

MOMENT = "TIMESTAMPTZ"  # as which text is read; as TIMESTAMP, 01:15 PM would be 01:15
WRITTEN = Value("VARCHAR", "CAST({} AS VARCHAR)")  # a name, whatever it looks like
IN_LISTS = ("number", "boolean", "category", "empty", "mixed")
FLAGS = ("comma", "large", "words")

What = Literal[Kind, "list", "empty", "mixed", "other"]
Some = Literal["none", "some", "all"]


@dataclass(frozen=True)
class Found:
    """What a column is.

    Args:
        kind: of its values. "list": one list per row; "empty": no value at all; "mixed": numbers and others; "other":
            nothing that can be read.
        comma: whether numbers have a decimal comma.
        large: whether there are numbers that float64 does not hold to the last digit.
        words: whether there are words for missing values among them.
        offsets: which dates say how far they are from UTC.
        element: what a list has, and `depth`, how many brackets are around it; of mixed values, whether most are lists.
        text: whether the file has text, which means this; or one of the files.
        shown: how messages call it.
        numbers: of a category, how many values that were looked at could be numbers.
        signed: likewise, how many could be numbers if they had no sign such as % or $.
    """

    kind: What
    comma: bool = False
    large: bool = False
    words: bool = False
    offsets: Some = "none"
    element: What = "number"
    depth: int = 0
    text: bool = False
    shown: str = ""
    numbers: int = 0
    signed: int = 0

    def value(self, kind: What | None = None) -> Value:
        """How it is read as this kind, by default its own; numbers, booleans and dates become float64.

        Names are read as they are written: as numbers, long ones would lose digits.
        """
        kind = kind or self.kind
        if kind == "list":
            named = self.element == "category"
            lists = ("VARCHAR" if named else "DOUBLE") + "[]" * self.depth
            return Value(lists if named and not self.words else None, f"CAST({self._given} AS {lists})")
        if kind == "category":
            return Value(WRITTEN.type, f"nullif({WRITTEN.made}, '')")
        if kind == "text":
            return WRITTEN
        if kind == "date":
            return Value(made=f"epoch({self._date})")
        if kind == "boolean" and self.text:
            value = f"lower({self._written})"
            cases = f"WHEN {value} IN {_words(TRUE)} THEN 1.0::DOUBLE WHEN {value} IN {_words(FALSE)} THEN 0.0"
            return Value(made=f"CASE {cases} WHEN {self._given} IS NOT NULL THEN error('no boolean') END")
        if self.comma:
            return Value(made=f"CAST(replace({self._given}, ',', '.') AS DOUBLE)")
        if self.text and not self.words:
            return Value("DOUBLE", "CAST({} AS DOUBLE)")  # which the database reads faster than it reads text
        return Value(made=f"CAST({self._given} AS DOUBLE)")

    def order(self) -> Value:
        """How it is read as a time, which steps are put in the order of."""
        if self.kind == "date":
            return Value(made=self._date)
        if self.large:
            return Value(made=f"CAST({self._given} AS DECIMAL(38, 9))")
        return self.value("number")

    @property
    def _date(self) -> str:
        """In UTC: an offset such as +02:00 is taken into account, not dropped. All dates have one, or none has."""
        if not self.text:
            return f"CAST({self._given} AS TIMESTAMP)"
        moment = f"CAST(CAST({_day(self._given)} AS {MOMENT}) AS TIMESTAMP)"
        if self.offsets == "some":
            return moment
        other = OFFSET.format(self._given) + " = false" * (self.offsets == "all")
        return f"CASE WHEN {other} THEN error('dates with and without an offset') ELSE {moment} END"

    @property
    def _given(self) -> str:
        """The value; NULL where a word says that there is none."""
        return given(self._written) if self.words else self._written

    @property
    def _written(self) -> str:
        """The value; if there is a file of text, as text: another file of the table may have types."""
        return "CAST({0} AS VARCHAR)" if self.text else "{0}"


def given(value: str) -> str:
    """The value of an expression for text; NULL where a word says that there is none."""
    return f"CASE WHEN {value} NOT IN {_words(MISSING_WORDS)} THEN {value} END"


def _other(value: str, depth: int) -> str:
    """An expression for a list with so many brackets: the first element that is no number; NULL where all are."""
    steps = f"TRY_CAST({value} AS VARCHAR{'[]' * depth})"
    flat = f"flatten({steps})" if depth > 1 else steps
    return f"list_filter({flat}, lambda x: x IS NOT NULL AND TRY_CAST(x AS DOUBLE) IS NULL)[1]"


def _day(value: str) -> str:
    """An expression for text, in which a month such as 2026-01 is the first of its days.

    What does not begin with a year of four digits is no date: the database would read 01/02/26 as of the year 1.
    """
    with_year = f"regexp_replace({value}, '^( *[0-9][0-9]?[0-9]?[^0-9].*)$', 'no date: \\1')"
    return f"regexp_replace({with_year}, '^([0-9][0-9][0-9][0-9]-[0-9][0-9])$', '\\1-01')"


def _words(words: Sequence[str]) -> str:
    return f"({', '.join(repr(word) for word in words)})"


def kinds(database: Database, scans: Iterable[Scan], names: Iterable[str], everything: bool) -> dict[str, Found]:
    """Column -> what it is, in all files; of text by the first rows of the files, or by all."""
    found: dict[str, list[Found]] = {name: [] for name in names}
    for scan in scans:
        here = [name for name in found if name in scan.names]
        if scan.types is None:
            texts = _texts(database, scan, here, everything)
        else:
            types = {name: scan.types[scan.names.index(name)] for name in here}
            texts = {name: _typed(kind) for name, kind in types.items()}
            if strings := [name for name, kind in types.items() if kind == "VARCHAR"]:  # dates, in JSON
                read = _texts(database, scan, strings, everything)
                texts |= {name: one for name, one in read.items() if one.kind == "date"}
        for name, one in texts.items():
            found[name].append(one)
    return {name: _together(each) for name, each in found.items()}


def _together(found: Sequence[Found]) -> Found:
    """What a column is that is one or another thing in several files."""
    known = [one for one in found if one.kind != "empty"]
    if not known:
        return found[0] if found else Found("empty")
    [first, *rest] = known
    if any((one.kind, one.element, one.depth) != (first.kind, first.element, first.depth) for one in rest):
        return Found("mixed", shown=" and ".join(dict.fromkeys(one.shown or one.kind for one in known)))
    flags = {flag: any(getattr(one, flag) for one in known) for flag in FLAGS}
    offsets = first.offsets if len({one.offsets for one in known}) == 1 else "some"
    return Found(
        **{
            **vars(first),
            **flags,
            "text": any(one.text for one in known),
            "offsets": offsets,
            "numbers": sum(one.numbers for one in known),
            "signed": sum(one.signed for one in known),
        }
    )


def _typed(kind: str) -> Found:
    """By the type that the database has for it."""
    element = kind.rstrip("[]")
    depth = (len(kind) - len(element)) // 2
    if depth:
        inner = _typed(element)
        if inner.kind not in IN_LISTS or depth > 2 or re.search(r"\[\d", kind):
            return Found("other", shown=kind)
        shown = f"lists with {inner.shown}" if inner.kind == "mixed" else "lists of " * depth + inner.shown
        return Found("list", element=inner.kind, depth=depth, shown=shown)
    if NUMBERS.fullmatch(kind):
        return Found("number", large="BIGINT" in kind or "HUGEINT" in kind, shown="numbers")
    if kind == "BOOLEAN":
        return Found("boolean", shown="booleans")
    if DATES.fullmatch(kind):
        return Found("date", shown="dates", offsets="all" if kind.endswith("WITH TIME ZONE") else "none")
    if STRINGS.fullmatch(kind):
        return Found("category", shown="strings")
    if kind == '"NULL"':
        return Found("empty", shown="nothing")
    if kind == "JSON":
        return Found("mixed", shown="values of several types")
    return Found("other", shown="objects" if kind.startswith(("STRUCT", "MAP")) else kind)


@dataclass(frozen=True)
class Counts:
    """How many of the values that are given look like what."""

    words: int = 0  # for missing values, which are not given
    given: int = 0
    numbers: int = 0
    points: int = 0  # numbers with a decimal point
    large: int = 0
    booleans: int = 0
    dates: int = 0
    offsets: int = 0  # dates that say how far they are from UTC
    commas: int = 0  # numbers with a decimal comma
    thousands: int = 0  # of these: those that may as well have commas between thousands
    lists: int = 0
    signed: int = 0  # numbers with a sign that is none of theirs, such as %

    def __add__(self, other: Self) -> Self:
        return type(self)(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def found(self, commas_separate: bool) -> Found:
        """What the column is."""
        kind, shown, comma = self._kind(commas_separate)
        return Found(
            kind,
            comma=comma,
            large=self.large > 0,
            words=self.words > 0,
            offsets="none" if not self.offsets else "all" if self.offsets == self.dates else "some",
            depth=int(2 * self.lists > self.given),
            text=True,
            shown=shown,
            numbers=self.numbers + self.commas if kind == "category" else 0,
            signed=self.signed if kind == "category" else 0,
        )

    def _kind(self, commas_separate: bool) -> tuple[What, str, bool]:
        """Its kind, how messages call it, and whether it has decimal commas."""
        n = self.given
        if n == 0:
            return "empty", "nothing", False
        if self.numbers == n:
            return "number", "numbers", False
        if self.booleans == n:
            return "boolean", "booleans", False
        if self.dates == n:
            return "date", "dates", False
        if self.lists == n:
            return "list", "lists", False
        unclear = commas_separate and self.thousands == self.commas
        if self.numbers + self.commas == n and not self.points and not unclear:
            return "number", "numbers with a decimal comma", True
        if 2 * self.lists > n:
            return "mixed", f"{self.lists:,} lists among {n:,} values", False
        if 2 * (self.numbers + self.commas) > n:
            return "mixed", f"{self.numbers:,} numbers among {n:,} values", False
        return "category", "strings", False


PLAIN = "[0-9]+([.,][0-9]{3})*([.,][0-9]+)?"
SIGNED = f"[+-]?[$£€¥−–]{PLAIN} ?%?|[+−–-]?{PLAIN} ?[%‰$£€¥°]"
COUNTED = {  # as in Counts; VALUE is the column without the words for missing values
    "words": "count(ALL) - count(VALUE)",
    "given": "count(VALUE)",
    "numbers": "count(NUMBER)",
    "points": "count_if(NUMBER IS NOT NULL AND contains(VALUE, '.'))",
    "large": f"count_if(abs(NUMBER) > {EXACT} AND NOT isinf(NUMBER))",
    "booleans": f"count_if(lower(VALUE) IN {_words(TRUE + FALSE)})",
    "dates": f"count(CASE WHEN NUMBER IS NULL THEN TRY_CAST({_day('VALUE')} AS {MOMENT}) END)",
    "offsets": f"count_if({OFFSET.format('VALUE')})",
    "commas": "count_if(NUMBER IS NULL AND regexp_full_match(VALUE, '[+-]?[0-9]*,[0-9]+'))",
    "thousands": "count_if(NUMBER IS NULL AND regexp_full_match(VALUE, '[+-]?[0-9]{1,3}(,[0-9]{3})+'))",
    "lists": f"count(CASE WHEN VALUE LIKE '[%]' AND {_other('VALUE', 1)} IS NULL THEN TRY_CAST(VALUE AS DOUBLE[]) END)",
    "signed": f"count_if(NUMBER IS NULL AND regexp_full_match(VALUE, '{SIGNED}'))",
}


def _texts(database: Database, scan: Scan, names: Sequence[str], everything: bool) -> dict[str, Found]:
    """By what text looks like."""
    rows = scan.rows(dict.fromkeys(names, Value()), None if everything else SAMPLE)
    counted = [one.replace("NUMBER", "TRY_CAST(VALUE AS DOUBLE)") for one in COUNTED.values()]
    columns = [one.replace("VALUE", f"v{n}").replace("ALL", f"w{n}") for n in range(len(names)) for one in counted]
    cleared = ", ".join(f"v{n} AS w{n}, {given(f'v{n}')} AS v{n}" for n in range(len(names)))
    with database.explained(scan.files):
        found = database.run(f"SELECT {', '.join(columns)} FROM (SELECT {cleared} FROM ({rows}))").fetchone()
    values = [value or 0 for value in found]  # count_if of nothing but NULL is NULL
    form = scan.files[0].format
    separate = isinstance(form, Separated) and form.delimiter == ","
    size = len(COUNTED)
    return {name: Counts(*values[n * size : (n + 1) * size]).found(separate) for n, name in enumerate(names)}


def misfit(
    database: Database,
    scans: Iterable[Scan],
    name: str,
    kind: What | Literal["no number", "no offset", "time", "finite"],
    depth: int = 1,
    key: str | None = None,
) -> tuple[str, str] | None:
    """Where the first value of a column stands that is not of this kind, and the value.

    Args:
        database: that reads the files.
        scans: the files.
        name: of the column, which has text or JSON.
        kind: that is asked for; "time": a number or a date. Of a list, what is no number in it is the value.
        depth: brackets of lists.
        key: the column of ids, where there is one: messages name the id, too.
    """
    unquoted = "trim(v, '\"')"  # of JSON
    number = f"TRY_CAST({unquoted} AS DOUBLE)"
    fits = {
        "number": "TRY_CAST(v AS DOUBLE)",
        "boolean": f"nullif(lower(v) IN {_words(TRUE + FALSE)}, false)",
        "date": f"TRY_CAST({_day('v')} AS {MOMENT})",
        "list": "NULL",
        "no number": "CASE WHEN TRY_CAST(v AS DOUBLE) IS NULL THEN true END",
        "time": f"coalesce({number}, epoch(TRY_CAST({_day(unquoted)} AS {MOMENT})))",
        "finite": f"nullif(coalesce(isinf({number}), false), true)",
        "no offset": f"nullif({OFFSET.format('v')}, true)",
    }[kind]
    value = given("CAST(v0 AS VARCHAR)")
    if kind == "list":
        value = f"CASE WHEN TRY_CAST(v0 AS VARCHAR{'[]' * depth}) IS NULL THEN {value} ELSE {_other('v0', depth)} END"
    for scan in scans:
        for one in scan.each():
            with_id = key is not None and key != name
            rows = one.rows(dict.fromkeys([name, key] if with_id and key else [name], Value()))
            id_ = "CAST(v1 AS VARCHAR)" if with_id else "NULL"
            numbered = f"SELECT row_number() OVER () - 1 AS row, {value} AS v, {id_} AS id FROM ({rows})"
            with database.explained(one.files):
                found = database.run(
                    f"SELECT row, v, id FROM ({numbered}) WHERE v IS NOT NULL AND {fits} IS NULL LIMIT 1"
                ).fetchone()
            if found is not None:
                return with_key(one.files[0].where(found[0]), found[2]), found[1]
    return None


def with_key(where: str, key: str | None) -> str:
    """A row, as messages name it, with the id in it."""
    return f"{where}: {key!r}" if key else where


def refuse_mixed_offsets(
    database: Database, scans: Iterable[Scan], name: str, found: Found, key: str | None = None
) -> None:
    """A DataError where some dates of a column say how far they are from UTC, and others do not."""
    if found.kind == "date" and found.offsets == "some":
        where, value = misfit(database, scans, name, "no offset", key=key) or ("", "")
        raise DataError(
            f"{where}: column {name!r}: expected an offset such as +02:00 in all dates, or in none; found {value!r} "
            "beside others without one",
            "dates with an offset are read in UTC",
        )
