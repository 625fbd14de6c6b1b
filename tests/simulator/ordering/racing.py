"""Programs that race."""

from __future__ import annotations

from threading import Thread
from typing import Any

import numpy as np

from tests.simulator.ordering.programs import (
    CUPY,
    DLPACK,
    GUIDE,
    INTERFACE,
    RUNTIME,
    made_on,
    pair,
    pinned,
    program,
)

RAW, WAR, WAW = "read after write", "write after read", "write after write"
UNORDERED = f"{GUIDE}, streams: operations of different streams may run in any order"
NON_BLOCKING = f"{GUIDE}, default stream: non-blocking streams do not wait for it"
LATER = f"{RUNTIME}, cudaStreamWaitEvent: orders what is issued on the stream afterwards"
POOL = f"{CUPY}, memory pool: memory returns to the stream of allocation at once"


@program(RAW, UNORDERED)
def reads_what_another_stream_writes(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with t:
        a + 1


@program(WAR, UNORDERED)
def writes_what_another_stream_reads(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    s.synchronize()
    with s:
        a.sum()
    with t:
        a.fill(0)


@program(WAW, UNORDERED)
def writes_what_another_stream_writes(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with t:
        a.fill(0)


@program(WAW, UNORDERED)
def adds_in_place(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with t:
        a += 1


@program(RAW, NON_BLOCKING)
def reads_what_the_default_stream_writes(cp: Any) -> None:
    s, _ = pair(cp)
    a = cp.arange(8)
    with s:
        a + 1


@program(RAW, NON_BLOCKING)
def reads_what_was_written_before_there_were_streams(cp: Any) -> None:
    a = cp.arange(8)
    s = cp.cuda.Stream(non_blocking=True)
    with s:
        a * 2


@program(RAW, NON_BLOCKING)
def reads_what_was_filled_before_there_were_streams(cp: Any) -> None:
    a = cp.empty(8)
    a[:] = 3
    with cp.cuda.Stream(non_blocking=True):
        a * 2


@program(RAW, NON_BLOCKING)
def the_default_stream_reads(cp: Any) -> None:
    s, _ = pair(cp)
    a = made_on(cp, s)
    a.sum()


@program(RAW, f"{CUPY}, ndarray.get: copies on the current stream")
def copies_to_the_host_on_another_stream(cp: Any) -> None:
    s, _ = pair(cp)
    made_on(cp, s).get()


@program(RAW, f"{CUPY}, ndarray.get: copies on the stream that is given")
def copies_to_the_host_on_the_wrong_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with s:
        a.get(stream=t)


@program(RAW, f"{CUPY}: float(x) copies on the current stream")
def converts_to_a_number_on_another_stream(cp: Any) -> None:
    s, _ = pair(cp)
    with s:
        a = cp.ones(4).sum()
    float(a)


@program(RAW, f"{CUPY}: print(x) copies on the current stream")
def prints_on_another_stream(cp: Any) -> None:
    s, _ = pair(cp)
    str(made_on(cp, s))


@program(WAW, f"{CUPY}, ndarray.set: copies on the stream that is given")
def copies_from_the_host_on_the_wrong_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    a.set(np.arange(8), stream=t)


@program(WAR, f"{CUPY}, ndarray.set: copies on the stream that is given")
def overwrites_from_the_host_while_it_is_read(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with s:
        a.sum()
    s.synchronize()
    with s:
        a.sum()
    a.set(np.arange(8), stream=t)


@program(RAW, f"{CUPY}, MemoryPointer.copy_to_host: on the legacy default stream")
def copies_bytes_on_the_default_stream(cp: Any) -> None:
    s, _ = pair(cp)
    a = made_on(cp, s)
    target = np.empty(8, np.int64)
    with s:
        a.data.copy_to_host(target.ctypes.data, target.nbytes)


@program(WAW, f"{CUPY}, MemoryPointer.memset: on the legacy default stream")
def sets_bytes_on_the_default_stream(cp: Any) -> None:
    s, _ = pair(cp)
    a = made_on(cp, s)
    with s:
        a.data.memset(0, 8)


@program(RAW, f"{CUPY}, MemoryPointer.copy_from_device_async: on the stream that is given")
def copies_within_the_device_on_another_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    b = cp.empty_like(a)
    b.data.copy_from_device_async(a.data, a.nbytes, t)


@program(RAW, f"{RUNTIME}: cudaMemcpyAsync is ordered on its stream alone")
def copies_by_the_runtime(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    b = cp.empty_like(a)
    runtime = cp.cuda.runtime
    runtime.memcpyAsync(b.data.ptr, a.data.ptr, a.nbytes, runtime.memcpyDeviceToDevice, t.ptr)


@program(RAW, f"{RUNTIME}: an event that was never recorded is complete")
def waits_for_an_event_that_was_never_recorded(cp: Any) -> None:
    s, t = pair(cp)
    event = cp.cuda.Event()
    a = made_on(cp, s)
    t.wait_event(event)
    with t:
        a + 1


@program(RAW, f"{RUNTIME}, cudaEventRecord: what is issued before")
def records_the_event_too_early(cp: Any) -> None:
    s, t = pair(cp)
    event = s.record()
    a = made_on(cp, s)
    t.wait_event(event)
    with t:
        a + 1


@program(RAW, f"{RUNTIME}, cudaEventSynchronize: what was recorded")
def synchronizes_an_event_of_another_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    t.record().synchronize()
    with t:
        a + 1


@program(RAW, LATER)
def waits_too_late(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    event = s.record()
    with t:
        a + 1
    t.wait_event(event)


@program(RAW, f"{RUNTIME}, cudaStreamWaitEvent: takes the record at the time of the call")
def waits_before_the_event_is_recorded_again(cp: Any) -> None:
    s, t = pair(cp)
    event = cp.cuda.Event()
    event.record(s)
    t.wait_event(event)
    a = made_on(cp, s)
    event.record(s)
    with t:
        a + 1


@program(RAW, f"{RUNTIME}, cudaEventRecord: recording again forgets the first record")
def records_over_the_event(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    event = s.record()
    event.record(t)
    t.wait_event(event)
    with t:
        a + 1


@program(RAW, f"{CUPY}, Event.record: the current stream")
def records_the_event_on_the_current_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    event = cp.cuda.Event()
    event.record()
    t.wait_event(event)
    with t:
        a + 1


@program(RAW, f"{GUIDE}: waiting for a stream is waiting for that stream")
def synchronizes_the_wrong_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    t.synchronize()
    with t:
        a + 1


@program(RAW, f"{GUIDE}, default stream: blocking streams are ordered with it, not with each other")
def two_blocking_streams(cp: Any) -> None:
    s, t = cp.cuda.Stream(), cp.cuda.Stream()
    a = made_on(cp, s)
    with t:
        a + 1


@program(RAW, f"{CUPY}: the current stream is that of the thread")
def a_thread_uses_the_default_stream(cp: Any) -> None:
    s, _ = pair(cp)
    a = made_on(cp, s)
    _in_thread(lambda: a + 1)


@program(RAW, f"{GUIDE}, per-thread default stream: each thread has its own")
def two_threads_with_per_thread_streams(cp: Any) -> None:
    with cp.cuda.Stream.ptds:
        a = cp.arange(8)

    def use() -> None:
        with cp.cuda.Stream.ptds:
            a + 1

    _in_thread(use)


@program(WAW, f"{CUPY}: views share the memory of their base")
def writes_through_views(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.zeros(8)
    cp.cuda.Device().synchronize()
    with s:
        a[2:6] = 1
    with t:
        a[::5][1:] = 2


@program(WAW, f"{CUPY}: views share the memory of their base")
def writes_rows_and_columns(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.zeros((4, 4))
    cp.cuda.Device().synchronize()
    with s:
        a[:, 1] = 1
    with t:
        a[1] = 2


@program(RAW, f"{CUPY}: indices are read by the kernel")
def indexes_with_what_another_stream_writes(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.arange(8)
    cp.cuda.Device().synchronize()
    index = made_on(cp, s, 3)
    with t:
        a[index]


@program(WAR, f"{CUPY}: assigning with an index array writes by a kernel")
def scatters_into_what_another_stream_reads(cp: Any) -> None:
    s, t = pair(cp)
    a, index = cp.zeros(8), cp.arange(3)
    cp.cuda.Device().synchronize()
    with s:
        a.sum()
    with t:
        a[index] = 1


@program(RAW, f"{CUPY}: concatenate reads all arrays on the current stream")
def concatenates(cp: Any) -> None:
    s, t = pair(cp)
    a, b = made_on(cp, s), made_on(cp, t)
    with t:
        cp.concatenate([b, a])


@program(RAW, f"{CUPY}: reads all operands on the current stream")
def multiplies_matrices(cp: Any) -> None:
    s, t = pair(cp)
    with s:
        a = cp.ones((2, 2))
    with t:
        a @ a


@program(RAW, f"{CUPY}, cupy.fft: plans run on the current stream")
def transforms(cp: Any) -> None:
    s, t = pair(cp)
    with s:
        a = cp.ones(8)
    with t:
        cp.fft.fft(a)


@program(RAW, f"{CUPY}, cupy.linalg: works on the current stream")
def solves(cp: Any) -> None:
    s, t = pair(cp)
    with s:
        a = cp.eye(2)
    with t:
        cp.linalg.inv(a)


@program(WAW, f"{CUPY}, out=: written on the current stream")
def writes_to_out(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.arange(8)
    cp.cuda.Device().synchronize()
    with s:
        out = cp.zeros(8, a.dtype)
    with t:
        cp.add(a, 1, out=out)


@program(WAR, f"{CUPY}, ndarray.sort: in place, on the current stream")
def sorts_what_another_stream_reads(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.arange(8)
    cp.cuda.Device().synchronize()
    with s:
        a + 1
    with t:
        a.sort()


@program(WAW, POOL)
def frees_memory_that_another_stream_uses(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    t.wait_event(s.record())
    with t:
        a += 1
    del a
    made_on(cp, s)


@program(WAR, POOL)
def frees_memory_that_another_stream_reads(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    t.wait_event(s.record())
    with t:
        a.sum()
    del a
    made_on(cp, s)


@program(WAR, POOL)
def a_part_of_freed_memory_is_in_use(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s, 1024)
    t.wait_event(s.record())
    with t:
        a[512:].sum()
    del a
    keep = [made_on(cp, s, 512), made_on(cp, s, 512)]
    del keep


@program(RAW, f"{INTERFACE}: the current stream is exported, not the one that has written")
def exports_under_another_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with t:
        b = cp.asarray(_Exporter(a.__cuda_array_interface__))
        b + 1


@program(RAW, f"{INTERFACE}: without a stream nothing is waited for")
def exports_no_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with t:
        cp.asarray(_Exporter({**a.__cuda_array_interface__, "stream": None})) + 1


@program(RAW, f"{DLPACK}: the stream -1 asks for no synchronization")
def exports_by_dlpack_without_synchronization(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with s:
        capsule = a.__dlpack__(stream=-1)
    with t:
        cp.from_dlpack(capsule) + 1


@program(RAW, f"{DLPACK}: the producer waits for its current stream")
def exports_by_dlpack_under_another_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with t:
        cp.from_dlpack(a) + 1


@program("source changed", f"{CUPY}, ndarray.set: a pinned source must not change until it is done")
def changes_a_pinned_source(cp: Any) -> None:
    s, _ = pair(cp)
    a, host = cp.empty(8, "i8"), pinned(cp)
    a.set(host, stream=s)
    host[0] = 5
    s.synchronize()


@program("source changed", f"{CUPY}, asarray: a pinned source is used in place")
def changes_a_pinned_source_of_asarray(cp: Any) -> None:
    s, _ = pair(cp)
    host = pinned(cp)
    with s:
        cp.asarray(host)
    host[0] = 5
    s.synchronize()


@program(RAW, f"{RUNTIME}: asynchronous copies to pinned memory are ordered on their stream alone")
def uploads_pinned_memory_that_another_stream_writes(cp: Any) -> None:
    s, t = pair(cp)
    host, b = pinned(cp), cp.empty(8, "i8")
    made_on(cp, s).get(stream=s, out=host, blocking=False)
    b.set(host, stream=t)


@program(RAW, f"{CUPY}: copies between devices run on the current device's stream")
def copies_from_another_device(cp: Any) -> None:
    with cp.cuda.Device(1):
        a = cp.arange(8)
    cp.cuda.Stream(non_blocking=True)
    a.copy()


@program(RAW, f"{CUPY}, RawKernel: the current stream")
def launches_a_kernel(cp: Any) -> None:
    s, t = pair(cp)
    with s:
        a = cp.ones(8, "f4")
    out = cp.empty_like(a)
    with t:
        _kernel(cp)((1,), (8,), (a, out))


@program(WAR, f"{CUPY}, RawKernel: the stream that is given")
def launches_a_kernel_on_a_stream(cp: Any) -> None:
    s, t = pair(cp)
    a, out = cp.ones(8, "f4"), cp.ones(8, "f4")
    cp.cuda.Device().synchronize()
    with s:
        out.sum()
    _kernel(cp)((1,), (8,), (a, out), stream=t)


@program(RAW, f"{CUPY}, ElementwiseKernel: the stream that is given")
def launches_an_elementwise_kernel(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    cp.ElementwiseKernel("T x", "T y", "y = x + 1")(a, stream=t)


@program(RAW, f"{RUNTIME}, cudaLaunchHostFunc: nothing but its stream waits for it")
def hopes_that_a_host_function_is_done(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    s.launch_host_func(lambda _: None, None)
    with t:
        a + 1


class _Exporter:
    def __init__(self, interface: dict[str, Any]) -> None:
        self.__cuda_array_interface__ = interface


def _kernel(cp: Any) -> Any:
    return cp.RawKernel(
        'extern "C" __global__ void twice(const float* x, float* y)'
        " { y[threadIdx.x] = 2 * x[threadIdx.x]; }",
        "twice",
    )


def _in_thread(function: Any) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
