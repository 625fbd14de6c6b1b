"""What the checks of prototypes share: how they run, the buffers they make, what they assert."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, final

import numpy as np
from zarr.abc.buffer import NDBuffer

from zarr_devbuf.checks._assertions import assert_bytes, assert_class
from zarr_devbuf.checks._device_harness import DeviceHarness, check_with
from zarr_devbuf.checks._inputs import PARTS, SCALARS, SHAPES, grid, pairs
from zarr_devbuf.checks.errors import during

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from zarr.abc.buffer import Buffer, BufferPrototype

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks._harness import Layout


def _harness(subject: BufferPrototype, backend: Backend, advice: str) -> PrototypeHarness:
    return PrototypeHarness(backend, advice, subject)


# Registers a function as a check of prototypes, and runs it with a `PrototypeHarness`.
prototype_check = partial(check_with, "prototype", _harness)


@final
@dataclass(frozen=True, slots=True)
class PrototypeHarness(DeviceHarness):
    """
    A prototype on a backend: makes buffers of it, and asserts class, memory and values.

    Attributes
    ----------
    prototype : BufferPrototype
        The subject; its buffers have to be in memory of the backend.
    """

    prototype: BufferPrototype

    @property
    def buffer_class(self) -> type[Buffer]:
        """The subject's class of flat bytes."""
        return self.prototype.buffer

    @property
    def nd_class(self) -> type[NDBuffer]:
        """The subject's class of n-dimensional arrays."""
        return self.prototype.nd_buffer

    def scalars(self) -> Iterator[tuple[str, Any]]:
        """Yield dtypes that the device holds, each with values of which it must keep every bit."""
        return ((dtype, value) for dtype, value in pairs(SCALARS) if self.holds(dtype))

    def arrays(self, dtype: npt.DTypeLike = "i4") -> Iterator[tuple[str, Any, npt.NDArray[Any]]]:
        """Yield arrays on the device in many layouts: what each is, the array, its values."""
        for (name, key), transposed in product(PARTS, (False, True)):
            array, values = self.array(grid(dtype, (4, 5)))[key], grid(dtype, (4, 5))[key]
            if transposed:
                yield f"{name}, transposed", array.transpose(), values.transpose()
            else:
                yield name, array, values

    def more_dimensions(self) -> Iterator[tuple[str, Any, npt.NDArray[Any]]]:
        """Yield arrays of int32 on the device, of 0 to 5 dimensions, each in three layouts."""
        for shape in SHAPES:
            backwards: Any = (*(slice(None, None, -1),) * len(shape), ...)
            axes = (*range(1, len(shape)), 0)[: len(shape)]
            array, values = partial(self.array, grid("i4", shape)), grid("i4", shape)
            yield f"an array of shape {shape}", array(), values
            yield f"an array of shape {shape}, backwards", array()[backwards], values[backwards]
            turned = array().transpose(axes), values.transpose(axes)
            yield f"an array of shape {shape}, axes {axes}", *turned

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

    def assert_all_equal(
        self, values: Any, fill: Any, expected: bool, what: str, **options: bool
    ) -> None:
        """Assert what `all_equal` answers of host values, or of a buffer of them."""
        buffer = values if isinstance(values, NDBuffer) else self.nd_buffer(values)
        asked = ", ".join((repr(fill), *(f"{name}={each}" for name, each in options.items())))
        with during(f"all_equal({asked}) of {what}") as case:
            answer = buffer.all_equal(fill, **options)
        self.assert_answer(answer, expected, case)

    def assert_host_bytes(self, found: Any, data: bytes, case: str) -> None:
        """Assert an object in host memory with these bytes."""
        assert_bytes(bytes(memoryview(found)), data, case, advice=self.advice)
