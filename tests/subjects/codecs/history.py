"""Codecs that depend on the chunks before."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tests.subjects.codecs.base import Stateful, array_of
from tests.subjects.codecs.clean import Raw, Reverse, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec


class _Forgetful:
    """Has state that belongs neither into the metadata nor into a pickle."""

    codec_name: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {}}

    def __getstate__(self) -> dict[str, Any]:
        return {}


class LearnsRange(_Forgetful, Reverse):
    """Limits values to the range of the first chunk."""

    codec_name = "test.learns_range"
    caught_by = {"history", "in_array", "in_shards"}
    # If a chunk of smaller numbers comes first.
    may_be_caught_by = {"threads"}

    def encoded(self, data: NDBuffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if array.size and array.dtype.kind in "iu":
            top = self.__dict__.setdefault("_top", {}).setdefault(str(array.dtype), array.max())
            array = array.clip(None, top)
        return Reverse.encoded(self, spec.prototype.nd_buffer.from_ndarray_like(array), spec)


class LearnsLength(Stateful):
    """Allocates for the first chunk, and cuts longer ones."""

    codec_name = "test.learns_length"
    caught_by = {"history"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        longest = self.__dict__.setdefault("_longest", len(data))
        done = Xor.decoded(self, data, spec)
        return done[: max(longest, 1)]


class BusyAfterErrors(Stateful):
    """Stays busy after an error, in the thread that met it."""

    codec_name = "test.busy_after_errors"
    caught_by = {"history", "memory_is_released"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        busy = self.__dict__.setdefault("_busy", set())
        thread = threading.current_thread()
        if thread in busy:
            raise RuntimeError("busy with another chunk")
        busy.add(thread)
        done = Xor.encoded(self, data, spec)
        busy.remove(thread)
        return done


class LearnsDtype(_Forgetful, Raw):
    """Decodes to the dtype of the first chunk that has elements of its size."""

    codec_name = "test.learns_dtype"
    caught_by = {"history", "specs_in_turn"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        first = self.__dict__.setdefault("_dtype", spec.dtype.to_native_dtype())
        done = Raw.decoded(self, data, spec)
        if first.kind == spec.dtype.to_native_dtype().kind:
            return done
        return spec.prototype.nd_buffer.from_ndarray_like(np.sign(array_of(done)))
