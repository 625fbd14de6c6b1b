"""Checks of which operations transfer bytes between host and device, and how many."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr.buffer.cpu

from zarr_devbuf.checks._inputs import SIZES, grid, random_bytes
from zarr_devbuf.checks.errors import during
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check
from zarr_devbuf.transfers import explicit_transfers, record_transfers, unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.transfers import TransferLog

    type _Operations = tuple[tuple[str, Callable[[], Any]], ...]
    type _Sized = tuple[tuple[str, int, Callable[[], Any]], ...]

# Bytes that an answer of one number may transfer.
_ANSWER = 64


@prototype_check(
    source="ours",
    severity="wasteful",
    advice="Compute with the device's own array library, on the arrays of both operands.",
    device_only=True,
)
def check_stays_on_device(harness: PrototypeHarness) -> None:
    """What can be done on the device is done there: no bytes are copied from or to the host.

    This holds for creating, filling, slicing, combining, reshaping, converting, copying and
    assigning, in every order and layout, of small buffers and of several MiB. Source: zarr's
    user guide on GPUs; this project asks for it of every operation.
    """
    buffer_class, nd_class = harness.prototype
    one, two = harness.buffer(bytes(5000)), harness.buffer(bytes(5000))
    nd, row = harness.nd_buffer(np.ones((40, 50))), harness.nd_buffer(np.ones((1, 50)))
    array, other = two.as_array_like(), harness.array(np.zeros((40, 50)))
    create = partial(nd_class.create, shape=(40, 50), dtype="f8")
    free: _Operations = (
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
        ("buffer[0:2500] = array", lambda: one.__setitem__(slice(0, 2500), array[0:2500])),
        ("NDBuffer.create()", create),
        ("NDBuffer.create(fill_value=0)", lambda: create(fill_value=0)),
        ("NDBuffer.create(fill_value=1.5)", lambda: create(fill_value=1.5)),
        ("NDBuffer.create('F', fill_value=-0.0)", lambda: create(order="F", fill_value=-0.0)),
        ("NDBuffer.create(fill_value=nan)", lambda: create(fill_value=float("nan"))),
        ("NDBuffer.empty()", lambda: nd_class.empty((40, 50), "f8")),
        ("NDBuffer.empty(order='F')", lambda: nd_class.empty((40, 50), "f8", "F")),
        ("NDBuffer.from_ndarray_like(array)", lambda: nd_class.from_ndarray_like(other)),
        ("nd_buffer[2:30, ::3]", lambda: nd[2:30, ::3]),
        ("nd_buffer[3]", lambda: nd[3]),
        ("nd_buffer[::-1, ..., None]", lambda: nd[::-1, ..., None]),
        ("nd_buffer[...] = array", lambda: nd.__setitem__(..., other)),
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
        ("nd_buffer.transpose(…).reshape(…)", lambda: nd.transpose((1, 0)).reshape((2000,))),
        ("nd_buffer[::2, ::3].reshape((340,))", lambda: nd[::2, ::3].reshape((340,))),
        ("nd_buffer.squeeze(())", lambda: nd.squeeze(())),
        ("nd_buffer[:1].squeeze((0,))", lambda: nd[:1].squeeze((0,))),
        ("nd_buffer.transpose((1, 0))", lambda: nd.transpose((1, 0))),
        ("attributes of nd_buffer", lambda: (nd.shape, nd.dtype, nd.byteorder, len(nd))),
    )
    for name, operation in free:
        with during(name) as case, measured(name) as log:
            operation()
        _assert_no_transfer(harness, log, case)
    for name, operation in _large_operations(harness):
        with during(name) as case, measured(name) as log:
            operation()
        _assert_no_transfer(harness, log, case)
    # CuPy uploads addresses and sizes of more than eight parts, a few bytes for each.
    parts = [harness.buffer(bytes(4096)) for _ in range(70)]
    with (
        during("combining 71 buffers of 4,096 bytes") as case,
        explicit_transfers(),  # so that they do not count as the subject's
        record_transfers() as log,
    ):
        one.combine(parts)
    _assert_no_transfer(harness, log, case, granted=70 * _ANSWER)


def _large_operations(harness: PrototypeHarness) -> _Operations:
    """Return operations on more memory than a staging area has."""
    buffer_class, nd_class = harness.prototype
    one = harness.buffer(random_bytes(SIZES[-1]))
    values = grid("i4", (513, 1023))
    nd, array = harness.nd_buffer(values), harness.array(values)
    shape = values.shape
    create = partial(nd_class.create, shape=shape, dtype="f8")
    return (
        ("Buffer.from_buffer(several MiB)", lambda: buffer_class.from_buffer(one)),
        ("buffer[3:-3], of several MiB", lambda: one[3:-3]),
        ("buffer + buffer, of several MiB", lambda: one + one[5:]),
        ("buffer[1:-1] = array, of several MiB", lambda: one.__setitem__(slice(1, -1), 3)),
        ("NDBuffer.create(2 MiB)", lambda: create(fill_value=0)),
        ("NDBuffer.create(2 MiB, fill_value=1.5)", lambda: create(fill_value=1.5, order="F")),
        ("NDBuffer.from_ndarray_like(2 MiB)", lambda: nd_class.from_ndarray_like(array)),
        ("nd_buffer[1:, ::2] of 2 MiB", lambda: nd[1:, ::2]),
        ("nd_buffer[...] = array of 2 MiB", lambda: nd.__setitem__(..., array)),
        ("nd_buffer[::2] = NDBuffer of 1 MiB", lambda: nd.__setitem__(slice(0, 256), nd[256:512])),
        ("nd_buffer.fill(7) of 2 MiB", lambda: nd.copy().fill(7)),
        ("nd_buffer.copy() of 2 MiB", nd.copy),
        ("nd_buffer.astype('f8') of 2 MiB", lambda: nd.astype("f8", "F")),
        ("transposed, reshaped, of 2 MiB", lambda: nd.transpose((1, 0)).reshape((values.size,))),
    )


@prototype_check(
    source="ours",
    severity="wasteful",
    advice="Compare on the device, and transfer the answer, not the data.",
    device_only=True,
)
def check_answers_on_device(harness: PrototypeHarness) -> None:
    """`==` of buffers and `all_equal` transfer their answer at most, not the data.

    Zarr asks `all_equal` of every chunk that it writes. Source: this project. Zarr's ABC compares
    buffers on the host, and says that a class "can override this to choose a more efficient path".
    """
    one, two = harness.buffer(bytes(5000)), harness.buffer(bytes(5000))
    large, nd = harness.buffer(random_bytes(SIZES[-1])), harness.nd_buffer(np.ones((40, 50)))
    many = harness.nd_buffer(np.full((513, 1023), 7, "i4"))
    answers: _Operations = (
        ("buffer == buffer", lambda: two == two[:]),
        ("buffer == another", lambda: one == two),
        ("buffer == buffer, of several MiB", lambda: large == large[:]),
        ("nd_buffer.all_equal(7) of 2 MiB", lambda: many.all_equal(7)),
        ("nd_buffer.all_equal(1.5)", lambda: nd.all_equal(1.5)),
        ("nd_buffer.all_equal(-0.0)", lambda: nd.all_equal(-0.0)),
        ("nd_buffer.all_equal(nan)", lambda: nd.all_equal(float("nan"))),
        ("nd_buffer.all_equal(None)", lambda: nd.all_equal(None)),
        ("nd_buffer.all_equal(0)", lambda: nd.all_equal(0)),
        ("nd_buffer[::2, ::3].all_equal(0.0)", lambda: nd[::2, ::3].all_equal(0.0)),
    )
    for name, operation in answers:
        with during(name) as case, record_transfers() as log:
            operation()
        _assert_no_transfer(harness, log, case, granted=_ANSWER)


@prototype_check(
    source="ours",
    severity="wasteful",
    advice="Copy the bytes once, in one piece, and only those that are asked for.",
    device_only=True,
)
def check_one_transfer(harness: PrototypeHarness) -> None:
    """What has to be copied between host and device is copied once, in the right direction.

    `from_bytes`, `from_numpy_array` and `from_buffer` of a host buffer copy to the device;
    `to_bytes`, `as_buffer_like`, `as_numpy_array` and `as_scalar` copy from it. They transfer no
    more bytes than there are, of buffers of several MiB, too. Source: this project.
    """
    buffer_class, nd_class = harness.prototype
    data, values = bytes(5000), np.ones((40, 50))
    host, f_ordered = zarr.buffer.cpu.Buffer.from_bytes(data), np.asfortranarray(values)
    buffer, nd = harness.buffer(data), harness.nd_buffer(values)
    transposed = nd_class.from_ndarray_like(harness.array(values).transpose())
    large, many = random_bytes(SIZES[-1]), grid("i4", (513, 1023))
    on_device, nd_many = harness.buffer(large), harness.nd_buffer(many)
    to_device: _Sized = (
        ("from_bytes(several MiB)", len(large), lambda: buffer_class.from_bytes(large)),
        ("from_numpy_array(2 MiB)", many.nbytes, lambda: nd_class.from_numpy_array(many)),
        ("from_bytes(5000 bytes)", 5000, lambda: buffer_class.from_bytes(data)),
        ("from_buffer(host buffer)", 5000, lambda: buffer_class.from_buffer(host)),
        ("buffer.combine([host buffer])", 5000, lambda: buffer.combine([host])),
        ("from_numpy_array(array)", 16000, lambda: nd_class.from_numpy_array(values)),
        ("from_numpy_array(F order)", 16000, lambda: nd_class.from_numpy_array(f_ordered)),
    )
    to_host: _Sized = (
        ("to_bytes() of several MiB", len(large), on_device.to_bytes),
        ("as_numpy_array() of 2 MiB", many.nbytes, nd_many.as_numpy_array),
        ("buffer.to_bytes()", 5000, buffer.to_bytes),
        ("buffer.as_buffer_like()", 5000, buffer.as_buffer_like),
        ("buffer.as_numpy_array()", 5000, buffer.as_numpy_array),
        ("buffer[10:20].to_bytes()", 10, buffer[10:20].to_bytes),
        ("nd_buffer.as_numpy_array()", 16000, nd.as_numpy_array),
        ("nd_buffer.as_numpy_array(), transposed", 16000, transposed.as_numpy_array),
        ("nd_buffer[3:5].as_numpy_array()", 800, nd[3:5].as_numpy_array),
        ("nd_buffer[::2, ::5].as_numpy_array()", 1600, nd[::2, ::5].as_numpy_array),
        ("nd_buffer[3, 4].as_scalar()", 8, nd[3, 4].as_scalar),
    )
    for direction, operations in (("h2d", to_device), ("d2h", to_host)):
        for name, nbytes, operation in operations:
            with during(name) as case, record_transfers() as log:
                operation()
            found = [(each.direction, each.nbytes) for each in log]
            if found != [(direction, nbytes)]:
                expected = f"one {direction} transfer of {nbytes:,} bytes"
                actual = ", ".join(f"{each} of {size:,} bytes" for each, size in found) or "none"
                raise harness.violated(case, expected, actual, log)


@prototype_check(
    source="ours",
    severity="wasteful",
    advice="Copy the host array to the device, or raise TypeError; do not keep it.",
    device_only=True,
)
def check_host_arrays(harness: PrototypeHarness) -> None:
    """A buffer of a device never holds host memory: it copies a host array, or rejects it.

    It rejects it by a `TypeError` or `ValueError`. A buffer of the right class that holds host
    memory passes every test by class, and fails far away, or silently computes on the host. The
    same goes for assigning a host array to a part: the values are copied, or it is rejected.
    Source: this project.
    """
    data, values = np.frombuffer(b"hello", dtype="B"), grid("f4")
    buffer_class: Any = harness.buffer_class
    nd_class: Any = harness.nd_class
    # What is transferred here is the check's doing.
    with unrecorded_transfers():
        for name, make in (("", buffer_class), (".from_array_like", buffer_class.from_array_like)):
            case = f"Buffer{name}(host array)"
            if (made := _unless_rejected(partial(make, data), case)) is not None:
                harness.assert_buffer(made, b"hello", case)
        for name, make in (("", nd_class), (".from_ndarray_like", nd_class.from_ndarray_like)):
            case = f"NDBuffer{name}(host array)"
            if (made := _unless_rejected(partial(make, values), case)) is not None:
                harness.assert_nd_buffer(made, values, case)
        nd, case = harness.nd_buffer(np.zeros((3, 4), "f4")), "nd_buffer[...] = host array"
        made = _unless_rejected(lambda: (nd.__setitem__(..., values), nd)[1], case)
        harness.assert_nd_buffer(nd, np.zeros((3, 4), "f4") if made is None else values, case)


def _unless_rejected(make: Callable[[], Any], case: str) -> Any:
    with during(case):
        try:
            return make()
        except (TypeError, ValueError):
            return None


def _assert_no_transfer(
    harness: PrototypeHarness, log: TransferLog, case: str, *, granted: int = 0
) -> None:
    if any(each.nbytes > granted for each in log):
        expected = "no transfer" + (f" of more than {granted} bytes" if granted else "")
        actual = f"{len(log)} transfers, {log.nbytes:,} bytes in total"
        raise harness.violated(case, expected, actual, log)
