"""Fourier transforms with SciPy's arguments."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import sys
from numbers import Number
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import DeviceArray
from zarr_devbuf.simulator.cupy.cuda.cufft import CUFFT_FORWARD, CUFFT_INVERSE
from zarr_devbuf.simulator.cupy.fft._fft import _default_fft_func, _fft, _swap_direction

__all__ = [
    "fft",
    "fft2",
    "fftn",
    "hfft",
    "hfft2",
    "hfftn",
    "ifft",
    "ifft2",
    "ifftn",
    "ihfft",
    "ihfft2",
    "ihfftn",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftn",
]

__ua_domain__ = "numpy.scipy.fft"


def __ua_convert__(dispatchables: Any, coerce: Any) -> Any:  # noqa: N807 - SciPy's protocol
    """Convert the arguments of a function of ``scipy.fft``."""
    values = []
    for one in dispatchables:
        value = one.value
        if coerce and one.coercible and one.type is np.ndarray:
            try:
                value = get_namespace().asarray(value)
            except TypeError:
                return NotImplemented
        if one.type is np.ndarray and not isinstance(value, DeviceArray):
            return NotImplemented
        values.append(value)
    return values


def __ua_function__(method: Any, args: Any, kwargs: Any) -> Any:  # noqa: N807 - SciPy's protocol
    """Call the function for a function of ``scipy.fft``."""
    # The functions of the package, which are those of this module and others.
    package = sys.modules[__name__.rpartition(".")[0]]
    function = getattr(package, method.__name__, None)
    return NotImplemented if function is None else function(*args, **kwargs)


def _sequence(value: Any) -> Any:
    return (value,) if isinstance(value, Number) else value


def _several(
    x: Any, s: Any, axes: Any, norm: Any, kind: str, overwrite_x: bool, plan: Any, direction: int
) -> Any:
    s, axes = _sequence(s), _sequence(axes)
    function = _default_fft_func(x, s, axes, value_type=kind)
    return function(x, s, axes, norm, direction, kind, overwrite_x=overwrite_x, plan=plan)


def _without_plan(name: str, plan: Any) -> None:
    if plan is not None:
        raise NotImplementedError(f"{name} plan is currently not yet supported")


def fft(
    x: Any,
    n: Any = None,
    axis: int = -1,
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform along one axis."""
    return _fft(x, (n,), (axis,), norm, CUFFT_FORWARD, overwrite_x=overwrite_x, plan=plan)


def ifft(
    x: Any,
    n: Any = None,
    axis: int = -1,
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform back along one axis."""
    return _fft(x, (n,), (axis,), norm, CUFFT_INVERSE, overwrite_x=overwrite_x, plan=plan)


def fft2(
    x: Any,
    s: Any = None,
    axes: Any = (-2, -1),
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform along two axes."""
    return fftn(x, s, axes, norm, overwrite_x, plan=plan)


def ifft2(
    x: Any,
    s: Any = None,
    axes: Any = (-2, -1),
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform back along two axes."""
    return ifftn(x, s, axes, norm, overwrite_x, plan=plan)


def fftn(
    x: Any,
    s: Any = None,
    axes: Any = None,
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform along several axes."""
    return _several(x, s, axes, norm, "C2C", overwrite_x, plan, CUFFT_FORWARD)


def ifftn(
    x: Any,
    s: Any = None,
    axes: Any = None,
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform back along several axes."""
    return _several(x, s, axes, norm, "C2C", overwrite_x, plan, CUFFT_INVERSE)


def rfft(
    x: Any,
    n: Any = None,
    axis: int = -1,
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform real numbers along one axis."""
    return _fft(x, (n,), (axis,), norm, CUFFT_FORWARD, "R2C", overwrite_x=overwrite_x, plan=plan)


def irfft(
    x: Any,
    n: Any = None,
    axis: int = -1,
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform back to real numbers along one axis."""
    return _fft(x, (n,), (axis,), norm, CUFFT_INVERSE, "C2R", overwrite_x=overwrite_x, plan=plan)


def rfft2(
    x: Any,
    s: Any = None,
    axes: Any = (-2, -1),
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform real numbers along two axes."""
    return rfftn(x, s, axes, norm, overwrite_x, plan=plan)


def irfft2(
    x: Any,
    s: Any = None,
    axes: Any = (-2, -1),
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform back to real numbers along two axes."""
    return irfftn(x, s, axes, norm, overwrite_x, plan=plan)


def rfftn(
    x: Any,
    s: Any = None,
    axes: Any = None,
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform real numbers along several axes."""
    return _several(x, s, axes, norm, "R2C", overwrite_x, plan, CUFFT_FORWARD)


def irfftn(
    x: Any,
    s: Any = None,
    axes: Any = None,
    norm: Any = None,
    overwrite_x: bool = False,
    *,
    plan: Any = None,
) -> Any:
    """Transform back to real numbers along several axes."""
    return _several(x, s, axes, norm, "C2R", overwrite_x, plan, CUFFT_INVERSE)


def _hermitian(name: str, function: Any, inverse: bool, first: Any) -> Any:
    """Return a transform between half of a Hermitian signal and real numbers.

    As in CuPy, `overwrite_x` has no effect, and there are no plans.
    """

    def transform(
        x: Any,
        n: Any = None,
        axis: Any = first,
        norm: Any = None,
        overwrite_x: bool = False,
        *,
        plan: Any = None,
    ) -> Any:
        _without_plan(name, plan)
        del overwrite_x
        if inverse:
            return function(x, n, axis, _swap_direction(norm)).conj()
        return function(x.conj(), n, axis, _swap_direction(norm))

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = f"Same as ``scipy.fft.{name}``, on the device."
    return transform


hfft = _hermitian("hfft", irfft, inverse=False, first=-1)
ihfft = _hermitian("ihfft", rfft, inverse=True, first=-1)


def _hermitian_of_several(name: str, function: Any, inverse: bool, first: Any) -> Any:
    along_one = _hermitian(name, function, inverse, first)

    def transform(
        x: Any,
        s: Any = None,
        axes: Any = first,
        norm: Any = None,
        overwrite_x: bool = False,
        *,
        plan: Any = None,
    ) -> Any:
        return along_one(x, s, axes, norm, overwrite_x, plan=plan)

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = along_one.__doc__
    return transform


hfft2 = _hermitian_of_several("hfft2", irfft2, inverse=False, first=(-2, -1))
ihfft2 = _hermitian_of_several("ihfft2", rfft2, inverse=True, first=(-2, -1))
hfftn = _hermitian_of_several("hfftn", irfftn, inverse=False, first=None)
ihfftn = _hermitian_of_several("ihfftn", rfftn, inverse=True, first=None)
