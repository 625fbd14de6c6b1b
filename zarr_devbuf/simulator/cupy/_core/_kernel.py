"""``ElementwiseKernel``: an operation in CUDA C++ for each element of arrays."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.scalars import scalar_dtype
from zarr_devbuf.simulator._functions.memoization import memoize
from zarr_devbuf.simulator._kernels.arguments import indexer_argument, scalar_argument
from zarr_devbuf.simulator._kernels.operands import (
    Operand,
    Scalar,
    broadcast,
    make_outputs,
    merge_axes,
    preprocess,
)
from zarr_devbuf.simulator._kernels.parameters import c_type, decide_types, parse_parameters
from zarr_devbuf.simulator.cupy.cuda.compiler import compile_module, is_valid_kernel_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from zarr_devbuf.simulator._kernels.arguments import Argument
    from zarr_devbuf.simulator._kernels.parameters import Parameter, TypeMap

__all__ = ["ElementwiseKernel"]

HEADERS = "".join(
    f"#include <cupy/{name}>\n"
    for name in ("complex.cuh", "carray.cuh", "float16.cuh", "atomics.cuh", "math_constants.h")
)


@memoize(for_each_device=True)
def function_of(code: str, name: str, options: tuple[str, ...]) -> Any:
    """Return the compiled function of a kernel that was generated."""
    return compile_module(code, options, headers=HEADERS).get_function(name)


def typedefs(type_map: TypeMap) -> str:
    """Return the declarations of the generic types."""
    return "".join(f"typedef {c_type(dtype)} {name};\n" for name, dtype in type_map)


def declarations(
    parameters: Sequence[Parameter],
    operands: Sequence[Operand | Scalar],
    dtypes: Sequence[np.dtype[Any]],
) -> list[str]:
    """Return the parameters of the function in CUDA C++."""
    found = []
    for parameter, operand, dtype in zip(parameters, operands, dtypes, strict=True):
        const = "const " if parameter.is_const else ""
        if isinstance(operand, Scalar):
            found.append(f"{const}{c_type(dtype)} {parameter.name}")
        else:
            prefix = "" if parameter.raw else "_raw_"
            found.append(f"{const}{operand.c_type()} {prefix}{parameter.name}")
    return found


def arguments(
    operands: Sequence[Operand | Scalar],
    dtypes: Sequence[np.dtype[Any]],
    parameters: Sequence[Parameter],
) -> list[Argument]:
    """Return the arguments of the launch."""
    return [
        scalar_argument(one.value, dtype)
        if isinstance(one, Scalar)
        else one.argument(writes=not parameter.is_const)
        for one, dtype, parameter in zip(operands, dtypes, parameters, strict=True)
    ]


class CachedCodes:
    """The codes that a kernel has generated so far."""

    _cached_codes: dict[tuple[Any, ...], str]

    @property
    def cached_codes(self) -> dict[tuple[Any, ...], str]:
        """The generated sources, by the dtypes of the arrays."""
        if not self._cached_codes:
            warnings.warn(
                "No codes are cached because compilation is deferred until the first function "
                "call.",
                stacklevel=2,
            )
        return dict(self._cached_codes)

    @property
    def cached_code(self) -> str:
        """The generated source, if there is only one."""
        if len(self._cached_codes) > 1:
            warnings.warn(
                "The input types of the kernel could not be inferred. Please use `.cached_codes` "
                "instead.",
                stacklevel=2,
            )
        return next(iter(self._cached_codes.values()))


class ElementwiseKernel(CachedCodes):
    """An operation in CUDA C++ for each element of arrays, which are broadcast.

    Parameters
    ----------
    in_params, out_params
        Lists of parameters, such as ``"T x, raw float32 y"``. A letter is a generic type.
    operation
        The operation for one element; ``i`` is its number, ``_ind.size()`` that of all.
    name
        The name of the kernel.
    reduce_dims
        Whether axes that all arrays traverse as one are joined.
    preamble, loop_prep, after_loop
        Code in front of the kernel, of its loop, and behind the loop.
    no_return, return_tuple
        Whether a call returns ``None``, or a tuple also of one output.
    options
        Options of NVRTC.
    """

    __module__ = "cupy"

    def __init__(
        self,
        in_params: str,
        out_params: str,
        operation: str,
        name: str = "kernel",
        reduce_dims: bool = True,
        preamble: str = "",
        no_return: bool = False,
        return_tuple: bool = False,
        **kwargs: Any,
    ) -> None:
        if not is_valid_kernel_name(name):
            raise ValueError(f'Invalid kernel name: "{name}"')
        self.in_params = parse_parameters(in_params, is_const=True)
        self.out_params = parse_parameters(out_params, is_const=False)
        self.nin = len(self.in_params)
        self.nout = len(self.out_params)
        self.nargs = self.nin + self.nout
        self.params = self.in_params + self.out_params
        self.operation = operation
        self.name = self.__name__ = name
        self.reduce_dims = reduce_dims
        self.preamble = preamble
        self.no_return = no_return
        self.return_tuple = return_tuple
        self.kwargs = kwargs
        if any(parameter.name == "i" for parameter in self.params):
            raise ValueError("Can not use 'i' as a parameter name")
        self._cached_codes = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the kernel for all elements.

        Parameters
        ----------
        *args
            The inputs, or the inputs and the outputs.
        size
            The number of elements, if all arrays are raw.
        stream, block_size
            The stream, and the number of threads in a block.
        """
        size = kwargs.pop("size", -1)
        stream = kwargs.pop("stream", None)
        block_size = kwargs.pop("block_size", 128)
        if kwargs:
            raise TypeError(f"Wrong arguments {kwargs}")
        if block_size <= 0:
            raise ValueError("block_size must be greater than zero")
        if len(args) not in (self.nin, self.nargs):
            raise TypeError(
                f"Wrong number of arguments for {self.name!r}. It must be either {self.nin} or "
                f"{self.nargs} (with outputs), but given {len(args)}."
            )
        for arg in args:
            if hasattr(arg, "__cupy_override_elementwise_kernel__"):
                return arg.__cupy_override_elementwise_kernel__(self, *args, **kwargs)
        given = preprocess(args)
        has_size = size != -1
        joint, shape = broadcast(given, self.params, has_size=has_size)
        inputs = joint[: self.nin]
        in_dtypes, out_dtypes, type_map = decide_types(
            self.in_params,
            self.out_params,
            [one.dtype if isinstance(one, Operand) else None for one in inputs],
            [_output_dtype(one) for one in given[self.nin :]],
        )
        if has_size:
            shape = (size,)
        outputs = make_outputs(
            given[self.nin :], out_dtypes, shape, self.out_params, has_size=has_size
        )
        if math.prod(shape):
            self._launch([*inputs, *outputs], [*in_dtypes, *out_dtypes], type_map, shape,
                         block_size, stream)  # fmt: skip
        if self.no_return:
            return None
        if self.nout == 1 and not self.return_tuple:
            return outputs[0].array
        return tuple(output.array for output in outputs)

    def _launch(
        self,
        operands: list[Operand | Scalar],
        dtypes: list[np.dtype[Any]],
        type_map: TypeMap,
        shape: tuple[int, ...],
        block_size: int,
        stream: Any,
    ) -> None:
        if self.reduce_dims:
            operands, shape = merge_axes(operands, self.params, shape)
        packed = arguments(operands, dtypes, self.params)
        code, options = self._code(operands, dtypes, type_map, shape, **self.kwargs)
        key = tuple(one.dtype for one in operands if isinstance(one, Operand))
        self._cached_codes.setdefault(key, code)
        function = function_of(code, self.name, options)
        every = [*packed, indexer_argument(shape)]
        function.linear_launch(math.prod(shape), every, 0, block_size, stream)

    def _code(
        self,
        operands: list[Operand | Scalar],
        dtypes: list[np.dtype[Any]],
        type_map: TypeMap,
        shape: tuple[int, ...],
        loop_prep: str = "",
        after_loop: str = "",
        options: tuple[str, ...] = (),
    ) -> tuple[str, tuple[str, ...]]:
        elements = "\n".join(
            f"    {'const ' if parameter.is_const else ''}{parameter.ctype} &{parameter.name} = "
            f"_raw_{parameter.name}[_ind.get()];"
            for parameter, operand in zip(self.params, operands, strict=True)
            if isinstance(operand, Operand) and not parameter.raw
        )
        declared = [*declarations(self.params, operands, dtypes), f"CIndexer<{len(shape)}> _ind"]
        code = f"""{typedefs(type_map)}
{self.preamble}
extern "C" __global__ void {self.name}({", ".join(declared)}) {{
  {loop_prep};
  CUPY_FOR(i, _ind.size()) {{
    _ind.set(i);
{elements}
    {self.operation};
  }}
  {after_loop};
}}
"""
        return code, options


def _output_dtype(operand: Operand | Scalar) -> np.dtype[Any]:
    if isinstance(operand, Operand):
        return operand.dtype
    # CuPy takes the dtype of the scalar here, and rejects the scalar afterwards.
    return scalar_dtype(operand.value)[0]
