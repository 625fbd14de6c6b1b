"""The result of one check, and the error that reports failed ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, final

from zarr_devbuf.transfers import TransferLog

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CheckResult", "CheckStatus", "ConformanceError"]

# Users see these names in tracebacks and reprs: they carry the module to import them from.
_PUBLIC_MODULE = "zarr_devbuf.checks"

CheckStatus = Literal["passed", "failed", "skipped", "xfailed", "xpassed"]


@final
@dataclass(frozen=True, slots=True)
class CheckResult:
    """
    The result of one check of one subject on one backend.

    Attributes
    ----------
    check : str
        The name of the check: ``"check_round_trip"``.
    subject : str
        The subject, named: ``"MyCodec(level=3)"``.
    backend : str
        The name of the backend.
    status : {"passed", "failed", "skipped", "xfailed", "xpassed"}
        ``"xfailed"``: failed as expected. ``"xpassed"``: passed although a failure was expected,
        which counts as a failure.
    message : str
        The full message about a failure, or why the check was skipped.
    exception : Exception or None
        What the check or the subject raised.
    transfers : TransferLog
        The transfers that the check measured, and every implicit transfer.
    """

    __module__ = _PUBLIC_MODULE

    check: str
    subject: str
    backend: str
    status: CheckStatus
    message: str = ""
    exception: Exception | None = None
    transfers: TransferLog = field(default_factory=TransferLog)

    @property
    def ok(self) -> bool:
        """Whether the check neither failed nor passed unexpectedly."""
        return self.status not in ("failed", "xpassed")


@final
class ConformanceError(AssertionError):
    """
    A subject fails checks.

    Attributes
    ----------
    results : tuple of CheckResult
        The results of the checks that failed, or passed unexpectedly.
    """

    __module__ = _PUBLIC_MODULE

    def __init__(self, results: Iterable[CheckResult], total: int | None = None) -> None:
        self.results = tuple(results)
        self.total = total
        super().__init__(self.results, total)

    def __str__(self) -> str:
        texts = [result.message for result in self.results]
        if self.total is not None and self.total > 1:
            texts.append(f"{len(texts)} of {self.total} checks failed.")
        return "\n\n".join(texts)
