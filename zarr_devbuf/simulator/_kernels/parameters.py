"""The parameters of elementwise and reduction kernels: ``"T x, raw float32 y"``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, final

import numpy as np

from zarr_devbuf.simulator._core.errors import not_implemented

__all__ = ["Parameter", "TypeMap", "c_type", "decide_types", "parse_parameters"]

# The names of types in CUDA C++.
_C_TYPES = {
    np.float64: "double",
    np.float32: "float",
    np.float16: "float16",
    np.complex128: "thrust::complex<double>",
    np.complex64: "thrust::complex<float>",
    np.int64: "long long",
    np.longlong: "long long",
    np.int32: "int",
    np.int16: "short",
    np.int8: "signed char",
    np.uint64: "unsigned long long",
    np.ulonglong: "unsigned long long",
    np.uint32: "unsigned int",
    np.uint16: "unsigned short",
    np.uint8: "unsigned char",
    np.bool_: "bool",
}

type TypeMap = tuple[tuple[str, np.dtype[Any]], ...]
"""The generic types of a kernel and what they stand for, sorted."""


def c_type(dtype: np.dtype[Any]) -> str:
    """Return the type of an element in CUDA C++.

    Raises
    ------
    NotImplementedError
        If CuPy has a type that the simulator does not model: structures, ``bfloat16``.
    ValueError
        If CuPy has none either.
    """
    name = _C_TYPES.get(dtype.type)
    if name is not None:
        return name
    if dtype.type is np.void or dtype.name == "bfloat16":
        raise not_implemented(f"dtype {dtype} in cupy.ElementwiseKernel and cupy.ReductionKernel")
    raise ValueError(f"Unsupported dtype {dtype}")


@final
@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes
    ----------
    name : str
        Its name in the kernel.
    dtype : numpy.dtype or None
        Its type; ``None`` for a generic one.
    ctype : str
        The type in CUDA C++, or the letter of a generic one.
    raw : bool
        Whether the kernel gets the whole array.
    is_const : bool
        Whether the kernel may only read it.
    """

    name: str
    dtype: np.dtype[Any] | None
    ctype: str
    raw: bool
    is_const: bool


@cache
def parse_parameters(text: str, *, is_const: bool) -> tuple[Parameter, ...]:
    """Return the parameters that a list names."""
    if not text:
        return ()
    return tuple(_parse(one, is_const) for one in text.strip().split(","))


def _parse(text: str, is_const: bool) -> Parameter:
    words = text.split()
    if len(words) < 2:
        raise Exception(f"Syntax error: {text}")  # noqa: TRY002 - as CuPy does
    *keywords, kind, name = words
    raw = False
    for keyword in keywords:
        if keyword == "raw":
            raw = True
        elif keyword == "_non_const":
            is_const = False
        else:
            raise Exception(f'Unknown keyword "{keyword}"')  # noqa: TRY002 - as CuPy does
    if len(kind) == 1:
        return Parameter(name, None, kind, raw, is_const)
    dtype: np.dtype[Any] = np.dtype(kind)
    return Parameter(name, dtype, c_type(dtype), raw, is_const)


def decide_types(
    inputs: tuple[Parameter, ...],
    outputs: tuple[Parameter, ...],
    input_dtypes: list[np.dtype[Any] | None],
    output_dtypes: list[np.dtype[Any]],
) -> tuple[list[np.dtype[Any]], list[np.dtype[Any]], TypeMap]:
    """Return the types of the arguments, and those of the generic types.

    Parameters
    ----------
    inputs, outputs
        The parameters.
    input_dtypes, output_dtypes
        The dtypes of the arguments, ``None`` for scalars; no outputs if they are to be made.

    Raises
    ------
    TypeError
        If an argument has another type than its parameter.
    KeyError
        If no array decides a generic type.
    """
    chosen: dict[str, np.dtype[Any]] = {}
    given = [*zip(outputs, output_dtypes, strict=False), *zip(inputs, input_dtypes, strict=True)]
    for parameter, dtype in given:
        if dtype is None:
            continue
        if parameter.dtype is not None:
            if dtype.type is not parameter.dtype.type:
                raise TypeError(f"Type is mismatched. {parameter.name} {dtype} {parameter.dtype}")
            continue
        known = chosen.setdefault(parameter.ctype, dtype)
        if known.type is not dtype.type:
            raise TypeError(
                f"Type is mismatched. {parameter.name} {dtype} {known} {parameter.ctype}"
            )

    def types(parameters: tuple[Parameter, ...]) -> list[np.dtype[Any]]:
        return [chosen[one.ctype] if one.dtype is None else one.dtype for one in parameters]

    return types(inputs), types(outputs), tuple(sorted(chosen.items()))
