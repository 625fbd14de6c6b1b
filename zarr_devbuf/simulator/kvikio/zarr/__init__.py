"""``kvikio.zarr``: a store of Zarr on a folder, whose files are read into device memory.

It is used if kvikio is not installed: otherwise the module is kvikio's own.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    SuffixByteRequest,
)
from zarr.storage import LocalStore

from zarr_devbuf._backends.zarr_internals import default_buffer_prototype
from zarr_devbuf.simulator.kvikio.cufile import CuFile

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.buffer import Buffer, BufferPrototype

__all__ = ["GDSStore"]


class GDSStore(LocalStore):
    """A store on a folder that reads and writes values by kvikio.

    As in kvikio 26.10, the asynchronous methods `get` and `set` alone do so: the others are those
    of ``zarr.storage.LocalStore``.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self}')"

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Read a value, or a part of it, into a buffer of a prototype."""
        if not self._is_open:
            await self._open()
        try:
            return await asyncio.to_thread(
                _read, self.root / key, prototype or default_buffer_prototype(), byte_range
            )
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    async def set(self, key: str, value: Buffer) -> None:
        """Write a value."""
        await self._set(key, value)

    async def _set(self, key: str, value: Buffer, exclusive: bool = False) -> None:
        if not self._is_open:
            await self._open()
        self._check_writable()
        if not hasattr(value, "as_array_like"):
            raise TypeError(
                f"LocalStore.set(): `value` must be a Buffer instance. Got an instance of "
                f"{type(value)} instead."
            )
        await asyncio.to_thread(_write, self.root / key, value, exclusive)


def _range(nbytes: int, byte_range: ByteRequest | None) -> tuple[int, int]:
    """Return the first position and the number of bytes, as far as the file has them."""
    match byte_range:
        case None:
            start, count = 0, nbytes
        case OffsetByteRequest(offset):
            start, count = offset, max(0, nbytes - offset)
        case RangeByteRequest(first, end):
            start, count = first, end - first
        case SuffixByteRequest(suffix):
            start, count = max(0, nbytes - suffix), suffix
        case _:
            raise TypeError(f"Unexpected byte_range, got {byte_range}")
    return min(start, nbytes), min(count, nbytes)


def _read(path: Path, prototype: BufferPrototype, byte_range: ByteRequest | None) -> Buffer:
    start, count = _range(path.stat().st_size, byte_range)
    raw: Any = prototype.nd_buffer.create(shape=(count,), dtype="B").as_ndarray_like()
    buffer = prototype.buffer.from_array_like(raw)
    with CuFile(path) as file:
        file.read(raw, size=count, file_offset=start)
    return buffer


def _write(path: Path, value: Buffer, exclusive: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if exclusive and path.exists():
        raise FileExistsError(f"File exists: {path}")
    with CuFile(path, "w") as file:
        file.write(value.as_array_like())
