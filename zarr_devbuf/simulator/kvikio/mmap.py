"""``kvikio.mmap``: files that are mapped into host memory, and copied from there."""

# ruff: noqa: ARG002, PLR0917 - names and signatures are kvikio's.
from __future__ import annotations

import mmap
import os
from typing import Any

from zarr_devbuf.simulator.kvikio._memory import Memory, invalid_value, size_t
from zarr_devbuf.simulator.kvikio._posix import open_file, read_file, record, system_error
from zarr_devbuf.simulator.kvikio._settings import value_of
from zarr_devbuf.simulator.kvikio._task import Task
from zarr_devbuf.simulator.kvikio.cufile import IOFuture

__all__ = ["IOFuture", "Mmap"]


class Mmap:
    """A part of a file that is mapped for reading.

    Parameters
    ----------
    file_path
        The path.
    flags
        ``"r"``.
    initial_map_size
        Bytes; up to the end of the file by default.
    initial_map_offset
        Position in the file, in bytes.
    mode, map_flags
        Permissions of a new file, and flags of mmap(2); without effect.
    """

    def __init__(
        self,
        file_path: Any,
        flags: str = "r",
        initial_map_size: int | None = None,
        initial_map_offset: int = 0,
        mode: int = 0o644,
        map_flags: int | None = None,
    ) -> None:
        self._fd = -1
        self._size = 0
        if not os.path.exists(file_path):  # noqa: PTH110 - bytes, too
            raise RuntimeError("Unable to open file")
        size = None if initial_map_size is None else size_t(initial_map_size)
        self._offset = size_t(initial_map_offset)
        if str(flags)[:1] == "w":
            raise ValueError("KvikIO failure: File-backed mmap write is not supported yet")
        if str(flags)[:1] != "r":
            raise ValueError("KvikIO failure: Unknown file open flag")
        self._fd = open_file(file_path, str(flags))
        self._file_size = os.fstat(self._fd).st_size
        if self._file_size:
            self._size = self._check_region(size)

    def _check_region(self, size: int | None) -> int:
        there = self._file_size - self._offset
        if there <= 0:
            raise IndexError(
                "KvikIO failure: Offset must be less than the file size. initial_map_offset: "
                f"{self._offset}, file size: {self._file_size}\n"
            )
        if size == 0:
            raise ValueError("KvikIO failure: Mapped region should not be zero byte")
        if size is not None and size > there:
            raise IndexError(
                "KvikIO failure: Mapped region is past the end of file. initial map offset: "
                f"{self._offset}, initial map size: {size}, file size: {self._file_size}\n"
            )
        try:
            mmap.mmap(self._fd, 1, prot=mmap.PROT_READ).close()
        except OSError as error:
            raise system_error("Cannot create memory mapping", error) from error
        return there if size is None else size

    def initial_map_size(self) -> int:
        """Return the bytes of the part; 0 if it is closed."""
        return self._size

    def initial_map_offset(self) -> int:
        """Return the position of the part in the file; 0 if it is closed."""
        return self._offset

    def file_size(self) -> int:
        """Return the bytes of the file; 0 if it is closed."""
        return 0 if self.closed() else os.fstat(self._fd).st_size

    def close(self) -> None:
        """Close the file."""
        descriptor, self._fd = self._fd, -1
        self._size = self._offset = 0
        if descriptor != -1:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()

    def closed(self) -> bool:
        """Return whether the file is closed."""
        return self._fd == -1

    def read(self, buf: Any, size: int | None = None, offset: int = 0) -> int:
        """Copy bytes of the file into device or host memory, and return their number.

        Parameters
        ----------
        buf
            The memory, contiguous.
        size
            Bytes; up to the end of the file by default, whatever the size of the memory.
        offset
            Position in the file, in bytes; the bytes must be in the part that is mapped.
        """
        return self._task(buf, size, offset, pending=False).get()

    def pread(
        self, buf: Any, size: int | None = None, offset: int = 0, task_size: int | None = None
    ) -> IOFuture:
        """Copy bytes of the file into device or host memory; the result returns their number."""
        each = size_t(value_of("task_size") if task_size is None else task_size)
        if each > value_of("bounce_buffer_size"):
            raise RuntimeError("KvikIO failure: bounce buffer size cannot be less than task size.")
        if not each:
            raise ValueError("KvikIO failure: `task_size` must be positive")
        return IOFuture(self._task(buf, size, offset, pending=True))

    def _task(self, buf: Any, size: int | None, offset: int, *, pending: bool) -> Task:
        memory = Memory.of(buf, size, accepts_host=True)
        position = size_t(offset)
        nbytes = self._check_read(size, position)
        if nbytes > _nbytes_of(buf):
            # kvikio writes beyond the memory here, or copies nothing.
            raise invalid_value()
        record(memory, nbytes, reads=True)
        return Task(lambda: read_file(self._fd, memory, nbytes, position, 0), pending=pending)

    def _check_read(self, size: int | None, offset: int) -> int:
        if self.closed():
            raise RuntimeError("KvikIO failure: Cannot read from a closed MmapHandle")
        if not self._file_size:
            return 0
        if offset > self._file_size:
            raise IndexError(
                f"KvikIO failure: Offset is past the end of file. offset: {offset}, file size: "
                f"{self._file_size}\n"
            )
        nbytes = self._file_size - offset if size is None else size_t(size)
        if nbytes and not (self._offset <= offset and offset + nbytes <= self._offset + self._size):
            raise IndexError(
                f"KvikIO failure: Read is out of bound. offset: {offset}, actual size to read: "
                f"{nbytes}, initial map offset: {self._offset}, initial map size: {self._size}\n"
            )
        return nbytes


def _nbytes_of(buf: Any) -> int:
    return Memory.of(buf, None, accepts_host=True).nbytes
