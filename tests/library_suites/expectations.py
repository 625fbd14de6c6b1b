"""What is expected of each test: a file for each suite lists those that do not pass."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.zarr_suite.run import Results

__all__ = ["differences", "read", "write"]

_FOLDER = Path(__file__).parent / "recorded"


def read(name: str, folder: Path = _FOLDER) -> dict[str, str]:
    """Return the results of the tests that do not pass, and under ``"passed"`` how many do."""
    found: dict[str, str] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return found


def write(
    name: str, results: Results, by_chance: Collection[str] = (), folder: Path = _FOLDER
) -> None:
    """Record the results of a run as what is expected; leave out tests that fail by chance."""
    text = json.dumps(_summed(results, by_chance), indent=1)
    (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def differences(
    expected: dict[str, str], results: Results, by_chance: Collection[str] = ()
) -> list[str]:
    """Return a line for each test whose result is not the expected one, and for their number."""
    found = _summed(results, by_chance)
    got = {**results.tests, "passed": found["passed"]}
    return [
        f"{test}: expected {expected.get(test, 'passed')}, got {got.get(test, 'no result')}"
        for test in dict.fromkeys([*expected, *found])
        if expected.get(test) != found.get(test)
    ]


def _summed(results: Results, by_chance: Collection[str]) -> dict[str, str]:
    stable = {test: result for test, result in results.tests.items() if test not in by_chance}
    others = {test: result for test, result in stable.items() if result != "passed"}
    return {"passed": str(Counter(stable.values())["passed"])} | dict(sorted(others.items()))
