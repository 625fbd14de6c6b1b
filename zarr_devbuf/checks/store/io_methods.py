"""Every method by which zarr reads or writes a value of a store, under one signature each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store

from zarr_devbuf._backends.zarr_internals import get_many, set_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import Buffer

    from zarr_devbuf.checks.store.harness import StoreHarness

__all__ = ["read_methods", "write_methods"]


def read_methods(harness: StoreHarness) -> dict[str, Callable[[str, Any, Any], Any]]:
    """
    Return the methods of a store that read, by name: ``read(key, prototype, byte_range)``.

    The synchronous ones only if the store supports them.
    """
    store = harness.store

    def get(key: str, prototype: Any, byte_range: Any) -> Any:
        return harness.run(store.get(key, prototype=prototype, byte_range=byte_range))

    def get_sync(key: str, prototype: Any, byte_range: Any) -> Any:
        return harness.call(store.get_sync, key, prototype=prototype, byte_range=byte_range)

    def get_partial_values(key: str, prototype: Any, byte_range: Any) -> Any:
        return harness.get_partial_values([(key, byte_range)], prototype)[0]

    def _get_many(key: str, prototype: Any, byte_range: Any) -> Any:
        return only(key, harness.collect(get_many, store, [(key, prototype, byte_range)]))

    def get_ranges(name: str, key: str, prototype: Any, byte_range: Any) -> Any:
        return only(0, harness.get_ranges(key, [byte_range], prototype, name=name))

    def only(name: object, pairs: list[Any]) -> Any:
        harness.assert_equal(
            [pair[0] for pair in pairs], [name], "the keys or numbers of one value"
        )
        return pairs[0][1]

    found: dict[str, Callable[[str, Any, Any], Any]] = {
        "get": get,
        "get_partial_values": get_partial_values,
        "_get_many": _get_many,
    }
    if hasattr(Store, "get_ranges"):  # since zarr 3.3
        found["get_ranges"] = partial(get_ranges, "get_ranges")
    if harness.supports_sync:
        found["get_sync"] = get_sync
        if hasattr(Store, "get_ranges_sync"):
            found["get_ranges_sync"] = partial(get_ranges, "get_ranges_sync")
    return found


def write_methods(harness: StoreHarness) -> dict[str, Callable[[str, Any], None]]:
    """Return the methods of a store that write, by name: ``write(key, value)``."""
    store = harness.store

    def write(key: str, value: Buffer) -> None:
        harness.run(store.set(key, value))

    def set_sync(key: str, value: Buffer) -> None:
        harness.call(store.set_sync, key, value)

    def set_if_not_exists(key: str, value: Buffer) -> None:
        harness.run(store.set_if_not_exists(key, value))

    def _set_many(key: str, value: Buffer) -> None:
        harness.run(set_many(store, iter([(key, value)])))

    found: dict[str, Callable[[str, Any], None]] = {
        "set": write,
        "set_if_not_exists": set_if_not_exists,
        "_set_many": _set_many,
    }
    return found | ({"set_sync": set_sync} if harness.supports_sync else {})
