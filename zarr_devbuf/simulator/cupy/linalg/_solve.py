"""Linear systems, inverses and powers of matrices."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: N803 - names and signatures are CuPy's.
from __future__ import annotations

import math
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import wrap
from zarr_devbuf.simulator.cupy.cublas import get_batched_gesv_limit
from zarr_devbuf.simulator.cupy.linalg import _decomposition
from zarr_devbuf.simulator.cupy.linalg._util import (
    LinAlgError,
    assert_2d,
    assert_cupy_array,
    assert_stacked_2d,
    assert_stacked_square,
    compute,
    first_zero_pivot,
    linalg_common_type,
)

__all__ = ["inv", "lstsq", "matrix_power", "pinv", "solve", "tensorinv", "tensorsolve"]

_BATCHED = "getrfBatched in cuBLAS"
_SINGLE = "getrf in cuSOLVER"


def solve(a: Any, b: Any) -> Any:
    """Solve linear systems."""
    assert_cupy_array(a, b)
    assert_stacked_2d(a)
    assert_stacked_square(a)
    xp = get_namespace()
    if b.ndim == 0:
        raise ValueError("b must have at least one dimension")
    if b.ndim == 1:
        if a.shape[-1] != b.size:
            raise ValueError(
                "a must have (..., M, M) shape and b must have (M,) for one-dimensional b"
            )
        b = xp.broadcast_to(b, a.shape[:-1])
    elif a.shape[:-1] != b.shape[:-1]:
        raise ValueError(
            "a must have (..., M, M) shape and b must have (..., M, K) for multidimensional b"
        )
    dtype, out_dtype = linalg_common_type(a, b)
    if not a.size:
        return xp.empty(b.shape, out_dtype)
    batched = a.ndim > 2 and a.shape[-1] <= get_batched_gesv_limit()
    sides = b[..., None] if b.ndim < a.ndim else b
    routine = _BATCHED if batched else _SINGLE
    found = compute(np.linalg.solve, dtype, a, sides, info=first_zero_pivot, routine=routine)
    found = found.reshape(b.shape).astype(out_dtype, copy=False)
    return wrap(np.asarray(found, order="F" if a.ndim == 2 else "C"))


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Solve a tensor equation."""
    if axes is not None:
        order = list(range(a.ndim))
        for axis in axes:
            order.remove(axis)
            order.insert(a.ndim, axis)
        a = a.transpose(order)
    shape = a.shape[-(a.ndim - b.ndim) :]
    return solve(a.reshape(-1, math.prod(shape)), b.ravel()).reshape(shape)


def inv(a: Any) -> Any:
    """Invert matrices."""
    assert_cupy_array(a)
    assert_stacked_2d(a)
    assert_stacked_square(a)
    dtype, out_dtype = linalg_common_type(a)
    if not a.size:
        return get_namespace().empty(a.shape, out_dtype)
    routine = _BATCHED if a.ndim > 2 else _SINGLE
    found = compute(np.linalg.inv, dtype, a, info=first_zero_pivot, routine=routine)
    order: Any = "F" if a.ndim == 2 and a._raw.flags.f_contiguous else "C"
    return wrap(np.asarray(found, out_dtype, order=order))


def pinv(a: Any, rcond: Any = 1e-15) -> Any:
    """Return pseudo-inverses."""
    assert_cupy_array(a)
    xp = get_namespace()
    if not a.size:
        _, dtype = linalg_common_type(a)
        rows, columns = a.shape[-2:]
        dtype = a.dtype if not rows or not columns else dtype
        return xp.empty((*a.shape[:-2], columns, rows), dtype=dtype)
    left, values, right = _decomposition.svd(a.conj(), full_matrices=False)
    small = values <= (rcond * xp.amax(values, axis=-1))[..., None]
    xp.reciprocal(values, out=values)
    values[small] = 0
    scaled = values[..., None] * left.swapaxes(-2, -1)
    return xp.matmul(right.swapaxes(-2, -1), scaled)


def tensorinv(a: Any, ind: int = 2) -> Any:
    """Invert a tensor."""
    assert_cupy_array(a)
    if ind <= 0:
        raise ValueError("Invalid ind argument")
    shape = a.shape
    matrix = a.reshape(math.prod(shape[ind:]), -1)
    return inv(matrix).reshape(*shape[ind:], *shape[:ind])


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Return the least-squares solution of a linear system, residuals, rank, singular values."""
    assert_cupy_array(a, b)
    assert_2d(a)
    if b.ndim > 2:
        raise LinAlgError(
            f"{b.ndim}-dimensional array given. Array must be at most two-dimensional"
        )
    xp = get_namespace()
    rows, columns = a.shape
    if rows != b.shape[0]:
        raise LinAlgError("Incompatible dimensions")
    left, values, right = _decomposition.svd(a, full_matrices=False)
    eps = np.finfo(values.dtype).eps
    if rcond is None:
        rcond = eps * max(rows, columns)
    elif rcond <= 0 or rcond >= 1:
        rcond = eps
    inverse = 1 / values
    rank = xp.array(values.size, np.int32)
    if values.size:
        small = values <= rcond * values.max()
        inverse[small] = 0
        rank -= small.sum(dtype=np.int32)
    solution = xp.dot(right.T.conj(), (xp.dot(b.T, left.conj()) * inverse).T)
    if rows <= columns or rank != columns:
        residuals = xp.empty((0,), dtype=values.dtype)
    else:
        rest = xp.ascontiguousarray((b - a.dot(solution)).T)
        squares = xp.square(rest.view(rest.dtype.char.lower()))
        residuals = xp.atleast_1d(xp.sum(squares, axis=-1))
    return solution, residuals, rank, values


def matrix_power(M: Any, n: Any) -> Any:
    """Return a power of square matrices."""
    assert_cupy_array(M)
    assert_stacked_2d(M)
    assert_stacked_square(M)
    xp = get_namespace()
    if not isinstance(n, int):
        raise TypeError("exponent must be an integer")
    if n == 0:
        index = xp.arange(M.shape[-1])
        result = xp.zeros_like(M)
        result[..., index, index] = 1
        return result
    base = inv(M) if n < 0 else M
    n = abs(n)
    # As CuPy, for small powers without squares that are not needed.
    if n <= 3:
        result = base
        for _ in range(n - 1):
            result = xp.matmul(result, base)
        return result
    result, power = None, None
    for digit in bin(n)[:1:-1]:
        power = base if power is None else xp.matmul(power, power)
        if digit == "1":
            result = power if result is None else xp.matmul(result, power)
    return result
