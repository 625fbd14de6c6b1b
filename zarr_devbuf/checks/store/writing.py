"""Checks of writing: each method accepts buffers of the backend, and stores their bytes."""

from __future__ import annotations

from typing import Any

from zarr.abc.store import RangeByteRequest, SuffixByteRequest

from zarr_devbuf.checks.store.harness import StoreHarness, store_check
from zarr_devbuf.checks.store.sample_values import VALUES, part_of, pattern

# Shorter, longer, and across the limit of what is staged.
_HISTORY = (40, 7, 0, 61, 90_001, 5_003)
_PARTS = (RangeByteRequest(2, 6), SuffixByteRequest(5))


@store_check(
    "documented",
    "stored wrong",
    advice="Store exactly the bytes of the buffer, which may be a part of a larger block.",
)
def check_set(harness: StoreHarness) -> None:
    """`set` accepts buffers of the backend and stores their bytes, all of them and no others.

    Values of every size, and one that is a slice of a longer buffer: a codec passes parts of a
    larger block of memory, of which the store must not write the rest.
    """
    _assert_writes(harness, "set")


@store_check(
    "documented", "stored wrong", needs="set_sync", advice="Let `set_sync` store what `set` stores."
)
def check_set_sync(harness: StoreHarness) -> None:
    """`set_sync` accepts buffers of the backend and stores their bytes, all and no others.

    Zarr's fused codec pipeline writes only by `set_sync` if a store has it. See `check_set`.
    """
    _assert_writes(harness, "set_sync")


@store_check(
    "documented",
    "stored wrong",
    advice="Write if, and only if, this very key has no value, not even an empty one.",
)
def check_set_if_not_exists(harness: StoreHarness) -> None:
    """`set_if_not_exists` stores a value of the backend if there is none, and else does nothing.

    Zarr creates metadata of implicit groups by it: overwriting would destroy a user's data. An
    empty value counts; a deleted one does not, nor does a key that only begins with the same
    letters.
    """
    _assert_writes(harness, "set_if_not_exists")
    old, new = pattern(31), pattern(29, seed=3)

    def set_if_not_exists(key: str, data: bytes) -> str:
        harness.writes()["set_if_not_exists"](key, harness.value(data))
        return key

    key = harness.put(old)
    keys = harness.listed()
    set_if_not_exists(key, new)
    harness.assert_stored(key, old, "set_if_not_exists over a value")
    harness.assert_equal(harness.listed(), keys, "the keys after set_if_not_exists over a value")
    key = set_if_not_exists(harness.put(b""), new)
    harness.assert_stored(key, b"", "set_if_not_exists over an empty value")
    harness.put(old, "other/c/10")
    key = set_if_not_exists(harness.key("other/c/1"), new)
    harness.assert_stored(key, new, "set_if_not_exists beside a key with the same beginning")
    if harness.store.supports_deletes:
        harness.delete(key)
        set_if_not_exists(key, old)
        harness.assert_stored(key, old, "set_if_not_exists after a value was deleted")


@store_check(
    "documented",
    "read wrong",
    deletes=True,
    advice="Update or drop what is cached of a key in every method that writes.",
)
def check_overwriting(harness: StoreHarness) -> None:
    """A value that is written again replaces the old one as a whole, whether longer or shorter.

    For every method that reads, whole and in part, all of which have read the old one: whatever
    writes must update a cache. Written again by the same method, and by each in turn. Does not
    apply to a store that cannot delete (`supports_deletes`), such as an archive.
    """
    writes = harness.replacing_writes()
    for name, write in writes.items():
        key = harness.key()
        for number, length in enumerate(_HISTORY):
            data = pattern(length, seed=number)
            write(key, harness.value(data))
            _assert_replaced(harness, key, data, f"{name} of {length} bytes, write {number + 1}")
    key = harness.key()
    for number, (name, write) in enumerate([*writes.items()] * 2):
        data = pattern(30 + 7 * (number % 3), seed=number)
        write(key, harness.value(data))
        _assert_replaced(harness, key, data, f"{name} after other methods, write {number + 1}")


def _assert_replaced(harness: StoreHarness, key: str, data: bytes, case: str) -> None:
    for reader, read in harness.reads().items():
        for part in (None, *_PARTS):
            expected = part_of(data, part)
            if expected or part is None:  # a part of no bytes is an error for some stores
                found = read(key, byte_range=part)
                harness.assert_value(found, expected, f"{case}, {part} by {reader}")


@store_check(
    "precedent",
    "stored wrong",
    each="writes",
    advice="Raise TypeError in every method that writes, unless it gets a Buffer.",
)
def check_bad_values(harness: StoreHarness, name: str, write: Any) -> None:
    """Every method that writes rejects a value that is no Buffer, and stores nothing.

    Zarr's stores raise `TypeError`; any exception is accepted. Bytes and arrays that pass would be
    stored as they are, and be returned in the wrong class or not at all.
    """
    array = harness.backend.xp.ones(3, "B")
    for kind, value in {"bytes": b"abc", "None": None, "an array": array}.items():
        key = harness.key()
        harness.assert_rejects(f"{name} of {kind}", write, key, value, error="TypeError")
        harness.assert_stored(key, None, f"the key after {name} has rejected {kind}")


def _assert_writes(harness: StoreHarness, name: str) -> None:
    write = harness.writes()[name]
    for size, data in VALUES.items():
        key = harness.key()
        write(key, harness.value(data))
        harness.assert_stored(key, data, f"{name} of a value, {size}")
    data = pattern(200)
    key = harness.key()
    write(key, harness.value(data)[37:101])
    harness.assert_stored(key, data[37:101], f"{name} of bytes 37 to 100 of a longer buffer")
