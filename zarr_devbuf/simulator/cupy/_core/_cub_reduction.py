"""The size from which CuPy reduces with CUB; the simulator has one way to reduce."""

from __future__ import annotations

__all__: list[str] = []

_CUB_REDUCE_SIZE_THRESHOLD = 0
