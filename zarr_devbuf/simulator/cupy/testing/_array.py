"""Assertions: arrays are downloaded, as explicit transfers, and NumPy compares them."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._functions.creation import asnumpy as _host

__all__ = [
    "assert_allclose",
    "assert_array_almost_equal",
    "assert_array_almost_equal_nulp",
    "assert_array_equal",
    "assert_array_less",
    "assert_array_list_equal",
    "assert_array_max_ulp",
]


def assert_allclose(
    actual: Any,
    desired: Any,
    rtol: float = 1e-7,
    atol: float = 0,
    equal_nan: bool = True,
    err_msg: str = "",
    verbose: bool = True,
    *,
    strict: bool = False,
) -> None:
    """Raise ``AssertionError`` unless two arrays are close to each other."""
    np.testing.assert_allclose(
        _host(actual), _host(desired), rtol, atol, equal_nan, err_msg, verbose, strict=strict
    )


def assert_array_almost_equal(
    actual: Any, desired: Any, decimal: int = 6, err_msg: str = "", verbose: bool = True
) -> None:
    """Raise ``AssertionError`` unless two arrays are equal to a number of decimals."""
    np.testing.assert_array_almost_equal(_host(actual), _host(desired), decimal, err_msg, verbose)


def assert_array_almost_equal_nulp(x: Any, y: Any, nulp: int = 1) -> None:
    """Raise ``AssertionError`` unless two arrays are equal to a number of representable numbers."""
    np.testing.assert_array_almost_equal_nulp(_host(x), _host(y), nulp)


def assert_array_max_ulp(a: Any, b: Any, maxulp: int = 1, dtype: Any = None) -> None:
    """Raise ``AssertionError`` unless two arrays are equal to a number of units of precision."""
    np.testing.assert_array_max_ulp(_host(a), _host(b), maxulp, dtype)


def assert_array_equal(
    actual: Any,
    desired: Any,
    err_msg: str = "",
    verbose: bool = True,
    *,
    strict: bool = False,
    strides_check: bool = False,
) -> None:
    """Raise ``AssertionError`` unless two arrays are equal."""
    np.testing.assert_array_equal(_host(actual), _host(desired), err_msg, verbose, strict=strict)
    if strides_check and actual.strides != desired.strides:
        lines = [f"Strides are not equal: {err_msg}" if err_msg else "Strides are not equal:"]
        if verbose:
            lines += [f" x: {actual.strides}", f" y: {desired.strides}"]
        raise AssertionError("\n".join(lines))


def assert_array_list_equal(
    xlist: Any, ylist: Any, err_msg: str = "", verbose: bool = True
) -> None:
    """Raise ``AssertionError`` unless two lists or two tuples of arrays are equal."""
    kind, other = type(xlist), type(ylist)
    if kind is not other:
        raise AssertionError(
            "Matching types of list or tuple are expected, but were different types "
            f"(xlist:{kind} ylist:{other})"
        )
    if kind not in (list, tuple):
        raise AssertionError(f"List or tuple is expected, but was {kind}")
    if len(xlist) != len(ylist):
        raise AssertionError("List size is different")
    for x, y in zip(xlist, ylist, strict=True):
        np.testing.assert_array_equal(_host(x), _host(y), err_msg, verbose)


def assert_array_less(
    x: Any, y: Any, err_msg: str = "", verbose: bool = True, *, strict: bool = False
) -> None:
    """Raise ``AssertionError`` unless all elements of one array are less than another's."""
    np.testing.assert_array_less(_host(x), _host(y), err_msg, verbose, strict=strict)
