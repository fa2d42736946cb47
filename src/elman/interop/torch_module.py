"""The module of PyTorch that is an elman network; importing this imports PyTorch."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from elman.errors import ConfigError
from elman.interop.needed import needed
from elman.network import Architecture

torch: Any = needed("torch", "torch")
Module: Any = torch.nn.Module
Tensor: Any = torch.Tensor
States = dict[str, Tensor]


def _called(recurrent: Any, read: Any, first: tuple[Tensor, ...]) -> tuple[Any, tuple[Tensor, ...]]:
    """With its states in a tuple, also where there is only one."""
    outputs, last = recurrent(read, first if len(first) > 1 else first[0])
    return outputs, last if len(first) > 1 else (last,)


class Recurrent(Module):  # type: ignore[misc]
    """As `to_torch` says. Time-major: T steps, B rows, D·H outputs of the last layer."""

    def __init__(self, a: Architecture, kind: Any) -> None:
        super().__init__()
        self.a, self._kind, dtype = a, kind, getattr(torch, a.dtype)
        if a.embedding is not None:
            self.embedding = torch.nn.Embedding(a.inputs, a.embedding, dtype=dtype)
        self.recurrent = self._recurrent(a.embedding or a.inputs, a.layers)
        if a.readout == "attention":
            self.attention = torch.nn.Linear(a.reads, 1, bias=False, dtype=dtype)
        self.head = torch.nn.Linear(a.reads, a.outputs, bias=a.bias, dtype=dtype)
        if a.initial == "learned":
            for name in a.states:
                first = torch.zeros(a.layers * a.directions, a.hidden, dtype=dtype)
                self.register_parameter(f"initial_{name}", torch.nn.Parameter(first))

    def forward(
        self, x: Tensor, state: States | None = None, lengths: Tensor | None = None, output_dropout: float = 0.0
    ) -> tuple[Tensor, States]:
        """Outputs (T, B, O), 0 after a row's end, or with a readout (B, O); and each row's last states."""
        steps, rows = x.shape[:2]
        read, first = self._read(x), tuple(self.first_state(state, rows).values())
        if lengths is None:
            ends = torch.full((rows,), steps, device=x.device)
            outputs, last = self._recur(read, first)
        else:
            ends = torch.as_tensor(lengths).cpu()
            packed = torch.nn.utils.rnn.pack_padded_sequence(read, ends, enforce_sorted=False)
            outputs, last = self._recur(packed, first)
            outputs, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, total_length=steps)
        states = dict(zip(self.a.states, last, strict=True))
        running = (torch.arange(steps, device=x.device)[:, None] < ends.to(x.device))[:, :, None]  # (T, B, 1)
        if output_dropout:
            outputs = torch.nn.functional.dropout(outputs, output_dropout, self.training)
        if self.a.per_step:
            return torch.where(running, self.head(outputs), 0), states
        read = self._readout(outputs, running, states["h"])
        if output_dropout and self.a.readout == "last":  # the only one that reads states
            read = torch.nn.functional.dropout(read, output_dropout, self.training)
        return self.head(read), states

    def _recurrent(self, inputs: int, layers: int, device: str | None = None) -> Any:
        """PyTorch's module of some layers."""
        a = self.a
        more: dict[str, Any] = {"nonlinearity": a.nonlinearity} if a.nonlinearity else {}
        dropout = a.dropout if layers > 1 else 0.0
        more |= {"bias": a.bias, "bidirectional": a.bidirectional, "dtype": getattr(torch, a.dtype), "device": device}
        return self._kind(inputs, a.hidden, layers, dropout=dropout, **more)

    def _recur(self, read: Any, first: tuple[Tensor, ...]) -> tuple[Any, tuple[Tensor, ...]]:
        """Outputs of the last layer, packed if `read` is; the last states of all.

        Where there is dropout between layers, they run one by one: cuDNN, the library of GPUs that runs them at once,
        takes its masks from a generator of its own, which no seed reaches.
        """
        if not (self.training and self.recurrent.dropout):
            return _called(self.recurrent, read, first)
        lasts, d = [], self.a.directions
        for number, layer in enumerate(self._layers):
            read = self._dropped(read) if number else read
            read, last = _called(layer, read, tuple(one[number * d : (number + 1) * d] for one in first))
            lasts.append(last)
        return read, tuple(map(torch.cat, zip(*lasts, strict=True)))

    @cached_property
    def _layers(self) -> tuple[Any, ...]:
        """Each layer of `recurrent` as a module of its own, of the same parameters."""
        found = []
        for number in range(self.a.layers):
            inputs = self.recurrent.input_size if number == 0 else self.a.directions * self.a.hidden
            layer = self._recurrent(inputs, 1, "meta")
            for name, _ in list(layer.named_parameters()):
                setattr(layer, name, getattr(self.recurrent, name.replace("_l0", f"_l{number}")))
            layer.flatten_parameters()
            found.append(layer)
        return tuple(found)

    def _dropped(self, read: Any) -> Any:
        """With dropout between layers."""
        if isinstance(read, Tensor):
            return torch.nn.functional.dropout(read, self.recurrent.dropout)
        return read._replace(data=torch.nn.functional.dropout(read.data, self.recurrent.dropout))

    def _read(self, x: Tensor) -> Tensor:
        if self.a.embedding is not None:
            return self.embedding(x)
        if self.a.symbols:
            return torch.nn.functional.one_hot(x, self.a.inputs).to(self.head.weight.dtype)
        return x

    def first_state(self, state: States | None, rows: int) -> States:
        """The states at the first step: those that are given, or what is learned, or a constant."""
        a = self.a
        shape = (a.layers * a.directions, rows, a.hidden)
        if state is not None:
            return {name: state[name] for name in a.states}
        if a.initial == "learned":
            return {n: getattr(self, f"initial_{n}")[:, None].expand(shape).contiguous() for n in a.states}
        return {name: self.head.weight.new_full(shape, a.initial) for name in a.states}

    def _readout(self, outputs: Tensor, running: Tensor, last: Tensor) -> Tensor:
        """The one vector of each row, (B, D·H)."""
        a = self.a
        if a.readout == "last":
            top = last[-a.directions :]
            return top.transpose(0, 1).reshape(outputs.shape[1], a.reads)
        if a.readout == "mean":
            return (outputs * running).sum(0) / running.sum(0)
        if a.readout == "max":
            return outputs.masked_fill(~running, -torch.inf).amax(0)
        if a.readout == "attention":
            scores = self.attention(outputs).masked_fill(~running, -torch.inf)
            return (torch.softmax(scores, 0) * outputs).sum(0)
        raise ConfigError(f"torch: expected another readout; found {a.readout!r}")
