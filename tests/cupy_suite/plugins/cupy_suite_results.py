"""Writes the result of each test to a file, a JSON object a line, and limits its time."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

SECONDS = 120


# `test_core` takes a function from this module, which cannot be imported without `nvcc`.
_KERNELS = "cupy_tests.core_tests.test_raw"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cupy-suite-results", metavar="FILE", help="write the results there")


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("cupy_suite_results")
    if file:
        config.pluginmanager.register(_Recorder(Path(file)))
        module = ModuleType(_KERNELS)
        vars(module)["use_temporary_cache_dir"] = contextlib.nullcontext
        sys.modules[_KERNELS] = module


class _Recorder:
    def __init__(self, file: Path) -> None:
        self._file = file

    def _write(self, test: str, outcome: str, text: str = "") -> None:
        # At once, because a process that dies must not take the results with it.
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"test": test, "outcome": outcome, "text": text}) + "\n")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            outcome = "failed" if report.failed else "skipped"
            self._write(report.nodeid, outcome, _end(report))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        def stop(number: int, frame: FrameType | None) -> None:
            raise TimeoutError(f"{item.nodeid} ran for more than {SECONDS} s")

        before = signal.signal(signal.SIGALRM, stop)
        signal.alarm(SECONDS)
        try:
            return (yield)
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome: str = report.outcome
        if hasattr(report, "wasxfail"):
            outcome = "xfailed" if report.skipped else "failed"
        if report.when == "call" or outcome != "passed":
            self._write(report.nodeid, outcome, _end(report))


def _end(report: pytest.CollectReport | pytest.TestReport) -> str:
    # The end of a report names the error; its beginning shows the test.
    return str(report.longreprtext[-6000:])
