"""Checks of which memory is shared and freed, and that ordinary use warns of nothing."""

from __future__ import annotations

import gc
import warnings
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
import zarr.buffer.cpu
from zarr.abc.buffer import NDBuffer

from zarr_devbuf.checks._inputs import SIZES, grid, random_bytes
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy.typing as npt


_DEPRECATIONS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)


@prototype_check(
    source="ours",
    severity="stored wrong",
    advice="Copy when the method is called, and share no memory with the host.",
    device_only=True,
)
def check_host_copies(harness: PrototypeHarness) -> None:
    """A transfer makes a copy: writing to host memory later does not change the device's.

    Neither does writing to device memory change what was read before. A buffer that copies its
    bytes only when they are first used, or that reads memory which both sides share, gives later
    values of the caller's to other readers. On the host, it is right to share memory. Buffers may
    be small or of several MiB. Source: this project. Zarr's ABC says that `from_bytes` creates "a
    new buffer", and `as_numpy_array` returns the bytes.
    """
    for data, values in (
        (bytes(range(1, 60)), grid("f4")),
        (random_bytes(SIZES[3]), grid("f4", (127, 130))),
        (random_bytes(SIZES[-1]), grid("f4", (513, 515))),
    ):
        _assert_copies(harness, data, values)


def _assert_copies(harness: PrototypeHarness, data: bytes, values: npt.NDArray[Any]) -> None:
    cls = harness.buffer_class
    with unrecorded_transfers():
        host_bytes = np.frombuffer(bytearray(data * 2), dtype="B")
        one, two = host_bytes[: len(data)], host_bytes[len(data) :]
        from_bytes = cls.from_bytes(memoryview(one))
        from_buffer = cls.from_buffer(zarr.buffer.cpu.Buffer(two))
        host_bytes[...] = 0xEE
        for name, buffer in (("from_bytes", from_bytes), ("from_buffer", from_buffer)):
            harness.assert_buffer(
                buffer, data, f"{name}({len(data)} bytes), then the host's bytes written to"
            )
        for order in ("C", "F"):
            host_array = np.array(values, order=order)
            nd = harness.nd_class.from_numpy_array(host_array)
            host_array[...] = -1
            case = f"from_numpy_array({order} order), then the host's array written to"
            harness.assert_nd_buffer(nd, values, case)
        buffer, nd = harness.buffer(data), harness.nd_buffer(values)
        device_bytes: Any = buffer.as_array_like()
        read = (
            ("buffer.as_numpy_array()", buffer.as_numpy_array(), np.frombuffer(data, "B")),
            ("buffer.as_buffer_like()", buffer.as_buffer_like(), np.frombuffer(data, "B")),
            ("nd_buffer.as_numpy_array()", nd.as_numpy_array(), values),
        )
        nd[...] = -1
        device_bytes[...] = 0xEE
        for name, found, expected in read:
            case = f"{name}, then the device's memory written to"
            harness.assert_host_array(np.asarray(found), expected, case)


@prototype_check(
    source="ours",
    severity="stored wrong",
    advice="Finish the work before the method returns, or queue it before all later work.",
)
def check_results_are_final(harness: PrototypeHarness) -> None:
    """The memory of a new buffer has its values when the method returns, and keeps them.

    Nothing reads the result before its source is overwritten: a buffer that is filled lazily, by a
    thread or on first use, then has other values. Zarr reuses and overwrites sources: of `copy`,
    `astype`, `combine`, indexing by arrays, and of values that are assigned. Source: this project;
    NumPy's and CuPy's functions return what is done, or ordered before all later work.
    """
    for data, values in (
        (b"some bytes", grid("i4")),
        (random_bytes(SIZES[3]), grid("i4", (131, 127))),
        (random_bytes(SIZES[6]), grid("i4", (515, 513))),
    ):
        for name, source, result, expected in _results(harness, data, values):
            case = f"{name} of {values.nbytes} or {len(data)} bytes, then the source overwritten"
            with harness.calling(case):
                source.as_array()[...] = 0xEE
                found = result()
            harness.assert_array(found, expected, case)


@final
@dataclass(frozen=True, slots=True)
class _Source:
    """A buffer that is overwritten later."""

    buffer: Any

    def as_array(self) -> Any:
        if isinstance(self.buffer, NDBuffer):
            return self.buffer.as_ndarray_like()
        return self.buffer.as_array_like()


def _results(
    harness: PrototypeHarness, data: bytes, values: npt.NDArray[Any]
) -> Iterator[tuple[str, _Source, Callable[[], Any], Any]]:
    """Yield an operation, its source, what gives the array of the result, and its values."""
    flat = np.frombuffer(data, "B")
    buffer_class = harness.buffer_class
    combinations: tuple[tuple[str, Callable[[Any], Any], Any], ...] = (
        ("combine([])", lambda one: one.combine([]), flat),
        ("combine([itself])", lambda one: one.combine([one]), np.tile(flat, 2)),
        ("buffer + host buffer", lambda one: one + zarr.buffer.cpu.Buffer(flat), np.tile(flat, 2)),
    )
    for name, combine, joined in combinations:
        source = harness.buffer(data)
        with unrecorded_transfers():
            combined = combine(source)
        yield name, _Source(source), combined.as_array_like, joined
    rows = np.arange(len(values))[::-1]
    operations: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("copy()", lambda nd: nd.copy()),
        ("[:, ::2].copy()", lambda nd: nd[:, ::2].copy()),
        ("astype('i4')", lambda nd: nd.astype("i4")),
        ("astype('f8', 'F')", lambda nd: nd.astype("f8", "F")),
        ("[index array]", lambda nd: nd[rows]),
        ("a transposed one, reshaped", lambda nd: nd.transpose((1, 0)).reshape((values.size,))),
    )
    for name, operation in operations:
        nd = harness.nd_buffer(values)
        with unrecorded_transfers():
            made = operation(nd)
            expected = operation(zarr.buffer.cpu.NDBuffer(values)).as_numpy_array().copy()
        yield name, _Source(nd), made.as_ndarray_like, expected
    assigned, target = harness.nd_buffer(values), harness.nd_buffer(np.zeros_like(values))
    target[...] = assigned
    yield "nd_buffer[...] = NDBuffer", _Source(assigned), target.as_ndarray_like, values
    piece = harness.buffer(bytes(len(data)))
    array: Any = harness.array(flat)
    piece[:] = array
    yield "buffer[:] = array", _Source(buffer_class(array)), piece.as_array_like, flat


@prototype_check(
    source="ours",
    severity="leaks",
    advice="Keep no reference to buffers in the class or the module, or limit the cache; "
    "`gc.get_referrers` shows what refers to them.",
)
def check_frees_memory(harness: PrototypeHarness) -> None:
    """Memory is freed if nothing uses it any more: no class keeps all buffers that it has seen.

    With a cache without a limit, an undo list or a default argument that grows, device memory runs
    out. The check creates and drops many buffers of each kind; most of them must be freed. A pool,
    or a cache of a few, may keep some. Source: this project.
    """
    rounds = 24
    created: dict[str, list[weakref.ref[Any]]] = {}
    with unrecorded_transfers():
        for number in range(rounds):
            for method, results in _create_and_use(harness, number):
                for result in results:
                    # Some arrays have no weak references; their buffers do.
                    with suppress(TypeError):
                        created.setdefault(method, []).append(weakref.ref(result))
    if any(_alive(references) > rounds // 2 for references in created.values()):
        gc.collect()  # what is only in a cycle is not kept
    for method, references in created.items():
        if (alive := _alive(references)) > rounds // 2:
            case = f"{rounds} rounds of buffers, created by {method}, used and dropped"
            actual = f"{alive} of {len(references)} buffers and arrays still exist"
            raise harness.violated(case, "most of their memory is freed", actual)


@prototype_check(
    source="ours",
    severity="wasteful",
    advice="Warn only of what the caller should change, such as an array in host memory.",
)
def check_warnings(harness: PrototypeHarness) -> None:
    """Buffers of the memory's own arrays are created and used without a warning.

    Zarr's pipelines make a buffer for every chunk, and test suites turn warnings into errors.
    Deprecations, which are the libraries', are left out. Source: this project; zarr.buffer.gpu
    warns of arrays that it has to copy through the host, and of no others.
    """
    with warnings.catch_warnings(record=True) as caught, unrecorded_transfers():
        warnings.simplefilter("always")
        one, nd = harness.buffer(bytes(40)), harness.nd_buffer(grid("f8"))
        _ = one[1:20] + harness.buffer_class.from_buffer(one), one.to_bytes()
        made = harness.nd_class.create(shape=(3, 4), dtype="f8", fill_value=1.5)
        made[1:] = nd[1:]
        made.fill(3.5)
        _ = nd.copy(), nd.astype("f4"), nd.reshape((12,)), nd.transpose((1, 0)), nd.as_numpy_array()
    found = [each for each in caught if not issubclass(each.category, _DEPRECATIONS)]
    if found:
        actual = f"{found[0].category.__name__}: {found[0].message}"
        raise harness.violated("creating and using buffers", "no warning", actual)


def _create_and_use(harness: PrototypeHarness, number: int) -> Iterable[tuple[str, list[Any]]]:
    """Return what each method creates, after it was used."""
    buffer_class, nd_class = harness.prototype
    data, host = bytes([number]) * (40 + number), np.full((3, number + 1), number + 0.5)
    array = harness.array(host)
    one = buffer_class.from_bytes(data)
    two = buffer_class.from_buffer(zarr.buffer.cpu.Buffer.from_bytes(data))
    nd = nd_class.from_ndarray_like(array)
    made = nd_class.create(shape=host.shape, dtype="f8", fill_value=number + 0.5)
    created: list[tuple[str, list[Any]]] = [
        ("from_bytes", [one]),
        ("from_buffer", [two]),
        ("buffer[…]", [one[1:20], one[1:20].as_array_like()]),
        ("combine", [one + two, (one + two).as_array_like()]),
        ("from_ndarray_like", [nd, array]),
        ("from_numpy_array", [nd_class.from_numpy_array(host), host]),
        ("create", [made, made.as_ndarray_like()]),
        ("empty", [nd_class.empty(host.shape, "f8")]),
    ]
    _ = one == two, one.to_bytes(), len(one)
    for method, part in (
        ("copy", nd.copy()),
        ("astype", nd.astype("f4")),
        ("reshape", nd.reshape((host.size,))),
        ("transpose", nd.transpose((1, 0))),
        ("nd_buffer[…]", nd[1:]),
    ):
        created.append((method, [part, part.as_ndarray_like()]))
    made[...] = nd
    made.fill(number)
    with suppress(Exception):  # another check reports it
        made.all_equal(number)
    created.append(("as_numpy_array", [made.as_numpy_array()]))
    created.append(("as_ndarray_like", [nd.as_ndarray_like()]))
    return created


def _alive(references: Iterable[weakref.ref[Any]]) -> int:
    return sum(reference() is not None for reference in references)
