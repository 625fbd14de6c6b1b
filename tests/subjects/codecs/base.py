"""What broken codecs have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.abc.codec import ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin

from tests.subjects.codecs.clean import Raw, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec

PARTS = {"missing_chunks", "selections"}
IN_ARRAYS = {"in_array", "in_shards", "prototype_argument", "configuration_switched"}
# What is wrong with NumPy buffers, too, fails the first check that meets it alone.
VALUES = {"round_trip", "chunk_shapes", "special_values", "nan", "byte_orders", "large_chunks"}
ALL_VALUES = (
    VALUES
    | IN_ARRAYS
    | {
        "memory_layouts",
        "results_are_independent",
        "no_memory_of_input",
        "paths_agree",
        "batches",
        "threads",
        "event_loops",
        "fork",
        "history",
        "between_devices",
        "prototypes_in_turn",
        "prototype_of_the_spec",
        "specs_in_turn",
        "to_dict",
        "pickling",
        "out_of_memory",
    }
)


def elsewhere(data: Any) -> bool:
    """Tell whether a buffer is none of zarr's own."""
    return not type(data).__module__.startswith("zarr.")


def array_of(data: Any) -> Any:
    return data.as_ndarray_like() if hasattr(data, "as_ndarray_like") else data.as_array_like()


def start_of_memory(data: Buffer) -> Any:
    """Take the bytes at the start of the memory that a buffer on a device is a part of."""
    array = array_of(data)
    if elsewhere(data) and array.base is not None and array.base.nbytes > array.nbytes:
        return array.base.ravel().view("B")[: array.nbytes]
    return array


def size_of(spec: ArraySpec) -> int:
    return int(np.prod(spec.shape))


class Stateful(Xor):
    """Keeps state on itself that belongs neither into the metadata nor into the pickle."""

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}

    def __getstate__(self) -> dict[str, Any]:
        return {"key": self.key}


class PartByPart(Raw, ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin):
    """Decodes and encodes parts of a chunk by way of the whole chunk; not broken itself."""

    def fill_value(self, _spec: ArraySpec) -> Any:
        """Return what a chunk that is missing begins with."""
        return 0

    def place(self, selection: Any, _part: NDBuffer) -> Any:
        """Return the place in the chunk of a part that is written."""
        return selection

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
        whole[self.place(selection, chunk_array)] = chunk_array
        await byte_setter.set(self.encoded(whole, chunk_spec))
