"""``python -m tests.gpu.differential``: many programs, and the account of them.

The tests stop at the first difference and make it small; this shows all that there are.
"""

from __future__ import annotations

import argparse
import sys

import cupy

from tests.gpu.differential.account import survey


def main() -> int:
    """Run the programs that the command line asks for; 1 if any differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.gpu.differential", description=__doc__)
    parser.add_argument("-n", type=int, default=7, help="programs of each operation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--refused", action="store_true", help="show the refused programs too")
    parser.add_argument("subject", nargs="*", help="subjects; all, if none is named")
    chosen = parser.parse_args()
    account = survey(cupy, chosen.n, chosen.seed, tuple(chosen.subject))
    seen: set[str] = set()
    for program, found in account.differing:
        if program.operation not in seen:
            print(f"{program.subject}: {program.operation}\n{program}\n{found}\n")
        seen.add(program.operation)
    if chosen.refused:
        for program, message in account.refused:
            print(f"{program.subject}: {program.operation}\n{message}\n")
    print(account)
    return bool(account.differing)


if __name__ == "__main__":
    sys.exit(main())
