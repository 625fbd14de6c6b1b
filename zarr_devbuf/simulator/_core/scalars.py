"""The scalars that kernels accept besides arrays, and whether they are weakly typed."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["SCALAR_TYPES", "pack", "scalar_dtype"]

_DTYPE_OF_PYTHON = {
    bool: np.dtype(np.bool_),
    float: np.dtype(np.float64),
    complex: np.dtype(np.complex128),
}
_INT64 = np.dtype(np.int64)
_UINT64 = np.dtype(np.uint64)

SCALAR_TYPES: frozenset[type[Any]] = frozenset(
    {int, float, bool, complex} | {np.dtype(char).type for char in "?bhilqBHILQefdFD"}
)
"""The scalar types; a subclass of ``int`` is not one of them."""


def scalar_dtype(value: Any) -> tuple[np.dtype[Any], type[Any] | None]:
    """Return the dtype of a scalar operand, and its Python type if it is weakly typed.

    Raises
    ------
    AssertionError
        If it is a NumPy string.
    TypeError
        If it is not a scalar; a NumPy array, for example.
    """
    kind = type(value)
    if kind is int:
        dtype = _UINT64 if value >= 0x8000000000000000 else _INT64
        pack(value, dtype)
        return dtype, int
    if kind is bool:
        return _DTYPE_OF_PYTHON[bool], None
    if kind is float or kind is complex:
        return _DTYPE_OF_PYTHON[kind], kind
    if isinstance(value, np.generic):
        if isinstance(value, np.str_):
            # CuPy has an assertion without a message here.
            raise AssertionError  # noqa: TRY004
        return value.dtype, None
    raise TypeError(f"Unsupported type {kind}")


def pack(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return a scalar as a 0-d array of a dtype, as NumPy assigns it.

    Raises
    ------
    OverflowError
        If a Python integer does not fit.
    """
    packed = np.empty((), dtype)
    packed[()] = value
    return packed
