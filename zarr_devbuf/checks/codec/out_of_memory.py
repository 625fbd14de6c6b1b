"""Check that an allocation failure raises, and that the codec works again after it."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from zarr.abc.buffer import BufferPrototype

from zarr_devbuf.checks._harness import attempt, in_time
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.errors import during

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf.checks.codec.harness import Operation


@chunk_check(
    enough=2,
    advice="Let the MemoryError propagate, and release in `finally` what the call has acquired.",
    source="ours",
    severity="stored wrong",
)
def check_out_of_memory(codec: CodecHarness) -> None:
    """If device memory runs out, encoding and decoding raise; the next chunk works as before.

    The first or second buffer of the prototype that is made in a call raises `MemoryError`. A codec
    that ignores it stores a chunk that nobody can read; one that still holds a lock, or its busy
    state, fails for every chunk after.
    """
    path = codec.paths[-1]
    # What may hang runs in a thread, on an event loop of its own: zarr's loop must not hang.
    isolated = replace(codec, run=asyncio.run)
    for nth in (1, 2):
        encoded = _attempt(isolated, "encode", codec.input(), nth)
        if encoded is not None:
            codec.assert_values(codec.decode(encoded, path), f"encode, buffer {nth} fails", path)
        _attempt(isolated, "decode", codec.encoded_input(), nth)
        what = f"encode and decode, after buffer {nth} could not be made"
        case = codec.about(what, path)
        with during(case):
            in_time(partial(isolated.assert_round_trip, path, what), case)


def _attempt(codec: CodecHarness, operation: Operation, data: Any, nth: int) -> Any:
    """Call the codec with buffers that fail; return the result, or None if it raises."""
    path = codec.paths[-1]
    with _failing(codec.spec.prototype, nth) as prototype:
        failing = replace(codec, spec=replace(codec.spec, prototype=prototype))
        call = partial(failing.call, operation, data, path)
        return attempt(call, codec.about(f"{operation}, buffer {nth} fails", path), Exception)[1]


@contextmanager
def _failing(prototype: BufferPrototype, nth: int) -> Iterator[BufferPrototype]:
    """
    Make a prototype whose nth new buffer raises `MemoryError`.

    After the block all buffers can be made: those that a call returned are of these classes, and
    make more of themselves.
    """
    count = itertools.count(1)
    armed = [True]

    def allocate() -> None:
        if armed and next(count) == nth:
            raise MemoryError("out of device memory, simulated by a check")

    class Buffer(prototype.buffer):  # type: ignore[name-defined,misc]
        def __init__(self, array_like: Any) -> None:
            allocate()
            super().__init__(array_like)

    class NDBuffer(prototype.nd_buffer):  # type: ignore[name-defined,misc]
        def __init__(self, array: Any) -> None:
            allocate()
            super().__init__(array)

    try:
        yield BufferPrototype(buffer=Buffer, nd_buffer=NDBuffer)
    finally:
        armed.clear()
