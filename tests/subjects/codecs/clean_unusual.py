"""Codecs that pass every check, and are of kinds that are rare."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from zarr.abc.codec import (
    ArrayArrayCodec,
    ArrayBytesCodec,
    ArrayBytesCodecPartialDecodeMixin,
    ArrayBytesCodecPartialEncodeMixin,
    BytesBytesCodec,
)
from zarr.abc.store import RangeByteRequest
from zarr.dtype import parse_dtype

from tests.subjects.codecs.clean import Named, Paths, Raw, Xor
from tests.subjects.codecs.damaged_input import Checksum

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


def size_of(spec: ArraySpec) -> int:
    return int(np.prod(spec.shape))


class Numbers:
    """Rejects all but some kinds of numbers."""

    kinds = "iufcb"

    def validate(self, *, shape: Any, dtype: Any, chunk_grid: Any) -> None:
        native = dtype.to_native_dtype()
        if native.kind not in self.kinds or not native.isnative:
            raise TypeError(f"takes native numbers of kind {self.kinds}, not {native}")


@dataclass(frozen=True)
class Padded(Named, Paths, Numbers, ArrayArrayCodec):
    """Array to array: one dimension, as long as the next multiple of 16."""

    codec_name = "test.padded"
    is_fixed_size = True

    def _length(self, spec: ArraySpec) -> int:
        return -(-size_of(spec) // 16) * 16

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        return replace(chunk_spec, shape=(self._length(chunk_spec),))

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array: Any = data.as_ndarray_like()
        padded: Any = spec.prototype.nd_buffer.create(
            shape=(self._length(spec),), dtype=array.dtype, fill_value=0
        )
        padded.as_ndarray_like()[: array.size] = array.reshape(-1)
        return padded

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array: Any = data.as_ndarray_like()
        return spec.prototype.nd_buffer.from_ndarray_like(
            array[: size_of(spec)].reshape(spec.shape)
        )

    def compute_encoded_size(self, input_byte_length: int, spec: ArraySpec) -> int:
        return self._length(spec) * spec.dtype.to_native_dtype().itemsize


@dataclass(frozen=True)
class Wider(Named, Paths, Numbers, ArrayArrayCodec):
    """Array to array: every integer as one of 64 bits."""

    codec_name = "test.wider"
    is_fixed_size = True
    kinds = "iu"

    def _wide(self, spec: ArraySpec) -> Any:
        return np.dtype(f"{spec.dtype.to_native_dtype().kind}8")

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        dtype = parse_dtype(self._wide(chunk_spec), zarr_format=3)
        fill_value = dtype.cast_scalar(chunk_spec.fill_value)
        return replace(chunk_spec, dtype=dtype, fill_value=fill_value)

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        return data.astype(self._wide(spec))

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        return data.astype(spec.dtype.to_native_dtype())

    def compute_encoded_size(self, input_byte_length: int, spec: ArraySpec) -> int:
        return input_byte_length // spec.dtype.to_native_dtype().itemsize * 8


@dataclass(frozen=True)
class Twice(Named, Paths, BytesBytesCodec):
    """Bytes to bytes: everything, and everything once more."""

    codec_name = "test.twice"
    is_fixed_size = True

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return data + data

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return data[: len(data) // 2]

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return 2 * input_byte_length


@dataclass(frozen=True)
class InPlaces(Raw, Numbers, ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin):
    """Array to bytes: reads only the selected rows, by byte range, and writes parts itself."""

    codec_name = "test.in_places"

    async def _decode_partial_single(
        self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec
    ) -> Any:
        rows = selection[0] if isinstance(selection, tuple) and selection else None
        if not isinstance(rows, slice) or rows.step not in (None, 1) or not chunk_spec.shape:
            data = await byte_getter.get(chunk_spec.prototype)
            return None if data is None else self.decoded(data, chunk_spec)[selection]
        first, last, _ = rows.indices(chunk_spec.shape[0])
        width = chunk_spec.dtype.to_native_dtype().itemsize * int(np.prod(chunk_spec.shape[1:]))
        data = await byte_getter.get(
            chunk_spec.prototype, RangeByteRequest(first * width, last * width)
        )
        if data is None:
            return None
        spec = replace(chunk_spec, shape=(last - first, *chunk_spec.shape[1:]))
        return self.decoded(data, spec)[(slice(None), *selection[1:])]

    async def _encode_partial_single(
        self, byte_setter: Any, chunk_array: NDBuffer, selection: Any, chunk_spec: ArraySpec
    ) -> None:
        before = await byte_setter.get(chunk_spec.prototype)
        if before is None:
            whole = chunk_spec.prototype.nd_buffer.create(
                shape=chunk_spec.shape,
                dtype=chunk_spec.dtype.to_native_dtype(),
                fill_value=chunk_spec.fill_value,
            )
        else:
            whole = self.decoded(before, chunk_spec).copy()
        whole[selection] = chunk_array
        await byte_setter.set(self.encoded(whole, chunk_spec))


@dataclass(frozen=True)
class Thousandths(Named, Paths, Numbers, ArrayBytesCodec):
    """Array to bytes, lossy: floats as so many thousandths, in 32 bits; NaN as the smallest."""

    codec_name = "test.thousandths"
    is_fixed_size = True
    kinds = "f"
    scale: ClassVar[int] = 1000

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array: Any = data.as_ndarray_like()
        scaled = np.nan_to_num(array.astype(np.float64) * self.scale, nan=-(2.0**31))
        scaled = scaled.astype(np.int32)
        return spec.prototype.buffer.from_array_like(scaled.ravel().view("B"))

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array: Any = data.as_array_like()
        array = array.view(np.int32).reshape(spec.shape)
        dtype = spec.dtype.to_native_dtype()
        # A Python number as divisor changes the dtype in threads, with NumPy 2.1.
        floats = array.astype(dtype) / dtype.type(self.scale)
        floats = np.where(array == -(2**31), dtype.type(np.nan), floats)
        return spec.prototype.nd_buffer.from_ndarray_like(floats)

    def compute_encoded_size(self, _input_byte_length: int, spec: ArraySpec) -> int:
        return 4 * size_of(spec)


@dataclass(frozen=True)
class Whole(Thousandths):
    """Array to bytes, far more lossy: floats as whole numbers."""

    codec_name = "test.whole"
    scale = 1


@dataclass(frozen=True)
class OnlyDecodes(Raw):
    """Decodes what others have written, and rejects encoding."""

    codec_name = "test.only_decodes"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        raise NotImplementedError("the format may be read, not written")


@dataclass(frozen=True)
class HostForLarge(Xor):
    """Works on the host, by explicit transfers, from 100 KB on."""

    codec_name = "test.host_for_large"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        if len(data) < 100_000:
            return Xor.encoded(self, data, spec)
        flipped = data.as_numpy_array() ^ np.uint8(self.key)
        return spec.prototype.buffer.from_bytes(flipped.tobytes())

    decoded = encoded


@dataclass(frozen=True)
class SixteenBits(Named, Paths, ArrayArrayCodec):
    """
    Array to array: integers as 16 bits. Rejects others when it is called, by OverflowError.

    To see whether they fit, it copies the smallest and the largest to the host, explicitly.
    """

    codec_name = "test.sixteen_bits"
    is_fixed_size = True

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        dtype = parse_dtype("int16", zarr_format=3)
        return replace(chunk_spec, dtype=dtype, fill_value=dtype.default_scalar())

    def _extremes(self, array: Any, spec: ArraySpec) -> list[int]:
        flat = array.reshape(-1)
        both = (flat.min(keepdims=True), flat.max(keepdims=True))
        make = spec.prototype.nd_buffer.from_ndarray_like
        return [int(make(each).as_numpy_array()[0]) for each in both]

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array: Any = data.as_ndarray_like()
        if array.dtype.kind not in "iu":
            raise AssertionError("only integers can be encoded")
        if array.size and ((found := self._extremes(array, spec))[0] < -32768 or found[1] > 32767):
            raise OverflowError("the values do not fit into 16 bits")
        return spec.prototype.nd_buffer.from_ndarray_like(array.astype(np.int16))

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        return data.astype(spec.dtype.to_native_dtype())

    def compute_encoded_size(self, input_byte_length: int, spec: ArraySpec) -> int:
        return input_byte_length // spec.dtype.to_native_dtype().itemsize * 2


@dataclass(frozen=True)
class Declared(Raw):
    """Array to bytes: declares its dtypes, and is wrong for all others."""

    codec_name = "test.declared"
    supported_dtypes = ("uint8", np.int16)

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        return spec.prototype.buffer.from_bytes(data.as_numpy_array().astype("<i2").tobytes())

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        native = spec.dtype.to_native_dtype()
        array = data.as_numpy_array().view("<i2").astype(native).reshape(spec.shape)
        return spec.prototype.nd_buffer.from_numpy_array(array)

    def compute_encoded_size(self, _input_byte_length: int, spec: ArraySpec) -> int:
        return 2 * size_of(spec)


@dataclass(frozen=True)
class KeepsAFew(Xor):
    """Keeps the last few results, as a cache of fixed size does."""

    codec_name = "test.keeps_a_few"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.encoded(self, data, spec)
        _LAST.append(done)
        return done


_LAST: deque[Any] = deque(maxlen=8)


UNUSUAL: tuple[tuple[Any, str], ...] = (
    (Padded(), "device-native"),
    (Wider(), "device-native"),
    (Twice(), "device-native"),
    (InPlaces(), "device-native"),
    (Thousandths(), "device-native"),
    (Whole(), "device-native"),
    (OnlyDecodes(), "unsupported"),
    (HostForLarge(), "host-round-trip"),
    (SixteenBits(), "host-round-trip"),
    (Declared(), "host-round-trip"),
    (KeepsAFew(), "device-native"),
    (Checksum(), "host-round-trip"),
)
