"""Objects to arrays: ``as_array``, ``from_dlpack``, and the arguments of other functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator.nvcomp._signatures import converter, signature
from zarr_devbuf.simulator.nvcomp.array import Array, start
from zarr_devbuf.simulator.nvcomp.sources import open_source
from zarr_devbuf.simulator.nvcomp.stream import view_stream

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["as_array", "from_dlpack"]


def _to_array(value: Any) -> Array:
    """Return an array for an argument: an array, or an object of which one can be made."""
    made: Array
    try:
        made = value if isinstance(value, Array) else Array(value)
    except (RuntimeError, TypeError) as error:
        raise TypeError from error
    return made


converter("Array", _to_array)
converter("list[Array]", lambda value: _arrays(value, _to_array))


def _arrays(value: Any, item: Callable[[Any], Array]) -> list[Array]:
    if isinstance(value, (str, bytes, dict)) or hasattr(value, "__cuda_array_interface__"):
        raise TypeError
    if not hasattr(value, "__getitem__") or isinstance(value, np.ndarray):
        raise TypeError
    return [item(each) for each in value]


@signature("(source: object, cuda_stream: int = 0) -> Array")
def as_array(source: Any, cuda_stream: int) -> Array:
    """Return an array that shares the memory of an object, and keeps it alive.

    Parameters
    ----------
    source, cuda_stream
        As for `Array`.
    """
    array: Array = Array(source, cuda_stream)
    return array


@signature("(source: object, cuda_stream: int = 0) -> Array")
def from_dlpack(source: Any, cuda_stream: int) -> Array:
    """Return an array that shares the memory of a DLPack capsule, or of an object that makes one.

    Parameters
    ----------
    source
        A capsule, which is consumed, or an object with ``__dlpack__``.
    cuda_stream
        As for `Array`.

    Raises
    ------
    RuntimeError
        If the object is neither.
    """
    device, raw, keep = open_source(source, cuda_stream, dlpack_only=True)
    array: Array = object.__new__(Array)
    start(array, raw, device, keep, view_stream(cuda_stream))
    return array


for _function in (as_array, from_dlpack):
    _function.__module__ = "nvidia.nvcomp.nvcomp_impl"
