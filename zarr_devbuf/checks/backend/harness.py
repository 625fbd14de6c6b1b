"""Arrays of a backend, and their comparison with what NumPy gives for the same operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import assert_in_memory_of, assert_same, show
from zarr_devbuf.checks._harness import holds, on_device
from zarr_devbuf.checks.errors import NotApplicable, during, violated
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend

__all__ = [
    "FLOATS",
    "INTEGERS",
    "NUMBERS",
    "assert_array",
    "assert_bits",
    "assert_like_numpy",
    "assert_order",
    "grid",
    "held",
    "to_numpy",
]

# One of each item size that matters, where an operation does not depend on the dtype. Only uint8
# is demanded of a backend: the others are used if it holds them.
INTEGERS = ("u1", "i4")
NUMBERS = ("u1", "i4", "f8")
FLOATS = ("f2", "f4", "f8")


def held(backend: Backend, dtypes: Iterable[str]) -> tuple[np.dtype[Any], ...]:
    """
    Return those of some dtypes that the backend holds.

    Raises
    ------
    NotApplicable
        If it holds none.
    """
    dtypes = tuple(dtypes)
    found = tuple(np.dtype(each) for each in dtypes if holds(backend, each))
    if not found:
        names = ", ".join(np.dtype(each).name for each in dtypes)
        raise NotApplicable(f"backend {backend.name!r} holds none of {names}")
    return found


def grid(dtype: npt.DTypeLike, shape: tuple[int, ...] = (3, 4)) -> npt.NDArray[Any]:
    """Make a host array in C order; the elements differ, none is 0, each fits into a byte."""
    dtype = np.dtype(dtype)
    numbers = np.arange(1, 1 + int(np.prod(shape)))
    if dtype.names is not None:
        values = np.zeros(numbers.shape, dtype)
        for factor, name in enumerate(dtype.names, 1):
            values[name] = numbers * factor
    elif dtype.kind == "b":
        values = numbers % 3 != 0
    elif dtype.kind == "c":
        values = (numbers + 1j * numbers[::-1]).astype(dtype)
    else:
        values = numbers.astype(dtype)
    return values.reshape(shape)


def to_numpy(backend: Backend, array: Any) -> npt.NDArray[Any]:
    """Copy an array of the backend to the host; the ledger does not see it."""
    with unrecorded_transfers():
        return np.array(backend.to_host(array), order="C", copy=True, subok=False)


def assert_array(
    backend: Backend,
    found: Any,
    expected: npt.NDArray[Any],
    case: str,
    *,
    advice: str,
    any_byte_order: bool = False,
) -> None:
    """Assert that an array is the backend's, and has shape, dtype and values of a host array."""
    assert_in_memory_of(found, backend, case, advice=advice)
    shape, dtype = tuple(found.shape), np.dtype(found.dtype)
    same_dtype = dtype == expected.dtype or (
        any_byte_order and dtype == expected.dtype.newbyteorder("=")
    )
    if shape != expected.shape or not same_dtype:
        raise violated(
            case=case,
            expected=f"shape {expected.shape} and dtype {expected.dtype}",
            actual=f"shape {shape} and dtype {dtype}",
            advice=advice,
        )
    with during(f"copying the result of {case} to the host"):
        host = to_numpy(backend, found)
    assert_same(host, expected, case, advice=advice, any_byte_order=any_byte_order)


def assert_bits(
    found: npt.NDArray[Any], expected: npt.NDArray[Any], case: str, *, advice: str
) -> None:
    """Assert that two host arrays of numbers are the same bit for bit, NaN payloads included."""
    assert_same(found, expected, case, advice=advice)
    if found.tobytes() != expected.tobytes():
        raise violated(
            case=case,
            expected=f"bytes {expected.tobytes().hex(' ', expected.itemsize)}: {show(expected)}",
            actual=f"bytes {found.tobytes().hex(' ', found.itemsize)}",
            advice=advice,
        )


def assert_like_numpy(
    backend: Backend,
    values: npt.NDArray[Any],
    text: str,
    operation: Callable[[Any], Any],
    *,
    advice: str,
) -> tuple[Any, Any]:
    """
    Assert that an operation gives on the backend what it gives on the host.

    Parameters
    ----------
    values : numpy.ndarray
        What it is applied to: copied to the backend first.
    text : str
        The operation, as it is written: ``"array[1:]"``.
    operation : callable
        Takes an array and returns one, or changes it and returns None.

    Returns
    -------
    source, result : array
        Of the backend: what the operation was applied to, and what it gave.
    """
    case = f"`{text}`, array of {values.dtype}, shape {values.shape}"
    host = values.copy()
    expected = operation(host)
    source = on_device(backend, values)
    with during(case), unrecorded_transfers():
        found = operation(source)
    if expected is None:
        expected, found = host, source
    assert_array(backend, found, expected, case, advice=advice)
    return source, found


def assert_order(array: Any, order: str, case: str, *, advice: str) -> None:
    """Assert that the memory of an array is in C or in F order, by its strides."""
    strides = []
    step = int(array.itemsize)
    shape = tuple(array.shape)
    for extent in shape if order == "F" else shape[::-1]:
        strides.append(step)
        step *= extent
    expected = tuple(strides if order == "F" else strides[::-1])
    found = tuple(array.strides)
    differs = any(
        extent > 1 and stride != wanted
        for extent, stride, wanted in zip(shape, found, expected, strict=True)
    )
    if differs:
        raise violated(
            case=case,
            expected=f"memory in {order} order: strides {expected}",
            actual=f"strides {found}",
            advice=advice,
        )
