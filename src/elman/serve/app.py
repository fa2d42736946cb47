"""The application: a model behind HTTP. A process works on one core; run one for each."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from itertools import chain
from types import ModuleType
from typing import TYPE_CHECKING, Any

from elman.errors import ConfigError, DataError, ElmanError, suggested
from elman.models.model import Model
from elman.serve.room import Room
from elman.serve.visitors import Visitors
from elman.spelling import in_words
from elman.tasks.asking import asked
from elman.tasks.capabilities.recommends import Click, Recommends, Visiting, split
from elman.version import __version__

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import Response

VISITORS, MINUTES = 100_000, 30.0  # that are known at once; after which one is forgotten
EVERY = 60.0  # seconds from one learning of what ended to the next
BODY, ITEMS, NAME, MOST = 1 << 20, 100_000, 256, 1000  # bytes; items of a list; characters; items of an answer
CLICKS = 1000  # of a session in a request: the network reads them one by one
SLOWEST = 10.0  # seconds in which a request has to arrive
ADDRESSES = ("POST /recommend", "GET /v1/recommend", "DELETE /v1/sessions/…", "GET /health", "GET /metrics")
FIELDS = ("items", "k", "history", "exclude", "allow", "deny", "because")
PARAMETERS = ("session_id", "item_id", "k", "action", "user_consent")  # of a click


def application(model: Model, *, visitors: int = VISITORS, minutes: float = MINUTES, learn: bool = False) -> Starlette:
    """A model of sessions as an ASGI application.

    Args:
        model: that recommends.
        visitors: that are known at once; of more, those that were not here for longest are forgotten.
        minutes: without a click, after which a visitor is forgotten.
        learn: whether counts learn from what visitors did, once they are forgotten; every minute, in memory alone.

    Raises:
        ConfigError: the model does not recommend, or the extra `serve` is not installed.
    """
    starlette, routing = package("starlette.applications"), package("starlette.routing")
    served = Served(model, visitors, minutes, learn)
    routes = [
        routing.Route("/recommend", served.answered("recommend", served.recommend), methods=["POST"]),
        routing.Route("/v1/recommend", served.answered("click", served.click), methods=["GET"]),
        routing.Route("/v1/sessions/{session_id:path}", served.answered("forget", served.forget), methods=["DELETE"]),
        routing.Route("/health", served.health),
        routing.Route("/metrics", served.metrics),
    ]
    wrong = dict.fromkeys((404, 405), served.nothing_there)
    made: Starlette = starlette.Starlette(routes=routes, exception_handlers=wrong)
    return made


class Served:
    """A model, the visitors that it knows, and figures of what was asked."""

    def __init__(self, model: Model, visitors: int, minutes: float, learn: bool) -> None:
        self._task, self._network = asked(model.task, Recommends, "serve"), model.network
        self._task.visitor(self._network).recommend(1)  # so that the first request finds all that it needs
        self._room = Room(self._task.read)
        self._lessons = lessons = Lessons(self._task) if learn else None
        ended = lessons.take if lessons else lambda visitor: None
        self._visitors = Visitors(lambda: self._task.visitor(self._network), visitors, 60 * minutes, ended)
        prometheus = package("prometheus_client")
        self._prometheus, self._registry = prometheus, prometheus.CollectorRegistry()
        self._requests = prometheus.Counter(
            "elman_requests", "Requests by kind and status.", ["kind", "status"], registry=self._registry
        )
        self._seconds = prometheus.Histogram(
            "elman_seconds", "Seconds of an answer.", ["kind"], registry=self._registry, buckets=BUCKETS
        )
        self._gauge("elman_visitors", "Visitors that are known.", lambda: len(self._visitors))
        self._gauge("elman_learns", "1 where counts go on while it serves (--learn), else 0.", lambda: int(learn))
        if lessons:
            about = "Sessions that counts have learned since the start."
            self._gauge("elman_learned_sessions", about, lambda: lessons.learned)
            about = "Sessions that are over, and are learned next."
            self._gauge("elman_waiting_sessions", about, lambda: lessons.waiting)
            about = "When counts learned last, in seconds since 1970; 0: not yet."
            self._gauge("elman_learned_timestamp_seconds", about, lambda: lessons.at or 0)
        self._response = package("starlette.responses").JSONResponse

    def _gauge(self, name: str, about: str, value: Callable[[], float]) -> None:
        self._prometheus.Gauge(name, about, registry=self._registry).set_function(value)

    def answered(self, kind: str, answer: Callable[[Request], Awaitable[Any]]) -> Callable[..., Awaitable[Response]]:
        """An answer as JSON; what is wrong with a request has the status 400."""

        seconds, requests = self._seconds.labels(kind), {s: self._requests.labels(kind, s) for s in (200, 400, 500)}

        async def respond(request: Request) -> Response:
            began, request.state.headers = time.perf_counter(), {}
            try:
                body, status = await answer(request), 200
            except ElmanError as error:
                body, status = {"error": str(error), **({"hint": error.hint} if error.hint else {})}, 400
            except Exception:
                requests[500].inc()
                raise
            seconds.observe(time.perf_counter() - began)
            requests[status].inc()
            response: Response = self._response(body, status_code=status, headers=request.state.headers)
            return response

        return respond

    async def recommend(self, request: Request) -> dict[str, Any]:
        """POST /recommend: the items of a session are in the request; nothing is kept."""
        _parameters(request, ())
        given = _object(await _body(request))
        if odd := sorted(given.keys() - set(FIELDS)):
            raise DataError(f"expected the fields {', '.join(FIELDS)}; found {odd[0]!r}")
        items, k = _clicks(given.pop("items", [])), _count(given.pop("k", 20))
        history = _names("history", given.pop("history", []))
        named = [name for name in ("allow", "deny") if name in given]
        lists: dict[str, list[str]] = {name: _names(name, given[name]) for name in named}
        given |= lists
        if not isinstance(given.get("because", False), bool):
            raise DataError(f"because: expected true or false; found {in_words(given['because'])}")
        visitor = self._task.visitor(self._network, history)
        for one in items:
            visitor.click(*split(one))
            await asyncio.sleep(0)  # others are answered between two clicks
        found = visitor.recommend(k=k, **given)
        reasons = ("item", "probability", "because") if given.get("because") else ("item", "probability")
        unknown = self._task.unknown([*items, *history, *chain.from_iterable(lists.values())])
        return {
            "items": [{name: getattr(one, name) for name in reasons} for one in found],
            "unknown": list(dict.fromkeys(unknown)),
        }

    async def click(self, request: Request) -> list[str]:
        """GET /v1/recommend?session_id=…&item_id=…: a visitor's click; answers with names of items.

        `action=…` says what is done with the item, where the model knows actions.
        With `user_consent=false` nothing is kept, and nothing is known but this click. The header `elman-item` says
        whether the model knows the item; one that it does not know changes nothing.
        """
        asked_for = _parameters(request, PARAMETERS)
        session, item = (_name(name, asked_for.get(name) or None) for name in ("session_id", "item_id"))
        consent = asked_for.get("user_consent", "true").lower()
        if consent not in ("true", "false"):
            raise DataError(f"user_consent: expected true or false; found {in_words(consent)}")
        given = asked_for.get("k", "20")
        k = _count(int(given) if given.isdecimal() else given)
        async with self._room.turn(session):
            visitor = self._visitors.get(session) if consent == "true" else self._task.visitor(self._network)
            if consent == "false":
                self._visitors.forget(session)
            known = visitor.click(item, asked_for.get("action"))
            request.state.headers["elman-item"] = "known" if known else "unknown"
            if self._lessons:
                self._lessons.learn()
            await self._room.read(visitor)
            return [one.item for one in visitor.recommend(k)]

    async def forget(self, request: Request) -> dict[str, bool]:
        """DELETE /v1/sessions/…: nothing is known of a visitor any more."""
        _parameters(request, ())
        return {"forgotten": self._visitors.forget(request.path_params["session_id"])}

    async def health(self, request: Request) -> Response:
        """GET /health: that it is there, and, with `learn`, how much it has learned since the start, and when."""
        self._visitors.forget_old()  # whose sessions are over, though nobody has clicked since
        facts = {"status": "ok", "elman": __version__, "task": self._task.name, "learns": self._lessons is not None}
        response: Response = self._response({**facts, **(self._lessons.told() if self._lessons else {})})
        return response

    async def nothing_there(self, request: Request, error: HTTPException) -> Response:
        """An error in JSON where the address or the method is none of those that are answered."""
        body = {"error": f"expected one of {', '.join(ADDRESSES)}; found {request.method} {request.url.path}"}
        response: Response = self._response(body, status_code=error.status_code, headers=error.headers)
        return response

    async def metrics(self, request: Request) -> Response:
        """GET /metrics, as Prometheus reads them."""
        made: Response = package("starlette.responses").Response(
            self._prometheus.generate_latest(self._registry), media_type=self._prometheus.CONTENT_TYPE_LATEST
        )
        return made


class Lessons:
    """Sessions that ended, which the task learns from, all together, once in a while, beside the answers."""

    def __init__(self, task: Recommends) -> None:
        self._task = task
        self._sessions: list[list[Click]] = []
        self._last = time.monotonic()
        self._learning: asyncio.Future[None] | None = None
        self.learned = 0  # sessions, since the start
        self.at: float | None = None  # when it learned last, in seconds since 1970

    @property
    def waiting(self) -> int:
        """How many sessions are over and not learned yet."""
        return len(self._sessions)

    def told(self) -> dict[str, Any]:
        """How much was learned, when last (ISO 8601, UTC; None: not yet), and how many sessions wait for it."""
        at = None if self.at is None else datetime.fromtimestamp(self.at, UTC).isoformat(timespec="seconds")
        return {"learned_sessions": self.learned, "learned_at": at, "waiting_sessions": self.waiting}

    def take(self, visitor: Visiting) -> None:
        """One that is over."""
        self._sessions.append(visitor.clicks)

    def learn(self) -> None:
        """Begins to, where it is time."""
        busy = self._learning is not None and not self._learning.done()
        if busy or not self._sessions or time.monotonic() - self._last < EVERY:
            return
        sessions, self._sessions, self._last = self._sessions, [], time.monotonic()
        self._learning = asyncio.get_running_loop().run_in_executor(None, self._learn, sessions)

    def _learn(self, sessions: list[list[Click]]) -> None:
        now = time.time()
        self.learned += self._task.learn(sessions, now)
        self.at = now


BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 1.0)


def _parameters(request: Request, known: Sequence[str]) -> dict[str, str]:
    """Of the address, each once: one that is not known may be a consent that is spelled wrong."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            expected = f"the parameters {', '.join(known)}" if known else "an address without parameters"
            raise DataError(f"expected {expected}; found {in_words(name)}", suggested(name, known))
        if name in found:
            raise DataError(f"{name}: expected once; found {in_words(found[name])} and {in_words(value)}")
        found[name] = value
    return found


async def _body(request: Request) -> bytes:
    """Of a request, as far as it may be long."""
    found, gone = b"", package("starlette.requests").ClientDisconnect
    try:
        async with asyncio.timeout(SLOWEST):
            async for part in request.stream():
                found += part
                if len(found) > BODY:
                    raise DataError(f"expected at most {BODY:,} bytes; found more")
    except (TimeoutError, gone):
        raise DataError(f"expected a whole request within {SLOWEST:g} seconds; found {len(found):,} bytes") from None
    return found


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DataError("expected a JSON object", '{"items": ["a", "b"], "k": 20}')
    return found


def _clicks(found: Any) -> list[Click]:
    """Items, and pairs of an item and an action."""
    return [_click(one) for one in _list("items", found, CLICKS)]


def _click(found: Any) -> Click:
    if not isinstance(found, list):
        return _item("items", found)
    item, action = split(found)  # type: ignore[arg-type]
    return _name("items", item), _name("items", action)


def _names(where: str, found: Any) -> list[str]:
    return [_item(where, one) for one in _list(where, found)]


def _list(where: str, found: Any, most: int = ITEMS) -> list[Any]:
    if not isinstance(found, list):
        raise DataError(f"{where}: expected a list of items; found {in_words(found)}", '["a", "b"] is a list of two')
    if len(found) > most:
        raise DataError(f"{where}: expected a list of at most {most:,} items; found {len(found):,}")
    return found


def _item(where: str, found: Any) -> str:
    return _name(where, str(found) if isinstance(found, int) and not isinstance(found, bool) else found)


def _name(where: str, found: Any) -> str:
    if not isinstance(found, str) or len(found) > NAME:
        raise DataError(f"{where}: expected a name of at most {NAME} characters; found {in_words(found)}")
    try:
        found.encode()
    except UnicodeEncodeError:
        raise DataError(f"{where}: expected text; found half of a character: {found!a:.60}") from None
    return found


def _count(found: Any) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or not 1 <= found <= MOST:
        raise DataError(f"k: expected a whole number from 1 to {MOST:,}; found {in_words(found)}")
    return found


def package(name: str) -> ModuleType:
    """A package of the extra `serve`; a ConfigError where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        wanted = name.partition(".")[0].replace("_", "-")
        raise ConfigError(f"serve: the package {wanted} is not installed", "pip install 'elman[serve]'") from None
