"""Laws of memory: who goes on using what after a call has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.law import law
from zarr_devbuf.checks.store.paths import reads, writes
from zarr_devbuf.checks.store.trial import pattern, trial
from zarr_devbuf.store import BufferMismatchError
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer

    from zarr_devbuf.backend import Backend

__all__ = ["check_keeps_no_memory_of_callers", "check_reads_stay_as_they_are"]


@law("store")
def check_keeps_no_memory_of_callers(subject: Any, backend: Backend) -> None:
    """A stored value does not change when the buffer that was written changes afterwards.

    Encoding may hand the store a view of the user's own array (an uncompressed chunk is one), in
    device memory or the host's. A store that keeps the buffer must keep a copy.
    """
    with trial(subject, backend) as case:
        data = pattern(53)
        for name, write in writes(case).items():
            for host in (False, True):
                key = case.key(f"{name.strip('_')}/{'host' if host else 'device'}")
                value = case.value(data, host=host)
                try:
                    write(case, key, value)
                except BufferMismatchError:
                    if host:  # a store for one kind of buffer alone, which says so
                        continue
                    raise
                _overwrite(value)
                memory = "Zarr's host class" if host else f"backend {backend.name!r}"
                case.holds(key, data, f"{name} of a buffer of {memory}, changed afterwards")


@law("store")
def check_reads_stay_as_they_are(subject: Any, backend: Backend) -> None:
    """What was read stays as it was, whatever is read, written or deleted afterwards.

    A store that reads into a buffer of its own (a pinned or device staging area, a cache that
    updates in place) hands out memory that it goes on using; with several reads under way, one
    chunk turns into another. Sharing a stored value that never changes is fine: Zarr's
    `MemoryStore` does.
    """
    with trial(subject, backend) as case:
        first, second, third = (pattern(61, seed=i) for i in range(3))
        for name, read in reads(case).items():
            stem = name.strip("_")
            key = case.put(f"{stem}/0", first)
            other = case.put(f"{stem}/1", second)
            held = read(case, key, case.prototype, None)
            read(case, other, case.prototype, None)
            case.judge(held, first, f"read by {name}, after another value was read")
            case.put(f"{stem}/2", third)
            case.judge(held, first, f"read by {name}, after another value was written")
            if not case.store.supports_deletes:
                continue
            case.put(f"{stem}/0", third)
            case.judge(held, first, f"read by {name}, after its key was written again")
            case.run(case.store.delete(key))
            case.judge(held, first, f"read by {name}, after its key was deleted")


def _overwrite(value: Buffer) -> None:
    array: Any = value.as_array_like()
    with unrecorded_transfers():
        array[...] = 0xEE
