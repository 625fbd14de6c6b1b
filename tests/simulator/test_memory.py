"""Device memory: initial content, limits, sizes, addresses, and sharing."""

from __future__ import annotations

import ctypes
import gc
import pickle
from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
from zarr_devbuf.simulator import OutOfMemoryError, cupyx, limit_memory


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("make", [xp.empty, xp.ndarray, lambda s, d: xp.empty_like(xp.zeros(s, d))])
def test_empty_floats_are_nan(make: Any, dtype: str) -> None:
    host = make((2, 3), dtype).get()
    assert np.isnan(host.real).all()
    assert dtype[0] == "f" or np.isnan(host.imag).all()


@pytest.mark.parametrize("dtype", ["i1", "u2", "i4", "u8", "V3"])
def test_other_empty_memory_is_recognisable(dtype: str) -> None:
    assert set(xp.empty((4,), dtype).get().tobytes()) == {0xA5}


def test_zeros_are_zeros() -> None:
    assert not xp.zeros((3, 3), order="F").get().any()
    assert xp.zeros((3, 3), order="F").flags.f_contiguous
    assert xp.full((2,), 7, "u1").get().tolist() == [7, 7]


@pytest.mark.parametrize(
    "allocate",
    [
        lambda: xp.empty(1 << 20, "u1"),
        lambda: xp.zeros(1 << 20, "u1"),
        lambda: xp.asarray(np.zeros(1 << 20, "u1")),
        lambda: xp.cuda.alloc(1 << 20),
    ],
)
def test_an_allocation_above_the_limit_raises(allocate: Any) -> None:
    gc.collect()
    used = xp.get_default_memory_pool().used_bytes()
    with limit_memory(used + (1 << 19)):
        small = xp.empty(1 << 10, "u1")
        with pytest.raises(OutOfMemoryError, match="Out of memory allocating 1,048,576 bytes"):
            allocate()
        del small
    allocate()


def test_a_limit_applies_to_results_of_operations() -> None:
    array = xp.ones(1 << 16)
    gc.collect()
    with limit_memory(xp.get_default_memory_pool().used_bytes() + 1024):
        with pytest.raises(MemoryError):
            array + 1
        array += 1
    assert (array + 1).sum().item() == 3 * (1 << 16)


def test_the_error_is_cupys_and_can_be_pickled() -> None:
    assert xp.cuda.memory.OutOfMemoryError is OutOfMemoryError
    error = pickle.loads(pickle.dumps(OutOfMemoryError(1024, 512, 2048)))
    assert str(error) == (
        "Out of memory allocating 1,024 bytes (allocated so far: 512 bytes, "
        "limit set to: 2,048 bytes)."
    )


def test_the_pool_has_cupys_limit() -> None:
    pool = xp.get_default_memory_pool()
    pool.free_all_blocks()
    limit = pool.total_bytes() + 512
    pool.set_limit(size=limit)
    try:
        assert pool.get_limit() == limit
        with pytest.raises(OutOfMemoryError):
            xp.empty(limit + 1, "u1")
    finally:
        pool.set_limit(size=0)
    with pytest.raises(ValueError, match="negative"):
        limit_memory(-1)


def test_the_pool_counts_in_units_of_512_bytes() -> None:
    gc.collect()
    pool = xp.get_default_memory_pool()
    before = pool.used_bytes()
    array = xp.empty(513, "u1")
    view = array[3:]
    assert pool.used_bytes() == before + 1024
    del array
    assert pool.used_bytes() == before + 1024
    del view
    assert pool.used_bytes() == before
    assert pool.free_bytes() == pool.total_bytes() - pool.used_bytes()


def test_a_pool_of_ones_own_has_its_own_figures() -> None:
    pool = xp.cuda.MemoryPool()
    before = xp.get_default_memory_pool().used_bytes()
    with xp.cuda.using_allocator(pool.malloc):
        large = xp.zeros(2000, "u1")
        assert (pool.used_bytes(), pool.n_free_blocks()) == (2048, 0)
        del large
        assert (pool.used_bytes(), pool.free_bytes(), pool.n_free_blocks()) == (0, 2048, 1)
        # A part of the free block is used, the rest stays free and cannot be given back alone.
        small = xp.zeros(500, "u1")
        assert (pool.used_bytes(), pool.total_bytes(), pool.n_free_blocks()) == (512, 2048, 1)
        pool.free_all_blocks()
        assert (pool.total_bytes(), pool.n_free_blocks()) == (2048, 1)
    assert xp.get_default_memory_pool().used_bytes() == before
    del small
    assert (pool.total_bytes(), pool.n_free_blocks()) == (2048, 1)
    pool.free_all_blocks()
    assert (pool.total_bytes(), pool.n_free_blocks()) == (0, 0)


def test_use_after_free_of_memory_without_owner_shows() -> None:
    array = xp.arange(4, dtype="u1")
    memory = xp.cuda.UnownedMemory(array.data.ptr + 1, 3, None)
    rest = xp.ndarray((3,), "u1", memptr=xp.cuda.MemoryPointer(memory, 0))
    assert (rest.tolist(), memory.size) == ([1, 2, 3], 3)
    del array
    gc.collect()
    assert rest.tolist() == [0xA5] * 3


def test_the_owner_keeps_unowned_memory() -> None:
    array = xp.arange(4, dtype="u1")
    memory = xp.cuda.UnownedMemory(array.data.ptr, 4, array)
    view = xp.ndarray((4,), "u1", memptr=xp.cuda.MemoryPointer(memory, 0))
    del array, memory
    gc.collect()
    assert view.tolist() == [0, 1, 2, 3]


def test_hooks_see_each_allocation_and_release() -> None:
    seen: list[str] = []

    class Hook(xp.cuda.MemoryHook):
        name = "recording"

        def malloc_preprocess(self, **details: int) -> None:
            seen.append(f"malloc {details['size']} {details['mem_size']}")

        def alloc_preprocess(self, **details: int) -> None:
            seen.append(f"alloc {details['mem_size']}")

        def free_postprocess(self, **details: int) -> None:
            seen.append(f"free {details['mem_size']}")

    pool = xp.cuda.MemoryPool()
    with xp.cuda.using_allocator(pool.malloc), Hook():
        array = xp.zeros(10, "u1")
        del array
        xp.zeros(10, "u1")
    once = ["malloc 10 512", "free 512"]
    assert seen == [once[0], "alloc 512", once[1], *once]


def test_an_allocator_of_ones_own_is_called() -> None:
    sizes = []

    def allocate(size: int) -> Any:
        sizes.append(size)
        return xp.get_default_memory_pool().malloc(size)

    with xp.cuda.using_allocator(allocate):
        assert (xp.arange(3) + 1).tolist() == [1, 2, 3]
    assert sizes == [24, 24]


def test_functions_can_allocate() -> None:
    scratch = xp.zeros(1024, "u1")
    freed = []
    allocator = xp.cuda.PythonFunctionAllocator(
        lambda size, device: scratch.data.ptr, lambda pointer, device: freed.append(pointer)
    )
    with xp.cuda.using_allocator(allocator.malloc):
        array = xp.arange(3, dtype="u1")
    assert scratch[:3].tolist() == [0, 1, 2]
    del array
    assert freed == [scratch.data.ptr]


def test_managed_memory_is_shared_with_the_host() -> None:
    pointer = xp.cuda.malloc_managed(4)
    pointer.memset(7, 4)
    assert ctypes.string_at(pointer.ptr, 4) == b"\x07" * 4


def test_addresses_are_distinct_and_views_point_into_their_base() -> None:
    first, second = xp.zeros((3, 4), "f4"), xp.zeros((3, 4), "f4")
    assert first.data.ptr != second.data.ptr
    assert first[1:].data.ptr == first.data.ptr + 16
    assert first[1:].data.mem is first.data.mem
    assert first[1:].base is first
    assert first.base is None
    assert first.data.ptr != first._raw.ctypes.data


def test_the_cuda_array_interface_names_the_memory() -> None:
    array = xp.asarray(np.arange(6, dtype="i4").reshape(2, 3))

    class Holder:
        __cuda_array_interface__ = array.T.__cuda_array_interface__

    same = xp.asarray(Holder())
    assert same.get().tolist() == array.T.get().tolist()
    same[...] = 9
    assert array.get().tolist() == [[9] * 3] * 2


def test_memory_is_shared_if_cupy_shares_it() -> None:
    array = xp.zeros((4, 4))
    for part in (
        array[1],
        array.T,
        array.reshape(-1),
        array.ravel(),
        array[None],
        xp.asarray(array),
    ):
        part[...] = 1
        assert array.sum().item() == part.size
        array[...] = 0
    for part in (array.copy(), array.flatten(), array[[0]], array.astype("f8"), xp.array(array)):
        part[...] = 1
        assert array.sum().item() == 0


def test_arrays_are_created_on_given_memory() -> None:
    pointer = xp.cuda.alloc(64)
    pointer.memset(0, 64)
    array = xp.ndarray((4,), "i4", memptr=pointer + 16)
    array[...] = 5
    whole = xp.ndarray((16,), "i4", memptr=pointer)
    assert whole.get().tolist() == [0] * 4 + [5] * 4 + [0] * 8


def test_pinned_arrays_use_the_pinned_allocator() -> None:
    sizes = []

    def allocate(size: int) -> Any:
        sizes.append(size)
        return pool.malloc(size)

    pool = xp.cuda.PinnedMemoryPool()
    xp.cuda.set_pinned_memory_allocator(allocate)
    try:
        pinned = cupyx.zeros_pinned((2, 3), "f4")
    finally:
        xp.cuda.set_pinned_memory_allocator(xp.get_default_pinned_memory_pool().malloc)
    assert (sizes, pinned.tolist()) == ([24], [[0.0] * 3] * 2)
    assert not pinned.flags.owndata
    del pinned
    gc.collect()
    assert pool.n_free_blocks() == 1
