"""Fourier transforms: CuPy's choice of plans, dtypes and layouts; NumPy computes."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import DeviceArray
from zarr_devbuf.simulator.cupy.cuda import cufft
from zarr_devbuf.simulator.cupy.fft._cache import get_plan_cache
from zarr_devbuf.simulator.cupy.fft._config import config

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

_FORWARD, _INVERSE = cufft.CUFFT_FORWARD, cufft.CUFFT_INVERSE
_TYPES = {
    ("C2C", "F"): cufft.CUFFT_C2C,
    ("R2C", "f"): cufft.CUFFT_R2C,
    ("C2R", "F"): cufft.CUFFT_C2R,
    ("C2C", "D"): cufft.CUFFT_Z2Z,
    ("R2C", "d"): cufft.CUFFT_D2Z,
    ("C2R", "D"): cufft.CUFFT_Z2D,
}
_MOST_AXES = 3


def _output_dtype(dtype: np.dtype[Any], value_type: str) -> np.dtype[Any]:
    """Return the dtype to which the input of a transform is cast."""
    single = dtype.char in "efF"
    if value_type == "R2C":
        return np.dtype(np.float32 if single else np.float64)
    return np.dtype(np.complex64 if single else np.complex128)


def _convert_fft_type(dtype: np.dtype[Any], value_type: str) -> int:
    try:
        return _TYPES[value_type, dtype.char]
    except KeyError:
        raise ValueError from None


def _converted(a: Any, value_type: str) -> Any:
    dtype = _output_dtype(a.dtype, value_type)
    return a if a.dtype == dtype else a.astype(dtype)


def _resized(a: Any, s: Any, axes: Any, value_type: str, order: str = "C") -> Any:
    """Crop axes, or fill them up with zeros."""
    if s is None or s == a.shape:
        return a
    lengths = list(s)
    if value_type == "C2R" and lengths[-1] is not None:
        lengths[-1] = lengths[-1] // 2 + 1
    for length, axis in zip(lengths, axes, strict=False):
        if length is None or length == a.shape[axis]:
            continue
        shape = list(a.shape)
        index = [slice(None)] * a.ndim
        index[axis] = slice(0, min(length, shape[axis]))
        if length < shape[axis]:
            a = a[tuple(index)]
        else:
            shape[axis] = length
            filled = get_namespace().zeros(shape, a.dtype.char, order=order)
            filled[tuple(index)] = a
            a = filled
    return a


def _check_norm(norm: Any) -> Any:
    if norm is None:
        return "backward"
    if norm not in ("backward", "ortho", "forward"):
        raise ValueError(f'Invalid norm value {norm}, should be "backward", "ortho", or "forward".')
    return norm


def _normalize(out: Any, count: int, norm: Any, direction: int) -> None:
    if norm == "ortho":
        out /= math.sqrt(count)
    elif (norm == "backward" and direction == _INVERSE) or (
        norm == "forward" and direction == _FORWARD
    ):
        out /= count


def _chosen_plan(plan: Any) -> Any:
    """Return the plan that was passed, or that of the block, if any."""
    current = cufft.get_current_plan()
    if current is None:
        return plan
    if plan is not None:
        raise RuntimeError("Use the cuFFT plan either as a context manager or as an argument.")
    return current


def _check_plan_1d(plan: Any, fft_type: int, size: int, batch: int) -> None:
    if not isinstance(plan, cufft.Plan1d):
        raise ValueError("expected plan to have type cufft.Plan1d")  # noqa: TRY004
    if fft_type != plan.fft_type:
        raise ValueError("cuFFT plan dtype mismatch.")
    if size != plan.nx:
        raise ValueError("Target array size does not match the plan.", size, plan.nx)
    if batch != plan.batch:
        raise ValueError("Batch size does not match the plan.")
    if config.use_multi_gpus != (plan.gpus is not None):
        raise ValueError("Unclear if multiple GPUs are to be used or not.")


def plan_1d(size: int, fft_type: int, batch: int, *, keep: bool = True) -> Any:
    """Return a plan for one axis: a cached one, or a new one, which is cached if `keep` is set."""
    devices = config.devices
    key = size, fft_type, batch, devices
    plan = get_plan_cache().get(key)
    if plan is None:
        plan = cufft.Plan1d(size, fft_type, batch, devices=devices)
        if keep:
            get_plan_cache()[key] = plan
    return plan


def _along(
    a: Any,
    direction: int,
    value_type: str,
    norm: Any,
    axis: int,
    overwrite_x: bool,
    size: int | None = None,
    plan: Any = None,
) -> Any:
    """Transform along one axis."""
    fft_type = _convert_fft_type(a.dtype, value_type)
    moved = axis % a.ndim != a.ndim - 1
    if moved:
        a = a.swapaxes(axis, -1)
    fits = a.base is None and a._raw.flags.c_contiguous
    if not fits or (value_type == "C2R" and not overwrite_x):
        a = a.copy()
    points = a.shape[-1]
    if points < 1:
        raise ValueError(f"Invalid number of FFT data points ({points}) specified.")
    target = points if size is None else size
    batch = a.size // points
    plan = _chosen_plan(plan)
    if plan is None:
        plan = plan_1d(target, fft_type, batch)
    else:
        _check_plan_1d(plan, fft_type, target, batch)
    out = a if overwrite_x and value_type == "C2C" else plan.get_output_array(a)
    if batch:
        plan.fft(a, out, direction)
    _normalize(out, points if value_type == "R2C" else out.shape[-1], norm, direction)
    return out.swapaxes(axis, -1) if moved else out


def _along_each(
    a: Any, direction: int, norm: Any, axes: Any, overwrite_x: bool, plan: Any = None
) -> Any:
    for axis in axes:
        a = _along(a, direction, "C2C", norm, axis, overwrite_x, plan=plan)
    return a


def _real_size(shape: Any, s: Any, last_axis: int, value_type: str) -> Any:
    """Return the length in the output of the axis that a real transform halves or doubles."""
    if value_type == "R2C":
        return shape[last_axis] // 2 + 1
    if value_type == "C2R":
        return s[-1] if s is not None and s[-1] is not None else 2 * (shape[last_axis] - 1)
    return None


def _without_axes(a: Any, value_type: str) -> Any:
    if value_type == "C2C":
        return a
    raise IndexError("list index out of range")


def _fft(
    a: Any,
    s: Any,
    axes: Any,
    norm: Any,
    direction: int,
    value_type: str = "C2C",
    overwrite_x: bool = False,
    plan: Any = None,
) -> Any:
    """Transform one axis after the other."""
    if not isinstance(a, DeviceArray):
        raise TypeError("The input array a must be a cupy.ndarray")
    if s is not None and axes is not None and len(s) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    if axes is None:
        axes = range(-(a.ndim if s is None else len(s)), 0)
    axes = tuple(axes)
    if not axes:
        return _without_axes(a, value_type)
    norm = _check_norm(norm)
    a = _resized(_converted(a, value_type), s, axes, value_type)
    if value_type == "C2C":
        return _along_each(a, direction, norm, axes, overwrite_x, plan)
    if value_type == "R2C":
        a = _along(a, direction, value_type, norm, axes[-1], overwrite_x)
        return _along_each(a, direction, norm, axes[:-1], overwrite_x)
    a = _along_each(a, direction, norm, axes[:-1], overwrite_x)
    size = _real_size(a.shape, s, axes[-1], value_type)
    return _along(a, direction, value_type, norm, axes[-1], overwrite_x, size)


def _normal_axes(ndim: int, s: Any, axes: Any, value_type: str) -> tuple[Any, Any]:
    """Return the axes as they were given, and in the order of a plan."""
    if s is not None and axes is not None and len(s) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    if axes is None:
        count = ndim if s is None else len(s)
        axes = tuple(range(ndim - count, ndim))
        return axes, axes
    axes = tuple(axes)
    if not axes:
        return (), ()
    if min(axes) < -ndim or max(axes) > ndim - 1:
        raise ValueError("The specified axes exceed the array dimensions.")
    if value_type == "C2C":
        return axes, tuple(sorted(axis % ndim for axis in axes))
    return axes, (*sorted(axis % ndim for axis in axes[:-1]), axes[-1] % ndim)


def _has_plan(axes: Any, ndim: int) -> bool:
    """Return whether there is one plan for all of the axes."""
    return (
        0 < len(axes) <= _MOST_AXES
        and (0 in axes or ndim - 1 in axes)
        and all(after - before == 1 for before, after in itertools.pairwise(axes))
    )


def plan_nd(
    shape: Any, fft_type: int, axes: Any, order: str, size: int | None, *, keep: bool = True
) -> Any:
    """Return a plan for several axes: a cached one, or a new one, cached if `keep` is set."""
    ndim = len(shape)
    value_type = next(kind for (kind, _), number in _TYPES.items() if number == fft_type)
    _, axes = _normal_axes(ndim, None, axes, value_type)
    if not _has_plan(axes, ndim):
        raise ValueError(
            "An n-dimensional cuFFT plan could not be created. The axes must be contiguous and "
            "non-repeating. Between one and three axes can be transformed and either the first "
            "or last axis must be included in axes."
        )
    given = tuple(shape[axis] for axis in axes)
    given = given if order == "C" else given[::-1]
    made = given if size is None else (*given[:-1], size)
    points = made if value_type == "C2R" else given
    others = [length for axis, length in enumerate(shape) if axis not in axes]
    batch = math.prod(others)
    # Where the batch comes last in memory, its elements are neighbours.
    if others and (0 in axes) == (order == "C"):
        layout: tuple[int, int, int, int] = batch, 1, batch, 1
    elif others:
        layout = 1, math.prod(given), 1, math.prod(made)
    else:
        layout = 1, 1, 1, 1
    if any(length < 1 for length in points):
        raise ValueError("Invalid number of FFT data points specified.")
    istride, idist, ostride, odist = layout
    key: tuple[Any, ...] = (
        points,
        given,
        istride,
        idist,
        made,
        ostride,
        odist,
        fft_type,
        batch,
        order,
        axes[-1],
        size,
    )
    plan = get_plan_cache().get(key)
    if plan is None:
        plan = cufft.PlanNd(*key)
        if keep:
            get_plan_cache()[key] = plan
    return plan


def _check_plan_nd(
    plan: Any, a: Any, axes: Any, order: str, fft_type: int, size: int | None
) -> None:
    if not isinstance(plan, cufft.PlanNd):
        raise ValueError("expected plan to have type cufft.PlanNd")  # noqa: TRY004
    if order != plan.order:
        raise ValueError(f"array orders mismatch (plan: {plan.order}, input: {order})")
    expected = [a.shape[axis] for axis in (axes if order == "C" else axes[::-1])]
    if order == "C" and fft_type in (cufft.CUFFT_C2R, cufft.CUFFT_Z2D):
        expected[-1] = size
    if tuple(expected) != plan.shape:
        raise ValueError(
            f"The cuFFT plan and a.shape do not match: plan.shape = {plan.shape}, "
            f"expected_shape={tuple(expected)}, a.shape = {a.shape}"
        )
    if fft_type != plan.fft_type:
        raise ValueError("cuFFT plan dtype mismatch.")
    if size is not None:
        if axes[-1] != plan.last_axis:
            raise ValueError("The last axis for R2C/C2R mismatch")
        if size != plan.last_size:
            raise ValueError("The size along the last R2C/C2R axis mismatch")


def _in_order(a: Any, order: str) -> Any:
    xp = get_namespace()
    return xp.ascontiguousarray(a) if order == "C" else xp.asfortranarray(a)


def _ordered(a: Any, order: str) -> tuple[Any, str]:
    """Return an array that has a memory order, and that order."""
    if order != "A":
        if order not in ("C", "F"):
            raise ValueError(f"Unsupported order: {order}")
        return a, order
    flags = a._raw.flags
    if flags.f_contiguous:
        return a, "F"
    return (a if flags.c_contiguous else _in_order(a, "C")), "C"


def _fftn(
    a: Any,
    s: Any,
    axes: Any,
    norm: Any,
    direction: int,
    value_type: str = "C2C",
    order: str = "A",
    plan: Any = None,
    overwrite_x: bool = False,
    out: Any = None,
) -> Any:
    """Transform several axes by one plan."""
    if not isinstance(a, DeviceArray):
        raise TypeError("The input array a must be a cupy.ndarray")
    norm = _check_norm(norm)
    axes, ordered = _normal_axes(a.ndim, s, axes, value_type)
    if not ordered:
        return _without_axes(a, value_type)
    a, order = _ordered(_converted(a, value_type), order)
    a = _resized(a, s, axes, value_type, order)
    for length in a.shape:
        if length < 1:
            raise ValueError(f"Invalid number of FFT data points ({length}) specified.")
    a = _in_order(a, order)
    size = _real_size(a.shape, s, ordered[-1], value_type)
    out = _by_plan(a, ordered, direction, value_type, overwrite_x, plan, out, size)
    counted = a if value_type == "R2C" else out
    _normalize(out, math.prod(counted.shape[axis] for axis in ordered), norm, direction)
    return out


def _by_plan(
    a: Any,
    axes: Any,
    direction: int,
    value_type: str,
    overwrite_x: bool,
    plan: Any,
    out: Any,
    size: Any,
) -> Any:
    # CuPy asks the array again: if it is contiguous in both orders, the order is C.
    order = "C" if a._raw.flags.c_contiguous else "F"
    fft_type = _convert_fft_type(a.dtype, value_type)
    if value_type == "C2R" and not overwrite_x:
        a = a.copy()
    current = cufft.get_current_plan()
    plan = plan if current is None else current
    if plan is None:
        plan = plan_nd(a.shape, fft_type, axes, order, size)
    else:
        _check_plan_nd(plan, a, axes, order, fft_type, size)
    if overwrite_x and value_type == "C2C":
        out = a
    elif out is None:
        out = plan.get_output_array(a, order=order)
    else:
        plan.check_output_array(a, out)
    if out.size:
        plan.fft(a, out, direction)
    return out


def _default_fft_func(
    a: Any, s: Any = None, axes: Any = None, plan: Any = None, value_type: str = "C2C"
) -> Any:
    """Return the function that transforms several axes: by one plan if there is one."""
    plan = _chosen_plan(plan)
    if isinstance(plan, cufft.PlanNd):
        return _fftn
    if isinstance(plan, cufft.Plan1d) or a.ndim == 1 or not config._enable_nd_planning.get():
        return _fft
    if a.flags.f_contiguous and value_type != "C2C":
        return _fft
    _, ordered = _normal_axes(a.ndim, s, axes, value_type)
    return _fftn if len(ordered) > 1 and _has_plan(ordered, a.ndim) else _fft


def _size_last_transform_axis(shape: Any, s: Any, axes: Any) -> Any:
    if s is not None:
        return shape[-1] if s[-1] is None else s[-1]
    return shape[-1] if axes is None else shape[axes[-1]]


def _real_result(a: Any, axes: Any, result: Any) -> Any:
    """Cast the result of one axis to the dtype that NumPy has for it."""
    if axes is None or len(axes) != 1:
        return result
    return result.astype(np.result_type(a.real.dtype, 1.0), copy=False)


def _swap_direction(norm: Any) -> Any:
    if norm not in (None, "backward", "forward", "ortho"):
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho", or "forward".')
    return {None: "forward", "backward": "forward", "forward": "backward"}.get(norm, norm)


def fft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """Transform along one axis."""
    return _fft(a, (n,), (axis,), norm, _FORWARD)


def ifft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """Transform back along one axis."""
    return _fft(a, (n,), (axis,), norm, _INVERSE)


def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """Transform along two axes."""
    return _default_fft_func(a, s, axes)(a, s, axes, norm, _FORWARD)


def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """Transform back along two axes."""
    return _default_fft_func(a, s, axes)(a, s, axes, norm, _INVERSE)


def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """Transform along several axes."""
    return _default_fft_func(a, s, axes)(a, s, axes, norm, _FORWARD)


def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """Transform back along several axes."""
    return _default_fft_func(a, s, axes)(a, s, axes, norm, _INVERSE)


def rfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """Transform real numbers along one axis."""
    return _fft(a, (n,), (axis,), norm, _FORWARD, "R2C")


def irfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """Transform back to real numbers along one axis."""
    return _real_result(a, (axis,), _fft(a, (n,), (axis,), norm, _INVERSE, "C2R"))


def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """Transform real numbers along two axes."""
    return rfftn(a, s, axes, norm)


def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    """Transform back to real numbers along two axes."""
    return irfftn(a, s, axes, norm)


def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """Transform real numbers along several axes."""
    function = _default_fft_func(a, s, axes, value_type="R2C")
    return function(a, s, axes, norm, _FORWARD, "R2C")


def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    """Transform back to real numbers along several axes."""
    function = _default_fft_func(a, s, axes, value_type="C2R")
    return _real_result(a, axes, function(a, s, axes, norm, _INVERSE, "C2R"))


def hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """Transform one half of a Hermitian signal to real numbers."""
    return irfft(a.conj(), n, axis, _swap_direction(norm))


def ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """Transform real numbers to one half of a Hermitian signal."""
    return rfft(a, n, axis, _swap_direction(norm)).conj()


def fftfreq(n: Any, d: Any = 1.0) -> Any:
    """Return the frequencies of a transform."""
    xp = get_namespace()
    positive = xp.arange(0, (n - 1) // 2 + 1, dtype=np.float64)
    negative = xp.arange(-(n // 2), 0, dtype=np.float64)
    return xp.hstack((positive, negative)) / (n * d)


def rfftfreq(n: Any, d: Any = 1.0) -> Any:
    """Return the frequencies of a transform of real numbers."""
    return get_namespace().arange(0, n // 2 + 1, dtype=np.float64) / (n * d)


def _shifted(x: Any, axes: Any, sign: int) -> Any:
    xp = get_namespace()
    x = xp.asarray(x)
    if axes is None:
        axes = list(range(x.ndim))
    elif isinstance(axes, int):
        axes = (axes,)
    return xp.roll(x, [sign * (x.shape[axis] // 2) for axis in axes], axes)


def fftshift(x: Any, axes: Any = None) -> Any:
    """Move the frequency 0 to the middle."""
    return _shifted(x, axes, 1)


def ifftshift(x: Any, axes: Any = None) -> Any:
    """Move the frequency 0 from the middle to the start."""
    return _shifted(x, axes, -1)
