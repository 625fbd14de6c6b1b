"""Functions that make sparse matrices and arrays."""

# ruff: noqa: PLR0917 - signatures are CuPy's.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator.cupyx.scipy.sparse._formats import coo_matrix
from zarr_devbuf.simulator.cupyx.scipy.sparse._host import call, scipy_sparse

__all__ = ["FUNCTIONS"]

_NAMES = (
    "block_array",
    "block_diag",
    "bmat",
    "diags",
    "diags_array",
    "eye",
    "eye_array",
    "find",
    "hstack",
    "identity",
    "kron",
    "kronsum",
    "random_array",
    "spdiags",
    "tril",
    "triu",
    "vstack",
)


def _on_device(name: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        if name == "kron" and len(args) < 3:
            # SciPy may choose a format that CuPy has not.
            kwargs.setdefault("format", "coo")
        return call(getattr(scipy_sparse(), name), *args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__module__ = "cupyx.scipy.sparse"
    function.__doc__ = f"Same as ``scipy.sparse.{name}``, on the device."
    return function


def random(
    m: int,
    n: int,
    density: float = 0.01,
    format: str = "coo",  # noqa: A002
    dtype: Any = None,
    random_state: Any = None,
    data_rvs: Any = None,
) -> Any:
    """Return a matrix with random elements at random places.

    Parameters
    ----------
    m, n
        The shape.
    density
        The share of the elements that are stored.
    format
        The format of the result.
    dtype
        float32 or float64, the default.
    random_state
        A ``RandomState`` of CuPy, or a seed; by default the one of ``cupy.random``.
    data_rvs
        A function that returns a number of elements; by default they are uniform in [0, 1).
    """
    if not 0 <= density <= 1:
        raise ValueError("density expected to be 0 <= density <= 1")
    kind = np.dtype(np.float64 if dtype is None else dtype)
    if kind.char not in "fd":
        raise NotImplementedError(f"type {kind} not supported")
    xp = get_namespace()
    if random_state is None:
        random_state = xp.random
    elif isinstance(random_state, (int, np.integer)):
        random_state = xp.random.RandomState(int(random_state))
    count = int(density * m * n)
    rows, columns = xp.divmod(random_state.choice(m * n, size=count, replace=False), n)
    values = (random_state.rand if data_rvs is None else data_rvs)(count).astype(kind)
    return coo_matrix((values, (rows, columns)), shape=(m, n)).asformat(format)


def rand(
    m: int,
    n: int,
    density: float = 0.01,
    format: str = "coo",  # noqa: A002
    dtype: Any = None,
    random_state: Any = None,
) -> Any:
    """Return a matrix with uniform elements at random places; see `random`."""
    return random(m, n, density, format, dtype, random_state)


random.__module__ = rand.__module__ = "cupyx.scipy.sparse"
FUNCTIONS: dict[str, Any] = {name: _on_device(name) for name in _NAMES}
FUNCTIONS |= {"rand": rand, "random": random}
"""The functions by name."""

globals().update(FUNCTIONS)
