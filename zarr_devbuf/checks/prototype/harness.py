"""What the checks of prototypes share: how they run, the buffers they make, what they assert."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, final

import numpy as np

from zarr_devbuf.checks._assertions import (
    assert_bytes,
    assert_class,
    assert_in_memory_of,
    assert_own_memory,
    assert_same,
    assert_shared_memory,
)
from zarr_devbuf.checks._harness import holds, on_device, require_device
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import numpy.typing as npt
    from zarr.abc.buffer import Buffer, BufferPrototype, NDBuffer

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks._harness import Layout
    from zarr_devbuf.checks.errors import CheckFailed
    from zarr_devbuf.checks.registry import CheckFunction
    from zarr_devbuf.transfers import TransferLog

_NUMBERS = ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")
# Not every device holds these.
_OTHERS = (">i2", ">u4", ">f8", ">c8", "M8[ns]", "m8[s]", "S3", "U2", ">U2")
DTYPES = (*_NUMBERS, *_OTHERS)
# Values of which a bit is lost by conversion to another type, or by a comparison with zero.
_SCALARS: dict[str, tuple[Any, ...]] = {
    "f2": (-0.0,),
    "f4": (0, 0.0, -0.0, np.float32(0.1)),
    "f8": (-0.0, np.float64(-0.0), float("nan"), float("inf"), -float("inf"), 0.1, 5e-324),
    "i1": (-128,),
    "u1": (255,),
    "i4": (0, -1, np.int32(7)),
    "i8": (2**53 + 1, -(2**63)),
    "u8": (2**64 - 1,),
    "?": (True, False),
    "c8": (1 - 2j,),
    "c16": (complex(0.0, -0.0), complex(-0.0, 0.0), complex(1, float("nan"))),
    ">i4": (7,),
    ">f8": (-0.0,),
    "M8[ns]": (np.datetime64("2001-02-03", "ns"), np.datetime64("NaT", "ns")),
    "m8[s]": (np.timedelta64(5, "s"),),
    "S3": (b"ab",),
    "U2": ("é",),
}
# Every byte, zero first and last, so that a defect shows which reads them as signed numbers or as
# text, or stops at a zero.
BYTES = bytes([*range(256), 0])
# More than fits into staging memory of 64 KiB, and nowhere the same as 256 or 65,536 bytes before.
LARGE = np.arange(35_001, dtype="<u2").tobytes() + b"\xa5"

# Parts of an array of shape (4, 5).
_PARTS: tuple[tuple[str, Any], ...] = (
    ("an array in C order", ...),
    ("every other column", np.s_[:, ::2]),
    ("every other row and column", np.s_[::2, ::2]),
    ("rows backwards", np.s_[::-1]),
    ("the middle", np.s_[1:3, 1:3]),
    ("one column", np.s_[:, 2:3]),
    ("no rows", np.s_[:0]),
    ("one element", np.s_[1, 2, ...]),
)


def prototype_check(
    *, advice: str, cases: Iterable[tuple[Any, ...]] = ((),), device_only: bool = False
) -> Callable[[Callable[..., None]], CheckFunction]:
    """
    Register a function as a check of prototypes, and run it with a harness, once for each case.

    Parameters
    ----------
    advice : str
        What to do if the check fails.
    cases : iterable of tuple
        The arguments after the harness, for each call. By default there are none, and one call.
    device_only : bool
        Whether the check does not apply to backends in host memory.

    Returns
    -------
    callable
        A decorator; the registered function takes a prototype and a backend, as all checks do.
    """
    cases = tuple(cases)
    if not cases:
        raise ValueError("a check without cases would check nothing")

    def register(function: Callable[..., None]) -> CheckFunction:
        @functools.wraps(function)
        def run(subject: BufferPrototype, backend: Backend) -> None:
            __tracebackhide__ = True
            if device_only:
                require_device(backend)
            harness = PrototypeHarness(subject, backend, advice)
            for case in cases:
                function(harness, *case)

        run.__signature__ = inspect.signature(run, follow_wrapped=False)  # type: ignore[attr-defined]
        return check("prototype")(run)

    return register


@final
@dataclass(frozen=True, slots=True)
class PrototypeHarness:
    """
    A prototype on a backend: makes buffers of it, and asserts class, memory and values.

    Attributes
    ----------
    prototype : BufferPrototype
        The subject.
    backend : Backend
        In whose memory its buffers have to be.
    advice : str
        What to do if the check fails.
    """

    prototype: BufferPrototype
    backend: Backend
    advice: str

    @property
    def buffer_class(self) -> type[Buffer]:
        """The subject's class of flat bytes."""
        return self.prototype.buffer

    @property
    def nd_class(self) -> type[NDBuffer]:
        """The subject's class of n-dimensional arrays."""
        return self.prototype.nd_buffer

    def holds(self, dtype: npt.DTypeLike) -> bool:
        """Return whether arrays of the backend can have a dtype."""
        return holds(self.backend, dtype)

    def scalars(self) -> Iterator[tuple[str, Any]]:
        """Yield dtypes that the device holds, each with values of which it must keep every bit."""
        return ((dtype, value) for dtype, value in pairs(_SCALARS) if self.holds(dtype))

    def array(self, values: npt.ArrayLike, layout: Layout = "C") -> Any:
        """Put values on the device, in memory that nothing else refers to."""
        return on_device(self.backend, values, layout)

    def arrays(self, dtype: npt.DTypeLike = "i4") -> Iterator[tuple[str, Any, npt.NDArray[Any]]]:
        """Yield arrays on the device in many layouts: what each is, the array, its values."""
        for (name, key), transposed in product(_PARTS, (False, True)):
            array, values = self.array(grid(dtype, (4, 5)))[key], grid(dtype, (4, 5))[key]
            if transposed:
                yield f"{name}, transposed", array.transpose(), values.transpose()
            else:
                yield name, array, values

    def buffer(self, data: bytes) -> Buffer:
        """Make a writable `Buffer`, by `from_array_like`: `from_bytes` is what is checked."""
        return self.buffer_class.from_array_like(self.array(np.frombuffer(data, dtype="B")))

    def nd_buffer(self, values: npt.ArrayLike, layout: Layout = "C") -> NDBuffer:
        """Make a writable `NDBuffer` of host values, by `from_ndarray_like`."""
        return self.nd_class.from_ndarray_like(self.array(values, layout))

    def assert_buffer(self, found: Any, data: bytes, case: str) -> None:
        """Assert a `Buffer` of the prototype with these bytes in memory of the backend."""
        assert_class(found, self.buffer_class, case, advice=self.advice)
        self.assert_array(found.as_array_like(), np.frombuffer(data, "B"), case)

    def assert_nd_buffer(
        self, found: Any, values: npt.ArrayLike, case: str, *, order: str = ""
    ) -> None:
        """Assert an `NDBuffer` of the prototype with these values in memory of the backend."""
        assert_class(found, self.nd_class, case, advice=self.advice)
        array = found.as_ndarray_like()
        self.assert_array(array, values, case)
        # Arrays outside of NumPy's and CuPy's family have no flags. "K" and "A" leave it open.
        flags = getattr(array, "flags", None)
        if order in ("C", "F") and not getattr(flags, f"{order.lower()}_contiguous", True):
            strides = getattr(array, "strides", None)
            raise self.violated(case, f"memory in {order} order", f"strides {strides}")

    def assert_array(self, found: Any, values: npt.ArrayLike, case: str) -> None:
        """Assert an array in memory of the backend with these values."""
        assert_in_memory_of(found, self.backend, case, advice=self.advice)
        self.assert_host_array(self.backend.to_host(found), values, case)

    def assert_host_array(self, found: Any, values: npt.ArrayLike, case: str) -> None:
        """Assert a `numpy.ndarray` with these values."""
        assert_in_memory_of(found, None, case, advice=self.advice)
        assert_same(found, values, case, advice=self.advice)

    def assert_host_bytes(self, found: Any, data: bytes, case: str) -> None:
        """Assert an object in host memory with these bytes."""
        assert_bytes(bytes(memoryview(found)), data, case, advice=self.advice)

    def assert_shared_memory(self, written: Any, read: Any, case: str) -> None:
        """Assert that two integer arrays share memory; every element of `written` is changed."""
        assert_shared_memory(self.backend, written, read, case=case, advice=self.advice)

    def assert_own_memory(self, written: Any, read: Any, case: str) -> None:
        """Assert that two integer arrays share no memory; every element of `written` is changed."""
        assert_own_memory(self.backend, written, read, case=case, advice=self.advice)

    def assert_answer(self, answer: object, expected: bool, case: str) -> None:
        """Assert True or False, as a Python `bool` and nothing that only acts like one."""
        if answer is not expected:
            raise self.violated(case, repr(expected), f"{answer!r} ({type(answer).__name__})")

    def violated(
        self, case: str, expected: str, actual: str, transfers: TransferLog | None = None
    ) -> CheckFailed:
        """Make the error of this check, with its advice: ``raise harness.violated(…)``."""
        return violated(
            case=case, expected=expected, actual=actual, advice=self.advice, transfers=transfers
        )


def grid(dtype: npt.DTypeLike = "i4", shape: tuple[int, ...] = (3, 4)) -> npt.NDArray[Any]:
    """Make a host array whose elements all differ, none of them 0."""
    return np.arange(1, 1 + int(np.prod(shape))).reshape(shape).astype(dtype)


def pairs[K, V](table: Mapping[K, Iterable[V]]) -> tuple[tuple[K, V], ...]:
    """Return each key with each of its values."""
    return tuple((key, value) for key, values in table.items() for value in values)


def show_key(key: Any) -> str:
    """Show what stands between the brackets of an indexing."""
    if isinstance(key, tuple):
        return ", ".join(map(show_key, key)) if key else "()"
    if isinstance(key, slice):
        parts = ["" if each is None else str(each) for each in (key.start, key.stop, key.step)]
        return ":".join(parts if key.step is not None else parts[:2])
    return "..." if key is ... else repr(key)
