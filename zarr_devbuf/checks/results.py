"""What comes of holding a subject to a check."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, final

from zarr_devbuf.transfers import TransferLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "CheckResult",
    "CheckStatus",
    "ConformanceError",
    "CheckFailed",
    "NotApplicable",
    "Unsupported",
    "during",
    "violated",
]

CheckStatus = Literal["passed", "failed", "skipped", "xfailed", "xpassed"]


class NotApplicable(Exception):  # noqa: N818 - no error: the check says nothing about the subject
    """Raised by a check that says nothing about this subject; the text is the reason."""


class Unsupported(NotApplicable):
    """Raised by a check where the subject refuses a backend altogether, clearly and early."""


@final
class CheckFailed(AssertionError):  # noqa: N818 - what it is, in the words of this package
    """
    A check does not hold; made by `violated`.

    Attributes
    ----------
    expected, actual, advice : str
        What the check demands, what came instead, and what to do about it.
    case : str
        The input for which it happened; may be empty.
    transfers : TransferLog or None
        Where transfers are the violation: the offending ones.
    """

    def __init__(
        self,
        expected: str,
        actual: str,
        advice: str,
        case: str = "",
        transfers: TransferLog | None = None,
    ) -> None:
        super().__init__(expected, actual, advice, case, transfers)
        self.expected = expected
        self.actual = actual
        self.advice = advice
        self.case = case
        self.transfers = transfers

    def lines(self) -> list[str]:
        """Lay out what it says, one labelled fact a line."""
        facts = [
            ("case", self.case),
            ("expected", self.expected),
            ("actual", self.actual),
            ("to do", self.advice),
        ]
        if self.transfers is not None:
            facts.append(("transfers", f"\n{self.transfers}"))
        return labelled(facts)

    def __str__(self) -> str:
        return "\n" + "\n".join(self.lines())


def violated(
    *,
    expected: str,
    actual: str,
    advice: str,
    case: str = "",
    transfers: TransferLog | None = None,
) -> CheckFailed:
    """
    Make the error of a check that does not hold: ``raise violated(…)``.

    Subject, check and backend are added by what runs the check.

    Parameters
    ----------
    expected, actual : str
        What the check demands, and what came instead, in words or values.
    advice : str
        What the author of the subject has to do.
    case : str, optional
        The input for which it happened: ``"float32 of shape (3, 4), F-ordered"``.
    transfers : TransferLog, optional
        Only where transfers, and nothing else, are what is wrong: those. A subject that breaks no
        other check than such is not called broken.
    """
    return CheckFailed(expected, actual, advice, case, transfers)


@contextmanager
def during(what: str) -> Iterator[None]:
    """
    Name what a check is doing, for the report of an exception that escapes the subject.

    Parameters
    ----------
    what : str
        As in "while …": ``"decoding a chunk of float32 of shape (3, 4)"``.
    """
    try:
        yield
    except (CheckFailed, NotApplicable):
        raise
    except Exception as error:
        error.add_note(f"while {what}")
        raise


@final
@dataclass(frozen=True, slots=True)
class CheckResult:
    """
    What came of one check for one subject on one backend.

    Attributes
    ----------
    check : str
        The name of the check: ``"check_round_trip"``.
    subject : str
        The subject, named: ``"MyCodec(level=3)"``.
    backend : str
        The name of the backend.
    status : {"passed", "failed", "skipped", "xfailed", "xpassed"}
        ``"xfailed"``: failed as expected. ``"xpassed"``: passed though a failure was expected,
        which counts as a failure.
    message : str
        For a failure, all that there is to say about it; for a skipped check, why.
    exception : Exception or None
        What the check or the subject raised.
    transfers : TransferLog
        What the subject moved between host and device, where the check has measured it, and every
        implicit transfer.
    """

    check: str
    subject: str
    backend: str
    status: CheckStatus
    message: str = ""
    exception: Exception | None = None
    transfers: TransferLog = field(default_factory=TransferLog)

    @property
    def ok(self) -> bool:
        """Whether this came out as it should have."""
        return self.status not in ("failed", "xpassed")


@final
class ConformanceError(AssertionError):
    """
    A subject breaks checks.

    Attributes
    ----------
    results : tuple of CheckResult
        Those that are not as they should be.
    """

    def __init__(self, results: Iterable[CheckResult], total: int | None = None) -> None:
        self.results = tuple(results)
        self.total = total
        super().__init__(self.results, total)

    def __str__(self) -> str:
        texts = [result.message for result in self.results]
        if self.total is not None and self.total > 1:
            texts.append(f"{len(texts)} of {self.total} checks do not hold.")
        return "\n\n".join(texts)


def labelled(facts: Iterable[tuple[str, str]]) -> list[str]:
    """Lay facts out as indented lines, ``label: text``, the texts under one another."""
    lines = []
    for label, text in facts:
        if not text:
            continue
        head = f"  {label + ':':<10}"
        first, *rest = text.split("\n")
        lines.append(f"{head} {first}".rstrip())
        indent = " " * (4 if not first else len(head) + 1)
        lines.extend(f"{indent}{line}".rstrip() for line in rest)
    return lines
