"""
Find the store that another one wraps, by its attributes and by what it forwards.

An argument `harness` is a `StoreHarness`, which imports this module.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store

from zarr_devbuf._backends.zarr_internals import with_store
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.faults import FaultyStore

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["around", "innermost_store", "wrap_faulty", "wrapped_stores"]


def wrapped_stores(store: Any) -> dict[str, Store]:
    """Return the stores that are attributes of another, by name; that of zarr's wrappers first."""
    slots = [name for cls in type(store).__mro__ for name in getattr(cls, "__slots__", ())]
    names = dict.fromkeys(["_store", *getattr(store, "__dict__", {}), *slots])
    values = {name: getattr(store, name, None) for name in names}
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, Store) and value is not store
    }


def innermost_store(store: Any) -> Any:
    """Return what a store wraps, and that in turn; the store itself if it wraps none."""
    for _ in range(10):  # a cycle of stores has no innermost one
        inner = next(iter(wrapped_stores(store).values()), None)
        if inner is None:
            break
        store = inner
    return store


def around(wrapper: Any, store: Store) -> Any:
    """Return a copy of a wrapper around another store, or None if the wrapper makes none."""
    try:
        return with_store(wrapper, store)
    except (AttributeError, NotImplementedError, TypeError):
        return None


@contextmanager
def wrap_faulty(harness: Any) -> Iterator[tuple[Any, FaultyStore[Any]]]:
    """
    Give a harness of a wrapper around what it wraps, which fails on demand.

    A wrapper is what has a store as an attribute and forwards to it, whatever its class.

    Raises
    ------
    NotApplicable
        If the store wraps no other.
    """
    store = harness.store
    candidates = wrapped_stores(store)
    for name, inner in candidates.items():
        faulty = FaultyStore(inner)
        copy = around(store, faulty) if name == "_store" else None
        if copy is not None:
            yield harness.on(copy), faulty
            return
        if _replaced(store, name, faulty):
            try:
                if _forwards(harness, faulty):
                    yield harness, faulty
                    return
            finally:
                _replaced(store, name, inner)
    raise NotApplicable("the store wraps no other: it has none that it forwards to")


def _replaced(store: Any, name: str, value: Store) -> bool:
    try:
        object.__setattr__(store, name, value)
    except (AttributeError, TypeError):  # a property
        return False
    return getattr(store, name) is value


def _forwards(harness: Any, faulty: FaultyStore[Any]) -> bool:
    """Return whether a value is both written to and read from the underlying store."""
    faulty.restart()
    key = harness.put(b"x")
    written = bool(faulty.calls)
    harness.get(key)
    return written
