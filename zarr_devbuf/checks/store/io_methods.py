"""
Every method by which zarr reads or writes a value of a store, under one signature each.

The argument `harness` is a `StoreHarness`, which imports this module.
Not `_get_many` and `_set_many`: nothing in zarr calls them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr.abc.buffer import Buffer

__all__ = ["read_methods", "write_methods"]


def read_methods(harness: Any) -> dict[str, Callable[..., Any]]:
    """
    Return the methods of a store that read, by name; the synchronous ones if it supports them.

    Called as ``read(key, prototype, byte_range)``; by default the backend's prototype, and all.
    """
    store, default = harness.store, harness.prototype

    def get(key: str, prototype: Any = default, byte_range: Any = None) -> Any:
        return harness.run(store.get(key, prototype=prototype, byte_range=byte_range))

    def get_sync(key: str, prototype: Any = default, byte_range: Any = None) -> Any:
        return harness.call(store.get_sync, key, prototype=prototype, byte_range=byte_range)

    def get_partial_values(key: str, prototype: Any = default, byte_range: Any = None) -> Any:
        return harness.get_partial_values([(key, byte_range)], prototype)[0]

    def get_ranges(key: str, prototype: Any = default, byte_range: Any = None) -> Any:
        return only(0, harness.get_ranges(key, [byte_range], prototype))

    def get_ranges_sync(key: str, prototype: Any = default, byte_range: Any = None) -> Any:
        return only(0, harness.get_ranges(key, [byte_range], prototype, sync=True))

    def only(name: object, pairs: list[Any]) -> Any:
        harness.assert_equal(
            [pair[0] for pair in pairs], [name], "the keys or numbers of one value"
        )
        return pairs[0][1]

    reads = (get, get_partial_values, get_ranges, get_sync, get_ranges_sync)
    return _available(harness, reads)


def write_methods(harness: Any) -> dict[str, Callable[[str, Any], None]]:
    """Return the methods of a store that write, by name: ``write(key, value)``."""
    store = harness.store

    def set(key: str, value: Buffer) -> None:  # noqa: A001 - the name of the store's method
        harness.run(store.set(key, value))

    def set_sync(key: str, value: Buffer) -> None:
        harness.call(store.set_sync, key, value)

    def set_if_not_exists(key: str, value: Buffer) -> None:
        harness.run(store.set_if_not_exists(key, value))

    return _available(harness, (set, set_if_not_exists, set_sync))


def _available(
    harness: Any, methods: Iterable[Callable[..., Any]]
) -> dict[str, Callable[..., Any]]:
    """Name the methods that exist, which synchronous ones and `get_ranges` (zarr 3.3) may not."""
    named = {method.__name__: method for method in methods}
    return {
        name: method
        for name, method in named.items()
        if (harness.supports_sync or not name.endswith("_sync"))
        and ("ranges" not in name or hasattr(Store, name))
    }
