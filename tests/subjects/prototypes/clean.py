"""Clean buffers, derived or as a third party would write them: no check may fail on these."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import zarr.buffer.cpu
from zarr.abc.buffer import Buffer, BufferPrototype

from tests.subjects.prototypes.derive import Mixin, derive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf import Backend

__all__ = ["THIRD_PARTY", "ZARRS_OWN", "clean"]

# Mixins call methods of the class that they are mixed with, which mypy cannot know.
# mypy: disable-error-code="misc, no-any-return"


class Clean(Mixin):
    pass


class NDClean(Mixin):
    pass


def clean(backend: Backend) -> BufferPrototype:
    """Derive both classes without a change."""
    buffer, nd_buffer = backend.prototype
    return BufferPrototype(
        buffer=derive(Clean, buffer, backend), nd_buffer=derive(NDClean, nd_buffer, backend)
    )


class BytearrayBuffer(Buffer):
    """A buffer written from zarr's documentation alone, in memory of a bytearray."""

    def __init__(self, array_like: Any) -> None:
        super().__init__(array_like)
        self._data = array_like

    @classmethod
    def create_zero_length(cls) -> Self:
        return cls.from_bytes(b"")

    @classmethod
    def from_buffer(cls, buffer: Buffer) -> Self:
        return cls(buffer.as_numpy_array())

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Self:
        return cls(np.frombuffer(bytearray(bytes_like), dtype="B"))

    def as_numpy_array(self) -> Any:
        return np.asarray(self._data)

    def as_buffer_like(self) -> Any:
        return memoryview(self.as_numpy_array())

    def combine(self, others: Iterable[Buffer]) -> Self:
        whole = bytearray(self.to_bytes())
        for other in others:
            whole += other.to_bytes()
        return type(self)(np.frombuffer(whole, dtype="B"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Buffer) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        return type(self).from_bytes, (self.to_bytes(),)


class ReadOnlyBytesBuffer(BytearrayBuffer):
    """A buffer that is read-only if it was made of bytes."""

    @classmethod
    def from_bytes(cls, bytes_like: Any) -> Self:
        return cls(np.frombuffer(bytes(bytes_like), dtype="B"))


class NDColumnMajor(Mixin):
    """Uses F order for all memory whose order it may choose."""

    @classmethod
    def from_numpy_array(cls, array_like: Any) -> Any:
        array = np.asanyarray(array_like)
        return super().from_numpy_array(np.array(array, order="F"))

    def astype(self, dtype: Any, order: Any = "F") -> Any:
        return super().astype(dtype, "F" if order in ("K", "A") else order)

    def copy(self) -> Any:
        return super().astype(self.dtype, "F")

    def as_numpy_array(self) -> Any:
        return np.array(super().as_numpy_array(), order="F")


class NDColumnMajorOfZarr(NDColumnMajor):
    pass


class Labelled(Mixin):
    """Has an attribute of its own, which slices and pickles keep."""

    def __init__(self, array: Any, *, label: str = "") -> None:
        super().__init__(array)
        self.label = label

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        part.label = self.label
        return part

    def __reduce__(self) -> Any:
        make, arguments = super().__reduce__()[:2]
        return functools.partial(_labelled, make, self.label), arguments


def _labelled(make: Any, label: str, *arguments: Any) -> Any:
    made = make(*arguments)
    made.label = label
    return made


class NDLabelled(Labelled):
    pass


def _bytearrays(_: Backend) -> BufferPrototype:
    return BufferPrototype(buffer=BytearrayBuffer, nd_buffer=zarr.buffer.cpu.NDBuffer)


def _read_only(_: Backend) -> BufferPrototype:
    return BufferPrototype(buffer=ReadOnlyBytesBuffer, nd_buffer=zarr.buffer.cpu.NDBuffer)


def _column_major(backend: Backend) -> BufferPrototype:
    buffer, nd_buffer = backend.prototype
    return BufferPrototype(buffer=buffer, nd_buffer=derive(NDColumnMajor, nd_buffer, backend))


def _column_major_zarr(backend: Backend) -> BufferPrototype:
    buffer, nd_buffer = zarr.buffer.cpu.buffer_prototype
    return BufferPrototype(buffer=buffer, nd_buffer=derive(NDColumnMajorOfZarr, nd_buffer, backend))


def _labelled_buffers(backend: Backend) -> BufferPrototype:
    buffer, nd_buffer = backend.prototype
    return BufferPrototype(
        buffer=derive(Labelled, buffer, backend), nd_buffer=derive(NDLabelled, nd_buffer, backend)
    )


# A function that makes each, and whether it is for the host only.
THIRD_PARTY: dict[str, tuple[Callable[[Backend], BufferPrototype], bool]] = {
    "over a bytearray": (_bytearrays, True),
    "over bytes": (_read_only, True),
    "F order, on zarr's": (_column_major_zarr, True),
    "F order": (_column_major, False),
    "with attributes": (_labelled_buffers, False),
}
# Those of which the NDBuffer is zarr's, or derived from it.
ZARRS_OWN = frozenset({"over a bytearray", "over bytes", "F order, on zarr's"})
