"""The checks of arrays on CuPy: the same findings as on the simulated device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import zarr

from tests.checks.test_array import CHECKS, NOT_APPLICABLE, ZARR_ON_DEVICES, failing, skipped
from tests.subjects.arrays import BROKEN, Broken, clean
from zarr_devbuf.checks import check_array
from zarr_devbuf.checks.run import run_check

if TYPE_CHECKING:
    from zarr_devbuf import Backend

ON_DEVICES = [broken for broken in BROKEN if broken.backend == "sim"]
each_broken = pytest.mark.parametrize("broken", ON_DEVICES, ids=lambda broken: broken.name)


@pytest.mark.skipif(zarr.__version__ != "3.4.2", reason="the findings are those of zarr 3.4.2")
@pytest.mark.parametrize("subject", [None, clean], ids=["zarr", "wrapped"])
def test_findings_are_those_of_the_simulated_device(backend: Backend, subject: Any) -> None:
    report = check_array(subject, backend, on_fail=None)
    assert failing(report) == ZARR_ON_DEVICES, str(report)
    assert (
        skipped(report)
        == {
            "datetimes",
            "byte_swapped",
            "stored_text",
            "fork",  # a real device does not survive it
        }
        | NOT_APPLICABLE
    )


@each_broken
def test_broken_subject_is_caught(backend: Backend, broken: Broken) -> None:
    for name in broken.caught_by:
        assert run_check(CHECKS[name], broken.subject, backend).status == "failed"


@each_broken
def test_clean_twin_passes(backend: Backend, broken: Broken) -> None:
    for name in broken.caught_by:
        result = run_check(CHECKS[name], broken.twin, backend)
        assert result.status == "passed", result.message
