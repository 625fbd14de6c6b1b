"""``cupyx.cusolver``: which functions there are."""

from __future__ import annotations

__all__ = ["check_availability"]

_FUNCTIONS = frozenset(
    {
        "csrlsvqr",
        "geev",
        "gels",
        "gesv",
        "gesvda",
        "gesvdj",
        "gesvdjBatched",
        "potrfBatched",
        "potrsBatched",
        "syevj",
    }
)


def check_availability(name: str) -> bool:
    """Return whether a function of cuSOLVER exists; the simulated one has all of them."""
    if name not in _FUNCTIONS:
        raise ValueError(f"No available version information specified for {name}")
    return True
