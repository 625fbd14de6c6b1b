"""Checks of parts of arrays: what nobody has written, parts of chunks, and steps; against NumPy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
from zarr.registry import get_codec_class
from zarr.storage import MemoryStore

from zarr_devbuf.checks.codec.array_harness import ArrayHarness, array_check
from zarr_devbuf.checks.errors import Refused

if TYPE_CHECKING:
    from zarr_devbuf.checks.codec.harness import Values


def _selections(array: ArrayHarness, *, steps: bool = True) -> tuple[tuple[Any, ...], ...]:
    """Make selections that cover chunks in part: without steps, and with some before these."""
    length, width = array.shape[0], array.shape[1] if len(array.shape) > 1 else 1
    stepped = (
        (slice(None, None, 2),),
        (slice(1, length - 1, 3),),
        (slice(length // 3, length // 3 + 2), slice(1, max(2, width - 2), 2)),
    )
    some = ((length // 2,), (slice(0, length), width // 2), (..., slice(0, 1)))
    return tuple(
        each
        for each in (*(stepped if steps else ()), *some)
        if len(each) == 1 or len(array.shape) > 1
    )


@array_check(
    (0, "C"),
    (0, "F"),
    (1, "C"),
    advice="Return None for a chunk that is missing, and begin a new chunk with "
    "`chunk_spec.fill_value`.",
    source="documented",
    severity="stored wrong",
    enough=2,
)
def check_missing_chunks(array: ArrayHarness) -> None:
    """What nobody has written is read as the fill value, also round a part that was written.

    For a missing chunk the getter of a partial codec gives None; so does it. A part that is written
    first begins a chunk of fill values, which are not always 0: NaN for measurements. Source: the
    fill value in Zarr's specification.
    """
    for fill_value in _fill_values(array):
        one = replace(array, fill_value=fill_value)
        made = one.create(array.backend.StoreExpectingTestBuffer())
        model = np.full(one.shape, fill_value, dtype=one.chunk.native)
        for selection in ((...,), *_selections(one)):
            _assert_read(one, made, model, selection, "before anything is written")
        _write(one, made, model, one.part)
        _write(one, made, model, (slice(-1, None),))
        for selection in ((...,), *_selections(one, steps=False)):
            _assert_read(one, made, model, selection, "after a part is written")


@array_check(
    (0, "C"),
    (1, "C"),
    advice="Apply the whole selection, steps included, to the decoded chunk.",
    source="documented",
    severity="read wrong",
    enough=2,
)
def check_selections(array: ArrayHarness) -> None:
    """Parts of chunks are read and written with and without steps as NumPy does it.

    By slices with steps and integers; on the host by lists of indices and points, too. Codecs that
    read or write parts of a chunk themselves are given what zarr makes of these.
    """
    made = array.create(array.backend.StoreExpectingTestBuffer())
    model = np.zeros(array.shape, dtype=array.chunk.native)
    _write(array, made, model, (...,))
    for selection in _selections(array):
        _assert_read(array, made, model, selection, "")
    for selection in _selections(array)[:4]:
        _write(array, made, model, selection)
        _assert_read(array, made, model, (...,), f"after {selection} was written")
    if not array.backend.is_host:
        return  # zarr itself moves indices and results between host and device there
    rows = np.array([0, 1, array.shape[0] // 2, array.shape[0] - 2, array.shape[0] - 1])
    points = tuple(rows % extent for extent in array.shape)
    got = made.oindex[(rows, *[slice(None)] * (len(array.shape) - 1))]
    _assert_equal(array, got, model[rows], f"read oindex[{rows.tolist()}]")
    got = made.vindex[points]
    _assert_equal(array, got, model[points], "read vindex at 5 points")


@array_check(
    (0, "C"),
    (1, "C"),
    advice="Register the class by the name that to_dict() gives (entry point group zarr.codecs), "
    "and put the whole configuration there.",
    source="documented",
    severity="read wrong",
    enough=2,
)
def check_reopened(array: ArrayHarness) -> None:
    """An array that is opened again from its metadata reads the same values.

    The class of the codec is found by its name in zarr's registry then, and made from what the
    metadata hold. A codec whose name is not registered is not checked.
    """
    if array.codec is not None:
        data = array.codec.to_dict()
        try:
            get_codec_class(str(data["name"]))
        except KeyError as error:
            raise Refused(f"{data['name']!r} is not registered with zarr") from error
    store = MemoryStore()
    made = array.create(store)
    array.write(made, ..., array.part)
    again: Any = zarr.open_array(store, mode="r+", config={"order": array.order})
    array.assert_reads(again, ..., array.part, how=", opened again")
    array.write(again, array.part)
    array.assert_reads(made, ..., how=", after the one that was opened again has written")


def _fill_values(array: ArrayHarness) -> tuple[Any, ...]:
    dtype = array.chunk.native
    if dtype.kind in "fc" and array.is_lossless():
        return (dtype.type(np.nan), dtype.type(-1.5))
    return (array.values().reshape(-1)[-1],)


def _write(
    array: ArrayHarness, made: zarr.Array[Any], model: Values, selection: tuple[Any, ...]
) -> None:
    """Write to the array what is written to the model."""
    values = np.ascontiguousarray(array.values()[::-1][selection])
    model[selection] = values
    array.put(made, selection, values)


def _assert_read(
    array: ArrayHarness, made: zarr.Array[Any], model: Values, selection: tuple[Any, ...], when: str
) -> None:
    got = made.get_basic_selection(selection)
    _assert_equal(array, got, model[selection], f"read {selection} {when}".rstrip())


def _assert_equal(array: ArrayHarness, got: Any, expected: Values, what: str) -> None:
    case = array.about(what)
    array.assert_model(array.to_host(got, case), np.asarray(expected), case)
