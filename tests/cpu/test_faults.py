"""`FaultyStore`, and what zarr's arrays make of stores that fail, on each backend and pipeline."""

from __future__ import annotations

import gc
import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
import zarr.core.codec_pipeline
from zarr.abc.store import Store
from zarr.buffer import cpu
from zarr.core.sync import sync
from zarr.storage import LocalStore, MemoryStore, ZipStore

from tests.subjects.stores import OLD_ZARR
from zarr_devbuf import get_backend, use_backend
from zarr_devbuf.checks import check_store
from zarr_devbuf.faults import Call, FaultyStore, InjectedFault
from zarr_devbuf.transfers import transfer_guard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zarr_devbuf import Backend

HOST = cpu.buffer_prototype
PIPELINES = [
    name
    for name in ("BatchedCodecPipeline", "FusedCodecPipeline")
    if hasattr(zarr.core.codec_pipeline, name)
]


def value(data: bytes = b"0123456789") -> Any:
    return cpu.Buffer.from_bytes(data)


def filled(**faults: Any) -> FaultyStore[MemoryStore]:
    store = FaultyStore(MemoryStore())
    for name in "abc":
        sync(store.set(name, value()))
    store.restart(**faults)
    return store


def length(found: Any) -> int:
    assert found is not None
    return len(found)


async def _listed(iterator: Any) -> list[Any]:
    return [item async for item in iterator]


METHODS: dict[str, tuple[Any, Any]] = {
    "get": ("get", lambda s: sync(s.get("a", HOST))),
    "get_sync": ("get", lambda s: s.get_sync("a", prototype=HOST)),
    "get_partial_values": ("get", lambda s: sync(s.get_partial_values(HOST, [("a", None)]))),
    "_get_many": ("get", lambda s: sync(_listed(s._get_many([("a", HOST, None)])))),
    "getsize": ("get", lambda s: sync(s.getsize("a"))),
    "set": ("set", lambda s: sync(s.set("a", value(b"new")))),
    "set_sync": ("set", lambda s: s.set_sync("a", value(b"new"))),
    "set_if_not_exists": ("set", lambda s: sync(s.set_if_not_exists("n", value(b"new")))),
    "_set_many": ("set", lambda s: sync(s._set_many([("a", value(b"new"))]))),
    "delete": ("delete", lambda s: sync(s.delete("a"))),
    "delete_sync": ("delete", lambda s: s.delete_sync("a")),
    "delete_dir": ("delete", lambda s: sync(s.delete_dir(""))),
    "clear": ("delete", lambda s: sync(s.clear())),
    "exists": ("exists", lambda s: sync(s.exists("a"))),
    "is_empty": ("list", lambda s: sync(s.is_empty(""))),
    "list": ("list", lambda s: sync(_listed(s.list()))),
    "list_prefix": ("list", lambda s: sync(_listed(s.list_prefix("a")))),
    "list_dir": ("list", lambda s: sync(_listed(s.list_dir("")))),
}
RANGES: dict[str, Any] = {
    "get_ranges": lambda s: sync(_listed(s.get_ranges("a", [None], prototype=HOST))),
    "get_ranges_sync": lambda s: s.get_ranges_sync("a", [None], prototype=HOST),
}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_fails_when_its_turn_comes_and_not_before(method: str) -> None:
    operation, call = METHODS[method]
    store = filled()
    before = dict(store._store._store_dict)
    call(filled())
    store.restart(fail_at=1, operations={operation})
    with pytest.raises(InjectedFault, match=f"call 1, {method}"):
        call(store)
    assert store._store._store_dict == before  # the failing call never reaches the wrapped store
    call(store)
    assert [each.result for each in store.calls] == ["failed", "passed"]
    assert {each.operation for each in store.calls} == {operation}


@pytest.mark.skipif(not hasattr(Store, "get_ranges_sync"), reason="Zarr has no get_ranges")
@pytest.mark.parametrize("method", RANGES)
def test_ranges_fail_and_come_short(method: str) -> None:
    store = filled(fail_at=1, short_at=2)
    with pytest.raises((InjectedFault, ExceptionGroup)) as failure:
        RANGES[method](store)
    assert isinstance(failure.value, ExceptionGroup) is (method == "get_ranges")
    found: Any = RANGES[method](store)
    pairs = found if method == "get_ranges_sync" else [pair for group in found for pair in group]
    assert [(number, len(buffer)) for number, buffer in pairs] == [(0, 8)]


def test_what_is_not_named_neither_fails_nor_counts() -> None:
    store = filled(fail_at=1, operations={"set"})
    assert length(sync(store.get("a", HOST))) == 10
    with pytest.raises(InjectedFault):
        sync(store.set("b", value()))
    assert [(each.number, each.method) for each in store.calls] == [(0, "get"), (1, "set")]


@pytest.mark.parametrize(("stored", "left"), [(b"", 0), (b"x", 0), (b"xy", 1), (bytes(80), 69)])
def test_short_read(stored: bytes, left: int) -> None:
    store = filled()
    sync(store.set("a", value(stored)))
    store.restart(short_at=[1, 2])
    assert length(sync(store.get("a", HOST))) == left
    assert length(store.get_sync("a", prototype=HOST)) == left
    assert length(sync(store.get("a", HOST))) == len(stored)


def test_missing_key_does_not_come_short() -> None:
    assert sync(filled(short_at=1).get("missing", HOST)) is None


def test_short_read_stays_in_its_class() -> None:
    backend = get_backend("sim")
    store = filled(short_at=1)
    found = sync(store.get("a", backend.prototype))
    assert isinstance(found, backend.TestBuffer)
    assert backend.owns(found.as_array_like())


def test_latency_of_both_ways() -> None:
    store = filled(latency=0.02)
    for name in ("get", "get_sync"):
        started = time.perf_counter()
        METHODS[name][1](store)
        assert time.perf_counter() - started >= 0.02


def test_latency_does_not_hold_up_others() -> None:
    store = filled(latency=0.5)

    async def many() -> None:
        import asyncio

        await asyncio.gather(*(store.get("a", HOST) for _ in range(20)))

    started = time.perf_counter()
    sync(many())
    assert time.perf_counter() - started < 5  # one after the other: 10


def outcomes(store: FaultyStore[Any], *, threads: int) -> dict[str, list[str]]:
    def read(name: str) -> None:
        for _ in range(20):
            try:
                store.get_sync(name, prototype=HOST)
            except InjectedFault:
                continue

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(read, "abc"))
    return {name: [c.result for c in store.calls if c.key == name] for name in "abc"}


def test_chance_is_the_same_in_every_run_and_thread() -> None:
    faults: dict[str, Any] = {"failure_rate": 0.3, "short_rate": 0.3, "seed": 7}
    first = outcomes(filled(**faults), threads=1)
    assert first == outcomes(filled(**faults), threads=3)
    assert first != outcomes(filled(**{**faults, "seed": 8}), threads=1)
    drawn = [result for each in first.values() for result in each]
    assert {"passed", "failed", "short"} == set(drawn)
    assert 8 <= drawn.count("failed") <= 28


def test_error_of_ones_own() -> None:
    store = filled(fail_at=1, error=ConnectionResetError)
    with pytest.raises(ConnectionResetError, match="injected"):
        sync(store.get("a", HOST))


def test_count_is_shared_with_the_read_only_view() -> None:
    store = filled(fail_at=2)
    sync(store.get("a", HOST))
    with pytest.raises(InjectedFault):
        sync(store.with_read_only(True).get("a", HOST))
    assert len(store.calls) == 2


def test_pickling_keeps_the_schedule() -> None:
    store = filled(fail_at=2)
    sync(store.get("a", HOST))
    again = pickle.loads(pickle.dumps(store))
    assert again.calls == store.calls == (Call(1, "get", "get", "a", "passed"),)
    with pytest.raises(InjectedFault):
        sync(again.get("a", HOST))


@pytest.mark.parametrize(
    "wrong",
    [
        {"fail_at": 0},
        {"short_at": [1, -1]},
        {"failure_rate": 1.5},
        {"short_rate": -0.1},
        {"latency": -1},
        {"latency": (2, 1)},
        {"operations": {"got"}},
        {"operations": "get"},
    ],
)
def test_wrong_settings(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"must be|counted from 1"):
        FaultyStore(MemoryStore(), **wrong)


def test_no_store() -> None:
    with pytest.raises(TypeError, match="wraps a zarr Store"):
        FaultyStore({})  # type: ignore[type-var]


def test_sync_only_where_the_store_beneath_has_it(tmp_path: Path) -> None:
    assert FaultyStore(MemoryStore())._supports_sync_io
    store = FaultyStore(ZipStore(tmp_path / "store.zip", mode="w"))
    assert not store._supports_sync_io
    with pytest.raises(TypeError):
        store.get_sync("a", prototype=HOST)


@pytest.mark.skipif(OLD_ZARR, reason="zarr's own stores break checks before 3.4.2")
@pytest.mark.parametrize("backend", [pytest.param("cpu", marks=pytest.mark.exhaustive), "sim"])
def test_without_faults_it_is_a_clean_store(backend: str, tmp_path: Path) -> None:
    check_store(lambda: FaultyStore(MemoryStore()), backend)
    if backend == "cpu":
        check_store(FaultyStore(LocalStore(tmp_path)), backend)


# What zarr's arrays make of it.

OLD, NEW = np.arange(1, 13, dtype="int32"), np.arange(101, 113, dtype="int32")


@pytest.fixture(params=PIPELINES)
def pipeline(request: pytest.FixtureRequest) -> Iterator[str]:
    with zarr.config.set({"codec_pipeline.path": f"zarr.core.codec_pipeline.{request.param}"}):
        yield request.param


@pytest.fixture(params=["cpu", "sim"])
def device(request: pytest.FixtureRequest) -> Iterator[Backend]:
    # Zarr's sharding passes host arrays to devices, which is not what this tests.
    with use_backend(request.param) as backend, transfer_guard("allow"):
        yield backend


@pytest.fixture(params=[None, (6,)], ids=["chunks", "shards"])
def store(
    request: pytest.FixtureRequest, pipeline: str, device: Backend
) -> FaultyStore[MemoryStore]:
    store = FaultyStore(MemoryStore())
    array = zarr.create_array(
        store,
        shape=(12,),
        chunks=(3,),
        shards=request.param,
        dtype="int32",
        compressors=None,
        fill_value=0,
    )
    array[:] = device.from_host(OLD)
    return store


def host(device: Backend, found: Any) -> Any:
    return device.to_host(found) if device.owns(found) else np.asarray(found)


def raised_by(call: Any) -> BaseException | None:
    try:
        call()
    except BaseException as error:
        return error
    return None


def comes_of_fault(error: BaseException | None) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(map(comes_of_fault, error.exceptions))
    return isinstance(error, InjectedFault)


def test_failing_read_of_an_array(store: FaultyStore[MemoryStore], device: Backend) -> None:
    array = zarr.open_array(store)
    store.restart()
    assert (host(device, array[1:11]) == OLD[1:11]).all()
    calls = len(store.calls)
    assert calls
    for number in range(1, calls + 1):
        store.restart(fail_at=number)
        assert comes_of_fault(raised_by(lambda: array[1:11])), number
        assert (host(device, array[1:11]) == OLD[1:11]).all()


def test_failing_write_of_an_array(store: FaultyStore[MemoryStore], device: Backend) -> None:
    """Every unit of storage is the old one or the new one, whole, and nothing stays held."""
    array = zarr.open_array(store)
    old, new = device.from_host(OLD), device.from_host(NEW)
    store.restart()
    array[1:11] = new[1:11]
    calls = len(store.calls)
    array[:] = old
    unit = array.metadata.chunk_grid.chunk_shape[0]  # type: ignore[union-attr]
    pool = device.xp.get_default_memory_pool() if device.name == "sim" else None
    gc.collect()
    held = pool.used_bytes() if pool else 0
    for number in range(1, calls + 1):
        store.restart(fail_at=number)

        def write() -> None:
            array[1:11] = new[1:11]

        assert comes_of_fault(raised_by(write)), number
        store.restart()
        found = host(device, array[:])
        changed = np.where((np.arange(12) >= 1) & (np.arange(12) < 11), NEW, OLD)
        for start in range(0, 12, unit):
            part = slice(start, start + unit)
            whole = (found[part] == OLD[part]).all() or (found[part] == changed[part]).all()
            assert whole, (number, found)
        array[:] = old
        gc.collect()
        assert not pool or pool.used_bytes() <= held, number
    array[1:11] = new[1:11]
    assert (host(device, array[:])[1:11] == NEW[1:11]).all()


def test_short_read_of_an_array_raises(store: FaultyStore[MemoryStore], device: Backend) -> None:
    """Values that are not there must not be made up."""
    array = zarr.open_array(store)
    store.restart()
    array[:]
    reads = sum(call.operation == "get" for call in store.calls)
    assert reads
    for number in range(1, reads + 1):
        store.restart(short_at=number, operations={"get"})
        assert raised_by(lambda: array[:]) is not None, number
        store.restart()
        assert (host(device, array[:]) == OLD).all()


def test_late_store_loses_nothing(store: FaultyStore[MemoryStore], device: Backend) -> None:
    array = zarr.open_array(store)
    store.restart(latency=(0.0, 0.01), seed=3)
    array[:] = device.from_host(NEW)
    assert (host(device, array[:]) == NEW).all()
