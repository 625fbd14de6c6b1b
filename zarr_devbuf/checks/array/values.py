"""Checks of values: what may be written, besides an array of the very dtype and shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import Form, numbers
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.array.selections import Kind, assign, write
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend


_PART = (slice(2, 6), slice(1, 5))
_PLACES: tuple[tuple[Kind, Any], ...] = (
    ("orthogonal", (np.array([0, 4]), slice(None))),
    ("coordinate", (np.array([6, 0, 3]), np.array([5, 0, 3]))),
    ("mask", np.arange(42).reshape(7, 6) % 4 == 1),
    ("block", (1, 0)),
)


@check("array")
def check_write_scalars(subject: Any, backend: Backend) -> None:
    """A scalar of Python's or NumPy's fills what is selected by slices or vectors.

    Zarr makes an array of it, which must be one of the device: whole chunks, parts of chunks,
    strides, orthogonal selections, one element.
    """
    # Each but the first has elements that no other has.
    selections: tuple[Any, ...] = (np.s_[...], _PART, np.s_[::2], np.s_[1, 0], np.s_[5])
    for trial in trials(subject, backend, Form(dtype="f4")):
        for value in (3, 2.5, True, np.float32(7.25), np.int64(-9), float("nan")):
            for name, chosen in (("all", selections[:1]), ("slices, an element", selections[1:])):

                def write(array: Any, _: Any = None, at: Any = chosen, to: Any = value) -> None:
                    for selection in at:
                        array[selection] = to

                trial.writes(write, write, f"{type(value).__name__} {value!r} to {name}")

        def fill_rows(array: Any, _: Any) -> None:
            array.oindex[[0, 4], :] = 5

        trial.writes(
            fill_rows, lambda model: model.__setitem__([0, 4], 5), "int 5 to rows by oindex"
        )


@check("array")
def check_write_negative_zero(subject: Any, backend: Backend) -> None:
    """A scalar of -0.0 is written as -0.0, to whole chunks and to parts of them.

    It equals 0, and array libraries that clear memory for whatever equals 0 lose its sign.
    """
    for dtype in ("f4", "f8"):
        for trial in trials(subject, backend, Form(dtype=dtype, fill_value=1)):
            for name, selection in (("all", np.s_[...]), ("a part", _PART), ("one", np.s_[3, 4])):

                def write(array: Any, _: Any = None, at: Any = selection) -> None:
                    array[at] = -0.0

                trial.writes(write, write, f"-0.0 to {name}, {dtype}")


@check("array")
def check_write_scalars_at_points(subject: Any, backend: Backend) -> None:
    """A scalar fills the points that `vindex`, or a boolean array, selects."""
    rows, columns = np.array([6, 0, 3]), np.array([5, 0, 3])
    mask = np.arange(42).reshape(7, 6) % 4 == 1
    for trial in trials(subject, backend, Form()):

        def write_points(array: Any, _: Any) -> None:
            array.vindex[rows, columns] = -8

        def write_mask(array: Any, _: Any) -> None:
            array.vindex[mask] = -8

        trial.writes(
            write_points, lambda model: model.__setitem__((rows, columns), -8), "-8 to points"
        )
        trial.writes(write_mask, lambda model: model.__setitem__(mask, -8), "-8 by a mask")


@check("array")
def check_write_values_of_no_dimensions(subject: Any, backend: Backend) -> None:
    """An array of no dimensions on the device fills what is selected, as a scalar does.

    It is what device libraries give for one element, or for a sum.
    """
    value = np.array(77, dtype="i4")
    for trial in trials(subject, backend, Form()):
        for name, selection in (("all", np.s_[...]), ("a part", _PART), ("one", np.s_[3, 4])):

            def fill(array: Any, put: Any, at: Any = selection) -> None:
                array[at] = put(value)

            def expect(model: Any, at: Any = selection) -> None:
                model[at] = value

            trial.writes(fill, expect, f"a 0-d array to {name}")
        for kind, selection in _PLACES:

            def put_there(
                array: Any, put: Any, kind: Kind = kind, selection: Any = selection
            ) -> None:
                write(array, kind, selection, put(value))

            def due(model: Any, kind: Kind = kind, selection: Any = selection) -> None:
                assign(model, kind, selection, value, (3, 4))

            trial.writes(put_there, due, f"a 0-d array, {kind}")


@check("array")
def check_write_broadcast(subject: Any, backend: Backend) -> None:
    """Values of a shape that NumPy broadcasts are broadcast, or refused as on the host.

    A row to all rows, a column to all columns. Zarr refuses some of it on the host, and has to on
    the device as well.
    """
    row, column = np.arange(70, 76, dtype="i4"), np.arange(70, 77, dtype="i4")[:, None]
    cases = (("a row", row), ("a row of one line", row[None]), ("a column", column))
    for trial in trials(subject, backend, Form()):
        for name, values in cases:

            def write(array: Any, put: Any, values: Any = values) -> None:
                array[...] = put(values)

            def expect(model: Any, values: Any = values) -> None:
                model[...] = values

            trial.writes_or_refuses(write, expect, f"{name} to all")


@check("array")
def check_write_other_dtypes(subject: Any, backend: Backend) -> None:
    """Values of another dtype are converted as NumPy converts them, on the device."""
    for dtype, sources in (
        ("f4", ("i2", "u1", "i8", "f8", "?", "f2")),
        ("i4", ("i2", "u1", "i8", "?", "f4")),
        ("c8", ("f8", "i4", "c16")),
    ):
        for trial in trials(subject, backend, Form(dtype=dtype)):
            for source in sources:
                values = numbers((7, 6), source)
                if np.dtype(source).kind == "i" and np.dtype(dtype).kind == "i":
                    values = values % 1000

                def write(array: Any, put: Any, values: Any = values) -> None:
                    array[...] = put(values)

                def expect(model: Any, values: Any = values) -> None:
                    model[...] = values

                trial.writes(write, expect, f"{source} to {dtype}")


@check("array")
def check_write_layouts(subject: Any, backend: Backend) -> None:
    """Values are written alike however they lie in memory.

    In Fortran order, every other element of a larger array, backwards: views of device memory, for
    whole chunks and parts of them.
    """
    values = numbers((7, 6), "i4", 500)
    layouts: tuple[tuple[str, Any], ...] = (
        ("in Fortran order", lambda put: put(values.T).T),
        ("every other element", lambda put: put(np.repeat(values, 2, axis=1))[:, ::2]),
        ("backwards", lambda put: put(values[::-1, ::-1])[::-1, ::-1]),
        ("not from the first byte on", lambda put: put(np.pad(values, 1))[1:-1, 1:-1]),
    )
    for trial in trials(subject, backend, Form()):
        for name, lay in layouts:
            for at, where in ((np.s_[:, :], "all"), (_PART, "a part")):

                def write(array: Any, put: Any, lay: Any = lay, at: Any = at) -> None:
                    array[at] = lay(put)[at]

                def expect(model: Any, at: Any = at) -> None:
                    model[at] = values[at]

                trial.writes(write, expect, f"values {name} to {where}")
