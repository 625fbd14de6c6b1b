"""Permutations, drawn from the state of this thread's device."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator.cupy.random._generator import get_random_state

__all__ = ["permutation", "shuffle"]


def shuffle(a: Any) -> None:
    """Permute a device array in place, along its first axis."""
    get_random_state().shuffle(a)


def permutation(a: Any) -> Any:
    """Return a permuted copy of a device array, or of ``range(a)``."""
    return get_random_state().permutation(a)
