"""Functions that call functions, and functions under their old names."""

# ruff: noqa: T201 - CuPy prints.
from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.reshaping import normalize_axis
from zarr_devbuf.simulator._core.storage import DeviceArray
from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]


def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    xp = get_namespace()
    axis = normalize_axis(axis, arr.ndim)
    moved = xp.moveaxis(arr, axis, -1)
    buffer: Any = None
    trailing = 0
    for index in np.ndindex(moved.shape[:-1]):
        result = xp.asarray(func1d(moved[(*index, ...)], *args, **kwargs))
        if buffer is None:
            trailing = result.ndim
            buffer = xp.empty(moved.shape[:-1] + result.shape, result.dtype)
        buffer[(*index, ...)] = result
    if buffer is None:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    for _ in range(trailing):
        buffer = xp.moveaxis(buffer, -1, axis)
    return buffer


def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    xp = get_namespace()
    value = xp.asarray(a)
    ndim = a.ndim
    for one in (axes,) if np.ndim(axes) == 0 else axes:
        axis = normalize_axis(one, ndim)
        result = func(value, axis)
        if result.ndim != value.ndim:
            result = xp.expand_dims(result, axis)
            if result.ndim != value.ndim:
                raise ValueError("function is not returning an array of the correct shape")
        value = result
    return value


def _not_callable(function: Any) -> Any:
    if callable(function):
        raise NotImplementedError("Callable functions are not supported currently")
    return function


def _piecewise(x: Any, condlist: Any, funclist: Any) -> Any:
    xp = get_namespace()
    if xp.isscalar(condlist):
        condlist = [condlist]
    conditions, functions = len(condlist), len(funclist)
    if conditions == functions:
        out = xp.zeros(x.shape, x.dtype)
    elif conditions + 1 == functions:
        out = xp.full(x.shape, _not_callable(funclist[-1]), x.dtype)
        funclist = funclist[:-1]
    else:
        raise ValueError(
            f"with {conditions} condition(s), either {conditions} or {conditions + 1} functions "
            "are expected"
        )
    for condition, function in zip(condlist, funclist, strict=True):
        value = _not_callable(function)
        if isinstance(value, DeviceArray):
            value = value.astype(x.dtype)
        chosen = xp.array(condition) if xp.isscalar(condition) else condition
        out[...] = xp.where(chosen, value, out)
    return out


def _mask_indices(n: Any, mask_func: Any, k: Any = 0) -> Any:
    return mask_func(get_namespace().ones((n, n), dtype=np.int8), k).nonzero()


def _product(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
) -> Any:
    warnings.warn("Please use `prod` instead.", DeprecationWarning, stacklevel=2)
    return get_namespace().prod(a, axis, dtype, out, keepdims)


def _cumproduct(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    warnings.warn("Please use `cumprod` instead.", DeprecationWarning, stacklevel=2)
    return get_namespace().cumprod(a, axis, dtype, out)


def _who(vardict: Any = None) -> None:
    if vardict is None:
        vardict = sys._getframe(1).f_globals  # noqa: SLF001
    names: dict[int, str] = {}
    rows = []
    total = 0
    for name in sorted(vardict):
        array = vardict[name]
        if not isinstance(array, DeviceArray):
            continue
        shown = name
        if id(array) in names:
            shown = f"{name} ({names[id(array)]})"
        else:
            names[id(array)] = name
            total += array.nbytes
        shape = " x ".join(map(str, array.shape))
        rows.append((shown, shape, str(array.nbytes), array.dtype.name))
    if rows:
        widths = [max(10, *(len(row[place]) for row in rows)) for place in range(3)]
        heading = "Name {} Shape {} Bytes {} Type".format(*(" " * width for width in widths))
        print(f"{heading}\n{'=' * (len(heading) + 5)}\n")
        for *texts, dtype in rows:
            gaps = (width + extra for width, extra in zip(widths, (4, 5, 5), strict=True))
            cells = (
                f"{text} {' ' * (gap - len(text))}" for text, gap in zip(texts, gaps, strict=True)
            )
            print(*cells, dtype)
    print(f"\nUpper bound on total bytes  =       {total}")


FUNCTIONS: dict[str, Any] = named(
    {
        "apply_along_axis": _apply_along_axis,
        "apply_over_axes": _apply_over_axes,
        "cumproduct": _cumproduct,
        "mask_indices": _mask_indices,
        "piecewise": _piecewise,
        "product": _product,
        "who": _who,
    }
)
"""The functions by name."""
