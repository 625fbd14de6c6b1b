"""Checks of writing: each method accepts buffers of the backend, and stores their bytes."""

from __future__ import annotations

from typing import Any

from zarr_devbuf._backends.zarr_internals import set_many
from zarr_devbuf.checks.store.harness import StoreHarness, rejects, store_check
from zarr_devbuf.checks.store.sample_values import VALUES, pattern


@store_check(advice="Store exactly the bytes of the buffer, which may be a part of a larger block.")
def check_set(harness: StoreHarness) -> None:
    """`set` accepts buffers of the backend and stores their bytes, all of them and no others.

    Values of every size, and one that is a slice of a longer buffer: a codec passes parts of a
    larger block of memory, of which the store must not write the rest.
    """
    _assert_writes(harness, "set")


@store_check(needs="set_sync", advice="Let `set_sync` store what `set` stores.")
def check_set_sync(harness: StoreHarness) -> None:
    """`set_sync` accepts buffers of the backend and stores their bytes, all and no others.

    Zarr's fused codec pipeline writes only by `set_sync` if a store has it. See `check_set`.
    """
    _assert_writes(harness, "set_sync")


@store_check(advice="Write if, and only if, this very key has no value, not even an empty one.")
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

    key = set_if_not_exists(harness.put(old), new)
    harness.assert_stored(key, old, "set_if_not_exists over a value")
    key = set_if_not_exists(harness.put(b""), new)
    harness.assert_stored(key, b"", "set_if_not_exists over an empty value")
    harness.put(old, "other/c/10")
    key = set_if_not_exists(harness.key("other/c/1"), new)
    harness.assert_stored(key, new, "set_if_not_exists beside a key with the same beginning")
    if harness.store.supports_deletes:
        harness.delete(key)
        set_if_not_exists(key, old)
        harness.assert_stored(key, old, "set_if_not_exists after a value was deleted")


@store_check(advice="Consume the pairs of `_set_many` once and to the end, and write each.")
def check_set_many(harness: StoreHarness) -> None:
    """`_set_many` stores every pair of key and value of the backend.

    Its pairs are an iterable, which may be consumed only once, and may be empty.
    """
    _assert_writes(harness, "_set_many")
    values = {harness.key(): pattern(11 + i, seed=i) for i in range(5)}
    pairs = ((key, harness.value(data)) for key, data in values.items())
    harness.run(set_many(harness.store, pairs))
    for key, data in values.items():
        harness.assert_stored(key, data, f"{key!r} after _set_many of {len(values)} pairs")
    harness.run(set_many(harness.store, iter(())))


@store_check(
    deletes=True, advice="Update or drop what is cached of a key in every method that writes."
)
def check_overwriting(harness: StoreHarness) -> None:
    """A value that is written again replaces the old one as a whole, whether longer or shorter.

    For every method that reads, all of which have read the old one: whatever writes must update a
    cache. Does not apply to a store that cannot delete (`supports_deletes`), such as an archive.
    """
    for name, write in harness.replacing_writes().items():
        key = harness.key()
        for number, length in enumerate((40, 7, 0, 61)):
            data = pattern(length, seed=number)
            write(key, harness.value(data))
            for reader, read in harness.reads().items():
                case = f"{name} of {length} bytes, write {number + 1} of 4, read by {reader}"
                harness.assert_value(read(key), data, case)


@store_check(
    each="writes", advice="Raise TypeError in every method that writes, unless it gets a Buffer."
)
def check_bad_values(harness: StoreHarness, name: str, write: Any) -> None:
    """Every method that writes rejects a value that is no Buffer, and stores nothing.

    Zarr's stores raise `TypeError`; any exception is accepted. Bytes and arrays that pass would be
    stored as they are, and be returned in the wrong class or not at all.
    """
    array = harness.backend.xp.ones(3, "B")
    for kind, value in {"bytes": b"abc", "None": None, "an array": array}.items():
        key = harness.key()
        if not rejects(write, key, value):
            raise harness.violated(
                case=f"{name} of {kind}", expected="an exception", actual="it was accepted"
            )
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
