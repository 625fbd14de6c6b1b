"""``rmm.pylibrmm.stream``: streams."""

from __future__ import annotations

import enum
from typing import Any

from zarr_devbuf.simulator._core.accesses import synchronize
from zarr_devbuf.simulator._core.stream_pointers import LEGACY, PER_THREAD, new_pointer

__all__ = [
    "DEFAULT_STREAM",
    "LEGACY_DEFAULT_STREAM",
    "PER_THREAD_DEFAULT_STREAM",
    "CudaStreamFlags",
    "Stream",
    "as_stream",
    "stream_at",
]


class CudaStreamFlags(enum.IntEnum):
    """Whether a stream waits for the default stream."""

    SYNC_DEFAULT = 0
    NON_BLOCKING = 1


class _Address:
    """The address of a stream."""

    def __init__(self, pointer: int) -> None:
        self._pointer = pointer

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self._pointer


class Stream:
    """A stream.

    Parameters
    ----------
    obj
        ``None`` for a new stream, or a stream of another library, which has ``__cuda_stream__``.
    flags
        Of a new stream.
    """

    __slots__ = ("__weakref__", "_owner", "_pointer")

    def __init__(self, obj: Any = None, flags: CudaStreamFlags | None = None) -> None:
        self._owner = obj
        if obj is None:
            self._pointer = new_pointer(non_blocking=flags == CudaStreamFlags.NON_BLOCKING)
            return
        if flags is not None:
            raise ValueError(
                "flags may only be specified when obj is None; flags cannot be applied to an "
                "existing stream."
            )
        if not hasattr(obj, "__cuda_stream__"):
            raise TypeError(f"Cannot create stream from {type(obj)}")
        version, pointer = obj.__cuda_stream__()
        if version != 0:
            raise NotImplementedError(
                f"RMM does not currently support the CUDA Stream Protocol version: '{version}'."
            )
        self._pointer = int(pointer)

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self._pointer

    def synchronize(self) -> None:
        """Wait for all work on the stream."""
        synchronize(self._pointer)

    def is_default(self) -> bool:
        """Return whether it is the default stream."""
        return self._pointer in {0, LEGACY}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self._pointer == other._pointer

    def __hash__(self) -> int:
        return hash(self._pointer)


def stream_at(pointer: int) -> Stream:
    """Return the stream with an address."""
    return Stream(_Address(pointer))


DEFAULT_STREAM = stream_at(0)
LEGACY_DEFAULT_STREAM = stream_at(LEGACY)
PER_THREAD_DEFAULT_STREAM = stream_at(PER_THREAD)


def as_stream(stream: Any) -> Stream:
    """Return a stream that was given as an argument."""
    if stream is None:
        raise TypeError("stream argument cannot be None. Please provide a valid Stream instance.")
    if not isinstance(stream, Stream):
        raise TypeError(
            "Argument 'stream' has incorrect type (expected rmm.pylibrmm.stream.Stream, got "
            f"{type(stream).__name__})"
        )
    return stream
