"""The stores that are audited without being named: all that zarr ships."""

from __future__ import annotations

import importlib
import inspect
import logging
import pkgutil
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING, Any

import zarr.experimental
import zarr.storage
from zarr.abc.store import Store
from zarr.storage import (
    FsspecStore,
    LocalStore,
    LoggingStore,
    MemoryStore,
    ObjectStore,
    WrapperStore,
    ZipStore,
)
from zarr.storage._common import make_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
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

# Makes a store that is empty, and another one each time; what it keeps on disk lies in a folder
# that is given, under a name that is given.
type MakeStore = Callable[[Path, str], Store | Awaitable[Store]]


def _object_in_memory(_folder: Path, _name: str) -> Store:
    from obstore.store import MemoryStore as InMemory  # noqa: PLC0415 - an optional dependency

    return ObjectStore(InMemory())


def _object_on_disk(folder: Path, name: str) -> Store:
    from obstore.store import LocalStore as OnDisk  # noqa: PLC0415 - an optional dependency

    return ObjectStore(OnDisk(folder / name, mkdir=True))


def _logging(_folder: Path, _name: str) -> Store:
    # By default it prints, in the middle of what a report is written to.
    return LoggingStore(MemoryStore(), log_handler=logging.NullHandler())


# What keeps its values on one device, whatever prototype it is asked for.
ONLY_ON = {"GpuMemoryStore": "gpu"}

# Those that need something, by class, and what each is shown as. A library's own stores behave
# differently beneath the same wrapper: one that keeps values in memory, and one on disk.
MAKERS: dict[str, dict[str, MakeStore]] = {
    "LocalStore": {"LocalStore": lambda folder, name: LocalStore(folder / name)},
    "ZipStore": {"ZipStore": lambda folder, name: ZipStore(folder / f"{name}.zip", mode="w")},
    "LoggingStore": {"LoggingStore": _logging},
    "ManagedMemoryStore": {
        "ManagedMemoryStore": lambda _folder, name: zarr.storage.ManagedMemoryStore(name=name)
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
    Find the stores that zarr ships; it has no registry of them.

    Returns
    -------
    tuple of type
        The subclasses of `Store` that can be reached in `zarr.storage` and `zarr.experimental`, and
        in the public modules of these. Plain ones come first, then those that wrap another.
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
                except ImportError:  # it needs something that is not installed
                    continue


def distribution_of(cls: type) -> str:
    """Name the distribution that a class comes from, or its module's package."""
    root = cls.__module__.partition(".")[0]
    return next(iter(packages_distributions().get(root, ())), root)


def arguments_missing(callable_: Any) -> tuple[str, ...]:
    """Name the parameters without which something cannot be called."""
    try:
        parameters = inspect.signature(callable_).parameters.values()
    except (TypeError, ValueError):  # a class made in C need not tell
        return ()
    return tuple(
        p.name
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    )


def maker_of(cls: type[Store], shown: str) -> MakeStore | None:
    """
    Say how an empty store of a class is made; None where that takes arguments that nobody knows.

    Of what is not declared, a store that wraps others is made round `MemoryStore`.
    """
    declared = MAKERS.get(cls.__name__, {}).get(shown)
    if declared is not None:
        return declared
    missing = arguments_missing(cls)
    if all(issubclass(cls, WrapperStore) and _is_store(name) for name in missing):
        make: Any = cls
        return lambda _folder, _name: make(**{name: MemoryStore() for name in missing})
    return None


def _is_store(parameter: str) -> bool:
    return parameter == "store" or parameter.endswith("_store")


async def store_from_url(url: str) -> Store:
    """Open the store at a URL, as zarr does for ``zarr.open(url)``; the checks want it empty."""
    return await make_store(url, mode="a")
