"""The task `sessions`: what is counted, mixed, recommended and scored."""

from __future__ import annotations

import math
import pickle
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
import shop
from elman import SessionsModel, _engine
from elman.errors import ConfigError, DataError
from elman.network import Network
from elman.tasks.sessions import Sessions, learning, reranking, settings
from elman.tasks.sessions import counts as counting
from elman.tasks.sessions import task as task_of_sessions
from elman.tasks.sessions import visitor as visiting
from elman.tasks.sessions.baselines import BASELINES
from elman.tasks.sessions.counts import COUNTED, Counts
from elman.tasks.sessions.learning import Reading
from elman.tasks.sessions.log import LONGEST, Log, predictions
from elman.tasks.sessions.metrics import Metrics, rank
from elman.tasks.sessions.mixing import Case, Mix, _slopes
from elman.tasks.sessions.report import SessionsReport
from elman.tasks.sessions.reranking import Reranker
from elman.tasks.sessions.terms import BEFORE, LEAST_NEAR, NEAR, SPARSE, TERMS, Evidence, Sparse
from elman.tasks.sessions.visitor import Visitor
from optional import DUCKDB, IR_MEASURES, needs

pytestmark = needs(DUCKDB)

SMALL: dict[str, Any] = {"hidden": 12, "embedding": 8, "epochs": 3, "batch": 16, "rate": 0.02, "validate": 0.3}


def log_of(*sessions: list[int], users: list[int] | None = None) -> Log:
    """Of sessions an hour after each other."""
    starts = np.concatenate([[0], np.cumsum([len(one) for one in sessions])])
    known = None if users is None else np.array(users)
    return Log(np.concatenate(sessions).astype(np.int32), starts, np.arange(len(sessions)) * np.float64(3600), known)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop.write(tmp_path_factory.mktemp("shop") / "clicks.csv", shop.rows())


@pytest.fixture(scope="module")
def model(data: Path) -> SessionsModel:
    found = elman.train("sessions", data, **SMALL)
    assert isinstance(found, SessionsModel)
    return found


# --- the log ---


def test_pieces_teach_every_step_once_and_cross_no_session() -> None:
    sessions = [[0], [1, 2], list(range(3, 3 + 2 * LONGEST + 7))]
    steps = [(int(a), int(b)) for piece in log_of(*sessions).pieces() for a, b in pairwise(piece)]
    assert steps == [(a, b) for one in sessions for a, b in pairwise(one)]


@pytest.mark.parametrize("batch", [1, 7, 512])
def test_every_event_but_the_first_is_trained_in_each_epoch(data: Path, batch: int) -> None:
    task = Sessions.on([data], batch=batch, epochs=1, click_dropout=0)
    trained = sum(int(lengths.sum()) for plan in task.plans(0) if (lengths := np.asarray(plan.examples.lengths)).size)
    sessions = Counter(row[0] for row in shop.rows())
    learned = sorted(sessions)[: round(0.9 * len(sessions))]
    assert trained == sum(sessions[one] - 1 for one in learned)


def test_clicks_are_left_out_others_each_time(rng: np.random.Generator) -> None:
    reading = Reading(log_of(*[[*range(9)]] * 40, [1, 2]), 41, 0.5)
    read = [next(reading.batches(np.random.default_rng(seed))) for seed in (1, 2, 1)]
    first, other, again = (np.asarray(batch.inputs) for batch in read)
    assert first.tobytes() == again.tobytes() != other.tobytes()
    lengths = np.asarray(read[0].lengths)
    assert 2 < lengths.mean() < 5 and lengths.min() == 1  # of 8 to predict, about half; always one
    steps = np.arange(len(first))[:, None] < lengths
    assert (np.asarray(read[0].targets)[steps] > first[steps]).all()  # what is left is in order


def test_history_is_what_the_same_user_did_in_earlier_sessions() -> None:
    log = log_of([1, 2], [3], [4, 5], [6], users=[7, 8, 7, 7])
    assert [log.history(session).tolist() for session in range(4)] == [[], [], [1, 2], [1, 2, 4, 5]]


# --- counts, against loops ---


def test_counts_are_those_of_loops(rng: np.random.Generator) -> None:
    sessions = [rng.integers(0, 6, rng.integers(1, 7)).tolist() for _ in range(30)]
    counts = Counts(log_of(*sessions), 6)
    popularity = Counter(item for one in sessions for item in one)
    near, after, following, together = (defaultdict[tuple[int, int], float](float) for _ in range(4))
    for one in sessions:
        for (i, a), (j, b) in combinations(enumerate(one), 2):
            for pair in ((a, b), (b, a)):
                near[pair] += 1 / (j - i)
                together[pair] += 1
            after[a, b] += 1 / (j - i)
            following[a, b] += j == i + 1
    clicks = [2, 0, 5]
    for kind, table, fading in (
        ("near", near, [1 / 9, 1 / 4, 1]),
        ("near_last", near, [0, 0, 1]),
        ("near_root", near, [1 / 9, 1 / 4, 1]),
        ("after", after, [1 / 9, 1 / 4, 1]),
        ("next", following, [0, 0, 1]),
        ("together", together, [1 / 3, 1 / 2, 1]),
    ):
        power = 0.5 if kind == "near_root" else 1
        weights = {click: w / (popularity[click] + 1) ** power for click, w in zip(clicks, fading, strict=True)}
        expected = [sum(w * table[click, item] for click, w in weights.items()) / sum(fading) for item in range(6)]
        assert counts.following(kind, np.array(clicks, np.int32)) == pytest.approx(expected, abs=1e-6), kind


def test_what_came_behind_an_item_and_an_action_is_counted(rng: np.random.Generator) -> None:
    sessions = [rng.integers(0, 6, rng.integers(1, 7)).tolist() for _ in range(40)]
    log = log_of(*sessions)
    log.acts = rng.integers(-1, 3, len(log.items)).astype(np.int32)
    counts, done = Counts(log, 6), iter(log.acts.tolist())
    events = [[(item, next(done)) for item in one] for one in sessions]
    often = Counter(event for one in events for event in one)
    behind = Counter((event, item) for one in events for event, (item, _) in pairwise(one))
    for item, act in permutations(range(6), 2):
        row = counts.acted(item, act)
        if act > 2 or not often[item, act]:
            assert row is None
        else:
            assert row is not None
            expected = {b: behind[(item, act), b] / (often[item, act] + 1) for b in range(6) if behind[(item, act), b]}
            assert dict(zip(row[0].tolist(), row[1].tolist(), strict=True)) == pytest.approx(expected)
    assert counts.acted(0, -1) is None


def test_the_term_of_actions_is_that_of_items_where_the_action_is_not_known() -> None:
    log = log_of([0, 1], [0, 2], [0, 1])
    log.acts = np.array([0, 0, 1, 0, 0, 0], np.int32)
    evidence, clicks, nothing = Evidence(Counts(log, 3)), np.array([0], np.int32), np.zeros(0, np.int32)

    def term(act: int, name: str = "action") -> dict[int, float]:
        found = evidence.sparse(clicks, nothing, act)
        return dict(zip(found.items.tolist(), found.values[SPARSE.index(name)].tolist(), strict=True))

    assert term(0) == pytest.approx({0: 0, 1: math.log1p(2 / 3 / 1e-3), 2: 0})
    assert term(1) == pytest.approx({0: 0, 1: 0, 2: math.log1p(1 / 2 / 1e-3)})
    assert term(-1) == term(7) == term(-1, "next") == pytest.approx({0: 0, 1: math.log1p(500), 2: math.log1p(250)})


def test_neighbours_are_the_sessions_that_share_the_latest_clicks() -> None:
    counts = Counts(log_of([0, 1, 2], [0, 3], [4, 5]), 6)
    similar, values = counts.similar(np.array([1, 0], np.int32))
    assert dict(zip(similar.tolist(), values.tolist(), strict=True)) == pytest.approx(
        {0: (1 + 0.85) / math.sqrt(3), 1: 1 / math.sqrt(2)}
    )
    shares = counts.following("neighbours", np.array([1, 0], np.int32))
    assert shares[[4, 5]].tolist() == [0, 0]
    assert shares[0] == pytest.approx(1)
    assert not counts.following("neighbours", np.array([], np.int32)).any()


def test_neighbours_are_the_nearest_of_the_latest_sessions(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = [rng.integers(0, 9, rng.integers(1, 7)).tolist() for _ in range(60)]
    monkeypatch.setattr(counting, "LATEST", 12)
    monkeypatch.setattr(counting, "NEIGHBOURS", 5)
    counts, clicks = Counts(log_of(*sessions), 9), [2, 7, 2, 4]
    likeness = defaultdict[int, float](float)
    for item, ago in {4: 0, 2: 1, 7: 2}.items():
        for session in [number for number, one in enumerate(sessions) if item in one][-12:]:
            likeness[session] += 0.85**ago / math.sqrt(len(sessions[session]))
    similar, values = counts.similar(np.array(clicks, np.int32))
    assert dict(zip(similar.tolist(), values.tolist(), strict=True)) == pytest.approx(likeness)
    # Those that are as similar but for rounding are so because the same clicks are in sessions as long.
    nearest = sorted(likeness, key=lambda one: (round(likeness[one], 5), one))[-5:]
    expected = np.zeros(9)
    for session in nearest:
        np.add.at(expected, sessions[session], likeness[session])
    found = counts.following("neighbours", np.array(clicks, np.int32))
    assert found == pytest.approx(expected / sum(likeness[one] for one in nearest), abs=1e-6)


def test_what_is_given_of_items_stands_beside_what_is_counted(rng: np.random.Generator) -> None:
    counts = Counts(log_of(*(rng.integers(0, 9, 7).tolist() for _ in range(8))), 11)
    clicks, begin = np.array([4, 0, 4], np.int32), np.array([7, 10, 7], np.int32)
    given = normal(rng, (3, 3))
    for _ in range(2):  # nothing is left over from the first time
        items, said, of_begin = counts.said(clicks, begin, given)
        assert items[:2].tolist() == [7, 10] and len(set(items.tolist())) == len(items)
        assert of_begin == pytest.approx(np.stack([given[:, 0] + given[:, 2], given[:, 1]], axis=1))
        for kind, row in zip(COUNTED[:-1], said, strict=False):
            assert row == pytest.approx(counts.following(kind, clicks)[items])
            assert row.sum() == pytest.approx(counts.following(kind, clicks).sum())
        assert not said[-1].any() and not said[:, 1].any()
    items, said, of_begin = counts.said(clicks[:0], begin[:0], given[:, :0])
    assert (items.shape, said.shape, of_begin.shape) == ((0,), (len(COUNTED), 0), (3, 0))


def test_rows_have_the_nearest_items(rng: np.random.Generator) -> None:
    log = log_of(*(rng.integers(0, 20, 7).tolist() for _ in range(40)))
    whole, cut = (_engine.pairs(log.items, log.starts, 20, 3, most) for most in (20, 5))
    for item in range(20):
        row, less = (slice(one[0][item], one[0][item + 1]) for one in (whole, cut))
        kept = np.isin(whole[1][row], cut[1][less])
        assert (cut[1][less] == whole[1][row][kept]).all() and (cut[2][less] == whole[2][row][kept]).all()
        assert cut[2][less, 0].min() >= whole[2][row][~kept, 0].max() - 1e-6 and kept.sum() == 5


def test_engine_refuses_numbers_that_there_are_not() -> None:
    items, starts = np.array([0, 1, 2], np.int32), np.array([0, 2, 3])
    for wrong, begins, size in ((items, starts, 2), (items - 1, starts, 3), (items, starts[::-1].copy(), 3)):
        with pytest.raises(ValueError, match="expected"):
            _engine.pairs(wrong, begins, size, 5, 9)
        with pytest.raises(ValueError, match="expected"):
            _engine.sessions_with(wrong, begins, size)
    fits: dict[str, Any] = {
        "pair_starts": np.array([0, 1, 2]),
        "partners": items[:2] * 0,
        "pairs": np.ones((2, 4), np.float32),
        "with_starts": np.array([0, 1, 1]),
        "with_": np.zeros(1, np.int32),
        "session_starts": np.array([0, 1]),
        "log": np.zeros(1, np.int32),
        "shares": np.ones(1, np.float32),
    }
    most: dict[str, Any] = {"latest": 5, "nearest": 5, "fading": 0.5}
    for name, misfit in (
        ("pair_starts", np.zeros(0, np.int64)),
        ("pair_starts", np.array([0, 2, 1])),
        ("pair_starts", np.array([1, 1, 2])),
        ("partners", items[1:]),
        ("pairs", np.ones((3, 4), np.float32)),
        ("pairs", np.ones((2, 3), np.float32)),
        ("with_starts", np.array([0, 1])),
        ("with_", np.ones(1, np.int32)),
        ("session_starts", np.array([0, 2])),
        ("log", items[2:]),
        ("shares", np.ones(2, np.float32)),
    ):
        with pytest.raises(ValueError, match="expected"):
            _engine.Counted(**{**fits, name: misfit}, **most)
    counted = _engine.Counted(**fits, **most)
    click: Any = np.zeros(1, np.int32)
    weights, which = np.ones((1, 1), np.float32), np.zeros(1, np.int64)
    none = np.zeros((0, 1), np.float32)
    counted.said(click, weights, which, click, none, 2)
    for clicks, by, kinds, begin, known, rows in (
        (items[2:], weights, which, click, none, 2),
        (click - 1, weights, which, click, none, 2),
        (click, weights, which, items[2:], none, 2),
        (click, weights.repeat(2, 1), which, click, none, 2),
        (click, weights.repeat(2, 0), which, click, none, 2),
        (click, weights, which + 4, click, none, 2),
        (click, weights[:, :0], which[:0], click, none, 2),
        (click, weights.repeat(9, 1), which.repeat(9), click, none, 12),
        (click, weights, which, click, none[:, :0], 2),
        (click, weights, which, click, none, 1),
    ):
        with pytest.raises(ValueError, match="expected"):
            counted.said(clicks, by, kinds, begin, known, rows)
    with pytest.raises(ValueError, match="expected"):
        counted.similar(click + 2)


# --- the mix ---


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    return rng.normal(size=shape).astype(np.float32)


def cases_of(rng: np.random.Generator, count: int = 12, items: int = 9) -> tuple[Any, list[Case]]:
    dense = rng.normal(size=(2, items))
    cases = [
        Case(
            normal(rng, (items,)),
            Sparse(
                np.sort(rng.permutation(items)[:4]).astype(np.int32),
                normal(rng, (len(COUNTED), 4)),
                normal(rng, (len(SPARSE) - len(COUNTED), 3)),
            ),
            int(rng.integers(items)),
        )
        for _ in range(count)
    ]
    return dense, cases


def test_slopes_of_the_mix_are_those_of_differences(rng: np.random.Generator) -> None:
    dense, cases = cases_of(rng)
    weights = rng.normal(size=len(TERMS)) * 0.3
    _, gradient, curvature = _slopes(dense, cases, weights)
    for place in range(len(TERMS)):
        step = np.eye(len(TERMS))[place] * 1e-5
        above, below = _slopes(dense, cases, weights + step), _slopes(dense, cases, weights - step)
        assert gradient[place] == pytest.approx((above[0] - below[0]) / 2e-5, abs=1e-5)
        assert curvature[place] == pytest.approx((above[1] - below[1]) / 2e-5, abs=1e-5)


def test_weights_are_learned_where_cases_tell_them_and_usual_where_they_do_not(rng: np.random.Generator) -> None:
    dense, cases = cases_of(rng, 1500)
    told = Mix.of({name: 0.7 if name in ("network", "next", "last") else 0.0 for name in TERMS})
    answered = []
    for one in cases:
        logits = told.logits(one.network, dense, one.sparse)
        answered.append(Case(one.network, one.sparse, int((logits + rng.gumbel(size=len(logits))).argmax())))
    assert Mix.learned(dense, answered).weights == pytest.approx(told.weights, abs=0.25)
    assert Mix.learned(dense, []).weights == Mix().weights
    off = Mix.learned(dense, answered, ["network", "history"]).named()
    assert [off[name] for name in ("network", *BEFORE)] == [0] * 5


def test_repeats_and_history_are_terms_of_their_own() -> None:
    evidence = Evidence(Counts(log_of([0, 1], [2, 3], [4, 5]), 6))
    found = evidence.sparse(np.array([0, 1, 2, 3, 4, 5, 5], np.int32), np.array([3, 1, 3], np.int32))
    seen = {
        int(item): dict(zip(SPARSE, row, strict=True)) for item, row in zip(found.items, found.values.T, strict=True)
    }
    assert [seen[5][name] for name in ("last", "seen_2")] == [1, 0]
    assert [seen[item]["seen_3_to_5"] for item in (4, 3, 2)] == [1, 1, 1]
    assert [seen[item]["seen_6_and_more"] for item in (1, 0)] == [1, 1]
    assert [seen[3][name] for name in ("before", "before_count", "before_ago")] == pytest.approx([1, math.log(2), 0])
    assert [seen[1][name] for name in ("before", "before_count", "before_ago")] == pytest.approx([1, 0, math.log(2)])
    assert seen[0]["before"] == 0


def test_items_near_to_what_is_clicked_now_in_the_history_are_a_term() -> None:
    evidence = Evidence(Counts(log_of([0, 1], [2, 3], [4, 5]), 6))
    history = [3, 1, 4, *[5] * 9, 1, 2]
    found = evidence.sparse(np.array([4, 1], np.int32), np.array(history, np.int32))
    expected = defaultdict[int, float](float)
    for click, weight in ((1, 0.8), (4, 0.2)):
        for (i, a), (j, b) in permutations(enumerate(history), 2):
            if a == click and abs(i - j) <= NEAR:
                expected[b] += weight / abs(i - j)
    near = dict(zip(found.items.tolist(), found.values[SPARSE.index("before_near")].tolist(), strict=True))
    assert near == pytest.approx({item: math.log1p(expected[item] / LEAST_NEAR) for item in near})
    assert near[3] > 0 and near[0] == 0


# --- metrics ---


def test_ties_stand_before_the_answer() -> None:
    assert rank(np.array([1.0, 2.0, 2.0, 3.0]), 1) == 3
    assert rank(np.zeros(50), 0) == 50


@needs(IR_MEASURES)
def test_metrics_are_those_of_ir_measures(rng: np.random.Generator) -> None:
    import ir_measures as ir

    metrics, items = Metrics(np.ones(60)), [f"i{n}" for n in range(60)]
    runs, answers = {}, {}
    for query in range(80):
        scores = rng.permutation(60).astype(float)
        target = int(rng.integers(60))
        metrics.add(scores, target)
        runs[str(query)] = dict(zip(items, scores.tolist(), strict=True))
        answers[str(query)] = {items[target]: 1}
    found = metrics.result()
    for k in (1, 5, 10, 20):
        theirs = ir.calc_aggregate([ir.R @ k, ir.RR @ k, ir.nDCG @ k], answers, runs)
        names = {f"recall@{k}": ir.R @ k, f"mrr@{k}": ir.RR @ k, f"ndcg@{k}": ir.nDCG @ k}
        for name, measure in names.items():
            assert found[name] == pytest.approx(theirs[measure], abs=1e-6), name


@pytest.mark.parametrize("name", BASELINES)
def test_baseline_finds_what_always_follows(name: str) -> None:
    log = log_of(*[[0, 1, 2], [3, 4, 5]] * 10, [1, 1])
    scores = BASELINES[name](Counts(log, 6), np.array([3, 4], np.int32), 3600.0 * len(log))
    assert scores.shape == (6,)
    if "popularity" in name:
        assert rank(scores, 1) == 1
    else:
        assert rank(scores, 5) <= 3
        assert min(rank(scores, item) for item in (0, 2)) > 3


# --- a model ---


def test_model_is_better_than_counting_where_there_is_more_to_know(model: SessionsModel) -> None:
    metrics = model.metrics
    for one in metrics["baselines"].values():
        assert metrics["recall@5"] > one["recall@5"] + 0.03


def test_recommendations_are_k_in_order_with_probabilities(model: SessionsModel) -> None:
    found = model.recommend(["i3", "i22"], k=40)
    chances = [one.probability for one in found]
    assert len({one.item for one in found}) == 40
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1)
    assert model.recommend(["i3", "i22"], k=5) == found[:5]
    assert model.predict([["i3", "i22"]]) == [{one.item: one.probability for one in found[:20]}]
    assert found[0].item in ("i35", "i36")  # 7 · 22 + 1 or 2, modulo 40


def test_filters_leave_out_and_fill_up(model: SessionsModel) -> None:
    clicks = ["i3", "i22"]
    whole = [one.item for one in model.recommend(clicks, k=40)]
    denied = model.recommend(clicks, k=20, deny=whole[:15])
    assert [one.item for one in denied] == whole[15:35]
    allowed = model.recommend(clicks, k=20, allow=["i1", "nobody knows this", "i2", "i9"])
    assert {one.item for one in allowed} == {"i1", "i2", "i9"}
    assert "i22" not in {one.item for one in model.recommend(clicks, k=40, exclude="last")}
    assert {one.item for one in model.recommend(clicks, k=40, exclude="seen")} == set(whole) - set(clicks)
    assert model.recommend(clicks, deny=whole) == []


def test_unknown_items_are_skipped_and_said(model: SessionsModel) -> None:
    assert model.unknown(["i3", "no such", "i4"]) == ["no such"]
    assert model.recommend(["i3", "no such"]) == model.recommend(["i3"])
    popular = [one.item for one in model.recommend([])]
    with pytest.warns(UserWarning, match="items: none of them is known: no such; the answer is as without a click"):
        assert model.recommend(["no such"]) == model.recommend([])
    recent = model.task.evidence.counts.recent
    assert model.task.known.numbers[popular[0]] == recent.argmax()


def test_history_counts_and_needs_no_user(model: SessionsModel) -> None:
    plain = {one.item: one.probability for one in model.recommend(["i3"], k=40)}
    with_it = {one.item: one.probability for one in model.recommend(["i3"], k=40, history=["i30", "i30", "i31"])}
    assert with_it["i30"] > plain["i30"]


def test_because_names_the_click_without_which_an_item_is_least_probable(model: SessionsModel) -> None:
    clicks = ["i30", "i3", "i22"]
    for one in model.recommend(clicks, k=4, because=True):
        without = {
            click: {o.item: o.probability for o in model.recommend([c for c in clicks if c != click], k=40)}[one.item]
            for click in clicks
        }
        assert one.because == min(without, key=without.__getitem__)


@pytest.mark.parametrize("name", ["items", "history", "allow", "deny"])
def test_one_name_is_no_list(model: SessionsModel, name: str) -> None:
    with pytest.raises(elman.DataError, match=f"{name}: expected a list of items; found 'i3'"):
        given: dict[str, Any] = {"items": ["i4"], name: "i3"}
        model.recommend(**given)


def test_visitor_answers_as_recommend_does(model: SessionsModel) -> None:
    visitor = model.visitor(history=["i9"])
    for place, item in enumerate(clicks := ["i3", "i22", "i35", "i6"]):
        assert visitor.click(item)
        expected = model.recommend(clicks[: place + 1], k=10, history=["i9"])
        assert [one.item for one in visitor.recommend(10)] == [one.item for one in expected]
    assert not visitor.click("no such")


def test_clicks_may_come_before_anybody_asks_and_models_are_copied_with_visitors_about(model: SessionsModel) -> None:
    clicks = ["i1", "i4", "i2", "i2"]
    asked, silent = model.visitor(), pickle.loads(pickle.dumps(model)).visitor()
    for item in clicks:
        asked.click(item)
        asked.recommend(3)
        silent.click(item)
    assert silent.recommend(9) == asked.recommend(9) == asked.recommend(9) == model.recommend(clicks, k=9)


def test_visitors_that_are_read_together_are_answered_as_one_by_one(model: SessionsModel) -> None:
    clicks = ["i3", "i22", "i35", "i6", "i9"]
    other = pickle.loads(pickle.dumps(model))
    visitors = [*(model.visitor() for _ in clicks), other.visitor(), model.visitor()]
    for visitor, item in zip(visitors, [*clicks, "i3"], strict=False):
        for clicked in ("i1", item):
            assert visitor.click(clicked)
            model.task.read(visitors)  # again, of those that were read already
    for visitor, item in zip(visitors, [*clicks, "i3"], strict=False):
        found, expected = visitor.recommend(9), model.recommend(["i1", item], 9)
        assert [one.item for one in found] == [one.item for one in expected]
        assert [one.probability for one in found] == pytest.approx([one.probability for one in expected], rel=1e-5)
    assert visitors[-1].recommend(9) == model.visitor().recommend(9)  # who has not clicked yet


def test_saved_visitor_goes_on(model: SessionsModel) -> None:
    visitor = model.visitor(history=["i9", "i8"])
    for item in ["i3", "i22", "i35"] * 20:
        visitor.click(item)
    saved = visitor.save()
    assert len(saved) < 1024
    other = model.visitor(saved=saved)
    for item in ("i6", "i3"):
        assert [one.item for one in other.recommend(9)] == [one.item for one in visitor.recommend(9)]
        assert other.recommend(1)[0].probability == pytest.approx(visitor.recommend(1)[0].probability, rel=1e-5)
        other.click(item)
        visitor.click(item)
    assert model.visitor(saved=model.visitor().save()).recommend(3) == model.visitor().recommend(3)
    wrong: Any
    flipped = bytearray(saved)
    flipped[-5] ^= 4
    for wrong in (b"", saved[:-3], saved.replace(b"clicks", b"licks!"), "abc", bytes(flipped)):
        with pytest.raises(DataError, match="visitor: expected one that `save` of this model gave"):
            model.visitor(saved=wrong)
    with pytest.raises(ConfigError, match="saved: expected saved or history; found both"):
        model.visitor(["i3"], saved=saved)


def test_a_visitor_of_another_model_is_refused(model: SessionsModel, tmp_path: Path) -> None:
    """The same numbers would be other items, or states of another network."""
    saved = model.visitor(history=["i9"]).save()
    renamed, trained = (pickle.loads(pickle.dumps(model)) for _ in range(2))
    renamed.task.known = replace(renamed.task.known, names=renamed.task.known.names[::-1])
    trained.network.parameters["head.bias"][0] += 1
    trained.save(tmp_path / "trained")
    other: Any
    for other in (renamed, elman.load(tmp_path / "trained")):
        with pytest.raises(DataError, match="found one of another model"):
            other.visitor(saved=saved)
    assert pickle.loads(pickle.dumps(model)).visitor(saved=saved).recommend(3) == model.recommend([], 3, history=["i9"])


def test_all_that_was_seen_is_excluded_also_after_many_clicks(
    model: SessionsModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = list(model.task.known.names)
    first, rest = names[:2], names[2:5]
    clicks = [*first, *rest * 20]

    def left(visitor: Visitor) -> set[str]:
        return {one.item for one in visitor.recommend(40, exclude="seen")}

    visitor = model.visitor()
    for item in clicks:
        visitor.click(item)
    assert left(visitor) == left(model.visitor(saved=visitor.save())) == set(names[5:])
    assert {one.item for one in model.recommend(clicks, 40, exclude="seen")} == set(names[5:])
    monkeypatch.setattr(visiting, "SEEN", 4)  # what was seen longest ago is forgotten
    visitor.click(names[0])
    assert left(visitor) == left(model.visitor(saved=visitor.save())) == {names[1], *names[5:]}


def test_file_answers_the_same_without_data_and_holds_no_users(model: SessionsModel, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded = elman.load(tmp_path / "model", "sessions")
    assert isinstance(loaded, SessionsModel)
    assert loaded.recommend(["i3", "i22"], history=["i9"]) == model.recommend(["i3", "i22"], history=["i9"])
    assert not (loaded.task.log is None or (loaded.task.log.users >= 0).any())
    half = model.exported("float16")
    half.save(tmp_path / "half")
    small = elman.load(tmp_path / "half", "sessions")
    assert isinstance(small, SessionsModel)
    assert [one.item for one in small.recommend(["i3"], 3)] == [one.item for one in model.recommend(["i3"], 3)]


def test_shorter_numbers_are_measured_by_all_of_the_model(model: SessionsModel, tmp_path: Path) -> None:
    """Not by its network alone."""
    model.save(tmp_path / "model")
    report = elman.load(tmp_path / "model").export(tmp_path / "small", "float16")
    assert report["before"] == model.metrics
    assert report["after"]["log_loss"] == pytest.approx(model.metrics["log_loss"], rel=0.01)
    assert elman.load(tmp_path / "small").metrics == report["after"]


def test_interrupted_and_resumed_is_never_interrupted(data: Path, tmp_path: Path) -> None:
    whole = elman.train("sessions", data, **SMALL)
    elman.train("sessions", data, **SMALL, steps=7).save(tmp_path / "part")
    resumed = elman.train(resume=tmp_path / "part", steps=whole.updates)
    assert resumed.network.parameters.flat.tobytes() == whole.network.parameters.flat.tobytes()
    assert resumed.metrics == whole.metrics
    data.rename(tmp_path / "moved.csv")
    with pytest.raises(DataError, match="expected a file; found none") as caught:
        elman.train(resume=tmp_path / "part")
    (tmp_path / "moved.csv").rename(data)  # other tests read it, too
    assert caught.value.hint.startswith("the data was there in training; name it: elman.train(data=path")


@pytest.mark.parametrize(("times", "told"), [([5], False), ([5, 5, 5], True), ([5, 5, 6], False)])
def test_sessions_of_one_time_are_said(times: list[int], told: bool, tmp_path: Path) -> None:
    found = [(n, 0, time, item) for n, time in enumerate(times) for item in "abc"]
    task = Sessions.on([shop.write(tmp_path / "a.csv", found)])
    assert any("all sessions are of one time" in line for line in task.described) == told


@pytest.mark.parametrize(("given", "held_out"), [({}, 4), ({"validate": 0.5}, 100), ({"validate": 0}, 0)])
def test_of_a_long_log_less_than_a_tenth_is_held_out(
    given: dict[str, Any], held_out: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many last sessions as have enough predictions; of a short one a tenth; or the share that is given."""
    sessions = [(s, 0, s * 100 + t, f"i{t}") for s in range(200) for t in range(6)]
    data = shop.write(tmp_path / "long.csv", sessions)
    assert Sessions.on([data]).settings.validate == 0.1
    monkeypatch.setattr(task_of_sessions, "HELD_OUT", 18)  # three sessions have 15 predictions
    task = Sessions.on([data], **given)
    assert task.settings.validate == held_out / 200
    assert task.learning is not None and len(task.learning.log) == 200 - held_out
    assert task.again([data]).settings == task.settings


# --- reranking ---


def riddles(rng: np.random.Generator, count: int) -> list[reranking.Case]:
    """Where the answer is the item with the middle one of three values of a term: no weight of that term says so."""
    found = []
    for session in range(count):
        inputs = np.zeros((3, reranking.INPUTS), np.float32)
        inputs[:, 3] = rng.permutation(3)
        place = int(np.flatnonzero(inputs[:, 3] == 1)[0])
        found.append(reranking.Case(session, inputs, np.zeros(3, np.float32), -2.0, place, 0.0))
    return found


def test_reranking_learns_what_weights_cannot(rng: np.random.Generator) -> None:
    cases = riddles(rng, 2000)
    found = Reranker.learned(cases, (), 0)
    assert found is not None and found._nats(cases[:50]) < 0.3  # log 3 and more without it
    assert Reranker.learned(cases[:400], (), 0) is None  # too few
    blind = Reranker.learned(cases, TERMS, 0)
    assert blind is None or not blind.scale.any()


def test_reranking_descends_the_gradient_of_its_loss(rng: np.random.Generator) -> None:
    """By differences; one answer is not among the best."""
    cases = riddles(rng, 4)
    cases[2] = cases[2]._replace(place=-1, logit=-3.0)
    added = rng.normal(size=12).astype(np.float32)
    slopes, _ = reranking._chances(cases, added)
    found = np.concatenate(slopes)
    for place in range(12):
        moved = [added + sign * np.eye(12, dtype=np.float32)[place] * 1e-2 for sign in (1, -1)]
        up, down = (reranking._chances(cases, one)[1] for one in moved)
        assert found[place] == pytest.approx((up - down) / 2e-2, abs=1e-4)


def test_reranking_moves_the_best_items_alone(model: SessionsModel, rng: np.random.Generator) -> None:
    task, network = model.task, model.network
    assert isinstance(task, Sessions)
    clicks = task.known.encode(["i3", "i9"])
    outputs, evidence = network.forward(clicks[:, None])[0][-1, 0], task.evidence
    sparse = evidence.sparse(clicks, clicks[:1])
    assert sparse.context == pytest.approx([np.log(3), 1, evidence.dense[0, clicks[-1]]])
    reranker = Reranker.learned(riddles(rng, 600), (), 0)
    assert reranker is not None
    plain = replace(task.mix, reranker=None)
    before, after = (one.logits(outputs, evidence.dense, sparse) for one in (plain, replace(plain, reranker=reranker)))
    shortlist = reranking.Shortlist.of(before, outputs, evidence.dense, sparse)
    assert set(shortlist.items) == set(np.argsort(-before)[: reranking.BEST])
    terms = np.concatenate([outputs[None], evidence.dense]).T
    np.testing.assert_array_equal(shortlist.inputs[:, :3], terms[shortlist.items])
    whole = np.zeros((len(before), len(SPARSE)))
    whole[sparse.items] = sparse.values.T
    np.testing.assert_allclose(shortlist.inputs[:, 3 : len(TERMS)], whole[shortlist.items], rtol=1e-6)
    np.testing.assert_allclose(
        after[shortlist.items] - before[shortlist.items], reranker._read(shortlist.inputs), atol=1e-5
    )
    others = np.setdiff1d(np.arange(len(before)), shortlist.items)
    np.testing.assert_array_equal(after[others], before[others])


def test_file_keeps_what_reranks(model: SessionsModel, tmp_path: Path, rng: np.random.Generator) -> None:
    task = model.task.calibrated(model.network)  # another one of the same
    assert isinstance(task, Sessions)
    task.known = replace(task.known, mix=replace(task.mix, reranker=Reranker.learned(riddles(rng, 600), (), 0)))
    whole = SessionsModel(task, model.network)
    whole.save(tmp_path / "model")
    found = elman.load(tmp_path / "model")
    assert isinstance(found, SessionsModel)
    assert found.recommend(["i3"], 5) == whole.recommend(["i3"], 5) != model.recommend(["i3"], 5)
    arrays = {**task.arrays(), "rerank_mean": np.zeros(3)}
    with pytest.raises(ConfigError, match="expected a network that reranks by these terms; found another"):
        task.take(arrays)


def test_names_of_items_do_not_matter(tmp_path: Path, model: SessionsModel) -> None:
    """Nor does their order: an item is known by when it came first."""
    found = [(s, u, t, f"x{(int(item[1:]) * 17 + 5) % 40:02}") for s, u, t, item in shop.rows()]
    other = elman.train("sessions", shop.write(tmp_path / "other.csv", found), **SMALL)
    assert other.metrics == model.metrics


def test_items_may_be_called_anything(tmp_path: Path) -> None:
    names = ["0", "nan", "-1", "NULL", "1.0", "x y"]
    found = [(s, 0, s * 10 + t, names[(s + t) % 6]) for s in range(60) for t in range(4)]
    model = elman.train("sessions", shop.write(tmp_path / "odd.csv", found), **{**SMALL, "epochs": 2, "validate": 0.1})
    assert isinstance(model, SessionsModel)
    assert {one.item for one in model.recommend(["nan", "-1"])} == set(names)
    assert model.recommend(["0"], 1)[0].item == "nan"


def test_score_is_that_of_each_session_alone(model: SessionsModel, tmp_path: Path, command: Callable[..., Any]) -> None:
    later = [(s + 1000, u, t + 10**6, item) for s, u, t, item in shop.rows(12, seed=5)]
    model.save(path := tmp_path / "model")
    shop.write(tmp_path / "later.csv", later)
    code, found, _ = command("score", str(path), str(tmp_path / "later.csv"), "--each", "--json")
    assert code == 0
    ranks = {(row["session"], row["clicks"]): row["rank"] for row in found["each"]}
    assert len(ranks) == found["predictions"] == sum(1 for _ in later) - 12
    shuffled = [later[place] for place in np.random.default_rng(0).permutation(len(later))]
    shop.write(tmp_path / "shuffled.csv", shuffled)
    again = command("score", str(path), str(tmp_path / "shuffled.csv"), "--each", "--json")[1]
    assert {(row["session"], row["clicks"]): row["rank"] for row in again["each"]} == ranks
    one = [row for row in later if row[0] == 1003]
    shop.write(tmp_path / "one.csv", [(s, 99, t, item) for s, _, t, item in one])
    alone = command("score", str(path), str(tmp_path / "one.csv"), "--each", "--json")[1]
    no_history = [(s, 1000 + s, t, item) for s, _, t, item in later]
    shop.write(tmp_path / "strangers.csv", no_history)
    each = command("score", str(path), str(tmp_path / "strangers.csv"), "--each", "--json")[1]["each"]
    assert [row["rank"] for row in alone["each"]] == [row["rank"] for row in each if row["session"] == "1003"]


def test_history_of_files_counts_in_a_score(model: SessionsModel, tmp_path: Path, data: Path) -> None:
    later = shop.write(tmp_path / "later.csv", [(s + 1000, u, t + 10**6, i) for s, u, t, i in shop.rows(60, seed=5)])
    task, network = model.task, model.network
    without = task.report(network, [str(later)]).result()
    with_it = task.report(network, [str(later)], history=[str(data)]).result()
    assert with_it["predictions"] == without["predictions"]
    assert with_it["log_loss"] < without["log_loss"]


def test_a_score_of_files_whose_columns_are_called_otherwise(
    model: SessionsModel, tmp_path: Path, data: Path, command: Callable[..., Any]
) -> None:
    model.save(path := tmp_path / "model")
    text = data.read_text()
    wanted = command("score", str(path), str(data), "--json")[1]

    def scored(header: str, *words: str, of: Path = path) -> tuple[int, Any, str]:
        file = tmp_path / "other.csv"
        file.write_text(text.replace("session_id,user_id,ts,item_id", header))
        code, found, err = command("score", str(of), str(file), *words, "--json")
        return code, found, err

    code, found, err = scored("session,visitor,date,sku")
    assert (code, found) == (0, wanted) and "columns by their names: session 'session', item 'sku'" in err
    words = ("--session", "a", "--item", "d", "--time", "c", "--user", "b")
    assert scored("a,b,c,d", *words)[:2] == (0, wanted)
    code, _, err = scored("session,visitor,when,sku")
    assert code == 2 and "expected a column of the time" in err and "hint: --time COLUMN names it" in err
    named = elman.train("sessions", data, time="ts", hidden=4, embedding=4, steps=0)
    named.save(other := tmp_path / "named")
    code, _, err = scored("session,visitor,date,sku", of=other)
    assert code == 2 and "expected the column 'ts' (time)" in err and "--time COLUMN names that of these files" in err


def test_score_warns_of_sessions_that_the_model_may_know(model: SessionsModel, data: Path) -> None:
    [warning] = model.task.report(model.network, [str(data)]).result()["warnings"]
    assert "older than the last ones" in warning


@pytest.mark.parametrize(
    "loss", [elman.BPRMax(negatives=settings.DRAWN, regulariser=0.5), elman.TOP1Max(negatives=settings.DRAWN)]
)
def test_ranking_losses_and_one_embedding_for_both_ends_are_learned(
    data: Path, loss: elman.BPRMax | elman.TOP1Max
) -> None:
    own = {"regulariser": 0.5} if loss.name == "bpr_max" else {}
    given = {**SMALL, "loss": loss.name, **own, "tied": True, "embedding": 12}
    found = elman.train("sessions", data, **given, without="counts,repeats,history")
    trained = Sessions.on([data], **given).trainer(found.network).loss
    assert isinstance(trained, elman.BPRMax | elman.TOP1Max) and trained.popularity is not None
    assert replace(trained, popularity=None) == loss
    assert "head.weight" not in found.network.parameters
    assert found.metrics["recall@5"] > 2 * found.metrics["baselines"]["popularity"]["recall@5"]
    with pytest.raises(ConfigError, match=f"negatives: expected 1 or more with the loss {loss.name}; found 0"):
        Sessions.on([data], **given, negatives=0)
    with pytest.raises(ConfigError, match="tied: expected an embedding as wide as what the head reads, 12; found 8"):
        Sessions.on([data], **{**given, "embedding": 8})


@pytest.mark.parametrize("validate", [0.3, 0])
def test_sources_can_be_switched_off(data: Path, validate: float) -> None:
    model = elman.train("sessions", data, hidden=12, validate=validate, without="network,history")
    assert isinstance(model, SessionsModel)
    found = model.task.codec()["weights"]
    assert found["network"] == found["before"] == 0
    assert found["near"] != 0
    assert model.updates == 0 and "the network is switched off: it is not trained" in model.task.described
    with pytest.raises(ConfigError, match="without: expected a source that is left; found none"):
        Sessions.on([data], without="network,counts,history,repeats")


def test_too_few_sessions_to_hold_some_out_are_all_learned(tmp_path: Path) -> None:
    """Also where those that would be held out have no item that may be known by then."""
    for odd in ([(2, "b"), (2, "c")], [(s, f"new {s}{t}") for s in range(2, 6) for t in range(3)]):
        found = [(1, "a"), (1, "b"), (1, "a"), *odd]
        file = shop.write(tmp_path / "few.csv", [(s, 0, t, item) for t, (s, item) in enumerate(found)])
        model = elman.train("sessions", file, hidden=8, steps=5, batch=100, validate=0.5)
        assert isinstance(model, SessionsModel)
        assert model.metrics == {"predictions": 0}
        assert any("too few sessions to hold some out" in line for line in model.task.described)
        assert {one.item for one in model.recommend(["a"])} == {item for _, item in found}


def test_one_session_of_an_update_is_no_sessions(tmp_path: Path, command: Callable[..., Any]) -> None:
    file = shop.write(tmp_path / "one.csv", [(1, 0, t, item) for t, item in enumerate("aba")])
    assert "0 updates, of about 1 session each\n" in command("train", "sessions", str(file), "--steps=0", "--no-out")[2]


def test_items_with_few_events_are_left_out(tmp_path: Path) -> None:
    rows = [*shop.rows(80), (900, 1, 900_000, "rare"), (900, 1, 900_001, "i3"), (900, 1, 900_002, "i4")]
    data = shop.write(tmp_path / "log.csv", rows)
    task, whole = Sessions.on([data], support=4), Sessions.on([data])
    often = Counter(item for *_, item in rows)
    rare = [item for item, count in often.items() if count < 4]
    assert set(task.known.names) == often.keys() - set(rare) and "rare" in whole.known.numbers
    events = sum(often[item] for item in rare)
    assert any(f"{events} events of {len(rare)} items with fewer than 4: left out" in line for line in task.described)
    assert task.log is not None and len(task.log.items) == len(rows) - events
    with pytest.raises(DataError, match="expected an item with 999 events or more; found none"):
        Sessions.on([data], support=999)


def test_large_catalogues_are_learned_with_negatives(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = elman.train("sessions", data, **SMALL, negatives=16)
    assert drawn.metrics["recall@5"] > 2 * drawn.metrics["baselines"]["popularity"]["recall@5"]
    monkeypatch.setattr(settings, "MANY", 10)
    trainer = Sessions.on([data]).trainer(drawn.network)
    assert isinstance(trainer.loss, elman.SampledCrossEntropy) and trainer.loss.negatives == settings.DRAWN
    assert isinstance(trainer.optimizer, elman.LazyAdam)
    assert Sessions.on([data], negatives=0).trainer(drawn.network).loss == "symbols"


def test_without_a_part_to_validate_weights_are_the_usual_ones(data: Path) -> None:
    model = elman.train("sessions", data, **{**SMALL, "validate": 0})
    assert model.task.codec()["weights"] == pytest.approx(dict(zip(TERMS, Mix().weights, strict=True)))


def test_start_takes_over_what_is_known_of_items(model: SessionsModel, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    later = [(s, u, t, i.replace("i39", "new")) for s, u, t, i in shop.rows(60, seed=9)]
    data = shop.write(tmp_path / "new.csv", later)
    tuned = elman.train("sessions", data, start=tmp_path / "model", steps=0)
    assert isinstance(tuned, SessionsModel)
    mine, known = tuned.task.known.numbers, model.task.known.numbers
    before, after = (one.network.parameters["embedding.weight"] for one in (model, tuned))
    assert (after[mine["i3"]] == before[known["i3"]]).all()
    learning = tuned.task.learning
    assert learning is not None
    neighbours, near = learning.counts.near(mine["new"])
    old = neighbours != mine["new"]
    assert after[mine["new"]] == pytest.approx(near[old] @ after[neighbours[old]] / near[old].sum(), abs=1e-6)
    with pytest.raises(ConfigError, match="hidden: expected 12, as the model has it; found 99"):
        elman.train("sessions", data, start=tmp_path / "model", hidden=99)


# --- bad input ---


@pytest.mark.parametrize(
    ("text", "given", "message"),
    [
        ("a,b\n1,2\n", {}, r"expected a column of the session; found the columns 'a', 'b'"),
        ("a,b\n1,2\n", {"session": "c"}, r"expected the column 'c' \(session\)"),
        ("session_id,item_id\n1,2\n2,3\n", {}, "expected sessions of two events or more"),
        ("session_id,item_id\n,2\n", {}, "expected rows with a session and an item; found none"),
        ("session_id,item_id,ts\n1,2,5\n1,2,soon\n", {}, r"line 3: column 'ts': expected times; found 'soon'"),
        ("user_id,item_id,ts\n1,2,5\n", {"gap": "soon"}, "gap: expected a time such as 30m"),
        (
            "user_id,item_id,ts\n1,2,5\n",
            {"gap": "1m", "session": "user_id"},
            "gap: expected gap or session; found both",
        ),
        ("session_id,item_id\n1,2\n1,3\n", {"without": "nets"}, "without: expected one of network"),
    ],
)
def test_bad_input_is_refused(tmp_path: Path, text: str, given: dict[str, Any], message: str) -> None:
    (tmp_path / "data.csv").write_text(text)
    with pytest.raises((DataError, ConfigError), match=message):
        elman.train("sessions", tmp_path / "data.csv", **given)


def test_bad_calls_are_refused(model: SessionsModel) -> None:
    with pytest.raises(DataError, match="items: expected a list of items; found 'i3'"):
        model.recommend("i3")
    with pytest.raises(ConfigError, match="exclude: expected one of none, last, seen"):
        model.recommend(["i3"], exclude="all")
    with pytest.raises(ConfigError, match="k: expected a whole number from 1"):
        model.recommend(["i3"], k=0)
    with pytest.raises(DataError, match=r"input: expected a list of JSON"):
        model.task.parse(["[i3"])


def test_command_line_recommends(model: SessionsModel, tmp_path: Path, command: Callable[..., Any]) -> None:
    model.save(path := tmp_path / "model")
    code, out, err = command("predict", str(path), "i3", "nix", "i22", "--top", "2", "--because", "--deny", '["i35"]')
    assert code == 0
    assert "not known, and skipped: nix" in err
    _, _, err = command("predict", str(path), "i3", "--deny", "i4 nay", "--allow", "i4 i5 yea")
    assert "1 item left, of 20 that were asked for" in err
    assert "--deny: not known, and skipped: nay" in err and "--allow: not known, and skipped: yea" in err
    expected = model.recommend(["i3", "i22"], 2, deny=["i35"], because=True)
    assert out.splitlines() == [f"{one.item}\t{one.probability:.4f}\t{one.because}" for one in expected]
    found = command("predict", str(path), "i3", "--json")[1]
    assert found["inputs"] == [["i3"]]
    assert [one["item"] for one in found["outputs"][0]] == [one.item for one in model.recommend(["i3"])]


def test_command_line_takes_empty_lists_for_what_they_are(
    model: SessionsModel, tmp_path: Path, command: Callable[..., Any]
) -> None:
    model.save(path := tmp_path / "model")
    code, out, err = command("predict", str(path), "i3", "--allow", "")
    assert (code, out) == (0, "") and "0 items left, of 20 that were asked for" in err
    assert command("predict", str(path), "i3", "--history", "", "--json")[0] == 0
    for option, expected in (("--exclude", "one of none, last, seen"), ("--action", "none, as the model knows no")):
        code, _, err = command("predict", str(path), "i3", option, "")
        assert code == 2 and f"expected {expected}" in err and "found ''" in err


def test_json_says_which_items_are_unknown(model: SessionsModel, tmp_path: Path, command: Callable[..., Any]) -> None:
    model.save(path := tmp_path / "model")
    found = command("predict", str(path), "i3", "nix", "nix", "--deny", "no i4", "--json")[1]
    assert (found["inputs"], found["unknown"]) == ([["i3", "nix", "nix"]], [["nix", "no"]])


def test_a_baseline_that_is_better_is_a_warning(model: SessionsModel) -> None:
    task = model.task
    log, alone = task.evidence.counts.log, Mix.usual(("counts", "repeats", "history"))
    asked = list(predictions(log, range(50)))
    found = SessionsReport(task.evidence, alone, Network.of(task.architecture()), asked, log).result()
    best = max(found["baselines"], key=lambda name: found["baselines"][name]["mrr@20"])
    figure = found["baselines"][best]["mrr@20"]
    assert figure > 2 * found["mrr@20"]
    assert found["warnings"][-1] == f"{best} is better than the model here: its MRR@20 is {figure:.4f}"
    assert not task.report(model.network, []).result()["warnings"]


def test_command_line_says_what_a_file_is_for(
    model: SessionsModel, tmp_path: Path, data: Path, command: Callable[..., Any]
) -> None:
    model.save(path := tmp_path / "model")
    err = command("predict", str(path), str(data))[2]
    assert f"hint: each INPUT is an item; `elman score {path} {data}` reads the sessions of files" in err
    code, _, err = command("predict", str(path), "--because")
    assert code == 2 and "--because: expected beside INPUT, or --json; found standard input" in err
    code, _, err = command("predict", str(path), "i3", "--history", "[1")
    assert code == 2 and "--history: input: expected a list of JSON; found '[1'" in err
    code, _, err = command("score", str(path), "--history", str(data))
    assert code == 2 and "--history: expected beside files, whose visitors it is about; found none" in err
    command("export", str(path), "--out", str(small := tmp_path / "small"))
    code, _, err = command("score", str(small))
    assert code == 2 and "or the model was exported" in err
    assert "hint: name it: `elman score MODEL FILE`, `elman train sessions FILE --resume MODEL`" in err


def test_what_leaves_with_the_network_alone_is_said(data: Path, model: SessionsModel) -> None:
    assert model.task.lost() == "the file has the network alone; answers also need: counts, repeats, history"
    assert Sessions.on([data], without="counts,repeats,history").lost() == ""
    assert "answers are made without it" in Sessions.on([data], without="network").lost()


def test_score_says_that_it_measures_some_of_what_was_held_out(
    model: SessionsModel, tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(path := tmp_path / "model")
    whole = command("score", str(path), "--json")[1]["predictions"]
    monkeypatch.setattr(learning.Learning.held_out, "__defaults__", (100,))
    code, found, err = command("score", str(path))
    assert code == 0 and found.startswith("100 predictions") and whole > 100
    assert f"100 of {whole} predictions held out, drawn by chance" in err


def test_predictions_are_all_events_but_the_first() -> None:
    found = list(predictions(log_of([4], [1, 2, 3]), range(2)))
    assert [(one.session, one.clicks.tolist(), one.target) for one in found] == [(1, [1], 2), (1, [1, 2], 3)]


# --- actions ---


@pytest.fixture(scope="module")
def acting(tmp_path_factory: pytest.TempPathFactory) -> SessionsModel:
    """After an item that is bought comes another one than after an item that is seen."""
    rng, lines, item = np.random.default_rng(3), ["session,item,ts,what"], 0
    for session in range(400):
        for step in range(5):
            what = ("view", "buy")[int(rng.random() < 0.4)]
            lines.append(f"{session},i{item},{100 * session + step},{what if step or session % 10 else ''}")
            item = (item + (1 if what == "view" else 5)) % 20
    file = tmp_path_factory.mktemp("acts") / "log.csv"
    file.write_text("\n".join([*lines, ""]))
    found = elman.train("sessions", file, action="what", **SMALL)
    assert isinstance(found, SessionsModel)
    return found


def test_what_is_done_with_an_item_tells_what_comes_next(acting: SessionsModel, tmp_path: Path) -> None:
    acting.save(tmp_path / "m")
    kept: Any = elman.load(tmp_path / "m")
    for model in (acting, kept, pickle.loads(pickle.dumps(acting))):
        for what, behind in (("view", 4), ("buy", 8)):
            assert model.recommend(["i2", ("i3", what)], 1)[0].item == f"i{behind}"
        assert {one.item for one in model.recommend(["i3"], 2)} == {"i4", "i8"}
    assert any("of no known action" in line for line in acting.task.introduce())
    assert any("2 actions" in line for line in acting.task.introduce())


def test_a_visitor_keeps_what_was_done(acting: SessionsModel) -> None:
    visitor = acting.visitor()
    visitor.click("i2")
    visitor.click("i3", "buy")
    again = acting.visitor(saved=visitor.save())
    assert again.clicks == visitor.clicks == ["i2", ("i3", "buy")]
    assert again.recommend(3) == visitor.recommend(3)
    assert [one.because for one in again.recommend(1, because=True)] == ["i3"]


def test_counts_go_on_with_what_was_done(acting: SessionsModel) -> None:
    model = pickle.loads(pickle.dumps(acting))
    model.task.learn([[("i3", "buy"), ("i7", "view")]] * 300, 1e6)
    assert model.recommend([("i3", "buy")], 1)[0].item == "i7"
    assert model.recommend([("i3", "view")], 1)[0].item == "i4"


def test_actions_count_in_a_score(acting: SessionsModel, tmp_path: Path) -> None:
    file = tmp_path / "later.csv"
    file.write_text("session,item,ts,what\n1,i3,1,buy\n1,i8,2,view\n2,i3,3,view\n2,i4,4,view\n")
    assert acting.task.score_on(acting.network, [file])["recall@1"] == 1
    file.write_text("session,item,ts,what\n1,i3,1,steal\n1,i8,2,view\n2,i3,3,\n2,i4,4,steal\n")
    notes = acting.task.report(acting.network, [str(file)]).notes
    assert "2 events of actions that the model does not know: as where none is told" in notes
    file.write_text("session,item,ts\n1,i3,5\n1,i4,6\n")
    with pytest.raises(DataError, match="'what'"):
        acting.task.score_on(acting.network, [file])


def test_actions_that_there_are_not_are_refused(acting: SessionsModel, model: SessionsModel) -> None:
    with pytest.raises(ConfigError, match="action: expected one of buy, view; found 'biy'") as caught:
        acting.recommend([("i3", "biy")])
    assert caught.value.hint == "did you mean 'buy'?"
    with pytest.raises(ConfigError, match="action: expected none, as the model knows no actions; found 'buy'"):
        model.recommend([("i3", "buy")])
    odd: Any = [["i3", "buy", "now"], ("i3", 5)]
    for one in odd:
        with pytest.raises(DataError, match="items: expected an item, or an item and an action; found"):
            acting.recommend([one])


def test_actions_on_the_command_line(acting: SessionsModel, tmp_path: Path, command: Callable[..., Any]) -> None:
    acting.save(tmp_path / "m")
    for what, behind in (("view", "i4"), ("buy", "i8")):
        code, told, _ = command("predict", str(tmp_path / "m"), "i2", "i3", "--action", what, "--top", "1")
        assert code == 0 and told.startswith(f"{behind}\t")
    code, _, told = command("predict", str(tmp_path / "m"), "i3", "--action", "biy")
    assert code == 2 and "did you mean 'buy'?" in told
