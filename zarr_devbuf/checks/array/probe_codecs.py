"""Codecs that count how often they are called, and leave a trace of their order in the bytes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec

from zarr_devbuf.checks._harness import HOST

if TYPE_CHECKING:
    import numpy.typing as npt

type Calls = Counter[tuple[str, str]]


class _Probe:
    """What all probes do; the values of arrays and bytes are of one byte each, or wrap around."""

    codec_name: ClassVar[str]
    is_fixed_size = True

    def __init__(self, name: str, calls: Calls, *, add: int = 0, times: int = 1) -> None:
        self.name = name
        self.calls = calls
        self.add = add
        # Odd, so that there is an inverse in 8 bits.
        self.times = times

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        raise NotImplementedError(f"a probe is not made of {data}")

    def to_dict(self) -> dict[str, Any]:
        """Name it in the metadata; nobody opens the array again."""
        return {"name": f"zarr_devbuf_probe_{self.name}", "configuration": {}}

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: Any) -> int:
        return input_byte_length

    def encode_values(self, array: Any) -> Any:
        return array * np.uint8(self.times) + np.uint8(self.add)

    def decode_values(self, array: Any) -> Any:
        return (array - np.uint8(self.add)) * np.uint8(pow(self.times, -1, 256))

    def _count(self, does: str) -> None:
        self.calls[self.name, does] += 1


class _OfArrays(_Probe):
    def _encode(self, chunk: Any, spec: Any) -> Any:
        self._count("encode")
        values = self.encode_values(chunk.as_ndarray_like())
        return spec.prototype.nd_buffer.from_ndarray_like(values)

    def _decode(self, chunk: Any, spec: Any) -> Any:
        self._count("decode")
        values = self.decode_values(chunk.as_ndarray_like())
        return spec.prototype.nd_buffer.from_ndarray_like(values)


class _ToBytes(_Probe):
    def _encode(self, chunk: Any, spec: Any) -> Any:
        self._count("encode")
        values = self.encode_values(chunk.as_ndarray_like()).reshape(-1)
        return spec.prototype.buffer.from_array_like(values.view("B"))

    def _decode(self, data: Any, spec: Any) -> Any:
        self._count("decode")
        values = self.decode_values(data.as_array_like()).reshape(spec.shape)
        return spec.prototype.nd_buffer.from_ndarray_like(values)


class _OfBytes(_Probe):
    def _encode(self, data: Any, spec: Any) -> Any:
        self._count("encode")
        return spec.prototype.buffer.from_array_like(self.encode_values(data.as_array_like()))

    def _decode(self, data: Any, spec: Any) -> Any:
        self._count("decode")
        return spec.prototype.buffer.from_array_like(self.decode_values(data.as_array_like()))


class _AsyncOnly(_Probe):
    _encode: Any
    _decode: Any

    async def _encode_single(self, chunk: Any, spec: Any) -> Any:
        return self._encode(chunk, spec)

    async def _decode_single(self, chunk: Any, spec: Any) -> Any:
        return self._decode(chunk, spec)


class _Sync(_AsyncOnly):
    def _encode_sync(self, chunk: Any, spec: Any) -> Any:
        return self._encode(chunk, spec)

    def _decode_sync(self, chunk: Any, spec: Any) -> Any:
        return self._decode(chunk, spec)


class AsyncFilter(_AsyncOnly, _OfArrays, ArrayArrayCodec):
    """A filter without synchronous methods."""


class AsyncSerializer(_AsyncOnly, _ToBytes, ArrayBytesCodec):
    """A serializer without synchronous methods."""


class AsyncCompressor(_AsyncOnly, _OfBytes, BytesBytesCodec):
    """A compressor without synchronous methods."""


class Filter(_Sync, _OfArrays, ArrayArrayCodec):
    """A filter."""


class Serializer(_Sync, _ToBytes, ArrayBytesCodec):
    """A serializer."""


class HostSerializer(_Sync, _ToBytes, ArrayBytesCodec):
    """A serializer that makes buffers of the host, whatever the prototype is."""

    def _encode(self, chunk: Any, _spec: Any) -> Any:
        values = np.ascontiguousarray(chunk.as_numpy_array())
        return HOST.buffer.from_bytes(values.tobytes())

    def _decode(self, data: Any, spec: Any) -> Any:
        values = np.frombuffer(data.to_bytes(), spec.dtype.to_native_dtype())
        return HOST.nd_buffer.from_ndarray_like(values.reshape(spec.shape))


class Compressor(_Sync, _OfBytes, BytesBytesCodec):
    """A compressor."""


def chain(calls: Calls, asynchronous: frozenset[str]) -> tuple[list[Any], Any, list[Any]]:
    """Make two filters, a serializer and two compressors; some may be asynchronous only."""

    def pick(name: str, plain: type, without: type) -> type:
        return without if name in asynchronous else plain

    filters = [
        pick("filter", Filter, AsyncFilter)("filter 1", calls, times=3),
        pick("filter", Filter, AsyncFilter)("filter 2", calls, add=1),
    ]
    serializer = pick("serializer", Serializer, AsyncSerializer)("serializer", calls, times=5)
    compressors = [
        pick("compressor", Compressor, AsyncCompressor)("compressor 1", calls, add=7),
        pick("compressor", Compressor, AsyncCompressor)("compressor 2", calls, times=9),
    ]
    return filters, serializer, compressors


def encoded(values: npt.NDArray[np.uint8]) -> bytes:
    """Encode a chunk as the chain does, by hand."""
    return np.asarray(((values * 3 + 1) * 5 + 7) * 9 & 255).astype("u1").tobytes()
