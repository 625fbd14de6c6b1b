"""Calls with unusual arguments, and what CuPy makes of them.

``tests/simulator`` evaluates them on the simulated device, ``tests/gpu`` with CuPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.gpu.differential.data import foreign

__all__ = ["RAISES", "VALUES", "evaluate"]

SUB = np.dtype([("a", "i4", (2,))])
TORN = np.dtype("?,f8")


def evaluate(expression: str, xp: Any) -> Any:
    """Evaluate a call with a namespace; ``a`` and ``f`` are arrays."""
    scope = {"xp": xp, "np": np, "SUB": SUB, "TORN": TORN, "foreign": foreign}
    scope |= {"a": xp.arange(6).reshape(2, 3), "f": xp.asarray([[1.0, 2.5], [4.0, -1.0]])}
    return eval(expression, scope)


RAISES: list[tuple[str, type[Exception], str]] = [
    ("xp.sort(a, axis=(0,))", TypeError, "an integer is required"),
    ("a.copy().partition(0, axis=None)", TypeError, "an integer is required"),
    ("xp.concatenate([a, xp.arange(3)], axis=(0, 1))", TypeError, "an integer is required"),
    ("xp.concatenate([f, f], dtype='M8[s]')", TypeError, "Cannot cast array data"),
    ("xp.array_split(a, 0)", ZeroDivisionError, ""),
    ("xp.array_split(None, 2)", AttributeError, "ndim"),
    ("xp.array_split(a, [1], axis=1.0)", TypeError, "'float' object cannot be interpreted"),
    ("xp.array_split(xp.asarray(2), [1])", IndexError, "Axis exceeds ndim"),
    ("a.diagonal(axis1=2.0)", TypeError, "'float' object cannot be interpreted"),
    ("a.trace(axis1=-1)", IndexError, "list assignment index out of range"),
    ("a.trace(axis2=0)", ValueError, "repeated axis in transpose"),
    ("xp.allclose(f, f, atol=1j)", TypeError, "Wrong type"),
    ("xp.isin(a, a, invert=None)", TypeError, "Unsupported type <class 'NoneType'>"),
    ("xp.copyto(a, 1, where=np.ones((2, 3)) > 0)", TypeError, "Unsupported type"),
    ("xp.diff(a, prepend=[1, 2, 3])", ValueError, "must have the same ndim"),
    ("xp.diff(a, n=-1)", ValueError, "order must be non-negative but got -1"),
    ("xp.linspace(a, a, num=True)", TypeError, "an integer is required"),
    ("xp.tri(-1, M=2.0)", ValueError, "Negative dimensions"),
    ("xp.tril(a, k=xp.asarray(1))", TypeError, "Type is mismatched. k"),
    ("xp.triu_indices(-1, k=(0, 1))", TypeError, "unsupported operand"),
    ("xp.nanvar(f, ddof=xp.asarray(1.0))", TypeError, "Type is mismatched. ddof"),
    ("a.astype('f4').std(ddof=xp.asarray(1.0))", TypeError, "Type is mismatched. alpha"),
    ("xp.repeat(a, a, axis=(0,))", ValueError, "object too deep"),
    ("xp.tensordot(a, a, axes=xp.asarray(0))", TypeError, "cannot be interpreted"),
    ("xp.outer([1, 2], a)", AttributeError, "ravel"),
    ("xp.shares_memory([1], a)", AttributeError, "dtype"),
    ("xp.diag(foreign(a))", ValueError, "Input must be 1- or 2-d."),
    ("xp.roll(np.asarray(2), 1)", ValueError, "cannot be used for fill"),
    ("xp.roll([1, 2], 1)", AttributeError, "ravel"),
    ("xp.broadcast_to(foreign(a), (2, 2, 3))", TypeError, "Argument 'array'"),
    ("xp.cumprod(a, dtype='g')", ValueError, "Unsupported dtype float128"),
    ("xp.nancumsum(f, out=np.zeros(4))", TypeError, "Unsupported type"),
    ("xp.cumulative_sum(xp.arange(3), out=(None,))", AttributeError, "shape"),
    ("xp.clip(a, f, xp.arange(7), out=1)", TypeError, ""),
    ("xp.moveaxis(None, 0, 0)", AttributeError, "ndim"),
    ("xp.rollaxis(None, None)", TypeError, "cannot be interpreted"),
    ("xp.median(xp.asarray(2), axis=())", np.exceptions.AxisError, "Axis overrun"),
    ("xp.median(a, out=xp.zeros(2))", ValueError, "Out shape is mismatched"),
    ("xp.quantile(a, 1j)", TypeError, "'complex'"),
    ("xp.quantile(a, 2)", ValueError, "Quantiles must be in the range [0, 1]"),
    ("xp.percentile(a, 1, axis=np.int64(0))", TypeError, "not iterable"),
    ("xp.percentile(a, 1, method='hazen')", ValueError, "not yet supported"),
    ("xp.quantile(2.5, 0.5)", AttributeError, "flatten"),
    ("xp.quantile(np.ones(3), 0.5)", TypeError, "Unsupported type"),
    ("xp.zeros(3, SUB)[::2].get()", ValueError, "Unsupported dtype ('<i4', (2,))"),
    ("xp.zeros(2, TORN) @ xp.zeros(2, TORN)", ValueError, "not aligned"),
    ("xp.zeros((2, 2), TORN) @ xp.zeros((2, 2), TORN)", TypeError, "dtype is not supported"),
]
"""Calls, the error, and a part of its message."""

VALUES: list[tuple[str, Any]] = [
    ("xp.sort(xp.asarray([3, 1]), axis=xp.asarray(0))", [1, 3]),
    ("xp.argsort(xp.asarray([3, 1]), axis=0.0)", [1, 0]),
    ("xp.concatenate([xp.arange(2), xp.arange(1)], axis=xp.asarray(0))", [0, 1, 0]),
    ("xp.array_split(xp.arange(3), -1)[0]", [0, 1, 2]),
    ("xp.array_split(xp.arange(5), [3, 1])[2]", [1, 2, 3, 4]),
    ("xp.split(xp.arange(4), 2)[1]", [2, 3]),
    ("xp.allclose(f, f, atol=-1)", False),
    ("xp.isclose(xp.asarray([1e-9]), xp.asarray([0.0]))", [True]),
    (
        "xp.isclose(xp.asarray([1 + 1j, np.nan]), xp.asarray([1 + 1j, np.nan]), 0, 0, True)",
        [True, True],
    ),
    ("xp.diff(xp.asarray([4, 1]), prepend=np.asarray([2, 3]), append=7)", [1, 1, -3, 6]),
    ("xp.diff(xp.asarray([True, False, False]))", [True, False]),
    ("xp.trapezoid(xp.asarray([1, 2, 4]), x=xp.asarray([0, 1, 3]))", 7.5),
    (
        "xp.nan_to_num(xp.asarray([np.nan, np.inf, 1]), nan=np.asarray([7, 8, 9]), posinf=3)",
        [7, 3, 1],
    ),
    ("xp.nan_to_num(xp.asarray([1, 2]), nan=np.ones(5))", [1, 2]),
    ("xp.quantile(xp.asarray([4, 1, 3]), np.asarray([0.5, 1.0]))", [3, 4]),
    ("xp.quantile(xp.asarray([4, 1], 'i2'), 1)", 4),
    ("xp.percentile(xp.asarray([[1, 5], [3, 3]]), 50, axis=1, method='higher')", [5, 3]),
    ("xp.percentile(xp.asarray([True, False, True]), 25)", 0.5),
    ("xp.count_nonzero(foreign(a))", 5),
    ("xp.sum(xp.asarray([1, 2]), dtype='>i4')", 3),
    ("xp.rot90(xp.asarray([[1, 2]]), k=xp.asarray(2))", [[2, 1]]),
    ("xp.isneginf(xp.asarray([-np.inf, 1.0]), out=(None,))", [True, False]),
    ("xp.median(xp.asarray(2), keepdims=True)", [2]),
    ("xp.asarray([foreign(xp.broadcast_to(xp.asarray(5), (2,)))])", [[5, 5]]),
    ("xp.arange(4, dtype='i1').reduced_view('u1')", [0, 1, 2, 3]),
    ("xp.delete(xp.zeros(1, SUB), 0).shape[0]", 0),
    ("(xp.zeros(0, TORN) == xp.zeros(0, TORN)).size", 0),
    ("xp.zeros(0, SUB).cumsum().size", 0),
]
"""Calls, and the values of the results."""
