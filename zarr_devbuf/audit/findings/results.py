"""The results of an audit, as plain frozen records: picklable, and shaped like the JSON report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# Messages of worker processes are validated by these annotations.
from zarr_devbuf.checks import CheckStatus, Peak, Severity, Source, Verdict  # noqa: TC001
from zarr_devbuf.checks.verdict import judged, share
from zarr_devbuf.transfers import Traffic

__all__ = [
    "AUDIT_CHECKS",
    "SEVERITY",
    "CheckRecord",
    "Site",
    "SubjectResult",
    "Transfers",
    "anchor",
]

_NOTHING = Traffic(0, 0)

# How bad each verdict is, for `--fail-on`. A clear statement that something is unsupported is no
# defect.
SEVERITY: dict[Verdict, int] = {
    "unsupported": 0,
    "device-native": 0,
    "host-round-trip": 1,
    "implicit-transfers": 2,
    "broken": 3,
}

# The audit's own checks, which run before and after those of each kind.
AUDIT_CHECKS: dict[str, str] = {
    "import": "The subject can be imported.",
    "construct": "The subject can be constructed, without arguments or with declared ones.",
    "backend": "The backend passes the checks of backends: on a broken one, nothing is judged.",
    "finish": "The checks finish in time, and the process survives them.",
}


def anchor(kind: str, check: str) -> str:
    """Return the anchor of a check in the checks reference: ``"codec-round_trip"``."""
    kind = "audit" if check in AUDIT_CHECKS else kind
    return f"{kind}-{check.removeprefix('check_')}"


@dataclass(frozen=True, slots=True)
class Transfers:
    """
    The transfers between host and device for chunks that are written once and read once.

    Attributes
    ----------
    d2h, h2d : Traffic
        Device to host and host to device, for all chunks.
    chunks : int
        How many chunks (of a codec or an array) or values (of a store) were written and read; 0 if
        that was not measured.
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
class CheckRecord:
    """
    The record of one check of one subject on one backend.

    Attributes
    ----------
    check : str
        The name of the check, ``"check_round_trip"``; or one of the audit's own: ``"import"``,
        ``"construct"``, ``"finish"``.
    status : {"passed", "failed", "skipped", "xfailed", "xpassed"}
        ``"xfailed"``: failed, as the settings expect. ``"xpassed"``: passed although they expect a
        failure.
    message : str
        What failed, in one line, or why the check was skipped.
    details : tuple of str
        The full message, and the traceback of an exception.
    finding : {"", "host-round-trip", "implicit-transfers", "broken"}
        The verdict that a failure leads to.
    requirement : str
        What must hold, in one sentence.
    reason : str
        Why a failure is expected, if it is.
    seconds : float
        Wall time.
    error : str
        The type of the exception, ``"TypeError"``; empty if the check itself reports the failure.
    cause : str
        What is wrong, in one line, without the input.
    where : tuple of str
        The lines of code to look at, ``"path:line in function"``, innermost first.
    case : str
        The input, and the operation.
    advice : str
        How to fix it; empty if unknown.
    source : {"", "documented", "precedent", "ours"}
        Who says that it must hold; empty for the audit's own checks.
    severity : {"", "stored wrong", "read wrong", "raises", "leaks", "wasteful"}
        What a failure means for users; empty if the check did not fail.
    left_out : bool
        Whether the check failed, but is left out because its source is too weak (``--strict``).
    """

    check: str
    status: CheckStatus
    message: str = ""
    details: tuple[str, ...] = ()
    finding: Literal["", "host-round-trip", "implicit-transfers", "broken"] = ""
    requirement: str = ""
    reason: str = ""
    seconds: float = 0.0
    error: str = ""
    cause: str = ""
    where: tuple[str, ...] = ()
    case: str = ""
    advice: str = ""
    source: Literal["", Source] = ""
    severity: Literal["", Severity] = ""
    left_out: bool = False

    @property
    def short_name(self) -> str:
        """The name without ``check_``."""
        return self.check.removeprefix("check_")


@dataclass(frozen=True, slots=True)
class Site:
    """
    A line of code that moves data between host and device: entries of the ledger, summed up.

    Attributes
    ----------
    direction : {"d2h", "h2d"}
        Device to host, or host to device.
    explicit : bool
        Whether the code asks for the transfer.
    where : str
        ``"path:line in function"``.
    count, nbytes : int
        The number of transfers and bytes in all checks.
    """

    direction: Literal["d2h", "h2d"]
    explicit: bool
    where: str
    count: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class SubjectResult:
    """
    The result of one subject on one backend.

    Attributes
    ----------
    kind : str
        The kind of subject: ``"prototype"``, ``"codec"``, ``"store"`` or ``"array"``.
    name : str
        The name of the subject: ``"zstd"``.
    backend : str
        The name of the backend.
    verdict : str
        ``"device-native"``, ``"host-round-trip"``, ``"implicit-transfers"``, ``"broken"`` or
        ``"unsupported"``.
    transfers : Transfers
        The transfers between host and device; none on a backend in host memory.
    checks : tuple of CheckRecord
        The records of the checks, in order.
    package : str
        The distribution that the subject comes from: ``"zarr"``.
    taken, tried : int
        How many kinds of chunk (dtype and shape) a codec accepts, of those tried.
    seconds : float
        Wall time.
    ledger : tuple of Site
        The lines that moved data between host and device in all checks.
    aliases : tuple of str
        Other names under which the same class is registered.
    asked : str
        The text with which the user named it; empty if it was audited by default.
    by_pattern : bool
        Whether that text has wildcards, so that it names several subjects.
    elsewhere : bool
        Whether it is for another backend, as a prototype of other memory is.
    refuses : bool
        Whether it rejects the backend.
    simulated : bool
        Whether the audit simulated the backend.
    unchecked : str
        Why it fails the audit without a finding: no check passed; else empty.
    peak : Peak or None
        The peak of device memory; None if it was not measured.
    """

    kind: str
    name: str
    backend: str
    verdict: Verdict
    transfers: Transfers = field(default_factory=Transfers)
    checks: tuple[CheckRecord, ...] = ()
    package: str = ""
    taken: int = 0
    tried: int = 0
    seconds: float = 0.0
    ledger: tuple[Site, ...] = ()
    aliases: tuple[str, ...] = ()
    asked: str = ""
    by_pattern: bool = False
    elsewhere: bool = False
    refuses: bool = False
    simulated: bool = False
    unchecked: str = ""
    peak: Peak | None = None

    @property
    def judged(self) -> int:
        """How many checks judged the subject: those that were not skipped."""
        return judged(check.status for check in self.checks)

    @property
    def passed(self) -> bool:
        """Whether a check passed, or failed as expected."""
        return any(check.status in ("passed", "xpassed", "xfailed") for check in self.checks)

    @property
    def part(self) -> str:
        """``"1 of 28 checks"``, if the verdict is no finding, and rests on fewer than half."""
        if self.verdict in ("broken", "unsupported"):
            return ""
        return share(self.judged, len(self.checks))

    @property
    def shown(self) -> str:
        """The name, followed by the aliases."""
        return ", ".join((self.name, *self.aliases))

    @property
    def failed(self) -> tuple[CheckRecord, ...]:
        """The checks that failed, expected failures included."""
        return tuple(check for check in self.checks if check.status in ("failed", "xfailed"))

    @property
    def skipped(self) -> tuple[CheckRecord, ...]:
        """The checks that do not apply."""
        return tuple(check for check in self.checks if check.status == "skipped")
