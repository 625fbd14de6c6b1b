"""How precisely matrix products are computed: CuPy's numbers, which have no effect here."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "COMPUTE_TYPE_BF16",
    "COMPUTE_TYPE_DEFAULT",
    "COMPUTE_TYPE_FP16",
    "COMPUTE_TYPE_FP32",
    "COMPUTE_TYPE_FP64",
    "COMPUTE_TYPE_PEDANTIC",
    "COMPUTE_TYPE_TBD",
    "COMPUTE_TYPE_TF32",
    "get_compute_type",
    "set_compute_type",
]

COMPUTE_TYPE_TBD = 0
COMPUTE_TYPE_DEFAULT = 1
COMPUTE_TYPE_PEDANTIC = 2
COMPUTE_TYPE_FP16 = 3
COMPUTE_TYPE_FP32 = 4
COMPUTE_TYPE_FP64 = 5
COMPUTE_TYPE_BF16 = 6
COMPUTE_TYPE_TF32 = 7

_chosen: dict[Any, int] = {}


def get_compute_type(dtype: Any) -> int:
    """Return the number that was set for a dtype."""
    return _chosen.get(np.dtype(dtype), COMPUTE_TYPE_DEFAULT)


def set_compute_type(dtype: Any, compute_type: int) -> None:
    """Set the number for a dtype."""
    _chosen[np.dtype(dtype)] = compute_type
