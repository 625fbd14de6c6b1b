"""Drawn programs, compared with a search for paths in the graph of their operations.

The search keeps all operations, and knows neither clocks nor how accesses are forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zarr_devbuf.simulator import StreamHazardError, check_streams, cupy

LENGTH = 12
# The default stream, two that are ordered with it, and two that are not.
STREAMS = range(5)
LEGACY, BLOCKING = 0, (1, 2)
EVENTS = range(3)
ARRAYS = range(2)

streams = st.sampled_from(STREAMS)
slices = st.builds(
    slice,
    st.integers(0, LENGTH - 1),
    st.integers(1, LENGTH),
    st.sampled_from((1, 1, 1, 2, 3)),
).filter(lambda part: part.start < part.stop)
accesses = st.tuples(st.sampled_from(("read", "write")), streams, st.sampled_from(ARRAYS), slices)
events = st.sampled_from(EVENTS)
orders = st.one_of(
    st.tuples(st.just("record"), streams, events),
    st.tuples(st.just("wait"), streams, events),
    st.tuples(st.just("synchronize"), streams),
    st.tuples(st.just("synchronize event"), events),
    st.tuples(st.just("synchronize device")),
)
programs = st.lists(st.one_of(accesses, accesses, orders), min_size=2, max_size=14)


@dataclass
class Graph:
    """All operations so far, and for each the set of those that happen before it, as bits."""

    before: list[int] = field(default_factory=list)
    on_stream: dict[int, int] = field(default_factory=lambda: dict.fromkeys(STREAMS, 0))
    events: dict[int, int] = field(default_factory=dict)
    host: int = 0
    touched: list[tuple[int, str, int, frozenset[int]]] = field(default_factory=list)

    def closure(self, direct: int) -> int:
        """Return operations and all that happen before them."""
        found = direct
        for number, earlier in enumerate(self.before):
            if direct >> number & 1:
                found |= earlier
        return found

    def add(self, stream: int, after: int = 0) -> int:
        """Add an operation of a stream, after others, and return its bit."""
        direct = self.on_stream[stream] | self.host | after
        others = BLOCKING if stream == LEGACY else (LEGACY,) if stream in BLOCKING else ()
        for other in others:
            direct |= self.on_stream[other]
        bit = 1 << len(self.before)
        self.before.append(self.closure(direct))
        self.on_stream[stream] |= bit
        return bit

    def run(self, operation: Any) -> bool:
        """Add an operation, and return whether it races."""
        match operation:
            case "record", stream, event:
                self.events[event] = self.add(stream)
            case "wait", stream, event:
                if event in self.events:
                    self.add(stream, self.events[event])
            case "synchronize", stream:
                self.host |= self.closure(self.add(stream))
            case "synchronize event", event:
                self.host |= self.closure(self.events.get(event, 0))
            case ("synchronize device",):
                self.host |= (1 << len(self.before)) - 1
            case verb, stream, array, part:
                return self.access(verb, stream, array, frozenset(range(LENGTH)[part]))
        return False

    def access(self, verb: str, stream: int, array: int, elements: frozenset[int]) -> bool:
        self.add(stream)
        number = len(self.before) - 1
        earlier = self.before[number]
        races = any(
            array == other_array
            and "write" in (verb, other_verb)
            and elements & other_elements
            and not earlier >> other & 1
            for other, other_verb, other_array, other_elements in self.touched
        )
        self.touched.append((number, verb, array, elements))
        return races


class Device:
    """Runs operations on the simulated device."""

    def __init__(self) -> None:
        stream = cupy.cuda.Stream
        self.streams = [stream.null, stream(), stream(), *(stream(non_blocking=True) for _ in "ab")]
        self.events = [cupy.cuda.Event() for _ in EVENTS]
        self.arrays = [cupy.zeros(LENGTH) for _ in ARRAYS]
        cupy.cuda.Device().synchronize()

    def run(self, operation: Any) -> None:
        match operation:
            case "record", stream, event:
                self.events[event].record(self.streams[stream])
            case "wait", stream, event:
                self.streams[stream].wait_event(self.events[event])
            case "synchronize", stream:
                self.streams[stream].synchronize()
            case "synchronize event", event:
                self.events[event].synchronize()
            case ("synchronize device",):
                cupy.cuda.Device().synchronize()
            case verb, stream, array, part:
                with self.streams[stream]:
                    if verb == "write":
                        self.arrays[array][part] = 1
                    else:
                        self.arrays[array][part] + 1


def first_race(program: list[Any]) -> int | None:
    graph = Graph()
    for position, operation in enumerate(program):
        if graph.run(operation):
            return position
    return None


def first_report(program: list[Any]) -> int | None:
    with check_streams():
        device = Device()
        for position, operation in enumerate(program):
            try:
                device.run(operation)
            except StreamHazardError:
                return position
    return None


def compare(program: list[Any]) -> None:
    assert first_report(program) == first_race(program)


@given(program=programs)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_reports_are_those_of_the_search(program: list[Any]) -> None:
    compare(program)


@pytest.mark.exhaustive
@given(program=programs)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_reports_are_those_of_the_search_in_many_programs(program: list[Any]) -> None:
    compare(program)


def test_the_search_finds_both() -> None:
    ordered = [
        ("write", 3, 0, slice(4)),
        ("record", 3, 0),
        ("wait", 4, 0),
        ("read", 4, 0, slice(4)),
    ]
    assert first_race(ordered) is None
    assert first_race([one for one in ordered if one[0] != "wait"]) == 2
