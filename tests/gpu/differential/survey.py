"""Run many programs on the simulator and CuPy, and summarise the results."""

from __future__ import annotations

import itertools
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
from tests.gpu.differential.in_child import in_child
from tests.gpu.differential.running import Program, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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

    def include(self, other: Summary) -> None:
        """Add the results of other programs."""
        self.programs += other.programs
        self.operations |= other.operations
        self.not_implemented += other.not_implemented
        self.excluded += other.excluded
        self.differing += other.differing

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
    """Run programs for each operation, in child processes.

    A program that ends its process differs.

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

    def run(operations: Sequence[tuple[str, str]]) -> Summary:
        summary = Summary()
        for name, operation in operations:
            for_each(name, operation, count, chosen, lambda program: summary.add(program, xp))
        return summary

    total = Summary()
    begun = time.monotonic()
    wanted = [(name, one) for name in subjects or SUBJECTS for one in SUBJECTS[name].operations]
    for batch in itertools.batched(wanted, _BATCH):
        total.include(_safely(run, batch))
    total.seconds = time.monotonic() - begun
    return total


_BATCH = 25


def _safely(
    run: Callable[[Sequence[tuple[str, str]]], Summary], batch: Sequence[tuple[str, str]]
) -> Summary:
    """Run a batch in a child, and if that dies, each of its operations in one of its own."""
    summary, status = in_child(lambda: run(batch))
    if summary is not None:
        return summary
    if len(batch) > 1:
        joined = Summary()
        for one in batch:
            joined.include(_safely(run, [one]))
        return joined
    ((subject, operation),) = batch
    program = Program(subject, operation, (), operation)
    return Summary(1, {batch[0]}, differing=[(program, f"the process ended with {status}")])


def for_each(
    subject: str, operation: str | None, count: int, chosen: int, act: Callable[[Program], object]
) -> None:
    """Call a function with a number of programs of an operation, without shrinking them.

    Without an operation, they are of any operation of the subject.
    """
    drawn: list[Program] = []

    @seed(zlib.crc32((operation or subject).encode()) + chosen)
    @settings(
        max_examples=count + 1,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(program=programs(subject, operation))
    def each(program: Program) -> None:
        drawn.append(program)

    each()
    # Whatever the seed, the first one is the simplest.
    for program in drawn[1:] or drawn:
        act(program)


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
