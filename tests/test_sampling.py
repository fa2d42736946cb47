"""Choice, sampling and beam search, against exact probabilities and enumeration."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from elman import ConfigError, DataError, Network, ShapeError
from elman.tasks.text import END, Alphabet
from elman.tasks.text.writing.beam import beam
from elman.tasks.text.writing.choice import Choice
from elman.tasks.text.writing.form import Form
from elman.tasks.text.writing.sampling import LENGTH, Sampling
from elman.tasks.text.writing.states import READ, read
from elman.tasks.text.writing.written import sample, stream

LETTERS = Alphabet.of("abcdefgh \n")
ALL_CUTS = Choice(1.3, top_k=9, top_p=0.95, min_p=0.01)


def random_network(alphabet: Alphabet = LETTERS, scale: float = 4, **options: Any) -> Network:
    """Of weights large enough that every state has an opinion of its own."""
    size = len(alphabet)
    network = Network(size, size, symbols=True, **{"cell": "lstm", "hidden": 12, "seed": 3, **options})
    network.parameters.flat = network.parameters.flat * scale
    return network


def uniforms(count: int) -> NDArray[np.float64]:
    """So many numbers at even distances: drawn by inversion, each symbol comes as often as it is probable."""
    return (np.arange(count) + 0.5) / count


def frequencies(choice: Choice, logits: NDArray[Any], allowed: NDArray[np.bool_] | None = None) -> NDArray[Any]:
    count = 100_000
    rows = np.broadcast_to(logits, (count, len(logits)))
    masks = None if allowed is None else np.broadcast_to(allowed, rows.shape)
    return np.bincount(choice.draw(rows, uniforms(count), masks), minlength=len(logits)) / count


def probabilities(choice: Choice, logits: NDArray[Any], allowed: NDArray[np.bool_]) -> NDArray[Any]:
    """From the definitions, symbol by symbol from the most probable one down."""
    p = np.where(allowed, np.exp(logits / choice.temperature), 0)
    p /= p.sum()
    order = sorted(range(len(p)), key=lambda i: -p[i])
    kept = order[: choice.top_k]
    total, together = sum(p[i] for i in kept), 0.0
    for n, i in enumerate(kept, 1):
        together += p[i]
        if together >= choice.top_p * total:
            kept = kept[:n]
            break
    kept = [i for i in kept if p[i] >= choice.min_p * p.max()]
    q = np.where(np.isin(np.arange(len(p)), kept), p, 0)
    result: NDArray[Any] = q / q.sum()
    return result


@pytest.mark.parametrize(
    "choice",
    [Choice(), Choice(0.5), Choice(2, top_k=4), Choice(top_p=0.7), Choice(min_p=0.2), Choice(top_k=99), ALL_CUTS],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_symbols_come_as_often_as_they_are_probable(choice: Choice, dtype: Any) -> None:
    rng = np.random.default_rng(1)
    logits = (2 * rng.normal(size=13)).astype(dtype)
    allowed = np.arange(13) % 4 != 2
    wanted = probabilities(choice, logits.astype(np.float64), allowed)
    np.testing.assert_allclose(frequencies(choice, logits, allowed), wanted, atol=2e-5)


@settings(deadline=None)
@given(st.data())
def test_only_what_is_allowed_is_drawn(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 9))
    logits = np.array([data.draw(st.lists(st.floats(-80, 80, width=32), min_size=size, max_size=size))], np.float32)
    allowed = np.array([data.draw(st.lists(st.booleans(), min_size=size, max_size=size).filter(any))])
    choice = Choice(
        data.draw(st.sampled_from([0, 1e-300, 1e-45, 1e-9, 0.7, 1.0, 1e9, 1e30])),
        data.draw(st.none() | st.integers(1, 12)),
        data.draw(st.sampled_from([1e-9, 0.5, 1.0])),
        data.draw(st.sampled_from([0, 0.5, 0.999])),
    )
    [drawn] = choice.draw(logits, np.array([data.draw(st.floats(0, 1, exclude_max=True))]), allowed)
    assert allowed[0, drawn]


@pytest.mark.parametrize("choice", [Choice(0), Choice(1e-9), Choice(top_k=1), Choice(top_p=1e-9), Choice(min_p=0.999)])
def test_what_leaves_only_the_best_is_greedy(choice: Choice) -> None:
    network = random_network()
    greedy = sample(network, LETTERS, Sampling(length=50, choice=Choice(0)))
    assert sample(network, LETTERS, Sampling(length=50, choice=choice)) == greedy


@pytest.mark.parametrize(
    ("options", "name"),
    [
        *(({"temperature": t}, "temperature") for t in (-1, float("nan"), float("inf"), True, "1")),
        *(({"top_k": k}, "top_k") for k in (0, -1, 2.5)),
        *(({"top_p": p}, "top_p") for p in (0, 1.1, float("nan"))),
        *(({"min_p": p}, "min_p") for p in (-0.1, 1, float("nan"))),
    ],
)
def test_choice_refuses_what_makes_no_sense(options: dict[str, Any], name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}: expected"):
        Choice(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 0}, "length: expected"),
        ({"seed": -1}, "seed: expected"),
        ({"stop": ""}, "stop: expected a string"),
        ({"unknown": "ignore"}, "unknown: expected one of"),
        ({"stop": "a", "form": Form("2x3")}, "stop: expected none"),
        ({"stop": "a", "form": Form(require=("b",))}, "stop: expected none"),
        ({"length": 9, "form": Form("2x3")}, "length: expected none"),
    ],
)
def test_sampling_refuses_what_makes_no_sense(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Sampling(**options)


# --- two ways to the same text ---


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("documents", [False, True])
@pytest.mark.parametrize("temperature", [0, 0.7, 2])
def test_engine_and_steps_write_the_same(dtype: str, documents: bool, temperature: float) -> None:
    network = random_network(dtype=dtype)
    plain = Sampling(length=400, choice=Choice(temperature), documents=documents)
    by_steps = replace(plain, choice=Choice(temperature, top_k=len(LETTERS)))  # a cut that cuts nothing off
    assert not plain.choice.cuts
    assert by_steps.choice.cuts
    texts = sample(network, LETTERS, plain, 5)
    assert sample(network, LETTERS, by_steps, 5) == texts
    assert len(set(texts)) == (5 if temperature else 1)


def test_pieces_make_up_the_text() -> None:
    network = random_network()
    for sampling in (Sampling(), Sampling(choice=ALL_CUTS), Sampling(form=Form("3x7")), Sampling(stop="ab")):
        pieces = list(stream(network, LETTERS, sampling))
        assert all(pieces)
        assert ["".join(pieces)] == sample(network, LETTERS, sampling)
    assert len(list(stream(network, LETTERS, Sampling()))) > 1


@pytest.mark.parametrize("form", [Form(), Form("2x9"), Form(require=("cab",), forbid=("b ",))])
@pytest.mark.parametrize("documents", [False, True])
def test_text_does_not_depend_on_how_many_are_written(form: Form, documents: bool) -> None:
    network = random_network()
    sampling = Sampling(prompt="a", form=form, documents=documents, length=None if form.lines else 80, seed=5)
    many = sample(network, LETTERS, sampling, 40)
    assert sample(network, LETTERS, sampling, 7) == many[:7]
    assert sample(network, LETTERS, sampling, 4) == many[:4]
    assert sample(network, LETTERS, sampling) == many[:1]  # to within the rounding of sums
    assert len(set(many)) > 30
    assert sample(network, LETTERS, replace(sampling, seed=6), 40) != many


# --- beginnings and ends ---


@pytest.mark.parametrize("bias", [True, False])
def test_text_that_goes_on_has_the_length_asked_for(bias: bool) -> None:
    network = random_network(bias=bias)
    for choice in (Choice(), ALL_CUTS):
        assert {len(text) for text in sample(network, LETTERS, Sampling(length=70, choice=choice), 20)} == {70}
    assert len(sample(network, LETTERS, Sampling())[0]) == LENGTH


def test_documents_end_where_the_model_ends_them() -> None:
    network = random_network()
    texts = sample(network, LETTERS, Sampling(length=60, documents=True), 30)
    assert len({len(text) for text in texts}) > 5
    network.parameters["head.bias"][END] = 1e9
    assert sample(network, LETTERS, Sampling(documents=True), 5) == [""] * 5
    assert list(stream(network, LETTERS, Sampling(documents=True))) == []


def test_text_goes_on_from_its_prompt_of_any_length() -> None:
    network = random_network(dtype="float64")
    for size in (0, 1, 2, READ, READ + 1, 5 * READ):
        prompt = "".join(np.random.default_rng(size).choice(list(LETTERS.characters), size))
        sampling = Sampling(prompt, 30, Choice(0), documents=True)
        reader, symbols = network.stream(), [END, *LETTERS.encode(prompt)]
        written: list[int] = []
        for symbol in symbols:
            logits = reader.step([symbol])
        while len(written) < 30 and (not written or written[-1] != END):
            written.append(int(logits.argmax()))
            logits = reader.step(written[-1:])
        assert sample(network, LETTERS, sampling) == [LETTERS.decode(written)]


def test_unseen_characters_of_a_prompt_are_named_or_skipped() -> None:
    network = random_network()
    with pytest.raises(DataError, match=r"prompt: .*found 'X', 'Y'"):
        sample(network, LETTERS, Sampling("aXbY"))
    skipped = sample(network, LETTERS, Sampling("aXbY", unknown="skip"))
    assert skipped == sample(network, LETTERS, Sampling("ab"))


@pytest.mark.parametrize("choice", [Choice(), ALL_CUTS])
def test_text_stops_before_a_string(choice: Choice) -> None:
    network = random_network()
    whole = sample(network, LETTERS, Sampling(length=3000, choice=choice), 6)
    for stop in ("a", "ab", "aa", "abab"):
        stopped = sample(network, LETTERS, Sampling(length=3000, choice=choice, stop=stop), 6)
        assert stopped == [text.split(stop)[0] for text in whole]
    for write in (sample, stream, beam):
        with pytest.raises(DataError, match=r"stop: .*found 'x'") as refused:
            write(network, LETTERS, Sampling(stop="ax"), *[2] * (write is beam))
        assert "skip" not in refused.value.hint  # which is about prompts


def test_network_must_read_and_write_the_alphabet() -> None:
    for network in (Network(3, 3, symbols=True), Network(len(LETTERS), len(LETTERS))):
        with pytest.raises(ShapeError, match="reads and writes 11 symbols"):
            sample(network, LETTERS, Sampling())
        with pytest.raises(ShapeError, match="reads and writes 11 symbols"):
            beam(network, LETTERS, Sampling(), 2)


@pytest.mark.parametrize("count", [0, -1, 2.5])
def test_count_is_a_whole_number_from_1(count: Any) -> None:
    with pytest.raises(ConfigError, match="count"):
        sample(random_network(), LETTERS, Sampling(), count)


# --- beam search ---

FEW = Alphabet.of("abc")


def scores(network: Network, length: int, documents: bool, normalise: float) -> dict[str, float]:
    """Of every text, by enumeration."""
    result = {}
    for size in range(length + 1) if documents else [length]:
        for letters in itertools.product([1, 2, 3], repeat=size):
            symbols = [*letters, END] if size < length else [*letters]
            y, _ = network.forward(np.array([[END, *symbols[:-1]]]).T)
            logp = y[:, 0] - np.logaddexp.reduce(y[:, 0], axis=1, keepdims=True)
            total = logp[np.arange(len(symbols)), symbols].sum()
            result[FEW.decode(symbols)] = total / len(symbols) ** normalise
    return result


@pytest.mark.parametrize("documents", [False, True])
@pytest.mark.parametrize("normalise", [0, 0.7, 1])
def test_wide_beam_finds_the_best_of_all_texts(documents: bool, normalise: float) -> None:
    network = random_network(FEW, 2, dtype="float64")
    every = scores(network, 4, documents, normalise)
    best = sorted(every, key=lambda text: -every[text])[:5]
    assert beam(network, FEW, Sampling(length=4, documents=documents), 81, 5, normalise) == best


def test_beam_of_one_is_greedy() -> None:
    network = random_network()
    greedy = sample(network, LETTERS, Sampling("ab", 40, Choice(0)))
    assert beam(network, LETTERS, Sampling("ab", 40), 1) == greedy


def test_beam_stops_before_a_string() -> None:
    network = random_network()
    [text] = beam(network, LETTERS, Sampling(length=40), 1)
    [stopped] = beam(network, LETTERS, Sampling(length=40, stop=text[3:6]), 1)
    assert len(stopped) < 40
    assert text[3:6] not in stopped


def test_beam_keeps_to_a_form() -> None:
    network = random_network()
    texts = beam(network, LETTERS, Sampling(form=Form("3x4", "abc", forbid=("d",), require=("he",))), 6, 6)
    assert len(set(texts)) == 6
    for text in texts:
        lines = text.split("\n")
        assert [len(line) for line in lines] == [4, 4, 4]
        assert [line[0] for line in lines] == ["a", "b", "c"]
        assert "d" not in text
        assert "he" in text


def test_beam_refuses_what_makes_no_sense() -> None:
    network = random_network()
    for options in ({"width": 0}, {"width": 2, "count": 3}, {"width": 2, "normalise": -1}):
        with pytest.raises(ConfigError):
            beam(network, LETTERS, Sampling(), **options)
    with pytest.raises(ConfigError, match=r"count: expected at most 2, as the beam keeps; found 3"):
        beam(network, LETTERS, Sampling(), 2, 3)
    with pytest.raises(ConfigError, match=r"(?m)beam: expected no .*; found temperature 0\.5, top_k 3$"):
        beam(network, LETTERS, Sampling(choice=Choice(0.5, top_k=3)), 2)


def test_reading_nothing_leaves_the_initial_state() -> None:
    assert read(random_network(), np.array([], np.int32)) is None
