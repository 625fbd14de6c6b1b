"""Collect what each check says about each kind of chunk, and sum it up per check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr_devbuf.audit.records import CheckResult

if TYPE_CHECKING:
    from zarr_devbuf.audit.records import CheckStatus

__all__ = ["CHECKS", "Findings"]

# Every check, in the order in which a chunk meets them, and the law it holds a codec to.
CHECKS: dict[str, str] = {
    "construct": "The codec can be imported, and made without arguments or with declared ones.",
    "hold": "The arrays of the backend can hold chunks of this dtype.",
    "accept": "An array with the codec can be created for this kind of chunk.",
    "encode": "A chunk of that array can be written; a codec may refuse, as long as it is clear.",
    "store_buffer": "What reaches the store, and what leaves it, is a buffer of the backend.",
    "reopen": "The array can be opened again from the metadata that was written.",
    "decode": "The chunks can be read back.",
    "memory": "What is read lies in the memory of the backend.",
    "values": "The values are those that plain host memory gives back.",
    "implicit_transfers": "No host memory is handed where device memory is due, or the reverse.",
}


class Findings:
    """Notes taken during an audit of one subject on one backend."""

    def __init__(self) -> None:
        self._notes: dict[str, dict[CheckStatus, dict[str, list[str]]]] = {}
        self._cases: set[str] = set()

    def add(self, check: str, status: CheckStatus, case: str = "", message: str = "") -> None:
        """Note the outcome of one check for one kind of chunk."""
        self._cases.add(case)
        notes = self._notes.setdefault(check, {})
        notes.setdefault(status, {}).setdefault(message, []).append(case)

    def results(self) -> tuple[CheckResult, ...]:
        """Sum up each check that ran: failed if it ever did, skipped if it never applied."""
        return tuple(self._result(check) for check in CHECKS if check in self._notes)

    def cases(self, status: CheckStatus, check: str | None = None) -> set[str]:
        """Name the kinds of chunk for which a check, or any check, had this outcome."""
        checks = self._notes if check is None else {check} & self._notes.keys()
        found = (self._notes[name].get(status, {}) for name in checks)
        return {case for told in found for cases in told.values() for case in cases}

    def _result(self, check: str) -> CheckResult:
        notes = self._notes[check]
        order: tuple[CheckStatus, ...] = ("failed", "passed", "skipped")
        status = next(status for status in order if status in notes)
        # What failed speaks first, then what did not apply, then what passed.
        told = [
            (part, cases, text)
            for part in ("failed", "skipped", "passed")
            for text, cases in sorted(notes.get(part, {}).items(), key=lambda n: -len(n[1]))
            if text
        ]
        if not told:
            return CheckResult(check, status)
        part, cases, text = told[0]
        # The kinds of chunk are named unless it is all of those that the codec takes.
        all_cases = self._cases if part == "skipped" else self._cases - self.cases("skipped")
        lead = f"{', '.join(cases)}: " if any(cases) and set(cases) != all_cases else ""
        others = sum(other == part for other, _, _ in told) - 1
        more = f" (and {others} more)" if others else ""
        if status == "passed" and part == "skipped":
            lead = f"not for {lead}"
        details = tuple(f"{p}: {', '.join(c)}: {t}" if any(c) else f"{p}: {t}" for p, c, t in told)
        return CheckResult(check, status, f"{lead}{text}{more}", details)
