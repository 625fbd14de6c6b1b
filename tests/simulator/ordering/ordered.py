"""Programs without a race."""

from __future__ import annotations

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
from tests.simulator.ordering.racing import _Exporter, _in_thread, _kernel

ONE_STREAM = f"{GUIDE}, streams: operations of one stream run in the order of issue"
LEGACY = f"{GUIDE}, default stream: it waits for blocking streams, and they wait for it"
EVENTS = f"{RUNTIME}, cudaStreamWaitEvent: after what the event has recorded"
HOST = f"{GUIDE}: what is issued after the host has waited comes afterwards"
BYTES = f"{GUIDE}: accesses to different bytes are no conflict"


@program(None, ONE_STREAM)
def everything_on_one_stream(cp: Any) -> None:
    s, _ = pair(cp)
    with s:
        a = cp.arange(8)
        a += 1
        assert a.tolist() == list(range(1, 9))


@program(None, LEGACY)
def default_then_blocking(cp: Any) -> None:
    a = cp.arange(8)
    with cp.cuda.Stream():
        a += 1


@program(None, LEGACY)
def blocking_then_default(cp: Any) -> None:
    a = made_on(cp, cp.cuda.Stream())
    a += 1


@program(None, LEGACY)
def blocking_then_default_then_blocking(cp: Any) -> None:
    s, t = cp.cuda.Stream(), cp.cuda.Stream()
    a = made_on(cp, s)
    cp.zeros(1)
    with t:
        a += 1


@program(None, f"{LEGACY}; the per-thread default stream is blocking")
def per_thread_then_default(cp: Any) -> None:
    a = made_on(cp, cp.cuda.Stream.ptds)
    a += 1


@program(None, f"{GUIDE}, per-thread default stream")
def a_per_thread_stream(cp: Any) -> None:
    a = made_on(cp, cp.cuda.Stream.ptds)
    with cp.cuda.Stream.ptds:
        a += 1


@program(None, EVENTS)
def an_event(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    t.wait_event(s.record())
    with t:
        a += 1


@program(None, EVENTS)
def an_event_of_the_default_stream(cp: Any) -> None:
    s, _ = pair(cp)
    a = cp.arange(8)
    s.wait_event(cp.cuda.Stream.null.record())
    with s:
        a += 1


@program(None, EVENTS)
def an_event_from_before_there_were_streams(cp: Any) -> None:
    a = cp.arange(8)
    event = cp.cuda.Event()
    event.record()
    s, _ = pair(cp)
    s.wait_event(event)
    with s:
        a += 1


@program(None, f"{EVENTS}; order is transitive")
def events_in_a_chain(cp: Any) -> None:
    s, t = pair(cp)
    u = cp.cuda.Stream(non_blocking=True)
    a = made_on(cp, s)
    t.wait_event(s.record())
    u.wait_event(t.record())
    with u:
        a += 1


@program(None, EVENTS)
def back_and_forth(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    for _ in range(3):
        t.wait_event(s.record())
        with t:
            a += 1
        s.wait_event(t.record())
        with s:
            a += 1


@program(None, f"{RUNTIME}, cudaEventRecord: recording again replaces the first record")
def an_event_that_is_recorded_again(cp: Any) -> None:
    s, t = pair(cp)
    event = s.record()
    a = made_on(cp, s)
    event.record(s)
    t.wait_event(event)
    with t:
        a += 1


@program(None, f"{HOST}; {RUNTIME}, cudaEventSynchronize")
def the_host_waits_for_an_event(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    s.record().synchronize()
    with t:
        a += 1


@program(None, f"{HOST}; {RUNTIME}, cudaEventQuery answers that it is done")
def the_host_polls_an_event(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    event = s.record()
    while not event.done:
        pass
    with t:
        a += 1


@program(None, f"{HOST}; {RUNTIME}, cudaStreamSynchronize")
def the_host_waits_for_the_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    s.synchronize()
    with t:
        a += 1


@program(None, f"{HOST}; {RUNTIME}, cudaStreamQuery answers that it is done")
def the_host_polls_the_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    while not s.done:
        pass
    with t:
        a += 1


@program(None, f"{HOST}; {RUNTIME}, cudaDeviceSynchronize")
def the_host_waits_for_the_device(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    cp.cuda.Device().synchronize()
    with t:
        a += 1


@program(None, f"{HOST}; {RUNTIME}, cudaDeviceSynchronize")
def the_runtime_waits_for_the_device(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    cp.cuda.runtime.deviceSynchronize()
    with t:
        a += 1


@program(None, f"{HOST}; {RUNTIME}, cudaStreamSynchronize")
def the_runtime_waits_for_the_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    cp.cuda.runtime.streamSynchronize(s.ptr)
    with t:
        a += 1


@program(None, f"{HOST}, before there were streams")
def the_host_waits_before_there_are_streams(cp: Any) -> None:
    a = cp.arange(8)
    cp.cuda.Stream.null.synchronize()
    with cp.cuda.Stream(non_blocking=True):
        a += 1


@program(None, f"{HOST}; {CUPY}, ndarray.get waits for its stream")
def a_copy_to_the_host_waits(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with s:
        a.get()
    with t:
        a += 1


@program(None, f"{HOST}; {CUPY}, float(x) waits for the current stream")
def a_number_waits(cp: Any) -> None:
    s, t = pair(cp)
    with s:
        a = cp.ones(4)
        float(a.sum())
    with t:
        a += 1


@program(None, f"{HOST}; {CUPY}: a mask needs a count on the host")
def a_mask_waits(cp: Any) -> None:
    s, t = pair(cp)
    with s:
        a = cp.arange(8)
        b = cp.arange(8)
        b[b > 3]
    with t:
        a += 1


@program(None, f"{HOST}; {CUPY}, MemoryPointer.copy_to_host waits for the default stream")
def bytes_are_copied_on_the_default_stream(cp: Any) -> None:
    s, _ = pair(cp)
    a = cp.arange(8)
    target = np.empty(8, np.int64)
    a.data.copy_to_host(target.ctypes.data, target.nbytes)
    with s:
        a += 1


@program(None, f"{CUPY}, array(blocking=True) waits for the current stream")
def a_blocking_upload(cp: Any) -> None:
    s, t = pair(cp)
    with s:
        a = cp.array(np.arange(8), blocking=True)
    with t:
        a += 1


@program(None, f"{GUIDE}: two reads are no conflict")
def two_streams_read(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.arange(8)
    cp.cuda.Device().synchronize()
    with s:
        a + 1
    with t:
        a + 1


@program(None, BYTES)
def disjoint_slices(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.zeros(8)
    cp.cuda.Device().synchronize()
    with s:
        a[:4] = 1
    with t:
        a[4:] = 2


@program(None, BYTES)
def disjoint_columns(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.zeros((4, 4))
    cp.cuda.Device().synchronize()
    with s:
        a[:, :2] += 1
    with t:
        a[:, 2:] += 2


@program(None, BYTES)
def even_and_odd_elements(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.zeros(8)
    cp.cuda.Device().synchronize()
    with s:
        a[::2] = 1
    with t:
        a[::-2] = 2


@program(None, BYTES)
def fields_of_a_structure(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.zeros(4, np.dtype([("x", "f4"), ("y", "f4")]))
    cp.cuda.Device().synchronize()
    with s:
        a["x"][...] = 1
    with t:
        a["y"][...] = 2


@program(None, f"{GUIDE}: views and attributes access no memory")
def views_and_attributes(cp: Any) -> None:
    s, t = pair(cp)
    with s:
        a = cp.zeros((4, 4))
    with t:
        views: tuple[Any, ...] = (
            a.T,
            a[1:],
            a.reshape(2, 8),
            a.ravel(),
            a.view("i8"),
            cp.broadcast_to(a, (2, 4, 4)),
        )
        views += (a.real, cp.expand_dims(a, 0), cp.swapaxes(a, 0, 1), *cp.split(a, 2), a.squeeze())
        views += (cp.asarray(a), cp.ascontiguousarray(a), cp.atleast_3d(a), a.diagonal())
        assert all(cp.may_share_memory(view, a) for view in views)
        assert (a.shape, a.size, a.nbytes, a.dtype, len(a)) == ((4, 4), 16, 128, np.float64, 4)
        cp.empty_like(a), cp.zeros_like(a), cp.result_type(a, a), cp.ndim(a)


@program(None, f"{CUPY}, memory pool: memory that was never written")
def an_empty_array(cp: Any) -> None:
    s, _ = pair(cp)
    a = cp.empty(8)
    b = cp.empty_like(a)
    with s:
        a.fill(1)
        b[...] = 2


@program(None, f"{CUPY}, memory pool: memory that was never written")
def an_empty_array_from_before_there_were_streams(cp: Any) -> None:
    a = cp.empty(8)
    with cp.cuda.Stream(non_blocking=True):
        a.fill(1)


@program(None, f"{CUPY}, memory pool: each stream has memory of its own")
def memory_is_reused_on_one_stream(cp: Any) -> None:
    s, t = pair(cp)
    for _ in range(4):
        for stream in (s, t):
            with stream:
                a = cp.arange(8)
                a += 1
                del a


@program(None, f"{CUPY}, memory pool; {EVENTS}")
def memory_is_freed_after_the_stream_has_waited(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    t.wait_event(s.record())
    with t:
        a += 1
    s.wait_event(t.record())
    del a
    made_on(cp, s)


@program(None, f"{CUPY}, memory pool; {BYTES}")
def another_part_of_freed_memory_is_in_use(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s, 1024)
    t.wait_event(s.record())
    with t:
        a[512:].sum()
    del a
    made_on(cp, s, 512)


@program(None, f"{INTERFACE}: the consumer waits for the stream that is exported")
def exports_the_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with s:
        interface = a.__cuda_array_interface__
    with t:
        cp.asarray(_Exporter(interface)) + 1


@program(None, f"{DLPACK}: the consumer's stream waits for the producer's current one")
def exports_by_dlpack(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    with s:
        capsule = a.__dlpack__(stream=t.ptr)
    with t:
        cp.from_dlpack(capsule) + 1


@program(None, f"{CUPY}: an external stream is the stream with that address")
def an_external_stream(cp: Any) -> None:
    s, _ = pair(cp)
    a = made_on(cp, s)
    with cp.cuda.Stream.from_external(s):
        a += 1


@program(None, f"{CUPY}: pageable memory is staged")
def changes_a_pageable_source(cp: Any) -> None:
    s, _ = pair(cp)
    host, a = np.arange(8), cp.empty(8, "i8")
    a.set(host, stream=s)
    host[0] = 5
    s.synchronize()
    assert a[0] == 0


@program(None, f"{CUPY}: a pinned source may change once its stream is waited for")
def changes_a_pinned_source_afterwards(cp: Any) -> None:
    s, _ = pair(cp)
    host, a = pinned(cp), cp.empty(8, "i8")
    a.set(host, stream=s)
    s.synchronize()
    host[0] = 5
    s.synchronize()


@program(None, f"{ONE_STREAM}; pinned memory included")
def through_pinned_memory_on_one_stream(cp: Any) -> None:
    s, _ = pair(cp)
    host = pinned(cp)
    with s:
        a, b = cp.arange(8), cp.empty(8, "i8")
        a.get(out=host, blocking=False)
        b.set(host)
        (a + 1).get(out=host, blocking=False)
        assert b.tolist() == list(range(8))
    assert host.tolist() == list(range(1, 9))


@program(None, f"{CUPY}: threads are ordered by the program")
def a_stream_in_two_threads(cp: Any) -> None:
    s, _ = pair(cp)
    a = made_on(cp, s)

    def use() -> None:
        with s:
            a.__iadd__(1)

    _in_thread(use)


@program(None, f"{RUNTIME}, cudaLaunchHostFunc: after the work before, before the work after")
def a_host_function_waits(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    s.launch_host_func(lambda event: event.record(s), event := cp.cuda.Event())
    t.wait_event(event)
    with t:
        a += 1


@program(None, f"{CUPY}: streams of two devices")
def each_device_on_its_own(cp: Any) -> None:
    pair(cp)
    for device in (0, 1):
        with cp.cuda.Device(device), cp.cuda.Stream(non_blocking=True):
            a = cp.arange(8)
            a += 1


@program(None, f"{EVENTS}; across devices")
def a_copy_from_another_device(cp: Any) -> None:
    with cp.cuda.Device(1):
        a = cp.arange(8)
        event = cp.cuda.Event()
        event.record()
    cp.cuda.Stream(non_blocking=True)
    cp.cuda.Stream.null.wait_event(event)
    a.copy()


@program(None, f"{CUPY}, RawKernel: a parameter that is a pointer to constants is only read")
def two_kernels_read(cp: Any) -> None:
    s, t = pair(cp)
    a = cp.ones(8, "f4")
    cp.cuda.Device().synchronize()
    for stream in (s, t):
        with stream:
            _kernel(cp)((1,), (8,), (a, cp.empty_like(a)))


@program(None, f"{GUIDE}: a stream that is destroyed finishes its work")
def a_destroyed_stream(cp: Any) -> None:
    s, t = pair(cp)
    a = made_on(cp, s)
    t.wait_event(s.record())
    del s
    with t:
        a += 1
