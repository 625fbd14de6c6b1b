"""The known defects, with CuPy itself: the simulator shows the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zarr

from tests.cpu.test_known_defects import *  # noqa: F403 - the tests are the same

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _gpu() -> Iterator[None]:
    with zarr.config.enable_gpu():
        yield
