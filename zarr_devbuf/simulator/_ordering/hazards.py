"""Accesses that nothing orders, and how they are reported."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, final

import numpy as np

from zarr_devbuf._transfers.call_site import describe_site, find_line, shorten

if TYPE_CHECKING:
    from types import CodeType

    from zarr_devbuf.simulator._ordering.clocks import StreamClock
    from zarr_devbuf.simulator._ordering.extents import Extent

__all__ = ["Access", "StreamHazardError", "StreamHazardWarning", "hazard"]


class StreamHazardError(RuntimeError):
    """Two accesses to the same bytes, of which one writes, have no order.

    On a GPU the result would depend on which of them is faster.

    Attributes
    ----------
    kind : str
        ``"read after write"``, ``"write after read"``, ``"write after write"``, or
        ``"source changed"`` for host memory that changed before an asynchronous copy of it.
    first, second : str
        Each access: what it does, its line, stream and thread.
    """

    __module__ = "zarr_devbuf.simulator"

    def __init__(self, message: str, kind: str = "", first: str = "", second: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.first = first
        self.second = second

    def __reduce__(self) -> tuple[type[StreamHazardError], tuple[str, str, str, str]]:
        return type(self), (str(self), self.kind, self.first, self.second)


class StreamHazardWarning(RuntimeWarning):
    """A hazard that `check_streams` with ``mode="warn"`` or ``SIM_STREAMS=warn`` reports."""

    __module__ = "zarr_devbuf.simulator"


@final
class Access:
    """One access of a stream to memory.

    Attributes
    ----------
    stream : StreamClock
        The stream.
    time : int
        Its time.
    writes : bool
        Whether it writes; otherwise it reads.
    extent : Extent
        The bytes.
    freed : bool
        Whether the memory was freed afterwards, and given to another array.
    """

    __slots__ = (
        "_offset", "_site", "_thread", "_what", "extent", "freed", "stream", "time", "writes",
    )  # fmt: skip

    def __init__(
        self,
        stream: StreamClock,
        extent: Extent,
        *,
        writes: bool,
        what: Any = None,
        site: tuple[CodeType | str | None, int] | None = None,
        time: int | None = None,
    ) -> None:
        self.stream = stream
        self.time = stream.time if time is None else time
        self.writes = writes
        self.extent = extent
        self.freed = False
        # An array is not kept: only what the report needs.
        self._what = what if what.__class__ is not np.ndarray else (what.dtype, what.shape)
        self._site, self._offset = find_line() if site is None else site
        self._thread = threading.get_ident()

    def moved(self, distance: int, *, freed: bool) -> Access:
        """Return the access to the same memory at another address."""
        copy: Access = object.__new__(Access)
        copy.stream, copy.time, copy.writes = self.stream, self.time, self.writes
        copy.extent = self.extent.moved(distance)
        copy.freed = freed or self.freed
        copy._what, copy._thread = self._what, self._thread
        copy._site, copy._offset = self._site, self._offset
        return copy

    @property
    def verb(self) -> str:
        """``"write"`` or ``"read"``."""
        return "write" if self.writes else "read"

    @property
    def where(self) -> str:
        """The line."""
        return shorten(describe_site(self._site, self._offset))

    def describe(self) -> str:
        """Return what the access does, and where."""
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        thread = names.get(self._thread, f"thread {self._thread} (ended)")
        freed = ", in memory that was freed since" if self.freed else ""
        return (
            f"{self.verb} of bytes {self.extent.low} to {self.extent.high} of "
            f"{_describe(self._what)}{freed}, at {self.where}, on {self.stream}, in "
            f"{thread}"
        )


def _describe(what: Any) -> str:
    if isinstance(what, tuple):
        dtype, shape = what
        return f"an array ({dtype}, shape {shape})"
    return f"{what} bytes" if isinstance(what, int) else str(what or "an allocation")


def hazard(first: Access, second: Access) -> StreamHazardError:
    """Return the error for two accesses without an order.

    Parameters
    ----------
    first, second
        The accesses.
    """
    kind = f"{second.verb} after {first.verb}"
    texts = first.describe(), second.describe()
    return StreamHazardError(
        f"{kind}: nothing orders these accesses to device memory.\n"
        f"  first:  {texts[0]}\n"
        f"  second: {texts[1]}\n"
        f"{_advice(first, second)}",
        kind,
        *texts,
    )


def _advice(first: Access, second: Access) -> str:
    before, after = first.stream, second.stream
    if first.freed:
        return (
            f"To fix this, keep the freed array until {before} is done with it, or make {after} "
            "wait for an event that is recorded after its last use."
        )
    return (
        f"To fix this, record an event on {before} after the first access and make {after} wait "
        "for it (wait_event), or synchronize the first stream."
    )
