"""Put in words what came of a check."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from zarr_devbuf.checks.errors import CheckFailed, labelled

if TYPE_CHECKING:
    from zarr_devbuf.checks.registry import Check

__all__ = ["failure", "unexpected_pass"]

_HERE = str(Path(__file__).parent)

# Who raises there does so on behalf of whoever called: the simulator and CuPy as the device that
# refuses, numpy and the standard library as what they were handed.
_OURS = Path(__file__).parents[1]
_STDLIB = sysconfig.get_path("stdlib")
_BYSTANDERS = {"numpy", "cupy", "cupyx", "cupy_backends"}
_INSTALLED = {"site-packages", "dist-packages"}


def failure(check: Check, subject: str, backend: str, error: Exception) -> str:
    """Say all that there is to say about a check that does not hold."""
    facts = [("check", check.requirement)]
    if isinstance(error, CheckFailed):
        lines = [*labelled(facts), *error.lines()]
    else:
        lines = labelled([*facts, *_facts_of(error)])
    return "\n".join([f"{check.name} failed: {subject} on backend {backend}", *lines])


def unexpected_pass(check: Check, subject: str, backend: str, reason: str) -> str:
    """Say that a check holds that was expected to fail."""
    facts = [
        ("check", check.requirement),
        ("expected", f"to fail: {reason}"),
        ("actual", "it holds"),
        ("to do", f"take {check.name!r} out of expected_failures"),
    ]
    head = f"{check.name} passed, though it was expected to fail: {subject} on backend {backend}"
    return "\n".join([head, *labelled(facts)])


def _facts_of(error: Exception) -> list[tuple[str, str]]:
    frames = traceback.extract_tb(error.__traceback__)
    doing = "; ".join(note.removeprefix("while ") for note in getattr(error, "__notes__", ()))
    for frame in [frame for frame in frames if frame.filename.startswith(_HERE)][-1:]:
        line = f"`{frame.line}` ({Path(frame.filename).name}:{frame.lineno})"
        doing = f"{doing}, at {line}" if doing else line
    raised_at = ""
    for frame in [frame for frame in frames if _is_answerable(frame.filename)][-1:] or frames[-1:]:
        raised_at = f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
    return [
        ("expected", "no exception"),
        ("actual", f"{type(error).__name__}: {str(error).strip() or 'no message'}"),
        ("while", doing),
        ("raised at", raised_at),
        ("to do", "mend what raises it; the traceback is in `exception` of the result"),
    ]


def _is_answerable(filename: str) -> bool:
    """Tell whether a file is the subject's, zarr's or another library's that can be mended."""
    path = Path(filename)
    # "<frozen importlib._bootstrap>" and its like.
    if filename.startswith("<") or path.is_relative_to(_OURS):
        return False
    for folder in _INSTALLED.intersection(path.parts):
        return path.parts[path.parts.index(folder) + 1] not in _BYSTANDERS
    # Cython names its sources relative to its own project: "cupy/_core/core.pyx".
    return path.parts[0] not in _BYSTANDERS and not path.is_relative_to(_STDLIB)
