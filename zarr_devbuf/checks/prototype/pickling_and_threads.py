"""Checks of buffers that travel: in pickles, and between threads."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.prototype.harness import (
    buffer_of,
    expect_buffer,
    expect_nd_buffer,
    expect_same,
    grid,
    on_device,
)
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend


@check("prototype")
def check_prototype_pickling(
    prototype: BufferPrototype,
    backend: Backend,  # noqa: ARG001 - holds on any
) -> None:
    """A prototype survives pickling: "the protocol must be pickable", as zarr says.

    Dask and multiprocessing send it to other processes; classes are pickled by name.
    """
    with during("pickling the prototype"):
        text = pickle.dumps(prototype)
    with during("unpickling the prototype"):
        back = pickle.loads(text)  # noqa: S301 - our own
    if tuple(back) != tuple(prototype):
        raise violated(
            expected=repr(prototype),
            actual=repr(back),
            advice="define the classes at the top of a module, under the names that they have",
        )


@check("prototype")
def check_pickling(prototype: BufferPrototype, backend: Backend) -> None:
    """A pickled buffer comes back with its class, its bytes, and its memory on the device.

    Results of Dask tasks are pickled.
    """
    for data in (b"hello", b""):
        buffer = buffer_of(prototype, backend, b"x" + data + b"y")[1 : 1 + len(data)]
        case = f"a pickled Buffer of {data!r}, cut out of a larger one"
        # Through the host, as every pickle, and asked for by this check.
        with during(case), unrecorded_transfers():
            back = pickle.loads(pickle.dumps(buffer))  # noqa: S301 - our own
        expect_buffer(back, prototype, backend, data, case=case)
    arrays = [
        (on_device(backend, values), values, "")
        for values in (grid("f4"), grid("i2", ()), grid("u1", (0, 3)))
    ]
    array, values = on_device(backend, grid("f8")), grid("f8")
    arrays += [
        (array.transpose(), values.transpose(), ", transposed"),
        (array[::2, 1:3], values[::2, 1:3], ", cut out of a larger one"),
        (array[::-1], values[::-1], ", rows backwards"),
    ]
    for array, values, name in arrays:
        nd = prototype.nd_buffer.from_ndarray_like(array)
        case = f"a pickled NDBuffer of {values.dtype}, shape {values.shape}{name}"
        with during(case), unrecorded_transfers():
            back = pickle.loads(pickle.dumps(nd))  # noqa: S301 - our own
        expect_nd_buffer(back, prototype, backend, values, case=case)


@check("prototype")
def check_threads(
    prototype: BufferPrototype,
    backend: Backend,  # noqa: ARG001 - holds on any
) -> None:
    """Buffers that are made and used in several threads at once do not disturb one another.

    Zarr's pipelines work in threads of their own: staging memory, caches and settings that a class
    keeps must not be shared between them.
    """
    workers, rounds = 4, 8
    barrier = threading.Barrier(workers)

    def work(number: int) -> list[tuple[str, Any, np.ndarray[Any, Any]]]:
        found: list[tuple[str, Any, np.ndarray[Any, Any]]] = []
        data = bytes([number + 1]) * 3000
        values = np.full((30, 50), number + 0.5)
        for _ in range(rounds):
            barrier.wait(timeout=30)
            buffer = prototype.buffer.from_bytes(data)
            nd = prototype.nd_buffer.from_numpy_array(values)
            filled = prototype.nd_buffer.create(shape=(30, 50), dtype="f8", fill_value=number + 0.5)
            joined = buffer + buffer[:10]
            found += [
                ("from_bytes", buffer.as_numpy_array(), np.frombuffer(data, "B")),
                ("from_numpy_array", nd.as_numpy_array(), values),
                ("create", filled.as_numpy_array(), values),
                ("combine", joined.as_numpy_array(), np.frombuffer(data + data[:10], "B")),
            ]
        return found

    def guarded(number: int) -> list[tuple[str, Any, np.ndarray[Any, Any]]]:
        try:
            return work(number)
        except BaseException:
            barrier.abort()  # nobody waits for what failed
            raise

    with ThreadPoolExecutor(workers, thread_name_prefix="check_threads") as pool:
        futures = [pool.submit(guarded, number) for number in range(workers)]
    errors = [error for future in futures if (error := future.exception()) is not None]
    for error in sorted(errors, key=lambda error: isinstance(error, threading.BrokenBarrierError)):
        raise error
    for number, future in enumerate(futures):
        for name, actual, expected in future.result():
            expect_same(
                actual,
                expected,
                case=f"{name} in thread {number} of {workers}",
                advice="keep no memory in the class or the module that two threads can write to",
            )
