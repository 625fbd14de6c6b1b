"""Checks of making and opening arrays: chunk shapes as users give them, modes, configurations."""

from __future__ import annotations

import functools
import operator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from zarr_devbuf.checks.array.array_params import ArrayParams, chunk_shape, make_array, numbers
from zarr_devbuf.checks.array.harness import (
    REJECTIONS,
    ArrayHarness,
    documented_read,
    documented_write,
    precedent_write,
)
from zarr_devbuf.checks.array.keys import chunk_grid, chunk_key, document_of
from zarr_devbuf.checks.errors import describe

if TYPE_CHECKING:
    from zarr_devbuf.checks.array.array_params import Shape

_INNER: dict[str, Any] = {"shape": (8, 6), "chunks": (2, 3)}
_SHARDS: tuple[Any, ...] = ((4, 6), [4, 3], -1, "auto")
_CHUNKS: tuple[Any, ...] = (3, np.int64(2), [3, 4], (3, -1), (np.int32(4), 6), -1, False, "auto")
_INVALID_CHUNKS: tuple[Any, ...] = (0, -2, 2.5, (3, 2.5), (3,), (3, 4, 5), (0, 3), "3")
_INVALID_SHARDS: tuple[Any, ...] = ((5, 6), (4, 6.5), (4,), 0)


def _wanted(given: Any, shape: Shape) -> Shape | None:
    """Return the chunk shape that a user asks for; None: any."""
    if given == "auto":
        return None
    each = shape if given is False else np.broadcast_to(given, len(shape))
    return tuple(n if c == -1 else int(c) for n, c in zip(shape, each, strict=True))


@precedent_write(
    *(ArrayParams(chunks=chunks) for chunks in _CHUNKS),
    *(ArrayParams(**_INNER, shards=shards) for shards in _SHARDS),
    advice="Make chunks of the shape that was asked for, and write it as integers.",
)
def check_chunk_shapes(harness: ArrayHarness) -> None:
    """Chunks and shards have the shape that is asked for, however zarr lets users say it.

    One number for all axes, a list, numbers of NumPy, -1 for the whole axis, False for all of the
    array, "auto". The array, its document and the keys in its store agree, and the values are kept.
    Source: zarr-python takes each of these since chunks are normalized in one place.
    """
    array, values = harness.filled()
    params = harness.params
    given = params.chunks if params.shards is None else params.shards
    expected = _wanted(given, array.shape) or chunk_shape(array)
    document = document_of(harness, array)
    found = document["chunk_grid"]["configuration"]["chunk_shape"]
    doing = f"making an array with chunks={params.chunks!r}, shards={params.shards!r}"
    if [chunk_shape(array), *map(repr, found)] != [expected, *map(str, expected)]:
        actual = f"{chunk_shape(array)}, and {found} in the document"
        raise harness.failed(doing, expected=str(expected), actual=actual)
    if params.shards is not None and array.chunks != params.chunks:
        raise harness.failed(doing, expected=f"chunks {params.chunks}", actual=str(array.chunks))
    keys = {chunk_key(document, place) for place in chunk_grid(array.shape, expected)}
    if set(harness.stored(array)) != keys:
        actual = ", ".join(harness.stored(array))
        raise harness.failed(doing, expected=", ".join(sorted(keys)), actual=actual)
    harness.assert_contents(array, values, doing)


@precedent_write(
    *(ArrayParams(chunks=chunks) for chunks in _INVALID_CHUNKS),
    *(ArrayParams(**_INNER, shards=shards) for shards in _INVALID_SHARDS),
    advice="Raise TypeError or ValueError for what is no shape of chunks.",
)
def check_invalid_chunk_shapes(harness: ArrayHarness) -> None:
    """What is no shape of chunks, or no multiple of them for a shard, is rejected.

    Zero, negative numbers but -1, fractions, too few or too many numbers. Source: zarr-python
    rejects each of these since chunks are normalized in one place.
    """
    params = harness.params
    with harness.device("making an array with valid chunks"):
        make_array(harness.subject, ArrayParams())
    error, array = harness.attempt("making an array", harness.make)
    if not error:
        actual = f"an array with chunks of {chunk_shape(array)}"
        doing = f"making an array with chunks={params.chunks!r}, shards={params.shards!r}"
        raise harness.failed(doing, expected="a TypeError or a ValueError", actual=actual)


@documented_write(
    elements=True, advice="Pass `config` on to the array that is opened, and follow it there."
)
def check_opened_with_configuration(harness: ArrayHarness) -> None:
    """`zarr.open` and `zarr.open_array` give an array the configuration that they are passed.

    Whether chunks of the fill value are stored, and the memory order of results. Source: both
    document the argument ``config``.
    """
    array, values = harness.filled()
    metadata = array.metadata
    fill = np.full(array.shape, array.fill_value, array.dtype)
    every = set(harness.stored(array))
    for name in ("open", "open_array"):
        for order, keeps in (("F", True), ("C", False)):
            harness.fill(array, values)
            config = {"order": order, "write_empty_chunks": keeps}
            doing = f"zarr.{name}(…, config={config})"
            with harness.device(doing):
                opened = getattr(zarr, name)(
                    store=array.store, path=array.path, mode="r+", config=config
                )
                found: Any = opened[...]
            harness.assert_result(found, values, f"{doing}, reading all")
            flag = f"{order.lower()}_contiguous"
            if metadata.zarr_format == 3 and not getattr(found.flags, flag):
                actual = f"strides {found.strides} of shape {found.shape}"
                raise harness.failed(doing, expected=f"a result that is {flag}", actual=actual)
            with harness.device(f"{doing}, writing the fill value"):
                opened[...] = harness.put(fill)
            stored = set(harness.stored(array))
            if stored != (every if keeps else set()):
                expected = f"{', '.join(sorted(every))} in the store" if keeps else "no chunk"
                raise harness.failed(doing, expected=expected, actual=", ".join(sorted(stored)))


@documented_write(
    ArrayParams(fill_value=4, write_empty_chunks=None),
    advice="Take what an array's own configuration does not say from `zarr.config`.",
)
def check_global_configuration(harness: ArrayHarness) -> None:
    """An array is configured by `zarr.config` where its own configuration says nothing.

    Whether chunks of the fill value are stored, whether missing ones are read, the memory order of
    results. Source: the documentation of `array.write_empty_chunks`, `array.order` and
    `array.read_missing_chunks`.
    """
    fill = np.full(harness.params.shape, 4, "i4")
    for order, keeps in (("F", True), ("C", False)):
        settings = {"order": order, "write_empty_chunks": keeps, "read_missing_chunks": keeps}
        settings = {f"array.{name}": value for name, value in settings.items()}
        with zarr.config.set(settings):
            array = harness.empty()
        harness.write(array, ..., fill, "writing the fill value")
        if bool(harness.stored(array)) != keeps:
            expected = "every chunk in the store" if keeps else "no chunk in the store"
            actual = ", ".join(harness.stored(array)) or "no chunk"
            raise harness.failed(f"{settings}", expected=expected, actual=actual)
        read = functools.partial(operator.getitem, array, ...)
        error, found = harness.attempt(f"reading, {settings}", read, Exception)
        if bool(error) == keeps:
            expected = "the fill value" if keeps else "an error: all chunks are missing"
            actual = describe(error) if error else "no exception"
            raise harness.failed(f"reading, {settings}", expected=expected, actual=actual)
        if not error and not getattr(found.flags, f"{order.lower()}_contiguous"):
            expected = f"a result of order {order}"
            raise harness.failed(f"{settings}", expected=expected, actual=str(found.strides))


@documented_write(advice="Open, replace or reject by the mode, before anything is written.")
def check_modes(harness: ArrayHarness) -> None:
    """`zarr.open_array` opens, replaces or rejects an array that exists, as the mode says.

    ``"r"``, ``"r+"`` and ``"a"`` open it with its values, ``"r"`` so that writing raises; ``"w"``
    replaces it, and leaves no chunk and no attribute of the old one; ``"w-"``, and `create_array`
    without ``overwrite``, raise and change nothing. Source: the documentation of `zarr.open`.
    """
    array, values = harness.filled()
    with harness.host("writing an attribute"):
        array.update_attributes({"unit": "m"})
    where: dict[str, Any] = {"store": array.store}
    format_: Any = array.metadata.zarr_format
    new: dict[str, Any] = {"shape": (5,), "chunks": (2,), "dtype": "f8", "zarr_format": format_}
    opening = functools.partial(zarr.open_array, **where, path=array.path, **new)
    creating = functools.partial(zarr.create_array, **where, name=array.path or None, **new)
    for mode in ("r", "r+", "a", "w-"):
        doing = f"opening an array with mode {mode!r}"
        error, opened = harness.attempt(doing, functools.partial(opening, mode=mode), Exception)
        if bool(error) != (mode == "w-"):
            expected = "an error" if mode == "w-" else "the array"
            raise harness.failed(doing, expected=expected, actual=str(error or opened))
        if not error:
            harness.assert_reads(opened, values, text=f"an array opened with mode {mode!r}")
    with harness.host("opening an array to read"):
        opened = opening(mode="r")
    writing = functools.partial(operator.setitem, opened, ..., harness.put(values))
    for doing, call in (
        ("writing with mode 'r'", writing),
        ("creating an array where one is", creating),
    ):
        error, _ = harness.attempt(doing, call, Exception)
        if not error:
            raise harness.failed(doing, expected="an error", actual="no exception")
    harness.assert_contents(array, values, "an array that was opened with each mode but 'w'")
    if not array.store.supports_deletes:
        return
    for doing, call in (
        ("opening an array with mode 'w'", functools.partial(opening, mode="w")),
        ("creating an array with overwrite", functools.partial(creating, overwrite=True)),
    ):
        with harness.device(doing):
            opened = call()
        attributes = opened.attrs.asdict()
        if harness.stored(opened) or attributes:
            actual = f"{', '.join(harness.stored(opened))}; attributes {attributes}"
            raise harness.failed(doing, expected="no chunk and no attribute", actual=actual)
        harness.assert_reads(opened, np.zeros(5), text="an array that replaced another")
        harness.write(opened, ..., numbers((5,), "f8"), doing)


@documented_read(elements=True, advice="Read a zarr array that selects, with the host's prototype.")
def check_zarr_arrays_select(harness: ArrayHarness) -> None:
    """A zarr array of flags or indices selects what a NumPy array does, on the host.

    A mask, indices of rows, flags of rows, and points, unless a tuple of zarr arrays is rejected.
    With the device configured each may be rejected, as it is read into device memory. Source:
    zarr's `oindex` and `vindex` take zarr arrays.
    """
    array, values = harness.filled()
    rows = np.array([values.shape[0] - 1, 0, 0])
    points = tuple(np.array([n - 1, 0, n // 2]) for n in values.shape)
    mask = np.arange(values.size).reshape(values.shape) % 3 == 1
    flags = np.arange(len(values)) % 2 == 0
    for attribute, parts in (
        ("oindex", (rows,)),
        ("oindex", (flags,)),
        ("vindex", (mask,)),
        ("vindex", points),
    ):
        expected = values[parts]
        with harness.host("making an array that selects"):
            keys = tuple(map(zarr.array, parts))
        key = keys[0] if len(keys) == 1 else keys
        doing = f"reading by {attribute} with a zarr array of {parts[0].dtype}"
        read = functools.partial(operator.getitem, getattr(array, attribute), key)
        with harness.host(doing), suppress(*REJECTIONS if len(keys) > 1 else ()):
            found: Any = read()
            harness.assert_result(found, expected, doing, on_host=True)
        if not harness.backend.is_host:
            error, found = harness.attempt(doing, read, Exception)
            if not error:
                harness.assert_result(found, expected, doing)
