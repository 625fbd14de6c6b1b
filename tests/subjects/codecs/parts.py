"""Codecs that read or write parts of chunks wrong, and one that cannot be made from metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarr.abc.codec import ArrayBytesCodecPartialDecodeMixin
from zarr.registry import register_codec

from tests.subjects.codecs.base import PartByPart
from tests.subjects.codecs.clean import Raw, Xor

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec


class PartOfZeros(PartByPart):
    """Begins a chunk that is missing with zeros, whatever the fill value is."""

    codec_name = "test.part_of_zeros"
    caught_by = {"missing_chunks"}


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
