"""Checks of concurrency: many chunks, many threads, many tasks, and both devices at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.array.array_params import Form, geometry, numbers
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.configuration import HOST, host_configuration
from zarr_devbuf.checks.array.harness import trials
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.array.harness import Trial


# Sixteen rows in eight chunks, a thread or a task for each.
_FORM = Form((16, 6), (2, 4))
_WORKERS = 8


@check("array")
def check_many_chunks(subject: Any, backend: Backend) -> None:
    """An array of more chunks than zarr handles at a time is written and read as any other.

    Zarr limits how many requests are under way, and cuts what there is to do into batches: with a
    few chunks nothing of that is seen.
    """
    form = Form((160,), (3,))
    for trial in trials(subject, backend, form):
        array, values = trial.filled()
        trial.reads(array, lambda source: source[...], values, "54 chunks")
        trial.reads(array, lambda source: source[4:158:5], values[4:158:5], "54 chunks, in steps")
        other = numbers((160,), "i4", 500)

        def write(array: Any, put: Any, other: Any = other) -> None:
            array[1:159] = put(other[1:159])

        def expect(model: Any, other: Any = other) -> None:
            model[1:159] = other[1:159]

        trial.writes(write, expect, "54 chunks, two of them in part")


@check("array")
def check_threads(subject: Any, backend: Backend) -> None:
    """Threads that share an array do not upset one another, each with chunks of its own.

    They write and read parts that share no chunk, again and again, on one array.
    """
    for trial in trials(subject, backend, _FORM):
        array, model = trial.filled()

        def work(number: int, array: Any = array, trial: Trial = trial) -> None:
            at = _rows(array, number)
            for turn in range(4):
                values = numbers((at.stop - at.start, 6), "i4", 100 * number + turn)
                array[at] = trial.put(values)
                trial.judge(array[at], values, trial.name(f"thread {number}, turn {turn}"))

        with use_backend(backend), during("working in threads"):
            _in_threads(work, _WORKERS)
        for number in range(_WORKERS):
            at = _rows(array, number)
            model[at] = numbers((at.stop - at.start, 6), "i4", 100 * number + 3)
        same(trial.contents(array), model, trial.name("after all threads"))


@check("array")
def check_threads_of_both_devices(subject: Any, backend: Backend) -> None:
    """Threads that give different prototypes to one array each get what they have asked for.

    Half of them read and write with the device's prototype, half with the host's, at a time: what
    an array keeps of one operation must not get into another.
    """
    for trial in trials(subject, backend, _FORM):
        array, values = trial.filled()

        def work(number: int, array: Any = array, values: Any = values, trial: Any = trial) -> None:
            at = _rows(array, number)
            on_host = number % 2
            case = trial.name(f"thread {number}, on the {'host' if on_host else 'device'}")
            prototype = HOST if on_host else backend.prototype
            given = values[at] if on_host else trial.put(values[at])
            for _ in range(3):
                found: Any = array.get_basic_selection(at, prototype=prototype)
                if on_host:
                    _require_host(found, case)
                    same(found, values[at], case)
                else:
                    trial.judge(found, values[at], case)
                array.set_basic_selection(at, given, prototype=prototype)

        with host_configuration(), during("working in threads, on the host and on the device"):
            _in_threads(work, _WORKERS)
        same(trial.contents(array), values, trial.name("after threads of both devices"))


@check("array")
def check_asynchronous_together(subject: Any, backend: Backend) -> None:
    """Tasks that use the asynchronous array at the same time get and leave what they should.

    All begin before any has ended, on an event loop that is not zarr's, each with its prototype.
    """
    for trial in trials(subject, backend, _FORM):
        array, values = trial.filled()
        mirror = array.async_array
        other = numbers(values.shape, values.dtype, 700)

        async def work(
            number: int,
            array: Any = array,
            mirror: Any = mirror,
            other: Any = other,
            trial: Any = trial,
        ) -> Any:
            at = _rows(array, number)
            prototype = HOST if number % 2 else backend.prototype
            found = await mirror.getitem(at, prototype=prototype)
            given = other[at] if number % 2 else trial.put(other[at])
            await mirror.setitem(at, given, prototype=prototype)
            return found

        async def together(work: Any = work) -> list[Any]:
            return list(await asyncio.gather(*map(work, range(_WORKERS))))

        with host_configuration(), during("using the asynchronous array from several tasks"):
            results = asyncio.run(together())
        for number, found in enumerate(results):
            at = _rows(array, number)
            case = trial.name(f"task {number}, on the {'host' if number % 2 else 'device'}")
            if number % 2:
                _require_host(found, case)
                same(found, values[at], case)
            else:
                trial.judge(found, values[at], case)
        same(trial.contents(array), other, trial.name("after all tasks"))


def _rows(array: Any, number: int) -> slice:
    length = geometry(array)[1][0]
    return slice(number * length, (number + 1) * length)


def _in_threads(work: Any, count: int) -> None:
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work, number) for number in range(count)]:
            future.result()


def _require_host(found: Any, case: str) -> None:
    if not isinstance(found, np.ndarray):
        raise violated(
            case=case,
            expected="an array of NumPy's",
            actual=f"a {type(found).__module__}.{type(found).__qualname__}",
            advice="take the prototype of this operation, and keep none on the array",
        )
