"""The task `speech`: from recordings to words. They are synthesised: `words.py`."""

from __future__ import annotations

import csv
import re
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.typing import NDArray

import elman
from elman.bench.race import Peer
from elman.errors import ConfigError, DataError
from elman.tasks.labelled.learning import Learning
from elman.tasks.labelled.speech.audio import heard, pieces
from elman.tasks.labelled.speech.frames import Frames, slopes
from elman.tasks.labelled.speech.learning import Takes
from elman.tasks.labelled.speech.recordings import pattern
from elman.tasks.labelled.speech.task import Speech
from elman.tasks.labelled.speech.varying import fainter, masked, noisy, piece, tilted, warped
from elman.tasks.labelled.speech.varying import spoken as at_speed
from optional import needs
from words import GLIDES, spoken, takes, write

SPEECH = Peer("the extra speech", ("kaldi_native_fbank", "soundfile", "soxr"))
pytestmark = needs(SPEECH)

NAME = "{label}_{speaker}_{take}"
SMALL: dict[str, Any] = {"name": NAME, "hidden": 8, "epochs": 6, "mask": 4}
Run = Callable[..., tuple[int, Any, str]]


def trained(data: Path | str, **given: Any) -> elman.Model:
    return elman.train("speech", str(data), **{**SMALL, **given})


def learning_of(task: Speech) -> Learning:
    assert task.learning is not None
    return task.learning


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return takes(tmp_path_factory.mktemp("takes"))


@pytest.fixture(scope="module")
def model(folder: Path) -> elman.Model:
    return trained(folder, epochs=25)


# --- from end to end ---


def test_command_line_from_takes_to_words(folder: Path, tmp_path: Path, command: Run) -> None:
    out, more = str(tmp_path / "model"), takes(tmp_path / "more", 3, first=20)
    options = ("--name", NAME, "--epochs", "25", "--hidden", "12", "--out", out)
    code, found, said = command("train", "speech", str(folder), *options, "--json")
    assert (code, found["task"]) == (0, "speech")
    assert found["metrics"]["accuracy"] > 0.9
    assert "72 takes of 3 words of 3 speakers, " in said
    assert re.search(r"held out: \w+ \(24 takes\), and \d takes of the others", said)
    assert "--sampling 8000" in said
    code, scored, _ = command("score", out, str(more), "--json")
    assert (code, scored["sequences"], scored["accuracy"]) == (0, 27, 1)
    assert sorted(scored["groups"]) == ["ann", "bob", "cid"]
    assert {name: one["sequences"] for name, one in scored["parts"].items()} == {
        "speakers learned from": 18,
        "other speakers": 9,
    }
    assert np.trace(scored["confusion"]) == 27
    one = str(more / "up_bob_20.wav")
    code, answered, _ = command("predict", out, one, "--top", "2", "--proba", "--json")
    assert (code, answered["inputs"], answered["outputs"]) == (0, [one], ["up"])
    assert (
        list(answered["top"][0])
        == sorted(["_silence_", *GLIDES], key=lambda word: -answered["probabilities"][0][word])[:2]
    )


def test_score_tells_of_speakers_and_of_what_is_confused(folder: Path, tmp_path: Path, command: Run) -> None:
    trained(folder, epochs=15, validate=0.0).save(tmp_path / "model")
    _, printed, _ = command("score", str(tmp_path / "model"), str(folder))
    assert "\nspeakers learned from         72" in printed
    assert "\nann  " in printed
    assert "true, and answered as" in printed
    assert "_silence_" not in printed  # is neither there nor an answer
    write(tmp_path / "_silence_" / "1.wav", np.zeros(4000))
    _, printed, _ = command("score", str(tmp_path / "model"), str(tmp_path / "_silence_"))
    assert "\n_silence_  " in printed


def test_folder_archive_and_table_are_the_same_data(folder: Path, tmp_path: Path) -> None:
    files = sorted(folder.iterdir())
    with ZipFile(tmp_path / "takes.zip", "w") as archive:
        for file in files:
            archive.write(file, f"in/{file.name}")
        archive.writestr("LICENSE", "free")
    with tarfile.open(tmp_path / "takes.tar.gz", "w:gz") as packed:
        for file in files:
            packed.add(file, f"./in/{file.name}")
    by_word = tmp_path / "words"
    with (tmp_path / "takes.csv").open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["speaker", "file", "label"])
        for file in files:
            word, speaker, _ = file.stem.split("_")
            rows.writerow([speaker, f"words/{word}/{file.name}", word])
            (by_word / word).mkdir(parents=True, exist_ok=True)
            shutil.copy(file, by_word / word)
    found = [trained(data, epochs=1) for data in (folder, tmp_path / "takes.zip", tmp_path / "takes.tar.gz")]
    found.append(trained(tmp_path / "takes.csv", epochs=1, name=None))
    assert len({one.network.parameters.flat.tobytes() for one in found}) == 1
    assert len({one.task.fingerprint() for one in found}) == 1
    assert trained(by_word, name=None, epochs=1).task.codec()["answers"]["names"] == ("_silence_", *sorted(GLIDES))


def test_training_goes_on_as_if_it_never_stopped(folder: Path, tmp_path: Path) -> None:
    whole = trained(folder, epochs=2)
    trained(folder, epochs=2, steps=whole.updates - 3).save(tmp_path / "model")
    again = elman.train(resume=tmp_path / "model", steps=whole.updates)
    assert again.network.parameters.flat.tobytes() == whole.network.parameters.flat.tobytes()


def test_model_on_other_takes_keeps_its_words_and_frames(folder: Path, tmp_path: Path, model: elman.Model) -> None:
    more = takes(tmp_path / "more", 4, ("ann", "bob"), first=30)
    start = tmp_path / "model"
    model.save(start)
    tuned = elman.train("speech", str(more), start=start, epochs=2)
    assert tuned.task.codec() == model.task.codec()
    with pytest.raises(ConfigError, match=r"cepstra: expected 13, as the model has it; found 9"):
        elman.train("speech", str(more), start=start, cepstra=9)
    write(more / "left_ann_1.wav", spoken("up"))
    with pytest.raises(DataError, match="expected words that the model knows; found 'left'"):
        elman.train("speech", str(more), start=start, epochs=2)


def test_other_takes_may_be_named_otherwise(folder: Path, tmp_path: Path, model: elman.Model, command: Run) -> None:
    """By folders where training had a pattern, and the other way; an archive may have a folder above them."""
    deep, out, more = "{label}/{speaker}_{take}", str(tmp_path / "model"), tmp_path / "more"
    for word in GLIDES:
        for take in range(4):
            write(more / word / f"bob_{take}.wav", spoken(word, "bob", 40 + take))
    archive = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "more"))
    model.save(out)
    said = f"no recording is named like {NAME}: words are the names of folders"
    tuned = elman.train("speech", str(more), start=out, epochs=2)
    assert said in tuned.task.introduce()
    code, found, told = command("score", out, str(archive), "--json")
    assert (code, found["sequences"], "groups" in found, said in told) == (0, 12, False, True)
    tuned.save(more / "tuned")
    for data in (more, archive):
        code, found, told = command("score", str(more / "tuned"), str(data), "--name", deep, "--json")
        assert (code, found["groups"].keys(), said in told) == (0, {"bob"}, False)
    again = elman.train("speech", str(folder), start=more / "tuned", name=NAME, epochs=2)
    assert again.task.codec() == model.task.codec()
    assert any(line.startswith("held out: ") and "takes of the others" in line for line in again.task.introduce())
    for words, message in (
        (("--name", deep), "--name: expected beside files, which are named so; found none"),
        ((str(archive), "--name", "{lable}"), "name: expected one of label, speaker, take; found 'lable'"),
        ((str(folder), "--name", deep), "and 69 more: expected names like {label}/{speaker}_{take}"),
    ):
        code, _, told = command("score", out, *words)
        assert (code, message in told) == (2, True), told


# --- what is held out ---


def test_speakers_are_held_out_whole_and_takes_of_the_others(folder: Path) -> None:
    task = Speech.on([folder], **SMALL)
    speakers, halves = learning_of(task).examples.groups, learning_of(task).halves
    learned, held_out = ({speakers[row] for row in half} for half in (halves.learned, halves.held_out))
    assert learned == {"", *task.known.speakers}  # "": silence
    assert len(held_out - learned) == 1
    assert held_out & learned
    assert set(halves.learned) | set(halves.held_out) == set(range(len(speakers)))
    assert not set(halves.learned) & set(halves.held_out)


def test_speaker_of_one_take_is_not_the_one_that_is_held_out(folder: Path, tmp_path: Path) -> None:
    rows = [(path, *path.stem.split("_")[:2]) for path in sorted(folder.iterdir())]
    for take, speaker in enumerate(("dan", "", "")):  # nobody knows who said the others
        rows.append((Path(write(tmp_path / f"{take}.wav", spoken("up", "ann", 40 + take))), "up", speaker))
    table = tmp_path / "takes.csv"
    table.write_text("\n".join(["file,label,speaker", *(",".join(map(str, row)) for row in rows)]))
    for seed in range(4):
        task = Speech.on([table], seed=seed)
        learned = set(task.known.speakers)
        [unseen] = {"ann", "bob", "cid"} - learned
        assert "dan" in learned
        assert any(f"held out: {unseen} (24 takes), and " in line for line in task.introduce())


@pytest.mark.parametrize(
    ("given", "reason"), [({}, "there is one speaker"), ({"name": None}, "speakers are not known")]
)
def test_without_speakers_takes_are_held_out_and_it_is_said(given: Any, reason: str, tmp_path: Path) -> None:
    for word in GLIDES:
        for take in range(4):
            write(tmp_path / word / f"{word}_bob_{take}.wav", spoken(word, take=take))
    task = Speech.on([tmp_path], **{**SMALL, **given})
    assert len(learning_of(task).halves.held_out) == 1
    assert any(line.startswith(f"held out by take, as {reason}") for line in task.introduce())


def test_only_speaker_of_a_word_is_not_held_out(tmp_path: Path) -> None:
    for word, speaker in zip(GLIDES, ("ann", "bob", "cid"), strict=True):
        for take in range(6):
            write(tmp_path / f"{word}_{speaker}_{take}.wav", spoken(word, speaker, take))
    task = Speech.on([tmp_path], **SMALL)
    assert any("held out by take, as speakers say different words" in line for line in task.introduce())
    assert set(task.known.speakers) == {"ann", "bob", "cid"}


# --- what is read ---


def test_take_is_the_same_in_every_format(model: elman.Model, tmp_path: Path) -> None:
    fine = np.stack([spoken("down", take=50, rate=48000)] * 2, axis=1)
    files = [
        write(tmp_path / "8.wav", spoken("down", take=50)),
        write(tmp_path / "16.wav", spoken("down", take=50, rate=16000), 16000),
        write(tmp_path / "44.flac", spoken("down", take=50, rate=44100), 44100),
        write(tmp_path / "48.wav", fine, 48000, subtype="PCM_24"),
        write(tmp_path / "float.wav", fine, 48000, subtype="FLOAT"),
        write(tmp_path / "lossy.ogg", fine, 48000),
        write(tmp_path / "shifted.wav", spoken("down", take=50) + 0.1),
        write(tmp_path / "faint.wav", spoken("down", take=50) / 4, subtype="PCM_24"),
    ]
    assert isinstance(model.task, Speech)
    rows = list(model.task.predict_files(model.network, files, print))
    assert {row["output"] for row in rows} == {"down"}
    chances = [row["probabilities"]["down"] for row in rows]
    assert chances == pytest.approx([chances[0]] * len(files), abs=0.02)
    assert model.predict([spoken("down", take=50)]) == ["down"]
    with pytest.raises(DataError, match=r"inputs\[0\]: expected .*8,000 of them per second, .*; found int64 of shape"):
        model.predict([[1, 2]])


def test_rates_that_differ_clipping_and_what_is_skipped_are_said(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "takes")
    write(tmp_path / "takes" / "up_bob_90.wav", spoken("up", rate=16000), 16000)
    write(tmp_path / "takes" / "up_bob_91.wav", np.clip(spoken("up") * 9, -1, 1))
    write(tmp_path / "takes" / "_noise_" / "1.wav", spoken("up"))
    write(tmp_path / "takes" / "up_bob_92.wav", np.tile(spoken("up"), 20))
    (tmp_path / "takes" / "README").write_text("about")
    (tmp_path / "takes" / "left").mkdir()
    said = "\n".join(Speech.on([tmp_path / "takes"], **SMALL).introduce())
    assert f"longer than 2.5 s, which no word is in a stream: {tmp_path}/takes/up_bob_92.wav" in said
    assert "recordings: 74 of 8,000 Hz, 1 of 16,000 Hz; all are read at 8,000 Hz" in said
    assert f"clipped, which costs accuracy: {tmp_path}/takes/up_bob_91.wav" in said
    assert "README: no recording by its name" in said
    assert "left: an empty folder" in said
    assert "skipped: _noise_: of the labels that begin with _," in said
    assert "noise='FOLDER' reads noise" in said


def test_silence_and_other_words_are_classes_and_silence_needs_no_name(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "takes")
    for take in range(4):
        write(tmp_path / "takes" / "_silence_" / f"{take}.wav", np.zeros(2000, np.float32))
        write(tmp_path / "takes" / "_unknown_" / f"low_dan_{take}.wav", spoken("high", "ann", take)[::2])
    task = Speech.on([tmp_path / "takes"], **SMALL)
    assert task.known.answers.names == ("_silence_", "_unknown_", *sorted(GLIDES))
    assert set(learning_of(task).examples.groups) == {"", "ann", "bob", "cid", "dan"}


def test_silence_is_made_where_none_is_recorded_and_noise_is_no_word(folder: Path) -> None:
    rng = np.random.default_rng(0)
    steps = np.fft.rfftfreq(3000) + 1e-3
    noises = [np.zeros(3000)]
    for colour in (0.0, 0.5, 1.0):
        waves = rng.normal(size=(10, len(steps))) / steps**colour
        noises += [10 ** rng.uniform(-4, -1) * one / np.abs(one).max() for one in np.fft.irfft(waves)]
    asked = [np.asarray(one, np.float32) for one in noises]
    options: dict[str, Any] = {"name": NAME, "hidden": 16, "epochs": 25}
    model = elman.train("speech", str(folder), **options)
    assert [word for word in model.predict(asked) if word != "_silence_"] == []
    without = elman.train("speech", str(folder), **options, silence=0.0)
    assert {"up", "down"} & set(without.predict(asked))
    assert isinstance(model.task, Speech)
    learning = learning_of(model.task)
    held_out = [learning.examples.names[one] for one in learning.held_out.values]
    assert "_silence_" not in held_out  # what is measured, was recorded
    assert model.metrics["accuracy"] > 0.9
    again = Speech.on([folder], **options)
    assert again.fingerprint() == model.task.fingerprint()
    assert all(map(np.array_equal, learning_of(again).learned.inputs, learning.learned.inputs))


def test_long_recordings_of_other_words_and_of_silence_are_cut(folder: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    room = rng.normal(0, 0.001, 8000 * 4).astype(np.float32)
    said = [part for take in range(7) for part in (room[: 8000 // 2], spoken("high", "ann", take)[::-2])]
    for take in range(3):
        write(tmp_path / "_silence_" / f"{take}.wav", room[::-1] / (1 + take))
        write(tmp_path / "_unknown_" / f"{take}.wav", np.concatenate([*said, room]) / (1 + take))
    names = [str(tmp_path / one) for one in ("_silence_", "_unknown_")]
    task = Speech.on([folder, *names], **SMALL, validate=0.3)
    learning = learning_of(task)
    places = np.array(learning.examples.ids)
    silent, other = ([one for one in places if name in one] for name in names)
    assert (len(silent), len(other)) == (3 * 4, 3 * 7)
    assert any("27 takes more are cut out of long recordings" in line for line in task.introduce())
    learned, held_out = (set(places[rows]) for rows in (learning.halves.learned, learning.halves.held_out))
    assert not learned & held_out  # takes of one recording are on one side
    assert held_out & {*silent, *other}
    write(tmp_path / "_unknown_" / "3.wav", room)
    with pytest.raises(DataError, match=r"3.wav: expected something that is said; found none in 4 s"):
        Speech.on([folder, *names], **SMALL)


# --- recordings beside those of the words ---


def hums(folder: Path, count: int, seconds: float = 3.0) -> Path:
    """Recordings of a hum that wanders, and a little noise."""
    rng = np.random.default_rng(1)
    for number in range(count):
        time = np.arange(round(8000 * seconds)) / 8000
        hum = np.sin(2 * np.pi * (rng.uniform(100, 300) * time + rng.uniform(5, 20) * time**2))
        write(folder / f"{number}.wav", 0.1 * hum + rng.normal(0, 0.01, len(time)))
    return folder


def lows(folder: Path, speakers: tuple[str, ...] = ("dan", "eve", "fay")) -> Path:
    """Another word: low_speaker_take.wav."""
    for number, speaker in enumerate(speakers):
        for take in range(6):
            write(folder / f"low_{speaker}_{take}.wav", spoken("up", "cid", 100 + 6 * number + take)[::2])
    return folder


def test_other_words_of_a_folder_are_one_class_and_part_by_speaker(folder: Path, tmp_path: Path) -> None:
    task = Speech.on([folder], **SMALL, other=lows(tmp_path / "more" / "low"))
    assert task.known.answers.names == ("_silence_", "_unknown_", *sorted(GLIDES))
    assert any("18 of them are other words, learned as _unknown_" in line for line in task.introduce())
    learning = learning_of(task)
    speakers, words = np.array(learning.examples.groups), np.array(learning.examples.values)
    unknown = words == task.known.answers.names.index("_unknown_")
    sides = [set(speakers[rows]) for rows in (learning.halves.learned, learning.halves.held_out)]
    assert len({"ann", "bob", "cid"} - sides[0]) == 1  # a speaker of the words, however many others there are
    assert not sides[0] & sides[1] & set(speakers[unknown])


def test_what_other_speakers_say_does_not_decide_which_speakers_are_held_out(folder: Path, tmp_path: Path) -> None:
    with_others = Speech.on([folder], **SMALL, other=lows(tmp_path / "low", (*"defghijklm", "ann")))
    learning = learning_of(with_others)
    held_out = {learning.examples.groups[row] for row in learning.halves.held_out}
    assert len(held_out & {"ann", "bob", "cid"}) == 3  # one of them whole, and takes of the others
    assert set(with_others.known.speakers) & {"ann", "bob", "cid"} == set(Speech.on([folder], **SMALL).known.speakers)


def test_listener_and_predict_know_other_words_by_name(folder: Path, tmp_path: Path) -> None:
    model = trained(folder, epochs=20, other=str(lows(tmp_path / "low")))
    low = spoken("up", "cid", 80)[::2]
    assert model.predict([low]) == ["_unknown_"]
    assert isinstance(model, elman.SpeechModel)
    stream = model.listen(threshold=0.0)
    quiet = np.zeros(4000, np.float32)
    found = [*stream.feed(np.concatenate([quiet, low, quiet])), *stream.finish()]
    assert [(one["word"], one["nearest"]) for one in found] == [(None, "_unknown_")]


def test_no_more_is_around_other_words_than_around_words(folder: Path, tmp_path: Path) -> None:
    quiet = np.random.default_rng(0).normal(0, 0.001, 6000)
    for take in range(6):
        write(tmp_path / "far" / f"{take}.wav", np.concatenate([quiet, spoken("up", "cid", take)[::2], quiet]))
    task = Speech.on([folder], **SMALL, other=tmp_path / "far")
    examples, around = learning_of(task).examples, task.known.margins
    unknown = task.known.answers.names.index("_unknown_")
    lengths = [len(one) for one, label in zip(examples.inputs, examples.values, strict=True) if label == unknown]
    assert max(lengths) < sum(around) + 30 < 150  # frames: of at most 0.2 s of a word, not of 1.5 s of quiet


def test_noise_of_a_folder_is_mixed_in_and_learned_as_silence(folder: Path, tmp_path: Path) -> None:
    noise = hums(tmp_path / "noise", 9)
    task = Speech.on([folder], **SMALL, noise=noise, validate=0.2)
    learning = learning_of(task)
    assert task.settings.noise_share == 0.3
    said = "\n".join(task.introduce())
    assert "9 recordings of noise, 27 s" in said
    assert "24 pieces of noise of 27 are learned as _silence_" in said  # as many as a word has takes
    places = np.array(learning.examples.ids)
    sides = [set(places[rows]) for rows in (learning.halves.learned, learning.halves.held_out)]
    assert not sides[0] & sides[1]
    assert any("/noise/" in place for place in sides[1])
    assert isinstance(learning, Takes)
    assert len(learning.noises) == 9 - sum("/noise/" in place for place in sides[1])  # none that is held out
    plain = Speech.on([folder], **SMALL, noise=noise, noise_share=0.0, silence=0.0)
    assert plain.known.answers.names == tuple(sorted(GLIDES))


def test_noise_adds_up_at_its_ratio_and_follows_from_the_seed() -> None:
    energies = np.zeros((40, 8), np.float32)
    noises = [np.full((5, 8), -9.0, np.float32), np.linspace(-3, 3, 60 * 8, dtype=np.float32).reshape(60, 8)]
    for seed in range(20):
        some = piece(noises, 40, np.random.default_rng(seed))
        assert some.shape == (40, 8)
        added = np.exp(noisy(energies, np.random.default_rng(seed), noises)) - 1
        assert 1.0 <= -np.log(added.mean()) <= 6.0  # nats below the take
        again = np.exp(noisy(energies, np.random.default_rng(seed), noises)) - 1
        assert (again == added).all()
    assert {float(piece(noises, 7, np.random.default_rng(seed))[0, 0]) == -9.0 for seed in range(30)} == {True, False}


def test_training_with_other_words_and_noise_goes_on_anywhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hums(tmp_path / "noise", 3)
    lows(tmp_path / "low")
    monkeypatch.chdir(tmp_path)
    whole = trained(folder, epochs=2, other="low", noise="noise")
    trained(folder, epochs=2, other="low", noise="noise", steps=whole.updates - 3).save("model")
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    again = elman.train(resume="../model", steps=whole.updates)
    assert again.network.parameters.flat.tobytes() == whole.network.parameters.flat.tobytes()
    assert again.task.settings == whole.task.settings
    tuned = elman.train("speech", str(folder), start="../model", epochs=1, silence=0.0)
    assert (tuned.task.settings.other, tuned.task.settings.noise_share) == (None, None)  # type: ignore[attr-defined]


def test_folder_within_that_of_the_words_is_no_word_and_words_are_no_other_words(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "takes"
    shutil.copytree(folder, data)
    hums(data / "noise", 2)
    lows(data / "others")
    shutil.copy(data / "up_bob_1.wav", data / "others" / "up_eve_9.wav")
    write(data / "others" / "_background_noise_" / "1.wav", spoken("up"))
    task = Speech.on([data], **SMALL, other=data / "others", noise=data / "noise")
    said = "\n".join(task.introduce())
    assert f"20 recordings of other {data}/others among those of words: no words" in said
    assert f"2 recordings of noise {data}/noise among those of words: no words" in said
    assert "left out of the other words: 1 recording of _background_noise_, 1 recording of up" in said
    assert "18 of them are other words" in said
    assert task.known.answers.names == ("_silence_", "_unknown_", *sorted(GLIDES))


@pytest.mark.parametrize(
    ("setting", "what", "message"),
    [
        ("other", "missing", r"more: expected a folder, archive or CSV file .*; found none"),
        ("other", "nothing", r"more: expected recordings in this folder; found none"),
        ("noise", "text", r"more/1\.wav: expected a recording; found something else, or a damaged one"),
        ("noise", "short", r"more/1\.wav: expected 200 samples or more, 25 ms; found 9"),
        ("noise", "zeros", r"more/1\.wav: expected noise; found nothing but zeros"),
        ("other", "zeros", r"more/1\.wav: expected a word; found nothing but zeros"),
        ("other", "words", r"other: expected recordings of other words; found 1 recording of up"),
    ],
)
def test_bad_folder_beside_is_named(setting: str, what: str, message: str, folder: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    if what != "missing":
        more.mkdir()
    if what == "text":
        (more / "1.wav").write_text("this is no recording")
    elif what == "words":
        write(more / "up_dan_1.wav", spoken("up"))
    elif what in ("short", "zeros"):
        write(more / "1.wav", np.zeros({"short": 9, "zeros": 3000}[what], np.float32))
    with pytest.raises(DataError, match=message):
        Speech.on([folder], **SMALL, **{setting: more})


def test_folders_that_are_the_same_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"other .*: expected other recordings than those of the words; found these"):
        Speech.on([folder], **SMALL, other=folder)
    noise = hums(tmp_path / "noise", 1)
    with pytest.raises(DataError, match=r"noise: expected other recordings than other; found .*0\.wav"):
        Speech.on([folder], **SMALL, other=noise, noise=noise)
    with pytest.raises(ConfigError, match=r"noise: expected a name or nothing; found 0\.5"):
        Speech.on([folder], **SMALL, noise=0.5)


def test_share_of_noise_in_files_of_earlier_versions(model: elman.Model) -> None:
    task = model.task
    known = {**vars(task.settings), "noise": 0.25}
    del known["noise_share"], known["other"]
    restored = Speech.restored(known, task.codec(), task.fingerprint())
    assert (restored.settings.noise, restored.settings.noise_share) == (None, 0.25)


CUT = 400  # bytes of a file, of about 4,000


def _broken(path: Path, what: str) -> None:
    """Writes a recording that is none."""
    if what == "empty":
        path.write_bytes(b"")
    elif what == "text":
        path.write_text("this is no recording")
    elif what == "one sample":
        write(path, np.ones(1, np.float32))
    elif what == "no samples":
        write(path, np.zeros(0, np.float32))
    elif what == "zeros":
        write(path, np.zeros(3000, np.float32))
    elif what == "not finite":
        write(path, np.full(3000, np.nan, np.float32), subtype="FLOAT")
    elif what == "constant":
        write(path, np.full(3000, 0.5, np.float32))
    elif what == "huge":
        write(path, np.full(3000, 1e30, np.float32), subtype="FLOAT")
    elif what == "long":
        write(path, np.ones(8000 * 61, np.float32))
    else:
        write(path, spoken("up"))
        path.write_bytes(path.read_bytes()[:CUT])


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("empty", "expected a recording; found an empty file"),
        ("text", "expected a recording; found something else, or a damaged one"),
        ("one sample", "expected 200 samples or more, 25 ms; found 1"),
        ("no samples", "expected 200 samples or more, 25 ms; found 0"),
        ("zeros", "expected a word; found nothing but zeros"),
        ("not finite", "expected finite samples; found NaN or infinity"),
        ("constant", "expected a word; found nothing but samples of 0.5"),
        ("huge", r"expected samples from -1 to 1; found 1e\+30"),
        ("long", "expected a take of at most 60 s; found 61 s"),
        ("cut off", r"expected [\d,]+ bytes of samples; found 356: it is cut off"),
    ],
)
def test_bad_recording_is_named_before_training(what: str, message: str, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "takes")
    _broken(tmp_path / "takes" / "up_ann_99.wav", what)
    with pytest.raises(DataError, match=f"up_ann_99.wav: {message}"):
        trained(tmp_path / "takes")
    _broken(tmp_path / "takes" / "up_bob_99.wav", "empty")
    with pytest.raises(DataError, match=r"up_ann_99\.wav: .*; .*up_bob_99\.wav: "):  # all that are wrong at once
        trained(tmp_path / "takes")


def as_whole_numbers(path: Path) -> NDArray[np.int16]:
    """The samples of 16 bits as they are in the file."""
    import soundfile

    samples: NDArray[np.int16] = soundfile.read(path, dtype="int16")[0]
    return samples


def test_recordings_that_are_there_twice_are_learned_once_and_are_of_one_word(folder: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    for path in folder.glob("*_ann_*"):  # whatever their names and formats
        write(more / path.name.replace("ann", "dan").replace("wav", "flac"), as_whole_numbers(path))
    task, alone = Speech.on([folder, more], **SMALL), Speech.on([folder], **SMALL)
    assert learning_of(task).examples.ids == learning_of(alone).examples.ids
    said = f"left out, as their samples are those of other recordings: {more}/down_dan_0.flac"
    assert any(line.startswith(said) and "and 21 more" in line for line in task.introduce())
    table = tmp_path / "takes.csv"
    rows = [f"{path},{path.name.split('_')[0]}" for path in sorted(folder.iterdir())]
    table.write_text("\n".join(["file,label", *rows, rows[0]]))
    assert len(learning_of(Speech.on([table], silence=0.0)).examples.ids) == len(rows)
    write(more / "down_dan_9.flac", as_whole_numbers(folder / "up_bob_3.wav"))
    message = r"up_bob_3\.wav: expected a recording of 'up'; found the same samples as .*down_dan_9\.flac, .* of 'down'"
    with pytest.raises(DataError, match=message):
        Speech.on([more, folder], **SMALL)


def test_channels_that_cancel_each_other_are_refused(model: elman.Model, tmp_path: Path) -> None:
    said = spoken("up", take=60)
    file = write(tmp_path / "up_bob_60.wav", np.stack([said, -said], axis=1))
    message = r"up_bob_60\.wav: expected channels that have a mean; found 2 that cancel each other out"
    with pytest.raises(DataError, match=message):
        model.predict([file])
    with pytest.raises(DataError, match=message):
        list(pieces(file, 0.1)[1])


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff", "a.au", "a.w64"])
def test_recordings_that_are_cut_off_are_refused_where_they_are_heard(name: str, tmp_path: Path) -> None:
    """As a stream, as takes are cut out of them, and as background: all read the same pieces."""
    path = Path(write(tmp_path / name, np.tile(spoken("up"), 20)))
    whole = path.read_bytes()
    assert len(np.concatenate(list(pieces(str(path), 0.1)[1]))) == 20 * len(spoken("up"))
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=rf"{name}: (expected .* it is cut off|cannot be read to its end)"):
        list(pieces(str(path), 0.1)[1])


def test_a_size_that_was_not_known_yet_is_none(tmp_path: Path) -> None:
    """As programs write it whose output is no file."""
    path = Path(write(tmp_path / "a.wav", spoken("up")))
    found = bytearray(path.read_bytes())
    at = found.index(b"data") + 4
    path.write_bytes(found[:at] + b"\xff" * 4 + found[at + 4 :])
    assert len(np.concatenate(list(pieces(str(path), 0.1)[1]))) == len(spoken("up"))


def test_cut_off_flac_and_archive_are_named(folder: Path, tmp_path: Path) -> None:
    whole = Path(write(tmp_path / "up_bob_1.flac", spoken("up", rate=48000), 48000)).read_bytes()
    (tmp_path / "up_bob_1.flac").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"up_bob_1\.flac: "), (tmp_path / "up_bob_1.flac").open("rb") as file:
        heard("up_bob_1.flac", file)
    with pytest.raises(DataError, match=r"none: expected a folder, archive or CSV file of recordings, or a recording"):
        trained(tmp_path / "none")
    (tmp_path / "takes.zip").write_bytes(b"PK\x03\x04" + bytes(99))
    with pytest.raises(DataError, match=r"takes\.zip: expected a zip archive; found another file, or a part of one"):
        trained(tmp_path / "takes.zip")
    shutil.make_archive(str(tmp_path / "cut"), "gztar", folder)
    for size in (9000, 9):
        (tmp_path / "cut.tar.gz").write_bytes((tmp_path / "cut.tar.gz").read_bytes()[:size])
        with pytest.raises(
            DataError, match=r"cut\.tar\.gz: expected a tar archive; found another file, or a part of one"
        ):
            trained(tmp_path / "cut.tar.gz")


@pytest.mark.parametrize(
    ("files", "given", "message"),
    [
        (["up_a_1.wav", "up_a_2.wav"], {}, "expected two words or more, or one and other words; found 'up'"),
        (["up_a_1.wav", "down_a_1.wav"], {}, "expected several takes of a word; found 2 words of one take each"),
        (["up_a_1.wav", "down1.wav"], {}, r"down1\.wav: expected names like {label}_{speaker}_{take}; found another"),
        (["up_a_1.wav"], {"name": None}, r"up_a_1\.wav: expected recordings in folders that are named after words"),
        (["up/a.txt"], {"name": None}, "expected recordings in this folder; found none"),
    ],
)
def test_what_cannot_be_learned_is_refused(files: list[str], given: Any, message: str, tmp_path: Path) -> None:
    for take, name in enumerate(files):
        write(tmp_path / name, spoken("up", take=take), format="WAV")
    with pytest.raises(DataError, match=message):
        trained(tmp_path, **given)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("file,word\na.wav,up\n", r"expected the columns file, label, speaker; found file, word"),
        ("file,label\na.wav,up\n", r"table.csv, line 2: expected a file; found none at .*a\.wav"),
        ("file,label\na.wav,\n", r"table.csv, line 2: expected a file and a label; found a\.wav, no label"),
    ],
)
def test_bad_table_is_refused(table: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(table)
    with pytest.raises(DataError, match=message):
        trained(tmp_path / "table.csv")


def test_patterns_of_names() -> None:
    found = pattern("{}{speaker}_nohash_{take}")
    assert found is not None
    for name in ("c22d_nohash_4", "bed_c22d_nohash_4"):
        fits = found.fullmatch(name)
        assert fits is not None
        assert fits.groupdict() == {"speaker": "c22d", "take": "4"}
    assert not found.fullmatch("c22d_4")
    with pytest.raises(ConfigError, match="name: expected one of label, speaker, take; found 'lable'"):
        pattern("{lable}_{take}")
    for wrong in ("{take}", "{label}{label}", "label"):
        with pytest.raises(ConfigError, match=r"name: expected {label} or {speaker} in it, and each field once"):
            pattern(wrong)


# --- frames ---


def test_frames_are_where_the_tone_is_and_do_not_know_how_loud_it_is() -> None:
    frames = Frames(8000, 20, 10.0, 20)
    time = np.arange(4000) / 8000
    peaks = []
    for hertz in (300, 1000, 3000):
        energies = frames.energies("tone", np.asarray(np.sin(2 * np.pi * hertz * time) / 2, np.float32))
        assert energies.shape == (50, 20)
        peaks.append(int(energies[25].argmax()))
    mels = 1127 * np.log(1 + np.array([20, 300, 1000, 3000, 4000]) / 700)  # O'Shaughnessy (1987)
    places = (mels[1:4] - mels[0]) / (mels[4] - mels[0]) * 21 - 1
    assert np.abs(peaks - places).max() <= 1
    fitted = frames.fitted([energies])
    assert fitted.encoded(energies) == pytest.approx(fitted.encoded(energies + 3), abs=1e-3)
    assert fitted.encoded(energies).mean(axis=0) == pytest.approx(np.zeros(40), abs=1e-3)
    cosines = frames.cosines
    assert cosines.T @ cosines == pytest.approx(np.diag([2.0, *[1.0] * 19]), abs=1e-5)
    ramp = np.arange(9, dtype=np.float32)[:, None]
    assert slopes(ramp)[2:-2] == pytest.approx(np.ones((5, 1)))


def test_takes_are_varied_as_it_is_said() -> None:
    rng = np.random.default_rng(0)
    energies = rng.normal(size=(30, 24)).astype(np.float32)
    assert warped(energies, 1.0) == pytest.approx(energies, abs=1e-6)
    assert at_speed(energies, 1.0) == pytest.approx(energies, abs=1e-6)
    assert len(at_speed(energies, 1.5)) == 20
    assert at_speed(energies, 1 / 2)[::59] == pytest.approx(energies[[0, -1]], abs=1e-6)
    peak = np.exp(-((np.arange(24) - 9.0) ** 2) / 4)[None].repeat(3, 0).astype(np.float32)
    assert warped(peak, 2.0).argmax(axis=1).tolist() == [4] * 3  # (4 + 1) * 2 = 9 + 1
    louder = noisy(energies, np.random.default_rng(1)) - energies
    assert louder.min() >= 0
    assert louder.max() > 0.1
    assert tilted(energies, 10.0)[:, [0, -1]] - energies[:, [0, -1]] == pytest.approx(
        np.outer(np.ones(30), [0, np.log(10)]), abs=1e-5
    )
    assert fainter(energies, 10.0) == pytest.approx(energies - np.log(10), abs=1e-5)
    frames, take = Frames(8000, 40, 10.0, 13), spoken("up")
    cut_off = fainter(frames.energies("take", take), 60.0)  # as the filter bank does it
    assert cut_off == pytest.approx(frames.energies("take", take / np.float32(1000)), abs=1e-3)
    hidden = masked(np.ones((40, 26), np.float32), 8, np.random.default_rng(3))
    assert set(np.unique(hidden)) == {0, 1}
    assert (hidden == 0).all(axis=0).sum() <= 8
    assert (hidden == 0).all(axis=1).sum() <= 8
