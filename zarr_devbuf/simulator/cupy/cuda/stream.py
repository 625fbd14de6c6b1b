"""``cupy.cuda.stream``: streams and events.

All work is done when it is issued; what streams and events order is recorded.
"""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: ARG002 - names and signatures are CuPy's.
from __future__ import annotations

import itertools
import warnings
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zarr_devbuf.simulator._core.accesses import (
    host_function,
    host_waits_for,
    record_event,
    stream_waits_for,
    synchronize,
)
from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.current_stream import current_stream, set_current_stream, stack
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._ordering.tracker import tracker

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["Event", "ExternalStream", "Stream", "get_current_stream", "get_elapsed_time"]

_numbers = itertools.count(0x1000)


class Event:
    """A point in a stream."""

    def __init__(
        self, block: bool = False, disable_timing: bool = False, interprocess: bool = False
    ) -> None:
        if interprocess and not disable_timing:
            raise ValueError("Timing must be disabled for interprocess events")
        self.ptr = next(_numbers)
        self._timed = not disable_timing
        self._time = perf_counter()
        self._recorded: Any = None

    @property
    def done(self) -> bool:
        """True: all work is done immediately. The host knows it now."""
        host_waits_for(self._recorded)
        return True

    def record(self, stream: Any = None) -> None:
        """Record the event on a stream, by default this thread's."""
        self._time = perf_counter()
        self._recorded = record_event(stream)

    def synchronize(self) -> None:
        """Wait for what was recorded."""
        host_waits_for(self._recorded)


def get_elapsed_time(start_event: Event, end_event: Event) -> float:
    """Return the milliseconds between two events."""
    return (end_event._time - start_event._time) * 1000


class BaseStream:
    """A stream with an address."""

    null: ClassVar[Any]
    ptds: ClassVar[Any]

    def __init__(self, ptr: int, device_id: int = -1) -> None:
        self.ptr = ptr
        self.device_id = device_id
        self._non_blocking, self._priority = False, 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BaseStream) and self.ptr == other.ptr

    def __hash__(self) -> int:
        return hash(self.ptr)

    def __enter__(self) -> Self:
        device_id = self._check_device()
        stack().append((device_id, self))
        set_current_stream(device_id, self)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        device_id, _ = stack().pop()
        # As in CuPy, a stream that was selected by `use` before the block is forgotten.
        outer = (stream for device, stream in reversed(stack()) if device == device_id)
        set_current_stream(device_id, next(outer, None))

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self.ptr

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.ptr} (device {self.device_id})>"

    @property
    def done(self) -> bool:
        """True: all work is done immediately. The host knows it now."""
        synchronize(self)
        return True

    def use(self) -> Self:
        """Select this stream for this thread."""
        set_current_stream(self._check_device(), self)
        return self

    def _check_device(self) -> int:
        device = current_id()
        if self.device_id not in (-1, device):
            raise RuntimeError(
                f"The device that the stream is created on ({self.device_id}) does not match with "
                f"the current device ({device})"
            )
        return device

    def synchronize(self) -> None:
        """Wait for all work on the stream."""
        synchronize(self)

    def record(self, event: Event | None = None) -> Event:
        """Record an event."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        """Order what is issued later on this stream after an event."""
        stream_waits_for(self, event._recorded)

    def add_callback(self, callback: Any, arg: Any) -> None:
        """Call the function immediately; on a GPU, after all earlier work on the stream."""
        self._call_host(lambda: callback(self, 0, arg))

    def launch_host_func(self, callback: Any, arg: Any) -> None:
        """Call the function immediately; on a GPU, after all earlier work on the stream."""
        self._call_host(lambda: callback(arg))

    def _call_host(self, function: Callable[[], None]) -> None:
        with host_function(self):
            function()

    def is_capturing(self) -> bool:
        """Return False: graphs are not implemented."""
        return False

    def begin_capture(self, mode: Any = None) -> None:
        """Raise ``NotImplementedError``: graphs are not implemented."""
        raise not_implemented("cupy.cuda.Stream.begin_capture")

    def end_capture(self) -> Any:
        """Raise ``NotImplementedError``: graphs are not implemented."""
        raise not_implemented("cupy.cuda.Stream.end_capture")

    @property
    def is_non_blocking(self) -> bool:
        """Whether the stream does not wait for the default stream."""
        return self._non_blocking

    @property
    def priority(self) -> int:
        """The priority of the stream; smaller numbers are more urgent."""
        return self._priority


class Stream(BaseStream):
    """A new stream; with ``null=True``, the default stream of the device."""

    _foreign_stream_ref: Any = None
    _made = False

    def __del__(self) -> None:
        if self._made:
            tracker.destroyed(self.ptr)

    def __init__(
        self,
        null: bool = False,
        non_blocking: bool = False,
        ptds: bool = False,
        priority: int | None = None,
    ) -> None:
        if null:
            super().__init__(0)
        elif ptds:
            super().__init__(2)
        else:
            super().__init__(next(_numbers), current_id())
            self._made = True
            tracker.made(self.ptr, non_blocking=bool(non_blocking))
            self._non_blocking, self._priority = non_blocking, priority or 0

    @classmethod
    def from_external(cls, obj: Any) -> Self:
        """Return a stream for an object of another library that implements ``__cuda_stream__``."""
        try:
            version, ptr = obj.__cuda_stream__()
        except AttributeError as error:
            raise TypeError(
                f"Object of type {type(obj).__name__} does not implement the CUDA stream protocol "
                "(__cuda_stream__ method)"
            ) from error
        except (TypeError, ValueError) as error:
            raise TypeError(
                "__cuda_stream__() must return a 2-tuple of (version, stream_ptr)"
            ) from error
        if not isinstance(version, int) or not isinstance(ptr, int):
            raise TypeError(
                f"__cuda_stream__() must return (int, int), got ({type(version).__name__}, "
                f"{type(ptr).__name__})"
            )
        if version != 0:
            raise TypeError(
                f"__cuda_stream__() returned unsupported version {version}, only version 0 is "
                "supported"
            )
        stream = cls.__new__(cls)
        BaseStream.__init__(stream, ptr, -1)
        stream._foreign_stream_ref = obj
        return stream


class ExternalStream(BaseStream):
    """A stream with another owner; deprecated."""

    def __init__(self, ptr: int, device_id: int = -1) -> None:
        warnings.warn(
            "ExternalStream is deprecated. Use Stream.from_external() instead to interoperate with "
            "external streams that implement the CUDA stream protocol.",
            DeprecationWarning,
            stacklevel=2,
        )
        super().__init__(ptr, device_id)


BaseStream.null = Stream(null=True)
BaseStream.ptds = Stream(ptds=True)


def get_current_stream(device_id: int = -1) -> Any:
    """Return this thread's stream on a device."""
    device = current_id() if device_id == -1 else device_id
    stream = current_stream(device)
    return BaseStream.null if stream is None else stream
