"""`NDBufferUsingTestNDArrayLike` on any backend."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import zarr.buffer.cpu

from tests.shared.memory import assert_held, shares_memory
from zarr_devbuf import get_backend, transfer_guard
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from zarr_devbuf import Backend

DTYPES = ["?", "i1", "u2", "i4", "u8", "f2", "f4", "f8", "c8", "c16"]
RECORD = np.dtype([("a", "f8"), ("b", "i8")])


def grid(dtype: str = "i4", shape: tuple[int, ...] = (3, 4)) -> np.ndarray[Any, Any]:
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def make(backend: Backend, array: Any) -> Any:
    """Make a buffer of new device memory."""
    return backend.NDBufferUsingTestNDArrayLike.from_ndarray_like(
        backend.from_host(np.array(array)).copy()
    )


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 4), (2, 0, 3), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_create(
    backend: Backend, dtype: str, shape: tuple[int, ...], order: Literal["C", "F"]
) -> None:
    cls = backend.NDBufferUsingTestNDArrayLike
    for fill_value in (0, 1, np.dtype(dtype).type(1)):
        made = cls.create(shape=iter(shape), dtype=dtype, order=order, fill_value=fill_value)
        assert_held(backend, made, np.full(shape, fill_value, dtype=dtype))
        flags = made._data.flags  # type: ignore[attr-defined]
        assert flags.c_contiguous if order == "C" else flags.f_contiguous
    for made in (
        cls.create(shape=shape, dtype=dtype, order=order),
        cls.empty(shape, dtype, order),
    ):
        assert isinstance(made._data, backend.TestNDArrayLike)
        assert (made.shape, made.dtype) == (shape, np.dtype(dtype))
        flags = made._data.flags  # type: ignore[attr-defined]
        assert flags.c_contiguous if order == "C" else flags.f_contiguous


@pytest.mark.parametrize(
    "fill_value", [0.0, -0.0, np.nan, np.inf, 1.5, np.float32(0), np.float64(-0.0)]
)
def test_create_keeps_every_bit_of_the_fill_value(backend: Backend, fill_value: float) -> None:
    made = backend.NDBufferUsingTestNDArrayLike.create(
        shape=(5,), dtype="f4", fill_value=fill_value
    )
    assert made.as_numpy_array().tobytes() == np.full(5, fill_value, "f4").tobytes()


@pytest.mark.parametrize("fill_value", [0j, complex(0.0, -0.0), complex(-0.0, 0.0), 1 + 2j])
def test_create_keeps_every_bit_of_a_complex_fill_value(
    backend: Backend, fill_value: complex
) -> None:
    made = backend.NDBufferUsingTestNDArrayLike.create(
        shape=(5,), dtype="c8", fill_value=fill_value
    )
    assert made.as_numpy_array().tobytes() == np.full(5, fill_value, "c8").tobytes()


@pytest.mark.parametrize("key", [..., slice(None), (slice(1, 3),), 0, (1, 1), None], ids=repr)
def test_a_negative_zero_keeps_its_sign(backend: Backend, key: Any) -> None:
    # CuPy's own `fill` and scalar assignment clear the memory for any value that equals 0.
    buffer = make(backend, np.ones((4, 2), "f4"))
    buffer[key] = -0.0
    expected = np.ones((4, 2), "f4")
    expected[key] = -0.0
    assert buffer.as_numpy_array().tobytes() == expected.tobytes()
    buffer.fill(np.float32(-0.0))
    assert np.signbit(buffer.as_numpy_array()).all()
    for shape in ((), (1,)):
        copied = backend.from_host(np.full(shape, -0.0))
        assert np.signbit(backend.to_host(copied)).all()


@pytest.mark.parametrize("value", [complex(-0.0, 0.0), complex(0.0, -0.0)])
def test_a_complex_negative_zero_keeps_its_signs(backend: Backend, value: complex) -> None:
    filled, assigned = (make(backend, np.ones((2, 2), "c16")) for _ in range(2))
    filled.fill(value)
    assigned[0, 1] = value
    for buffer in (filled, assigned):
        assert buffer[0, 1].as_numpy_array().tobytes() == np.array(value, "c16").tobytes()


@pytest.mark.parametrize("fill_value", [(0, 0), (1.5, 7), (-0.0, 0)])
def test_create_structured(backend: Backend, fill_value: tuple[float, int]) -> None:
    value = np.array(fill_value, dtype=RECORD)
    for given in (fill_value, value[()], value):
        made = backend.NDBufferUsingTestNDArrayLike.create(
            shape=(4,), dtype=RECORD, fill_value=given
        )
        assert isinstance(made._data, backend.TestNDArrayLike)
        assert made.as_numpy_array().tobytes() == np.full(4, value, RECORD).tobytes()


def test_a_zero_fill_is_one_pass(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise AssertionError("memory was allocated to be filled")

    monkeypatch.setattr(backend.xp, "empty", fail)
    monkeypatch.setattr(backend.xp, "full", fail)
    create = backend.NDBufferUsingTestNDArrayLike.create
    for fill_value in (0, 0.0, False, np.float64(0), np.uint8(0), 0j):
        create(shape=(3,), dtype="c16", fill_value=fill_value)
    for fill_value in (-0.0, 1, np.nan, complex(0, -0.0)):
        with pytest.raises(AssertionError, match="memory was allocated"):
            create(shape=(3,), dtype="c16", fill_value=fill_value)


def test_create_makes_no_transfer(backend: Backend) -> None:
    create = backend.NDBufferUsingTestNDArrayLike.create
    with record_transfers() as log:
        for fill_value in (None, 0, 7, np.float32(1.5)):
            create(shape=(100,), dtype="f4", fill_value=fill_value)
    assert len(log) == 0


KEYS: list[Any] = [
    0,
    -1,
    (1, 2),
    (),
    ...,
    (..., 0),
    (1, ...),
    slice(None),
    slice(0, 0),
    (slice(1, 3), slice(None, None, 2)),
    (slice(None, None, -1), 1),
    None,
    (None, 1, None),
    np.int64(2),
]


@pytest.mark.parametrize("key", KEYS, ids=repr)
@pytest.mark.parametrize("order", ["C", "F"])
def test_basic_indexing_gives_views_of_the_class(backend: Backend, key: Any, order: Any) -> None:
    host = np.array(grid(), order=order)
    buffer = make(backend, host)
    item = buffer[key]
    expected = host[key]
    assert_held(backend, item, expected)
    if expected.size:
        assert shares_memory(item._data, buffer._data)
        item.fill(77)
        host[key] = 77
        assert_held(backend, buffer, host)


def test_a_0d_buffer_indexes_into_a_view(backend: Backend) -> None:
    buffer = make(backend, np.array(5))
    for key in ((), ...):
        assert_held(backend, buffer[key], 5)
        assert shares_memory(buffer[key]._data, buffer._data)


def test_fancy_indexing_keeps_the_class(backend: Backend) -> None:
    host = grid()
    buffer = make(backend, host)
    rows = backend.from_host(np.array([2, 0]))
    mask = backend.from_host(host % 2 == 0)
    assert_held(backend, buffer[rows], host[[2, 0]])
    assert_held(backend, buffer[mask], host[host % 2 == 0])
    assert_held(backend, buffer[rows, 1], host[[2, 0], 1])
    buffer[rows] = 5
    host[[2, 0]] = 5
    assert_held(backend, buffer, host)


@pytest.mark.parametrize("key", [slice(1, 3), (slice(None), 1), ..., (), 0], ids=repr)
def test_setitem(backend: Backend, key: Any) -> None:
    host = grid()
    buffer = make(backend, host)
    value = host[key] * 0 + 9
    host[key] = value
    for given in (make(backend, value), backend.from_host(np.asarray(value))):
        target = make(backend, grid())
        target[key] = given
        assert_held(backend, target, host)
    for scalar in (9, 9.0, np.int64(9), np.array(9)):
        buffer = make(backend, grid())
        buffer[key] = scalar
        assert_held(backend, buffer, host)


def test_derived_buffers_keep_the_class(backend: Backend) -> None:
    host = grid()
    buffer = make(backend, host)
    assert_held(backend, buffer.reshape((4, 3)), host.reshape(4, 3))
    assert_held(backend, buffer.reshape(12), host.reshape(12))
    assert_held(backend, buffer.reshape((-1,)), host.reshape(-1))
    assert_held(backend, make(backend, host[None]).squeeze((0,)), host)
    assert_held(backend, buffer.transpose((1, 0)), host.T)
    assert_held(backend, buffer.transpose(None), host.T)
    assert_held(backend, buffer.astype("f8"), host.astype("f8"))
    assert_held(backend, buffer.astype("f8", order="F"), host.astype("f8"))
    assert buffer.astype("f8", order="F")._data.flags.f_contiguous
    assert_held(backend, buffer.copy(), host)
    for view in (
        buffer.reshape((4, 3)),
        buffer.transpose((1, 0)),
        buffer.reshape((1, 3, 4)).squeeze((0,)),
    ):
        assert shares_memory(view._data, buffer._data)
    for fresh in (buffer.copy(), buffer.astype("f8"), buffer.astype("i4")):
        assert not shares_memory(fresh._data, buffer._data)


def test_from_numpy_array(backend: Backend) -> None:
    made = backend.NDBufferUsingTestNDArrayLike.from_numpy_array
    assert_held(backend, made(grid()), grid())
    assert_held(backend, made([1.5, 2.5]), [1.5, 2.5])
    assert_held(backend, made(3), 3)
    on_device = backend.from_host(grid())
    with record_transfers() as log:
        same = made(on_device)
    assert len(log) == 0
    assert shares_memory(same._data, on_device)


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda b: pickle.loads(pickle.dumps(b))]
)
def test_copies_and_pickles_keep_class_and_device(backend: Backend, duplicate: Any) -> None:
    assert_held(backend, duplicate(make(backend, grid())), grid())


def test_attributes(backend: Backend) -> None:
    buffer = make(backend, grid("f4"))
    assert (buffer.shape, buffer.dtype, len(buffer)) == ((3, 4), np.dtype("f4"), 3)
    assert buffer.byteorder is not None
    assert repr(buffer) == (
        f"<zarr_devbuf.{backend.name}.NDBufferUsingTestNDArrayLike shape=(3, 4) "
        f"dtype=float32 on {backend.name}>"
    )
    with record_transfers() as log:
        repr(buffer)
    assert len(log) == 0


def test_as_scalar(backend: Backend) -> None:
    for shape in ((), (1,), (1, 1)):
        assert make(backend, np.full(shape, 2.5)).as_scalar() == 2.5
    with pytest.raises(ValueError, match="single scalar value"):
        make(backend, grid()).as_scalar()


def test_as_numpy_array_is_on_the_host(backend: Backend) -> None:
    assert isinstance(make(backend, grid()).as_numpy_array(), np.ndarray)
    assert not isinstance(make(backend, grid())._data, np.ndarray) or backend.name == "cpu"


# -- all_equal ------------------------------------------------------------------------------------

VALUES: list[tuple[str, Any, Any, bool]] = [
    ("f4", 0.0, 0.0, True),
    ("f4", -0.0, 0.0, False),
    ("f4", 0.0, -0.0, False),
    ("f4", -0.0, -0.0, True),
    ("f8", np.nan, np.nan, True),
    ("f8", np.nan, 0.0, False),
    ("f8", 0.0, np.nan, False),
    ("f2", 1.5, 1.5, True),
    ("f2", -0.0, 0.0, False),
    ("f4", 1.0, 1, True),
    ("f8", np.inf, np.inf, True),
    ("f8", np.inf, -np.inf, False),
    ("i4", 0, 0.0, True),
    ("i4", 0, -0.0, True),
    ("i4", 7, 7.0, True),
    ("i4", 7, 7.5, False),
    ("i4", 0, np.nan, False),
    ("i4", 7, complex(7, 0), True),
    ("i4", 7, complex(7, 1), False),
    ("u8", 2**64 - 1, np.uint64(2**64 - 1), True),
    ("?", True, True, True),
    ("?", True, False, False),
    ("?", False, 0.0, True),
    ("c8", 0j, 0j, True),
    ("c8", 0j, 0.0, True),
    ("c8", complex(-0.0, 0.0), 0j, False),
    ("c8", complex(0.0, -0.0), 0j, False),
    ("c16", complex(0.0, -0.0), complex(0.0, -0.0), True),
    ("c16", complex(1.0, -0.0), complex(1.0, 0.0), False),
    ("c16", complex(-0.0, 1.0), complex(0.0, 1.0), False),
    ("c16", complex(1, 2), complex(1, 2), True),
    ("c16", complex(np.nan, 1), complex(np.nan, 1), True),
    ("c16", complex(1, np.nan), complex(np.nan, 1), True),
    ("c16", complex(1, 1), complex(np.nan, 1), False),
]


@pytest.mark.parametrize("shape", [(), (1,), (5, 7), (200, 300)], ids=str)
@pytest.mark.parametrize(("dtype", "held", "value", "expected"), VALUES)
def test_all_equal(
    backend: Backend, dtype: str, held: Any, value: Any, expected: bool, shape: tuple[int, ...]
) -> None:
    host = np.full(shape, held, dtype=dtype)
    buffer = make(backend, host)
    assert buffer.all_equal(value) is expected
    assert buffer.all_equal(np.asarray(value)) is expected
    if expected and host.size > 1:
        for position in (0, host.size // 2, -1):
            changed = host.copy()
            changed.flat[position] = 1 if held != 1 else 0
            if changed.dtype.kind == "b":
                changed.flat[position] = not held
            assert make(backend, changed).all_equal(value) is False


@pytest.mark.parametrize("layout", ["F", "strided", "reversed", "transposed"])
@pytest.mark.parametrize("value", [0.0, -0.0, np.nan, 2.5])
def test_all_equal_in_any_layout(backend: Backend, layout: str, value: float) -> None:
    whole = make(backend, np.full((90, 80, 30), value, order="F" if layout == "F" else "C"))
    key = {
        "F": (slice(None),),
        "strided": (slice(3, 70, 2), slice(1, 77), slice(None, None, 3)),
        "reversed": (slice(None, None, -1),),
        "transposed": (slice(None),),
    }[layout]
    part = whole[key]
    if layout == "transposed":
        part = part.transpose((2, 0, 1))
    assert part.all_equal(value)
    part[tuple(n - 1 for n in part.shape)] = 99.0
    assert not part.all_equal(value)


def test_all_equal_without_equal_nan(backend: Backend) -> None:
    assert not make(backend, np.full(3, np.nan)).all_equal(np.nan, equal_nan=False)
    assert not make(backend, np.full(3, np.nan + 0j)).all_equal(np.nan + 0j, equal_nan=False)
    assert make(backend, np.full(3, 1.0)).all_equal(1.0, equal_nan=False)


def test_all_equal_to_none_and_of_nothing(backend: Backend) -> None:
    assert make(backend, grid()).all_equal(None) is False
    assert make(backend, np.empty((0,))).all_equal(None) is False
    assert make(backend, np.empty((0,))).all_equal(0.0) is True
    assert make(backend, np.empty((3, 0))).all_equal(7) is True


def test_all_equal_structured(backend: Backend) -> None:
    value = np.array((1.5, 7), dtype=RECORD)
    buffer = make(backend, np.full((4, 5), value))
    assert buffer.all_equal(value[()])
    assert buffer.all_equal(value)
    assert not buffer.all_equal(np.array((1.5, 8), dtype=RECORD)[()])
    assert make(backend, np.full(3, np.array((np.nan, 0), RECORD))).all_equal(
        np.array((np.nan, 0), RECORD)[()]
    )
    assert not make(backend, np.full(3, np.array((-0.0, 0), RECORD))).all_equal(
        np.array((0.0, 0), RECORD)[()]
    )
    changed = np.full((4, 5), value)
    changed[-1, -1]["b"] = 6
    assert not make(backend, changed).all_equal(value[()])


def test_all_equal_to_an_array_broadcasts(backend: Backend) -> None:
    host = np.broadcast_to(np.array([0.0, np.nan, 2.0, -1.0]), (3, 4))
    row = backend.from_host(np.array([0.0, np.nan, 2.0, -1.0]))
    assert make(backend, host).all_equal(row)
    assert make(backend, host).all_equal(make(backend, host))
    assert not make(backend, host).all_equal(backend.from_host(np.array([-0.0, np.nan, 2.0, -1.0])))
    assert not make(backend, host).all_equal(row, equal_nan=False)
    with pytest.raises(ValueError, match=r"broadcast|mismatch"):
        make(backend, host).all_equal(backend.from_host(np.zeros(3)))


@pytest.mark.backends("sim", "gpu")
def test_all_equal_transfers_one_byte_for_each_block(backend: Backend) -> None:
    buffer = make(backend, np.zeros(100_000))
    with record_transfers() as log:
        assert buffer.all_equal(0.0)
    assert 1 <= log.device_to_host.nbytes <= 8
    assert log.host_to_device.count == 0
    assert all(transfer.explicit for transfer in log)


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.backends("sim", "gpu")
def test_a_host_array_is_rejected_on_a_device_or_transferred_on_request(backend: Backend) -> None:
    cls = backend.NDBufferUsingTestNDArrayLike
    host = grid("f8")
    for give in (cls, cls.from_ndarray_like):
        with pytest.raises(
            TypeError, match=r"expected a device array \(backend .*\), got a NumPy array"
        ):
            give(host)
    buffer = make(backend, np.zeros((3, 4)))
    for value in (host, zarr.buffer.cpu.NDBuffer(host), host.tolist()):
        with pytest.raises(TypeError, match=r"got a NumPy array(.|\n)*from_host"):
            buffer[...] = value
    with pytest.raises(TypeError, match="got a NumPy array"):
        buffer.all_equal(host)
    assert_held(backend, buffer, np.zeros((3, 4)))
    with transfer_guard("allow"), record_transfers() as log:
        assert_held(backend, cls(host), host)
        buffer[...] = host
    assert log.host_to_device.nbytes == 2 * host.nbytes
    assert sum(not transfer.explicit for transfer in log) == 2
    assert_held(backend, buffer, host)


@pytest.mark.parametrize(
    "value", [b"hello", [1, 2], None, object()], ids=lambda v: type(v).__name__
)
def test_other_objects_than_arrays(backend: Backend, value: Any) -> None:
    with pytest.raises(TypeError, match="got no array"):
        backend.NDBufferUsingTestNDArrayLike(value)


def test_keys_out_of_range_write_nothing(backend: Backend) -> None:
    buffer = make(backend, grid())
    for key in (3, (0, 4), (0, 0, 0)):
        with pytest.raises(IndexError):
            buffer[key]
        with pytest.raises(IndexError):
            buffer[key] = 1
    with pytest.raises(ValueError, match=r"broadcast|shape"):
        buffer[0] = backend.from_host(np.zeros(5, "i4"))
    assert_held(backend, buffer, grid())


@pytest.mark.backends("sim", "gpu")
def test_arrays_of_another_device_are_rejected_on_the_host(backend: Backend) -> None:
    cpu = get_backend("cpu")
    on_device = backend.from_host(grid("u1", (6,)))
    for cls in cpu.prototype:
        with pytest.raises(
            TypeError, match=r"expected an array of backend 'cpu', got one of another device"
        ):
            cls(on_device)
    target = cpu.NDBufferUsingTestNDArrayLike.from_numpy_array(np.zeros(6, "u1"))
    for value in (on_device, backend.NDBufferUsingTestNDArrayLike(on_device)):
        with pytest.raises(TypeError, match="another device"):
            target[...] = value
    assert target.as_numpy_array().tolist() == [0] * 6
