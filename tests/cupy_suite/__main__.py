"""``python -m tests.cupy_suite``: run CuPy's own tests on the simulator and print a summary.

They come from CuPy's source distribution, which is downloaded once.
"""

from __future__ import annotations

import argparse
import sys

from tests import sdists
from tests.cupy_suite.folders import FOLDERS, LEFT_OUT
from tests.cupy_suite.results import table
from tests.cupy_suite.run import run

RELEASE = "14.2.0"
"""The release of CuPy that the simulator follows."""

MOST_NOT_IMPLEMENTED = 900


def main() -> int:
    """Run the tests; return 1 if any differs, or if too much is not implemented."""
    parser = argparse.ArgumentParser(prog="python -m tests.cupy_suite", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"default: all of {', '.join(FOLDERS)}")
    parser.add_argument("-k", metavar="EXPRESSION", help="run these tests only, as in pytest")
    options = parser.parse_args()
    unknown = set(options.part) - set(FOLDERS)
    if unknown:
        parser.error(f"no part is called {min(unknown)!r}; there are {', '.join(FOLDERS)}")
    folder = sdists.sdist("cupy", RELEASE)
    parts = []
    for name in options.part or FOLDERS:
        found = run(folder, name, FOLDERS[name], ["-k", options.k] if options.k else [])
        parts.append(found)
        print(f"{name}: {dict(found.counts)}", flush=True)
        for missing, count in found.not_implemented.most_common():
            print(f"    {count:4} not implemented: {missing}")
        for test, cause in found.differing:
            print(f"    differs: {test}\n        {cause}")
    print(f"\nCuPy {RELEASE}\n{table(parts)}")
    for path, reason in LEFT_OUT.items():
        print(f"not run: {path} ({reason})")
    missing_tests = sum(part.counts["not implemented"] for part in parts)
    return any(part.differing for part in parts) or missing_tests > MOST_NOT_IMPLEMENTED


if __name__ == "__main__":
    sys.exit(main())
