"""``ReductionKernel``: a reduction in CUDA C++."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.reshaping import normalize_axis
from zarr_devbuf.simulator._kernels.arguments import indexer_argument, pack_argument
from zarr_devbuf.simulator._kernels.operands import (
    Operand,
    Scalar,
    broadcast,
    make_outputs,
    merge_axes,
    preprocess,
)
from zarr_devbuf.simulator._kernels.parameters import decide_types, parse_parameters
from zarr_devbuf.simulator.cupy._core._kernel import (
    CachedCodes,
    arguments,
    declarations,
    function_of,
    typedefs,
)
from zarr_devbuf.simulator.cupy.cuda.compiler import is_valid_kernel_name

if TYPE_CHECKING:
    import numpy as np

    from zarr_devbuf.simulator._kernels.parameters import Parameter, TypeMap

__all__ = ["ReductionKernel"]

# The threads of a block on a GPU: they decide in which order numbers are added.
_BLOCK = 512
_THREADS = 128


class ReductionKernel(CachedCodes):
    """A reduction in CUDA C++.

    The values are combined in the order in which CuPy's kernel on a GPU does it, so that sums of
    floats are the same.

    Parameters
    ----------
    in_params, out_params
        Lists of parameters, as for ``ElementwiseKernel``.
    map_expr, reduce_expr, post_map_expr
        Expressions: of an element, of two values ``a`` and ``b``, and of the last value ``a``.
    identity
        The value to begin with, as an expression; ``None`` if there is none.
    name, preamble, options
        As for ``ElementwiseKernel``.
    reduce_type
        The type of the values; by default, that of the first output.
    reduce_dims
        Whether axes that all arrays traverse as one are joined.
    """

    __module__ = "cupy"

    def __init__(
        self,
        in_params: str,
        out_params: str,
        map_expr: str,
        reduce_expr: str,
        post_map_expr: str,
        identity: Any,
        name: str = "reduce_kernel",
        reduce_type: str | None = None,
        reduce_dims: bool = True,
        preamble: str = "",
        options: tuple[str, ...] = (),
    ) -> None:
        if not is_valid_kernel_name(name):
            raise ValueError(f'Invalid kernel name: "{name}"')
        self.name = self.__name__ = name
        self.identity = "" if identity is None else str(identity)
        self.in_params = parse_parameters(in_params, is_const=True)
        self.out_params = parse_parameters(out_params, is_const=False)
        self.nin = len(self.in_params)
        self.nout = len(self.out_params)
        self.nargs = self.nin + self.nout
        self.map_expr = map_expr
        self.reduce_expr = reduce_expr
        self.post_map_expr = post_map_expr
        self.options = options
        self.reduce_dims = reduce_dims
        self.reduce_type = self.out_params[0].ctype if reduce_type is None else reduce_type
        self.preamble = preamble
        self._cached_codes = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Reduce arrays, which are broadcast.

        Parameters
        ----------
        *args
            The inputs, or the inputs and the outputs.
        out
            The output, if there is one.
        axis, keepdims, stream
            The axes, whether they stay with length 1, and the stream.
        """
        out = kwargs.pop("out", None)
        axis = kwargs.pop("axis", None)
        keepdims = kwargs.pop("keepdims", False)
        stream = kwargs.pop("stream", None)
        if kwargs:
            raise TypeError(f"Wrong arguments {kwargs}")
        if len(args) not in (self.nin, self.nargs):
            raise TypeError(f"Wrong number of arguments for {self.name}")
        out_args = list(args[self.nin :])
        if out is not None:
            if self.nout != 1:
                raise NotImplementedError("")
            if out_args:
                raise ValueError("cannot specify 'out' as both a positional and keyword argument")
            out_args = [out]
        inputs = preprocess(args[: self.nin])
        given = preprocess(out_args)
        inputs, shape = broadcast(inputs, self.in_params, has_size=False)
        in_dtypes, out_dtypes, type_map = decide_types(
            self.in_params,
            self.out_params,
            [one.dtype if isinstance(one, Operand) else None for one in inputs],
            [one.dtype for one in given if isinstance(one, Operand)],
        )
        reduced, kept = _axes(axis, len(shape))
        if len(inputs) == 1 and len(kept) <= 1 and isinstance(inputs[0], Operand):
            reduced, kept = _sorted(inputs[0], reduced), _sorted(inputs[0], kept)
        out_shape = _out_shape(shape, reduced, kept, keepdims=keepdims)
        outputs = make_outputs(given, out_dtypes, out_shape, self.out_params, has_size=False)
        result = outputs[0].array
        if result.size:
            if not self.identity and 0 in shape:
                raise ValueError(
                    f"zero-size array to reduction operation {self.name} which has no identity"
                )
            inputs, shape = _transposed(inputs, self.in_params, reduced + kept, shape)
            dtypes = [*in_dtypes, *out_dtypes]
            self._launch(inputs, list(outputs), dtypes, type_map, shape, out_shape, stream)
        return result

    def _launch(
        self,
        inputs: list[Operand | Scalar],
        outputs: list[Operand | Scalar],
        dtypes: list[np.dtype[Any]],
        type_map: TypeMap,
        shape: tuple[int, ...],
        out_shape: tuple[int, ...],
        stream: Any,
    ) -> None:
        if self.reduce_dims:
            inputs, shape = merge_axes(inputs, self.in_params, shape)
            outputs, out_shape = merge_axes(outputs, self.out_params, out_shape)
        stride = _block_stride(inputs, self.in_params, shape, out_shape)
        operands = [*inputs, *outputs]
        code = self._code(operands, dtypes, type_map, shape, out_shape)
        key = tuple(one.dtype.char for one in operands if isinstance(one, Operand))
        self._cached_codes.setdefault(key, code)
        function = function_of(code, self.name, self.options)
        every = [
            *arguments(operands, dtypes, (*self.in_params, *self.out_params)),
            indexer_argument(shape),
            indexer_argument(out_shape),
            pack_argument(stride),
        ]
        function.linear_launch(math.prod(out_shape), every, 0, _THREADS, stream)

    def _code(
        self,
        operands: list[Operand | Scalar],
        dtypes: list[np.dtype[Any]],
        type_map: TypeMap,
        shape: tuple[int, ...],
        out_shape: tuple[int, ...],
    ) -> str:
        parameters = self.in_params + self.out_params
        # Inputs are values, outputs are references.
        elements = [
            f"const {parameter.ctype} {parameter.name} = _raw_{parameter.name}[_in_ind.get()];"
            if parameter.is_const
            else f"{parameter.ctype} &{parameter.name} = _raw_{parameter.name}"
            f"[{'_in_ind' if number < self.nin else '_out_ind'}.get()];"
            for number, (parameter, operand) in enumerate(zip(parameters, operands, strict=True))
            if isinstance(operand, Operand) and not parameter.raw
        ]
        count = sum(
            isinstance(operand, Operand) and not parameter.raw
            for parameter, operand in zip(self.in_params, operands, strict=False)
        )
        declared = [
            *declarations(parameters, operands, dtypes),
            f"CIndexer<{len(shape)}> _in_ind",
            f"CIndexer<{len(out_shape)}> _out_ind",
            "const long long _block_stride",
        ]
        long = math.prod(shape) // max(1, math.prod(out_shape)) > 0x7FFF_FFFF
        return f"""{typedefs(type_map)}
typedef {"long long" if long else "int"} IndexT;
{self.preamble}
#define REDUCE(a, b) ({self.reduce_expr})
#define POST_MAP(a) ({self.post_map_expr})
typedef {self.reduce_type} _type_reduce;
extern "C" __global__ void {self.name}({", ".join(declared)}) {{
  // One thread does what the lanes of a GPU's block do for one result, in the same order.
  alignas(_type_reduce) char _memory[{_BLOCK} * sizeof(_type_reduce)];
  _type_reduce* _partial = reinterpret_cast<_type_reduce*>(_memory);
  const IndexT _lanes = {_BLOCK} / _block_stride;
  CUPY_FOR(_i, _out_ind.size()) {{
    for (IndexT _lane = 0; _lane < _lanes; _lane++) {{
      _type_reduce _s = _type_reduce({self.identity});
      IndexT _J = _lane;
      for (ptrdiff_t _j = _i + ptrdiff_t(_lane) * _out_ind.size(); _j < _in_ind.size();
           _j += ptrdiff_t(_lanes) * _out_ind.size(), _J += _lanes) {{
        _in_ind.set(_j);
        {" ".join(elements[:count])}
        _type_reduce _a = static_cast<_type_reduce>({self.map_expr});
        _s = REDUCE(_s, _a);
      }}
      _partial[_lane] = _s;
    }}
    for (IndexT _half = _lanes / 2; _half > 0; _half /= 2)
      for (IndexT _lane = 0; _lane < _half; _lane++) {{
        _type_reduce _a = _partial[_lane], _b = _partial[_lane + _half];
        _partial[_lane] = REDUCE(_a, _b);
      }}
    _type_reduce _s = _partial[0];
    _out_ind.set(_i);
    {" ".join(elements[count:])}
    POST_MAP(_s);
  }}
}}
"""


def _axes(axis: Any, ndim: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the axes that are reduced, and the others."""
    if axis is None:
        return tuple(range(ndim)), ()
    given = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    reduced = tuple(sorted(normalize_axis(one, ndim) for one in given))
    kept = tuple(one for one in range(ndim) if one not in reduced)
    if len(reduced) + len(kept) != ndim:
        raise ValueError("duplicate value in 'axis'")
    return reduced, kept


def _sorted(operand: Operand, axes: tuple[int, ...]) -> tuple[int, ...]:
    if operand.c_contiguous:
        return axes
    return tuple(sorted(axes, key=lambda axis: -abs(operand.strides[axis])))


def _out_shape(
    shape: tuple[int, ...], reduced: tuple[int, ...], kept: tuple[int, ...], *, keepdims: bool
) -> tuple[int, ...]:
    if keepdims:
        return tuple(1 if axis in reduced else length for axis, length in enumerate(shape))
    return tuple(shape[axis] for axis in kept)


def _transposed(
    operands: list[Operand | Scalar],
    parameters: tuple[Parameter, ...],
    order: tuple[int, ...],
    shape: tuple[int, ...],
) -> tuple[list[Operand | Scalar], tuple[int, ...]]:
    """Move the reduced axes to the front."""
    if order == tuple(range(len(shape))):
        return operands, shape
    if any(parameter.raw for parameter in parameters):
        raise NotImplementedError("Illegal conditions")

    def move(values: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(values[axis] for axis in order)

    moved = [
        replace(one, shape=move(one.shape), strides=move(one.strides))
        if isinstance(one, Operand)
        else one
        for one in operands
    ]
    return moved, move(shape)


def _block_stride(
    operands: list[Operand | Scalar],
    parameters: tuple[Parameter, ...],
    shape: tuple[int, ...],
    out_shape: tuple[int, ...],
) -> int:
    """Return how many results a block of a GPU computes at a time, as CuPy chooses it."""
    contiguous = 1
    for operand, parameter in zip(operands, parameters, strict=True):
        if not isinstance(operand, Operand) or parameter.raw:
            continue
        run = 1
        for place in range(1, len(out_shape) + 1):
            if operand.strides[len(shape) - place] != run * operand.dtype.itemsize:
                break
            run *= out_shape[-place]
        contiguous = max(contiguous, run)
    per_result = max(1, math.prod(shape) // math.prod(out_shape))
    stride = max(min(contiguous, 32), _BLOCK // per_result)
    # The largest power of two that is not larger.
    return int(1 << (stride.bit_length() - 1))
