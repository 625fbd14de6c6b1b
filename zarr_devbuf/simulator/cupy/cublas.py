"""``cupy.cublas``: the size up to which systems of equations are solved in a batch."""

from __future__ import annotations

__all__ = ["get_batched_gesv_limit", "set_batched_gesv_limit"]

_limit = 256


def get_batched_gesv_limit() -> int:
    """Return the number of rows up to which a stack of systems is solved at once."""
    return _limit


def set_batched_gesv_limit(limit: int) -> None:
    """Set the number of rows up to which a stack of systems is solved at once."""
    global _limit  # noqa: PLW0603 - process-wide, as in CuPy
    _limit = limit
