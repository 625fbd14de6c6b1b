"""Lay the same values out in memory in all the ways in which zarr hands chunks to codecs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr_devbuf.backend import Backend

__all__ = ["LAYOUTS", "Layout", "on_device"]

Layout = Literal["C", "F", "strided", "reversed", "part", "read-only"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)


def on_device(values: npt.NDArray[Any], backend: Backend, layout: Layout = "C") -> Any:
    """
    Put values into memory of a backend that nothing else refers to.

    Parameters
    ----------
    values : numpy.ndarray
        C-contiguous.
    backend : Backend
        Where to.
    layout : {"C", "F", "strided", "reversed", "part", "read-only"}
        F-ordered; every second element along each axis; with negative strides; a contiguous part of
        a larger array; not to be written to, where the backend knows such arrays. The elements
        in between are none of the values.

    Returns
    -------
    array
        Of the backend, with the shape, dtype and values of `values`.
    """
    if layout == "F":
        return backend.from_host(np.ascontiguousarray(values.T).copy()).T
    if layout == "strided" and values.ndim:
        base = np.ones(tuple(2 * extent for extent in values.shape), dtype=values.dtype)
        every_second = tuple(slice(None, None, 2) for _ in values.shape)
        base[every_second] = values
        return backend.from_host(base)[every_second]
    if layout == "reversed" and values.ndim:
        backwards = tuple(slice(None, None, -1) for _ in values.shape)
        return backend.from_host(np.ascontiguousarray(values[backwards]).copy())[backwards]
    if layout == "part" and values.ndim:
        base = np.ones((values.shape[0] + 2, *values.shape[1:]), dtype=values.dtype)
        base[1:-1] = values
        return backend.from_host(base)[1:-1]
    array = backend.from_host(values.copy())
    if layout == "read-only" and isinstance(array, np.ndarray):
        array.flags.writeable = False
    return array
