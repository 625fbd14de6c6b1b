"""Finished audits, made by hand: every verdict, and names that are markup."""

from __future__ import annotations

from zarr_devbuf.audit import CheckRecord, Site, SubjectResult, Transfers
from zarr_devbuf.audit.findings.json_document import Audit, BackendInfo
from zarr_devbuf.transfers import Traffic

SCRIPT = "<script>alert(1)</script>"
QUOTES = "\"'><img src=x onerror=alert(2)>"

PASSED = CheckRecord(
    "check_round_trip", "passed", requirement="What goes in comes out.", seconds=0.25
)
SKIPPED = CheckRecord(
    "check_encoded_size", "skipped", "is_fixed_size is not true", requirement="Sizes."
)
HIDDEN = CheckRecord(
    "check_implicit_transfers",
    "failed",
    f"h2d at {SCRIPT}.py:7",
    # The last line is wider than any screen.
    details=(
        f"check_implicit_transfers failed: {SCRIPT}\n  actual: 1 of 4 bytes\n  at: {'1' * 200}",
    ),
    finding="implicit-transfers",
    requirement="Nothing moves without being asked for.",
)
BROKEN = CheckRecord(
    "check_pickling",
    "failed",
    "expected a codec, got \x1b[31mNone\x00\ud800",
    details=("check_pickling failed: ]]>\n  actual: None\x0b",),
    finding="broken",
    requirement=f"It can be pickled. {QUOTES}",
)
SITE = Site("h2d", False, f"their/{SCRIPT}.py:7 in encode", 3, 4096)
MOVED = Transfers(Traffic(4, 400), Traffic(4, 400), 2)


def result(
    name: str, backend: str, verdict: str, *checks: CheckRecord, kind: str = "codec"
) -> SubjectResult:
    """Make the result of one subject on one backend."""
    codec = kind == "codec"
    return SubjectResult(
        kind,
        name,
        backend,
        verdict,  # type: ignore[arg-type]  # one of its values
        MOVED if verdict in ("host-round-trip", "implicit-transfers") else Transfers(chunks=2),
        checks,
        "their-package",
        9 if codec else 0,
        11 if codec else 0,
        0.5,
        (SITE,) if verdict == "implicit-transfers" else (),
    )


def audit(*results: SubjectResult) -> Audit:
    """Make an audit on ``cpu`` and ``sim``."""
    return Audit(
        results or EVERYTHING,
        (
            BackendInfo("cpu", None, True, ("host memory",), {"numpy": "2.5"}),
            BackendInfo("gpu", "no CUDA <driver>"),
            BackendInfo("sim", None, False, ("simulated",), {}),
        ),
        {"python": "3.12", "zarr": "3.4.2"},
        1.5,
    )


EVERYTHING = (
    result("zarr.buffer.cpu", "cpu", "device-native", PASSED, kind="prototype"),
    result("zstd", "cpu", "device-native", PASSED, SKIPPED),
    result("zstd", "sim", "host-round-trip", PASSED, SKIPPED),
    result(SCRIPT, "cpu", "device-native", PASSED),
    result(SCRIPT, "sim", "implicit-transfers", PASSED, HIDDEN),
    result(QUOTES, "cpu", "broken", PASSED, BROKEN),
    result(QUOTES, "sim", "unsupported", SKIPPED),
    result("MemoryStore", "cpu", "device-native", PASSED, kind="store"),
    result("MemoryStore", "sim", "device-native", PASSED, kind="store"),
)
