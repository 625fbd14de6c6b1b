"""The report on one subject on one backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self, final, overload

from zarr_devbuf.checks.results import ConformanceError
from zarr_devbuf.checks.verdict import verdict_on
from zarr_devbuf.transfers import TransferLog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr_devbuf.checks.results import CheckResult
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
    """

    __module__ = "zarr_devbuf.checks"

    __slots__ = ("_results", "backend", "subject")
    __hash__ = None  # type: ignore[assignment]  # results hold exceptions, which compare by identity

    def __init__(self, subject: str, backend: str, results: Iterable[CheckResult]) -> None:
        self.subject = subject
        self.backend = backend
        self._results = tuple(results)

    def __len__(self) -> int:
        return len(self._results)

    @overload
    def __getitem__(self, index: int) -> CheckResult: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> CheckResult | Self:
        if isinstance(index, slice):
            return type(self)(self.subject, self.backend, self._results[index])
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
        """The results of the checks that failed, or passed unexpectedly."""
        return tuple(result for result in self._results if not result.ok)

    @property
    def skipped(self) -> tuple[CheckResult, ...]:
        """The results of the checks that do not apply to the subject."""
        return tuple(result for result in self._results if result.status == "skipped")

    @property
    def transfers(self) -> TransferLog:
        """The transfers between host and device in all checks."""
        return TransferLog(each for result in self._results for each in result.transfers)

    def raise_failures(self) -> None:
        """Raise `ConformanceError` if `failed` is not empty."""
        __tracebackhide__ = True
        failed = self.failed
        if failed:
            raise ConformanceError(failed, len(self._results)) from failed[0].exception

    def __str__(self) -> str:
        width = max((len(result.check) for result in self._results), default=0)
        lines = [f"{self.subject} on backend {self.backend}: {self.verdict}"]
        for result in self._results:
            line = f"  {result.check:<{width}}  {result.status}"
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
        lines.extend(f"\n{result.message}" for result in self.failed)
        return "\n".join(lines)

    def __repr__(self) -> str:
        return (
            f"<CheckReport: {self.subject} on {self.backend}: {self.verdict}, "
            f"{len(self.failed)} of {len(self)} failed>"
        )


def _traffic(log: TransferLog) -> str:
    down, up = log.device_to_host, log.host_to_device
    parts = [
        f"{traffic.count} {direction} ({traffic.nbytes:,} bytes)"
        for direction, traffic in (("d2h", down), ("h2d", up))
        if traffic.count
    ]
    return ", ".join(parts)
