"""Whether two arrays of any device share memory, and whether a buffer holds the right memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.buffer.cpu

if TYPE_CHECKING:
    from zarr_devbuf import Backend


def shares_memory(one: Any, other: Any) -> bool:
    """Return whether two arrays of one device overlap, by their addresses and extents."""
    first, last = _extent(one)
    start, stop = _extent(other)
    return bool(first < stop and start < last)


def _extent(array: Any) -> tuple[int, int]:
    address = array.ctypes.data if isinstance(array, np.ndarray) else array.data.ptr
    low = high = address
    for length, stride in zip(array.shape, array.strides, strict=True):
        reach = (length - 1) * stride
        low, high = low + min(reach, 0), high + max(reach, 0)
    return low, high + array.itemsize


def assert_held(backend: Backend, buffer: Any, expected: Any) -> None:
    """Assert the class, the class of the array, and the values of a reference buffer."""
    array = buffer._data
    if isinstance(buffer, zarr.buffer.cpu.Buffer) or hasattr(buffer, "combine"):
        assert isinstance(buffer, backend.TestBuffer)
        assert isinstance(array, backend.array_type)
    else:
        assert isinstance(buffer, backend.NDBufferUsingTestNDArrayLike)
        assert isinstance(array, backend.TestNDArrayLike), f"holds a plain {type(array)}"
    host = buffer.as_numpy_array()
    expected = np.asarray(expected)
    assert host.shape == expected.shape
    assert host.dtype == expected.dtype
    np.testing.assert_array_equal(np.asarray(host), expected)
