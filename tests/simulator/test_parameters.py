"""Parameters have their effects: output arrays, dtypes, streams; none is accepted and ignored."""

from __future__ import annotations

import ast
import itertools
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator
import zarr_devbuf.simulator.cupy as xp

_ROOT = Path(zarr_devbuf.simulator.__file__).parent

# Parameters that need not have an effect, and why.
_NO_EFFECT = {
    # All work is done when a call returns.
    "stream", "blocking", "block", "non_blocking", "priority",
    # Hints, and parts of protocols of Python and NumPy.
    "max_work", "flags", "memo", "exc", "exc_type", "exc_value", "exception", "traceback",
    "self", "cls",
    # Import machinery.
    "path", "target", "spec", "module",
}  # fmt: skip
_KNOWN = {
    # CuPy ignores it, too.
    ("operators.py", "_power", "modulo"),
    ("_loops.py", "numpy_cupy_array_almost_equal_nulp", "scipy_name"),
    # Loops of ufuncs have one signature.
    ("statistics.py", "_clip_loop", "out"),
    ("statistics.py", "_round_loop", "out"),
    ("statistics.py", "_round_down_loop", "out"),
    ("ufunc_table.py", "_floored_pair", "out"),
    ("ufunc_table.py", "compute", "dtypes"),
    ("ufunc_table.py", "compute", "out"),
    ("ufunc_table.py", "compute_parts", "out"),
    ("ufuncs.py", "_compute_into", "shape"),
    ("searching.py", "_where_loop", "out"),
    ("logic.py", "_is_close_loop", "_"),
    ("mathematics.py", "_nan_to_num_loop", "_"),
    # CuPy sorts in any case.
    ("searching.py", "_in1d", "assume_unique"),
    ("mathematics.py", "compute", "_"),
    ("__init__.py", "_reciprocal_root", "_"),
    ("ufuncs.py", "compare", "_"),
    # The order of the products changes nothing but the time.
    ("mathematics.py", "_einsum", "optimize"),
    # Each simulated device has one kind of streams and of memory.
    ("driver.py", "cuInit", "Flags"),
    ("runtime.py", "cudaFreeAsync", "hStream"),
    ("runtime.py", "cudaMallocAsync", "hStream"),
    ("mmap.py", "__init__", "map_flags"),
    ("mmap.py", "__init__", "mode"),
    ("_resources.py", "__init__", "release_threshold"),
    ("_suballocators.py", "__init__", "dump_log_on_failure"),
    # What is freed is known by its address.
    ("_device_memory.py", "deallocate", "size"),
    ("_resources.py", "_deallocate", "nbytes"),
    ("numpy.py", "__array_function__", "types"),
    # No profiler is attached, and without one nvtx ignores them, too.
    ("_domain.py", "__new__", "name"),
    ("nvtx.py", "get_domain", "name"),
    *itertools.product(
        ("_domain.py",),
        ("mark", "push_range", "set_event_attributes", "start_range"),
        ("category", "color", "message", "payload"),
    ),
    # nvCOMP's working memory grows with the batch; the simulator needs none.
    *itertools.product(("_handlers.py",), ("_temp_size",), ("count", "largest", "total")),
    # Every launch can have a barrier of a grid of one block, and none of a larger grid.
    ("function.py", "__call__", "enable_cooperative_groups"),
    ("function.py", "linear_launch", "enable_cooperative_groups"),
    # Parts of the key by which modules are kept.
    ("raw.py", "_module_of", "enable_cooperative_groups"),
    ("raw.py", "_module_of", "translate_cucomplex"),
    # Always raises ``NotImplementedError``.
    ("ufuncs.py", "reduceat", "array"),
    ("ufuncs.py", "reduceat", "axis"),
    ("ufuncs.py", "reduceat", "dtype"),
    ("ufuncs.py", "reduceat", "indices"),
    ("ufuncs.py", "reduceat", "out"),
}


def _unused(function: ast.FunctionDef | ast.Lambda) -> set[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    body: list[Any] = function.body if isinstance(function.body, list) else [function.body]
    work = [one for one in body if not (isinstance(one, ast.Expr) and _is_constant(one.value))]
    if not work or all(isinstance(one, ast.Raise) for one in work):
        return set()
    names = {node.id for one in body for node in ast.walk(one) if isinstance(node, ast.Name)}
    return {one.arg for one in every} - names - _NO_EFFECT


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def test_every_parameter_is_used() -> None:
    found = set()
    for path in _ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.Lambda):
                name = getattr(node, "name", "lambda")
                found |= {(path.name, name, one) for one in _unused(node)}
    assert found == _KNOWN


def test_an_unused_parameter_is_found() -> None:
    tree = ast.parse("lambda a, out=None: call(a)")
    (node,) = [one for one in ast.walk(tree) if isinstance(one, ast.Lambda)]
    assert _unused(node) == {"out"}


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
@pytest.mark.parametrize("initial", [False, True])
def test_cumulative_functions_write_to_out(name: str, initial: bool) -> None:
    host = np.array([[3.0, 1, 2], [9, 7, 8]])
    expected = getattr(np, name)(host, axis=1, include_initial=initial)
    out = xp.zeros(expected.shape, "f4")
    getattr(xp, name)(xp.asarray(host), axis=1, out=out, include_initial=initial)
    assert out.tolist() == expected.tolist()


def test_outer_and_infinities_write_to_out() -> None:
    out = xp.zeros((2, 2))
    assert xp.outer(xp.asarray([1.0, 2]), xp.asarray([3.0, 4]), out=out) is out
    assert out.tolist() == [[3, 4], [6, 8]]
    flags = xp.zeros(2, "i4")
    assert xp.isneginf(xp.asarray([-np.inf, np.inf]), out=flags) is flags
    assert flags.tolist() == [1, 0]
    xp.isposinf(xp.asarray([-np.inf, np.inf]), out=flags)
    assert flags.tolist() == [0, 1]


def test_quantiles_write_to_out_and_sort_the_input() -> None:
    array = xp.asarray([[3.0, 1, 2], [9, 7, 8]])
    out = xp.zeros((2, 2), "f4")
    xp.quantile(array, [0.25, 0.75], axis=1, out=out)
    assert out.tolist() == [[1.5, 7.5], [2.5, 8.5]]
    assert array[0].tolist() == [3, 1, 2]
    assert xp.percentile(array, 50, axis=1, overwrite_input=True).tolist() == [2, 8]
    assert array[0].tolist() == [1, 2, 3]


def test_nan_to_num_in_place() -> None:
    array = xp.asarray([np.nan, 1.0])
    assert xp.nan_to_num(array, copy=False, nan=7) is array
    assert array.tolist() == [7, 1]


def test_dot_checks_out() -> None:
    left, right = xp.ones((2, 3)), xp.ones((3, 4))
    with pytest.raises(ValueError, match="Not supported dtype combination"):
        left.dot(right, out=xp.zeros((2, 4), "f4"))
    with pytest.raises(ValueError, match="must be C-contiguous"):
        left.dot(right, out=xp.zeros((2, 4), order="F"))
    with pytest.raises(TypeError, match="Argument 'out' has incorrect type"):
        left.dot(right, out=np.zeros((2, 4)))


@pytest.mark.parametrize("make", [xp.zeros, xp.empty, xp.ones])
def test_a_list_is_not_a_dtype(make: Any) -> None:
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        make(2, [("a", "i4")])


@pytest.mark.parametrize(
    ("dtype", "message"),
    [
        (np.dtype([("a", "i4", (2,))]), r"Unsupported dtype \('<i4', \(2,\)\)"),
        (np.dtype([("a", "i1"), ("b", "i4")]), "Field b with offset 1 is not aligned to 4"),
        (np.dtype([("a", "S3")]), r"Unsupported dtype \|S3"),
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        lambda array: array.copy(),
        lambda array: array == array,
        lambda array: array.fill(0),
        lambda array: xp.concatenate([array, array]),
        lambda array: array[[0]],
    ],
)
def test_kernels_reject_fields(dtype: np.dtype[Any], message: str, use: Any) -> None:
    array = xp.zeros(2 * dtype.itemsize, "u1").view(dtype)
    with pytest.raises(ValueError, match=message):
        use(array)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2"])
def test_narrow_indices_reach_over_long_axes(dtype: str) -> None:
    array, index = xp.arange(70000), xp.asarray(np.array([1, 100], dtype))
    assert array[index].tolist() == [1, 100]
    array[index] = 0
    xp.put(array, index + 1, 0)
    assert xp.take_along_axis(array, index, 0).tolist() == [0, 0]
    assert int((array == 0).sum()) == 5


def test_ix_takes_lists_and_host_arrays() -> None:
    rows, columns = xp.ix_([0, 1], np.array([True, False, True]))
    assert (rows.tolist(), columns.tolist()) == ([[0], [1]], [[0, 2]])


def test_a_device_object_is_entered_by_two_threads() -> None:
    device = xp.cuda.Device(0)
    inside = threading.Barrier(2, timeout=20)
    errors: list[BaseException] = []

    def enter() -> None:
        try:
            with device:
                inside.wait()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert errors == []
    assert device.use() == device
    number: Any = 1
    with pytest.raises(TypeError, match="not supported between instances"):
        _ = device < number


def test_the_array_interface_has_the_current_stream() -> None:
    array, stream = xp.arange(3), xp.cuda.Stream()
    assert array.__cuda_array_interface__["stream"] == 1
    with stream:
        assert array.__cuda_array_interface__["stream"] == stream.ptr
    with xp.cuda.Stream.ptds:
        assert array.__cuda_array_interface__["stream"] == 2


def test_a_capsule_is_consumed_once() -> None:
    array = xp.arange(6).reshape(2, 3).T
    capsule = array.__dlpack__()
    same = xp.from_dlpack(capsule)
    assert (same.data.ptr, same.strides) == (array.data.ptr, array.strides)
    with pytest.raises(ValueError, match="consumed multiple times"):
        xp.from_dlpack(capsule)
    # NumPy before 2.2 raises RuntimeError.
    with pytest.raises((BufferError, RuntimeError)):
        np.from_dlpack(array)
