"""The checks of stores: each catches its broken store, and no clean one."""

from __future__ import annotations

import functools
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from zarr.abc.store import Store
from zarr.experimental.cache_store import CacheStore
from zarr.storage import LoggingStore, MemoryStore
from zarr.testing.store import LatencyStore

from tests.subjects.stores import (
    BROKEN,
    CLEAN,
    MENDED,
    OLD_ZARR,
    PlainStore,
    make_obstore,
)
from tests.subjects.stores_subtle import NEED_RANGES, SUBTLE, StaysLocked, StaysLockedSync
from zarr_devbuf import get_backend
from zarr_devbuf.checks import check_store, list_checks
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.run import run_check
from zarr_devbuf.checks.store import harness as trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import Buffer

# What is judged once for all tests is judged by one worker of xdist.
pytestmark = pytest.mark.xdist_group("checks of stores")

mended = pytest.mark.skipif(
    OLD_ZARR, reason="zarr's own stores break checks before 3.4.2, so that nothing on them is clean"
)
STORE_CHECKS = {check.name: check for check in list_checks("store")}
ALL = (*BROKEN, *SUBTLE)

# Checks that never stand alone: the one that always fails with them, and why both are there.
OVERLAPPED = {
    # Both write by `set` and read by `get`, there being no other way to see either. Which of the
    # two is at fault is told by the rest: with a `get` that is wrong, every way of writing fails.
    "check_get": "check_set",
}


def named(make: Callable[[], Store]) -> str:
    return getattr(make, "__name__", "made")


@functools.cache
def failing(make: Callable[[], Store], backend: str) -> frozenset[str]:
    """Judge a broken store by all checks, once for all tests."""
    results = [run_check(check, make, get_backend(backend)) for check in STORE_CHECKS.values()]
    return frozenset(result.check for result in results if result.status == "failed")


def fully_judged_on(on: tuple[str, ...]) -> str:
    """Choose the backend on which all checks are asked: which of them overlap is the same on both."""
    return "cpu" if "cpu" in on else on[0]


@pytest.mark.parametrize("name", CLEAN)
@pytest.mark.parametrize("backend", ["cpu", "sim"])
def test_clean_store_passes(name: str, backend: str) -> None:
    if name == "FsspecStore":
        pytest.importorskip("fsspec", reason="fsspec is of a dependency group of its own")
    make = CLEAN[name](get_backend(backend))
    report = check_store(make, backend, on_fail=None)
    excused = MENDED if OLD_ZARR else frozenset()
    assert [result.message for result in report.failed if result.check not in excused] == []


@pytest.mark.parametrize("backend", ["cpu", "sim"])
def test_obstore_memory_keeps_what_it_is_given(backend: str) -> None:
    """It takes the memory of a buffer for its own: ``zarr.storage._obstore``, `set`."""
    pytest.importorskip("obstore", reason="obstore is of a dependency group of its own")
    reason = "obstore's MemoryStore keeps the memory that zarr's ObjectStore.set hands it"
    report = check_store(
        make_obstore, backend, expected_failures={"check_keeps_no_memory_of_callers": reason}
    )
    assert {result.check for result in report if result.status == "xfailed"} == {
        "check_keeps_no_memory_of_callers"
    }


def test_every_check_has_a_broken_store() -> None:
    assert {check for check, *_ in ALL} == set(STORE_CHECKS)


@pytest.mark.parametrize(
    ("check", "make", "backend"),
    [
        pytest.param(check, make, backend, id=f"{check[6:]}-{named(make)}-{backend}")
        for check, make, on, _ in ALL
        for backend in on
    ],
)
def test_check_catches_its_broken_store(
    check: str, make: Callable[[], Store], backend: str
) -> None:
    if not hasattr(Store, "get_ranges") and ("ranges" in check or make in NEED_RANGES):
        pytest.skip("this zarr's stores have no get_ranges")
    result = run_check(STORE_CHECKS[check], make, get_backend(backend))
    assert result.status == "failed"
    for part in ("check:", "expected:", "actual:", "to do:"):
        assert part in result.message


@mended
@pytest.mark.parametrize(
    ("check", "make", "on", "alone"),
    [pytest.param(*case, id=f"{case[0][6:]}-{named(case[1])}") for case in ALL if case[3]],
)
def test_broken_store_is_missed_without_its_check(
    check: str, make: Callable[[], Store], on: tuple[str, ...], alone: tuple[str, ...]
) -> None:
    backend = fully_judged_on(tuple(each for each in on if each in alone))
    assert failing(make, backend) - {check} == set()


@mended
@pytest.mark.parametrize("check", STORE_CHECKS)
def test_every_check_stands_alone_or_is_known_not_to(check: str) -> None:
    alone = [make for name, make, _, on in ALL if name == check and on]
    assert bool(alone) is (check not in OVERLAPPED)
    if check in OVERLAPPED:
        broken = [(make, fully_judged_on(on)) for name, make, on, _ in ALL if name == check]
        assert all(OVERLAPPED[check] in failing(make, on) for make, on in broken)


@mended
def test_checks_do_not_lean_on_one_another() -> None:
    """What the tests above conclude from a run of all checks is what comes of a run without one."""
    for check, make, _, alone in [case for case in ALL if "cpu" in case[3]][::12]:
        kept = [each for name, each in STORE_CHECKS.items() if name != check]
        assert alone
        results = [run_check(each, make, get_backend("cpu")) for each in kept]
        assert not [result.check for result in results if result.status == "failed"]


@pytest.mark.parametrize(
    "make",
    [pytest.param(lambda: StaysLocked(MemoryStore()), id="async"), StaysLockedSync],
)
def test_what_hangs_after_a_failure_is_told_and_not_waited_for(
    make: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "PATIENCE", 0.3)
    result = run_check(STORE_CHECKS["check_failed_read"], make, get_backend("cpu"))
    assert result.status == "failed"
    assert "every call comes to an end" in result.message


def test_checks_are_quick() -> None:
    for backend in ("cpu", "sim"):
        for check in STORE_CHECKS.values():
            started = time.thread_time()
            run_check(check, MemoryStore, get_backend(backend))
            assert time.thread_time() - started < 0.5, check


@mended
def test_given_instance_is_judged_and_left_empty() -> None:
    store = MemoryStore()
    report = check_store(store, "cpu")
    assert report.verdict == "device-native"
    assert store._store_dict == {}


def test_store_with_contents_is_left_alone() -> None:
    value = get_backend("cpu").TestBuffer.from_bytes(b"precious")
    store = MemoryStore({"mine": value})
    report = check_store(store, "cpu", on_fail=None)
    assert store._store_dict == {"mine": value}
    failed = [result.message for result in report if result.status == "failed"]
    assert len(failed) > len(report) - 5  # some need no store to see that they do not apply
    assert all("give them an empty one" in message for message in failed)


@mended
def test_async_maker_is_awaited() -> None:
    async def make() -> Store:
        return PlainStore()

    assert check_store(make, "cpu").verdict == "device-native"


@pytest.mark.parametrize("subject", [3, lambda: "no store"])
def test_what_makes_no_store_is_said_so(subject: Any) -> None:
    report = check_store(subject, "cpu", on_fail=None)
    failed = [result.message for result in report if result.status == "failed"]
    assert len(failed) > len(report) - 5
    assert all("a store, or a callable that makes one, is due" in message for message in failed)


def test_read_only_store_is_judged_by_what_it_refuses() -> None:
    report = check_store(PlainStore(read_only=True), "cpu")
    passed = {result.check for result in report if result.status == "passed"}
    assert passed == {"check_missing_keys", "check_sync_surface", "check_read_only"}


@mended
def test_verdicts_tell_who_keeps_device_memory() -> None:
    assert check_store(MemoryStore, "sim").verdict == "device-native"
    assert check_store(PlainStore, "sim").verdict == "host-round-trip"


@mended
def test_checks_can_be_called_directly() -> None:
    for check in STORE_CHECKS.values():
        with suppress(NotApplicable):
            check(MemoryStore, get_backend("cpu"))


@mended
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: LoggingStore(MemoryStore(), log_level="ERROR"), id="LoggingStore"),
        pytest.param(lambda: LatencyStore(MemoryStore(), get_latency=1e-4), id="LatencyStore"),
    ],
)
def test_zarrs_wrappers_are_clean(make: Callable[[], Store]) -> None:
    check_store(make, "cpu")


@mended
def test_zarrs_cache_store_is_stale_after_what_it_does_not_override() -> None:
    """``zarr.experimental.cache_store`` inherits `_set_many`, `delete_dir`, `clear`.

    And gives a part that it has read to whoever asks next, whatever the prototype.
    """
    report = check_store(
        lambda: CacheStore(MemoryStore(), cache_store=MemoryStore()), "cpu", on_fail=None
    )
    assert {result.check for result in report.failed} == {
        "check_overwriting",
        "check_delete",
        "check_clear",
        "check_prototypes_in_turn",
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


class RefusesAll(ForNodesOnly):
    def _require_node(self, key: str) -> None:
        raise KeyError(f"node not found: {key}")


@mended
def test_store_for_nodes_alone_is_no_broken_one() -> None:
    report = check_store(ForNodesOnly, "sim", on_fail=None)
    assert report.verdict == "unsupported"
    (get,) = (result for result in report if result.check == "check_get")
    assert get.status == "skipped"
    assert "check_array" in get.message
    assert check_store(RefusesAll, "cpu", on_fail=None).verdict == "broken"
