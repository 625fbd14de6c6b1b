"""Reading and writing of files by POSIX's calls, at an address in memory."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Any

from zarr_devbuf import transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.simulator.kvikio._memory import Memory

__all__ = ["open_file", "read_file", "record", "system_error", "write_file"]

_BAD_DESCRIPTOR = 9


def system_error(message: str, error: OSError) -> RuntimeError:
    """Return kvikio's error for a call of the operating system that failed."""
    return RuntimeError(f"{message} Linux system/library function call error: {error.strerror}")


def open_file(path: object, flags: str, mode: int = 0o644) -> int:
    """Open a file and return its descriptor.

    Parameters
    ----------
    path
        A path: str, bytes or ``os.PathLike``.
    flags
        ``"r"``, ``"w"``, or one of them with ``"+"``.
    mode
        The permissions of a new file.
    """
    given = os.fsencode(path)  # type: ignore[arg-type]  # checked here
    match flags[:1]:
        case "r":
            bits = os.O_RDWR if flags[1:2] == "+" else os.O_RDONLY
        case "w":
            bits = os.O_RDWR if flags[1:2] == "+" else os.O_WRONLY
            bits |= os.O_CREAT | os.O_TRUNC
        case "a":
            raise ValueError("KvikIO failure: Open flag 'a' isn't supported")
        case _:
            raise ValueError("KvikIO failure: Unknown file open flag")
    try:
        return os.open(given, bits | os.O_CLOEXEC, mode)
    except OSError as error:
        raise system_error("Unable to open file.", error) from error


def record(memory: Memory, nbytes: int, *, reads: bool) -> None:
    """Record what is moved between storage and device memory."""
    if memory.is_device:
        transfers.record_storage("s2d" if reads else "d2s", nbytes)


def read_file(
    descriptor: int,
    memory: Memory,
    nbytes: int,
    file_offset: int,
    offset: int,
    *,
    stream: Any = None,
) -> int:
    """Read bytes of a file into memory, from the position `offset` in it; return their number.

    Raises
    ------
    RuntimeError
        If the file ends before, or cannot be read.
    """

    def read(part: memoryview, position: int) -> int:
        count = os.preadv(descriptor, [part], position)
        if not count:
            raise RuntimeError("KvikIO failure: POSIX error on pread: EOF")
        return count

    address = memory.host_address(offset, nbytes, writes=True, stream=stream) if nbytes else 0
    return _move(read, address, nbytes, file_offset)


def write_file(
    descriptor: int,
    memory: Memory,
    nbytes: int,
    file_offset: int,
    offset: int,
    *,
    stream: Any = None,
) -> int:
    """Write bytes of memory, from the position `offset` in it, to a file; return their number."""

    def write(part: memoryview, position: int) -> int:
        return os.pwritev(descriptor, [part], position)

    address = memory.host_address(offset, nbytes, writes=False, stream=stream) if nbytes else 0
    return _move(write, address, nbytes, file_offset)


def _move(
    move: Callable[[memoryview, int], int], address: int, nbytes: int, file_offset: int
) -> int:
    if not nbytes:
        return 0
    part = memoryview((ctypes.c_ubyte * nbytes).from_address(address)).cast("B")
    done = 0
    while done < nbytes:
        try:
            done += move(part[done:], file_offset + done)
        except OSError as error:
            if error.errno == _BAD_DESCRIPTOR:
                # As kvikio says it, of a file that is closed or open for the other direction.
                raise RuntimeError(
                    "KvikIO failure: POSIX error: Operation not permitted"
                ) from error
            raise RuntimeError(
                f"KvikIO failure: POSIX error on p{move.__name__}: {error.strerror}"
            ) from error
    return nbytes
