"""The pytest plugin: options, fixtures and markers that run one test on several backends.

The plugin imports numpy, zarr and CuPy only when a test needs them, because pytest loads it in
every run of an environment in which zarr-devbuf is installed. Therefore some imports are inside
functions.
"""

from __future__ import annotations

from pytest_zarr_devbuf.aliases import pytest_load_initial_conftests
from pytest_zarr_devbuf.fixtures import (
    backend,
    expecting_store,
    prototype,
    pytest_generate_tests,
    transfer_log,
    xp,
)
from pytest_zarr_devbuf.markers import pytest_runtest_call, pytest_runtest_setup
from pytest_zarr_devbuf.options import pytest_addoption, pytest_configure
from pytest_zarr_devbuf.report import (
    pytest_report_header,
    pytest_sessionfinish,
    pytest_sessionstart,
    pytest_terminal_summary,
    pytest_testnodedown,
)

__all__ = [
    "backend",
    "expecting_store",
    "prototype",
    "pytest_addoption",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_load_initial_conftests",
    "pytest_report_header",
    "pytest_runtest_call",
    "pytest_runtest_setup",
    "pytest_sessionfinish",
    "pytest_sessionstart",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "transfer_log",
    "xp",
]
