"""Codecs that read or write parts of chunks wrong, and one that cannot be made from metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarr.abc.codec import ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin
from zarr.registry import register_codec

from tests.subjects.codecs.clean import Raw, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import NDBuffer
    from zarr.core.array_spec import ArraySpec


class PartOfZeros(Raw, ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin):
    """Begins a chunk that is missing with zeros, whatever the fill value is."""

    codec_name = "test.part_of_zeros"
    caught_by = {"missing_chunks"}

    def fill_value(self, _spec: ArraySpec) -> Any:
        return 0

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
                shape=chunk_spec.shape,
                dtype=chunk_spec.dtype.to_native_dtype(),
                fill_value=self.fill_value(chunk_spec),
            )
        else:
            whole = self.decoded(before, chunk_spec).copy()
        whole[selection] = chunk_array
        await byte_setter.set(self.encoded(whole, chunk_spec))


class PartOfNan(PartOfZeros):
    """Begins a chunk that is missing with zeros, if the fill value is NaN."""

    codec_name = "test.part_of_nan"
    caught_by = {"missing_chunks"}

    def fill_value(self, spec: ArraySpec) -> Any:
        return spec.fill_value if spec.fill_value == spec.fill_value else 0


class PartOfMissing(Raw, ArrayBytesCodecPartialDecodeMixin):
    """Expects that there are bytes to decode a part of."""

    codec_name = "test.part_of_missing"
    caught_by = {"missing_chunks"}

    async def _decode_partial_single(
        self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec
    ) -> Any:
        data = await byte_getter.get(chunk_spec.prototype)
        return self.decoded(data, chunk_spec)[selection]


class IgnoresSteps(Raw, ArrayBytesCodecPartialDecodeMixin):
    """Takes consecutive rows for every second one."""

    codec_name = "test.ignores_steps"
    caught_by = {"selections"}

    async def _decode_partial_single(
        self, byte_getter: Any, selection: Any, chunk_spec: ArraySpec
    ) -> Any:
        data = await byte_getter.get(chunk_spec.prototype)
        if data is None:
            return None
        whole = self.decoded(data, chunk_spec)
        first, *rest = selection if isinstance(selection, tuple) else (selection,)
        if isinstance(first, slice) and first.step not in (None, 1):
            count = len(range(*first.indices(chunk_spec.shape[0])))
            start = min(first.start or 0, chunk_spec.shape[0] - count)
            first = slice(start, start + count)
        return whole[(first, *rest)]


@dataclass(frozen=True)
class RegisteredAsAnother(Xor):
    """Is found in the registry as a class that does something else."""

    codec_name = "test.registered_as_another"
    caught_by = {"reopened"}


@dataclass(frozen=True)
class Another(Xor):
    codec_name = "test.registered_as_another"

    def encoded(self, data: Any, spec: ArraySpec) -> Any:
        return data

    decoded = encoded


register_codec("test.registered_as_another", Another)
