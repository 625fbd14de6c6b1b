"""``cupy.random``, with the numbers of NumPy's generator; CuPy uses a library of NVIDIA."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.numpy_fallback import unwrap
from zarr_devbuf.simulator._core.storage import wrap
from zarr_devbuf.simulator._functions.not_implemented import (
    not_implemented_class,
    not_implemented_function,
)

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


_lock = threading.Lock()
_state = np.random.RandomState()

_IMPLEMENTED = [
    "rand",
    "randn",
    "random",
    "random_sample",
    "ranf",
    "sample",
    "randint",
    "uniform",
    "normal",
    "standard_normal",
    "permutation",
    "choice",
    "exponential",
    "binomial",
    "poisson",
]
_NAMES = [
    "beta",
    "gamma",
    "gumbel",
    "laplace",
    "lognormal",
    "multivariate_normal",
    "pareto",
    "zipf",
]


def seed(seed: Any = None) -> None:
    """Seed the generator."""
    with _lock:
        _state.seed(seed)


def shuffle(a: Any) -> None:
    """Shuffle a device array in place, along its first axis."""
    with _lock:
        _state.shuffle(a._raw)


def _draw(name: str) -> Any:
    method = getattr(_state, "random_sample" if name in ("ranf", "sample", "random") else name)

    def draw(*args: Any, dtype: Any = None, **kwargs: Any) -> Any:
        arrays: list[Any] = []
        plain = [unwrap(arg, arrays) for arg in args]
        named = {key: unwrap(value, arrays) for key, value in kwargs.items()}
        if dtype is not None and name == "randint":
            named["dtype"] = dtype
        with _lock:
            drawn = method(*plain, **named)
        return wrap(np.asarray(drawn, None if name == "randint" else dtype))

    draw.__name__ = name
    draw.__doc__ = f"Same as ``numpy.random.{name}``, with a result on the device."
    return draw


globals().update({name: _draw(name) for name in _IMPLEMENTED})
globals().update({name: not_implemented_function(f"cupy.random.{name}") for name in _NAMES})
default_rng = not_implemented_function("cupy.random.default_rng")
Generator = not_implemented_class("cupy.random.Generator")
RandomState = not_implemented_class("cupy.random.RandomState")

__all__ = ["Generator", "RandomState", "default_rng", "seed", "shuffle", *_IMPLEMENTED, *_NAMES]  # noqa: PLE0604
