"""
Stores to check: clean ones, and broken ones by the check that they break.

A broken store is a class that says which checks fail for it, and no others, in class attributes:
``caught_by = {"get", "set"}`` on all backends, ``caught_by_on_sim = {"transfers"}`` on one.
``needs_ranges = True`` if only its `get_ranges` are broken, which stores have since zarr 3.3;
``needs_ranges_for = {…}`` if only some checks need `get_ranges` to catch it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zarr.storage import MemoryStore, WrapperStore

from tests.subjects.stores.clean import (
    CLEAN,
    FIXED_IN_ZARR_3_4_2,
    OF_ZARR,
    OLD_ZARR,
    CachingStore,
    PlainStore,
    make_obstore,
)
from zarr_devbuf.checks.store import MODULES

if TYPE_CHECKING:
    from zarr.abc.store import Store

__all__ = [
    "BROKEN",
    "CLEAN",
    "FIXED_IN_ZARR_3_4_2",
    "OF_ZARR",
    "OLD_ZARR",
    "CachingStore",
    "PlainStore",
    "caught_by",
    "make_broken",
    "make_obstore",
]


def caught_by(broken: type[Store], backend: str) -> frozenset[str]:
    """Return the short names of the checks that fail for a broken store on a backend."""
    own: dict[str, Any] = dict(vars(broken))
    return frozenset({*own.get("caught_by", ()), *own.get(f"caught_by_on_{backend}", ())})


def make_broken(broken: type[Any]) -> Store:
    """Make a broken store; a wrapper is put around a `MemoryStore`."""
    store: Store = broken(MemoryStore()) if issubclass(broken, WrapperStore) else broken()
    return store


# One module of broken stores for each module of checks.
BROKEN: tuple[type[Store], ...] = tuple(
    each
    for name in MODULES
    for each in vars(import_module(f"{__name__}.{name}")).values()
    if isinstance(each, type) and any(own.startswith("caught_by") for own in vars(each))
)
