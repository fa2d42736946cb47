"""Network: an architecture, its parameters, and what can be done with them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from elman.errors import ConfigError, choose, whole
from elman.keywords import keywords
from elman.lazy import fetch
from elman.network import initial, parts, ragged
from elman.network.architecture import CELLS, LARGEST, SCORED, Architecture
from elman.network.arrays import State, Trace
from elman.network.checks import ALL, Array, Use, array, indices, key
from elman.network.engine import connect, zeros
from elman.network.examples import examples
from elman.network.losses import REDUCTIONS, Loss, loss_of
from elman.network.results import Gradients, LossAndGradient
from elman.network.stream import Stream
from elman.network.terms import Term


@keywords
class Network:
    """Recurrent layers under a dense head.

    Sizes: T steps, B rows, I inputs, H hidden units, O outputs. Arrays are time-major. The equations are those of
    Elman (1990, "rnn"), Hochreiter and Schmidhuber (1997, "lstm", with the forget gate of Gers et al., 2000) and
    Cho et al. (2014, "gru"), in PyTorch's form; "none" is the feed-forward contrast.

    Args:
        inputs: numbers per step (I), or, with `symbols`, how many different symbols there are.
        outputs: numbers per step that the head gives (O), linear: what they mean is the loss's affair.
        cell: "rnn", "lstm", "gru" or "none".
        nonlinearity: of "rnn" and "none": "tanh", "relu" or "sigmoid".
        hidden: units per layer and direction (H).
        layers: recurrent layers, one above the other.
        bidirectional: each layer also reads backwards, from each row's own end.
        bias: whether there are biases, in the head too.
        symbols: inputs are indices (T, B), taken as one-hot vectors or, with `embedding`, as learned ones.
        embedding: the width of the learned vectors.
        tied: the head's weights are the embedding's first O rows (Press and Wolf, 2017); its width is then D·H.
        dropout: chance of each output of each layer but the last to be dropped, in training.
        noise: half width of the uniform noise on h after each step, in training.
        output_dropout: chance of each output of the last layer to be dropped, in training.
        weight_dropout: chance of each recurrent weight to be dropped, for a whole update (Merity et al., 2018).
        readout: what the head reads. "steps": every step, and answers each. Or one vector of the whole sequence, for
            one answer: "last", the end of each direction; "mean" or "max" over a row's own steps, unit by unit; or
            "attention", their mean by weights softmax(v·h) with a learned v, `attention.weight` (1, D·H). That is the
            attention of Zhou et al. (2016), without their tanh.
        initial: every state at the first step: a constant, or "learned".
        terms: how many `Term`s, extra logits from outside, every call brings. To the logits of an answer the head adds
            ∑ₖ mₖ vₖ, m = A x + c: vₖ are the values of term k, x is what the head reads. A, `terms.weight` (N, D·H),
            and c, `terms.bias` (N,), are learned; they begin with 0.
        dtype: "float32" to run, "float64" to check.
        seed: of the initial weights.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        cell: str = "lstm",
        nonlinearity: str | None = None,
        hidden: int = 16,
        layers: int = 1,
        bidirectional: bool = False,
        bias: bool = True,
        symbols: bool = False,
        embedding: int | None = None,
        tied: bool = False,
        dropout: float = 0.0,
        noise: float = 0.0,
        output_dropout: float = 0.0,
        weight_dropout: float = 0.0,
        readout: str = "steps",
        initial: float | Literal["learned"] = 0.0,
        terms: int = 0,
        dtype: str = "float32",
        seed: int = 0,
    ) -> None:
        self._build(
            Architecture(
                inputs=inputs,
                outputs=outputs,
                cell=cell,
                nonlinearity=nonlinearity,
                hidden=hidden,
                layers=layers,
                bidirectional=bidirectional,
                bias=bias,
                symbols=symbols,
                embedding=embedding,
                tied=tied,
                dropout=dropout,
                noise=noise,
                output_dropout=output_dropout,
                weight_dropout=weight_dropout,
                readout=readout,
                initial=initial,
                terms=terms,
                dtype=dtype,
            )
        )
        whole("seed", seed, 0, (1 << 63) - 1)
        for name, why in self.architecture.idle().items():
            warnings.warn(f"{name}: no effect: {why}", stacklevel=3)  # whoever called the constructor
        self.initialise(np.random.default_rng(seed))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.architecture.arguments()})"

    @classmethod
    def of(cls, architecture: Architecture) -> Self:
        """A network of this architecture whose parameters are all zero."""
        network = cls.__new__(cls)
        network._build(architecture)
        return network

    def _build(self, architecture: Architecture) -> None:
        self.architecture = architecture
        self._connect()
        self.parameters = zeros(architecture, self.engine)

    def _connect(self) -> None:
        """What follows from the architecture."""
        self.dtype: np.dtype[Any] = np.dtype(self.architecture.dtype)
        self.engine: Any = connect(self.architecture)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("dtype", "engine")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._connect()

    def save(self, path: str | PathLike[str]) -> None:
        """Writes it to one file, at once or not at all; a ModelFileError where that cannot be."""
        fetch("elman.network.file", "save")(path, self.architecture, self.parameters)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """The network of a file that `save`, `Trainer.save` or `Model.save` wrote; else a ModelFileError."""
        contents = fetch("elman.network.file", "load")(path)
        network = cls.of(contents.architecture)
        network.parameters.flat = contents.parameters.flat
        return network

    def initialise(self, rng: np.random.Generator, scale: float | None = None) -> None:
        """Draws every parameter anew, uniform in ±scale; by default ±1/√H as PyTorch does.

        By default too, an LSTM's forget gate starts open (bias 1; Jozefowicz et al., 2015), and learned initial states
        start at zero.
        """
        initial.draw(self.architecture, self.parameters, rng, scale)

    def state_dict(self, part: str = "recurrent") -> dict[str, Array]:
        """The parameters of a part by PyTorch's names, as views; `load_state_dict` takes `torch.from_numpy` of each.

        Args:
            part: "recurrent", for `torch.nn.RNN` (tanh or relu), `LSTM` or `GRU`; "embedding", for
                `torch.nn.Embedding`; "attention", for `torch.nn.Linear` without a bias; "terms", or "head", for
                `torch.nn.Linear`. The weight of a tied head is the embedding's. Any other is a ConfigError.
        """
        found = parts.state_dict(self.architecture, self.parameters, part)
        if not found or (part == "recurrent" and not CELLS[self.architecture.cell].recurrent):
            raise ConfigError(f"part: expected one that the network has; found {part!r}")
        return found

    @classmethod
    def from_state_dict(
        cls,
        recurrent: Mapping[str, Any],
        head: Mapping[str, Any] | None = None,
        embedding: Mapping[str, Any] | None = None,
        attention: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Self:
        """A network with the parameters that modules of PyTorch have: `Network.from_state_dict(lstm.state_dict(), …)`.

        The cell and all sizes follow from the shapes.

        Args:
            recurrent: the `state_dict()` of a `torch.nn.RNN`, `LSTM` or `GRU`, as arrays or tensors on the CPU.
            head: that of a `torch.nn.Linear`, with a bias where the layers have some.
            embedding: that of a `torch.nn.Embedding`, if there is one.
            attention: that of the `torch.nn.Linear(D·H, 1, bias=False)` that gives steps their scores, if there is one:
                then the readout is "attention".
            options: what shapes do not tell, as the constructor takes it: `nonlinearity`, `symbols`, `readout` …

        Raises:
            ConfigError: one of them is not what its module has; the head, too, must be given.
            ShapeError: the shapes are not those of one network.
        """
        if attention is not None:
            options = {"readout": "attention", **options}
        network = cls.of(parts.architecture(recurrent, head, embedding, **options))
        given = {"recurrent": recurrent, "head": head, "embedding": embedding, "attention": attention}
        if network.architecture.readout == "attention":
            given["attention"] = attention or {}  # it must be given
        for part, values in given.items():
            if values is not None:
                parts.take(network.architecture, network.parameters, part, values)
        return network

    # --- states ---

    def new_state(self, rows: int) -> State:
        """A state of zeros for B rows."""
        a = self.architecture
        shape = (a.layers * a.directions, rows, a.hidden)
        return State(**{name: np.zeros(shape, self.dtype) for name in a.states})

    def states(self, where: str, state: State | None, rows: int) -> list[Array]:
        """A state's arrays in the engine's order, of the right names, shapes and type; none for no state."""
        return initial.given(where, state, self.architecture, rows, self.dtype)

    # --- entry points ---

    def forward(
        self, x: ArrayLike, state: State | None = None, lengths: ArrayLike | None = None, terms: Sequence[Term] = ()
    ) -> tuple[Array, State]:
        """Outputs y (T, B, O), linear, zero after a row's end; and the final state. With a readout, y is (B, O).

        Args:
            x: (T, B, I), or (T, B) symbols.
            state: the initial state; default: the architecture's.
            lengths: (B,) steps of each row; a finished row carries its state through, and padding changes nothing.
            terms: extra logits, as many as the network has.
        """
        held = examples(self.architecture, x, lengths=lengths, terms=terms)
        steps, rows = np.shape(x)[:2]
        y = np.empty((*self.architecture.answers(steps, rows), self.architecture.outputs), self.dtype)
        final = self.new_state(rows)
        self.engine.forward(
            self.parameters.flat, held, self.states("state", state, rows), None, y, list(final.values())
        )
        return y, final

    def outputs(self, sequences: Iterable[ArrayLike]) -> list[Array] | Array:
        """y of N sequences (T_i, I), or (T_i,) symbols: a list of (T_i, O); with a readout, an array (N, O).

        They are read side by side, those of like lengths together, in bounded memory.
        """
        return ragged.outputs(self.architecture, sequences, lambda x, lengths: self.forward(x, lengths=lengths)[0])

    def losses(
        self,
        x: ArrayLike,
        targets: ArrayLike,
        *,
        loss: Loss | str = "bits",
        lengths: ArrayLike | None = None,
        state: State | None = None,
        terms: Sequence[Term] = (),
    ) -> tuple[Array, State]:
        """The loss of every step (T, B), zero after a row's end; and the final state. As in `loss_and_gradient`.

        With a readout, the loss of every row (B,).
        """
        held = examples(self.architecture, x, lengths=lengths, targets=targets, loss=loss, terms=terms)
        steps, rows = np.shape(x)[:2]
        criterion = loss_of(loss).engine(self.architecture)
        losses = np.empty(self.architecture.answers(steps, rows), self.dtype)
        final = self.new_state(rows)
        given = self.states("state", state, rows)
        self.engine.losses(self.parameters.flat, held, given, criterion, losses, list(final.values()))
        return losses, final

    def stream(self, state: State | None = None, batch: int = 1) -> Stream:
        """One step at a time, of `batch` rows, with the parameters as they are now."""
        whole("batch", batch, 1, LARGEST)
        begun, given = self.new_state(batch), self.states("state", state, batch)
        initial.fill(begun, given, self.architecture, self.parameters)
        return Stream(self.architecture, self.parameters, begun)

    def trace(
        self,
        x: ArrayLike,
        state: State | None = None,
        lengths: ArrayLike | None = None,
        noise_key: int | None = None,
        terms: Sequence[Term] = (),
    ) -> Trace:
        """Every gate and state of a forward pass, by name; and what a readout read."""
        held = examples(self.architecture, x, lengths=lengths, terms=terms)
        a, (steps, rows) = self.architecture, np.shape(x)[:2]
        y = np.empty((*self.architecture.answers(steps, rows), a.outputs), self.dtype)
        places = a.layers * a.directions
        gates = {name: np.empty((places, steps, rows, a.hidden), self.dtype) for name in CELLS[a.cell].gates}
        states = {name: np.empty((places, steps + 1, rows, a.hidden), self.dtype) for name in a.states}
        read = {} if a.per_step else {"readout": np.empty((rows, a.reads), self.dtype)}
        scored = {a.readout: np.empty((steps, rows), self.dtype)} if a.readout in SCORED else {}
        self.engine.trace(
            self.parameters.flat,
            held,
            self.states("state", state, rows),
            key(noise_key),
            y,
            list(gates.values()),
            list(states.values()),
            read.get("readout"),
            scored.get(a.readout),
        )
        return Trace({**gates, **states, **scored, **read, "y": y})

    def vjp(
        self,
        x: ArrayLike,
        dy: ArrayLike,
        dstate: State | None = None,
        state: State | None = None,
        lengths: ArrayLike | None = None,
        noise_key: int | None = None,
        terms: Sequence[Term] = (),
    ) -> Gradients:
        """Gradients of ⟨dy, y⟩ + ⟨dstate, final state⟩ by everything that goes in.

        Args:
            x: (T, B, I), or (T, B) symbols.
            dy: (T, B, O), the gradient that arrives at the outputs; beyond a row's end it counts for nothing. With a
                readout, (B, O).
            dstate: the gradient that arrives at the final state; default: none.
            state: the initial state.
            lengths: (B,) steps of each row.
            noise_key: with a key, as in training, with the noise and dropout that belong to it.
            terms: extra logits; there is no gradient by them.
        """
        held = examples(self.architecture, x, lengths=lengths, terms=terms)
        steps, rows = np.shape(x)[:2]
        use = ALL
        if lengths is not None and self.architecture.per_step:
            use = Use(lengths=indices("lengths", lengths, (rows,), 1, steps))
        dx = None if self.architecture.symbols else np.zeros(np.shape(x), self.dtype)
        gradient = np.zeros_like(self.parameters.flat)
        dinitial = self.new_state(rows)
        self.engine.vjp(
            self.parameters.flat,
            held,
            self.states("state", state, rows),
            key(noise_key),
            array("dy", dy, self.dtype, (*self.architecture.answers(steps, rows), self.architecture.outputs), use),
            self.states("dstate", dstate, rows),
            gradient,
            dx,
            list(dinitial.values()),
        )
        return Gradients(self.parameters.like(gradient), dx, dinitial)

    def loss_and_gradient(
        self,
        x: ArrayLike,
        targets: ArrayLike,
        *,
        loss: Loss | str = "bits",
        lengths: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        state: State | None = None,
        reduction: str = "mean",
        noise_key: int | None = None,
        terms: Sequence[Term] = (),
    ) -> LossAndGradient:
        """The loss of one batch and its gradient by the parameters.

        Args:
            x: (T, B, I), or (T, B) symbols.
            targets: (T, B, O), or (T, B) symbols for "symbols". With a readout, (B, O), or (B,) symbols.
            loss: an elman.Loss, or the name of one for its defaults: "bits" (sigmoid cross-entropy), "symbols"
                (softmax cross-entropy), "squared" (½(y-t)²), "squared_sigmoid" (½(σ(y)-t)²), "huber" or "pinball";
                summed over outputs. Cross-entropies are in nats.
            lengths: (B,) steps of each row.
            weights: (T, B), how much each step counts, or with a readout (B,), each row; default 1.
            state: the initial state.
            reduction: "mean" over the weights in use, those of classes among them, or "sum".
            noise_key: with a key, as in training.
            terms: extra logits.
        """
        choose("reduction", reduction, REDUCTIONS)
        held = examples(self.architecture, x, lengths=lengths, targets=targets, loss=loss, weights=weights, terms=terms)
        rows = np.shape(x)[1]
        gradient = np.zeros_like(self.parameters.flat)
        final = self.new_state(rows)
        value = self.engine.loss_and_gradient(
            self.parameters.flat,
            held,
            self.states("state", state, rows),
            key(noise_key),
            loss_of(loss).engine(self.architecture),
            reduction == "mean",
            np.arange(rows, dtype=np.int32),
            gradient,
            list(final.values()),
        )
        return LossAndGradient(value, self.parameters.like(gradient), final)
