"""Objects with the protocols of other libraries' arrays."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator.cupy.testing._helper import cupy_module

__all__ = ["DummyObjectWithCuPyGetNDArray", "DummyObjectWithCudaArrayInterface"]


class DummyObjectWithCudaArrayInterface:
    """An object with the CUDA array interface, over an array or over its description.

    Parameters
    ----------
    a
        A device array, or ``(shape, strides, typestr, descr, pointer)``.
    ver
        The version of the interface.
    include_strides
        Whether strides are given if they may be left out; None: as None.
    mask, stream
        Optional entries of the interface.
    """

    def __init__(
        self,
        a: Any,
        ver: int = 3,
        include_strides: bool | None = False,
        mask: Any = None,
        stream: Any = None,
    ) -> None:
        if ver not in range(4):
            raise AssertionError(f"expected a version from 0 to 3, got {ver}")
        self.a = a if isinstance(a, cupy_module().ndarray) else None
        if self.a is None:
            self.shape, self.strides, self.typestr, self.descr, self.data = a
        else:
            self.shape, self.strides = a.shape, a.strides
            self.typestr, self.descr, self.data = a.dtype.str, a.dtype.descr, a.data.ptr
        self.ver = ver
        self.include_strides = include_strides
        self.mask = mask
        self.stream = stream

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """The description of the array."""
        interface = {
            "shape": self.shape,
            "typestr": self.typestr,
            "descr": self.descr,
            "data": (self.data, False),
            "version": self.ver,
        }
        needed = self.a is not None and not self.a.flags.c_contiguous
        if needed or self.include_strides:
            interface["strides"] = self.strides
        elif self.include_strides is None:
            interface["strides"] = None
        if self.mask is not None:
            interface["mask"] = self.mask
        if self.stream is not None:
            interface["stream"] = _pointer(self.stream)
        return interface


def _pointer(stream: Any) -> int:
    cuda = cupy_module().cuda
    if stream is cuda.Stream.null:
        return 1
    return 2 if stream is cuda.Stream.ptds else int(stream.ptr)


class DummyObjectWithCuPyGetNDArray:
    """An object that gives a device array."""

    def __init__(self, a: Any) -> None:
        self.a = a

    def __cupy_get_ndarray__(self) -> Any:
        return self.a
