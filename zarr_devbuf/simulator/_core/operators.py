"""The operators of the array: which operands they handle, and which they pass to NumPy."""

# ruff: noqa: ARG001 - names and signatures are CuPy's.
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.matmul import matmul
from zarr_devbuf.simulator._core.scalars import SCALAR_TYPES
from zarr_devbuf.simulator._core.storage import DeviceArray, wrap
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS

__all__ = ["Operators"]

_MISSING = object()


def _name(kind: type[Any]) -> str:
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _defers(left: Any, right: Any) -> bool:
    """Return whether the operator of the right operand has priority."""
    override = getattr(right, "__array_ufunc__", _MISSING)
    if override is not _MISSING:
        return override is None
    priority = getattr(left, "__array_priority__", 0)
    return bool(priority < getattr(right, "__array_priority__", 0))


def _binary(name: str) -> tuple[Any, Any, Any]:
    function = UFUNCS[name]
    through_numpy = getattr(np, name)

    def forward(self: Any, other: Any) -> Any:
        if isinstance(other, DeviceArray) or type(other) in SCALAR_TYPES:
            return function(self, other)
        if _defers(self, other):
            return NotImplemented
        return through_numpy(self, other)

    def reflected(self: Any, other: Any) -> Any:
        return function(other, self)

    def in_place(self: Any, other: Any) -> Any:
        return function(self, other, self)

    return forward, reflected, in_place


def _comparison(name: str) -> Any:
    function = UFUNCS[name]
    through_numpy = getattr(np, name)

    def compare(self: Any, other: Any) -> Any:
        if isinstance(other, DeviceArray) or type(other) in SCALAR_TYPES:
            return function(self, other)
        if _defers(self, other):
            return NotImplemented
        if isinstance(other, np.ndarray) and other.ndim == 0:
            other = other.item()
        kind: Any = type(other)
        if name == "equal" and (other is None or kind.__eq__ is object.__eq__):
            return wrap(np.zeros(self._raw.shape, np.bool_))
        if name == "not_equal" and (
            other is None or (kind.__eq__ is object.__eq__ and kind.__ne__ is object.__ne__)
        ):
            return wrap(np.ones(self._raw.shape, np.bool_))
        return through_numpy(self, other)

    return compare


def _power(self: Any, exponent: Any, modulo: Any = None) -> Any:
    """Raise to a power; the numbers 2, 0.5 and -1 use ``square``, ``sqrt`` and ``reciprocal``."""
    dtype = self._raw.dtype
    function: Any = None
    result_dtype = None
    if type(exponent) is int and exponent == 2:
        function = UFUNCS["square"]
        if dtype.kind not in "ifc":
            result_dtype = np.result_type(dtype, exponent)
    elif type(exponent) is float and exponent in (0.5, 2.0, -1.0):
        function = UFUNCS[{0.5: "sqrt", 2.0: "square", -1.0: "reciprocal"}[exponent]]
        if dtype.kind not in "fc":
            result_dtype = np.result_type(dtype, exponent)
    if function is not None:
        return function(self, dtype=result_dtype)
    return _POWER[0](self, exponent)


_POWER = _binary("power")


class Operators(DeviceArray):
    """Arithmetic, comparison and logic, as in CuPy."""

    __slots__ = ()
    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    __add__, __radd__, __iadd__ = _binary("add")
    __sub__, __rsub__, __isub__ = _binary("subtract")
    __mul__, __rmul__, __imul__ = _binary("multiply")
    __truediv__, __rtruediv__, __itruediv__ = _binary("true_divide")
    __floordiv__, __rfloordiv__, __ifloordiv__ = _binary("floor_divide")
    __mod__, __rmod__, __imod__ = _binary("remainder")
    __lshift__, __rlshift__, __ilshift__ = _binary("left_shift")
    __rshift__, __rrshift__, __irshift__ = _binary("right_shift")
    __and__, __rand__, __iand__ = _binary("bitwise_and")
    __or__, __ror__, __ior__ = _binary("bitwise_or")
    __xor__, __rxor__, __ixor__ = _binary("bitwise_xor")
    __pow__ = _power
    _, __rpow__, __ipow__ = _POWER
    __divmod__, __rdivmod__, _ = _binary("divmod")

    __eq__ = _comparison("equal")
    __ne__ = _comparison("not_equal")
    __lt__ = _comparison("less")
    __le__ = _comparison("less_equal")
    __gt__ = _comparison("greater")
    __ge__ = _comparison("greater_equal")

    def __neg__(self) -> Any:
        return UFUNCS["negative"](self)

    def __pos__(self) -> Any:
        if self._raw.dtype == np.bool_:
            warnings.warn(
                "Applying '+' to a non-numerical array is ill-defined. Returning a copy, but in "
                "the future this will error.",
                DeprecationWarning,
                stacklevel=2,
            )
            return self.copy()
        return UFUNCS["positive"](self)

    def __abs__(self) -> Any:
        return UFUNCS["absolute"](self)

    def __invert__(self) -> Any:
        return UFUNCS["invert"](self)

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, DeviceArray):
            return matmul(self, other)
        if _defers(self, other):
            return NotImplemented
        return np.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        if not isinstance(other, DeviceArray):
            raise TypeError(f"Cannot convert {_name(type(other))} to cupy._core.core._ndarray_base")
        return matmul(other, self)
