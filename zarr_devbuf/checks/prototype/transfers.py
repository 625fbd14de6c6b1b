"""Checks of where memory is: what crosses between host and device, and what must not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.buffer.cpu

from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.checks.prototype.harness import (
    buffer_of,
    expect_buffer,
    expect_nd_buffer,
    grid,
    nd_buffer_of,
    require_device,
)
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import record_transfers, unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.transfers import TransferLog


# What an answer of one number may cost, by the device's own account.
_ANSWER = 64


@check("prototype")
def check_stays_on_device(prototype: BufferPrototype, backend: Backend) -> None:
    """What can be done on the device is done there: no bytes go to the host or come from it.

    Creating, filling, slicing, joining, reshaping, converting, copying, assigning, in every order
    and layout. `all_equal` and `==` may bring back their answer, not the data.
    """
    require_device(backend)
    buffer_class, nd_class = prototype
    one, two = (buffer_of(prototype, backend, bytes(5000)) for _ in range(2))
    nd = nd_buffer_of(prototype, backend, np.ones((40, 50)))
    row = nd_buffer_of(prototype, backend, np.ones((1, 50)))
    other = nd_buffer_of(prototype, backend, np.zeros((40, 50))).as_ndarray_like()
    free: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("Buffer.create_zero_length()", buffer_class.create_zero_length),
        ("Buffer.from_buffer(buffer of the device)", lambda: buffer_class.from_buffer(one)),
        ("buffer[10:4000]", lambda: one[10:4000]),
        ("len(buffer)", lambda: len(one)),
        ("buffer.as_array_like()", one.as_array_like),
        ("buffer + buffer", lambda: one + two),
        ("empty buffer + buffer", lambda: buffer_class.create_zero_length() + two),
        ("buffer.combine([])", lambda: one.combine([])),
        ("buffer.combine([buffer, buffer])", lambda: one.combine([two, one])),
        ("buffer[0:9] = 1", lambda: one.__setitem__(slice(0, 9), 1)),
        (
            "buffer[0:2500] = array of the device",
            lambda: one.__setitem__(slice(0, 2500), two.as_array_like()[0:2500]),
        ),
        ("NDBuffer.create()", lambda: nd_class.create(shape=(40, 50), dtype="f8")),
        (
            "NDBuffer.create(fill_value=0)",
            lambda: nd_class.create(shape=(40, 50), dtype="f8", fill_value=0),
        ),
        (
            "NDBuffer.create(fill_value=1.5)",
            lambda: nd_class.create(shape=(40, 50), dtype="f8", fill_value=1.5),
        ),
        (
            "NDBuffer.create(order='F', fill_value=-0.0)",
            lambda: nd_class.create(shape=(40, 50), dtype="f8", order="F", fill_value=-0.0),
        ),
        (
            "NDBuffer.create(fill_value=nan)",
            lambda: nd_class.create(shape=(40, 50), dtype="f8", fill_value=float("nan")),
        ),
        ("NDBuffer.empty()", lambda: nd_class.empty((40, 50), "f8")),
        ("NDBuffer.empty(order='F')", lambda: nd_class.empty((40, 50), "f8", "F")),
        (
            "NDBuffer.from_ndarray_like(array of the device)",
            lambda: nd_class.from_ndarray_like(nd.as_ndarray_like()),
        ),
        ("nd_buffer[2:30, ::3]", lambda: nd[2:30, ::3]),
        ("nd_buffer[3]", lambda: nd[3]),
        ("nd_buffer[::-1, ..., None]", lambda: nd[::-1, ..., None]),
        ("nd_buffer[...] = array of the device", lambda: nd.__setitem__(..., other)),
        ("nd_buffer[...] = NDBuffer", lambda: nd.__setitem__(..., row)),
        ("nd_buffer[1:3] = 2.5", lambda: nd.__setitem__(slice(1, 3), 2.5)),
        ("nd_buffer.fill(3.5)", lambda: nd.fill(3.5)),
        ("nd_buffer.fill(-0.0)", lambda: nd.fill(-0.0)),
        ("nd_buffer.copy()", nd.copy),
        ("nd_buffer[::2, ::3].copy()", nd[::2, ::3].copy),
        ("nd_buffer.astype('f4')", lambda: nd.astype("f4")),
        ("nd_buffer.astype('f4', 'F')", lambda: nd.astype("f4", "F")),
        ("nd_buffer.astype('f8', 'C')", lambda: nd.astype("f8", "C")),
        ("nd_buffer.astype('c16', 'A')", lambda: nd.astype("c16", "A")),
        ("nd_buffer.astype('i4')", lambda: nd.astype("i4")),
        ("nd_buffer.astype('?')", lambda: nd.astype("?")),
        ("nd_buffer.reshape((2000,))", lambda: nd.reshape((2000,))),
        ("nd_buffer, transposed, .reshape((2000,))", lambda: nd.transpose((1, 0)).reshape((2000,))),
        ("nd_buffer[::2, ::3].reshape((340,))", lambda: nd[::2, ::3].reshape((340,))),
        ("nd_buffer.squeeze(())", lambda: nd.squeeze(())),
        ("nd_buffer[:1].squeeze((0,))", lambda: nd[:1].squeeze((0,))),
        ("nd_buffer.transpose((1, 0))", lambda: nd.transpose((1, 0))),
        ("nd_buffer.shape", lambda: (nd.shape, nd.dtype, nd.byteorder, len(nd))),
    )
    answers: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("buffer == buffer", lambda: two == buffer_class.from_buffer(two)),
        ("buffer == another", lambda: one == two),
        ("nd_buffer.all_equal(1.5)", lambda: nd.all_equal(1.5)),
        ("nd_buffer.all_equal(-0.0)", lambda: nd.all_equal(-0.0)),
        ("nd_buffer.all_equal(nan)", lambda: nd.all_equal(float("nan"))),
        ("nd_buffer.all_equal(None)", lambda: nd.all_equal(None)),
        ("nd_buffer.all_equal(0)", lambda: nd.all_equal(0)),
        ("nd_buffer[::2, ::3].all_equal(0.0)", lambda: nd[::2, ::3].all_equal(0.0)),
    )
    for name, operation in free:
        with during(name), measured(name) as log:
            operation()
        _expect_nothing(log, name, 0)
    for name, operation in answers:
        with during(name), record_transfers() as log:
            operation()
        _expect_nothing(log, name, _ANSWER)


@check("prototype")
def check_one_transfer(prototype: BufferPrototype, backend: Backend) -> None:
    """What has to cross between host and device crosses once, and in the right direction.

    `from_bytes`, `from_numpy_array` and `from_buffer` of a host buffer to the device; `to_bytes`,
    `as_buffer_like`, `as_numpy_array` and `as_scalar` from it; no more bytes than there are.
    """
    require_device(backend)
    buffer_class, nd_class = prototype
    data = bytes(5000)
    host_array = np.ones((40, 50))
    host_buffer = zarr.buffer.cpu.Buffer.from_bytes(data)
    buffer = buffer_of(prototype, backend, data)
    nd = nd_buffer_of(prototype, backend, host_array)
    turned = nd_class.from_ndarray_like(nd.as_ndarray_like().transpose(None))
    moves: tuple[tuple[str, str, int, Callable[[], Any]], ...] = (
        ("from_bytes(5000 bytes)", "h2d", 5000, lambda: buffer_class.from_bytes(data)),
        (
            "from_buffer(host buffer of 5000 bytes)",
            "h2d",
            5000,
            lambda: buffer_class.from_buffer(host_buffer),
        ),
        (
            "buffer.combine([host buffer of 5000 bytes])",
            "h2d",
            5000,
            lambda: buffer.combine([host_buffer]),
        ),
        (
            "from_numpy_array(16000 bytes)",
            "h2d",
            16000,
            lambda: nd_class.from_numpy_array(host_array),
        ),
        (
            "from_numpy_array(16000 bytes in F order)",
            "h2d",
            16000,
            lambda: nd_class.from_numpy_array(np.asfortranarray(host_array)),
        ),
        ("buffer.to_bytes()", "d2h", 5000, buffer.to_bytes),
        ("buffer.as_buffer_like()", "d2h", 5000, buffer.as_buffer_like),
        ("buffer.as_numpy_array()", "d2h", 5000, buffer.as_numpy_array),
        ("buffer[10:20].to_bytes()", "d2h", 10, buffer[10:20].to_bytes),
        ("nd_buffer.as_numpy_array()", "d2h", 16000, nd.as_numpy_array),
        ("nd_buffer.as_numpy_array(), transposed", "d2h", 16000, turned.as_numpy_array),
        ("nd_buffer[3:5].as_numpy_array()", "d2h", 800, nd[3:5].as_numpy_array),
        ("nd_buffer[::2, ::5].as_numpy_array()", "d2h", 1600, nd[::2, ::5].as_numpy_array),
        ("nd_buffer[3, 4].as_scalar()", "d2h", 8, nd[3, 4].as_scalar),
    )
    for name, direction, nbytes, operation in moves:
        with during(name), record_transfers() as log:
            operation()
        found = [(each.direction, each.nbytes) for each in log]
        if found != [(direction, nbytes)]:
            raise violated(
                case=name,
                expected=f"one {direction} transfer of {nbytes:,} bytes",
                actual=", ".join(f"{way} of {size:,} bytes" for way, size in found) or "none",
                advice="move the bytes once, straight to where they are due",
                transfers=log,
            )


@check("prototype")
def check_host_arrays(prototype: BufferPrototype, backend: Backend) -> None:
    """A buffer of a device never holds host memory: it moves a host array, or refuses it.

    A refusal is a `TypeError` or `ValueError`. A buffer of the right class that holds host memory
    passes every check by class, and fails far away, or silently computes on the host. The same
    goes for assigning a host array to a part: the values arrive, or it is refused.
    """
    require_device(backend)
    data = np.frombuffer(b"hello", dtype="B")
    values = grid("f4")
    # What is moved here is the check's doing.
    with unrecorded_transfers():
        for name, make in (
            ("Buffer(host array)", partial(prototype.buffer, data)),
            ("Buffer.from_array_like(host array)", partial(prototype.buffer.from_array_like, data)),
        ):
            made = _unless_refused(make, name)
            if made is not None:
                expect_buffer(made, prototype, backend, b"hello", case=name)
        for name, make_nd in (
            ("NDBuffer(host array)", partial(prototype.nd_buffer, values)),
            (
                "NDBuffer.from_ndarray_like(host array)",
                partial(prototype.nd_buffer.from_ndarray_like, values),
            ),
        ):
            made = _unless_refused(make_nd, name)
            if made is not None:
                expect_nd_buffer(made, prototype, backend, values, case=name)
        nd = nd_buffer_of(prototype, backend, np.zeros((3, 4), "f4"))
        name = "nd_buffer[...] = host array"
        refused = _unless_refused(lambda: (nd.__setitem__(..., values), nd)[1], name) is None
        expected = np.zeros((3, 4), "f4") if refused else values
        expect_nd_buffer(nd, prototype, backend, expected, case=name)


def _unless_refused(make: Callable[[], Any], name: str) -> Any:
    with during(name):
        try:
            return make()
        except (TypeError, ValueError):
            return None


def _expect_nothing(log: TransferLog, name: str, granted: int) -> None:
    if any(each.nbytes > granted for each in log):
        raise violated(
            case=name,
            expected="no transfer" + (f" of more than {granted} bytes" if granted else ""),
            actual=f"{len(log)}, of {log.nbytes:,} bytes together",
            advice="do it with the device's own array library, on the arrays of both sides",
            transfers=log,
        )
