"""Compiled objects in the user's cache folder, by content."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["cache_folder", "cached", "temporary_folder"]


def cache_folder() -> Path:
    """Return the folder of compiled objects; it exists and can be written to.

    It is ``$CUPY_CACHE_DIR/zarr-devbuf`` if that variable is set, since it says where compiled
    kernels go; else ``zarr-devbuf/kernels`` in the user's cache folder. With
    ``CUPY_CACHE_IN_MEMORY=1``, or if the folder cannot be written to, it is a folder of this
    process that is removed at its end.
    """
    if os.environ.get("CUPY_CACHE_IN_MEMORY", "0") not in ("", "0"):
        return temporary_folder()
    folder = _chosen_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return temporary_folder()
    return folder if os.access(folder, os.W_OK | os.X_OK) else temporary_folder()


def _chosen_folder() -> Path:
    chosen = os.environ.get("CUPY_CACHE_DIR")
    if chosen:
        return Path(chosen) / "zarr-devbuf"
    base = os.environ.get("XDG_CACHE_HOME")
    if base:
        return Path(base) / "zarr-devbuf" / "kernels"
    caches = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return Path.home() / caches / "zarr-devbuf" / "kernels"


def temporary_folder() -> Path:
    """Return a folder of this process, which is removed at its end."""
    return _temporary_folder(os.getpid())


@cache
def _temporary_folder(process: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="zarr-devbuf-kernels-"))

    def remove() -> None:
        # A forked child must not remove the folder of its parent.
        if os.getpid() == process:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def cached(key: Iterable[str], suffix: str, make: Callable[[Path], None]) -> Path:
    """Return the file for a key; if it does not exist, make it.

    Safe for any number of processes: the file appears whole or not at all. If two make it at the
    same time, both make the same.

    Parameters
    ----------
    key
        Everything that the contents depend on.
    suffix
        The end of the file's name.
    make
        Writes the file to the path that it is given; it may raise.
    """
    # Each part with its length, so that no two lists of parts look the same.
    text = "".join(f"{len(part)}:{part}" for part in key)
    path = cache_folder() / (hashlib.sha256(text.encode()).hexdigest()[:40] + suffix)
    if path.exists():
        return path
    handle, name = tempfile.mkstemp(prefix="unfinished-", suffix=suffix, dir=path.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        make(unfinished)
        unfinished.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()
    return path
