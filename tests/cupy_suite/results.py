"""The results of CuPy's tests: agree, differ, or meet something that is not implemented."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.cupy_suite.failing_in_cupy import reason

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Results", "classify", "table"]

_NOT_IMPLEMENTED = re.compile(
    r"NotImplementedError: (.+?) is not implemented by the simulated GPU of zarr-devbuf"
)
_ERROR = re.compile(r"^E +(\S.*)$", re.MULTILINE)


@dataclass
class Results:
    """The numbers of tests of a part by result, and the causes of those that did not pass."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    not_implemented: Counter[str] = field(default_factory=Counter)
    differing: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def add(self, test: str, outcome: str, text: str) -> None:
        """Count a test.

        Parameters
        ----------
        test
            Its node id.
        outcome
            ``"passed"``, ``"failed"``, ``"skipped"`` or ``"xfailed"``.
        text
            The report of a failure.
        """
        result, cause = classify(outcome, text)
        if result == "differs" and reason(test, cause) is not None:
            result = "fails in CuPy"
        self.counts[result] += 1
        if result == "not implemented":
            self.not_implemented[cause] += 1
            self.refused.append((test, cause))
        elif result == "differs":
            self.differing.append((test, cause))

    @classmethod
    def read(cls, name: str, lines: Iterable[str]) -> Results:
        """Return the results that the plugin has written.

        Parameters
        ----------
        name
            The name of the part.
        lines
            A JSON object each, with ``test``, ``outcome`` and ``text``. The last one of a test
            counts, except that a failure is not replaced.
        """
        tests: dict[str, tuple[str, str]] = {}
        for line in lines:
            found = json.loads(line)
            if tests.get(found["test"], ("", ""))[0] != "failed":
                tests[found["test"]] = found["outcome"], found["text"]
        results = cls(name)
        for test, (outcome, text) in tests.items():
            results.add(test, outcome, text)
        return results

    def __add__(self, other: Results) -> Results:
        return Results(
            self.name,
            self.counts + other.counts,
            self.not_implemented + other.not_implemented,
            self.differing + other.differing,
            self.refused + other.refused,
        )


def classify(outcome: str, text: str) -> tuple[str, str]:
    """Return the result of a test and its cause.

    A failure whose report names something that the simulator does not implement is
    ``"not implemented"``, and the cause is that name; any other failure ``"differs"``, and the
    cause is the last line of its error.
    """
    if outcome != "failed":
        return outcome, ""
    found = _NOT_IMPLEMENTED.search(text)
    if found is not None:
        return "not implemented", found[1]
    lines = _ERROR.findall(text) or text.strip().splitlines() or ["no report"]
    return "differs", lines[-1]


def table(parts: Iterable[Results]) -> str:
    """Return a table with a line for each part, and their sum."""
    parts = list(parts)
    columns = ("passed", "differs", "not implemented", "fails in CuPy", "skipped", "xfailed")
    total = sum(parts, Results("total"))
    width = max(len(part.name) for part in [total, *parts])
    lines = ["  ".join([" " * width, *columns])]
    lines += [
        "  ".join(
            [f"{part.name:{width}}", *(f"{part.counts[name]:{len(name)}}" for name in columns)]
        )
        for part in [*parts, total]
    ]
    return "\n".join(lines)
