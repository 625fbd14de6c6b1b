"""Checks of buffers in pickles, and in several threads."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    import numpy.typing as npt


@prototype_check(advice="Define the classes at the top level of a module, under their own names.")
def check_prototype_pickling(harness: PrototypeHarness) -> None:
    """A prototype survives pickling: "the protocol must be pickable", as zarr says.

    Dask and multiprocessing send it to other processes; pickle stores classes by name.
    """
    with during("pickling the prototype"):
        text = pickle.dumps(harness.prototype)
    with during("unpickling the prototype"):
        back = pickle.loads(text)  # noqa: S301 - our own
    if tuple(back) != tuple(harness.prototype):
        raise harness.violated("", repr(harness.prototype), repr(back))


@prototype_check(advice="Pickle the buffer's own part only, and create its class again from it.")
def check_pickling(harness: PrototypeHarness) -> None:
    """An unpickled buffer has the same class and bytes, in memory of the device.

    Results of Dask tasks are pickled.
    """
    for data in (b"hello", b""):
        part = harness.buffer(b"x" + data + b"y")[1 : 1 + len(data)]
        case = f"a pickled Buffer of {data!r}, part of a larger one"
        harness.assert_buffer(_pickled(part, case), data, case)
    for dtype in ("u1", "i2", "f4", "f8"):
        for name, array, values in harness.arrays(dtype):
            case = f"a pickled NDBuffer: {name}, {dtype}"
            buffer = harness.nd_class.from_ndarray_like(array)
            harness.assert_nd_buffer(_pickled(buffer, case), values, case)


def _pickled(buffer: Any, case: str) -> Any:
    # A pickle is made on the host: that transfer is the check's, not the subject's.
    with during(case), unrecorded_transfers():
        return pickle.loads(pickle.dumps(buffer))  # noqa: S301 - our own


@prototype_check(advice="Keep no memory in the class or the module that two threads can write to.")
def check_threads(harness: PrototypeHarness) -> None:
    """Buffers that are created and used in several threads at once do not affect each other.

    Zarr's pipelines work in several threads: staging memory, caches and settings that a class
    keeps must not be shared between them.
    """
    workers, rounds = 4, 8
    barrier = threading.Barrier(workers)
    buffer_class, nd_class = harness.prototype

    def work(number: int) -> list[tuple[str, Any, npt.NDArray[Any]]]:
        found: list[tuple[str, Any, npt.NDArray[Any]]] = []
        data, fill = bytes([number + 1]) * 3000, number + 0.5
        values = np.full((30, 50), fill)
        try:
            for _ in range(rounds):
                barrier.wait(timeout=30)
                buffer = buffer_class.from_bytes(data)
                nd = nd_class.from_numpy_array(values)
                filled = nd_class.create(shape=(30, 50), dtype="f8", fill_value=fill)
                joined = buffer + buffer[:10]
                found += [
                    ("from_bytes", buffer.as_numpy_array(), np.frombuffer(data, "B")),
                    ("from_numpy_array", nd.as_numpy_array(), values),
                    ("create", filled.as_numpy_array(), values),
                    ("combine", joined.as_numpy_array(), np.frombuffer(data + data[:10], "B")),
                ]
        except BaseException:
            barrier.abort()  # so that no other thread waits for this one
            raise
        return found

    with ThreadPoolExecutor(workers, thread_name_prefix="check_threads") as pool:
        futures = [pool.submit(work, number) for number in range(workers)]
    errors = [error for future in futures if (error := future.exception()) is not None]
    for error in sorted(errors, key=lambda error: isinstance(error, threading.BrokenBarrierError)):
        raise error
    for number, future in enumerate(futures):
        for name, actual, expected in future.result():
            case = f"{name} in thread {number} of {workers}"
            harness.assert_host_array(actual, expected, case)
