"""Write the message about a check that failed, or passed unexpectedly."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from zarr_devbuf.checks.errors import CheckFailed, labelled, taken_for_host
from zarr_devbuf.checks.tracebacks import (
    called_in_check,
    is_fixable,
    last_fixable_frame,
    raised_by_subject,
    users_frames,
)

if TYPE_CHECKING:
    from zarr_devbuf.checks.registry import Check, Severity

__all__ = ["advice_on", "failure_message", "severity_of", "unexpected_pass_message"]

_MOST_CALLERS = 3
_FIX_THE_LINE = "Fix the line that raises it."
_FIX_THE_RESULT = (
    "Return what this line of the check needs; if the subject does, report it to zarr-devbuf."
)
_STAY_ON_DEVICE = (
    "Keep the data on its device, or copy it explicitly with as_numpy_array() or to_bytes()."
)


def advice_on(error: BaseException) -> str:
    """Return how to fix an exception of the subject, in one sentence; empty if unknown."""
    return _STAY_ON_DEVICE if taken_for_host(str(error)) else ""


def severity_of(check: Check, error: Exception) -> Severity:
    """Return what the failure of a check means for users; see `CheckResult`."""
    if not isinstance(error, CheckFailed):
        return "raises"
    if error.transfers is not None:
        return "wasteful"
    # An exception that a check reports in its own words is no silent fault.
    silent = check.severity in ("stored wrong", "read wrong")
    return "raises" if silent and raised_by_subject(error) is not None else check.severity


def failure_message(check: Check, subject: str, backend: str, error: Exception) -> str:
    """Write the full message about a check that failed."""
    severity = f"{severity_of(check, error)} (source: {check.source})"
    facts = [("check", check.requirement), ("severity", severity)]
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


def _line(frame: traceback.FrameSummary) -> str:
    return f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"


def _facts_about(error: Exception) -> list[tuple[str, str]]:
    doing = "; ".join(note.removeprefix("while ") for note in getattr(error, "__notes__", ()))
    call = called_in_check(error)
    if call is not None:
        line = f"`{call.line}` ({Path(call.filename).name}:{call.lineno})"
        doing = f"{doing}, at {line}" if doing else line
    frame = last_fixable_frame(error)
    raised_at = frame and _line(frame)
    # What is returned in the place of an array or a buffer fails in the line that uses it.
    is_subjects = frame is not None and is_fixable(frame.filename)
    frames = users_frames(traceback.extract_tb(error.__traceback__), lambda f: f.filename)
    callers = [each for each in reversed(frames) if each is not frame and _line(each) != raised_at]
    return [
        ("expected", "no exception"),
        ("actual", f"{type(error).__name__}: {str(error).strip() or 'no message'}"),
        ("while", doing),
        ("raised at", raised_at or ""),
        ("from", "\n".join(_line(each) for each in callers[:_MOST_CALLERS])),
        ("to do", advice_on(error) or (_FIX_THE_LINE if is_subjects else _FIX_THE_RESULT)),
    ]
