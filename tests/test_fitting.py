"""Trainer.fit: what is held out, what each update sees, the best network, and going on to the bit."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import elman
from elman.network import ragged
from elman.training import fitting, validating
from elman.training.batching import batch_size, batches, together
from elman.training.holding import hold_out

Array = np.ndarray[Any, Any]
COUNT = 60


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events after each update or two, so that there is much to be interrupted."""
    monkeypatch.setattr(fitting, "PIECE", 1e-4)


def signs(rng: np.random.Generator, count: int = COUNT) -> tuple[list[Array], Array]:
    """Sequences whose sum is above 0, or not."""
    x = [rng.standard_normal((length, 2)).astype(np.float32) for length in rng.integers(1, 12, count)]
    return x, np.array([int(one.sum() > 0) for one in x])


def network(**options: Any) -> elman.Network:
    return elman.Network(2, 2, **{"hidden": 4, "readout": "last", "seed": 3, **options})


def trainer(net: elman.Network | None = None, **options: Any) -> elman.Trainer:
    settings: dict[str, Any] = {"loss": "symbols", "optimizer": elman.Adam(0.02), "seed": 5, **options}
    return elman.Trainer(net or network(), **settings)


def everything(one: elman.Trainer) -> dict[str, Any]:
    arrays = {"parameters": one.network.parameters.flat, **one.arrays()}
    return {"updates": one.updates, **{name: values.tobytes() for name, values in arrays.items()}}


# --- batches ---


@pytest.mark.parametrize(("count", "size"), [(1, 8), (7, 8), (60, 8), (60, 7), (1000, 16), (1003, 16)])
def test_epoch_has_every_sequence_once_in_batches_of_one_size_or_one_less(
    count: int, size: int, rng: np.random.Generator
) -> None:
    found = batches(rng.integers(1, 50, count).astype(np.int32), size, rng)
    assert sorted(np.concatenate(found)) == list(range(count))
    sizes = [len(batch) for batch in found]
    assert len(sizes) == -(-count // size)
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes) - min(sizes) <= 1


def test_like_lengths_are_together(rng: np.random.Generator) -> None:
    """Of the steps that are computed nearly half is padding in batches by chance, and less than a tenth here."""
    lengths = rng.integers(1, 100, 2000).astype(np.int32)

    def padding(found: list[Array]) -> float:
        computed = sum(int(lengths[batch].max()) * len(batch) for batch in found)
        return 1 - float(lengths.sum()) / computed

    assert padding(np.split(rng.permutation(2000), 125)) > 0.4
    assert padding(batches(lengths, 16, rng)) < 0.1


def test_batches_are_laid_out_together_as_far_as_they_fit() -> None:
    lengths = np.array([3, 1, 2, 5, 5, 4, 1], np.int32)
    drawn = [np.array(rows) for rows in ([0, 1], [2, 5], [3, 4], [6])]
    assert [together(drawn, lengths, steps) for steps in (1, 15, 16, 29, 30, 99)] == [1, 1, 2, 2, 3, 3]
    assert together(drawn[3:], lengths, 99) == 1


def test_epochs_differ_and_lengths_come_in_no_order(rng: np.random.Generator) -> None:
    lengths = rng.integers(1, 100, 800).astype(np.int32)
    first, second = ([lengths[batch].mean() for batch in batches(lengths, 8, rng)] for _ in range(2))
    assert first != second
    assert abs(np.corrcoef(first, np.arange(len(first)))[0, 1]) < 0.3


def test_size_of_batches_follows_from_how_many_there_are() -> None:
    assert [batch_size(n) for n in (1, 50, 200, 1000, 10_000, 100_000)] == [8, 8, 16, 32, 128, 128]


# --- what is held out ---


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_classes_have_their_shares(share: float) -> None:
    classes = np.repeat(np.arange(4, dtype=np.int32), [100, 40, 20, 4])
    halves = hold_out(164, share, classes=classes)
    assert len(halves.held_out) == round(164 * share)
    found = np.bincount(classes[halves.held_out], minlength=4)
    assert (abs(found - share * np.array([100, 40, 20, 4])) <= 1).all()


def test_no_class_is_held_out_as_a_whole() -> None:
    classes = np.array([0] * 50 + [1, 2, 3, 4], np.int32)
    for seed in range(5):
        assert not (classes[hold_out(54, 0.5, classes=classes, seed=seed).held_out] > 0).any()


@pytest.mark.parametrize("classed", [False, True])
def test_no_group_is_on_both_sides(classed: bool, rng: np.random.Generator) -> None:
    groups = [f"person {n}" for n in rng.integers(0, 25, 200)]
    classes = rng.integers(0, 3, 200).astype(np.int32) if classed else None
    found = set()
    for seed in range(5):
        halves = hold_out(200, 0.2, groups=groups, classes=classes, seed=seed)
        assert not {groups[row] for row in halves.learned} & {groups[row] for row in halves.held_out}
        assert sorted([*halves.learned, *halves.held_out]) == list(range(200))
        assert 25 <= len(halves.held_out) <= 50
        found.add(tuple(halves.held_out))
    assert len(found) == 5


def test_something_is_held_out_however_small_the_share() -> None:
    assert len(hold_out(5, 0.01).held_out) == 1
    assert hold_out(4, 0.1, groups=list("aaab")).held_out.tolist() == [3]
    for seed in range(9):  # a group that is far too small does not stand for the share
        halves = hold_out(101, 0.1, groups=["a"] * 50 + ["b"] * 50 + ["c"], seed=seed)
        assert len(halves.held_out) == 50
        assert hold_out(100, 0.1, groups=["a"] * 97 + ["b"] * 3, seed=seed).held_out.tolist() == [97, 98, 99]
    assert len(hold_out(5, 0).held_out) == 0


def test_numbers_of_sequences_are_held_out() -> None:
    for given in (range(2, 4), [3, 2], np.array([2, 3, 3])):
        assert hold_out(5, given).held_out.tolist() == [2, 3]
    assert len(hold_out(5, []).held_out) == 0


@pytest.mark.parametrize(
    ("held_out", "groups", "message"),
    [
        (1.0, None, r"held_out: expected a number in \[0, 1\); found 1.0"),
        (5, None, r"held_out: expected a number in \[0, 1\); found 5"),
        (True, None, "held_out: expected a number; found True"),
        ("all", None, "held_out: expected a share, numbers of sequences"),
        ([5], None, "held_out: expected numbers from 0 to 4; found 5"),
        ([True] * 5, None, "held_out: expected a share, numbers of sequences, or sequences of their own; found bool"),
        (range(5), None, "held_out: expected some of 5 sequences to learn from; found none"),
        (0.5, list("aaaaa"), "expected two sequences or groups, .*; found 1"),
        (0.5, list("aab"), "groups: expected 5, one for each sequence; found 3"),
        (0.5, [[]] * 5, "groups: expected names or numbers"),
        ([0], list("aabbc"), "expected no group on both sides; found sequence 0 held out, and 1, .* learned"),
    ],
)
def test_wrong_parts_are_refused(held_out: Any, groups: Any, message: str) -> None:
    with pytest.raises(elman.ElmanError, match=message):
        hold_out(5, held_out, groups=groups)


# --- fitting ---


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("symbols", [False, True])
@pytest.mark.parametrize("readout", ["steps", "attention"])
def test_fit_learns(readout: str, symbols: bool, dtype: str, rng: np.random.Generator) -> None:
    """Which of two symbols, or signs, came first (and whether it is this one): beyond what knows nothing could."""
    x: list[Array] = [rng.integers(0, 2, n) for n in rng.integers(1, 9, 80)]
    t: Any = [one == one[0] for one in x] if readout == "steps" else [one[0] for one in x]
    if readout == "steps":
        t = [one.astype(int) for one in t]
    if not symbols:
        x = [np.eye(2)[one] for one in x]
    net = network(readout=readout, symbols=symbols, dtype=dtype, hidden=8)
    fitted = trainer(net).fit(x, t, held_out=0.2, epochs=60)
    assert fitted.validation is not None and fitted.validation.loss < 0.25
    assert fitted.validation.accuracy is not None and fitted.validation.accuracy > 0.9
    right = [np.mean(np.asarray(y).argmax(-1) == one) for y, one in zip(net.outputs(x), t, strict=True)]
    assert np.mean(np.array(right)[fitted.held_out]) > 0.9


def test_numbers_are_learned_with_weights(rng: np.random.Generator) -> None:
    x, _ = signs(rng)
    t = np.array([one.mean() for one in x])
    wrong, weights = t.copy(), np.ones(len(x))
    wrong[::3], weights[::3] = np.nan, 0
    net = elman.Network(2, 1, hidden=8, readout="mean", seed=1)
    fitted = trainer(net, loss="squared").fit(x, wrong, weights=weights, held_out=range(50, 60), epochs=100)
    assert fitted.validation is not None and fitted.validation.accuracy is None
    assert fitted.validation.loss < 0.2 * 0.5 * np.var(t)


def test_network_is_left_at_its_best(rng: np.random.Generator) -> None:
    x, t = signs(rng, 30)
    one, seen, mixed = trainer(optimizer=elman.Adam(0.05)), {}, rng.permutation(t)

    def look(event: elman.Progress) -> None:
        if event.validation is not None:
            seen[event.update] = one.network.parameters.flat.copy()

    fitted = one.fit(x, mixed, held_out=0.3, epochs=30, every=4, patience=0, on_progress=look)
    best = min(fitted.validations, key=lambda v: v.loss)
    assert best.update < one.updates == fitted.updates  # or nothing would be tested
    assert fitted.update == best.update
    np.testing.assert_array_equal(one.network.parameters.flat, seen[best.update])
    part, lengths = elman.pad([x[row] for row in fitted.held_out])
    costs, _ = one.network.losses(part, mixed[fitted.held_out], loss="symbols", lengths=lengths)
    assert costs.mean() == pytest.approx(best.loss, rel=1e-5)


def test_patience_ends_a_fit_that_gets_no_better(rng: np.random.Generator) -> None:
    x, t = signs(rng, 40)
    one = trainer(optimizer=elman.Adam(0.05))
    fitted = one.fit(x, rng.permutation(t), held_out=0.3, epochs=500, every=3, patience=4)
    losses = [v.loss for v in fitted.validations]
    assert len(losses) - 1 - losses.index(min(losses)) == 4
    assert all(v.update % 3 == 0 for v in fitted.validations)
    assert fitted.updates == 3 * len(losses)


def test_validations_come_after_each_epoch_but_not_too_often(rng: np.random.Generator) -> None:
    x, t = signs(rng)
    fitted = trainer().fit(x, t, held_out=0.1, batch=1, epochs=3)
    assert [v.update for v in fitted.validations] == [54, 108, 162]
    fitted = trainer().fit(x, t, held_out=0.1, batch=10, epochs=12)
    assert [v.update for v in fitted.validations] == [30, 60, 72]


def test_nothing_held_out_is_no_validation(rng: np.random.Generator) -> None:
    x, t = signs(rng)
    fitted = trainer().fit(x, t, held_out=0, epochs=2)
    assert (fitted.validations, fitted.validation, fitted.update, len(fitted.held_out)) == ((), None, 16, 0)
    wrong: list[dict[str, Any]] = [{"patience": 3}, {"every": 3}]
    for options in wrong:
        with pytest.raises(elman.ConfigError, match="expected a part to validate with; found none"):
            trainer().fit(x, t, held_out=0, **options)


@pytest.mark.parametrize("held_out", [0.0, 0.2])
def test_average_is_what_is_validated_and_kept(held_out: float, rng: np.random.Generator) -> None:
    x, t = signs(rng)
    one, averages = trainer(averaging=0.9), {}
    for event in one.epochs(x, t, held_out=held_out, epochs=8):
        assert one.average is not None
        averages[event.update] = one.average.copy()
        last = one.network.parameters.flat.copy()
    fitted = one.fit(x, t, held_out=held_out, epochs=8)
    np.testing.assert_array_equal(one.network.parameters.flat, averages[fitted.update])
    assert (one.network.parameters.flat != last).any()
    np.testing.assert_array_equal(one.arrays()["latest"], last)


def test_targets_of_steps_lead_to_the_readout_of_steps() -> None:
    x = [np.zeros((2, 2)), np.zeros((3, 2))]
    with pytest.raises(elman.ShapeError, match="targets: expected an array; found rows of different lengths") as caught:
        elman.Trainer(network(), loss="symbols").fit(x, [[0, 1], [0, 1, 0]])
    assert caught.value.hint == "the readout 'last' has one answer for each sequence; 'steps' has one for each step"


# --- sequences that are held out beside those to learn from ---


@pytest.mark.parametrize("weighted", ["none", "learned", "held out"])
@pytest.mark.parametrize("readout", ["last", "steps"])
def test_sequences_held_out_of_their_own_are_numbers_held_out_of_all(
    readout: str, weighted: str, rng: np.random.Generator
) -> None:
    x, t = signs(rng)
    targets: Any = [np.full(len(one), label) for one, label in zip(x, t, strict=True)] if readout == "steps" else t
    weights = rng.random(COUNT)
    weights[slice(45, None) if weighted == "learned" else slice(45)] = 1
    mine, theirs = slice(45), slice(45, None)
    options: dict[str, Any] = {"batch": 8, "epochs": 4, "every": 5}
    whole, parts = (trainer(network(readout=readout, dtype="float64")) for _ in range(2))
    wanted = whole.fit(
        x, targets, weights=None if weighted == "none" else weights, held_out=range(45, COUNT), **options
    )
    beside = (x[theirs], targets[theirs], weights[theirs])
    found = parts.fit(
        (one for one in x[mine]),
        targets[mine],
        weights=weights[mine] if weighted == "learned" else None,
        held_out=beside if weighted == "held out" else list(beside[:2]),
        **options,
    )
    assert found.validations == wanted.validations
    assert everything(parts)["parameters"] == everything(whole)["parameters"]
    assert found.held_out.tolist() == list(range(45, COUNT))


def test_fit_with_sequences_held_out_goes_on_with_the_same_ones_only(rng: np.random.Generator, tmp_path: Path) -> None:
    x, t = signs(rng)
    options: dict[str, Any] = {"held_out": (x[45:], t[45:]), "batch": 8, "epochs": 4, "every": 5}
    whole, one = trainer(), trainer()
    whole.fit(x[:45], t[:45], **options)
    for event in one.epochs(x[:45], t[:45], **options):
        if event.update == 7:
            break
    one.save(tmp_path / "trainer")
    one = elman.Trainer.load(tmp_path / "trainer")
    with pytest.raises(elman.ConfigError, match="expected the data, the held-out part and the batches"):
        one.fit(x[:45], t[:45], **{**options, "held_out": (x[46:], t[46:])})
    one.fit(x[:45], t[:45], **options)
    assert everything(one) == everything(whole)


X, T = [np.ones((3, 2)), np.ones((1, 2))], [0, 1]


@pytest.mark.parametrize(
    ("held_out", "message"),
    [
        ((X,), "held_out: expected sequences and targets, and weights if any; found 1 of these"),
        ((X, T, [1, 1], T), "held_out: expected sequences and targets, and weights if any; found 4 of these"),
        ((X, T[:1]), r"held_out\[1\]: expected 2, one for each sequence; found 1"),
        ((X, 1), r"held_out\[1\]: expected a list; found 1"),
        ((X, [0, 2]), r"held_out\[1\]\[1\]: expected a whole number from 0 to 1; found 2"),
        ((X, [0, 0.5]), r"held_out\[1\]: expected an array of whole numbers"),
        ((X, [[0], [0, 1]]), r"held_out\[1\]: expected an array; found rows of different lengths"),
        (([], []), r"held_out\[0\]: expected at least one; found none"),
        (("train", "test"), r"held_out\[0\]: expected a list; found 'train'"),
        (([np.ones((0, 2))], [0]), r"held_out\[0\]\[0\]: expected at least one step; found none"),
        (([np.ones((3, 2)), np.ones((3, 4))], T), r"held_out\[0\]\[1\]: expected an array \(steps, 2\); found .*4\)"),
        (([[[1, 2], [3]]], [0]), r"held_out\[0\]\[0\]: expected an array; found rows of different lengths"),
        ((np.ones((3, 2)), T), r"held_out\[0\]\[0\]: expected an array \(steps, 2\); found shape \(2,\)"),
        (([[[1, np.nan]]], [0]), r"held_out\[0\]\[0\]: .*nan"),
        ((X, T, [1, -1]), r"held_out\[2\]\[1\]: expected none below 0; found -1"),
        ((X, T, [1]), r"held_out\[2\]: expected 2, one for each sequence; found 1"),
        ((X, T, [0, 0]), "weights: expected some above 0 among what is held out; found none in 2"),
        (np.ones((2, 2)), "held_out: expected a share, numbers of sequences, or sequences of their own; found float64"),
    ],
)
def test_wrong_sequences_held_out_are_refused(held_out: Any, message: str, rng: np.random.Generator) -> None:
    one = trainer()
    before = everything(one)
    with pytest.raises(elman.ElmanError, match=message):
        one.fit(*signs(rng), held_out=held_out)
    assert everything(one) == before


def test_groups_do_not_go_with_sequences_held_out(rng: np.random.Generator) -> None:
    with pytest.raises(elman.ConfigError, match="groups: expected none where held_out has sequences of its own"):
        trainer().fit(*signs(rng), held_out=(X, T), groups=range(COUNT))


# --- stopping by the clock ---


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds: each look at the clock takes a quarter of one."""
    now = [0.0]

    def monotonic() -> float:
        now[0] += 0.25
        return now[0]

    monkeypatch.setattr("elman.training.clock.time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr(fitting, "PIECE", 1e-9)
    return now


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_fit_that_the_clock_ended_goes_on_to_the_bit(
    averaging: float, rng: np.random.Generator, clock: list[float]
) -> None:
    x, t = signs(rng)
    options: dict[str, Any] = {"held_out": 0.2, "batch": 8, "epochs": 8, "every": 5, "patience": 5}
    whole, one = (trainer(network(output_dropout=0.3), averaging=averaging) for _ in range(2))
    wanted = whole.fit(x, t, **options)
    assert not wanted.interrupted
    clock[0] = 0
    found = one.fit(x, t, minutes=4 / 60, **options)
    assert found.interrupted and 5 < found.updates < 10
    assert 4 < clock[0] <= 4.5
    assert found.validations == wanted.validations[:1]  # none is made for the clock
    assert found.update == 5
    while found.interrupted:
        before = found.updates
        found = one.fit(x, t, minutes=4 / 60, **options)
        assert found.updates > before
    assert (found.validations, found.updates) == (wanted.validations, wanted.updates)
    assert everything(one) == everything(whole)


def test_fit_makes_an_update_however_short_the_time_and_is_not_interrupted_at_its_end(
    rng: np.random.Generator, clock: list[float]
) -> None:
    x, t = signs(rng)
    one = trainer()
    counts = [one.fit(x, t, batch=27, epochs=1, minutes=1e-9) for _ in range(3)]
    assert [(found.updates, found.interrupted) for found in counts] == [(1, True), (2, False), (2, False)]
    assert [event.update for event in trainer().epochs(x, t, minutes=1e-9)] == [1]


# --- what updates see, and going on ---


def test_how_updates_are_put_together_changes_nothing(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, t = signs(rng)
    options: dict[str, Any] = {"held_out": 0.2, "epochs": 6, "batch": 7}
    found = []
    for seconds, numbers in ((1e-9, 1 << 20), (1e9, 1 << 20), (1e9, 200)):
        monkeypatch.setattr(fitting, "PIECE", seconds)
        monkeypatch.setattr(ragged, "PIECE", numbers)
        one = trainer(network(output_dropout=0.3))
        fitted = one.fit(x, t, **options)
        found.append((everything(one), [v.update for v in fitted.validations]))
    assert found[0] == found[1] == found[2]


def test_seed_and_data_say_what_is_learned(rng: np.random.Generator) -> None:
    x, t = signs(rng)
    found = [trainer(seed=seed) for seed in (5, 5, 6)]
    for one in found:
        one.fit(x, t, epochs=3)
    assert everything(found[0]) == everything(found[1]) != everything(found[2])


@pytest.mark.parametrize("averaging", [0.0, 0.9])
@pytest.mark.parametrize("how", ["at once", "file", "pickle", "file in the loop"])
@pytest.mark.parametrize("stop", [1, 5, 17, 30])  # in the middle of epochs of 6, and at a validation of 5
def test_fit_that_was_left_goes_on_to_the_bit(
    stop: int, how: str, averaging: float, rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "PIECE", 1e-9)
    x, t = signs(rng)
    options: dict[str, Any] = {"held_out": 0.2, "batch": 8, "epochs": 8, "every": 5, "patience": 5}
    whole = trainer(network(output_dropout=0.3), averaging=averaging)
    wanted = whole.fit(x, t, **options)
    assert wanted.updates > 30
    one = trainer(network(output_dropout=0.3), averaging=averaging)
    for event in one.epochs(x, t, **options):
        if event.update == stop:
            if how == "file in the loop":
                one.save(tmp_path / "trainer")
            break
    if how == "file":
        one.save(tmp_path / "trainer")
    if how == "pickle":
        one = pickle.loads(pickle.dumps(one))
    if "file" in how:
        one = elman.Trainer.load(tmp_path / "trainer")
    found = one.fit(x, t, **options)
    assert everything(one) == everything(whole)
    assert found.validations == wanted.validations
    before = everything(one)
    assert one.fit(x, t, **options).updates == found.updates
    assert everything(one) == before


def test_interrupted_validation_is_made_up_for(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    x, t = signs(rng)
    options: dict[str, Any] = {"held_out": 0.2, "epochs": 6, "every": 5}
    whole, one, right = trainer(), trainer(), validating.validate
    wanted = whole.fit(x, t, **options)

    def interrupted(*arguments: Any) -> Any:
        if arguments[1] == 10:
            raise KeyboardInterrupt
        return right(*arguments)

    monkeypatch.setattr(fitting, "validate", interrupted)
    with pytest.warns(UserWarning, match="stopped after 10 updates: interrupted"):
        found = one.fit(x, t, **options)
    assert (found.interrupted, found.updates, found.update) == (True, 10, 5)
    monkeypatch.setattr(fitting, "validate", right)
    assert one.fit(x, t, **options).validations == wanted.validations
    assert everything(one) == everything(whole)


def test_ctrl_c_keeps_the_best(rng: np.random.Generator) -> None:
    x, t = signs(rng)
    one = trainer()

    def stop(event: elman.Progress) -> None:
        if event.update >= 12:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match=": interrupted"):
        fitted = one.fit(x, t, every=5, on_progress=stop)
    assert fitted.interrupted and fitted.updates == one.updates
    assert fitted.update in (5, 10)
    assert "latest" in one.arrays() and "best" not in one.arrays()


def test_ctrl_c_before_anything_was_learned_is_ctrl_c(rng: np.random.Generator) -> None:
    def batches_that_stop(*_: Any) -> Iterator[Any]:
        raise KeyboardInterrupt

    x, t = signs(rng)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(fitting, "batches", batches_that_stop)
        trainer().fit(x, t)


def test_error_leaves_the_best(rng: np.random.Generator) -> None:
    x, t = signs(rng)
    one, seen = trainer(), {}

    class OwnError(Exception):
        pass

    def fail(event: elman.Progress) -> None:
        seen[event.update] = one.network.parameters.flat.copy()
        if event.update == 7:
            raise OwnError

    with pytest.raises(OwnError):
        one.fit(x, t, every=1, on_progress=fail)
    best = min(one._record.validations, key=lambda v: v.loss).update
    np.testing.assert_array_equal(one.network.parameters.flat, seen[best])


@pytest.mark.parametrize("change", ["data", "targets", "held_out", "batch"])
def test_other_data_is_refused(change: str, rng: np.random.Generator) -> None:
    x, t = signs(rng)
    one = trainer()
    options: dict[str, Any] = {"held_out": 0.1, "batch": 8, "epochs": 2}
    one.fit(x, t, **options)
    before = everything(one)
    if change == "data":
        x[7] = x[7] + 1
    if change == "targets":
        t = 1 - t
    other = {"held_out": 0.2} if change == "held_out" else {"batch": 9} if change == "batch" else {}
    with pytest.raises(elman.ConfigError, match="expected the data, the held-out part and the batches"):
        one.fit(x, t, **{**options, **other})
    assert everything(one) == before


def test_updates_of_another_kind_are_refused(rng: np.random.Generator) -> None:
    x, t = signs(rng)
    padded, lengths = elman.pad(x)
    one = trainer()
    list(one.run([elman.Batch(inputs=padded, targets=t, lengths=lengths)]))
    with pytest.raises(elman.ConfigError, match="expected a trainer without updates, or with those of `fit`; found 1"):
        one.fit(x, t)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch": 0}, "batch: expected a whole number from 1"),
        ({"epochs": 2.5}, "epochs: expected a whole number from 1"),
        ({"every": 0}, "every: expected a whole number from 1"),
        ({"patience": -1}, "patience: expected a whole number from 0"),
        ({"minutes": 0}, r"minutes: expected a number in \(0, inf"),
        ({"minutes": "10"}, "minutes: expected a number; found '10'"),
        ({"on_progress": 3}, "on_progress: expected a function of an event; found 3"),
    ],
)
def test_wrong_settings_are_refused(options: dict[str, Any], message: str, rng: np.random.Generator) -> None:
    with pytest.raises(elman.ConfigError, match=message):
        trainer().fit(*signs(rng), **options)


def test_epochs_checks_at_once_and_learns_when_it_is_asked(rng: np.random.Generator) -> None:
    x, t = signs(rng)
    with pytest.raises(elman.ShapeError):
        trainer().epochs(x, t[:-1])
    one = trainer()
    events = one.epochs(x, t)
    assert one.updates == 0
    assert next(events).update == one.updates == 1


def test_every_sequence_that_is_not_held_out_is_read_in_each_epoch(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, t = signs(rng)
    one = trainer()
    read: list[int] = []
    run = one.run

    def watched(plans: Any) -> Any:
        for plan in plans:
            read.extend(int(n) for n in plan.examples.lengths)
            yield from run([plan])

    monkeypatch.setattr(one, "run", watched)
    fitted = one.fit(x, t, held_out=0.2, epochs=2)
    learned = Counter(len(x[row]) for row in range(COUNT) if row not in fitted.held_out)
    assert Counter(read) == Counter({length: 2 * count for length, count in learned.items()})


# --- files ---


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("data", -1),
        ("updates", 1.5),
        ("seconds", "long"),
        ("validations", 3),
        ("validations", [[1, 2.0]]),
        ("validations", [[1, float("nan"), None]]),
        ("other", 1),
    ],
)
def test_damaged_record_is_refused(field: str, value: Any) -> None:
    from elman.training.record import Record

    stored = Record(data=1, validations=[elman.Validation(3, 0.5, None)]).to_json()
    assert Record.from_json(stored).to_json() == stored
    with pytest.raises(elman.ConfigError, match="fit"):
        Record.from_json({**stored, field: value})
