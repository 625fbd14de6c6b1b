"""Everything in this folder runs on CuPy, and skips with the probe's reason where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from zarr_devbuf import Backend, get_backend

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.gpu)


@pytest.fixture(params=["gpu"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Take the place of the plugin's fixture: here the device is not a choice."""
    return get_backend(request.param)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once, not for each test, why they were skipped."""
    reason = get_backend("gpu").unavailable_reason()
    if reason is not None:
        terminalreporter.write_line(f"tests/gpu was skipped: {reason}")
