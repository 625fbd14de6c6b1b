"""The checks of prototypes on CuPy: which prototypes pass, and what they find in zarr's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zarr.buffer.gpu

from tests.subjects.prototypes import Broken, broken_prototypes
from tests.subjects.prototypes.clean import THIRD_PARTY, clean
from zarr_devbuf.checks import check_prototype

if TYPE_CHECKING:
    from zarr_devbuf import Backend

# What `zarr.buffer.gpu` of zarr 3.4.2 gets wrong, on CuPy 14.2.
ZARRS = {
    "check_create_fill": "CuPy's fill clears the memory for -0.0",
    "check_fill": "CuPy's fill clears the memory for -0.0",
    "check_set_basic": "CuPy's scalar assignment clears the memory for -0.0",
    "check_from_numpy_array": "CuPy uploads a 0-d array by a fill, which clears the sign of -0.0",
    "check_all_equal": "core._array_all_equal broadcasts to the host's scalar, which stays one",
    "check_all_equal_everywhere": "the same: cupy.array_equal compares shapes, and returns False",
    "check_structured": "the same",
    "check_stays_on_device": "core.Buffer.__eq__ compares on the host",
}


def test_reference_classes_pass(backend: Backend) -> None:
    report = check_prototype(backend.prototype)
    assert report.backend == "gpu"
    assert report.verdict == "device-native"
    assert not report.skipped
    assert check_prototype(clean(backend), backend).verdict == "device-native"


@pytest.mark.parametrize("name", [name for name, (_, host) in THIRD_PARTY.items() if not host])
def test_third_party_prototypes_pass(backend: Backend, name: str) -> None:
    make, _ = THIRD_PARTY[name]
    assert check_prototype(make(backend), backend).verdict == "device-native"


# Each compiles the same kernels: every fourth is enough to show that CuPy's memory is checked.
@pytest.mark.parametrize("broken", broken_prototypes()[::4], ids=lambda broken: broken.name)
def test_broken_prototypes_are_caught(backend: Backend, broken: Broken) -> None:
    report = check_prototype(broken.on(backend), backend, on_fail=None)
    failing = {result.check.removeprefix("check_") for result in report.failed}
    assert failing == broken.caught_by, str(report)


def test_defects_of_zarrs_own_gpu_buffers(backend: Backend) -> None:
    report = check_prototype(zarr.buffer.gpu.buffer_prototype, backend, expected_failures=ZARRS)
    assert {result.check for result in report if result.status == "xfailed"} == set(ZARRS)
    assert report.verdict == "broken"
