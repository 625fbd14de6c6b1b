"""The length from which CuPy reduces with CUB."""

from __future__ import annotations

__all__ = ["_CUB_REDUCE_SIZE_THRESHOLD"]

_CUB_REDUCE_SIZE_THRESHOLD = 128
