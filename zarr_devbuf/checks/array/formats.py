"""Checks of formats: both of metadata, zarr's own compressors and filters, memory order, bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.codecs

from zarr_devbuf.checks.array.array_params import Form, numbers
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.configuration import host_configuration
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.array.harness import Trial


_PART = (slice(2, 6), slice(1, 5))


@check("array")
def check_format_2(subject: Any, backend: Backend) -> None:
    """An array of format 2, without compressor and filters, is written and read as one of 3."""
    for dtype in ("i4", "f8", "u1"):
        for trial in trials(subject, backend, Form(dtype=dtype, zarr_format=2)):
            _round_trip(trial, f"format 2, {dtype}")


@check("array")
def check_format_2_order(subject: Any, backend: Backend) -> None:
    """An array of format 2 whose chunks are stored in Fortran order is written and read."""
    for trial in trials(subject, backend, Form(zarr_format=2, order="F")):
        _round_trip(trial, "format 2, order F")


@check("array")
def check_format_2_compressors(subject: Any, backend: Backend) -> None:
    """An array of format 2 with the compressor that zarr chooses is written and read."""
    for trial in trials(subject, backend, Form(zarr_format=2, compressors="auto")):
        _round_trip(trial, "format 2, the default compressor")


@check("array")
def check_default_compressors(subject: Any, backend: Backend) -> None:
    """An array with the compressors that zarr chooses is written and read."""
    for trial in trials(subject, backend, Form(compressors="auto", filters="auto")):
        _round_trip(trial, "the default compressors")


@check("array")
def check_checksums(subject: Any, backend: Backend) -> None:
    """An array whose chunks carry a checksum is written and read."""
    for trial in trials(subject, backend, Form(compressors=(zarr.codecs.Crc32cCodec(),))):
        _round_trip(trial, "crc32c")


@check("array")
def check_transposed(subject: Any, backend: Backend) -> None:
    """An array whose chunks are stored transposed is written and read."""
    for trial in trials(
        subject, backend, Form(filters=(zarr.codecs.TransposeCodec(order=(1, 0)),))
    ):
        _round_trip(trial, "transposed chunks")


@check("array")
def check_memory_order(subject: Any, backend: Backend) -> None:
    """Results lie in the memory order that the array is configured for, as on the host."""
    for order in ("C", "F"):
        for trial in trials(subject, backend, Form(order=order)):
            _round_trip(trial, f"order {order}")
            array, _ = trial.filled()
            for at in (np.s_[...], _PART):
                with use_backend(backend):
                    found: Any = array[at]
                flag = f"{order.lower()}_contiguous"
                if not getattr(found.flags, flag):
                    raise violated(
                        case=trial.name(f"{at}, order {order}"),
                        expected=f"a result that is {flag}",
                        actual=f"strides {found.strides} of shape {found.shape}",
                        advice="pass the order on to `nd_buffer.create`, and heed it there",
                    )


@check("array")
def check_stored_bytes(subject: Any, backend: Backend) -> None:
    """What is stored from the device is, byte for byte, what is stored from the host.

    The values agree after a round trip also where both ways are wrong: another program, or the
    host, would read something else. Whole chunks and parts of them, no codec but `bytes`.
    """
    for zarr_format in (3, 2):
        form = Form(zarr_format=zarr_format, fill_value=5)
        for trial in trials(subject, backend, form):
            host, device = trial.empty(), trial.empty()
            for at, start in ((np.s_[0:6, 0:4], 10), (np.s_[5:7, 3:6], 90)):
                values = numbers((7, 6), "i4", start)[at]
                with host_configuration():
                    host[at] = values
                with use_backend(backend), during(f"writing {at}"):
                    device[at] = trial.put(values)
            due, found = trial.keys(host), trial.keys(device)
            wrong = [key for key in {**due, **found} if due.get(key) != found.get(key)]
            if wrong:
                key = wrong[0]
                raise violated(
                    case=trial.name(f"{key}, format {zarr_format}"),
                    expected=_shown(due.get(key)),
                    actual=_shown(found.get(key)),
                    advice="the bytes are wrong, whatever comes back: look at byte order, strides, "
                    "and the fill of chunks written in part",
                )


def _shown(data: bytes | None) -> str:
    return "no such key" if data is None else f"{len(data)} bytes {data[:64].hex(' ', 4)}"


def _round_trip(trial: Trial, case: str) -> None:
    array, values = trial.filled()
    trial.reads(array, lambda source: source[...], values, case)
    trial.reads(array, lambda source: source[_PART], values[_PART], f"{case}, a part")
    source = numbers((7, 6), values.dtype, 40)

    def write(array: Any, put: Any) -> None:
        array[...] = put(source)
        array[_PART] = put(values[_PART])

    def expect(model: Any) -> None:
        model[...] = source
        model[_PART] = values[_PART]

    trial.writes(write, expect, case)
    array = trial.empty()
    with use_backend(trial.backend), during(f"writing and reading {case}"):
        array[...] = trial.put(source)
        found = array[...]
    trial.judge(found, source, trial.name(f"{case}, written and read on the device"))
    same(trial.contents(array), source, trial.name(f"{case}, written on the device"))
