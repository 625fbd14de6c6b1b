"""The stream of each operation: the one place where operations are issued.

Operations are done when they are issued. Here an array learns which stream has written it, and here
the order of operations on different streams can be checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator._core.synchronization import check_allowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr_devbuf.simulator.nvcomp.stream import CudaStream

__all__ = ["issue", "wait"]


def issue(stream: CudaStream, *, reads: Iterable[Any] = (), writes: Iterable[Any] = ()) -> None:
    """Issue an operation.

    Parameters
    ----------
    stream
        The stream on which it runs.
    reads, writes
        The arrays that it reads and writes; those that it writes get its stream.
    """
    del reads  # Their streams are not compared with this one yet.
    for array in writes:
        array._stream = stream  # noqa: SLF001


def wait(stream: CudaStream) -> None:
    """Wait for a stream; raise ``DeviceSynchronized`` if this thread may not wait."""
    del stream  # All its work is done.
    check_allowed()
