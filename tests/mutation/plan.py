"""Which mutants are run, and which checks, in what order."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.mutation.find_mutants import find_mutants
from tests.mutation.targets import find_files, subject_applies, target_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

    from tests.mutation.baseline import Baseline
    from tests.mutation.mutant import Mutant
    from tests.mutation.tasks import Step

__all__ = ["all_mutants", "draw", "kind_of", "steps_for"]


def kind_of(mutant: Mutant) -> str:
    """Return the kind of subject that a mutant belongs to."""
    target = target_of(mutant.file)
    return target.kind if target is not None else "array"


def steps_for(mutant: Mutant, baseline: Baseline) -> list[Step]:
    """
    List the checks that can notice a mutant: they run its line, and do not fail without it.

    The subjects that the module implements come first, then those of its kind, then the others;
    cheap checks come first among these. The simulated GPU, which stays, comes last.
    """
    target = target_of(mutant.file)
    if target is None:
        return []

    def rank(step: Step) -> tuple[bool, int, float]:
        kind, subject, backend, _, seconds = step
        own = any(fnmatchcase(subject, pattern) for pattern in target.subjects)
        return backend == "gpu", 0 if own else 1 if kind == target.kind else 2, seconds

    rows = baseline.rows_that_run(mutant)
    steps: list[Step] = [
        tuple(row["step"])
        for row in rows
        if row["status"] in ("passed", "skipped") and subject_applies(target, row["step"][1])
    ]
    return sorted(steps, key=rank)


def all_mutants(package: Path, kind: str | None, only: str) -> list[Mutant]:
    """Find the mutants of all modules of a kind that match a pattern (``"core/*.py"``)."""
    found = []
    for file in find_files(package):
        target = target_of(file)
        if target is not None and kind in (None, target.kind) and fnmatchcase(file, only):
            found += find_mutants(file, (package / file).read_text(encoding="utf-8"))
    return found


def draw(
    mutants: list[Mutant], baseline: Baseline, seed: int, excluded: Container[str]
) -> Iterator[Mutant]:
    """
    Draw mutants at random: a line, and one of the changes to it; no line twice.

    The order depends on the seed and on the source of zarr. Checks that run more lines add to it,
    and leave the rest as it is.

    Parameters
    ----------
    mutants : list of Mutant
        All there are.
    baseline : Baseline
        Lines that no check runs are left out.
    seed : int
        Another one gives another order.
    excluded : container of str
        The ids of mutants that are not drawn.
    """

    def number(text: str) -> str:
        return hashlib.sha256(f"{seed} {text}".encode()).hexdigest()

    places: dict[tuple[str, int], list[Mutant]] = {}
    for each in mutants:
        places.setdefault((each.file, each.line), []).append(each)
    for (file, _), group in sorted(
        places.items(), key=lambda item: number(f"{item[0][0]}:{item[0][1]}")
    ):
        source = (baseline.package / file).read_text(encoding="utf-8")
        for each in sorted(group, key=lambda mutant: number(mutant.id)):
            if steps_for(each, baseline) and each.is_valid(source):
                # Nothing else on the line takes its place: its like would be drawn too often.
                if each.id not in excluded:
                    yield each
                break
