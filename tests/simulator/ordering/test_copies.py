"""Asynchronous copies between pinned memory and the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.simulator.ordering.programs import made_on, pinned
from zarr_devbuf.simulator import StreamHazardError, check_streams, cupy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

POISON = np.array([0xA5] * 8, "u1").view("i8")[0]


@pytest.fixture
def stream() -> Iterator[Any]:
    with check_streams():
        yield cupy.cuda.Stream(non_blocking=True)


def test_pinned_memory_has_poison_until_the_stream_is_waited_for(stream: Any) -> None:
    host = pinned(cupy)
    made_on(cupy, stream).get(stream=stream, out=host, blocking=False)
    assert (host == POISON).all()
    stream.synchronize()
    assert host.tolist() == list(range(8))


@pytest.mark.parametrize("wait", ["event", "done", "device", "get"])
def test_whatever_waits_delivers(stream: Any, wait: str) -> None:
    host = pinned(cupy)
    array = made_on(cupy, stream)
    array.get(stream=stream, out=host, blocking=False)
    match wait:
        case "event":
            stream.record().synchronize()
        case "done":
            assert stream.done
        case "device":
            cupy.cuda.Device().synchronize()
        case _:
            array.get(stream=stream)
    assert host.tolist() == list(range(8))


def test_another_stream_does_not_deliver(stream: Any) -> None:
    host = pinned(cupy)
    made_on(cupy, stream).get(stream=stream, out=host, blocking=False)
    cupy.cuda.Stream(non_blocking=True).synchronize()
    cupy.cuda.Stream.null.synchronize()
    assert (host == POISON).all()


def test_an_event_from_before_the_copy_does_not_deliver(stream: Any) -> None:
    host, array = pinned(cupy), made_on(cupy, stream)
    event = stream.record()
    array.get(stream=stream, out=host, blocking=False)
    event.synchronize()
    assert (host == POISON).all()


def test_a_pointer(stream: Any) -> None:
    host, array = pinned(cupy), made_on(cupy, stream)
    array.data.copy_to_host_async(host.ctypes.data, 32, stream)
    assert (host[:4] == POISON).all()
    assert host[4:].tolist() == [1] * 4
    stream.synchronize()
    assert host.tolist() == [0, 1, 2, 3, 1, 1, 1, 1]


def test_blocking_copies_deliver_at_once(stream: Any) -> None:
    host = pinned(cupy)
    made_on(cupy, stream).get(stream=stream, out=host)
    assert host.tolist() == list(range(8))


def test_pageable_memory_has_its_values_at_once(stream: Any) -> None:
    host = np.zeros(8, "i8")
    made_on(cupy, stream).get(stream=stream, out=host, blocking=False)
    assert host.tolist() == list(range(8))


def test_the_end_of_the_checks_delivers() -> None:
    with check_streams():
        stream = cupy.cuda.Stream(non_blocking=True)
        host = pinned(cupy)
        made_on(cupy, stream).get(stream=stream, out=host, blocking=False)
    assert host.tolist() == list(range(8))


def test_a_host_function_has_the_values(stream: Any) -> None:
    host, seen = pinned(cupy), []
    made_on(cupy, stream).get(stream=stream, out=host, blocking=False)
    stream.launch_host_func(lambda _: seen.extend(host.tolist()), None)
    assert seen == list(range(8))


def test_copies_from_what_is_on_its_way(stream: Any) -> None:
    host, target = pinned(cupy), cupy.empty(8, "i8")
    made_on(cupy, stream).get(stream=stream, out=host, blocking=False)
    target.set(host, stream=stream)
    assert target.get(stream=stream).tolist() == list(range(8))


def test_a_changed_source_is_reported_when_it_is_waited_for(stream: Any) -> None:
    host, array = pinned(cupy), cupy.empty(8, "i8")
    array.data.copy_from_host_async(host.ctypes.data, 64, stream)
    host[7] = 0
    with pytest.raises(StreamHazardError, match="source changed") as caught:
        stream.synchronize()
    assert "test_copies.py" in caught.value.first


def test_without_checks_copies_are_immediate() -> None:
    stream, host = cupy.cuda.Stream(non_blocking=True), pinned(cupy)
    made_on(cupy, stream).get(stream=stream, out=host, blocking=False)
    assert host.tolist() == list(range(8))
