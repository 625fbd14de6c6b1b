"""The result of one check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, final

from zarr_devbuf.transfers import TransferLog

if TYPE_CHECKING:
    from zarr_devbuf.checks.registry import Severity, Source

__all__ = ["CheckResult", "CheckStatus", "Peak"]

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
    source : {"documented", "precedent", "ours"}
        Who says that it must hold; see `Check`.
    severity : {"stored wrong", "read wrong", "raises", "leaks", "wasteful"} or None
        What a failure means for users: what the check declares; ``"raises"`` if the subject raised
        an exception, ``"wasteful"`` if only transfers violate the check. None: it did not fail.
    """

    __module__ = _PUBLIC_MODULE

    check: str
    subject: str
    backend: str
    status: CheckStatus
    message: str = ""
    exception: Exception | None = None
    transfers: TransferLog = field(default_factory=TransferLog)
    source: Source = "ours"
    severity: Severity | None = None

    @property
    def ok(self) -> bool:
        """Whether the check neither failed nor passed unexpectedly."""
        return self.status not in ("failed", "xpassed")


@final
@dataclass(frozen=True, slots=True)
class Peak:
    """
    The device memory that writing and reading has in use at most at a time.

    For one chunk of a codec, or one value of a store; for an array, for all of its 8 chunks at
    once. What is written does not count, and what is read does.

    Attributes
    ----------
    write, read : float
        In multiples of the size of a chunk or value.
    """

    __module__ = _PUBLIC_MODULE

    write: float
    read: float
