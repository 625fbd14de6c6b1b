"""Operations that are made to fail, and what must be true of an array afterwards."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf._backends.zarr_internals import array_on_store
from zarr_devbuf.checks._assertions import same_bits, show
from zarr_devbuf.checks.array.array_params import chunk_shape, sharded
from zarr_devbuf.checks.array.harness import array_check
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.config import use_backend
from zarr_devbuf.faults import FaultyStore

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    import zarr

    from zarr_devbuf.checks.array.harness import ArrayHarness

__all__ = [
    "assert_chunks_whole",
    "fault_check",
    "on_faulty_store",
    "part_of",
    "reads_correctly",
    "works",
    "writes_correctly",
]

# A check that needs chunks: of any array, and of a sharded one if the subject takes settings.
fault_check = functools.partial(array_check, also=(sharded(),), elements=True)


def part_of(array: zarr.Array[Any]) -> tuple[slice, ...]:
    """Select a part of an array that cuts through chunks; through some of those of shards."""
    if array.shards:
        return tuple(slice(n // 2 - 1, n // 2 + 1) for n in array.shape)
    return tuple(slice(n // 3, None) for n in array.shape)


def on_faulty_store(array: zarr.Array[Any]) -> tuple[zarr.Array[Any], FaultyStore[Any]]:
    """Make a copy of an array, of the same class, whose store can be made to fail."""
    store = FaultyStore(array.store)
    return array_on_store(array, store), store


def works(harness: ArrayHarness, call: Callable[[], Any]) -> bool:
    """Tell whether an operation works if nothing fails; if not, other checks report it."""
    try:
        with use_backend(harness.backend):
            call()
    except Exception:  # noqa: BLE001 - the checks of the operation itself report it
        return False
    return True


def reads_correctly(
    harness: ArrayHarness, read: Callable[[], Any], expected: npt.NDArray[Any]
) -> bool:
    """Tell whether a read returns the values if nothing fails; if not, other checks report it."""
    found: list[Any] = []
    if not works(harness, lambda: found.append(read())):
        return False
    host = np.asarray(harness.to_host(found[0]))
    return host.shape == expected.shape and same_bits(host, expected.astype(host.dtype))


def writes_correctly(
    harness: ArrayHarness,
    write: Callable[[], Any],
    array: zarr.Array[Any],
    expected: npt.NDArray[Any],
) -> bool:
    """Tell whether a write leaves the values if nothing fails; if not, other checks report it."""
    return works(harness, write) and same_bits(harness.contents(array), expected)


def assert_chunks_whole(
    harness: ArrayHarness,
    array: zarr.Array[Any],
    old: npt.NDArray[Any],
    new: npt.NDArray[Any],
    case: str,
) -> None:
    """Assert that every stored chunk is as before a write or as after it, and no mixture.

    A chunk that is not part of the write is the same before and after it.
    """
    found = harness.contents(array)
    chunks = chunk_shape(array)
    starts = [range(0, n, c) for n, c in zip(old.shape, chunks, strict=True)]
    for corner in itertools.product(*starts):
        key = tuple(slice(start, start + c) for start, c in zip(corner, chunks, strict=True))
        if same_bits(found[key], old[key]) or same_bits(found[key], new[key]):
            continue
        touched = not same_bits(old[key], new[key])
        state = "as before or as after the write, whole" if touched else "unchanged"
        raise violated(
            case=case,
            expected=f"the chunk at {corner} {state}: {show(old[key])}",
            actual=show(found[key]),
            advice=harness.advice,
        )
