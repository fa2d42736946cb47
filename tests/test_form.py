"""Form: of texts from networks that know nothing of it, all obey."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pronouncing
import pypinyin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elman import ConfigError
from elman.tasks.text import END, Alphabet
from elman.tasks.text.writing.automata import Product
from elman.tasks.text.writing.choice import Choice
from elman.tasks.text.writing.demands import Forbidden, Length, Matcher, Required
from elman.tasks.text.writing.form import Form
from elman.tasks.text.writing.sampling import Sampling
from elman.tasks.text.writing.written import sample
from test_sampling import LETTERS, random_network

ENGLISH = Alphabet.of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,.;:!?'-\n")
CHINESE = Alphabet.of(
    "秦川雄帝宅函谷壯皇居綺殿千尋起離宮百雉餘連甍遙接漢飛觀迥凌虛雲日隱層闕風煙出疎春夏秋冬明月不□，。？\n"
)
MANY = 100


def texts(alphabet: Alphabet, form: Form, count: int = MANY, **options: object) -> list[str]:
    sampling = Sampling(form=form, **options)  # type: ignore[arg-type]
    written = sample(random_network(alphabet), alphabet, sampling, count)
    assert len(written) == count
    return written


# --- lines ---


@pytest.mark.parametrize("documents", [False, True])
def test_lines_have_their_number_and_length(documents: bool) -> None:
    for text in texts(ENGLISH, Form("4x5"), documents=documents):
        assert [len(line) for line in text.splitlines()] == [5] * 4
    lengths = set()
    for text in texts(ENGLISH, Form("3x2-6"), documents=documents):
        assert len(text.split("\n")) == 3
        lengths |= {len(line) for line in text.split("\n")}
    assert lengths == {2, 3, 4, 5, 6}


@pytest.mark.parametrize("size", [5, 7])
@pytest.mark.parametrize("documents", [False, True])
def test_quatrain_has_its_marks(size: int, documents: bool) -> None:
    verse = rf"[^\W\d_]{{{size}}}"
    pattern = rf"{verse}，{verse}。\n{verse}，{verse}。"
    for text in texts(CHINESE, Form(f"4x{size}"), documents=documents):
        assert re.fullmatch(pattern, text)


def test_marks_without_a_new_line_and_of_an_odd_number_of_verses() -> None:
    alphabet = Alphabet.of("秦川，。")
    for text in texts(alphabet, Form("3x2-3")):
        assert re.fullmatch(r"[秦川]{2,3}，[秦川]{2,3}。[秦川]{2,3}。", text)


def test_acrostic_begins_the_lines() -> None:
    for text in texts(ENGLISH, Form("5x8-12", "Elma")):
        assert [line[0] for line in text.split("\n")[:4]] == ["E", "l", "m", "a"]
    for text in texts(CHINESE, Form("4x5", "春夏秋冬")):
        assert re.sub(r"[，。]\n?", " ", text).split()[0][0] + text[6] == "春夏"
        assert [verse[0] for verse in re.split(r"[，。]\n?", text)[:4]] == ["春", "夏", "秋", "冬"]


# --- rhymes ---


def rhyme(first: str, second: str) -> bool:
    words = [re.fullmatch(r".*?([A-Za-z]+)[,.;:!? ]*", line) for line in (first, second)]
    last = [word[1].lower() for word in words if word]
    return len(last) == 2 and last[1] in pronouncing.rhymes(last[0])


@pytest.mark.parametrize("lines", ["4x12", "4x4-14"])
def test_english_lines_rhyme(lines: str) -> None:
    for text in texts(ENGLISH, Form(lines, rhyme="ABAB"), 50):
        first, second, third, fourth = text.split("\n")
        assert rhyme(first, third)
        assert rhyme(second, fourth)


def test_scheme_begins_anew() -> None:
    for text in texts(ENGLISH, Form("5x6-9", rhyme="AA-"), 20):
        lines = text.split("\n")
        assert rhyme(lines[0], lines[1])
        assert rhyme(lines[3], lines[4])


def test_letter_that_comes_once_rhymes_with_none() -> None:
    free = 0
    for text in texts(ENGLISH, Form("6x6-9", rhyme="AAB"), 20):
        lines = text.split("\n")
        assert rhyme(lines[0], lines[1])
        assert rhyme(lines[3], lines[4])
        free += not rhyme(lines[2], lines[5])
    assert free > 10


def rhymed(character: str) -> str:
    """What of a syllable rhymes: its final, without the glide before its vowel."""
    syllable = pypinyin.pinyin(character, style=pypinyin.Style.NORMAL, v_to_u=True)[0][0]
    if syllable in ("zhi", "chi", "shi", "ri", "zi", "ci", "si"):
        return "-i"
    final = pypinyin.pinyin(character, style=pypinyin.Style.FINALS)[0][0]
    alike = {"ve": "ie", "ing": "eng", "in": "en", "vn": "en", "iong": "ong", "uo": "o"}
    alike |= dict.fromkeys(("ia", "ua"), "a") | dict.fromkeys(("ian", "uan", "van"), "an")
    alike |= {glide + rest: rest for glide in "iu" for rest in ("ang", "ao", "ai", "ei", "en", "eng", "ou")}
    return alike.get(final, final)


@pytest.mark.parametrize("lines", ["4x7", "4x5-7"])
def test_chinese_verses_rhyme_and_no_character_with_itself(lines: str) -> None:
    met = set()
    for text in texts(CHINESE, Form(lines, rhyme="AA-A"), documents=True):
        first, second, _, fourth = (verse[-1] for verse in re.split(r"[，。]\n?", text)[:4])
        assert len({first, second, fourth}) == 3
        assert len({rhymed(character) for character in (first, second, fourth)}) == 1
        met.add(rhymed(first))
    assert len(met) > 3


def test_rhymes_have_characters_enough() -> None:
    """Three lines need three: of 山天 and 人心春, only the second rhyme will do; without one of it, none."""
    alphabet = Alphabet.of("山天人心春，。")
    for text in texts(alphabet, Form("4x2", rhyme="AA-A"), 20):
        assert {verse[-1] for i, verse in enumerate(re.split("[，。]", text)[:4]) if i != 2} == set("人心春")
    for form in (Form("4x2", rhyme="AAAA"), Form("4x2", rhyme="AA-A", forbid=("心",))):
        with pytest.raises(ConfigError, match="found no text of this alphabet that has"):
            form.product(alphabet, 50)
    strict = Form("4x2", rhyme="AA-A", forbid=("人心", "人春", "山心", "天心", "心心", "春心"))  # 心 ends no verse
    with pytest.raises(ConfigError, match="forbidden"):
        strict.product(alphabet, 50)


def test_words_that_sound_alike_do_not_rhyme() -> None:
    """As a word does not with itself."""
    alphabet = Alphabet.of("seatbk \n")
    assert pronouncing.phones_for_word("see") == pronouncing.phones_for_word("sea")
    for text in texts(alphabet, Form("4x2-6", rhyme="AAAA"), 30):
        words = [line.split()[-1] for line in text.split("\n")]
        sounds = {pronouncing.phones_for_word(word)[0] for word in words}
        assert len(sounds) == 4
        assert len(set(map(pronouncing.rhyming_part, sounds))) == 1


@pytest.mark.parametrize("lines", ["4x1-9", "3x6"])
def test_lines_are_not_filled_with_spaces(lines: str) -> None:
    for text in texts(Alphabet.of("ab  \t\u3000\n".replace("  ", " ")), Form(lines), documents=True):
        for line in text.split("\n"):
            assert line == line.strip()
            assert not re.search(r"\s\s", line)


# --- strings ---


def test_forbidden_strings_do_not_occur() -> None:
    form = Form(forbid=("ab", "c", "dd", "ada"))
    for text in texts(LETTERS, form, length=200):
        assert len(text) == 200
        assert not any(string in text for string in form.forbid)


@pytest.mark.parametrize("documents", [False, True])
@pytest.mark.parametrize("length", [7, 30, 100])
def test_required_strings_occur(length: int, documents: bool) -> None:
    for text in texts(LETTERS, Form(require=("abba", "cde")), length=length, documents=documents):
        assert "abba" in text
        assert "cde" in text
        assert len(text) == length or (documents and len(text) < length)


def test_required_strings_are_not_all_left_to_the_end() -> None:
    sampling = Sampling(length=100, form=Form(require=("abba",)))
    written = sample(random_network(scale=1), LETTERS, sampling, MANY)
    assert sum(text.index("abba") < 90 for text in written) > MANY / 3


@pytest.mark.parametrize("choice", [Choice(0), Choice(3), Choice(top_k=2)])
def test_everything_at_once(choice: Choice) -> None:
    form = Form("4x12-24", "Love", "AABB", forbid=("th", "z"), require=("Moon", "my"))
    for text in texts(ENGLISH, form, 20, choice=choice):
        lines = text.split("\n")
        assert all(12 <= len(line) <= 24 for line in lines)
        assert "".join(line[0] for line in lines) == "Love"
        assert rhyme(lines[0], lines[1])
        assert rhyme(lines[2], lines[3])
        assert "Moon" in text
        assert "my" in text
        assert "th" not in text
        assert "z" not in text


# --- what cannot be ---


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (Form("1x4", require=("abc", "dea")), ["form 1x4", "'abc'", "'dea'"]),
        (Form("4x5", "abcd", forbid=("e", "c")), ["acrostic 'abcd'", "forbidden 'e', 'c'"]),
        (Form(require=("abc",), forbid=("b",)), ["required 'abc'", "forbidden 'b'"]),
        (Form(require=("a" * 51,)), ["length 50", "required 'aaa"]),
        (Form("2x1", rhyme="AA"), ["form 2x1", "rhyme AA"]),
        (Form("2x3", "a\n"), ["acrostic"]),
    ],
)
def test_impossible_form_is_refused_by_the_names_of_its_demands(form: Form, names: list[str]) -> None:
    with pytest.raises(ConfigError, match="form: found no text") as refused:
        form.product(LETTERS, 50)
    assert all(name in str(refused.value) for name in names)


def test_long_forms_are_found() -> None:
    assert Form("5000x5").product(LETTERS, 50) is not None
    assert Form("2x12000", "ab", require=("abc",)).product(LETTERS, 50) is not None


def test_demands_that_are_in_nobodys_way_are_not_blamed() -> None:
    form = Form("2x4", forbid=("h",), require=("abc", "defga", "cc"))
    with pytest.raises(ConfigError, match=r"(?m)that has form 2x4, required 'defga'$"):
        form.product(LETTERS, 50)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        *(({"lines": lines}, "form") for lines in ("", "4", "4x", "x5", "0x5", "4x0", "4x5-4", "4x-5", "-4x5", "4×5")),
        ({"lines": "1000000x5"}, "form"),
        ({"lines": "2000x4-501"}, "form 2000x4-501: characters of all lines: .* to 1000000; found 1002000"),
        ({"acrostic": "ab"}, "acrostic: expected a form"),
        ({"rhyme": "AA"}, "rhyme: expected a form"),
        ({"lines": "2x5", "acrostic": "abc"}, "acrostic: expected at most 2"),
        ({"lines": "2x5", "rhyme": "ABAB"}, "rhyme: expected at most 2"),
        ({"lines": "5x5", "rhyme": "AABB"}, "found 5, and in the last stanza, A, no other A"),
        ({"lines": "7x5", "rhyme": "ABAB"}, "found 7, and in the last stanza, ABA, no other B"),
        *(({"lines": "4x5", "rhyme": scheme}, "rhyme: expected a letter") for scheme in ("", "-", "AB", "A A", "-A")),
        ({"forbid": ("a", "")}, "forbid: expected a string"),
        ({"require": ("",)}, "require: expected a string"),
    ],
)
def test_form_refuses_what_makes_no_sense(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Form(**options)  # type: ignore[arg-type]


def test_characters_that_cannot_be_written_are_named() -> None:
    for form in (Form("4x5", "axby"), Form(require=("axy",))):
        with pytest.raises(ConfigError, match="found 'x', 'y'"):
            form.product(LETTERS, 50)
    written = sample(random_network(), LETTERS, Sampling(form=Form(forbid=("x",)), length=20))
    assert len(written[0]) == 20


# --- automata ---

strings = st.text("abc", min_size=1, max_size=3)


@settings(deadline=None)
@given(st.lists(strings, min_size=1, max_size=4), st.text("abcd", max_size=12))
def test_matcher_finds_strings_wherever_they_end(wanted: list[str], text: str) -> None:
    label = {character: i for i, character in enumerate("abcd", 1)}
    matcher = Matcher.of([[label[c] for c in string] for string in wanted], 5)
    state = 0
    for end, character in enumerate(text, 1):
        state = matcher.follow[state][label[character]]
        assert matcher.found[state] == any(text[:end].endswith(string) for string in wanted)


@settings(deadline=None)
@given(st.integers(1, 5), st.lists(strings, max_size=2), st.lists(strings, min_size=1, max_size=2), st.data())
def test_allowed_is_what_some_obedient_text_goes_on_with(
    length: int, forbidden: list[str], required: list[str], data: st.DataObject
) -> None:
    alphabet = Alphabet.of("abcd")
    texts = (text for size in range(length + 1) for text in map("".join, itertools.product("abcd", repeat=size)))
    obedient = {
        text
        for text in texts
        if all(string in text for string in required) and not any(string in text for string in forbidden)
    }
    demands: list[Any] = [Length(alphabet, length), *([Forbidden(alphabet, forbidden)] if forbidden else [])]
    product = Product([*demands, *(Required(alphabet, string) for string in dict.fromkeys(required))])
    assert product.live(product.start) == bool(obedient)
    state, text = product.start, ""
    while obedient:
        mask = product.allowed(state, True)
        following = {other[len(text)] for other in obedient if other.startswith(text) and len(other) > len(text)}
        assert set(alphabet.decode(np.flatnonzero(mask).tolist())) == following
        assert mask[END] == (text in obedient)
        assert product.allowed(state, False)[END] == (not following)
        if not following:
            break
        text += data.draw(st.sampled_from(sorted(following)))
        after = product.after(state, int(alphabet.encode(text[-1])[0]))
        assert after is not None
        state = after


def test_lines_need_new_lines() -> None:
    with pytest.raises(ConfigError, match="form 2x5: expected a model that has seen new lines"):
        Form("2x5").product(Alphabet.of("abc"), 100)
    assert Form("1x5").product(Alphabet.of("abc"), 100) is not None
