"""A layer over all its steps by the compiled kernels: float32 on the CPU, catalogue cells and
activations.

Two operators that torch knows, ``actselect::layer`` and its backward: to ``torch.compile`` they are
opaque, to autograd differentiable once.  Outside ``torch.compile`` the same functions are called
through a plain ``autograd.Function``: the operators' dispatch through Python takes about 0.3 ms a
training step, as long as a small layer itself (studies/LOG.md).

Notation: T steps, B batch, F features, G gates, H hidden size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from actselect import _kernels
from actselect.activations import activations
from actselect.cells import AbstractCell, LSTMCell, States, cells

MODULE: Final[ModuleType | None] = _kernels.load()


def _numbers() -> tuple[dict[Any, int], dict[type, int]]:
    if MODULE is None:
        return {}, {}
    functions = {activations()[n].function: i for i, n in enumerate(MODULE.activations())}
    return functions, {cells()[n]: i for i, n in enumerate(MODULE.cells())}


_FUNCTIONS, _CELLS = _numbers()


def supports(cell: AbstractCell) -> bool:
    """Return whether the kernels know the cell and its activations."""
    return (
        type(cell) in _CELLS
        and cell.activation in _FUNCTIONS
        and cell.recurrent_activation in _FUNCTIONS
        and cell.output_activation in _FUNCTIONS
    )


def unknown(cell_names: Iterable[str], activation_names: Iterable[str]) -> list[str]:
    """Return the names that the kernels do not know; all of them where there are no kernels."""
    known = set() if MODULE is None else {*MODULE.cells(), *MODULE.activations()}
    return sorted({*cell_names, *activation_names} - known)


def accepts(inputs: Tensor) -> bool:
    """Return whether the kernels take such tensors: float32 on the CPU."""
    return inputs.dtype == torch.float32 and inputs.device.type == "cpu"


def stash_bytes(cell: type[AbstractCell], hidden_size: int, rows: int) -> int:
    """Return what one layer keeps of so many steps of sequences for the backward pass, in bytes;
    0 where there are no kernels for the cell.
    """
    if MODULE is None or cell not in _CELLS:
        return 0
    return 4 * int(MODULE.stash_size(_CELLS[cell], hidden_size, rows))


def run(
    cell: AbstractCell,
    inputs: Tensor,
    weights: tuple[Tensor, Tensor, Tensor | None, Tensor | None],
    states: States | None,
    lengths: Tensor | None,
    *,
    reverse: bool,
) -> tuple[Tensor, States]:
    """Run one layer in one direction; arguments and result as in
    :func:`actselect.recurrence.run_layer`.
    """
    what, lengths = _numbered(cell, reverse=reverse), _counts(lengths)
    h0, c0, *_ = (*(states or ()), None, None)
    keep = torch.is_grad_enabled() and any(
        t is not None and t.requires_grad for t in (inputs, *weights, h0, c0)
    )
    arguments = (inputs, *weights, h0, c0, lengths, what, keep)
    if torch.compiler.is_compiling():
        out, h_n, c_n, _ = _layer(*arguments)
    elif keep:
        out, h_n, c_n, _ = _Layer.apply(*arguments)  # type: ignore[no-untyped-call]
    else:
        out, h_n, c_n, _ = _run(*arguments)
    return out, (h_n, c_n) if cell.n_states > 1 else (h_n,)


def run_with_pullback(
    cell: AbstractCell,
    inputs: Tensor,
    weights: tuple[Tensor, Tensor, Tensor | None, Tensor | None],
    states: States | None,
    lengths: Tensor | None,
    *,
    reverse: bool,
    for_inputs: bool,
) -> tuple[Tensor, States, Callable[..., tuple[Tensor | None, list[Tensor]]]]:
    """Run one layer; arguments and result as in
    :func:`actselect.recurrence.run_layer_with_pullback`.
    """
    what, lengths = _numbered(cell, reverse=reverse), _counts(lengths)
    w_x, w_h, b_x, _ = weights
    h0, c0, *_ = (*(states or ()), None, None)
    out, h_n, c_n, stash = _run(inputs, *weights, h0, c0, lengths, what, keep=True)

    def pullback(
        grad_out: Tensor | None, grad_last: Tensor | None
    ) -> tuple[Tensor | None, list[Tensor]]:
        grad_x, *grads = _run_back(
            inputs, w_x, w_h, h0, lengths, out, stash, grad_out, grad_last, None, what,
            b_x is not None, for_inputs,
        )  # fmt: skip
        return grad_x if for_inputs else None, grads[: 2 if b_x is None else 4]

    return out, (h_n, c_n) if cell.n_states > 1 else (h_n,), pullback


def _numbered(cell: AbstractCell, *, reverse: bool) -> list[int]:
    """Return the numbers of the cell and its three activations, and 1 for reverse."""
    return [
        _CELLS[type(cell)], _FUNCTIONS[cell.activation], _FUNCTIONS[cell.recurrent_activation],
        _FUNCTIONS[cell.output_activation], int(reverse),
    ]  # fmt: skip


def _counts(lengths: Tensor | None) -> Tensor | None:
    return None if lengths is None else lengths.to("cpu", torch.int64).contiguous()


def _run(
    inputs: Tensor,
    weight_x: Tensor,
    weight_h: Tensor,
    bias_x: Tensor | None,
    bias_h: Tensor | None,
    h0: Tensor | None,
    c0: Tensor | None,
    lengths: Tensor | None,
    what: Sequence[int],
    keep: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return outputs (T, B, H), final states (B, H), and what backward needs, if ``keep``.

    ``what``: numbers of the cell and its three activations, and 1 for reverse.
    """
    module = _module()
    (steps, batch, features), hidden = inputs.shape, weight_h.shape[-1]
    has_c = what[0] == _CELLS[LSTMCell]
    out, h_n = inputs.new_empty(steps, batch, hidden), inputs.new_empty(batch, hidden)
    c_n = inputs.new_empty((batch, hidden) if has_c else 0)
    size = module.stash_size(what[0], hidden, steps * batch) if keep else 0
    stash = (
        torch.frombuffer(module.Memory(size), dtype=torch.float32) if size else inputs.new_empty(0)
    )
    inputs, weight_x, weight_h = _dense(inputs), weight_x.contiguous(), weight_h.contiguous()
    h0, c0 = _contiguous(h0), _contiguous(c0)
    module.forward(
        *what[:4], steps, batch, features, hidden, _address(lengths), bool(what[4]),
        *_sequence(inputs), _address(weight_x), _address(weight_h), _address(bias_x),
        _address(bias_h), _address(h0), _address(c0), *_sequence(out), _address(h_n),
        _address(c_n), _address(stash) if keep else 0,
    )  # fmt: skip
    return out, h_n, c_n, stash


def _empty_layer(
    inputs: Tensor,
    weight_x: Tensor,
    weight_h: Tensor,
    bias_x: Tensor | None,
    bias_h: Tensor | None,
    h0: Tensor | None,
    c0: Tensor | None,
    lengths: Tensor | None,
    what: Sequence[int],
    keep: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    del weight_x, bias_x, bias_h, h0, c0, lengths
    (steps, batch, _), hidden, new = inputs.shape, weight_h.shape[-1], inputs.new_empty
    has_c = what[0] == _CELLS[LSTMCell]
    size = _module().stash_size(what[0], hidden, steps * batch) if keep else 0
    return (
        new(steps, batch, hidden), new(batch, hidden), new((batch, hidden) if has_c else 0),
        new(size),
    )  # fmt: skip


def _run_back(
    inputs: Tensor,
    weight_x: Tensor,
    weight_h: Tensor,
    h0: Tensor | None,
    lengths: Tensor | None,
    out: Tensor,
    stash: Tensor,
    grad_out: Tensor | None,
    grad_h: Tensor | None,
    grad_c: Tensor | None,
    what: Sequence[int],
    bias: bool,
    for_inputs: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients of inputs (empty unless ``for_inputs``), both weights, both biases
    (empty unless ``bias``), and both initial states (empty without ``h0``).
    """
    result: tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor] = _empty_backward(
        inputs, weight_x, weight_h, h0, lengths, out, stash, grad_out, grad_h, grad_c, what, bias,
        for_inputs,
    )  # fmt: skip
    grad_x, *others = result
    inputs, weight_x, weight_h = _dense(inputs), weight_x.contiguous(), weight_h.contiguous()
    h0, grad_h, grad_c = _contiguous(h0), _contiguous(grad_h), _contiguous(grad_c)
    grad_out = None if grad_out is None else _dense(grad_out)
    pointers = [t.data_ptr() for t in others]  # 0 of an empty one
    _module().backward(
        *what[:4], *inputs.shape, weight_h.shape[-1], _address(lengths), bool(what[4]),
        *_sequence(inputs), _address(weight_x), _address(weight_h), _address(h0),
        *_sequence(out), _address(stash), *_sequence(grad_out), _address(grad_h),
        _address(grad_c), *_sequence(grad_x if for_inputs else None), *pointers,
    )  # fmt: skip
    return result


def _empty_backward(
    inputs: Tensor,
    weight_x: Tensor,
    weight_h: Tensor,
    h0: Tensor | None,
    lengths: Tensor | None,
    out: Tensor,
    stash: Tensor,
    grad_out: Tensor | None,
    grad_h: Tensor | None,
    grad_c: Tensor | None,
    what: Sequence[int],
    bias: bool,
    for_inputs: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    del lengths, out, stash, grad_out, grad_h, grad_c
    rows, new = weight_x.shape[0] if bias else 0, inputs.new_empty
    state = 0 if h0 is None else h0.shape
    return (
        new(inputs.shape if for_inputs else 0), new(weight_x.shape), new(weight_h.shape),
        new(rows), new(rows), new(state), new(state if what[0] == _CELLS[LSTMCell] else 0),
    )  # fmt: skip


def _remember(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:  # noqa: ANN401
    x, weight_x, weight_h, bias_x, _, h0, c0, lengths, what, _ = inputs
    out, _, _, stash = output
    ctx.save_for_backward(x, weight_x, weight_h, h0, lengths, out, stash)
    ctx.what, ctx.bias, ctx.states = what, bias_x is not None, (h0 is not None, c0 is not None)
    ctx.set_materialize_grads(False)


def _differentiate(
    ctx: Any,  # noqa: ANN401
    grad_out: Tensor | None,
    grad_h: Tensor | None,
    grad_c: Tensor | None,
    _: Tensor | None,
) -> tuple[Tensor | None, ...]:
    back: Any = _layer_backward if torch.compiler.is_compiling() else _run_back
    grad_x, weight_x, weight_h, bias_x, bias_h, h0, c0 = back(
        *ctx.saved_tensors, grad_out, grad_h, grad_c, ctx.what, ctx.bias, ctx.needs_input_grad[0]
    )  # fmt: skip
    return (
        grad_x if ctx.needs_input_grad[0] else None, weight_x, weight_h,
        bias_x if ctx.bias else None, bias_h if ctx.bias else None,
        h0 if ctx.states[0] else None, c0 if ctx.states[1] else None, None, None, None,
    )  # fmt: skip


_layer = torch.library.custom_op("actselect::layer", _run, mutates_args=())
_layer.register_fake(_empty_layer)
_layer.register_autograd(_differentiate, setup_context=_remember)
_layer_backward = torch.library.custom_op("actselect::layer_backward", _run_back, mutates_args=())
_layer_backward.register_fake(_empty_backward)


class _Layer(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *arguments: Any) -> tuple[Tensor, ...]:  # noqa: ANN401
        output = _run(*arguments)
        _remember(ctx, arguments, output)
        ctx.mark_non_differentiable(output[3])
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        return _differentiate(ctx, *grads)


def _module() -> ModuleType:
    if MODULE is None:
        raise RuntimeError("there are no compiled kernels in this installation")
    return MODULE


def _address(tensor: Tensor | None) -> int:
    return 0 if tensor is None else tensor.data_ptr()


def _sequence(tensor: Tensor | None) -> tuple[int, int, int]:
    return (0, 0, 0) if tensor is None else (tensor.data_ptr(), tensor.stride(0), tensor.stride(1))


def _contiguous(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.contiguous()


def _dense(tensor: Tensor) -> Tensor:
    """Return the sequence with features adjacent; its other strides are free."""
    return tensor if tensor.stride(-1) == 1 or tensor.shape[-1] == 1 else tensor.contiguous()
