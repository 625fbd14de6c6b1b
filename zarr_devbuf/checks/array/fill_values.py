"""Checks of fill values: chunks that are missing, and chunks that need not be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarr_devbuf.checks.array.array_params import Form, numbers
from zarr_devbuf.checks.array.configuration import host_configuration
from zarr_devbuf.checks.array.harness import Trial, trials
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend


# What equals the fill value, or nearly so: whether it is dropped is decided on the host.
_FILLS: tuple[tuple[str, Any], ...] = (
    ("f8", 0.0),
    ("f8", 2.5),
    ("f4", float("nan")),
    ("f4", float("inf")),
    ("f4", 0.1),
    ("i4", 0),
    ("i8", -(2**62) - 1),
    ("u8", 2**64 - 1),
    ("?", False),
    ("?", True),
    ("c16", complex(1, -2)),
    ("c8", complex(float("nan"), 0.0)),
)
# Format 2 decides on its own which chunks it stores.
_OF_BOTH_FORMATS = _FILLS[:3]


@check("array")
def check_missing_chunks(subject: Any, backend: Backend) -> None:
    """Chunks that are not in the store read as the fill value, those that are as themselves.

    By slices, some of which find no chunk at all, with integers that drop an axis, and by vectors.
    """
    selections: tuple[Any, ...] = (np.s_[...], np.s_[0], np.s_[3:7, 4:6], np.s_[::3, 1::2], (6, 5))
    form = Form(fill_value=42)
    for trial in trials(subject, backend, form):
        array = trial.empty()
        model = np.full(array.shape, 42, array.dtype)
        model[:3, :4] = numbers((3, 4), "i4")
        with host_configuration():
            array[:3, :4] = model[:3, :4]
        for selection in selections:
            trial.reads(
                array,
                lambda source, at=selection: source[at],
                model[selection],
                f"missing chunks, {selection}",
            )
        rows = np.array([0, 3, 6])
        trial.reads(array, lambda source, rows=rows: source.oindex[rows], model[rows], "rows")


@check("array")
def check_fill_values(subject: Any, backend: Backend) -> None:
    """An array that was never written reads as its fill value, to the bit.

    Numbers, infinity and NaN, flags, complex numbers, the largest of the integers, in both formats
    of metadata.
    """
    for zarr_format in (3, 2):
        for dtype, fill in _FILLS:
            form = Form(
                shape=(5,), chunks=(3,), dtype=dtype, fill_value=fill, zarr_format=zarr_format
            )
            for trial in trials(subject, backend, form):
                _reads_fill(trial, np.array(fill, dtype), f"{dtype} {fill!r}, format {zarr_format}")


@check("array")
def check_fill_value_none(subject: Any, backend: Backend) -> None:
    """A fill value of None, as format 2 has it, reads as zeros, and none is mistaken for a chunk.

    Format 2 leaves open what is read then; zarr says the default of the dtype.
    """
    for dtype in ("i4", "f8"):
        for empty_chunks in (True, False):
            form = Form(
                shape=(5,),
                chunks=(3,),
                dtype=dtype,
                fill_value=None,
                zarr_format=2,
                write_empty_chunks=empty_chunks,
            )
            for trial in trials(subject, backend, form):
                _reads_fill(trial, np.zeros((), dtype), f"{dtype} None")
                keeps_as_host(trial, np.zeros(5, dtype), f"{dtype} None, zeros written")


@check("array")
def check_negative_zero(subject: Any, backend: Backend) -> None:
    """A fill value of -0.0 reads as -0.0, and a chunk of 0.0 is not one of -0.0.

    The two compare equal, and are different bits: a chunk of one must not be dropped for the other.
    """
    for dtype in ("f4", "f8", "f2"):
        for fill in (-0.0, 0.0):
            form = Form(
                shape=(5,), chunks=(3,), dtype=dtype, fill_value=fill, write_empty_chunks=False
            )
            for trial in trials(subject, backend, form):
                _reads_fill(trial, np.array(fill, dtype), f"{dtype}, fill value {fill}")
                for value in (-0.0, 0.0):
                    what = f"{dtype}, {value} written over a fill value of {fill}"
                    keeps_as_host(trial, np.full(5, value, dtype), what)


@check("array")
def check_negative_zero_of_complex(subject: Any, backend: Backend) -> None:
    """A chunk of complex zeros is dropped for a fill value of the same signs, and for no other.

    Both parts of a complex number have a zero of either sign: all four compare equal, and are
    different bits. Branch cuts of complex functions lie there.
    """
    zeros = [complex(real, imag) for real in (0.0, -0.0) for imag in (0.0, -0.0)]
    for fill in zeros:
        form = Form((6,), (3,), dtype="c16", fill_value=fill, write_empty_chunks=False)
        for trial in trials(subject, backend, form):
            for value in zeros:

                def write(array: Any, put: Any, value: complex = value) -> None:
                    array[...] = put(np.full(6, value))

                def expect(model: Any, value: complex = value) -> None:
                    model[...] = value

                trial.writes(write, expect, f"{value} over a fill value of {fill}", empty=True)


@check("array")
def check_fill_value_of_partial_chunks(subject: Any, backend: Backend) -> None:
    """A chunk written in part holds the fill value in the rest, to the bit.

    The memory of the chunk is made on the device, and filled there, before the part is put in.
    """
    for dtype, fill in _FILLS:
        form = Form(shape=(7,), chunks=(4,), dtype=dtype, fill_value=fill)
        for trial in trials(subject, backend, form):
            values = numbers((3,), dtype)

            def write(array: Any, put: Any, values: Any = values) -> None:
                array[2:5] = put(values)

            def expect(model: Any, values: Any = values) -> None:
                model[2:5] = values

            trial.writes(write, expect, f"{dtype}, fill value {fill!r}", empty=True)


@check("array")
def check_empty_chunks_dropped(subject: Any, backend: Backend) -> None:
    """Without `write_empty_chunks`, the chunks that are kept are those that the host keeps.

    Chunks that equal the fill value, or all but one element of it, NaN among them; chunks that
    become so by a second write, and are then deleted.
    """
    forms: list[tuple[Literal[2, 3], str, Any]] = [(3, *each) for each in _FILLS]
    forms += [(2, *each) for each in _OF_BOTH_FORMATS]
    for zarr_format, dtype, fill in forms:
        form = Form(
            (2, 9),
            (1, 3),
            dtype=dtype,
            fill_value=fill,
            zarr_format=zarr_format,
            write_empty_chunks=False,
        )
        for trial in trials(subject, backend, form):
            case = f"{dtype}, fill value {fill!r}, format {zarr_format}"
            keeps_as_host(trial, _nearly(fill, dtype), case)
            if (dtype, fill) in _OF_BOTH_FORMATS:
                _deletes(trial, np.full((2, 9), fill, dtype), case)


@check("array")
def check_empty_chunks_kept(subject: Any, backend: Backend) -> None:
    """With `write_empty_chunks`, every chunk that is written is kept, as on the host."""
    for dtype, fill in (("f8", 0.0), ("f4", float("nan")), ("i4", 7)):
        form = Form((2, 9), (1, 3), dtype=dtype, fill_value=fill)
        for trial in trials(subject, backend, form):
            keeps_as_host(trial, _nearly(fill, dtype), f"{dtype}, fill value {fill!r}")


def _nearly(fill: Any, dtype: str) -> Any:
    """Make three chunks of nothing but fill values, and three with one other value in each."""
    values = np.full((2, 9), fill, dtype)
    values[1, [0, 4, 8]] = numbers((1,), dtype, 8)
    return values


def _reads_fill(trial: Trial, fill: Any, case: str) -> None:
    array = trial.empty()
    expected = np.full(array.shape, fill, array.dtype)
    trial.reads(array, lambda source: source[...], expected, f"never written, {case}")


def keeps_as_host(trial: Trial, values: Any, case: str) -> None:
    """Demand that writing from the device leaves the chunks, by key and bytes, of the host."""
    case = trial.name(case)
    with host_configuration(), during(f"writing {case}, on plain host memory"):
        array = trial.empty()
        array[...] = values
    due = trial.keys(array)
    array = trial.empty()
    with use_backend(trial.backend), during(f"writing {case}"):
        array[...] = trial.put(values)
    _same_keys(trial.keys(array), due, case)


def _deletes(trial: Trial, full: Any, case: str) -> None:
    case = trial.name(f"{case}, fill values written over others")
    array = trial.empty()
    others = numbers(array.shape, array.dtype, 8)
    trial.fill(array, others)
    with use_backend(trial.backend), during(f"writing {case}"):
        array[:, 1:7] = trial.put(full[:, 1:7])
        array[:, :2] = trial.put(full[:, :2])
    host = trial.empty()
    with host_configuration():
        host[...] = np.concatenate([full[:, :7], others[:, 7:]], axis=1)
    _same_keys(trial.keys(array), trial.keys(host), case)


def _same_keys(found: dict[str, bytes], due: dict[str, bytes], case: str) -> None:
    if found == due:
        return
    wrong = [key for key in found if key in due and found[key] != due[key]]
    raise violated(
        case=case,
        expected=f"the chunks that the host keeps: {', '.join(due) or 'none'}",
        actual=f"other bytes in {', '.join(wrong)}" if wrong else ", ".join(found) or "none",
        advice="compare with the fill value as NDBuffer.all_equal of zarr.buffer.cpu does: "
        "NaN equals NaN, -0.0 is not 0.0",
    )
