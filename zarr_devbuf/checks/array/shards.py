"""Checks of shards: chunks within a stored value, read and written whole and in part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.codecs
from zarr.codecs import BytesCodec, ShardingCodec

from zarr_devbuf.checks.array.array_params import Form, numbers
from zarr_devbuf.checks.array.comparing import same, show_selection
from zarr_devbuf.checks.array.configuration import host_configuration
from zarr_devbuf.checks.array.fill_values import keeps_as_host
from zarr_devbuf.checks.array.harness import applicable_within_shards, trials
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend


_SHAPE, _SHARD, _CHUNK = (8, 6), (4, 6), (2, 3)
_WHOLE = (np.s_[...], np.s_[0:4], np.s_[4:8, 0:6])
# Of no shard all the chunks: those are read in one go, as whole shards are.
_PARTS = (np.s_[1], np.s_[2:4, 0:3], np.s_[4:6, 2:5], np.s_[1::4, 1::2], np.s_[7, 5])


def _form(
    *,
    checksum: bool = False,
    inner: Any = None,
    fill_value: Any = 0,
    write_empty_chunks: bool = True,
) -> Form:
    """Make a form whose index has no checksum: the checksum of bytes on a device has its check."""
    index: list[Any] = [BytesCodec(), zarr.codecs.Crc32cCodec()] if checksum else [BytesCodec()]
    codec = ShardingCodec(chunk_shape=_CHUNK, codecs=inner or [BytesCodec()], index_codecs=index)
    return Form(
        _SHAPE,
        _SHARD,
        serializer=codec,
        fill_value=fill_value,
        write_empty_chunks=write_empty_chunks,
    )


@check("array")
def check_shards_read(subject: Any, backend: Backend) -> None:
    """Whole shards are read: one, and all of them."""
    _reads(subject, backend, _form(), _WHOLE)


@check("array")
def check_shards_read_in_part(subject: Any, backend: Backend) -> None:
    """Parts of shards are read: one chunk, several, parts of chunks, strides, one element.

    Zarr reads the index of a shard on the host, and then the bytes of the chunks that it needs,
    with the prototype.
    """
    _reads(subject, backend, _form(), _PARTS)


@check("array")
def check_shards_written(subject: Any, backend: Backend) -> None:
    """Whole shards are written from the device: one, all of them, new ones and over others."""
    _writes(subject, backend, _form(), _WHOLE)
    _writes(subject, backend, _form(), _WHOLE, empty=True)


@check("array")
def check_shards_written_in_part(subject: Any, backend: Backend) -> None:
    """Parts of shards that are not there yet are written from the device."""
    _writes(subject, backend, _form(), _PARTS, empty=True)


@check("array")
def check_shards_rewritten_in_part(subject: Any, backend: Backend) -> None:
    """Parts of shards are written from the device, and the rest of the shard stays as it was.

    The rest has to be read, from a shard that the host has written, and from one of the device.
    """
    _writes(subject, backend, _form(), (*_PARTS, np.s_[1:7, 2:5]))
    for trial in trials(subject, backend, _form()):
        array = trial.empty()
        values = numbers(_SHAPE, "i4", 70)
        with use_backend(backend), during("writing a shard, and a part of it again"):
            array[...] = trial.put(values)
            array[1] = trial.put(values[2])
        values[1] = values[2]
        same(trial.contents(array), values, trial.name("a part of a shard of the device"))


@check("array")
def check_shard_vectors(subject: Any, backend: Backend) -> None:
    """Parts of shards are read by vectors (`oindex`) and by a boolean array."""
    rows = np.array([0, 5])
    mask = np.zeros(_SHAPE, dtype=bool)
    mask[rows, 1::2] = True
    for trial in trials(subject, backend, _form()):
        array, values = trial.filled()
        trial.reads(array, lambda a: a.oindex[rows], values[rows], "rows of shards by oindex")
        trial.reads(array, lambda a: a.vindex[mask], values[mask], "a mask over shards")


@check("array")
def check_shards_missing(subject: Any, backend: Backend) -> None:
    """Chunks that a shard does not hold, and shards that are missing, read as the fill value."""
    for trial in trials(subject, backend, _form(fill_value=9, write_empty_chunks=False)):
        array = trial.empty()
        model = np.full(_SHAPE, 9, "i4")
        trial.reads(array, lambda source: source[...], model, "no shard at all")
        model[0:2, 0:3] = numbers((2, 3), "i4")
        with host_configuration():
            array[0:2, 0:3] = model[0:2, 0:3]
        for at in _PARTS:
            case = f"one chunk of one shard, {show_selection(at)}"
            trial.reads(array, lambda a, at=at: a[at], model[at], case)


@check("array")
def check_shards_completed(subject: Any, backend: Backend) -> None:
    """A shard is written chunk by chunk, and each joins those that are there already.

    The shard is read for it, and has no bytes for the chunks that are missing.
    """
    form = _form(fill_value=8, write_empty_chunks=False)
    for trial in trials(subject, backend, form):
        array = trial.empty()
        model = np.full(_SHAPE, 8, "i4")
        values = numbers(_SHAPE, "i4", 40)
        for at in (np.s_[0:2, 3:6], np.s_[2:4, 0:3], np.s_[0:2, 0:3], np.s_[6:8, 3:6]):
            with use_backend(backend), during(f"writing one chunk of a shard, {at}"):
                array[at] = trial.put(values[at])
            model[at] = values[at]
            case = trial.name(f"one more chunk of a shard, {show_selection(at)}")
            same(trial.contents(array), model, case)


@check("array")
def check_shards_of_any_layout(subject: Any, backend: Backend) -> None:
    """Whole shards are written alike however their values lie in the memory of the device."""
    values = numbers(_SHAPE, "i4", 200)
    layouts: tuple[tuple[str, Any], ...] = (
        ("in Fortran order", lambda put: put(values.T).T),
        ("every other element", lambda put: put(np.repeat(values, 2, axis=1))[:, ::2]),
        ("backwards", lambda put: put(values[::-1, ::-1])[::-1, ::-1]),
    )
    for trial in trials(subject, backend, _form()):
        for name, lay in layouts:

            def write(array: Any, put: Any, lay: Any = lay) -> None:
                array[...] = lay(put)

            def expect(model: Any) -> None:
                model[...] = values

            trial.writes(write, expect, f"shards, values {name}", empty=True)


@check("array")
def check_shards_resized(subject: Any, backend: Backend) -> None:
    """Sharded arrays are resized and appended to, by whole shards and by parts of new ones."""
    for trial in trials(subject, backend, _form(fill_value=7)):
        array, model = trial.filled()
        for rows in (4, 12):
            with use_backend(backend), during(f"resizing a sharded array to {rows} rows"):
                array.resize((rows, 6))
            resized = np.full((rows, 6), 7, "i4")
            resized[: len(model)] = model[:rows]
            model = resized
            same(trial.contents(array), model, trial.name(f"shards, resized to {rows} rows"))
        for rows in (4, 3):
            values = numbers((rows, 6), "i4", 300)
            with use_backend(backend), during(f"appending {rows} rows to a sharded array"):
                array.append(trial.put(values))
            model = np.concatenate([model, values])
            same(trial.contents(array), model, trial.name(f"shards, {rows} rows appended"))


@check("array")
def check_shards_stored(subject: Any, backend: Backend) -> None:
    """Shards hold the bytes that the host stores, chunks that equal the fill value left out."""
    for empty_chunks in (True, False):
        form = _form(fill_value=9, write_empty_chunks=empty_chunks)
        for trial in trials(subject, backend, form):
            full = np.full(_SHAPE, 9, "i4")
            some = full.copy()
            some[0:2, 0:3] = some[3, 5] = 1
            for name, values in (("no", full), ("some", some), ("all", numbers(_SHAPE, "i4"))):
                keeps_as_host(trial, values, f"shards of {name} other values than the fill value")


@check("array")
def check_shard_checksums(subject: Any, backend: Backend) -> None:
    """Shards whose index has a checksum, as zarr makes them by default, are read and written."""
    _reads(subject, backend, _form(checksum=True), _PARTS)
    _writes(subject, backend, _form(checksum=True), _WHOLE, empty=True)


@check("array")
def check_shards_of_compressed_chunks(subject: Any, backend: Backend) -> None:
    """Shards whose chunks are compressed by zarr's zstd are read in part and written."""
    form = _form(inner=[BytesCodec(), zarr.codecs.ZstdCodec()])
    _reads(subject, backend, form, _PARTS)
    _writes(subject, backend, form, _WHOLE, empty=True)


@check("array")
def check_shards_in_shards(subject: Any, backend: Backend) -> None:
    """Whole shards within shards are read and written."""
    _reads(subject, backend, _nested(), _WHOLE)
    _writes(subject, backend, _nested(), _WHOLE, empty=True)


@check("array")
def check_shards_in_shards_in_part(subject: Any, backend: Backend) -> None:
    """Parts of shards within shards are read and written.

    It says nothing where zarr says that it does not support the prototype within shards.
    """
    with applicable_within_shards():
        _reads(subject, backend, _nested(), _PARTS)
        _writes(subject, backend, _nested(), _PARTS, empty=True)


def _nested() -> Form:
    inner = ShardingCodec(chunk_shape=(1, 3), codecs=[BytesCodec()], index_codecs=[BytesCodec()])
    return _form(inner=[inner])


def _reads(subject: Any, backend: Backend, form: Form, selections: tuple[Any, ...]) -> None:
    for trial in trials(subject, backend, form):
        array, values = trial.filled()
        for at in selections:
            case = f"shards, {show_selection(at)}"
            trial.reads(array, lambda source, at=at: source[at], values[at], case)


def _writes(
    subject: Any, backend: Backend, form: Form, selections: tuple[Any, ...], *, empty: bool = False
) -> None:
    for trial in trials(subject, backend, form):
        for at in selections:
            values = np.asarray(numbers(_SHAPE, "i4", 500)[at])

            def write(array: Any, put: Any, at: Any = at, values: Any = values) -> None:
                array[at] = put(values)

            def expect(model: Any, at: Any = at, values: Any = values) -> None:
                model[at] = values

            case = f"{'new' if empty else 'existing'} shards, {show_selection(at)}"
            trial.writes(write, expect, case, empty=empty)
