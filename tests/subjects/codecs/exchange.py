"""Codecs that do not write the format of their reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.subjects.codecs.clean import Xor
from tests.subjects.codecs.devices_only import DeviceOnly

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer
    from zarr.core.array_spec import ArraySpec


class OtherKeyThanReference(DeviceOnly):
    """Rejects NumPy buffers, and is right by itself, in a format of its own."""

    codec_name = "test.other_key_than_reference"
    caught_by = {"exchange_with_reference"}
    reference = Xor()

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        self.require_device(data)
        return Xor(self.key ^ 1).encoded(data, spec)

    decoded = encoded


class ReadsOnlyItsOwn(Xor):
    """Writes the format of the reference, and skips a byte of what that has written."""

    codec_name = "test.reads_only_its_own"
    caught_by = {"exchange_with_reference"}
    reference = Xor()
    is_fixed_size = False

    def compute_encoded_size(self, _input_byte_length: int, _spec: ArraySpec) -> int:
        raise NotImplementedError

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return spec.prototype.buffer.from_bytes(b"!") + Xor.encoded(self, data, spec)

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return Xor.decoded(self, data[1:], spec)
