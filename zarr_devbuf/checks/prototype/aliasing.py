"""Checks of whose memory is whose: copies that have crossed, and memory that nobody uses any more."""

from __future__ import annotations

import gc
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.buffer.cpu

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.prototype.harness import (
    buffer_of,
    expect_buffer,
    expect_nd_buffer,
    expect_same,
    grid,
    nd_buffer_of,
    on_device,
    require_device,
)
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend


@check("prototype")
def check_host_copies(prototype: BufferPrototype, backend: Backend) -> None:
    """What has crossed is a copy: host memory that is changed afterwards leaves the device's alone.

    And the device's, changed afterwards, leaves alone what was read. A buffer that moves its bytes
    only when they are first used, or that reads memory which both sides share, hands the caller's
    later values to whoever looks next. On the host, to share memory is right.
    """
    require_device(backend)
    buffer_class, nd_class = prototype
    data, values = bytes(range(1, 60)), grid("f4")
    with unrecorded_transfers():
        makers: tuple[tuple[str, Callable[[Any], Any]], ...] = (
            ("from_bytes(bytearray)", lambda host: buffer_class.from_bytes(memoryview(host))),
            (
                "from_buffer(host buffer)",
                lambda host: buffer_class.from_buffer(zarr.buffer.cpu.Buffer(host)),
            ),
        )
        for name, make in makers:
            host_bytes = np.frombuffer(bytearray(data), dtype="B")
            buffer = make(host_bytes)
            host_bytes[...] = 0xEE
            case = f"{name}, and the host's bytes changed afterwards"
            expect_buffer(buffer, prototype, backend, data, case=case)
        for order in "CF":
            host_array = np.array(values, order=order)  # type: ignore[call-overload]
            nd = nd_class.from_numpy_array(host_array)
            host_array[...] = -1
            case = f"from_numpy_array(in {order} order), and the host's array changed afterwards"
            expect_nd_buffer(nd, prototype, backend, values, case=case)
        advice = "copy the bytes to the host when they are asked for, and share no memory with it"
        buffer = buffer_of(prototype, backend, data)
        nd = nd_buffer_of(prototype, backend, values)
        bytes_array: Any = buffer.as_array_like()
        read: dict[str, Any] = {
            "buffer.as_numpy_array()": (buffer.as_numpy_array(), np.frombuffer(data, "B")),
            "buffer.as_buffer_like()": (buffer.as_buffer_like(), np.frombuffer(data, "B")),
            "nd_buffer.as_numpy_array()": (nd.as_numpy_array(), values),
        }
        nd[...] = -1
        bytes_array[...] = 0xEE
        for name, (found, due) in read.items():
            came = found if isinstance(found, np.ndarray) else np.frombuffer(found, "B")
            case = f"{name}, and the device's memory changed afterwards"
            expect_same(came, due, case=case, advice=advice)


@check("prototype")
def check_frees_memory(prototype: BufferPrototype, backend: Backend) -> None:
    """Memory that nobody uses any more is given back: no class keeps all that it has seen.

    A cache without a bound, a list of what is to be undone, a default argument that grows: device
    memory runs out. Many buffers of each kind are made and dropped; most of them must go. A pool,
    or a cache of a few, may keep some.
    """
    buffer_class, nd_class = prototype
    rounds = 24
    alive: dict[str, list[weakref.ref[Any]]] = {}

    def note(name: str, *made: Any) -> Any:
        for each in made:
            # Others' arrays may not take weak references; their buffers do.
            with suppress(TypeError):
                alive.setdefault(name, []).append(weakref.ref(each))
        return made[0]

    def live(number: int) -> None:
        data, host = bytes([number]) * (40 + number), np.full((3, number + 1), number + 0.5)
        array = on_device(backend, host)
        one = note("from_bytes", buffer_class.from_bytes(data))
        two = note("from_buffer", buffer_class.from_buffer(zarr.buffer.cpu.Buffer.from_bytes(data)))
        note("buffer[…]", one[1:20], one[1:20].as_array_like())
        note("combine", one + two, (one + two).as_array_like())
        _ = one == two, one.to_bytes(), len(one)
        nd = note("from_ndarray_like", nd_class.from_ndarray_like(array), array)
        note("from_numpy_array", nd_class.from_numpy_array(host), host)
        made = nd_class.create(shape=host.shape, dtype="f8", fill_value=number + 0.5)
        note("create", made, made.as_ndarray_like())
        note("empty", nd_class.empty(host.shape, "f8"))
        for name, part in (
            ("copy", nd.copy()),
            ("astype", nd.astype("f4")),
            ("reshape", nd.reshape((host.size,))),
            ("transpose", nd.transpose((1, 0))),
            ("nd_buffer[…]", nd[1:]),
        ):
            note(name, part, part.as_ndarray_like())
        made[...] = nd
        made.fill(number)
        with suppress(Exception):  # whether it works is another check's business
            made.all_equal(number)
        note("as_numpy_array", made.as_numpy_array())
        note("as_ndarray_like", nd.as_ndarray_like())

    with unrecorded_transfers():
        for number in range(rounds):
            live(number)
    if any(_count(references) > rounds // 2 for references in alive.values()):
        gc.collect()  # what is merely in a cycle is not kept
    for name, references in alive.items():
        count = _count(references)
        if count > rounds // 2:
            raise violated(
                case=f"{rounds} rounds of buffers, made by {name}, used and dropped",
                expected="most of their memory is given back",
                actual=f"{count} of {len(references)} buffers and arrays are still there",
                advice="keep no reference to buffers in the class or the module, or bound the "
                "cache; `gc.get_referrers` shows who holds them",
            )


def _count(references: Iterable[weakref.ref[Any]]) -> int:
    return sum(reference() is not None for reference in references)
