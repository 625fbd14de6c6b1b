"""What an audit finds, as plain frozen records: picklable, and shaped like the JSON report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from zarr_devbuf.transfers import Traffic

__all__ = [
    "SEVERITY",
    "CheckResult",
    "CheckStatus",
    "SubjectResult",
    "Transfers",
    "Verdict",
]

type Verdict = Literal[
    "device-native", "host-round-trip", "implicit-transfers", "broken", "unsupported"
]
type CheckStatus = Literal["passed", "failed", "skipped"]

_NOTHING = Traffic(0, 0)

# How bad each verdict is, for `--fail-on`. That a codec says clearly what it cannot do is no fault.
SEVERITY: dict[Verdict, int] = {
    "unsupported": 0,
    "device-native": 0,
    "host-round-trip": 1,
    "implicit-transfers": 2,
    "broken": 3,
}


@dataclass(frozen=True, slots=True)
class Transfers:
    """
    What crossed between host and device while chunks were written once and read once.

    Attributes
    ----------
    d2h, h2d : Traffic
        Device to host and host to device, over all chunks.
    chunks : int
        How many chunks were written and read back; 0 if none was.
    """

    d2h: Traffic = _NOTHING
    h2d: Traffic = _NOTHING
    chunks: int = 0

    def __add__(self, other: Transfers) -> Transfers:
        return Transfers(
            _sum(self.d2h, other.d2h), _sum(self.h2d, other.h2d), self.chunks + other.chunks
        )

    def __bool__(self) -> bool:
        return bool(self.d2h.count or self.h2d.count)


def _sum(one: Traffic, other: Traffic) -> Traffic:
    return Traffic(one.count + other.count, one.nbytes + other.nbytes)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """
    The outcome of one check of one subject on one backend.

    Attributes
    ----------
    check : str
        The check's name: ``"values"``.
    status : {"passed", "failed", "skipped"}
        What came of it.
    message : str
        What was expected and what came instead, for the kind of chunk that stands for most; what
        did not apply, for a check that passed or was skipped.
    details : tuple of str
        Each different outcome, the kinds of chunk that had it, and what there is to say about it.
    """

    check: str
    status: CheckStatus
    message: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubjectResult:
    """
    Everything the audit found out about one subject on one backend.

    Attributes
    ----------
    kind : str
        What the subject is: ``"codec"``.
    name : str
        The subject's name: ``"zstd"``.
    backend : str
        The backend's name.
    verdict : str
        ``"device-native"``, ``"host-round-trip"``, ``"implicit-transfers"``, ``"broken"`` or
        ``"unsupported"``.
    transfers : Transfers
        What crossed between host and device; nothing on a backend that lives on the host.
    checks : tuple of CheckResult
        The checks that ran, in order.
    package : str
        The distribution that the subject comes from: ``"zarr"``.
    taken, tried : int
        How many kinds of chunk (dtype and shape) it took, of those that it was offered.
    seconds : float
        Wall time spent.
    """

    kind: str
    name: str
    backend: str
    verdict: Verdict
    transfers: Transfers = field(default_factory=Transfers)
    checks: tuple[CheckResult, ...] = ()
    package: str = ""
    taken: int = 0
    tried: int = 0
    seconds: float = 0.0

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.status == "failed")

    @property
    def skipped(self) -> tuple[CheckResult, ...]:
        """The checks that did not apply."""
        return tuple(check for check in self.checks if check.status == "skipped")
