"""Marks of tests."""

from __future__ import annotations

import os
from typing import Any

from zarr_devbuf.simulator.cupy.testing._pytest_impl import check_available

__all__ = ["multi_gpu", "slow"]


def slow(*args: Any, **kwargs: Any) -> Any:
    """Mark a test as slow."""
    check_available("pytest attributes")
    import pytest  # noqa: PLC0415 - optional

    return pytest.mark.slow(*args, **kwargs)


def multi_gpu(gpu_num: int) -> Any:
    """Mark a test that needs several devices.

    It is skipped if ``CUPY_TEST_GPU_LIMIT`` is set to fewer.
    """
    check_available("multi_gpu attribute")
    import pytest  # noqa: PLC0415 - optional

    if gpu_num < 2:
        raise AssertionError(f"expected two devices or more, got {gpu_num}")
    limit = int(os.getenv("CUPY_TEST_GPU_LIMIT", "-1"))
    skip = pytest.mark.skipif(0 <= limit < gpu_num, reason=f"{gpu_num} GPUs required")
    return lambda function: skip(pytest.mark.multi_gpu(function))
