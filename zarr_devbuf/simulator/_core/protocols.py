"""The protocols of the array: NumPy's dispatch, the CUDA array interface, DLPack."""

# ruff: noqa: N802 - names and signatures are CuPy's.
from __future__ import annotations

import functools
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.accesses import pointer_of, record_event, stream_waits_for
from zarr_devbuf.simulator._core.current_stream import stream_pointer
from zarr_devbuf.simulator._core.dlpack import dlpack_device, to_capsule
from zarr_devbuf.simulator._core.host_copy import download
from zarr_devbuf.simulator._core.scalars import SCALAR_TYPES
from zarr_devbuf.simulator._core.storage import DeviceArray

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["Protocols", "get_namespace", "set_namespace"]

_METHODS = frozenset({"__call__", "outer", "at", "reduce", "accumulate", "reduceat"})
_COMPARISONS = frozenset({"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"})
_CUDA, _CPU = 2, 1
_WITH_STREAM = 3
_NO_STREAM, _LEGACY = -1, 1


# The `cupy` module is built from functions that use the array class. It registers itself here, so
# that the class need not import it.
_namespace: ModuleType | None = None


def set_namespace(module: ModuleType) -> None:
    """Set the module to which NumPy's functions are dispatched: the simulator's ``cupy``."""
    global _namespace  # noqa: PLW0603
    _namespace = module


def get_namespace() -> Any:
    """Return the simulator's ``cupy`` module."""
    if _namespace is None:
        raise RuntimeError("import zarr_devbuf.simulator.cupy before using its arrays")
    return _namespace


def _is_passed_on(operand: Any) -> bool:
    """Return whether an operand is passed on; host arrays are, and the kernels reject them."""
    return (
        type(operand) in SCALAR_TYPES
        or isinstance(operand, (DeviceArray, np.ndarray))
        or hasattr(operand, "__cuda_array_interface__")
        or hasattr(operand, "__cupy_get_ndarray__")
    )


def _export_version() -> int:
    """Return the version of the CUDA array interface: 3, or 2, which has no stream."""
    settings = sys.modules.get("cupy._util")
    version = getattr(settings, "CUDA_ARRAY_INTERFACE_EXPORT_VERSION", None)
    if version is None:
        version = int(os.environ.get("CUPY_CUDA_ARRAY_INTERFACE_EXPORT_VERSION", "3"))
    if version not in (2, _WITH_STREAM):
        raise ValueError(
            "CUPY_CUDA_ARRAY_INTERFACE_EXPORT_VERSION can only be set to 3 (default) or 2"
        )
    return int(version)


def _check_consumer(stream: int) -> None:
    """Check the stream that the consumer of a capsule names."""
    if stream < -1:
        raise ValueError(
            "On CUDA, the valid stream for the DLPack protocol is -1, 1, 2, or any larger value, "
            f"but {stream} was provided"
        )
    if stream == 0:
        warnings.warn(
            "Stream 0 is passed from a library that you are converting to; CuPy assumes 0 as a "
            "legacy default stream. Please report this problem to the library as this violates "
            "the DLPack protocol.",
            stacklevel=3,
        )


class Protocols(DeviceArray):
    """The protocols that CuPy's array supports, and those that it rejects."""

    __slots__ = ()

    def __array__(self, dtype: Any = None) -> Any:
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to "
            "construct a NumPy array explicitly."
        )

    def __buffer__(self, flags: int) -> memoryview:
        raise TypeError(
            "Accessing a CuPy ndarry on CPU is not allowed except when using system memory (on "
            "HMM or ATS enabled systems, need to set CUPY_ENABLE_UMP=1) or managed memory"
        )

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        operands = inputs
        if "out" in kwargs:
            out = kwargs["out"]
            if len(out) != 1:
                raise ValueError("The 'out' parameter must have exactly one array value")
            operands += out
            kwargs["out"] = out[0]
        if method not in _METHODS:
            return NotImplemented
        name = function.__name__
        target = getattr(get_namespace(), name, None)
        if target is None:
            return NotImplemented
        if method != "__call__":
            target = getattr(target, method, None)
            if target is None:
                return NotImplemented
        if not all(_is_passed_on(operand) for operand in operands):
            return NotImplemented
        if name in _COMPARISONS:
            inputs = tuple(
                one.item() if isinstance(one, np.ndarray) and one.ndim == 0 else one
                for one in inputs
            )
        return target(*inputs, **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        try:
            path = function.__module__.split(".")[1:]
            module = functools.reduce(getattr, path, get_namespace())
            target = getattr(module, function.__name__)
        except AttributeError:
            return NotImplemented
        if target is function:
            return NotImplemented
        if not all(issubclass(one, (DeviceArray, np.ndarray)) for one in types):
            return NotImplemented
        return target(*args, **kwargs)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """The CUDA array interface, version 3. The address is fictitious: no GPU can read it."""
        raw: Any = self._raw
        pointer = int(self.data.ptr) if raw.size else 0
        version = _export_version()
        stream = {"stream": stream_pointer()} if version == _WITH_STREAM else {}
        return {
            "shape": raw.shape,
            "typestr": raw.dtype.str,
            "descr": raw.dtype.descr,
            **stream,
            "version": version,
            "strides": None if raw.flags.c_contiguous else raw.strides,
            "data": (pointer, False),
        }

    def __dlpack_device__(self) -> tuple[int, int]:
        return dlpack_device(self)

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: Any = None,
        dl_device: Any = None,
        copy: Any = None,
    ) -> Any:
        """Export to the host if `dl_device` is the CPU; an explicit transfer.

        Other exports are capsules that only the simulator can read: the memory of the simulated
        device has no address that another library could use.
        """
        kind, number = self.__dlpack_device__()
        if dl_device is None or tuple(dl_device) == (kind, number):
            if copy is True:
                raise BufferError("copy=True only supported for copy to CPU.")
        elif tuple(dl_device) != (_CPU, 0):
            raise BufferError("unsupported device requested.")
        else:
            if copy is False and kind == _CUDA:
                raise ValueError("GPU memory cannot be exported to CPU without copy.")
            shared = kind != _CUDA and copy is not True
            host: Any = self._raw if shared else download(self, order="A")
            return host.__dlpack__(max_version=max_version)
        if isinstance(stream, int):
            _check_consumer(stream)
        if stream != _NO_STREAM and pointer_of(stream or _LEGACY) != pointer_of():
            stream_waits_for(stream or _LEGACY, record_event())
        versioned = max_version is not None and max_version[0] >= 1
        return to_capsule(self, versioned=versioned)

    def toDlpack(self) -> Any:
        """Return a DLPack capsule; deprecated."""
        warnings.warn(
            "This function is deprecated and will be removed in a future release. Use the "
            "cupy.from_dlpack() array constructor instead.",
            np.exceptions.VisibleDeprecationWarning,
            stacklevel=2,
        )
        return to_capsule(self)
