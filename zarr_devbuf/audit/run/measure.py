"""Count the chunks that a subject accepts, and the transfers and the memory for one of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
from zarr.abc.codec import ArrayBytesCodec
from zarr.storage import MemoryStore

from zarr_devbuf._backends.zarr_internals import sync
from zarr_devbuf.audit.findings.results import Transfers
from zarr_devbuf.checks._harness import fresh_store, on_device
from zarr_devbuf.checks.codec.chunks import TEXT, TYPICAL
from zarr_devbuf.checks.codec.harness import CodecHarness, conditions
from zarr_devbuf.checks.codec.host_result import HostFault, result_with_reference
from zarr_devbuf.checks.errors import Refused
from zarr_devbuf.checks.peak import measure_peak
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import Traffic, TransferLog, record_transfers, transfer_guard

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks import Kind, Peak

__all__ = ["Measure", "measure"]


@dataclass(frozen=True, slots=True)
class Measure:
    """
    What was measured of a subject.

    Attributes
    ----------
    transfers : Transfers
        For all chunks that were written and read.
    taken, tried : int
        How many kinds of chunk a codec accepts, of those tried.
    peak : Peak or None
        The peak of device memory for one large chunk; None if it cannot be measured.
    """

    transfers: Transfers = field(default_factory=Transfers)
    taken: int = 0
    tried: int = 0
    peak: Peak | None = None


def measure(kind: Kind, subject: Any, backend: Backend) -> Measure:
    """
    Write and read a few chunks or values once each, and count the transfers.

    What fails is not counted: the checks report it.
    """
    with warnings.catch_warnings(), transfer_guard("allow"):
        warnings.simplefilter("ignore")
        try:
            if kind == "codec":
                found = _of_codec(subject, backend)
            elif kind == "store":
                found = Measure(_of_store(subject, backend))
            elif kind == "array" and subject is None:
                found = Measure(_of_array(backend))
            else:
                found = Measure()
        except Exception:  # noqa: BLE001 - the checks report whatever a subject raises
            return Measure()
        return replace(found, peak=measure_peak(kind, subject, backend))


def _of_codec(codec: Any, backend: Backend) -> Measure:
    taken = tried = 0
    moved = Transfers()
    with conditions(backend):
        for offered in (TYPICAL, TEXT):
            for chunk in offered:
                tried += 1
                try:
                    expected = result_with_reference(codec, chunk, backend)
                except Refused:
                    continue
                except HostFault:
                    taken += 1
                    continue
                try:
                    harness = CodecHarness.of(codec, chunk, backend)
                    encodes = expected.encodes
                    data = harness.input() if encodes else harness.encoded_input(expected.encoded)
                    taken += 1
                    with record_transfers() as log:
                        harness.decode(harness.encode(data) if encodes else data)
                except Exception:  # noqa: BLE001, S112 - see `measure`
                    continue
                moved += _sums(log, backend)
            if taken or not isinstance(codec, ArrayBytesCodec):
                break
    return Measure(moved, taken, tried)


def _of_store(store: Any, backend: Backend) -> Transfers:
    with fresh_store(store) as opened, use_backend(backend):
        values = on_device(backend, np.arange(100, dtype="B"))
        value = backend.prototype.buffer.from_array_like(values)
        with record_transfers() as log:
            sync(opened.set("c/0", value))
            sync(opened.get("c/0", backend.prototype))
    return _sums(log, backend)


def _of_array(backend: Backend) -> Transfers:
    with use_backend(backend):
        array = zarr.create_array(
            MemoryStore(), shape=(8, 12), chunks=(4, 12), dtype="float32", compressors=None
        )
        values = on_device(backend, np.arange(1, 97, dtype="float32").reshape(8, 12))
        with record_transfers() as log:
            array[...] = values
            array[...]
    return _sums(log, backend, chunks=2)


def _sums(log: TransferLog, backend: Backend, chunks: int = 1) -> Transfers:
    if backend.is_host:
        return Transfers(chunks=chunks)
    return Transfers(
        Traffic(log.device_to_host.count, log.device_to_host.nbytes),
        Traffic(log.host_to_device.count, log.host_to_device.nbytes),
        chunks,
    )
