"""Wrong calls from Python: misspelt keywords, and values of types that cannot be meant."""

import pickle
from collections.abc import Callable
from pathlib import Path
from traceback import format_exception
from typing import Any

import numpy as np
import pytest

import elman

X = np.zeros((2, 1, 2))
elman_any: Any = elman  # wrong calls are what these tests are about: types must not see them


@pytest.fixture(scope="module")
def network() -> elman.Network:
    return elman.Network(inputs=2, outputs=1, hidden=3)


@pytest.fixture(scope="module")
def writer() -> Any:
    return elman.TextModel.fit("ab cd ef\n" * 30, hidden=8, steps=5)


@pytest.fixture(scope="module")
def adder() -> Any:
    return elman.train("add", steps=5)


MISSPELT: dict[str, tuple[Callable[..., Any], str]] = {
    "train, a setting": (lambda n, w: elman.train("add", hiden=3), "hidden"),
    "train, its own": (lambda n, w: elman.train("add", minuts=3), "minutes"),
    "train, a listener": (lambda n, w: elman.train("add", on_progres=print), "on_progress"),
    "train, a task": (lambda n, w: elman.train("ad"), "add"),
    "fit": (lambda n, w: elman_any.TextModel.fit("ab" * 30, minuts=3), "minutes"),
    "Network": (lambda n, w: elman_any.Network(2, 1, hiden=3), "hidden"),
    "Architecture": (lambda n, w: elman_any.Architecture(inputs=2, outputs=1, hiden=3), "hidden"),
    "Trainer": (lambda n, w: elman_any.Trainer(n, optimiser=elman.Adam()), "optimizer"),
    "Batch": (lambda n, w: elman_any.Batch(input=X, targets=X), "inputs"),
    "Plan": (lambda n, w: elman_any.Plan(examples=X, row=X), "rows"),
    "Trainer.fit": (lambda n, w: elman_any.Trainer(n).fit([X], [X], epoch=3), "epochs"),
    "epochs": (lambda n, w: elman_any.Trainer(n).epochs([X], [X], patiense=3), "patience"),
    "SGD": (lambda n, w: elman_any.SGD(0.1, momentm=0.9), "momentum"),
    "Steps": (lambda n, w: elman_any.Steps(evry=3), "every"),
    "Form": (lambda n, w: elman_any.Form(line="3x4"), "lines"),
    "sample": (lambda n, w: w.sample("a", lenght=3), "length"),
    "sample, a choice": (lambda n, w: w.sample("a", temprature=3), "temperature"),
    "stream": (lambda n, w: list(w.stream("a", lenght=3)), "length"),
}


def test_option_of_the_command_line_that_is_no_setting_is_named() -> None:
    with pytest.raises(elman.ConfigError, match=r"(?m)found 'out'$") as caught:
        elman.train("add", out="adder.safetensors")
    assert caught.value.hint == "`model.save(path)` writes the model"


def test_traceback_is_one_and_shows_the_hint() -> None:
    with pytest.raises(elman.ConfigError) as caught:
        elman_any.Network(2, 1, hiden=3)
    shown = "".join(format_exception(caught.value))
    assert shown.count("Traceback") == 1
    assert shown.endswith("found 'hiden'\nhint: did you mean 'hidden'?\n")
    error = pickle.loads(pickle.dumps(caught.value))
    assert (str(error), error.hint, error.__notes__) == (str(caught.value), caught.value.hint, caught.value.__notes__)
    error.hint = "another"
    assert error.__notes__ == ["hint: another"]
    error.hint = ""
    assert error.__notes__ == []


def test_array_that_a_trace_does_not_have_is_named_with_the_nearest() -> None:
    trace = elman.Network(2, 1, cell="lstm").trace(np.zeros((3, 1, 2), np.float32))
    with pytest.raises(KeyError) as caught:
        trace["forgot"]
    assert caught.value.args[0] == "forgot"
    assert str(caught.value).startswith("expected one of ")
    assert str(caught.value).endswith("; found 'forgot'; did you mean 'forget'?")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert "forgot" not in trace and trace.get("forgot") is None


@pytest.mark.parametrize("call", MISSPELT)
def test_a_misspelt_keyword_is_named_with_the_nearest_one(call: str, network: elman.Network, writer: Any) -> None:
    run, meant = MISSPELT[call]
    with pytest.raises(elman.ConfigError) as caught:
        run(network, writer)
    assert f"did you mean {meant!r}?" == caught.value.hint


WRONG_TYPES: dict[str, Callable[..., Any]] = {
    "fit, None": lambda n, w, a: elman_any.TextModel.fit(None),
    "fit, a list of None": lambda n, w, a: elman_any.TextModel.fit([None, "abc"] * 5),
    "fit, bytes": lambda n, w, a: elman_any.TextModel.fit(b"abc" * 30),
    "fit, a list of bytes": lambda n, w, a: elman_any.TextModel.fit([b"abc"] * 30),
    "fit, numbers": lambda n, w, a: elman_any.TextModel.fit([1, 2]),
    "fit, nothing": lambda n, w, a: elman.TextModel.fit([]),
    "fit, no characters": lambda n, w, a: elman.TextModel.fit(""),
    "fit, a path": lambda n, w, a: elman_any.TextModel.fit(Path("verses.txt")),
    "train, no data": lambda n, w, a: elman_any.train("text", None),
    "train, a number for data": lambda n, w, a: elman_any.train("text", 5),
    "train, bytes for data": lambda n, w, a: elman_any.train("text", b"ab"),
    "train, a number for a task": lambda n, w, a: elman_any.train(5),
    "train, minutes in words": lambda n, w, a: elman_any.train("add", minutes="3"),
    "predict, None": lambda n, w, a: a.predict(None),
    "predict, a number": lambda n, w, a: a.predict(5),
    "predict, a pair for a list of pairs": lambda n, w, a: a.predict((1, 2)),
    "predict of text, None": lambda n, w, a: w.predict([None]),
    "predict of text, bytes": lambda n, w, a: w.predict([b"ab"]),
    "sample, None": lambda n, w, a: w.sample(None),
    "sample, a form in words": lambda n, w, a: w.sample("a", form="4x5"),
    "sample, a stop that is a number": lambda n, w, a: w.sample("a", stop=5),
    "sample, a count in words": lambda n, w, a: w.sample("a", count="3"),
    "score, bytes": lambda n, w, a: w.score(b"ab"),
    "surprise, None": lambda n, w, a: w.surprise(None),
    "forward, None": lambda n, w, a: n.forward(None),
    "forward, letters": lambda n, w, a: n.forward("abc"),
    "loss, no targets": lambda n, w, a: n.loss_and_gradient(X, None),
    "Network, sizes in words": lambda n, w, a: elman_any.Network("2", 1),
    "Trainer, a class for an optimizer": lambda n, w, a: elman_any.Trainer(n, optimizer=elman.SGD),
    "load, None": lambda n, w, a: elman_any.load(None),
    "save, None": lambda n, w, a: a.save(None),
}


@pytest.mark.parametrize("call", WRONG_TYPES)
def test_wrong_types_are_answered_by_errors_of_elman(
    call: str, network: elman.Network, writer: Any, adder: Any
) -> None:
    with pytest.raises(elman.ElmanError) as caught:
        WRONG_TYPES[call](network, writer, adder)
    assert "expected" in str(caught.value)
    assert "elman train" not in caught.value.hint  # whoever calls from Python is not sent to the command line


def test_a_str_is_one_input(writer: Any) -> None:
    assert len(writer.predict("ab")) == 1


def test_network_is_shown_by_the_arguments_that_make_it() -> None:
    network = elman.Network(2, 3, cell="gru", hidden=5, layers=2, bidirectional=True, seed=7)
    assert repr(network) == "Network(inputs=2, outputs=3, cell='gru', hidden=5, layers=2, bidirectional=True)"
    assert eval(repr(network), {"Network": elman.Network}).architecture == network.architecture
    stream = elman.Network(2, 3).stream(batch=4)
    assert repr(stream) == "Stream(Network(inputs=2, outputs=3, cell='lstm', hidden=16), rows=4)"
