"""``nvtx.colors``: colours of ranges as numbers."""

from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.errors import not_implemented

__all__ = ["color_to_hex"]

_COLORS: dict[str | None, int] = {
    None: 0x0000FF,
    "blue": 0x0000FF,
    "cyan": 0x00FFFF,
    "darkgreen": 0x006400,
    "green": 0x008000,
    "orange": 0xFFA500,
    "purple": 0x800080,
    "rapids": 0x7400FF,
    "red": 0xFF0000,
    "white": 0xFFFFFF,
    "yellow": 0xFFFF00,
}


def color_to_hex(color: Any = None) -> int:
    """Return the number of a colour: numbers are returned unchanged.

    Raises
    ------
    NotImplementedError
        For names that nvtx looks up in Matplotlib.
    """
    if isinstance(color, int):
        return color
    if color in _COLORS:
        return _COLORS[color]
    raise not_implemented(f"nvtx.colors.color_to_hex({color!r})")
