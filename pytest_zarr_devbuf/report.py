"""The report about the backends of a run, and its failure if a required one is unavailable.

With pytest-xdist, the controller does not test whether a GPU is available: that would use memory of
the GPU during the whole run. The workers test it, and send the result to the controller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_zarr_devbuf.availability import look_up, unavailable_message
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

# The keys of `workeroutput` are shared with other plugins.
OUTPUT_KEY = "zarr_devbuf_unavailable"

_UNAVAILABLE = pytest.StashKey[dict[str, str]]()


def pytest_report_header(config: pytest.Config) -> str:
    """Return a line with the selected backends, and whether those that need a device have one."""
    chosen = settings(config)
    testing = not _distributes(config)
    names = (_describe(name) if testing else name for name in chosen.backends)
    required = "; required" if chosen.require else ""
    simulated = "; the backend gpu is simulated" if simulates(config) else ""
    return f"zarr-devbuf: backends: {', '.join(names)}{required}{simulated}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Raise a usage error if a required backend is unavailable; a worker reports it instead."""
    config = session.config
    if not settings(config).require or config.option.collectonly or _distributes(config):
        return
    reasons = {name: _reason(name) for name in settings(config).backends}
    absent = {name: reason for name, reason in reasons.items() if reason is not None}
    if hasattr(config, "workeroutput"):
        config.workeroutput[OUTPUT_KEY] = absent
    elif absent:
        raise pytest.UsageError(_lines(absent))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Store the unavailable backends that a worker reports. A worker that crashed reports none."""
    sent: Mapping[str, Any] = getattr(node, "workeroutput", None) or {}
    node.config.stash.setdefault(_UNAVAILABLE, {}).update(sent.get(OUTPUT_KEY, {}))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if a worker reported an unavailable backend, even if no test uses it."""
    passing = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    if session.config.stash.get(_UNAVAILABLE, {}) and session.exitstatus in passing:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Write why the run failed."""
    if absent := config.stash.get(_UNAVAILABLE, {}):
        terminalreporter.write_line(f"ERROR: {_lines(absent)}", red=True)


def _distributes(config: pytest.Config) -> bool:
    return config.pluginmanager.hasplugin("dsession")


def _lines(absent: Mapping[str, str]) -> str:
    return "\n".join(unavailable_message(name, reason) for name, reason in absent.items())


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
