"""Checks of a store as an object: pickling, equality, read-only copies."""

from __future__ import annotations

import pickle
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store

from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.store.harness import StoreHarness, open_harness, rejects, store_check
from zarr_devbuf.checks.store.sample_values import pattern
from zarr_devbuf.transfers import explicit_transfers

if TYPE_CHECKING:
    from collections.abc import Iterator


@store_check(advice="Pickle the class, the location or contents, and whether it is read-only.")
def check_pickling(harness: StoreHarness) -> None:
    """A pickled store comes back as an equal one of its class, with the same values.

    Dask and multiprocessing send stores so. It is closed first, as an archive requires. If a store
    cannot be pickled, `pickle.dumps` must raise.
    """
    data = pattern(37)
    key = harness.put(data)
    store = harness.store
    store.close()
    try:
        with explicit_transfers():  # pickling device memory is an explicit request to transfer it
            pickle.dumps(store)
    except Exception as error:
        reason = f"the store does not pickle: {type(error).__name__}: {error}"
        raise NotApplicable(reason) from error
    with _unpickled(harness, store) as copy:
        harness.on(copy).assert_stored(key, data, "a value read from the unpickled store")
    harness.assert_stored(key, data, "a value of the store after it was pickled and closed")
    # It may have no with_read_only, and raise.
    with suppress(NotImplementedError), _unpickled(harness, store.with_read_only(True)) as copy:
        harness.assert_equal(copy.read_only, True, "read_only of an unpickled read-only store")


@store_check(advice="Compare the class, and the location or contents, in `__eq__`.")
def check_equality(harness: StoreHarness) -> None:
    """A store equals itself, and no store that has other contents.

    `zarr.storage.StorePath` and arrays are compared by it. Two equal stores, of which the same
    callable made both, are one: what is written to the first is found in the second.
    """
    key = harness.put(pattern(29))
    store = harness.store
    harness.assert_equal(bool(store == store), True, "store == store")  # noqa: PLR0124
    harness.assert_equal(bool(store != store), False, "store != store")  # noqa: PLR0124
    for other in (None, "store", object()):
        harness.assert_equal(bool(store == other), False, f"store == {type(other).__name__}")
    if isinstance(harness.subject, Store):
        return  # there is no second one
    with open_harness(harness.subject, harness.backend, harness.advice) as second:
        equal = bool(store == second.store) and second.get(key) is None
        harness.assert_equal(equal, False, "store == another one that lacks its contents")


@store_check(
    writes=False, advice="Call `self._check_writable()` first in every method that writes."
)
def check_read_only(harness: StoreHarness) -> None:
    """A store that is read-only, or declares no writes, rejects every method that writes.

    Zarr and its users rely on `read_only` and `supports_writes`.
    """
    if not harness.store.read_only and harness.store.supports_writes:
        raise NotApplicable("the store can be written; see check_with_read_only")
    _assert_rejects_writes(harness)


@store_check(
    advice="Return a new store, and call `_check_writable()` in whatever writes or deletes."
)
def check_with_read_only(harness: StoreHarness) -> None:
    """`with_read_only` returns a store on the same contents that reads, and rejects all writing.

    `set`, `set_sync`, `set_if_not_exists`, `_set_many`, `delete`, `delete_sync`, `delete_dir`;
    nothing changes. The store itself stays as it was, and a writable one can be made again.
    (`clear` is not called: zarr's own `MemoryStore` clears itself even if it is read-only.)
    """
    data, store = pattern(41), harness.store
    key = harness.put(data)
    try:
        reader = harness.on(store.with_read_only(True))
    except NotImplementedError as error:
        raise NotApplicable("the store has no with_read_only, and raises") from error
    found = type(reader.store), reader.store.read_only
    harness.assert_equal(found, (type(store), True), "class and read_only of with_read_only(True)")
    harness.assert_equal(store.read_only, False, "read_only of the store itself")
    reader.assert_stored(key, data, "a value read through with_read_only(True)")
    _assert_rejects_writes(reader)
    deletes: dict[str, Any] = {
        "delete": lambda: reader.delete(key),
        "delete_dir": lambda: reader.run(reader.store.delete_dir(key.rpartition("/")[0])),
    }
    if reader.supports_sync:
        deletes["delete_sync"] = lambda: reader.call(reader.store.delete_sync, key)
    for name, delete in deletes.items():
        rejects(delete)  # or does nothing
        reader.assert_stored(key, data, f"a value after {name} of a read-only store")
    writer = harness.on(reader.store.with_read_only(False))
    key = writer.put(data)
    harness.assert_stored(key, data, "a value written through with_read_only(False)")


@contextmanager
def _unpickled(harness: StoreHarness, original: Any) -> Iterator[Any]:
    """Pickle and unpickle a store; assert that the copy equals it; close the copy afterwards."""
    with explicit_transfers():
        copy = pickle.loads(pickle.dumps(original))  # noqa: S301 - our own
    try:
        harness.assert_equal(type(copy), type(original), "the class of the unpickled store")
        harness.assert_equal(copy.read_only, original.read_only, "read_only after unpickling")
        harness.assert_equal(bool(copy == original), True, "the unpickled store == the pickled one")
        yield copy
    finally:
        if isinstance(copy, Store):
            copy.close()


def _assert_rejects_writes(harness: StoreHarness) -> None:
    for name, write in harness.writes().items():
        key = harness.key()
        if not rejects(write, key, harness.value(pattern(19, seed=5))):
            raise harness.violated(
                case=f"{name} of a read-only store",
                expected="an exception (zarr's stores raise ValueError)",
                actual="it was accepted",
            )
        harness.assert_stored(key, None, f"the key after {name} was rejected")
