"""``python -m tests.zarr_suite COMMAND [pytest's arguments]``."""

from __future__ import annotations

import argparse
import re
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from tests.zarr_suite.run import changes, run_pytest
from tests.zarr_suite.sdist import sdist

if TYPE_CHECKING:
    from collections.abc import Sequence

DROPIN_FILES = ("tests/test_buffer.py", "tests/test_config.py")

# `xp` is a fixture of zarr; one of its values is `cupy`.
GPU_WORDS = re.compile(r"gpu|cupy|\bxp\b")


def dropin(arguments: Sequence[str]) -> int:
    """Run the tests that use zarr.testing.buffer, with zarr's classes and with ours.

    Each test must have the same result in both runs. The exit status is that of the second run,
    except that tests may fail that fail in the first run too.
    """
    folder = sdist()
    # The first run is without our pytest plugin, which must not change any result either.
    without = [*DROPIN_FILES, *arguments, "-p", "no:zarr_devbuf"]
    plain = run_pytest(folder, without, quiet=True)
    ours = run_pytest(folder, [*DROPIN_FILES, *arguments], plugins=["zarr_suite_dropin"])
    print(f"\nzarr {version('zarr')}: {', '.join(DROPIN_FILES)}")
    print(f"  with zarr.testing.buffer:       {plain}")
    print(f"  with zarr_devbuf's classes:     {ours}")
    different = changes(plain, ours)
    for line in different:
        print(f"  {line}")
    if "passed" not in ours.tests.values():
        print("  no test passed")
        return ours.status or 1
    if different or ours.status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return ours.status or 1
    for test, result in ours.tests.items():
        if result in ("failed", "error"):
            print(f"  {test}: {result} without us too")
    return 0


def gpu(arguments: Sequence[str]) -> int:
    """Run the GPU tests with a simulated GPU.

    Each test must pass, and there must be at least one.
    """
    folder = sdist()
    # Other files have no such tests; collecting them is slow and needs many packages.
    files = sorted(
        file.relative_to(folder).as_posix()
        for file in folder.glob("tests/**/test_*.py")
        if GPU_WORDS.search(file.read_text("utf-8"))
    )
    arguments = [*files, "--simulate-gpu", *arguments]
    results = run_pytest(folder, arguments, plugins=["zarr_suite_gpu"])
    print(f"\nzarr {version('zarr')}: GPU tests on the simulator")
    print(f"  {results}")
    for test, result in results.tests.items():
        if result != "passed":
            print(f"  {test}: {result}")
    # A test that is skipped tests nothing.
    if set(results.tests.values()) != {"passed"}:
        return results.status or 1
    return results.status


COMMANDS = {"dropin": dropin, "gpu": gpu}


def main() -> int:
    """Run a command; pass unknown arguments to pytest."""
    parser = argparse.ArgumentParser(prog="python -m tests.zarr_suite")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, function in COMMANDS.items():
        summary, _, description = (function.__doc__ or "").partition("\n\n")
        command = commands.add_parser(
            name, help=summary, description=f"{summary}\n{description}", allow_abbrev=False
        )
        command.set_defaults(function=function)
    options, arguments = parser.parse_known_args()
    return int(options.function(arguments))


if __name__ == "__main__":
    raise SystemExit(main())
