"""The peak of device memory, in multiples of a chunk or value."""

from __future__ import annotations

from typing import Any

import pytest
from zarr.codecs import BytesCodec
from zarr.storage import ManagedMemoryStore

from tests.subjects.audit_codecs import CopiesTwice, WrongValues
from tests.subjects.stores import OLD_ZARR
from zarr_devbuf import get_backend
from zarr_devbuf.checks import CheckReport, Peak, check_codec
from zarr_devbuf.checks.peak import measure_peak

SIM = get_backend("sim")
of_this_zarr = pytest.mark.skipif(OLD_ZARR, reason="zarr copies less before 3.4.2")


@pytest.mark.parametrize(
    ("kind", "subject", "peak"),
    [
        ("codec", BytesCodec(), Peak(0.0, 0.0)),  # the same memory, seen as bytes
        ("codec", CopiesTwice(), Peak(3.0, 1.0)),
        pytest.param("store", ManagedMemoryStore, Peak(1.0, 0.0), marks=of_this_zarr),
        pytest.param("array", None, Peak(16.0, 8.0), marks=of_this_zarr),
        ("prototype", SIM.prototype, None),
    ],
)
def test_what_one_operation_allocates(kind: Any, subject: Any, peak: Peak | None) -> None:
    # Free blocks of any size in the pool do not count.
    used = [SIM.xp.zeros(each, dtype="B") for each in range(1000, 60_000, 3000)]
    del used[::2]
    assert measure_peak(kind, subject, SIM) == peak
    assert measure_peak(kind, subject, get_backend("cpu")) is None


def test_reports_have_the_peak_of_what_is_right() -> None:
    report = check_codec(CopiesTwice())
    assert report.peak == report[:2].peak == Peak(3.0, 1.0)
    assert "peak of device memory, in chunks: 3.0 writing, 1.0 reading" in str(report)
    assert check_codec(WrongValues(), on_fail=None).peak is None
    assert CheckReport("x", "sim", ()).peak is None
