"""Reductions, with CuPy's dtypes and errors and NumPy's arithmetic."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.dtypes import as_native, resolve
from zarr_devbuf.simulator._core.storage import (
    DeviceArray,
    check_device,
    kernel_operand,
    kernel_target,
    memory_here,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["REDUCTIONS", "Reduction", "normalize_axes"]

_INTS = "bBhHiIlLqQ"


def normalize_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return the axes to reduce, sorted; raise the same errors as CuPy."""
    if axis is None:
        return tuple(range(ndim))
    # NumPy's scalars have `__getitem__`, but are not sequences.
    several = hasattr(axis, "__getitem__") and not isinstance(axis, np.generic)
    axes = tuple(axis) if several else (axis,)
    for one in axes:
        if isinstance(one, (float, complex)) or not hasattr(one, "__index__"):
            raise TypeError(f"'{type(one).__name__}' object cannot be interpreted as an integer")
    for one in axes:
        if not -ndim <= one < ndim:
            raise np.exceptions.AxisError(one, ndim)
    reduced = sorted(one % ndim for one in axes)
    if len(set(reduced)) != len(reduced):
        raise ValueError("duplicate value in 'axis'")
    return tuple(reduced)


class Reduction:
    """One reduction, with its input and output dtypes.

    Parameters
    ----------
    name
        CuPy's name of it, which its error messages contain.
    compute
        NumPy's function, which is called with memory, ``axis`` and ``keepdims``.
    auto
        Pairs of dtype characters: an input dtype, and the output dtype. The first pair to which the
        input can be cast is used.
    keep
        The dtypes that ``dtype=`` accepts; if empty, the output dtypes of `auto`.
    identity
        Whether a reduction over no elements has a value.
    accumulates
        Whether it is a sum or a product, computed in the dtype of the result.
    """

    def __init__(
        self,
        name: str,
        compute: Callable[..., Any],
        auto: str,
        *,
        keep: str = "",
        identity: bool = True,
        accumulates: bool = False,
    ) -> None:
        self.name = name
        self._compute = compute
        self._auto = [(np.dtype(pair[0]), np.dtype(pair[-1])) for pair in auto.split()]
        self._keep = [np.dtype(char) for char in keep]
        self._identity = identity
        self._accumulates = accumulates
        # Reductions that return positions compare the values without a cast.
        self._casts = not name.startswith(("cupy_arg", "cupy_nanarg"))
        self._found: dict[np.dtype[Any], tuple[np.dtype[Any], np.dtype[Any]]] = {}

    def _dtypes(
        self, given: np.dtype[Any], requested: np.dtype[Any] | None
    ) -> tuple[np.dtype[Any], np.dtype[Any]]:
        if requested is None:
            found = self._found.get(given)
            if found is None:
                found = self._found[given] = self._find_dtypes(given, None)
            return found
        return self._find_dtypes(given, requested)

    def _find_dtypes(
        self, given: np.dtype[Any], requested: np.dtype[Any] | None
    ) -> tuple[np.dtype[Any], np.dtype[Any]]:
        if requested is None:
            for loop in self._auto:
                if np.can_cast(given, loop[0]):
                    return loop
            raise TypeError(f"Wrong type (({given!r},)) of arguments for {self.name}")
        if self._keep:
            if requested in self._keep:
                return requested, requested
        else:
            for loop in self._auto:
                if loop[1] == requested:
                    return loop
        raise TypeError(f"Wrong type ({requested.type}) of arguments for {self.name}")

    def __call__(  # noqa: C901 - without calls
        self,
        array: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
    ) -> Any:
        """Reduce along axes; the result is on the device."""
        try:
            raw = kernel_operand(array)
        except ValueError:
            # A structured dtype is rejected as the argument, whether or not kernels can read it.
            raw = memory_here(array)
        requested = None if dtype is None else as_native(resolve(dtype))
        inner, outer = self._dtypes(raw.dtype, requested)
        shape: tuple[int, ...]
        if axis is None and not keepdims:
            axes, shape = tuple(range(raw.ndim)), ()
        else:
            axes = normalize_axes(axis, raw.ndim)
            shape = tuple(
                1 if index in axes else length
                for index, length in enumerate(raw.shape)
                if keepdims or index not in axes
            )
        target = None
        if out is not None:
            target = self._check_out(out, shape)
        if 0 in shape:
            return out if out is not None else wrap(np.empty(shape, outer))
        if not self._identity and 0 in raw.shape:
            raise ValueError(
                f"zero-size array to reduction operation {self.name} which has no identity"
            )
        if raw.dtype.kind == "c" and inner.kind == "f":
            raw = raw.real
        if self._casts and raw.dtype != inner:
            raw = raw.astype(inner)
        with np.errstate(all="ignore"):
            if self._accumulates and outer.char != "e":
                result = self._compute(raw, axis=axes, keepdims=bool(keepdims), dtype=outer)
            else:
                result = self._compute(raw, axis=axes, keepdims=bool(keepdims))
            if target is None:
                if type(result) is np.ndarray or result.dtype != outer:
                    result = np.asarray(result).astype(outer, order="C", copy=False)
                return wrap(result)
            np.copyto(target, result, casting="unsafe")
        return out

    def _check_out(self, out: Any, shape: tuple[int, ...]) -> Any:
        if not isinstance(out, DeviceArray):
            raise TypeError(
                "Argument 'out' has incorrect type (expected cupy._core.core._ndarray_base, "
                f"got {type(out).__module__}.{type(out).__name__})"
            )
        check_device(out)
        if out._raw.shape != shape:
            raise ValueError("Out shape is mismatched")
        return kernel_target(out)


def _arg(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make an index reduction of NumPy accept several axes, as CuPy's do."""

    def compute(raw: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
        if len(axis) == 1:
            return function(raw, axis=axis[0], keepdims=keepdims)
        kept = [index for index in range(raw.ndim) if index not in axis]
        moved = raw.transpose(*kept, *axis)
        flat = moved.reshape(*(raw.shape[index] for index in kept), -1)
        result = function(flat, axis=-1)
        if keepdims:
            shape = [1 if index in axis else n for index, n in enumerate(raw.shape)]
            result = np.reshape(result, shape)
        return result

    return compute


def _by_parts(function: Callable[..., Any], real: Callable[..., Any], neutral: int) -> Any:
    """Replace NaN in the real and imaginary parts separately, as the device does."""

    def compute(raw: Any, **kwargs: Any) -> Any:
        if raw.dtype.kind != "c":
            return real(raw, **kwargs)
        parts = [np.where(np.isnan(part), neutral, part) for part in (raw.real, raw.imag)]
        return function((parts[0] + 1j * parts[1]).astype(raw.dtype), **kwargs)

    return compute


def _nan_arg(function: Callable[..., Any]) -> Callable[..., Any]:
    """Ignore NaN in a search; the position is -1 if all values are NaN."""
    worst = -np.inf if function is np.argmax else np.inf

    def search(raw: Any, axis: int, keepdims: bool = False) -> Any:
        missing = np.isnan(raw)
        found = np.expand_dims(function(np.where(missing, worst, raw), axis=axis), axis)
        # If all other values are the worst infinity, take the first that is not NaN.
        first = np.expand_dims(np.argmin(missing, axis=axis), axis)
        found = np.where(np.take_along_axis(missing, found, axis), first, found)
        found = np.where(missing.all(axis=axis, keepdims=True), -1, found)
        return found if keepdims else np.squeeze(found, axis)

    plain, careful = _arg(function), _arg(search)

    def compute(raw: Any, **kwargs: Any) -> Any:
        return (careful if raw.dtype.kind in "fc" else plain)(raw, **kwargs)

    return compute


def _counted(raw: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
    return np.count_nonzero(raw, axis=axis, keepdims=keepdims)


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Suppress NumPy's warnings about empty slices: the device emits none."""

    def compute(raw: Any, **kwargs: Any) -> Any:
        if raw.size and not np.issubdtype(raw.dtype, np.inexact):
            return function(raw, **kwargs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return function(raw, **kwargs)

    return compute


def _half_in_single(function: Callable[..., Any]) -> Callable[..., Any]:
    """Accumulate half precision in single precision, as the device does."""

    def compute(raw: Any, **kwargs: Any) -> Any:
        if raw.dtype.char == "e":
            return function(raw.astype(np.float32), **kwargs)
        return function(raw, **kwargs)

    return compute


def _same(chars: str) -> str:
    return " ".join(char + char for char in chars)


_SUM_AUTO = "?l bl BL hl HL il IL ll LL qq QQ ee ff dd FF DD"
_ALL_KEEP = f"?{_INTS}efdFD"
_POSITIONS = " ".join(
    [f"{c}{r}" for r in "qlihb" for c in "?BhHiIlLqQ"] + [f"{c}q" for c in "efdFD"]
)
_LAST_POSITIONS = " ".join(f"{c}q" for c in "?BhHiIlLqQefdFD")

REDUCTIONS: dict[str, Reduction] = {
    "sum": Reduction(
        "cupy_sum", _half_in_single(np.add.reduce), _SUM_AUTO, keep=_ALL_KEEP, accumulates=True
    ),
    "prod": Reduction(
        "cupy_prod",
        _half_in_single(np.multiply.reduce),
        _SUM_AUTO,
        keep=_ALL_KEEP,
        accumulates=True,
    ),
    "nansum": Reduction(
        "cupy_nansum",
        _half_in_single(_by_parts(np.sum, np.nansum, 0)),
        _SUM_AUTO,
        keep=_ALL_KEEP,
        accumulates=True,
    ),
    "nanprod": Reduction(
        "cupy_nanprod",
        _half_in_single(_by_parts(np.prod, np.nanprod, 1)),
        _SUM_AUTO,
        keep=_ALL_KEEP,
        accumulates=True,
    ),
    "max": Reduction("cupy_max", np.maximum.reduce, _same(_ALL_KEEP), identity=False),
    "min": Reduction("cupy_min", np.minimum.reduce, _same(_ALL_KEEP), identity=False),
    "nanmax": Reduction("cupy_nanmax", _quiet(np.nanmax), _same(_ALL_KEEP), identity=False),
    "nanmin": Reduction("cupy_nanmin", _quiet(np.nanmin), _same(_ALL_KEEP), identity=False),
    "argmax": Reduction("cupy_argmax", _arg(np.argmax), _POSITIONS, identity=False),
    "argmin": Reduction("cupy_argmin", _arg(np.argmin), _POSITIONS, identity=False),
    "nanargmax": Reduction("cupy_nanargmax", _nan_arg(np.argmax), _LAST_POSITIONS, identity=False),
    "nanargmin": Reduction("cupy_nanargmin", _nan_arg(np.argmin), _LAST_POSITIONS, identity=False),
    "nanmean": Reduction(
        "cupy_nanmean", _quiet(_half_in_single(np.nanmean)), _same("efdFD"), identity=False
    ),
    "count_nonzero": Reduction(
        "cupy_count_nonzero", _counted, " ".join(f"{c}l" for c in _ALL_KEEP if c != "b")
    ),
    "all": Reduction(
        "cupy_all",
        functools.partial(np.logical_and.reduce, dtype=np.bool_),
        " ".join(f"{c}?" for c in _ALL_KEEP),
    ),
    "any": Reduction(
        "cupy_any",
        functools.partial(np.logical_or.reduce, dtype=np.bool_),
        " ".join(f"{c}?" for c in _ALL_KEEP),
    ),
    "mean": Reduction(
        "cupy_mean",
        _quiet(_half_in_single(np.mean)),
        " ".join(f"{c}d" for c in f"?{_INTS}") + " ee ff dd FF DD",
        keep="efdFD",
    ),
}
"""The reductions by name."""
