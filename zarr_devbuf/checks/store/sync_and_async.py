"""Checks of the two faces of a store: what is awaited and what is called at once are one store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.harness import trial
from zarr_devbuf.checks.store.sample_values import pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.store.harness import Trial


_PAIRS = {"get": "get_sync", "set": "set_sync", "delete": "delete_sync"}


@check("store")
def check_sync_and_async_agree(subject: Any, backend: Backend) -> None:
    """What one of the synchronous and asynchronous methods writes or deletes, the other sees.

    Zarr's batched pipeline uses the ones, its fused pipeline the others, on one and the same
    store; metadata and listings always take the asynchronous way.
    """
    with trial(subject, backend) as case:
        case.require_sync()
        store: Any = case.store
        for number, data in enumerate((b"", pattern(33), pattern(2051))):
            key = case.put(f"async/{number}", data)
            found = store.get_sync(key, prototype=case.prototype)
            case.judge(found, data, f"set, then get_sync of {len(data)} bytes")
            key = case.key(f"sync/{number}")
            store.set_sync(key, case.value(data))
            case.judge(case.fetch(key), data, f"set_sync, then get of {len(data)} bytes")
            _exists(case, key, due=True, after="set_sync")
            _listed(case, key, due=True, after="set_sync")
        if not store.supports_deletes:
            return
        key = case.put("async/gone", b"x")
        store.get_sync(key, prototype=case.prototype)  # what a cache remembers
        case.run(store.delete(key))
        if store.get_sync(key, prototype=case.prototype) is not None:
            raise violated(
                case="delete, then get_sync",
                expected="None",
                actual="the value",
                advice="Let both ways work on the same contents, caches included.",
            )
        key = case.put("sync/gone", b"x")
        store.delete_sync(key)
        case.holds(key, None, "delete_sync, then get")
        _exists(case, key, due=False, after="delete_sync")
        _listed(case, key, due=False, after="delete_sync")


@check("store")
def check_sync_surface(subject: Any, backend: Backend) -> None:
    """A store has all of `get_sync`, `set_sync` and `delete_sync`, or none.

    Zarr mixes them within one operation (`zarr.abc.store.SupportsSyncStore`), and takes a store
    with some of them for one without.
    """
    with trial(subject, backend, writes=False) as case:
        has = [name for name in _PAIRS.values() if hasattr(case.store, name)]
        if has and len(has) < len(_PAIRS):
            missing = ", ".join(name for name in _PAIRS.values() if name not in has)
            raise violated(
                expected="all of get_sync, set_sync, delete_sync, or none of them",
                actual=f"{', '.join(has)} without {missing}",
                advice=f"Write {missing} too: until then Zarr never calls {', '.join(has)}.",
            )


@check("store")
def check_sync_overrides(subject: Any, backend: Backend) -> None:
    """A class that overrides `get`, `set` or `delete` overrides its synchronous twin, too.

    Where its base has both. What a subclass of a store, or of a wrapper, adds to the awaited
    method alone is bypassed by Zarr's fused pipeline, which calls the other: nothing is counted,
    logged, encrypted. An override that leads to the twin itself is fine. The other way round, only
    what shows can be judged: `check_sync_and_async_agree` does.
    """
    with trial(subject, backend) as case:
        case.require_sync()
        for name, twin in _PAIRS.items():
            if name == "delete" and not case.store.supports_deletes:
                continue
            owner = _one_sided(type(case.store), name, twin)
            if owner is not None and not _leads_to_twin(case, name, twin):
                raise violated(
                    expected=f"{owner.__qualname__} overrides {name} and {twin}, or neither",
                    actual=f"it overrides {name}, and inherits {twin}, which bypasses it",
                    advice=f"Override {twin} to the same effect; or, where there can be no "
                    "synchronous way, let `_supports_sync_io` be False.",
                )


def _one_sided(cls: type, name: str, twin: str) -> type | None:
    """Return the class that overrides the asynchronous one of an inherited pair, if there is."""
    line = [each for each in cls.__mro__ if each is not Store]
    overriding = next((i for i, each in enumerate(line) if name in vars(each)), len(line))
    inherited = next((i for i, each in enumerate(line) if twin in vars(each)), 0)
    # Only where a class further up has the overridden one as well is there a pair to break.
    if overriding < inherited and any(name in vars(each) for each in line[inherited:]):
        return line[overriding]
    return None


def _leads_to_twin(case: Trial, name: str, twin: str) -> bool:
    """Tell whether the asynchronous method calls the synchronous one of this very store."""
    store: Any = case.store
    calls = []
    original = getattr(store, twin)

    def spy(*args: Any, **kwargs: Any) -> Any:
        calls.append(twin)
        return original(*args, **kwargs)

    key = case.put(f"spied/{name}", b"x")
    exercise: dict[str, Callable[[], Any]] = {
        "get": lambda: case.fetch(key),
        "set": lambda: case.put(f"spied/{name}/again", b"y"),
        "delete": lambda: case.run(store.delete(key)),
    }
    try:
        setattr(store, twin, spy)
    except AttributeError:  # slots: nothing can be put in between, so nothing is said
        return True
    try:
        exercise[name]()
    finally:
        delattr(store, twin)
    return bool(calls)


def _listed(case: Trial, key: str, *, due: bool, after: str) -> None:
    if case.store.supports_listing and (key in case.collect(case.store.list)) is not due:
        raise violated(
            case=f"{after}, then list",
            expected="the key" if due else "no such key",
            actual="no such key" if due else "the key",
            advice="Let both ways work on the same contents, indices and caches included.",
        )


def _exists(case: Trial, key: str, *, due: bool, after: str) -> None:
    found = case.run(case.store.exists(key))
    if found is not due:
        raise violated(
            case=f"{after}, then exists",
            expected=str(due),
            actual=repr(found),
            advice="Let both ways work on the same contents, caches included.",
        )
