"""The report on one subject on one backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self, final, overload

from zarr_devbuf.checks.failures import ConformanceError, by_severity, failure_texts
from zarr_devbuf.checks.tracebacks import cause_to_show
from zarr_devbuf.checks.verdict import judged, share, verdict_on, why_nothing_was_judged
from zarr_devbuf.transfers import TransferLog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr_devbuf.checks.results import CheckResult, Peak
    from zarr_devbuf.checks.verdict import Verdict

__all__ = ["CheckReport"]


@final
class CheckReport(Sequence["CheckResult"]):
    """
    The results of all checks of one subject on one backend: a sequence of `CheckResult`.

    ``print(report)`` shows a short table, then each failure in full.

    Parameters
    ----------
    subject : str
        The name of the subject: ``"MyCodec(level=3)"``.
    backend : str
        The name of the backend.
    results : iterable of CheckResult
        In the order in which the checks ran.
    peak : Peak, optional
        The peak of device memory. None: it was not measured, as if a check fails.
    """

    __module__ = "zarr_devbuf.checks"

    __slots__ = ("_results", "backend", "peak", "subject")
    __hash__ = None  # type: ignore[assignment]  # results hold exceptions, which compare by identity

    def __init__(
        self,
        subject: str,
        backend: str,
        results: Iterable[CheckResult],
        peak: Peak | None = None,
    ) -> None:
        self.subject = subject
        self.backend = backend
        self.peak = peak
        self._results = tuple(results)

    def __len__(self) -> int:
        return len(self._results)

    @overload
    def __getitem__(self, index: int) -> CheckResult: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> CheckResult | Self:
        if isinstance(index, slice):
            return type(self)(self.subject, self.backend, self._results[index], self.peak)
        return self._results[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CheckReport):
            return self._results == other._results
        return NotImplemented

    @property
    def verdict(self) -> Verdict:
        """The verdict on the subject; see `zarr_devbuf.checks.verdict.verdict_on`."""
        return verdict_on(self._results)

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The results of the checks that failed, or passed unexpectedly; the worst first."""
        return by_severity(result for result in self._results if not result.ok)

    @property
    def skipped(self) -> tuple[CheckResult, ...]:
        """The results of the checks that do not apply to the subject."""
        return tuple(result for result in self._results if result.status == "skipped")

    @property
    def judged(self) -> int:
        """How many checks judged the subject: those that were not skipped."""
        return judged(result.status for result in self._results)

    @property
    def unchecked(self) -> str:
        """Why no check judged the subject; empty if one did."""
        return why_nothing_was_judged((each.status, each.message) for each in self._results)

    @property
    def transfers(self) -> TransferLog:
        """The transfers between host and device in all checks."""
        return TransferLog(each for result in self._results for each in result.transfers)

    def raise_failures(self) -> None:
        """Raise `ConformanceError` if `failed` is not empty, or no check judged the subject."""
        __tracebackhide__ = True
        failed = self.failed
        if failed:
            cause = cause_to_show(failed[0].exception)
            raise ConformanceError(failed, len(self._results)) from cause
        if self.unchecked:
            reason = f"{self.subject} on backend {self.backend}: {self.unchecked}"
            raise ConformanceError((), len(self._results), reason)

    def __str__(self) -> str:
        width = max((len(result.check) for result in self._results), default=0)
        part = share(self.judged, len(self))
        verdict = f"{self.verdict} ({part})" if part else self.verdict
        lines = [f"{self.subject} on backend {self.backend}: {verdict}"]
        for result in self._results:
            line = f"  {result.check:<{width}}  {result.status}"
            if result.status == "failed":
                line += f" ({result.severity}, {result.source})"
            if result.status in ("skipped", "xfailed"):
                line += f": {result.message.splitlines()[0]}"
            elif len(result.transfers):
                line += f"  {_traffic(result.transfers)}"
            lines.append(line.rstrip())
        counts = [
            f"{count} {status}"
            for status in ("passed", "failed", "xpassed", "xfailed", "skipped")
            if (count := sum(result.status == status for result in self._results))
        ]
        lines.append(", ".join(counts) or "no checks")
        if self.peak is not None:
            write, read = self.peak.write, self.peak.read
            lines.append(
                f"peak of device memory, in chunks: {write:.1f} writing, {read:.1f} reading"
            )
        if self.unchecked:
            lines.append(f"\nNothing was judged: {self.unchecked}")
        lines.extend(f"\n{text}" for text in failure_texts(self.failed))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return (
            f"<CheckReport: {self.subject} on {self.backend}: {self.verdict}, "
            f"{len(self.failed)} of {len(self)} failed>"
        )


def _traffic(log: TransferLog) -> str:
    return ", ".join(
        f"{traffic.count} {direction} ({traffic.nbytes:,} bytes)"
        for direction, traffic in (("d2h", log.device_to_host), ("h2d", log.host_to_device))
        if traffic.count
    )
