"""Third parties' codecs, stores and pipelines, made as their own documentation makes them."""

from __future__ import annotations

import json
import tempfile
from importlib import import_module
from typing import TYPE_CHECKING, Any

import zarr
from zarr.storage import LocalStore, ObjectStore

from zarr_devbuf.checks.errors import NotApplicable

if TYPE_CHECKING:
    from zarr.abc.store import Store

__all__ = ["ARRAYS", "CODECS", "PACKAGES", "STORES"]

PACKAGES = (
    "imagecodecs-zarr",
    "imagecodecs",
    "zarr-any-numcodecs",
    "numcodecs",
    "pcodec",
    "obstore",
    "icechunk",
    "zarrs",
)


def _json(name: str, **configuration: object) -> str:
    return json.dumps({"name": name, "configuration": configuration})


# As arguments of `zarr-devbuf audit`. By its JSON what cannot be made, or would lose everything,
# without arguments.
CODECS: tuple[str, ...] = (
    "imagecodecs_*",
    _json("imagecodecs_quantize", mode="bitround", nsd=3),
    _json("any-numcodecs.array-array", id="delta", dtype="<i4"),
    _json("any-numcodecs.array-array", id="fixedscaleoffset", offset=0, scale=100, dtype="<f4"),
    _json("any-numcodecs.array-bytes", id="zlib", level=1),
    _json("any-numcodecs.array-bytes", id="pcodec"),
    _json("any-numcodecs.bytes-bytes", id="zlib", level=1),
    _json("any-numcodecs.bytes-bytes", id="crc32"),
    "numcodecs.pcodec",
)


def icechunk_memory() -> Store:
    """Open an Icechunk session that may be written to, in memory."""
    icechunk: Any = import_module("icechunk")  # not installed where types are checked
    repository = icechunk.Repository.create(icechunk.in_memory_storage())
    store: Store = repository.writable_session("main").store
    return store


def obstore_memory() -> Store:
    """Put obstore's in-memory object store behind zarr's `ObjectStore`."""
    from obstore.store import MemoryStore

    return ObjectStore(MemoryStore())


def obstore_local() -> Store:
    """Put obstore's local file system behind zarr's `ObjectStore`."""
    from obstore.store import LocalStore as LocalObjects

    return ObjectStore(LocalObjects(_folder()))


def _folder() -> str:
    return tempfile.mkdtemp(prefix="zarr-devbuf-real-")


# Import paths, as arguments of `zarr-devbuf audit`.
STORES: tuple[str, ...] = tuple(
    f"{__name__}:{make.__name__}" for make in (obstore_memory, obstore_local, icechunk_memory)
)


def in_files(**settings: Any) -> zarr.Array[Any]:
    """Make an array in files: what zarr's own pipelines do there is what the others are held to."""
    return zarr.create_array(LocalStore(_folder()), **settings)


def in_icechunk(**settings: Any) -> zarr.Array[Any]:
    """Make an array in an Icechunk session."""
    if settings.get("zarr_format") == 2:
        # Icechunk itself says `NodeNotFoundError: v2 key not found`.
        raise NotApplicable("Icechunk holds arrays of format 3, and no others")
    return zarr.create_array(icechunk_memory(), **settings)


# What makes arrays, zarr's setting `codec_pipeline.path` (None: zarr's own), and how reports name
# both. Pipelines in Rust read and write files themselves: stores in memory they leave to zarr's.
ARRAYS: tuple[tuple[Any, str | None, str], ...] = (
    (in_files, None, "zarr, in `LocalStore`"),
    (in_files, "zarrs.ZarrsCodecPipeline", "zarrs' pipeline, in `LocalStore`"),
    (in_icechunk, None, "zarr, in `IcechunkStore`"),
)
