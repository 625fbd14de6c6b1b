"""`TestBuffer` on any backend."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr.buffer.cpu

from tests.shared.memory import assert_held, shares_memory
from zarr_devbuf import get_backend, transfer_guard
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from zarr_devbuf import Backend

HELLO = np.frombuffer(b"hello", dtype="B")


def device_bytes(backend: Backend, data: bytes) -> Any:
    return backend.from_host(np.frombuffer(data, dtype="B"))


@pytest.mark.parametrize("source", [b"hello", bytearray(b"hello"), memoryview(b"hello")])
def test_from_bytes_accepts_the_buffer_protocol(backend: Backend, source: Any) -> None:
    buffer = backend.TestBuffer.from_bytes(source)
    assert_held(backend, buffer, HELLO)
    assert buffer.to_bytes() == b"hello"
    assert len(buffer) == 5


def test_zero_length(backend: Backend) -> None:
    for empty in (
        backend.TestBuffer.create_zero_length(),
        backend.TestBuffer.from_bytes(b""),
        backend.TestBuffer.from_bytes(b"abc")[3:],
        backend.TestBuffer.from_bytes(b"abc")[2:1],
    ):
        assert_held(backend, empty, np.array([], dtype="B"))
        assert empty.to_bytes() == b""
        assert_held(backend, empty + backend.TestBuffer.from_bytes(b"hello"), HELLO)


def test_from_array_like_shares_memory(backend: Backend) -> None:
    array = device_bytes(backend, bytes(10)).copy()
    buffer = backend.TestBuffer.from_array_like(array)
    assert shares_memory(buffer.as_array_like(), array)
    buffer[2:4] = 7
    assert backend.to_host(array).tolist() == [0, 0, 7, 7, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "key",
    [
        slice(None),
        slice(1, 3),
        slice(-2, None),
        slice(4, 99),
        slice(9, 99),
        slice(0, 3, 1),
        slice(np.int64(1), np.int64(3)),
    ],
    ids=repr,
)
def test_slices_share_memory(backend: Backend, key: slice) -> None:
    buffer = backend.TestBuffer.from_array_like(device_bytes(backend, b"hello").copy())
    part = buffer[key]
    assert_held(backend, part, HELLO[key])
    if len(part):
        assert shares_memory(part.as_array_like(), buffer.as_array_like())


def test_from_buffer_of_the_same_device_shares_memory_without_transfer(backend: Backend) -> None:
    buffer = backend.TestBuffer.from_bytes(b"hello")
    with record_transfers() as log:
        same = backend.TestBuffer.from_buffer(buffer)
    assert len(log) == 0
    assert shares_memory(same.as_array_like(), buffer.as_array_like())
    assert_held(backend, same, HELLO)


def test_from_buffer_of_the_host_copies_the_bytes(backend: Backend) -> None:
    host = zarr.buffer.cpu.Buffer.from_bytes(b"hello")
    assert_held(backend, backend.TestBuffer.from_buffer(host), HELLO)


def test_to_the_host_from_any_device(backend: Backend) -> None:
    buffer = backend.TestBuffer.from_bytes(b"hello")
    host = get_backend("cpu").TestBuffer.from_buffer(buffer)
    assert_held(get_backend("cpu"), host, HELLO)


@pytest.mark.parametrize("where", ["device", "host", "both"])
def test_combine(backend: Backend, where: str) -> None:
    device, host = backend.TestBuffer, zarr.buffer.cpu.Buffer
    second = (host if where == "host" else device).from_bytes(b", ")
    third = (device if where == "device" else host).from_bytes(b"world")
    first = device.from_bytes(b"hello")
    expected = np.frombuffer(b"hello, world", dtype="B")
    assert_held(backend, first.combine([second, third]), expected)
    assert_held(backend, first.combine(iter([second, third])), expected)
    assert_held(backend, first + second + third, expected)
    nothing: list[Any] = []
    assert_held(backend, first.combine(nothing), HELLO)
    assert not shares_memory(first.combine(nothing).as_array_like(), first.as_array_like())


def test_equality(backend: Backend) -> None:
    hello = backend.TestBuffer.from_bytes(b"hello")
    assert hello == backend.TestBuffer.from_bytes(b"hello")
    assert hello == zarr.buffer.cpu.Buffer.from_bytes(b"hello")
    assert hello != backend.TestBuffer.from_bytes(b"hellO")
    assert hello != backend.TestBuffer.from_bytes(b"hell")
    assert hello != zarr.buffer.cpu.Buffer.from_bytes(b"jello")
    assert hello != b"hello"
    assert backend.TestBuffer.create_zero_length() == backend.TestBuffer.from_bytes(b"")
    with pytest.raises(TypeError, match="unhashable"):
        hash(hello)


def test_setitem(backend: Backend) -> None:
    buffer = backend.TestBuffer.from_array_like(device_bytes(backend, b"hello").copy())
    buffer[0:1] = device_bytes(backend, b"J")
    buffer[4:] = backend.TestBuffer.from_bytes(b"y")
    buffer[2:4] = ord("l")
    assert buffer.to_bytes() == b"Jelly"


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda b: pickle.loads(pickle.dumps(b))]
)
def test_copies_and_pickles_keep_class_and_device(backend: Backend, duplicate: Any) -> None:
    buffer = backend.TestBuffer.from_bytes(b"hello")
    assert_held(backend, duplicate(buffer), HELLO)


def test_classes_pickle_by_name(backend: Backend) -> None:
    assert pickle.loads(pickle.dumps(backend.prototype)) == backend.prototype
    assert pickle.loads(pickle.dumps(backend)) is backend
    for cls in (*backend.prototype, backend.StoreExpectingTestBuffer, backend.TestNDArrayLike):
        assert pickle.loads(pickle.dumps(cls)) is cls


def test_subclasses_keep_the_class(backend: Backend) -> None:
    class Mine(backend.TestBuffer):  # type: ignore[name-defined,misc]
        pass

    mine = Mine.from_bytes(b"hello")
    for made in (
        mine,
        mine[1:],
        mine + mine,
        Mine.from_buffer(backend.TestBuffer.from_bytes(b"x")),
    ):
        assert type(made) is Mine
    assert Mine.backend is backend
    assert backend.TestBuffer is not Mine


def test_repr_makes_no_transfer(backend: Backend) -> None:
    buffer = backend.TestBuffer.from_bytes(b"hello")
    with record_transfers() as log:
        text = repr(buffer)
    assert len(log) == 0
    assert text == f"<zarr_devbuf.{backend.name}.TestBuffer of 5 bytes on {backend.name}>"


@pytest.mark.parametrize(
    ("shape", "dtype", "match"),
    [
        ((), "B", "only 1-dim allowed, got shape \\(\\)"),
        ((2, 2), "B", "only 1-dim allowed, got shape \\(2, 2\\)"),
        ((4,), "i1", "only byte dtype allowed, got int8"),
        ((4,), "f8", "only byte dtype allowed, got float64"),
        ((4,), "?", "only byte dtype allowed, got bool"),
    ],
)
def test_wrong_ndim_and_dtype(
    backend: Backend, shape: tuple[int, ...], dtype: str, match: str
) -> None:
    array = backend.xp.zeros(shape, dtype=dtype)
    with pytest.raises(ValueError, match=match):
        backend.TestBuffer(array)


def test_strided_memory_is_rejected(backend: Backend) -> None:
    with pytest.raises(ValueError, match=r"only contiguous memory allowed, got strides \(2,\)"):
        backend.TestBuffer(device_bytes(backend, b"hello")[::2])


@pytest.mark.parametrize("key", [0, (slice(1, 2),), None, ..., "a", [0, 1], 1.0], ids=repr)
def test_wrong_key_types(backend: Backend, key: Any) -> None:
    buffer = backend.TestBuffer.from_array_like(device_bytes(backend, b"hello").copy())
    with pytest.raises(TypeError, match=f"expected slice, got {type(key).__name__}"):
        buffer[key]
    with pytest.raises(TypeError, match=f"expected slice, got {type(key).__name__}"):
        buffer[key] = 0
    assert buffer.to_bytes() == b"hello"


@pytest.mark.parametrize("step", [2, -1, 0])
def test_strided_keys(backend: Backend, step: int) -> None:
    buffer = backend.TestBuffer.from_array_like(device_bytes(backend, b"hello").copy())
    with pytest.raises(ValueError, match=f"slice must be contiguous: step {step}"):
        buffer[::step]
    with pytest.raises(ValueError, match=f"slice must be contiguous: step {step}"):
        buffer[::step] = 0
    assert buffer.to_bytes() == b"hello"


@pytest.mark.parametrize(
    "value", [b"hello", [1, 2], None, object()], ids=lambda v: type(v).__name__
)
def test_other_objects_than_arrays(backend: Backend, value: Any) -> None:
    with pytest.raises(TypeError, match=r"backend .*, got no array.*\n.*expected.*\n.*got"):
        backend.TestBuffer(value)


@pytest.mark.parametrize("value", ["hello", 5, None, object()], ids=lambda v: type(v).__name__)
def test_from_bytes_of_other_objects(backend: Backend, value: Any) -> None:
    with pytest.raises(TypeError, match="bytes-like object"):
        backend.TestBuffer.from_bytes(value)


def test_other_objects_than_buffers(backend: Backend) -> None:
    with pytest.raises(TypeError, match=r"from_buffer\(\) takes a zarr Buffer, got builtins.bytes"):
        backend.TestBuffer.from_buffer(b"hello")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"combine\(\) takes zarr Buffers, got builtins.bytes"):
        backend.TestBuffer.from_bytes(b"x").combine([b"hello"])  # type: ignore[list-item]


def test_a_host_array_is_rejected_on_a_device_or_transferred_on_request(backend: Backend) -> None:
    host = np.frombuffer(b"hello", dtype="B")
    if backend.is_host:
        assert shares_memory(backend.TestBuffer(host).as_array_like(), host)
        return
    with pytest.raises(
        TypeError, match=r"expected a device array \(backend .*\), got a NumPy array"
    ):
        backend.TestBuffer(host)
    buffer = backend.TestBuffer.from_bytes(b"other")
    with pytest.raises(TypeError, match="got a NumPy array"):
        buffer[:] = host
    with pytest.raises(TypeError, match="got a NumPy array"):
        buffer[:] = zarr.buffer.cpu.Buffer(host)
    assert buffer.to_bytes() == b"other"
    with transfer_guard("allow"), record_transfers() as log:
        assert_held(backend, backend.TestBuffer(host), HELLO)
    assert log.host_to_device.nbytes == 5
    assert not log[0].explicit
