"""The checks of stores: each fails for its broken stores, and for no clean one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from zarr.abc.store import Store
from zarr.experimental.cache_store import CacheStore
from zarr.storage import LoggingStore, MemoryStore
from zarr.testing.store import LatencyStore

from tests.checks.versions import skip_if_too_old
from tests.subjects.stores import (
    BROKEN,
    CLEAN,
    FIXED_IN_ZARR_3_4_2,
    OF_ZARR,
    OLD_ZARR,
    PlainStore,
    caught_by,
    make_broken,
    make_obstore,
)
from tests.subjects.stores.aliasing import StagesParts
from tests.subjects.stores.out_of_memory import StaysLocked, StaysLockedSync
from tests.subjects.stores.wrapper_faults import Forwards, KeepsShortReads
from zarr_devbuf import get_backend
from zarr_devbuf.checks import _harness, check_store, list_checks
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.run import run_check

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import Buffer

on_new_zarr = pytest.mark.skipif(OLD_ZARR, reason="zarr's own stores fail checks before 3.4.2")
STORE_CHECKS = {check.name: check for check in list_checks("store")}
BACKENDS = ("cpu", "sim")

# Checks that no broken store fails alone: the one that always fails with them, and why both exist.
OVERLAPPED = {
    # Both write by `set` and read by `get`: there is no other way to see either. The other checks
    # show which of the two is wrong: with a wrong `get`, every method that writes fails.
    "get": "set",
    # A store that is wrong about a key that is missing is so after it was deleted. Only the first
    # applies to a store that is read-only.
    "missing_keys": "delete",
}


def fails(broken: type[Store], check: str, backend: str) -> bool:
    result = run_check(STORE_CHECKS[check], lambda: make_broken(broken), get_backend(backend))
    return result.status == "failed"


@pytest.mark.parametrize("name", CLEAN)
@pytest.mark.parametrize("backend", [pytest.param("cpu", marks=pytest.mark.exhaustive), "sim"])
def test_clean_store_passes(name: str, backend: str) -> None:
    if name == "FsspecStore":
        pytest.importorskip("fsspec", reason="fsspec is of a dependency group of its own")
    report = check_store(CLEAN[name](get_backend(backend)), backend, on_fail=None)
    excused = {*(FIXED_IN_ZARR_3_4_2 if OLD_ZARR else ()), *OF_ZARR.get(name, ())}
    assert [result.message for result in report.failed if result.check not in excused] == []


@on_new_zarr
@pytest.mark.parametrize("name", OF_ZARR)
def test_findings_on_zarrs_stores(name: str) -> None:
    if name == "FsspecStore":
        pytest.importorskip("fsspec", reason="fsspec is of a dependency group of its own")
    report = check_store(CLEAN[name](get_backend("cpu")), "cpu", on_fail=None)
    assert {result.check for result in report.failed} == set(OF_ZARR[name])


@pytest.mark.parametrize("backend", BACKENDS)
def test_obstore_memory_keeps_what_it_is_given(backend: str) -> None:
    """It keeps the memory of a buffer: zarr.storage._obstore."""
    pytest.importorskip("obstore", reason="obstore is of a dependency group of its own")
    expected = {
        "check_keeps_no_memory_of_callers": "obstore keeps the memory that ObjectStore.set passes",
    }
    report = check_store(make_obstore, backend, expected_failures=expected)
    assert {result.check for result in report if result.status == "xfailed"} == set(expected)


@pytest.mark.parametrize(
    ("broken", "check", "backend"),
    [
        pytest.param(each, check, backend, id=f"{each.__name__}-{check}-{backend}")
        for each in BROKEN
        for backend in BACKENDS
        for check in sorted(caught_by(each, backend))
    ],
)
def test_check_catches_broken_store(broken: type[Store], check: str, backend: str) -> None:
    ranges = "ranges" in check or getattr(broken, "needs_ranges", False)
    ranges = ranges or check in getattr(broken, "needs_ranges_for", ())
    if ranges and not hasattr(Store, "get_ranges"):
        pytest.skip("this zarr's stores have no get_ranges")
    result = run_check(
        STORE_CHECKS[f"check_{check}"], lambda: make_broken(broken), get_backend(backend)
    )
    skip_if_too_old(result)
    assert result.status == "failed", (
        f"check_{check} no longer fails for {broken.__name__}: fix the check, or take it out of "
        "the class's caught_by"
    )
    for part in ("check:", "expected:", "actual:", "to do:"):
        assert part in result.message


def test_caught_by_names_checks() -> None:
    names = {name.removeprefix("check_") for name in STORE_CHECKS}
    for broken in BROKEN:
        unknown = {*caught_by(broken, "cpu"), *caught_by(broken, "sim")} - names
        assert not unknown, f"correct caught_by of {broken.__name__}: no check is named {unknown}"


@pytest.mark.parametrize("check", STORE_CHECKS)
def test_every_check_is_needed(check: str) -> None:
    """A broken store fails it and no other check, or it is known to overlap with another."""
    name = check.removeprefix("check_")
    sets = [caught_by(broken, backend) for broken in BROKEN for backend in BACKENDS]
    caught = [each for each in sets if name in each]
    module = STORE_CHECKS[check].function.__module__.rpartition(".")[2]
    assert caught, f"{check} has no broken store: add a class with caught_by = {{{name!r}}} to "
    f"tests/subjects/stores/{module}.py"
    if name in OVERLAPPED:
        assert all(OVERLAPPED[name] in each for each in caught), f"{check} stands alone: take it "
        "out of OVERLAPPED"
    else:
        assert {name} in caught, f"no broken store fails only {check}: add one with caught_by = "
        f"{{{name!r}}} to tests/subjects/stores/{module}.py, or an entry to OVERLAPPED"


@pytest.mark.exhaustive
@on_new_zarr
@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("backend", BACKENDS)
def test_no_other_check_fails(broken: type[Store], backend: str) -> None:
    failed = {check[6:] for check in STORE_CHECKS if fails(broken, check, backend)}
    expected = caught_by(broken, backend)
    assert failed == expected, f"correct caught_by of {broken.__name__} if that is intended"


@pytest.mark.exhaustive
@on_new_zarr
@pytest.mark.parametrize("broken", [each for each in BROKEN if len(caught_by(each, "cpu")) == 1])
def test_checks_do_not_depend_on_one_another(broken: type[Store]) -> None:
    """What a check finds does not depend on whether the others run before it."""
    (check,) = caught_by(broken, "cpu")
    others = [name for name in STORE_CHECKS if name != f"check_{check}"]
    assert not [name for name in others if fails(broken, name, "cpu")]


@pytest.mark.parametrize(
    "make",
    [pytest.param(lambda: StaysLocked(MemoryStore()), id="async"), StaysLockedSync],
)
def test_call_that_hangs_is_reported(
    make: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_harness, "TIME_LIMIT", 0.3)
    result = run_check(STORE_CHECKS["check_failed_read"], make, get_backend("cpu"))
    assert result.status == "failed"
    assert "neither within 0.3 seconds" in result.message


@on_new_zarr
def test_given_instance_is_checked_and_left_empty() -> None:
    store = PlainStore()
    report = check_store(store, "cpu")
    assert report.verdict == "device-native"
    assert store.contents == {}


def test_store_with_contents_is_left_alone() -> None:
    value = get_backend("cpu").TestBuffer.from_bytes(b"precious")
    store = MemoryStore({"mine": value})
    report = check_store(store, "cpu", on_fail=None)
    assert store._store_dict == {"mine": value}
    failed = [result.message for result in report if result.status == "failed"]
    assert len(failed) > len(report) - 5  # some do not apply without looking at the store
    assert all("pass an empty one" in message for message in failed)


@on_new_zarr
def test_async_maker_is_awaited() -> None:
    async def make() -> Store:
        return PlainStore()

    assert check_store(make, "cpu").verdict == "device-native"


@pytest.mark.parametrize("subject", [3, lambda: "no store"])
def test_what_makes_no_store_is_reported(subject: Any) -> None:
    report = check_store(subject, "cpu", on_fail=None)
    failed = [result.message for result in report if result.status == "failed"]
    assert len(failed) > len(report) - 5
    assert all(
        "expected a zarr Store, or a callable that makes one" in message for message in failed
    )


def test_read_only_store_is_checked_by_what_it_rejects() -> None:
    report = check_store(PlainStore(read_only=True), "cpu")
    passed = {result.check for result in report if result.status == "passed"}
    assert passed == {"check_missing_keys", "check_sync_surface", "check_read_only"}


@on_new_zarr
def test_verdict_is_device_native_if_device_memory_is_kept() -> None:
    sim = get_backend("sim")
    assert check_store(sim.StoreExpectingTestBuffer, "sim").verdict == "device-native"
    assert check_store(PlainStore, "sim").verdict == "host-round-trip"


@on_new_zarr
def test_checks_can_be_called_directly() -> None:
    for check in STORE_CHECKS.values():
        with suppress(NotApplicable):
            check(PlainStore, get_backend("cpu"))


@on_new_zarr
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: LoggingStore(MemoryStore(), log_level="ERROR"), id="LoggingStore"),
        pytest.param(lambda: LatencyStore(MemoryStore(), get_latency=1e-4), id="LatencyStore"),
    ],
)
def test_zarrs_wrappers_are_clean(make: Callable[[], Store]) -> None:
    check_store(make, "cpu")


def test_a_store_with_threads_of_its_own_is_not_judged_after_a_fork() -> None:
    with ThreadPoolExecutor(1) as pool:

        class WritesInAThread(MemoryStore):
            def set_sync(self, key: str, value: Any) -> None:
                pool.submit(MemoryStore.set_sync, self, key, value).result(2)

            async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
                self.set_sync(key, value)

        result = run_check(STORE_CHECKS["check_fork"], WritesInAThread, get_backend("cpu"))
    assert result.status == "skipped"
    assert "works in threads of its own" in result.message


@on_new_zarr
@pytest.mark.parametrize("max_size", [None, 3000])
def test_zarrs_cache_store_is_stale_after_methods_that_it_inherits(max_size: int | None) -> None:
    """``zarr.experimental.cache_store`` inherits `delete_dir` and `clear`.

    It returns a part that it has cached for any prototype, and keeps values over its limit.
    """
    report = check_store(
        lambda: CacheStore(MemoryStore(), cache_store=MemoryStore(), max_size=max_size),
        "cpu",
        on_fail=None,
    )
    assert {result.check for result in report.failed} == {
        "check_delete",
        "check_clear",
        "check_group_members",
        "check_prototypes_in_turn",
        *(["check_cache_limit"] if max_size else []),
    }


class ForNodesOnly(MemoryStore):
    """Takes chunks of arrays that exist, and no other keys, as Icechunk does."""

    def _require_node(self, key: str) -> None:
        array, _, chunk = key.rpartition("/c/")
        if not (key.endswith("zarr.json") or (chunk and f"{array}/zarr.json" in self._store_dict)):
            raise KeyError(f"node not found: {key}")

    async def set(self, key: str, value: Buffer, byte_range: Any = None) -> None:
        self._require_node(key)
        await super().set(key, value, byte_range)

    def set_sync(self, key: str, value: Buffer) -> None:
        self._require_node(key)
        super().set_sync(key, value)


class RejectsAll(ForNodesOnly):
    def _require_node(self, key: str) -> None:
        raise KeyError(f"node not found: {key}")


@on_new_zarr
def test_store_for_nodes_only_is_unsupported_and_not_broken() -> None:
    report = check_store(ForNodesOnly, "sim", on_fail=None)
    assert report.verdict == "unsupported"
    (get,) = (result for result in report if result.check == "check_get")
    assert get.status == "skipped"
    assert "check_array" in get.message
    assert check_store(RejectsAll, "cpu", on_fail=None).verdict == "broken"


@on_new_zarr
def test_cache_that_remembers_a_short_answer_is_not_accused() -> None:
    """`Store.get` has no length: a read-through cache cannot know better."""
    report = check_store(lambda: KeepsShortReads(MemoryStore()), "cpu", on_fail=None)
    assert [result.message for result in report.failed] == []
    assert "check_underlying_short_read" in _passed(report)


@on_new_zarr
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(Forwards, id="no class of zarr's"),
        pytest.param(lambda: CacheStore(MemoryStore(), cache_store=MemoryStore()), id="CacheStore"),
    ],
)
def test_wrapper_is_known_by_what_it_forwards(make: Callable[[], Store]) -> None:
    store = make()
    before = dict(vars(store))
    passed = _passed(check_store(store, "cpu", on_fail=None))
    assert {each for each in passed if "underlying" in each} == {
        "check_underlying_failure",
        "check_underlying_latency",
        "check_underlying_short_read",
    }
    assert vars(store)["inner" if "inner" in before else "_store"] in before.values()


def test_store_with_another_that_it_does_not_use_is_no_wrapper() -> None:
    class Holds(PlainStore):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.spare = MemoryStore()

    result = run_check(STORE_CHECKS["check_underlying_failure"], Holds, get_backend("cpu"))
    assert (result.status, "wraps no other" in result.message) == ("skipped", True)


@on_new_zarr
def test_race_in_a_batch_is_advised_as_a_race() -> None:
    check = STORE_CHECKS["check_byte_ranges_of_many_keys"]
    result = run_check(check, StagesParts, get_backend("cpu"))
    assert result.status == "failed"
    assert "a race" in result.message


_POOL = ThreadPoolExecutor(1)


class WritesBehind(MemoryStore):
    """Hands a write to a thread, and does not wait for it."""

    waits = False

    def set_sync(self, key: str, value: Any) -> None:
        self._check_writable()
        if not hasattr(value, "as_array_like"):
            raise TypeError("a value must be a Buffer")

        def write() -> None:
            time.sleep(0.005)
            MemoryStore.set_sync(self, key, value)

        future = _POOL.submit(write)
        if self.waits:
            future.result()

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        self.set_sync(key, value)

    async def set_if_not_exists(self, key: str, value: Any) -> None:
        if key not in self._store_dict:
            self.set_sync(key, value)


class WritesInThread(WritesBehind):
    waits = True


@on_new_zarr
def test_write_that_is_not_awaited_is_noticed() -> None:
    for name in ("check_set", "check_set_sync", "check_keeps_no_memory_of_callers"):
        check = STORE_CHECKS[name]
        assert run_check(check, WritesBehind, get_backend("cpu")).status == "failed"
        assert run_check(check, WritesInThread, get_backend("cpu")).status == "passed"


def test_every_check_says_who_demands_it() -> None:
    documented = [check for check in STORE_CHECKS.values() if check.source == "documented"]
    assert len(documented) > len(STORE_CHECKS) // 2
    for check in STORE_CHECKS.values():
        if check.name.startswith("check_underlying") or check.name == "check_below_a_value":
            assert check.source == "ours", "no written contract of zarr demands it"


def _passed(report: Any) -> set[str]:
    return {result.check for result in report if result.status == "passed"}
