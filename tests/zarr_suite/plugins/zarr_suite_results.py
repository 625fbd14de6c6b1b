"""Writes the result of each test to a JSON file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--zarr-suite-results", metavar="FILE", help="write the results there, as JSON"
    )


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("zarr_suite_results")
    # With pytest-xdist, the controller, which has no workerinput, gets every report.
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(Path(file)))


class _Recorder:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._tests: dict[str, str] = {}
        self._deselected = 0

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self._deselected += len(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        # A module that is skipped, or that fails to import, has no test reports.
        if report.outcome != "passed":
            self._tests[report.nodeid] = "error" if report.failed else "skipped"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome: str = report.outcome
        if hasattr(report, "wasxfail"):
            outcome = "xfailed" if report.skipped else "xpassed"
        elif report.failed and report.when != "call":
            outcome = "error"
        if report.when == "call" or outcome != "passed":
            self._tests[report.nodeid] = outcome

    def pytest_sessionfinish(self) -> None:
        found = {"tests": self._tests, "deselected": self._deselected}
        self._file.write_text(json.dumps(found))
