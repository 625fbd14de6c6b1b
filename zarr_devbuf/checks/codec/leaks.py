"""Check that a codec keeps no chunk once nobody else has it, after errors too."""

from __future__ import annotations

import gc
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import DeviceMemory
from zarr_devbuf.checks.codec.chunks import TYPICAL, Chunk
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import array_in
from zarr_devbuf.checks.errors import NotApplicable, violated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.harness import CallPath

# A codec may keep a few chunks, as a cache of fixed size does: more than so many must not be added.
_CACHED = 16
_MORE = 10
# Units of memory that are left to a codec, so that it fails here and there.
_SHORT = range(8)

# Many chunks are used: small ones first.
_SMALL_FIRST = (Chunk("uint8", (24,)), Chunk("float32", (8, 12)), *TYPICAL)


@chunk_check(
    groups=((1, _SMALL_FIRST),),
    advice="Do not append chunks to a list or a dict that outlives the call; release what a call "
    "has acquired in `finally`.",
    source="ours",
    severity="leaks",
)
def check_memory_is_released(codec: CodecHarness) -> None:
    """Chunks that nobody uses any more are not kept, neither after success nor after an error.

    One chunk after the other is encoded and decoded, and dropped. A codec that holds on to each of
    them (until a stream is done, which nobody tells it) runs out of memory: on a device soon. It
    may keep as many as a cache of fixed size does.
    """
    memory = _device_memory(codec)
    gc.collect()
    # What is alive now is not looked at again: collecting it takes most of the time.
    gc.freeze()
    try:
        for path in codec.paths:
            _assert_released(codec, path, memory)
    finally:
        gc.unfreeze()


def _assert_released(codec: CodecHarness, path: CallPath, memory: DeviceMemory | None) -> None:
    for number in range(_CACHED):
        _use(codec, path, number)
    if memory is not None:
        memory.mark()
    results = [_use(codec, path, _CACHED + number) for number in range(_MORE)]
    gc.collect()
    case = codec.about(f"encode and decode {_MORE} chunks", path)
    for what, kept in zip(("encoded", "decoded"), zip(*results, strict=True), strict=True):
        if _count_alive(kept) == _MORE:
            raise violated(
                case=case,
                expected="that they are freed once they are dropped",
                actual=f"all of the {what} chunks are still in memory",
                advice=codec.advice,
            )
    if memory is not None:
        memory.assert_no_more(case, advice=codec.advice)
        _fail(codec, path, memory)
        memory.assert_no_more(f"{case}, while memory runs out", advice=codec.advice)


def _count_alive(references: Iterable[Callable[[], Any]]) -> int:
    # One that is kept, and returned again and again, counts once. In a function of its own, which
    # lets go of what it has looked at: a thread may have it for a moment longer.
    return len({id(one) for one in [each() for each in references] if one is not None})


def _device_memory(codec: CodecHarness) -> DeviceMemory | None:
    backend: Backend | None = codec.backend
    if backend is None or backend.is_host:
        return None
    try:
        return DeviceMemory(backend)
    except NotApplicable:
        return None


def _use(codec: CodecHarness, path: CallPath, number: int) -> tuple[Callable[[], Any], ...]:
    """Encode and decode one of many chunks, and drop it; return weak references to the results."""
    values = codec.values()
    other = np.roll(values.reshape(-1), number).reshape(values.shape)
    encoded = codec.encode(codec.buffer(other, flat=codec.takes_bytes), path)
    return _reference(encoded), _reference(codec.decode(encoded, path))


def _reference(data: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(array_in(data))
    except TypeError:  # few arrays have no weak references
        return lambda: None


def _fail(codec: CodecHarness, path: CallPath, memory: DeviceMemory) -> None:
    data, encoded = codec.input(), codec.encoded_input()
    for units in _SHORT:
        gc.collect()  # garbage that is freed on the way would give the codec more than that
        with memory.limited(units):
            with suppress(Exception):
                codec.encode(data, path)
            with suppress(Exception):
                codec.decode(encoded, path)
