"""Measurements of a large allocation, a large array, and the import."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
from zarr.storage import MemoryStore

import zarr_devbuf
from benchmarks.interleaved import best_times, turns
from benchmarks.operations import OURS, SIDES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["array_times", "create_times", "import_times"]


def create_times(nbytes: int = 64_000_000) -> dict[str, float]:
    """Time ``create(fill_value=0)``."""
    return best_times(
        {
            name: partial(side.ndbuffer.create, shape=(nbytes // 8,), dtype="f8", fill_value=0)
            for name, side in SIDES.items()
        },
        rounds=5,
    )


def array_times(nbytes: int = 256 << 20, *, rounds: int = 9) -> dict[str, float]:
    """Time writing and reading an uncompressed array in memory, of chunks of 1 MiB."""
    values = np.random.default_rng(0).integers(0, 1 << 30, nbytes // 4, dtype="i4")
    runs: dict[str, tuple[str, Callable[[], Any]]] = {
        OURS: (OURS, MemoryStore),
        "zarr.buffer.cpu": ("zarr.buffer.cpu", MemoryStore),
        "zarr.testing.buffer": ("zarr.testing.buffer", MemoryStore),
        f"{OURS}, StoreExpectingTestBuffer": (OURS, zarr_devbuf.StoreExpectingTestBuffer),
    }
    best = dict.fromkeys(runs, float("inf"))
    for name in turns(runs, rounds):
        side, store = runs[name]
        gc.collect()
        best[name] = min(best[name], _write_and_read(side, store(), values))
    return best


def _write_and_read(side: str, store: Any, values: np.ndarray[Any, Any]) -> float:
    buffer, ndbuffer = SIDES[side]
    zarr.registry.register_buffer(buffer)
    zarr.registry.register_ndbuffer(ndbuffer)
    paths = {"buffer": _path(buffer), "ndbuffer": _path(ndbuffer)}
    with zarr.config.set(paths):
        array = zarr.create_array(
            store, shape=values.shape, chunks=(1 << 18,), dtype="i4", compressors=None
        )
        start = time.perf_counter()
        array[:] = values
        array[:]
        return time.perf_counter() - start


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


_IMPORT = "import time; s = time.perf_counter(); import {}; print(time.perf_counter() - s)"


def import_times(*, rounds: int = 10) -> dict[str, float]:
    """Time the first import of a process."""
    modules = ("zarr_devbuf", "zarr")
    best = dict.fromkeys(modules, float("inf"))
    for module in turns(modules, rounds):
        command = [sys.executable, "-c", _IMPORT.format(module)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        best[module] = min(best[module], float(run.stdout))
    return best
