"""The checks of backends on CuPy: the backend `gpu` passes all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr_devbuf.checks import check_backend, check_prototype, list_checks

if TYPE_CHECKING:
    from zarr_devbuf import Backend


def test_the_backend_passes(backend: Backend) -> None:
    report = check_backend(backend)
    assert report.backend == "gpu"
    assert report.verdict == "device-native"
    assert len(report) == len(list_checks("backend"))
    (skipped,) = report.skipped
    assert skipped.check == "check_rejected_dtypes"
    # What CuPy does not hold, and not less.
    for dtype in ("float128", "datetime64[ns]", "|S3", "<U2", ">i2", ">f8"):
        assert dtype in skipped.message
    for dtype in ("float16", "complex64", "|V5"):
        assert dtype not in skipped.message


def test_its_prototype_is_checked_on_it(backend: Backend) -> None:
    assert check_prototype(backend.prototype).backend == "gpu"
