"""The array class of the simulated device, with the attributes and methods of ``cupy.ndarray``."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: A001, A002, N801, N802 - names and signatures are CuPy's.
from __future__ import annotations

import ctypes
import math
import pickle
import types
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf import transfers
from zarr_devbuf.simulator._core import indexing
from zarr_devbuf.simulator._core.accesses import (
    access_memory,
    pointer_of,
    read,
    synchronize,
    write,
)
from zarr_devbuf.simulator._core.construction import (
    array,
    cast,
    copy_to_here,
    normalize_order,
    normalize_shape,
)
from zarr_devbuf.simulator._core.device import Device
from zarr_devbuf.simulator._core.dtypes import check_supported, resolve, resolve_supported
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.flags import Flags
from zarr_devbuf.simulator._core.flatiter import flatiter
from zarr_devbuf.simulator._core.host_copy import download, source_of_copy
from zarr_devbuf.simulator._core.interop import block_array
from zarr_devbuf.simulator._core.memory import MemoryPointer, PooledMemory, allocation, place
from zarr_devbuf.simulator._core.methods import ArrayMethods
from zarr_devbuf.simulator._core.operators import Operators
from zarr_devbuf.simulator._core.protocols import Protocols
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, poison, view, wrap
from zarr_devbuf.simulator._ordering.host_memory import withhold
from zarr_devbuf.simulator._ordering.tracker import tracker

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ndarray"]


def _check_strides(shape: tuple[int, ...], itemsize: int, strides: Any) -> None:
    """Raise ``ValueError`` for strides that new memory of a contiguous array does not cover."""
    if 0 in shape:
        return
    ends = [(length - 1) * step for length, step in zip(shape, strides, strict=False)]
    if min(ends, default=0) < 0:
        raise ValueError("ndarray() with strides currently does not allow negative strides")
    size = math.prod(shape) * itemsize
    if sum(ends) + itemsize > size:
        raise ValueError(
            f"ndarray() with strides must stay withing a contiguous size of {size} but got "
            f"{sum(ends) + itemsize}."
        )


class ndarray(Operators, ArrayMethods, Protocols):
    """An array in the memory of the simulated device.

    Behaves as ``cupy.ndarray`` does: it is not converted to a NumPy array implicitly, accepts host
    data only if CuPy does, and its results are arrays on the device, including 0-d results. New
    memory is filled with NaN, or with bytes of 0xA5, so that reading it before writing shows.

    Parameters
    ----------
    shape, dtype, strides, order
        As for ``numpy.ndarray``.
    memptr
        Device memory to use instead of new memory; it is shared, not copied.
    """

    __slots__ = ()
    __module__ = "cupy"

    def __new__(
        cls,
        shape: Any = None,
        dtype: Any = float,
        memptr: Any = None,
        strides: Any = None,
        order: Any = "C",
        *,
        _obj: Any = None,
        _no_init: bool = False,
    ) -> Any:
        """Allocate memory on this thread's device, or use the memory of `memptr`."""
        self = object.__new__(cls)
        if _no_init:
            return self
        if shape is None:
            normalize_shape(shape)
        letter = "C" if order is None else normalize_order(order)
        lengths = normalize_shape(shape)
        self._base = None
        if memptr is not None:
            kind = resolve(dtype)
            if 0 in lengths:
                self._raw = np.empty(lengths, kind)
            else:
                self._raw = block_array(memptr.mem, memptr.offset, lengths, kind, strides, letter)
            self._mem = memptr.mem
        else:
            kind = resolve_supported(dtype)
            nbytes = kind.itemsize
            for length in lengths:
                nbytes *= length
            block: Any = PooledMemory(nbytes) if allocation.pooled else None
            raw: Any = np.empty(lengths, kind, "C" if letter == "C" else "F")
            poison(raw)
            if block is None:
                block, raw = place(raw)
            else:
                block.root = raw
            if strides is not None:
                _check_strides(lengths, kind.itemsize, strides)
                raw = np.ndarray(lengths, kind, block_array(block, 0, (nbytes,), _BYTE), 0, strides)
            self._raw = raw
            self._mem = block
        if cls is not ndarray:
            self.__array_finalize__(_obj)
        return self

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: `__new__` has made the array; subclasses may pass on what they take."""

    def __array_finalize__(self, obj: Any) -> None:
        """Do nothing; a subclass overrides it to copy attributes."""

    # --- attributes ---------------------------------------------------------------------------

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        return self._raw.dtype  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes; assigning reshapes without a copy."""
        return self._raw.shape  # type: ignore[no-any-return]

    @shape.setter
    def shape(self, shape: Any) -> None:
        raw = self._raw
        wanted = tuple(shape) if hasattr(shape, "__getitem__") else (shape,)
        try:
            self._raw = raw.reshape(wanted, copy=False)
        except ValueError as error:
            if "copy" not in str(error):
                raise
            raise AttributeError(
                "Incompatible shape for in-place modification. Use `.reshape()` to make a copy "
                "with the desired shape."
            ) from None

    @property
    def strides(self) -> tuple[int, ...]:
        """The strides in bytes."""
        return self._raw.strides  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._raw.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._raw.size  # type: ignore[no-any-return]

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._raw.itemsize  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """Bytes of all elements, without gaps between them."""
        return self._raw.nbytes  # type: ignore[no-any-return]

    @property
    def flags(self) -> Flags:
        """Whether the memory is C- or Fortran-contiguous, and whether the array owns it."""
        flags = self._raw.flags
        return Flags(flags.c_contiguous, flags.f_contiguous, self._base is None)

    @property
    def base(self) -> Any:
        """The array that owns the memory; ``None`` if this array owns it."""
        return self._base

    @property
    def device(self) -> Device:
        """The device that holds the array."""
        return Device(self._mem.device_id)

    @property
    def data(self) -> MemoryPointer:
        """A pointer to the first element."""
        if not self._raw.size:
            return MemoryPointer(self._mem, 0)
        first = int(self._raw.__array_interface__["data"][0])
        return MemoryPointer(self._mem, first - self._mem.host)

    @property
    def cstruct(self) -> Any:
        """Raise ``NotImplementedError``: there are no kernels to pass it to."""
        raise not_implemented("cupy.ndarray.cstruct")

    @property
    def flat(self) -> flatiter:
        """An iterator over the elements in C order."""
        return flatiter(self)

    @property
    def T(self) -> Any:
        """A view with the axes reversed."""
        return self if self._raw.ndim < 2 else view(self._raw.T, self)

    @property
    def mT(self) -> Any:
        """A view with the last two axes swapped."""
        if self._raw.ndim < 2:
            raise ValueError("matrix transpose with ndim < 2 is undefined")
        return self.swapaxes(-1, -2)

    @property
    def real(self) -> Any:
        """A view of the real parts; the array itself if it is not complex."""
        return view(self._raw.real, self) if self._raw.dtype.kind == "c" else self

    @real.setter
    def real(self, value: Any) -> None:
        indexing.assign(self, self.real._raw, value)

    @property
    def imag(self) -> Any:
        """A view of the imaginary parts; a new array of zeros if the array is not complex."""
        if self._raw.dtype.kind == "c":
            return view(self._raw.imag, self)
        check_supported(self._raw.dtype)
        return wrap(np.zeros(self._raw.shape, self._raw.dtype), type(self), self)

    @imag.setter
    def imag(self, value: Any) -> None:
        if self._raw.dtype.kind != "c":
            raise TypeError("cupy.ndarray does not have imaginary part to set")
        indexing.assign(self, self.imag._raw, value)

    # --- to and from the host -----------------------------------------------------------------

    def get(
        self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True
    ) -> Any:
        """Copy the array to the host: one explicit device → host transfer.

        Parameters
        ----------
        stream
            The stream that copies; by default this thread's on the array's device.
        blocking
            Whether to wait for the copy. Otherwise, pinned memory of `out` holds poison until the
            stream is waited for.
        order
            Memory layout of the result: ``"C"``, ``"F"``, or ``"A"`` for the layout of the array.
        out
            A contiguous host array of the same dtype and shape, to write to.
        """
        if out is None:
            return download(self, order=order, stream=stream)
        if not isinstance(out, np.ndarray):
            raise TypeError("Only numpy.ndarray can be obtained fromcupy.ndarray")
        if self._raw.dtype != out.dtype:
            raise TypeError(f"{out.dtype} array cannot be obtained from {self._raw.dtype} array")
        if self._raw.shape != out.shape:
            raise ValueError(
                f"Shape mismatch. Expected shape: {self._raw.shape}, actual shape: {out.shape}"
            )
        if not (out.flags.c_contiguous or out.flags.f_contiguous):
            raise RuntimeError("`out` cannot be specified when copying to non-contiguous ndarray")
        if self._raw.size:
            transfers.record("d2h", self._raw.nbytes, explicit=True)
            device_id = self._mem.device_id
            pointer = pointer_of(stream, device_id)
            if tracker.active:
                access_memory(self, self._raw, writes=False, pointer=pointer)
            # The device writes to an address, so that a read-only array is written, too.
            target, source = out.ctypes.data, self._contiguous_as(out)
            if (
                blocking
                or not tracker.active
                or not withhold(target, source.ctypes.data, out.nbytes, device_id, pointer)
            ):
                ctypes.memmove(target, source.ctypes.data, out.nbytes)
                synchronize(pointer)
        return out

    def _contiguous_as(self, out: Any) -> Any:
        return np.asarray(self._raw, order="C" if out.flags.c_contiguous else "F")

    def set(self, arr: Any, stream: Any = None) -> None:
        """Copy a host array into this one: one explicit host → device transfer.

        Parameters
        ----------
        arr
            A host array of the same dtype and shape; this array must be contiguous.
        stream
            The stream that copies; by default this thread's. Pinned memory must not change until
            the stream is waited for.
        """
        if not isinstance(arr, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if self._raw.dtype != arr.dtype:
            raise TypeError(f"{arr.dtype} array cannot be set to {self._raw.dtype} array")
        if self._raw.shape != arr.shape:
            raise ValueError(
                f"Shape mismatch. Old shape: {self._raw.shape}, new shape: {arr.shape}"
            )
        if not (self._raw.flags.c_contiguous or self._raw.flags.f_contiguous):
            raise RuntimeError("Cannot set to non-contiguous array")
        if self._raw.size:
            transfers.record("h2d", self._raw.nbytes, explicit=True)
            device_id = self._mem.device_id
            pointer = pointer_of(stream, device_id)
            self._mem._written = tracker.waits
            if tracker.active:
                access_memory(self, self._raw, writes=True, pointer=pointer)
                arr = source_of_copy(arr, device_id, pointer)
            np.copyto(self._raw, arr)

    def item(self) -> Any:
        """Return the only element as a Python scalar; an explicit transfer."""
        if self._raw.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return download(self).item()

    def tolist(self) -> Any:
        """Return the elements as nested lists; an explicit transfer."""
        return download(self).tolist()

    def tobytes(self, order: Any = "C") -> bytes:
        """Return the elements as bytes; an explicit transfer."""
        content: bytes = download(self).tobytes(order)
        return content

    def tofile(self, fid: Any, sep: str = "", format: str = "%s") -> None:
        """Write the elements to a file; an explicit transfer."""
        download(self).tofile(fid, sep, format)

    def dump(self, file: Any) -> None:
        """Pickle the array into a file; an explicit transfer."""
        pickle.dump(self, file, -1)

    def dumps(self) -> bytes:
        """Pickle the array; an explicit transfer."""
        return pickle.dumps(self, -1)

    def __reduce__(self) -> Any:
        return array, (download(self, order="A"),)

    def __bool__(self) -> bool:
        if not self._raw.size:
            warnings.warn(
                "The truth value of an empty array is ambiguous. Returning False, but in future "
                "this will result in an error. Use `array.size > 0` to check that an array is "
                "not empty.",
                DeprecationWarning,
                stacklevel=2,
            )
            return False
        if self._raw.size == 1:
            return bool(download(self, explicit=False))
        raise ValueError(
            "The truth value of an array with more than one element is ambiguous. Use a.any() "
            "or a.all()"
        )

    def __int__(self) -> int:
        return int(download(self, explicit=False))

    def __float__(self) -> float:
        return float(download(self, explicit=False))

    def __complex__(self) -> complex:
        return complex(download(self, explicit=False))

    def __bytes__(self) -> bytes:
        return bytes(download(self, explicit=False))

    def __repr__(self) -> str:
        return repr(download(self, explicit=False))

    def __str__(self) -> str:
        return str(download(self, explicit=False))

    def __format__(self, spec: str) -> str:
        return format(download(self, explicit=False), spec)

    # --- as a container -----------------------------------------------------------------------

    def __len__(self) -> int:
        if not self._raw.ndim:
            raise TypeError("len() of unsized object")
        return self._raw.shape[0]  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[Any]:
        if not self._raw.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[index] for index in range(self._raw.shape[0]))

    def __getitem__(self, key: Any) -> Any:
        return indexing.getitem(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        indexing.setitem(self, key, value)

    def __delitem__(self, key: Any) -> None:
        raise NotImplementedError("Subscript deletion not supported by ndarray")

    # --- copies and casts ---------------------------------------------------------------------

    def astype(
        self, dtype: Any, order: Any = "K", casting: Any = None, subok: Any = None, copy: Any = True
    ) -> Any:
        """Cast to a dtype; ``casting`` and ``subok`` raise ``TypeError``, as in CuPy."""
        if casting is not None:
            raise TypeError("casting is not supported yet")
        if subok is not None:
            raise TypeError("subok is not supported yet")
        return cast(self, dtype, order, True if copy else None)

    def copy(self, order: Any = "C") -> Any:
        """Return a copy on this thread's device."""
        return copy_to_here(self, order)

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        with Device(self._mem.device_id):
            return self.copy()

    def view(self, dtype: Any = None, type: Any = None) -> Any:
        """Return a view as another dtype or subclass; the device need not support the dtype."""
        if isinstance(dtype, _Type) and issubclass(dtype, ndarray):
            if type is not None:
                raise ValueError("Cannot specify output type twice.")
            dtype, type = None, dtype
        if type is not None and not (isinstance(type, _Type) and issubclass(type, ndarray)):
            raise ValueError("Type must be a sub-type of ndarray type")
        raw = self._raw
        if dtype is not None:
            if isinstance(dtype, list):
                # CuPy caches dtypes by the argument.
                raise TypeError("unhashable type: 'list'")
            raw = _reinterpret(raw, resolve(dtype))
        return view(raw, self, type)

    def fill(self, value: Any) -> None:
        """Fill with a scalar. It is an argument of the kernel launch, so there is no transfer."""
        indexing.fill(self, self._raw, value)

    def byteswap(self, inplace: bool = False) -> Any:
        """Swap the bytes of each element."""
        if self._raw.dtype.names is not None:
            raise TypeError("byteswap is not supported for structured dtypes")
        if self._raw.dtype.char == "V" and self._raw.size:
            # NumPy leaves plain bytes as they are.
            size = self._raw.itemsize
            reverse = np.ascontiguousarray(self._raw).view("u1").reshape(-1, size)[:, ::-1]
            turned = reverse.copy().view(self._raw.dtype).reshape(self._raw.shape)
            if not inplace:
                kernel_operand(self)
                return wrap(turned)
            if tracker.active:
                write(self)
            self._raw[...] = turned
            return self
        if tracker.active:
            (write if inplace else read)(self)
        if inplace:
            self._raw.byteswap(inplace=True)
            return self
        return wrap(np.asarray(self._raw.byteswap(), order="C").reshape(self._raw.shape))

    @classmethod
    def __class_getitem__(cls, item: Any) -> types.GenericAlias:
        first, second = item
        return types.GenericAlias(ndarray, (first, second))


_Type = type
_BYTE = np.dtype(np.uint8)


def _reinterpret(raw: Any, dtype: np.dtype[Any]) -> Any:
    """Return a view of memory as another dtype; raise the same errors as CuPy."""
    if dtype.hasobject:
        raise not_implemented(f"cupy.ndarray.view as {dtype}, which holds references,")
    before, after = raw.dtype.itemsize, dtype.itemsize
    if before != after:
        if not raw.ndim:
            raise ValueError(
                "Changing the dtype of a 0d array is only supported if the itemsize is unchanged"
            )
        if raw.shape[-1] != 1 and raw.size and raw.strides[-1] != before:
            raise ValueError(
                "To change to a dtype of a different size, the last axis must be contiguous"
            )
        if raw.shape[-1] * before % after:
            raise ValueError(
                "When changing to a larger dtype, its size must be a divisor of the total size "
                "in bytes of the last axis of the array."
            )
        if not raw.size:
            return np.empty((*raw.shape[:-1], raw.shape[-1] * before // after), dtype)
        if before > after and before % after:
            # NumPy requires that each element can be split evenly, CuPy only that the axis can.
            return raw.view(np.uint8).view(dtype)
    return raw.view(dtype)


DeviceArray._array_class = ndarray
