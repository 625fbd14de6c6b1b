"""Queries about dtypes and memory, files, and conversion to text."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: ARG001 - names and signatures are CuPy's.
from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from types import TracebackType

from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.construction import array, describe
from zarr_devbuf.simulator._core.dtypes import make_aligned_dtype
from zarr_devbuf.simulator._core.host_copy import download, record_download
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.matmul import need_array, need_attribute
from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import DeviceArray
from zarr_devbuf.simulator._core.visible_modules import visible_module
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["DEVICE_CLASSES", "FUNCTIONS"]


def _dtype_of(value: Any) -> Any:
    return value._raw.dtype if isinstance(value, DeviceArray) else value


def result_type(*arrays_and_dtypes: Any) -> Any:
    """Return the dtype of a result; nothing is downloaded."""
    return np.result_type(*(_dtype_of(one) for one in arrays_and_dtypes))


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> bool:
    """Return whether a cast is allowed."""
    return bool(np.can_cast(_dtype_of(from_), to, casting))


def common_type(*arrays: Any) -> Any:
    """Return the inexact scalar type that is common to arrays."""
    samples = [
        np.empty(0, one._raw.dtype) if isinstance(one, DeviceArray) else one for one in arrays
    ]
    return np.common_type(*samples)


def min_scalar_type(a: Any) -> Any:
    """Return the smallest dtype that can hold a scalar, or the dtype of an array."""
    described = None if isinstance(a, np.ndarray) and not a.ndim else describe(a)
    return np.min_scalar_type(a) if described is None else described[2]


def may_share_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Return whether the memory bounds of two arrays overlap."""
    need_array(a, "a")
    need_array(b, "b")
    return bool(np.may_share_memory(a._raw, b._raw))


def shares_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Return whether two arrays share memory of an element."""
    if a is b and a.size:
        return True
    for one in (a, b):
        need_attribute("dtype", one)
        if from_device_like(one) is None:
            if isinstance(one, np.generic):
                raise ValueError("Loop size is undecided.")
            raise TypeError(f"Unsupported type {type(one)}")
    a, b = from_device_like(a), from_device_like(b)
    record_download(1)
    return bool(np.shares_memory(a._raw, b._raw))


DEVICE_CLASSES: list[type[Any]] = [ndarray]
"""The classes whose objects are on the device: arrays, and sparse matrices once imported."""


def get_array_module(*args: Any) -> Any:
    """Return the simulator's ``cupy`` if an argument is on the device, otherwise ``numpy``.

    Objects that only have a CUDA array interface do not count.
    """
    classes = tuple(DEVICE_CLASSES)
    if not any(isinstance(arg, classes) for arg in args):
        return np
    # `get_array_module(a) is cupy` is what programs ask.
    return visible_module("cupy", get_namespace())


def _host(a: Any) -> Any:
    return download(a) if isinstance(a, DeviceArray) else np.asarray(a)


def _saves(name: str) -> Any:
    function = getattr(np, name)

    def save(file: Any, *args: Any, **kwargs: Any) -> None:
        function(
            file,
            *(_host(one) if isinstance(one, DeviceArray) else one for one in args),
            **{
                key: _host(one) if isinstance(one, DeviceArray) else one
                for key, one in kwargs.items()
            },
        )

    return save


def _text(name: str) -> Any:
    function = getattr(np, name)

    def render(a: Any, *args: Any, **kwargs: Any) -> Any:
        return function(download(a) if isinstance(a, DeviceArray) else a, *args, **kwargs)

    return render


def load(file: Any, mmap_mode: Any = None, allow_pickle: Any = None) -> Any:
    """Load an array from a file onto the device."""
    found = np.load(file, mmap_mode=mmap_mode, allow_pickle=bool(allow_pickle))
    if isinstance(found, np.ndarray):
        return array(found)
    return NpzFile(found) if isinstance(found, np.lib.npyio.NpzFile) else found


class NpzFile:
    """An archive of arrays, which are loaded onto the device when they are asked for."""

    __module__ = "cupy._io.npz"

    def __init__(self, npz_file: Any) -> None:
        self.npz_file = npz_file

    def __enter__(self) -> Self:
        self.npz_file.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.npz_file.__exit__(exc_type, exc, traceback)

    def __getitem__(self, key: str) -> Any:
        return array(self.npz_file[key])

    def close(self) -> None:
        """Close the file."""
        self.npz_file.close()


def base_repr(number: Any, base: int = 2, padding: int = 0) -> str:
    """Return a number as text, in a base."""
    return np.base_repr(number, base, padding)


def binary_repr(num: Any, width: int | None = None) -> str:
    """Return an integer as text, in base 2."""
    return np.binary_repr(num, width)


# CuPy's signatures are NumPy's.
vars(base_repr)["__signature__"] = inspect.signature(np.base_repr)
vars(binary_repr)["__signature__"] = inspect.signature(np.binary_repr)


def byte_bounds(a: Any) -> tuple[int, int]:
    """Return the addresses of the first byte of an array, and of the byte after its last one."""
    if not isinstance(a, DeviceArray):
        raise TypeError(
            "Argument 'array' has incorrect type (expected cupy._core.core._ndarray_base, got "
            f"{_type_name(a)})"
        )
    start = int(a.data.ptr)
    if not a.size:
        return start, start
    extents = [(n - 1) * stride for n, stride in zip(a.shape, a.strides, strict=True)]
    low, high = (sum(pick(0, extent) for extent in extents) for pick in (min, max))
    return start + low, start + high + int(a.itemsize)


def _type_name(value: Any) -> str:
    name = type(value)
    is_builtin = name.__module__ == "builtins"
    return name.__qualname__ if is_builtin else f"{name.__module__}.{name.__qualname__}"


FUNCTIONS: dict[str, Any] = {
    function.__name__: function
    for function in (
        result_type,
        can_cast,
        common_type,
        min_scalar_type,
        may_share_memory,
        shares_memory,
        get_array_module,
        make_aligned_dtype,
        load,
        base_repr,
        binary_repr,
        byte_bounds,
    )
} | named(
    {name: _saves(name) for name in ("save", "savez", "savez_compressed", "savetxt")}
    | {
        name: _text(name)
        for name in (
            "array_repr",
            "array_str",
            "array2string",
            "format_float_positional",
            "format_float_scientific",
        )
    }
)
"""The functions by name."""
