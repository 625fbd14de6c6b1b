"""``python -m tests.library_suites``: run the tests of packages for GPUs on the simulator.

The results are compared with the recorded ones.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from typing import TYPE_CHECKING

from tests.library_suites import expectations, fetch
from tests.library_suites.suites import SUITES
from tests.zarr_suite.run import run_pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.library_suites.suites import Suite
    from tests.zarr_suite.run import Results

LAUNCHER = ("-m", "zarr_devbuf.simulator", "-m", "pytest")


def run(name: str, suite: Suite, repository: str, arguments: Sequence[str]) -> Results:
    """Fetch the tests of a suite, and run them in a process with a simulated GPU."""
    folder = fetch.folder_of(name, suite, repository)
    paths = [str(fetch.packages(suite.packages))] if suite.packages else []
    if "PYTHONPATH" in os.environ:
        paths.append(os.environ["PYTHONPATH"])
    with tempfile.TemporaryDirectory(prefix="zarr-devbuf-") as temporary:
        variables = {
            key: value.format(temporary=temporary) for key, value in suite.variables.items()
        }
        return run_pytest(
            folder,
            [*suite.arguments, *arguments],
            launcher=LAUNCHER,
            variables={"PYTHONPATH": os.pathsep.join(paths), **variables},
        )


def main() -> int:
    """Run a suite; return 1 if a result is not the recorded one."""
    parser = argparse.ArgumentParser(prog="python -m tests.library_suites", description=__doc__)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("--repository", default="", help="fetch the tests from this URL or folder")
    parser.add_argument("--record", action="store_true", help="record the results as expected")
    options, arguments = parser.parse_known_args()
    suite = SUITES[options.suite]
    results = run(options.suite, suite, options.repository, arguments)
    if options.record:
        expectations.write(options.suite, results, suite.by_chance)
    expected = expectations.read(options.suite)
    different = expectations.differences(expected, results, suite.by_chance)
    print(f"\n{options.suite} {suite.release[:12]}: its tests on the simulator\n  {results}")
    if "passed" not in results.tests.values():
        print("  no test passed")
        return results.status or 1
    for line in different:
        print(f"  {line}")
    for test, reason in suite.by_chance.items():
        print(f"  {test}: {results.tests.get(test)}; by chance: {reason}")
    print(f"  {'differs from' if different else 'as'} recorded")
    return int(bool(different))


if __name__ == "__main__":
    sys.exit(main())
