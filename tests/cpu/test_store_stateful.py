"""Stores against a model, through random sequences of calls under changing prototypes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
import zarr
import zarr.buffer.cpu
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.sync import sync
from zarr.storage import LocalStore, MemoryStore

from tests.subjects.stores import OLD_ZARR, CachingStore, PlainStore
from tests.subjects.stores.prototypes import RemembersClass
from tests.subjects.stores.sync_and_async import StaleSyncCache
from tests.subjects.stores.writing import LeavesTail
from zarr_devbuf import get_backend
from zarr_devbuf.checks.store.sample_values import part_of
from zarr_devbuf.faults import FaultyStore, InjectedFault

if TYPE_CHECKING:
    from collections.abc import Callable


KEYS = st.sampled_from(["a/zarr.json", "a/c/0", "a/c/1", "ab/c/0", "b"])
# Often of one length: what is updated in place shows only then.
DATA = st.one_of(st.sampled_from([b"one value", b"two value"]), st.binary(max_size=40))
# zarr's host class, and our own on the host and on a device.
PROTOTYPES = {
    "host": zarr.buffer.cpu.buffer_prototype,
    "cpu": get_backend("cpu").prototype,
    "sim": get_backend("sim").prototype,
}
PROTOTYPE = st.sampled_from(list(PROTOTYPES))
# No empty ranges and none past the end, for which stores may raise: the checks of byte ranges do.
RANGES = st.one_of(
    st.none(),
    st.builds(
        lambda start, more: RangeByteRequest(start, start + more),
        st.integers(0, 9),
        st.integers(1, 60),
    ),
    st.builds(OffsetByteRequest, st.integers(0, 9)),
    st.builds(SuffixByteRequest, st.integers(1, 60)),
)


class StoreMachine(RuleBasedStateMachine):
    """One store, one dict, and the buffers that were read and written."""

    make: Callable[[str], Store]

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.faulty = FaultyStore(type(self).make(str(Path(self.directory.name) / "store")))
        self.store: Any = self.faulty
        self.model: dict[str, bytes] = {}
        self.held: list[tuple[Any, bytes]] = []
        self.has_sync = self.faulty._supports_sync_io

    @initialize()
    def open(self) -> None:
        sync(self.store._ensure_open())

    def value(self, data: bytes, prototype: str) -> Any:
        return PROTOTYPES[prototype].buffer.from_bytes(bytearray(data))

    def compare(self, found: Any, expected: bytes | None, prototype: str) -> None:
        if expected is None:
            assert found is None
            return
        assert isinstance(found, PROTOTYPES[prototype].buffer), type(found)
        assert found.to_bytes() == expected
        self.held.append((found, expected))

    def expected(self, key: str, byte_range: Any) -> bytes | None:
        data = self.model.get(key)
        return None if data is None else part_of(data, byte_range)

    @rule(key=KEYS, data=DATA, prototype=PROTOTYPE, synchronously=st.booleans())
    def set(self, key: str, data: bytes, prototype: str, synchronously: bool) -> None:
        value = self.value(data, prototype)
        if synchronously and self.has_sync:
            self.store.set_sync(key, value)
        else:
            sync(self.store.set(key, value))
        self.model[key] = data
        if data:
            value.as_array_like()[...] = 0xEE  # a store that keeps it would now have other bytes

    @rule(key=KEYS, data=DATA, prototype=PROTOTYPE)
    def set_if_not_exists(self, key: str, data: bytes, prototype: str) -> None:
        sync(self.store.set_if_not_exists(key, self.value(data, prototype)))
        self.model.setdefault(key, data)

    @rule(values=st.dictionaries(KEYS, DATA), prototype=PROTOTYPE)
    def set_many(self, values: dict[str, bytes], prototype: str) -> None:
        pairs = [(key, self.value(data, prototype)) for key, data in values.items()]
        sync(self.store._set_many(iter(pairs)))
        self.model.update(values)

    @rule(key=KEYS, byte_range=RANGES, prototype=PROTOTYPE, synchronously=st.booleans())
    def get(self, key: str, byte_range: Any, prototype: str, synchronously: bool) -> None:
        asked = PROTOTYPES[prototype]
        if self.expected(key, byte_range) == b"" and byte_range is not None:
            return
        if synchronously and self.has_sync:
            found = self.store.get_sync(key, prototype=asked, byte_range=byte_range)
        else:
            found = sync(self.store.get(key, asked, byte_range))
        self.compare(found, self.expected(key, byte_range), prototype)

    @rule(requests=st.lists(st.tuples(KEYS, RANGES), max_size=6), prototype=PROTOTYPE)
    def get_partial_values(self, requests: list[tuple[str, Any]], prototype: str) -> None:
        requests = [each for each in requests if self.expected(*each)]
        found = sync(self.store.get_partial_values(PROTOTYPES[prototype], iter(requests)))
        assert len(found) == len(requests)
        for request, buffer in zip(requests, found, strict=True):
            self.compare(buffer, self.expected(*request), prototype)

    @precondition(lambda self: self.model and hasattr(Store, "get_ranges_sync"))
    @rule(data=st.data(), ranges=st.lists(RANGES, max_size=6), prototype=PROTOTYPE)
    def get_ranges(self, data: Any, ranges: list[Any], prototype: str) -> None:
        key = data.draw(st.sampled_from(sorted(self.model)))
        ranges = [each for each in ranges if self.expected(key, each)]

        async def collect() -> list[Any]:
            groups = self.store.get_ranges(key, ranges, prototype=PROTOTYPES[prototype])
            return [pair async for group in groups for pair in group]

        found = [sync(collect())]
        if self.has_sync:
            found.append(self.store.get_ranges_sync(key, ranges, prototype=PROTOTYPES[prototype]))
        for pairs in found:
            assert sorted(number for number, _ in pairs) == list(range(len(ranges)))
            for number, buffer in pairs:
                self.compare(buffer, self.expected(key, ranges[number]), prototype)

    @rule(key=KEYS, synchronously=st.booleans())
    def delete(self, key: str, synchronously: bool) -> None:
        if synchronously and self.has_sync:
            self.store.delete_sync(key)
        else:
            sync(self.store.delete(key))
        self.model.pop(key, None)

    @rule(prefix=st.sampled_from(["a", "ab", "a/c"]))
    def delete_dir(self, prefix: str) -> None:
        sync(self.store.delete_dir(prefix))
        self.model = {k: v for k, v in self.model.items() if not k.startswith(f"{prefix}/")}

    @rule()
    def clear(self) -> None:
        sync(self.store.clear())
        self.model.clear()

    @rule(key=KEYS, data=DATA, prototype=PROTOTYPE, synchronously=st.booleans())
    def fail(self, key: str, data: bytes, prototype: str, synchronously: bool) -> None:
        """A call that fails changes nothing."""
        self.faulty.restart(fail_at=[1, 2])
        calls: list[Callable[[], Any]] = [
            lambda: sync(self.store.set(key, self.value(data, prototype))),
            lambda: sync(self.store.get(key, PROTOTYPES[prototype])),
        ]
        if synchronously and self.has_sync:
            calls = [
                lambda: self.store.set_sync(key, self.value(data, prototype)),
                lambda: self.store.get_sync(key, prototype=PROTOTYPES[prototype]),
            ]
        for call in calls:
            with pytest.raises(InjectedFault):
                call()
        self.faulty.restart()

    @invariant()
    def lists_what_the_model_has(self) -> None:
        async def collect() -> list[str]:
            return [key async for key in self.store.list()]

        assert sorted(sync(collect())) == sorted(self.model)

    @invariant()
    def holds_what_the_model_has(self) -> None:
        for key in KEYS.elements:  # type: ignore[attr-defined]
            found = sync(self.store.get(key, PROTOTYPES["host"]))
            assert (None if found is None else found.to_bytes()) == self.model.get(key)
            if self.has_sync:
                found = self.store.get_sync(key, prototype=PROTOTYPES["cpu"])
                assert (None if found is None else found.to_bytes()) == self.model.get(key)
            assert sync(self.store.exists(key)) is (key in self.model)

    @invariant()
    def buffers_stay_as_they_were_read(self) -> None:
        for found, data in self.held:
            assert found.to_bytes() == data

    def teardown(self) -> None:
        self.store.close()
        self.directory.cleanup()


def run(make: Callable[[str], Store], examples: int, *, shrink: bool = True) -> None:
    machine = type("Machine", (StoreMachine,), {"make": staticmethod(make)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            # The checks report what is wrong; here it is enough that something is.
            phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


on_new_zarr = pytest.mark.skipif(OLD_ZARR, reason="zarr's MemoryStore fails checks before 3.4.2")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda _: MemoryStore(), id="MemoryStore", marks=on_new_zarr),
        pytest.param(LocalStore, id="LocalStore"),
        pytest.param(lambda _: PlainStore(), id="PlainStore"),
        pytest.param(lambda _: CachingStore(MemoryStore()), id="CachingStore", marks=on_new_zarr),
    ],
)
def test_store_does_what_a_dict_does(make: Callable[[str], Store]) -> None:
    run(make, examples=25)


@pytest.mark.parametrize(
    "broken", [LeavesTail, RemembersClass, StaleSyncCache], ids=lambda c: c.__name__
)
def test_the_machine_catches_broken_stores(broken: type[Store]) -> None:
    with pytest.raises((AssertionError, ExceptionGroup)):
        run(lambda _: broken(), examples=200, shrink=False)
