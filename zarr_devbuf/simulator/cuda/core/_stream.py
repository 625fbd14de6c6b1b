"""Streams and events."""

# ruff: noqa: SLF001 - the state of streams and events is private to this package.

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from zarr_devbuf.simulator._core.accesses import (
    host_waits_for,
    record_event,
    stream_waits_for,
    synchronize,
)
from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.refusals import refused_method, refused_property
from zarr_devbuf.simulator._core.stream_pointers import LEGACY, PER_THREAD, new_pointer
from zarr_devbuf.simulator.cuda.bindings.driver import CUevent, CUstream

__all__ = [
    "DEVICE_CLASS",
    "LEGACY_DEFAULT_STREAM",
    "PER_THREAD_DEFAULT_STREAM",
    "Event",
    "EventOptions",
    "Stream",
    "StreamOptions",
    "accept",
    "made_stream",
    "new_event",
]


DEVICE_CLASS: list[Any] = []
"""The class of devices, which uses streams, and so is defined later."""


@dataclass
class StreamOptions:
    """Options of a new stream.

    Parameters
    ----------
    nonblocking
        Whether it does not wait for the default stream.
    priority
        Smaller numbers are more urgent.
    """

    nonblocking: Any = True
    priority: int | None = None


@dataclass
class EventOptions:
    """Options of a new event.

    Parameters
    ----------
    timing_enabled, blocking_sync, ipc_enabled
        Whether times are recorded, whether waiting threads sleep, and whether other processes can
        use the event, which is not implemented.
    """

    timing_enabled: bool | None = False
    blocking_sync: bool | None = False
    ipc_enabled: bool | None = False


class Stream:
    """A stream; `Device.create_stream` makes them."""

    __slots__ = ("__weakref__", "_device_id", "_options", "_owner", "_pointer")

    _device_id: int | None
    _options: StreamOptions
    _owner: Any
    _pointer: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        raise RuntimeError(
            "Stream objects cannot be instantiated directly. Please use Device APIs "
            "(create_stream) or other Stream APIs (from_handle)."
        )

    def close(self) -> None:
        """Destroy the stream."""
        self._pointer, self._owner = 0, None

    @property
    def is_closed(self) -> bool:
        """Whether the stream is destroyed."""
        return not self._pointer

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self._pointer

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self._pointer == other._pointer

    def __hash__(self) -> int:
        return hash((Stream, self._pointer))

    def __repr__(self) -> str:
        return f"<Stream handle={hex(self._pointer)}>"

    @property
    def handle(self) -> Any:
        """The stream as an object of ``cuda.bindings.driver``."""
        return CUstream(self._pointer)

    @property
    def is_nonblocking(self) -> bool:
        """Whether the stream does not wait for the default stream."""
        return bool(self._options.nonblocking)

    @property
    def priority(self) -> int:
        """The priority."""
        return self._options.priority or 0

    def sync(self) -> None:
        """Wait for all work on the stream."""
        synchronize(self._pointer)

    def record(self, event: Event | None = None, options: EventOptions | None = None) -> Event:
        """Record an event, by default a new one."""
        event = new_event(options) if event is None else event
        event._time = time.perf_counter()
        event._recorded = record_event(self._pointer)
        return event

    def wait(self, event_or_stream: Any) -> None:
        """Order what is issued later on this stream after an event or after another stream."""
        if isinstance(event_or_stream, Event):
            recorded = event_or_stream._recorded
        else:
            recorded = record_event(accept(event_or_stream, protocol=True)._pointer)
        stream_waits_for(self._pointer, recorded)

    @property
    def device(self) -> Any:
        """The device."""
        return DEVICE_CLASS[0](current_id() if self._device_id is None else self._device_id)

    @staticmethod
    def from_handle(handle: int) -> Stream:
        """Return the stream with an address."""
        return made_stream(int(handle), None, StreamOptions(nonblocking=False))

    context = refused_property("cuda.core.Stream.context")
    resources = refused_property("cuda.core.Stream.resources")
    create_graph_builder = refused_method("cuda.core.Stream.create_graph_builder")


def made_stream(
    pointer: int | None, owner: Any, options: StreamOptions, device_id: int | None = None
) -> Stream:
    """Return a stream with an address, or a new one."""
    stream = object.__new__(Stream)
    if pointer is None:
        pointer = new_pointer(non_blocking=bool(options.nonblocking))
    stream._pointer = pointer
    stream._owner, stream._options, stream._device_id = owner, options, device_id
    return stream


_BLOCKING = StreamOptions(nonblocking=False)
LEGACY_DEFAULT_STREAM = made_stream(LEGACY, None, _BLOCKING)
PER_THREAD_DEFAULT_STREAM = made_stream(PER_THREAD, None, _BLOCKING)


def accept(argument: Any, *, protocol: bool = False) -> Stream:
    """Return the stream that an argument names."""
    if isinstance(argument, Stream):
        return argument
    if protocol and hasattr(argument, "__cuda_stream__"):
        return made_stream(argument.__cuda_stream__()[1], argument, _BLOCKING)
    raise TypeError(f"Stream or GraphBuilder expected, got {type(argument).__name__}")


class Event:
    """A point in a stream; `Stream.record` makes them."""

    __slots__ = ("_device_id", "_options", "_pointer", "_recorded", "_time")

    _device_id: int
    _options: EventOptions
    _pointer: int
    _recorded: Any
    _time: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        raise RuntimeError(
            "Event objects cannot be instantiated directly. Please use Stream APIs (record)."
        )

    def close(self) -> None:
        """Destroy the event."""
        self._pointer = 0

    @property
    def is_closed(self) -> bool:
        """Whether the event is destroyed."""
        return not self._pointer

    def __sub__(self, other: Event) -> float:
        if not (self.is_timing_enabled and other.is_timing_enabled):
            raise RuntimeError(
                "Both Events must be created with timing enabled in order to subtract them; "
                "use EventOptions(timing_enabled=True) when creating both events."
            )
        return (self._time - other._time) * 1000

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and self._pointer == other._pointer

    def __hash__(self) -> int:
        return hash((Event, self._pointer))

    def sync(self) -> None:
        """Wait for what was recorded."""
        host_waits_for(self._recorded)

    @property
    def is_done(self) -> bool:
        """True: all work is done immediately. The host knows it now."""
        host_waits_for(self._recorded)
        return True

    @property
    def is_timing_enabled(self) -> bool:
        """Whether times are recorded."""
        return bool(self._options.timing_enabled)

    @property
    def is_blocking_sync(self) -> bool:
        """Whether waiting threads sleep."""
        return bool(self._options.blocking_sync)

    @property
    def is_ipc_enabled(self) -> bool:
        """False: other processes cannot use the event."""
        return False

    @property
    def handle(self) -> Any:
        """The event as an object of ``cuda.bindings.driver``."""
        return CUevent(self._pointer)

    @property
    def device(self) -> Any:
        """The device."""
        return DEVICE_CLASS[0](self._device_id)

    context = refused_property("cuda.core.Event.context")
    ipc_descriptor = refused_property("cuda.core.Event.ipc_descriptor")
    from_ipc_descriptor = staticmethod(refused_method("cuda.core.Event.from_ipc_descriptor"))


def new_event(options: EventOptions | None) -> Event:
    """Return a new event."""
    event = object.__new__(Event)
    event._options = EventOptions() if options is None else options
    if event._options.ipc_enabled:
        raise not_implemented("cuda.core.EventOptions(ipc_enabled=True)")
    event._pointer, event._device_id = new_pointer(), current_id()
    event._time, event._recorded = time.perf_counter(), None
    return event
