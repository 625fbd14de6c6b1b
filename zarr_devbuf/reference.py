"""
The reference buffers: mixins that are parametrised over a backend.

Each device defines its classes as follows::

    class TestBuffer(ReferenceBuffer, zarr.buffer.cpu.Buffer, backend=BACKEND): ...

The keyword connects the class and the backend, and registers the class with Zarr, so that
``zarr.config.set({"buffer": "zarr_devbuf.cpu.TestBuffer"})`` finds it. A class that is derived
without the keyword keeps the backend of its base, and is not registered.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import zarr.abc.buffer as zarr_buffer
from zarr.registry import register_buffer, register_ndbuffer

from zarr_devbuf._backends.all_equal import all_equal
from zarr_devbuf._backends.coercion import adopt, host_array
from zarr_devbuf.transfers import explicit_transfers

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt
    from typing_extensions import TypeIs
    from zarr.abc.buffer import ArrayLike, NDArrayLike

    from zarr_devbuf.backend import Backend

__all__ = ["ReferenceBuffer", "ReferenceNDBuffer"]

_BYTE = np.dtype("B")
_NUMERIC = frozenset("biufcmM")
# Tuples, not unions, with which `isinstance` takes three times as long: it runs for each chunk.
_INEXACT = (float, complex, np.inexact)
_SCALARS = (int, float, complex, np.generic)


class ReferenceBuffer(zarr_buffer.Buffer):
    """
    Flat, contiguous bytes in the memory of one backend, and of no other.

    Parameters
    ----------
    array_like : array, shape (nbytes,), dtype uint8
        A contiguous array of the backend. It is shared, not copied.

    Raises
    ------
    TypeError
        If it is not an array of the backend: these classes exist to find code that passes a host
        array to a device buffer. Under ``transfer_guard("allow")`` or ``"log"`` a host array is
        copied to the device instead, and counts as an implicit transfer.
    ValueError
        If the array is not one-dimensional, contiguous and of bytes.

    Notes
    -----
    Lengths, offsets and slices are in bytes. Slices and `from_buffer` share memory with their
    source on the same device; `combine` and `to_bytes` copy.
    """

    __test__ = False
    backend: ClassVar[Backend]

    def __init_subclass__(cls, *, backend: Backend | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if backend is not None:
            cls.backend = backend
            backend.TestBuffer = cls
            register_buffer(cls)

    def __init__(self, array_like: ArrayLike) -> None:
        backend = self.backend
        if type(array_like) is not backend.array_type:
            array_like = adopt(backend, array_like, type(self))
        if array_like.ndim != 1:
            raise ValueError(
                f"array_like: only 1-dim allowed, got shape {_shape(array_like)} "
                f"for {_name(self)}; pass `array.ravel()`"
            )
        if array_like.dtype != _BYTE:
            raise ValueError(
                f"array_like: only byte dtype allowed, got {array_like.dtype} "
                f"for {_name(self)}; pass `array.view('B')`"
            )
        if not array_like.flags.c_contiguous:  # type: ignore[attr-defined]
            raise ValueError(
                f"array_like: only contiguous memory allowed, got strides "
                f"{array_like.strides} for {_name(self)}; pass a copy"  # type: ignore[attr-defined]
            )
        self._data = array_like

    @classmethod
    def create_zero_length(cls) -> Self:
        """Create a buffer of 0 bytes on the device."""
        return cls(cls.backend.xp.empty(0, dtype=_BYTE))

    @classmethod
    def from_buffer(cls, buffer: zarr_buffer.Buffer) -> Self:
        """
        Create a buffer of another one's bytes.

        It shares the memory if `buffer` is on this device. Otherwise it copies the bytes, through
        the host, by explicit transfers.
        """
        if not _is_buffer(buffer):
            raise TypeError(f"{_name(cls)}.from_buffer() takes a zarr Buffer, got {_what(buffer)}")
        array = buffer.as_array_like()
        if not isinstance(array, cls.backend.array_type):
            array = cls.backend.from_host(buffer.as_numpy_array())
        return cls(array)

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Self:
        """
        Create a buffer of host bytes: one explicit transfer; on the host, the memory is shared.

        A buffer on the host is read-only if `bytes_like` is.
        """
        return cls(cls.backend.from_host(np.frombuffer(bytes_like, dtype=_BYTE)))

    def as_numpy_array(self) -> npt.NDArray[Any]:
        """Return the bytes on the host: one explicit transfer; on the host, shared memory."""
        return self.backend.to_host(self._data)

    def combine(self, others: Iterable[zarr_buffer.Buffer]) -> Self:
        """
        Concatenate this buffer and others on this device; each byte is copied once.

        Bytes from another device are copied to their place directly, by explicit transfers.
        """
        cls = self.__class__
        backend = self.backend
        arrays: list[Any] = [self._data]
        on_device = True
        for other in others:
            if not _is_buffer(other):
                raise TypeError(f"{_name(self)}.combine() takes zarr Buffers, got {_what(other)}")
            array: Any = other.as_array_like()
            if not isinstance(array, backend.array_type):
                array = other.as_numpy_array()
                on_device = False
            arrays.append(array)
        if on_device:
            return cls(backend.xp.concatenate(arrays))
        combined = backend.xp.empty(sum(array.size for array in arrays), dtype=_BYTE)
        start = 0
        for array in arrays:
            part = combined[start : start + array.size]
            start += array.size
            if isinstance(array, backend.array_type):
                part[...] = array
            elif array.size:
                backend.copy_from_host(part, np.ascontiguousarray(array))
        return cls(combined)

    def __getitem__(self, key: slice) -> Self:
        _check_slice(self, key)
        return self.__class__(self._data[key])

    def __setitem__(self, key: slice, value: Any) -> None:
        _check_slice(self, key)
        if not isinstance(value, self.backend.array_type):
            if _is_buffer(value):
                value = value.as_array_like()
            value = _operand(self, value)
        self._data[key] = value

    def __eq__(self, other: object) -> bool:
        if not _is_buffer(other):
            return False
        array: Any = other.as_array_like()
        data: Any = self._data
        if array.size != data.size:
            return False
        array_type = self.backend.array_type
        if isinstance(array, array_type):
            same = (data == array).all()
            if array_type is np.ndarray:
                return bool(same)
            with explicit_transfers():  # one byte: the answer
                return bool(same)
        return np.array_equal(self.as_numpy_array(), other.as_numpy_array())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{_name(self)} of {len(self)} bytes on {self.backend.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return self.__class__, (self._data,)


class ReferenceNDBuffer(zarr_buffer.NDBuffer):
    """
    An n-dimensional array in the memory of one backend, always a `TestNDArrayLike`.

    Parameters
    ----------
    array : array of the backend, any shape, dtype and strides
        It is viewed as `TestNDArrayLike`; the memory is shared, not copied.

    Raises
    ------
    TypeError
        If it is not an array of the backend, as for `ReferenceBuffer`.

    Notes
    -----
    Basic indexing, `reshape` (if the strides allow), `squeeze` and `transpose` share memory; fancy
    indexing, `astype` and `copy` allocate new memory on the same device.
    """

    __test__ = False
    backend: ClassVar[Backend]

    def __init_subclass__(cls, *, backend: Backend | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if backend is not None:
            cls.backend = backend
            backend.NDBufferUsingTestNDArrayLike = cls
            register_ndbuffer(cls)

    def __init__(self, array: NDArrayLike) -> None:
        backend = self.backend
        kind = type(array)
        # For most arrays the type is enough: `isinstance` is slow if the answer is no.
        if kind is backend.array_type:
            array = backend.view(array)
        elif kind is not backend.TestNDArrayLike:
            array = adopt(backend, array, type(self))
            if not isinstance(array, backend.TestNDArrayLike):
                array = backend.view(array)
        self._data = array

    @classmethod
    def create(
        cls,
        *,
        shape: Iterable[int],
        dtype: npt.DTypeLike,
        order: Literal["C", "F"] = "C",
        fill_value: Any | None = None,
    ) -> Self:
        """
        Allocate on the device, and fill; without a fill value the contents are arbitrary.

        If all bytes of the fill value are zero, and the device can allocate zeroed memory, there is
        no second pass over the memory. ``-0.0`` is not such a value.

        Parameters
        ----------
        shape : iterable of int
            In elements.
        dtype : dtype_like
            A dtype that the device holds; CuPy raises `ValueError` for object, string, time and
            big-endian dtypes.
        order : {"C", "F"}
            Row-major or column-major.
        fill_value : scalar, optional
            The value of every element.
        """
        xp = cls.backend.xp
        dtype = np.dtype(dtype)
        shape = tuple(shape)
        if fill_value is None:
            data = xp.empty(shape, dtype, order=order)
        elif _is_zero(fill_value, dtype):
            data = xp.zeros(shape, dtype=dtype, order=order)
        elif dtype.kind in "mM" or dtype.names is not None:
            # full() loses the scale of a generic time unit, and rejects structured values on CuPy.
            data = xp.empty(shape, dtype=dtype, order=order)
            data = _restore_time_dtype(data, dtype)
            data[...] = np.asarray(fill_value, dtype=dtype)[()]
        else:
            data = xp.full(shape, fill_value, dtype=dtype, order=order)
        return cls(_restore_time_dtype(data, dtype) if dtype.kind in "mM" else data)

    @classmethod
    def empty(
        cls, shape: tuple[int, ...], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C"
    ) -> Self:
        """Allocate on the device; the contents are arbitrary."""
        data = cls.backend.xp.empty(shape, dtype, order=order)
        return cls(_restore_time_dtype(data, dtype) if data.dtype.kind in "mM" else data)

    @classmethod
    def from_numpy_array(cls, array_like: npt.ArrayLike) -> Self:
        """
        Create a buffer of `numpy.asanyarray(array_like)`: one explicit transfer.

        On the host, or if `array_like` is on the device already, the memory is shared.
        """
        if isinstance(array_like, cls.backend.array_type):
            return cls(array_like)  # type: ignore[arg-type]
        return cls(cls.backend.from_host(np.asanyarray(array_like)))

    def as_numpy_array(self) -> npt.NDArray[Any]:
        """Return the array on the host: one explicit transfer; on the host, shared memory."""
        return self.backend.to_host(self._data)

    def __getitem__(self, key: Any) -> Self:
        item = self._data[key]
        if not isinstance(item, self.backend.array_type):
            # NumPy returns a scalar, a copy, for one element; with an ellipsis, a 0-d view.
            key = key if isinstance(key, tuple) else (key,)
            item = self._data[(*key, ...)]  # type: ignore[index]
        return self.__class__(item)

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, zarr_buffer.NDBuffer):
            value = value.as_ndarray_like()
        if not isinstance(value, self.backend.array_type):
            if not isinstance(value, _SCALARS):
                value = _operand(self, value)
            elif _is_negative_zero(value) and _is_basic(key):
                # CuPy clears the memory for any scalar that equals 0, which loses the sign.
                keys = key if isinstance(key, tuple) else (key,)
                if not any(part is ... for part in keys):
                    keys = (*keys, ...)  # NumPy returns a scalar, a copy, for one element
                self.backend.xp.copyto(self._data[keys], value, casting="unsafe")  # type: ignore[index]
                return
        self._data[key] = value

    def fill(self, value: Any) -> None:
        """Set every element to a scalar, on the device, ``-0.0`` included."""
        if isinstance(value, _SCALARS) and not _is_negative_zero(value):
            self._data.fill(value)
        else:
            self[...] = value

    def __len__(self) -> int:
        return len(self._data)

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        """
        Return whether every element equals `other`; compare on the device.

        None equals nothing. ``-0.0`` and ``0.0`` differ, as in Zarr, in real and complex numbers. A
        NaN equals a NaN if `equal_nan` is True, also in a field of a structured dtype. An array
        `other` is broadcast; a device rejects a host array.
        """
        if other is None:
            return False
        if isinstance(other, zarr_buffer.NDBuffer):
            other = other.as_ndarray_like()
        with explicit_transfers():  # one byte for each block: the answer
            return all_equal(self.backend, self._data, _operand(self, other), equal_nan=equal_nan)

    def __repr__(self) -> str:
        return f"<{_name(self)} shape={self.shape} dtype={self.dtype} on {self.backend.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return self.__class__, (self._data,)


def _is_buffer(value: object) -> TypeIs[zarr_buffer.Buffer]:
    # `isinstance` of an abstract class takes as long as the rest of a method that reads no bytes.
    return zarr_buffer.Buffer in type(value).__mro__ or isinstance(value, zarr_buffer.Buffer)


def _operand(buffer: ReferenceBuffer | ReferenceNDBuffer, value: Any) -> Any:
    """
    Return a value to assign to a buffer, or to compare with it, without a transfer.

    Scalars and 0-d host arrays pass on any device.
    """
    if isinstance(value, buffer.backend.array_type):
        return value
    array = host_array(value)
    if array is None:
        return adopt(buffer.backend, value, type(buffer))
    if array.ndim == 0:
        return value
    return adopt(buffer.backend, array, type(buffer))


def _check_slice(buffer: ReferenceBuffer, key: object) -> None:
    if not isinstance(key, slice):
        raise TypeError(
            f"Item key has incorrect type (expected slice, got {type(key).__name__}) "
            f"for {_name(buffer)}, which holds bytes and is indexed as `buffer[start:stop]`"
        )
    if not (key.step is None or key.step == 1):
        raise ValueError(
            f"slice must be contiguous: step {key.step!r} for {_name(buffer)}; "
            "take `buffer[start:stop]` and stride over its array"
        )


def _is_zero(fill_value: Any, dtype: np.dtype[Any]) -> bool:
    if type(fill_value) is int or type(fill_value) is bool:
        return fill_value == 0 and dtype.kind in _NUMERIC
    if type(fill_value) is float:
        return fill_value == 0 and dtype.kind in _NUMERIC and math.copysign(1, fill_value) > 0
    value = np.asarray(fill_value)
    if dtype.names is not None:
        return value.dtype == dtype and not dtype.hasobject and not any(value.tobytes())
    return dtype.kind in _NUMERIC and value.dtype.kind in _NUMERIC and not any(value.tobytes())


def _is_negative_zero(value: Any) -> bool:
    if not isinstance(value, _INEXACT) or value != 0:
        return False
    return bool(np.signbit(value.real) or np.signbit(value.imag))


def _is_basic(key: Any) -> bool:
    keys = key if isinstance(key, tuple) else (key,)
    return all(
        part is None or part is ... or isinstance(part, int | np.integer | slice) for part in keys
    )


def _restore_time_dtype(data: Any, dtype: npt.DTypeLike) -> Any:
    # NumPy's allocators lose the scale and the byte order of generic time units.
    return data.view(dtype) if data.dtype.kind in "mM" else data


def _name(cls_or_self: object) -> str:
    cls = cls_or_self if isinstance(cls_or_self, type) else type(cls_or_self)
    return f"{cls.__module__}.{cls.__qualname__}"


def _what(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _shape(array: Any) -> tuple[int, ...]:
    return tuple(array.shape)
