"""The memory of objects that nvCOMP's arrays are made of."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.accesses import synchronize
from zarr_devbuf.simulator._core.dlpack import capsule_device, from_capsule
from zarr_devbuf.simulator._core.interop import from_device_like

__all__ = ["check_elements", "open_source"]

_CPU, _CUDA_HOST = 1, 3


class _Capsule:
    """A capsule of host memory, as NumPy takes it."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU, 0

    def __dlpack__(self, **flags: Any) -> Any:
        return self._capsule


def check_elements(dtype: np.dtype[Any]) -> None:
    """Raise ``RuntimeError`` for a dtype of which nvCOMP has no elements."""
    if dtype.kind not in "biuf" or not dtype.isnative or dtype.itemsize > 8:
        raise RuntimeError(f"Unsupported element type of an array: {dtype.str!r}.")


def open_source(source: Any, stream: int, *, dlpack_only: bool = False) -> tuple[Any, Any, Any]:
    """Return the memory of an object, without a copy.

    Parameters
    ----------
    source
        The object.
    stream
        The address of the consumer's stream.
    dlpack_only
        Whether other protocols than DLPack do not count.

    Returns
    -------
    device
        A device array; None for host memory.
    raw
        The elements as a NumPy array.
    keep
        What must live as long.
    """
    if type(source).__name__ == "PyCapsule":
        device, raw = _from_capsule(source)
    elif hasattr(source, "__dlpack__") and dlpack_only:
        device, raw = _from_dlpack(source, stream)
    elif dlpack_only:
        raise RuntimeError(f"The object of type {type(source).__name__} does not support DLPack.")
    elif (interface := getattr(source, "__cuda_array_interface__", None)) is not None:
        device, raw = _from_interface(source, interface)
    else:
        device, raw = None, _host(source, stream)
        if not isinstance(raw, np.ndarray):
            device, raw = raw
    check_elements(raw.dtype)
    return device, raw, source


def _from_interface(source: Any, interface: Any) -> tuple[Any, Any]:
    missing = {"shape", "typestr", "data", "version"} - set(interface)
    if missing:
        raise RuntimeError(
            f"Unsupported __cuda_array_interface__ with missing field(s): {sorted(missing)}."
        )
    if interface.get("stream") == 0:
        raise RuntimeError("The stream of a __cuda_array_interface__ must not be 0.")
    device = from_device_like(source)
    if device is source and interface.get("stream") is not None:
        synchronize(interface["stream"])
    return device, device._raw


def _host(source: Any, stream: int) -> Any:
    """Return a NumPy array on host memory, or a device array and its elements."""
    if hasattr(source, "__array_interface__"):
        return np.asarray(source)
    if hasattr(source, "__dlpack__"):
        return _from_dlpack(source, stream)
    try:
        return np.asarray(memoryview(source))
    except TypeError:
        raise RuntimeError(
            f"The object of type {type(source).__name__} supports neither "
            "__cuda_array_interface__, __array_interface__, DLPack nor the buffer protocol."
        ) from None


def _from_dlpack(source: Any, stream: int) -> tuple[Any, Any]:
    kind, _ = source.__dlpack_device__()
    if kind in (_CPU, _CUDA_HOST):
        return None, np.from_dlpack(source)
    return _from_capsule(source.__dlpack__(stream=stream or 1))


def _from_capsule(capsule: Any) -> tuple[Any, Any]:
    kind, _ = capsule_device(capsule)
    if kind in (_CPU, _CUDA_HOST):
        return None, np.from_dlpack(_Capsule(capsule))
    device = from_capsule(capsule)
    return device, device._raw
