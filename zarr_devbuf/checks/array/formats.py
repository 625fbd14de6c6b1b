"""Checks of formats: both of metadata, zarr's own compressors and filters, memory order, bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from zarr.codecs import Crc32cCodec, TransposeCodec

from zarr_devbuf.checks.array.array_params import ArrayParams, numbers
from zarr_devbuf.checks.array.assertions import assert_round_trip, assert_stored_same
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check
from zarr_devbuf.checks.array.selection_cases import PART


@array_check(
    *(ArrayParams(dtype=dtype, zarr_format=2) for dtype in ("i4", "f8", "u1")),
    advice="Handle chunks of format 2 on the device, as those of format 3.",
)
def check_format_2(harness: ArrayHarness) -> None:
    """An array of format 2, without compressor and filters, is written and read as one of 3."""
    _written_and_read(harness)


@array_check(ArrayParams(zarr_format=2, order="F"), advice="Transpose chunks on the device.")
def check_format_2_order(harness: ArrayHarness) -> None:
    """An array of format 2 whose chunks are stored in Fortran order is written and read."""
    _written_and_read(harness)


@array_check(
    ArrayParams(zarr_format=2, compressors="auto"),
    advice="Move chunks to the host for a numcodecs compressor, and back.",
)
def check_format_2_compressors(harness: ArrayHarness) -> None:
    """An array of format 2 with the compressor that zarr chooses is written and read."""
    _written_and_read(harness)


@array_check(
    ArrayParams(compressors="auto", filters="auto"),
    advice="Compress bytes of the prototype, or move them to the host for it.",
)
def check_default_compressors(harness: ArrayHarness) -> None:
    """An array with the compressors that zarr chooses is written and read."""
    _written_and_read(harness)


@array_check(
    ArrayParams(compressors=(Crc32cCodec(),)),
    advice="Compute the checksum of a copy on the host, and append it on the device.",
)
def check_checksums(harness: ArrayHarness) -> None:
    """An array whose chunks have a checksum is written and read."""
    _written_and_read(harness)


@array_check(
    ArrayParams(filters=(TransposeCodec(order=(1, 0)),)),
    advice="Transpose by the array library of the device, and copy to C order before `bytes`.",
)
def check_transposed(harness: ArrayHarness) -> None:
    """An array whose chunks are stored transposed is written and read."""
    _written_and_read(harness)


@array_check(
    ArrayParams(order="C"),
    ArrayParams(order="F"),
    advice="Pass the order on to `nd_buffer.create`, and use it there.",
)
def check_memory_order(harness: ArrayHarness) -> None:
    """Results have the memory order that the array is configured for, as on the host."""
    _written_and_read(harness)
    array, _ = harness.filled()
    flag = f"{harness.params.order.lower()}_contiguous"
    for key in (..., PART):
        with harness.device(f"reading {key}"):
            found: Any = array[key]
        if not getattr(found.flags, flag):
            actual = f"strides {found.strides} of shape {found.shape}"
            expected = f"a result that is {flag}"
            raise harness.failed(f"reading {key}", expected=expected, actual=actual)


@array_check(
    ArrayParams(fill_value=5),
    ArrayParams(fill_value=5, zarr_format=2),
    advice="Look at byte order, strides, and the fill of partial chunks: the bytes are wrong.",
)
def check_stored_bytes(harness: ArrayHarness) -> None:
    """The device stores, byte for byte, what the host stores.

    After a round trip the values are equal even if writing and reading are both wrong: another
    program, or the host, would read something else. Whole chunks and parts of them, with no codec
    but `bytes`.
    """
    host, device = harness.empty(), harness.empty()
    for key, start in ((np.s_[0:6, 0:4], 10), (np.s_[5:7, 3:6], 90)):
        values = numbers((7, 6), "i4", start)[key]
        with harness.host(f"writing {key} in plain host memory"):
            host[key] = values
        harness.write(device, key, values, f"writing {key}")
    assert_stored_same(harness, device, host, "whole chunks and parts written")


def _written_and_read(harness: ArrayHarness) -> None:
    """Assert a round trip between host and device, and one on the device."""
    assert_round_trip(harness)
    array = harness.empty()
    source = numbers(array.shape, array.dtype, 40)
    with harness.device("writing and reading"):
        array[...] = harness.put(source)
        found = array[...]
    harness.assert_result(found, source, "written and read on the device")
    harness.assert_contents(array, source, "written on the device")
