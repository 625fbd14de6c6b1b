"""The checks of stores in the memory of a CUDA device."""

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
from tests.subjects.stores_subtle import (
    SUBTLE,
    ChunksAsTheIndex,
    HoldsWhatFailed,
    KeepsAllItReads,
    KeepsLargeValues,
    ManyAsTheFirst,
    RemembersParts,
    StagesParts,
)
from zarr_devbuf import get_backend
from zarr_devbuf.checks import check_store, list_checks
from zarr_devbuf.checks.run import run_check

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.store import Store

STORE_CHECKS = {check.name: check for check in list_checks("store")}
BROKEN: dict[str, type[Store]] = {
    "check_get": HostClass,
    "check_get_sync": HostClassSync,
    "check_set": WritesWholeBlock,
    "check_keeps_no_memory_of_callers": KeepsBuffers,
    "check_reads_stay_as_they_are": UpdatesInPlace,
    "check_prototypes_in_turn": RemembersClass,
    "check_transfers": Detours,
    "check_implicit_transfers": HandsHostMemory,
    "check_frees_memory": KeepsAllItReads,
    "check_get_many": ManyAsTheFirst,
    "check_shard_reads": ChunksAsTheIndex,
}
# More of checks that stand there already.
MORE: list[tuple[str, type[Store]]] = [
    ("check_keeps_no_memory_of_callers", KeepsLargeValues),
    ("check_reads_stay_as_they_are", StagesParts),
    ("check_prototypes_in_turn", RemembersParts),
]
DEVICE_NATIVE = {
    "MemoryStore",
    "CachingStore",
    "StoreExpectingTestBuffer",
    "ExpectingStore(MemoryStore)",
    "FaultyStore(MemoryStore)",
}


@pytest.mark.parametrize("name", CLEAN)
def test_clean_store_passes(name: str) -> None:
    if name == "FsspecStore":
        pytest.importorskip("fsspec", reason="fsspec is of a dependency group of its own")
    report = check_store(CLEAN[name](get_backend("gpu")), "gpu")
    assert report.verdict == ("device-native" if name in DEVICE_NATIVE else "host-round-trip")


@pytest.mark.parametrize(("check", "make"), [*BROKEN.items(), *MORE])
def test_check_catches_its_broken_store(check: str, make: type[Store]) -> None:
    assert run_check(STORE_CHECKS[check], make, get_backend("gpu")).status == "failed"


@pytest.mark.parametrize(
    ("check", "make"),
    [(check, make) for check, make, *_ in SUBTLE if check.endswith("_beneath")],
)
def test_check_catches_its_broken_wrapper(check: str, make: Callable[[], Store]) -> None:
    # What stays allocated is told on the simulated device alone.
    due = "passed" if make.__name__ == HoldsWhatFailed.__name__ else "failed"
    assert run_check(STORE_CHECKS[check], make, get_backend("gpu")).status == due


def test_gpu_memory_store_takes_metadata_to_the_device() -> None:
    report = check_store(GpuMemoryStore, "gpu", on_fail=None)
    assert [result.check for result in report.failed] == ["check_metadata_stays_on_host"]
