"""Arrays to judge: a clean one of each kind, and for each law one that breaks it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
from zarr.core.array import AsyncArray
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import MemoryStore

from zarr_devbuf.checks.array.trial import host_configuration

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BROKEN", "Broken", "Wrapped", "clean", "make"]

SKIP: Any = object()
"""What `give` returns to have nothing written."""


class Wrapped(zarr.Array[Any]):
    """A clean array, each of whose operations goes through `take` and `give`."""

    def take(self, kind: str, selection: Any, result: Any) -> Any:
        """Pass a result on."""
        return result

    def give(self, kind: str, selection: Any, value: Any) -> Any:
        """Pass values on."""
        return value

    def done(self, value: Any) -> None:
        """Follow a write."""


def _getter(kind: str) -> Any:
    name = f"get_{kind}_selection"

    def get(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
        result = getattr(zarr.Array, name)(self, selection, out=out, **kwargs)
        return result if out is not None else self.take(kind, selection, result)

    return get


def _setter(kind: str) -> Any:
    name = f"set_{kind}_selection"

    def set_(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
        value = self.give(kind, selection, value)
        if value is not SKIP:
            getattr(zarr.Array, name)(self, selection, value, **kwargs)
        self.done(value)

    return set_


for _kind in ("basic", "orthogonal", "coordinate", "mask", "block"):
    setattr(Wrapped, f"get_{_kind}_selection", _getter(_kind))
    setattr(Wrapped, f"set_{_kind}_selection", _setter(_kind))


def make(cls: type[Any] = Wrapped, **settings: Any) -> Any:
    """Make an empty array of a class."""
    return cls(zarr.create_array(MemoryStore(), **settings).async_array)


def clean(**settings: Any) -> Any:
    """Make the clean twin of all below."""
    return make(Wrapped, **settings)


@dataclass(frozen=True)
class Broken:
    """A subject, what breaks it, and the laws that catch it beyond what zarr breaks itself."""

    law: str
    members: dict[str, Any]
    backend: str = "cpu"
    also: frozenset[str] = frozenset()

    @property
    def subject(self) -> Callable[..., Any]:
        cls = type(f"Broken_{self.law}", (Wrapped,), self.members)

        def subject(**settings: Any) -> Any:
            return make(cls, **settings)

        return subject


BROKEN: list[Broken] = []


def _reads_wrong(law: str, when: Any, **settings: Any) -> None:
    """Add an array whose results are wrong where ``when(array, kind, selection)`` is true."""

    def take(self: Any, kind: str, selection: Any, result: Any) -> Any:
        return _spoilt(result) if when(self, kind, selection) else result

    BROKEN.append(Broken(law, {"take": take}, **settings))


def _drops(law: str, when: Any, **settings: Any) -> None:
    """Add an array that writes nothing where ``when(array, kind, selection, value)`` is true."""

    def give(self: Any, kind: str, selection: Any, value: Any) -> Any:
        return SKIP if when(self, kind, selection, value) else value

    BROKEN.append(Broken(law, {"give": give}, **settings))


def _spoilt(result: Any) -> Any:
    dtype = np.dtype(result.dtype)
    if dtype.names is not None:
        result = result.copy()
        result[dtype.names[-1]] = 0
        return result
    if dtype.kind == "U":
        return np.char.add(result, "x").astype(dtype)
    if dtype.kind in "mM":
        return np.zeros_like(result)
    if dtype.kind == "b":
        return ~result
    return (result * 0 + 1).astype(dtype)


def _codecs(array: Any) -> str:
    return str(array.metadata.to_dict().get("codecs", "")).lower()


def _plain(array: Any) -> bool:
    """Tell whether there is nothing special about an array."""
    return (
        array.shape == (7, 6)
        and array.dtype == np.dtype("i4")
        and array.metadata.zarr_format == 3
        and array.fill_value == 0
        and array.order == "C"
        and array.compressors == ()
        and array.filters == ()
        and "big" not in _codecs(array)
    )


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
    parts = selection if isinstance(selection, tuple) else (selection,)
    return any(isinstance(part, slice) and (part.step or 1) > 1 for part in parts)


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


def _of_flags(selection: Any) -> bool:
    parts = selection if isinstance(selection, tuple) else (selection,)
    return any(_is_flag(part) for part in parts)


# Reading.
_reads_wrong("read_basic", lambda a, k, s: _plain(a) and _is(s, 6, (6,)))
_reads_wrong("read_strided", lambda a, k, s: _plain(a) and _stepped(s) and k == "basic")
_reads_wrong("read_elements", lambda a, k, s: _plain(a) and _element(s))
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
_reads_wrong("read_coordinates", lambda a, k, s: k == "coordinate")
_reads_wrong(
    "read_mask",
    lambda a, k, s: _plain(a) and k == "mask" and bool(np.all(s[0] if isinstance(s, tuple) else s)),
)
_reads_wrong("read_blocks", lambda a, k, s: k == "block" and _is(s, -1, (-1,)))


def _empty_of_floats(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return result.astype("f8") if not result.size and self.size else result


BROKEN.append(
    Broken("read_nothing", {"take": _empty_of_floats}, also=frozenset({"read_coordinates"}))
)

# Writing.
_drops("write_basic", lambda a, k, s, v: _plain(a) and _is(s, 6, (6,)))
_drops("write_strided", lambda a, k, s, v: _plain(a) and k == "basic" and _stepped(s))
_drops("write_elements", lambda a, k, s, v: _plain(a) and _is(s, (-1, -1)))
_drops("write_orthogonal", lambda a, k, s, v: k == "orthogonal" and _of_flags(s))
_drops("write_coordinates", lambda a, k, s, v: k == "coordinate" and np.ndim(v) == 1)
_drops("write_coordinate_grids", lambda a, k, s, v: k == "coordinate" and np.ndim(v) == 2)
_drops("write_mask", lambda a, k, s, v: k == "mask" and np.size(v) == 42)
_drops("write_blocks", lambda a, k, s, v: k == "block" and _is(s, -1, (-1,)))


def _write_where_nothing_is(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if getattr(value, "size", 1) == 0 and self.size:
        zarr.Array.set_basic_selection(self, (0, 0), 0)
    return value


BROKEN.append(
    Broken(
        "write_nothing", {"give": _write_where_nothing_is}, also=frozenset({"write_coordinates"})
    )
)

# Values.
_drops("write_scalars", lambda a, k, s, v: isinstance(v, float) and v != v)


def _without_sign(self: Any, kind: str, selection: Any, value: Any) -> Any:
    return value + 0.0 if isinstance(value, float) else value


BROKEN.append(Broken("write_negative_zero", {"give": _without_sign}))
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


BROKEN.append(Broken("fill_value_of_partial_chunks", {"give": _fill_of_others}))


def _keep_all(self: Any, value: Any) -> None:
    if self.shape == (9,) and _on_device(value) and not self.async_array.config.write_empty_chunks:
        buffer = default_buffer_prototype().buffer.from_bytes(bytes(3 * self.dtype.itemsize))
        sync(self.store.set_if_not_exists("c/2", buffer))


BROKEN.append(Broken("empty_chunks_dropped", {"done": _keep_all}, "sim"))


def _keep_none(self: Any, value: Any) -> None:
    if self.shape == (9,) and _on_device(value) and self.async_array.config.write_empty_chunks:
        sync(self.store.delete("c/1"))


BROKEN.append(Broken("empty_chunks_kept", {"done": _keep_none}, "sim"))


# Results in a buffer of the caller's.
def _ignoring_out(kind: str) -> Any:
    def get(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
        return getattr(zarr.Array, f"get_{kind}_selection")(self, selection, **kwargs)

    return get


BROKEN.append(Broken("out", {"get_mask_selection": _ignoring_out("mask")}))
BROKEN.append(
    Broken("out_of_coordinates", {"get_coordinate_selection": _ignoring_out("coordinate")})
)


def _taking_any_out(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
    try:
        return Wrapped.get_basic_selection(self, selection, out=out, **kwargs)
    except ValueError:
        if out is None:
            raise
        return out.as_ndarray_like()


BROKEN.append(Broken("out_refused", {"get_basic_selection": _taking_any_out}))

# Shapes.
_reads_wrong("dimensions", lambda a, k, s: a.ndim == 4)
_reads_wrong("no_dimensions", lambda a, k, s: a.ndim == 0)


def _lengthened(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return np.zeros((3, 1), self.dtype) if self.shape == (3, 0) else result


BROKEN.append(Broken("no_elements", {"take": _lengthened}))


def _resize_keeping_chunks(self: Any, shape: Any) -> None:
    sync(self.async_array.resize(shape, delete_outside_chunks=False))


BROKEN.append(Broken("resize", {"resize": _resize_keeping_chunks}))


def _append_backwards(self: Any, data: Any, axis: int = 0) -> Any:
    return zarr.Array.append(self, data[::-1], axis)


BROKEN.append(Broken("append", {"append": _append_backwards}))

# Dtypes.
_reads_wrong("dtypes", lambda a, k, s: a.dtype == "f2" and a.ndim == 2)
_reads_wrong("big_endian_storage", lambda a, k, s: "big" in _codecs(a) and a.dtype == "f8")
_reads_wrong("big_endian_dtype", lambda a, k, s: a.dtype == np.dtype(">i4"))
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
BROKEN.append(Broken("fields", {**WITH_FIELDS, "set_basic_selection": _set_record}))

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


BROKEN.append(Broken("memory_order", {"take": _always_c}))


def _spoil_stored(fill: int) -> Any:
    def done(self: Any, value: Any) -> None:
        if self.dtype == "i4" and self.fill_value == fill and _on_device(value):
            for key in ("c/0/0", "0.0"):
                if sync(self.store.exists(key)):
                    buffer = default_buffer_prototype().buffer.from_bytes(bytes(48))
                    sync(self.store.set(key, buffer))

    return done


BROKEN.append(Broken("stored_bytes", {"done": _spoil_stored(5)}, "sim"))

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
_reads_wrong("shard_vectors", lambda a, k, s: _sharded(a) and k == "orthogonal")
_reads_wrong("shards_missing", lambda a, k, s: _sharded(a, fill=9) and _element(s))
BROKEN.append(Broken("shards_stored", {"done": _spoil_stored(9)}, "sim"))
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
        return whole[selection] + shift

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
        also=frozenset({"shards_in_shards"}),
    )
)

# Prototypes.
_drops(
    "written_and_read_on_device",
    lambda a, k, s, v: _is(s, (slice(2, None), slice(2, None))) and np.shape(v) == (5, 4),
)


def _get_mask_as_configured(self: Any, selection: Any, *, prototype: Any = None, **kw: Any) -> Any:
    return zarr.Array.get_mask_selection(self, selection, **kw)


BROKEN.append(Broken("prototype_argument", {"get_mask_selection": _get_mask_as_configured}, "sim"))


def _set_mask_as_configured(
    self: Any, selection: Any, value: Any, *, prototype: Any = None
) -> None:
    if self.metadata.zarr_format == 3 or prototype is None:
        zarr.Array.set_mask_selection(self, selection, value, prototype=prototype)


BROKEN.append(
    Broken("format_2_prototype_argument", {"set_mask_selection": _set_mask_as_configured})
)


class _WrongAsync(AsyncArray[Any]):
    async def getitem(self, selection: Any, *, prototype: Any = None) -> Any:
        return _spoilt(await super().getitem(selection, prototype=prototype))


def _async_array(self: Any) -> Any:
    array = self._async_array
    return _WrongAsync(array.metadata, array.store_path, array.config)


BROKEN.append(Broken("asynchronous", {"async_array": property(_async_array)}))


def _remembering(self: Any, selection: Any = ..., *, prototype: Any = None, **kwargs: Any) -> Any:
    turns = self.__dict__.setdefault("turns", [])
    if prototype is None:
        turns.append(default_buffer_prototype())
        if len(turns) > 6:
            # From here on, what was configured then.
            prototype = turns[5]
    return zarr.Array.get_basic_selection(self, selection, prototype=prototype, **kwargs)


BROKEN.append(Broken("configuration_switched", {"get_basic_selection": _remembering}, "sim"))
_drops("between_devices", lambda a, k, s, v: _plain(a) and _is(s, slice(1, 2)))

# Conduct.


def _cached(self: Any, kind: str, selection: Any, result: Any) -> Any:
    if kind != "basic" or selection is not ...:
        return result
    cache = self.__dict__.setdefault("cache", {})
    return cache.setdefault((type(result), self.shape), result)


def _forget(self: Any, value: Any) -> None:
    self.__dict__.pop("cache", None)


def _resize_forgetting(self: Any, shape: Any) -> None:
    self.__dict__.pop("cache", None)
    zarr.Array.resize(self, shape)


BROKEN.append(
    Broken(
        "results_are_independent",
        {"take": _cached, "done": _forget, "resize": _resize_forgetting},
    )
)


def _clear_given(self: Any, value: Any) -> None:
    if isinstance(value, np.ndarray) and value.flags.writeable and value.shape == (7, 6):
        on_device = "zarr_devbuf" in default_buffer_prototype().buffer.__module__
        if _plain(self) and on_device:
            value *= 0


BROKEN.append(Broken("values_unchanged", {"done": _clear_given}))


def _by_way_of_host(self: Any, kind: str, selection: Any, result: Any) -> Any:
    if not _on_device(result) or not _plain(self) or not result.ndim:
        return result
    return default_buffer_prototype().nd_buffer.from_ndarray_like(result.get()).as_ndarray_like()


BROKEN.append(Broken("implicit_transfers", {"take": _by_way_of_host}, "sim"))


def _half_refused(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if type(value) is np.ndarray and value.ndim == 2 and _device_configured():
        zarr.Array.set_basic_selection(self, slice(0, 3), value[:3])
        raise TypeError("a host array is refused, half of it too late")
    return value


BROKEN.append(Broken("host_values", {"give": _half_refused}, "sim"))


def _indices_backwards(self: Any, selection: Any, **kwargs: Any) -> Any:
    parts = tuple(part.get()[::-1] if _on_device(part) else part for part in selection)
    return zarr.Array.get_orthogonal_selection(self, parts, **kwargs)


BROKEN.append(Broken("device_vectors", {"get_orthogonal_selection": _indices_backwards}, "sim"))


def _shared_state(self: Any, kind: str, selection: Any, value: Any) -> Any:
    if self.shape != (16, 6):
        return value
    self.__dict__["pending"] = value
    time.sleep(0.002)
    return self.__dict__["pending"]


BROKEN.append(Broken("threads", {"give": _shared_state}))


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
