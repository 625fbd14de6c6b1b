"""The checks of prototypes on CuPy: which prototypes pass, and what they find in zarr's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zarr
import zarr.buffer.gpu

from tests.checks.test_prototype import CHECKS, ZARRS_GPU
from tests.subjects.prototypes import Broken, broken_prototypes
from tests.subjects.prototypes.clean import THIRD_PARTY, clean
from zarr_devbuf.checks import check_prototype
from zarr_devbuf.checks.run import run_check

if TYPE_CHECKING:
    from zarr_devbuf import Backend


def test_reference_classes_pass(backend: Backend) -> None:
    report = check_prototype(backend.prototype)
    assert report.backend == "gpu"
    assert report.verdict == "device-native"
    skipped = {result.check for result in report.skipped}
    assert skipped == {"check_generic_times", "check_variable_text", "check_fork"}
    assert check_prototype(clean(backend), backend).verdict == "device-native"


@pytest.mark.parametrize("name", [name for name, (_, host) in THIRD_PARTY.items() if not host])
def test_third_party_prototypes_pass(backend: Backend, name: str) -> None:
    make, _ = THIRD_PARTY[name]
    assert check_prototype(make(backend), backend).verdict == "device-native"


# Every fourth is enough to show that CuPy's memory is checked.
@pytest.mark.parametrize("broken", broken_prototypes()[::4], ids=lambda broken: broken.name)
def test_broken_prototypes_are_caught(backend: Backend, broken: Broken) -> None:
    subject = broken.on(backend)
    for name in sorted(broken.caught_by - {"fork"}):
        result = run_check(CHECKS[name], subject, backend)
        assert result.status == "failed", f"check_{name} does not catch {broken.name}"


@pytest.mark.skipif(zarr.__version__ != "3.4.2", reason="the findings are those of zarr 3.4.2")
def test_defects_of_zarrs_own_gpu_buffers(backend: Backend) -> None:
    """`tests.checks.test_prototype` has the same set for the simulated device."""
    report = check_prototype(zarr.buffer.gpu.buffer_prototype, backend, on_fail=None)
    assert {result.check for result in report.failed} == set(ZARRS_GPU), str(report)
    assert report.verdict == "broken"
