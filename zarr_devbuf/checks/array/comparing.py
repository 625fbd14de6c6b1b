"""What was found, held against what is due: shape, dtype, every bit; and both put in words."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.errors import violated

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["same", "show", "show_selection"]


def same(
    found: Any, expected: npt.NDArray[Any], case: str, *, swapped: bool = False, advice: str = ""
) -> None:
    """
    Demand a host array, or scalar, of the same shape, dtype and bits as another.

    `swapped`: where the other byte order will do, as on devices that know only their own.
    """
    found, expected = np.asarray(found), np.asarray(expected)
    advice = advice or "compare with the same operation under zarr.buffer.cpu, step by step"
    dtypes_agree = found.dtype == expected.dtype
    if not dtypes_agree and swapped:
        with suppress(TypeError):
            dtypes_agree = found.dtype == expected.dtype.newbyteorder("=")
            found = found.astype(expected.dtype) if dtypes_agree else found
    if found.shape != expected.shape:
        what, due, actual = "shape", str(expected.shape), str(found.shape)
    elif not dtypes_agree:
        what, due, actual = "dtype", str(expected.dtype), str(found.dtype)
    elif _bits(found) != _bits(expected):
        what, due, actual = "values", show(expected), show(found)
    else:
        return
    raise violated(case=case, expected=f"{what} {due}", actual=f"{what} {actual}", advice=advice)


def show(array: npt.NDArray[Any]) -> str:
    """Show an array, on one line."""
    text = np.array2string(array, threshold=40, edgeitems=4, max_line_width=10_000)
    return " ".join(text.split())


def show_selection(selection: Any) -> str:
    """Show a selection, on one line: ``[:, 1:3]``."""
    parts = selection if isinstance(selection, tuple) else (selection,)
    return f"[{', '.join(map(_show_part, parts))}]"


def _show_part(part: Any) -> str:
    if isinstance(part, slice):
        start, stop, step = (
            "" if x is None else str(x) for x in (part.start, part.stop, part.step)
        )
        return f"{start}:{stop}" + (f":{step}" if step else "")
    if isinstance(part, np.ndarray):
        return show(part)
    return "..." if part is ... else str(part)


def _bits(array: npt.NDArray[Any]) -> bytes:
    if array.dtype.names is not None:
        # What lies between the fields is nobody's.
        return b"".join(_bits(array[name]) for name in array.dtype.names)
    if array.dtype.kind in "fc":
        # Which NaN it is makes no difference.
        array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array).astype(array.dtype)
    return np.ascontiguousarray(array).tobytes()
