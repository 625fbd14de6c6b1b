"""Calls with arguments that CuPy rejects, and the errors that CuPy 14.2 raises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as xp

_TYPED = "Argument '{}' has incorrect type (expected cupy._core.core._ndarray_base, got {})"
_CALLS: list[tuple[str, type[Exception], str]] = [
    ("xp.inner(h, a)", TypeError, _TYPED.format("a", "numpy.ndarray")),
    ("xp.inner(a, h)", TypeError, _TYPED.format("b", "numpy.ndarray")),
    ("xp.dot(a, [1, 2, 3])", TypeError, _TYPED.format("b", "list")),
    ("xp.vdot(a, h)", TypeError, _TYPED.format("b", "numpy.ndarray")),
    ("xp.vdot(a, np.float32(2))", ValueError, "Axis dimension mismatch"),
    ("xp.isposinf([1])", TypeError, "Unsupported type <class 'list'>"),
    ("xp.nancumsum(h)", TypeError, "Unsupported type <class 'numpy.ndarray'>"),
    ("xp.nanmean(h)", TypeError, _TYPED.format("a", "numpy.ndarray")),
    ("xp.shares_memory(a, np.float32(2))", ValueError, "Loop size is undecided."),
    ("xp.shares_memory(a, 2)", AttributeError, "'int' object has no attribute 'dtype'"),
    ("xp.cumulative_sum(a, axis=(0,))", TypeError, "'tuple' object cannot be interpreted as"),
    ("xp.ediff1d(a, to_begin=h)", TypeError, "`to_begin` should be of type cupy.ndarray"),
    ("xp.trapezoid(a, x=[1, 2, 3])", TypeError, "`x` should be of type cupy.ndarray"),
    ("xp.rot90(a)", ValueError, "Input must be >= 2-d"),
    ("xp.rot90(a.reshape(1, 3), axes=(0, 2))", ValueError, "axes must be different"),
    ("xp.rot90(a.reshape(1, 3), axes=(0, 5))", ValueError, "axes must be >= -2 and < 2"),
    ("xp.tri(3, M=True)", TypeError, "an integer is required"),
    ("xp.tri(-1)", ValueError, "Negative dimensions are not allowed"),
    ("xp.trace(a.reshape(1, 3), axis1=2.0)", TypeError, "'float' object cannot be interpreted"),
    ("xp.quantile(a, h.reshape(1, 3))", ValueError, "Expected q to have a dimension of 1.\nActual"),
    ("xp.quantile(a, 0.5, out=1)", AttributeError, "'int' object has no attribute 'ndim'"),
    ("xp.isclose(a, a, equal_nan=None)", TypeError, "Unsupported type <class 'NoneType'>"),
    ("xp.isclose(a, a, equal_nan=1)", TypeError, "Wrong type ((dtype('float64'), "),
    ("xp.zeros(0, 'i4,i4').argsort()", NotImplementedError, "Sorting arrays with dtype"),
]


@pytest.mark.parametrize(("call", "error", "message"), _CALLS)
def test_the_error_is_that_of_cupy(call: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        eval(call, {"xp": xp, "np": np, "a": xp.arange(3.0), "h": np.ones(3)})
    assert message in str(raised.value)


def test_what_cupy_accepts() -> None:
    whole: Any = np.arange(4)
    assert xp.nanmean(whole) == 1.5
    assert xp.cumulative_prod(xp.asarray(2)).get().tolist() == [2]
    assert xp.in1d(xp.arange(3.0), xp.zeros(0), invert=1).dtype == bool
    matrix = xp.arange(6.0).reshape(2, 3)
    assert matrix.trace(axis2=True) == 4
    assert xp.quantile(matrix, 0.5, axis=(0, 0)).get().tolist() == [1.5, 2.5, 3.5]
    assert xp.nanvar(matrix, keepdims=None).ndim == 0
