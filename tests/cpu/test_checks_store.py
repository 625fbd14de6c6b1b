"""The laws of stores: each catches its broken store, and no clean one."""

from __future__ import annotations

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
from zarr_devbuf import get_backend
from zarr_devbuf.checks import check_store, laws
from zarr_devbuf.checks.outcome import NotApplicable
from zarr_devbuf.checks.run import run_law

if TYPE_CHECKING:
    from collections.abc import Callable

mended = pytest.mark.skipif(
    OLD_ZARR, reason="zarr's own stores break laws before 3.4.2, so that nothing on them is clean"
)
STORE_LAWS = {law.name: law for law in laws("store")}
CASES = [
    pytest.param(
        law, make, backend, alone, id=f"{law[6:]}-{getattr(make, '__name__', 'made')}-{backend}"
    )
    for law, make, on, alone in BROKEN
    for backend in on
]
ALONE = [case for case in CASES if case.values[2] in case.values[3]]  # type: ignore[operator]

# On a device, which laws overlap is the same as on the host, and asking takes long: only those
# stores are asked there that are broken there alone.
ALONE_ONCE = [
    case
    for case in ALONE
    if case.values[2] == "cpu" or "cpu" not in case.values[3]  # type: ignore[operator]
]


def failures(subject: Any, backend: str, *, without: str = "") -> list[str]:
    results = [
        run_law(law, subject, get_backend(backend))
        for name, law in STORE_LAWS.items()
        if name != without
    ]
    return [result.message for result in results if result.status == "failed"]


@pytest.mark.parametrize("name", CLEAN)
@pytest.mark.parametrize("backend", ["cpu", "sim"])
def test_clean_store_passes(name: str, backend: str) -> None:
    if name == "FsspecStore":
        pytest.importorskip("fsspec", reason="fsspec is of a dependency group of its own")
    make = CLEAN[name](get_backend(backend))
    started = time.perf_counter()
    report = check_store(make, backend, on_fail=None)
    excused = MENDED if OLD_ZARR else frozenset()
    assert [result.message for result in report.failed if result.check not in excused] == []
    assert time.perf_counter() - started < len(report)  # well under a second a law


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


def test_every_law_has_a_broken_store() -> None:
    assert {law for law, *_ in BROKEN} == set(STORE_LAWS)


@pytest.mark.parametrize(("law", "make", "backend", "alone"), CASES)
def test_law_catches_its_broken_store(
    law: str, make: Callable[[], Store], backend: str, alone: Any
) -> None:
    if "ranges" in law and not hasattr(Store, "get_ranges"):
        pytest.skip("this zarr's stores have no get_ranges")
    result = run_law(STORE_LAWS[law], make, get_backend(backend))
    assert result.status == "failed"
    for part in ("law:", "expected:", "actual:", "to do:"):
        assert part in result.message


def test_some_laws_stand_alone() -> None:
    assert len(ALONE_ONCE) > 25


@mended
@pytest.mark.parametrize(("law", "make", "backend", "alone"), ALONE_ONCE)
def test_broken_store_is_missed_without_its_law(
    law: str, make: Callable[[], Store], backend: str, alone: Any
) -> None:
    assert failures(make, backend, without=law) == []


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
def test_laws_can_be_called_directly() -> None:
    for law in STORE_LAWS.values():
        with suppress(NotApplicable):
            law(MemoryStore, get_backend("cpu"))


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
    """``zarr.experimental.cache_store`` inherits `_set_many`, `delete_dir`, `clear`."""
    report = check_store(
        lambda: CacheStore(MemoryStore(), cache_store=MemoryStore()), "cpu", on_fail=None
    )
    assert {result.check for result in report.failed} == {
        "check_overwriting",
        "check_delete",
        "check_clear",
    }
