"""
The cost of the simulated device: ``pytest benchmarks/test_simulator.py``.

The processor times of interleaved runs are compared by their minimum. Goals: operations on a chunk
of 1 MiB take at most 1.2 times as long as in NumPy; writing and reading an array of 256 MiB takes
at most 1.3 times as long as on the host.
"""

from __future__ import annotations

import gc
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
from zarr.storage import MemoryStore

from zarr_devbuf import get_backend, use_backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

MEBIBYTE = 2**20
SHAPE = (256, 512)


def _assign(xp: Any, chunk: Any) -> Any:
    written = xp.zeros(SHAPE, "f8")
    written[10:, :500] = chunk[10:, :500]
    return written


def _whole(xp: Any, chunk: Any) -> Any:
    """Fill, filter, shuffle, join, compare and cast a chunk."""
    chunk = _assign(xp, chunk)
    deltas = chunk[1:] - chunk[:-1]
    flat = deltas.reshape(-1).view("u1")
    shuffled = xp.ascontiguousarray(flat.reshape(-1, 8).T).reshape(-1) ^ 0x5A
    half = shuffled.size // 2
    joined = xp.concatenate([shuffled[:half], shuffled[half:]])
    return (joined == 0).all(), chunk.astype("f4"), chunk.sum(axis=0)


# The operations of codecs and zarr on a chunk, one by one and all together.
WORK: dict[str, Callable[[Any, Any], Any]] = {
    "assign": _assign,
    "copy": lambda xp, chunk: chunk.copy(),
    "transpose": lambda xp, chunk: xp.ascontiguousarray(chunk.T),
    "cast": lambda xp, chunk: chunk.astype("f4"),
    "delta": lambda xp, chunk: chunk[1:] - chunk[:-1],
    "xor": lambda xp, chunk: chunk.view("u1") ^ 0x5A,
    "add": lambda xp, chunk: chunk + chunk,
    "scale": lambda xp, chunk: chunk * 1.5,
    "compare": lambda xp, chunk: (chunk == 0).all(),
    "sum": lambda xp, chunk: chunk.sum(),
    "max": lambda xp, chunk: chunk.max(axis=0),
    "join": lambda xp, chunk: xp.concatenate([chunk[:100], chunk[100:]]),
    "select": lambda xp, chunk: chunk[::2, 3:],
    "whole": _whole,
}


def ratio(one: Callable[[], Any], other: Callable[[], Any], *, rounds: int) -> float:
    """Return the ratio of the best times of two functions."""
    best = [float("inf"), float("inf")]
    for run in (one, other):
        run()
    start = time.perf_counter()
    one()
    calls = max(1, int(1e-3 / (time.perf_counter() - start)))
    for turn in range(rounds):
        for which in (turn % 2, 1 - turn % 2):
            run = (one, other)[which]
            start = time.process_time()
            for _ in range(calls):
                run()
            best[which] = min(best[which], time.process_time() - start)
    return best[0] / best[1]


@pytest.mark.parametrize("name", WORK)
def test_chunk_work(name: str, benchmark: BenchmarkFixture) -> None:
    backend = get_backend("sim")
    host = np.random.default_rng(0).random(SHAPE)
    on_device = partial(WORK[name], backend.xp, backend.from_host(host))
    measured = ratio(on_device, partial(WORK[name], np, host), rounds=400)
    benchmark.extra_info["ratio to numpy"] = round(measured, 3)
    benchmark.pedantic(on_device, rounds=20, warmup_rounds=1)  # type: ignore[no-untyped-call]
    if name == "whole":
        assert measured <= 1.2


def _write_and_read(name: str, values: Any) -> None:
    with use_backend(name):
        array = zarr.create_array(
            MemoryStore(),
            shape=values.shape,
            chunks=(MEBIBYTE // 4,),
            dtype=values.dtype,
            compressors=None,
        )
        array[:] = values
        array[:]
    gc.collect()


def test_array(benchmark: BenchmarkFixture) -> None:
    values = np.random.default_rng(0).integers(0, 1 << 30, 256 * MEBIBYTE // 4, dtype="i4")
    runs = [
        partial(_write_and_read, name, get_backend(name).from_host(values))
        for name in ("sim", "cpu")
    ]
    measured = ratio(runs[0], runs[1], rounds=6)
    benchmark.extra_info["ratio to cpu"] = round(measured, 3)
    benchmark.pedantic(runs[0], rounds=3)  # type: ignore[no-untyped-call]
    assert measured <= 1.3
