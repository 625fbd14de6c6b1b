"""Samples, drawn from the state of this thread's device."""

# ruff: noqa: SLF001 - the modules are private in CuPy, too.
from __future__ import annotations

import math
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.storage import kernel_operand, wrap
from zarr_devbuf.simulator.cupy.random._generator import get_random_state, reject_keywords
from zarr_devbuf.simulator.cupy.testing._helper import cupy_module

__all__ = [
    "choice",
    "multinomial",
    "rand",
    "randint",
    "randn",
    "random_integers",
    "random_sample",
]


def rand(*size: Any, dtype: Any = float, **unknown: Any) -> Any:
    """Return uniform numbers from [0, 1)."""
    reject_keywords("rand", unknown)
    return cupy_module().random._sample.random_sample(size=size, dtype=dtype)


def randn(*size: Any, dtype: Any = float, **unknown: Any) -> Any:
    """Return numbers from the standard normal distribution."""
    reject_keywords("randn", unknown)
    return cupy_module().random._distributions.normal(size=size, dtype=dtype)


def randint(low: Any, high: Any = None, size: Any = None, dtype: Any = "l") -> Any:
    """Return integers from [low, high), or from [0, low)."""
    return get_random_state().randint(low, high, size, dtype)


def random_integers(low: Any, high: Any = None, size: Any = None) -> Any:
    """Return integers from [low, high], or from [1, low]."""
    first, last = (1, low) if high is None else (low, high)
    return cupy_module().random._sample.randint(first, last + 1, size)


def random_sample(size: Any = None, dtype: Any = float) -> Any:
    """Return uniform numbers from [0, 1)."""
    return get_random_state().random_sample(size=size, dtype=dtype)


def choice(a: Any, size: Any = None, replace: Any = True, p: Any = None) -> Any:
    """Return elements of a one-dimensional array, or of ``range(a)``."""
    return get_random_state().choice(a, size, replace, p)


def multinomial(n: int, pvals: Any, size: Any = None) -> Any:
    """Return vectors from a multinomial distribution."""
    if size is None:
        shape: tuple[int, ...] = ()
    else:
        shape = (size,) if isinstance(size, int) else tuple(size)
    kinds, rows = len(pvals), math.prod(shape)
    counts = np.zeros((rows, kinds), np.int64)
    if counts.size:
        drawn = kernel_operand(choice(kinds, p=pvals, size=n * rows))
        np.add.at(counts, (np.arange(n * rows) // n, drawn), 1)
    return wrap(counts.reshape(*shape, kinds))
