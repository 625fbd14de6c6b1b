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


@store_check(
    "precedent",
    "read wrong",
    advice="Pickle the class, the location or contents, and whether it is read-only.",
)
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
    with suppress(NotApplicable), _unpickled(harness, harness.handle(read_only=True).store) as copy:
        harness.assert_equal(copy.read_only, True, "read_only of an unpickled read-only store")


@store_check(
    "precedent",
    "read wrong",
    advice="Compare the class, and the location or contents, in `__eq__`.",
)
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
    "documented",
    "stored wrong",
    writes=False,
    advice="Call `self._check_writable()` first in every method that writes.",
)
def check_read_only(harness: StoreHarness) -> None:
    """A store that is read-only, or declares no writes, rejects every method that writes.

    Zarr and its users rely on `read_only` and `supports_writes`.
    """
    if not harness.store.read_only and harness.store.supports_writes:
        raise NotApplicable("the store can be written; see check_with_read_only")
    harness.assert_rejects_writes()


@store_check(
    "documented",
    "stored wrong",
    advice="Return a new store, and call `_check_writable()` in whatever writes or deletes.",
)
def check_with_read_only(harness: StoreHarness) -> None:
    """`with_read_only` returns a store on the same contents that reads, and rejects all writing.

    `set`, `set_sync`, `set_if_not_exists`, `delete`, `delete_sync`, `delete_dir`; nothing changes.
    The store itself stays as it was, and a writable one can be made again, by `with_read_only()`,
    too. "The new store points to the same location": what is written later to one is in the others.
    See also `check_clear_read_only`.
    """
    data, store = pattern(41), harness.store
    key = harness.put(data)
    reader = harness.handle(read_only=True)
    found = type(reader.store), reader.store.read_only
    harness.assert_equal(found, (type(store), True), "class and read_only of with_read_only(True)")
    harness.assert_equal(store.read_only, False, "read_only of the store itself")
    reader.assert_stored(key, data, "a value read through with_read_only(True)")
    reader.assert_rejects_writes(key, data)
    deletes: dict[str, Any] = {
        "delete": lambda: reader.delete(key),
        "delete_dir": lambda: reader.run(reader.store.delete_dir(key.rpartition("/")[0])),
    }
    if reader.supports_sync:
        deletes["delete_sync"] = lambda: reader.call(reader.store.delete_sync, key)
    for name, delete in deletes.items():
        rejects(delete)  # or does nothing
        reader.assert_stored(key, data, f"a value after {name} of a read-only store")
    later = harness.put(pattern(43, seed=1))
    reader.assert_stored(later, pattern(43, seed=1), "a value written after with_read_only(True)")
    writers = {
        "reader.with_read_only(False)": reader.store.with_read_only(False),
        "reader.with_read_only()": reader.store.with_read_only(),
        "store.with_read_only()": store.with_read_only(),
    }
    for name, each in writers.items():
        harness.assert_equal(each.read_only, False, f"read_only of {name}")
        key = harness.on(each).put(data)
        harness.assert_stored(key, data, f"a value written through {name}")
        reader.assert_stored(key, data, f"a value written through {name}, read-only")
    if store.supports_deletes:
        harness.delete(later)
        fresh = harness.on(reader.store.with_read_only(True))
        fresh.assert_stored(later, None, "a value deleted after with_read_only(True)")


@store_check(
    "ours",
    "read wrong",
    advice="Share caches and indices among the stores that `with_read_only` returns, or have none.",
)
def check_two_handles(harness: StoreHarness) -> None:
    """What is written, replaced or deleted through one handle is seen through another at once.

    The handles are a store, and what its `with_read_only` returns. Each has looked for the key
    before, and must not remember what it found.
    """
    second = harness.handle(read_only=False)
    for writer, reader in ((harness, second), (second, harness)):
        key = harness.key()
        steps: list[tuple[str, bytes | None]] = [("written", pattern(71))]
        if harness.store.supports_deletes:
            steps += [("replaced", pattern(31, seed=2)), ("deleted", None), ("written", b"")]
        for name, read in reader.reads().items():
            reader.assert_missing(name, read, key, "before it was written")
        for step, data in steps:
            writer.delete(key) if data is None else writer.set(key, data)
            case = f"after it was {step} through another handle"
            for name, read in reader.reads().items():
                if data is None:
                    reader.assert_missing(name, read, key, case)
                else:
                    harness.assert_value(read(key), data, f"{name} {case}")
            found = bool(reader.run(reader.store.exists(key)))
            harness.assert_equal(found, data is not None, f"exists {case}")
            if harness.store.supports_listing:
                harness.assert_equal(key in reader.listed(), data is not None, f"list {case}")


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
