"""``python -m tests.gpu.differential``: run many programs and print a summary.

The tests stop at the first difference and shrink it; this prints all differences.
"""

from __future__ import annotations

import argparse
import sys

import cupy

from tests.gpu.differential.survey import survey


def main() -> int:
    """Run the requested programs; return 1 if any differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.gpu.differential", description=__doc__)
    parser.add_argument("-n", type=int, default=7, help="programs for each operation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--not-implemented", action="store_true", help="print these programs too")
    parser.add_argument("subject", nargs="*", help="subjects (default: all)")
    chosen = parser.parse_args()
    summary = survey(cupy, chosen.n, chosen.seed, tuple(chosen.subject))
    seen: set[str] = set()
    for program, found in summary.differing:
        if program.operation not in seen:
            print(f"{program.subject}: {program.operation}\n{program}\n{found}\n")
        seen.add(program.operation)
    if chosen.not_implemented:
        for program, message in summary.not_implemented:
            print(f"{program.subject}: {program.operation}\n{message}\n")
    print(summary)
    return bool(summary.differing)


if __name__ == "__main__":
    sys.exit(main())
