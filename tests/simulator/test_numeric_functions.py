"""Histograms, covariances, interpolation and functions that call functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp
import zarr_devbuf.simulator.cupyx as xpx
from zarr_devbuf import record_transfers


@pytest.fixture
def array() -> Any:
    return xp.asarray(np.random.default_rng(2).standard_normal((3, 8)))


def close(found: Any, expected: Any) -> None:
    assert type(found) is xp.ndarray
    np.testing.assert_allclose(found.get(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", ["f", "d", "i", "B"])
@pytest.mark.parametrize("density", [False, True])
def test_histograms(array: Any, dtype: str, density: bool) -> None:
    values = (array * 10 + 30).astype(dtype)
    counts, edges = xp.histogram(values, 5, density=density)
    histogram: Any = np.histogram
    expected, limits = histogram(values.get(), 5, density=density)
    close(counts, expected)
    np.testing.assert_allclose(edges.get(), limits, rtol=1e-6)
    assert edges.dtype == limits.dtype


def test_histograms_with_weights_and_bins(array: Any) -> None:
    bins = xp.asarray([-1.0, 0, 2])
    counts, edges = xp.histogram(array, bins, weights=abs(array))
    close(counts, np.histogram(array.get(), bins.get(), weights=abs(array.get()))[0])
    assert edges is bins
    close(xp.histogram(xp.asarray([np.nan, 1, 2.0]), bins)[0], [0, 2])
    with pytest.raises(ValueError, match="must increase monotonically"):
        xp.histogram(array, bins[::-1])
    with pytest.raises(NotImplementedError, match="complex number"):
        xp.histogram(array.astype("D"))
    with pytest.raises(NotImplementedError, match="only integer and array bins"):
        xp.histogram(array, "auto")
    with pytest.raises(ValueError, match=r"weights must be a cupy\.ndarray"):
        xp.histogram(array, weights=array.get())
    with pytest.warns(RuntimeWarning, match="Converting input from bool"):
        xp.histogram(array > 0)


def test_histograms_of_several_axes(array: Any) -> None:
    counts, x, y = xp.histogram2d(array[0], array[1], 4)
    expected, first, second = np.histogram2d(array[0].get(), array[1].get(), 4)
    for found, host in ((counts, expected), (x, first), (y, second)):
        close(found, host)
    counts, edges = xp.histogramdd(array.T, 3, density=True)
    close(counts, np.histogramdd(array.T.get(), 3, density=True)[0])
    assert len(edges) == 3
    with pytest.raises(ValueError, match="array-like bins not supported"):
        xp.histogram2d(array[0], array[1], [[0, 1], [0, 1]])


@pytest.mark.parametrize("keywords", [{}, {"bias": True}, {"ddof": 2}, {"rowvar": False}])
def test_covariances(array: Any, keywords: dict[str, Any]) -> None:
    close(xp.cov(array, **keywords), np.cov(array.get(), **keywords))
    close(xp.corrcoef(array), np.corrcoef(array.get()))
    with pytest.warns(RuntimeWarning, match="Degrees of freedom"):
        xp.cov(array[:, :1])
    with pytest.raises(TypeError, match="fweights must be integer"):
        xp.cov(array, fweights=xp.ones(8))
    with pytest.warns(DeprecationWarning, match="have no effect"):
        xp.corrcoef(array, bias=True)


@pytest.mark.parametrize("keywords", [{}, {"left": -1, "right": 7}, {"period": 3}])
def test_interpolation(array: Any, keywords: dict[str, Any]) -> None:
    points, values = xp.asarray([-1.0, 0, 0.5, 2]), xp.asarray([3, 1, 4, 1])
    expected = np.interp(array.get(), points.get(), values.get(), **keywords)
    close(xp.interp(array, points, values, **keywords), expected)
    close(
        xp.interp(array, points, values + 1j),
        np.interp(array.get(), points.get(), values.get() + 1j),
    )
    with pytest.raises(NotImplementedError, match="Non-C-contiguous"):
        xp.interp(array.T, points, values)
    with pytest.raises(ValueError, match="same length"):
        xp.interp(array, points, values[1:])


@pytest.mark.parametrize("edge_order", [1, 2])
@pytest.mark.parametrize("spacing", [(), (2.0,), (0.5, 3.0)])
def test_gradients(array: Any, edge_order: int, spacing: Any) -> None:
    found = xp.gradient(array, *spacing, edge_order=edge_order)
    gradient: Any = np.gradient
    expected = gradient(array.get(), *spacing, edge_order=edge_order)
    for one, host in zip(found, expected, strict=True):
        close(one, host)
    uneven = xp.asarray([0, 1, 3, 4, 6, 7, 9, 12.0])
    close(
        xp.gradient(array, uneven, axis=1, edge_order=edge_order),
        gradient(array.get(), uneven.get(), axis=1, edge_order=edge_order),
    )
    with pytest.raises(ValueError, match="greater than 2"):
        xp.gradient(array, edge_order=3)
    with pytest.raises(TypeError, match="invalid number of arguments"):
        xp.gradient(array, 1.0, 2.0, 3.0)


@pytest.mark.parametrize("keywords", [{}, {"axis": 0}, {"discont": 4}, {"period": 3}])
def test_phases(array: Any, keywords: dict[str, Any]) -> None:
    close(xp.unwrap(array * 5, **keywords), np.unwrap(array.get() * 5, **keywords))


def test_functions_along_axes(array: Any) -> None:
    found = xp.apply_along_axis(lambda row, scale: row[:2] * scale, 0, array, 3)
    close(found, np.apply_along_axis(lambda row, scale: row[:2] * scale, 0, array.get(), 3))
    close(xp.apply_over_axes(xp.sum, array, [0, 1]), [[array.get().sum()]])
    with pytest.raises(ValueError, match="any iteration dimensions are 0"):
        xp.apply_along_axis(xp.sum, 0, array[:, :0])


def test_piecewise(array: Any) -> None:
    found = xp.piecewise(array, [array < 0, array > 1], [-1, 1, 7])
    close(found, np.piecewise(array.get(), [array.get() < 0, array.get() > 1], [-1, 1, 7]))
    with pytest.raises(NotImplementedError, match="Callable functions"):
        xp.piecewise(array, [array < 0], [abs])
    with pytest.raises(ValueError, match="either 1 or 2 functions"):
        xp.piecewise(array, [array < 0], [1, 2, 3])


def test_old_names(array: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.warns(DeprecationWarning, match="use `prod`"):
        close(xp.product(array), np.prod(array.get()))
    with pytest.raises(RuntimeError, match="removed in NumPy v2"):
        xp.disp(1)
    assert xp.trapz is xp.trapezoid
    xp.who({"array": array, "same": array})
    assert "same (array)" in capsys.readouterr().out


def test_memoized_results() -> None:
    calls = []

    @xp.memoize(for_each_device=True)  # type: ignore[untyped-decorator]
    def double(value: int) -> int:
        calls.append(value)
        return 2 * value

    assert [double(1), double(1), double(2)] == [2, 2, 4]
    xp.clear_memo()
    double(1)
    assert calls == [1, 2, 1]


def test_waiting_can_be_forbidden(array: Any) -> None:
    block = xpx.allow_synchronize(False)
    with pytest.warns(UserWarning, match="will be removed"):
        block.__enter__()
    _ = array + 1
    for use in (array.get, lambda: bool(array[0, 0])):
        with pytest.raises(xpx.DeviceSynchronized):
            use()
    block.__exit__(None, None, None)
    array.get()


def test_profiler(array: Any) -> None:
    import zarr_devbuf.simulator.cupyx.profiler as profiler

    result = profiler.benchmark(lambda: array + 1, n_repeat=3, name="add")
    assert (result.cpu_times.shape, result.gpu_times.shape) == ((3,), (1, 3))
    assert "GPU-0" in str(result)
    with profiler.profile(), profiler.time_range("range", color_id=1):
        pass
    with pytest.raises(ValueError, match="message argument cannot be None"):
        profiler.time_range().__enter__()
    with pytest.raises(ValueError, match="should be of tuple type"):
        profiler.benchmark(abs, [1])
    xp.cuda.nvtx.RangeEnd(xp.cuda.nvtx.RangeStart("range", None))


def test_properties_of_the_device() -> None:
    runtime = xp.cuda.runtime
    properties = runtime.getDeviceProperties(0)
    assert properties["warpSize"] == runtime.deviceGetAttribute(10, 0) == 32
    assert properties["pciBusID"] == runtime.deviceGetAttribute(33, 0)
    with pytest.raises(runtime.CUDARuntimeError, match="invalid argument"):
        runtime.deviceGetAttribute(0, 0)
    array = xp.ones(2)
    assert runtime.pointerGetMemoryType(array.data.ptr) == 2


def test_reciprocal_root() -> None:
    assert xpx.rsqrt(xp.asarray([4.0, 16])).tolist() == [0.5, 0.25]


def test_quantiles_out_of_range() -> None:
    """CuPy raises if all are above or all below; otherwise its results are undefined."""
    a = xp.arange(5.0)
    with pytest.raises(ValueError, match="Percentiles must be in the range"):
        xp.percentile(a, xp.asarray([101.0, 102.0]))
    with pytest.raises(NotImplementedError, match="quantiles out of range"):
        xp.percentile(a, xp.asarray([50.0, 102.0]))
    with record_transfers() as log:
        xp.percentile(a, xp.asarray(50.0))
    assert (log.device_to_host.count, log.device_to_host.nbytes) == (2, 16)


def test_kron_of_numbers(array: Any) -> None:
    assert xp.kron(2, 3) == 6
    close(xp.kron(array, 2), array.get() * 2)
    close(xp.kron(2.5, array), array.get() * 2.5)


def test_pad_by_a_function() -> None:
    def fill(line: Any, width: Any, axis: int, keywords: Any) -> None:
        line[: width[0]] = keywords["value"] + axis
        line[line.size - width[1] :] = -1

    host = np.arange(6.0).reshape(2, 3)
    for width in (1, (2, 1), ((1, 0), (2, 3))):
        close(xp.pad(xp.asarray(host), width, fill, value=5), np.pad(host, width, fill, value=5))


@pytest.mark.parametrize(
    ("shift", "axis"), [([1], None), ([1, -2], (0, 1)), ([3], (0, 1)), ([1, 2], 0), (5, 1)]
)
def test_roll_by_a_device_array(array: Any, shift: Any, axis: Any) -> None:
    given = xp.asarray(shift)
    close(xp.roll(array, given, axis), np.roll(array.get(), shift, axis))


def test_the_smallest_dtype_of_nested_arrays() -> None:
    small, wide = xp.zeros(2, "i1"), xp.zeros(2, "i8")
    assert xp.min_scalar_type([small, small]) is small.dtype
    assert xp.min_scalar_type(([small, wide],)) == "i8"
    assert xp.min_scalar_type([np.zeros(2, "f8")]) == "f8"
    assert xp.min_scalar_type(3) == "u1"
