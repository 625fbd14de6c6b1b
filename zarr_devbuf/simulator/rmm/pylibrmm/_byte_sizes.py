"""Sizes that are given as text."""

from __future__ import annotations

import re

__all__ = ["parse_bytes"]

_PATTERN = re.compile(r"([0-9]+(?:\.[0-9]*)?)[\t ]*(?:(?:([kmgtp])(i?))?b)?", re.IGNORECASE)


def parse_bytes(size: int | str) -> int:
    """Return a number of bytes, given as such or as text with a unit: ``"2 KiB"``, ``"1.5MB"``.

    Raises
    ------
    ValueError
        If the text is no size.
    """
    if isinstance(size, int):
        return size
    match = _PATTERN.fullmatch(size)
    if match is None:
        raise ValueError(f"Could not parse {size} as a byte specification")
    number, prefix, binary = match.groups()
    power = 0 if prefix is None else "kmgtp".index(prefix.lower()) + 1
    return int(float(number) * (1024 if binary else 1000) ** power)
