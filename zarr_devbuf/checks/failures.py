"""Failures in order, those with one cause once, and the error that reports them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, final

from zarr_devbuf.checks.errors import labelled
from zarr_devbuf.checks.registry import SEVERITIES
from zarr_devbuf.checks.tracebacks import last_fixable_frame, raised_by_subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr_devbuf.checks.registry import Severity
    from zarr_devbuf.checks.results import CheckResult

__all__ = ["Cause", "ConformanceError", "by_severity", "cause_of", "failure_texts", "rank_of"]

# The type of an exception, its message without the input, and the line that raises it.
type Cause = tuple[str, str, str]

_MOST_NAMES = 8

# What differs from input to input in the message of one `raise`.
_INPUT = re.compile(
    r"""'[^']*' | "[^"]*"                                            # names
    | (?:0x)?(?<![\w.])[-+]?\d[\w.]*                                # numbers
    | [<>|=]?\b(?:bool|u?int|float|complex|datetime|timedelta|bfloat|bytes|str|void)\d*(?:\[\w+\])?
    """,
    re.VERBOSE,
)


def rank_of(severity: Severity | str | None) -> int:
    """Return the place of a severity, 0 for the worst."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def by_severity(results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """Sort results by severity, the worst first, then in the order in which the checks ran."""
    return tuple(sorted(results, key=lambda result: rank_of(result.severity)))


def cause_of(error: BaseException | None) -> Cause | None:
    """
    Return what tells one cause from another, for an exception that a subject raised.

    None if the subject raised nothing: what two checks assert are two findings.
    """
    error = raised_by_subject(error)
    if error is None:
        return None
    frame = last_fixable_frame(error)
    where = f"{frame.filename}:{frame.lineno}" if frame else ""
    return type(error).__name__, _INPUT.sub("…", str(error)), where


def failure_texts(results: Iterable[CheckResult]) -> list[str]:
    """Return the messages of failures; of those with one cause only the first, and who has it."""
    texts: list[str] = []
    others: dict[int, list[str]] = {}
    firsts: dict[Cause, int] = {}
    for result in by_severity(results):
        cause = cause_of(result.exception)
        if cause is not None and cause in firsts:
            others.setdefault(firsts[cause], []).append(result.check)
            continue
        if cause is not None:
            firsts[cause] = len(texts)
        texts.append(result.message)
    for index, names in others.items():
        shown = ", ".join(names[:_MOST_NAMES])
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        texts[index] += "\n" + "\n".join(labelled([("also in", f"{shown}{more}")]))
    return texts


@final
class ConformanceError(AssertionError):
    """
    A subject fails checks, or passed none.

    Attributes
    ----------
    results : tuple of CheckResult
        The results of the checks that failed, or passed unexpectedly; the worst first.
    total : int or None
        How many checks ran; None if it was a single one.
    reason : str
        Why nothing was judged, if no check passed or failed; else empty.
    """

    __module__ = "zarr_devbuf.checks"

    def __init__(
        self, results: Iterable[CheckResult], total: int | None = None, reason: str = ""
    ) -> None:
        self.results = by_severity(results)
        self.total = total
        self.reason = reason
        super().__init__(self.results, total, reason)

    def __str__(self) -> str:
        texts = [self.reason] if self.reason else []
        texts += failure_texts(self.results)
        if self.results and self.total is not None and self.total > 1:
            texts.append(f"{len(self.results)} of {self.total} checks failed.")
        return "\n\n".join(texts)
