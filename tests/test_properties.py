"""No words and no bytes end in a traceback: the command answers or refuses, a file is a model or is refused."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import elman
from elman.cli import main
from test_files import Body, contents, forge

patient = settings(deadline=None)  # the first call of anything takes its time
Edits = list[tuple[int, int, bytes]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small model in it."""
    folder = tmp_path_factory.mktemp("models")
    elman.train("subtract", hidden=2, bits=1, batch=3, steps=4).save(folder / "model")
    return folder


def outcome(*arguments: str, stdin: bytes = b"") -> tuple[Any, str]:
    """The exit code and stdout of the program, with streams as strict as a terminal's."""
    out = io.BytesIO()
    stdout = io.TextIOWrapper(out, "utf-8", write_through=True)
    digits = sys.get_int_max_str_digits()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as left:
        patch.setattr(sys, "argv", ["elman", *arguments])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        patch.setattr(sys, "stdout", stdout)
        patch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace"))
        main()
    sys.set_int_max_str_digits(digits)
    return left.value.code, out.getvalue().decode()


def check(code: Any, out: str, as_json: bool = False) -> None:
    assert code in (0, 1, 2)
    if as_json:
        assert isinstance(json.loads(out, parse_int=str), dict)  # numbers may be longer than Python likes


# As the system hands arguments over: bytes that are no text come as lone surrogates.
words = st.lists(
    st.text(st.characters(exclude_categories=())).filter(
        lambda word: "h" not in word or word[0] != "-"
    )  # no request for help
    | st.from_regex(r"\A\s?\d{0,9}\s?[-+, ]?\s?\d{0,9}\Z")
    | st.sampled_from(["--", "-1", "--threads", "0", "1.5", "1e3", "0x10", "٣+٤", "1_000-2", "9" * 5000]),
    max_size=4,
)


@patient
@given(words=words, as_json=st.booleans())
def test_no_words_to_predict_end_in_a_traceback(words: list[str], as_json: bool, folder: Path) -> None:
    options = ["--json"] if as_json else []
    check(*outcome("predict", str(folder / "model"), *options, *words), as_json)


@patient
@given(data=st.binary() | words.map(lambda lines: "\n".join(lines).encode(errors="surrogatepass")))
def test_no_input_to_predict_ends_in_a_traceback(data: bytes, folder: Path) -> None:
    check(*outcome("predict", str(folder / "model"), "--json", stdin=data), as_json=True)


@patient
@given(words=words, verb=st.sampled_from(["predict", "score", "plot", "info", "train", "", "--json"]))
def test_no_command_line_ends_in_a_traceback(words: list[str], verb: str) -> None:
    check(*outcome(verb, *words))


# --- files ---

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def safetensors(header: object, data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def with_metadata(text: str, data: bytes) -> bytes:
    return safetensors({"__metadata__": {"elman": text}}, data)


headers = st.builds(safetensors, json_values, st.binary(max_size=8))
metadata = st.builds(with_metadata, st.text() | json_values.map(json.dumps), st.binary(max_size=8))


def check_load(path: Path) -> None:
    """What loads can be used, and what cannot be used does not load."""
    try:
        model = elman.load(path)
    except elman.ModelFileError:
        return
    assert len(model.predict([(3, 4), (1 << 70, 5)])) == 2
    check(*outcome("info", str(path), "--json"), as_json=True)


@patient
@given(data=st.binary() | headers | metadata)
def test_no_bytes_for_a_model_end_in_a_traceback(data: bytes, folder: Path) -> None:
    (folder / "bytes").write_bytes(data)
    check_load(folder / "bytes")


edits = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 10), st.binary(max_size=10)), min_size=1, max_size=4)


@patient
@given(edits=edits)
def test_no_damage_to_a_model_ends_in_a_traceback(edits: Edits, folder: Path) -> None:
    data = (folder / "model").read_bytes()
    for start, length, replacement in edits:
        data = data[:start] + replacement + data[start + length :]
    (folder / "damaged").write_bytes(data)
    check_load(folder / "damaged")


def places(value: object) -> list[tuple[str, ...]]:
    """The paths to all fields of a JSON object."""
    if not isinstance(value, dict):
        return [()]
    return [(), *((key, *rest) for key, inner in value.items() for rest in places(inner))]


@settings(patient, max_examples=200)
@given(data=st.data(), value=json_values)
def test_no_forged_field_ends_in_a_traceback(data: st.DataObject, value: object, folder: Path) -> None:
    body, _ = contents(folder / "model")
    *way, last = data.draw(st.sampled_from([place for place in places(body) if place and place[0] != "checksum"]))

    def change(body: Body, _: object) -> None:
        for key in way:
            body = body[key]
        body[last] = value

    forge(folder / "forged", folder / "model", change)
    check_load(folder / "forged")
