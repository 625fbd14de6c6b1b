"""The protocols of the array: NumPy's dispatch, the CUDA array interface, DLPack."""

# ruff: noqa: N802 - names and signatures are CuPy's.
from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.current_stream import stream_pointer
from zarr_devbuf.simulator._core.dlpack import to_capsule
from zarr_devbuf.simulator._core.host_copy import download
from zarr_devbuf.simulator._core.scalars import SCALAR_TYPES
from zarr_devbuf.simulator._core.storage import DeviceArray

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["Protocols", "get_namespace", "set_namespace"]

_METHODS = frozenset({"__call__", "outer", "at", "reduce", "accumulate", "reduceat"})
_COMPARISONS = frozenset({"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"})
_CUDA, _CPU = 2, 1


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
        return {
            "shape": raw.shape,
            "typestr": raw.dtype.str,
            "descr": raw.dtype.descr,
            "stream": stream_pointer(),
            "version": 3,
            "strides": None if raw.flags.c_contiguous else raw.strides,
            "data": (pointer, False),
        }

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CUDA, self._mem.device_id

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
        if dl_device == (_CPU, 0):
            if copy is False:
                raise ValueError("GPU memory cannot be exported to CPU without copy.")
            return download(self, order="A").__dlpack__(max_version=max_version)
        if dl_device is not None and dl_device != self.__dlpack_device__():
            raise BufferError("unsupported device requested.")
        if copy is True:
            raise BufferError("copy=True only supported for copy to CPU.")
        return to_capsule(self)

    def toDlpack(self) -> Any:
        """Return a DLPack capsule; deprecated."""
        warnings.warn(
            "This function is deprecated and will be removed in a future release. Use the "
            "cupy.from_dlpack() array constructor instead.",
            np.exceptions.VisibleDeprecationWarning,
            stacklevel=2,
        )
        return to_capsule(self)
