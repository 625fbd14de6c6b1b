"""Functions that call the method of the same name of their argument."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._functions.naming import named

__all__ = ["FUNCTIONS"]

FUNCTIONS: dict[str, Any] = named(
    {
        "sum": lambda a, axis=None, dtype=None, out=None, keepdims=False: a.sum(
            axis, dtype, out, keepdims
        ),
        "prod": lambda a, axis=None, dtype=None, out=None, keepdims=False: a.prod(
            axis, dtype, out, keepdims
        ),
        "max": lambda a, axis=None, out=None, keepdims=False: a.max(
            axis=axis, out=out, keepdims=keepdims
        ),
        "min": lambda a, axis=None, out=None, keepdims=False: a.min(
            axis=axis, out=out, keepdims=keepdims
        ),
        "ptp": lambda a, axis=None, out=None, keepdims=False: a.ptp(
            axis=axis, out=out, keepdims=keepdims
        ),
        "mean": lambda a, axis=None, dtype=None, out=None, keepdims=False: a.mean(
            axis=axis, dtype=dtype, out=out, keepdims=keepdims
        ),
        "var": lambda a, axis=None, dtype=None, out=None, ddof=0, keepdims=False: a.var(
            axis=axis, dtype=dtype, out=out, ddof=ddof, keepdims=keepdims
        ),
        "std": lambda a, axis=None, dtype=None, out=None, ddof=0, keepdims=False: a.std(
            axis=axis, dtype=dtype, out=out, ddof=ddof, keepdims=keepdims
        ),
        "argmax": lambda a, axis=None, dtype=None, out=None, keepdims=False: a.argmax(
            axis=axis, dtype=dtype, out=out, keepdims=keepdims
        ),
        "argmin": lambda a, axis=None, dtype=None, out=None, keepdims=False: a.argmin(
            axis=axis, dtype=dtype, out=out, keepdims=keepdims
        ),
        "clip": lambda a, a_min, a_max, out=None: a.clip(a_min, a_max, out=out),
        "argsort": lambda a, axis=-1, kind=None: a.argsort(axis=axis, kind=kind),
        "argpartition": lambda a, kth, axis=-1: a.argpartition(kth, axis=axis),
        "swapaxes": lambda a, axis1, axis2: a.swapaxes(axis1, axis2),
        "transpose": lambda a, axes=None: a.transpose(axes),
        "permute_dims": lambda a, axes=None: a.transpose(axes),
        "reshape": lambda a, newshape, order="C", *, copy=None: a.reshape(
            newshape, order=order, copy=copy
        ),
        "ravel": lambda a, order="C": a.ravel(order),
        "squeeze": lambda a, axis=None: a.squeeze(axis),
        "repeat": lambda a, repeats, axis=None: a.repeat(repeats, axis),
        "take": lambda a, indices, axis=None, out=None: a.take(indices, axis, out),
        "choose": lambda a, choices, out=None, mode="raise": a.choose(choices, out, mode),
        "compress": lambda condition, a, axis=None, out=None: a.compress(condition, axis, out),
        "diagonal": lambda a, offset=0, axis1=0, axis2=1: a.diagonal(offset, axis1, axis2),
        "trace": lambda a, offset=0, axis1=0, axis2=1, dtype=None, out=None: a.trace(
            offset, axis1, axis2, dtype, out
        ),
        "put": lambda a, ind, v, mode="wrap": a.put(ind, v, mode),
        "dot": lambda a, b, out=None: a.dot(b, out),
    }
)
"""The functions by name."""
