"""What differs with an older zarr."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.subjects.stores import OLD_ZARR

if TYPE_CHECKING:
    from zarr_devbuf.checks.results import CheckResult

__all__ = ["skip_if_not_of_this_zarr"]


def skip_if_not_of_this_zarr(result: CheckResult) -> None:
    """Skip the test if its check needs something that this older zarr has not."""
    if OLD_ZARR and result.status == "skipped":
        pytest.skip(f"zarr is too old: {result.message}")
