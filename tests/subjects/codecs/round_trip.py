"""Codecs that return wrong values: of some shapes, layouts, dtypes or byte orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.subjects.codecs.base import (
    ALL_VALUES,
    PARTS,
    VALUES,
    array_of,
    elsewhere,
    size_of,
    start_of_memory,
)
from tests.subjects.codecs.clean import HalfPrecision, Raw, Reverse, Xor
from zarr_devbuf import get_backend

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


class WrongElsewhere(Xor):
    """Returns the right class with wrong values, unless the buffers are zarr's own."""

    codec_name = "test.wrong_elsewhere"
    caught_by = ALL_VALUES | PARTS | {"odd_lengths"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return data if elsewhere(data) else Xor.decoded(self, data, spec)


class WrongEverywhere(Xor):
    """Returns wrong values in NumPy buffers too."""

    codec_name = "test.wrong_everywhere"
    caught_by = VALUES | {"odd_lengths"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return data


class RoundsMoreElsewhere(HalfPrecision):
    """Is as lossy as its base in zarr's own buffers, and far more so in others."""

    codec_name = "test.rounds_more_elsewhere"
    caught_by = ALL_VALUES

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        if not elsewhere(data):
            return data
        rounded = np.round(array_of(data), 1)
        return spec.prototype.nd_buffer.from_ndarray_like(rounded)


class ResolvesByTrying(Reverse):
    """Computes with NumPy what a chunk is encoded to."""

    codec_name = "test.resolves_by_trying"
    caught_by = VALUES

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        dummy = chunk_spec.prototype.nd_buffer.create(
            shape=chunk_spec.shape, dtype=chunk_spec.dtype.to_native_dtype(), fill_value=0
        )
        return replace(chunk_spec, shape=np.asarray(array_of(dummy)).shape)


class OneElementTooMany(Reverse):
    """Decodes chunks without elements to one row."""

    codec_name = "test.one_element_too_many"
    caught_by = {"chunk_shapes", "prototype_buffers"}

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        if elsewhere(data) and 0 in spec.shape:
            shape = tuple(max(1, n) for n in spec.shape)
            return spec.prototype.nd_buffer.create(shape=shape, dtype=array_of(data).dtype)
        return Reverse.decoded(self, data, spec)


class ScalarsFlat(Reverse):
    """Decodes chunks without dimensions to one dimension."""

    codec_name = "test.scalars_flat"
    caught_by = {"chunk_shapes", "prototype_buffers"}

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        if elsewhere(data) and spec.shape == ():
            return data.reshape((1,))
        return Reverse.decoded(self, data, spec)


class LosesLastOfOdd(Reverse):
    """Loses the last element if the number of elements is odd."""

    codec_name = "test.loses_last_of_odd"
    caught_by = {"chunk_shapes", "special_values", "large_chunks"}

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Reverse.decoded(self, data, spec)
        if not elsewhere(data) or size_of(spec) % 2 == 0 or not spec.shape:
            return done
        array = array_of(done).copy()
        array[(-1,) * array.ndim] = 0
        return spec.prototype.nd_buffer.from_ndarray_like(array)


class MemoryOrder(Raw):
    """Takes the elements in the order of the memory."""

    codec_name = "test.memory_order"
    caught_by = {"memory_layouts", "in_array"}

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        flat = array.T.ravel() if array.flags.f_contiguous else array.ravel()
        return spec.prototype.buffer.from_array_like(flat.view("B"))


class WholeBase(Xor):
    """Takes the memory that a buffer is a part of for the buffer."""

    codec_name = "test.whole_base"
    caught_by = {"memory_layouts", "in_shards"} | PARTS

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array = start_of_memory(data)
        return spec.prototype.buffer.from_array_like(array ^ np.uint8(self.key))


class Backwards(Raw):
    """Takes negative strides for positive ones."""

    codec_name = "test.backwards"
    caught_by = {"memory_layouts"}

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if elsewhere(data) and array.ndim and array.strides[0] < 0:
            data = spec.prototype.nd_buffer.from_ndarray_like(array[::-1].copy())
        return Raw.encoded(self, data, spec)


class OnlyC(Raw):
    """Raises if a chunk is not C-contiguous, as bindings to C libraries do."""

    codec_name = "test.only_c"
    caught_by = {"memory_layouts"}
    backend = "cpu"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        if not array_of(data).flags.c_contiguous:
            raise ValueError("invalid data shape, strides, or dtype")
        return Raw.encoded(self, data, spec)


class PartsInSync(Xor):
    """Takes the start of the memory for the start of the buffer, in the path without event loop."""

    codec_name = "test.parts_in_sync"
    caught_by = {"memory_layouts", "in_array", "in_shards", "prototype_argument", "selections"}

    def _encode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        array = start_of_memory(data)
        return spec.prototype.buffer.from_array_like(array ^ np.uint8(self.key))


class LosesSigns(Reverse):
    """Loses the sign of -0.0."""

    codec_name = "test.loses_signs"
    caught_by = {"special_values"}

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(Reverse.decoded(self, data, spec))
        if elsewhere(data) and array.dtype.kind == "f":
            array = array + array.dtype.type(0)
        return spec.prototype.nd_buffer.from_ndarray_like(array)


class FirstField(Reverse):
    """Loses all fields of a structured dtype except the first."""

    codec_name = "test.first_field"
    caught_by = {"special_values"}

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Reverse.decoded(self, data, spec)
        names = spec.dtype.to_native_dtype().names
        if not elsewhere(data) or not names:
            return done
        array = array_of(done).copy()
        for name in names[1:]:
            array[name] = 0
        return spec.prototype.nd_buffer.from_ndarray_like(array)


class MangledFields(Raw):
    """Decodes structured values to mere bytes, in NumPy buffers too."""

    codec_name = "test.mangled_fields"
    caught_by = {"special_values", "byte_orders"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Raw.decoded(self, data, spec)
        dtype = spec.dtype.to_native_dtype()
        if not dtype.names:
            return done
        return spec.prototype.nd_buffer.from_ndarray_like(
            array_of(done).view(np.dtype((np.void, dtype.itemsize)))
        )


class NativeOnly(Raw):
    """Assumes that every array has the byte order of the machine."""

    codec_name = "test.native_only"
    caught_by = {"byte_orders"}
    backend = "cpu"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        dtype = spec.dtype.to_native_dtype()
        array = array_of(data)
        array = array.view(dtype.newbyteorder("=")).reshape(spec.shape)
        return spec.prototype.nd_buffer.from_ndarray_like(array)


class WholeWords(Xor):
    """Works on words of four bytes, and drops the bytes that are left over."""

    codec_name = "test.whole_words"
    caught_by = {"chunk_shapes", "special_values", "odd_lengths", "large_chunks", "encoded_size"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if elsewhere(data):
            array = array[: array.size // 4 * 4]
        return spec.prototype.buffer.from_array_like(array ^ np.uint8(self.key))


class ElementsOfSpec(Xor):
    """Takes its bytes for elements of the array's dtype, which they may not be."""

    codec_name = "test.elements_of_spec"
    caught_by = {"odd_lengths"}
    is_fixed_size = False

    def compute_encoded_size(self, _input_byte_length: int, _spec: ArraySpec) -> int:
        raise NotImplementedError

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        itemsize = spec.dtype.to_native_dtype().itemsize
        whole = len(data) // itemsize * itemsize if elsewhere(data) else len(data)
        return Xor.encoded(self, data[:whole], spec)


class WantsWriteable(Xor):
    """Takes no memory that is read-only, as a function of Cython that declares no `const`."""

    codec_name = "test.wants_writeable"
    caught_by = {"memory_layouts"}
    backend = "cpu"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        if not array_of(data).flags.writeable:
            raise ValueError("buffer source array is read-only")
        return Xor.decoded(self, data, spec)


class DenseRows(Raw):
    """Takes rows that are dense for a chunk that is: columns of a wider array are not."""

    codec_name = "test.dense_rows"
    caught_by = {"memory_layouts"}

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if array.ndim and array.size and array.strides[-1] == array.itemsize:
            flat = (array.size,), (array.itemsize,)
            xp = np if isinstance(array, np.ndarray) else get_backend("sim").xp
            array = xp.lib.stride_tricks.as_strided(array, *flat)
        return Raw.encoded(self, spec.prototype.nd_buffer.from_ndarray_like(array), spec)


class ThroughFloat64(Reverse):
    """Computes integers as 64-bit floats, in NumPy buffers too."""

    codec_name = "test.through_float64"
    caught_by = {"special_values"}

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if array.dtype.kind in "iu" and array.dtype.itemsize == 8:
            array = array.astype("f8").astype(array.dtype)
        return Reverse.encoded(self, spec.prototype.nd_buffer.from_ndarray_like(array), spec)


class TimesAsFloats(Reverse):
    """Computes times as 64-bit floats, which do not hold every nanosecond, nor NaT."""

    codec_name = "test.times_as_floats"
    caught_by = {"special_values", "byte_orders"}
    backend = "cpu"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if array.dtype.kind in "Mm":
            order = array.dtype.str[0]
            floats = array.view(f"{order}i8").astype("f8").clip(-9.2e18, 9.2e18)
            array = floats.astype(f"{order}i8").view(array.dtype)
        return Reverse.encoded(self, spec.prototype.nd_buffer.from_ndarray_like(array), spec)


class ScalesComplex(Reverse):
    """Multiplies complex numbers on the device by one: an infinite part makes NaN of the other."""

    codec_name = "test.scales_complex"
    caught_by = {"special_values"}

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Reverse.decoded(self, data, spec)
        dtype = spec.dtype.to_native_dtype()
        if elsewhere(data) and dtype == np.complex128:
            return spec.prototype.nd_buffer.from_ndarray_like(array_of(done) * dtype.type(1))
        return done


class FlushesSubnormal(Reverse):
    """Flushes subnormal 16-bit floats to zero on the device."""

    codec_name = "test.flushes_subnormal"
    caught_by = {"special_values"}

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(Reverse.decoded(self, data, spec))
        if elsewhere(data) and array.dtype == np.float16:
            array = np.where(abs(array) < np.finfo(np.float16).tiny, array * 0, array)
        return spec.prototype.nd_buffer.from_ndarray_like(array)


class NanIsZero(HalfPrecision):
    """Makes 0 of NaN, in NumPy buffers too."""

    codec_name = "test.nan_is_zero"
    caught_by = {"nan"}

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = array_of(HalfPrecision.encoded(self, data, spec))
        done = np.nan_to_num(done, posinf=np.inf, neginf=-np.inf)
        return spec.prototype.nd_buffer.from_ndarray_like(done)


class ToFloat64(Reverse):
    """Decodes 32-bit floats to 64-bit ones, in NumPy buffers too."""

    codec_name = "test.to_float64"
    caught_by = VALUES - {"byte_orders"}

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Reverse.decoded(self, data, spec)
        return done.astype(np.dtype("f8")) if array_of(data).dtype == np.dtype("f4") else done


class AsciiOnly(Reverse):
    """Writes a question mark for each character that is not ASCII, in NumPy buffers too."""

    codec_name = "test.ascii_only"
    caught_by = {"special_values", "byte_orders"}
    backend = "cpu"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if array.dtype.kind == "U":
            array = np.strings.encode(array, "ascii", "replace").astype(array.dtype)
        return Reverse.encoded(self, spec.prototype.nd_buffer.from_ndarray_like(array), spec)


class FourDimensions(Reverse):
    """Reverses four dimensions at most when it encodes, in NumPy buffers too."""

    codec_name = "test.four_dimensions"
    caught_by = {"chunk_shapes"}

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        return data if len(spec.shape) > 4 else Reverse.encoded(self, data, spec)


class RunsOf256(Xor):
    """Counts runs in 8 bits, in NumPy buffers too."""

    codec_name = "test.runs_of_256"
    caught_by = {"special_values", "large_chunks", "missing_chunks"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.decoded(self, data, spec).to_bytes()
        for value in set(done):
            run = bytes([value]) * 257
            if run in done:
                done = done.replace(run, run[:-1] + bytes([value ^ 1]), 1)
        return spec.prototype.buffer.from_bytes(done)


class SwapsPairs(Raw):
    """Reverses all bytes of a big-endian complex number, which has two parts."""

    codec_name = "test.swaps_pairs"
    caught_by = {"byte_orders"}
    backend = "cpu"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        dtype = spec.dtype.to_native_dtype()
        if dtype.kind != "c" or dtype.isnative:
            return Raw.decoded(self, data, spec)
        turned = array_of(data).reshape(-1, dtype.itemsize)[:, ::-1].reshape(-1)
        native = turned.view(dtype.newbyteorder("=")).reshape(spec.shape)
        return spec.prototype.nd_buffer.from_ndarray_like(native.astype(dtype))


class RaisesAlways(Xor):
    """Calls a method with the wrong number of arguments."""

    codec_name = "test.raises_always"
    caught_by = VALUES | {"odd_lengths"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return spec.prototype.buffer.combine()  # type: ignore[call-arg]


class RejectsAlways(RaisesAlways):
    """Rejects every chunk with the same words, which do not say why."""

    codec_name = "test.rejects_always"
    caught_by = RaisesAlways.caught_by

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        raise TypeError("a bytes-like object is required, not 'Buffer'")
