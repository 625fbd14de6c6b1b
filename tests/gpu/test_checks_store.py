"""The laws of stores in the memory of a CUDA device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from zarr.storage import GpuMemoryStore

from tests.subjects.stores import (
    CLEAN,
    Detours,
    HandsHostMemory,
    HostClass,
    HostClassSync,
    KeepsBuffers,
    RemembersClass,
    UpdatesInPlace,
    WritesWholeBlock,
)
from zarr_devbuf import get_backend
from zarr_devbuf.checks import check_store, laws
from zarr_devbuf.checks.run import run_law

if TYPE_CHECKING:
    from zarr.abc.store import Store

STORE_LAWS = {law.name: law for law in laws("store")}
BROKEN: dict[str, type[Store]] = {
    "check_get": HostClass,
    "check_get_sync": HostClassSync,
    "check_set": WritesWholeBlock,
    "check_keeps_no_memory_of_callers": KeepsBuffers,
    "check_reads_stay_as_they_are": UpdatesInPlace,
    "check_prototypes_in_turn": RemembersClass,
    "check_transfers": Detours,
    "check_implicit_transfers": HandsHostMemory,
}
DEVICE_NATIVE = {
    "MemoryStore",
    "CachingStore",
    "StoreExpectingTestBuffer",
    "ExpectingStore(MemoryStore)",
}


@pytest.mark.parametrize("name", CLEAN)
def test_clean_store_passes(name: str) -> None:
    if name == "FsspecStore":
        pytest.importorskip("fsspec", reason="fsspec is of a dependency group of its own")
    report = check_store(CLEAN[name](get_backend("gpu")), "gpu")
    assert report.verdict == ("device-native" if name in DEVICE_NATIVE else "host-round-trip")


@pytest.mark.parametrize("law", BROKEN)
def test_law_catches_its_broken_store(law: str) -> None:
    assert run_law(STORE_LAWS[law], BROKEN[law], get_backend("gpu")).status == "failed"


def test_gpu_memory_store_takes_metadata_to_the_device() -> None:
    report = check_store(GpuMemoryStore, "gpu", on_fail=None)
    assert [result.check for result in report.failed] == ["check_metadata_stays_on_host"]
