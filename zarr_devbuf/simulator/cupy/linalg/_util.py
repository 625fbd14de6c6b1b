"""What the functions of ``cupy.linalg`` share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.error_state import raises_linalg
from zarr_devbuf.simulator._core.errors import warn_experimental
from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "assert_2d",
    "assert_cupy_array",
    "assert_stacked_2d",
    "assert_stacked_square",
    "compute",
    "first_zero_pivot",
    "linalg_common_type",
    "stacked_identity",
    "uplo",
]

LinAlgError = np.linalg.LinAlgError


def assert_cupy_array(*arrays: Any) -> None:
    """Raise ``LinAlgError`` for other objects than device arrays."""
    if not all(isinstance(array, DeviceArray) for array in arrays):
        raise LinAlgError("cupy.linalg only supports cupy.ndarray")


def assert_2d(*arrays: Any) -> None:
    """Raise ``LinAlgError`` unless the arrays are matrices."""
    for array in arrays:
        if array.ndim != 2:
            raise LinAlgError(
                f"{array.ndim}-dimensional array given. Array must be two-dimensional"
            )


def assert_stacked_2d(*arrays: Any) -> None:
    """Raise ``LinAlgError`` unless the arrays are matrices or stacks of them."""
    for array in arrays:
        if array.ndim < 2:
            raise LinAlgError(
                f"{array.ndim}-dimensional array given. Array must be at least two-dimensional"
            )


def assert_stacked_square(*arrays: Any) -> None:
    """Raise ``LinAlgError`` unless the last two axes are of the same length."""
    for array in arrays:
        rows, columns = array.shape[-2:]
        if rows != columns:
            raise LinAlgError("Last 2 dimensions of the array must be square")


def linalg_common_type(*arrays: Any, reject_float16: bool = True) -> tuple[Any, Any]:
    """Return the dtype to compute with, and that of the result."""
    dtypes = [array.dtype for array in arrays]
    if reject_float16 and np.float16 in dtypes:
        raise TypeError("float16 is unsupported in linalg")
    precision = os.getenv("CUPY_DEFAULT_PRECISION")
    if precision is not None:
        warn_experimental("CUPY_DEFAULT_PRECISION")
        if precision not in ("32", "64"):
            raise ValueError(f"invalid CUPY_DEFAULT_PRECISION: {precision}")
    computed = _common_type(f"float{precision or 64}", dtypes)
    return (np.dtype("f4") if computed == np.float16 else computed), _common_type("float64", dtypes)


def _common_type(default: str, dtypes: list[Any]) -> np.dtype[Any]:
    return np.result_type(*(dtype if dtype.kind in "fc" else default for dtype in dtypes))


def stacked_identity(batch_shape: tuple[int, ...], n: int, dtype: Any) -> Any:
    """Return a stack of identity matrices."""
    xp = get_namespace()
    index = xp.arange(n)
    stack = xp.zeros((*batch_shape, n, n), dtype)
    stack[..., index, index] = 1
    return stack


def uplo(value: Any) -> str:
    """Return which triangle of a matrix is read."""
    if value not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return str(value)


def compute(
    function: Callable[..., Any],
    dtype: np.dtype[Any],
    *arrays: Any,
    info: Callable[..., int] | None = None,
    routine: str = "",
    **kwargs: Any,
) -> Any:
    """Call a function of ``numpy.linalg`` on matrices, or on stacks of them.

    A matrix for which it has no result gives NaN, where the libraries of the device leave what
    they find; under ``cupyx.errstate(linalg="raise")`` it raises ``LinAlgError``.

    Parameters
    ----------
    function
        The function.
    dtype
        The dtype to compute with.
    *arrays
        Device arrays.
    info
        Returns the number of the row at which the device's function stops, from a matrix.
    routine
        The name of that function, and its library, as in ``"potrf in cuSOLVER"``.
    """
    hosts = [np.ascontiguousarray(kernel_operand(array), dtype) for array in arrays]
    with np.errstate(all="ignore"):
        try:
            return function(*hosts, **kwargs)
        except LinAlgError:
            if raises_linalg() and info is not None:
                raise _error(hosts[0], info, f"{_PREFIXES[dtype.char]}{routine}") from None
        return _one_by_one(function, hosts, kwargs)


_PREFIXES = {"f": "s", "d": "d", "F": "c", "D": "z"}


def _error(stack: Any, info: Callable[..., int], routine: str) -> Exception:
    found = np.array([info(one) for one in stack.reshape(-1, *stack.shape[-2:])], np.int32)
    variable = "devInfo" if routine.endswith("cuSOLVER") else "infoArray/devInfoArray"
    library = routine.rpartition(" ")[2]
    return LinAlgError(
        f"Error reported by {routine}. {variable} = {found}. Please refer to the {library} "
        "documentation."
    )


def _one_by_one(function: Callable[..., Any], hosts: list[Any], kwargs: dict[str, Any]) -> Any:
    """Compute one matrix after the other, with NaN for those that have no result."""
    batch = hosts[0].shape[:-2]
    parts: list[Any] = []
    example = None
    for index in np.ndindex(batch) if batch else [()]:
        try:
            parts.append(function(*(host[index] for host in hosts), **kwargs))
            example = parts[-1]
        except LinAlgError:
            parts.append(None)
    if example is None:
        sound = [np.eye(*host.shape[-2:], dtype=host.dtype) for host in hosts]
        example = function(*sound, **kwargs)
    many = isinstance(example, tuple)
    examples = example if many else (example,)
    columns = []
    for place, one in enumerate(examples):
        failed = np.full_like(one, np.nan)
        values = [failed if part is None else part[place] if many else part for part in parts]
        columns.append(np.stack(values).reshape(*batch, *one.shape) if batch else values[0])
    return tuple(columns) if many else columns[0]


def first_zero_pivot(matrix: Any) -> int:
    """Return the number of the first pivot that is zero in an LU factorization, or 0."""
    rows = np.array(matrix)
    for step in range(len(rows)):
        pivot = step + int(np.abs(rows[step:, step]).argmax())
        if rows[pivot, step] == 0:
            return step + 1
        rows[[step, pivot]] = rows[[pivot, step]]
        factors = rows[step + 1 :, step] / rows[step, step]
        rows[step + 1 :] -= factors[:, None] * rows[step]
    return 0
