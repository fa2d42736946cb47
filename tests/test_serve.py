"""Recommendations over HTTP."""

from __future__ import annotations

import json
import pickle
import re
import time
from asyncio import Task, create_task, gather, run, sleep
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, create_server, socket
from typing import Any, cast

import numpy as np
import pytest

import elman
import shop
from elman import SessionsModel
from elman.serve import app, application, room
from elman.serve.room import Room
from elman.serve.visitors import Visitors
from elman.tasks.sessions import task
from optional import DUCKDB, SERVE, needs

pytestmark = [needs(DUCKDB), needs(SERVE)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SessionsModel:
    data = shop.write(tmp_path_factory.mktemp("shop") / "clicks.csv", shop.rows(200))
    found = elman.train("sessions", data, hidden=8, embedding=8, epochs=1)
    assert isinstance(found, SessionsModel)
    return found


@pytest.fixture
def client(model: SessionsModel) -> Any:
    from starlette.testclient import TestClient

    return TestClient(application(model, visitors=2))


def test_recommend_answers_as_the_model(client: Any, model: SessionsModel) -> None:
    given = {
        "items": ["i3", "nix", "i22"],
        "k": 3,
        "history": ["i9"],
        "deny": ["i35"],
        "exclude": "last",
        "because": True,
    }
    found = client.post("/recommend", json=given).json()
    expected = model.recommend(["i3", "i22"], 3, history=["i9"], deny=["i35"], exclude="last", because=True)
    assert found == {"items": [one._asdict() for one in expected], "unknown": ["nix"]}
    lists = {"history": ["a", "i3"], "allow": ["i4", "b"], "deny": ["c", "a"]}
    assert client.post("/recommend", json={"items": ["i3"], **lists}).json()["unknown"] == ["a", "b", "c"]
    assert len(client.post("/recommend", json={"items": []}).json()["items"]) == 20
    assert client.post("/recommend", json={"items": ["i3"], "allow": []}).json()["items"] == []


def test_clicks_of_a_visitor_are_remembered(client: Any, model: SessionsModel) -> None:
    def click(item: str, session: str = "a", **more: Any) -> list[str]:
        found: list[str] = client.get("/v1/recommend", params={"session_id": session, "item_id": item, **more}).json()
        return found

    def expected(*items: str) -> list[str]:
        return [one.item for one in model.recommend(items, 20)]

    assert click("i3") == expected("i3")
    assert click("i22", k=4) == expected("i3", "i22")[:4]
    assert click("i22", session="b") == expected("i22")
    assert click("i5", session="c") == expected("i5")  # of two who are known, "a" was not here for longest
    assert click("i22") == expected("i22")
    click("i3", session="a/b?c/")
    assert client.delete("/v1/sessions/a%2Fb%3Fc%2F").json() == {"forgotten": True}
    assert client.delete("/v1/sessions/a").json() == {"forgotten": True}
    assert client.delete("/v1/sessions/a").json() == {"forgotten": False}


def test_clicks_that_wait_are_read_together_and_answered_as_one_by_one(
    model: SessionsModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, together = model.task.read, []

    def noted(visitors: Sequence[Any]) -> None:
        together.append(len(visitors))
        read(visitors)

    monkeypatch.setattr(model.task, "read", noted)

    async def answers() -> list[Any]:
        from httpx2 import ASGITransport, AsyncClient

        async with AsyncClient(transport=ASGITransport(application(model)), base_url="http://shop") as client:

            def ask(session: str, item: str, **more: str) -> Task[Any]:
                given = {"session_id": session, "item_id": item, **more}
                return create_task(client.get("/v1/recommend", params=given))

            asked = [ask("a", "i3"), ask("a", "i22"), ask("b", "i5"), ask("a", "i9"), ask("c", "i5", k="no")]
            asked += [ask("b", "i6"), ask("c", "i7"), ask("a", "i8", user_consent="false"), ask("d", "nix")]
            return [(await one).json() for one in asked]

    def expected(*items: str) -> list[str]:
        return [one.item for one in model.recommend(items, 20)]

    found = run(answers())
    assert found[4]["error"].startswith("k: expected a whole number")
    assert found[:4] == [expected("i3"), expected("i3", "i22"), expected("i5"), expected("i3", "i22", "i9")]
    assert found[5:] == [expected("i5", "i6"), expected("i7"), expected("i8"), expected()]
    assert together == [4, 2, 1, 1]  # the first click of each visitor, then what comes behind it


def test_many_clicks_are_read_some_at_a_time_and_nobody_waits_for_ever() -> None:
    together: list[int] = []

    def read(visitors: Sequence[Any]) -> None:
        together.append(len(visitors))
        if len(together) == 2:
            raise MemoryError

    async def all_read() -> None:
        waiting = Room(read)
        await gather(*(waiting.read(visitor) for visitor in cast("list[Any]", range(2 * room.MOST + 3))))

    run(all_read())
    assert together == [room.MOST, room.MOST, 3]


def test_without_consent_nothing_is_kept(client: Any, model: SessionsModel) -> None:
    def click(consent: str, item: str) -> list[str]:
        given = {"session_id": "a", "item_id": item, "user_consent": consent}
        found: list[str] = client.get("/v1/recommend", params=given).json()
        return found

    alone = [one.item for one in model.recommend(["i22"], 20)]
    click("true", "i3")
    assert click("false", "i22") == alone  # and what was known is forgotten
    assert click("true", "i22") == alone
    assert "elman_visitors 1.0" in client.get("/metrics").text


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "expected a JSON object"),
        ("[]", "expected a JSON object"),
        ('{"item": ["a"]}', "expected the fields items, k"),
        ('{"items": "a"}', "items: expected a list of items; found 'a'"),
        ('{"items": null}', "items: expected a list of items; found nothing"),
        ('{"items": [true]}', "items: expected a name of at most 256 characters; found true"),
        ('{"items": [], "history": {"a": 1}}', "history: expected a list of items; found names and values: a 1"),
        ('{"items": [], "k": "3"}', "k: expected a whole number from 1 to 1,000; found '3'"),
        ('{"items": [["a"]]}', "items: expected an item, or an item and an action; found a list: 'a'"),
        ('{"items": [], "k": 0}', "k: expected a whole number from 1"),
        ('{"items": [], "k": true}', "k: expected a whole number from 1"),
        ('{"items": [], "exclude": "all"}', "exclude: expected one of none, last, seen"),
        ('{"items": [], "because": 1}', "because: expected true or false"),
        ('{"items": ["' + "a" * (1 << 20) + '"]}', "expected at most 1,048,576 bytes"),
        (json.dumps({"items": ["i3"] * 1001}), "items: expected a list of at most 1,000 items; found 1,001"),
        (r'{"items": ["\ud800"]}', r"items: expected text; found half of a character: '\ud800'"),
    ],
)
def test_wrong_requests_are_told_what_is_wrong(client: Any, body: str, told: str) -> None:
    found = client.post("/recommend", content=body)
    assert found.status_code == 400
    assert told in found.json()["error"]
    assert found.json().get("hint") != ""


@pytest.mark.parametrize("left", [False, True])
def test_a_request_that_does_not_come_is_not_waited_for(
    model: SessionsModel, monkeypatch: pytest.MonkeyPatch, left: bool
) -> None:
    monkeypatch.setattr(app, "SLOWEST", 0.05)
    parts: list[Any] = [{"type": "http.request", "body": b"{", "more_body": True}]
    sent: list[Any] = []

    async def receive() -> Any:
        if not parts:
            await (sleep(0) if left else sleep(60))
            return {"type": "http.disconnect"}
        return parts.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/recommend", "query_string": b"", "headers": []}
    run(application(model)(scope, receive, send))
    assert sent[0]["status"] == 400
    assert b"expected a whole request within 0.05 seconds; found 1 bytes" in sent[1]["body"]


def test_what_fails_here_is_counted(model: SessionsModel, monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.testclient import TestClient

    client = TestClient(application(model), raise_server_exceptions=False)
    monkeypatch.setattr(type(model.task), "unknown", lambda *_: 1 / 0)
    assert client.post("/recommend", json={"items": ["i3"]}).status_code == 500
    assert 'elman_requests_total{kind="recommend",status="500"} 1.0' in client.get("/metrics").text


NAME = "expected a name of at most 256 characters; found "
KNOWN = "expected the parameters session_id, item_id, k, action, user_consent"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", f"session_id: {NAME}nothing"),
        ("session_id=a", f"item_id: {NAME}nothing"),
        ("session_id=&item_id=b", f"session_id: {NAME}nothing"),
        (f"session_id=a&item_id={'b' * 300}", f"item_id: {NAME}'bbb"),
        ("session_id=a&item_id=b&k=no", "k: expected a whole number from 1 to 1,000; found 'no'"),
        ("session_id=a&item_id=b&user_consent=2", "user_consent: expected true or false; found '2'"),
        ("session_id=a&item_id=b&user_concent=false", f"{KNOWN}; found 'user_concent'"),
        ("session_id=a&item_id=b&exclude=seen", f"{KNOWN}; found 'exclude'"),
        (
            "session_id=a&item_id=b&user_consent=false&user_consent=true",
            "user_consent: expected once; found 'false' and 'true'",
        ),
    ],
)
def test_wrong_clicks_are_refused_and_nothing_is_kept(client: Any, query: str, told: str) -> None:
    found = client.get(f"/v1/recommend?{query}")
    assert (found.status_code, found.json()["error"][: len(told)]) == (400, told)
    assert client.delete("/v1/sessions/a").json() == {"forgotten": False}


@pytest.mark.parametrize(("method", "path"), [("POST", "/recommend"), ("DELETE", "/v1/sessions/a")])
def test_parameters_where_there_are_none_are_refused(client: Any, method: str, path: str) -> None:
    found = client.request(method, f"{path}?k=3", json={"items": ["i3"]})
    told = "expected an address without parameters; found 'k'"
    assert (found.status_code, found.json()["error"]) == (400, told)


def test_an_item_that_is_not_known_is_answered_and_said(client: Any) -> None:
    def click(item: str) -> Any:
        return client.get("/v1/recommend", params={"session_id": "a", "item_id": item})

    known = click("i3")
    unknown = click("nix")
    assert known.headers["elman-item"] == "known" and unknown.headers["elman-item"] == "unknown"
    assert unknown.json() == known.json()


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 404), ("GET", "/recommend", 405)])
def test_other_addresses_are_told_which_there_are(client: Any, method: str, path: str, status: int) -> None:
    found = client.request(method, path)
    assert found.status_code == status
    assert found.json()["error"].startswith("expected one of POST /recommend, GET /v1/recommend, ")
    assert found.json()["error"].endswith(f"; found {method} {path}")


def test_health_and_metrics(client: Any) -> None:
    facts = {"status": "ok", "elman": elman.__version__, "task": "sessions", "learns": False}
    assert client.get("/health").json() == facts
    client.post("/recommend", json={"items": ["i3"]})
    client.post("/recommend", json={"items": 3})
    text = client.get("/metrics").text
    assert "elman_learns 0.0" in text and "elman_learned" not in text
    assert 'elman_requests_total{kind="recommend",status="200"} 1.0' in text
    assert 'elman_requests_total{kind="recommend",status="400"} 1.0' in text


def test_visitors_are_forgotten_after_a_while(model: SessionsModel) -> None:
    now = [0.0]
    visitors = Visitors(model.visitor, most=3, seconds=60, now=lambda: now[0])
    first = visitors.get("a")
    now[0] = 59
    assert visitors.get("a") is first
    now[0] = 118
    assert visitors.get("a") is first
    visitors.get("b")
    now[0] = 178
    assert len(visitors) == 0
    assert visitors.get("a") is not first


def test_other_models_are_not_served(tmp_path: Path, command: Callable[..., Any]) -> None:
    elman.train("add", steps=1).save(tmp_path / "add")
    code, _, err = command("serve", str(tmp_path / "add"))
    assert code == 2
    assert "serve: expected a model of the task 'sessions'; found one of 'add'" in err


def test_a_port_that_is_taken_is_refused(model: SessionsModel, tmp_path: Path, command: Callable[..., Any]) -> None:
    model.save(tmp_path / "m")
    with create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, _, err = command("serve", str(tmp_path / "m"), "--port", str(port))
    assert code == 2
    assert f"--host 127.0.0.1 --port {port}: expected an address that is free; found: address already in use" in err
    assert "hint: --port 0 takes a port that is free" in err


def test_address_is_told_as_json(
    model: Any, tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn.Server.run", lambda server, sockets: None)
    model.save(tmp_path / "m")
    code, found, err = command("serve", str(tmp_path / "m"), "--port", "0", "--json")
    assert code == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", found["address"])
    assert err.startswith(found["address"] + ": ")


def test_answers_are_sent_at_once(
    model: Any, tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A head and a body are two packets: with Nagle's algorithm the second one waits for the client, 40 ms."""
    at_once = []

    def run(server: Any, sockets: list[socket]) -> None:
        with create_connection(sockets[0].getsockname()), sockets[0].accept()[0] as taken:
            at_once.append(taken.getsockopt(IPPROTO_TCP, TCP_NODELAY) != 0)

    monkeypatch.setattr("uvicorn.Server.run", run)
    model.save(tmp_path / "m")
    assert command("serve", str(tmp_path / "m"), "--port", "0")[0] == 0
    assert at_once == [True]


# --- what is learned while it serves ---


def test_counts_learn_what_visitors_did_who_are_gone(model: SessionsModel, monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.testclient import TestClient

    own = pickle.loads(pickle.dumps(model))
    monkeypatch.setattr(app, "EVERY", 0.0)
    log = own.task.log
    before = next(one for one in own.recommend(["i3"], 40) if one.item == "i33")

    def click(client: Any, session: str, item: str, **more: Any) -> None:
        assert client.get("/v1/recommend", params={"session_id": session, "item_id": item, **more}).status_code == 200

    began = time.time()
    with TestClient(application(own, visitors=1, learn=True)) as client:
        nothing = {"learned_sessions": 0, "learned_at": None, "waiting_sessions": 0}
        assert client.get("/health").json().items() >= nothing.items()
        for visitor in range(30):
            for item in ("i3", "i33"):
                click(client, f"v{visitor}", item)
        click(client, "gone", "i5")
        client.delete("/v1/sessions/gone")  # is forgotten, and nothing is learned
        click(client, "silent", "i7", user_consent="false")
        click(client, "last", "i9")
        for _ in range(200):
            click(client, "last", "i9")
            if client.get("/health").json()["learned_sessions"] == 30:
                break
            time.sleep(0.02)
        health, metrics = client.get("/health").json(), client.get("/metrics").text
    assert (health["learns"], health["learned_sessions"], health["waiting_sessions"]) == (True, 30, 0)
    at = datetime.fromisoformat(health["learned_at"]).timestamp()
    assert began - 1 <= at <= time.time()
    assert "elman_learns 1.0" in metrics and "elman_learned_sessions 30.0" in metrics
    [stamp] = [line for line in metrics.splitlines() if line.startswith("elman_learned_timestamp_seconds ")]
    assert int(float(stamp.split()[1])) == at
    learned = own.task.log
    assert learned is own.task.evidence.counts.log
    assert [learned[session].tolist() for session in range(len(log), len(learned))] == [
        own.task.known.encode(["i3", "i33"]).tolist()
    ] * 30
    assert (np.diff(learned.times) >= 0).all() and learned.times[-1] > log.times[-1]
    after = next(one for one in own.recommend(["i3"], 40) if one.item == "i33")
    assert after.probability > before.probability


def test_sessions_that_ended_wait_though_nobody_clicks(model: SessionsModel) -> None:
    from starlette.testclient import TestClient

    client = TestClient(application(model, minutes=1e-9, learn=True))
    client.get("/v1/recommend", params={"session_id": "a", "item_id": "i3"})
    assert client.get("/health").json()["waiting_sessions"] == 1


def test_a_log_that_goes_on_does_not_grow_for_ever(model: SessionsModel, monkeypatch: pytest.MonkeyPatch) -> None:
    own = pickle.loads(pickle.dumps(model))
    monkeypatch.setattr(task, "REMEMBERED_EVENTS", 100)
    most = len(own.task.log.items)
    for _ in range(3):
        own.task.learn([["i3", "i33"], ["nix"], []], 0.0)
        assert most - 8 < len(own.task.log.items) <= most
    assert own.task.log[len(own.task.log) - 1].tolist() == own.task.known.encode(["i3", "i33"]).tolist()
    own.task.learn([["nix"]], 0.0)
    assert own.recommend(["i3"], 3)


def test_what_is_done_with_an_item_comes_with_the_request(tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    rows = "".join(f"{n},i{n % 7},{w}\n{n},{w},view\n" for n in range(100) for w in ("view", "buy"))
    (tmp_path / "log.csv").write_text("session,item,what\n" + rows)
    model: Any = elman.train("sessions", tmp_path / "log.csv", action="what", hidden=8, embedding=8, epochs=1)
    asking = TestClient(application(model))
    found = asking.post("/recommend", json={"items": ["i1", ["i2", "buy"]], "k": 2}).json()
    expected = [one.item for one in model.recommend(["i1", ("i2", "buy")], 2)]
    assert [one["item"] for one in found["items"]] == expected
    visit: dict[str, Any] = {"session_id": "a", "k": 2}
    asking.get("/v1/recommend", params={**visit, "item_id": "i1"})
    assert asking.get("/v1/recommend", params={**visit, "item_id": "i2", "action": "buy"}).json() == expected
    wrong = asking.get("/v1/recommend", params={**visit, "item_id": "i2", "action": "bye"})
    assert wrong.status_code == 400 and "action: expected one of" in wrong.json()["error"]
    for items in ([["i2"]], [["i2", 5]], [{"item": "i2"}]):
        assert asking.post("/recommend", json={"items": items}).status_code == 400
