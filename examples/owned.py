"""A backend of one's own: host memory that knows its owner, and takes and gives only copies."""

from __future__ import annotations

import numpy as np
import zarr.abc.buffer

from zarr_devbuf import Backend
from zarr_devbuf.reference import ReferenceBuffer, ReferenceNDBuffer
from zarr_devbuf.store import ReferenceStore
from zarr_devbuf.transfers import record


class OwnedArray(np.ndarray):
    """An array of the backend."""


class OwnedNDArrayLike(OwnedArray):
    """An array of the backend that comes from a reference buffer."""


class OwnedNamespace:
    """NumPy, except that each array that it returns is an OwnedArray."""

    def __getattr__(self, name):
        function = getattr(np, name)
        return lambda *args, **kwargs: owned(function(*args, **kwargs))


def owned(result):
    if isinstance(result, tuple | list):
        return tuple(map(owned, result))
    return result.view(OwnedArray) if isinstance(result, np.ndarray) else result


class OwnedBackend(Backend):
    name = "owned"
    xp = OwnedNamespace()
    array_type = OwnedArray
    TestNDArrayLike = OwnedNDArrayLike
    is_host = False  # nothing is shared with the host: each copy is recorded

    def from_host(self, array):
        record("h2d", array.nbytes, explicit=True)
        return array.copy().view(OwnedArray)

    def to_host(self, array):
        record("d2h", array.nbytes, explicit=True)
        return array.view(np.ndarray).copy()


OWNED = OwnedBackend()


class TestBuffer(ReferenceBuffer, zarr.abc.buffer.Buffer, backend=OWNED):
    pass


class NDBufferUsingTestNDArrayLike(ReferenceNDBuffer, zarr.abc.buffer.NDBuffer, backend=OWNED):
    pass


class StoreExpectingTestBuffer(ReferenceStore, backend=OWNED):
    pass
