"""The result of one check, and the error that reports failed ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, final

from zarr_devbuf.transfers import TransferLog

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CheckResult",
    "CheckStatus",
    "ConformanceError",
]

CheckStatus = Literal["passed", "failed", "skipped", "xfailed", "xpassed"]


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
