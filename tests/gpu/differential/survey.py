"""Run many programs on the simulator and CuPy, and summarise the results."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings

import zarr_devbuf.simulator.cupy as simulated
from tests.gpu.differential.catalogue import SUBJECTS, names, programs
from tests.gpu.differential.comparing import difference, is_not_implemented
from tests.gpu.differential.exclusions import excluded
from tests.gpu.differential.running import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gpu.differential.running import Program

__all__ = ["Summary", "compare", "for_each", "survey"]


@dataclass
class Summary:
    """The programs that ran, and their results."""

    programs: int = 0
    operations: set[tuple[str, str]] = field(default_factory=set)
    not_implemented: list[tuple[Program, str]] = field(default_factory=list)
    excluded: Counter[str] = field(default_factory=Counter)
    differing: list[tuple[Program, str]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, program: Program, xp: Any, twin: Any = simulated) -> str | None:
        """Run a program on both, add the result, and return the difference.

        Parameters
        ----------
        program
            The program.
        xp
            CuPy.
        twin
            The module that must behave as CuPy.
        """
        self.programs += 1
        self.operations.add((program.subject, program.operation))
        reason = excluded(program)
        if reason is not None:
            self.excluded[reason] += 1
            return None
        ours, theirs = run(program, twin), run(program, xp)
        reason = excluded(program, theirs)
        if reason is not None:
            self.excluded[reason] += 1
            return None
        if is_not_implemented(ours, theirs):
            self.not_implemented.append((program, ours.message))
            return None
        found = difference(program, ours, theirs)
        if found is not None:
            self.differing.append((program, found))
        return found

    @property
    def compared(self) -> int:
        """The number of programs that ran on both and were compared."""
        return self.programs - self.excluded.total() - len(self.not_implemented)

    def __str__(self) -> str:
        table = sum(len(subject.operations) for subject in SUBJECTS.values())
        missing = self.not_implemented
        missing_names = Counter(text.split(" is not implemented")[0] for _, text in missing)
        share = 100 / max(self.programs, 1)
        lines = [
            f"{self.programs} programs in {self.seconds:.0f} s",
            f"{len(self.operations)} of {table} operations, {len(names())} names",
            f"{len(self.differing)} differ",
            f"{len(missing)} not implemented ({share * len(missing):.2f} %)",
            *(f"    {count:4} {name}" for name, count in missing_names.most_common()),
            f"{self.excluded.total()} excluded ({share * self.excluded.total():.2f} %)",
            *(f"    {count:4} {reason}" for reason, count in self.excluded.most_common()),
        ]
        return "\n".join(lines)


def survey(xp: Any, count: int, chosen: int, subjects: tuple[str, ...] = ()) -> Summary:
    """Run programs for each operation.

    Parameters
    ----------
    xp
        CuPy.
    count
        The number of programs for each operation.
    chosen
        The seed; the same seed gives the same programs.
    subjects
        The subjects; all if empty.
    """
    summary = Summary()
    begun = time.monotonic()
    for name in subjects or SUBJECTS:
        for operation in SUBJECTS[name].operations:
            for_each(name, operation, count, chosen, lambda program: summary.add(program, xp))
    summary.seconds = time.monotonic() - begun
    return summary


def for_each(
    subject: str, operation: str | None, count: int, chosen: int, act: Callable[[Program], object]
) -> None:
    """Call a function with a number of programs of an operation, without shrinking them.

    Without an operation, they are of any operation of the subject.
    """

    @seed(zlib.crc32((operation or subject).encode()) + chosen)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(program=programs(subject, operation))
    def each(program: Program) -> None:
        act(program)

    each()


def compare(
    summary: Summary,
    xp: Any,
    subject: str,
    operation: str | None = None,
    *,
    count: int,
    always_the_same: bool = False,
    twin: Any = simulated,
) -> None:
    """Let hypothesis search for a program that differs, and shrink it.

    Parameters
    ----------
    summary
        The summary to which the programs are added.
    xp
        CuPy.
    subject, operation
        The subject of the programs, and their operation; without one, any of the subject.
    count
        The number of programs.
    always_the_same
        Whether every call generates the same programs.
    twin
        The module that must behave as CuPy.

    Raises
    ------
    AssertionError
        With a program that differs, as executable code, and the difference.
    """

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=always_the_same,
        print_blob=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(program=programs(subject, operation))
    def look(program: Program) -> None:
        found = summary.add(program, xp, twin)
        if found is not None:
            raise AssertionError(f"\n{program}\n\n{found}")

    look()
