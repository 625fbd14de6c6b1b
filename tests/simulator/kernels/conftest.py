"""Tests of kernels need a C++ compiler."""

from __future__ import annotations

from typing import Any

import pytest

from zarr_devbuf.simulator._kernels.compiler import find_compiler


@pytest.fixture(scope="session")
def compiler() -> Any:
    try:
        return find_compiler()
    except NotImplementedError as error:
        pytest.skip(str(error))
