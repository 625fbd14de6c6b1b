"""``kvikio.cufile``: files."""

# ruff: noqa: ARG001 - names and signatures are kvikio's.
from __future__ import annotations

import contextlib
import fcntl
import io
import mmap
import os
from typing import Any, Self

from zarr_devbuf.simulator._core.accesses import synchronize
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator.kvikio._memory import Memory, size_t
from zarr_devbuf.simulator.kvikio._posix import (
    open_file,
    read_file,
    record,
    system_error,
    write_file,
)
from zarr_devbuf.simulator.kvikio._settings import CompatMode, value_of
from zarr_devbuf.simulator.kvikio._task import Task
from zarr_devbuf.simulator.kvikio.buffer import use_bounce_buffer
from zarr_devbuf.simulator.kvikio.utils import kvikio_deprecation_notice

__all__ = [
    "CuFile",
    "IOFuture",
    "IOFutureStream",
    "clear_page_cache",
    "drop_file_page_cache",
    "drop_system_page_cache",
    "get_page_cache_info",
    "kvikio_deprecation_notice",
]


class IOFutureStream:
    """The result of input or output on a stream."""

    __slots__ = ("_handle", "_stream")

    def __init__(self, handle: Any, stream: int = 0) -> None:
        self._handle = handle
        self._stream = stream

    def check_bytes_done(self) -> int:
        """Wait for the stream, and return the bytes that were moved."""
        synchronize(self._stream)
        nbytes: int = self._handle
        return nbytes


class IOFuture:
    """The result of input or output that is made by other threads."""

    __slots__ = ("_handle",)

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def get(self) -> int:
        """Wait for the input or output; return the bytes that were moved, or raise; once only."""
        nbytes: int = self._handle.get()
        return nbytes

    def done(self) -> bool:
        """Return whether the input or output is made; the simulator makes it now."""
        done: bool = self._handle.done()
        return done


class CuFile:
    """A file that is read into device or host memory, or written from it.

    Each transfer between the file and device memory is recorded in ``TransferLog.storage``, at the
    line that issues it.

    Parameters
    ----------
    file
        The path.
    flags
        ``"r"``, ``"w"`` (truncates the file), ``"r+"`` or ``"w+"``.

    Raises
    ------
    RuntimeError
        If the file cannot be opened, or cuFile is demanded (``CompatMode.OFF``).
    ValueError
        If the flags are others.
    """

    def __init__(self, file: Any, flags: str = "r") -> None:
        self._fd = -1
        self._fd = open_file(file, str(flags))
        if value_of("compat_mode") == CompatMode.OFF:
            self.close()
            raise RuntimeError("cuFile error: NVFS driver initialization error")
        self._direct = _opens_directly(file)

    def close(self) -> None:
        """Close the file."""
        descriptor, self._fd = self._fd, -1
        if descriptor != -1:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._fd == -1

    def fileno(self) -> int:
        """Return the descriptor of the file; -1 if it is closed."""
        return self._fd

    def open_flags(self) -> int:
        """Return the flags of the open file, see open(2)."""
        try:
            # A descriptor of -1 is an error of another kind in Python.
            return fcntl.fcntl(self._fd if self._fd >= 0 else _INVALID, fcntl.F_GETFL)
        except OSError as error:
            raise system_error("Unable to retrieve open flags.", error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def pread(
        self, buf: Any, size: Any = None, file_offset: int = 0, task_size: Any = None
    ) -> IOFuture:
        """Read bytes of the file into device or host memory.

        Parameters
        ----------
        buf
            The memory, contiguous.
        size
            Bytes; all of the memory by default.
        file_offset
            Position in the file, in bytes.
        task_size
            Bytes that one thread of kvikio reads; without effect.

        Returns
        -------
        IOFuture
            Its ``get`` returns the bytes read. Device memory of less than ``gds_threshold`` bytes
            has them at once.
        """
        return self._issue(buf, size, file_offset, task_size, reads=True)

    def pwrite(
        self, buf: Any, size: Any = None, file_offset: int = 0, task_size: Any = None
    ) -> IOFuture:
        """Write bytes of device or host memory to the file; see `pread`."""
        return self._issue(buf, size, file_offset, task_size, reads=False)

    def read(self, buf: Any, size: Any = None, file_offset: int = 0, task_size: Any = None) -> int:
        """Read bytes of the file into device or host memory, and return their number."""
        return self.pread(buf, size, file_offset, task_size).get()

    def write(self, buf: Any, size: Any = None, file_offset: int = 0, task_size: Any = None) -> int:
        """Write bytes of device or host memory to the file, and return their number."""
        return self.pwrite(buf, size, file_offset, task_size).get()

    def _issue(
        self, buf: Any, size: Any, file_offset: int, task_size: Any, *, reads: bool
    ) -> IOFuture:
        memory = Memory.of(buf, size, accepts_host=True)
        position = size_t(file_offset)
        size_t(task_size or 0)

        def run() -> int:
            move = read_file if reads else write_file
            return move(self._fd, memory, memory.nbytes, position, 0)

        if memory.is_device:
            use_bounce_buffer()
        record(memory, memory.nbytes, reads=reads)
        at_once = memory.is_device and memory.nbytes < value_of("gds_threshold")
        return IOFuture(Task(run, pending=not at_once))

    def raw_read(
        self, buf: Any, size: Any = None, file_offset: int = 0, dev_offset: int = 0
    ) -> int:
        """Read bytes of the file into device memory, from a position in it; return their number."""
        return self._move(buf, size, file_offset, dev_offset, reads=True)

    def raw_write(
        self, buf: Any, size: Any = None, file_offset: int = 0, dev_offset: int = 0
    ) -> int:
        """Write bytes of device memory, from a position in it, to the file; return their number."""
        return self._move(buf, size, file_offset, dev_offset, reads=False)

    def raw_read_async(
        self,
        buf: Any,
        raw_stream: int,
        size: Any = None,
        file_offset: int = 0,
        dev_offset: int = 0,
    ) -> IOFutureStream:
        """Read bytes of the file into device memory, on a stream given by its address.

        It is ordered on that stream alone. In compatibility mode kvikio reads at once.
        """
        stream = size_t(int(raw_stream))
        done = self._move(buf, size, file_offset, dev_offset, reads=True, stream=stream)
        return IOFutureStream(done, stream)

    def raw_write_async(
        self,
        buf: Any,
        raw_stream: int,
        size: Any = None,
        file_offset: int = 0,
        dev_offset: int = 0,
    ) -> IOFutureStream:
        """Write bytes of device memory to the file, on a stream; see `raw_read_async`."""
        stream = size_t(int(raw_stream))
        done = self._move(buf, size, file_offset, dev_offset, reads=False, stream=stream)
        return IOFutureStream(done, stream)

    def _move(
        self,
        buf: Any,
        size: Any,
        file_offset: int,
        dev_offset: int,
        *,
        reads: bool,
        stream: Any = None,
    ) -> int:
        memory = Memory.of(buf, size, accepts_host=False)
        position, offset = size_t(file_offset), size_t(dev_offset)
        use_bounce_buffer()
        record(memory, memory.nbytes, reads=reads)
        move = read_file if reads else write_file
        return move(self._fd, memory, memory.nbytes, position, offset, stream=stream)

    def is_direct_io_supported(self) -> bool:
        """Return whether kvikio may read or write without the operating system's cache."""
        switched_on = value_of("auto_direct_io_read") or value_of("auto_direct_io_write")
        return bool(not self.closed and switched_on and self._direct)


_INVALID = 1 << 20


def _opens_directly(path: Any) -> bool:
    if not hasattr(os, "O_DIRECT"):
        return False
    with contextlib.suppress(OSError):
        os.close(os.open(os.fsencode(path), os.O_RDONLY | os.O_DIRECT))
        return True
    return False


@contextlib.contextmanager
def _descriptor(file: Any) -> Any:
    """Give the descriptor of a path, a descriptor or a file object."""
    if isinstance(file, str | os.PathLike):
        descriptor = open_file(file, "r")
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    elif isinstance(file, int):
        yield file
    elif isinstance(file, io.IOBase):
        yield file.fileno()
    else:
        raise ValueError(  # noqa: TRY004 - as kvikio
            "The type of `file` must be `os.PathLike`, `str`, `int`, or `io.IOBase`"
        )


def get_page_cache_info(file: Any, offset: int = 0, length: int = 0) -> tuple[int, int]:
    """Return how many pages of a part of a file are cached, and how many it has.

    The simulator takes all of them to be cached.
    """
    with _descriptor(file) as descriptor:
        nbytes = os.fstat(descriptor).st_size
    if offset >= nbytes:
        return 0, 0
    start = offset - offset % mmap.PAGESIZE
    end = min(nbytes, offset + length) if length else nbytes
    pages = -(-(end - start) // mmap.PAGESIZE)
    return pages, pages


def drop_file_page_cache(
    file: Any, offset: int = 0, length: int = 0, sync_first: bool = True
) -> None:
    """Ask the operating system to forget a part of a file, if it can."""
    with _descriptor(file) as descriptor:
        if sync_first:
            os.fsync(descriptor)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, offset, length, os.POSIX_FADV_DONTNEED)


def drop_system_page_cache(
    reclaim_dentries_and_inodes: bool = True, sync_first: bool = True
) -> bool:
    """Raise ``NotImplementedError``: the cache of the whole machine is not dropped."""
    raise not_implemented("kvikio.drop_system_page_cache")


@kvikio_deprecation_notice("Use :func:`drop_system_page_cache` instead.", since="26.04")
def clear_page_cache(
    reclaim_dentries_and_inodes: bool = True, clear_dirty_pages: bool = True
) -> bool:
    """Raise ``NotImplementedError``: the cache of the whole machine is not dropped."""
    raise not_implemented("kvikio.clear_page_cache")
