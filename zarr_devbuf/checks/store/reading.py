"""Checks of reading: each method returns the right bytes, in the right class and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.abc.store import RangeByteRequest

from zarr_devbuf._backends.zarr_internals import get_many
from zarr_devbuf.checks._harness import HOST
from zarr_devbuf.checks.store.harness import StoreHarness, store_check
from zarr_devbuf.checks.store.sample_values import VALUES, pattern
from zarr_devbuf.store import BufferMismatchError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zarr.abc.buffer import BufferPrototype


@store_check(advice="Return `prototype.buffer.from_bytes(...)` of the stored bytes from `get`.")
def check_get(harness: StoreHarness) -> None:
    """`get` returns the value in the prototype's buffer class, in the backend's memory.

    `zarr.abc.store.Store.get`: "the prototype of the output buffer". Values of no, one, an odd
    number of and many bytes, written by `set` in buffers of the backend.
    """
    _assert_reads(harness, "get")


@store_check(needs="get_sync", advice="Let `get_sync` return what `get` returns.")
def check_get_sync(harness: StoreHarness) -> None:
    """`get_sync` returns the value in the prototype's buffer class, in the backend's memory.

    Zarr's fused codec pipeline reads only by `get_sync` if a store has it.
    """
    _assert_reads(harness, "get_sync")


@store_check(advice="Consume the requests once, and return a value or None for each, in order.")
def check_get_partial_values(harness: StoreHarness) -> None:
    """`get_partial_values` answers every request, in order, in the prototype's class and memory.

    Its requests are an iterable, which may be consumed only once; a key may occur many times. A
    missing key gives None in its place, or `FileNotFoundError`.
    """
    _assert_reads(harness, "get_partial_values")
    values = _put_three(harness)
    a, b, c = values
    _assert_answers(harness, values, [b, a, c, a, b])
    try:
        _assert_answers(harness, values, [a, harness.key("missing"), b])
    except Exception as error:
        if not _is_not_found(error):
            raise


@store_check(advice="Yield the key of each request, with None or a value made by its prototype.")
def check_get_many(harness: StoreHarness) -> None:
    """`_get_many` yields every value with its key, in the class and memory of its own prototype.

    Zarr reads metadata documents of groups by it. The order is free. A missing key is yielded with
    None.
    """
    _assert_reads(harness, "_get_many")
    values = _put_three(harness)
    _assert_pairs(harness, values, dict.fromkeys(values, harness.prototype))
    first, _, last = values
    keys = first, harness.key("missing"), last
    _assert_pairs(harness, values, dict.fromkeys(keys, harness.prototype))
    for prototypes in ((harness.prototype, HOST), (HOST, harness.prototype)):
        try:
            _assert_pairs(harness, values, dict(zip((first, last), prototypes, strict=True)))
        except BufferMismatchError:
            return  # the store serves one prototype only, and reports it


@store_check(needs="get_ranges", advice="Pass the prototype of `get_ranges` on to every read.")
def check_get_ranges(harness: StoreHarness) -> None:
    """`get_ranges` yields the value in the prototype's buffer class, in the backend's memory.

    Zarr reads the chunks of a shard by it (zarr 3.3 and later).
    """
    _assert_reads(harness, "get_ranges")


@store_check(needs="get_ranges_sync", advice="Let `get_ranges_sync` read as `get_ranges` does.")
def check_get_ranges_sync(harness: StoreHarness) -> None:
    """`get_ranges_sync` returns the value in the prototype's buffer class and backend's memory.

    Zarr's fused pipeline reads the chunks of a shard by it.
    """
    _assert_reads(harness, "get_ranges_sync")


@store_check(
    writes=False,
    each="reads",
    advice="Return None for a key that was never written, whatever the byte range.",
)
def check_missing_keys(harness: StoreHarness, name: str, read: Any) -> None:
    """A missing key reads as ``None``, whole or in part, and does not exist.

    Zarr fills missing chunks with the fill value; it does not fill empty ones. `get_partial_values`
    and the `get_ranges` pair may raise `FileNotFoundError` instead, alone or in an exception group:
    zarr's own stores differ there.
    """
    key = harness.key("missing/c/0")
    for byte_range in (None, RangeByteRequest(0, 2)):
        try:
            found = read(key, byte_range=byte_range)
        except Exception as error:
            if name in ("get", "get_sync", "_get_many") or not _is_not_found(error):
                raise
        else:
            harness.assert_value(found, None, f"{name}, byte_range={byte_range}")
    harness.assert_equal(bool(harness.run(harness.store.exists(key))), False, "exists")


def _assert_reads(harness: StoreHarness, name: str) -> None:
    for size, data in VALUES.items():
        found = harness.reads()[name](harness.put(data))
        harness.assert_value(found, data, f"{name} of a value, {size}")


def _put_three(harness: StoreHarness) -> dict[str, bytes]:
    return {harness.put(data): data for data in (pattern(17 + i, seed=i) for i in range(3))}


def _assert_answers(
    harness: StoreHarness, values: Mapping[str, bytes], keys: Sequence[str]
) -> None:
    found = harness.get_partial_values([(key, None) for key in keys])
    for number, (key, buffer) in enumerate(zip(keys, found, strict=True)):
        case = f"get_partial_values, request {number} of {len(keys)}"
        harness.assert_value(buffer, values.get(key), case)


def _assert_pairs(
    harness: StoreHarness, values: Mapping[str, bytes], prototypes: Mapping[str, BufferPrototype]
) -> None:
    requests = [(key, prototype, None) for key, prototype in prototypes.items()]
    found = harness.collect(get_many, harness.store, requests)
    harness.assert_equal(sorted(key for key, _ in found), sorted(prototypes), "keys of _get_many")
    for key, buffer in found:
        case = f"_get_many of {len(requests)} keys, key {key!r}"
        harness.assert_value(buffer, values.get(key), case, prototypes[key])


def _is_not_found(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_is_not_found(each) for each in error.exceptions)
    return isinstance(error, FileNotFoundError)
