"""Codecs that are wrong inside an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.abc.codec import ArrayBytesCodecPartialDecodeMixin
from zarr.core.buffer import default_buffer_prototype

from tests.subjects.codecs.base import PARTS, PartByPart, array_of, elsewhere
from tests.subjects.codecs.clean import Raw, Reverse

if TYPE_CHECKING:
    from zarr.abc.buffer import NDBuffer
    from zarr.core.array_spec import ArraySpec


class PartWrong(Raw, ArrayBytesCodecPartialDecodeMixin):
    """Decodes a part of a chunk wrong: to the first one of its shape."""

    codec_name = "test.part_wrong"
    caught_by = {"in_array", "prototype_argument"} | PARTS

    async def _decode_partial_single(
        self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec
    ) -> Any:
        data = await byte_getter.get(chunk_spec.prototype)
        if data is None:
            return None
        whole = self.decoded(data, chunk_spec)
        part = whole[selection]
        return whole[tuple(slice(0, n) for n in part.shape)]


class PartPutAtStart(PartByPart):
    """Encodes a part of a chunk into the first place of its shape, in NumPy buffers too."""

    codec_name = "test.part_put_at_start"
    caught_by = {"in_array"}

    def place(self, _selection: Any, part: NDBuffer) -> Any:
        return tuple(slice(0, n) for n in part.shape)


class PartRaises(Raw, ArrayBytesCodecPartialDecodeMixin):
    """Cannot decode a part of a chunk, in NumPy buffers neither."""

    codec_name = "test.part_raises"
    caught_by = {"in_array"}

    async def _decode_partial_single(
        self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec
    ) -> Any:
        return {}[selection[0].start]


class FillIsNothing(Reverse):
    """Takes values that equal the fill value for missing ones, unless it is zero."""

    codec_name = "test.fill_is_nothing"
    caught_by = {"in_array", "in_shards", "missing_chunks"}

    def decoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        done = Reverse.decoded(self, data, spec)
        if not elsewhere(data) or not spec.fill_value:
            return done
        array = array_of(done).copy()
        array[array == spec.fill_value] = 0
        return spec.prototype.nd_buffer.from_ndarray_like(array)


class Parted(Raw, ArrayBytesCodecPartialDecodeMixin):
    """Decodes parts with a prototype of its own choice."""

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
        prototype = self.prototype(chunk_spec)
        if prototype == chunk_spec.prototype:
            return part
        return prototype.nd_buffer.from_numpy_array(part.as_numpy_array())


class PartOfConfiguration(Parted):
    """Decodes parts with the prototype of zarr's configuration."""

    codec_name = "test.part_of_configuration"

    def prototype(self, spec: ArraySpec) -> Any:
        return default_buffer_prototype()


class PartOfFirst(Parted):
    """Decodes parts with the first prototype that it is called with."""

    codec_name = "test.part_of_first"
    caught_by = {"configuration_switched"}

    def prototype(self, spec: ArraySpec) -> Any:
        return self.__dict__.setdefault("_first", spec.prototype)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {}}
