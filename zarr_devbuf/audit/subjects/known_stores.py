"""The stores that are audited by default: those that zarr ships."""

from __future__ import annotations

import functools
import importlib
import inspect
import logging
import pkgutil
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING, Any

import zarr.experimental
import zarr.storage
from zarr.abc.store import Store
from zarr.experimental.cache_store import CacheStore
from zarr.storage import (
    FsspecStore,
    LocalStore,
    LoggingStore,
    MemoryStore,
    ObjectStore,
    WrapperStore,
    ZipStore,
)

from zarr_devbuf._backends.zarr_internals import make_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

__all__ = [
    "MAKERS",
    "ONLY_ON",
    "arguments_missing",
    "distribution_of",
    "find_stores",
    "maker_of",
    "store_from_url",
]

# Makes a new, empty store at each call; one on disk is in the given folder, with the given name.
type MakeStore = Callable[[Path, str], Store | Awaitable[Store]]


def _object_in_memory(_folder: Path, _name: str) -> Store:
    from obstore.store import MemoryStore as InMemory  # noqa: PLC0415 - an optional dependency

    return ObjectStore(InMemory())


def _object_on_disk(folder: Path, name: str) -> Store:
    from obstore.store import LocalStore as OnDisk  # noqa: PLC0415 - an optional dependency

    return ObjectStore(OnDisk(folder / name, mkdir=True))


def _logging(_folder: Path, _name: str) -> Store:
    # By default it logs to standard output, where the report goes.
    return LoggingStore(MemoryStore(), log_handler=logging.NullHandler())


def _cache(**settings: Any) -> Store:
    return CacheStore(MemoryStore(), cache_store=MemoryStore(), **settings)


# Stores that keep their values in memory of one backend, with every prototype.
ONLY_ON = {"GpuMemoryStore": "gpu"}

# Stores that need arguments, by class, with the names in reports. A library's stores differ under
# the same wrapper, so one in memory and one on disk are audited.
MAKERS: dict[str, dict[str, MakeStore]] = {
    "LocalStore": {"LocalStore": lambda folder, name: LocalStore(folder / name)},
    "ZipStore": {"ZipStore": lambda folder, name: ZipStore(folder / f"{name}.zip", mode="w")},
    "LoggingStore": {"LoggingStore": _logging},
    "ManagedMemoryStore": {
        "ManagedMemoryStore": lambda _folder, name: zarr.storage.ManagedMemoryStore(name=name),
        "ManagedMemoryStore (path)": lambda _folder, name: zarr.storage.ManagedMemoryStore(
            name=name, path="some/path"
        ),
    },
    "CacheStore": {
        "CacheStore": lambda _folder, _name: _cache(),
        "CacheStore (max_size)": lambda _folder, _name: _cache(max_size=5000),
    },
    "FsspecStore": {
        "FsspecStore (memory)": lambda _folder, name: FsspecStore.from_url(f"memory://{name}"),
        "FsspecStore (file)": lambda folder, name: FsspecStore.from_url(
            (folder / name).as_uri(), storage_options={"auto_mkdir": True}
        ),
    },
    "ObjectStore": {
        "ObjectStore (memory)": _object_in_memory,
        "ObjectStore (file)": _object_on_disk,
    },
}


def find_stores() -> tuple[type[Store], ...]:
    """
    Find the stores that zarr ships. zarr has no registry of stores.

    Returns
    -------
    tuple of type
        The subclasses of `Store` in `zarr.storage`, `zarr.experimental` and their public modules.
        Plain stores come first, then wrappers.
    """
    found = dict.fromkeys(
        value
        for module in _modules(zarr.storage, zarr.experimental)
        for _, value in sorted(vars(module).items())
        if isinstance(value, type) and issubclass(value, Store) and not inspect.isabstract(value)
    )
    return tuple(sorted(found, key=lambda cls: issubclass(cls, WrapperStore)))


def _modules(*packages: Any) -> Iterator[Any]:
    for package in packages:
        yield package
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not info.name.rpartition(".")[2].startswith("_"):
                try:
                    yield importlib.import_module(info.name)
                except ImportError:  # it needs a library that is not installed
                    continue


def distribution_of(cls: type) -> str:
    """Return the name of the distribution of a class; if it has none, of its top-level package."""
    root = cls.__module__.partition(".")[0]
    return next(iter(_distributions().get(root, ())), root)


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    # It reads the metadata of everything that is installed.
    return packages_distributions()


def arguments_missing(callable_: Any) -> tuple[str, ...]:
    """Return the names of the required parameters of a callable."""
    try:
        parameters = inspect.signature(callable_).parameters.values()
    except (TypeError, ValueError):  # a class made in C may have no signature
        return ()
    return tuple(
        p.name
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    )


def maker_of(cls: type[Store], shown: str) -> MakeStore | None:
    """
    Return what makes an empty store of a class; None if it needs arguments that are unknown.

    A wrapper that is not in `MAKERS` wraps a `MemoryStore`; what is derived from `LocalStore` gets
    a folder.
    """
    declared = MAKERS.get(cls.__name__, {}).get(shown)
    if declared is not None:
        return declared
    missing = arguments_missing(cls)
    if issubclass(cls, LocalStore) and missing == ("root",):
        return lambda folder, name: cls(folder / name)
    if all(issubclass(cls, WrapperStore) and _is_store(name) for name in missing):
        make: Any = cls
        return lambda _folder, _name: make(**{name: MemoryStore() for name in missing})
    return None


def _is_store(parameter: str) -> bool:
    return parameter == "store" or parameter.endswith("_store")


async def store_from_url(url: str) -> Store:
    """Open the store at a URL, as ``zarr.open(url)`` does."""
    return await make_store(url, mode="a")
