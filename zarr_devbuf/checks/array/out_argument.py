"""Checks of `out`: results in a buffer of the caller."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import ArrayParams, chunk_shape, numbers
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check, documented_read
from zarr_devbuf.checks.array.selection_cases import method_cases
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from zarr_devbuf.checks.array.selection import Kind

_DTYPES = {"i4": ("f8", "i8"), "f4": ("f8",), "u1": ("i4",), "f8": ("f4",)}


@documented_read(advice="Write each chunk into the memory of `out`, by its strides.", elements=True)
def check_out(harness: ArrayHarness) -> None:
    """A result is written into the memory of `out`, which is on the device, and nowhere else.

    By basic, orthogonal, mask and block selections, into contiguous memory, in Fortran order, and
    into a part of a larger array, whose other elements stay unchanged.
    """
    _out(harness, "basic", "orthogonal", "mask", "block")


@documented_read(advice="Put points into `out`, not into a buffer of the array.", elements=True)
def check_out_of_coordinates(harness: ArrayHarness) -> None:
    """Points that `get_coordinate_selection` reads are written into the memory of `out`."""
    _out(harness, "coordinate")


@array_check(
    source="ours",
    severity="read wrong",
    advice="Compare the shape of `out` with that of the selection.",
    elements=True,
)
def check_invalid_out(harness: ArrayHarness) -> None:
    """An `out` of another shape is rejected, and stays unchanged."""
    array, values = harness.filled()
    before = numbers((values.shape[0] + 1, *values.shape[1:]), values.dtype, 50)
    memory = harness.put(before)
    out = harness.backend.prototype.nd_buffer.from_ndarray_like(memory)
    doing = f"reading shape {values.shape} into an out of shape {before.shape}"
    error, _ = harness.attempt(doing, lambda: array.get_basic_selection(..., out=out), ValueError)
    if not error:
        raise harness.failed(doing, expected="a ValueError", actual="no exception")
    harness.assert_values(memory, before, "the rejected out")


@array_check(
    *(ArrayParams(dtype=dtype) for dtype in _DTYPES),
    source="ours",
    severity="read wrong",
    advice="Convert the values to the dtype of `out`, or reject it before it is written.",
)
def check_out_of_other_dtypes(harness: ArrayHarness) -> None:
    """The values are converted to the dtype of `out`, or it is rejected, as on the host.

    The bytes of one dtype must not be taken for those of another.
    """
    array, values = harness.filled()
    for dtype in _DTYPES[str(harness.params.dtype)]:
        for selection in method_cases(values.shape, "basic", "orthogonal", "mask"):
            expected = np.asarray(selection.take(values, chunk_shape(array))).astype(dtype)
            memory = harness.put(expected * 0)
            doing = f"reading {selection} into an out of {dtype}"
            read = functools.partial(_get, harness, array, selection, memory)
            error, _ = harness.attempt(doing, read, RuntimeError, TypeError, ValueError)
            harness.assert_values(memory, expected * 0 if error else expected, doing)


def _out(harness: ArrayHarness, *kinds: Kind) -> None:
    array, values = harness.filled()
    for selection in method_cases(values.shape, *kinds):
        expected = np.asarray(selection.take(values, chunk_shape(array)))
        inside = tuple(slice(1, n + 1) for n in expected.shape)
        around = np.zeros([n + 2 for n in expected.shape], expected.dtype)
        for layout in ("contiguous", "in Fortran order", "part of a larger array"):
            with unrecorded_transfers():
                memory = target = harness.put(around[inside])
                if layout == "in Fortran order":
                    memory = target = harness.put(around[inside].T).T
                elif layout == "part of a larger array":
                    memory = harness.put(around)
                    target = memory[inside]
            doing = f"reading {selection} into an out that is {layout}"
            with harness.device(doing), measured(harness.case(doing)):
                _get(harness, array, selection, target)
            whole = around.copy()
            whole[inside] = expected
            harness.assert_values(memory, expected if memory is target else whole, doing)


def _get(harness: ArrayHarness, array: Any, selection: Any, memory: Any) -> None:
    """Read a selection into an array on the device."""
    out = harness.backend.prototype.nd_buffer.from_ndarray_like(memory)
    getattr(array, f"get_{selection.kind}_selection")(selection.key, out=out)
