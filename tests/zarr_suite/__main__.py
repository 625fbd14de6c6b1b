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

# `xp` is a fixture of zarr's, which is `cupy` once.
GPU_WORDS = re.compile(r"gpu|cupy|\bxp\b")


def dropin(arguments: Sequence[str]) -> int:
    """Run the tests that use zarr.testing.buffer, once without us, once with ours in its place.

    Each test must come out the same both times. Exits with the status of the second run, which is
    forgiven no failure but those of tests that fail without us as well.
    """
    folder = sdist()
    # Our pytest plugin, which pytest loads wherever we are installed, must change nothing either.
    without = [*DROPIN_FILES, *arguments, "-p", "no:zarr_devbuf"]
    plain = run_pytest(folder, without, quiet=True)
    ours = run_pytest(folder, [*DROPIN_FILES, *arguments], plugins=["zarr_suite_dropin"])
    print(f"\nzarr {version('zarr')}: {', '.join(DROPIN_FILES)}")
    print(f"  with zarr.testing.buffer:       {plain}")
    print(f"  with zarr_devbuf in its place:  {ours}")
    different = changes(plain, ours)
    for line in different:
        print(f"  {line}")
    if "passed" not in ours.tests.values():
        print("  no test passed")
        return ours.status or 1
    if different or ours.status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return ours.status or 1
    for test, outcome in ours.tests.items():
        if outcome in ("failed", "error"):
            print(f"  {test}: {outcome} without us, too")
    return 0


def gpu(arguments: Sequence[str]) -> int:
    """Run the tests of the GPU, with the simulated device in CuPy's place.

    They are skipped where there is no CUDA device. Here each must pass, and there must be some.
    """
    folder = sdist()
    # Others cannot have such tests; collecting them takes long, and needs many packages.
    files = sorted(
        file.relative_to(folder).as_posix()
        for file in folder.glob("tests/**/test_*.py")
        if GPU_WORDS.search(file.read_text("utf-8"))
    )
    arguments = [*files, "--simulate-gpu", *arguments]
    outcomes = run_pytest(folder, arguments, plugins=["zarr_suite_gpu"])
    print(f"\nzarr {version('zarr')}: tests of the GPU, on the simulator")
    print(f"  {outcomes}")
    for test, outcome in outcomes.tests.items():
        if outcome != "passed":
            print(f"  {test}: {outcome}")
    # A test that skips itself proves nothing.
    if set(outcomes.tests.values()) != {"passed"}:
        return outcomes.status or 1
    return outcomes.status


COMMANDS = {"dropin": dropin, "gpu": gpu}


def main() -> int:
    """Run a command; what it does not know goes to pytest."""
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
