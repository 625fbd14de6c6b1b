"""``cupyx.cusparse``: its version."""

from __future__ import annotations

__all__ = ["getVersion"]


def getVersion() -> int:  # noqa: N802 - the name is CuPy's
    """Return the version of cuSPARSE that the simulator reports."""
    return 12503
