"""Codecs that make implicit transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.subjects.codecs.base import array_of, elsewhere
from tests.subjects.codecs.clean import Reverse, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


class HandsInHostMemory(Xor):
    """Works on the host and passes host memory to the prototype."""

    codec_name = "test.hands_in_host_memory"
    caught_by = {"implicit_transfers"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        flipped = data.as_numpy_array() ^ np.uint8(self.key)
        return spec.prototype.buffer.from_array_like(flipped)


class HandsInHostMemoryInSync(Xor):
    """Passes host memory to the prototype, in the path without event loop."""

    codec_name = "test.hands_in_host_memory_in_sync"
    caught_by = {"implicit_transfers"}

    def _encode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        flipped = data.as_numpy_array() ^ np.uint8(self.key)
        return spec.prototype.buffer.from_array_like(flipped)


class HostMemoryForF(Reverse):
    """Passes host memory to the prototype for F-ordered chunks."""

    codec_name = "test.host_memory_for_f"
    caught_by = {"implicit_transfers"}

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if elsewhere(data) and array.ndim > 1 and array.flags.f_contiguous:
            return spec.prototype.nd_buffer.from_ndarray_like(data.as_numpy_array()[::-1].copy())
        return Reverse.encoded(self, data, spec)
