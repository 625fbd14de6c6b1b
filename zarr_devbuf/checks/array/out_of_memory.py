"""Checks under failure: the memory of the device runs out, or is not given back."""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, final

import numpy as np

from zarr_devbuf.checks.array.array_params import numbers
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.fault_injection import (
    attempt,
    is_whole,
    on_faulty_store,
    part_of,
    reads_right,
    trials_that_fail,
    works,
    writes_right,
)
from zarr_devbuf.checks.errors import NotApplicable, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend
from zarr_devbuf.faults import InjectedFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.array.harness import Trial
    from zarr_devbuf.faults import Operation


# Device memory is handed out in units of bytes; the chunks need one each.
_UNIT = 512
_GET: tuple[Operation, ...] = ("get",)
_SET: tuple[Operation, ...] = ("set",)
_ROOMS = (*range(12), *(1 << power for power in range(4, 22)))


@check("array")
def check_out_of_memory_reading(subject: Any, backend: Backend) -> None:
    """Where device memory runs out, a read raises, holds nothing, and later gives the values.

    With no room for an allocation, with room for one, for two, and so on until the read succeeds:
    all of an array and a part, sharded or not. An error that is swallowed leaves memory that
    nobody has written; one that is kept keeps all the memory that its traceback leads to.
    """
    memory = _Memory(backend)
    with _quick_collections():
        for trial in trials_that_fail(subject, backend):
            array = trial.filled()[0]
            _read_short_of(memory, trial, np.s_[...], "all")
            _read_short_of(memory, trial, part_of(array), "a part")


@check("array")
def check_out_of_memory_writing(subject: Any, backend: Backend) -> None:
    """Where device memory runs out, a write raises, holds nothing, and leaves every chunk whole.

    With no room for an allocation, with room for one, for two, and so on until the write succeeds:
    all of an array and a part, sharded or not. Every chunk is as before, or as after the write.
    """
    memory = _Memory(backend)
    with _quick_collections():
        for trial in trials_that_fail(subject, backend):
            array = trial.empty()
            _write_short_of(memory, trial, np.s_[...], "all")
            _write_short_of(memory, trial, part_of(array), "a part")


@check("array")
def check_failures_hold_nothing(subject: Any, backend: Backend) -> None:
    """When the store has failed, nothing that was on the device for the operation stays there.

    A read and a write of all of an array, of which the second call of the store fails. Whoever
    tries again and again would fill the device with what is of no use to anybody.
    """
    memory = _Memory(backend)
    with _quick_collections():
        for trial in trials_that_fail(subject, backend):
            array, values = trial.filled()
            twin, store = on_faulty_store(array)
            given = trial.put(values)

            def read(twin: Any = twin) -> None:
                twin[...]

            def write(twin: Any = twin, given: Any = given) -> None:
                twin[...] = given

            for name, call, operations in (("reading", read, _GET), ("writing", write, _SET)):
                store.restart()
                if not works(trial, call):
                    continue
                trial.fill(array, values)  # a store in memory keeps chunks on the device
                case = trial.name(f"{name} all, call 2 of the store failing")
                held = memory.in_use()
                store.restart(fail_at=2, operations=operations)
                with use_backend(backend):
                    attempt(call, case, InjectedFault)
                trial.fill(array, values)
                memory.holds(held, case)


def _read_short_of(memory: _Memory, trial: Trial, at: Any, name: str) -> None:
    array, values = trial.filled()

    def read() -> Any:
        return array[at]

    case = trial.name(f"reading {name}")
    if reads_right(trial, read, values[at]):
        same(
            np.asarray(trial.to_host(memory.runs_short(trial, read, case))),
            values[at],
            f"{case}, with little memory, or enough after there was not",
            swapped=True,
            advice="let the error surface: what is returned has to be right",
        )


def _write_short_of(memory: _Memory, trial: Trial, at: Any, name: str) -> None:
    array, old = trial.filled()
    new = old.copy()
    new[at] = numbers(old.shape, old.dtype, 500)[at]
    given = trial.put(np.asarray(new[at]))

    def write() -> None:
        array[at] = given

    def whole(case: str) -> None:
        is_whole(trial, array, old, new, case)
        trial.fill(array, old)  # a store in memory keeps chunks on the device

    case = trial.name(f"writing {name}")
    if writes_right(trial, write, array, new):
        trial.fill(array, old)
        memory.runs_short(trial, write, case, whole)
        same(
            trial.contents(array),
            new,
            f"{case}, with little memory, or enough after there was not",
            advice="let the error surface: what returns has written",
        )


@contextmanager
def _quick_collections() -> Iterator[None]:
    """Spare the garbage collector what is there already, so that it can run after each failure."""
    gc.collect()
    gc.freeze()  # has no effect but this: where somebody else has frozen objects, time is lost
    try:
        yield
    finally:
        gc.unfreeze()


@final
class _Memory:
    """The memory of a backend's device, which can be limited."""

    def __init__(self, backend: Backend) -> None:
        backend.require()
        try:
            self.pool = backend.xp.get_default_memory_pool()
            self.error: type[Exception] = backend.xp.cuda.memory.OutOfMemoryError
            with self.limited(0):
                try:
                    backend.xp.zeros(1 << 16, dtype="u1")
                except self.error:
                    return
        except AttributeError as error:
            reason = f"the memory of backend {backend.name!r} cannot be limited"
            raise NotApplicable(reason) from error
        raise NotApplicable(f"the memory of backend {backend.name!r} does not heed its limit")

    @contextmanager
    def limited(self, room: int) -> Iterator[None]:
        """Let no more than so many units be allocated, besides what is in use."""
        before = self.pool.get_limit()
        self.pool.free_all_blocks()
        # A limit of 0 is none at all.
        self.pool.set_limit(size=max(1, self.pool.total_bytes() + room * _UNIT))
        try:
            yield
        finally:
            self.pool.set_limit(size=before)

    def runs_short(
        self,
        trial: Trial,
        call: Callable[[], Any],
        case: str,
        failed: Callable[[str], None] = lambda _: None,
    ) -> Any:
        """
        Make a call with no room, then with more and more, until it succeeds; give its result.

        After each failure `failed` is called with the case, and nothing may be held after that.
        """
        for room in _ROOMS:
            short = f"{case}, with {room * _UNIT} bytes of device memory left"
            held = self.in_use()
            with use_backend(trial.backend), self.limited(room):
                has_failed, result = attempt(call, short, self.error)
            if not has_failed:
                return result
            failed(short)
            self.holds(held, short)
        raise violated(
            case=case,
            expected=f"success, with {_ROOMS[-1] * _UNIT} bytes of device memory left",
            actual="it still runs out of memory",
            advice="see what it allocates",
        )

    def in_use(self) -> int:
        """Count the bytes in use, without garbage, which may go any time."""
        gc.collect()
        return int(self.pool.used_bytes())

    def holds(self, held: int, case: str) -> None:
        """Demand that no more is in use than before, once the error has been dropped."""
        deadline = time.monotonic() + 1
        while self.pool.used_bytes() > held:
            gc.collect()
            if self.pool.used_bytes() <= held:
                return
            if time.monotonic() > deadline:
                raise violated(
                    case=case,
                    expected=f"{held} bytes of device memory in use, as before",
                    actual=f"{self.pool.used_bytes()} bytes, after the error has been dropped",
                    advice="keep nothing that was allocated for a call that fails: look for "
                    "caches, attributes, and references from tasks or exceptions",
                )
            time.sleep(0.02)  # what was under way elsewhere may still be
