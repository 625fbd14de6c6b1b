"""Checks of which memory is shared, and that unused memory is freed."""

from __future__ import annotations

import gc
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.buffer.cpu

from zarr_devbuf.checks.prototype.harness import PrototypeHarness, grid, prototype_check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Iterable


@prototype_check(
    advice="Copy when the method is called, and share no memory with the host.",
    device_only=True,
)
def check_host_copies(harness: PrototypeHarness) -> None:
    """A transfer makes a copy: writing to host memory later does not change the device's.

    Neither does writing to device memory change what was read before. A buffer that copies its
    bytes only when they are first used, or that reads memory which both sides share, gives later
    values of the caller's to other readers. On the host, it is right to share memory.
    """
    data, values = bytes(range(1, 60)), grid("f4")
    cls = harness.buffer_class
    with unrecorded_transfers():
        host_bytes = np.frombuffer(bytearray(data * 2), dtype="B")
        one, two = host_bytes[: len(data)], host_bytes[len(data) :]
        from_bytes = cls.from_bytes(memoryview(one))
        from_buffer = cls.from_buffer(zarr.buffer.cpu.Buffer(two))
        host_bytes[...] = 0xEE
        for name, buffer in (("from_bytes", from_bytes), ("from_buffer", from_buffer)):
            harness.assert_buffer(buffer, data, f"{name}(…), then the host's bytes written to")
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
    advice="Keep no reference to buffers in the class or the module, or limit the cache; "
    "`gc.get_referrers` shows what refers to them."
)
def check_frees_memory(harness: PrototypeHarness) -> None:
    """Memory is freed if nothing uses it any more: no class keeps all buffers that it has seen.

    With a cache without a limit, an undo list or a default argument that grows, device memory runs
    out. The check creates and drops many buffers of each kind; most of them must be freed. A pool,
    or a cache of a few, may keep some.
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
