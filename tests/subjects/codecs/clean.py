"""Codecs that pass every check: one of each kind that stays on the device, one that does not."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


class Named:
    """
    The metadata of a codec, and which checks catch it if it is broken.

    Attributes
    ----------
    caught_by : set of str
        The short names of exactly those checks that fail.
    may_be_caught_by : set of str
        Checks that fail by chance.
    backend : str
        Where they fail.
    arguments : dict
        Of the constructor, for the tests.
    """

    codec_name: ClassVar[str]
    caught_by: ClassVar[set[str]]
    may_be_caught_by: ClassVar[set[str]] = set()
    backend: ClassVar[str] = "sim"
    arguments: ClassVar[dict[str, Any]] = {}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(**data.get("configuration", {}))

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": dict(vars(self))}


class Paths:
    """The call paths of a codec, which all call `encoded` and `decoded`."""

    def encoded(self, data: Any, spec: ArraySpec) -> Any:
        raise NotImplementedError

    def decoded(self, data: Any, spec: ArraySpec) -> Any:
        raise NotImplementedError

    def _encode_sync(self, data: Any, spec: ArraySpec) -> Any:
        return self.encoded(data, spec)

    def _decode_sync(self, data: Any, spec: ArraySpec) -> Any:
        return self.decoded(data, spec)

    async def _encode_single(self, data: Any, spec: ArraySpec) -> Any:
        return self.encoded(data, spec)

    async def _decode_single(self, data: Any, spec: ArraySpec) -> Any:
        return self.decoded(data, spec)


class SameLength:
    is_fixed_size = True

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return input_byte_length


@dataclass(frozen=True)
class Xor(Named, Paths, SameLength, BytesBytesCodec):
    """Bytes to bytes, on the device: every byte xor the key."""

    codec_name = "test.xor"
    key: int = 0x5A

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array: Any = data.as_array_like()
        return spec.prototype.buffer.from_array_like(array ^ np.uint8(self.key))

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return Xor.encoded(self, data, spec)


@dataclass(frozen=True)
class Reverse(Named, Paths, SameLength, ArrayArrayCodec):
    """Array to array, on the device: the first axis in reverse order."""

    codec_name = "test.reverse"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array: Any = data.as_ndarray_like()
        return spec.prototype.nd_buffer.from_ndarray_like(array[::-1] if array.ndim else array)

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        return Reverse.encoded(self, data, spec)


@dataclass(frozen=True)
class Raw(Named, Paths, SameLength, ArrayBytesCodec):
    """Array to bytes, on the device: the memory as it is."""

    codec_name = "test.raw"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array: Any = data.as_ndarray_like()
        return spec.prototype.buffer.from_array_like(array.ravel().view("B"))

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array: Any = data.as_array_like()
        array = array.view(spec.dtype.to_native_dtype()).reshape(spec.shape)
        return spec.prototype.nd_buffer.from_ndarray_like(array)


@dataclass(frozen=True)
class Deflate(Named, Paths, BytesBytesCodec):
    """Bytes to bytes, on the host: makes explicit transfers."""

    codec_name = "test.deflate"
    is_fixed_size = False
    level: int = 1

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return spec.prototype.buffer.from_bytes(zlib.compress(data.to_bytes(), self.level))

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return spec.prototype.buffer.from_bytes(zlib.decompress(data.to_bytes()))

    def compute_encoded_size(self, _input_byte_length: int, _spec: ArraySpec) -> int:
        raise NotImplementedError


@dataclass(frozen=True)
class HalfPrecision(Named, Paths, SameLength, ArrayArrayCodec):
    """Array to array, lossy: drops what a 16-bit float does not hold. Rejects all but floats."""

    codec_name = "test.half_precision"

    def validate(self, *, dtype: Any, **_: Any) -> None:
        if dtype.to_native_dtype().kind != "f":
            raise TypeError(f"takes floats, not {dtype.to_native_dtype()}")

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array: Any = data.as_ndarray_like()
        rounded = array.astype(np.float16).astype(array.dtype)
        return spec.prototype.nd_buffer.from_ndarray_like(rounded)

    def decoded(self, data: NDBuffer, _spec: ArraySpec) -> Any:
        return data


@dataclass(frozen=True)
class OnlyBatches(Xor):
    """Implements only the batched methods, as codecs for whole batches on a GPU do."""

    codec_name = "test.only_batches"
    _encode_sync = _decode_sync = None  # type: ignore[assignment]
    _encode_single = BytesBytesCodec._encode_single  # type: ignore[assignment]
    _decode_single = BytesBytesCodec._decode_single  # type: ignore[assignment]

    async def encode(self, chunks_and_specs: Any) -> Any:
        return [data and self.encoded(data, spec) for data, spec in chunks_and_specs]

    async def decode(self, chunks_and_specs: Any) -> Any:
        return [data and self.decoded(data, spec) for data, spec in chunks_and_specs]


class AsyncOnly:
    """Has only the path with event loop, as codecs that wait for a device do."""

    _encode_sync = _decode_sync = None


@dataclass(frozen=True)
class AsyncReverse(AsyncOnly, Reverse):  # type: ignore[misc]
    """A filter, in the path with event loop alone."""

    codec_name = "test.async_reverse"


@dataclass(frozen=True)
class AsyncRaw(AsyncOnly, Raw):  # type: ignore[misc]
    """A serializer, in the path with event loop alone."""

    codec_name = "test.async_raw"


@dataclass(frozen=True)
class AsyncXor(AsyncOnly, Xor):  # type: ignore[misc]
    """A compressor, in the path with event loop alone."""

    codec_name = "test.async_xor"


@dataclass(frozen=True)
class RejectsAll(Xor):
    """Rejects every chunk, clearly and early."""

    codec_name = "test.rejects_all"

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        raise NotImplementedError("needs a library that is not there")


@dataclass(frozen=True)
class RejectsDevices(Xor):
    """Rejects all but zarr's own buffers."""

    codec_name = "test.rejects_devices"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        if not isinstance(data.as_array_like(), np.ndarray):
            raise NotImplementedError("works in host memory only")
        return Xor.encoded(self, data, spec)

    decoded = encoded


CLEAN: tuple[tuple[Any, str], ...] = (
    (Xor(), "device-native"),
    (Xor(key=7), "device-native"),
    (Reverse(), "device-native"),
    (Raw(), "device-native"),
    (HalfPrecision(), "device-native"),
    (OnlyBatches(), "device-native"),
    (AsyncReverse(), "device-native"),
    (AsyncRaw(), "device-native"),
    (AsyncXor(), "device-native"),
    (Deflate(), "host-round-trip"),
    (Deflate(level=9), "host-round-trip"),
    (RejectsAll(), "unsupported"),
    (RejectsDevices(), "unsupported"),
)
