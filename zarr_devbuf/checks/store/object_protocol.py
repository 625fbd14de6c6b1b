"""Checks of a store as an object: pickled, closed, read-only."""

from __future__ import annotations

import pickle
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store

from zarr_devbuf.checks.errors import NotApplicable, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.assertions import refused
from zarr_devbuf.checks.store.harness import Trial, trial
from zarr_devbuf.checks.store.io_methods import writes
from zarr_devbuf.checks.store.sample_values import pattern
from zarr_devbuf.transfers import explicit_transfers

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend


class _Stranger:
    """Equal to nothing, and without an opinion."""


@check("store")
def check_pickle(subject: Any, backend: Backend) -> None:
    """A pickled store comes back as an equal one of its class, with the same values.

    Dask and multiprocessing send stores so. It is closed first, as an archive needs. One that is
    read-only comes back read-only. A store that cannot be pickled must say so when it is dumped.
    """
    with trial(subject, backend) as case:
        data = pattern(37)
        key = case.put("c/0", data)
        store = case.store
        store.close()
        try:
            with explicit_transfers():  # who pickles device memory asks for it to cross
                pickled = pickle.dumps(store)
        except Exception as error:
            reason = f"the store does not pickle: {type(error).__name__}: {error}"
            raise NotApplicable(reason) from error
        with explicit_transfers():
            again = pickle.loads(pickled)  # noqa: S301 - made a few lines above
        try:
            if type(again) is not type(store):
                raise violated(
                    expected=f"a {type(store).__qualname__}",
                    actual=f"a {type(again).__qualname__}",
                    advice="Let __reduce__ name the class of the instance: `type(self)`.",
                )
            _same_standing(again, store)
            copy = Trial(again, backend)
            copy.judge(copy.fetch(key), data, "a value read from the store that was unpickled")
        finally:
            if isinstance(again, Store):
                again.close()
        case.holds(key, data, "a value of the store that was pickled, closed and used again")
        with suppress(NotImplementedError):  # it has no with_read_only, and says so
            reader = store.with_read_only(True)
            with explicit_transfers():
                again = pickle.loads(pickle.dumps(reader))  # noqa: S301 - our own
            try:
                _same_standing(again, reader)
            finally:
                again.close()


@check("store")
def check_equality(subject: Any, backend: Backend) -> None:
    """A store equals itself, and none that has other contents.

    `zarr.storage.StorePath` and arrays are compared by it. Two stores that are equal, the given one
    and another of its making, are one: what is written to the one is found in the other.
    """
    with trial(subject, backend) as case:
        data = pattern(29)
        key = case.put("c/0", data)
        store: Any = case.store
        if not store == store or store != store:  # noqa: PLR0124 - is what is asked
            raise violated(
                expected="a store equals itself",
                actual="it does not",
                advice="Let __eq__ compare what the store stands for, its class and location.",
            )
        for stranger in (None, "store", object(), _Stranger()):
            if store == stranger:
                raise violated(
                    case=f"store == {type(stranger).__name__}",
                    expected="False",
                    actual="True",
                    advice="Compare with stores of the same class alone.",
                )
        if isinstance(subject, Store):
            return  # there is no second one
        with trial(subject, backend) as other:
            if store == other.store and other.fetch(key) is None:
                raise violated(
                    case="a second store, made like the first, but without its contents",
                    expected="they are not equal",
                    actual="they are",
                    advice="Let __eq__ compare what the store stands for, location or contents.",
                )


@check("store")
def check_read_only(subject: Any, backend: Backend) -> None:
    """A store that is read-only, or declares no writes, refuses every way of writing.

    `read_only` and `supports_writes` are what Zarr and its users rely on.
    """
    with trial(subject, backend, writes=False) as case:
        store = case.store
        if not store.read_only and store.supports_writes:
            raise NotApplicable("the store takes values; see check_with_read_only")
        _refuses(case, case.key("c/0"), None)


@check("store")
def check_with_read_only(subject: Any, backend: Backend) -> None:
    """`with_read_only` gives a store on the same contents that reads, and refuses all writing.

    `set`, `set_sync`, `set_if_not_exists`, `_set_many`, `delete`, `delete_sync`, `delete_dir`;
    nothing changes.
    The store itself stays as it was, and a writable one can be had back. (`clear` is not asked:
    Zarr's own `MemoryStore` empties itself when read-only.)
    """
    with trial(subject, backend) as case:
        data = pattern(41)
        key = case.put("c/0", data)
        try:
            reader = case.store.with_read_only(True)
        except NotImplementedError as error:
            raise NotApplicable("the store has no with_read_only, and says so") from error
        if type(reader) is not type(case.store) or not reader.read_only:
            raise violated(
                expected=f"a {type(case.store).__qualname__} with read_only True",
                actual=f"a {type(reader).__qualname__} with read_only {reader.read_only}",
                advice="Make a new store of the same class and settings, with read_only set.",
            )
        if case.store.read_only:
            raise violated(
                expected="the store itself stays writable",
                actual="it has become read-only",
                advice="Return a new store; do not change this one.",
            )
        view = Trial(reader, backend)
        view.judge(view.fetch(key), data, "a value read through with_read_only(True)")
        _refuses(view, case.key("c/1"), None)
        _refuses_deleting(view, key, data)
        writer = Trial(reader.with_read_only(False), backend)
        writer.run(writer.store.set(case.key("c/2"), writer.value(data)))
        case.holds(case.key("c/2"), data, "a value written through with_read_only(False)")


def _same_standing(again: Store, store: Store) -> None:
    if again.read_only != store.read_only:
        raise violated(
            expected=f"read_only {store.read_only}",
            actual=f"read_only {again.read_only} after pickling",
            advice="Pickle whether the store is read-only.",
        )
    if not again == store:
        raise violated(
            expected="an unpickled store that equals the one that was pickled",
            actual="it does not",
            advice="Let __eq__ compare what the store stands for, its class and location.",
        )


def _refuses(case: Trial, key: str, data: bytes | None) -> None:
    for name, write in writes(case).items():
        if refused(write, case, key, case.value(pattern(19, seed=5))):
            case.holds(key, data, f"what {name} was refused to write")
            continue
        raise violated(
            case=f"{name} of a store that is read-only",
            expected="an exception (Zarr's stores raise ValueError)",
            actual="it was accepted",
            advice="Call self._check_writable() before you write, in every method that writes.",
        )


def _refuses_deleting(case: Trial, key: str, data: bytes) -> None:
    store: Any = case.store
    with suppress(Exception):
        case.run(store.delete(key))
    case.holds(key, data, "a value that was to be deleted from a store that is read-only")
    with suppress(Exception):
        case.run(store.delete_dir(key.rpartition("/")[0]))
    case.holds(key, data, "a value whose directory was to be deleted from a read-only store")
    if case.supports_sync:
        with suppress(Exception):
            store.delete_sync(key)
        case.holds(key, data, "a value that delete_sync was to delete, of a read-only store")
