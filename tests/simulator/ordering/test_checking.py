"""Switching the checks on and off, and what they keep."""

from __future__ import annotations

import pickle
import tracemalloc
import warnings

import pytest

from tests.simulator.ordering.programs import made_on, pair
from zarr_devbuf.simulator import (
    StreamHazardError,
    StreamHazardWarning,
    check_streams,
    cupy,
    simulate_gpu,
)
from zarr_devbuf.simulator._ordering.tracker import tracker


def race() -> None:
    first, second = pair(cupy)
    array = made_on(cupy, first)
    with second:
        array + 1


def test_the_simulated_gpu_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIM_STREAMS", raising=False)
    with simulate_gpu(force=True), pytest.raises(StreamHazardError):
        race()
    race()


def test_eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIM_STREAMS", "eager")
    with simulate_gpu(force=True):
        race()
        with check_streams(), pytest.raises(StreamHazardError):
            race()


def test_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIM_STREAMS", "warn")
    with simulate_gpu(force=True), pytest.warns(StreamHazardWarning, match="read after write"):
        race()


def test_unknown_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIM_STREAMS", "no")
    with pytest.raises(ValueError, match="SIM_STREAMS must be one of raise, warn, eager"):
        simulate_gpu(force=True).__enter__()
    with pytest.raises(ValueError, match="mode must be one of raise, warn"):
        check_streams(mode="eager").__enter__()


def test_blocks_can_be_nested() -> None:
    with check_streams():
        with check_streams(mode="warn"), pytest.raises(StreamHazardError):
            race()
        with pytest.raises(StreamHazardError):
            race()
    assert not tracker.active


def test_nothing_is_recorded_on_one_stream() -> None:
    with check_streams():
        array = cupy.arange(8)
        with cupy.cuda.Stream.null:
            (array + 1).get()
        assert not tracker.active
        with cupy.cuda.Stream.ptds:
            assert tracker.active


def test_a_hazard_is_reported_once() -> None:
    with check_streams():
        first, second = pair(cupy)
        array = made_on(cupy, first)
        with second:
            with pytest.raises(StreamHazardError):
                array + 1
            array + 1


def test_blocks_do_not_know_each_other() -> None:
    with check_streams():
        first, second = pair(cupy)
        array = made_on(cupy, first)
        event = first.record()
    with check_streams(), second:
        array += 1
        second.wait_event(event)


def test_errors_can_be_pickled() -> None:
    with check_streams(), pytest.raises(StreamHazardError) as caught:
        race()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.kind) == (str(caught.value), "read after write")


def test_warnings_name_the_line() -> None:
    with check_streams(mode="warn"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        race()
    assert [one.category for one in caught] == [StreamHazardWarning]


def test_destroyed_streams_are_forgotten() -> None:
    with check_streams():
        home = cupy.cuda.Stream(non_blocking=True)
        array = made_on(cupy, home)
        for _ in range(100):
            stream = cupy.cuda.Stream(non_blocking=True)
            stream.wait_event(home.record())
            with stream:
                array[:] = 1
            home.wait_event(stream.record())
            del stream
            home.synchronize()
        assert tracker.clocks.live < 5
        assert len(home_times := tracker.stream(0, home.ptr).times) < 5, home_times


@pytest.mark.parametrize(
    "count", [500, pytest.param(100_000, marks=pytest.mark.exhaustive, id="many")]
)
def test_memory_does_not_grow(count: int) -> None:
    def launch(number: int) -> None:
        second.wait_event(first.record())
        with second:
            array[number % 60 : number % 60 + 4].fill(number)
        first.wait_event(second.record())
        with first:
            array + 1

    with check_streams():
        first, second = pair(cupy)
        array = made_on(cupy, first, 64)
        for number in range(200):
            launch(number)
        known = len(tracker.history(array._mem).accesses)
        tracemalloc.start()
        try:
            for number in range(count):
                launch(number)
            grown = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        assert grown < 60_000
        assert len(tracker.history(array._mem).accesses) <= known + 1
