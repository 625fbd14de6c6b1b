"""
Assertions of all checks: class, memory, shape, dtype, values and aliasing.

Each raises `CheckFailed` (see `violated`) with the case, both sides and one sentence of advice.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend

__all__ = [
    "assert_bytes",
    "assert_class",
    "assert_in_memory_of",
    "assert_own_memory",
    "assert_raises",
    "assert_same",
    "assert_shape_and_dtype",
    "assert_shared_memory",
    "class_name",
    "same_bits",
    "sees_writes",
    "show",
    "show_bytes",
]


def class_name(cls: type) -> str:
    """Return the name of a class with its module."""
    return f"{cls.__module__}.{cls.__qualname__}"


def assert_class(found: object, cls: type, case: str, *, advice: str) -> None:
    """Assert that an object is an instance of the prototype's class."""
    if not isinstance(found, cls):
        expected = f"an instance of the prototype's class {class_name(cls)}"
        actual = class_name(type(found))
        raise violated(case=case, expected=expected, actual=actual, advice=advice)


def assert_in_memory_of(
    array: object, backend: Backend | None, case: str, *, advice: str, held_by: str = ""
) -> None:
    """Assert that an array is in memory of a backend; None: in NumPy's."""
    owned = isinstance(array, np.ndarray) if backend is None else backend.owns(array)
    if not owned:
        where = (
            "host memory: a numpy.ndarray"
            if backend is None
            else f"memory of backend {backend.name!r}: a {class_name(backend.array_type)}"
        )
        holder = f"a {held_by} that holds " if held_by else ""
        actual = f"{holder}a {class_name(type(array))}"
        raise violated(case=case, expected=where, actual=actual, advice=advice)


def assert_shape_and_dtype(
    array: Any, shape: tuple[int, ...], dtype: npt.DTypeLike, case: str, *, advice: str
) -> None:
    """Assert the shape and the dtype, byte order included, of an array on any device."""
    dtype = np.dtype(dtype)
    if (tuple(array.shape), array.dtype) != (tuple(shape), dtype):
        raise violated(
            case=case,
            expected=f"shape {tuple(shape)} and dtype {dtype}",
            actual=f"shape {tuple(array.shape)} and dtype {array.dtype}",
            advice=advice,
        )


def assert_same(
    found: Any,
    expected: npt.ArrayLike,
    case: str,
    *,
    advice: str = "Compare with the same operation with zarr.buffer.cpu, step by step.",
    any_byte_order: bool = False,
    nan_payload: bool = False,
) -> None:
    """
    Assert that a host array, or scalar, has the shape, dtype and bits of another.

    Parameters
    ----------
    found : numpy.ndarray or scalar
        On the host.
    expected : numpy.ndarray or scalar
        On the host.
    case : str
        What was done.
    advice : str
        What to do if they differ.
    any_byte_order : bool
        Whether the other byte order is accepted, for devices that have only their own.
    nan_payload : bool
        Whether the bits of a NaN count, too, as for values that are copied. By default every NaN is
        the same.
    """
    if not isinstance(found, np.ndarray | np.generic | int | float | complex | bool | str | bytes):
        raise violated(
            case=case,
            expected="a numpy.ndarray",
            actual=f"a {class_name(type(found))}: {found!r}",
            advice=advice,
        )
    found, expected = np.asarray(found), np.asarray(expected)
    dtypes_agree = found.dtype == expected.dtype
    if not dtypes_agree and any_byte_order:
        with suppress(TypeError):
            dtypes_agree = found.dtype == expected.dtype.newbyteorder("=")
            found = found.astype(expected.dtype) if dtypes_agree else found
    if found.shape != expected.shape:
        sides = f"shape {expected.shape}", f"shape {found.shape}"
    elif not dtypes_agree:
        sides = f"dtype {expected.dtype}", f"dtype {found.dtype}"
    elif (same := _same_elements(found, expected, nan_payload=nan_payload)).all():
        return
    else:
        sides = show(expected), f"{show(found)}{_first_difference(found, expected, same)}"
    raise violated(case=case, expected=sides[0], actual=sides[1], advice=advice)


def same_bits(found: npt.NDArray[Any], expected: npt.NDArray[Any]) -> bool:
    """
    Return whether two host arrays of one shape and dtype have the same values, bit for bit.

    -0.0 is not 0.0. Every NaN is the same, whatever its payload. Bytes between the fields of a
    structured dtype do not count.
    """
    return bool(_same_elements(found, expected).all())


def _same_elements(
    found: npt.NDArray[Any], expected: npt.NDArray[Any], *, nan_payload: bool = False
) -> npt.NDArray[Any]:
    if expected.dtype.names is not None:
        same = np.ones(expected.shape, bool)
        for name in expected.dtype.names:
            fields = _same_elements(found[name], expected[name], nan_payload=nan_payload)
            # A field may be an array itself.
            same &= fields.all(axis=tuple(range(expected.ndim, fields.ndim)))
        return same
    if expected.dtype.hasobject:
        return np.asarray(found == expected)
    if expected.itemsize == 0:
        return np.ones(expected.shape, bool)
    same = np.asarray(_elements(found) == _elements(expected)).reshape(expected.shape)
    if expected.dtype.kind in "fc" and not nan_payload and not same.all():
        same |= np.isnan(found) & np.isnan(expected)
    return same


def _elements(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array = np.array(array, order="C", subok=False)
    return array.reshape(-1).view(f"V{array.itemsize}")


def _first_difference(
    found: npt.NDArray[Any], expected: npt.NDArray[Any], same: npt.NDArray[Any]
) -> str:
    if not expected.ndim:
        return ""
    first = np.unravel_index(int(np.argmin(same)), expected.shape)
    at = tuple(map(int, first))
    return f"; first difference at {at}: {found[at]!r} instead of {expected[at]!r}"


def show(array: npt.NDArray[Any]) -> str:
    """Show a host array on one line: values (not all, if many), dtype and shape."""
    array = np.asarray(array)
    text = np.array2string(array, threshold=40, edgeitems=4, separator=", ", max_line_width=10_000)
    return f"{' '.join(text.split())} ({array.dtype}, shape {array.shape})"


def assert_bytes(found: bytes, expected: bytes, case: str, *, advice: str) -> None:
    """Assert that two byte strings are equal."""
    if found != expected:
        raise violated(
            case=case,
            expected=show_bytes(expected),
            actual=show_bytes(found) + _difference(expected, found),
            advice=advice,
        )


def show_bytes(data: bytes) -> str:
    """Show how many bytes there are, and the first of them."""
    return f"{len(data)} bytes {data[:12].hex(' ')}{' …' if len(data) > 12 else ''}".rstrip()


def _difference(expected: bytes, found: bytes) -> str:
    if len(expected) != len(found):
        return ""
    first = next(i for i, (a, b) in enumerate(zip(expected, found, strict=True)) if a != b)
    return f" (differs from byte {first} on: {expected[first]:02x} became {found[first]:02x})"


def assert_raises(
    errors: tuple[type[Exception], ...],
    action: Callable[..., object],
    *arguments: Any,
    case: str,
    advice: str,
) -> None:
    """Assert that a call with these arguments raises one of `errors`."""
    wanted = " or ".join(error.__name__ for error in errors)
    try:
        result = action(*arguments)
    except errors:
        return
    except Exception as error:
        raise violated(
            case=case, expected=wanted, actual=f"{type(error).__name__}: {error}", advice=advice
        ) from error
    raise violated(case=case, expected=wanted, actual=f"no error, but {result!r}", advice=advice)


def sees_writes(backend: Backend, written: Any, read: Any) -> bool:
    """
    Return whether two integer arrays of a backend share memory, by writing to the first.

    Every element of `written` is changed.
    """
    with unrecorded_transfers():
        before = backend.to_host(read).copy()
        written[...] = backend.from_host(np.invert(backend.to_host(written)))
        return not np.array_equal(backend.to_host(read), before)


def assert_shared_memory(
    backend: Backend, written: Any, read: Any, *, case: str, advice: str
) -> None:
    """Assert that two integer arrays share memory; every element of `written` is changed."""
    if not sees_writes(backend, written, read):
        actual = "separate memory: what is written to one is not seen in the other"
        raise violated(case=case, expected="shared memory", actual=actual, advice=advice)


def assert_own_memory(backend: Backend, written: Any, read: Any, *, case: str, advice: str) -> None:
    """Assert that two integer arrays share no memory; every element of `written` is changed."""
    if sees_writes(backend, written, read):
        actual = "shared memory: what is written to one is seen in the other"
        raise violated(case=case, expected="memory of its own", actual=actual, advice=advice)
