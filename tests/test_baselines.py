"""Baselines: n-grams against a naive form of the same equations, compressors against themselves."""

from __future__ import annotations

import itertools
import math
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elman.errors import ConfigError, DataError, ShapeError
from elman.tasks.text import END, Alphabet
from elman.tasks.text.scoring.baselines import Baseline, baselines, best_static
from elman.tasks.text.scoring.ngrams import NGrams, Sequences

SIZE = 5  # symbols, END among them
Grams = dict[tuple[int, ...], int]


def sequences(texts: list[list[int]], order: int, documents: bool) -> Sequences:
    return Sequences.of([np.array(text, np.int32) for text in texts], order, ends=documents)


def naive(training: list[list[int]], order: int, documents: bool, history: list[int]) -> list[float]:
    """p(w | history) of every symbol w, by Chen and Goodman's equations (1998, section 4.1.6), from Python's dicts."""
    counts: list[Grams] = [defaultdict(int) for _ in range(order + 1)]
    for text in training:
        whole = [END] * (order - 1) + text + [END] * documents
        for i in range(order - 1, len(whole)):
            for k in range(1, order + 1):
                counts[k][tuple(whole[i - k + 1 : i + 1])] += 1
    for k in range(1, order):  # below the highest order: different symbols before it
        counts[k] = Counter(gram[1:] for gram in counts[k + 1])
    p = [1 / SIZE] * SIZE
    for k in range(1, order + 1):
        h = tuple(([END] * order + history)[-(k - 1) :]) if k > 1 else ()
        total = sum(c for gram, c in counts[k].items() if gram[:-1] == h)
        if total == 0:
            continue
        d = naive_discounts(counts[k])
        followers = [counts[k].get((*h, w), 0) for w in range(SIZE)]
        left = sum(d[min(c, 3)] for c in followers) / total
        p = [(c - d[min(c, 3)]) / total + left * below for c, below in zip(followers, p, strict=True)]
    return p


def naive_discounts(counts: Grams) -> list[float]:
    n = [sum(c == times for c in counts.values()) for times in range(5)]
    if 0 in n[1:]:
        return [0, 0.5, 1, 1.5]
    y = n[1] / (n[1] + 2 * n[2])
    d = [0, *(k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3))]
    return d if min(d) >= 0 else [0, 0.5, 1, 1.5]


def last_probability(model: NGrams, order: int, text: list[int]) -> float:
    """Of the last symbol of a text, by the model's n-grams of one order."""
    return float(list(model.probabilities(sequences([text], order, False)))[order - 1][-1])


texts = st.lists(st.integers(1, SIZE - 1), min_size=1, max_size=60)


@settings(deadline=None, max_examples=60)
@given(training=st.lists(texts, min_size=1, max_size=3), order=st.integers(1, 4), documents=st.booleans(), text=texts)
def test_n_grams_are_the_naive_ones(training: list[list[int]], order: int, documents: bool, text: list[int]) -> None:
    model = NGrams(sequences(training, order, documents), SIZE, order)
    # Each order up to the highest is what a model of only that order would be.
    for highest, found in enumerate(model.probabilities(sequences([text], order, documents)), start=1):
        whole = text + [END] * documents
        expected = [naive(training, highest, documents, whole[:i])[w] for i, w in enumerate(whole)]
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("documents", [False, True])
def test_probabilities_sum_to_1_after_every_history(documents: bool, rng: np.random.Generator) -> None:
    order = 4
    training = [rng.integers(1, SIZE - 1, n).tolist() for n in ((80, 3, 0, 50) if documents else (200,))]
    model = NGrams(sequences(training, order, documents), SIZE, order)
    for length in range(order + 1):
        for history in itertools.product(range(SIZE), repeat=length):
            for k in range(1, order + 1):
                p = [last_probability(model, k, [*history, w]) for w in range(SIZE)]
                assert min(p) > 0
                assert sum(p) == pytest.approx(1, abs=1e-12)


def test_discounts_come_from_the_counts_of_counts(rng: np.random.Generator) -> None:
    """A text long enough for discounts of its own: with the fallback, figures would differ."""
    text = (rng.random(400) ** 2 * (SIZE - 1)).astype(int) + 1
    counts: Grams = Counter(zip(text[:-2].tolist(), text[1:-1].tolist(), text[2:].tolist(), strict=True))
    assert naive_discounts(counts) != [0, 0.5, 1, 1.5]
    model = NGrams(Sequences.of([text.astype(np.int32)]), SIZE, 3)
    for history in ([1, 2], [4, 4], [2, 1]):
        found = [last_probability(model, 3, [*history, w]) for w in range(SIZE)]
        np.testing.assert_allclose(found, naive([text.tolist()], 3, False, history), rtol=1e-12)


def test_documents_do_not_see_each_other() -> None:
    one, two = [1, 2, 3, 1], [2, 2, 4]
    model = NGrams(sequences([one, two, one], 3, True), SIZE, 3)
    both = list(model.probabilities(sequences([one, two], 3, True)))
    apart = [np.concatenate(p) for p in zip(*(model.probabilities(sequences([t], 3, True)) for t in (one, two)))]  # noqa: B905
    np.testing.assert_array_equal(both, apart)
    assert both[0].shape == (len(one) + 1 + len(two) + 1,)


def test_large_alphabets_and_high_orders_fit(rng: np.random.Generator) -> None:
    """A number per n-gram: no product of sizes grows beyond 64 bits."""
    text = rng.integers(1, 1 << 20, 300).astype(np.int32)
    model = NGrams(Sequences.of([text], 12), 1 << 20, 12)
    assert np.isfinite(model.nats(Sequences.of([text], 12))).all()
    assert model.nats(Sequences.of([text], 12))[-1] < model.nats(Sequences.of([text[::-1]]))[-1]


def test_nothing_to_count_is_refused() -> None:
    with pytest.raises(ShapeError, match="at least one symbol"):
        NGrams(Sequences.of([]), SIZE)
    with pytest.raises(ConfigError, match="order"):
        NGrams(Sequences.of([np.ones(3, np.int32)]), SIZE, 0)


# --- the table ---

TRAINING = "the cat sat on the mat. the dog sat on the log. " * 20
TEXT = "the dog sat on the mat. the cat sat on the log. " * 3


def test_table_has_static_and_adaptive_figures_in_columns_of_their_own() -> None:
    found = {b.name: b for b in baselines(Alphabet.of(TRAINING), [[TRAINING]], [[TEXT]]).rows}
    assert list(found) == [
        *(f"Kneser–Ney, order {k}" for k in range(1, 8)),
        "PPMd, order 6",
        "xz -9e",
        "xz -9e, without training",
    ]
    for name, b in found.items():
        assert (b.static is None, b.adaptive is None) == ((False, True) if "Kneser" in name else (True, False))
    best = best_static(found.values())
    assert best.static == min(b.static for b in found.values() if b.static is not None)
    # Who has seen all of it before knows more than who has not; who knows one symbol only, less than who knows six.
    for less, more in (("order 7", "order 1"),):
        assert (found[f"Kneser–Ney, {less}"].static or 9) < (found[f"Kneser–Ney, {more}"].static or 0) / 3
    assert (found["xz -9e"].adaptive or 9) < (found["xz -9e, without training"].adaptive or 0) / 2
    assert 0 < (found["PPMd, order 6"].adaptive or 0) < 0.5


def test_every_row_is_explained_where_the_option_is() -> None:
    page = (Path(__file__).parents[1] / "docs" / "text.md").read_text("utf-8")
    rows = baselines(Alphabet.of(TRAINING), [[TRAINING]], [[TEXT]]).rows
    [first, *_, last] = [one.name for one in rows if one.static is not None]
    explained = [(f"`{first}` to `{last[-1]}`", "static")]
    explained += [(f"`{one.name}`", "adaptive") for one in rows if one.adaptive is not None]
    for name, column in explained:
        [line] = [line for line in page.splitlines() if line.startswith(f"| {name} |")]
        assert line.endswith(f"| {column} |")


def test_where_pieces_are_cut_and_what_is_unseen_changes_nothing() -> None:
    alphabet = Alphabet.of(TRAINING)
    whole = baselines(alphabet, [[TRAINING]], [[TEXT]])
    cut = baselines(alphabet, [[TRAINING[:100], TRAINING[100:]]], [[TEXT[:7], "é" + TEXT[7:9] + "x", TEXT[9:]]])
    assert whole == cut


@pytest.mark.parametrize(
    ("training", "texts", "learned"),
    [
        (["abcd", "efgh"], ["efgh"], 1.0),
        (["abcdefgh"], ["cdef"], 1.0),  # a part of it
        (["abcdefgh"], ["abcdefghij"], 0.8),  # with what was held out
        (["abcd", "efgh"], ["efgh", "hgfedc"], 0.4),
        (["abcd"], ["dcba"], 0.0),
    ],
)
def test_how_much_of_a_text_was_learned_is_told(training: list[str], texts: list[str], learned: float) -> None:
    found = baselines(Alphabet.of("abcdefghij"), [[t] for t in training], [[t] for t in texts])
    assert found.learned == learned


def test_documents_have_ends_that_cost_something() -> None:
    training, texts = TRAINING.split(". "), TEXT.split(". ")
    found = baselines(Alphabet.of(TRAINING), [[t] for t in training], [[t] for t in texts], documents=True).rows
    encode = Alphabet.of(TRAINING).encode
    model = NGrams(Sequences.of(map(encode, training), ends=True), len(Alphabet.of(TRAINING)))
    nats = model.nats(Sequences.of(map(encode, texts), ends=True))
    characters = sum(len(t) + 1 for t in texts)
    assert found[:7] == [Baseline(f"Kneser–Ney, order {k}", n / characters) for k, n in enumerate(nats, start=1)]


def test_bytes_are_compressed_as_bytes(rng: np.random.Generator) -> None:
    noise = rng.integers(0, 256, 4000, np.uint8).tobytes().decode("latin-1")
    found = baselines(Alphabet.of_bytes(), [[noise[:2000]]], [[noise[2000:]]]).rows
    assert all(abs((b.static or b.adaptive or 0) - math.log(256)) < 0.7 for b in found)


@pytest.mark.parametrize(("training", "text"), [("", "a"), ("x", "a"), ("a", ""), ("a", "x")])
def test_texts_without_a_known_character_are_refused(training: str, text: str) -> None:
    with pytest.raises(DataError, match="at least one character"):
        baselines(Alphabet.of("a"), [[training]], [[text]])


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyppmd", None)
    with pytest.raises(ConfigError, match="pyppmd") as caught:
        baselines(Alphabet.of(TRAINING), [[TRAINING]], [[TEXT]])
    assert caught.value.hint == "pip install 'elman[text]'"
