"""The compiled engine: everything inside a training step."""

from collections.abc import Callable, Sequence
import enum
from typing import Annotated, overload

import numpy
from numpy.typing import NDArray


class LossKind(enum.Enum):
    bits = 0

    symbols = 1

    squared = 2

    squared_sigmoid = 3

    huber = 4

    pinball = 5

    sampled_symbols = 6

    bpr_max = 7

    top1_max = 8

class Correction(enum.Enum):
    """Of logits by the chance with which negatives are drawn."""

    none = 0

    all = 1

    negatives = 2

class OptimizerKind(enum.Enum):
    sgd = 0

    rmsprop = 1

    adagrad = 2

    adam = 3

    adamw = 4

class Cell:
    """Facts about one recurrence."""

    @property
    def name(self) -> str: ...

    @property
    def nonlinearity(self) -> str: ...

    @property
    def gates(self) -> list[str]: ...

    @property
    def states(self) -> list[str]: ...

    @property
    def recurrent(self) -> bool: ...

def cells() -> list[Cell]:
    """The table of cells."""

class Readout:
    """Facts about what the head reads of a whole sequence."""

    @property
    def name(self) -> str: ...

    @property
    def scored(self) -> bool: ...

def readouts() -> list[Readout]:
    """The table of readouts."""

class Architecture:
    def __init__(self, inputs: int, outputs: int, symbols: bool, embedding: int, tied: bool, cell: str, nonlinearity: str, hidden: int, layers: int, bidirectional: bool, bias: bool, dropout: float, noise: float, output_dropout: float, weight_dropout: float, readout: str, learned_initial: bool, initial: float, terms: int) -> None: ...

class OptimizerSettings:
    def __init__(self, kind: OptimizerKind, momentum: float, nesterov: bool, lazy: bool, alpha: float, beta1: float, beta2: float, eps: float) -> None: ...

class FitOptions:
    def __init__(self, mean: bool, clip_norm: float, clip_value: float, averaging: float, count: int, seed: int, noise: float) -> None: ...

class Term32:
    def __init__(self, rows: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)], begins: Annotated[NDArray[numpy.int64], dict(order='C', device='cpu', writable=False)], outputs: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)], values: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]) -> None: ...

class Examples32:
    def __init__(self, steps: int, columns: int, dense: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)] | None = None, symbols: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)] | None = None, targets: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)] | None = None, target_symbols: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)] | None = None, weights: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)] | None = None, lengths: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)] | None = None, terms: Sequence[Term32] = []) -> None: ...

class Loss32:
    def __init__(self, kind: LossKind, smoothing: float = 0, delta: float = 0, of_outputs: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)] | None = None, negatives: int = 0, cumulative: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)] | None = None, correction: Correction = Correction.none, regulariser: float = 0) -> None: ...

    def draw(self, key: int) -> tuple[list[int], list[float]]:
        """The negatives of the update of this key, each once, and their offsets."""

class Optimizer32:
    def __init__(self, settings: OptimizerSettings, groups: Sequence[tuple[int, int, float]], first: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], second: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], average: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')] | None = None) -> None: ...

class Network32:
    def __init__(self, architecture: Architecture) -> None: ...

    def tensors(self) -> list[tuple[str, tuple[int, ...], int]]: ...

    def forward(self, parameters: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], examples: Examples32, initial: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]], noise_key: int | None, y: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], final: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]]) -> None: ...

    def losses(self, parameters: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], examples: Examples32, initial: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]], loss: Loss32, losses: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], final: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]]) -> None: ...

    def trace(self, parameters: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], examples: Examples32, initial: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]], noise_key: int | None, y: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], gates: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]], states: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]], read: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')] | None, scored: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')] | None) -> None: ...

    def vjp(self, parameters: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], examples: Examples32, initial: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]], noise_key: int | None, dy: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], dfinal: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]], gradient: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], dx: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')] | None, dinitial: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]]) -> None: ...

    def loss_and_gradient(self, parameters: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], examples: Examples32, initial: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]], noise_key: int | None, loss: Loss32, mean: bool, columns: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)], gradient: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], final: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]]) -> float: ...

    def fit(self, parameters: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], examples: Examples32, columns: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)], steps: int, start: Annotated[NDArray[numpy.int64], dict(order='C', device='cpu', writable=False)], carry: Annotated[NDArray[numpy.bool_], dict(order='C', device='cpu', writable=False)], rate: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], loss: Loss32, optimizer: Optimizer32, options: FitOptions, carried: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]], losses: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], exchange: tuple[int, int, Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], Callable[[], None]] | None = None) -> str:
        """
        Applies the updates (U, B); fills `losses` (U) as they are done. Returns "", or what was not finite. With an exchange (first, last, flat (P + 2), add) it reads these rows of each batch, and calls `add` when `flat` has their gradient, losses and weights.
        """

    def beside(self, loss: Loss32) -> int:
        """
        How many networks like this one can learn side by side, a sequence per update; 0: none.
        """

    def fit_beside(self, parameters: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]], examples: Sequence[Examples32], columns: Sequence[Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)]], steps: int, start: Annotated[NDArray[numpy.int64], dict(order='C', device='cpu', writable=False)], rate: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], loss: Loss32, optimizers: Sequence[Optimizer32], seeds: Sequence[int], options: FitOptions, losses: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]]) -> bool:
        """
        Updates of networks like this one, up to `beside` of them, a column each per update. False, and nothing is done, where a number ceases to be finite.
        """

    def apply(self, parameters: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], gradient: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], rate: float, optimizer: Optimizer32, options: FitOptions) -> str:
        """
        One update with this gradient (P). Returns "", or the tensor whose gradient is not finite.
        """

    def pack(self, parameters: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)]) -> None: ...

    def step(self, parameters: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], x: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)] | None, symbols: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)] | None, rows: int, state: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]], read: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')] | None, count: Annotated[NDArray[numpy.int64], dict(order='C', device='cpu')] | None, total: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')] | None, terms: Sequence[Term32], y: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]) -> bool:
        """
        One step of a stream. False, and nothing is done, where x is not to be read.
        """

    def sample(self, parameters: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], symbols: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)], temperature: float, uniform: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], state: Sequence[Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]], drawn: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu')]) -> None: ...

class Term64:
    def __init__(self, rows: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)], begins: Annotated[NDArray[numpy.int64], dict(order='C', device='cpu', writable=False)], outputs: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)], values: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)]) -> None: ...

class Examples64:
    def __init__(self, steps: int, columns: int, dense: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)] | None = None, symbols: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)] | None = None, targets: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)] | None = None, target_symbols: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)] | None = None, weights: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)] | None = None, lengths: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)] | None = None, terms: Sequence[Term64] = []) -> None: ...

class Loss64:
    def __init__(self, kind: LossKind, smoothing: float = 0, delta: float = 0, of_outputs: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)] | None = None, negatives: int = 0, cumulative: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)] | None = None, correction: Correction = Correction.none, regulariser: float = 0) -> None: ...

    def draw(self, key: int) -> tuple[list[int], list[float]]:
        """The negatives of the update of this key, each once, and their offsets."""

class Optimizer64:
    def __init__(self, settings: OptimizerSettings, groups: Sequence[tuple[int, int, float]], first: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], second: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], average: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')] | None = None) -> None: ...

class Network64:
    def __init__(self, architecture: Architecture) -> None: ...

    def tensors(self) -> list[tuple[str, tuple[int, ...], int]]: ...

    def forward(self, parameters: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], examples: Examples64, initial: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)]], noise_key: int | None, y: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], final: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]]) -> None: ...

    def losses(self, parameters: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], examples: Examples64, initial: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)]], loss: Loss64, losses: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], final: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]]) -> None: ...

    def trace(self, parameters: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], examples: Examples64, initial: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)]], noise_key: int | None, y: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], gates: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]], states: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]], read: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')] | None, scored: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')] | None) -> None: ...

    def vjp(self, parameters: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], examples: Examples64, initial: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)]], noise_key: int | None, dy: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], dfinal: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)]], gradient: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], dx: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')] | None, dinitial: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]]) -> None: ...

    def loss_and_gradient(self, parameters: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], examples: Examples64, initial: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)]], noise_key: int | None, loss: Loss64, mean: bool, columns: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)], gradient: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], final: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]]) -> float: ...

    def fit(self, parameters: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], examples: Examples64, columns: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)], steps: int, start: Annotated[NDArray[numpy.int64], dict(order='C', device='cpu', writable=False)], carry: Annotated[NDArray[numpy.bool_], dict(order='C', device='cpu', writable=False)], rate: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], loss: Loss64, optimizer: Optimizer64, options: FitOptions, carried: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]], losses: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], exchange: tuple[int, int, Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], Callable[[], None]] | None = None) -> str:
        """
        Applies the updates (U, B); fills `losses` (U) as they are done. Returns "", or what was not finite. With an exchange (first, last, flat (P + 2), add) it reads these rows of each batch, and calls `add` when `flat` has their gradient, losses and weights.
        """

    def beside(self, loss: Loss64) -> int:
        """
        How many networks like this one can learn side by side, a sequence per update; 0: none.
        """

    def fit_beside(self, parameters: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]], examples: Sequence[Examples64], columns: Sequence[Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)]], steps: int, start: Annotated[NDArray[numpy.int64], dict(order='C', device='cpu', writable=False)], rate: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], loss: Loss64, optimizers: Sequence[Optimizer64], seeds: Sequence[int], options: FitOptions, losses: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]]) -> bool:
        """
        Updates of networks like this one, up to `beside` of them, a column each per update. False, and nothing is done, where a number ceases to be finite.
        """

    def apply(self, parameters: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')], gradient: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], rate: float, optimizer: Optimizer64, options: FitOptions) -> str:
        """
        One update with this gradient (P). Returns "", or the tensor whose gradient is not finite.
        """

    def pack(self, parameters: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)]) -> None: ...

    def step(self, parameters: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], x: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)] | None, symbols: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)] | None, rows: int, state: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]], read: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')] | None, count: Annotated[NDArray[numpy.int64], dict(order='C', device='cpu')] | None, total: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')] | None, terms: Sequence[Term64], y: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]) -> bool:
        """
        One step of a stream. False, and nothing is done, where x is not to be read.
        """

    def sample(self, parameters: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], symbols: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu', writable=False)], temperature: float, uniform: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], state: Sequence[Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]], drawn: Annotated[NDArray[numpy.int32], dict(order='C', device='cpu')]) -> None: ...

def instruction_set() -> str:
    """The instruction set in use."""

def instruction_sets() -> list[str]:
    """Those that this build holds and this machine runs, the simplest first."""

def threads() -> int:
    """
    The thread count of the process: as `set_threads` says, or else the environment variable ELMAN_THREADS, or OMP_NUM_THREADS, or one for each core that the process may run on, as far as its control group grants them.
    """

def threads_source() -> str:
    """
    What that count comes from: "set_threads", "ELMAN_THREADS", "OMP_NUM_THREADS", "affinity", "cgroup" or "cores".
    """

def allowance(root: str = '') -> tuple[int, str, float]:
    """
    The count that threads() begins with, what it comes from, and the CPUs that the control groups of this process grant; `root` stands before all paths.
    """

def derive(key: int, index: int) -> int:
    """The key of noise with this index under a key."""

def set_threads(count: int) -> None:
    """Sets the thread count of the process, from 1 on."""

def peak(seconds: float, threads: int) -> float:
    """
    Floating-point operations per second of float32 multiply-adds in registers, on so many threads at once.
    """

@overload
def exp(from_: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], to: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]) -> None: ...

@overload
def exp(from_: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], to: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]) -> None: ...

@overload
def tanh(from_: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], to: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]) -> None: ...

@overload
def tanh(from_: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], to: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]) -> None: ...

@overload
def sigmoid(from_: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu', writable=False)], to: Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]) -> None: ...

@overload
def sigmoid(from_: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu', writable=False)], to: Annotated[NDArray[numpy.float64], dict(order='C', device='cpu')]) -> None: ...

def pairs(items: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], size: int, window: int, most: int) -> tuple[Annotated[NDArray[numpy.int64], dict(order='C', device='cpu')], Annotated[NDArray[numpy.int32], dict(order='C', device='cpu')], Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]]:
    """
    Rows of the `most` items that are nearest to each item in sessions: where they begin (V+1,), items (N,), counts (N, 4).
    """

def sessions_with(items: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], size: int) -> tuple[Annotated[NDArray[numpy.int64], dict(order='C', device='cpu')], Annotated[NDArray[numpy.int32], dict(order='C', device='cpu')]]:
    """
    Rows of the sessions that have each item, each once, in order: where they begin (V+1,), sessions (N,).
    """

class Counted:
    """What is counted in a log, to be asked after some clicks."""

    def __init__(self, pair_starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], partners: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], pairs: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], with_starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], with_: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], session_starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], log: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], shares: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], latest: int, nearest: int, fading: float) -> None:
        """
        Pairs of items (P, 4) and where those of each item begin (V+1,); sessions with an item (W,) and where those of each begin (V+1,); items of a log (E,), where its sessions begin (S+1,), and what an item counts in each (S,). Of the sessions with an item the `latest` are looked at, and of all these the `nearest` count; a click counts `fading` times what the one behind it does.
        """

    def similar(self, clicks: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> tuple[Annotated[NDArray[numpy.int32], dict(order='C', device='cpu')], Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]]:
        """
        Sessions (N,) with some of these clicks, the latest first, and how similar they are (N,).
        """

    def said(self, clicks: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], which: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], begin: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], given: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], rows: int) -> tuple[Annotated[NDArray[numpy.int32], dict(order='C', device='cpu')], Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')], Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]]:
        """
        After clicks (N,), the latest first: items (C,), those of `begin` first, of which something is said; rows of it (rows, C): sums of the counts `which` (K,) with weights (N, K), the share of the nearest sessions that have an item, and then 0; and what is given (G, B) of `begin` (B,), of each different item (G, D).
        """

@overload
def mixed(weights: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], first: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], others: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], items: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], counts: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], given: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], to: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

@overload
def mixed(weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], first: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], others: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], items: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], counts: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], given: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], to: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None:
    """
    The sum, to an array (V,), of terms, each with its weight (1 + D + K + G,): `first` (V,) and `others` (D, V) of all items, `counts` (K, C) of some `items` (C,), each there once, and `given` (G, F) of the first of these.
    """

@overload
def shortlist(logits: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int, first: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], others: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], items: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], counts: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], given: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], context: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> tuple[Annotated[NDArray[numpy.int64], dict(order='C', device='cpu')], Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]]: ...

@overload
def shortlist(logits: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int, first: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], others: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], items: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], counts: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], given: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], context: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> tuple[Annotated[NDArray[numpy.int64], dict(order='C', device='cpu')], Annotated[NDArray[numpy.float32], dict(order='C', device='cpu')]]:
    """
    Of the terms of `mixed`, those of the k items with the highest logits (V,): which these are (N,), and all their terms, and a context (X,), which is the same of all: (N, 1 + D + K + G + X).
    """

@overload
def log_sum_exp(values: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> float: ...

@overload
def log_sum_exp(values: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> float:
    """The logarithm of the sum of e^x over values (V,)."""

@overload
def highest(values: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int) -> Annotated[NDArray[numpy.int64], dict(order='C', device='cpu')]: ...

@overload
def highest(values: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], k: int) -> Annotated[NDArray[numpy.int64], dict(order='C', device='cpu')]:
    """
    Places of the k highest values (V,), the highest first, or of as many as are more than minus infinity; equal ones in order.
    """
