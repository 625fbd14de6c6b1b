"""Codecs that write to memory that is not theirs, or return it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.subjects.codecs.base import IN_ARRAYS, PARTS, Stateful, array_of, elsewhere
from tests.subjects.codecs.clean import Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer
    from zarr.core.array_spec import ArraySpec


class InPlace(Xor):
    """Works in the caller's memory."""

    codec_name = "test.in_place"
    caught_by = {"input_unchanged", "paths_agree"} | IN_ARRAYS | PARTS

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if not elsewhere(data) or (isinstance(array, np.ndarray) and not array.flags.writeable):
            return Xor.decoded(self, data, spec)
        array ^= np.uint8(self.key)
        return spec.prototype.buffer.from_array_like(array)


class InPlaceInSingle(Xor):
    """Works in the caller's device memory, in the path with event loop."""

    codec_name = "test.in_place_in_single"
    caught_by = {"input_unchanged"}

    async def _encode_single(self, data: Buffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        if elsewhere(data):
            array ^= np.uint8(self.key)
            return spec.prototype.buffer.from_array_like(array.copy())
        return Xor.encoded(self, data, spec)


class OneScratch(Stateful):
    """Returns the same memory for every chunk."""

    codec_name = "test.one_scratch"
    caught_by = {"results_are_independent", "batches"} | IN_ARRAYS | PARTS

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


class OneScratchInSync(Stateful):
    """Returns the same memory for every chunk of a thread, in the path without event loop."""

    codec_name = "test.one_scratch_in_sync"
    caught_by = {"results_are_independent"}

    def _decode_sync(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.decoded(self, data, spec)
        if not elsewhere(data):
            return done
        key = f"{threading.get_ident()} {len(done)}"
        known = self.__dict__.setdefault("_scratch", {}).setdefault(key, done)
        array_of(known)[...] = array_of(done)
        return known


class RemembersInput(Stateful):
    """Caches what it has encoded by the identity of the array."""

    codec_name = "test.remembers_input"
    caught_by = {"no_memory_of_input"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        array = array_of(data)
        known = self.__dict__.get("_known")
        if known is None or known[0] is not array:
            known = (array, Xor.encoded(self, data, spec))
            object.__setattr__(self, "_known", known)
        return known[1]
