"""The rules of CuPy that the simulated device follows, one test for each rule."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
from zarr_devbuf.simulator import CUDARuntimeError, device_count, set_device_count
from zarr_devbuf.transfers import TransferLog, record_transfers


def counts_and_bytes(log: TransferLog) -> tuple[int, int, int, int]:
    up, down = log.host_to_device, log.device_to_host
    return up.count, up.nbytes, down.count, down.nbytes


@pytest.fixture
def array() -> Any:
    return xp.asarray(np.arange(12.0).reshape(3, 4))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("convert", [np.asarray, np.array, lambda a: np.array(a, dtype="f4")])
def test_rule_01_is_not_converted_to_a_numpy_array(array: Any, convert: Any) -> None:
    with record_transfers() as log, pytest.raises(TypeError, match=r"Please use `\.get\(\)`"):
        convert(array)
    assert counts_and_bytes(log) == (0, 0, 0, 0)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_rule_01_raises_if_a_copy_cannot_be_avoided(array: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"copy|Implicit"):
        np.array(array, copy=False)
    host = np.ones(3)
    with pytest.raises(ValueError, match="Unable to avoid copy while creating an array"):
        xp.array(xp.asarray(host), dtype="f4", copy=False)


def test_rule_02_has_no_buffer_protocol(array: Any) -> None:
    with pytest.raises(TypeError, match="on CPU is not allowed"):
        memoryview(array)
    assert not hasattr(array, "__array_interface__")
    assert not hasattr(array, "__array_struct__")


def test_rule_02_is_not_exported_to_the_host_through_dlpack(array: Any) -> None:
    assert array.__dlpack_device__() == (2, 0)
    # NumPy before 2.2 raises RuntimeError.
    with pytest.raises((BufferError, RuntimeError)):
        np.from_dlpack(array)
    assert np.array_equal(np.from_dlpack(array, device="cpu"), array.get())


def test_dlpack_capsule_is_taken_once(array: Any) -> None:
    with pytest.warns(np.exceptions.VisibleDeprecationWarning, match="deprecated"):
        deprecated = array.toDlpack()
    for capsule in (deprecated, array.__dlpack__()):
        taken = xp.from_dlpack(capsule)
        assert (taken == array).all()
        assert taken.data.ptr == array.data.ptr
        with pytest.raises(ValueError):  # noqa: PT011 - the message is compared elsewhere
            xp.from_dlpack(capsule)


def test_rule_03_numpy_functions_are_looked_up_in_the_namespace(array: Any) -> None:
    joined: Any = np.concatenate([array, array])
    assert type(joined) is xp.ndarray
    assert joined.shape == (6, 4)
    assert type(np.linalg.norm(array)) is xp.ndarray
    with pytest.raises(TypeError, match="no implementation found"):
        np.insert(array, 0, 1)


def test_rule_03_foreign_array_types_are_not_handled(array: Any) -> None:
    class Foreign:
        def __array_function__(self, *args: Any) -> Any:
            return NotImplemented

    with pytest.raises(TypeError, match="no implementation found"):
        np.concatenate([array, Foreign()])


@pytest.mark.parametrize("operate", [lambda a, b: a + b, lambda a, b: b * a, np.add, xp.add])
def test_rule_04_numpy_arrays_do_not_mix(array: Any, operate: Any) -> None:
    with pytest.raises(TypeError, match=r"Unsupported type <class 'numpy.ndarray'>"):
        operate(array, np.ones(4))


def test_rule_04_scalars_mix_and_0d_arrays_compare(array: Any) -> None:
    assert (array + 1).dtype == array.dtype
    assert (array + np.float32(1)).dtype == array.dtype
    assert (array.astype("f4") + np.float64(1)).dtype == "f8"
    assert (array == np.asarray(3.0)).sum().item() == 1
    with pytest.raises(TypeError, match="Unsupported type"):
        array + np.asarray(3.0)


def test_rule_05_basic_assignment_accepts_only_device_arrays_and_scalars(array: Any) -> None:
    array[0] = xp.ones(4)
    array[1:] = 7
    assert array.sum().item() == 4 + 8 * 7
    with pytest.raises(ValueError, match=r"non-scalar numpy.ndarray cannot be used for fill"):
        array[0] = np.ones(4)
    assert array.sum().item() == 4 + 8 * 7


def test_rule_06_advanced_assignment_uploads_a_numpy_array(array: Any) -> None:
    index = xp.asarray([0, 2])
    with record_transfers() as log:
        array[index] = np.zeros((2, 4))
    assert counts_and_bytes(log) == (1, 64, 0, 0)
    assert not log[0].explicit
    assert array.get()[[0, 2]].sum() == 0


@pytest.mark.parametrize(("index", "nbytes"), [([0, 2], 16), (np.array([1], dtype="i4"), 4)])
def test_rule_07_index_lists_and_numpy_indices_are_uploaded(
    array: Any, index: Any, nbytes: int
) -> None:
    with record_transfers() as log:
        array[index]
    assert counts_and_bytes(log) == (1, nbytes, 0, 0)
    assert not log[0].explicit


@pytest.mark.parametrize("dtype", ["O", "S3", "U2", "M8[s]", "m8[ns]", ">i4", ">f8", "g"])
def test_rule_08_unsupported_dtypes_are_not_allocated(dtype: str) -> None:
    message = "with big-endian byte-order" if dtype[0] == ">" else "Unsupported dtype"
    with pytest.raises(ValueError, match=message):
        xp.empty(3, np.dtype(dtype))


@pytest.mark.parametrize("dtype", [*"?bBhHiIlLqQefdFD", [("a", "i4"), ("b", "f4")], "V4"])
def test_rule_08_supported_dtypes_are_allocated(dtype: Any) -> None:
    kind = np.dtype(dtype)
    assert xp.zeros(3, kind).dtype == kind


def test_rule_09_kernels_read_a_byteswapped_view_as_native() -> None:
    swapped = xp.asarray(np.array([1, 2], dtype="<i4")).view(">i4")
    assert swapped.get().tolist() == [1 << 24, 2 << 24]
    assert (swapped + 0).get().tolist() == [1, 2]


def test_rule_10_kernels_require_aligned_fields() -> None:
    packed = xp.zeros(3, np.dtype("u1,i4"))
    with pytest.raises(ValueError, match="Field f1 with offset 1 is not aligned"):
        packed.copy()
    aligned = xp.zeros(3, np.dtype("u1,i4", align=True))
    assert aligned.copy()["f1"].dtype == "i4"


def test_rule_11_broadcast_arrays_does_not_change_host_arrays(array: Any) -> None:
    host = np.ones(1)
    device, same = xp.broadcast_arrays(array[0], host)
    assert same is host
    assert device.shape == (4,)


def test_rule_12_array_equal_compares_shapes_first(array: Any) -> None:
    same = xp.array_equal(array, array.copy())
    assert type(same) is xp.ndarray
    assert same.shape == ()
    assert bool(same)
    assert not xp.array_equal(array, np.ones(3))
    with pytest.raises(AttributeError, match="shape"):
        xp.array_equal(array, [1, 2])


def test_rule_13_concatenate_rejects_numpy_arrays(array: Any) -> None:
    with pytest.raises(TypeError, match=r"Unsupported type <class 'numpy.ndarray'>"):
        xp.concatenate([array, array.get()])


def test_rule_14_big_endian_host_arrays_become_native() -> None:
    device = xp.asarray(np.array([1, 2, 3], dtype=">i4"))
    assert device.dtype == np.dtype("<i4")
    assert device.get().tolist() == [1, 2, 3]


def test_rule_15_results_are_0d_arrays_never_scalars(array: Any) -> None:
    for result in (
        array.sum(),
        array[0, 0],
        array.max(),
        xp.add(1, 2),
        array.mean(),
        abs(array)[1, 1],
    ):
        assert type(result) is xp.ndarray
        assert result.shape == ()


def test_rule_16_frombuffer_uploads() -> None:
    with record_transfers() as log:
        device = xp.frombuffer(b"abcd", dtype="u1")
    assert device.get().tobytes() == b"abcd"
    assert counts_and_bytes(log) == (1, 4, 0, 0)
    assert log[0].explicit


@pytest.mark.parametrize("convert", [bool, int, float, complex])
def test_rule_17_conversions_download(convert: Any) -> None:
    device = xp.asarray(np.array(3.0))
    with record_transfers() as log:
        assert convert(device) == convert(3.0)
    assert counts_and_bytes(log) == (0, 0, 1, 8)
    assert not log[0].explicit


def test_rule_17_is_not_an_index() -> None:
    assert not hasattr(xp.asarray(1), "__index__")
    with pytest.raises(TypeError):
        [1, 2, 3][xp.asarray(1)]
    with pytest.raises(ValueError, match="ambiguous"):
        bool(xp.ones(2))


def test_rule_18_asarray_uploads_once_and_shares_on_the_device() -> None:
    with record_transfers() as log:
        device = xp.asarray(np.ones((2, 3)))
        same = xp.asarray(device)
    assert same is device
    assert counts_and_bytes(log) == (1, 48, 0, 0)


@pytest.mark.parametrize("fetch", [xp.asnumpy, lambda a: a.get(), lambda a: a.get(order="F")])
def test_rule_18_get_downloads_once_contiguous_or_not(array: Any, fetch: Any) -> None:
    for one in (array, array.T, array[:, ::2]):
        with record_transfers() as log:
            host = fetch(one)
        assert type(host) is np.ndarray
        assert counts_and_bytes(log) == (0, 0, 1, one.nbytes)
        assert log[0].explicit


def test_rule_19_without_a_device_the_count_raises() -> None:
    before = device_count()
    set_device_count(0)
    try:
        with pytest.raises(CUDARuntimeError):
            xp.cuda.runtime.getDeviceCount()
        assert not xp.cuda.is_available()
    finally:
        set_device_count(before)
    assert xp.cuda.runtime.getDeviceCount() == before


class Sub(xp.ndarray):
    """A subclass of the device array."""


_KEPT = {
    "slice": lambda a: a[1:],
    "item": lambda a: a[0],
    "reshape": lambda a: a.reshape(-1),
    "transpose": lambda a: a.transpose(),
    "ravel": lambda a: a.ravel(),
    "squeeze": lambda a: a[:1].squeeze(),
    "view": lambda a: a.view("i8"),
    "ufunc": lambda a: xp.add(xp.ones(a.shape), a),
    "operator": lambda a: 1 - a,
    "asarray": xp.asarray,
    "ascontiguousarray": xp.ascontiguousarray,
}
_LOST = {
    "astype": lambda a: a.astype("f4"),
    "copy": lambda a: a.copy(),
    "array": xp.array,
    "fancy": lambda a: a[[0, 1]],
    "mask": lambda a: a[a > 2],
    "concatenate": lambda a: xp.concatenate([a, a]),
    "sum": lambda a: a.sum(),
    "zeros_like": xp.zeros_like,
    "empty_like": xp.empty_like,
    "pickle": lambda a: pickle.loads(pickle.dumps(a)),
}


@pytest.mark.parametrize("operation", sorted(_KEPT))
def test_rule_21_keeps_a_subclass(array: Any, operation: str) -> None:
    assert type(_KEPT[operation](array.view(type=Sub))) is Sub


@pytest.mark.parametrize("operation", sorted(_LOST))
def test_rule_21_loses_a_subclass(array: Any, operation: str) -> None:
    assert type(_LOST[operation](array.view(type=Sub))) is xp.ndarray


def test_rule_21_a_subclass_allocates_and_is_finalized() -> None:
    class Tagged(xp.ndarray):
        tag = "none"

        def __array_finalize__(self, obj: Any) -> None:
            self.tag = getattr(obj, "tag", "fresh")

    made = Tagged((2, 3), dtype="i4")
    assert (made.shape, made.dtype, made.tag) == ((2, 3), np.dtype("i4"), "fresh")
    made.tag = "mine"
    assert made[0].tag == "mine"
    assert (made + made).tag == "mine"


def test_rule_21_a_subclass_may_pass_its_arguments_on() -> None:
    class Named(xp.ndarray):
        def __new__(cls, source: Any, name: str) -> Any:
            return source.view(type=cls)

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)

    assert Named(xp.ones(2), "a").tolist() == [1, 1]


def test_rule_22_memory_pointers_copy_to_and_from_the_host() -> None:
    device = xp.zeros(4, "u1")
    host = np.arange(4, dtype="u1")
    with record_transfers() as log:
        device.data.copy_from_host(host.ctypes.data, 4)
        back = np.empty(2, "u1")
        (device.data + 2).copy_to_host_async(back.ctypes.data, 2)
    assert back.tolist() == [2, 3]
    assert counts_and_bytes(log) == (1, 4, 1, 2)
