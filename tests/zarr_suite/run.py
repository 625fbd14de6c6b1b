"""Runs pytest on zarr's tests, and compares the results of two runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["PLUGINS", "Results", "changes", "environment", "run_pytest"]

# A folder on the path of the run, because zarr's tests are a package named `tests` too.
PLUGINS = Path(__file__).parent / "plugins"


@final
@dataclass(frozen=True, slots=True)
class Results:
    """The result of each test of a run, by node id, and the exit status of pytest."""

    status: int
    tests: Mapping[str, str]
    deselected: int

    def __str__(self) -> str:
        counts = Counter(self.tests.values())
        if self.deselected:
            counts["deselected"] = self.deselected
        return ", ".join(f"{count} {result}" for result, count in sorted(counts.items()))


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a run, with our plugins and without the variables of pytest."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env |= variables or {}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PLUGINS), env.get("PYTHONPATH")]))
    return env


def run_pytest(
    folder: Path,
    args: Iterable[str],
    *,
    plugins: Iterable[str] = (),
    quiet: bool = False,
    launcher: Sequence[str] = ("-m", "pytest"),
    variables: Mapping[str, str] | None = None,
) -> Results:
    """Run pytest in `folder` with its configuration, but without its ``addopts``.

    Those are options of other plugins, for example for benchmarks, durations and doctests.
    `launcher` is what Python runs; `variables` are added to the environment.
    """
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "results.json"
        command = [sys.executable, *launcher, "-p", "no:cacheprovider", "-o", "addopts="]
        for plugin in ("zarr_suite_results", *plugins):
            command += ["-p", plugin]
        command += [f"--zarr-suite-results={file}", "-q", *args]
        output = subprocess.PIPE if quiet else None
        run = subprocess.run(
            command, cwd=folder, env=environment(variables), stdout=output, text=True, check=False
        )
        if not file.exists():
            print(run.stdout or "", end="")
            return Results(run.returncode or 3, {}, 0)
        found = json.loads(file.read_text())
    return Results(run.returncode, found["tests"], found["deselected"])


def changes(before: Results, after: Results) -> list[str]:
    """Return a line for each test whose result differs or that is missing."""
    lines = []
    for test in dict.fromkeys([*before.tests, *after.tests]):
        was, became = (run.tests.get(test, "missing") for run in (before, after))
        if was != became:
            lines.append(f"{test}: {was} without us, {became} with us")
    if before.deselected != after.deselected:
        lines.append(f"deselected: {before.deselected} without us, {after.deselected} with us")
    return lines
