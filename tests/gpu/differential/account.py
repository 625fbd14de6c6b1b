"""Running many programs on both, and the account of what became of them."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings

import zarr_devbuf.simulator.cupy as simulated
from tests.gpu.differential.catalogue import SUBJECTS, names, programs
from tests.gpu.differential.comparing import difference, refused
from tests.gpu.differential.exclusions import excluded
from tests.gpu.differential.running import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gpu.differential.running import Program

__all__ = ["Account", "compare", "for_each", "survey"]


@dataclass
class Account:
    """How many programs ran, and what became of them."""

    programs: int = 0
    operations: set[tuple[str, str]] = field(default_factory=set)
    refused: list[tuple[Program, str]] = field(default_factory=list)
    excluded: Counter[str] = field(default_factory=Counter)
    differing: list[tuple[Program, str]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, program: Program, xp: Any, twin: Any = simulated) -> str | None:
        """Run a program on both, book what became of it, and return what differs.

        Parameters
        ----------
        program
            What to run.
        xp
            CuPy.
        twin
            What is to do the same as CuPy.
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
        if refused(ours, theirs):
            self.refused.append((program, ours.message))
            return None
        found = difference(program, ours, theirs)
        if found is not None:
            self.differing.append((program, found))
        return found

    @property
    def compared(self) -> int:
        """How many programs ran on both and were compared."""
        return self.programs - self.excluded.total() - len(self.refused)

    def __str__(self) -> str:
        table = sum(len(subject.operations) for subject in SUBJECTS.values())
        refusals = Counter(message.split(" is not implemented")[0] for _, message in self.refused)
        share = 100 / max(self.programs, 1)
        lines = [
            f"{self.programs} programs in {self.seconds:.0f} s",
            f"{len(self.operations)} of {table} operations, {len(names())} names",
            f"{len(self.differing)} differ",
            f"{len(self.refused)} refused ({share * len(self.refused):.2f} %)",
            *(f"    {count:4} {name}" for name, count in refusals.most_common()),
            f"{self.excluded.total()} excluded ({share * self.excluded.total():.2f} %)",
            *(f"    {count:4} {reason}" for reason, count in self.excluded.most_common()),
        ]
        return "\n".join(lines)


def survey(xp: Any, count: int, chosen: int, subjects: tuple[str, ...] = ()) -> Account:
    """Run so many programs of each operation.

    Parameters
    ----------
    xp
        CuPy.
    count
        Programs of each operation.
    chosen
        The seed: the same one makes the same programs.
    subjects
        All of them, if none is named.
    """
    account = Account()
    begun = time.monotonic()
    for name in subjects or SUBJECTS:
        for operation in SUBJECTS[name].operations:
            for_each(name, operation, count, chosen, lambda program: account.add(program, xp))
    account.seconds = time.monotonic() - begun
    return account


def for_each(
    subject: str, operation: str, count: int, chosen: int, act: Callable[[Program], object]
) -> None:
    """Do something with so many programs of an operation, and with no smaller ones."""

    @seed(zlib.crc32(operation.encode()) + chosen)
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
    account: Account,
    xp: Any,
    subject: str,
    operation: str | None = None,
    *,
    count: int,
    always_the_same: bool = False,
    twin: Any = simulated,
) -> None:
    """Let hypothesis look for a program that differs, and make it small.

    Parameters
    ----------
    account
        Where the programs are booked.
    xp
        CuPy.
    subject, operation
        What to make programs of; without an operation, of any of the subject.
    count
        How many programs.
    always_the_same
        Whether every call makes the same programs.
    twin
        What is to do the same as CuPy.

    Raises
    ------
    AssertionError
        With a program that differs, as code to be run, and what differs.
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
        found = account.add(program, xp, twin)
        if found is not None:
            raise AssertionError(f"\n{program}\n\n{found}")

    look()
