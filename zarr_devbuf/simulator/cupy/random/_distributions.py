"""The distributions, drawn from the state of this thread's device."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import functools
from typing import Any

from zarr_devbuf.simulator.cupy._util import experimental
from zarr_devbuf.simulator.cupy.random._generator import (
    RandomState,
    get_random_state,
)

_NAMES = [
    "beta",
    "binomial",
    "chisquare",
    "dirichlet",
    "f",
    "gamma",
    "geometric",
    "gumbel",
    "hypergeometric",
    "laplace",
    "logistic",
    "lognormal",
    "logseries",
    "negative_binomial",
    "noncentral_chisquare",
    "noncentral_f",
    "normal",
    "pareto",
    "poisson",
    "power",
    "rayleigh",
    "standard_cauchy",
    "standard_exponential",
    "standard_gamma",
    "standard_normal",
    "standard_t",
    "triangular",
    "uniform",
    "vonmises",
    "wald",
    "weibull",
    "zipf",
]

__all__ = ["exponential", "multivariate_normal", *_NAMES]  # noqa: PLE0604


def _of_the_device(name: str) -> Any:
    """Return a function that calls a method of the state of this thread's device."""

    @functools.wraps(getattr(RandomState, name))
    def draw(*args: Any, **kwargs: Any) -> Any:
        return getattr(get_random_state(), name)(*args, **kwargs)

    draw.__module__ = "cupy.random._distributions"
    draw.__qualname__ = name
    return draw


globals().update({name: _of_the_device(name) for name in _NAMES})


def exponential(scale: Any, size: Any = None, dtype: Any = float) -> Any:
    """Return numbers from an exponential distribution."""
    return get_random_state().exponential(scale, size, dtype)


def multivariate_normal(
    mean: Any,
    cov: Any,
    size: Any = None,
    check_valid: str = "ignore",
    tol: float = 1e-08,
    method: str = "cholesky",
    dtype: Any = float,
) -> Any:
    """Return vectors from a multivariate normal distribution."""
    experimental("cupy.random.multivariate_normal")
    return get_random_state().multivariate_normal(mean, cov, size, check_valid, tol, method, dtype)
