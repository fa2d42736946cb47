"""`elman serve MODEL`."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import suppress
from typing import TYPE_CHECKING

from elman.cli.arguments import add_json, add_model, add_threads, between, number, use_threads
from elman.cli.output import emit, note

if TYPE_CHECKING:
    from socket import socket

    from elman.cli.parser import Parser

LAST = 10  # seconds for requests that have come, once it is told to stop


def declare(parser: Parser) -> None:
    """A model, where it is served, and whom it knows."""
    add_model(parser)
    parser.add_argument("--host", default="127.0.0.1", help="The address [default: 127.0.0.1, this machine alone].")
    parser.add_argument("--port", metavar="N", type=between(0, 65535), default=8000, help="The port [default: 8000].")
    about = "How many visitors are remembered; then the one who clicked longest ago is forgotten [default: 100000]."
    parser.add_argument("--visitors", metavar="N", type=between(1, 1 << 40), default=100_000, help=about)
    about = "A visitor is forgotten after this many minutes without a click [default: 30]."
    parser.add_argument("--minutes", metavar="X", type=number, default=30.0, help=about)
    about = "The counts also learn from sessions that have ended, in memory [default: they stay as they are]."
    parser.add_argument("--learn", action="store_true", help=about)
    add_threads(parser)
    add_json(parser, "The address on stdout, as one JSON object, once it is served.")


def run(options: Namespace) -> int:
    """Answers until it is told to stop; requests that have come are answered first."""
    from elman.errors import in_range
    from elman.models import load
    from elman.serve.app import application, package

    use_threads(options)
    in_range("minutes", options.minutes, 0, 1e9, low_in=False)
    app = application(load(options.model), visitors=options.visitors, minutes=options.minutes, learn=options.learn)
    uvicorn = package("uvicorn")
    with _bound(options.host, options.port) as taken, suppress(KeyboardInterrupt):  # the usual end of a server
        address = f"http://{options.host}:{taken.getsockname()[1]}"
        note(f"{address}: POST /recommend, GET /v1/recommend, /health, /metrics")
        if options.as_json:
            emit({"address": address})
            sys.stdout.flush()
        limits = {"limit_concurrency": 1000, "timeout_graceful_shutdown": LAST}
        settings = uvicorn.Config(app, log_level="warning", access_log=False, **limits)
        uvicorn.Server(settings).run([taken])
    return 0


def _bound(host: str, port: int) -> socket:
    """A socket at this address."""
    import errno
    import socket

    from elman.errors import ConfigError

    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        server = socket.create_server(address[:2], family=family)
        # Connections inherit it: an answer is sent at once, not when the client has confirmed its head, 40 ms later.
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return server
    except OSError as error:
        expected = f"--host {host} --port {port}: expected an address that is free"
        found = str(error.strerror).partition(" (")[0].lower()  # Python puts the address behind it
        taken = error.errno == errno.EADDRINUSE
        hint = "--port 0 takes a port that is free" if taken else "--host 127.0.0.1 is this machine alone"
        raise ConfigError(f"{expected}; found: {found}", hint) from None
