"""Look into buffers of any prototype: class, memory and values, by the backend's own means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import NotApplicable, violated

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from zarr.abc.buffer import Buffer, BufferPrototype, NDBuffer

    from zarr_devbuf.backend import Backend

__all__ = [
    "BYTES",
    "DTYPES",
    "FOREIGN_DTYPES",
    "LARGE",
    "buffer_of",
    "expect_answer",
    "expect_buffer",
    "expect_nd_buffer",
    "expect_order",
    "expect_own_memory",
    "expect_raises",
    "expect_same",
    "expect_shared_memory",
    "grid",
    "holds",
    "is_writable",
    "nd_buffer_of",
    "on_device",
    "require_device",
    "sees_writes",
    "show",
]

DTYPES = ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")
# Not every device holds these.
FOREIGN_DTYPES = (">i2", ">u4", ">f8", ">c8", "M8[ns]", "m8[s]", "S3", "U2", ">U2")
# Every byte, zero first and last: what is read as signed, or as text, or cut at a zero shows.
BYTES = bytes([*range(256), 0])
# More than fits into staging memory of 64 KiB, and nowhere the same as 256 or 65,536 bytes before.
LARGE = np.arange(35_001, dtype="<u2").tobytes() + b"\xa5"


def grid(dtype: npt.DTypeLike = "i4", shape: tuple[int, ...] = (3, 4)) -> npt.NDArray[Any]:
    """Make a host array whose elements all differ, none of them 0."""
    return np.arange(1, 1 + int(np.prod(shape))).reshape(shape).astype(dtype)


def holds(backend: Backend, dtype: npt.DTypeLike) -> bool:
    """Tell whether arrays of the backend can have a dtype."""
    try:
        backend.xp.empty(1, dtype=dtype)
    except (TypeError, ValueError, NotImplementedError):
        return False
    return True


def require_device(backend: Backend) -> None:
    """Leave the check where the backend is the host."""
    if issubclass(backend.array_type, np.ndarray):
        raise NotApplicable(f"backend {backend.name} is the host: nothing can cross")


def on_device(backend: Backend, array: npt.NDArray[Any]) -> Any:
    """Put a copy of a host array on the device, in memory of its own."""
    return backend.from_host(np.array(array, order="C", copy=True))


def buffer_of(prototype: BufferPrototype, backend: Backend, data: bytes) -> Buffer:
    """Make a writable buffer by `from_array_like`, so that `from_bytes` is not relied on."""
    return prototype.buffer.from_array_like(on_device(backend, np.frombuffer(data, dtype="B")))


def nd_buffer_of(prototype: BufferPrototype, backend: Backend, array: Any) -> NDBuffer:
    """Make a writable NDBuffer of a host array's values, in memory of its own, in C order."""
    return prototype.nd_buffer.from_ndarray_like(on_device(backend, np.asarray(array)))


def expect_buffer(
    buffer: object, prototype: BufferPrototype, backend: Backend, data: bytes, *, case: str
) -> None:
    """Demand a `Buffer` of the prototype that holds these bytes in memory of the backend."""
    _expect_class(buffer, prototype.buffer, case)
    array: Any = buffer.as_array_like()  # type: ignore[attr-defined]
    _expect_memory(array, backend, case)
    expect_same(backend.to_host(array), np.frombuffer(data, dtype="B"), case=case)


def expect_nd_buffer(
    buffer: object, prototype: BufferPrototype, backend: Backend, values: Any, *, case: str
) -> None:
    """Demand an `NDBuffer` of the prototype with these values in memory of the backend."""
    _expect_class(buffer, prototype.nd_buffer, case)
    array: Any = buffer.as_ndarray_like()  # type: ignore[attr-defined]
    _expect_memory(array, backend, case)
    expect_same(backend.to_host(array), np.asarray(values), case=case)


def _expect_class(buffer: object, cls: type, case: str) -> None:
    if not isinstance(buffer, cls):
        raise violated(
            case=case,
            expected=f"a {_name(cls)}, the class of the prototype",
            actual=f"a {_name(type(buffer))}",
            advice="make results by `self.__class__(…)` or `cls(…)`: they stay of the class",
        )


def _expect_memory(array: object, backend: Backend, case: str) -> None:
    if not backend.owns(array):
        raise violated(
            case=case,
            expected=f"memory of backend {backend.name}: a {_name(backend.array_type)}",
            actual=f"a {_name(type(array))}",
            advice="hold what was made on the device; wrapping a host array in the right class "
            "moves nothing",
        )


def expect_same(actual: Any, expected: npt.NDArray[Any], *, case: str, advice: str = "") -> None:
    """Demand a host array equal to another in type, shape, dtype and every bit."""
    advice = advice or "compare with the same operation of zarr.buffer.cpu, which passes"
    if not isinstance(actual, np.ndarray):
        raise violated(
            case=case,
            expected="a numpy.ndarray",
            actual=f"a {_name(type(actual))}: {actual!r}",
            advice=advice,
        )
    for name in ("shape", "dtype"):
        if getattr(actual, name) != getattr(expected, name):
            raise violated(
                case=case,
                expected=f"{name} {getattr(expected, name)}",
                actual=f"{name} {getattr(actual, name)}",
                advice=advice,
            )
    if expected.dtype.hasobject:
        same = np.asarray(actual == expected)
    else:
        same = _bits(actual) == _bits(expected)
    if not same.all():
        first = np.unravel_index(int(np.argmin(same)), expected.shape)
        where = f"; first difference at {tuple(map(int, first))}" if expected.ndim else ""
        raise violated(
            case=case,
            expected=show(expected),
            actual=f"{show(actual)}{where}",
            advice=advice,
        )


def _bits(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array = np.array(array, order="C", subok=False)
    if array.itemsize == 0:
        return np.zeros(array.shape, "B")
    return array.reshape(array.shape or (1,)).view(f"V{array.itemsize}")


def show(array: npt.NDArray[Any]) -> str:
    """Show a host array on one line: values (not all, if many), dtype and shape."""
    text = np.array2string(np.asarray(array), threshold=12, edgeitems=4, separator=", ")
    text = " ".join(text.split())
    return f"{text} ({array.dtype}, shape {array.shape})"


def expect_answer(answer: object, expected: bool, *, case: str, advice: str) -> None:
    """Demand a yes or no, as a `bool` of Python and as nothing that merely acts like one."""
    if answer is not expected:
        raise violated(
            case=case,
            expected=repr(expected),
            actual=f"{answer!r} ({type(answer).__name__})",
            advice=advice,
        )


def expect_order(array: Any, order: str, *, case: str) -> None:
    """Demand memory in C or in F order, of arrays that say; other orders leave it open."""
    flags = getattr(array, "flags", None)
    name = f"{order.lower()}_contiguous"
    # Arrays outside of NumPy's and CuPy's family do not say.
    if order in "CF" and flags is not None and not getattr(flags, name, True):
        raise violated(
            case=case,
            expected=f"memory in {order} order",
            actual=f"strides {getattr(array, 'strides', None)}",
            advice="hand `order` on to what allocates the memory",
        )


def expect_raises(
    errors: tuple[type[Exception], ...],
    action: Callable[..., object],
    *arguments: Any,
    case: str,
    advice: str,
) -> None:
    """Demand that a call with these arguments raises one of `errors`."""
    wanted = " or ".join(error.__name__ for error in errors)
    try:
        result = action(*arguments)
    except errors:
        return
    except Exception as error:
        raise violated(
            case=case,
            expected=wanted,
            actual=f"{type(error).__name__}: {error}",
            advice=advice,
        ) from error
    raise violated(case=case, expected=wanted, actual=f"no error, but {result!r}", advice=advice)


def sees_writes(backend: Backend, written: Any, read: Any) -> bool:
    """Tell whether what is written to one integer array is seen in another: do they share memory.

    Every element of `written` is changed.
    """
    before = backend.to_host(read).copy()
    changed = backend.to_host(written).copy()
    np.invert(changed, out=changed)
    written[...] = backend.from_host(changed)
    return not np.array_equal(backend.to_host(read), before)


def expect_shared_memory(
    backend: Backend, written: Any, read: Any, *, case: str, advice: str
) -> None:
    """Demand that what is written to one array is seen in another; every element is changed."""
    if not sees_writes(backend, written, read):
        raise violated(
            case=case,
            expected="one memory",
            actual="two: what is written to the one is not seen in the other",
            advice=advice,
        )


def is_writable(array: Any) -> bool:
    """Tell whether an array can be written to, as far as it says: the host's may not be."""
    return bool(getattr(getattr(array, "flags", None), "writeable", True))


def expect_own_memory(backend: Backend, written: Any, read: Any, *, case: str, advice: str) -> None:
    """Demand that what is written to one array is not seen in another; every element is changed."""
    if sees_writes(backend, written, read):
        raise violated(
            case=case,
            expected="memory of its own",
            actual="shared memory: what is written to the one is seen in the other",
            advice=advice,
        )


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
