"""Asynchronous copies between device memory and pinned host memory.

The simulator copies at once. Pinned memory that a copy writes holds poison until the host has
waited for the copy; then it gets the values. Pinned memory that a copy reads must not change until
then. Pageable memory is staged: it has its values at once, and may change.
"""

from __future__ import annotations

import ctypes
import hashlib
import weakref
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from zarr_devbuf.simulator._ordering.extents import Extent
from zarr_devbuf.simulator._ordering.hazards import Access, StreamHazardError
from zarr_devbuf.simulator._ordering.tracker import tracker

if TYPE_CHECKING:
    from zarr_devbuf.simulator._ordering.clocks import Clocks

__all__ = ["POISON", "pinned_memory", "read_source", "register_pinned", "withhold"]

POISON = 0xA5
# More copies that nobody waits for count as done, so that memory is bounded.
_MOST = 4096


@final
class _Pinned:
    """Pinned memory, as the tracker sees it; it is one allocation that streams access."""

    __slots__ = ("_history", "_written", "array", "device_id", "host", "nbytes")

    def __init__(self, memory: Any) -> None:
        self.array = weakref.ref(memory)
        self.host: int = memory.ctypes.data
        self.nbytes: int = memory.nbytes
        self.device_id = 0

    def source(self) -> _Pinned:
        """Return this memory."""
        return self

    def former_accesses(self) -> list[Access]:
        """Return nothing: pools of pinned memory are not followed."""
        return []


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Copy:
    """A copy that the host has not waited for.

    Attributes
    ----------
    access : Access
        What the stream does in the pinned memory.
    address, nbytes : int
        The bytes of host memory.
    content : bytes
        What it holds when the copy is done, or a digest of what it must hold until then.
    memory : object
        What keeps the memory alive.
    """

    access: Access
    address: int
    nbytes: int
    content: bytes
    memory: Any

    def overlaps(self, address: int, nbytes: int) -> bool:
        return self.address < address + nbytes and address < self.address + self.nbytes

    def is_done(self, clocks: Clocks) -> bool:
        return clocks.is_done(self.access.stream.number, self.access.time)


_registry: dict[int, _Pinned] = {}
_withheld: deque[_Copy] = deque()
_sources: deque[_Copy] = deque()


def register_pinned(memory: Any) -> None:
    """Add a NumPy array of bytes that is pinned memory, for as long as it lives."""
    if memory.nbytes:
        pinned = _Pinned(memory)
        _registry[pinned.host] = pinned
        weakref.finalize(memory, _registry.pop, pinned.host, None).atexit = False


def pinned_memory(address: int, nbytes: int) -> _Pinned | None:
    """Return the pinned memory in which bytes lie."""
    for start, pinned in list(_registry.items()):
        if start <= address and address + nbytes <= start + pinned.nbytes:
            return pinned
    return None


def withhold(address: int, source: int, nbytes: int, device: int, pointer: int) -> bool:
    """Copy to pinned memory asynchronously: it holds poison until the host waits for the copy.

    Parameters
    ----------
    address, source, nbytes
        The addresses to copy to and from, and the number of bytes.
    device, pointer
        The stream.

    Returns
    -------
    bool
        False for pageable memory: nothing is copied. CUDA waits for a copy to it.
    """
    pinned = pinned_memory(address, nbytes)
    if pinned is None:
        return False
    _check_sources(address, nbytes)
    access = _access(pinned, address, nbytes, device, pointer, writes=True)
    _withheld.append(
        _Copy(access, address, nbytes, ctypes.string_at(source, nbytes), pinned.array())
    )
    ctypes.memset(address, POISON, nbytes)
    if len(_withheld) > _MOST:
        _deliver(_withheld.popleft())
    return True


def read_source(address: int, nbytes: int, device: int, pointer: int) -> bytes | None:
    """Return what an asynchronous copy reads from pinned memory, which must not change.

    ``None`` if the memory is pageable.
    """
    pinned = pinned_memory(address, nbytes)
    if pinned is None:
        return None
    access = _access(pinned, address, nbytes, device, pointer, writes=False)
    _sources.append(_Copy(access, address, nbytes, _digest(address, nbytes), pinned.array()))
    if len(_sources) > _MOST:
        _sources.popleft()
    return _content(address, nbytes)


def _content(address: int, nbytes: int) -> bytes:
    """Return what pinned memory holds once all copies to it are done."""
    content = bytearray(ctypes.string_at(address, nbytes))
    for copy in _withheld:
        if copy.overlaps(address, nbytes):
            low, high = (
                max(copy.address, address),
                min(copy.address + copy.nbytes, address + nbytes),
            )
            part = copy.content[low - copy.address : high - copy.address]
            content[low - address : high - address] = part
    return bytes(content)


def _access(
    pinned: _Pinned, address: int, nbytes: int, device: int, pointer: int, *, writes: bool
) -> Access:
    clock = tracker.begin(device, pointer)
    tracker.access_bytes(pinned, address, nbytes, clock, writes=writes)
    low = address - pinned.host
    what = f"{pinned.nbytes} bytes of pinned host memory"
    return Access(clock, Extent(low, low + nbytes), writes=writes, what=what)


def _digest(address: int, nbytes: int) -> bytes:
    return hashlib.blake2b(_content(address, nbytes), digest_size=16).digest()


def _deliver(copy: _Copy) -> None:
    ctypes.memmove(copy.address, copy.content, copy.nbytes)


def _check_sources(address: int, nbytes: int) -> None:
    """Check the sources that a copy to the host overwrites: the streams' order covers them now."""
    for copy in [one for one in _sources if one.overlaps(address, nbytes)]:
        _sources.remove(copy)
        _check_source(copy)


def _check_source(copy: _Copy) -> None:
    if _digest(copy.address, copy.nbytes) == copy.content:
        return
    first = copy.access.describe()
    tracker.report(
        StreamHazardError(
            "source changed: the host changed pinned memory before an asynchronous copy from it "
            f"was done.\n  copy: {first}\n"
            f"To fix this, synchronize {copy.access.stream} before you write to the memory again.",
            "source changed",
            first,
            "write by the host",
        )
    )


def _settle(clocks: Clocks) -> None:
    """Deliver what the host has waited for, and check the sources of such copies."""
    for _ in range(len(_withheld)):
        copy = _withheld.popleft()
        if copy.is_done(clocks):
            _deliver(copy)
        else:
            _withheld.append(copy)
    done = [copy for copy in _sources if copy.is_done(clocks)]
    for copy in done:
        _sources.remove(copy)
    if not tracker.enabled:
        return
    for copy in done:
        _check_source(copy)


tracker.on_wait = _settle
