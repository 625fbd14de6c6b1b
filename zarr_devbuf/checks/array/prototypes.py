"""Checks of prototypes: as an argument or by configuration, in turn, and not for metadata."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf._backends.zarr_internals import sync
from zarr_devbuf.checks._harness import HOST
from zarr_devbuf.checks.array.array_params import ArrayParams, chunk_shape, numbers
from zarr_devbuf.checks.array.assertions import assert_no_transfers
from zarr_devbuf.checks.array.harness import (
    ArrayHarness,
    array_check,
    documented_read,
    documented_write,
)
from zarr_devbuf.checks.array.selection_cases import method_cases
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.transfers import record_transfers


@documented_write(advice="Read back, on the device, the chunks that it stored itself.")
def check_written_and_read_on_device(harness: ArrayHarness) -> None:
    """What is written from the device is read on the device, without the host in between.

    The chunks in the store are those that the device wrote: whole ones, then parts of them.
    """
    array = harness.empty()
    values = numbers(array.shape, array.dtype, 21)
    part = tuple(slice(n // 3, None) for n in values.shape)
    with harness.device("writing and reading"):
        array[...] = harness.put(values)
        first: Any = array[...]
        array[part] = harness.put(values[part][::-1] if values.ndim else values)
        second: Any = array[...]
    harness.assert_result(first, values, "all written, all read")
    values[part] = values[part][::-1].copy() if values.ndim else values
    harness.assert_result(second, values, "a part written, all read")


@documented_read(advice="Pass `prototype` on to the pipeline and the store.", elements=True)
def check_prototype_argument(harness: ArrayHarness) -> None:
    """The prototype that is passed to a method is used, not the one that is configured.

    Reads and writes by `get_…` and `set_basic_selection`, orthogonal, mask, block and coordinate
    ones, with the host configured; and the host's prototype with the device configured.
    """
    _methods(harness)


@documented_read(
    ArrayParams(zarr_format=2), advice="Take the prototype of the array spec in `V2Codec`."
)
def check_format_2_prototype_argument(harness: ArrayHarness) -> None:
    """In format 2, too, the prototype that is passed to a method is used.

    Chunks of format 2 have a codec of their own.
    """
    _methods(harness)


@documented_read(advice="Use the `prototype` argument, unless it is None.", elements=True)
def check_asynchronous(harness: ArrayHarness) -> None:
    """The asynchronous array takes the prototype as an argument, in `getitem` and `setitem`."""
    array, values = harness.filled()
    other = numbers(values.shape, values.dtype, 600)
    inner = array.async_array
    prototype = harness.backend.prototype
    with harness.host("using the asynchronous array"):
        found: Any = sync(inner.getitem(slice(1, None), prototype=prototype))
        harness.assert_result(found, values[1:], "getitem")
        sync(inner.setitem(slice(1, None), harness.put(other[1:]), prototype=prototype))
    values[1:] = other[1:]
    harness.assert_contents(array, values, "setitem")
    with harness.device("using the asynchronous array"):
        rows = np.array([0, values.shape[0] - 1])
        selection: Any = (rows, *(slice(None) for _ in values.shape[1:]))
        found = sync(inner.oindex.getitem(selection))
        harness.assert_result(found, values[rows], "oindex.getitem")
        found = sync(inner.getitem(...))
        harness.assert_result(found, values, "getitem, by configuration")


@array_check(
    source="ours",
    severity="stored wrong",
    advice="Read the configuration at each operation, and keep nothing of it.",
)
def check_configuration_switched(harness: ArrayHarness) -> None:
    """An open array follows the configuration from one operation to the next.

    Host, device, host, device, on one array: what is remembered from the first shows.
    """
    array, values = harness.filled()
    for turn in range(3):
        with harness.device("reading with the device configured"):
            found: Any = array[...]
        harness.assert_result(found, values, f"turn {turn}, device configured")
        with harness.host("reading with the host configured"):
            found = array[...]
        harness.assert_result(found, values, f"turn {turn}, host configured", on_host=True)
        values = numbers(values.shape, values.dtype, 100 * turn + 7)
        harness.write(array, ..., values, "writing with the device configured")
        with harness.host("reading with the host configured"):
            found = array[...]
        harness.assert_result(found, values, f"turn {turn}, written on the device", on_host=True)


@array_check(
    source="ours",
    severity="stored wrong",
    advice="Read the chunk from the store again before a part of it is written.",
)
def check_between_devices(harness: ArrayHarness) -> None:
    """A chunk that was written on one device is completed by the other, and read by both.

    The host writes a row, the device the next, the host the third: each has to read what the
    other stored.
    """
    array = harness.empty()
    if not array.ndim or array.shape[0] < 3:
        raise NotApplicable(f"an array of shape {array.shape} has no three rows")
    values = numbers(array.shape, array.dtype, 60)
    for row in range(array.shape[0]):
        key = slice(row, row + 1)
        if row % 2:
            harness.write(array, key, values[key], "writing a row on the device")
        else:
            with harness.host("writing a row on the host"):
                array[key] = values[key]
    harness.assert_reads(array, values, text="rows written by host and device in turn")


@array_check(
    source="ours",
    severity="wasteful",
    advice="Write metadata with the host's prototype.",
    device_only=True,
)
def check_metadata_stays_on_host(harness: ArrayHarness) -> None:
    """Metadata are written from the host: making, resizing and describing an array moves nothing.

    They are text that the host writes and reads. A prototype on a device, configured for the
    chunks, has no part in them.
    """
    with harness.device("writing metadata"), record_transfers() as log:
        array = harness.make()
        array.update_attributes({"unit": "m"})
        array.resize(tuple(n + 1 for n in array.shape))
    assert_no_transfers(harness, log, "making an array, writing its attributes, resizing it")


def _methods(harness: ArrayHarness) -> None:
    array, values = harness.filled()
    chunks = chunk_shape(array)
    prototype = harness.backend.prototype
    for number, selection in enumerate(method_cases(values.shape)):
        expected = selection.take(values, chunks)
        name = f"get_{selection.kind}_selection"
        get = getattr(array, name)
        if selection.kind != "coordinate":  # points have a check of their own
            with harness.host(f"calling {name} with a prototype of the device"):
                found: Any = get(selection.key, prototype=prototype)
            harness.assert_result(found, expected, f"{name} with a prototype of the device")
        with harness.device(f"calling {name} with a prototype of the host"):
            found = get(selection.key, prototype=HOST)
        harness.assert_result(found, expected, f"{name} with a prototype of the host", on_host=True)

        name = f"set_{selection.kind}_selection"
        source = numbers(values.shape, values.dtype, 800 + 100 * number)
        other = selection.take(source, chunks)
        with harness.host(f"calling {name} with a prototype of the device"):
            getattr(array, name)(selection.key, harness.put(other), prototype=prototype)
        selection.assign(values, other, chunks)
        harness.assert_contents(array, values, f"{name} with a prototype of the device")
