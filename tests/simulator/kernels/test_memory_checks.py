"""Accesses beyond arrays, wild pointers and other faults are errors, and change nothing."""

# ruff: noqa: E501 - the lines of kernels
from __future__ import annotations

import pickle
import threading
from typing import Any

import numpy as np
import pytest

from tests.simulator.kernels.program import kernel
from zarr_devbuf import get_backend
from zarr_devbuf.simulator import CUDARuntimeError, OutOfBoundsError
from zarr_devbuf.simulator._kernels.build import checks_accesses

cupy: Any = get_backend("sim").xp
pytestmark = pytest.mark.usefixtures("compiler")


def _f(body: str, parameters: str = "int* x, int* y, int n", **options: Any) -> Any:
    return kernel(cupy, body, parameters, **options)


@pytest.fixture
def checked(compiler: Any) -> None:
    if not checks_accesses():
        pytest.skip("this compiler has no hooks for accesses to memory")


def test_a_write_beyond_an_array_names_kernel_argument_and_offset(checked: None) -> None:
    x, y = cupy.zeros(10, "i4"), cupy.zeros(7, "i4")
    f = _f("int i = blockIdx.x * blockDim.x + threadIdx.x; x[i % 10] = 5; y[i] = 1;")
    with pytest.raises(OutOfBoundsError) as caught:
        f((2,), (4,), (x, y, 8))
    error = caught.value
    assert (error.kernel, error.argument, error.offset, error.write) == ("f", 1, 28, True)
    assert error.status == 700
    assert str(error) == (
        "cudaErrorIllegalAddress: an illegal memory access was encountered: kernel 'f', in block "
        "(1, 0, 0) and thread (3, 0, 0), writes 4 bytes at offset 28 of argument 1, an array of 28 "
        "bytes (int32, shape (7,)); its memory ends at offset 28"
    )
    # The launch has changed nothing.
    assert not x.any()
    assert not y.any()
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.offset, again.write) == (str(error), 28, True)


def test_a_read_beyond_an_array(checked: None) -> None:
    x, y = cupy.zeros(4, "i4"), cupy.zeros(100, "i4")
    with pytest.raises(
        OutOfBoundsError, match="reads 4 bytes at offset -4 of argument 0"
    ) as caught:
        _f("y[threadIdx.x] = x[(int)threadIdx.x - 1];")((1,), (4,), (x, y, 0))
    assert caught.value.write is False


@pytest.mark.parametrize(
    "body",
    [
        "memcpy(x, y, 44);",
        "memset(x + 9, 0, 5);",
        "*(double*)(x + 9) = 1;",
        "atomicAdd(x + 10, 1);",
        "int4* v = (int4*)x; v[2] = make_int4(1, 2, 3, 4);",
    ],
)
def test_accesses_of_several_bytes(body: str, checked: None) -> None:
    with pytest.raises(CUDARuntimeError, match=r"illegal memory access|misaligned"):
        _f(body)((1,), (1,), (cupy.zeros(10, "i4"), cupy.zeros(20, "i4"), 0))


def test_a_view_may_be_left_within_its_allocation() -> None:
    x = cupy.zeros(10, "i4")
    _f("x[-2] = 1; x[3] = 2;")((1,), (1,), (x[4:6], None, 0))
    assert x.get().tolist() == [0, 0, 1, 0, 0, 0, 0, 2, 0, 0]
    with pytest.raises(OutOfBoundsError, match=r"offset 24 of argument 0.*ends at offset 24"):
        _f("x[6] = 1;")((1,), (1,), (x[4:6], None, 0))


def test_far_from_any_array() -> None:
    x = cupy.zeros(10, "i4")
    for body in ("*(int*)0 = 1;", "x[1 << 28] = 1;", "x[0] = *(int*)12345;"):
        with pytest.raises(CUDARuntimeError, match="illegal memory access") as caught:
            _f(body)((1,), (1,), (x, None, 0))
        assert caught.value.status == 700
        assert not isinstance(caught.value, OutOfBoundsError)


def test_host_memory_is_not_the_devices(checked: None) -> None:
    host = np.zeros(10, "i4")
    with pytest.raises(CUDARuntimeError, match="no memory of the device"):
        _f("x[0] = 1;")((1,), (1,), (host.ctypes.data, None, 0))
    assert not host.any()


def test_memory_that_is_freed() -> None:
    x = cupy.zeros(10, "i4")
    address = x.data.ptr
    del x
    with pytest.raises(CUDARuntimeError, match="no live allocation"):
        _f("x[0] = 1;")((1,), (1,), (address, None, 0))


def test_memory_of_another_device() -> None:
    from zarr_devbuf.simulator import Device, set_device_count

    set_device_count(2)
    try:
        with Device(1):
            x = cupy.zeros(10, "i4")
            _f("x[0] = 1;")((1,), (1,), (x, None, 0))
            assert int(x[0]) == 1
        with pytest.raises(CUDARuntimeError, match=r"argument 0 .* memory of device 1"):
            _f("x[0] = 2;")((1,), (1,), (x, None, 0))
        with pytest.raises(ValueError, match="Peer access is unavailable"):
            cupy.ElementwiseKernel("T x", "T y", "y = x", "peer")(x)
    finally:
        set_device_count(1)


def test_misaligned_accesses(checked: None) -> None:
    with pytest.raises(CUDARuntimeError, match=r"misaligned address.*writes 4 bytes") as caught:
        _f("*(int*)((char*)x + 2) = 1;")((1,), (1,), (cupy.zeros(4, "i4"), None, 0))
    assert caught.value.status == 716


def test_dynamic_shared_memory_has_the_size_of_the_launch(checked: None) -> None:
    f = _f("extern __shared__ int s[]; s[threadIdx.x] = 1; x[threadIdx.x] = s[threadIdx.x];")
    x = cupy.zeros(8, "i4")
    f((1,), (8,), (x, None, 0), shared_mem=32)
    assert x.all()
    with pytest.raises(CUDARuntimeError, match="thread \\(7, 0, 0\\)"):
        f((1,), (8,), (x, None, 0), shared_mem=28)


def test_assertions() -> None:
    f = _f('assert(threadIdx.x < 3 && "few"); x[0] = 1;')
    with pytest.raises(
        CUDARuntimeError, match=r"device-side assert.*kernel.cu:3: f: .*thread: \[3,0,0\]"
    ):
        f((1,), (8,), (cupy.zeros(1, "i4"), None, 0))


def test_traps_and_overflow_of_the_stack() -> None:
    with pytest.raises(CUDARuntimeError, match=r"unspecified launch failure.*trapped"):
        _f("if (x[0] == 0) __trap();")((1,), (1,), (cupy.zeros(1, "i4"), None, 0))
    before = "__device__ int deep(volatile int* x) { x[0] += 1; return deep(x) + x[0]; }"
    with pytest.raises(CUDARuntimeError, match="overflows its stack"):
        _f("x[0] = deep(x);", before=before)((1,), (1,), (cupy.zeros(1, "i4"), None, 0))


def test_the_process_survives_many_faults() -> None:
    x = cupy.zeros(4, "i4")
    good, bad = (
        _f("x[threadIdx.x] += 1;"),
        _f("*(int*)(long long)threadIdx.x = 1; __syncthreads();"),
    )
    for _ in range(20):
        with pytest.raises(CUDARuntimeError):
            bad((1,), (40,), (x, None, 0))
        good((1,), (4,), (x, None, 0))
    assert x.get().tolist() == [20] * 4


def test_threads_that_wait_in_loops_have_their_turns(checked: None) -> None:
    f = _f(
        "volatile int* flag = x; if (threadIdx.x == 0) { while (!*flag); y[0] = 3; } else *flag = 1;"
    )
    y = cupy.zeros(1, "i4")
    f((1,), (2,), (cupy.zeros(1, "i4"), y, 0))
    assert int(y[0]) == 3


def test_a_loop_without_end_is_a_timeout(checked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIM_KERNEL_TIMEOUT", "0.2")
    f = _f("volatile int* flag = x; while (!*flag);")
    with pytest.raises(CUDARuntimeError, match=r"launch timed out.*ran for 0.2 seconds") as caught:
        f((2,), (2,), (cupy.zeros(1, "i4"), None, 0))
    assert caught.value.status == 702


def test_missing_and_short_arguments() -> None:
    f, x = _f("x[0] = n;", "int* x, long long n"), cupy.zeros(1, "i4")
    with pytest.raises(TypeError, match="kernel 'f' has 2 parameters, and got 1 arguments"):
        f((1,), (1,), (x,))
    with pytest.raises(TypeError, match=r"argument 1 .* scalar \(int32\) of 4 bytes.* has 8 bytes"):
        f((1,), (1,), (x, np.int32(3)))
    # CUDA ignores more.
    f((1,), (1,), (x, 3, 4))
    assert int(x[0]) == 3


def test_new_shared_memory_is_not_zero() -> None:
    f, x = _f("extern __shared__ int s[]; x[0] = s[0];"), cupy.zeros(1, "i4")
    f((1,), (1,), (x, None, 0), shared_mem=4)
    assert int(x[0]) != 0


def test_other_threads_may_write_to_the_same_array_meanwhile() -> None:
    x = cupy.zeros(1 << 20, "i4")
    f = _f("for (int k = 0; k < 2000; k++) x[threadIdx.x] += 1;")
    stop = threading.Event()

    def write() -> None:
        value = 0
        while not stop.is_set():
            value += 1
            x[1 << 19 :] = value
        x[1 << 19 :] = -1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(20):
            f((1,), (64,), (x, None, 0))
    finally:
        stop.set()
        thread.join()
    host = x.get()
    assert (host[:64] == 40000).all()
    assert (host[1 << 19 :] == -1).all()


def test_launches_of_several_threads() -> None:
    f = _f(
        "__shared__ int s[64]; s[threadIdx.x] = n; __syncthreads(); atomicAdd(x, s[63 - threadIdx.x]);"
    )
    x = cupy.zeros(1, "i4")

    def go() -> None:
        for _ in range(20):
            f((2,), (64,), (x, None, 3))

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert int(x[0]) == 4 * 20 * 128 * 3


def test_managed_memory_and_pools() -> None:
    with cupy.cuda.using_allocator(cupy.cuda.malloc_managed):
        x = cupy.zeros(10, "i4")
    _f("x[threadIdx.x] = n;")((1,), (10,), (x, None, 3))
    assert (x.get() == 3).all()
    with pytest.raises(OutOfBoundsError):
        _f("x[100000] = n;")((1,), (1,), (x, None, 3))
    memory = cupy.cuda.alloc(100)
    y = cupy.ndarray((5,), "i4", memory + 20)
    y[...] = 0
    _f("x[threadIdx.x] = n;")((1,), (5,), (y, None, 4))
    assert (y.get() == 4).all()
    borrowed = cupy.ndarray((5,), "i4", cupy.cuda.MemoryPointer(
        cupy.cuda.UnownedMemory(y.data.ptr, 20, y), 0))  # fmt: skip
    _f("x[threadIdx.x] += n;")((1,), (5,), (borrowed, None, 4))
    assert (y.get() == 8).all()
