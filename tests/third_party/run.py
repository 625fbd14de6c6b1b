"""Runs the tests of a project on the simulator, and compares the results with the expected ones."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cupy_suite.results import Results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.third_party.projects import Project

__all__ = ["complaints", "run"]

_PLUGINS = (Path(__file__).parent / "plugins", Path(__file__).parents[1] / "cupy_suite" / "plugins")
_SECONDS = 3600


def run(
    project: Project, python: Path, folder: Path | None, arguments: Sequence[str] = ()
) -> Results:
    """Run the tests and return their results.

    Parameters
    ----------
    project
        The project.
    python
        The interpreter of its environment.
    folder
        Its source distribution, unpacked; ``None`` if the tests are in the wheel.
    arguments
        Further arguments of pytest.
    """
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "results"
        command = [str(python), "-m", "zarr_devbuf.simulator", "--force", "-m", "pytest", "-q"]
        # Without the project's options for other plugins, and its warnings that are errors.
        command += ["-o", "addopts=", "-o", "filterwarnings=", "-p", "no:cacheprovider"]
        command += ["-p", "cupy_suite_results", f"--cupy-suite-results={file}", "--tb=short"]
        if folder is None:
            command += ["--pyargs", project.package.replace("-", "_")]
        else:
            command += [str(path) for one in project.tests for path in sorted(folder.glob(one))]
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        env["PYTHONPATH"] = os.pathsep.join(str(path) for path in _PLUGINS)
        done = subprocess.run(
            [*command, *project.arguments, *arguments],
            cwd=folder or temporary,
            env=env | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
    results = Results.read(project.package, lines)
    # 0: passed, 1: tests failed.
    if done.returncode not in (0, 1) or not lines:
        end = (done.stdout + done.stderr)[-2000:]
        results.differing.append((project.package, f"pytest ended with {done.returncode}:\n{end}"))
        results.counts["differs"] += 1
    return results


def complaints(project: Project, results: Results) -> list[str]:
    """Return a line for each difference from the expected results.

    Parameters
    ----------
    project
        The project.
    results
        The results of its tests.
    """
    lines = []
    if results.counts["passed"] != project.passed:
        lines.append(f"{results.counts['passed']} tests passed, expected {project.passed}")
    failed = [*results.differing, *results.refused]
    lines += [
        f"{test}: {cause}"
        for test, cause in failed
        if not any(re.search(pattern, test) for pattern in project.failing)
    ]
    lines += [
        f"{pattern} is expected to fail ({cause}) and does not"
        for pattern, cause in project.failing.items()
        if not any(re.search(pattern, test) for test, _ in failed)
    ]
    return lines
