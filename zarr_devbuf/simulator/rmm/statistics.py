"""``rmm.statistics``: how much memory parts of a program allocate."""

from __future__ import annotations

import contextlib
import inspect
import threading
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Self

from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource import (
    StatisticsResourceAdaptor,
    get_current_device_resource,
    set_current_device_resource,
)
from zarr_devbuf.simulator.rmm.pylibrmm.memory_resource._statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "ProfilerContext",
    "ProfilerRecords",
    "Statistics",
    "default_profiler_records",
    "enable_statistics",
    "get_statistics",
    "pop_statistics",
    "profiler",
    "push_statistics",
    "statistics",
]


def _adaptor() -> StatisticsResourceAdaptor | None:
    resource = get_current_device_resource()
    return resource if isinstance(resource, StatisticsResourceAdaptor) else None


def enable_statistics() -> None:
    """Count the allocations of this thread's device, if they are not counted yet."""
    if _adaptor() is None:
        set_current_device_resource(StatisticsResourceAdaptor(get_current_device_resource()))


def get_statistics() -> Statistics | None:
    """Return the statistics; ``None`` if nothing is counted."""
    adaptor = _adaptor()
    return None if adaptor is None else adaptor.allocation_counts


def push_statistics() -> Statistics | None:
    """Start new counters, and return the statistics before; ``None`` if nothing is counted."""
    adaptor = _adaptor()
    return None if adaptor is None else adaptor.push_counters()


def pop_statistics() -> Statistics | None:
    """End the newest counters, and return their statistics; ``None`` if nothing is counted."""
    adaptor = _adaptor()
    return None if adaptor is None else adaptor.pop_counters()


@contextlib.contextmanager
def statistics() -> Iterator[None]:
    """Count the allocations of a block: with new counters, if they are counted already.

    Raises
    ------
    ValueError
        If the block changes the memory resource of the device.
    """
    before = None
    if push_statistics() is None:
        before = get_current_device_resource()
        enable_statistics()
    current = get_current_device_resource()
    try:
        yield
    finally:
        if current is not get_current_device_resource():
            raise ValueError("RMM memory source stack was changed while in the statistics context")
        if before is None:
            pop_statistics()
        else:
            set_current_device_resource(before)


class ProfilerRecords:
    """The statistics of parts of a program, by their names."""

    @dataclass
    class MemoryRecord:
        """The calls of a part of a program, and the bytes that it allocated in all and at most."""

        num_calls: int = 0
        memory_total: int = 0
        memory_peak: int = 0

        def add(self, memory_total: int, memory_peak: int) -> None:
            """Add a call."""
            self.num_calls += 1
            self.memory_total += memory_total
            self.memory_peak = max(self.memory_peak, memory_peak)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[str, ProfilerRecords.MemoryRecord] = {}

    def add(self, name: str, data: Statistics) -> None:
        """Add a call of a part of a program."""
        with self._lock:
            record = self._records.setdefault(name, self.MemoryRecord())
            record.add(data.total_bytes, data.peak_bytes)

    @property
    def records(self) -> dict[str, MemoryRecord]:
        """The records by name."""
        return dict(self._records)

    def report(self, ordered_by: str = "memory_peak") -> str:
        """Return the records as a table, ordered by one of their attributes."""
        head = "Memory Profiling\n================\n\n"
        if not self._records:
            return f"{head}No data, maybe profiling wasn't enabled?"
        rows = sorted(
            self.records.items(), key=lambda item: getattr(item[1], ordered_by), reverse=True
        )
        lines = [
            f"{record.num_calls:6,d} {record.memory_peak:15,d} {record.memory_total:15,d}  {name}"
            for name, record in rows
        ]
        titles = "ncalls     memory_peak    memory_total  filename:lineno(function)"
        return f"{head}Ordered by: {ordered_by}\n\n{titles}\n" + "\n".join(lines)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.records})"

    def __str__(self) -> str:
        return self.report()


default_profiler_records = ProfilerRecords()


class ProfilerContext:
    """Records a block or a function, if allocations are counted.

    Parameters
    ----------
    records
        Where to.
    name
        By what name; that of the function by default.
    """

    def __init__(self, records: ProfilerRecords, name: str) -> None:
        self._records = records
        self._name = name

    def __call__[F: Callable[..., Any]](self, func: F) -> F:
        """Return a function that is recorded at each call."""
        name = self._name or _get_descriptive_name_of_object(func)

        @wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with ProfilerContext(self._records, name):
                return func(*args, **kwargs)

        return wrapper  # type: ignore[return-value]  # a function as `func`

    def __enter__(self) -> Self:
        if not self._name:
            raise ValueError("When profiler is used as a context manager, a name must be provided")
        push_statistics()
        return self

    def __exit__(self, *exception: object) -> None:
        found = pop_statistics()
        if found is not None:
            self._records.add(self._name, found)


def _get_descriptive_name_of_object(func: Any) -> str:
    original = inspect.unwrap(func)
    _, line = inspect.getsourcelines(original)
    return f"{inspect.getfile(original)}:{line}({original.__qualname__})"


def profiler(
    *, records: ProfilerRecords = default_profiler_records, name: str = ""
) -> ProfilerContext:
    """Return a context manager and decorator that records a block or a function."""
    return ProfilerContext(records, name)
