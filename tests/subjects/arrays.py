"""Arrays to judge: a clean one of each kind, and for each check one that breaks it."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np
import zarr
from zarr.core.array import AsyncArray
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import MemoryStore

from tests.subjects import array_failures
from tests.subjects.array_wrapping import (
    SKIP,
    Broken,
    Call,
    Wrapped,
    clean,
    made_of,
    make,
    mirrored_by,
    spoilt,
)
from zarr_devbuf.checks._harness import host_configuration

__all__ = ["BROKEN", "Broken", "Wrapped", "clean", "make", "metadata_on_host"]


BROKEN: list[Broken] = []


def _reads_wrong(check: str, when: Any, **settings: Any) -> None:
    """Add an array whose results are wrong where ``when(array, kind, selection)`` is true."""

    def take(self: Any, kind: str, selection: Any, result: Any) -> Any:
        return spoilt(result) if when(self, kind, selection) else result

    def acts(call: Call) -> Any:
        return when(call.array, call.kind, call.selection)

    BROKEN.append(Broken(check, {"take": take}, when=acts, **settings))


def _drops(check: str, when: Any, **settings: Any) -> None:
    """Add an array that writes nothing where ``when(array, kind, selection, value)`` is true."""

    def give(self: Any, kind: str, selection: Any, value: Any) -> Any:
        return SKIP if when(self, kind, selection, value) else value

    def acts(call: Call) -> Any:
        return when(call.array, call.kind, call.selection, call.value)

    BROKEN.append(Broken(check, {"give": give}, when=acts, **settings))


def _codecs(array: Any) -> str:
    text: str | None = array.__dict__.get("codecs in words")
    if text is None:
        text = str(array.metadata.to_dict().get("codecs", "")).lower()
        array.__dict__["codecs in words"] = text
    return text


def _plain(array: Any) -> bool:
    """Tell whether there is nothing special about an array."""
    return (
        array.shape == (7, 6)
        and array.dtype == np.dtype("i4")
        and not _uneven(array)
        and array.metadata.zarr_format == 3
        and array.fill_value == 0
        and array.order == "C"
        and array.compressors == ()
        and array.filters == ()
        and "big" not in _codecs(array)
    )


def _uneven(array: Any) -> bool:
    return "Rectilinear" in type(getattr(array.metadata, "chunk_grid", None)).__name__


def _sharded(array: Any, *, checksum: bool = False, fill: int = 0) -> bool:
    codecs = _codecs(array)
    return array.dtype == "i4" and (
        codecs.count("sharding") == 1
        and ("crc32c" in codecs) == checksum
        and "zstd" not in codecs
        and array.fill_value == fill
    )


def _nested(array: Any) -> bool:
    return _codecs(array).count("sharding") == 2


def _stepped(selection: Any) -> bool:
    return any(isinstance(part, slice) and (part.step or 1) > 1 for part in _parts(selection))


def _parts(selection: Any) -> tuple[Any, ...]:
    return selection if isinstance(selection, tuple) else (selection,)


def _element(selection: Any) -> bool:
    return isinstance(selection, tuple) and all(isinstance(part, int) for part in selection)


def _is(selection: Any, *wanted: Any) -> bool:
    return any(repr(selection) == repr(each) for each in wanted)


def _device_configured() -> bool:
    module = default_buffer_prototype().buffer.__module__
    return "zarr_devbuf" in module and "cpu" not in module


def _on_device(value: Any) -> bool:
    return hasattr(value, "get") and hasattr(value, "dtype")


def _is_flag(value: Any) -> bool:
    return np.dtype(getattr(value, "dtype", "i4")).kind == "b"


# Reading.
_reads_wrong("read_basic", lambda a, k, s: _plain(a) and _is(s, (-1, slice(1, None))))
_reads_wrong("read_strided", lambda a, k, s: _plain(a) and _stepped(s) and k == "basic")
_reads_wrong("read_elements", lambda a, k, s: _plain(a) and k != "block" and _element(s))
_reads_wrong(
    "read_orthogonal",
    lambda a, k, s: (
        _plain(a)
        and k == "orthogonal"
        and isinstance(s, tuple)
        and any(
            len(set(map(int, p))) < len(p)
            for p in s
            if isinstance(p, np.ndarray) and p.dtype != bool
        )
    ),
)
_reads_wrong("read_coordinates", lambda a, k, s: k == "coordinate" and np.size(s[0]) == 4)
_reads_wrong(
    "read_mask",
    lambda a, k, s: _plain(a) and k == "mask" and bool(np.all(s[0] if isinstance(s, tuple) else s)),
)
_reads_wrong("read_blocks", lambda a, k, s: k == "block" and _is(s, -1, (-1,)))


def _empty_of_floats(self: Any, kind: str, selection: Any, result: Any) -> Any:
    if result.size or not self.size or kind == "coordinate":
        return result
    return result.astype("f8")


def _of_nothing(call: Call) -> bool:
    return any(map(_selects_nothing, _parts(call.selection)))


def _selects_nothing(part: Any) -> bool:
    if isinstance(part, np.ndarray):
        return not (part.any() if part.dtype == bool else part.size)
    return isinstance(part, slice) and part.start is not None and part.start >= (part.stop or 7)


BROKEN.append(Broken("read_nothing", {"take": _empty_of_floats}, when=_of_nothing))

# Writing.
_drops("write_basic", lambda a, k, s, v: _plain(a) and _is(s, 6, (6,)))
_drops("write_strided", lambda a, k, s, v: _plain(a) and k == "basic" and _stepped(s))
_drops("write_elements", lambda a, k, s, v: _plain(a) and _is(s, (-1, -1)))
_drops(
    "write_orthogonal",
    lambda a, k, s, v: (
        k == "orthogonal" and any(_is_flag(part) and not np.all(part) for part in _parts(s))
    ),
)
_drops("write_coordinates", lambda a, k, s, v: k == "coordinate" and np.shape(v) == (6,))
_drops("write_coordinate_grids", lambda a, k, s, v: k == "coordinate" and np.ndim(v) == 2)
_drops("write_mask", lambda a, k, s, v: k == "mask" and np.size(v) == 42)
_drops("write_blocks", lambda a, k, s, v: k == "block" and _is(s, -1, (-1,)))


def _write_where_nothing_is(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if getattr(value, "size", 1) == 0 and self.size and kind != "coordinate":
        zarr.Array.set_basic_selection(self, (0, 0), 0)
    return value


BROKEN.append(
    Broken(
        "write_nothing",
        {"give": _write_where_nothing_is},
        when=lambda call: getattr(call.value, "size", 1) == 0,
    )
)

# Values.
_drops("write_scalars", lambda a, k, s, v: isinstance(v, float) and v != v)


def _without_sign(self: Any, kind: str, selection: Any, value: Any) -> Any:
    return value + 0.0 if isinstance(value, float) else value


BROKEN.append(
    Broken(
        "write_negative_zero",
        {"give": _without_sign},
        when=lambda call: isinstance(call.value, float),
    )
)
_drops("write_scalars_at_points", lambda a, k, s, v: k == "coordinate" and np.isscalar(v))
_drops(
    "write_values_of_no_dimensions",
    lambda a, k, s, v: (
        a.ndim and k == "basic" and s is ... and isinstance(v, np.ndarray) and not v.ndim
    ),
)
_drops("write_broadcast", lambda a, k, s, v: a.shape == (7, 6) and np.shape(v) == (6,) and s is ...)
_drops(
    "write_other_dtypes",
    lambda a, k, s, v: _is_flag(v) and a.dtype != bool,
)
_drops(
    "write_layouts",
    lambda a, k, s, v: getattr(v, "ndim", 0) == 2 and v.strides[0] == 4 and v.shape == (7, 6),
)

# Fill values.
_reads_wrong("missing_chunks", lambda a, k, s: a.dtype == "i4" and a.fill_value == 42 and _is(s, 0))
_reads_wrong("fill_values", lambda a, k, s: a.shape == (5,) and a.dtype == "u8")
_reads_wrong("fill_value_none", lambda a, k, s: a.metadata.fill_value is None)
_reads_wrong("negative_zero", lambda a, k, s: a.shape == (5,) and a.dtype == "f2")


def _fill_of_others(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if self.shape == (7,) and _is(selection, slice(2, 5)) and self.dtype == "i8":
        zarr.Array.set_basic_selection(self, slice(0, 1), 1)
    return value


BROKEN.append(
    Broken(
        "fill_value_of_partial_chunks",
        {"give": _fill_of_others},
        when=lambda call: call.array.shape == (7,) and call.array.dtype == "i8",
    )
)


def _keeps(call: Call) -> bool:
    return bool(call.array.shape == (2, 9))


def _keep_all(zarr_format: int) -> Any:
    key = "c/0/0" if zarr_format == 3 else "0.0"

    def done(self: Any, value: Any) -> None:
        if (
            self.shape == (2, 9)
            and self.metadata.zarr_format == zarr_format
            and _on_device(value)
            and not self._async_array.config.write_empty_chunks
        ):
            data = bytes(3 * self.dtype.itemsize)
            buffer = default_buffer_prototype().buffer.from_bytes(data)
            sync(self.store.set_if_not_exists(key, buffer))

    return done


BROKEN.append(Broken("empty_chunks_dropped", {"done": _keep_all(3)}, "sim", when=_keeps))
BROKEN.append(
    Broken(
        "empty_chunks_dropped",
        {"done": _keep_all(2)},
        "sim",
        when=_keeps,
        name="empty_chunks_dropped_in_format_2",
    )
)


def _keep_none(self: Any, value: Any) -> None:
    if self.shape == (2, 9) and _on_device(value) and self._async_array.config.write_empty_chunks:
        sync(self.store.delete("c/0/0"))


BROKEN.append(Broken("empty_chunks_kept", {"done": _keep_none}, "sim", when=_keeps))


# Results in a buffer of the caller's.
def _ignoring_out(kind: str) -> Any:
    def get(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
        into = None if out is not None and out.dtype == self.dtype else out
        return getattr(zarr.Array, f"get_{kind}_selection")(self, selection, out=into, **kwargs)

    return get


def _into_out(kind: str) -> Any:
    return lambda call: call.kind == kind and call.options.get("out") is not None


BROKEN.append(Broken("out", {"get_mask_selection": _ignoring_out("mask")}, when=_into_out("mask")))
BROKEN.append(
    Broken(
        "out_of_coordinates",
        {"get_coordinate_selection": _ignoring_out("coordinate")},
        when=_into_out("coordinate"),
    )
)


def _converting_out(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
    result: Any = Wrapped.get_basic_selection(self, selection, **kwargs)
    if out is None:
        return result
    if out.dtype == self.dtype:
        return Wrapped.get_basic_selection(self, selection, out=out, **kwargs)
    # The bytes as they are, into memory of another dtype.
    out.as_ndarray_like()[...] = result.view("u1")[..., : result.shape[-1]]
    return out.as_ndarray_like()


BROKEN.append(
    Broken(
        "out_of_other_dtypes",
        {"get_basic_selection": _converting_out},
        when=lambda call: call.options.get("out") is not None,
    )
)


def _taking_any_out(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
    try:
        return Wrapped.get_basic_selection(self, selection, out=out, **kwargs)
    except ValueError:
        if out is None:
            raise
        return out.as_ndarray_like()


BROKEN.append(
    Broken(
        "invalid_out",
        {"get_basic_selection": _taking_any_out},
        when=lambda call: call.options.get("out") is not None,
    )
)

# Shapes.
_reads_wrong("dimensions", lambda a, k, s: a.ndim == 4)
_reads_wrong("no_dimensions", lambda a, k, s: a.ndim == 0)


def _lengthened(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return np.zeros((3, 1), self.dtype) if self.shape == (3, 0) else result


BROKEN.append(
    Broken("no_elements", {"take": _lengthened}, when=lambda call: call.array.shape == (3, 0))
)
_reads_wrong("uneven_chunks", lambda a, k, s: _uneven(a))


def _resize_keeping_chunks(self: Any, shape: Any) -> None:
    sync(self._async_array.resize(shape, delete_outside_chunks=bool(self.shards)))


BROKEN.append(
    Broken("resize", {"resize": _resize_keeping_chunks}, when=lambda call: not call.array.shards)
)


def _append_backwards(to_shards: bool) -> Any:
    def append(self: Any, data: Any, axis: int = 0) -> Any:
        data = data[::-1] if bool(self.shards) == to_shards else data
        return zarr.Array.append(self, data, axis)

    return append


def _appends(to_shards: bool) -> Any:
    return lambda call: bool(call.array.shards) == to_shards


BROKEN.append(Broken("append", {"append": _append_backwards(False)}, when=_appends(False)))

# Dtypes.
_reads_wrong("dtypes", lambda a, k, s: a.dtype == "f2" and a.ndim == 2)
_reads_wrong("big_endian_storage", lambda a, k, s: "big" in _codecs(a) and a.dtype == "f8")
_reads_wrong("big_endian_dtype", lambda a, k, s: a.dtype == np.dtype(">i4"))


def _as_native(self: Any, kind: str, selection: Any, value: Any) -> Any:
    return value.view(value.dtype.newbyteorder("=")) if _is_swapped(value) else value


def _is_swapped(value: Any) -> bool:
    if getattr(value, "ndim", 0) != 2:
        return False
    return not value.dtype.isnative and value.dtype.kind == "c"


BROKEN.append(
    Broken("byte_swapped", {"give": _as_native}, when=lambda call: _is_swapped(call.value))
)
_reads_wrong("structured", lambda a, k, s: a.dtype.names is not None)
_reads_wrong("datetimes", lambda a, k, s: a.dtype.kind == "m")
_reads_wrong("text", lambda a, k, s: a.dtype.kind == "U")


def _get_field(self: Any, selection: Any = ..., *, fields: Any = None, **kwargs: Any) -> Any:
    result: Any = Wrapped.get_basic_selection(self, selection, **kwargs)
    return result[fields] if fields else result


def _set_field(self: Any, selection: Any, value: Any, *, fields: Any = None, **kwargs: Any) -> None:
    if fields:
        record: Any = Wrapped.get_basic_selection(self, selection, **kwargs)
        record[fields] = value
        value = record
    Wrapped.set_basic_selection(self, selection, value, **kwargs)


def _set_record(
    self: Any, selection: Any, value: Any, *, fields: Any = None, **kwargs: Any
) -> None:
    if fields:
        records = np.zeros(value.shape, self.dtype)
        records[fields] = value
        value = records
    Wrapped.set_basic_selection(self, selection, value, **kwargs)


WITH_FIELDS = {"get_basic_selection": _get_field, "set_basic_selection": _set_field}
BROKEN.append(
    Broken(
        "fields",
        {**WITH_FIELDS, "set_basic_selection": _set_record},
        when=lambda call: bool(call.options.get("fields")),
        twin=partial(make, made_of("WithFields", WITH_FIELDS)),
    )
)

# Formats.
_reads_wrong("format_2", lambda a, k, s: a.metadata.zarr_format == 2 and a.dtype == "u1")
_reads_wrong("format_2_order", lambda a, k, s: a.metadata.zarr_format == 2 and a.order == "F")
_reads_wrong(
    "format_2_compressors",
    lambda a, k, s: a.metadata.zarr_format == 2 and a.metadata.compressor is not None,
)
_reads_wrong(
    "default_compressors", lambda a, k, s: "zstd" in _codecs(a) and "sharding" not in _codecs(a)
)
_reads_wrong("checksums", lambda a, k, s: "crc32c" in _codecs(a) and "sharding" not in _codecs(a))
_reads_wrong("transposed", lambda a, k, s: "transpose" in _codecs(a))


def _always_c(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return result.copy(order="C") if self.metadata.zarr_format == 3 and result.ndim else result


BROKEN.append(
    Broken("memory_order", {"take": _always_c}, when=lambda call: call.array.order == "F")
)


def _spoil_stored(fill: int) -> Any:
    def done(self: Any, value: Any) -> None:
        if self.dtype == "i4" and self.fill_value == fill and _on_device(value):
            for key in ("c/0/0", "0.0"):
                if sync(self.store.exists(key)):
                    buffer = default_buffer_prototype().buffer.from_bytes(bytes(48))
                    sync(self.store.set(key, buffer))

    return done


def _filled_with(fill: int) -> Any:
    return lambda call: call.array.dtype == "i4" and call.array.fill_value == fill


BROKEN.append(Broken("stored_bytes", {"done": _spoil_stored(5)}, "sim", when=_filled_with(5)))

# Shards.
_reads_wrong("shards_read", lambda a, k, s: _sharded(a) and _is(s, slice(0, 4)))
_reads_wrong("shards_read_in_part", lambda a, k, s: _sharded(a) and _element(s))
_drops("shards_written", lambda a, k, s, v: _sharded(a) and _is(s, slice(0, 4)))
_drops(
    "shards_written_in_part",
    lambda a, k, s, v: _sharded(a) and _is(s, 1) and not a.nchunks_initialized,
)
_drops(
    "shards_rewritten_in_part",
    lambda a, k, s, v: _sharded(a) and _is(s, 1) and a.nchunks_initialized,
)
_reads_wrong(
    "shard_vectors",
    lambda a, k, s: (
        _sharded(a)
        and k == "orthogonal"
        and any(isinstance(part, np.ndarray) for part in _parts(s))
    ),
)
_reads_wrong("shards_missing", lambda a, k, s: _sharded(a, fill=9) and _element(s))
BROKEN.append(Broken("shards_stored", {"done": _spoil_stored(9)}, "sim", when=_filled_with(9)))
_drops(
    "shards_completed",
    lambda a, k, s, v: _sharded(a, fill=8) and _is(s, (slice(0, 2), slice(3, 6))),
)
_drops(
    "shards_of_any_layout",
    lambda a, k, s, v: (
        _sharded(a) and np.shape(v) == (8, 6) and not v.flags.c_contiguous and s is ...
    ),
)
BROKEN.append(Broken("shards_resized", {"append": _append_backwards(True)}, when=_appends(True)))
_reads_wrong("shard_checksums", lambda a, k, s: _sharded(a, checksum=True) and _element(s))
_reads_wrong(
    "shards_of_compressed_chunks",
    lambda a, k, s: "sharding" in _codecs(a) and "zstd" in _codecs(a) and _element(s),
)
_reads_wrong("shards_in_shards", lambda a, k, s: _nested(a) and _is(s, slice(0, 4)))


def _nested_part(shift: int) -> Any:
    def get(self: Any, selection: Any = ..., **kwargs: Any) -> Any:
        if not _nested(self) or selection is ...:
            return zarr.Array.get_orthogonal_selection(self, selection, **kwargs)
        whole: Any = Wrapped.get_basic_selection(self, ..., **kwargs)
        return whole[selection] + (shift if isinstance(selection, int) else 0)

    return get


def _set_nested(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
    if _nested(self) and selection is not ...:
        whole: Any = Wrapped.get_basic_selection(self, ..., **kwargs)
        whole[selection] = value
        selection, value = ..., whole
    zarr.Array.set_orthogonal_selection(self, selection, value, **kwargs)


def _with_nested_parts(shift: int) -> dict[str, Any]:
    # A lone integer is an orthogonal selection to zarr.
    return {
        "get_basic_selection": _nested_part(shift),
        "get_orthogonal_selection": _nested_part(shift),
        "set_basic_selection": _set_nested,
        "set_orthogonal_selection": _set_nested,
    }


WITH_NESTED_PARTS = _with_nested_parts(0)
BROKEN.append(
    Broken(
        "shards_in_shards_in_part",
        _with_nested_parts(1),
        when=lambda call: _nested(call.array) and call.selection is not ...,
        twin=partial(make, made_of("WithNestedParts", WITH_NESTED_PARTS)),
    )
)

# Prototypes.
_drops(
    "written_and_read_on_device",
    lambda a, k, s, v: _is(s, (slice(2, None), slice(2, None))) and np.shape(v) == (5, 4),
)


def _get_mask_as_configured(self: Any, selection: Any, *, prototype: Any = None, **kw: Any) -> Any:
    return zarr.Array.get_mask_selection(self, selection, **kw)


def _prototype_given(kind: str) -> Any:
    return lambda call: call.kind == kind and call.options.get("prototype") is not None


BROKEN.append(
    Broken(
        "prototype_argument",
        {"get_mask_selection": _get_mask_as_configured},
        "sim",
        when=_prototype_given("mask"),
    )
)


def _set_block_as_configured(
    self: Any, selection: Any, value: Any, *, prototype: Any = None, **kwargs: Any
) -> None:
    zarr.Array.set_block_selection(self, selection, value, **kwargs)


BROKEN.append(
    Broken(
        "prototype_argument",
        {"set_block_selection": _set_block_as_configured},
        "sim",
        when=_prototype_given("block"),
        name="prototype_argument_of_set_block_selection",
    )
)


def _set_mask_as_configured(
    self: Any, selection: Any, value: Any, *, prototype: Any = None
) -> None:
    if self.metadata.zarr_format == 3 or prototype is None:
        zarr.Array.set_mask_selection(self, selection, value, prototype=prototype)


BROKEN.append(
    Broken(
        "format_2_prototype_argument",
        {"set_mask_selection": _set_mask_as_configured},
        when=_prototype_given("mask"),
    )
)


class _WrongAsync(AsyncArray[Any]):
    async def getitem(self, selection: Any, *, prototype: Any = None) -> Any:
        found = await super().getitem(selection, prototype=prototype)
        return spoilt(found) if prototype is None else found


BROKEN.append(Broken("asynchronous", {"async_array": property(mirrored_by(_WrongAsync))}))


def _remembering(self: Any, selection: Any = ..., *, prototype: Any = None, **kwargs: Any) -> Any:
    if prototype is None:
        first = self.__dict__.setdefault("first", default_buffer_prototype())
        if _rewritten(self) and selection is ...:
            prototype = first
    return zarr.Array.get_basic_selection(self, selection, prototype=prototype, **kwargs)


def _count_whole_writes(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if selection is ... and _device_configured():
        self.__dict__["written"] = self.__dict__.get("written", 0) + 1
    return value


def _rewritten(array: Any) -> bool:
    return array.__dict__.get("written", 0) > 1 and type(array.store) is MemoryStore


def _follow(call: Call) -> bool:
    if call.method == "set":
        _count_whole_writes(call.array, call.kind, call.selection, call.value)
    return _rewritten(call.array) and call.method == "get" and call.selection is ...


BROKEN.append(
    Broken(
        "configuration_switched",
        {"get_basic_selection": _remembering, "give": _count_whole_writes},
        "sim",
        when=_follow,
    )
)
_drops("between_devices", lambda a, k, s, v: _plain(a) and _is(s, slice(1, 2)))

# Conduct.


def _cached(self: Any, kind: str, selection: Any, result: Any) -> Any:
    if kind != "basic" or selection is not ... or not _is_cached(self):
        return result
    cache = self.__dict__.setdefault("cache", {})
    return cache.setdefault((type(result), self.shape), result)


def _is_cached(array: Any) -> bool:
    return _plain(array) and type(array.store) is MemoryStore


def _again(call: Call) -> bool:
    # A result is given a second time, to whom may have been given it before.
    read = call.array.__dict__.setdefault("read whole", set())
    if call.method == "set":
        read.clear()
        return False
    found = call.array.shape in read
    read.add(call.array.shape)
    return found


def _forget(self: Any, value: Any) -> None:
    self.__dict__.pop("cache", None)


def _resize_forgetting(self: Any, shape: Any) -> None:
    self.__dict__.pop("cache", None)
    zarr.Array.resize(self, shape)


BROKEN.append(
    Broken(
        "results_are_independent",
        {"take": _cached, "done": _forget, "resize": _resize_forgetting},
        when=lambda call: call.selection is ... and _is_cached(call.array) and _again(call),
    )
)


def _clear_given(self: Any, value: Any) -> None:
    if isinstance(value, np.ndarray) and value.flags.writeable and value.shape == (5, 4):
        on_device = "zarr_devbuf" in default_buffer_prototype().buffer.__module__
        if _plain(self) and on_device:
            value[...] = 0


BROKEN.append(
    Broken(
        "input_unchanged",
        {"done": _clear_given},
        when=lambda call: (
            isinstance(call.value, np.ndarray)
            and call.value.shape == (5, 4)
            and _plain(call.array)
            and "zarr_devbuf" in default_buffer_prototype().buffer.__module__
        ),
    )
)


_LOWER_HALF = (slice(3, None), slice(3, None))


def _by_way_of_host(self: Any, kind: str, selection: Any, result: Any) -> Any:
    if not (_plain(self) and _is(selection, _LOWER_HALF) and _device_configured()):
        return result
    return default_buffer_prototype().nd_buffer.from_ndarray_like(result.get()).as_ndarray_like()


BROKEN.append(
    Broken(
        "implicit_transfers",
        {"take": _by_way_of_host},
        "sim",
        when=lambda call: _plain(call.array) and _is(call.selection, _LOWER_HALF),
    )
)


def _half_refused(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if type(value) is np.ndarray and value.ndim == 2 and _device_configured():
        zarr.Array.set_basic_selection(self, slice(0, 3), value[:3])
        raise TypeError("a host array is refused, half of it too late")
    return value


BROKEN.append(
    Broken(
        "host_values",
        {"give": _half_refused},
        "sim",
        when=lambda call: type(call.value) is np.ndarray and _device_configured(),
    )
)


def _indices_backwards(self: Any, selection: Any, **kwargs: Any) -> Any:
    parts = tuple(part.get()[::-1] if _on_device(part) else part for part in selection)
    return zarr.Array.get_orthogonal_selection(self, parts, **kwargs)


BROKEN.append(
    Broken(
        "device_vectors",
        {"get_orthogonal_selection": _indices_backwards},
        "sim",
        when=lambda call: (
            isinstance(call.selection, tuple) and any(map(_on_device, call.selection))
        ),
    )
)


def _sharing_state(method: str) -> Any:
    def set_(
        self: Any, selection: Any, value: Any, *, prototype: Any = None, **kwargs: Any
    ) -> None:
        if self.shape == (16, 6) and prototype is None:
            self.__dict__["pending"] = value
            time.sleep(0.002)
            value = self.__dict__["pending"]
        getattr(Wrapped, method)(self, selection, value, prototype=prototype, **kwargs)

    return set_


_SETTERS = ("set_basic_selection", "set_orthogonal_selection")
BROKEN.append(
    Broken(
        "threads",
        {name: _sharing_state(name) for name in _SETTERS},
        when=lambda call: call.array.shape == (16, 6) and call.options.get("prototype") is None,
    )
)


class MetadataOnHost(Wrapped):
    """A clean array that keeps its metadata on the host, as zarr 3.4.2 does not."""

    def update_attributes(self, new_attributes: Any) -> Any:
        with host_configuration():
            return super().update_attributes(new_attributes)

    def resize(self, new_shape: Any) -> None:
        with host_configuration():
            super().resize(new_shape)


def metadata_on_host(**settings: Any) -> Any:
    """Make an empty array whose metadata were written on the host."""
    with host_configuration():
        return make(MetadataOnHost, **settings)


BROKEN += array_failures.BROKEN
