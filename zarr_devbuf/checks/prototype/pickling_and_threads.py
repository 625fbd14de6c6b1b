"""Checks of buffers in pickles, and in several threads."""

from __future__ import annotations

import hashlib
import pickle
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import assert_class, show
from zarr_devbuf.checks._child_process import assert_works_in_child, require_fork
from zarr_devbuf.checks._device_harness import all_at_once
from zarr_devbuf.checks._inputs import (
    CONSTANTS,
    LARGE,
    MOVED,
    SHAPES,
    SIZES,
    extremes,
    grid,
    random_bytes,
)
from zarr_devbuf.checks.errors import NotApplicable, during
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

# Without 0, 1 and 3, which do what 2 and 4 do.
_PROTOCOLS = (2, 4, 5)


@prototype_check(
    source="documented",
    severity="raises",
    advice="Define the classes at the top level of a module, under their own names.",
)
def check_prototype_pickling(harness: PrototypeHarness) -> None:
    """A prototype survives pickling: "the protocol must be pickable", as zarr says.

    Dask and multiprocessing send it to other processes; pickle stores classes by name. Source:
    `BufferPrototype` in zarr.abc.buffer.
    """
    with during("pickling the prototype"):
        text = pickle.dumps(harness.prototype)
    with during("unpickling the prototype"):
        back = pickle.loads(text)  # noqa: S301 - our own
    if tuple(back) != tuple(harness.prototype):
        raise harness.violated("", repr(harness.prototype), repr(back))


@prototype_check(
    source="ours",
    severity="read wrong",
    advice="Pickle the buffer's own part only, and create its class again from it.",
)
def check_pickling(harness: PrototypeHarness) -> None:
    """An unpickled buffer has the same class and values, in memory of the device.

    It may be a part of a larger one, of any dtype, layout and size, and be pickled by any protocol.
    Values keep every bit; the byte order may become the machine's, as in NumPy's own pickles.
    Results of Dask tasks are pickled. Source: this project.
    """
    for data in (b"hello", b"", LARGE, random_bytes(SIZES[-2])):
        part = harness.buffer(b"x" + data + b"y")[1 : 1 + len(data)]
        for protocol in _PROTOCOLS:
            case = f"a Buffer of {len(data)} bytes, part of a larger one, pickled by {protocol}"
            harness.assert_buffer(_pickled(part, case, protocol), data, case)
    for dtype in filter(harness.holds, MOVED):
        for protocol in _PROTOCOLS:
            for values in (extremes(dtype), grid(dtype)):
                case = f"an NDBuffer of {show(values)}, pickled by {protocol}"
                buffer = harness.nd_buffer(values)
                _assert_unpickled(harness, _pickled(buffer, case, protocol), values, case)
    for dtype in filter(harness.holds, ("u1", "i2", "f4", "f8", ">f8", "c16")):
        for name, array, values in harness.arrays(dtype):
            case = f"a pickled NDBuffer: {name}, {dtype}"
            buffer = harness.nd_class.from_ndarray_like(array)
            _assert_unpickled(harness, _pickled(buffer, case), values, case)
    shaped = (grid("i4", shape) for shape in (*SHAPES, (513, 1023)))
    for values in (*shaped, *CONSTANTS, np.array([0.0, -0.0, 0.0])):
        case = f"a pickled NDBuffer of {show(values)}"
        _assert_unpickled(harness, _pickled(harness.nd_buffer(values), case), values, case)


def _assert_unpickled(
    harness: PrototypeHarness, found: Any, values: npt.NDArray[Any], case: str
) -> None:
    assert_class(found, harness.nd_class, case, advice=harness.advice)
    harness.assert_array(found.as_ndarray_like(), values, case, any_byte_order=True)


def _pickled(buffer: Any, case: str, protocol: int = pickle.DEFAULT_PROTOCOL) -> Any:
    # A pickle is made on the host: that transfer is the check's, not the subject's.
    with during(case), unrecorded_transfers():
        return pickle.loads(pickle.dumps(buffer, protocol))  # noqa: S301 - our own


@prototype_check(
    source="ours",
    severity="read wrong",
    advice="Keep no memory in the class or the module that two threads can write to.",
)
def check_threads(harness: PrototypeHarness) -> None:
    """Buffers that are created and used in several threads at once do not affect each other.

    Zarr's pipelines work in several threads: staging memory, caches and settings that a class
    keeps must not be shared between them. Buffers may be small or larger than 64 KiB. Source: this
    project.
    """
    for size in (3000, 100_000):
        _assert_threads(harness, size)


def _assert_threads(harness: PrototypeHarness, size: int) -> None:
    rounds = 8 if size < 10_000 else 3
    buffer_class, nd_class = harness.prototype

    def work(number: int, wait: Callable[[], object]) -> list[tuple[str, Any, npt.NDArray[Any]]]:
        found: list[tuple[str, Any, npt.NDArray[Any]]] = []
        data, fill = bytes([number + 1]) * size, number + 0.5
        shape = (size // 100, 50)
        values = np.full(shape, fill)
        rows = np.arange(len(values))[::-2]
        for _ in range(rounds):
            wait()
            buffer = buffer_class.from_bytes(data)
            nd = nd_class.from_numpy_array(values)
            filled = nd_class.create(shape=shape, dtype="f8", fill_value=fill)
            joined = buffer + buffer[:10]
            target = nd_class.create(shape=shape, dtype="f8", fill_value=-fill)
            target[...] = nd
            # The index comes from the host: that transfer is the check's, not the subject's.
            with unrecorded_transfers():
                taken = nd[rows]
            found += [
                ("from_bytes", buffer.as_numpy_array(), np.frombuffer(data, "B")),
                ("to_bytes", np.frombuffer(buffer.to_bytes(), "B"), np.frombuffer(data, "B")),
                ("astype", nd.astype("f4").as_numpy_array(), values.astype("f4")),
                ("copy", nd[1:].copy().as_numpy_array(), values[1:]),
                ("nd_buffer[…]", taken.as_numpy_array(), values[rows]),
                ("nd_buffer[...] = …", target.as_numpy_array(), values),
                ("from_numpy_array", nd.as_numpy_array(), values),
                ("create", filled.as_numpy_array(), values),
                ("combine", joined.as_numpy_array(), np.frombuffer(data + data[:10], "B")),
            ]
        return found

    for number, results in enumerate(all_at_once(work)):
        for name, actual, expected in results:
            harness.assert_host_array(actual, expected, f"{name} in thread {number}")


@prototype_check(
    source="ours",
    severity="raises",
    advice="Keep no threads and no locks in the class or the module, or make them again after a "
    "fork: `os.register_at_fork`.",
)
def check_fork(harness: PrototypeHarness) -> None:
    """Buffers can be created and used in a forked process, after they were used in its parent.

    Data loaders fork. The child has no threads but its own, and locks that others held stay locked.
    The check applies to memory of the host, and to the simulated device: a real one cannot be used
    after a fork. Source: this project.
    """
    require_fork(harness.backend)
    with unrecorded_transfers():
        try:
            expected = _use(harness)
        except Exception as error:
            raise NotApplicable(f"buffers cannot be used in the parent: {error}") from error
        found = assert_works_in_child(lambda: _use(harness), "using buffers", advice=harness.advice)
    if found != expected:
        case, actual = "using buffers in a forked process", "other bytes"
        raise harness.violated(case, "the bytes that they have in its parent", actual)


def _use(harness: PrototypeHarness) -> bytes:
    """Create and use buffers, and return a digest of their values."""
    buffer_class, nd_class = harness.prototype
    digest = hashlib.sha256()
    for size in (4000, 70_000):
        data, values = random_bytes(size), grid("i4", (size // 40, 10))
        buffer = buffer_class.from_bytes(data)
        joined = buffer + buffer_class.create_zero_length()
        nd = nd_class.from_numpy_array(values)
        target = nd_class.create(shape=values.shape, dtype="i4", fill_value=7)
        target[1:] = nd[1:].copy()
        with suppress(AttributeError):  # zarr.buffer.gpu raises it: another check's
            target.all_equal(7)
        digest.update(joined[1:].as_numpy_array().tobytes())
        digest.update(target.astype("f8").transpose((1, 0)).as_numpy_array().tobytes())
    return digest.digest()
