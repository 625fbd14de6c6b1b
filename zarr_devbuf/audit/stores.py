"""The stores that are audited by themselves: those that zarr ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.storage import (
    FsspecStore,
    GpuMemoryStore,
    LocalStore,
    ManagedMemoryStore,
    MemoryStore,
    ObjectStore,
    WrapperStore,
    ZipStore,
)
from zarr.storage._common import make_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from zarr.abc.store import Store

__all__ = ["STORES", "store_from_url"]

# Makes a store that is empty, and another one each time; what it keeps on disk lies in a folder
# that is given, under a name that is given.
type MakeStore = Callable[[Path, str], Store | Awaitable[Store]]


def _object(_folder: Path, _name: str) -> Store:
    from obstore.store import MemoryStore as InMemory  # noqa: PLC0415 - an optional dependency

    return ObjectStore(InMemory())


STORES: dict[str, MakeStore] = {
    "MemoryStore": lambda _folder, _name: MemoryStore(),
    "ManagedMemoryStore": lambda _folder, name: ManagedMemoryStore(name=name),
    "LocalStore": lambda folder, name: LocalStore(folder / name),
    "ZipStore": lambda folder, name: ZipStore(folder / f"{name}.zip", mode="w"),
    "FsspecStore": lambda _folder, name: FsspecStore.from_url(f"memory://{name}"),
    "ObjectStore": _object,
    "WrapperStore": lambda _folder, _name: WrapperStore(MemoryStore()),
    "GpuMemoryStore": lambda _folder, _name: GpuMemoryStore(),
}


async def store_from_url(url: str) -> Store:
    """Open the store at a URL, as zarr does for ``zarr.open(url)``; the laws want it empty."""
    return await make_store(url, mode="a")
