"""What differs with older versions of zarr and NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.subjects.stores import OLD_ZARR

if TYPE_CHECKING:
    from zarr_devbuf.checks.results import CheckResult

__all__ = ["skip_if_too_old"]


def skip_if_too_old(result: CheckResult) -> None:
    """Skip the test if its check does not apply to these older versions."""
    if OLD_ZARR and result.status == "skipped":
        pytest.skip(f"too old: {result.message}")
