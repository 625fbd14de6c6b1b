"""Codecs whose defects show only under a condition that few tests ever set up."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import zarr.buffer.cpu
from zarr.abc.codec import ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin
from zarr.core.buffer import default_buffer_prototype

from tests.subjects.codecs import Raw, Reverse, Xor
from tests.subjects.codecs_broken import array_of, elsewhere, start_of_memory

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


class Stateful(Xor):
    """Keeps something on itself, which belongs neither into the metadata nor into the pickle."""

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}

    def __getstate__(self) -> dict[str, Any]:
        return {"key": self.key}


class EvolvesItself(Raw):
    """Notes the spec on itself, where other arrays find it, instead of on a codec of their own."""

    codec_name = "test.evolves_itself"

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {}}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        object.__setattr__(self, "_shape", array_spec.shape)
        return self

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        shape = self.__dict__.get("_shape", spec.shape)
        flat = Raw.decoded(self, data, replace(spec, shape=(spec_size(spec),)))
        return flat.reshape(shape if np.prod(shape) == spec_size(spec) else (-1,))


def spec_size(spec: ArraySpec) -> int:
    return int(np.prod(spec.shape))


class KnowsByLength(Stateful):
    """Knows chunks again by their length and their first bytes."""

    codec_name = "test.knows_by_length"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        if not elsewhere(data):
            return Xor.decoded(self, data, spec)
        known = self.__dict__.setdefault("_known", {})
        key = (len(data), data[:8].to_bytes())
        if key not in known:
            known[key] = Xor.decoded(self, data, spec)
        return spec.prototype.buffer.from_array_like(array_of(known[key]).copy())


class OneBlock(Xor):
    """Launches its kernel with one block of 1024 threads."""

    codec_name = "test.one_block"
    threads = 1024

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        if not elsewhere(data):
            return Xor.encoded(self, data, spec)
        done = array_of(data).copy()
        done[: self.threads] ^= np.uint8(self.key)
        return spec.prototype.buffer.from_array_like(done)

    decoded = encoded


class OneGrid(OneBlock):
    """Launches its kernel with a grid of fixed size: 65536 threads."""

    codec_name = "test.one_grid"
    threads = 65536


class PartsInSync(Xor):
    """Takes the start of the memory for the start of the buffer, where there is no event loop."""

    codec_name = "test.parts_in_sync"

    def _encode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        array = start_of_memory(data)
        return spec.prototype.buffer.from_array_like(array ^ np.uint8(self.key))


class HostMemoryForF(Reverse):
    """Hands in host memory for chunks that are F-ordered alone."""

    codec_name = "test.host_memory_for_f"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if elsewhere(data) and array.ndim > 1 and array.flags.f_contiguous:
            return spec.prototype.nd_buffer.from_ndarray_like(data.as_numpy_array()[::-1].copy())
        return Reverse.encoded(self, data, spec)


class ReadsAgain(Xor):
    """Goes through a batch twice, which a generator does not survive."""

    codec_name = "test.reads_again"

    async def encode(self, chunks_and_specs: Any) -> Any:
        if not isinstance(chunks_and_specs, list):
            chunks_and_specs = iter(chunks_and_specs)
        count = sum(data is not None for data, _ in chunks_and_specs)
        done = [data and self.encoded(data, spec) for data, spec in chunks_and_specs]
        return done if count else []


class OtherThread(Stateful):
    """Is made for the thread that it was first used in, and does nothing in others."""

    codec_name = "test.other_thread"

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        if threading.current_thread().name.startswith(("check_threads", "ThreadPool")):
            return data
        return Xor.decoded(self, data, spec)


class SizeOfWords(Xor):
    """Promises a whole number of words, and delivers the bytes there are."""

    codec_name = "test.size_of_words"

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return -(-input_byte_length // 4) * 4


class FirstField(Reverse):
    """Loses all fields of a structured dtype but the first."""

    codec_name = "test.first_field"

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Reverse.decoded(self, data, spec)
        names = spec.dtype.to_native_dtype().names
        if not elsewhere(data) or not names:
            return done
        array = array_of(done).copy()
        for name in names[1:]:
            array[name] = 0
        return spec.prototype.nd_buffer.from_ndarray_like(array)


@dataclass(frozen=True)
class PicklesUnprepared(Raw):
    """Forgets in its pickle what `evolve_from_array_spec` has told it."""

    codec_name = "test.pickles_unprepared"
    itemsize: int = field(default=1, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {}}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        return replace(self, itemsize=array_spec.dtype.to_native_dtype().itemsize)

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        if self.itemsize != spec.dtype.to_native_dtype().itemsize:
            return spec.prototype.nd_buffer.create(
                shape=spec.shape, dtype=spec.dtype.to_native_dtype(), fill_value=0
            )
        return Raw.decoded(self, data, spec)

    def __reduce__(self) -> Any:
        return type(self), ()

    def __deepcopy__(self, _memo: Any) -> Any:
        return type(self)(self.itemsize)


class FillIsNothing(Reverse):
    """Takes what equals the fill value for what is missing, where the fill value is not zero."""

    codec_name = "test.fill_is_nothing"

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Reverse.decoded(self, data, spec)
        if not elsewhere(data) or not spec.fill_value:
            return done
        array = array_of(done).copy()
        array[array == spec.fill_value] = 0
        return spec.prototype.nd_buffer.from_ndarray_like(array)


class PartPutAtStart(Raw, ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin):
    """Encodes a part of a chunk into the first place of its shape; on the host, too."""

    codec_name = "test.part_put_at_start"

    async def _decode_partial_single(
        self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec
    ) -> Any:
        data = await byte_getter.get(chunk_spec.prototype)
        return None if data is None else self.decoded(data, chunk_spec)[selection]

    async def _encode_partial_single(
        self, byte_setter: Any, chunk_array: NDBuffer, selection: Any, chunk_spec: ArraySpec
    ) -> None:
        before = await byte_setter.get(chunk_spec.prototype)
        if before is None:
            whole = chunk_spec.prototype.nd_buffer.create(
                shape=chunk_spec.shape, dtype=chunk_spec.dtype.to_native_dtype(), fill_value=0
            )
        else:
            whole = self.decoded(before, chunk_spec).copy()
        whole[tuple(slice(0, n) for n in chunk_array.shape)] = chunk_array
        await byte_setter.set(self.encoded(whole, chunk_spec))


class MangledFields(Raw):
    """Gives structured values back as mere bytes; on the host, too."""

    codec_name = "test.mangled_fields"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Raw.decoded(self, data, spec)
        dtype = spec.dtype.to_native_dtype()
        if not dtype.names:
            return done
        return spec.prototype.nd_buffer.from_ndarray_like(
            array_of(done).view(np.dtype((np.void, dtype.itemsize)))
        )


class ElementsOfSpec(Xor):
    """Takes its bytes for elements of the array's dtype, which they need not be."""

    codec_name = "test.elements_of_spec"
    is_fixed_size = False

    def compute_encoded_size(self, _input_byte_length: int, _spec: ArraySpec) -> int:
        raise NotImplementedError

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        itemsize = spec.dtype.to_native_dtype().itemsize
        whole = len(data) // itemsize * itemsize if elsewhere(data) else len(data)
        return Xor.encoded(self, data[:whole], spec)


class HostBufferForNothing(Xor):
    """Takes a short cut for no bytes at all, and a class of its own choice."""

    codec_name = "test.host_buffer_for_nothing"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return (
            Xor.encoded(self, data, spec) if len(data) else zarr.buffer.cpu.Buffer.from_bytes(b"")
        )


class InPlaceInSingle(Xor):
    """Works in the caller's memory, where there is an event loop and the memory is no host's."""

    codec_name = "test.in_place_in_single"

    async def _encode_single(self, data: Buffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if elsewhere(data):
            array ^= np.uint8(self.key)
            return spec.prototype.buffer.from_array_like(array.copy())
        return Xor.encoded(self, data, spec)


class LosesLastOfOdd(Reverse):
    """Loses the last element of an odd number of them."""

    codec_name = "test.loses_last_of_odd"

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Reverse.decoded(self, data, spec)
        if not elsewhere(data) or spec_size(spec) % 2 == 0 or not spec.shape:
            return done
        array = array_of(done).copy()
        array[(-1,) * array.ndim] = 0
        return spec.prototype.nd_buffer.from_ndarray_like(array)


class Backwards(Raw):
    """Takes negative strides for positive ones."""

    codec_name = "test.backwards"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if elsewhere(data) and array.ndim and array.strides[0] < 0:
            data = spec.prototype.nd_buffer.from_ndarray_like(array[::-1].copy())
        return Raw.encoded(self, data, spec)


class OneScratchInSync(Stateful):
    """Hands out the same memory for every chunk that a thread decodes without event loop."""

    codec_name = "test.one_scratch_in_sync"

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.decoded(self, data, spec)
        if not elsewhere(data):
            return done
        key = f"{threading.get_ident()} {len(done)}"
        known = self.__dict__.setdefault("_scratch", {}).setdefault(key, done)
        array_of(known)[...] = array_of(done)
        return known


class NewFormatInSync(Raw):
    """Writes a new format where there is no event loop, where it alone reads both."""

    codec_name = "test.new_format_in_sync"
    is_fixed_size = False

    def compute_encoded_size(self, _input_byte_length: int, _spec: ArraySpec) -> int:
        raise NotImplementedError

    def _encode_sync(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Raw.encoded(self, data, spec)
        return done + done[:1]

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        nbytes = spec_size(spec) * spec.dtype.to_native_dtype().itemsize
        return Raw.decoded(self, data[:nbytes], spec)


class Parted(Raw, ArrayBytesCodecPartialDecodeMixin):
    """Decodes parts by a prototype of its own choice."""

    codec_name = "test.parted"

    def prototype(self, spec: ArraySpec) -> Any:
        return spec.prototype

    async def _decode_partial_single(
        self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec
    ) -> Any:
        data = await byte_getter.get(chunk_spec.prototype)
        if data is None:
            return None
        part = self.decoded(data, chunk_spec)[selection]
        due = self.prototype(chunk_spec)
        if due == chunk_spec.prototype:
            return part
        return due.nd_buffer.from_numpy_array(part.as_numpy_array())


class PartOfConfiguration(Parted):
    """Decodes parts by the prototype of zarr's configuration."""

    codec_name = "test.part_of_configuration"

    def prototype(self, spec: ArraySpec) -> Any:
        return default_buffer_prototype()


class PartOfFirst(Parted):
    """Decodes parts by the first prototype it was asked for."""

    codec_name = "test.part_of_first"

    def prototype(self, spec: ArraySpec) -> Any:
        return self.__dict__.setdefault("_first", spec.prototype)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {}}


class PartRaises(Raw, ArrayBytesCodecPartialDecodeMixin):
    """Cannot decode a part of a chunk, on the host neither."""

    codec_name = "test.part_raises"

    async def _decode_partial_single(
        self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec
    ) -> Any:
        return {}[selection[0].start]


class OnlyC(Raw):
    """Raises where a chunk is not C-contiguous, as bindings to C libraries do."""

    codec_name = "test.only_c"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        if not array_of(data).flags.c_contiguous:
            raise ValueError("invalid data shape, strides, or dtype")
        return Raw.encoded(self, data, spec)


class ResolvesByTrying(Reverse):
    """Finds out by numpy what a chunk is encoded to."""

    codec_name = "test.resolves_by_trying"

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        dummy = chunk_spec.prototype.nd_buffer.create(
            shape=chunk_spec.shape, dtype=chunk_spec.dtype.to_native_dtype(), fill_value=0
        )
        return replace(chunk_spec, shape=np.asarray(array_of(dummy)).shape)
