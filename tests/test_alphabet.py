"""Characters to symbols and back."""

from itertools import pairwise

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


@given(st.binary(), st.lists(st.integers(0, 20)))
def test_bytes_are_read_as_utf8_wherever_they_are_cut(data: bytes, cuts: list[int]) -> None:
    alphabet, text = Alphabet.of_bytes(), data.decode("latin-1")
    assert alphabet.to_unicode(text) == data.decode("utf-8", "replace")
    ends = [0, *sorted(cuts), len(text)]
    assert "".join(alphabet.unicode_pieces(text[a:b] for a, b in pairwise(ends))) == alphabet.to_unicode(text)
    assert alphabet.from_unicode(data.decode("utf-8", "surrogateescape")) == text


def test_pieces_do_not_cut_a_character() -> None:
    text = Alphabet.of_bytes().from_unicode("é漢!")
    assert list(Alphabet.of_bytes().unicode_pieces(text)) == ["é", "漢", "!"]
    assert list(Alphabet.of_bytes().unicode_pieces(text[:-2])) == ["é", "\ufffd"]


@given(st.text())
def test_characters_are_what_people_write(text: str) -> None:
    alphabet = Alphabet.of(text)
    assert alphabet.from_unicode(text) == alphabet.to_unicode(text) == "".join(alphabet.unicode_pieces(text)) == text


def test_what_has_no_utf8_is_refused() -> None:
    with pytest.raises(DataError, match=r"character 1: expected text; found the lone surrogate '\\ud800'"):
        Alphabet.of_bytes().from_unicode("a\ud800")


def test_each_symbol_is_shown_in_its_own_way() -> None:
    shown = list(map(Alphabet.of_bytes().shown, range(257)))
    assert len(set(shown)) == 257
    assert [shown[i] for i in (END, 1 + ord("a"), 1 + ord("\n"), 1 + 0xE6)] == ["", "a", "\n", r"\xe6"]
    assert list(map(Alphabet.of("aæ").shown, range(3))) == ["", "a", "æ"]


@given(st.text(), st.text())
def test_new_characters_leave_the_known_ones_their_symbols(old: str, new: str) -> None:
    before = Alphabet.of(old)
    after = before.with_also(new)
    assert after.encode(old).tolist() == before.encode(old).tolist()
    assert after.decode(after.encode(new)) == new


def test_unseen_characters_are_named() -> None:
    alphabet = Alphabet.of("abc")
    assert alphabet.symbols("axb").tolist() == [1, -1, 2]
    with pytest.raises(DataError, match=r"prompt: .*found 'x', 'y', 'z'"):
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
