"""``cupyx.profiler``: measurement of time, and ranges for a profiler, which there is not."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any, Self

from zarr_devbuf.simulator._core.visible_modules import visible_module
from zarr_devbuf.simulator.cupy.cuda import nvtx, runtime
from zarr_devbuf.simulator.cupyx.profiler._time import benchmark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["benchmark", "profile", "time_range"]


def _nvtx() -> Any:
    return visible_module("cupy.cuda.nvtx", nvtx)


def _runtime() -> Any:
    return visible_module("cupy_backends.cuda.api.runtime", runtime)


@contextlib.contextmanager
def profile() -> Iterator[None]:
    """Profile a block."""
    _runtime().profilerStart()
    try:
        yield
    finally:
        _runtime().profilerStop()


class time_range:  # noqa: N801 - the name is CuPy's
    """Marks a block, or the calls of a function, as a range.

    Parameters
    ----------
    message
        The name of the range; by default that of the decorated function.
    color_id, argb_color
        The color of the range, by number or by value.
    sync
        Whether to wait for the device at both ends.
    """

    __module__ = "cupyx.profiler"

    def __init__(
        self, message: Any = None, color_id: Any = None, argb_color: Any = None, sync: Any = False
    ) -> None:
        if not _nvtx().available:
            raise RuntimeError("nvtx is not installed")
        if color_id is not None and argb_color is not None:
            raise ValueError("Only either color_id or argb_color can be specified")
        self.message = message
        self.color_id = -1 if color_id is None else color_id
        self.argb_color = argb_color
        self.sync = sync

    def __enter__(self) -> Self:
        if self.message is None:
            raise ValueError("when used as a context manager, the message argument cannot be None")
        if self.sync:
            runtime.deviceSynchronize()
        if self.argb_color is None:
            _nvtx().RangePush(self.message, self.color_id)
        else:
            _nvtx().RangePushC(self.message, self.argb_color)
        return self

    def __exit__(self, *exception: object) -> None:
        if self.sync:
            runtime.deviceSynchronize()
        _nvtx().RangePop()

    def __call__[F: Callable[..., Any]](self, func: F) -> F:
        """Mark each call of a function."""
        if self.message is None:
            self.message = func.__name__

        @functools.wraps(func)
        def in_range(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return in_range  # type: ignore[return-value]  # a function, as `func`
