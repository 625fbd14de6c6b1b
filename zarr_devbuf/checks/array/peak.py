"""How much device memory it takes to read and to write an array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from zarr_devbuf.checks._harness import on_device, peak_memory
from zarr_devbuf.checks.array.array_params import ArrayParams, make_array, numbers, takes_settings
from zarr_devbuf.config import use_backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.backend import Backend

__all__ = ["Peak", "measure_peak"]

# Eight chunks of 128 KiB: much more than the 512 bytes in which memory is allocated.
_PARAMS = ArrayParams((512, 512), (128, 256), "f4")


@final
@dataclass(frozen=True, slots=True)
class Peak:
    """
    The device memory that an operation on a whole array takes at most, in multiples of a chunk.

    Attributes
    ----------
    read : float
        While all of the array is read, with the result, which has 8 chunks if the subject takes
        settings.
    write : float
        While all of the array is written, without the values that are written.
    chunk_bytes : int
        The size of a chunk, in bytes.
    """

    read: float
    write: float
    chunk_bytes: int

    def __str__(self) -> str:
        size = f"{self.chunk_bytes} bytes"
        return f"{self.read:.1f} chunks for reading, {self.write:.1f} for writing ({size} each)"


def measure_peak(subject: Callable[..., Any] | None, backend: Backend) -> Peak:
    """
    Measure the peak of device memory while an array is written and read.

    Parameters
    ----------
    subject : callable or None
        Makes the array, as for `zarr_devbuf.checks.check_array`.
    backend : Backend
        Has memory pools, as ``"sim"`` and ``"gpu"`` have.

    Returns
    -------
    Peak
        What is in use before counts for nothing.

    Raises
    ------
    NotApplicable
        If the backend has none.
    """
    params = _PARAMS if takes_settings(subject) else None
    with use_backend(backend):
        array = make_array(subject, params)
        given = on_device(backend, numbers(array.shape, array.dtype))
        chunks = array.shards or array.chunks
        size = int(np.prod(chunks)) * array.dtype.itemsize

        def write() -> None:
            array[...] = given

        written = peak_memory(backend, write)
        read = peak_memory(backend, lambda: array[...])
    return Peak(read / max(1, size), written / max(1, size), size)
