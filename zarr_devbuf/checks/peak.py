"""How much device memory it takes to write and to read."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf._backends.zarr_internals import sync
from zarr_devbuf.checks._harness import fresh_store, on_device, peak_memory
from zarr_devbuf.checks.array.array_params import ArrayParams, make_array, numbers, takes_settings
from zarr_devbuf.checks.codec.chunks import TYPICAL
from zarr_devbuf.checks.codec.harness import CodecHarness, conditions
from zarr_devbuf.checks.results import Peak
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import transfer_guard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.registry import Kind

__all__ = ["measure_peak"]

# Much more than the 512 bytes in which memory is allocated. Bytes of a value; elements of a chunk
# of a codec, since sharding takes a second for each MiB; an array of eight chunks of 128 KiB.
_VALUE = 1 << 18
_CHUNK = 1 << 14
_ARRAY = ArrayParams((512, 512), (128, 256), "f4")


def measure_peak(kind: Kind, subject: Any, backend: Backend) -> Peak | None:
    """
    Measure the peak of device memory while a subject writes, and while it reads.

    Parameters
    ----------
    kind : str
        The kind of the subject.
    subject : object
        As for `zarr_devbuf.checks.check_codec` and the like.
    backend : Backend
        An available backend.

    Returns
    -------
    Peak or None
        None for other kinds than codecs, stores and arrays, for host memory, for a backend without
        memory pools, and if the subject fails.
    """
    if backend.is_host or kind not in _PEAKS:
        return None
    try:
        with warnings.catch_warnings(), transfer_guard("allow"):
            warnings.simplefilter("ignore")
            return _PEAKS[kind](subject, backend)
    except Exception:  # noqa: BLE001 - the checks report whatever a subject raises
        return None


def _of_codec(codec: Any, backend: Backend) -> Peak | None:
    with conditions(backend):
        for chunk in TYPICAL:
            # The last axis is enlarged.
            factor = -(-_CHUNK // max(1, math.prod(chunk.shape)))
            shape = (*chunk.shape[:-1], *(each * factor for each in chunk.shape[-1:]))
            large = replace(chunk, shape=shape, nbytes=None)
            try:
                harness = CodecHarness.of(codec, large, backend)
                data = harness.input()
                encoded = harness.encode(data)  # once before, for what is made only once
                harness.decode(encoded)
            except Exception:  # noqa: BLE001, S112 - the codec rejects this kind of chunk
                continue
            nbytes = large.values().nbytes
            return Peak(
                peak_memory(backend, lambda: harness.encode(data)) / nbytes,  # noqa: B023
                peak_memory(backend, lambda: harness.decode(encoded)) / nbytes,  # noqa: B023
            )
    return None


def _of_store(store: Any, backend: Backend) -> Peak:
    with fresh_store(store) as opened, use_backend(backend):
        values = on_device(backend, np.arange(_VALUE, dtype="uint8"))
        value = backend.prototype.buffer.from_array_like(values)
        write = peak_memory(backend, lambda: sync(opened.set("c/0", value)))
        read = peak_memory(backend, lambda: sync(opened.get("c/0", backend.prototype)))
    return Peak(write / _VALUE, read / _VALUE)


def _of_array(subject: Callable[..., Any] | None, backend: Backend) -> Peak:
    with use_backend(backend):
        array = make_array(subject, _ARRAY if takes_settings(subject) else None)
        values = on_device(backend, numbers(array.shape, array.dtype))
        size = math.prod(array.shards or array.chunks) * array.dtype.itemsize
        write = peak_memory(backend, lambda: array.__setitem__(..., values))
        read = peak_memory(backend, lambda: array[...])
    return Peak(write / max(1, size), read / max(1, size))


_PEAKS: Mapping[Kind, Callable[[Any, Backend], Peak | None]] = {
    "codec": _of_codec,
    "store": _of_store,
    "array": _of_array,
}
