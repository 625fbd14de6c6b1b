"""Creation of arrays: empty, filled, from host data, from ranges."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: ARG001, ARG005, N803, PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.accesses import write
from zarr_devbuf.simulator._core.array import ndarray
from zarr_devbuf.simulator._core.c_integers import c_size
from zarr_devbuf.simulator._core.construction import (
    array,
    empty_like_raw,
    make_array,
    normalize_order,
    normalize_shape,
)
from zarr_devbuf.simulator._core.current_stream import stream_pointer
from zarr_devbuf.simulator._core.device import Device
from zarr_devbuf.simulator._core.dlpack import from_capsule, share
from zarr_devbuf.simulator._core.dtypes import check_supported, resolve, resolve_supported
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.host_copy import record_download
from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.memory import PooledMemory, allocation, place
from zarr_devbuf.simulator._core.numpy_fallback import call
from zarr_devbuf.simulator._core.storage import (
    DeviceArray,
    kernel_operand,
    poison,
    wrap,
    wrap_unwritten,
)
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._functions.manipulation import copyto, moveaxis
from zarr_devbuf.simulator._functions.naming import named
from zarr_devbuf.simulator._ordering.tracker import tracker

__all__ = ["FUNCTIONS", "diagonal_number"]

_CPU = 1
_CUDA_KINDS = (2, 13)


def empty(shape: Any, dtype: Any = float, order: Any = "C") -> Any:
    """Allocate an array, filled with NaN or with bytes of 0xA5."""
    return ndarray(shape, dtype, order=order)


def zeros(shape: Any, dtype: Any = float, order: Any = "C") -> Any:
    """Allocate an array of zeros."""
    if shape is None:
        normalize_shape(shape)
    letter = "C" if order is None else normalize_order(order)
    lengths = normalize_shape(shape)
    kind = resolve_supported(dtype)
    array = object.__new__(ndarray)
    return _fill_in(array, lengths, kind, np.zeros, "C" if letter == "C" else "F")


def _fill_in(array: Any, shape: tuple[int, ...], dtype: Any, make: Any, order: str) -> Any:
    """Give new memory to an array; a limit is checked before the memory is made."""
    if allocation.pooled:
        nbytes = dtype.itemsize
        for length in shape:
            nbytes *= length
        array._mem = PooledMemory(nbytes)
        array._raw = array._mem.root = make(shape, dtype, order)
        array._mem._written = tracker.waits
    else:
        array._mem, array._raw = place(make(shape, dtype, order))
    array._base = None
    if tracker.active and make is not np.empty:
        write(array)
    return array


def _uninitialized(shape: Any, dtype: Any, order: Any) -> Any:
    """Allocate an array without filling it, for callers that write all of it."""
    if shape is None:
        normalize_shape(shape)
    letter = "C" if order is None else normalize_order(order)
    lengths = normalize_shape(shape)
    kind = resolve_supported(dtype)
    array = object.__new__(ndarray)
    return _fill_in(array, lengths, kind, np.empty, "C" if letter == "C" else "F")


def ones(shape: Any, dtype: Any = float, order: Any = "C") -> Any:
    """Allocate an array of ones."""
    result = _uninitialized(shape, dtype, order)
    result.fill(1)
    return result


def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C") -> Any:
    """Allocate an array, and fill it with a scalar."""
    if dtype is None:
        dtype = (
            fill_value.dtype if isinstance(fill_value, DeviceArray) else np.array(fill_value).dtype
        )
    result = _uninitialized(shape, dtype, order)
    copyto(result, fill_value, casting="unsafe")
    return result


def _like(a: Any, dtype: Any, order: Any, subok: Any, shape: Any) -> Any:
    if subok is not None:
        raise TypeError("subok is not supported yet")
    source = a._raw if isinstance(a, DeviceArray) else a
    kind = source.dtype if dtype is None else resolve(dtype)
    letter = order.upper()
    if letter not in ("C", "F", "K", "A"):
        raise ValueError(f"order not understood: {letter}")
    if shape is not None and not isinstance(shape, DeviceArray):
        # CuPy tests the truth value of a shape, which raises for NumPy arrays of several lengths.
        bool(shape)
    wanted = None if shape is None else normalize_shape(shape)
    if wanted is not None and not wanted:
        # CuPy has no axes to keep in order, and takes the shape of the array.
        wanted, letter = None, "C" if letter == "K" else letter
    return empty_like_raw(source, kind, letter, wanted)


def empty_like(
    prototype: Any, dtype: Any = None, order: Any = "K", subok: Any = None, shape: Any = None
) -> Any:
    """Allocate an array with the shape of another, filled with NaN or with bytes of 0xA5."""
    raw = _like(prototype, dtype, order, subok, shape)
    poison(raw)
    return wrap_unwritten(raw)


def zeros_like(
    a: Any, dtype: Any = None, order: Any = "K", subok: Any = None, shape: Any = None
) -> Any:
    """Allocate an array of zeros with the shape of another."""
    raw = _like(a, dtype, order, subok, shape)
    np.copyto(raw, np.zeros((), raw.dtype))
    return wrap(raw)


def ones_like(
    a: Any, dtype: Any = None, order: Any = "K", subok: Any = None, shape: Any = None
) -> Any:
    """Allocate an array of ones with the shape of another."""
    result = wrap(_like(a, dtype, order, subok, shape))
    result.fill(1)
    return result


def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: Any = None,
    shape: Any = None,
) -> Any:
    """Allocate an array with the shape of another, and fill it with a scalar."""
    result = wrap(_like(a, dtype, order, subok, shape))
    copyto(result, fill_value, casting="unsafe")
    return result


def eye(N: Any, M: Any = None, k: int = 0, dtype: Any = float, order: Any = "C") -> Any:
    """Return ones on a diagonal, zeros elsewhere."""
    result = zeros((N, N if M is None else M), dtype, order)
    if -N < k < (N if M is None else M):
        result.diagonal(k).fill(1)
    return result


def identity(n: Any, dtype: Any = float) -> Any:
    """Return the identity matrix."""
    return eye(n, dtype=dtype)


def asarray(
    a: Any, dtype: Any = None, order: Any = None, *, copy: Any = None, blocking: bool = False
) -> Any:
    """Return a device array: device memory is shared, host data is uploaded."""
    return make_array(a, dtype, copy, order)


def copy(a: Any, order: Any = "K") -> Any:
    """Return a copy on this thread's device."""
    return a.copy(order=order)


def astype(x: Any, dtype: Any, /, *, copy: Any = True) -> Any:
    """Cast a device array."""
    if not isinstance(x, ndarray):
        raise TypeError(f"Input should be a CuPy array. It is a {type(x)} instead.")
    return x.astype(dtype, copy=copy)


def _need_array(a: Any) -> Any:
    if not isinstance(a, DeviceArray):
        raise TypeError(
            "Argument 'a' has incorrect type (expected cupy._core.core._ndarray_base, got "
            f"{type(a).__module__}.{type(a).__name__})"
        )
    return a


def ascontiguousarray(a: Any, dtype: Any = None) -> Any:
    """Return the array in C order; the array itself if it is in C order."""
    return _contiguous(_need_array(a), dtype, "C")


def asfortranarray(a: Any, dtype: Any = None) -> Any:
    """Return the array in Fortran order; the array itself if it is in Fortran order."""
    return _contiguous(_need_array(a), dtype, "F")


def _contiguous(a: Any, dtype: Any, order: str) -> Any:
    kind = a._raw.dtype if dtype is None else resolve(dtype)
    flags = a._raw.flags
    contiguous = flags.c_contiguous if order == "C" else flags.f_contiguous
    if kind == a._raw.dtype and contiguous:
        return a if a._raw.ndim else a.ravel(order)
    result = _uninitialized(a._raw.shape or (1,), kind, order)
    with np.errstate(all="ignore"):
        np.copyto(result._raw, kernel_operand(a), casting="unsafe")
    return result


def asnumpy(
    a: Any, stream: Any = None, order: Any = "C", out: Any = None, *, blocking: bool = True
) -> Any:
    """Return a host array: one explicit transfer for device data, none for host data."""
    if isinstance(a, ndarray):
        return a.get(stream=stream, order=order, out=out, blocking=blocking)
    source = from_device_like(a)
    if source is not None:
        return array(source).get(stream=stream, order=order, out=out, blocking=blocking)
    host = np.asarray(a, order=order)
    if out is None:
        return host
    out[...] = host
    return out


def _from_numpy(name: str) -> Any:
    function = getattr(np, name)

    def make(*args: Any, **kwargs: Any) -> Any:
        return asarray(function(*args, **kwargs))

    return make


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """Return evenly spaced values, computed on the device."""
    if dtype is None:
        floating = any(np.dtype(type(one)).kind == "f" for one in (start, stop, step))
        dtype = float if floating else int
    if stop is None:
        start, stop = 0, start
    if step is None:
        step = 1
    size = int(np.ceil((stop - start) / step))
    kind = resolve_supported(dtype)
    if size <= 0:
        return empty((0,), kind)
    if kind == np.bool_:
        if size > 2:
            raise TypeError(
                "arange() is only supported for booleans when the result has at most length 2."
            )
        return make_array([start, start - step][:size], kind)
    if kind.kind == "V":
        raise not_implemented(f"cupy.arange of {kind}")
    with np.errstate(all="ignore"):
        return wrap(np.arange(size).astype(kind) * kind.type(step) + kind.type(start))


def _import_capsule(source: Any, device: Any, copy: Any) -> Any:
    """Ask an object for a capsule; only those of the simulator can be read."""
    kind, number = source.__dlpack_device__()
    if device is not None:
        raise NotImplementedError("from_dlpack() does not support device yet.")
    if kind == _CPU:
        raise TypeError(
            "CPU arrays cannot be directly imported to CuPy. Use "
            "`cupy.array(numpy.from_dlpack(input))` instead."
        )
    if kind not in _CUDA_KINDS:
        raise TypeError(f"Unsupported array type: {kind}")
    with Device(number):
        stream = stream_pointer()
        try:
            capsule = source.__dlpack__(stream=stream, max_version=(1, 0), copy=copy)
        except TypeError:
            if copy is not None:
                raise
            capsule = source.__dlpack__(stream=stream)
    return from_capsule(capsule)


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: Any = None) -> Any:
    """Return an array for an object with DLPack; simulated device memory is shared."""
    if not hasattr(ext_tensor, "__dlpack_device__"):
        return from_capsule(ext_tensor)
    if not isinstance(ext_tensor, DeviceArray):
        return _import_capsule(ext_tensor, device, copy)
    if device is not None:
        raise NotImplementedError("from_dlpack() does not support device yet.")
    if copy:
        raise BufferError("copy=True only supported for copy to CPU.")
    check_supported(ext_tensor._raw.dtype)
    return share(ext_tensor)


def fromDlpack(dltensor: Any) -> Any:  # noqa: N802 - CuPy's name
    """Return an array for a DLPack capsule; deprecated."""
    warnings.warn(
        "This function is deprecated and will be removed in a future release. Use the "
        "cupy.from_dlpack() array constructor instead.",
        np.exceptions.VisibleDeprecationWarning,
        stacklevel=2,
    )
    return from_capsule(dltensor)


def diag(v: Any, k: int = 0) -> Any:
    """Return a diagonal of a matrix, or a matrix with a diagonal."""
    if not isinstance(v, DeviceArray):
        ndim = np.ndim(v)
        if ndim == 2:
            # Only the diagonal is uploaded.
            return make_array(np.array(v).diagonal(k))
        if ndim != 1:
            raise ValueError("Input must be 1- or 2-d.")
        v = make_array(v)
    if v._raw.ndim == 1:
        return call(np.diag, v, c_size(k))
    if v._raw.ndim == 2:
        return v.diagonal(k).copy()
    raise ValueError("Input must be 1- or 2-d.")


def _floating(a: Any) -> Any:
    return a if a.dtype.kind == "f" else a * 1.0


def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    if num < 0:
        raise ValueError("linspace with num<0 is not supported")
    scalars = np.isscalar(start) and np.isscalar(stop)
    normalize_shape((num,))
    if scalars:
        gaps = num - 1 if endpoint else num
        step = float(stop - start) / gaps if gaps > 0 else float("nan")
    else:
        start, stop = (
            one if np.isscalar(one) else _floating(make_array(one, copy=None, explicit=False))
            for one in (start, stop)
        )
        if num > 1:
            # CuPy tests on the host whether a step is zero.
            record_download(1)
    dtype = None if dtype is None else resolve_supported(dtype)
    found = call(np.linspace, start, stop, num, endpoint, retstep, dtype)
    values = found[0] if retstep else found
    if not scalars and axis != 0:
        values = moveaxis(values, 0, axis)
    if not retstep:
        return values
    return values, step if scalars else found[1]


def _logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    exponents = _linspace(start, stop, num, endpoint, axis=axis)
    if dtype is None:
        return UFUNCS["power"](base, exponents)
    if resolve(dtype).kind in "iu":
        exponents = exponents.astype(np.float64)
    return UFUNCS["power"](base, exponents).astype(dtype)


def _diagflat(v: Any, k: int = 0) -> Any:
    if np.isscalar(v):
        v = np.asarray(v)
    return diag(v.ravel(), k)


def _meshgrid(*xi: Any, **kwargs: Any) -> Any:
    if kwargs.get("indexing", "xy") not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    for one in xi:
        if one.ndim != 1:
            raise ValueError("input has to be 1d")
        if not isinstance(one, DeviceArray):
            raise ValueError("input has to be cupy.ndarray")  # noqa: TRY004
    return tuple(xi) if len(xi) <= 1 else tuple(call(np.meshgrid, *xi, **kwargs))


_NUMPY_READS = (
    "frombuffer",
    "fromfile",
    "fromfunction",
    "fromiter",
    "fromstring",
    "loadtxt",
    "genfromtxt",
)


def _tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = float) -> Any:
    columns = N if M is None else M
    normalize_shape((N, columns))
    return call(np.tri, N, columns, diagonal_number(k), dtype)


def diagonal_number(k: Any) -> Any:
    """Return the number of a diagonal; CuPy's kernel takes arrays of int32 alone."""
    if isinstance(k, DeviceArray) and k.dtype != np.int32:
        raise TypeError(f"Type is mismatched. k {k.dtype.type} int32")
    return k


def _triangle(name: str) -> Any:
    function = getattr(np, name)

    def compute(m: Any, k: Any = 0) -> Any:
        return call(function, asarray(m), diagonal_number(k))

    return compute


def _vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    points = make_array(x, copy=None, explicit=False)
    if points.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    return call(np.vander, points, None if N is None else c_size(N), increasing)


_TABLE: dict[str, Any] = {
    "asanyarray": lambda a, dtype=None, order=None, *, copy=None, blocking=False: make_array(
        a, dtype, copy, order
    ),
    "linspace": _linspace,
    "logspace": _logspace,
    "meshgrid": _meshgrid,
    "indices": lambda dimensions, dtype=int: call(np.indices, dimensions, resolve(dtype)),
    "tri": _tri,
    "tril": _triangle("tril"),
    "triu": _triangle("triu"),
    "vander": _vander,
    "diagflat": _diagflat,
    "bartlett": lambda M: call(np.bartlett, M),
    "blackman": lambda M: call(np.blackman, M),
    "hamming": lambda M: call(np.hamming, M),
    "hanning": lambda M: call(np.hanning, M),
    "kaiser": lambda M, beta: call(np.kaiser, M, beta),
}


FUNCTIONS: dict[str, Any] = {
    function.__name__: function
    for function in (
        empty, zeros, ones, full, empty_like, zeros_like, ones_like, full_like, eye, identity,
        array, asarray, copy, astype, ascontiguousarray, asfortranarray, asnumpy, arange,
        from_dlpack, fromDlpack, diag,
    )
} | named(_TABLE | {name: _from_numpy(name) for name in _NUMPY_READS})  # fmt: skip
"""The functions by name."""
