"""Codecs that are wrong with chunks beyond a size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.subjects.codecs.base import array_of, elsewhere
from tests.subjects.codecs.clean import Reverse, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


class ShortHeader(Xor):
    """Keeps the length in 16 bits, in NumPy buffers too."""

    codec_name = "test.short_header"
    caught_by = {"large_chunks"}
    bits = 16

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        length = len(data) % (1 << self.bits)
        header = spec.prototype.buffer.from_bytes(length.to_bytes(8, "little"))
        return header + Xor.encoded(self, data, spec)

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        length = int.from_bytes(data[:8].to_bytes(), "little")
        return Xor.decoded(self, data[8 : 8 + length], spec)

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return input_byte_length + 8


class OneMebibyte(Xor):
    """Has a scratch buffer of 1 MiB on the device."""

    codec_name = "test.one_mebibyte"
    caught_by = {"large_chunks"}
    size = 1 << 20

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = array_of(Xor.decoded(self, data, spec))
        if elsewhere(data):
            done[self.size :] = 0
        return spec.prototype.buffer.from_array_like(done)


class TwoMebibytes(OneMebibyte):
    """Has a scratch buffer of 2 MiB on the device."""

    codec_name = "test.two_mebibytes"
    caught_by = {"large_chunks"}
    size = 1 << 21


class LongRuns(Xor):
    """Counts runs of one value in 16 bits, in NumPy buffers too."""

    codec_name = "test.long_runs"
    caught_by = {"large_chunks"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.decoded(self, data, spec).as_numpy_array().copy()
        (ends,) = np.nonzero(done[1:] != done[:-1])
        starts = np.concatenate([[0], ends + 1, [done.size]])
        long = starts[:-1][np.diff(starts) > 0xFFFF]
        done[long + 0xFFFF] = 0xEE
        return spec.prototype.buffer.from_bytes(done.tobytes())


class ManyRows(Reverse):
    """Has a grid of 1024 rows on the device."""

    codec_name = "test.many_rows"
    caught_by = {"large_chunks"}

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = array_of(Reverse.decoded(self, data, spec))
        if elsewhere(data) and done.ndim > 1:
            done = done.copy()
            done[1024:] = 0
        return spec.prototype.nd_buffer.from_ndarray_like(done)
