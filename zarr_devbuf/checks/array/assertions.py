"""Assertions of the checks of arrays: round trips, stored bytes, transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks._assertions import show_bytes
from zarr_devbuf.checks.array.array_params import numbers
from zarr_devbuf.checks.array.selection_cases import PART
from zarr_devbuf.checks.errors import violated

if TYPE_CHECKING:
    import zarr

    from zarr_devbuf.checks.array.harness import ArrayHarness
    from zarr_devbuf.transfers import TransferLog


def assert_round_trip(harness: ArrayHarness, *, empty: bool = False) -> None:
    """Assert that all of an array and a part are read, and written."""
    array, values = harness.filled()
    for key in (..., PART):
        harness.assert_reads(array, values, key)
    source = numbers(values.shape, values.dtype, 40)
    harness.assert_writes((..., source), (PART, values[PART]), empty=empty)


def assert_stored_same(
    harness: ArrayHarness, array: zarr.Array[Any], host: zarr.Array[Any], text: str
) -> None:
    """Assert that two arrays have the same keys and bytes in their stores."""
    found, expected = harness.stored(array), harness.stored(host)
    keys = [*expected, *(key for key in found if key not in expected)]
    for key in keys:
        if found.get(key) != expected.get(key):
            raise harness.failed(
                f"{text}, {key!r} in the store",
                expected=f"{_show(expected, key)}, as the host stores",
                actual=_show(found, key),
            )


def _show(stored: dict[str, bytes], key: str) -> str:
    return show_bytes(stored[key]) if key in stored else "no such key"


def assert_no_transfers(harness: ArrayHarness, log: TransferLog, doing: str) -> None:
    """Assert that nothing was transferred."""
    if len(log):
        raise violated(
            case=harness.case(doing),
            expected="no transfer between host and device",
            actual=f"{len(log)} transfers",
            advice=harness.advice,
            transfers=log,
        )
