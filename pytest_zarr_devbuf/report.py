"""What a run says about its backends, and how it fails where a required one is missing.

Under pytest-xdist the controller never probes: that would take memory of a GPU for the whole
run. The workers do, and tell it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_zarr_devbuf.availability import look_up, missing
from pytest_zarr_devbuf.options import ON_HOST, settings, simulates

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "pytest_report_header",
    "pytest_sessionfinish",
    "pytest_sessionstart",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

# Keys of what a worker sends to the controller are shared with other plugins.
SENT = "zarr_devbuf_missing"

_MISSING = pytest.StashKey[dict[str, str]]()


def pytest_report_header(config: pytest.Config) -> str:
    """Show the chosen backends in one line, and whether those that need a device have one."""
    chosen = settings(config)
    probing = not _distributes(config)
    names = (_describe(name) if probing else name for name in chosen.backends)
    required = "; required" if chosen.require else ""
    simulated = "; the backend gpu is simulated" if simulates(config) else ""
    return f"zarr-devbuf: backends: {', '.join(names)}{required}{simulated}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse to run where a required backend is unavailable; a worker tells the controller."""
    config = session.config
    if not settings(config).require or config.option.collectonly or _distributes(config):
        return
    reasons = {name: _reason(name) for name in settings(config).backends}
    absent = {name: reason for name, reason in reasons.items() if reason is not None}
    if hasattr(config, "workeroutput"):
        config.workeroutput[SENT] = absent
    elif absent:
        raise pytest.UsageError(_lines(absent))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Note what an xdist worker found missing. A worker that crashed has sent nothing."""
    sent: Mapping[str, Any] = getattr(node, "workeroutput", None) or {}
    node.config.stash.setdefault(_MISSING, {}).update(sent.get(SENT, {}))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run where a worker found a required backend missing, whether or not a test asked."""
    passing = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    if session.config.stash.get(_MISSING, {}) and session.exitstatus in passing:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say why the run failed."""
    if absent := config.stash.get(_MISSING, {}):
        terminalreporter.write_line(f"ERROR: {_lines(absent)}", red=True)


def _distributes(config: pytest.Config) -> bool:
    return config.pluginmanager.hasplugin("dsession")


def _lines(absent: Mapping[str, str]) -> str:
    return "\n".join(missing(name, reason) for name, reason in absent.items())


def _reason(name: str) -> str | None:
    return None if name in ON_HOST else look_up(name).unavailable_reason()


def _describe(name: str) -> str:
    if name in ON_HOST:
        return name
    reason = _reason(name)
    if reason is not None:
        return f"{name} (unavailable: {reason})"
    devices = ", ".join(look_up(name).device_names())
    return f"{name} ({devices})" if devices else name
