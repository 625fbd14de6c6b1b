"""Copies between host and device; each transfer is recorded before it happens."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core.accesses import access_memory, pointer_of, synchronize
from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.dtypes import as_native, check_kernel, check_supported
from zarr_devbuf.simulator._core.storage import DeviceArray, wrap
from zarr_devbuf.simulator._core.synchronization import check_allowed
from zarr_devbuf.simulator._ordering.host_memory import read_source
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = ["download", "record_download", "source_of_copy", "upload"]


def upload(host: Any, *, order: str = "C", explicit: bool = True) -> Any:
    """Copy a host array to this thread's device; the result is contiguous and native.

    There is no transfer for an empty array, nor for a 0-d array, whose value is an argument of the
    kernel that fills the result.
    """
    dtype = as_native(host.dtype)
    check_supported(dtype)
    if host.ndim and host.size:
        transfers.record("h2d", host.size * dtype.itemsize, explicit=explicit)
    if not host.ndim:
        return wrap(_filled(host, dtype))
    raw = np.empty(host.shape, dtype, order)  # type: ignore[call-overload]
    if tracker.active and host.size:
        host = source_of_copy(host, current_id(), pointer_of())
    np.copyto(raw, host)
    return wrap(raw)


def source_of_copy(host: Any, device_id: int, pointer: int) -> Any:
    """Return what a stream copies from a host array, which must not change if it is pinned."""
    if not (host.flags.c_contiguous or host.flags.f_contiguous):
        return host
    content = read_source(host.ctypes.data, host.nbytes, device_id, pointer)
    if content is None:
        return host
    return np.ndarray(host.shape, host.dtype, content, 0, host.strides)


def _filled(host: Any, dtype: np.dtype[Any]) -> Any:
    """Return a 0-d array as the device fills it: zero is set bytewise, so that -0.0 becomes 0.0."""
    check_kernel(dtype)
    if dtype.kind != "V" and host == 0:
        return np.zeros((), dtype)
    return np.array(host, dtype)


def record_download(nbytes: int, *, explicit: bool = False) -> None:
    """Record that the host waits for a number that this thread's stream has computed."""
    transfers.record("d2h", nbytes, explicit=explicit)
    synchronize()


def download(
    array: DeviceArray, *, order: str = "C", explicit: bool = True, stream: Any = None
) -> Any:
    """Copy a device array to the host, on a stream of its device, and wait for the stream."""
    raw = array._raw
    if not raw.size:
        return np.ndarray(raw.shape, raw.dtype)
    order = order.upper()
    if order == "A":
        order = "F" if raw.flags.f_contiguous else "C"
    if order not in ("C", "F"):
        raise ValueError(f"unsupported order: {order}")
    contiguous = raw.flags.c_contiguous if order == "C" else raw.flags.f_contiguous
    if not contiguous:
        # The device makes a contiguous copy first, which it cannot do for byte-swapped arrays.
        check_supported(raw.dtype)
        check_kernel(raw.dtype)
    check_allowed()
    transfers.record("d2h", raw.nbytes, explicit=explicit)
    if tracker.active or stream is not None:
        pointer = pointer_of(stream, array._mem.device_id)
        if tracker.active:
            access_memory(array, raw, writes=False, pointer=pointer)
        synchronize(pointer)
    else:
        tracker.waits += 1
    return raw.copy(order)
