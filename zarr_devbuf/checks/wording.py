"""Put in words what came of a law."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from zarr_devbuf.checks.outcome import LawViolation, labelled

if TYPE_CHECKING:
    from zarr_devbuf.checks.law import Law

__all__ = ["failure", "unexpected_pass"]

_HERE = str(Path(__file__).parent)


def failure(law: Law, subject: str, backend: str, error: Exception) -> str:
    """Say all that there is to say about a law that does not hold."""
    facts = [("law", law.demand)]
    if isinstance(error, LawViolation):
        lines = [*labelled(facts), *error.lines()]
    else:
        lines = labelled([*facts, *_facts_of(error)])
    return "\n".join([f"{law.name} failed: {subject} on backend {backend}", *lines])


def unexpected_pass(law: Law, subject: str, backend: str, reason: str) -> str:
    """Say that a law holds that was expected to fail."""
    facts = [
        ("law", law.demand),
        ("expected", f"to fail: {reason}"),
        ("actual", "it holds"),
        ("to do", f"take {law.name!r} out of expected_failures"),
    ]
    head = f"{law.name} passed, though it was expected to fail: {subject} on backend {backend}"
    return "\n".join([head, *labelled(facts)])


def _facts_of(error: Exception) -> list[tuple[str, str]]:
    frames = traceback.extract_tb(error.__traceback__)
    doing = "; ".join(note.removeprefix("while ") for note in getattr(error, "__notes__", ()))
    for frame in [frame for frame in frames if frame.filename.startswith(_HERE)][-1:]:
        line = f"`{frame.line}` ({Path(frame.filename).name}:{frame.lineno})"
        doing = f"{doing}, at {line}" if doing else line
    raised_at = ""
    for frame in frames[-1:]:
        raised_at = f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
    return [
        ("expected", "no exception"),
        ("actual", f"{type(error).__name__}: {str(error).strip() or 'no message'}"),
        ("while", doing),
        ("raised at", raised_at),
        ("to do", "mend what raises it; the traceback is in `exception` of the result"),
    ]
