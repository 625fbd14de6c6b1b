"""Runs a part of CuPy's tests on the simulator, in a process of its own."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tests.cupy_suite.folders import LEFT_OUT
from tests.cupy_suite.results import Results

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]

_PLUGINS = Path(__file__).parent / "plugins"
_ADDRESS_SPACE = 9 * 2**30
_SECONDS = 3600


def run(folder: Path, name: str, paths: Sequence[str], arguments: Sequence[str] = ()) -> Results:
    """Run tests and return their results.

    Parameters
    ----------
    folder
        The source distribution of CuPy, unpacked.
    name
        The name of the part.
    paths
        Files and folders below ``tests``.
    arguments
        Further arguments of pytest.
    """
    left_out = [f"--ignore=tests/{path}" for path in LEFT_OUT]
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "results"
        log = Path(temporary) / "log"
        with log.open("w") as output:
            status = _run(
                folder, file, [*(f"tests/{p}" for p in paths), *left_out, *arguments], output
            )
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        results = Results.read(name, lines)
        # 0: passed, 1: tests failed, 2: a module cannot be imported, 5: no tests.
        if status not in (0, 1, 2) or not lines:
            end = log.read_text("utf-8", errors="replace")[-2000:]
            results.differing.append((name, f"pytest ended with {status}:\n{end}"))
            results.counts["differs"] += 1
    return results


def _run(folder: Path, file: Path, arguments: Sequence[str], output: IO[str]) -> int:
    # Two devices, because CuPy's tests of several use two.
    command = [sys.executable, "-m", "zarr_devbuf.simulator", "--devices", "2", "-m", "pytest"]
    command += ["-p", "cupy_suite_results", f"--cupy-suite-results={file}", "-q", "--tb=short"]
    # CuPy's own runs leave the slow tests out, which need tens of gigabytes.
    command += ["-m", "not slow", "--continue-on-collection-errors"]
    # CuPy's settings make warnings of these plugins errors.
    for plugin in ("cacheprovider", "xdist", "asyncio", "anyio"):
        command += ["-p", f"no:{plugin}"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_PLUGINS), env.get("PYTHONPATH")]))
    run = subprocess.Popen(
        [*command, *arguments],
        cwd=folder,
        env=env | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    # Tests of huge arrays must not take the memory of the machine.
    resource.prlimit(run.pid, resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    try:
        return int(run.wait(_SECONDS))
    finally:
        run.kill()
        run.wait()
