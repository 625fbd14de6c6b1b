"""What CuPy has and the simulator does not claim to know: calling it says so."""

# ruff: noqa: ARG001 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.errors import not_modelled

__all__ = ["CLASSES", "FUNCTIONS", "unmodelled_class", "unmodelled_function"]

FUNCTIONS = (
    "apply_along_axis",
    "apply_over_axes",
    "base_repr",
    "binary_repr",
    "byte_bounds",
    "clear_memo",
    "cumproduct",
    "disp",
    "fuse",
    "histogram2d",
    "histogramdd",
    "make_aligned_dtype",
    "mask_indices",
    "memoize",
    "piecewise",
    "poly",
    "polyfit",
    "roots",
    "show_config",
    "sometrue",
    "alltrue",
    "trapz",
    "who",
    "gradient",
    "interp",
    "convolve",
    "correlate",
    "polyval",
    "polyadd",
    "polysub",
    "polymul",
    "cross",
    "unwrap",
    "histogram",
    "cov",
    "corrcoef",
    "find_common_type",
    "fromDlpack",
    "product",
    "get_array_wrap",
    "safe_eval",
    "set_string_function",
)
"""Functions of the namespace."""

CLASSES = ("ElementwiseKernel", "RawKernel", "RawModule", "ReductionKernel", "poly1d", "vectorize")
"""Classes of the namespace; those that compile CUDA C++ among them."""


def unmodelled_function(path: str) -> Any:
    """Return a function that raises ``NotImplementedError`` naming itself."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise not_modelled(path)

    refuse.__name__ = refuse.__qualname__ = path.rpartition(".")[2]
    refuse.__doc__ = f"Raise ``NotImplementedError``: {path} is not modelled."
    return refuse


def unmodelled_class(path: str) -> Any:
    """Return a class that raises ``NotImplementedError`` naming itself when it is called."""
    name = path.rpartition(".")[2]

    def refuse(cls: type[Any], *args: Any, **kwargs: Any) -> Any:
        raise not_modelled(path)

    return type(name, (), {"__new__": refuse, "__doc__": f"Not modelled: {path}."})
