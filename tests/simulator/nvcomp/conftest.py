"""What the tests of the simulated nvCOMP share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zarr_devbuf.simulator.nvcomp._version import api_version, set_api_version

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def five() -> Iterator[None]:
    """Simulate nvCOMP 5 during a test."""
    before = api_version()
    set_api_version(5)
    yield
    set_api_version(before)
