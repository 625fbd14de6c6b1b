"""Checks of reading and writing parts of an `NDBuffer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import (
    expect_nd_buffer,
    expect_own_memory,
    expect_same,
    expect_shared_memory,
    grid,
    nd_buffer_of,
    on_device,
)
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend


_BASIC: tuple[Any, ...] = (
    0,
    -1,
    np.int64(2),
    (1, 2),
    (),
    ...,
    (..., 0),
    (1, ...),
    None,
    (None, 1, None),
    slice(None),
    slice(0, 0),
    slice(1, 3),
    (slice(1, 3), slice(None, None, 2)),
    (slice(None, None, -1), 1),
    (slice(None, None, -2), slice(None, None, -1)),
    (slice(1, 2), slice(3, 4)),
)
# Index arrays come from the host: zarr computes them there.
_FANCY: tuple[tuple[str, Any], ...] = (
    ("index array", np.array([2, 0, 2])),
    ("two index arrays", (np.array([0, 2, 1]), np.array([3, 0, 1]))),
    ("np.ix_", np.ix_([2, 0], [1, 3, 0])),
    ("index array and slice", (np.array([2, 1]), slice(1, 3))),
    ("slice and index array", (slice(0, 2), np.array([3, -1]))),
    ("mask", np.arange(12).reshape(3, 4) % 3 == 0),
    ("mask of nothing", np.zeros((3, 4), bool)),
    ("mask of rows", np.array([True, False, True])),
    ("no indices", np.array([], dtype=int)),
)


@check("prototype")
def check_get_basic(prototype: BufferPrototype, backend: Backend) -> None:
    """Integers, slices, an ellipsis and None select as in NumPy, and give an `NDBuffer`.

    An element is a buffer of shape ``()``, not a scalar. The steps of a slice may be negative.
    """
    values = grid("i4", (3, 4))
    for turned in (False, True):
        host = np.asfortranarray(values) if turned else values
        for key in _BASIC:
            buffer = _buffer(prototype, backend, values, turned=turned)
            case = f"buffer[{_show(key)}] of shape (3, 4){', F-ordered' if turned else ''}"
            with during(case):
                part = buffer[key]
            expect_nd_buffer(part, prototype, backend, host[key], case=case)
    scalar = nd_buffer_of(prototype, backend, np.array(5))
    empty: Any = ()
    for key in (empty, ...):
        case = f"buffer[{_show(key)}] of shape ()"
        with during(case):
            part = scalar[key]
        expect_nd_buffer(part, prototype, backend, np.array(5), case=case)


@check("prototype")
def check_views(prototype: BufferPrototype, backend: Backend) -> None:
    """A part selected by slices shares the memory of the buffer.

    As in NumPy and CuPy: the parts of a large read are written in place, without a second copy.
    """
    for key in (
        slice(None),
        slice(1, 3),
        (slice(1, 3), slice(None, None, 2)),
        slice(None, None, -1),
        (..., slice(2, 3)),
    ):
        buffer = nd_buffer_of(prototype, backend, grid("i4", (3, 4)))
        part = buffer[key]
        expect_shared_memory(
            backend,
            part.as_ndarray_like(),
            buffer.as_ndarray_like(),
            case=f"buffer[{_show(key)}], a view of the buffer",
            advice="wrap what the array's own slicing gives",
        )


@check("prototype")
def check_get_fancy(prototype: BufferPrototype, backend: Backend) -> None:
    """Index arrays and masks, which zarr keeps on the host, select as in NumPy.

    Orthogonal, coordinate and mask selections of a Zarr array hand them to the buffer.
    """
    values = grid("i4", (3, 4))
    for turned in (False, True):
        for name, key in _FANCY:
            buffer = _buffer(prototype, backend, values, turned=turned)
            case = f"buffer[{name}]{', F-ordered' if turned else ''}"
            # The index comes from the host, and crosses: that is the check's doing.
            with during(case), unrecorded_transfers():
                part = buffer[key]
            expect_nd_buffer(part, prototype, backend, values[key], case=case)


@check("prototype")
def check_set_basic(prototype: BufferPrototype, backend: Backend) -> None:
    """Assigning to a part changes it, and nothing else: from a buffer, an array, a scalar.

    A scalar keeps every bit; what is assigned is copied; a shape of ones, or of no axes, is
    broadcast: Zarr sets a chunk to a 0-d buffer, where it is all one value. Values of another dtype
    are converted.
    """
    for turned in (False, True):
        for key in _BASIC:
            host = grid("i4", (3, 4))
            new = -np.arange(100, 100 + host[key].size, dtype="i4").reshape(host[key].shape)
            expected = host.copy()
            expected[key] = new
            for name, value in (
                ("NDBuffer", nd_buffer_of(prototype, backend, new)),
                ("array", on_device(backend, new)),
            ):
                buffer = _buffer(prototype, backend, host, turned=turned)
                case = f"buffer[{_show(key)}] = {name}{', F-ordered' if turned else ''}"
                with during(case):
                    buffer[key] = value
                expect_nd_buffer(buffer, prototype, backend, expected, case=case)
            scalar: Any
            for scalar in (-7, np.int32(9), 0):
                buffer = _buffer(prototype, backend, host, turned=turned)
                expected = host.copy()
                expected[key] = scalar
                case = f"buffer[{_show(key)}] = {scalar!r}{', F-ordered' if turned else ''}"
                with during(case):
                    buffer[key] = scalar
                expect_nd_buffer(buffer, prototype, backend, expected, case=case)
    for dtype, scalar in (
        ("f8", -0.0),
        ("f8", float("nan")),
        ("f8", float("inf")),
        ("f8", np.float64(-0.0)),
        ("c16", complex(-0.0, 0.0)),
        ("c16", complex(0.0, -0.0)),
    ):
        for key in (..., slice(1, 2), (1, 1)):
            values = np.ones((3, 4), dtype)
            buffer = nd_buffer_of(prototype, backend, values)
            values[key] = scalar
            case = f"buffer[{_show(key)}] = {scalar!r} of {values.dtype}"
            with during(case):
                buffer[key] = scalar
            expect_nd_buffer(buffer, prototype, backend, values, case=case)
    for name, source_shape in (
        ("the same shape", (3, 4)),
        ("a row", (1, 4)),
        ("a column", (3, 1)),
        ("one element", (1, 1)),
        ("no axes", ()),
    ):
        array = on_device(backend, np.zeros((3, 4), "i4"))
        buffer = prototype.nd_buffer.from_ndarray_like(array)
        source = nd_buffer_of(prototype, backend, grid("i4", source_shape))
        case = f"buffer[...] = NDBuffer of {name}"
        buffer[...] = source
        expected = np.broadcast_to(grid("i4", source_shape), (3, 4))
        expect_nd_buffer(buffer, prototype, backend, expected, case=case)
        expect_same(backend.to_host(array), expected, case=f"{case}, in the array under the buffer")
        expect_own_memory(
            backend,
            source.as_ndarray_like(),
            buffer.as_ndarray_like(),
            case=case,
            advice="write into the buffer's own array",
        )
    for source_dtype, target_dtype in (("f8", "f4"), ("i4", "f8"), ("u1", "i8"), ("f4", "c8")):
        buffer = nd_buffer_of(prototype, backend, np.zeros((3, 4), target_dtype))
        source = nd_buffer_of(prototype, backend, grid(source_dtype, (1, 4)))
        case = f"buffer[1:] = NDBuffer of {source.dtype}, of {buffer.dtype}"
        with during(case):
            buffer[1:] = source
        expected = np.zeros((3, 4), target_dtype)
        expected[1:] = grid(source_dtype, (1, 4))
        expect_nd_buffer(buffer, prototype, backend, expected, case=case)


@check("prototype")
def check_set_fancy(prototype: BufferPrototype, backend: Backend) -> None:
    """Assigning by index arrays and masks from the host changes these elements, and no others.

    Orthogonal, coordinate and mask selections of a Zarr array write this way; a 0-d buffer, too,
    where all is set to one value.
    """
    for turned in (False, True):
        for name, key in _FANCY:
            # Where an index comes twice, which value wins is nobody's promise.
            if name == "index array":
                key = np.array([2, 0])  # noqa: PLW2901
            host = grid("i4", (3, 4))
            new = -np.arange(100, 100 + host[key].size, dtype="i4").reshape(host[key].shape)
            given: tuple[tuple[str, Any, Any], ...] = (
                ("NDBuffer", nd_buffer_of(prototype, backend, new), new),
                ("array", on_device(backend, new), new),
                ("0-d NDBuffer", nd_buffer_of(prototype, backend, np.array(-5, "i4")), -5),
                ("-7", -7, -7),
            )
            for what, value, on_host in given:
                expected = host.copy()
                expected[key] = on_host
                buffer = _buffer(prototype, backend, host, turned=turned)
                case = f"buffer[{name}] = {what}{', F-ordered' if turned else ''}"
                with during(case), unrecorded_transfers():
                    buffer[key] = value
                expect_nd_buffer(buffer, prototype, backend, expected, case=case)


def _buffer(
    prototype: BufferPrototype, backend: Backend, values: np.ndarray[Any, Any], *, turned: bool
) -> Any:
    """Make a buffer of these values, in C order, or, turned, in F order."""
    if not turned:
        return nd_buffer_of(prototype, backend, values)
    array = on_device(backend, values.transpose()).transpose()
    return prototype.nd_buffer.from_ndarray_like(array)


def _show(key: Any) -> str:
    if isinstance(key, tuple):
        return ", ".join(map(_show, key)) if key else "()"
    if isinstance(key, slice):
        text = ":".join(
            "" if each is None else str(each) for each in (key.start, key.stop, key.step)
        )
        return text.removesuffix(":") if key.step is None else text
    return "..." if key is ... else repr(key)
