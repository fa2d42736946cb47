"""Characters to symbols and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elman.errors import ConfigError, DataError
from elman.tasks.text import END, Alphabet


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    alphabet = Alphabet.of(text)
    symbols = alphabet.encode(text)
    assert END not in symbols
    assert alphabet.decode(symbols) == text
    assert Alphabet.from_json(alphabet.to_json()) == alphabet


@given(st.binary())
def test_every_byte_comes_back(data: bytes) -> None:
    alphabet = Alphabet.of_bytes()
    assert len(alphabet) == 257
    assert alphabet.decode(alphabet.encode(data.decode("latin-1"))).encode("latin-1") == data


@given(st.text(), st.text())
def test_new_characters_leave_the_known_ones_their_symbols(old: str, new: str) -> None:
    before = Alphabet.of(old)
    after = before.with_also(new)
    assert after.encode(old).tolist() == before.encode(old).tolist()
    assert after.decode(after.encode(new)) == new


def test_unseen_characters_are_named() -> None:
    alphabet = Alphabet.of("abc")
    assert alphabet.symbols("axb").tolist() == [1, -1, 2]
    with pytest.raises(DataError, match=r"prompt: .*found 'xyz'"):
        alphabet.encode("azaxy", "prompt")
    with pytest.raises(DataError, match="and 10 more"):
        alphabet.encode("".join(chr(200 + i) for i in range(30)))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "words", "characters": "a"},
        {"kind": "characters", "characters": 3},
        {"kind": "bytes", "characters": "a"},
        {"kind": "characters", "characters": "aa"},
    ],
)
def test_what_is_no_alphabet_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Alphabet.from_json(data)
