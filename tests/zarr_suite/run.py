"""Runs pytest on zarr's tests, and compares what two runs made of them."""

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
    from collections.abc import Iterable, Mapping

__all__ = ["PLUGINS", "Outcomes", "changes", "environment", "run_pytest"]

# On the path of the run under a name of its own: zarr's tests are a package named `tests`, too.
PLUGINS = Path(__file__).parent / "plugins"


@final
@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of each test of a run, by node id, and pytest's exit status."""

    status: int
    tests: Mapping[str, str]
    deselected: int

    def __str__(self) -> str:
        counts = Counter(self.tests.values())
        if self.deselected:
            counts["deselected"] = self.deselected
        return ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))


def environment() -> dict[str, str]:
    """Give the environment of a run: our plugins importable, an outer pytest run unseen."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PLUGINS), env.get("PYTHONPATH")]))
    return env


def run_pytest(
    folder: Path, args: Iterable[str], *, plugins: Iterable[str] = (), quiet: bool = False
) -> Outcomes:
    """Run pytest in `folder`, by the configuration that lies there but for its ``addopts``.

    Those name options of plugins that say nothing about us (benchmarks, durations, doctests).
    """
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "outcomes.json"
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts="]
        for plugin in ("zarr_suite_outcomes", *plugins):
            command += ["-p", plugin]
        command += [f"--zarr-suite-outcomes={file}", "-q", *args]
        output = subprocess.PIPE if quiet else None
        run = subprocess.run(
            command, cwd=folder, env=environment(), stdout=output, text=True, check=False
        )
        if not file.exists():
            print(run.stdout or "", end="")
            return Outcomes(run.returncode or 3, {}, 0)
        found = json.loads(file.read_text())
    return Outcomes(run.returncode, found["tests"], found["deselected"])


def changes(before: Outcomes, after: Outcomes) -> list[str]:
    """List each test whose outcome differs, one line each; a missing one is named, too."""
    lines = []
    for test in dict.fromkeys([*before.tests, *after.tests]):
        was, became = (run.tests.get(test, "missing") for run in (before, after))
        if was != became:
            lines.append(f"{test}: {was} without us, {became} with us")
    if before.deselected != after.deselected:
        lines.append(f"deselected: {before.deselected} without us, {after.deselected} with us")
    return lines
