"""The types of elements, as array-protocol strings."""

from __future__ import annotations

from typing import Final

from zarr_devbuf.simulator._core.errors import not_implemented

__all__ = ["FP8", "SIZES", "check_data_type", "output_type"]

FP8: Final = "|f1"
SIZES: Final = {
    "|b1": 1, "|i1": 1, "|u1": 1, "|f1": 1, "<i2": 2, "<u2": 2, "<f2": 2, "<i4": 4, "<u4": 4,
    "<f4": 4, "<i8": 8, "<u8": 8, "<f8": 8,
}  # fmt: skip
"""Bytes of an element, by type."""


def check_data_type(text: str, allowed: frozenset[str] | None = None, of: str = "") -> str:
    """Return a data type; raise ``ValueError`` if there is none, or if it is not allowed.

    Parameters
    ----------
    text
        An array-protocol string, such as ``"<u4"``.
    allowed
        The types that a format takes; None for all.
    of
        The name of the format.
    """
    if text not in SIZES:
        raise ValueError(f'Unknown data type: "{text}".')
    if allowed is not None and text not in allowed:
        raise ValueError(f'{of} does not support the data type "{text}".')
    return text


def output_type(text: str) -> str:
    """Return the dtype of a decoded array; raise for FP8, which NumPy does not have."""
    if check_data_type(text) == FP8:
        raise not_implemented("nvidia.nvcomp.Codec.decode to '|f1', which is no dtype of NumPy,")
    return text
