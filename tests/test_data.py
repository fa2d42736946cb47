"""Public corpora: fetched whole and as published, or not at all. The public is a server of this machine."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from elman.data import CORPORA, PublicCorpus, PublicFile, cache, cached, fetch, place
from elman.errors import ConfigError, DataError
from test_cli import Command, command
from test_files import full_disk

__all__ = ["command"]  # the fixture

# Pooch leaves a connection that went wrong to the garbage collector, which may come at any time …
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

ONE, TWO = b"one text\n" * 1000, b"another\n" * 2000


@dataclass
class Server:
    """What it serves by path, how often each was asked for, and how much of it is sent."""

    served: dict[str, bytes]
    address: str = ""
    asked: list[str] = field(default_factory=list)
    sent: int = 1 << 30
    hold: threading.Event = field(default_factory=threading.Event)


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """… and is to come before the next test, which may not be one of these."""
    yield
    gc.collect()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    public = Server({"/one": ONE, "/a": ONE, "/b": TWO})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            public.asked.append(self.path)
            body = public.served.get(self.path)
            if body is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: public.sent])
            self.wfile.flush()
            if public.sent < len(body):
                public.hold.wait()

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        public.address = f"http://127.0.0.1:{http.server_port}"
        public.hold.set()
        monkeypatch.setenv("NO_PROXY", "*")
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield public
        public.hold.set()
        http.shutdown()
        thread.join()


@pytest.fixture
def corpora(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two corpora of that server in place of the public ones; answers the folder of the cache, still to be made."""

    def file(path: str, content: bytes) -> PublicFile:
        return PublicFile(f"{path}.txt", f"{server.address}/{path}", sha256(content).hexdigest(), len(content))

    for name in list(CORPORA):
        monkeypatch.delitem(CORPORA, name)
    monkeypatch.setitem(CORPORA, "single", PublicCorpus("one file", "CC0", "", (file("one", ONE),)))
    both = (file("a", ONE), file("b", TWO))
    monkeypatch.setitem(CORPORA, "double", PublicCorpus("two files", "MIT", "--documents", both))
    monkeypatch.setenv("ELMAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_corpus_is_fetched_once(server: Server, corpora: Path) -> None:
    assert not cached("single")
    assert fetch("single") == place("single") == corpora / "single/one.txt"
    assert (corpora / "single/one.txt").read_bytes() == ONE
    assert cached("single")
    assert fetch("single") == place("single")
    assert server.asked == ["/one"]


def test_corpus_of_several_files_is_a_folder(server: Server, corpora: Path) -> None:
    told: list[str] = []
    assert fetch("double", lambda file: told.append(file.name)) == corpora / "double"
    assert files(corpora) == ["double/a.txt", "double/b.txt"]
    assert told == ["a.txt", "b.txt"]
    (corpora / "double/b.txt").write_bytes(b"damaged")
    assert not cached("double")
    fetch("double")
    assert server.asked == ["/a", "/b", "/b"]
    assert cached("double")


def check_nothing_is_kept(corpora: Path, reason: str) -> None:
    with pytest.raises(DataError, match=reason) as caught:
        fetch("single")
    assert CORPORA["single"].files[0].address in str(caught.value)
    assert caught.value.hint == f"fetch it by hand, and put it at {corpora / 'single/one.txt'}"
    assert files(corpora) == []
    assert not cached("single")


def test_other_contents_than_published_are_refused(server: Server, corpora: Path) -> None:
    server.served["/one"] = ONE[:-1] + b"!"
    check_nothing_is_kept(corpora, "what came has another checksum")


def test_file_that_is_gone_is_an_error(server: Server, corpora: Path) -> None:
    del server.served["/one"]
    check_nothing_is_kept(corpora, "cannot be fetched: 404 Client Error: Not Found")


def test_connection_that_breaks_leaves_nothing(server: Server, corpora: Path) -> None:
    server.sent = 5000
    check_nothing_is_kept(corpora, "cannot be fetched")


def test_without_a_connection_the_address_is_told(
    server: Server, corpora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = CORPORA["single"].files
    away = PublicFile(file.name, "http://127.0.0.1:9/one", file.sha256, file.bytes)  # nobody listens there
    monkeypatch.setitem(CORPORA, "single", PublicCorpus("one file", "CC0", "", (away,)))
    check_nothing_is_kept(corpora, "cannot be fetched: no connection")
    place("single").write_bytes(ONE)  # by hand
    assert fetch("single") == place("single")


def test_full_disk_leaves_nothing(server: Server, corpora: Path) -> None:
    with full_disk():
        check_nothing_is_kept(corpora, "cannot be fetched: the cache: File too large")


FETCH = """
import sys
from elman.data import CORPORA, PublicCorpus, PublicFile, fetch
CORPORA["x"] = PublicCorpus("x", "CC0", "", (PublicFile("x.txt", sys.argv[1], sys.argv[2], 0),))
fetch("x")
"""


def test_interrupted_leaves_nothing(server: Server, corpora: Path) -> None:
    server.sent = 5000
    server.hold.clear()
    arguments = [sys.executable, "-c", FETCH, f"{server.address}/one", sha256(ONE).hexdigest()]
    process = subprocess.Popen(arguments, env={**os.environ, "ELMAN_CACHE": str(corpora)}, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not (corpora.exists() and any(path.stat().st_size for path in corpora.rglob("*") if path.is_file())):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(2)
    _, err = process.communicate()
    assert b"KeyboardInterrupt" in err
    assert files(corpora) == []


def test_cache_is_named_by_the_environment_or_by_the_system(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache() == corpora
    monkeypatch.delenv("ELMAN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache() == Path("/somewhere/elman")


def test_without_pooch_it_is_told_what_to_install(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ConfigError, match="pooch is not installed") as caught:
        fetch("single")
    assert caught.value.hint == "pip install 'elman[data]'"


def test_public_corpora_are_named_by_address_and_checksum() -> None:
    for name, corpus in CORPORA.items():
        assert name.isidentifier()
        for file in corpus.files:
            assert file.address.startswith("https://")
            assert file.address.isascii()
            assert int(file.sha256, 16) < 1 << 256
            assert len(file.sha256) == 64
            assert file.bytes > 0
        assert len({file.name for file in corpus.files}) == len(corpus.files)


# --- the command ---


def test_get_prints_the_path_and_nothing_else(command: Command, server: Server, corpora: Path) -> None:
    got = command("data", "get", "single")
    assert (got.code, got.out) == (0, f"{corpora / 'single/one.txt'}\n")
    assert got.err == f"{server.address}/one: 9,000 bytes …\n"
    again = command("data", "get", "double", "--json")
    assert again.json == {"name": "double", "path": str(corpora / "double")}


def test_get_of_an_unknown_name_suggests_a_known_one(command: Command, corpora: Path) -> None:
    got = command("data", "get", "singel")
    assert (got.code, got.out) == (2, "")
    assert got.err == "error: NAME: expected one of single, double; found 'singel'\nhint: did you mean 'single'?\n"


def test_list_says_what_there_is_and_what_is_there(command: Command, server: Server, corpora: Path) -> None:
    fetch("single")
    listed = command("data", "list")
    assert listed.code == 0
    single, one, double, two = listed.out.splitlines()
    assert single.split() == ["single", "0.01", "MB", "CC0", "in", "the", "cache"]
    assert double.split() == ["double", "0.03", "MB", "MIT", "not", "fetched"]
    assert (one.strip(), two.strip()) == ("one file", "two files")
    assert 'elman train text --documents "$(elman data get double)"' in listed.err
    answer = command("data", "list", "--json").json
    assert answer["cache"] == str(corpora)
    assert [corpus["cached"] for corpus in answer["corpora"]] == [True, False]
    assert answer["corpora"][1] == {
        "name": "double",
        "title": "two files",
        "licence": "MIT",
        "task": "text",
        "bytes": 25_000,
        "options": "--documents",
        "cached": False,
        "path": str(corpora / "double"),
    }
    assert server.asked == ["/one"]
