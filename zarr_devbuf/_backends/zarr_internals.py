"""
Private names of zarr, each with the reason why it is needed.

No other module uses private names of zarr, so that a change in zarr breaks this one only. Stores
that derive from zarr's classes (`zarr_devbuf.store`, `zarr_devbuf.faults`) also override
`Store._get_many`, `Store._set_many` and `WrapperStore._with_store`, by which zarr reads and writes
without `get` and `set`.
"""

from __future__ import annotations

from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any

import zarr
import zarr.core.codec_pipeline
import zarr.registry

# The array behind `zarr.Array`: reopening by its store alone has no public function that keeps the
# class of the array.
from zarr.core.array import AsyncArray

# What zarr passes to each method of a codec; there is no public way to make one.
from zarr.core.array_spec import ArrayConfig, ArraySpec

# The prototype that is configured, which a store uses if it is called without one.
from zarr.core.buffer import default_buffer_prototype

# What zarr passes to `Codec.validate`.
from zarr.core.metadata.v3 import RegularChunkGridMetadata

# Runs a coroutine on zarr's own event loop, in zarr's own thread, as `zarr.Array` does. Another
# loop would hide the defects of stores and codecs that depend on the loop or the thread.
from zarr.core.sync import sync
from zarr.storage import StorePath, WrapperStore

# Opens the store at a URL as `zarr.open` does; the public functions open an array or group, too.
from zarr.storage._common import make_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator

    from zarr.abc.store import Store

__all__ = [
    "ArrayConfig",
    "ArraySpec",
    "AsyncArray",
    "AsyncOnlyStore",
    "RegularChunkGridMetadata",
    "array_on_store",
    "codec_pipeline",
    "configured_buffers",
    "configured_codecs",
    "default_buffer_prototype",
    "ensure_open",
    "get_many",
    "make_store",
    "pipeline_paths",
    "rectilinear_chunks",
    "registered_codecs",
    "set_many",
    "sync",
    "with_store",
    "wrapped_store",
]

# Keys of `zarr.config`: documented, but not declared stable.
_BUFFER, _ND_BUFFER = "buffer", "ndbuffer"
_PIPELINE, _CODECS, _RECTILINEAR = "codec_pipeline.path", "codecs", "array.rectilinear_chunks"

# The pipelines have no registry: only the module shows which ones a version of zarr has.
_PIPELINES = ("BatchedCodecPipeline", "FusedCodecPipeline")


class AsyncOnlyStore(WrapperStore[Any]):
    """A store without synchronous methods, as those of networks are."""

    # The attribute by which zarr 3.4 asks a store; there is no public one.
    _supports_sync_io = False


def pipeline_paths() -> tuple[str, ...]:
    """Return the import paths of zarr's codec pipelines, the configured one first."""
    module = zarr.core.codec_pipeline
    own = [f"{module.__name__}.{name}" for name in _PIPELINES if hasattr(module, name)]
    return tuple(dict.fromkeys((zarr.config.get(_PIPELINE), *own)))


@contextmanager
def codec_pipeline(path: str) -> Iterator[None]:
    """Make zarr use the codec pipeline with this import path for a block."""
    with zarr.config.set({_PIPELINE: path}):
        yield


@contextmanager
def configured_buffers(buffer: str, nd_buffer: str) -> Iterator[None]:
    """Make two classes, given by their import paths, zarr's default buffers for a block."""
    with zarr.config.set({_BUFFER: buffer, _ND_BUFFER: nd_buffer}):
        yield


@contextmanager
def rectilinear_chunks() -> Iterator[None]:
    """Let zarr make arrays with chunks of uneven lengths for a block."""
    with zarr.config.set({_RECTILINEAR: True}):
        yield


def configured_codecs() -> dict[str, Any]:
    """Return the codecs that `zarr.config` lists: name and import path of the class."""
    return dict(zarr.config.get(_CODECS, {}))


def registered_codecs() -> dict[str, tuple[type, ...]]:
    """Return the classes of the codecs that are registered with zarr, by name."""
    # There is no public function that lists them. If the registry moves, the configuration still
    # lists zarr's own.
    registries = getattr(zarr.registry, "_codec_registries", None)
    if registries is None:
        return {name: (zarr.registry.get_codec_class(name),) for name in configured_codecs()}
    return {name: tuple(dict.fromkeys(r.values())) for name, r in registries.items()}


def array_on_store(array: zarr.Array[Any], store: Store) -> zarr.Array[Any]:
    """Return a copy of an array, of the same class, that has its chunks in another store."""
    inner: Any = array.async_array
    path = StorePath(store, inner.store_path.path)
    twin: Any = copy(array)
    # The one attribute of `zarr.Array`; the constructor may be the subject's own.
    twin._async_array = type(inner)(inner.metadata, path, inner.config)  # noqa: SLF001
    return twin  # type: ignore[no-any-return]


async def ensure_open(store: Store) -> None:
    """Open a store unless it is open, as zarr does before it uses one."""
    await store._ensure_open()  # noqa: SLF001 - there is no public way


def get_many(store: Store, requests: Iterable[Any]) -> AsyncIterator[Any]:
    """Read several values: a batched `Store.get`, by which zarr could read metadata documents."""
    return store._get_many(requests)  # noqa: SLF001 - a store may override it


def set_many(store: Store, values: Iterable[tuple[str, Any]]) -> Awaitable[None]:
    """Write several values: a batched `Store.set`."""
    return store._set_many(values)  # noqa: SLF001 - a store may override it


def with_store(wrapper: Any, store: Store) -> Any:
    """Return a copy of a wrapper store around another store, as `with_read_only` makes one."""
    return wrapper._with_store(store)  # noqa: SLF001 - there is no public way


def wrapped_store(wrapper: Any) -> Store:
    """Return the store that a `WrapperStore` wraps."""
    return wrapper._store  # type: ignore[no-any-return] # noqa: SLF001 - there is no public way
