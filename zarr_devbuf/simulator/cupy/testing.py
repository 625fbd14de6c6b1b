"""``cupy.testing``: arrays are downloaded, as explicit transfers, and NumPy compares them."""

# ruff: noqa: ARG001, PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.host_copy import download
from zarr_devbuf.simulator._core.storage import DeviceArray

__all__ = [
    "assert_allclose",
    "assert_array_almost_equal",
    "assert_array_almost_equal_nulp",
    "assert_array_equal",
    "assert_array_less",
    "assert_array_list_equal",
    "assert_array_max_ulp",
]


def _host(a: Any) -> Any:
    return download(a) if isinstance(a, DeviceArray) else a


def assert_allclose(
    actual: Any,
    desired: Any,
    rtol: float = 1e-7,
    atol: float = 0,
    err_msg: str = "",
    verbose: bool = True,
) -> None:
    """Raise ``AssertionError`` unless two arrays are close to each other."""
    np.testing.assert_allclose(
        _host(actual), _host(desired), rtol=rtol, atol=atol, err_msg=err_msg, verbose=verbose
    )


def assert_array_almost_equal(
    x: Any, y: Any, decimal: int = 6, err_msg: str = "", verbose: bool = True
) -> None:
    """Raise ``AssertionError`` unless two arrays are equal to a number of decimals."""
    np.testing.assert_array_almost_equal(
        _host(x), _host(y), decimal=decimal, err_msg=err_msg, verbose=verbose
    )


def assert_array_almost_equal_nulp(x: Any, y: Any, nulp: int = 1) -> None:
    """Raise ``AssertionError`` unless two arrays are equal to a number of representable numbers."""
    np.testing.assert_array_almost_equal_nulp(_host(x), _host(y), nulp=nulp)


def assert_array_max_ulp(a: Any, b: Any, maxulp: int = 1, dtype: Any = None) -> None:
    """Raise ``AssertionError`` unless two arrays are equal to a number of units of precision."""
    np.testing.assert_array_max_ulp(_host(a), _host(b), maxulp=maxulp, dtype=dtype)


def assert_array_equal(
    x: Any,
    y: Any,
    err_msg: str = "",
    verbose: bool = True,
    strides_check: bool = False,
    *,
    strict: bool = False,
    **kwargs: Any,
) -> None:
    """Raise ``AssertionError`` unless two arrays are equal."""
    np.testing.assert_array_equal(
        _host(x), _host(y), err_msg=err_msg, verbose=verbose, strict=strict
    )
    if strides_check and x.strides != y.strides:
        raise AssertionError(f"Strides differ: {x.strides} and {y.strides} {err_msg}")


def assert_array_list_equal(
    xlist: Any, ylist: Any, err_msg: str = "", verbose: bool = True
) -> None:
    """Raise ``AssertionError`` unless two sequences of arrays are equal."""
    if type(xlist) is not type(ylist):
        raise AssertionError(f"Matching types of list or tuple are expected: {err_msg}")
    if len(xlist) != len(ylist):
        raise AssertionError(f"List size is different: {len(xlist)} and {len(ylist)} {err_msg}")
    for x, y in zip(xlist, ylist, strict=True):
        assert_array_equal(x, y, err_msg=err_msg, verbose=verbose)


def assert_array_less(x: Any, y: Any, err_msg: str = "", verbose: bool = True) -> None:
    """Raise ``AssertionError`` unless all elements of one array are less than another's."""
    np.testing.assert_array_less(_host(x), _host(y), err_msg=err_msg, verbose=verbose)
