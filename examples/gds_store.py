"""A store on a folder that moves values between files and device memory, by kvikio.

It imports kvikio where it needs it, so that it works with host memory without it.
"""

from __future__ import annotations

import asyncio
import uuid

import numpy as np
from zarr.abc.buffer import Buffer
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import LocalStore


def span(nbytes, byte_range):
    """Return the first position and the number of bytes that a file has of a request."""
    match byte_range:
        case None:
            start, stop = 0, nbytes
        case RangeByteRequest():
            start, stop = byte_range.start, byte_range.end
        case OffsetByteRequest():
            start, stop = byte_range.offset, nbytes
        case SuffixByteRequest():
            start, stop = nbytes - byte_range.suffix, nbytes
        case _:
            raise TypeError(f"Unexpected byte_range, got {byte_range}")
    start = min(max(start, 0), nbytes)
    return start, max(min(stop, nbytes) - start, 0)


def is_on_device(array):
    return hasattr(array, "__cuda_array_interface__")


class GdsStore(LocalStore):
    """`LocalStore`, except that device memory is read and written without host memory."""

    def get_sync(self, key, *, prototype=None, byte_range=None):
        prototype = prototype or default_buffer_prototype()
        self._ensure_open_sync()
        path = self.root / key
        if not path.is_file():
            return None
        start, nbytes = span(path.stat().st_size, byte_range)
        array = prototype.nd_buffer.create(shape=(nbytes,), dtype=np.dtype("u1")).as_ndarray_like()
        if not is_on_device(array):
            return super().get_sync(key, prototype=prototype, byte_range=byte_range)
        if nbytes:
            import kvikio

            with kvikio.CuFile(path) as file:
                file.read(array, file_offset=start)
        return prototype.buffer.from_array_like(array)

    def set_sync(self, key, value):
        if not (isinstance(value, Buffer) and len(value) and is_on_device(value.as_array_like())):
            super().set_sync(key, value)
            return
        self._ensure_open_sync()
        self._check_writable()
        self._write(self.root / key, value.as_array_like()).replace(self.root / key)

    @staticmethod
    def _write(path, array):
        """Write an array to a new file beside a path, and return the path of the new file."""
        import kvikio

        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
        with kvikio.CuFile(new, "w") as file:
            file.write(array)
        return new

    # A store that overrides only some of these moves data by the host in the others.

    async def get(self, key, prototype=None, byte_range=None):
        await self._ensure_open()
        return await asyncio.to_thread(
            self.get_sync, key, prototype=prototype, byte_range=byte_range
        )

    async def get_partial_values(self, prototype, key_ranges):
        return [await self.get(key, prototype, byte_range) for key, byte_range in key_ranges]

    async def set(self, key, value):
        await self._ensure_open()
        await asyncio.to_thread(self.set_sync, key, value)

    async def set_if_not_exists(self, key, value):
        if not await self.exists(key):
            await self.set(key, value)
