"""What the checks do to zarr as it is: results, seconds, and the lines of zarr that they run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from tests.mutation.install import code_objects

if TYPE_CHECKING:
    from tests.mutation.mutant import Mutant
    from tests.mutation.server import Server
    from tests.mutation.tasks import Step
    from tests.mutation.trace import Lines

__all__ = ["Baseline", "take_baseline"]

_PROJECT = Path(__file__).parents[2]
_CACHE = _PROJECT / ".mutation"


@final
@dataclass(frozen=True)
class Baseline:
    """
    The results of all checks without a mutant.

    Attributes
    ----------
    package : Path
        The installed zarr.
    rows : list of dict
        One for each check of each subject on each backend: ``step``, ``status``, ``lines``;
        ``status`` is ``"unstable"`` if two runs differ.
    imported : dict
        The lines that run as zarr is imported.
    """

    package: Path
    rows: list[dict[str, Any]]
    imported: Lines

    @cached_property
    def _hits(self) -> dict[tuple[str, int], list[int]]:
        found: dict[tuple[str, int], list[int]] = {}
        for index, row in enumerate(self.rows):
            for file, lines in row["lines"].items():
                for line in lines:
                    found.setdefault((file, line), []).append(index)
        return found

    @cached_property
    def _imported(self) -> dict[str, frozenset[int]]:
        return {file: frozenset(lines) for file, lines in self.imported.items()}

    def rows_that_run(self, mutant: Mutant) -> list[dict[str, Any]]:
        """Return the checks that run any of the lines that a mutant changes."""
        first, last = mutant.lines
        indices = {
            index
            for line in range(first, last + 1)
            for index in self._hits.get((mutant.file, line), ())
        }
        return [self.rows[index] for index in sorted(indices)]

    def runs_on_import(self, mutant: Mutant) -> bool:
        """Tell whether a mutant has an effect as zarr is imported."""
        if mutant.outermost is None:
            return True
        return mutant.line in self._imported.get(mutant.file, ())

    def share_of_lines(self, file: str) -> tuple[int, int]:
        """Count the lines of the functions of a file that some check runs, and all of them."""
        path = self.package / file
        code = compile(path.read_text(encoding="utf-8"), str(path), "exec", dont_inherit=True)
        lines = {
            line
            for each in code_objects(code)
            if each.co_flags & 2  # a function: neither a module nor a class
            for _, _, line in each.co_lines()
            if line is not None and line != each.co_firstlineno
        }
        return sum((file, line) in self._hits for line in lines), len(lines)


def _key() -> str:
    """Identify the versions of zarr and of the checks."""
    digest = hashlib.sha256(version("zarr").encode())
    for path in sorted((_PROJECT / "zarr_devbuf").rglob("*.py")):
        digest.update(path.read_bytes())
    for name in ("subjects.py", "trace.py"):
        digest.update(Path(__file__).with_name(name).read_bytes())
    return f"{version('zarr')}-{digest.hexdigest()[:12]}"


def take_baseline(
    package: Path, warm: Server, bare: Server, *, kind: str | None = None
) -> Baseline:
    """
    Return the baseline of these versions of zarr and the checks; take it if there is none.

    If a kind is given, it is that of the checks of this kind alone.
    """
    path = _CACHE / f"baseline-{_key()}{f'-{kind}' if kind else ''}.json"
    if path.exists():
        found = json.loads(path.read_text())
        return Baseline(package, found["rows"], found["imported"])
    common = {"package": str(package)}
    rows = []
    subjects = [
        subject for subject in warm.run("subjects", common).results[0] if kind in (None, subject[0])
    ]
    for number, subject in enumerate(subjects, 1):
        task = common | {"subject": subject}
        traced = warm.run("baseline", task | {"trace": True})
        again = warm.run("baseline", task | {"trace": False})
        second = {row["check"]: row for row in again.results}
        for row in traced.results:
            other = second.get(row["check"], {"status": "", "seconds": 0.0})
            step: Step = (*subject, row["check"], other["seconds"])
            same = row["status"] == other["status"]
            status = row["status"] if same else "unstable"
            rows.append({"step": step, "status": status, "lines": row["lines"]})
        print(f"baseline [{number}/{len(subjects)}] {' '.join(subject)}: {traced.end}", flush=True)
    imported = bare.run("import", common).results[0]
    _CACHE.mkdir(exist_ok=True)
    path.write_text(json.dumps({"rows": rows, "imported": imported}))
    return Baseline(package, rows, imported)
