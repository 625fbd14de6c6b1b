"""Checks of dtypes: read as they were written, or rejected, but never garbled."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import class_name
from zarr_devbuf.checks._harness import holds, host_configuration
from zarr_devbuf.checks.array.array_params import ArrayParams, numbers
from zarr_devbuf.checks.array.assertions import assert_round_trip
from zarr_devbuf.checks.array.harness import ArrayHarness, documented_read, documented_write
from zarr_devbuf.checks.array.selection import Selection
from zarr_devbuf.checks.array.selection_cases import PART
from zarr_devbuf.checks.errors import NotApplicable, describe

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr_devbuf.checks.array.array_params import Shape

_NUMBERS = ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
_RECORD = np.dtype([("a", "i4"), ("b", "f4")])
_NO_RECORD: Any = np.zeros((), _RECORD)[()]


@documented_write(
    *(ArrayParams((4, 6), dtype=dtype) for dtype in _NUMBERS),
    advice="Use the dtype of the array spec, not the one that the device prefers.",
)
def check_dtypes(harness: ArrayHarness) -> None:
    """Arrays of every numeric dtype that the device can hold are read as they were written."""
    if holds(harness.backend, harness.params.dtype):
        assert_round_trip(harness, empty=True)


@documented_read(
    ArrayParams(dtype=">i4", zarr_format=2),
    ArrayParams(dtype=">f8", zarr_format=2),
    advice="Convert to the machine's byte order on the host, or name the dtype in the error.",
)
def check_big_endian_dtype(harness: ArrayHarness) -> None:
    """An array of a big-endian dtype is read in the machine's byte order, or is rejected.

    Format 2 keeps the byte order in the dtype. CuPy holds no such array, and views of such memory
    give wrong numbers without an error: rejecting them is right, and returning the values in the
    order of the machine is better.
    """
    array, values = harness.filled()
    errors = RuntimeError, TypeError, ValueError
    error, found = harness.attempt("reading all", lambda: array[...], *errors)
    if error:
        _assert_names_dtype(harness, error)
    else:
        harness.assert_result(found, values, "reading all")
    native = numbers(values.shape, values.dtype.newbyteorder("="), 77)
    write = functools.partial(array.__setitem__, ..., harness.put(native))
    error, _ = harness.attempt("writing all", write, *errors)
    if error:
        _assert_names_dtype(harness, error)
    else:
        harness.assert_contents(array, native.astype(values.dtype), "writing all")


@documented_write(
    *(ArrayParams(dtype=dtype, zarr_format=3) for dtype in ("i4", "f8", "c8")),
    *(ArrayParams(dtype=dtype, zarr_format=2) for dtype in ("i4", "f8", "c8")),
    advice="Compare the byte order of values with that of the array, and swap if they differ.",
)
def check_byte_swapped(harness: ArrayHarness) -> None:
    """Values in the other byte order are written as the numbers that they are, in both formats.

    Their dtype has the name of the array's, and other bytes: whole chunks of them may reach a
    codec unconverted. The check does not apply to devices that hold no such values.
    """
    _require(harness, ">i4", "values of one byte order only")
    values = numbers((7, 6), np.dtype(harness.params.dtype).newbyteorder(), 70)
    harness.assert_writes((..., values), (PART, values[PART][::-1]), text=str(values.dtype))


@documented_write(
    ArrayParams(dtype=_RECORD, fill_value=_NO_RECORD),
    ArrayParams(dtype=_RECORD, fill_value=_NO_RECORD, zarr_format=2),
    advice="Copy whole records, with the offsets of their fields.",
)
def check_structured(harness: ArrayHarness) -> None:
    """Records are read as they were written, field by field, in both formats."""
    _require(harness, _RECORD, "no records")
    assert_round_trip(harness, empty=True)


@dataclass(frozen=True, slots=True)
class _Field(Selection):
    """One field of the records of a basic selection."""

    name: str = ""

    def read(self, array: Any) -> Any:
        return array.get_basic_selection(self.key, fields=self.name)

    def write(self, array: Any, values: Any) -> None:
        array.set_basic_selection(self.key, values, fields=self.name)

    def take(self, array: npt.NDArray[Any], chunks: Shape) -> Any:  # noqa: ARG002 - as in the base
        return array[self.key][self.name]

    def assign(self, array: npt.NDArray[Any], values: Any, chunks: Shape) -> None:  # noqa: ARG002
        array[self.name][self.key] = values


@documented_read(
    ArrayParams(dtype=_RECORD, fill_value=_NO_RECORD),
    advice="Pass `fields` on to the indexing of the chunk, for reading and writing.",
)
def check_fields(harness: ArrayHarness) -> None:
    """Single fields of records are read and written as on the host, the others stay unchanged.

    The check does not apply if zarr fails to do so on the host.
    """
    _require(harness, _RECORD, "no records")
    array, values = harness.filled()
    fields = [_Field("basic", PART, name) for name in _RECORD.names or ()]
    with host_configuration():
        try:
            fields[0].read(array)
            fields[0].write(harness.empty(), values[PART]["a"])
        except Exception as error:
            raise NotApplicable(f"fields fail in plain host memory, too: {error}") from error
    for field in fields:
        harness.assert_reads(array, values, field, f"field {field.name!r}")
        part = numbers((4, 4), _RECORD[field.name], 300)
        harness.assert_writes((field, part), text=f"field {field.name!r}")


@documented_write(
    *(
        ArrayParams(dtype=each, fill_value=np.array("NaT", each)[()])
        for each in ("M8[s]", "m8[10ms]")
    ),
    advice="Move dates and times as 64-bit integers, with their unit.",
)
def check_datetimes(harness: ArrayHarness) -> None:
    """Dates and times are read as they were written, NaT too, if the device can hold them."""
    _require(harness, "M8[s]", "no dates and times")
    assert_round_trip(harness, empty=True)
    missing = np.full((7, 6), "NaT", harness.params.dtype)
    harness.assert_reads(harness.empty(), missing, text="an array that was never written")


@documented_write(
    ArrayParams(dtype="U4", fill_value=""),
    advice="Let the prototype's `nd_buffer` allocate the result, and reject the dtype by name.",
)
def check_text(harness: ArrayHarness) -> None:
    """Text is read if the backend can hold it; otherwise it is rejected, with the dtype named.

    An error that names the dtype tells the user what to do; any other leaves a riddle.
    """
    array, values = harness.filled()
    if holds(harness.backend, "U4"):
        harness.assert_reads(array, values)
        return
    error, found = harness.attempt("reading text", lambda: array[...], TypeError, ValueError)
    if not error:
        expected = f"an error: backend {harness.backend.name!r} holds no text"
        actual = class_name(type(found))
        raise harness.failed("reading text", expected=expected, actual=actual)
    _assert_names_dtype(harness, error)


def _require(harness: ArrayHarness, dtype: npt.DTypeLike, what: str) -> None:
    if not holds(harness.backend, dtype):
        raise NotApplicable(f"backend {harness.backend.name!r} holds {what}")


def _assert_names_dtype(harness: ArrayHarness, error: Exception) -> None:
    name = np.dtype(harness.params.dtype).name
    words = ("dtype", "endian", "byte order", "byteorder", "unsupported", name)
    if not any(word in str(error).lower() for word in words):
        expected = "an error that names the dtype as the reason"
        raise harness.failed("using all", expected=expected, actual=describe(error)) from error
