"""Public corpora, fetched by address and checksum into the user's cache (pooch, the extra `data`).

The cache is the folder that the environment variable ELMAN_CACHE names, or the system's one for caches.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import file_digest
from importlib import import_module
from pathlib import Path
from types import ModuleType

from elman.errors import ConfigError, DataError, choose

CACHE = "ELMAN_CACHE"
CHAR_RNN = "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/"
CHINESE_POETRY = (
    "https://raw.githubusercontent.com/chinese-poetry/chinese-poetry/b8594f81a89752241442f2ce267d6f66f96704ee/"
)
TANG = CHINESE_POETRY + "%E5%85%A8%E5%94%90%E8%AF%97/"  # 全唐诗
FSDD = "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/v1.0.9.tar.gz"
SPEECH_COMMANDS = "https://storage.googleapis.com/download.tensorflow.org/data/"
SONG_CI = CHINESE_POETRY + "%E5%AE%8B%E8%AF%8D/%E5%AE%8B%E8%AF%8D%E4%B8%89%E7%99%BE%E9%A6%96.json"  # 宋词/宋词三百首


@dataclass(frozen=True)
class PublicFile:
    """A file of a public corpus: its name in the cache, its address, and what it must be."""

    name: str
    address: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class PublicCorpus:
    """A public corpus: one file, or several in a folder."""

    title: str
    licence: str
    options: str  # that `elman train` reads it with
    files: tuple[PublicFile, ...]
    task: str = "text"  # that learns from it

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(file.bytes for file in self.files)


def _tang(volume: int, sha256: str, size: int) -> PublicFile:
    name = f"poet.tang.{volume}.json"
    return PublicFile(name, TANG + name, sha256, size)


# Checksums of recordings are those of TensorFlow Datasets.
CORPORA: dict[str, PublicCorpus] = {
    "commands": PublicCorpus(
        "Speech Commands v0.02: 105,829 takes of 35 words, one second each (Warden, 2018)",
        "CC BY 4.0",
        "--name '{speaker}_nohash_{}'",
        (
            PublicFile(
                "speech_commands_v0.02.tar.gz",
                SPEECH_COMMANDS + "speech_commands_v0.02.tar.gz",
                "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
                2_428_923_189,
            ),
        ),
        "speech",
    ),
    "commands12": PublicCorpus(
        "the test part of Speech Commands v0.02: 4,890 takes of 10 words, of other words, and of silence",
        "CC BY 4.0",
        "--name '{}{speaker}_nohash_{}'",
        (
            PublicFile(
                "speech_commands_test_set_v0.02.tar.gz",
                SPEECH_COMMANDS + "speech_commands_test_set_v0.02.tar.gz",
                "cc2a00c1147c2254e9be3fa0f779d8c17421dc349b86366567a8edfa9acd51df",
                112_563_277,
            ),
        ),
        "speech",
    ),
    "digits": PublicCorpus(
        "the Free Spoken Digit Dataset, version 1.0.9: 2,500 takes of ten digits, of five speakers (Jackson, 2018)",
        "CC BY-SA 4.0",
        "--name '{label}_{speaker}_{take}'",
        (
            PublicFile(
                "free-spoken-digit-dataset-1.0.9.tar.gz",
                FSDD,
                "8bc44cde129d505cbbb6b365c09f80c663f2aa77578afc634e6141a2f87100c0",
                11_975_353,
            ),
        ),
        "speech",
    ),
    "shakespeare": PublicCorpus(
        "tiny Shakespeare: 40,000 lines of his plays, as char-rnn has them (Karpathy, 2015)",
        "public domain",
        "",
        (
            PublicFile(
                "input.txt",
                CHAR_RNN + "data/tinyshakespeare/input.txt",
                "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
                1_115_394,
            ),
        ),
    ),
    "songci": PublicCorpus(
        "280 of the Three Hundred Song Lyrics, simplified script (chinese-poetry)",
        "MIT",
        "--documents --field paragraphs",
        (
            PublicFile(
                "songci300.json", SONG_CI, "ca5d74f7fdb9d5a6acc22a7c8b4395228cad4bb8be53df44c19ba83ab6983b20", 151_283
            ),
        ),
    ),
    "tang": PublicCorpus(
        "4,003 poems of the Complete Tang Poems, traditional script (chinese-poetry)",
        "MIT",
        "--documents --field paragraphs",
        (
            _tang(0, "4f88f429938082523cdc72a1612bd7a7c3e3f7a33f8192c61ae51340efc3c92d", 408_405),
            _tang(1000, "6e703b8d8dcedbd6110f6d48d043665ca2131db2035a5bfcef5e59a19aeb6d75", 477_519),
            _tang(2000, "ec28efa7e2ae9cdbbba09f0ed186e32ccae47a325ad1e5816b7ad56071c1665a", 417_948),
            _tang(3000, "9e4ba2323752b6b9fbdba875cdbc6a26636fe0cabc85fd066370d4915952001f", 453_811),
        ),
    ),
}


def cache() -> Path:
    """The folder that corpora are kept in."""
    named = os.environ.get(CACHE)
    return Path(named) if named else Path(_pooch().os_cache("elman"))


def place(name: str) -> Path:
    """Where a corpus is, or will be: its file, or the folder of its files."""
    folder, files = cache() / name, CORPORA[choose("NAME", name, CORPORA)].files
    return folder / files[0].name if len(files) == 1 else folder


def cached(name: str) -> bool:
    """Whether all files of a corpus are in the cache, and are what they should be."""
    return all(_is_whole(cache() / name / file.name, file) for file in CORPORA[choose("NAME", name, CORPORA)].files)


def fetch(name: str, on_file: Callable[[PublicFile], None] | None = None) -> Path:
    """The place of a corpus; what is not in the cache is fetched, each file as a whole or not at all.

    Args:
        name: one of CORPORA.
        on_file: called before a file is fetched.

    Raises:
        ConfigError: no such corpus, or pooch is not installed.
        DataError: a file cannot be fetched, is another than it should be, or cannot be written.
    """
    where = place(name)
    for file in CORPORA[name].files:
        target = cache() / name / file.name
        if _is_whole(target, file):
            continue
        pooch = _pooch()
        if on_file is not None:
            on_file(file)
        pooch.get_logger().setLevel("WARNING")  # what is fetched, `on_file` tells
        try:
            pooch.retrieve(file.address, f"sha256:{file.sha256}", file.name, target.parent)
        except (OSError, ValueError) as error:  # a wrong checksum is a ValueError
            raise DataError(
                f"{file.address}: cannot be fetched: {_reason(error)}", f"fetch it by hand, and put it at {target}"
            ) from None
    return where


def _is_whole(path: Path, file: PublicFile) -> bool:
    try:
        with path.open("rb") as found:
            return file_digest(found, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def _reason(error: OSError | ValueError) -> str:
    from requests import exceptions  # what pooch fetches with

    if isinstance(error, exceptions.ConnectionError | exceptions.Timeout):
        return "no connection"
    if isinstance(error, exceptions.RequestException):
        return str(error).partition(" for url")[0]
    if isinstance(error, OSError):
        return f"{error.filename or 'the cache'}: {error.strerror}"
    return "what came has another checksum than what was published"


def _pooch() -> ModuleType:
    try:
        return import_module("pooch")
    except ImportError:
        raise ConfigError("data: the package pooch is not installed", "pip install 'elman[data]'") from None
