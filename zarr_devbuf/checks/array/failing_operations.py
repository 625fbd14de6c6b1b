"""Operations that are made to fail, and what must be true of an array afterwards."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np

from zarr_devbuf._backends.zarr_internals import array_on_store
from zarr_devbuf.checks import _harness
from zarr_devbuf.checks._assertions import same_bits, show
from zarr_devbuf.checks.array.array_params import chunk_shape, numbers, sharded
from zarr_devbuf.checks.array.harness import ArrayHarness, array_check
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.config import use_backend
from zarr_devbuf.faults import FaultyStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import zarr

    from zarr_devbuf.faults import Operation


type Does = Literal["reading", "writing"]

# The calls of a store that are made to fail.
READS: tuple[Operation, ...] = ("get",)
WRITES: tuple[Operation, ...] = ("get", "set", "delete")

# A check that needs chunks: of any array, and of a sharded one if the subject takes settings.
fault_check = functools.partial(array_check, also=(sharded(),), elements=True)


def part_of(array: zarr.Array[Any]) -> tuple[slice, ...]:
    """Select a part of an array that cuts through chunks; through some of those of shards."""
    if array.shards:
        return tuple(slice(n // 2 - 1, n // 2 + 1) for n in array.shape)
    return tuple(slice(n // 3, None) for n in array.shape)


def on_faulty_store(array: zarr.Array[Any]) -> tuple[zarr.Array[Any], FaultyStore[Any]]:
    """Make a copy of an array, of the same class, whose store can be made to fail."""
    store = FaultyStore(array.store)
    return array_on_store(array, store), store


def calls_to_fail(store: FaultyStore[Any]) -> list[int]:
    """Number the calls that are made to fail, among those that an operation made."""
    count = max((call.number for call in store.calls), default=0)
    return sorted({number for number in (1, 2, 3, count) if 0 < number <= count})


def works(harness: ArrayHarness, call: Callable[[], Any]) -> bool:
    """Tell whether an operation works if nothing fails; if not, other checks report it."""
    try:
        with use_backend(harness.backend):
            call()
    except Exception:  # noqa: BLE001 - the checks of the operation itself report it
        return False
    return True


def attempt(
    harness: ArrayHarness, call: Callable[[], Any], doing: str, *errors: type[BaseException]
) -> tuple[bool, Any]:
    """Tell whether a call fails for one of these reasons, in time, with the device configured."""
    with use_backend(harness.backend):
        return _harness.attempt(call, harness.case(doing), *errors)


@final
class ArrayOperation:
    """
    A read or a write, of all of an array or of a part, that can be made to fail and be repeated.

    Attributes
    ----------
    doing : str
        What it does, in words.
    array : zarr.Array
        The array, filled by the host.
    store : FaultyStore
        Its store.
    calls : list of int
        The numbers of the calls of the store that are made to fail; known after `works`.
    """

    def __init__(self, harness: ArrayHarness, does: Does, *, whole: bool) -> None:
        self.doing = f"{does} {'all' if whole else 'a part'}"
        self.calls: list[int] = []
        self._harness = harness
        self._reads = does == "reading"
        self._methods = READS if self._reads else WRITES
        array, self._old = harness.filled()
        self.array, self.store = on_faulty_store(array)
        self._key: Any = ... if whole else part_of(array)
        self._new = self._old.copy()
        if not self._reads:
            self._new[self._key] = numbers(self._old.shape, self._old.dtype, 500)[self._key]
        self.renew()

    def run(self) -> Any:
        """Read or write."""
        if self._reads:
            return self.array[self._key]
        self.array[self._key] = self._given
        return None

    def renew(self) -> None:
        """Put the values to be written on the device again: the subject may have changed them."""
        self._given = self._harness.put(np.asarray(self._new[self._key]))

    def restore(self) -> None:
        """Give the array its first values again, by a store that does not fail."""
        self.store.restart()
        self.renew()
        if not self._reads:
            self._harness.fill(self.array, self._old)

    def works(self) -> bool:
        """Tell whether it has the right result if nothing fails; if not, other checks report it."""
        result: list[Any] = []
        self.store.restart(operations=self._methods)
        if not works(self._harness, lambda: result.append(self.run())):
            return False
        self.calls = calls_to_fail(self.store)
        self.store.restart()
        if not self._reads:
            return same_bits(self._harness.contents(self.array), self._new)
        found, expected = np.asarray(self._harness.to_host(result[0])), self._new[self._key]
        return found.shape == expected.shape and same_bits(found, expected.astype(found.dtype))

    def fail(self, **faults: Any) -> None:
        """Restore the array, and then make its store fail; see `FaultyStore.restart`."""
        self.restore()
        self.store.restart(**{"operations": self._methods, **faults})

    def assert_done(self, result: Any, doing: str) -> None:
        """Assert that it has read, or written, the values."""
        if self._reads:
            self._harness.assert_values(result, self._new[self._key], doing)
        else:
            self._harness.assert_contents(self.array, self._new, doing)

    def assert_chunks_whole(self, case: str) -> None:
        """Assert that every stored chunk is as before a write or as after it, and no mixture.

        A chunk that is not part of it is the same before and after it.
        """
        if self._reads:
            return
        old, new = self._old, self._new
        # A failed write may have left a lock behind.
        found = _harness.in_time(lambda: self._harness.contents(self.array), case)
        chunks = chunk_shape(self.array)
        starts = [range(0, n, c) for n, c in zip(old.shape, chunks, strict=True)]
        for corner in itertools.product(*starts):
            key = tuple(slice(start, start + c) for start, c in zip(corner, chunks, strict=True))
            if not (same_bits(found[key], old[key]) or same_bits(found[key], new[key])):
                touched = not same_bits(old[key], new[key])
                state = "as before or as after the write, whole" if touched else "unchanged"
                expected = f"the chunk at {corner} {state}: {show(old[key])}"
                actual, advice = show(found[key]), self._harness.advice
                raise violated(case=case, expected=expected, actual=actual, advice=advice)


def operations(
    harness: ArrayHarness, *does: Does, whole: tuple[bool, ...] = (True, False)
) -> Iterator[ArrayOperation]:
    """Yield the operations that work if nothing fails: all of an array, then a part."""
    for one in does:
        for each in whole:
            operation = ArrayOperation(harness, one, whole=each)
            if operation.works():
                yield operation
