"""The engine in a browser: how large it is, how soon it is there, and W1 in a page beside W1 here."""

from __future__ import annotations

import gzip
import os
import shutil
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

import elman
from benchmarks.report import Report
from elman import _engine
from elman.bench.machine import apart
from elman.bench.peers import ELMAN, engine
from elman.bench.problems import Adder
from elman.bench.race import Check, Contestant, Peer, Run, Runner, Spread, race
from elman.bench.table import race_data, spread
from elman.bench.workloads import QUICK_ROUNDS, ROUNDS
from elman.errors import ElmanError

BROWSER = Peer("Chromium", ("playwright",))
UPDATES, QUICK_UPDATES = 10_000, 2_000
SCRIPTS = Path(elman.__file__).parent
OPENING = 'import {Engine} from "./look/engine.js";\nglobalThis.Engine = Engine;\n'
assert _engine.__file__ is not None
COMPILED = Path(_engine.__file__).with_name("engine.wasm")
LOAD = """async text => {
  const began = performance.now();
  globalThis.engine = await Engine.load(Uint8Array.from(atob(text), c => c.charCodeAt(0)));
  return (performance.now() - began) / 1000;
}"""
PREPARE = """given => {
  const {architecture, inputs, targets, start, rate} = given;
  const network = engine.network(architecture);
  const [T, U] = [inputs.length, inputs[0].length];
  globalThis.run = updates => {
    network.set(start);
    const first = (steps, width) => steps.flatMap(step => step.slice(0, updates * width));
    const sequences = {inputs: first(inputs, 2), targets: first(targets, 1), rows: updates};
    const began = performance.now();
    const trainer = network.trainer({
      loss: "squared_sigmoid", optimizer: {name: "SGD", rate}, reduction: "sum",
    });
    const losses = trainer.fit(sequences, 1);
    const seconds = (performance.now() - began) / 1000;
    trainer.release();
    return {seconds, losses: Array.from(losses), parameters: Array.from(network.parameters)};
  };
}"""


def run(quick: bool) -> Report:
    """Sizes, loading, and one race."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    problem = Adder("sigmoid", 1.0, QUICK_UPDATES if quick else UPDATES)
    contestants = [
        Contestant(ELMAN, partial(engine.adder, problem)),
        Contestant(ELMAN, partial(baseline, problem), "baseline"),
    ]
    data = COMPILED.read_bytes()
    with page() as shown:
        loads = Spread(tuple(shown.evaluate(LOAD, b64encode(data).decode()) for _ in range(rounds)))
        contestants.append(Contestant(BROWSER, partial(in_page, shown, problem)))
        found = race(contestants, Check(100, {"losses": 1e-4, "changes": 1e-4}), problem.updates, rounds)
        version = shown.context.browser.version
    small = len(gzip.compress(data, 9))
    rows = [
        ("`engine.wasm`, kB", f"{len(data) / 1000:.0f}", f"{small / 1000:.0f} with gzip"),
        ("from its base64 to an engine that runs, ms", spread(loads.times(1e3)), ""),
    ]
    for name, seconds in found.seconds.items():
        times = "" if name == found.first else f"{spread(found.ratio(name))} times as long"
        rows.append((f"W1 by {name}, µs per update", spread(seconds.times(1e6)), times))
    return Report(
        title="The engine in a browser",
        text=(
            f"The same source as WebAssembly, in a page of Chromium {version} (headless), through `engine.js`; its "
            "kernels have vectors of 16 bytes and no fused multiply-add, as those of the baseline have here. W1 is "
            f"the workload above: {problem.updates:,} updates. All agree on the losses of the first 100 updates and "
            "on the weights after them."
        ),
        header=("what", "found", "beside elman here"),
        rows=rows,
        data={"bytes": len(data), "gzip": small, "load": loads.values, **race_data("browser", found, None)},
    )


def in_page(shown: Any, p: Adder) -> Runner:
    """The updates of W1 in a page, timed there."""
    start = engine.flat(*p.weights)
    network = elman.Network(2, 1, cell="rnn", nonlinearity=p.nonlinearity, hidden=p.hidden, bias=False)
    given = {
        "architecture": network.architecture.to_json(),
        "inputs": p.x.swapaxes(0, 1).reshape(p.x.shape[1], -1).tolist(),
        "targets": p.targets.T.tolist(),
        "start": start.tolist(),
        "rate": p.rate,
    }
    shown.evaluate(PREPARE, given)

    def runner(updates: int) -> Run:
        found = shown.evaluate("updates => run(updates)", updates)
        return Run(
            found["seconds"],
            {"losses": np.array(found["losses"]), "changes": np.array(found["parameters"], np.float32) - start},
        )

    return runner


def baseline(p: Adder) -> Runner:
    """W1 by the kernels of the simplest instruction set, which a process of its own is made to choose."""

    def runner(updates: int) -> Run:
        before = os.environ.get("ELMAN_ISA")
        os.environ["ELMAN_ISA"] = "baseline"
        try:
            return apart(1, warm, p, updates)
        finally:
            if before is None:
                del os.environ["ELMAN_ISA"]
            else:
                os.environ["ELMAN_ISA"] = before

    return runner


def warm(p: Adder, updates: int) -> Run:
    """The second of two runs."""
    run = engine.adder(p)
    run(updates)
    return run(updates)


def chromium() -> str | None:
    """Where Chromium is, if it is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def missing() -> str:
    """What a page lacks here; "" where nothing is missing."""
    return "Playwright" if BROWSER.missing else "" if chromium() else "Chromium"


@contextmanager
def page(script: str = "") -> Iterator[Any]:
    """A page of Chromium under the policy of pages of elman, with engine.js and a script (a module) after it.

    The script imports from the package's folder. It comes from an address that is answered here.
    """
    if missing():
        raise ElmanError(f"browser: expected {missing()}; found none", "apt install chromium; pip install playwright")

    def answer(route: Any) -> None:
        path = urlsplit(route.request.url).path
        if path == "/":
            policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"
            body = '<!doctype html><meta charset="utf-8"><script type="module" src="page.js"></script>'
            route.fulfill(content_type="text/html", body=body, headers={"Content-Security-Policy": policy})
        else:
            body = OPENING + script if path == "/page.js" else (SCRIPTS / path[1:]).read_text(encoding="utf-8")
            route.fulfill(content_type="text/javascript", body=body)

    with import_module("playwright.sync_api").sync_playwright() as playwright:
        # What is loaded into this process before all else, as `make sanitize` does, is not for Chromium.
        own = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        options = ["--headless=new", "--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=options, env=own)
        found = browser.new_page()
        found.route("**/*", answer)
        found.goto("http://elman.test/")
        found.wait_for_function("() => Boolean(globalThis.Engine)")
        yield found
        browser.close()
