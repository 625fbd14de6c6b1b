"""Note what one kind of chunk shows about a codec: on plain host memory, and on a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from zarr.abc.codec import BytesBytesCodec

from zarr_devbuf.audit.codecs import describe, is_refusal
from zarr_devbuf.audit.records import Transfers
from zarr_devbuf.audit.round_trip import Done, Stopped
from zarr_devbuf.audit.values import loss, reference_fault, value_fault
from zarr_devbuf.store import BufferMismatchError
from zarr_devbuf.transfers import Traffic

if TYPE_CHECKING:
    from zarr_devbuf.audit.cases import Case
    from zarr_devbuf.audit.codecs import Codec
    from zarr_devbuf.audit.findings import Findings
    from zarr_devbuf.audit.round_trip import Outcome
    from zarr_devbuf.backend import Backend

__all__ = ["judge", "judge_reference", "lives_on_host"]

_TOO = " (so with zarr's own buffers on the host, too)"


def lives_on_host(backend: Backend) -> bool:
    """Tell whether a backend's memory is the host's, so that there is nothing to transfer."""
    return issubclass(backend.array_type, np.ndarray)


def judge_reference(findings: Findings, case: Case, codec: Codec, outcome: Outcome) -> bool:
    """
    Note what keeps a codec from working on plain host memory.

    Returns
    -------
    bool
        Whether it works there, so that a backend can be held to the result.
    """
    if isinstance(outcome, Done):
        lossless = isinstance(codec, BytesBytesCodec) or case.dtype == "bool"
        fault = reference_fault(case.data(), outcome.values, lossless=lossless)
        if fault is not None:
            findings.add("values", "failed", case.name, fault + _TOO)
        return fault is None
    text = describe(outcome.error)
    if outcome.stage in ("accept", "encode") and is_refusal(outcome.error):
        findings.add(outcome.stage, "skipped", case.name, text)
    else:
        findings.add(outcome.stage, "failed", case.name, text + _TOO)
    return False


def judge(
    findings: Findings, case: Case, backend: Backend, reference: Done, outcome: Outcome
) -> Transfers:
    """Note how a codec that works on plain host memory fares on a backend; sum up transfers."""
    if isinstance(outcome, Stopped):
        _note_stop(findings, case, backend, outcome)
        return Transfers()
    for check in ("hold", "accept", "encode", "store_buffer", "reopen", "decode"):
        findings.add(check, "passed", case.name)
    if outcome.owned:
        findings.add("memory", "passed", case.name)
    else:
        wrong = f"expected {backend.array_type.__name__} (backend {backend.name})"
        findings.add("memory", "failed", case.name, f"{wrong}, got {outcome.came_as.__name__}")
    sent = case.data()
    fault = value_fault(sent, reference.values, outcome.values)
    if fault is not None:
        findings.add("values", "failed", case.name, fault)
    else:
        lost = loss(sent, reference.values)[0]
        lossy = f"lossy, as on plain host memory: {lost:.2%} of the range on average"
        findings.add("values", "passed", case.name, lossy if lost else "")
    if lives_on_host(backend):
        return Transfers(chunks=case.chunk_count)
    return _account(findings, case, outcome)


def _note_stop(findings: Findings, case: Case, backend: Backend, outcome: Stopped) -> None:
    error, text = outcome.error, describe(outcome.error)
    if outcome.stage == "hold":
        cannot = f"arrays of backend {backend.name} hold no {case.dtype}"
        findings.add("hold", "skipped", case.name, f"{cannot}: {text}")
    elif isinstance(error, BufferMismatchError):
        findings.add("store_buffer", "failed", case.name, text)
    elif isinstance(error, NotImplementedError):
        # By the codec, or by a simulator that does not model what the codec needs.
        refused = f"not on backend {backend.name}"
        findings.add(outcome.stage, "skipped", case.name, f"{refused}: {text}")
    else:
        findings.add(outcome.stage, "failed", case.name, text)


def _account(findings: Findings, case: Case, outcome: Done) -> Transfers:
    implicit = [transfer for transfer in outcome.transfers if not transfer.explicit]
    if implicit:
        sites = dict.fromkeys(f"{t.direction} at {_shorten(t.where)}" for t in implicit)
        findings.add("implicit_transfers", "failed", case.name, ", ".join(sites))
    else:
        findings.add("implicit_transfers", "passed", case.name)
    sizes = {
        direction: [t.nbytes for t in outcome.transfers if t.direction == direction]
        for direction in ("d2h", "h2d")
    }
    d2h, h2d = (Traffic(len(nbytes), sum(nbytes)) for nbytes in sizes.values())
    return Transfers(d2h, h2d, case.chunk_count)


def _shorten(where: str) -> str:
    """Name an installed module by its path inside the installation."""
    return where.rpartition("site-packages/")[2]
