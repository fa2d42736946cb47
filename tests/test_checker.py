"""The checker: what it accepts is true, and what is not true it rejects, whoever signed it."""

from __future__ import annotations

import copy
import itertools
import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath.ctx_iv import MPIntervalContext

import elman
from elman.network import file
from elman.network.packing import rounded
from elman.proof import checker, extract
from elman.proof.checker import Rejected, check
from elman.proof.search import answers, long_words
from elman.tasks.arithmetic.add import Add

Claim = dict[str, Any]
iv = MPIntervalContext()
iv.prec = 1200  # as tanh x loses digits near 0
KINDS: list[dict[str, Any]] = [
    {"cell": "rnn", "nonlinearity": "sigmoid"},
    {"cell": "rnn", "nonlinearity": "tanh"},
    {"cell": "rnn", "nonlinearity": "relu"},
    {"cell": "rnn", "nonlinearity": "sigmoid", "bias": False, "initial": 0.1},
    {"cell": "lstm", "initial": "learned"},
    {"cell": "gru"},
    {"cell": "gru", "bias": False},
    {"cell": "lstm", "bias": False, "dtype": "float64"},
    {"cell": "gru", "layers": 2, "initial": "learned"},
    {"cell": "rnn", "nonlinearity": "tanh", "layers": 3, "dtype": "float64", "initial": 0.1},
]


def proved(task: str, **options: Any) -> tuple[elman.Model, bytes, Claim]:
    model = elman.train(task, **options)
    proof = model.prove()
    assert proof.certificate is not None
    return model, contents(model), proof.certificate


def contents(model: elman.Model) -> bytes:
    return model.encoded()


ADDER, ADDER_FILE, CLAIM = proved("add")
ADDITION = Add()


def signed(claim: Claim, model: bytes = ADDER_FILE) -> bytes:
    """A certificate that carries the right checksums, whatever it says."""
    body = {name: value for name, value in claim.items() if name != "checksum"} | {"model": sha256(model).hexdigest()}
    return json.dumps({**body, "checksum": checker.digest(body)}).encode()


def changed(change: Callable[[Claim], object]) -> bytes:
    claim = copy.deepcopy(CLAIM)
    change(claim)
    return signed(claim)


# --- what is true ---


@pytest.mark.parametrize("task", ["add", "subtract"])
@pytest.mark.parametrize("options", [{}, {"nonlinearity": "tanh"}, {"dtype": "float64"}])
def test_certificates_of_the_prover_are_accepted(task: str, options: dict[str, Any]) -> None:
    _, data, claim = proved(task, **options)
    margin = check(data, json.dumps(claim).encode())
    assert claim["margin"] <= margin
    assert margin > 1


def test_certificate_of_a_gru_is_accepted() -> None:
    # Nearly all prove (`python -m benchmarks proofs`); which ones do not depends on the machine.
    models = (elman.train("add", cell="gru", seed=seed) for seed in range(10))
    model, proof = next((m, proof) for m in models if (proof := m.prove()).certificate is not None)
    assert check(contents(model), proof.save()) == proof.margin


def test_states_of_the_engine_stay_in_the_boxes_that_the_table_names() -> None:
    words = long_words(4, np.random.default_rng(5))[:, ::8]
    question = ADDITION.question()
    states = ADDER.network.trace(question.inputs[words])["h"][0]
    low, high = (np.array([region[side] for region in CLAIM["regions"]]) for side in ("low", "high"))
    table = np.array(CLAIM["transitions"])
    box = np.zeros(words.shape[1], np.int64)
    for t, state in enumerate(states):
        assert (low[box] <= state).all()
        assert (state <= high[box]).all()
        if t < len(words):
            box = table[box, words[t]]


def random_network(kind: dict[str, Any], seed: int, scale: float) -> elman.Network:
    network = elman.Network(2, 3, hidden=4, **kind)
    network.initialise(np.random.default_rng(seed), scale)
    return network


def read_again(network: elman.Network, form: str | None = None) -> checker.Network:
    """The same network, as the checker reads it from a file."""
    header = file.NetworkHeader(
        version="",
        architecture=network.architecture.to_json(),
        stored=form or network.architecture.dtype,
        trainer={},
    )
    return checker.Network(file.encode("model", header, network.parameters, {}))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values())))
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 1000), scale=st.sampled_from([0.5, 3.0, 20.0]), width=st.sampled_from([0.0, 1e-3, 0.5]))
def test_engine_never_leaves_what_the_checker_says_of_a_step(
    kind: dict[str, Any], seed: int, scale: float, width: float
) -> None:
    network, rng = random_network(kind, seed, scale), np.random.default_rng(seed)
    again = read_again(network)
    centre = rng.uniform(-1, 1, again.size).astype(network.dtype)
    x = rng.integers(0, 2, 2)
    low, high = centre - width, centre + width
    box = checker.Box(low.tolist(), high.tolist()).balls()
    after = again.step(box, [layer[0] for layer in again.recurring([box])], again.ih[0]([[*map(arb, x.tolist())]])[0])
    logits = again.logits([after])[0]

    rows = 50
    points = np.clip(rng.uniform(low, high, (rows, len(low))).astype(network.dtype), low, high)
    points[:2] = low, high
    a = network.architecture
    parts = points.reshape(rows, a.layers, len(a.states), a.hidden)
    state = elman.State(
        **{name: np.ascontiguousarray(parts[:, :, k].swapaxes(0, 1)) for k, name in enumerate(a.states)}
    )
    y, final = network.forward(np.tile(x, (1, rows, 1)).astype(network.dtype), state)
    reached = np.stack([final[name] for name in a.states], axis=2).swapaxes(0, 1).reshape(rows, -1)
    for found, wanted in ((reached, after), (y[0], logits)):
        for values, ball in zip(found.T.tolist(), wanted, strict=True):
            assert all(value in ball for value in values)
            # And it says little more than what is so.
            assert width or ball.rad() < 5e-3 * (1 + scale)


@pytest.mark.parametrize("form", ["float16", "int8"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values())))
def test_weights_of_a_shorter_form_are_those_that_the_engine_computes_with(kind: dict[str, Any], form: str) -> None:
    network = random_network(kind, 0, 3.0)
    network.parameters.flat = rounded(network.parameters, form).flat
    for wanted, found in zip(read_again(network).ih, read_again(network, form).ih, strict=True):
        assert found.matrix.tolist() == wanted.matrix.tolist()
    assert read_again(network, form).initial() == read_again(network).initial()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values())))
def test_initial_state_is_the_engines(kind: dict[str, Any]) -> None:
    network = random_network(kind, 1, 1.0)
    a = network.architecture
    trace = network.trace(np.zeros((1, 1, 2)))
    wanted = np.stack([trace[name][:, 0, 0] for name in a.states], axis=1).reshape(-1)
    assert read_again(network).initial() == wanted.tolist()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.sampled_from([0.0, 1e-5, 1e-3, 0.1, 0.5, 2.0]))
def test_nudged_network_is_accepted_only_if_it_still_adds(seed: int, size: float) -> None:
    model = elman.Model(ADDER.task, elman.Network.of(ADDER.network.architecture))
    nudge = np.random.default_rng(seed).uniform(-size, size, model.network.parameters.flat.shape)
    model.network.parameters.flat[...] = ADDER.network.parameters.flat + nudge.astype(np.float32)
    data = contents(model)
    with pytest.raises(Rejected, match="another model"):
        check(data, json.dumps(CLAIM).encode())
    try:
        check(data, signed(CLAIM, data))
    except Rejected:
        assert size > 0
    else:
        assert size < 0.1
        question = ADDITION.question()
        words = long_words(4, np.random.default_rng(seed))[:200]
        assert np.array_equal(answers(model.network, question, words), question.machine.run(words))


def test_network_nudged_until_it_fails_is_rejected_and_refuted() -> None:
    model = elman.Model(ADDER.task, elman.Network.of(ADDER.network.architecture))
    model.network.parameters.flat[...] = ADDER.network.parameters.flat
    rng = np.random.default_rng(0)
    while model.predict([(1, 2**40 - 1), (2**40 - 1, 2**39)]) == [2**40, 2**40 - 1 + 2**39]:
        model.network.parameters["weight_hh_l0"][...] += rng.uniform(-0.2, 0.2, (16, 16))
    data = contents(model)
    with pytest.raises(Rejected, match="out of box"):
        check(data, signed(CLAIM, data))
    proof = model.prove()
    assert (proof.verdict, proof.certificate) == ("refuted", None)
    assert proof.counterexample is not None
    a, b = proof.counterexample["inputs"]
    assert model.predict([(a, b)]) == [proof.counterexample["output"]] != [a + b]


# --- balls ---


ends = st.floats(-1e6, 1e6) | st.sampled_from([0.0, -0.0, 1.0, 2.0**-1074, -(2.0**-1022), 1 + 2.0**-52])


def ball(a: float, b: float) -> arb:
    return checker.Box([min(a, b)], [max(a, b)]).balls()[0]


def holds(x: arb, exact: Fraction) -> bool:
    return bool(fmpq(exact.numerator, exact.denominator) in x)


@given(a=ends, b=ends, c=ends)
def test_box_holds_what_is_within_its_bounds_and_nothing_else(a: float, b: float, c: float) -> None:
    low, high = min(a, b), max(a, b)
    box = checker.Box([low], [high])
    assert box.holds([arb(c)]) == (low <= c <= high)
    assert not box.holds([arb(a) + arb(0, (1, -1080))]) or low < a < high
    assert low in box.balls()[0]
    assert high in box.balls()[0]
    assert box.balls()[0].rad() <= (high - low) * 0.5000001 + 2.0**-40


@given(a=ends, b=ends, c=ends, d=ends)
def test_values_over_balls_hold_the_exact_ones(a: float, b: float, c: float, d: float) -> None:
    x, y = ball(a, b), ball(c, d)
    product = checker.over(arb.__mul__, x, y)
    for p, q in itertools.product(map(Fraction, (a, b)), map(Fraction, (c, d))):
        assert holds(product, p * q)
    corners = [Fraction(p) * Fraction(q) for p in (a, b) for q in (c, d)]
    width, size = max(corners) - min(corners), max(map(abs, corners))
    # As a product of midpoints and radii, it would hold twice as much.
    assert Fraction(float(product.rad())) <= width / 2 + size * Fraction(1, 10**7) + Fraction(1, 10**7)


@given(a=ends, b=ends)
def test_margin_is_not_above_the_least_value(a: float, b: float) -> None:
    x = ball(a, b)
    assert Fraction(checker.least(x)) < Fraction(min(a, b))
    assert checker.least(x) >= min(a, b) - 1e-8 * (1 + max(abs(a), abs(b)))


@settings(deadline=None)
@given(a=st.floats(-80, 80), width=st.floats(0, 1) | st.just(0.0))
def test_functions_hold_what_mpmath_says(a: float, width: float) -> None:
    network = read_again(random_network(KINDS[7], 0, 1.0))  # of float64, where the engine adds next to nothing
    x, exact = ball(a, a + width), iv.mpf([a, a + width])
    tanh = 1 - 2 / (iv.exp(2 * exact) + 1)
    for found, wanted in ((network.sigmoid(x), 1 / (1 + iv.exp(-exact))), (network.tanh(x), tanh)):
        assert float(found.lower()) <= float(wanted.a)
        assert float(found.upper()) >= float(wanted.b)
        assert found.rad() <= float(wanted.delta) * 0.5000001 + 1e-8 * width + 1e-14


# --- what is not ---


def numbers(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all numbers of a certificate."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if isinstance(value, int | float) else []
    return found + [inner for key, item in items for inner in numbers(item, (*path, key))]


def at(claim: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        claim = claim[key]
    return claim


PATHS = numbers(CLAIM)


@settings(max_examples=100, deadline=None)
@given(path=st.sampled_from(PATHS), change=st.sampled_from([-1, 1, 2.0**-30, 0.5, -1e9]))
def test_altered_certificate_is_rejected(path: tuple[Any, ...], change: float) -> None:
    claim = copy.deepcopy(CLAIM)
    at(claim, path[:-1])[path[-1]] += change
    with pytest.raises(Rejected, match="altered"):
        check(ADDER_FILE, json.dumps(claim).encode())


@settings(max_examples=30, deadline=None)
@given(path=st.sampled_from([p for p in PATHS if "low" in p or "high" in p]), share=st.floats(0.02, 1.5))
def test_box_that_is_too_small_is_rejected_even_if_well_signed(path: tuple[Any, ...], share: float) -> None:
    def shrink(claim: Claim) -> None:
        region = at(claim, path[:2])
        # The prover leaves room of a millionth or two.
        by = share * (region["high"][path[3]] - region["low"][path[3]]) + 2.0**-17
        region[path[2]][path[3]] += by if path[2] == "low" else -by

    with pytest.raises(Rejected, match=r"out of box|outside of box 0|above its partner"):
        check(ADDER_FILE, changed(shrink))


@settings(max_examples=30, deadline=None)
@given(path=st.sampled_from([p for p in PATHS if "transitions" in p or "output" in p]), by=st.integers(1, 8))
def test_wrong_table_is_rejected_even_if_well_signed(path: tuple[Any, ...], by: int) -> None:
    def bend(claim: Claim) -> None:
        n = 2 if "output" in path else len(claim["regions"])
        at(claim, path[:-1])[path[-1]] = (at(claim, path) + (1 if n == 2 else by)) % n

    with pytest.raises(Rejected, match=r"out of box|wrongly|none of the 2 symbols"):
        check(ADDER_FILE, changed(bend))


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, len(ADDER_FILE) - 1), bit=st.integers(0, 7))
def test_altered_model_file_is_rejected(position: int, bit: int) -> None:
    data = bytearray(ADDER_FILE)
    data[position] ^= 1 << bit
    with pytest.raises(Rejected, match="another model file"):
        check(bytes(data), json.dumps(CLAIM).encode())


def set_region(n: int, **values: Any) -> Callable[[Claim], object]:
    return lambda claim: claim["regions"][n].update(values)


def set_low(value: Any) -> Callable[[Claim], object]:
    return lambda claim: claim["regions"][1]["low"].__setitem__(0, value)


def set_transition(value: Any) -> Callable[[Claim], object]:
    return lambda claim: claim["transitions"][2].__setitem__(1, value)


FALSE: dict[str, tuple[Callable[[Claim], object], str]] = {
    "greater margin": (lambda claim: claim.update(margin=claim["margin"] + 0.02), "it claims"),
    "margin of words": (lambda claim: claim.update(margin="large"), "no number from 0 up"),
    "margin below 0": (lambda claim: claim.update(margin=-1.0), "no number from 0 up"),
    "margin of truth": (lambda claim: claim.update(margin=True), "no number from 0 up"),
    "whole margin": (lambda claim: claim.update(margin=1), "no number from 0 up"),
    "other format": (lambda claim: claim.update(format=2), "expected format 1"),
    "format of truth": (lambda claim: claim.update(format=True), "expected format 1"),
    "format of fractions": (lambda claim: claim.update(format=1.0), "expected format 1"),
    "unknown field": (lambda claim: claim.update(more=1), "expected format 1"),
    "other task": (lambda claim: claim.update(task="subtract"), "another task"),
    "no region": (lambda claim: claim.update(regions=[], transitions=[]), "not what it should be"),
    "regions of nothing": (lambda claim: claim.update(regions=[{}]), "not what it should be"),
    "region of more": (set_region(1, more=1), "boxes of output, low and high"),
    "bound missing": (lambda claim: claim["regions"][1]["low"].pop(), "bounds on each side"),
    "bound of words": (set_low("0.5"), "no number"),
    "whole bound": (set_low(0), "no number"),
    "bound out of range": (set_low(-1e300), "out of range"),
    "bound above its partner": (set_low(1023.0), "above its partner"),
    "first box elsewhere": (set_region(0, low=[0.5] * 16, high=[0.75] * 16), "outside of box 0"),
    "row missing": (lambda claim: claim["transitions"].pop(), "rows of 4 symbols"),
    "symbol missing": (lambda claim: claim["transitions"][3].pop(), "rows of 4 symbols"),
    "box that is not there": (set_transition(99), "a box that is not there"),
    "negative box": (set_transition(-1), "a box that is not there"),
    "box of fractions": (set_transition(1.0), "a box that is not there"),
    "box of truth": (set_transition(True), "a box that is not there"),
    "bound of truth": (set_low(False), "no number"),
    "answer of truth": (set_region(1, output=True), "none of the 2 symbols"),
    "answer of the first box": (set_region(0, output=True), "none of the 2 symbols"),
    "unknown answer": (set_region(1, output=2), "none of the 2 symbols"),
    "no answer": (set_region(1, output=None), "none of the 2 symbols"),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_certificate_is_rejected_even_if_well_signed(name: str) -> None:
    change, expected = FALSE[name]
    with pytest.raises(Rejected, match=expected):
        check(ADDER_FILE, changed(change))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000])
def test_file_that_is_no_certificate_is_rejected(data: bytes) -> None:
    with pytest.raises(Rejected):
        check(ADDER_FILE, data)


def test_name_that_comes_twice_in_a_certificate_is_rejected() -> None:
    # Python keeps the last one of a name, other readers the first.
    data = signed(CLAIM)
    for name in (b"margin", b"output"):
        twice = data.replace(b'"%b": ' % name, b'"%b": 0, "%b": ' % (name, name), 1)
        assert json.loads(twice) == json.loads(data)
        with pytest.raises(Rejected, match="a name comes twice"):
            check(ADDER_FILE, twice)


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_is_no_number_of_json_is_rejected(literal: bytes) -> None:
    with pytest.raises(Rejected, match="is no number"):
        check(ADDER_FILE, signed(CLAIM).replace(b'"margin": ', b'"margin": ' + literal + b', "other": '))


def test_certificate_in_another_encoding_is_rejected() -> None:
    with pytest.raises(Rejected, match="no certificate: expected JSON"):
        check(ADDER_FILE, signed(CLAIM).decode().encode("utf-16"))


@pytest.mark.parametrize("data", [b"", b"\x02\0\0\0\0\0\0\0{}", b"\xff" * 100, ADDER_FILE[:-4]])
def test_file_that_is_no_model_is_rejected(data: bytes) -> None:
    with pytest.raises(Rejected, match=r"not what it should be|outside of the file"):
        check(data, signed(CLAIM, data))


def forged(change: Callable[[dict[str, Any]], object], weights: float | None = None) -> bytes:
    """A model file whose header was changed, with the adder's weights, or with others."""
    network = ADDER.network if weights is None else elman.Network.of(ADDER.network.architecture)
    if weights is not None:
        network.parameters.flat[...] = weights
    header: dict[str, Any] = {
        "task": "add",
        "codec": ADDER.task.codec(),
        "architecture": network.architecture.to_json(),
    }
    change(header)
    rest: dict[str, Any] = {"version": "", "training": {}, "metrics": {}, "data": "", "sources": [], "seed": 0}
    rest["stored"] = "float32"
    return file.encode("model", file.ModelHeader(**header, **rest), network.parameters, {})


OTHER: dict[str, tuple[bytes, str]] = {
    "feed-forward network": (forged(lambda h: h["architecture"].update(cell="none")), "not handled"),
    "bidirectional network": (forged(lambda h: h["architecture"].update(bidirectional=True)), "not handled"),
    "answer to the whole": (forged(lambda h: h["architecture"].update(readout="last")), "not handled"),
    "more outputs": (forged(lambda h: h["architecture"].update(outputs=2)), "another shape"),
    "more units": (forged(lambda h: h["architecture"].update(hidden=17)), "another shape"),
    "fewer units": (forged(lambda h: h["architecture"].update(hidden=15)), "another shape"),
    "hidden units of fractions": (forged(lambda h: h["architecture"].update(hidden=16.0)), "expected sizes from 1"),
    "layers of truth": (forged(lambda h: h["architecture"].update(layers=True)), "expected sizes from 1"),
    "bidirectional by 0": (forged(lambda h: h["architecture"].update(bidirectional=0)), "not handled"),
    "symbols by null": (forged(lambda h: h["architecture"].update(symbols=None)), "not handled"),
    "initial of truth": (forged(lambda h: h["architecture"].update(initial=False)), "no number"),
    "unknown function": (
        forged(lambda h: h["architecture"].update(cell="rnn", nonlinearity="logits")),
        "not what it should be",
    ),
    "huge weights": (forged(lambda _: None, 2000.0), "expected sizes up to 1024"),
    "zero weights": (forged(lambda _: None, 0.0), "out of box"),
}


@pytest.mark.parametrize("name", OTHER)
def test_certificate_of_another_network_is_rejected_even_if_well_signed(name: str) -> None:
    data, expected = OTHER[name]
    with pytest.raises(Rejected, match=expected):
        check(data, signed(CLAIM, data))


def test_weights_that_are_not_finite_are_rejected() -> None:
    start = ADDER_FILE.rindex(ADDER.network.parameters["weight_hh_l0"].tobytes())
    data = ADDER_FILE[:start] + b"\0\0\xc0\x7f" + ADDER_FILE[start + 4 :]
    with pytest.raises(Rejected, match="not finite"):
        check(data, signed(CLAIM, data))


def test_numbers_of_two_types_are_rejected() -> None:
    size = int.from_bytes(ADDER_FILE[:8], "little")
    header = json.loads(ADDER_FILE[8 : 8 + size])
    start, end = header["bias_ih_l0"]["data_offsets"]
    header["bias_ih_l0"] = {"dtype": "F64", "shape": [(end - start) // 8], "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    data = len(text).to_bytes(8, "little") + text + ADDER_FILE[8 + size :]
    with pytest.raises(Rejected, match="bias_ih_l0 is of another type"):
        check(data, signed(CLAIM, data))


def rewritten(change: Callable[[str], str]) -> bytes:
    """The adder's file, the text of its safetensors header changed."""
    size = int.from_bytes(ADDER_FILE[:8], "little")
    text = change(ADDER_FILE[8 : 8 + size].decode()).encode()
    return len(text).to_bytes(8, "little") + text + ADDER_FILE[8 + size :]


def retold(name: str, key: str, value: Any) -> Callable[[str], str]:
    """What changes a value that the header gives of a tensor."""

    def change(text: str) -> str:
        header = json.loads(text)
        header[name][key] = value
        return json.dumps(header)

    return change


SIZE = len(ADDER_FILE) - 8 - int.from_bytes(ADDER_FILE[:8], "little")
HEADERS: dict[str, tuple[Callable[[str], str], str]] = {
    "tensor twice": (lambda text: text.replace('"head.bias"', '"bias_ih_l0"', 1), "a name comes twice"),
    "metadata twice": (
        lambda text: text.replace('\\"header\\"', '\\"format\\": 2, \\"header\\"', 1),
        "a name comes twice",
    ),
    "format of truth": (lambda text: text.replace('\\"format\\": 2', '\\"format\\": true', 1), "of format 2"),
    "other format": (lambda text: text.replace('\\"format\\": 2', '\\"format\\": 1', 1), "of format 2"),
    "no number": (lambda text: text.replace('\\"seed\\": 0', '\\"seed\\": NaN', 1), "is no number"),
    "shape of truth": (retold("head.weight", "shape", [True, 16]), "another shape"),
    "shape of fractions": (retold("head.weight", "shape", [1.0, 16]), "another shape"),
    "offset of truth": (retold("head.bias", "data_offsets", [False, 4]), "lies outside of the file"),
    "negative offset": (retold("head.bias", "data_offsets", [-4, SIZE]), "lies outside of the file"),
    "offset beyond the end": (retold("head.bias", "data_offsets", [SIZE, SIZE + 4]), "lies outside of the file"),
    "end before the start": (retold("head.bias", "data_offsets", [8, 4]), "lies outside of the file"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_header_that_can_be_read_in_two_ways_is_rejected_even_if_well_signed(name: str) -> None:
    change, expected = HEADERS[name]
    data = rewritten(change)
    assert data != ADDER_FILE
    with pytest.raises(Rejected, match=expected):
        check(data, signed(CLAIM, data))


def test_margin_must_be_positive() -> None:
    def lower(claim: Claim) -> None:
        claim["margin"] = 0.0
        for region in claim["regions"][1:]:  # boxes so wide that anything is in them, and either answer possible
            region.update(low=[-1.0] * 16, high=[2.0] * 16)

    with pytest.raises(Rejected, match="the margin is"):
        check(ADDER_FILE, changed(lower))


def test_task_without_a_reference_is_rejected() -> None:
    data = forged(lambda header: header.update(task="echo"))
    with pytest.raises(Rejected, match="no reference is known"):
        check(data, signed({**CLAIM, "task": "echo"}, data))


TRANSDUCER: Claim = {"base": 2, "operands": 2, "answers": 2, "machine": {"next": [[0] * 4], "output": [[0] * 4]}}
CODECS: dict[str, tuple[Claim, str]] = {
    "base of truth": ({"base": True}, "a base from 2"),
    "base of fractions": ({"base": 2.0}, "a base from 2"),
    "operands of fractions": ({"operands": 2.0}, "up to 8 operands"),
    "other operands": ({"operands": 3}, "an input for each"),
    "answers of fractions": ({"answers": 2.0}, "answers of a digit"),
    "next of truth": ({"machine": {"next": [[False] * 4], "output": [[0] * 4]}}, "below 1 in the machine's 'next'"),
    "next before the first": (
        {"machine": {"next": [[-1] * 4], "output": [[0] * 4]}},
        "below 1 in the machine's 'next'",
    ),
    "output of fractions": (
        {"machine": {"next": [[0] * 4], "output": [[0.0] * 4]}},
        "below 2 in the machine's 'output'",
    ),
    "output without a symbol": ({"machine": {"next": [[0] * 4], "output": [[0] * 3]}}, "1 rows of 4 numbers"),
    "output without a state": ({"machine": {"next": [[0] * 4], "output": []}}, "1 rows of 4 numbers"),
}


@pytest.mark.parametrize("name", CODECS)
def test_machine_that_can_be_read_in_two_ways_is_rejected_even_if_well_signed(name: str) -> None:
    codec, expected = CODECS[name]
    network = elman.Network(4, 1, cell="rnn", hidden=4, seed=0)
    header = file.ModelHeader(
        version="",
        task="transducer",
        codec={**TRANSDUCER, **codec},
        architecture=network.architecture.to_json(),
        training={},
        metrics={},
        data="",
        sources=[],
        stored=network.architecture.dtype,
        seed=0,
    )
    data = file.encode("model", header, network.parameters, {})
    with pytest.raises(Rejected, match=expected):
        check(data, signed({**CLAIM, "task": "transducer"}, data))


# --- the program ---


def test_checker_is_a_program_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(ADDER_FILE)
    (tmp_path / "c").write_text(json.dumps(CLAIM))
    (tmp_path / "d").write_text(json.dumps({**CLAIM, "margin": 0.5}))
    for program in (["-m", "elman.proof.checker"], [str(checker.__file__)]):
        accepted = subprocess.run([sys.executable, *program, "m", "c"], cwd=tmp_path, capture_output=True, text=True)
        assert (accepted.returncode, accepted.stderr) == (0, "")
        rejected = subprocess.run([sys.executable, *program, "m", "d"], cwd=tmp_path, capture_output=True, text=True)
        assert (rejected.returncode, rejected.stderr) == (
            1,
            "rejected: its checksum is wrong: it was damaged or altered\n",
        )


def test_program_ends_with_1_and_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m").write_bytes(ADDER_FILE)
    (tmp_path / "c").write_text("{}")
    monkeypatch.setattr(sys, "argv", ["checker", str(tmp_path / "m"), str(tmp_path / "c")])
    with pytest.raises(SystemExit, match="rejected: it is no certificate: it has no checksum"):
        runpy.run_path(str(checker.__file__), run_name="__main__")
    (tmp_path / "c").write_text(json.dumps(CLAIM))
    runpy.run_path(str(checker.__file__), run_name="__main__")


def test_checker_shares_no_code_with_what_it_checks() -> None:
    source = Path(checker.__file__).read_text(encoding="utf-8")
    assert "elman" not in "".join(line for line in source.splitlines() if "import" in line.split("#")[0].split())


def test_proved_network_is_the_references_automaton() -> None:
    question = ADDITION.question()
    extraction = extract(ADDER.network, question, ADDER.prove())
    assert extraction is not None
    assert (extraction.automaton, extraction.difference, extraction.agreement) == (question.machine, None, None)
