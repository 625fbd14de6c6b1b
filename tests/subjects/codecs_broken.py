"""Codecs that are wrong, each in one way of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.buffer.cpu
from zarr.abc.codec import ArrayBytesCodecPartialDecodeMixin
from zarr.core.buffer import default_buffer_prototype
from zarr.dtype import parse_dtype

from tests.subjects.codecs import HalfPrecision, Raw, Reverse, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


def elsewhere(data: Any) -> bool:
    """Tell whether a buffer is none of zarr's own."""
    return not type(data).__module__.startswith("zarr.")


def array_of(data: Any) -> Any:
    return data.as_ndarray_like() if hasattr(data, "as_ndarray_like") else data.as_array_like()


class WrongElsewhere(Xor):
    """Right class, wrong values, in any buffers but zarr's own."""

    codec_name = "test.wrong_elsewhere"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return data if elsewhere(data) else Xor.decoded(self, data, spec)


class WrongEverywhere(Xor):
    """Wrong on the host, too."""

    codec_name = "test.wrong_everywhere"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return data


class RoundsMoreElsewhere(HalfPrecision):
    """As lossy as its base in zarr's own buffers, far more so in others."""

    codec_name = "test.rounds_more_elsewhere"

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        if not elsewhere(data):
            return data
        rounded = np.round(array_of(data), 1)
        return spec.prototype.nd_buffer.from_ndarray_like(rounded)


class OneElementTooMany(Reverse):
    """Makes something out of nothing: chunks without elements come back with one row."""

    codec_name = "test.one_element_too_many"

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        if elsewhere(data) and 0 in spec.shape:
            shape = tuple(max(1, n) for n in spec.shape)
            return spec.prototype.nd_buffer.create(shape=shape, dtype=array_of(data).dtype)
        return Reverse.decoded(self, data, spec)


class ScalarsFlat(Reverse):
    """Gives back chunks without dimensions with one."""

    codec_name = "test.scalars_flat"

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        if elsewhere(data) and spec.shape == ():
            return data.reshape((1,))
        return Reverse.decoded(self, data, spec)


class MemoryOrder(Raw):
    """Takes the elements in the order in which they lie in memory."""

    codec_name = "test.memory_order"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        flat = array.T.ravel() if array.flags.f_contiguous else array.ravel()
        return spec.prototype.buffer.from_array_like(flat.view("B"))


def start_of_memory(data: Buffer) -> Any:
    """Take the bytes at the start of the memory that a buffer on a device is a part of."""
    array = array_of(data)
    if elsewhere(data) and array.base is not None and array.base.nbytes > array.nbytes:
        return array.base.ravel().view("B")[: array.nbytes]
    return array


class WholeBase(Xor):
    """Takes the memory that a buffer is a part of for the buffer."""

    codec_name = "test.whole_base"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array = start_of_memory(data)
        return spec.prototype.buffer.from_array_like(array ^ np.uint8(self.key))


class LosesSigns(Reverse):
    """Loses the sign of -0.0."""

    codec_name = "test.loses_signs"

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(Reverse.decoded(self, data, spec))
        if elsewhere(data) and array.dtype.kind == "f":
            array = array + array.dtype.type(0)
        return spec.prototype.nd_buffer.from_ndarray_like(array)


class NativeOnly(Raw):
    """Believes that every array has the byte order of the machine."""

    codec_name = "test.native_only"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        dtype = spec.dtype.to_native_dtype()
        array = array_of(data)
        array = array.view(dtype.newbyteorder("=")).reshape(spec.shape)
        return spec.prototype.nd_buffer.from_ndarray_like(array)


class WholeWords(Xor):
    """Works on words of four bytes, and forgets those that are left over."""

    codec_name = "test.whole_words"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if elsewhere(data):
            array = array[: array.size // 4 * 4]
        return spec.prototype.buffer.from_array_like(array ^ np.uint8(self.key))


class HostBuffers(Xor):
    """Makes its buffers with a class of its own choice."""

    codec_name = "test.host_buffers"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.encoded(self, data, spec)
        return zarr.buffer.cpu.Buffer.from_bytes(done.to_bytes())


class HostBuffersInSync(Xor):
    """Makes its buffers with a class of its own choice, where there is no event loop."""

    codec_name = "test.host_buffers_in_sync"

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        return zarr.buffer.cpu.Buffer.from_bytes(self.decoded(data, spec).to_bytes())


class FlatChunks(Reverse):
    """Encodes to another shape than it says."""

    codec_name = "test.flat_chunks"

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Reverse.encoded(self, data, spec)
        return done.reshape((-1,))

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        return Reverse.decoded(self, data.reshape(spec.shape), spec)


class DropsPrototype(HalfPrecision):
    """Describes what it encodes to by a spec with the prototype of the configuration's default."""

    codec_name = "test.drops_prototype"

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        return replace(chunk_spec, prototype=zarr.buffer.cpu.buffer_prototype)


class WrongSize(Xor):
    """Promises another length than it delivers."""

    codec_name = "test.wrong_size"

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        return input_byte_length + 4


class NoSize(Xor):
    """Is of fixed size, and does not say which."""

    codec_name = "test.no_size"

    def compute_encoded_size(self, input_byte_length: int, _spec: ArraySpec) -> int:
        raise NotImplementedError


class HandsInHostMemory(Xor):
    """Works on the host and hands in what it has there."""

    codec_name = "test.hands_in_host_memory"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        flipped = data.as_numpy_array() ^ np.uint8(self.key)
        return spec.prototype.buffer.from_array_like(flipped)


class HandsInHostMemoryInSync(Xor):
    """Hands in host memory where there is no event loop."""

    codec_name = "test.hands_in_host_memory_in_sync"

    def _encode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        flipped = data.as_numpy_array() ^ np.uint8(self.key)
        return spec.prototype.buffer.from_array_like(flipped)


class InPlace(Xor):
    """Works in the caller's memory."""

    codec_name = "test.in_place"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if not elsewhere(data) or (isinstance(array, np.ndarray) and not array.flags.writeable):
            return Xor.decoded(self, data, spec)
        array ^= np.uint8(self.key)
        return spec.prototype.buffer.from_array_like(array)


class OneScratch(Xor):
    """Hands out the same memory for every chunk."""

    codec_name = "test.one_scratch"

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.decoded(self, data, spec)
        if not elsewhere(data):
            return done
        scratches = self.__dict__.get("_scratch")
        if scratches is None:
            scratches = threading.local()
            object.__setattr__(self, "_scratch", scratches)
        known = scratches.__dict__.setdefault(str(len(done)), done)
        array_of(known)[...] = array_of(done)
        return known

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}

    def __getstate__(self) -> dict[str, Any]:
        return {"key": self.key}


class RemembersInput(Xor):
    """Keeps what it has encoded by the identity of the array."""

    codec_name = "test.remembers_input"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        known = self.__dict__.get("_known")
        if known is None or known[0] is not array:
            known = (array, Xor.encoded(self, data, spec))
            object.__setattr__(self, "_known", known)
        return known[1]

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}

    def __getstate__(self) -> dict[str, Any]:
        return {"key": self.key}


class OtherFormatInSync(Xor):
    """Writes another format where there is no event loop; each reads its own."""

    codec_name = "test.other_format_in_sync"

    def _encode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        return Xor(self.key ^ 1).encoded(data, spec)

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        return Xor(self.key ^ 1).decoded(data, spec)


class ForgetsMissing(Xor):
    """Leaves missing chunks out of a batch."""

    codec_name = "test.forgets_missing"

    async def encode(self, chunks_and_specs: Any) -> Any:
        return [self.encoded(data, spec) for data, spec in chunks_and_specs if data is not None]


class AsTheyCome(Xor):
    """Gives back the chunks of a batch in the order in which they are done."""

    codec_name = "test.as_they_come"

    async def decode(self, chunks_and_specs: Any) -> Any:
        done = [data and self.decoded(data, spec) for data, spec in chunks_and_specs]
        chunks = [each for each in done if each is not None][::-1]
        return [each and chunks.pop(0) for each in done]


class OneAtATime(Xor):
    """Keeps the chunk it works on, and lets other threads in."""

    codec_name = "test.one_at_a_time"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        object.__setattr__(self, "_data", data)
        time.sleep(0.001)
        return Xor.encoded(self, self.__dict__["_data"], spec)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}

    def __getstate__(self) -> dict[str, Any]:
        return {"key": self.key}


class OneTaskAtATime(OneAtATime):
    """Keeps the chunk it works on, and lets other tasks in."""

    codec_name = "test.one_task_at_a_time"
    encoded = Xor.encoded

    async def _encode_single(self, data: Buffer, spec: ArraySpec) -> Any:
        object.__setattr__(self, "_data", data)
        await asyncio.sleep(0)
        return Xor.encoded(self, self.__dict__["_data"], spec)


class OtherFormatElsewhere(Xor):
    """Writes another format in buffers that are not zarr's own; each reads its own."""

    codec_name = "test.other_format_elsewhere"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return Xor(self.key ^ elsewhere(data)).encoded(data, spec)

    decoded = encoded


class FirstPrototype(Xor):
    """Keeps the first prototype that it sees."""

    codec_name = "test.first_prototype"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        first = self.__dict__.setdefault("_first", spec.prototype)
        done = Xor.encoded(self, data, spec)
        return done if first == spec.prototype else first.buffer.from_bytes(done.to_bytes())

    decoded = encoded

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}

    def __getstate__(self) -> dict[str, Any]:
        return {"key": self.key}


class ConfiguredPrototype(Xor):
    """Asks zarr's configuration for the prototype, not the spec."""

    codec_name = "test.configured_prototype"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        prototype = default_buffer_prototype()
        done = Xor.encoded(self, data, spec)
        return done if prototype == spec.prototype else prototype.buffer.from_bytes(done.to_bytes())

    decoded = encoded


class ForgetsKey(Xor):
    """Leaves a part of its configuration out of the metadata."""

    codec_name = "test.forgets_key"

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name}


class ArrayInMetadata(Xor):
    """Writes what is no JSON into the metadata."""

    codec_name = "test.array_in_metadata"

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": np.uint8(self.key)}}


class PicklesWithoutKey(Xor):
    """Loses a part of its configuration when it is pickled."""

    codec_name = "test.pickles_without_key"

    def __reduce__(self) -> Any:
        return type(self), ()

    def __deepcopy__(self, _memo: Any) -> Any:
        return type(self)(self.key)


class HoldsLock(Xor):
    """Cannot be pickled once it has been used."""

    codec_name = "test.holds_lock"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        with self.__dict__.setdefault("_lock", threading.Lock()):
            return Xor.encoded(self, data, spec)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}


class PartWrong(Raw, ArrayBytesCodecPartialDecodeMixin):
    """Decodes a part of a chunk wrong: the first one of its shape."""

    codec_name = "test.part_wrong"

    async def _decode_partial_single(
        self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec
    ) -> Any:
        data = await byte_getter.get(chunk_spec.prototype)
        if data is None:
            return None
        whole = self.decoded(data, chunk_spec)
        part = whole[selection]
        return whole[tuple(slice(0, n) for n in part.shape)]


class Widens(HalfPrecision):
    """Says that it encodes to 64-bit floats, and does not."""

    codec_name = "test.widens"

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        return replace(chunk_spec, dtype=parse_dtype("float64", zarr_format=3))


@dataclass(frozen=True)
class PrototypeOfCreation(Xor):
    """Keeps the prototype of the array's creation."""

    codec_name = "test.prototype_of_creation"
    made_for: Any = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Any:
        return replace(self, made_for=array_spec.prototype)

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.encoded(self, data, spec)
        due = self.made_for
        return done if due in (None, spec.prototype) else due.buffer.from_bytes(done.to_bytes())

    decoded = encoded


class GoesOn(Xor):
    """Returns what it was given where it cannot do what it should."""

    codec_name = "test.goes_on"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        try:
            return Xor.encoded(self, data, spec)
        except MemoryError:
            return data


class StaysLocked(Xor):
    """Does not let go of its lock when it fails."""

    codec_name = "test.stays_locked"

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        lock = self.__dict__.setdefault("_lock", _Lock())
        if not lock.acquire(timeout=0.5):
            raise TimeoutError("busy")
        done = Xor.encoded(self, data, spec)
        lock.release()
        return done

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}

    def __getstate__(self) -> dict[str, Any]:
        return {"key": self.key}


class _Lock:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.acquire, self.release = self._lock.acquire, self._lock.release

    def __deepcopy__(self, _memo: Any) -> Any:
        return _Lock()
