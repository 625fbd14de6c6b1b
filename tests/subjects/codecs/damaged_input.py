"""Codecs that decode what is no chunk."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.subjects.codecs.base import array_of, size_of
from tests.subjects.codecs.clean import Raw, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer
    from zarr.core.array_spec import ArraySpec


class PadsTruncated(Raw):
    """Fills up with zeros if there are fewer bytes than the chunk has."""

    codec_name = "test.pads_truncated"
    caught_by = {"truncated_input"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        missing = size_of(spec) * spec.dtype.to_native_dtype().itemsize - len(data)
        if missing > 0:
            data = data + spec.prototype.buffer.from_bytes(bytes(missing))
        return Raw.decoded(self, data, spec)


class ShapeOfLength(Raw):
    """Takes the number of rows from the number of bytes."""

    codec_name = "test.shape_of_length"
    caught_by = {"surplus_input"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        if 0 in spec.shape or not spec.shape:
            return Raw.decoded(self, data, spec)
        array: Any = array_of(data).view(spec.dtype.to_native_dtype())
        return spec.prototype.nd_buffer.from_ndarray_like(array.reshape(-1, *spec.shape[1:]))


class LastOfMany(Raw):
    """Takes the last bytes if there are more than the chunk has."""

    codec_name = "test.last_of_many"
    caught_by = {"surplus_input"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        nbytes = size_of(spec) * spec.dtype.to_native_dtype().itemsize
        return Raw.decoded(self, data[max(0, len(data) - nbytes) :], spec)


class Checksum(Xor):
    """Stores a checksum before the data; a clean base."""

    codec_name = "test.checksum"
    verifies = True

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        checksum = zlib.crc32(data.to_bytes()).to_bytes(4, "little")
        return spec.prototype.buffer.from_bytes(checksum) + data

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        content = data[4:]
        checksum = zlib.crc32(content.to_bytes()).to_bytes(4, "little")
        if self.verifies and data[:4].to_bytes() != checksum:
            raise ValueError("the checksum does not fit the data")
        return content

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return input_byte_length + 4


class ChecksumUnread(Checksum):
    """Stores a checksum, and does not look at it."""

    codec_name = "test.checksum_unread"
    caught_by = {"checksum"}
    verifies = False


class Follows(Xor):
    """Follows an offset that is read from the input, and ends the process if it is wrong."""

    codec_name = "test.follows"
    caught_by = {"corrupt_input"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return spec.prototype.buffer.from_bytes(b"\x01") + Xor.encoded(self, data, spec)

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        offset = int(np.asarray(data[:1].as_numpy_array())[0]) if len(data) else 1
        if offset != 1:
            os.abort()
        return Xor.decoded(self, data[offset:], spec)

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return input_byte_length + 1
