"""Write the message about a check that failed, or passed unexpectedly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zarr_devbuf.checks.errors import CheckFailed, labelled
from zarr_devbuf.checks.tracebacks import called_in_check, last_fixable_frame

if TYPE_CHECKING:
    from zarr_devbuf.checks.registry import Check

__all__ = ["failure_message", "unexpected_pass_message"]


def failure_message(check: Check, subject: str, backend: str, error: Exception) -> str:
    """Write the full message about a check that failed."""
    facts = [("check", check.requirement)]
    if isinstance(error, CheckFailed):
        lines = [*labelled(facts), *error.lines()]
    else:
        lines = labelled([*facts, *_facts_about(error)])
    return "\n".join([f"{check.name} failed: {subject} on backend {backend}", *lines])


def unexpected_pass_message(check: Check, subject: str, backend: str, reason: str) -> str:
    """Write the message about a check that passed although it was expected to fail."""
    facts = [
        ("check", check.requirement),
        ("expected", f"a failure: {reason}"),
        ("actual", "it passed"),
        ("to do", f"Remove {check.name!r} from expected_failures."),
    ]
    head = f"{check.name} passed unexpectedly: {subject} on backend {backend}"
    return "\n".join([head, *labelled(facts)])


def _facts_about(error: Exception) -> list[tuple[str, str]]:
    doing = "; ".join(note.removeprefix("while ") for note in getattr(error, "__notes__", ()))
    call = called_in_check(error)
    if call is not None:
        line = f"`{call.line}` ({Path(call.filename).name}:{call.lineno})"
        doing = f"{doing}, at {line}" if doing else line
    frame = last_fixable_frame(error)
    raised_at = frame and f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
    return [
        ("expected", "no exception"),
        ("actual", f"{type(error).__name__}: {str(error).strip() or 'no message'}"),
        ("while", doing),
        ("raised at", raised_at or ""),
        ("to do", "Fix the line that raises it; `exception` of the result has the traceback."),
    ]
