"""Conversion of arguments to integers, as CuPy's compiled functions convert them."""

from __future__ import annotations

import operator
from typing import Any

__all__ = ["c_int", "c_size"]


def c_int(value: Any) -> int:
    """Return an argument of the C type ``int``: a number is truncated, a 0-d array downloaded."""
    if not hasattr(type(value), "__int__"):
        raise TypeError("an integer is required")
    return int(value)


def c_size(value: Any) -> int:
    """Return an argument of the C type ``Py_ssize_t``: an integer."""
    return int(operator.index(value))
