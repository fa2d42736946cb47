"""Encodings: what a network reads of a table, by what the training part had."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from elman.errors import DataError
from elman.tables import Encoding, Feature, Scale, Table, read
from elman.tables.outliers import Outliers
from optional import DUCKDB, needs
from tables import of, written

nan = float("nan")
TEXT = """id,x,colour,on
a,1,red,true
a,3,blue,false
b,,red,
b,5,,true
c,1000,green,true
"""


def place(column: int, value: float) -> str:
    return f"{value:g} in {column}"


def encoded(table: Table, encoding: Encoding) -> list[NDArray[np.float32]]:
    encoder = encoding.over(table.features)
    return [encoder.encode(sequence.values) for sequence in table]


@needs(DUCKDB)
def test_values_are_encoded_by_the_training_part(tmp_path: Path) -> None:
    table = of(tmp_path, TEXT)
    encoding = Encoding.fit(table, training=[0, 1])
    deviation = float(np.std([1, 3, 5]))
    two, third = 2 / deviation, 2 / 3
    assert encoding.inputs == 2 + 3 + 2
    found = encoded(table, encoding)
    close = partial(np.testing.assert_allclose, rtol=1e-6)
    close(found[0], [[-two, 0, 0, 1, 0, 1, 0], [0, 0, 1, 0, 0, 0, 0]])
    close(found[1], [[0, 1, 0, 1, 0, third, 1], [two, 0, 0, 0, 1, 1, 0]])
    close(found[2], [[997 / deviation, 0, 0, 0, 0, 1, 0]])
    assert encoding.report() == [
        "'x': (x − 3) / 1.633; an input says where it is missing, the mean 3 stands there",
        "'colour': 2 categories; an input says where it is missing",
        "'on': an input says where it is missing, the mean 0.6667 stands there",
    ]


@needs(DUCKDB)
def test_what_training_had_not_is_said(tmp_path: Path) -> None:
    table = of(tmp_path, TEXT)
    encoder = Encoding.fit(table, training=[0]).over(table.features)
    for sequence in table:
        assert np.isfinite(encoder.encode(sequence.values)).all()
    encoder.encode(np.array([[1e300, 0, 1]]))
    assert encoder.met.told() == [
        "'colour': 1 values are unknown, as training had none of them: 'green'",
        "'x': 1 values are missing, though none was in training: the mean stands for them",
        "'colour': 1 values are missing, though none was in training: the mean stands for them",
        "'on': 1 values are missing, though none was in training: the mean stands for them",
        "'x': 1 values are more than 10,000 standard deviations from the mean: taken as that",
    ]


@needs(DUCKDB)
def test_categories_of_another_table_are_known_by_their_names(tmp_path: Path) -> None:
    table = of(tmp_path, TEXT)
    encoding = Encoding.from_json(json.loads(json.dumps(Encoding.fit(table).to_json())))
    assert encoding == Encoding.fit(table)
    other = read(
        written(tmp_path, "colour,x,id,on\nred,1,z,true\nviolet,1,z,true\n", "b.csv"), table.columns, threads=1
    )
    assert other.features[1].categories == ("red", "violet")
    found = encoded(other, encoding)[0]
    np.testing.assert_array_equal(found[:, 2:5], [[0, 0, 1], [0, 0, 0]])


@needs(DUCKDB)
def test_characters_and_words_are_symbols(tmp_path: Path) -> None:
    table = of(tmp_path, "text,label\nabba,p\ncab,q\nd🎈,q\n", label="label")
    encoding = Encoding.fit(table, training=[0, 1])
    encoder = encoding.over(table.features)
    assert encoding.symbols == 4
    assert [encoder.symbols(sequence.values).tolist() for sequence in table] == [[1, 2, 2, 1], [3, 1, 2], [0, 0]]
    assert encoder.encode(table[1].values).tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert encoder.met.told() == ["'text': 2 values are unknown, as training had none of them: 'd', '🎈'"]
    rare = Encoding.fit(table, training=[0, 1], least=2)
    assert rare.symbols == 3
    assert rare.report() == ["'text': 2 different characters"]


@needs(DUCKDB)
def test_of_many_categories_beside_others_only_the_common_ones_have_inputs(tmp_path: Path) -> None:
    rows = "".join(f"a,{n},c{n % 300:03}\n" for n in range(500))
    encoding = Encoding.fit(of(tmp_path, f"id,x,c\n{rows}"))
    assert encoding.inputs == 1 + 200
    assert encoding.features[1].categories == tuple(f"c{n:03}" for n in range(200))  # each of them twice
    assert "200 categories; 100 rarer ones are unknown" in encoding.report()[1]


@needs(DUCKDB)
def test_another_order_of_features_or_another_kind_is_refused(tmp_path: Path) -> None:
    table = of(tmp_path, TEXT)
    encoding = Encoding.fit(table)
    with pytest.raises(DataError, match=r"features: expected 'x', 'colour', 'on'; found 'on', 'colour', 'x'"):
        encoding.over(table.features[::-1])
    other = [Feature(one.name.upper(), one.kind, one.categories) for one in table.features]  # as columns are found
    np.testing.assert_array_equal(encoding.over(other).encode(table[0].values), encoded(table, encoding)[0])
    with pytest.raises(DataError, match="feature 'x': expected the kind number; found category"):
        encoding.over([Feature("x", "category"), *table.features[1:]])


def test_moments_in_pieces_are_those_of_the_whole(rng: np.random.Generator) -> None:
    values = rng.normal(1e6, [1, 1e-3, 5], (1000, 3))
    values[rng.random((1000, 3)) < 0.2] = nan
    scale = Scale.fit(np.split(values, [1, 5, 400, 401]), place)
    np.testing.assert_allclose(scale.mean, np.nanmean(values, 0))
    np.testing.assert_allclose(scale.deviation, np.nanstd(values, 0))
    whole = values[~np.isnan(values).any(1)]
    np.testing.assert_allclose(scale.undo(scale.apply(whole)), whole)


def test_constants_and_nothing_have_a_deviation_of_one() -> None:
    scale = Scale.fit([np.array([[2.0, nan], [2.0, nan]])], place)
    assert scale == Scale((2.0, 0.0), (1.0, 1.0))


@pytest.mark.parametrize("large", [1e101, 1e155, 1e200, -1e308])
def test_numbers_too_large_for_sums_of_squares_are_refused(large: float) -> None:
    with pytest.raises(DataError) as error:
        Scale.fit([np.array([[1.0, nan]]), np.array([[1.0, 2.0], [2.0, large], [2.0, 1e308]])], place)
    assert str(error.value) == f"{large:g} in 1: expected numbers up to 1e+100; found {large:g}"
    largest = Scale.fit([np.full((9, 1), 1e100), np.full((9, 1), -1e100)], place)
    np.testing.assert_allclose((largest.mean, largest.deviation), [[0.0], [1e100]])


@pytest.mark.parametrize("rows", [400, 40_000])
@pytest.mark.parametrize(
    ("changed", "outlying"),
    [
        (lambda at, x: np.where(at == 7, 99999.0 * len(x), x), True),
        (lambda at, x: np.where(at % 20 == 7, -9999.0, x), True),
        (lambda at, x: np.where(at == 7, 30.0, x), False),
        (lambda at, x: (at == 7) * 1.0, False),
        (lambda at, x: np.full(len(x), nan), False),
    ],
    ids=["one sentinel", "one in twenty", "a large value", "a rare event", "nothing"],
)
def test_numbers_that_leave_nothing_of_the_others_are_said(
    changed: Callable[..., NDArray[np.float64]], outlying: bool, rows: int, rng: np.random.Generator
) -> None:
    values = rng.normal(size=(rows, 2))
    values[::9, 1] = nan
    values[:, 1] = changed(np.arange(rows), values[:, 1])
    scale, outliers = Scale.fit([values], place), Outliers(rows)
    for piece in np.split(values, 4):
        outliers.add(piece)
    assert outliers.told(0, scale, place) == []
    expected = [f"{values[7, 1]:g} in 1: half of the values lie between -0."] if outlying else []
    assert [one[: len(expected[0])] for one in outliers.told(1, scale, place)] == expected
