"""Checks of asynchronous methods and their synchronous twins: both work on the same contents."""

from __future__ import annotations

from typing import Any

from zarr.abc.store import Store

from zarr_devbuf.checks.store.harness import StoreHarness, store_check
from zarr_devbuf.checks.store.sample_values import pattern

_PAIRS = {"get": "get_sync", "set": "set_sync", "delete": "delete_sync"}


@store_check(
    "documented",
    "read wrong",
    needs="get_sync",
    advice="Let both kinds of methods share contents, indices and caches.",
)
def check_sync_and_async_agree(harness: StoreHarness) -> None:
    """What a synchronous or asynchronous method writes or deletes, the others see.

    Zarr's batched pipeline uses the asynchronous methods and its fused pipeline the synchronous
    ones, on the same store; metadata and listings always use the asynchronous ones.
    """
    get_sync = harness.reads()["get_sync"]
    for data in (b"", pattern(33), pattern(2051)):
        found = get_sync(harness.put(data))
        harness.assert_value(found, data, f"set, then get_sync of {len(data)} bytes")
        key = harness.key()
        harness.writes()["set_sync"](key, harness.value(data))
        harness.assert_stored(key, data, f"set_sync, then get of {len(data)} bytes")
        _assert_visible(harness, key, visible=True, after="set_sync")
    if not harness.store.supports_deletes:
        return
    key = harness.put(b"x")
    get_sync(key)  # what a cache remembers
    harness.delete(key)
    harness.assert_value(get_sync(key), None, "delete, then get_sync")
    key = harness.put(b"x")
    harness.call(harness.store.delete_sync, key)
    harness.assert_stored(key, None, "delete_sync, then get")
    _assert_visible(harness, key, visible=False, after="delete_sync")


@store_check(
    "documented",
    "raises",
    writes=False,
    advice="Write the missing methods too, or zarr does not call the others.",
)
def check_sync_surface(harness: StoreHarness) -> None:
    """A store has all of `get_sync`, `set_sync` and `delete_sync`, or none.

    Zarr mixes them within one operation (`zarr.abc.store.SupportsSyncStore`), and treats a store
    with some of them like one without.
    """
    has = [name for name in _PAIRS.values() if hasattr(harness.store, name)]
    if has and len(has) < len(_PAIRS):
        missing = ", ".join(name for name in _PAIRS.values() if name not in has)
        raise harness.violated(
            expected="all of get_sync, set_sync, delete_sync, or none of them",
            actual=f"{', '.join(has)} without {missing}",
        )


@store_check(
    "precedent",
    "read wrong",
    needs="get_sync",
    advice="Override the synchronous method too, or let `_supports_sync_io` be False.",
)
def check_sync_overrides(harness: StoreHarness) -> None:
    """A class that overrides `get`, `set` or `delete` overrides its synchronous twin, too.

    If its base class has both. What a subclass of a store or wrapper adds to the asynchronous
    method alone is bypassed by zarr's fused pipeline: nothing is counted, logged, encrypted. An
    override that calls the twin is fine. `check_sync_and_async_agree` checks the other direction.
    """
    for name, twin in _PAIRS.items():
        if name == "delete" and not harness.store.supports_deletes:
            continue
        owner = _one_sided(type(harness.store), name, twin)
        if owner is not None and not _calls_twin(harness, name, twin):
            raise harness.violated(
                expected=f"{owner.__qualname__} overrides {name} and {twin}, or neither",
                actual=f"it overrides {name}, and inherits {twin}, which bypasses it",
            )


def _one_sided(cls: type, name: str, twin: str) -> type | None:
    """Return the class that overrides the asynchronous method of an inherited pair, if any."""
    line = [each for each in cls.__mro__ if each is not Store]
    overriding = next((i for i, each in enumerate(line) if name in vars(each)), len(line))
    inherited = next((i for i, each in enumerate(line) if twin in vars(each)), 0)
    # It is a pair only if a class further up has the overridden method as well.
    if overriding < inherited and any(name in vars(each) for each in line[inherited:]):
        return line[overriding]
    return None


def _calls_twin(harness: StoreHarness, name: str, twin: str) -> bool:
    """Tell whether the asynchronous method calls the synchronous one of this very store."""
    calls = []
    original = getattr(harness.store, twin)

    def spy(*args: Any, **kwargs: Any) -> Any:
        calls.append(twin)
        return original(*args, **kwargs)

    key = harness.put(b"x")
    operations: dict[str, Any] = {
        "get": lambda: harness.get(key),
        "set": lambda: harness.put(b"y"),
        "delete": lambda: harness.delete(key),
    }
    try:
        setattr(harness.store, twin, spy)
    except AttributeError:  # slots: the method cannot be replaced, so nothing can be asserted
        return True
    try:
        operations[name]()
    finally:
        delattr(harness.store, twin)
    return bool(calls)


def _assert_visible(harness: StoreHarness, key: str, *, visible: bool, after: str) -> None:
    found = harness.run(harness.store.exists(key))
    harness.assert_equal(found, visible, f"{after}, then exists")
    if harness.store.supports_listing:
        listed = key in harness.collect(harness.store.list)
        harness.assert_equal(listed, visible, f"{after}, then whether list yields the key")
