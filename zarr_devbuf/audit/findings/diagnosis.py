"""Diagnose a failed check: what is wrong, at which line, with which input, and how to fix it."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass

from zarr_devbuf.audit.text import clip, printable
from zarr_devbuf.checks import CheckFailed
from zarr_devbuf.checks.errors import bounded, describe
from zarr_devbuf.checks.messages import advice_on
from zarr_devbuf.checks.tracebacks import fixable_frames, shorten, shorten_paths

__all__ = ["Diagnosis", "diagnose", "full_details", "without_temporary_paths"]

# Characters. The full message has the expected and the actual value unclipped.
_LONGEST = 80

_DIRECTIONS = {"d2h": "device→host", "h2d": "host→device"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """
    The diagnosis of a failed check.

    Attributes
    ----------
    error : str
        The type of the exception; empty if the check itself reports the failure.
    cause : str
        What is wrong, in one line, without the input: several checks may fail for one cause.
    where : tuple of str
        Lines of code, ``"path:line in function"``: the line that raises and one that called it, or
        all lines that move data.
    case : str
        The input, and the operation.
    advice : str
        How to fix it; empty if unknown.
    """

    error: str = ""
    cause: str = ""
    where: tuple[str, ...] = ()
    case: str = ""
    advice: str = ""


def diagnose(error: Exception | None) -> Diagnosis:
    """Diagnose an exception that a check or its subject raised."""
    if error is None:
        return Diagnosis()
    if isinstance(error, CheckFailed):
        return _of_failed_check(error)
    cause = without_temporary_paths(printable(describe(error)))
    notes = (note.removeprefix("while ") for note in getattr(error, "__notes__", ()))
    advice = advice_on(error)
    return Diagnosis(type(error).__name__, cause, _lines(error), "; ".join(notes), advice)


def _of_failed_check(error: CheckFailed) -> Diagnosis:
    expected, actual = (
        clip(without_temporary_paths(printable(text)), _LONGEST)
        for text in (error.expected, error.actual)
    )
    cause = f"expected {expected}, got {actual}"
    where: tuple[str, ...] = ()
    if error.transfers:
        # Explicit ones beside implicit ones are not what is wrong.
        shown = error.transfers.implicit or error.transfers
        moves = dict.fromkeys(
            f"{'explicit' if t.explicit else 'implicit'} {_DIRECTIONS[t.direction]}" for t in shown
        )
        cause = f"{' and '.join(moves)} transfers"
        where = tuple(dict.fromkeys(shorten(t.where) for t in shown))
    return Diagnosis("", cause, where, error.case, error.advice)


def _lines(error: Exception) -> tuple[str, ...]:
    """
    Return the line that raises an exception, and the nearest caller in another file.

    Preferably a caller in zarr, which readers can look up.
    """
    frames = list(fixable_frames(error))
    if not frames:
        return ()
    first, *callers = frames
    others = [frame for frame in callers if frame.filename != first.filename]
    callers = [f for f in others if shorten(f.filename).startswith("zarr/")] or others
    return tuple(
        f"{shorten(frame.filename)}:{frame.lineno} in {frame.name}"
        for frame in (first, *callers[:1])
    )


# The folders that stores are made in: their names differ from run to run.
_TEMPORARY = re.compile(
    # From the beginning of a word only, so that a long word takes no longer than its length.
    r"""(?<![^\s"'(])[^\s"'(]*zarr-devbuf-[a-z0-9_]{8}(?:/zarr-devbuf-[a-z0-9_]{8})*(?:-\d+)?(?=[/"').:\s]|$)"""
)


def without_temporary_paths(text: str) -> str:
    """Remove from a message the temporary folders of the audit, which differ from run to run."""
    return re.sub(r"zarr-devbuf-\d+\b", "zarr-devbuf-N", _TEMPORARY.sub("…", text))


def full_details(message: str, error: Exception | None, advice: str) -> tuple[str, ...]:
    """Return the full message about a failure and, for an exception, its traceback."""
    if error is None or isinstance(error, CheckFailed):
        return (shorten_paths(without_temporary_paths(bounded(message))),)
    # Users of the audit do not have the exception, only its traceback.
    lines = [line for line in message.splitlines() if not line.startswith("  to do:")]
    if advice:
        lines.append(f"  to do:     {advice}")
    raised = "".join(traceback.format_exception(error)).rstrip()
    full = shorten_paths(without_temporary_paths(bounded("\n".join(lines))))
    return full, without_temporary_paths(bounded(raised))
