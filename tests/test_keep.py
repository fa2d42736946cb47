"""What is kept, and what is never replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import elman
from elman.models.keep import Keeper, keeper, name_of, named, reserved
from elman.models.run import begin
from elman.tasks.text.task import Text
from elman.telling import heard, so_far, told

SMALL: dict[str, Any] = {"hidden": 4, "bits": 3, "batch": 4}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def model_of(updates: int, **settings: Any) -> elman.Model:
    return elman.train(settings.pop("task", "add"), **{**SMALL, "steps": updates, **settings})


# --- what may be replaced ---

THERE: dict[str, tuple[Any, str]] = {
    "text": (b"dear diary\n", "something else"),
    "another safetensors file": (b"\x02\0\0\0\0\0\0\0{}", "something else"),
    "another task": (lambda: model_of(5, task="subtract"), "a model of the task 'subtract'"),
    "another seed": (lambda: model_of(5, seed=1), r"other settings \(seed 1, not 0\)"),
    "other settings": (lambda: model_of(5, hidden=5), r"other settings \(hidden 5, not 4\)"),
    "more trained": (lambda: model_of(101), "a model with 101 updates, more than the 100 of this training"),
    "exported": (lambda: model_of(5).exported(), "a model that was exported"),
    "exported in 8 bits": (lambda: model_of(5).exported("int8"), "a model that was exported"),
}


@pytest.mark.parametrize("name", THERE)
def test_what_this_training_does_not_supersede_is_not_replaced_unless_forced(name: str) -> None:
    there, expected = THERE[name]
    path = Path("m")
    if isinstance(there, bytes):
        path.write_bytes(there)
    else:
        there().save(path)
    before = path.read_bytes()
    training = begin("add", steps=100, **SMALL)
    with pytest.raises(elman.ConfigError, match=expected) as caught:
        keeper(training, path)
    assert "force=True" in caught.value.hint
    forced = keeper(training, path, force=True)
    # Until it is done, and where it is interrupted, what was there stays.
    beside = forced.keep(model_of(50))
    assert (beside, path.read_bytes()) == (Path("m.unfinished"), before)
    assert elman.load(beside).updates == 50
    assert forced.keep(model_of(60)) == beside
    assert forced.keep(model_of(100), done=True) == path
    assert elman.load(path).updates == 100
    assert list(Path().iterdir()) == [path]


def test_model_of_other_data_is_not_replaced() -> None:
    for name in "ab":
        Path(name).write_text(f"{name} la la la\n" * 50)
    elman.train("text", "a", hidden=4, steps=2).save("m")
    with pytest.raises(elman.ConfigError, match="found a model that learned from other data"):
        keeper(begin("text", "b", hidden=4, steps=2), Path("m"))
    assert keeper(begin("text", "a", hidden=4, steps=2), Path("m")).path == Path("m")


def test_nothing_and_an_empty_file_are_replaced() -> None:
    training = begin("add", steps=100, **SMALL)
    assert keeper(training, Path("m")).keep(model_of(5)) == Path("m")
    Path("made by mktemp").touch()
    assert keeper(training, Path("made by mktemp")).keep(model_of(5)) == Path("made by mktemp")


def test_earlier_run_of_the_same_training_is_replaced_once_it_is_reached() -> None:
    model_of(50).save("m")
    again = keeper(begin("add", steps=100, **SMALL), Path("m"))
    assert again.keep(model_of(49)) == Path("m.unfinished")
    assert elman.load("m").updates == 50
    assert again.keep(model_of(50)) == Path("m")
    assert again.keep(model_of(100), done=True) == Path("m")
    assert elman.load("m").updates == 100
    assert not Path("m.unfinished").exists()


def test_run_that_ends_before_the_earlier_one_did_stays_beside_it() -> None:
    model_of(50).save("m.safetensors")
    again = keeper(begin("add", steps=100, **SMALL), Path("m.safetensors"))
    assert again.keep(model_of(49), done=True) == Path("m.unfinished.safetensors")
    assert elman.load("m.safetensors").updates == 50


def test_name_of_a_recipe_is_no_other_setting() -> None:
    tutorial = vars(elman.train("add", recipe="tutorial", steps=3).task.settings)
    elman.train("add", **tutorial).save("m")
    keeper(begin("add", **{**tutorial, "recipe": "best", "steps": 4}), Path("m"))


def test_model_that_is_gone_on_from_is_replaced_at_once() -> None:
    model_of(50).save("m")
    training = begin(resume="m", steps=100)
    assert keeper(training, Path("m"), resumed=Path("m")).keep(model_of(51)) == Path("m")
    Path("link").symlink_to("m")
    keeper(training, Path("link"), resumed=Path("m"))
    with pytest.raises(elman.ConfigError, match=r"other settings \(seed 2, not 0\)"):
        model_of(50, seed=2).save("other")
        keeper(training, Path("other"), resumed=Path("m"))


def test_model_that_gives_its_weights_is_not_replaced() -> None:
    model_of(50).save("m")
    with pytest.raises(elman.ConfigError, match="begins with the weights of another"):
        keeper(begin("add", start="m", steps=100, **SMALL), Path("m"), started=True)


def test_what_another_program_puts_there_meanwhile_stays() -> None:
    first, second = (keeper(begin("add", steps=100, **SMALL), Path("m")) for _ in range(2))
    assert first.keep(model_of(5)) == Path("m")
    assert second.keep(model_of(7)) == Path("m-2")
    assert first.keep(model_of(6)) == Path("m")
    assert second.keep(model_of(8), done=True) == Path("m-2")
    assert [elman.load(name).updates for name in ("m", "m-2")] == [6, 8]


def test_model_that_cannot_be_written_is_kept_in_the_temporary_folder(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "disk").mkdir()
    (folder / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder / "tmp"))
    gone = Keeper(Path("disk/m"))
    (folder / "disk").rmdir()
    with pytest.raises(elman.ModelFileError, match="disk/m: ") as caught:
        gone.keep_somewhere(model_of(5), done=True)
    [kept] = (folder / "tmp").iterdir()
    assert caught.value.hint == f"the model is in {kept} instead"
    assert elman.load(kept).updates == 5


# --- names ---


def test_names_come_from_the_data_and_are_free() -> None:
    Path("verses.txt").write_text("la la la la\n" * 50)
    Path("poems").mkdir()
    Path("poems/one.txt").write_text("la la la la\n" * 50)
    options: dict[str, Any] = {"hidden": 4, "validate": 0.0}
    wanted = {"verses.txt": "verses", "poems": "poems", "poems/*.txt": "text", "poems/one.txt": "one"}
    for data, name in wanted.items():
        assert name_of(begin("text", data, **options)) == Path(f"{name}.safetensors")
    Path("verses.safetensors").touch()
    Path("verses-2.safetensors").symlink_to("nowhere")
    assert named(begin("text", "verses.txt", **options)).path == Path("verses-3.safetensors")
    assert name_of(begin("add")) == Path("add.safetensors")
    assert reserved(Path("poems")) == Path("poems-2")


def test_name_is_that_of_one_training_from_its_beginning_on() -> None:
    keepers = [named(begin("add", **SMALL)) for _ in range(3)]
    assert [one.path.name for one in keepers] == [f"add{n}.safetensors" for n in ("", "-2", "-3")]
    assert [one.keep(model_of(5), done=True) for one in keepers[:2]] == [one.path for one in keepers[:2]]
    for one in keepers:
        one.let_go()
    assert sorted(path.name for path in Path().iterdir()) == ["add-2.safetensors", "add.safetensors"]


def test_two_that_begin_with_nothing_there_do_not_write_over_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (keeper(begin("add", steps=100, **SMALL), Path("m")) for _ in range(2))
    save = elman.Model.save

    def at_the_same_moment(model: elman.Model, path: Path) -> None:
        monkeypatch.setattr(elman.Model, "save", save)
        assert second.keep(model_of(7)) == Path("m-2")
        model.save(path)

    monkeypatch.setattr(elman.Model, "save", at_the_same_moment)
    assert first.keep(model_of(5)) == Path("m")
    assert [elman.load(name).updates for name in ("m", "m-2")] == [5, 7]


def test_link_is_written_through() -> None:
    Path("shelf").mkdir()
    model_of(5).save("shelf/m")
    for name, there in (("link", "shelf/m"), ("new", "shelf/n")):
        Path(name).symlink_to(there)
        kept = keeper(begin("add", steps=100, **SMALL), Path(name))
        for updates in (7, 9):
            assert kept.keep(model_of(updates)) == Path(name)
            assert Path(name).is_symlink()
            assert elman.load(there).updates == updates
    Path("nowhere").symlink_to("no/m")
    with pytest.raises(elman.ModelFileError, match=r"nowhere: expected a folder .*no; found none"):
        model_of(5).save("nowhere")
    assert sorted(path.name for path in Path("shelf").iterdir()) == ["m", "n"]


# --- how far it is ---


def heard_of(work: Any) -> dict[str, list[tuple[float, float | None]]]:
    """What is told while something is done, by the name of the work."""
    found: dict[str, list[tuple[float, float | None]]] = {}
    with heard(lambda name, done, total: found.setdefault(name, []).append((done, total))):
        work()
    return found


def test_whoever_does_not_listen_is_told_nothing() -> None:
    so_far("work", 1, 2)
    assert heard_of(lambda: list(told("work", "abc"))) == {"work": [(1, 3), (2, 3), (3, 3)]}
    so_far("work", 1, 2)


def test_long_work_tells_how_far_it_is() -> None:
    adder = elman.train("add")
    assert heard_of(adder.score)["inputs checked"][-1] == (65_536, 65_536)
    proving = heard_of(adder.prove)
    assert len(proving["rounds of the search for a proof"]) > 1
    done, total = zip(*proving["boxes checked"], strict=True)
    assert done == tuple(range(1, len(done) + 1))
    assert set(total) == {len(done)}
    assert heard_of(elman.train("coin", steps=1, hidden=2).score)["parts of the coins asked"]

    Path("song.txt").write_text("all the birds are here again\n" * 200)
    size = Path("song.txt").stat().st_size
    text: list[elman.Model] = []
    fit = heard_of(lambda: text.append(elman.train("text", "song.txt", hidden=8, steps=2)))
    assert fit["bytes read"][-1] == (size, size)
    assert fit["symbols read"][-1][0] == fit["symbols read"][-1][1]
    task = text[0].task
    assert isinstance(task, Text)
    scored = heard_of(lambda: task.score_on(text[0].network, ["song.txt"]))
    assert scored["characters scored"][-1] == (size, size)
    assert np.all(np.diff([done for done, _ in scored["characters scored"]]) > 0)
