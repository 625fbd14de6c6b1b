"""Fourier transforms: dtypes, layouts, plans and errors as in CuPy."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
from zarr_devbuf.simulator.cupyx.scipy import fft as scipy_fft
from zarr_devbuf.simulator.cupyx.scipy import fftpack
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from collections.abc import Iterator

cufft = xp.cuda.cufft


@pytest.fixture
def array() -> Any:
    return xp.asarray(np.random.default_rng(0).standard_normal((4, 6, 8)))


@pytest.fixture
def cache() -> Iterator[Any]:
    cache = xp.fft.config.get_plan_cache()
    size = cache.get_size()
    cache.clear()
    yield cache
    cache.clear()
    cache.set_size(size)


_COMPLEX = {"?": "D", "i": "D", "e": "F", "f": "F", "d": "D", "F": "F", "D": "D"}


@pytest.mark.parametrize("dtype", _COMPLEX)
def test_dtypes_of_results(dtype: str) -> None:
    values = xp.ones(4, dtype)
    kind = _COMPLEX[dtype]
    assert xp.fft.fft(values).dtype.char == kind
    assert xp.fft.ifft(values).dtype.char == kind
    assert xp.fft.rfft(values.real).dtype.char == kind
    assert scipy_fft.irfft(values).dtype.char == kind.lower()


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
@pytest.mark.parametrize("norm", [None, "ortho", "forward"])
@pytest.mark.parametrize(("n", "axis"), [(None, -1), (5, 0), (9, 1)])
def test_one_axis(array: Any, name: str, norm: Any, n: Any, axis: int) -> None:
    found = getattr(xp.fft, name)(array, n, axis, norm)
    expected = getattr(np.fft, name)(array.get(), n, axis, norm)
    np.testing.assert_allclose(found.get(), expected, atol=1e-12)


@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn"])
@pytest.mark.parametrize("axes", [None, (0, 1), (1, 2), (0, 2), (2, 1, 0)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_several_axes(array: Any, name: str, axes: Any, order: Any) -> None:
    found = getattr(xp.fft, name)(array.copy(order), axes=axes)
    expected = getattr(np.fft, name)(array.get(), axes=axes)
    np.testing.assert_allclose(found.get(), expected, atol=1e-12)


def test_layouts(array: Any) -> None:
    assert (
        xp.fft.fft(array, axis=0).strides
        == array.astype("D").swapaxes(0, -1).copy().swapaxes(0, -1).strides
    )
    assert xp.fft.fftn(array.copy("F")).flags.f_contiguous


def test_results_and_frequencies_are_on_the_device(array: Any) -> None:
    with record_transfers() as log:
        parts = [xp.fft.fft(array), xp.fft.fftfreq(5), xp.fft.rfftfreq(5), xp.fft.fftshift(array)]
    assert all(type(one) is xp.ndarray for one in parts)
    assert len(log) == 0
    np.testing.assert_array_equal(parts[3].get(), np.fft.fftshift(array.get()))


def test_arguments_are_checked(array: Any) -> None:
    host: Any = np.ones(3)
    with pytest.raises(TypeError, match=r"must be a cupy\.ndarray"):
        xp.fft.fft(host)
    with pytest.raises(ValueError, match="Invalid norm value x"):
        xp.fft.fft(array, norm="x")
    with pytest.raises(ValueError, match="Shape and axes have different lengths"):
        xp.fft.fftn(array, (2,), (0, 1))
    with pytest.raises(ValueError, match="exceed the array dimensions"):
        xp.fft.fftn(array, axes=(0, 5))
    with pytest.raises(ValueError, match=r"Invalid number of FFT data points \(0\)"):
        xp.fft.fft(array[..., :0])


def test_plans_are_cached_and_used(cache: Any) -> None:
    values = xp.ones(10, "F")
    xp.fft.fft(values)
    ((_, node),) = cache
    xp.fft.ifft(values)
    assert next(iter(cache))[1].plan is node.plan
    cache.set_size(2)
    xp.fft.fft(xp.ones(11, "F"))
    xp.fft.fftn(xp.ones((2, 3), "F"))
    assert [type(one.plan) for _, one in cache] == [cufft.PlanNd, cufft.Plan1d]
    with pytest.raises(ValueError, match="invalid input"):
        cache.set_size(-2)
    cache.set_size(0)
    xp.fft.fft(values)
    assert cache.get_curr_size() == 0


def test_caches_belong_to_threads(cache: Any) -> None:
    xp.fft.fft(xp.ones(3))
    sizes = []
    thread = threading.Thread(
        target=lambda: sizes.append(xp.fft.config.get_plan_cache().get_curr_size())
    )
    thread.start()
    thread.join()
    assert (cache.get_curr_size(), sizes) == (1, [0])


def test_a_plan_is_an_argument_or_a_block() -> None:
    values = xp.ones((4, 8), "F")
    plan = scipy_fft.get_fft_plan(values)
    with plan:
        assert cufft.get_current_plan() is plan
        found = xp.fft.fftn(values)
        with pytest.raises(RuntimeError, match="either as a context manager"):
            fftpack.fftn(values, plan=plan)
        with pytest.raises(ValueError, match="expected plan to have type"):
            xp.fft.fft(values)
    assert cufft.get_current_plan() is None
    np.testing.assert_allclose(scipy_fft.fftn(values, plan=plan).get(), found.get())
    line = scipy_fft.get_fft_plan(values, axes=1)
    assert (line.nx, line.batch) == (8, 4)
    with pytest.raises(ValueError, match="dtype mismatch"):
        scipy_fft.fft(values.astype("D"), plan=line)
    with pytest.raises(ValueError, match="Batch size"):
        scipy_fft.fft(values[:3], plan=line)


def test_a_plan_transforms_memory() -> None:
    values = xp.arange(8, dtype="D")
    plan = cufft.Plan1d(8, cufft.CUFFT_Z2Z, 1)
    out = xp.empty(8, "D")
    plan.fft(values, out, cufft.CUFFT_INVERSE)
    np.testing.assert_allclose(out.get(), np.fft.ifft(values.get(), norm="forward"))
    with pytest.raises(ValueError, match="out dtype mismatch"):
        plan.check_output_array(values, xp.empty(8))
    with pytest.raises(cufft.CuFFTError, match="CUFFT_INVALID_SIZE"):
        cufft.Plan1d(0, cufft.CUFFT_C2C, 1)


def test_overwriting_the_input() -> None:
    values = xp.ones(8, "D")
    found = scipy_fft.fft(values, overwrite_x=True)
    assert found.data.ptr == values.data.ptr
    assert values.get().tolist() == [8, 0, 0, 0, 0, 0, 0, 0]
    kept = xp.ones(8, "D")
    assert scipy_fft.fft(kept).data.ptr != kept.data.ptr
    assert kept.get().tolist() == [1] * 8


def test_alternating_parts() -> None:
    values = xp.asarray([1.0, 5, 2, 7, 3])
    packed = fftpack.rfft(values)
    whole = np.fft.rfft(values.get())
    np.testing.assert_allclose(
        packed.get(), [whole[0].real, *(part for one in whole[1:] for part in (one.real, one.imag))]
    )
    np.testing.assert_allclose(fftpack.irfft(packed).get(), values.get(), atol=1e-12)


def test_next_fast_len() -> None:
    assert [scipy_fft.next_fast_len(n) for n in (0, 1, 11, 13, 97)] == [0, 1, 12, 14, 98]


def test_settings() -> None:
    config = xp.fft.config
    with pytest.warns(DeprecationWarning, match="enable_nd_planning"):
        assert config.enable_nd_planning
    with (
        pytest.warns(FutureWarning, match="experimental"),
        pytest.raises(ValueError, match="2 GPUs"),
    ):
        config.set_cufft_gpus(1)
    with pytest.raises(NotImplementedError, match="set_cufft_callbacks"):
        config.set_cufft_callbacks()
