"""``cupy.cuda.nvtx``: marks and ranges, which no profiler sees here."""

# ruff: noqa: N802 - names and signatures are CuPy's.
from __future__ import annotations

import itertools
from typing import Any

__all__ = ["Mark", "MarkC", "RangeEnd", "RangePop", "RangePush", "RangePushC", "RangeStart"]

available = True
_numbers = itertools.count(1)


def _check(message: Any, number: int) -> None:
    message.encode()
    int(number)


def Mark(message: Any, id_color: int = -1) -> None:
    """Mark this moment."""
    _check(message, id_color)


def MarkC(message: Any, color: int = 0) -> None:
    """Mark this moment in a color."""
    _check(message, color)


def RangePush(message: Any, id_color: int = -1) -> None:
    """Begin a range."""
    _check(message, id_color)


def RangePushC(message: Any, color: int = 0) -> None:
    """Begin a range in a color."""
    _check(message, color)


def RangePop() -> None:
    """End the range that began last."""


def RangeStart(message: Any, color: Any) -> int:
    """Begin a range, and return its number."""
    if message is not None:
        _check(message, 0 if color is None else color)
    return next(_numbers)


def RangeEnd(range_id: int) -> None:
    """End the range of a number."""
    int(range_id)
