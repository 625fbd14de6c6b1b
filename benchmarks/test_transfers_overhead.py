"""
The cost of recording transfers: ``pytest benchmarks/test_transfers_overhead.py``.

The processor times of interleaved runs are compared by their minimum, so that other work on the
machine affects both equally. Goals: without an open session, at most 1.02 times the time without
the calls of `record`; with an open session, at most 1.1 times the time without a session.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
from zarr.codecs import ZstdCodec

import zarr_devbuf.sim  # noqa: F401
from zarr_devbuf import get_backend, use_backend
from zarr_devbuf.transfers import (
    accounted_transfer,
    explicit_transfers,
    implicit_transfers,
    record,
    record_transfers,
    unrecorded_transfers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from pytest_benchmark.fixture import BenchmarkFixture

type Path = Callable[[], object]
type Around = Callable[[], AbstractContextManager[object]]

MEBIBYTE = 2**20


def _nothing(*args: object, **kwargs: object) -> None: ...


_NOWHERE = nullcontext()


def _no_context(*args: object, **kwargs: object) -> AbstractContextManager[None]:
    return _NOWHERE


@contextmanager
def without_recording() -> Iterator[None]:
    """Replace the recording functions by functions that do nothing, in the whole package."""
    contexts = (accounted_transfer, explicit_transfers, implicit_transfers, unrecorded_transfers)
    replacements = {id(record): _nothing, **{id(each): _no_context for each in contexts}}
    replaced = []
    for name, module in list(sys.modules.items()):
        if name.startswith("zarr_devbuf") and not name.startswith("zarr_devbuf._transfers"):
            for key, value in list(vars(module).items()):
                if id(value) in replacements:
                    replaced.append((module, key, value))
                    setattr(module, key, replacements[id(value)])
    assert replaced
    try:
        yield
    finally:
        for module, key, value in replaced:
            setattr(module, key, value)


def chunk_path(name: str) -> Path:
    """Copy a chunk of 1 MiB to the device, compute, and copy it back."""
    backend = get_backend(name)
    host = np.random.default_rng(0).random(MEBIBYTE // 8)

    def path() -> object:
        return backend.to_host(backend.from_host(host) * 2)

    return path


def buffer_path(name: str) -> Path:
    """Combine and compare buffers of 1 MiB in total, as zarr does with parts of a chunk."""
    prototype = get_backend(name).prototype
    quarter = prototype.buffer.from_bytes(bytes(MEBIBYTE // 4))
    empty = prototype.nd_buffer.create(shape=(MEBIBYTE // 8,), dtype="f8", fill_value=0)

    def path() -> object:
        return quarter.combine([quarter] * 3), empty.all_equal(0)

    return path


def array_path(name: str) -> Path:
    """Write and read an array of 16 chunks of 1 MiB, compressed on the host."""
    backend = get_backend(name)
    values = backend.from_host(np.random.default_rng(0).random(16 * MEBIBYTE // 8))
    with use_backend(name):
        array = zarr.create_array(
            {},
            shape=values.shape,
            chunks=(MEBIBYTE // 8,),
            dtype="f8",
            compressors=ZstdCodec(),
        )

    def path() -> object:
        with use_backend(name):
            array[:] = values
            return array[:]

    return path


PATHS = {"chunk": chunk_path, "buffer": buffer_path, "array": array_path}


def ratio(path: Path, one: Around, other: Around, *, seconds: float = 4.0) -> float:
    """Return the ratio of the best times of a path in two contexts."""
    for context in (one, other):
        with context():
            path()
    start = time.perf_counter()
    path()
    calls = max(1, int(5e-3 / (time.perf_counter() - start)))
    best = [float("inf"), float("inf")]
    deadline = time.perf_counter() + seconds
    turn = 0
    while time.perf_counter() < deadline or turn < 40:
        for which in (turn % 2, 1 - turn % 2):
            with (one, other)[which]():
                start = time.process_time()
                for _ in range(calls):
                    path()
                best[which] = min(best[which], time.process_time() - start)
        turn += 1
    return best[0] / best[1]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["cpu", "sim"])
def test_no_session_open(name: str, path: str, benchmark: BenchmarkFixture) -> None:
    run = PATHS[path](name)
    measured = ratio(run, nullcontext, without_recording)
    benchmark.extra_info["ratio to no recording"] = round(measured, 3)
    benchmark.pedantic(run, rounds=20, warmup_rounds=1)  # type: ignore[no-untyped-call]
    assert measured <= 1.02


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["cpu", "sim"])
def test_a_session_open(name: str, path: str, benchmark: BenchmarkFixture) -> None:
    run = PATHS[path](name)
    measured = ratio(run, record_transfers, nullcontext)
    benchmark.extra_info["ratio to no session"] = round(measured, 3)
    with record_transfers():
        benchmark.pedantic(run, rounds=20, warmup_rounds=1)  # type: ignore[no-untyped-call]
    assert measured <= 1.1


def test_one_record(benchmark: BenchmarkFixture) -> None:
    """Record a transfer at some stack depth."""

    def deep(depth: int) -> Any:
        return deep(depth - 1) if depth else record("h2d", 8, explicit=True)

    with record_transfers():
        benchmark(deep, 20)


def test_one_record_without_a_session(benchmark: BenchmarkFixture) -> None:
    benchmark(record, "h2d", 8, explicit=True)
