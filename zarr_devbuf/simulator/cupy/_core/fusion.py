"""``fuse``: functions that a GPU runs as one kernel; here they run as they are."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.storage import DeviceArray

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Fusion", "fuse"]

_ACCEPTED = (DeviceArray, np.generic, bool, int, float, complex, type(None))


class Fusion:
    """A function of arrays; ``fuse`` makes it.

    It runs the function, operation by operation.
    """

    __module__ = "cupy._core.fusion"

    def __init__(self, func: Callable[..., Any], name: str | None = None) -> None:
        self.func = func
        self.name = name or func.__name__

    def __repr__(self) -> str:
        return f"<Fusion '{self.name}'>"

    def __call__(self, *args: Any) -> Any:
        if any(isinstance(arg, DeviceArray) for arg in args):
            for arg in args:
                if not isinstance(arg, _ACCEPTED):
                    kinds = ", ".join(repr(type(one)) for one in args)
                    raise TypeError(f"Invalid argument type for '{self.name}': ({kinds})")
        return self.func(*args)

    def clear_cache(self) -> None:
        """Do nothing: nothing is compiled."""


def fuse(*args: Any, **kwargs: Any) -> Any:
    """Decorate a function of arrays, with or without ``kernel_name``; it runs as it is."""

    def decorate(function: Callable[..., Any], kernel_name: str | None = None) -> Any:
        return functools.update_wrapper(Fusion(function, kernel_name), function)

    if len(args) == 1 and not kwargs and callable(args[0]):
        return decorate(args[0])
    return lambda function: decorate(function, *args, **kwargs)


fuse.__module__ = "cupy"
