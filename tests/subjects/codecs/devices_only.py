"""Codecs for devices alone: one that is clean, others that are wrong on the device or the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.abc.codec import ArrayArrayCodec

from tests.subjects.codecs.base import VALUES, array_of, elsewhere
from tests.subjects.codecs.clean import Named, Paths, Raw, SameLength, Xor
from zarr_devbuf import get_backend

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


@dataclass(frozen=True)
class DeviceOnly(Xor):
    """Rejects NumPy arrays, clearly, when it is called."""

    codec_name = "test.device_only"

    def require_device(self, data: Any) -> None:
        if isinstance(array_of(data), np.ndarray):
            raise TypeError("device memory is needed; use a GPU buffer prototype")

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        self.require_device(data)
        return Xor.encoded(self, data, spec)

    decoded = encoded


@dataclass(frozen=True)
class RawDeviceOnly(Raw):
    """Array to bytes: rejects NumPy arrays by an exception of another class."""

    codec_name = "test.raw_device_only"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        if isinstance(array_of(data), np.ndarray):
            raise OSError("the array is in host memory: only CUDA arrays can be encoded")
        return Raw.encoded(self, data, spec)


class DecodesOnly(DeviceOnly):
    """Decodes on devices, and encodes nowhere."""

    codec_name = "test.decodes_only"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        raise NotImplementedError("it decodes only")

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        self.require_device(data)
        return Xor.decoded(self, data, spec)


class DecodesOnHost(DecodesOnly):
    """Decodes on the host what lies on a device."""

    codec_name = "test.decodes_on_host"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        host = data.as_numpy_array() ^ np.uint8(self.key)
        return spec.prototype.buffer.from_bytes(host.tobytes())


class DeviceOnlyWrong(DeviceOnly):
    """Loses the last byte of an odd number."""

    codec_name = "test.device_only_wrong"
    caught_by = {"chunk_shapes", "special_values", "odd_lengths", "large_chunks"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = DeviceOnly.encoded(self, data, spec)
        if len(done) % 2:
            array_of(done)[-1:] = 0
        return done

    decoded = encoded


class GivesDeviceMemory(Xor):
    """Takes any memory, and puts device memory into buffers of the host, too."""

    codec_name = "test.gives_device_memory"
    caught_by = {"prototypes_in_turn"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if not elsewhere(data) and isinstance(array, np.ndarray):
            array = get_backend("sim").from_host(array)
        return spec.prototype.buffer.from_array_like(array ^ np.uint8(self.key))

    decoded = encoded


class GivesDeviceMemoryWrong(GivesDeviceMemory):
    """The same, and it cannot read what it has written on the device."""

    codec_name = "test.gives_device_memory_wrong"
    caught_by = VALUES | {"odd_lengths"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        raise ValueError("Unable to avoid copy while creating an array as requested.")


class RoundsToDeviceMemory(Named, Paths, SameLength, ArrayArrayCodec):
    """Keeps two decimals of what is not too large, and gives device memory for any memory."""

    codec_name = "test.rounds_to_device_memory"
    caught_by = {"prototypes_in_turn"}

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if array.dtype.kind != "f":
            raise TypeError(f"takes floats, not {array.dtype}")
        if isinstance(array, np.ndarray):
            array = get_backend("sim").from_host(array)
        rounded = (array * 100).round() / 100
        return spec.prototype.nd_buffer.from_ndarray_like(rounded)

    decoded = encoded
