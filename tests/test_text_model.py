"""TextModel: learn, write, score and read, from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman

SONG = "".join(f"{n} green bottles, {n} of them, hanging on the wall.\n" for n in range(60, 0, -1))
POEMS = [f"poem {n}: " + "la " * (n % 5) for n in range(50)]


@pytest.fixture(scope="module")
def model() -> elman.TextModel:
    return elman.TextModel.fit(SONG, hidden=32, layers=1, batch=4, rate=0.02, epochs=40.0)


def test_fit_gives_a_model_that_is_saved_and_loaded_as_one(model: elman.TextModel, tmp_path: Path) -> None:
    assert model.metrics["nats_per_character"] < 0.6
    model.save(tmp_path / "m")
    loaded = elman.load(tmp_path / "m")
    assert isinstance(loaded, elman.TextModel)
    assert loaded.sample("1", length=30, seed=4) == model.sample("1", length=30, seed=4)
    tuned = elman.TextModel.fit(SONG.upper(), start=tmp_path / "m", steps=2, hidden=32)
    assert set(SONG.upper()) <= set(tuned.task.alphabet.characters)
    with pytest.raises(elman.DataError, match="from memory"):
        elman.train(resume=tmp_path / "m", steps=10_000)


def test_sample_and_stream_write_the_same(model: elman.TextModel) -> None:
    text = model.sample("7 green", length=100, seed=1)
    assert isinstance(text, str)
    assert len(text) == 100
    assert "".join(model.stream("7 green", length=100, seed=1)) == text
    many = model.sample(count=8, top_p=0.9, form=elman.Form("2x9"))
    assert [[len(line) for line in one.split("\n")] for one in many] == [[9, 9]] * 8
    assert model.sample("7 green bo", length=5, temperature=0) == "ttles"
    wrongs: list[dict[str, Any]] = [{"temperature": -1}, {"top_k": 0}, {"length": 0}]
    for wrong in wrongs:
        with pytest.raises(elman.ConfigError):
            model.sample(**wrong)
    with pytest.raises(elman.DataError, match="'Z'"):
        model.sample("Z")


def test_score_is_the_mean_surprise(model: elman.TextModel) -> None:
    nats = model.surprise(SONG[:200] + "Z")
    assert nats.shape == (201,)
    assert np.isnan(nats[-1])
    score = model.score(SONG[:200] + "Z")
    assert score["nats_per_character"] == pytest.approx(nats[:-1].mean())
    assert (score["characters"], score["unseen"]) == (200, 1)
    assert model.score()["characters"] == len(SONG) - int(len(SONG) * 0.9)
    assert model.surprise("").shape == (0,)
    with pytest.raises(elman.DataError):
        model.score("ZZ")
    with pytest.warns(UserWarning, match=r"texts: 2 of 8 characters are unknown to the model: "):
        model.score("ZZ green")


@pytest.mark.parametrize(("method", "argument"), [("fit", "texts"), ("score", "texts"), ("surprise", "text")])
def test_names_of_files_that_are_given_as_texts_are_warned_of(
    model: elman.TextModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, argument: str
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["60 green.txt", "61 green.txt"]
    for name in names:
        Path(name).write_text(SONG)

    def call(texts: str | list[str]) -> None:
        options: dict[str, Any] = {"hidden": 4, "steps": 1, "validate": 0} if method == "fit" else {}
        getattr(model, method)(texts, **options)

    told = rf"^{argument}: '60 green.txt' is read as the text itself.* Path\('60 green.txt'\)\.read_text\(\)"
    for texts in names[0], names:
        with pytest.warns(UserWarning, match=told) as caught:
            call(texts)
        assert [one.filename for one in caught] == [__file__]
    # None of what follows is: a warning would be an error.
    for texts in SONG, [names[0], "60 green bottles"], "60 green", "60 green " * 1000, "6\n", "..":
        call(texts)


SEASONS = "春夏秋冬，風花雪月。\n"


@pytest.fixture(scope="module")
def seasons() -> elman.TextModel:
    """A model of the bytes of UTF-8."""
    return elman.TextModel.fit(SEASONS * 60, tokens="bytes", hidden=64, batch=4, rate=0.02, epochs=40.0)


def test_model_of_bytes_takes_and_gives_text(seasons: elman.TextModel) -> None:
    options: dict[str, Any] = {"length": len(SEASONS.encode()), "temperature": 0}
    assert seasons.sample("春夏", **options) == SEASONS[2:] + "春夏"
    assert seasons.sample("春夏", stop="雪", **options) == "秋冬，風花"
    assert seasons.sample("春夏", length=4, temperature=0) == "秋\ufffd"  # the fourth byte begins a character
    [answer] = seasons.predict(["春夏"])
    assert max(answer, key=lambda shown: answer[shown]) == r"\xe7" == r"\x" + "秋".encode()[:1].hex()
    assert seasons.task.tell(answer).startswith(r"'\xe7' ")
    with pytest.raises(elman.DataError, match="lone surrogate"):
        seasons.sample("\ud800")


def test_model_of_bytes_streams_whole_characters(seasons: elman.TextModel) -> None:
    pieces = list(seasons.stream("春夏", length=300, temperature=0))
    assert len(pieces) > 1  # the first one is of one byte, which is no character
    assert "".join(pieces) == seasons.sample("春夏", length=300, temperature=0)
    assert "\ufffd" not in "".join(pieces[:-1])


def test_model_of_bytes_keeps_forms_of_characters(seasons: elman.TextModel) -> None:
    form = elman.Form("3x6-12", "花月", forbid=("雪",), require=("秋冬",))
    for text in seasons.sample(form=form, count=20):
        lines = text.split("\n")
        assert len(lines) == 3
        assert [line[0] for line in lines[:2]] == ["花", "月"]
        assert "雪" not in text
        assert "秋冬" in text
    assert seasons.sample(form=elman.Form("2x3", "內月")) == "內\n月"  # 內 has the byte 0x85, a line break in latin-1
    with pytest.raises(elman.ConfigError, match=r"(?m)form 2x2 of bytes with the acrostic '花月'$"):
        seasons.sample(form=elman.Form("2x2", "花月"))


def test_model_of_bytes_is_surprised_by_each_byte(seasons: elman.TextModel) -> None:
    nats = seasons.surprise(SEASONS)
    assert nats.shape == (len(SEASONS.encode()),)
    score = seasons.score(SEASONS)
    assert (score["characters"], score["unseen"]) == (len(nats), 0)
    assert score["nats_per_character"] == pytest.approx(nats.mean())
    assert score["nats_per_character"] < seasons.score(SEASONS[::-1])["nats_per_character"]
    poems = elman.TextModel.fit(["一", "二二", "三"] * 5, tokens="bytes", hidden=8, steps=2)
    assert poems.score(["一", "二二"])["characters"] == 3 + 6 + 2


def test_documents_begin_anew(tmp_path: Path) -> None:
    model = elman.TextModel.fit(POEMS, hidden=16, layers=1, batch=8, rate=0.02, epochs=150.0)
    assert model.task.documents
    texts = model.sample(count=5, length=200, temperature=0.3)
    assert all(text.startswith("poem ") for text in texts)
    assert model.score(POEMS[:3])["characters"] == sum(map(len, POEMS[:3])) + 3
    assert len(model.surprise(POEMS[7])) == len(POEMS[7])
