"""Which libraries CuPy uses for reductions: kept, without an effect here."""

from __future__ import annotations

__all__ = [
    "get_reduction_accelerators",
    "get_routine_accelerators",
    "set_reduction_accelerators",
    "set_routine_accelerators",
]

_NUMBERS = {"cub": 1, "cutensor": 2, "cutensornet": 3}

_chosen: dict[str, list[int]] = {"reduction": [1], "routine": [1]}


def _numbers(accelerators: list[str | int]) -> list[int]:
    found = []
    for one in accelerators:
        if isinstance(one, str) and one not in _NUMBERS:
            raise ValueError(f"Unknown accelerator: {one}")
        found.append(_NUMBERS[one] if isinstance(one, str) else one)
    return found


def set_reduction_accelerators(accelerators: list[str | int]) -> None:
    """Set the libraries for reductions, such as ``["cub"]``."""
    _chosen["reduction"] = _numbers(accelerators)


def get_reduction_accelerators() -> list[int]:
    """Return the numbers of the libraries for reductions."""
    return list(_chosen["reduction"])


def set_routine_accelerators(accelerators: list[str | int]) -> None:
    """Set the libraries for other functions, such as ``["cub"]``."""
    _chosen["routine"] = _numbers(accelerators)


def get_routine_accelerators() -> list[int]:
    """Return the numbers of the libraries for other functions."""
    return list(_chosen["routine"])
