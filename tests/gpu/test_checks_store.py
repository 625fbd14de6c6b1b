"""The checks of stores in the memory of a CUDA device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from zarr.storage import GpuMemoryStore

from tests.subjects.stores import BROKEN, CLEAN, OF_ZARR, caught_by, make_broken
from tests.subjects.stores.aliasing import (
    CachesWithoutLimit,
    KeepsAllItReads,
    KeepsBuffers,
    KeepsLargeValues,
    KeepsMebibytes,
    StagesLargeValues,
    StagesParts,
    UpdatesInPlace,
)
from tests.subjects.stores.concurrency import HoldsWhatWasCancelled
from tests.subjects.stores.out_of_memory import HoldsAfterFailure, NoMemoryIsMissing
from tests.subjects.stores.prototypes import (
    ChunksAsTheIndex,
    RemembersClass,
    RemembersLargeClass,
    RemembersParts,
)
from tests.subjects.stores.reading import HostClass, HostClassSync
from tests.subjects.stores.transfers import (
    Detours,
    DetoursIfLarge,
    HandsHostMemory,
    HandsLargeHostMemory,
)
from tests.subjects.stores.writing import WritesWholeBlock
from zarr_devbuf import get_backend
from zarr_devbuf.checks import check_store, list_checks
from zarr_devbuf.checks.run import run_check

if TYPE_CHECKING:
    from zarr.abc.store import Store

STORE_CHECKS = {check.name: check for check in list_checks("store")}
CAUGHT: tuple[tuple[str, type[Store]], ...] = (
    ("check_get", HostClass),
    ("check_get_sync", HostClassSync),
    ("check_set", WritesWholeBlock),
    ("check_keeps_no_memory_of_callers", KeepsBuffers),
    ("check_keeps_no_memory_of_callers", KeepsLargeValues),
    ("check_keeps_no_memory_of_callers", KeepsMebibytes),
    ("check_results_are_independent", UpdatesInPlace),
    ("check_results_are_independent", StagesParts),
    ("check_results_are_independent", StagesLargeValues),
    ("check_prototypes_in_turn", RemembersClass),
    ("check_prototypes_in_turn", RemembersLargeClass),
    ("check_prototypes_in_turn", RemembersParts),
    ("check_transfers", Detours),
    ("check_transfers", DetoursIfLarge),
    ("check_implicit_transfers", HandsHostMemory),
    ("check_implicit_transfers", HandsLargeHostMemory),
    ("check_frees_memory", KeepsAllItReads),
    ("check_cache_limit", CachesWithoutLimit),
    ("check_cancelled_read", HoldsWhatWasCancelled),
    ("check_out_of_memory", HoldsAfterFailure),
    ("check_out_of_memory", NoMemoryIsMissing),
    ("check_shard_reads", ChunksAsTheIndex),
)
DEVICE_NATIVE = {
    "MemoryStore",
    "CachingStore",
    "DeviceCache",
    "LimitedCache",
    "StoreExpectingTestBuffer",
    "ExpectingStore(MemoryStore)",
    "FaultyStore(MemoryStore)",
}


@pytest.mark.parametrize("name", CLEAN)
def test_clean_store_passes(name: str) -> None:
    if name == "FsspecStore":
        pytest.importorskip("fsspec", reason="fsspec is of a dependency group of its own")
    report = check_store(
        CLEAN[name](get_backend("gpu")), "gpu", expected_failures=OF_ZARR.get(name)
    )
    assert {each.check for each in report.failed} <= set(OF_ZARR.get(name, {}))
    if name in OF_ZARR:  # an expected failure is a failure: the verdict is "broken"
        return
    assert report.verdict == ("device-native" if name in DEVICE_NATIVE else "host-round-trip")


@pytest.mark.parametrize(("check", "broken"), CAUGHT)
def test_check_catches_broken_store(check: str, broken: type[Store]) -> None:
    result = run_check(STORE_CHECKS[check], lambda: make_broken(broken), get_backend("gpu"))
    assert result.status == "failed"


@pytest.mark.parametrize(
    ("check", "broken"),
    [
        (f"check_{check}", broken)
        for broken in BROKEN
        for check in sorted(caught_by(broken, "sim"))
        if check.startswith("underlying_")
    ],
)
def test_check_catches_broken_wrapper(check: str, broken: type[Store]) -> None:
    result = run_check(STORE_CHECKS[check], lambda: make_broken(broken), get_backend("gpu"))
    assert result.status == "failed"


def test_gpu_memory_store_takes_metadata_to_the_device() -> None:
    report = check_store(GpuMemoryStore, "gpu", on_fail=None)
    assert [result.check for result in report.failed] == ["check_metadata_stays_on_host"]
