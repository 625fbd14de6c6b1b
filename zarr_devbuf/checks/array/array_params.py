"""What the arrays of the checks look like, and how they are made."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np
import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, ShardingCodec
from zarr.storage import MemoryStore

from zarr_devbuf._backends.zarr_internals import AsyncArray, sync
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.naming import name_of

if TYPE_CHECKING:
    import numpy.typing as npt


type Shape = tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class ArrayParams:
    """
    The settings of an array.

    By default it has no filter, no compressor, and every chunk is written, so that a defect there
    fails the checks on it, and no others.
    """

    shape: Shape = (7, 6)
    chunks: Any = (3, 4)
    dtype: str | np.dtype[Any] = "i4"
    fill_value: Any = 0
    zarr_format: Literal[2, 3] = 3
    order: Literal["C", "F"] = "C"
    filters: Any = None
    serializer: Any = "auto"
    compressors: Any = None
    write_empty_chunks: bool | None = True
    more_config: tuple[tuple[str, Any], ...] = ()
    shards: Any = None

    def settings(self) -> dict[str, Any]:
        """Return the keyword arguments of `zarr.create_array`."""
        settings: dict[str, Any] = {
            "shape": self.shape,
            "chunks": self.chunks,
            "dtype": np.dtype(self.dtype),
            "fill_value": self.fill_value,
            "zarr_format": self.zarr_format,
            "filters": self.filters,
            "compressors": self.compressors,
            "config": dict(self.more_config),
        }
        if self.serializer != "auto":
            settings["serializer"] = self.serializer
        if self.write_empty_chunks is not None:
            settings["config"]["write_empty_chunks"] = self.write_empty_chunks
        if self.shards is not None:
            settings["shards"] = self.shards
        if self.order != "C":
            if self.zarr_format == 2:
                settings["order"] = self.order
            else:
                settings["config"]["order"] = self.order
        return settings

    def with_own_codec(self) -> ArrayParams:
        """Copy the serializer, too: zarr's `ShardingCodec` caches what belongs to one prototype."""
        if self.serializer == "auto":
            return self
        codec = type(self.serializer).from_dict(self.serializer.to_dict())
        return replace(self, serializer=codec)

    def __str__(self) -> str:
        shown = ((each, _show(getattr(self, each.name))) for each in fields(self))
        return ", ".join(
            f"{field.name}={text}" for field, text in shown if text != repr(field.default)
        )


def _show(setting: Any) -> str:
    """Show a setting on one line; codecs by the names of their classes."""
    if isinstance(setting, tuple) and any(hasattr(each, "to_dict") for each in setting):
        return f"({', '.join(map(_show, setting))})"
    return type(setting).__name__ if hasattr(setting, "to_dict") else repr(setting)


def sharded(*, checksum: bool = False, inner: Any = None, **settings: Any) -> ArrayParams:
    """
    Make the settings of an array in shards.

    Parameters
    ----------
    checksum : bool
        Whether the index has a checksum: checksums of bytes on a device have a check of their own.
    inner : list of codecs, optional
        The codecs within a shard; `BytesCodec` by default.
    **settings
        Other settings of `ArrayParams`.
    """
    index: list[Any] = [BytesCodec(), Crc32cCodec()] if checksum else [BytesCodec()]
    codecs = inner or [BytesCodec()]
    codec = ShardingCodec(chunk_shape=(2, 3), codecs=codecs, index_codecs=index)
    return ArrayParams((8, 6), (4, 6), serializer=codec, **settings)


def make_array(subject: Any, params: ArrayParams | None) -> zarr.Array[Any]:
    """
    Make an empty array.

    Parameters
    ----------
    subject : callable or None
        Takes the keyword arguments of `zarr.create_array`, except ``store``, or none at all. None:
        `zarr.create_array` in memory.
    params : ArrayParams or None
        The settings that the check needs; None if any array will do.

    Raises
    ------
    NotApplicable
        If the check needs settings, and the callable takes none; if it needs format 2, and the
        callable rejects that: a store or a pipeline may be for format 3 only.
    TypeError
        If the subject does not make a `zarr.Array`.
    """
    if subject is None:
        return zarr.create_array(MemoryStore(), **(params or ArrayParams()).settings())
    if not callable(subject):
        raise TypeError(f"expected a callable that makes an empty zarr.Array, got {subject!r}")
    if takes_settings(subject):
        settings = (params or ArrayParams()).settings()
        try:
            array = subject(**settings)
        except (NotImplementedError, RuntimeError, TypeError, ValueError) as error:
            if settings["zarr_format"] == 3:
                raise
            text = f"{name_of(subject)} makes no arrays of format 2: {error}"
            raise NotApplicable(text) from error
    elif params is None:
        array = subject()
    else:
        raise NotApplicable(
            f"the check needs an array with its own settings, and {name_of(subject)} takes no "
            "arguments: let it take the keyword arguments of zarr.create_array"
        )
    if not isinstance(array, zarr.Array):
        raise TypeError(f"{name_of(subject)} makes no zarr.Array, but {array!r}")
    return array


def takes_settings(subject: Any) -> bool:
    """Tell whether a subject makes arrays with any settings, or one array only."""
    if subject is None:
        return True
    try:
        parameters = inspect.signature(subject).parameters.values()
    except (TypeError, ValueError):  # compiled functions may have no signature
        return True
    return any(each.kind is each.VAR_KEYWORD or each.name == "shape" for each in parameters)


def reopened(array: zarr.Array[Any]) -> AsyncArray[Any]:
    """Open an array again, from the documents in its store."""
    opened = AsyncArray.open(array.store_path, zarr_format=array.metadata.zarr_format)
    return sync(opened)


def chunk_shape(array: zarr.Array[Any]) -> Shape:
    """Return the shape of what is one value in the store: a shard, or else a chunk."""
    return array.shards or array.chunks


def numbers(shape: Shape, dtype: npt.DTypeLike, start: int = 1) -> npt.NDArray[Any]:
    """Make values for an array, on the host: neighbours differ, and hardly any is 0."""
    dtype = np.dtype(dtype)
    count = np.arange(start, start + int(np.prod(shape))).reshape(shape)
    if dtype.names is not None:
        values: npt.NDArray[Any] = np.zeros(shape, dtype)
        for number, name in enumerate(dtype.names):
            values[name] = numbers(shape, values[name].dtype, start + 7 * number)
        return values
    if dtype.kind == "b":
        return (count % 3 > 0).astype(dtype)
    if dtype.kind in "iu":
        # The high bytes of a wide integer count, so that a wrong byte order shows.
        factor = np.uint64(np.iinfo(dtype).max // 10_000 | 1)
        return np.asarray(count.astype("u8") * factor).astype(dtype)
    if dtype.kind == "c":
        return np.asarray(count + 1j / count).astype(dtype)
    if dtype.kind == "f":
        return np.asarray(count + 1 / count).astype(dtype)
    if dtype.kind in "mM":
        return (count * 86_413).astype("i8").view(dtype.str.replace(">", "<")).astype(dtype)
    return count.astype(dtype)
