"""Checks of memory: who goes on using what after a call has ended."""

from __future__ import annotations

import gc
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from zarr.abc.store import RangeByteRequest

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.byte_ranges import part_of
from zarr_devbuf.checks.store.harness import trial
from zarr_devbuf.checks.store.io_methods import reads, writes
from zarr_devbuf.checks.store.sample_values import pattern
from zarr_devbuf.store import BufferMismatchError
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.buffer import Buffer

    from zarr_devbuf.backend import Backend


_PART = RangeByteRequest(5, 31)
_MANY = 12


@check("store")
def check_keeps_no_memory_of_callers(subject: Any, backend: Backend) -> None:
    """A stored value does not change when the buffer that was written changes afterwards.

    Encoding may hand the store a view of the user's own array (an uncompressed chunk is one), in
    device memory or the host's, of any size, or a part of a larger block. A store that keeps the
    buffer must keep a copy, as Zarr's `MemoryStore` does since 3.3: ``array[:] = x`` followed by
    ``x[:] = 0`` would otherwise rewrite chunks that are stored.
    """
    with trial(subject, backend) as case:
        for name, write in writes(case).items():
            for host in (False, True):
                memory = "Zarr's host class" if host else f"backend {backend.name!r}"
                for size, (start, stop) in (
                    ("53 bytes", (0, 53)),
                    ("5003 bytes", (0, 5003)),
                    ("64 bytes of a block of 5003", (100, 164)),
                ):
                    data = pattern(max(53, stop) if stop != 164 else 5003)
                    whole = case.value(data, host=host)
                    part = whole if (start, stop) == (0, len(data)) else whole[start:stop]
                    key = case.key(f"{name.strip('_')}/{host}/{start}/{stop}")
                    try:
                        write(case, key, part)
                    except BufferMismatchError:
                        if host:  # a store for one kind of buffer alone, which says so
                            break
                        raise
                    _overwrite(whole)
                    what = f"{name} of {size} in a buffer of {memory}, changed afterwards"
                    case.holds(key, data[start:stop], what)


@check("store")
def check_reads_stay_as_they_are(subject: Any, backend: Backend) -> None:
    """What was read stays as it was, whatever is read, written or deleted afterwards.

    A store that reads into a buffer of its own (a pinned or device staging area, a cache that
    updates in place) hands out memory that it goes on using; with several reads under way, one
    chunk turns into another. Of parts as of whole values. Sharing a stored value that never changes
    is fine: Zarr's `MemoryStore` does.
    """
    with trial(subject, backend) as case:
        first, second, third = (pattern(61, seed=i) for i in range(3))
        for name, read in reads(case).items():
            stem = name.strip("_")
            key = case.put(f"{stem}/0", first)
            other = case.put(f"{stem}/1", second)
            held = read(case, key, case.prototype, None)
            part = read(case, key, case.prototype, _PART)

            def unchanged(after: str, name: str = name, held: Any = held, part: Any = part) -> None:
                case.judge(held, first, f"read by {name}, after {after}")
                what = f"read in part by {name}, after {after}"
                case.judge(part, part_of(first, _PART), what)

            read(case, other, case.prototype, None)
            read(case, other, case.prototype, _PART)
            unchanged("another value was read")
            case.put(f"{stem}/2", third)
            unchanged("another value was written")
            if not case.store.supports_deletes:
                continue
            case.put(f"{stem}/0", third)
            unchanged("its key was written again")
            case.run(case.store.delete(key))
            unchanged("its key was deleted")


@check("store")
def check_frees_memory(subject: Any, backend: Backend) -> None:
    """What was read or written is let go of, at the latest when it is deleted.

    A list of all that was read, a cache without a bound, one that is not told of deletions: device
    memory runs out. Many values are written, read by every way and deleted; most of the buffers
    must go. A cache, or a pool, of a few may keep some.
    """
    with trial(subject, backend) as case:
        case.require_deletes()
        alive: dict[str, list[weakref.ref[Any]]] = {}

        def note(name: str, buffer: Any) -> None:
            with suppress(TypeError):  # arrays may not take weak references; buffers do
                alive.setdefault(name, []).append(weakref.ref(buffer))
                alive[name].append(weakref.ref(buffer.as_array_like()))

        for number in range(_MANY):
            key = case.key(f"c/{number}")
            for name, write in writes(case).items():
                value = case.value(pattern(40 + number))
                write(case, key, value)
                note(name, value)
            for name, read in reads(case).items():
                for byte_range in (None, _PART):
                    note(name, read(case, key, case.prototype, byte_range))
            case.run(case.store.delete(key))
        del value
        if any(_count(references) > _MANY for references in alive.values()):
            gc.collect()  # what is merely in a cycle is not kept
        for name, references in alive.items():
            if (count := _count(references)) > _MANY:
                raise violated(
                    case=f"{_MANY} values written, read and deleted, by {name} among others",
                    expected="most buffers are let go of",
                    actual=f"{count} of {len(references)} buffers and arrays are still there",
                    advice="Keep no buffers, or as many as a bound allows, and let go of those "
                    "whose key is deleted.",
                )


def _count(references: Iterable[weakref.ref[Any]]) -> int:
    return sum(reference() is not None for reference in references)


def _overwrite(value: Buffer) -> None:
    array: Any = value.as_array_like()
    with unrecorded_transfers():
        array[...] = 0xEE
