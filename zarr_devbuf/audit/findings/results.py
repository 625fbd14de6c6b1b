"""What an audit finds, as plain frozen records: picklable, and shaped like the JSON report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from zarr_devbuf.transfers import Traffic

__all__ = [
    "SEVERITY",
    "CheckResult",
    "CheckStatus",
    "Site",
    "SubjectResult",
    "Transfers",
    "Verdict",
]

type Verdict = Literal[
    "device-native", "host-round-trip", "implicit-transfers", "broken", "unsupported"
]
type CheckStatus = Literal["passed", "failed", "skipped", "xfailed", "xpassed"]

_NOTHING = Traffic(0, 0)

# How bad each verdict is, for `--fail-on`. That a subject says clearly what it cannot do is no
# fault.
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
        How many chunks (of a codec or an array) or values (of a store) were written and read back;
        0 where that was not measured.
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
        The check's name, ``"check_round_trip"``; or what the audit itself does: ``"import"``,
        ``"construct"``, ``"finish"``.
    status : {"passed", "failed", "skipped", "xfailed", "xpassed"}
        What came of it. ``"xfailed"``: failed, as the settings expect; ``"xpassed"``: passed though
        they expect a failure.
    message : str
        For a failure, all that there is to say; for one that is skipped, why.
    details : tuple of str
        More, for those who ask for everything.
    finding : {"", "implicit-transfers", "broken"}
        What a failure makes of the subject.
    check : str
        What is demanded, in one sentence.
    reason : str
        Why a failure is expected, where it is.
    seconds : float
        Wall time spent.
    error : str
        The type of the exception that a failure is, ``"TypeError"``; empty where a check says itself
        that it does not hold.
    cause : str
        What is wrong, in one line, without the input for which it happened.
    where : tuple of str
        The lines of code to look at, ``"path:line in function"``, the nearest first.
    case : str
        The input, and what was being done with it.
    advice : str
        What to do about it; empty where nobody can tell.
    """

    check: str
    status: CheckStatus
    message: str = ""
    details: tuple[str, ...] = ()
    finding: Literal["", "implicit-transfers", "broken"] = ""
    requirement: str = ""
    reason: str = ""
    seconds: float = 0.0
    error: str = ""
    cause: str = ""
    where: tuple[str, ...] = ()
    case: str = ""
    advice: str = ""

    @property
    def short_name(self) -> str:
        """The name without ``check_``."""
        return self.check.removeprefix("check_")


@dataclass(frozen=True, slots=True)
class Site:
    """
    A line of code that moves data between host and device: an entry of the ledger, summed up.

    Attributes
    ----------
    direction : {"d2h", "h2d"}
        Device to host, or host to device.
    explicit : bool
        Whether the code asks for it.
    where : str
        ``"path:line in function"``.
    count, nbytes : int
        How often it happened in all checks together, and the bytes moved.
    """

    direction: Literal["d2h", "h2d"]
    explicit: bool
    where: str
    count: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class SubjectResult:
    """
    Everything the audit found out about one subject on one backend.

    Attributes
    ----------
    kind : str
        What the subject is: ``"prototype"``, ``"codec"``, ``"store"`` or ``"array"``.
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
        The checks, in order.
    package : str
        The distribution that the subject comes from: ``"zarr"``.
    taken, tried : int
        How many kinds of chunk (dtype and shape) a codec took, of those that it was offered.
    seconds : float
        Wall time spent.
    ledger : tuple of Site
        The lines that moved data between host and device, in all checks together.
    aliases : tuple of str
        Other names under which the same thing is registered.
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
    ledger: tuple[Site, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The name, and the other names after it."""
        return ", ".join((self.name, *self.aliases))

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that failed, whether or not that was expected."""
        return tuple(check for check in self.checks if check.status in ("failed", "xfailed"))

    @property
    def skipped(self) -> tuple[CheckResult, ...]:
        """The checks that did not apply."""
        return tuple(check for check in self.checks if check.status == "skipped")
