"""The shared library, compiled once, and the handlers of its functions."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from zarr_devbuf.simulator._kernels.cache import cache_folder
from zarr_devbuf.simulator._kernels.compiler import find_compiler, run
from zarr_devbuf.simulator.libnvcomp import _handlers

__all__ = ["library_folder"]

_SOURCE = Path(__file__).parent / "bridge.cpp"
# Programs name the major version of the wheel that they are written for.
_NAMES = ("libnvcomp.so.5", "libnvcomp.so.6")


@cache
def library_folder() -> Path:
    """Return the folder that stands for that of ``nvidia.libnvcomp``; its library is ready.

    Raises
    ------
    NotImplementedError
        If there is no C++ compiler. The message says what to install.
    RuntimeError
        If it does not make a library.
    """
    compiler = find_compiler()
    key = f"{compiler.identity}{_SOURCE.read_text(encoding='utf-8')}"
    folder = cache_folder() / f"libnvcomp-{hashlib.sha256(key.encode()).hexdigest()[:40]}"
    if not folder.exists():
        _make(folder)
    for name in _NAMES:
        library = ctypes.CDLL(str(folder / "lib64" / name))
        library.zarr_devbuf_set_handlers(*_handlers.HANDLERS)
    return folder


def _make(folder: Path) -> None:
    """Compile the library; the folder appears whole or not at all, for any number of processes."""
    compiler = find_compiler()
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=folder.parent))
    try:
        (unfinished / "lib64").mkdir()
        (unfinished / "__init__.py").write_text("", encoding="utf-8")
        target = unfinished / "bridge.o"
        done = run((*compiler.compile, "-c", str(_SOURCE), "-o", str(target)))
        for name in _NAMES:
            if done.returncode:
                break
            libraries = () if sys.platform == "darwin" else ("-lc",)
            output = str(unfinished / "lib64" / name)
            done = run((*compiler.link, "-shared", str(target), *libraries, "-o", output))
        if done.returncode:
            raise RuntimeError(f"nvidia.libnvcomp does not compile:\n{done.stdout}")
        target.unlink()
        try:
            os.replace(unfinished, folder)  # noqa: PTH105 - another process may be faster
        except OSError:
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
