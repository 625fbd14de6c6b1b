"""Which libraries CuPy prefers; results are the same here, whichever it is."""

from __future__ import annotations

import os
from typing import Any

__all__ = [
    "ACCELERATOR_CUB",
    "ACCELERATOR_CUTENSOR",
    "ACCELERATOR_CUTENSORNET",
    "get_elementwise_accelerators",
    "get_reduction_accelerators",
    "get_routine_accelerators",
    "set_elementwise_accelerators",
    "set_reduction_accelerators",
    "set_routine_accelerators",
]

ACCELERATOR_CUB, ACCELERATOR_CUTENSOR, ACCELERATOR_CUTENSORNET = 1, 2, 3
_NUMBERS = {
    "cub": ACCELERATOR_CUB,
    "cutensor": ACCELERATOR_CUTENSOR,
    "cutensornet": ACCELERATOR_CUTENSORNET,
}


def _number(accelerator: Any) -> int:
    if isinstance(accelerator, int):
        return accelerator
    if accelerator not in _NUMBERS:
        raise ValueError(f"Unknown accelerator: {accelerator}")
    return _NUMBERS[accelerator]


_chosen: dict[str, list[int]] = {}


def _setting(kind: str) -> Any:
    def get() -> list[int]:
        return _chosen[kind]

    def choose(accelerators: Any) -> None:
        _chosen[kind] = [_number(one) for one in accelerators]

    get.__name__, choose.__name__ = f"get_{kind}_accelerators", f"set_{kind}_accelerators"
    get.__doc__ = f"Return the libraries for {kind} work."
    choose.__doc__ = f"Set the libraries for {kind} work, in order of preference."
    choose([name for name in os.getenv("CUPY_ACCELERATORS", "cub").split(",") if name])
    return get, choose


get_elementwise_accelerators, set_elementwise_accelerators = _setting("elementwise")
get_reduction_accelerators, set_reduction_accelerators = _setting("reduction")
get_routine_accelerators, set_routine_accelerators = _setting("routine")
